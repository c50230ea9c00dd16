"""Events: what a scenario may change, in which columns, and how far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from optimizer.case.kinds import EARLIEST, LARGEST, LATEST, SMALLEST, Day, Number, Whole
from optimizer.case.tables import TABLES
from optimizer.faults import WrongError

SERIES = {name: list(record.series) for name, record in TABLES.items() if record.series}
SERIES["controls"] = [*SERIES["controls"], "in_force"]
SERIES["projects"] = [*SERIES["projects"], "lead"]
"""Columns an event may change, by table."""
SHIFTED = ("plants", "projects")
"""Tables whose rows an event may move in time."""
OPERATIONS = ("set", "scale", "add", "shift", "add_row")
ADDED: dict[str, tuple[str, str | None]] = {
    "duties": ("from", None),
    "export_charges": ("from", None),
    "controls": ("effective", "expires"),
    "limits": ("from", "until"),
}
"""Tables that an event may add a row to, and the columns that are its first day and the first day no longer."""
FIXED = "what there is to decide is laid out once for all scenarios, so a row of {table} stands in the case"
"""Why other tables take none."""
MAX_SHIFT = 240
"""Most months by which an event may shift something."""


def least(table: str, column: str) -> float:
    """The least value a column may take in a scenario: 0, but for prices at which what is left over is treated.

    Parameters
    ----------
    table, column : str
        A column that a scenario may change.
    """
    return -LARGEST if (table, column) == ("sales", "price") else 0.0


def largest(table: str, column: str) -> float:
    """The largest value a column may take, in a scenario as in its table.

    Parameters
    ----------
    table, column : str
        A column that a scenario may change.
    """
    if column == "in_force":
        return 1.0
    bounds = (getattr(bound, "le", None) for bound in TABLES[table].model_fields[column].metadata)
    return float(next((bound for bound in bounds if bound is not None), LARGEST))


class Recovery(BaseModel):
    """How things come back to normal after an event."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
    months: Annotated[Whole, Field(ge=1, le=120)]
    """How long it takes."""
    shape: Literal["linear"] = "linear"
    """How."""


class Event(BaseModel):
    """One thing that happens: what, where, from when, until when, with what recovery."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    what: Annotated[str, Field(min_length=1)]
    """In words."""
    table: str
    """The table it changes."""
    where: dict[str, Any]
    """Which rows: any column of the table, or of the record it refers to; ``not_`` before a column excludes."""
    set: dict[str, Number] | None = None
    """Columns and their new values."""
    scale: dict[str, Number] | None = None
    """Columns and what they are multiplied by."""
    add: dict[str, Number] | None = None
    """Columns and what is added."""
    shift: dict[str, Whole] | None = None
    """``from`` and the months by which it moves (plants and projects; of a project under way, the day it is done), for
    steps due in the event's days. One that then comes
    after the step that follows it never holds: that one states what there is in all."""
    add_row: dict[str, Any] | None = None
    """A new row of the table, without its days, which are those of the event (duties, export charges, controls and
    limits; without `where`). It need say neither its `source` nor its `confidence`."""
    scarcity: str = ""
    """An export control: the event holds as far as that stops goods. Only with `scale` of the share of `availability`,
    which then is supply over demand there when nothing passes the control."""
    from_: Annotated[Day, Field(alias="from")]
    """First day."""
    until: Day | None = None
    """First day no longer; empty: to the end."""
    recovery: Recovery | None = None
    """Back to normal after `until`; empty: at once."""

    @model_validator(mode="before")
    @classmethod
    def _where_of_new_rows(cls, content: Any) -> Any:
        """A new row is found by nothing."""
        adds = isinstance(content, Mapping) and content.get("add_row") and "where" not in content
        return {**content, "where": {}} if adds else content

    @model_validator(mode="after")
    def _row_alone(self) -> Event:
        if not self.add_row:
            return self
        if self.table not in ADDED and self.table in TABLES:
            expected = f"one of {', '.join(ADDED)} with add_row"
            raise WrongError(
                f"table: expected {expected} ({FIXED.format(table=self.table)}), found {self.table}",
                column="table",
                expected=expected,
                found=self.table,
            )
        for field in ("where", "recovery"):
            if getattr(self, field):
                raise WrongError.of(field, "nothing with add_row", getattr(self, field))
        return self

    @model_validator(mode="after")
    def _scarcity_of_availability(self) -> Event:
        if self.scarcity and (self.table != "availability" or not self.scale or max(self.scale.values()) > 1):
            expected = "a scale of availability.share, of at most 1,"
            raise WrongError(f"scarcity: expected with {expected} and only there", column="scarcity")
        return self

    @model_validator(mode="after")
    def _one_operation(self) -> Event:
        given = [name for name in OPERATIONS if getattr(self, name)]
        if len(given) != 1:
            raise WrongError(f"expected exactly one of {', '.join(OPERATIONS)}, found {', '.join(given) or 'none'}")
        most = MAX_SHIFT if self.operation == "shift" else LARGEST
        for column, number in self.changes.items():
            if self.operation == "set" and 0 < abs(number) < SMALLEST:
                expected = f"0 or a number from {SMALLEST:g}"
                raise WrongError.of(f"set.{column}", expected, float(number), "out-of-range")
            if abs(number) > most:
                raise WrongError.of(
                    f"{self.operation}.{column}", f"from {-most:g} to {most:g}", float(number), "out-of-range"
                )
        return self

    @model_validator(mode="after")
    def _dates_in_order(self) -> Event:
        for field, day in (("from", self.from_), ("until", self.until)):
            if day is not None and not EARLIEST <= day <= LATEST:
                raise WrongError.of(field, f"a day from {EARLIEST} to {LATEST}", day, "out-of-range")
        if self.until is not None and self.until <= self.from_:
            raise WrongError.of("until", f"a day after from ({self.from_})", self.until, "wrong-order")
        if self.recovery is not None and self.until is None:
            raise WrongError("recovery: expected with until, found without", column="recovery")
        return self

    @property
    def operation(self) -> str:
        """`set`, `scale`, `add`, `shift` or `add_row`."""
        return next(name for name in OPERATIONS if getattr(self, name))

    @property
    def changes(self) -> dict[str, float]:
        """Columns and numbers of the operation; none where it adds a row."""
        return {} if self.add_row else dict(getattr(self, self.operation))
