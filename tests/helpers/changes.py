"""Cases with other rows: the rest stays as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from optimizer.case.case import Case
from optimizer.case.topics.limits import Limit


def with_rows(case: Case, table: str, rows: Iterable[Any]) -> Case:
    """The case with other rows in a table."""
    some = tuple(rows)
    places = tuple(f"{table} {number}" for number in range(len(some)))
    return Case(case.file, case.tables.replaced(**{table: some}), {**case.places, table: places})


def mapped(case: Case, table: str, change: Callable[[Any], dict[str, Any]]) -> Case:
    """The case with fields of every row of a table replaced."""
    return with_rows(case, table, (row.model_copy(update=change(row)) for row in case.tables.rows(table)))


def changed(case: Case, table: str, update: dict[str, Any], *, kind: str | None = None) -> Case:
    """The case with fields of a table's rows replaced (of one kind of control only, if named)."""
    rows = tuple(
        row.model_copy(update={k: v(row) if callable(v) else v for k, v in update.items()})
        if kind is None or row.kind == kind
        else row
        for row in case.tables.rows(table)
    )
    return Case(case.file, case.tables.replaced(**{table: rows}), case.places)


def without(case: Case, kind: str) -> Case:
    """The case without one kind of control, and without what is said of these elsewhere."""
    kept = [n for n, row in enumerate(case.tables.controls) if row.kind != kind]
    rows, places = (tuple(some[n] for n in kept) for some in (case.tables.controls, case.places["controls"]))
    names = {row.control for row in rows}
    case = Case(case.file, case.tables.replaced(controls=rows), {**case.places, "controls": places})
    for table in ("approvals", "trade", "grants", "holds"):
        case = with_rows(case, table, [row for row in case.tables.rows(table) if row.control in names])
    return case


def with_hhi(case: Case, bound: float, stage: str = "oxide") -> Case:
    """The case with a bound on the sum of squared shares of suppliers, priced so high that it is kept if it can be."""
    row = Limit.model_validate(
        {
            "limit": "hhi",
            "measure": "hhi",
            "sense": "at_most",
            "value": bound,
            "stage": stage,
            "by": "supplier",
            "member": "each",
            "window": "year",
            "basis": "use" if stage == "magnet" else "purchases",
            "from": dt.date(2027, 1, 1),
            "penalty": 60000,
            "source": "test of squares",
            "confidence": "assumption",
        }
    )
    return Case(
        case.file,
        case.tables.replaced(limits=(*case.tables.limits, row)),
        {**case.places, "limits": (*case.places["limits"], "limits hhi")},
    )


TONNES = {
    "plants": ["capacity", "running", "ordered"],
    "offers": ["capacity", "ordered"],
    "contracts": ["max_volume", "min_volume", "signed", "prepaid"],
    "demand": ["tonnes"],
    "stocks": ["opening", "capacity", "reserve", "terminal"],
    "arrivals": ["tonnes"],
    "projects": ["capacity"],
    "controls": ["quota", "new_business"],
    "approvals": ["quantity"],
    "trade": ["tonnes"],
    "sales": ["tonnes"],
    "routes": ["capacity"],
}
"""Columns in tonnes, or tonnes a year."""
PER_TONNE = {
    "materials": ["unit_value"],
    "plants": ["cost"],
    "offers": ["price"],
    "contracts": ["price", "floor", "upside_from", "reservation_fee"],
    "routes": ["freight"],
    "sales": ["price"],
    "price_formulas": ["floor", "cap"],
    "demand": ["penalty"],
    "substitutions": ["cost"],
    "stocks": ["holding", "penalty"],
    "controls": ["application_cost"],
}
"""Columns in USD a tonne (or a kilogram)."""


def multiplied(case: Case, columns: dict[str, list[str]], by: float) -> Case:
    """The case with columns multiplied; what is empty stays so."""
    for table, fields in columns.items():

        def change(row: Any, fields: list[str] = fields) -> dict[str, Any]:
            return {name: getattr(row, name) * by for name in fields if getattr(row, name) is not None}

        case = mapped(case, table, change)
    return case


def in_units(case: Case, tonne: float = 1.0, usd: float = 1.0) -> Case:
    """The case in other units: `tonne` and `usd` say how many of them make a tonne and a USD."""
    case = multiplied(multiplied(case, TONNES, tonne), PER_TONNE, usd / tonne)
    case = multiplied(case, {"projects": ["cost"]}, usd)
    goods = ("t", "kg")  # a currency is worth what it is
    case = mapped(case, "price_indices", lambda row: {"value": row.value * (usd / tonne if row.unit in goods else 1.0)})

    def limit(row: Any) -> dict[str, Any]:
        value = {"volume": tonne, "spend": usd}.get(row.measure, 1.0) * row.value
        breach = 1.0 if row.measure == "spend" else usd / tonne
        return {"value": value, "penalty": None if row.penalty is None else row.penalty * breach}

    return mapped(case, "limits", limit)
