"""What the package imports is declared, and the lowest versions declared are those that `make test-lowest` installs."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.helpers.paths import ROOT
from tools.lowest import lowest

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted(ROOT.glob("requirements*.lock"))
EXTRAS = {
    "service": ("server",),
    "desk": ("server",),
    "client": ("client",),
    "studies": ("study", "cluster"),
    "workbook": ("workbook",),
}
"""Floors that not everybody installs, and the extras of each."""
NAMES = {"yaml": "pyyaml", "prometheus_client": "prometheus-client"}
"""Packages that are imported under another name."""


def pins(lock: Path) -> dict[str, str]:
    """Version of every package of a lock."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def declared(*extras: str) -> set[str]:
    """Names of the packages that a user has who installs the core and some of its extras."""
    project = PROJECT["project"]
    groups = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return {Requirement(one).name for group in groups for one in group}


def imported(paths: Iterable[Path]) -> set[str]:
    """Names of the packages that some files import, at their top or later."""
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            found |= {name.split(".")[0] for name in names}
    return {NAMES.get(name, name) for name in found - set(sys.stdlib_module_names) - {"optimizer"}}


@pytest.mark.slow
def test_every_import_is_declared() -> None:
    """The core asks for nothing but its dependencies, and for each of them; an extra for its own as well."""
    paths = set((ROOT / "optimizer").rglob("*.py"))
    floors = {floor: set((ROOT / "optimizer" / floor).rglob("*.py")) for floor in EXTRAS}
    assert imported(paths.difference(*floors.values())) == declared()
    for floor, own in floors.items():
        assert imported(own) <= declared(*EXTRAS[floor]), floor


def test_every_dependency_has_a_lower_bound() -> None:
    assert declared(*(name for extras in EXTRAS.values() for name in extras)) <= set(lowest(PROJECT))


def test_the_lowest_lock_holds_the_lower_bounds() -> None:
    locked = pins(ROOT / "requirements-lowest.lock")
    for name, version in lowest(PROJECT).items():
        # 2.0 is 2.0.0, and not 2.0.1.
        assert re.fullmatch(rf"{re.escape(version)}(\.0)*", locked[name]), f"{name}: run `make lock`"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_keep_what_is_declared(lock: Path) -> None:
    text, locked = lock.read_text(encoding="utf-8"), pins(lock)
    assert "://" not in text, "no address of a package host"
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=\S)", text.strip()))
    for one in map(Requirement, PROJECT["project"]["dependencies"]):
        assert locked[one.name] in one.specifier, f"{one.name}: run `make lock`"


def test_supported_versions_of_python_are_named() -> None:
    """The oldest is what `requires-python` says; each one named is one that the fast tests have passed on."""
    named = [line.rsplit(" ", 1)[1] for line in PROJECT["project"]["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert named == sorted(named, key=lambda text: int(text.split(".")[1]))
    assert PROJECT["project"]["requires-python"] == f">={named[0]}"
