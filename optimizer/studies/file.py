"""The file of a study: what is varied, how, and what is asked."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.case.document import Document, document_from, read_yaml
from optimizer.case.kinds import NUMBER, Number, Whole
from optimizer.case.read import explain
from optimizer.case.text import read_text
from optimizer.errors import CaseError, InputError
from optimizer.faults import Fault
from optimizer.studies.designs import LOSSES, MOST_ROWS, Design, LoseEach, Table
from optimizer.studies.distributions import Empirical
from optimizer.studies.factors import Factor


class StudyFile(BaseModel):
    """A case, scenarios, and a design of rows in each of which numbers differ."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    version: Literal[1]
    """Of this format."""
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    """Its name."""
    title: str
    """One line that says what is asked."""
    case: Annotated[str, Field(min_length=1)]
    """A bundled case by its name, or a folder by its path from the file."""
    scenarios: tuple[str, ...] = ()
    """Bundled scenarios by name, or files by their path from the file; each row is planned in each. Empty: what is news
    in a row happens alone."""
    answers: Annotated[tuple[Literal["react", "foresight"], ...], Field(min_length=1)] = ("react", "foresight")
    """Answers asked for in each row and scenario."""
    seed: Annotated[Whole, Field(ge=0, le=2**53)] = 0
    """Of all draws."""
    design: Design
    """Which rows there are."""
    factors: tuple[Factor, ...] = ()
    """What differs from row to row."""
    tables: tuple[Literal["purchases", "shortages", "prices"], ...] = ()
    """Long tables to keep of every answer, beside its figures."""
    most_rows: Annotated[Whole, Field(ge=1, le=MOST_ROWS)] = 100_000
    """Rows of the design above which nothing is run."""
    most_hours: Annotated[Number, Field(gt=0)] = 24.0
    """Hours of one core, as estimated from the base plan, above which nothing is run."""

    @property
    def rows(self) -> int:
        """Rows of its design."""
        return self.design.count(self.factors)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that say what a row is of: names of factors, or what is lost."""
        return LOSSES if isinstance(self.design, LoseEach) else tuple(some.name for some in self.factors)

    def told(self, row: int) -> dict[str, Any]:
        """What stands in these columns in a row; a factor that is left as it is has none.

        Parameters
        ----------
        row : int
        """
        if isinstance(self.design, LoseEach):
            member, days, first = self.design.loss(row)
            return dict(zip(LOSSES, (member, days, first.isoformat()), strict=True))
        return dict(self.design.row(row, self.factors, self.seed))

    def too_many(self, where: str, column: str = "design") -> list[Fault]:
        """That it has more rows than it may.

        Parameters
        ----------
        where, column : str
            Where its rows are asked for.
        """
        if self.rows <= self.most_rows:
            return []
        return [Fault.of(where, column, f"at most {self.most_rows} rows (most_rows)", self.rows, "too-large")]


def read_study(path: Path) -> StudyFile:
    """Read a study, with the files that it draws on.

    Parameters
    ----------
    path : Path
        A YAML file.

    Returns
    -------
    StudyFile
        What stands in other files is in it; paths are as they were given.

    Raises
    ------
    InputError
        With every fault found.
    """
    try:
        content = read_yaml(path, f"{path.absolute().parent.name}/{path.name}")
    except CaseError as error:
        raise InputError(error.faults) from None
    return _read(content, path.absolute().parent)


def study_from(content: Mapping[str, Any], folder: Path | None = None) -> StudyFile:
    """A study from data, checked like one from a file.

    Parameters
    ----------
    content : mapping
        Its fields, as YAML or JSON would give them.
    folder : Path, optional
        Where the files lie that it draws on; without one it may draw on none.

    Raises
    ------
    InputError
        With every fault found.
    """
    name = content.get("name") if isinstance(content, Mapping) else None
    return _read(document_from(content, name if isinstance(name, str) else "study"), folder)


def _read(content: Document, folder: Path | None) -> StudyFile:
    """A study as it is written, with what other files hold."""
    try:
        study = StudyFile.model_validate(content)
    except ValidationError as error:
        raise InputError(explain(error, content, StudyFile)) from None
    faults: list[Fault] = []
    factors = []
    for number, some in enumerate(study.factors):
        place = content.place(("factors", number))
        faults += some.faults(place)
        if isinstance(some.distribution, Empirical) and not some.distribution.seen:
            seen = _column(folder, some.distribution.file, some.distribution.column, place, faults)
            some = some.model_copy(update={"distribution": some.distribution.model_copy(update={"seen": seen})})
        factors.append(some)
    for name, count in Counter(some.name for some in factors).items():
        if count > 1:
            where = content.place(("factors",))
            faults.append(Fault.of(where, "factors", "each name once", name, "repeated"))
    design, place = study.design, content.place(("design",))
    if isinstance(design, Table) and not design.rows:
        design = design.model_copy(update={"rows": _rows(folder, design.file, factors, place, faults)})
    if not faults:
        faults += design.faults(factors, place)
    faults += _announced(factors, content)
    whole = study.model_copy(update={"factors": tuple(factors), "design": design})
    if faults or (faults := whole.too_many(place)):
        raise InputError(faults)
    return whole


def _announced(factors: list[Factor], content: Document) -> list[Fault]:
    """Factors that come as news come on one day: what is told twice would have to be planned twice."""
    days: dict[dt.date, str] = {}
    for some in factors:
        if some.announced is not None:
            days.setdefault(some.announced, some.name)
    if len(days) < 2:
        return []
    listed = "; ".join(f"{name} on {day}" for day, name in sorted(days.items()))
    expected = "the same day of news for all that is not known"
    return [Fault.of(content.place(("factors",)), "factors", expected, listed, "inconsistent")]


def _table(
    folder: Path | None, file: str, place: str, faults: list[Fault]
) -> tuple[list[str], list[dict[str, str]], str] | None:
    """Heads and rows of a CSV file, and how it is called; None where it cannot be read."""
    if not file:
        faults.append(Fault(place, "file: expected a file, or its values here, found none", code="missing-value"))
        return None
    if folder is None:
        faults.append(Fault(place, f"file: expected no file here, found {file}", code="not-read", column="file"))
        return None
    path = folder / file
    try:
        text = read_text(path, file)
    except CaseError as error:
        faults += error.faults
        return None
    reader = csv.DictReader(io.StringIO(text))
    rows = list(reader)
    return list(reader.fieldnames or ()), rows, file


def number_in(text: str) -> float | None:
    """A number, spelled as in the tables of a case; None where it is none.

    Parameters
    ----------
    text : str
    """
    found = float(text) if NUMBER.fullmatch(text) else math.nan
    return found if math.isfinite(found) else None


def _number(cell: str | None, where: str, column: str, faults: list[Fault]) -> float | None:
    """A cell as a number."""
    text = (cell or "").strip()
    if (found := number_in(text)) is None:
        faults.append(Fault.of(where, column, "a number", text or "nothing", "not-a-number"))
    return found


def _column(folder: Path | None, file: str, column: str, place: str, faults: list[Fault]) -> tuple[float, ...]:
    """Numbers of one column of a CSV file."""
    found = _table(folder, file, place, faults)
    if found is None:
        return ()
    heads, rows, shown = found
    if column not in heads:
        faults.append(Fault.near(shown, None, f"no column {column!r}", column, heads, "unknown-column"))
        return ()
    cells = [_number(row[column], f"{shown}, row {number}", column, faults) for number, row in enumerate(rows, 2)]
    if not cells:
        faults.append(Fault(shown, "expected at least one row, found none", code="missing-rows"))
    return tuple(cell for cell in cells if cell is not None)


def _rows(
    folder: Path | None, file: str, factors: list[Factor], place: str, faults: list[Fault]
) -> tuple[dict[str, float], ...]:
    """Values of factors by row of a CSV file; an empty cell is left out."""
    found = _table(folder, file, place, faults)
    if found is None:
        return ()
    heads, rows, shown = found
    names = [some.name for some in factors]
    for head in heads:
        if head not in names:
            faults.append(Fault.near(shown, None, f"no factor {head!r}", head, names, "unknown-column"))
    values = []
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            where = f"{shown}, row {number}"
            faults.append(
                Fault(where, f"expected {len(heads)} cells, as the first row has", code="wrong-number-of-cells")
            )
            continue
        cells = {
            head: _number(cell, f"{shown}, row {number}", head, faults)
            for head, cell in row.items()
            if head in names and cell.strip()
        }
        values.append({head: cell for head, cell in cells.items() if cell is not None})
    if not rows:
        faults.append(Fault(shown, "expected at least one row, found none", code="missing-rows"))
    return tuple(values)
