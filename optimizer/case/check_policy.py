"""Faults of controls, approvals and limits that only show when tables are read together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from optimizer.case.countries import meant_country
from optimizer.case.tables import ELEMENTS
from optimizer.faults import Fault

if TYPE_CHECKING:
    from optimizer.case.case import Case


def rows_of(case: Case, table: str) -> Iterator[tuple[Any, str]]:
    """Rows of a table with where they came from."""
    return zip(case.tables.rows(table), case.places[table], strict=True)


def limits(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Limits that name nobody."""
    groups = case.file.groups
    members = {"supplier": names["sites"], "country": names["countries"], "owner": names["owners"]}
    stage = {row.material: row.stage for row in case.tables.materials}
    for row, place in rows_of(case, "limits"):
        others = {"each", *(() if row.by == "supplier" else groups)}
        if row.member not in others and row.member not in members[row.by]:
            close = meant_country(row.member) if row.by != "supplier" else None
            yield Fault.unknown(place, "member", row.by, row.member, members[row.by] | others, suggest=close)
        if row.exempt and row.exempt not in groups:
            yield Fault.unknown(place, "exempt", "group", row.exempt, groups)
        for material in row.materials:
            if stage.get(material, row.stage) != row.stage:
                found = f"{material!r} of {stage[material]}"
                yield Fault.of(place, "materials", f"materials of stage {row.stage}", found)


def controls(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Controls that name no element."""
    for row, place in rows_of(case, "controls"):
        for element in row.elements:
            if element not in ELEMENTS:
                yield Fault.unknown(place, "elements", "element", element, ELEMENTS)
        for _, *elements in map(str.split, row.inputs):
            for element in elements:
                if element not in ELEMENTS:
                    yield Fault.unknown(place, "inputs", "element", element, ELEMENTS)


def approvals(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Approvals of a control that licenses nothing at a border, or of traders that do not exist."""
    kinds = {row.control: row.kind for row in case.tables.controls}
    traders = names["sites"] | {row.company for row in case.tables.sites}
    customers = traders | {row.parent for row in case.tables.sites if row.parent}
    for row, place in rows_of(case, "approvals"):
        if (kind := kinds.get(row.control, "export")) not in ("export", "content"):
            yield Fault.of(place, "control", "one of kind 'export' or 'content'", f"{row.control!r} of {kind!r}")
        for field, known in (("exporter", traders), ("customer", customers)):
            if (name := getattr(row, field)) != "*" and name not in known:
                yield Fault.unknown(place, field, "site or company", name, known)
