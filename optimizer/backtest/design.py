"""The files of a back-test: its design, inputs, stocks, what came, and the bars."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.backtest.inputs import Input
from optimizer.case.case import bundled
from optimizer.case.document import read_yaml
from optimizer.case.kinds import Amount, Day, Days, Flag, Number, Share, Whole
from optimizer.case.read import explain, read_table
from optimizer.case.rows import Row
from optimizer.errors import CaseError
from optimizer.faults import Fault
from optimizer.world.change import Change
from optimizer.world.scenario import Scenario, load_scenario

Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
WORLD = "world"


class Part(BaseModel):
    """A part of a file of the back-test."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class Grid(Part):
    """What no source states, and the values at which all of it is worked out."""

    shares: tuple[Share, ...]
    """Of magnets with Dy or Tb."""
    stocks: tuple[str, ...]
    """Points of the table of stocks."""
    multiples: tuple[Number, ...]
    """Most of a backlog that is decided on a day, over the daily reference."""
    ramps: tuple[Whole, ...]
    """Months in which free grades come to stand in."""
    holds: tuple[Whole, ...]
    """Weeks that customs hold free goods; all but 0 are shown apart."""
    demands: tuple[Number, ...]
    """Over what the year before had; all but 1 are shown apart."""


class Point(Part):
    """A point of the grid."""

    share: Share
    stock: str
    multiple: Number
    ramp: Whole


class Fitted(Part):
    """What one number is fitted on."""

    buyer: str
    month: Month
    days: tuple[Whole, Whole]
    """From how many days of hold to how many."""


class Design(Part):
    """``design.yaml``: how a back-test is run and scored."""

    case: str
    """The case."""
    day: Day
    """Last day of what was known."""
    rule: Day
    """The day of the rule, from which days are counted."""
    first: Month
    """First month scored."""
    last: Month
    """Last month scored."""
    shown: Month
    """Last month foretold."""
    branches: tuple[str, ...]
    """Scenarios of the forecast, weighted by their probability."""
    seen: str
    """Scenario of what was approved, in hindsight."""
    grid: Grid
    """What is tried."""
    middle: Point
    """The point of the grid whose interval is shown."""
    interval: tuple[Share, Share]
    """Shares of the weight at its ends."""
    recovery: Share
    """Share of the mean of the year before from which a month counts as recovered."""
    right_days: Number
    """A stop foretold at most this many days from when it came is right."""
    half: Share
    """Weight of branches from which a stop counts as foretold."""
    fitted: Fitted
    """The run with one fitted number."""


class Edition(Part):
    """A later edition of a back-test: what it changes of the case, and why."""

    number: Annotated[Whole, Field(ge=2)]
    """Its number; the first is the files as they stand."""
    changes: Annotated[tuple[Change, ...], Field(min_length=1)]
    """Of the case."""
    reason: Annotated[str, Field(min_length=1)]
    """The mechanism that asks for it."""
    source: Annotated[str, Field(min_length=1)]
    """Title and address of the page that its figures come from."""
    known: Literal["on the day", "later page of an earlier fact"]
    """Whether that could be known on the day."""
    why: str = ""
    """Of a later page: why."""


class Editions(Part):
    """``editions.yaml``: all of them."""

    editions: tuple[Edition, ...]
    """In their order."""


class Stock(Row):
    """Days of use in stock of a buyer's three sub-buyers, at a point of the grid."""

    key: ClassVar[tuple[str, ...]] = ("point", "buyer")

    point: str
    """`low`, `middle`, `high`, or `*`: all of them."""
    buyer: str
    """The buyer."""
    days_1: Days
    """Of the first sub-buyer."""
    days_2: Days
    """Of the second."""
    days_3: Days
    """Of the third."""
    transit: Days | None = None
    """Days by sea, where they are on the grid too."""
    used: Annotated[Literal["ex-ante", "ex-post"], Field(alias="set")] = "ex-ante"
    """`ex-post`: only with hindsight, in place of the others."""

    @property
    def days(self) -> tuple[float, ...]:
        """Of each sub-buyer."""
        return self.days_1, self.days_2, self.days_3


