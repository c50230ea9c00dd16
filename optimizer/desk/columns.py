"""The columns of a table as a page shows them: unit, meaning, and what may stand in them."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from optimizer.case.references import definitions, references
from optimizer.case.rows import MARKS
from optimizer.case.tables import TABLES
from optimizer.case.units import fields_of, units
from optimizer.plans.amounts import Scale
from optimizer.report.said import Figure
from optimizer.service.checks.typed import cell_of
from optimizer.workbook.spelled import kind_of

PART = "0 to 1"
"""Unit of a share."""


@cache
def columns(table: str) -> tuple[dict[str, Any], ...]:
    """The columns of a table, those that say where a row is from last: name, unit, meaning, and what may stand in them.

    Parameters
    ----------
    table : str
    """
    record = TABLES[table]
    fields = {info.alias or name: name for name, info in record.model_fields.items()}
    named = references(record)
    defined: dict[str, list[str]] = {}
    for name, kind in definitions(record):
        defined.setdefault(name, []).append(kind)
    known = units(record)
    names = fields_of(record)
    ordered = [*(name for name in names if name not in MARKS), *(name for name in MARKS if name in names)]
    return tuple(
        {
            "name": name,
            "unit": PART if "share" in known.get(name, "") else known.get(name, ""),
            "meaning": " ".join((names[name].description or "").replace("`", "").split()),
            "kind": kind_of(names[name].annotation),
            "words": _words(names[name].annotation),
            "usual": None if names[name].is_required() else cell_of(names[name].get_default(call_default_factory=True)),
            "required": names[name].is_required(),
            "key": fields[name] in record.key,
            "refers": named[fields[name]].kinds if fields[name] in named else (),
            "defines": defined.get(fields[name], ()),
        }
        for name in ordered
    )


def _words(annotation: Any) -> tuple[str, ...]:
    """The words that a column takes, one of them in each cell; none where it takes others."""
    if annotation is bool:
        return ("true", "false")
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    parts = [part for part in get_args(annotation) if part is not type(None)]
    return _words(parts[0]) if get_origin(annotation) in (Union, UnionType) and len(parts) == 1 else ()


def meaning(table: str) -> str:
    """What a table holds, in a sentence.

    Parameters
    ----------
    table : str
    """
    return " ".join((TABLES[table].__doc__ or "").split("\n\n")[0].split())


def shown(table: str, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The columns in which any row says something, and the others.

    Parameters
    ----------
    table : str
    rows : list of dict
    """
    every = columns(table)
    told = [one for one in every if any(row[one["name"]] not in (None, one["usual"]) for row in rows)]
    return told, [one for one in every if one not in told]


def cell(value: Any) -> Any:
    """A cell as it is shown: a figure where it is a number.

    Parameters
    ----------
    value : float, str or None
    """
    if not isinstance(value, int | float):
        return value or ""
    _, _, decimals = f"{Decimal(repr(value)).normalize():f}".partition(".")
    return Figure(value, Scale("", 1.0, len(decimals))).record()
