"""Which cells of a case do nothing: each set to another legal value, the programme compiled again and held beside it.

A cell may leave the programme as it is where its row is one that `check` says has no effect, or where the new value is
refused. All others are silent: their columns are printed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args, get_origin

import numpy as np
from pydantic import ValidationError

from benchmarks.show import Cell, table
from optimizer.case.case import Case
from optimizer.case.countries import COUNTRIES
from optimizer.case.references import names_in, references
from optimizer.case.tables import TABLES
from optimizer.errors import LodestarError
from optimizer.formulation.compile import compile_network, parameter_vector
from optimizer.network.build import network_of
from optimizer.network.network import Network
from optimizer.network.unread_cells import unread_cells
from optimizer.network.used_rows import idle_rows
from optimizer.world.load import load_case
from optimizer.world.plausible import case_findings

SHOWN_ONLY = {
    *("source", "confidence", "assumed", "description", "latitude", "longitude"),
    *("content",),  # how much of an element there is counts in checks of recipes and in reports; which ones, in rules
    *("authority", "number", "citation", "hs", "announced", "carried_by", "adopted", "company", "owner"),
}
"""Columns that say where a row comes from, or that only what is shown depends on (an owner: only limits by owner)."""


START = dt.date(2027, 1, 1)
"""The first day of most cases."""


Said = set[tuple[str, str, str]]
"""Table, column (`*` for all) and place of the cells of which `check` says that nothing reads them."""


def fingerprint(case: Case) -> tuple[str, Network]:
    """A digest of the programme of a case, names and arrays, and its network."""
    network = network_of(case)
    program = compile_network(network)
    arrays = program.arrays(parameter_vector(network))
    digest = hashlib.sha256(repr((program.column_names, program.row_names)).encode())
    for part in vars(arrays).values():
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest(), network


def said_of(network: Network) -> Said:
    """The cells of which `check` says that they do nothing."""
    case = network.case
    said = {(row.table, "*", row.place) for row in idle_rows(network)}
    for cells in unread_cells(network):
        places = case.where(cells.table)
        said |= {(cells.table, column, places[row]) for row in cells.rows for column in cells.columns}
    return said | {(some.table, some.column or "*", some.where) for some in case_findings(case)}


def others(value: Any, field: str, annotation: Any, known: Sequence[str]) -> Iterator[Any]:
    """Other legal values of a cell."""
    choices = next((get_args(part) for part in (annotation, *get_args(annotation)) if get_origin(part) is Literal), ())
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, float):
        yield from (value * 0.5, value * 20, 0.0) if value else (1.0, 1000.0, 0.25)
    elif isinstance(value, dt.date):
        yield from (value + dt.timedelta(days=400), START + dt.timedelta(days=45), START + dt.timedelta(days=100))
    elif choices:
        yield from (word for word in choices if word != value)
    elif isinstance(value, dict):
        yield {name: share * 0.5 for name, share in value.items()}
    elif isinstance(value, tuple) and value:
        yield value[1:] if len(value) > 1 else ()
    elif isinstance(value, str) and value in COUNTRIES:
        yield from ("CN", "US", "DE")
    elif isinstance(value, str):
        yield from (name for name in known if name != value)


def measure(cases: Sequence[Case], cells: int, seed: int = 0) -> dict[tuple[str, str], Counter[str]]:
    """Change cells of every column, so many of each case, and count what came of it.

    Parameters
    ----------
    cases : sequence of Case
    cells : int
        Cells of each column and case, at most.
    seed : int
        Of the choice of rows.

    Returns
    -------
    dict of (table, column) to Counter
        Of `changed`, `refused`, `said` and `silent`.
    """
    rng = np.random.default_rng(seed)
    found: dict[tuple[str, str], Counter[str]] = {}
    for case in cases:
        before, _ = fingerprint(case)
        for name, record in TABLES.items():
            rows = case.tables.rows(name)
            for field, info in record.model_fields.items():
                if field in SHOWN_ONLY or not rows:
                    continue
                counts = found.setdefault((name, info.alias or field), Counter())
                for number in map(int, rng.permutation(len(rows))[:cells]):
                    if outcome := _changed(case, name, number, field, info.annotation, before):
                        counts[outcome] += 1
    return found


def _changed(case: Case, name: str, number: int, field: str, annotation: Any, before: str) -> str:
    """What comes of other values of a cell: the best of three of them counts; nothing if there is none."""
    rows = case.tables.rows(name)
    alias = type(rows[0]).model_fields[field].alias or field
    kinds = references(type(rows[number])).get(field)
    known = sorted({word for row in rows for word in names_in(getattr(row, field)) if word}) if kinds else []
    outcomes = []
    for value in list(others(getattr(rows[number], field), field, annotation, known))[:3]:
        try:
            row = type(rows[number]).model_validate({**rows[number].model_dump(by_alias=True), alias: value})
            changed = (*rows[:number], row, *rows[number + 1 :])
            after, network = fingerprint(Case(case.file, case.tables.replaced(**{name: changed}), case.places))
        except (ValidationError, LodestarError):
            outcomes.append("refused")
            continue
        if after != before:
            return "changed"
        at = {(name, column, case.where(name)[number]) for column in ("*", field)}
        outcomes.append("silent" if at.isdisjoint(said_of(network)) else "said")
    return next((word for word in ("said", "silent", "refused") if word in outcomes), "")


def report(cases: Sequence[Case] | None = None, *, quick: bool = False) -> None:
    """Print the columns in which cells did nothing in silence."""
    some = list(cases or [load_case(name) for name in ("ev-motors", "korea", "defense")])
    found = measure(some, 1 if quick else 10)
    silent: list[list[Cell]] = [
        [f"{name}.{column}", *(counts[word] for word in ("changed", "refused", "said", "silent"))]
        for (name, column), counts in found.items()
        if counts["silent"]
    ]
    table("Cells that did nothing", ["column", "changed", "refused", "said", "silent"], silent)
    total = sum(found.values(), Counter())
    print(f"{total.total():,} cells: " + ", ".join(f"{count:,} {word}" for word, count in total.most_common()))
