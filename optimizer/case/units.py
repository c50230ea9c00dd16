"""Fields of a record as a user writes them, and the units that their meanings name."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

UNITS = tuple(
    re.compile(pattern)
    for pattern in (
        r"USD per t, or per USD of spend",
        r"USD per tonne of activity",
        r"USD per tonne and year",
        r"USD per t/year",
        r"USD/kg",
        r"USD/t\b",
        r"USD",
        r"^Tonnes of activity per year",
        r"^Tonnes per tonne of activity",
        r"^Tonnes of it embedded per tonne offered",
        r"^Tonnes per year",
        r"t/year",
        r"[Dd]egrees",
        r"[Dd]ays",
        r"^Months",
        r"[Ss]hare of|[Ss]hare that|Value share|this share",
        r"^Tonnes|\bt\.$",
    )
)
"""Units as the meanings of fields name them, those that hold others first."""


def fields_of(record: type[BaseModel] | None) -> dict[str, Any]:
    """Fields of a record under the names a user writes."""
    return {info.alias or name: info for name, info in record.model_fields.items()} if record else {}


def _holds(annotation: Any) -> set[Any]:
    """The types in an annotation."""
    inside = get_args(annotation)
    return set().union(*map(_holds, inside)) if inside else {annotation}


@cache
def units(record: type[BaseModel]) -> dict[str, str]:
    """Units of a record's fields, as their meanings name them; a field of no number has none."""
    found: dict[str, str] = {}
    for name, info in fields_of(record).items():
        if {int, float} & _holds(info.annotation):
            said = next(filter(None, (unit.search(info.description or "") for unit in UNITS)), None)
            if said:
                word = said[0].replace("t.", "tonnes")
                found[name] = word if word.startswith("USD") else word.lower()
    return found
