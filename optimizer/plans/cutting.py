"""Days of scenarios from elsewhere cut into the calendar of a run, so that nothing of theirs is averaged.

Bundled scenarios are planned on the calendar as the case has it; one of a planner's own falls on days that nobody knew
of when that was drawn up. All scenarios of a run share one calendar and one base plan.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from optimizer.case.calendar import PREROLL, SLIVER, Calendar, add_months
from optimizer.case.case import Case
from optimizer.world.scenario import Scenario

MONTHS_OF_WEEKS = 5
"""How long after an announcement a plan is made by weeks, where that is asked for."""


@dataclass(frozen=True)
class Cut:
    """What was cut into a calendar, and what that does to the base plan.

    Parameters
    ----------
    case : Case
        With the days in its calendar.
    days : tuple of date
        First days of periods that the case's own calendar has not.
    scenarios : tuple of str
        Whose days they are.
    before, after : float
        Cost of the base plan on the case's own calendar and on this one, USD; not a number where it is not known.
    """

    case: Case
    days: tuple[dt.date, ...]
    scenarios: tuple[str, ...]
    before: float = float("nan")
    after: float = float("nan")

    def told(self, before: float, after: float) -> Cut:
        """The same, with what the base plan costs."""
        return replace(self, before=before, after=after)


def event_days(scenario: Scenario) -> set[dt.date]:
    """Days on which something happens in a scenario: its announcement, and where its events begin and end.

    Parameters
    ----------
    scenario : Scenario
    """
    begun, ended = ({getattr(event, name) for event in scenario.events} for name in ("from_", "until"))
    return {scenario.announced} | begun | (ended - {None})


def sharp_days(case: Case, scenario: Scenario) -> set[dt.date]:
    """Days on which something changes at once: news, ends of events, and the opening of what is begun on the news.

    Parameters
    ----------
    case : Case
    scenario : Scenario
    """
    calendar = case.calendar
    days = event_days(scenario)
    if calendar.start <= scenario.announced < calendar.end:
        news = calendar.day(scenario.announced)
        for row in case.tables.projects:
            if row.done_from is None and (row.from_ or calendar.start) <= scenario.announced:
                days.add(calendar.start + dt.timedelta(days=int(calendar.later(news, row.lead)) - PREROLL))
    return {day for day in days if calendar.start < day < calendar.end}


def cut_in(case: Case, scenarios: Sequence[Scenario], *, news: bool = False) -> Cut | None:
    """The case with the days of its scenarios from elsewhere cut in; None where they bring no new one.

    Parameters
    ----------
    case : Case
    scenarios : sequence of Scenario
        As far as they fit the case.
    news : bool, optional
        Whether the announcements of bundled ones are cut in too, as a hedge is decided up to each.
    """
    days = {some.name: sharp_days(case, some) for some in scenarios if not some.bundled}
    if news:
        days |= {some.name: {some.announced} for some in scenarios if some.bundled}
    finer = with_days(case, _all(days.values()))
    new = tuple(bound for bound in finer.calendar.bounds if bound not in case.calendar.bounds)
    if not new:
        return None
    return Cut(finer, new, tuple(name for name, some in days.items() if some & set(new)))


def heard(scenario: Scenario, calendar: Calendar) -> Scenario:
    """A scenario announced on the first day of a period: on the bound that stands for its day, a few days before it.

    Parameters
    ----------
    scenario : Scenario
    calendar : Calendar
        Into which its day was cut.
    """
    if not calendar.start < scenario.announced < calendar.end or scenario.announced in calendar.bounds:
        return scenario
    return scenario.model_copy(update={"announced": max(day for day in calendar.bounds if day < scenario.announced)})


def on_one_calendar(cases: Iterable[Case], scenarios: Sequence[Scenario]) -> list[Case]:
    """Cases with the days of all scenarios from elsewhere cut into each, so that plans of them can be compared.

    Parameters
    ----------
    cases : iterable of Case
    scenarios : sequence of Scenario
    """
    return [case if (cut := cut_in(case, scenarios)) is None else cut.case for case in cases]


def weekly(case: Case, scenario: Scenario) -> Case:
    """The case with weeks from the announcement of a scenario for five months, and with its days cut in.

    Parameters
    ----------
    case : Case
    scenario : Scenario
        From elsewhere or not.
    """
    first, last = scenario.announced, add_months(scenario.announced, MONTHS_OF_WEEKS)
    weeks = {first + dt.timedelta(days=day) for day in range(0, (last - first).days, 7)}
    inside = {day for day in weeks | {last} if case.calendar.start < day < case.calendar.end}
    return with_days(case, inside | sharp_days(case, scenario))


def parted(case: Case, scenarios: Iterable[Scenario], days: int) -> Case:
    """The case with the days of scenarios cut in, and its periods in equal parts of about so many days.

    Parameters
    ----------
    case : Case
    scenarios : iterable of Scenario
        From elsewhere or not.
    days : int
        More than `SLIVER`.
    """
    cut = with_days(case, _all(sharp_days(case, some) for some in scenarios))
    inside: set[dt.date] = set()
    for first, end in pairwise(cut.calendar.bounds):
        length = (end - first).days
        parts = max(1, min(round(length / days), length // (SLIVER + 1)))
        inside |= {first + dt.timedelta(days=round(length * part / parts)) for part in range(1, parts)}
    return with_days(cut, inside)


def with_days(case: Case, days: set[dt.date]) -> Case:
    """The case with days cut into its calendar.

    Parameters
    ----------
    case : Case
    days : set of date
        Those outside its horizon cut nothing.
    """
    cuts = tuple(sorted({*case.file.cuts, *days}))
    return replace(case, file=case.file.model_copy(update={"cuts": cuts}))


def _all(sets: Iterable[set[dt.date]]) -> set[dt.date]:
    """The union of sets."""
    return set().union(*sets)
