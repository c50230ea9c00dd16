"""A case with other rows: set, scaled, added and removed by what is said of them, then through the door like any other.

A scenario changes numbers over time and leaves the case as it is; a change makes another case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from optimizer.case.case import Case
from optimizer.case.document import document_from
from optimizer.case.kinds import LARGEST, Flag, Number
from optimizer.case.read import explain
from optimizer.case.rows import Row
from optimizer.case.tables import TABLES, Tables
from optimizer.case.text import brief, hidden
from optimizer.errors import CaseError, InputError
from optimizer.faults import Fault, Place, Source, WrongError
from optimizer.world.door import Given, checked, enter, read_row
from optimizer.world.select import Selector

OPERATIONS = ("set", "scale", "add", "remove")


def _cell(value: Any) -> Any:
    """What JSON may give for a cell."""
    inside = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    if isinstance(value, str | int | float | list | dict | None) and all(
        isinstance(some, str | int | float) for some in inside
    ):
        return value
    raise WrongError(f"expected a text, a number, a flag, null or a list of texts, found {brief(value)}", "wrong-shape")


Cell = Annotated[str | bool | int | float | list[Any] | dict[str, Any] | None, BeforeValidator(_cell)]
"""A cell: a text as a file has it, a number, a flag, nothing, or a list or a content."""


class Change(BaseModel):
    """One change of a case: rows of one table, and exactly one of `set`, `scale`, `add` and `remove`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    table: Annotated[str, Field(max_length=40)]
    """The table it changes."""
    where: Annotated[dict[str, Any], Field(max_length=40)] = {}
    """Which rows, as in an event: any column that no event changes, or one of the record it refers to; ``not_`` before
    a column excludes. Empty: all rows."""
    set: Annotated[dict[str, Cell], Field(max_length=40)] | None = None
    """Columns and their new cells; null empties one."""
    scale: Annotated[dict[str, Number], Field(max_length=40)] | None = None
    """Columns of numbers and what they are multiplied by."""
    add: Annotated[dict[str, Cell], Field(max_length=40)] | None = None
    """A row to add: its columns and cells. It takes no `where`."""
    remove: Flag = False
    """True: the rows are taken out."""

    @model_validator(mode="after")
    def _one_operation(self) -> Change:
        given = [name for name in OPERATIONS if getattr(self, name)]
        if len(given) != 1:
            raise WrongError(f"expected exactly one of {', '.join(OPERATIONS)}, found {', '.join(given) or 'none'}")
        if self.add and self.where:
            raise WrongError("where: expected none with add, which adds a row", column="where")
        for column, factor in (self.scale or {}).items():
            if abs(factor) > LARGEST:
                raise WrongError.of(f"scale.{column}", f"from {-LARGEST:g} to {LARGEST:g}", factor, "out-of-range")
        return self


def changed(case: Case, changes: Iterable[Change | Mapping[str, Any]]) -> Case:
    """A case with other rows, checked like any other; the case given stays as it is.

    Parameters
    ----------
    case : Case
    changes : iterable of Change or mapping
        One after the other: each selects among the rows that those before it leave.

    Returns
    -------
    Case

    Raises
    ------
    CaseError
        With every fault: a change that means nothing or selects no row, a row that its table cannot have, and whatever
        does not fit together any more. What is wrong with a changed row is said of ``change 2, offers 'x'``.
    """
    asked, faults = _asked(changes)
    making = _Making(checked(case))
    for number, change in asked:
        faults += making.apply(number, change)
    if faults:
        raise CaseError(faults)
    if not asked:
        return case
    return enter(making.given)


def _asked(changes: Any) -> tuple[list[tuple[int, Change]], list[Fault]]:
    """Changes with their numbers from 1, and what is wrong with those that are none."""
    if isinstance(changes, str | Mapping | Change) or not isinstance(changes, Iterable):
        return [], [Fault("change", f"expected a list of changes, found {brief(changes)}", code="wrong-shape")]
    found, faults = [], list[Fault]()
    for number, some in enumerate(changes, 1):
        where = Place(f"change {number}", Source(f"change {number}"))
        try:
            content = some if isinstance(some, Change) else Change.model_validate(document_from(some, str(where)))
        except InputError as error:
            faults += error.faults
        except ValidationError as error:
            faults += explain(error, where, Change)
        else:
            found.append((number, content))
    return found, faults


