"""Print the lower bounds that `pyproject.toml` declares as pins, for `make lock`: `python tools/lowest.py`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def lowest(project: dict[str, Any]) -> dict[str, str]:
    """The lowest version of every package declared: to run, to serve, to build and to test."""
    declared = project["project"]
    extras = declared["optional-dependencies"]
    groups = (extras["server"], extras["workbook"], extras["dev"], project["build-system"]["requires"])
    every = [*declared["dependencies"], *(one for group in groups for one in group)]
    found = {}
    for one in map(Requirement, every):
        bounds = [bound.version for bound in one.specifier if bound.operator in (">=", "==")]
        if bounds:
            found[one.name] = bounds[0]
    return found


if __name__ == "__main__":
    for name, version in lowest(tomllib.loads(PROJECT.read_text(encoding="utf-8"))).items():
        print(f"{name}=={version}")
