"""Faults of controls, approvals and limits that only show when tables are read together."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.case.checking import Checked, Known
from optimizer.case.countries import meant_country
from optimizer.case.kinds import ELEMENTS
from optimizer.case.policy import Approval, Control, Limit
from optimizer.case.world import Material, Site
from optimizer.faults import Fault


def limits(case: Checked) -> Iterator[Fault]:
    """Limits that name nobody."""
    groups = case.file.groups
    members = {"supplier": case.names("sites"), "country": case.names("countries"), "owner": case.names("owners")}
    stage = {row.material: row.stage for row in case.rows(Material)}
    for row, place in case.placed(Limit):
        known = members[row.by] | Known(frozenset({"each", *(() if row.by == "supplier" else groups)}))
        if not known.has(row.member):
            close = meant_country(row.member) if row.by != "supplier" else None
            yield Fault.unknown(place, "member", row.by, row.member, known.names, suggest=close)
        if row.exempt and row.exempt not in groups:
            yield Fault.unknown(place, "exempt", "group", row.exempt, groups)
        for material in row.materials:
            if stage.get(material, row.stage) != row.stage:
                found = f"{material!r} of {stage[material]}"
                yield Fault.of(place, "materials", f"materials of stage {row.stage}", found)


def controls(case: Checked) -> Iterator[Fault]:
    """Controls whose inputs name no element."""
    for row, place in case.placed(Control):
        for _, *elements in map(str.split, row.inputs):
            for element in elements:
                if element not in ELEMENTS:
                    yield Fault.unknown(place, "inputs", "element", element, ELEMENTS)


def approvals(case: Checked) -> Iterator[Fault]:
    """Approvals of a control that licenses nothing at a border, or of traders that do not exist."""
    kinds = {row.control: row.kind for row in case.rows(Control)}
    sites = case.rows(Site)
    traders = {name for row in sites for name in (row.site, row.company)}
    customers = traders | {row.parent for row in sites if row.parent}
    for row, place in case.placed(Approval):
        if (kind := kinds.get(row.control, "export")) not in ("export", "content"):
            yield Fault.of(place, "control", "one of kind 'export' or 'content'", f"{row.control!r} of {kind!r}")
        for field, known in (("exporter", traders), ("customer", customers)):
            if (name := getattr(row, field)) != "*" and name not in known:
                yield Fault.unknown(place, field, "site or company", name, known)
