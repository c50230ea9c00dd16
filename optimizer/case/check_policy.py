"""Faults of controls, approvals and limits that only show when tables are read together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from optimizer.case.tables import ELEMENTS
from optimizer.errors import Fault, nearest

if TYPE_CHECKING:
    from optimizer.case.load import Case


def rows_of(case: Case, table: str) -> Iterator[tuple[Any, str]]:
    """Rows of a table with where they came from."""
    return zip(case.tables[table], case.places[table], strict=True)


def unknown(found: str, known: set[str], kind: str) -> str:
    """What to say of a name that no row defines."""
    return f"no such {kind}: {found!r}. {nearest(found, known)}"


def limits(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Limits that name nobody."""
    groups = case.file.groups
    members = {"supplier": names["sites"], "country": names["countries"], "owner": names["owners"]}
    stage = {row.material: row.stage for row in case.tables["materials"]}
    for row, place in rows_of(case, "limits"):
        others = {"each", *(() if row.by == "supplier" else groups)}
        if row.member not in others and row.member not in members[row.by]:
            yield Fault(place, "member: " + unknown(row.member, members[row.by] | others, row.by))
        if row.exempt and row.exempt not in groups:
            yield Fault(place, "exempt: " + unknown(row.exempt, set(groups), "group"))
        for material in row.materials:
            if stage.get(material, row.stage) != row.stage:
                yield Fault(
                    place,
                    f"materials: expected materials of stage {row.stage}, found {material!r} of {stage[material]}",
                )


def controls(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Controls that name no element or country."""
    for row, place in rows_of(case, "controls"):
        for element in row.elements:
            if element not in ELEMENTS:
                yield Fault(place, "elements: " + unknown(element, set(ELEMENTS), "element"))
        for _, *elements in map(str.split, row.inputs):
            for element in elements:
                if element not in ELEMENTS:
                    yield Fault(place, "inputs: " + unknown(element, set(ELEMENTS), "element"))
        for field in ("origin", "destinations"):
            for country in getattr(row, field):
                if not re.fullmatch(r"[A-Z]{2}", country) and (field, country) != ("destinations", "*"):
                    yield Fault(
                        place,
                        f"{field}: expected two-letter country codes, found {country!r}. "
                        + nearest(country, names["countries"]),
                    )


def approvals(case: Case, names: dict[str, set[str]]) -> Iterator[Fault]:
    """Approvals of a control that licenses nothing at a border, or of traders that do not exist."""
    kinds = {row.control: row.kind for row in case.tables["controls"]}
    traders = names["sites"] | {row.company for row in case.tables["sites"]}
    customers = traders | {row.parent for row in case.tables["sites"] if row.parent}
    for row, place in rows_of(case, "approvals"):
        if (kind := kinds.get(row.control, "export")) not in ("export", "content"):
            yield Fault(
                place, f"control: expected one of kind 'export' or 'content', found {row.control!r} of {kind!r}"
            )
        for field, known in (("exporter", traders), ("customer", customers)):
            if (name := getattr(row, field)) != "*" and name not in known:
                yield Fault(place, f"{field}: " + unknown(name, known, "site or company"))
