"""What comes with the programme, as callers see it: cases and scenarios under their names, to be read only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from optimizer.case.document import read_yaml
from optimizer.service.case_body import body_of, plain
from optimizer.service.store.records import revision
from optimizer.world.load import find_cases
from optimizer.world.scenario import find_scenarios


@dataclass(frozen=True)
class Bundled:
    """A case or a scenario that comes with the programme."""

    name: str
    revision: str
    body: dict[str, Any]


@cache
def bundled_cases() -> dict[str, Bundled]:
    """Every case that comes with the programme, by name, with its own rows."""
    bodies = {name: body_of(folder) for name, folder in find_cases().items()}
    return {name: Bundled(name, revision(body), body) for name, body in bodies.items()}


@cache
def bundled_scenarios() -> dict[str, Bundled]:
    """Every scenario that comes with the programme, by name."""
    found = {name: plain(read_yaml(path, path.name)) for name, path in find_scenarios().items()}
    return {name: Bundled(name, revision(body), body) for name, body in found.items()}