class _Making:
    """The rows of a case while they are changed.

    Parameters
    ----------
    case : Case
    """

    def __init__(self, case: Case) -> None:
        self.file, self.said = case.file, case.said
        self.rows: dict[str, list[Row]] = {name: list(rows) for name, rows in case.tables.items()}
        self.places: dict[str, list[str]] = {name: list(case.where(name)) for name in TABLES}

    @property
    def given(self) -> Given:
        """All of it, as a reader would hand it to the door."""
        settings = document_from(self.file.model_dump(mode="json"), self.file.name)
        return Given(settings, dict(self.rows), dict(self.places), said=list(self.said))

    def apply(self, number: int, change: Change) -> list[Fault]:
        """Make one change.

        Parameters
        ----------
        number : int
            From 1, for messages.
        change : Change

        Returns
        -------
        list of Fault
            With any, the rows stay as they were.
        """
        where = f"change {number}"
        if change.table not in TABLES:
            unknown = f"no such table {brief(change.table)}"
            return [Fault.near(where, "table", unknown, change.table, TABLES)]
        if change.add:
            return self._add(where, change.table, change.add)
        found, faults = self._selected(change)
        if faults:
            return [fault.moved(where) for fault in faults]
        if change.remove:
            for place in reversed(found):
                del self.rows[change.table][place], self.places[change.table][place]
            return []
        return self._other(where, change, found)

    def _selected(self, change: Change) -> tuple[list[int], list[Fault]]:
        """Places of the rows that a change means."""
        if not self.rows[change.table]:
            what = f"where: {change.table} has no rows"
            return [], [Fault("", what, code="selects-nothing", table=change.table, column="where")]
        return Selector(Case(self.file, Tables.of(self.rows), {})).rows(change.table, change.where)

    def _add(self, where: str, table: str, cells: Mapping[str, Any]) -> list[Fault]:
        """Add a row."""
        record = TABLES[table]
        place = _place(where, table, [cells.get(record.model_fields[name].alias or name) for name in record.key])
        row, faults = read_row(_given(cells), place, record)
        if row is not None:
            self.rows[table].append(row)
            self.places[table].append(place)
        return faults

    def _other(self, where: str, change: Change, found: Sequence[int]) -> list[Fault]:
        """Give rows other cells."""
        table, record = change.table, TABLES[change.table]
        made: dict[int, tuple[Row, Place]] = {}
        faults: list[Fault] = []
        for place in found:
            old = self.rows[table][place]
            shown = _place(where, table, [getattr(old, name) for name in record.key])
            cells = old.model_dump(by_alias=True, exclude_none=True) | (change.set or {})
            cells = _given(cells)
            for column, factor in (change.scale or {}).items():
                number = cells.get(column, 0.0)
                if isinstance(number, bool) or not isinstance(number, int | float):
                    what = f"{column}: expected a number to scale, found {brief(number) if number else 'nothing'}"
                    faults.append(Fault(shown, what, code="not-a-number", column=column, found=number))
                    continue
                cells[column] = number * factor
            row, wrong = read_row(cells, shown, record)
            faults += wrong
            if row is not None:
                made[place] = row, shown
        if not faults:
            for place, (row, shown) in made.items():
                self.rows[table][place], self.places[table][place] = row, shown
        return faults


def _given(cells: Mapping[str, Any]) -> dict[str, Any]:
    """Cells as JSON gives them; an empty one means the column's default, as in a file."""
    return {name: cell for name, cell in cells.items() if cell is not None and cell != ""}


def _place(where: str, table: str, names: Iterable[Any]) -> Place:
    """Where a changed row stands: the change, and what the row is called."""
    told = " / ".join(str(name) for name in names if name is not None)
    shown = f"{where}, {table}" + ("" if not told or hidden(told) else f" {told!r}")
    return Place(shown, Source(where, table))