class Observed(Row):
    """What left in a month."""

    key: ClassVar[tuple[str, ...]] = ("month", "destination")

    month: Month
    """The month."""
    destination: str
    """A buyer, or `world`."""
    tonnes: Amount
    """Tonnes that left China."""
    use: str
    """`world`, `cell` or `india`: scored; `before`: of the year before; `after`: shown."""
    held_out: Flag
    """Not to be looked at when anything is changed."""
    basis: str
    """Reported, or what it is derived from."""
    note: str = ""
    """Remarks."""


class Stop(Row):
    """Whether and when a buyer stopped."""

    key: ClassVar[tuple[str, ...]] = ("buyer",)

    buyer: str
    """The buyer."""
    stop: Flag
    """Whether one was found."""
    first_day: Number = 0
    """First day on which it may have begun, from the rule on; 0 where none was found."""
    last_day: Number = 0
    """Last such day."""
    note: str = ""
    """Remarks."""


class Bar(Row):
    """What a score must reach."""

    key: ClassVar[tuple[str, ...]] = ("bar", "run", "score", "sense")

    bar: Whole
    """Its number."""
    run: str
    """The run it is for."""
    score: str
    """The score."""
    sense: Literal["at_most", "at_least"]
    """Which side of it passes."""
    value: Number
    """The bar."""
    gross: Number | None = None
    """Beyond this it is a gross failure."""
    what: str
    """In words."""

    def passed(self, score: float) -> bool:
        """Whether a score passes."""
        return score <= self.value if self.sense == "at_most" else score >= self.value


@dataclass(frozen=True)
class Backtest:
    """All files of a back-test.

    Parameters
    ----------
    design : Design
    inputs, stocks, observed, stops, bars : list
        Rows of its tables.
    branches : list of Scenario
        Of the forecast.
    seen : Scenario
        What was approved.
    """

    design: Design
    inputs: list[Input]
    stocks: list[Stock]
    observed: list[Observed]
    stops: list[Stop]
    bars: list[Bar]
    branches: list[Scenario]
    seen: Scenario

    @property
    def months(self) -> list[str]:
        """Months that are scored."""
        return months(self.design.first, self.design.last)

    @property
    def buyers(self) -> list[str]:
        """Buyers whose stops are scored, in the order of their table."""
        return [row.buyer for row in self.stops]

    def came(self, destination: str = WORLD) -> dict[str, float]:
        """Tonnes that left, by month."""
        return {row.month: row.tonnes for row in self.observed if row.destination == destination}


def months(first: str, last: str) -> list[str]:
    """Months from one to another, both of them.

    Parameters
    ----------
    first : str
        Such as `2025-04`.
    last : str
    """
    year, month = map(int, first.split("-"))
    found = []
    while (name := f"{year}-{month:02d}") <= last:
        found.append(name)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def month_of(day: dt.date) -> str:
    """The month of a day."""
    return f"{day:%Y-%m}"


def files() -> Path:
    """Where the files of the bundled back-test stand."""
    return bundled("data") / "back-test"


def load_editions() -> dict[int, Edition]:
    """Later editions of the bundled back-test, by their number."""
    content = read_yaml(files() / "editions.yaml", "editions.yaml")
    try:
        found = Editions.model_validate(content).editions
    except ValidationError as error:
        raise CaseError(explain(error, content, Editions)) from None
    return {edition.number: edition for edition in found}


def load_backtest(folder: Path | None = None) -> Backtest:
    """Read a back-test.

    Parameters
    ----------
    folder : Path, optional
        Where its files stand; the bundled one by default.

    Raises
    ------
    InputError
        With every fault of its files.
    """
    folder = files() if folder is None else folder
    content = read_yaml(folder / "design.yaml", f"{folder.name}/design.yaml")
    try:
        design = Design.model_validate(content)
    except ValidationError as error:
        raise CaseError(explain(error, content, Design)) from None
    faults: list[Fault] = []

    def rows(name: str, record: type[Row]) -> list[Any]:
        found, _, wrong = read_table(folder / f"{name}.csv", f"{folder.name}/{name}.csv", record)
        faults.extend(wrong)
        return found

    tables = (rows("inputs", Input), rows("stocks", Stock), rows("observed", Observed), rows("stops", Stop))
    bars = rows("bars", Bar)
    if faults:
        raise CaseError(faults)
    branches = [load_scenario(folder / "branches" / f"{name}.yaml") for name in design.branches]
    seen = load_scenario(folder / "branches" / f"{design.seen}.yaml")
    return Backtest(design, *tables, bars, branches, seen)
