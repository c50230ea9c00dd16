"""Cases under other names and in another order of the rows: what there is to plan stays the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.case.case import Case
from optimizer.world.scenario import Scenario
from tests.helpers.changes import with_rows

PLAIN = {
    *("source", "confidence", "assumed", "company", "authority", "citation", "number", "measure", "kind"),
    *("end_use", "end_uses", "stage", "stages", "elements"),
}
"""Columns that hold no names, or names that are not looked up."""


def renamed(case: Case, rng: np.random.Generator) -> tuple[Case, dict[str, str]]:
    """The case with all names of countries, their hubs, sites and rules exchanged and its rows shuffled, and the new names."""
    countries = sorted({row.country for row in case.tables.sites})
    codes = dict(zip(countries, rng.permutation(["FR", "IT", "ES", "PL", "SE", "FI"])[: len(countries)], strict=True))
    sites = {row.site: f"s{number}" for number, row in enumerate(rng.permutation(np.array(case.tables.sites, object)))}
    named = {**{str(old): str(new) for old, new in codes.items()}, **sites}
    named |= {f"{old} hub": f"{new} hub" for old, new in codes.items()}
    for table in ("offers", "contracts", "projects", "controls", "limits"):
        field = table.removesuffix("s")
        named |= {getattr(row, field): f"{table}-{number}" for number, row in enumerate(case.tables.rows(table)[::-1])}
    other = case
    for table, rows in case.tables.items():
        changed = [
            row.model_copy(update={name: _renamed(value, named) for name, value in row if name not in PLAIN})
            for row in rows
        ]
        other = with_rows(other, table, [changed[place] for place in rng.permutation(len(changed))])
    groups = {name: _renamed(members, named) for name, members in case.file.groups.items()}
    return Case(case.file.model_copy(update={"groups": groups}), other.tables, other.places), named


def with_other_sites(case: Case, rng: np.random.Generator) -> Case:
    """The case with its sites alone called otherwise: scenarios that mean them by country or company still fit."""
    places = rng.permutation(len(case.tables.sites))
    named = {row.site: f"s{place}" for row, place in zip(case.tables.sites, places, strict=True)}
    for table, rows in case.tables.items():
        case = with_rows(
            case,
            table,
            [row.model_copy(update={k: _renamed(v, named) for k, v in row if k not in PLAIN}) for row in rows],
        )
    return case


def shuffled(case: Case, rng: np.random.Generator) -> Case:
    """The case with its rows in another order; those of recipes stay, as the first of a process says its main product."""
    for table, rows in case.tables.items():
        if table == "recipes":
            continue
        case = with_rows(case, table, [rows[place] for place in rng.permutation(len(rows))])
    return case


def told_so(scenario: Scenario, named: dict[str, str]) -> Scenario:
    """The scenario, of a case that was renamed so."""
    events = tuple(
        event.model_copy(
            update={
                "where": {field: _renamed(value, named) for field, value in event.where.items()},
                "scarcity": _renamed(event.scarcity, named),
            }
        )
        for event in scenario.events
    )
    return scenario.model_copy(update={"events": events})


def _renamed(value: Any, named: dict[str, str]) -> Any:
    if isinstance(value, str):
        return str(named.get(value, value))
    return type(value)(_renamed(part, named) for part in value) if isinstance(value, tuple | list) else value
