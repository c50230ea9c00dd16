"""Scenarios planned on the calendar of the run and once more on a finer one: all of it, or by weeks from the news."""

from __future__ import annotations

from collections.abc import Callable

from optimizer.case.case import Case
from optimizer.errors import OutOfTime, SolveError
from optimizer.formulation.size import Size
from optimizer.plans.amounts import Scale, change, money, percent, tonnes
from optimizer.plans.cutting import MONTHS_OF_WEEKS, parted
from optimizer.plans.plan import Plans
from optimizer.plans.sections import Field, Section, amount
from optimizer.questions.costless import averaged
from optimizer.questions.summary import Summary

WARNED = 0.03
"""Part by which two calendars may differ in what a scenario adds before it is said."""
AFFORDED = 100_000
"""Rows and columns of all answers together, up to which they are planned on a finer calendar without being asked."""


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
        if _differ(coarse, fine, scale) and fine
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


def _differ(coarse: float, fine: float, scale: Scale) -> bool:
    """Whether what a scenario adds is another on a finer calendar, by more than is left unsaid."""
    return abs(fine - coarse) > WARNED * abs(fine) and scale.counts(fine - coarse)


def blurred(plans: Plans, again: Callable[[Case], Plans]) -> str | None:
    """Which scenarios the calendar of a case blurs, in one line; None where nothing is known to be.

    A small case is planned once more, by weeks or else by months, with the days of all scenarios. Of a large one it is
    only said which scenarios `averaged` finds, not by how much.

    Parameters
    ----------
    plans : Plans
    again : callable
        Plans a case in the same scenarios.
    """
    if not plans.scenarios or plans.interrupted:
        return None
    for name, days in (("weeks", 7), ("months", 30)):
        finely = parted(plans.planner.case, plans.scenarios, days)
        if finely.calendar.bounds == plans.planner.case.calendar.bounds:
            return None
        if afforded(plans, finely):
            try:
                return blurs(plans, again(finely), name)
            except (SolveError, OutOfTime):
                return None  # so finely there is no plan, or no time for one
    finished = {name for name, _ in plans.outcomes}
    names = [some.name for some in plans.scenarios if some.name in finished and averaged(plans, some)]
    return TOO_LARGE.format(", ".join(names)) if names else None


def afforded(plans: Plans, finely: Case) -> bool:
    """Whether a case is small enough on a finer calendar to be planned on it without being asked.

    Parameters
    ----------
    plans : Plans
        On its own calendar.
    finely : Case
    """
    size, had = Size.of(plans.planner.network.structure), len(plans.planner.case.calendar.periods)
    return (size.rows + size.columns) * len(finely.calendar.periods) / had * len(plans.outcomes) <= AFFORDED


def blurs(plans: Plans, finely: Plans, parts: str) -> str:
    """Which scenarios the calendar of a case blurs, and by how much, in one line.

    Parameters
    ----------
    plans, finely : Plans
        Of the same scenarios, on the calendar of the run and on a finer one.
    parts : str
        What that is by: weeks or months.
    """
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for key in plans.outcomes:
        if key[0] != "base" and key in finely.outcomes:
            coarse, fine = (change(some.outcome(*key).cost, some.outcome().cost) for some in (plans, finely))
            found[key] = coarse, fine
    scale = money(*(usd for pair in found.values() for usd in pair))
    said: dict[tuple[str, float, float], list[str]] = {}
    for (name, answer), (coarse, fine) in found.items():
        if _differ(coarse, fine, scale):
            said.setdefault((name, coarse, fine), []).append(answer)
    seen, apart = (len({name for name, *_ in keys}) for keys in (found, said))
    how, some = f"Planned once by {parts}, with the days of all scenarios", f"{seen} scenario{'s' * (seen != 1)}"
    if not said:
        return f"{how}: the calendar of the case blurs none of {some}."
    each = [
        f"{name} adds {scale.told(fine, sign=True)} and not {scale.told(coarse, sign=True)} ({' and '.join(answers)})"
        for (name, coarse, fine), answers in said.items()
    ]
    return f"{how}, as the calendar of the case blurs {apart} of {some}: {'; '.join(each)}."


TOO_LARGE = (
    "The calendar of the case blurs {}. By how much is not worked out, as the case is large: `--fine` plans one "
    "scenario again by weeks."
)
"""What is said of what is averaged where a case is too large to be planned once more."""


def records(weeks: Plans) -> list[dict[str, object]]:
    """The rows of the plan by weeks for JSON, marked as such."""
    return [{**row, "by_weeks": True} for row in Summary(weeks).records()]
