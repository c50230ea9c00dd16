"""What every scenario costs, the most damaging first, and how far that is proved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimizer.plans.amounts import NONE, change, money, percent, tonnes
from optimizer.plans.compared import Compared, cost_fields, value
from optimizer.plans.cost import Amounts
from optimizer.plans.outcome import TOLERANCE
from optimizer.plans.plan import BASE, Plans
from optimizer.plans.sections import Field, Section, amount, share
from optimizer.plans.summary import Found, Stated


def cost_section(plans: Plans, scenarios: Sequence[Compared], notes: Sequence[str], elsewhere: str) -> Section:
    """Cost, cash and penalties, and service, scenario by scenario, and what the zeros mean.

    Parameters
    ----------
    plans : Plans
    scenarios : sequence of Compared
        In their order. Where several were planned, those that cost nothing have no line; the notes name them.
    notes : sequence of str
        What else there is to say of them, a line each.
    elsewhere : str
        What gives the columns that there is no room for.
    """
    one_answer = {some.name for some in plans.scenarios if plans.planner.news(some).is_open}
    likely = {some.name: some.probability for some in plans.scenarios}
    shown = scenarios if len(plans.scenarios) < 2 else [one for one in scenarios if not is_costless(one)]
    every = [row for one in shown for row in one.planned.values()]
    scale = money(*(value(row, column) for row in every for column in Amounts.columns()))
    short = tonnes(*(value(row, Found.short_t) for row in every))
    together = "=: announced before anything is decided, so react is foresight."
    return Section(
        "costs",
        "Cost and service",
        (
            Field("scenario"),
            Field("title", rank=2, least=18),
            Field("likely", lambda part: percent(part, 1), "%", rank=2),
            *cost_fields(scale),
            share("service", 1),
            amount(f"short\n{short.unit}", short),
            Field("worst demand\nand its service", rank=3),
        ),
        tuple(_row(one, likely.get(one.name), one.name in one_answer) for one in shown),
        says=f"The most damaging first: tonnes short, then cost. {_proved(scenarios)}",
        legend=(
            "react: the base plan is kept until the day the scenario is announced. foresight: known from the start. "
            "Penalties (shortage, missing stock, limits broken) are paid to nobody. Cash, penalties, service, shortage "
            "and the tables below: react.",
            *((together,) if one_answer else ()),
        ),
        notes=tuple(notes),
        elsewhere=elsewhere,
    )


def is_costless(one: Compared) -> bool:
    """Whether a scenario is proved to cost nothing more than the base plan, in every answer.

    Parameters
    ----------
    one : Compared
    """
    if one.name == BASE[0] or len(one.proved) < len(one.planned) or one.base is None:
        return False
    return all(change(value(row, Found.cost_usd) or 0.0, one.base) == 0 for row in one.planned.values())


def _row(one: Compared, likely: float | None, one_answer: bool) -> tuple[Any, ...]:
    """One scenario in the table of costs."""
    row = one.shown_row
    both = one.reaction is not None and one.known is not None
    *costs, unprepared = one.costs
    missing = value(row, Found.short_t)
    is_short = (missing or 0.0) > TOLERANCE
    level = percent(value(row, Found.worst_service_level))
    return (
        one.name,
        "" if one.name == BASE[0] else one.title,
        likely,
        *costs,
        "=" if both and one_answer else unprepared,
        value(row, Found.service_level),
        missing if missing is None or is_short else 0.0,
        f"{row[Found.worst_demand]} {level}" if is_short else NONE,
    )


def _proved(scenarios: Sequence[Compared]) -> str:
    """How many answers are certified, once; of the others which, and why not."""
    every = [(one.name, answer, row) for one in scenarios for answer, row in one.planned.items()]
    open_ = [(name, answer, row) for name, answer, row in every if not row[Stated.certified]]
    if not open_:
        return f"Certified: all {len(every)} answers." if len(every) > 1 else "Certified."
    told = ", ".join(f"{name} ({answer}: {row[Stated.status]})" for name, answer, row in open_)
    return f"Certified: {len(every) - len(open_)} of {len(every)} answers; without a proved plan: {told}."
