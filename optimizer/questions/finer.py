"""A scenario planned on the calendar of the run, and once more with weeks from its announcement on."""

from __future__ import annotations

from optimizer.plans.amounts import change, money, percent, tonnes
from optimizer.plans.cutting import MONTHS_OF_WEEKS
from optimizer.plans.plan import Plans
from optimizer.plans.sections import Field, Section, amount
from optimizer.questions.summary import Summary

WARNED = 0.03
"""Part by which two calendars may differ in what a scenario adds before it is said."""


def finer(plans: Plans, weeks: Plans) -> Section:
    """What a scenario adds to its base and leaves short, on either calendar; a warning where they are not close.

    Parameters
    ----------
    plans, weeks : Plans
        Of one scenario, on the calendar of the run and on that with weeks.

    Returns
    -------
    Section
    """
    (scenario,) = plans.scenarios
    rows = []
    for answer in plans.answers:
        key = scenario.name, answer
        if key in plans.outcomes and key in weeks.outcomes:
            some = [
                (change(one.outcome(*key).cost, one.outcome().cost), one.outcome(*key).short) for one in (plans, weeks)
            ]
            rows.append((answer, some[0][0], some[1][0], some[0][1], some[1][1]))
    scale, short = money(*(usd for row in rows for usd in row[1:3])), tonnes(*(row[n] for row in rows for n in (3, 4)))
    apart = [
        f"{answer} differs by {percent(abs(fine - coarse) / abs(fine), 1)}"
        for answer, coarse, fine, *_ in rows
        if abs(fine - coarse) > WARNED * abs(fine) and scale.counts(fine - coarse) and fine
    ]
    own, cut = (len(one.planner.case.calendar.periods) for one in (plans, weeks))
    stretch = f"with weeks for {MONTHS_OF_WEEKS} months from {scenario.announced} on"
    says = f"{own} periods, and {cut} {stretch}, each against its own base."
    if apart:
        says += f" Warning: {'; '.join(apart)}: the calendar of the case is too coarse for {scenario.name}."
    fields = (
        Field("answer"),
        amount("against base", scale),
        amount("by weeks", scale),
        amount("short", short),
        amount("by weeks, short", short),
    )
    return Section("finer", f"{scenario.name}, planned again by weeks", fields, tuple(rows), says=says)


def records(weeks: Plans) -> list[dict[str, object]]:
    """The rows of the plan by weeks for JSON, marked as such."""
    return [{**row, "by_weeks": True} for row in Summary(weeks).records()]
