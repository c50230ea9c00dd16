# Two commands do everything on a machine with Python 3.11 or newer:
#   make plan   installs and plans the default case in every scenario
#   make test   installs and checks: style, types, the tests that take minutes, documentation

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
COMPILE = $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host --no-annotate --build-deps-for wheel --build-deps-for editable
CORE   := $(VENV)/.core
DEV    := $(VENV)/.dev

BENCH  := $(VENV)/.benchmark
LOWEST := .venv-lowest

# Tests start the command many times: what Python compiled of it is kept, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: plan test lint types tests test-slow test-all test-lowest docs check-docs benchmark lock clean

plan: $(CORE)
	@$(BIN)/lodestar plan

test: lint types tests check-docs

lint: $(DEV)
	$(BIN)/ruff check .

types: $(DEV)
	$(BIN)/mypy

tests: $(BENCH)
	$(BIN)/pytest -q -n auto

# What `make test` leaves out to end in minutes: more seeds, bundled cases whole, kills, assaults, every example of the docs.
test-slow: $(BENCH)
	$(BIN)/pytest -q -n auto -m "slow and not exhaustive"

# Everything, also what takes long: all seeds, hundreds of kills, thousands of damaged folders.
test-all: lint types $(BENCH) check-docs
	$(BIN)/pytest -q -n auto -m ""

# The fast tests with the lowest version of everything that pyproject.toml declares a lowest version of.
test-lowest: $(LOWEST)/.ready
	$(LOWEST)/bin/python -m pytest -q -n auto

check-docs: $(DEV)
	$(BIN)/python -m docs.generate --check

docs: $(DEV)
	$(BIN)/python -m docs.generate

benchmark: $(BENCH)
	$(BIN)/python -m benchmarks.run

# A lock lists what a clean environment holds, with hashes and no address of a package host.
lock: $(DEV)
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/python tools/lowest.py > $(VENV)/lowest.txt
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --extra server --extra study --extra workbook --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --extra dev --extra server --extra study --extra workbook --extra benchmark --output-file requirements-benchmark.lock pyproject.toml
	$(COMPILE) --extra dev --extra server --extra study --extra workbook --constraint $(VENV)/lowest.txt --output-file requirements-lowest.lock pyproject.toml

$(VENV):
	@$(PYTHON) -m venv $(VENV)

$(CORE): requirements.lock pyproject.toml | $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.lock $(CORE)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-dev.lock
	@touch $@

$(BENCH): requirements-benchmark.lock $(DEV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-benchmark.lock
	@touch $@

$(LOWEST)/.ready: requirements-lowest.lock pyproject.toml
	@rm -rf $(LOWEST) && $(PYTHON) -m venv $(LOWEST)
	@$(LOWEST)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-lowest.lock
	@$(LOWEST)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf $(VENV) $(LOWEST) dist
