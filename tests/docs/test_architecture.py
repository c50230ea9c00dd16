"""The folder listing is the architecture: each floor imports only from the floors below it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

from optimizer.topics import TOPICS
from tests.helpers.paths import ROOT, TESTS

PACKAGE = ROOT / "optimizer"
FLOORS = [
    "topics",
    "faults",
    "errors",
    "case",
    "world",
    "network",
    "program",
    "formulation",
    "engine",
    "plans",
    "folder",
    "questions",
    "studies",
    "audit",
    "backtest",
    "report",
    "workbook",
    "client",
    "service",
    "desk",
    "interfaces",
]
EXTRAS = {"client", "desk", "service", "studies", "workbook"}
"""Floors whose packages not everybody installs."""


def imports(path: Path) -> list[str]:
    """Modules a file imports."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [node.module, *(name for name in inside if (ROOT / f"{name.replace('.', '/')}.py").exists())]
    return found


def test_floors_import_downwards_only() -> None:
    for path in PACKAGE.rglob("*.py"):
        floor = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for name in imports(path):
            if name.startswith("optimizer.") and floor in FLOORS:
                assert FLOORS.index(name.split(".")[1]) <= FLOORS.index(floor), f"{path.name} imports {name}"


def test_the_client_knows_errors_and_faults_only() -> None:
    for path in (PACKAGE / "client").rglob("*.py"):
        inside = {name.split(".")[1] for name in imports(path) if name.startswith("optimizer.")}
        assert inside <= {"client", "errors", "faults"}, path


def test_the_command_imports_extras_late() -> None:
    """Who installs the core alone has neither: nothing below stands on them, and the command asks for them in time."""
    code = (
        "import sys, optimizer, optimizer.interfaces.cli;"
        f"print([n for n in sys.modules if n.split('.')[:1] == ['optimizer'] and n.split('.')[1:2] and n.split('.')[1] in {EXTRAS}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    assert done.stdout.strip() == "[]"


def test_no_module_imports_another_in_a_circle() -> None:
    """Not even to name a type: each module can be read after those that it imports."""
    modules = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in PACKAGE.rglob("*.py")}
    graph = {name: [other for other in imports(path) if other in modules] for name, path in modules.items()}
    assert list(TopologicalSorter(graph).static_order())


def test_no_floor_outgrows_the_house() -> None:
    lines: Counter[str] = Counter()
    for path in PACKAGE.rglob("*.py"):
        floor, *rooms = path.relative_to(PACKAGE).parts[:-1] or (path.stem,)
        name = f"service/{rooms[0]}" if floor == "service" and rooms else floor  # a house of its own upon the house
        lines[name] += len(path.read_text(encoding="utf-8").splitlines())
    ((floor, most),) = lines.most_common(1)
    assert most < 0.15 * lines.total(), floor


def test_topics_have_the_same_names_on_every_floor() -> None:
    for folder in ("case/topics", "network/numbers", "formulation/rules", "plans/tables"):
        names = {path.stem for path in (PACKAGE / folder).glob("*.py")} - {"__init__", "rules"}
        assert names <= set(TOPICS), folder
    for whole in ("case/topics", "audit"):
        assert set(TOPICS) - {path.stem for path in (PACKAGE / whole).glob("*.py")} == set(), whole


def test_pyomo_and_highs_stay_on_their_floors() -> None:
    for path in PACKAGE.rglob("*.py"):
        floor = path.relative_to(PACKAGE).parts[0]
        for name in imports(path):
            assert not name.startswith("pyomo") or floor == "formulation", path
            assert not name.startswith("highspy") or path.name in ("session.py", "solver.py"), path


def test_files_stay_small() -> None:
    assert not [path.name for path in PACKAGE.rglob("*.py") if len(path.read_text().splitlines()) > 400]


def test_a_worker_imports_neither_pyomo_nor_pandas() -> None:
    code = (
        "import sys, optimizer.engine.worker; print([n for n in ('pyomo', 'pandas', 'pydantic') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent)
    assert done.stdout.strip() == "[]"


def test_no_test_imports_another() -> None:
    """What they share stands in `tests/helpers`, and every test in a folder."""
    lines = [
        (path.name, line) for path in TESTS.rglob("*.py") for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert [found for found in lines if re.match(r"\s*(from|import) tests\..*\btest_", found[1])] == []
    assert list(TESTS.glob("test_*.py")) == []


def told_elsewhere(tree: ast.Module) -> set[str]:
    """Functions whose arguments are told by something else: what decorates them, or the help of the command they are."""
    commands = {
        name.id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Call) and "command" in ast.unparse(call.func)
        for name in call.args
        if isinstance(name, ast.Name)
    }
    return commands | {item.name for item in tree.body if isinstance(item, FUNCTION) and item.decorator_list}


FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def test_public_functions_of_several_arguments_have_a_parameters_section() -> None:
    silent = []
    for path in sorted((ROOT / "optimizer").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        told = told_elsewhere(tree)
        for item in tree.body:
            if not isinstance(item, FUNCTION) or item.name.startswith("_") or item.name in told:
                continue
            given = item.args
            named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
            if len(named) > 1 and "Parameters\n----------\n" not in (ast.get_docstring(item) or ""):
                silent.append(f"{path.relative_to(ROOT)}: {item.name}")
    assert silent == []
