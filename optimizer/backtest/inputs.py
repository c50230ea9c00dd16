"""What each input of the back-test was known from, and when: hindsight is refused in the set of the forecast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from optimizer.case.case import Case
from optimizer.case.kinds import Day, Words
from optimizer.case.rows import Row
from optimizer.case.tables import TABLES
from optimizer.errors import CaseError
from optimizer.faults import Fault

ON_THE_DAY = "on the day"
LATER_PAGE = "later page of an earlier fact"
HINDSIGHT = "hindsight"
EX_ANTE = "ex-ante"


class Input(Row):
    """Where figures of the case, a branch or the grid come from, and whether they could be known on the day."""

    key: ClassVar[tuple[str, ...]] = ("used", "table", "rows", "columns", "value")

    used: Literal["ex-ante", "ex-post"]
    """In which set it is used."""
    table: Annotated[str, Field(min_length=1)]
    """Table of the case, or `branches` or `grid`."""
    rows: Annotated[str, Field(min_length=1)]
    """Its rows, by their key, its parts parted by ` / `; `*` stands for anything."""
    columns: Annotated[Words, Field(min_length=1)]
    """Columns that hold the figures."""
    value: str = ""
    """The figures, in words."""
    page_date: Day | None = None
    """Day of the page; empty for an assumption, and where the page of a later day bears none."""
    known: Literal["on the day", "later page of an earlier fact", "hindsight"]
    """Whether it could be known on the day."""
    why: str = ""
    """Of a later page: why the fact could have been known on the day."""


def later_pages(inputs: Iterable[Input]) -> list[Input]:
    """Inputs of the forecast that were read on a page later than the day."""
    return [row for row in inputs if row.used == EX_ANTE and row.known == LATER_PAGE]


def check_inputs(inputs: Sequence[Input], case: Case, rule: dt.date) -> None:
    """Check that the forecast rests on nothing that was not known, and that every row of its case is told of.

    Parameters
    ----------
    inputs : sequence of Input
    case : Case
        That of the forecast.
    rule : date
        The day the rule was made public: the last day of a page of the forecast.

    Raises
    ------
    CaseError
        With every fault.
    """
    faults = [fault for number, row in enumerate(inputs, 1) for fault in _of_row(row, f"inputs, row {number}", rule)]
    for table, rows in case.tables.items():
        patterns = [row.rows for row in inputs if row.table == table and row.used == EX_ANTE]
        for record in rows:
            if not any(fnmatchcase(record.named, pattern) for pattern in patterns):
                what = f"no row of the inputs says where {record.named!r} comes from"
                faults.append(Fault(f"{case.name}, {table}", what, code="missing-rows", table=table))
    for number, row in enumerate(inputs, 1):
        if row.table in TABLES and not any(fnmatchcase(some.named, row.rows) for some in case.tables.rows(row.table)):
            what = f"rows: no row of {row.table} of {case.name} is called {row.rows!r}"
            faults.append(Fault(f"inputs, row {number}", what, code="selects-nothing", column="rows"))
    if faults:
        raise CaseError(faults)


def _of_row(row: Input, place: str, rule: dt.date) -> list[Fault]:
    """What is wrong with one row."""
    faults: list[Fault] = []

    def wrong(column: str, what: str) -> None:
        faults.append(Fault(place, f"{column}: {what}", code="inconsistent", column=column))

    if row.used == EX_ANTE and row.known == HINDSIGHT:
        wrong("known", f"expected what was known by {rule} in the set of the forecast, found hindsight ({row.named})")
    if row.known == ON_THE_DAY and row.page_date is not None and row.page_date > rule:
        wrong("page_date", f"expected a day to {rule} of what was known on the day, found {row.page_date}")
    if row.known == ON_THE_DAY and row.page_date is None and row.confidence == "sourced":
        wrong("page_date", "expected the day of the page of what is sourced on the day, found nothing")
    if row.known == LATER_PAGE:
        if row.page_date is not None and row.page_date <= rule:
            wrong("page_date", f"expected a day after {rule} of a later page, found {row.page_date}")
        if not row.why:
            wrong("why", "expected why it could have been known on the day, found nothing")
    if row.table in TABLES:
        fields = {info.alias or name for name, info in TABLES[row.table].model_fields.items()}
        for column in row.columns:
            if column not in fields:
                faults.append(Fault.unknown(place, "columns", f"column of {row.table}", column, fields))
    return faults
