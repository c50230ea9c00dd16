"""What a study varies: a number of the case, or of something that happens."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from optimizer.case.calendar import PREROLL
from optimizer.case.case import Case
from optimizer.case.kinds import EARLIEST, Day, Number
from optimizer.case.tables import TABLES
from optimizer.case.units import units
from optimizer.errors import InputError
from optimizer.faults import Fault, WrongError
from optimizer.studies.distributions import Distribution
from optimizer.world.change import Change
from optimizer.world.events import SERIES, Event, Recovery

CELL = re.compile(r"(?P<table>[a-z_]+)\.(?P<column>[a-z_]+)\[(?P<row>[^\[\]]*)\]")
"""How a cell is named: ``offers.price[cn-dy-oxide]``, ``demand.tonnes[de-plant / magnet]``, ``offers.price[*]``."""
MONEY = "USD"
"""What units of money hold; a price per kg for one per t is the slip that a unit tells."""
EVERY = "*"
"""Stands for every row of a table."""
Operation = Literal["set", "scale", "add"]
OPERATIONS: tuple[Operation, ...] = ("set", "scale", "add")


class Factor(BaseModel):
    """One number that a study varies: a cell of the case, or one of an event."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
    """What it is called in the tables of the study."""
    cell: str | None = None
    """A cell or a whole column, instead of table and where: ``offers.price[cn-ndpr]``, ``offers.price[*]``."""
    recipe: str | tuple[str, ...] | None = None
    """A recipe, or a process with all its recipes, or a list of them: its value is how many times as much the main
    output needs. It is known and holds throughout."""
    table: str | None = None
    """The table that it changes."""
    where: dict[str, Any] | None = None
    """Which rows, as in an event; empty: all."""
    set: str | None = None
    """The column that takes its value."""
    scale: str | None = None
    """The column that is multiplied by it."""
    add: str | None = None
    """The column that it is added to."""
    from_: Annotated[Day | None, Field(alias="from")] = None
    """First day; empty: it holds throughout."""
    until: Day | None = None
    """First day no longer; empty: to the end."""
    recovery: Recovery | None = None
    """Back to normal after `until`; empty: at once."""
    known: bool | None = None
    """Whether the base is planned with it; empty: yes, unless it has a first day."""
    news: Day | None = None
    """The day on which the buyer learns of it, where it is not known; empty: that of the scenario, or its first day."""
    unit: str | None = None
    """Unit of its values; one of money is held against that of the column, where it sets or adds."""
    values: Annotated[tuple[Number, ...], Field(min_length=1)] | None = None
    """What it takes in turn, in a grid or one at a time."""
    distribution: Distribution | None = None
    """What it is drawn from, in a sample."""

    @model_validator(mode="after")
    def _one_place(self) -> Factor:
        if sum(some is not None for some in (self.cell, self.table, self.recipe)) != 1:
            raise WrongError("expected one of cell, table and recipe", column="cell")
        if self.recipe is not None:
            for field in ("where", *OPERATIONS, "from_", "until", "recovery", "news", "unit"):
                if getattr(self, field) is not None:
                    name = field.rstrip("_")
                    raise WrongError(
                        f"{name}: expected nothing with recipe, whose need is scaled throughout", column=name
                    )
            if self.known is False:
                raise WrongError("known: expected true with recipe: the base is planned with it", column="known")
            return self
        if self.cell is not None:
            if not CELL.fullmatch(self.cell):
                expected = "table.column[row] such as offers.price[cn-dy-oxide] or offers.price[*]"
                raise WrongError.of("cell", expected, self.cell, "wrong-spelling")
            for field in ("where", "set"):
                if getattr(self, field) is not None:
                    raise WrongError(f"{field}: expected nothing with cell, which says it", column=field)
        given = [name for name in OPERATIONS if getattr(self, name) is not None]
        if len(given) > 1 or (self.cell is None and not given):
            raise WrongError(f"expected one of {', '.join(OPERATIONS)}, found {', '.join(given) or 'none'}")
        return self

    @model_validator(mode="after")
    def _known_or_news(self) -> Factor:
        if self.is_known and self.news is not None:
            raise WrongError("news: expected no day where it is known", column="news")
        if self.until is not None and self.from_ is not None and self.until <= self.from_:
            raise WrongError.of("until", f"a day after from ({self.from_})", self.until, "wrong-order")
        if self.recovery is not None and self.until is None:
            raise WrongError("recovery: expected with until, found without", column="recovery")
        if not self.is_known and self.from_ is None and self.news is None:
            raise WrongError("from: expected a first day, or one of news, where it is not known", column="from")
        if self.values is not None and self.distribution is not None:
            raise WrongError("expected values or a distribution, found both", column="values")
        return self

    @property
    def is_known(self) -> bool:
        """Whether the base is planned with it."""
        return self.from_ is None and self.news is None if self.known is None else self.known

    @property
    def operation(self) -> Operation:
        """How its value is applied."""
        return next((name for name in OPERATIONS if getattr(self, name) is not None), "set")

    @property
    def column(self) -> str:
        """The column that it changes."""
        if self.cell is not None and (found := CELL.fullmatch(self.cell)):
            return found["column"]
        return str(getattr(self, self.operation))

    @property
    def target(self) -> str:
        """The table that it changes."""
        if self.cell is not None and (found := CELL.fullmatch(self.cell)):
            return found["table"]
        return str(self.table)

    @property
    def announced(self) -> dt.date | None:
        """The day on which the buyer learns of it; None where it is known, or goes by the scenario."""
        return None if self.is_known else self.news or self.from_

    def event(self, value: float, case: Case) -> Event:
        """What happens at a value of it.

        Parameters
        ----------
        value : float
        case : Case
        """
        first = self.from_ or self.news or case.calendar.start
        if self.is_known and self.from_ is None:
            first = max(EARLIEST, first - dt.timedelta(days=PREROLL))
        return Event.model_validate(
            {
                "what": self.name,
                "table": self.target,
                "where": self.selects(case),
                self.operation: {self.column: value},
                "from": first,
                "until": self.until,
                "recovery": self.recovery,
            }
        )

    def change(self, value: float, case: Case) -> Change:
        """What it is as a change of the case itself.

        Parameters
        ----------
        value : float
        case : Case

        Raises
        ------
        InputError
            If it adds to cells, which no change does.
        """
        if self.operation == "add":
            what = f"{self.column}: expected a factor that sets or scales, found one that adds"
            raise InputError([Fault("row", what, code="inconsistent", column=self.column)])
        told = {"table": self.target, "where": self.selects(case)}
        return Change.model_validate({**told, self.operation: {self.column: value}})

    def selects(self, case: Case) -> dict[str, Any]:
        """Which rows it changes, as an event says it.

        Parameters
        ----------
        case : Case
        """
        if self.cell is None:
            return dict(self.where or {})
        found = CELL.fullmatch(self.cell)
        words = [] if found is None or found["row"].strip() == EVERY else found["row"].split("/")
        key = TABLES[self.target].key if self.target in TABLES else ()
        return {field.rstrip("_"): word.strip() for field, word in zip(key, words, strict=False) if word.strip()}

    def faults(self, place: str) -> list[Fault]:
        """What is wrong with where it points, before any case is asked.

        Parameters
        ----------
        place : str
            Where it stands.
        """
        if self.recipe is not None:
            return []
        column = "cell" if self.cell is not None else "table"
        if self.target not in SERIES:
            what = f"no table whose numbers can change is called {self.target!r}"
            return [Fault.near(place, column, what, self.target, SERIES, "unknown-name")]
        if self.column not in SERIES[self.target]:
            what = f"{self.target} has no column {self.column!r} that can change"
            where = "cell" if self.cell is not None else self.operation
            return [Fault.near(place, where, what, self.column, SERIES[self.target], "unknown-column")]
        unit = units(TABLES[self.target]).get(self.column, "")
        if self.unit is not None and self.operation != "scale" and MONEY in unit + self.unit and self.unit != unit:
            expected = f"{unit or 'no money'}, as {self.target}.{self.column} is in"
            return [Fault.of(place, "unit", expected, self.unit, "inconsistent")]
        found = CELL.fullmatch(self.cell or "")
        if found is not None:
            words, key = found["row"].split("/"), TABLES[self.target].key
            if len(words) > len(key) or not all(word.strip() for word in words):
                expected = f"a row by {' / '.join(key)}, or by the first of these, or {EVERY}"
                return [Fault.of(place, "cell", expected, found["row"] or "nothing", "wrong-spelling")]
        return []
