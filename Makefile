# Two commands do everything on a machine with Python 3.11 or newer:
#   make plan   installs and plans the default case in every scenario
#   make test   installs and checks everything

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
COMPILE = $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --no-annotate --build-deps-for wheel --build-deps-for editable
CORE   := $(VENV)/.core
DEV    := $(VENV)/.dev

.PHONY: plan test lint types tests docs check-docs benchmark lock clean

plan: $(CORE)
	@$(BIN)/lodestar plan

test: lint types tests check-docs

lint: $(DEV)
	$(BIN)/ruff check .

types: $(DEV)
	$(BIN)/mypy

tests: $(DEV)
	$(BIN)/pytest -q -n auto -m ""

check-docs: $(DEV)
	$(BIN)/python -m docs.generate --check

docs: $(DEV)
	$(BIN)/python -m docs.generate

benchmark: $(DEV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-benchmark.lock
	$(BIN)/python -m benchmarks.run

# A lock lists what a clean environment holds, with hashes and no address of a package host.
lock: $(DEV)
	$(BIN)/pip install --quiet pip-tools
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --extra dev --extra benchmark --output-file requirements-benchmark.lock pyproject.toml

$(VENV):
	@$(PYTHON) -m venv $(VENV)

$(CORE): requirements.lock pyproject.toml | $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.lock $(CORE)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) dist
