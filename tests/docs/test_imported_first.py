"""Any module may be the first that is imported: none needs a name of one that waits for it.

A package is read before what stands in it, so that a package which imports from its neighbours can close a circle that no
two modules do. What Python does is followed in the sources: starting it once for each module would take minutes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT

PACKAGE = ROOT / "optimizer"
Step = tuple[str, str, str]
"""`from`, module and name; or `import` and module; or `name` and a name that is from then on there."""


def steps_of(body: list[ast.stmt]) -> Iterator[Step]:
    """What a module does when it is read, as far as imports go; functions wait until they are called."""
    for item in body:
        if isinstance(item, ast.ImportFrom) and item.module:
            for alias in item.names:
                yield "from", item.module, alias.name
                yield "name", "", alias.asname or alias.name
        elif isinstance(item, ast.Import):
            yield from (("import", alias.name, "") for alias in item.names)
        elif isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if isinstance(item, ast.ClassDef):
                yield from (step for step in steps_of(item.body) if step[0] != "name")
            yield "name", "", item.name
        elif isinstance(item, ast.If) and "TYPE_CHECKING" in ast.unparse(item.test):
            yield from steps_of(item.orelse)
        elif isinstance(item, ast.If | ast.Try | ast.With):
            for part in ("body", "handlers", "orelse", "finalbody"):
                for inner in getattr(item, part, []):
                    yield from steps_of(inner.body if isinstance(inner, ast.ExceptHandler) else [inner])
        else:
            named = (node for node in ast.walk(item) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
            yield from (("name", "", node.id) for node in named)


def sources(package: Path) -> dict[str, list[Step]]:
    """Steps of every module of a package, by its name."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = list(steps_of(ast.parse(path.read_text(encoding="utf-8")).body))
    return found


@dataclass
class Interpreter:
    """A fresh one: which modules it has begun and ended to read, and the names that each has by now."""

    modules: dict[str, list[Step]]
    there: dict[str, set[str]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)

    def read(self, name: str) -> None:
        """Read a module, the packages it stands in first."""
        if name not in self.modules or name in self.there:
            return
        if "." in name:
            self.read(name.rpartition(".")[0])
            if name in self.there:
                return
        self.there[name] = set()
        for kind, module, what in self.modules[name]:
            if kind == "name":
                self.there[name].add(what)
                continue
            self.read(module)
            if kind == "from" and f"{module}.{what}" in self.modules:
                self.read(f"{module}.{what}")
            elif kind == "from" and module not in self.ended | {name} and what not in self.there.get(module, {what}):
                self.missing.append(f"{name} imports {what} of {module}, which waits for it")
        self.ended.add(name)


def faults(package: Path) -> dict[str, list[str]]:
    """What cannot be imported first, and why."""
    modules = sources(package)
    found = {}
    for name in modules:
        fresh = Interpreter(modules)
        fresh.read(name)
        if fresh.missing:
            found[name] = fresh.missing
    return found


def test_every_module_can_be_imported_first() -> None:
    assert faults(PACKAGE) == {}


def test_a_package_that_waits_for_what_stands_beside_it_is_found(tmp_path: Path) -> None:
    """A list of tables in the package of tables: one beside it that reads a table cannot come first."""
    tables = tmp_path / "house" / "tables"
    tables.mkdir(parents=True)
    (tmp_path / "house" / "__init__.py").write_text("")
    (tmp_path / "house" / "beside.py").write_text("from house.tables.one import ONE\nTWO = ONE\n")
    (tables / "one.py").write_text("ONE = 1\n")
    (tables / "__init__.py").write_text("from house.beside import TWO\n")
    assert list(faults(tmp_path / "house")) == ["house.beside"]
    (tables / "__init__.py").write_text("def late():\n    from house.beside import TWO\n    return TWO\n")
    assert faults(tmp_path / "house") == {}


@pytest.mark.parametrize("order", ["beside", "tables", "tables.one"])
def test_the_sources_say_what_python_does(tmp_path: Path, order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same little package, truly imported in a fresh name."""
    import importlib
    import sys

    house = f"house_{order.replace('.', '_')}"
    tables = tmp_path / house / "tables"
    tables.mkdir(parents=True)
    (tmp_path / house / "__init__.py").write_text("")
    (tmp_path / house / "beside.py").write_text(f"from {house}.tables.one import ONE\nTWO = ONE\n")
    (tables / "one.py").write_text("ONE = 1\n")
    (tables / "__init__.py").write_text(f"from {house}.beside import TWO\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    foretold = f"{house}.{order}" in faults(tmp_path / house)
    try:
        importlib.import_module(f"{house}.{order}")
        failed = False
    except ImportError:
        failed = True
    finally:
        for name in [name for name in sys.modules if name.split(".")[0] == house]:
            del sys.modules[name]
    assert failed == foretold == (order == "beside")
