"""What a case is apart from its tables: the settings of ``case.yaml``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from optimizer.case.calendar import Calendar, add_months
from optimizer.case.countries import COUNTRIES
from optimizer.case.document import Document
from optimizer.case.kinds import ALL_BUT, EARLIEST, LATEST, Country, Day, Flag, GroupName, Number, Share, Whole
from optimizer.faults import Fault

FORMAT = 1
"""Version of the case format this package writes and reads."""
MAX_MONTHS = 600
"""Longest horizon: every table is held by the day."""
Assumable = Literal["routes", "holding", "penalty"]
"""What of a case may be assumed where it is left out; `optimizer.world.assumed` says how much."""


class PeriodGroup(BaseModel):
    """So many periods of so many months."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    count: Annotated[Whole, Field(ge=1, le=240)]
    """How many."""
    months: Annotated[Whole, Field(ge=1, le=60)]
    """How long each is."""


class CaseFile(BaseModel):
    """``case.yaml``: what a case is, apart from its tables."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    version: Whole
    """Version of the case format: 1."""
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    """Name of the case."""
    title: str
    """One line that says whose plan it is."""
    description: str = ""
    """What is assumed about this buyer, and why."""
    start: Day
    """First day of the horizon; the first of a month."""
    periods: Annotated[tuple[PeriodGroup, ...], Field(min_length=1)]
    """Lengths of the periods, in order."""
    cuts: tuple[Day, ...] = ()
    """Days within the horizon on which a period is cut in two; one within 5 days of a bound moves it there."""
    frozen_until: Day | None = None
    """Day until which the plan that runs today is kept: what it says leaves before that day (table `today`) is ordered
    already, and nothing else leaves of these grades for these sites; empty: nothing is ordered."""
    discount_rate: Annotated[Number, Field(ge=0, le=1)]
    """Per year."""
    packs: tuple[str, ...] = ()
    """Policy packs of `models/packs/` that are switched on."""
    shared: tuple[str, ...] = ()
    """Tables taken from `data/`; rows of the case's own table of the same name are added to them."""
    assume: tuple[Assumable, ...] = ()
    """What is assumed where it is left out, as `docs/assumptions.md` says, and listed in every answer: `routes` between
    two countries of which no row of `routes` says anything, `holding` of stock, the `penalty` of demand. What is not
    named here is never assumed: without a route nothing goes, without a holding cost there is a fault, and demand
    without a penalty must be met."""
    groups: dict[GroupName, tuple[Country, ...]] = {}
    """Named groups of countries, for limits."""
    content_margin: Share = 1e-5
    """Share of value by which a clean lot stays below a content threshold (the rule bites at the threshold)."""
    listed: Flag = True
    """False: the case stands apart: among the bundled ones it is not listed, and no bundled scenario is tried on it."""

    def countries_of(self, member: str) -> tuple[str, ...]:
        """Who a member of a limit is: the countries of a group, all but some (``not CN``, ``not EU``), or itself."""
        but = member.removeprefix(ALL_BUT)
        named = self.groups.get(but, (but,))
        return named if but == member else tuple(country for country in COUNTRIES if country not in named)

    @property
    def calendar(self) -> Calendar:
        """Its periods, made anew."""
        return self.calendar_with(())

    def calendar_with(self, kept: Iterable[dt.date]) -> Calendar:
        """The same, some bounds of which no cut moves.

        Parameters
        ----------
        kept : iterable of date
        """
        whole = Calendar.of(self.start, [group.months for group in self.periods for _ in range(group.count)])
        return whole.cut(self.cuts, kept) if self.cuts else whole


def horizon_faults(file: CaseFile, content: Document) -> list[Fault]:
    """A horizon that no calendar can be made of.

    Parameters
    ----------
    file : CaseFile
    content : Document
        As it is written, for where its fields stand.

    Returns
    -------
    list of Fault
    """
    months = sum(group.count * group.months for group in file.periods)
    sound = EARLIEST <= file.start <= LATEST and months <= MAX_MONTHS
    end = add_months(file.start, months) if sound else dt.date.max
    start, periods = content.place(("start",)), content.place(("periods",))
    faults = []
    if file.start.day != 1:
        faults.append(Fault.of(start, "start", "the first day of a month", file.start, "out-of-range"))
    if not EARLIEST <= file.start <= LATEST:
        faults.append(Fault.of(start, "start", f"a day from {EARLIEST} to {LATEST}", file.start, "out-of-range"))
    if months > MAX_MONTHS:
        faults.append(Fault.of(periods, "periods", f"at most {MAX_MONTHS} months in all", months, "out-of-range"))
    if file.frozen_until is not None and not file.start < file.frozen_until <= end:
        place, days = content.place(("frozen_until",)), f"a day after {file.start} and up to {end}"
        faults.append(Fault.of(place, "frozen_until", days, file.frozen_until, "out-of-range"))
    for number, day in enumerate(file.cuts):
        if not file.start < day < end:
            place, days = content.place(("cuts", number)), f"a day after {file.start} and before {end}"
            faults.append(Fault.of(place, "cuts", days, day, "out-of-range"))
    return faults
