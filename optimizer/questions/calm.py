"""What a steadier plan costs: the least movement of rates within an allowance above the least cost, proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from optimizer.engine.face import face
from optimizer.formulation.movement import Movement, movement_of
from optimizer.plans.amounts import money, percent
from optimizer.plans.call_offs import Frames, frames
from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.schema import COST, Columns, count, lines, number
from optimizer.plans.sections import Field, Section, amount
from optimizer.plans.sections import number as numbers
from optimizer.program.variant import Column as Added
from optimizer.program.variant import Entries, Row, Variant
from optimizer.questions.alternatives import Choices
from optimizer.questions.probe import Probe

ALLOWED = (0.0001, 0.001, 0.005)
"""Parts of the least cost whose price is told unasked."""
LISTED = 20
"""Frames shown."""


class Calm(Columns):
    """Columns of the price of calm."""

    allowed = number(
        "0 to 1", "part of the least cost that may be added; not a number: the plan as it is kept", empty=True
    )
    cost_usd = number(COST.unit, "cost of the steadiest plan; it is no least cost, and compared with none")
    added_usd = number(COST.unit, "what of it calm adds to the proved least cost")
    moved_t_per_year = number(
        "t/year", "sum of what rates change from a period to the next, growth of demand taken out"
    )
    of_kept = number("0 to 1", "that as a part of what the kept base plan moves")
    series = count("series", "of supplier, site and grade")
    once = count("series", "of these those with goods in one period only")
    seconds = number("s", "time in the solver", compared=False)


@dataclass(frozen=True)
class Steady:
    """A plan that moves least within an allowance.

    Parameters
    ----------
    allowed : float
        Part of the least cost.
    outcome : Outcome
    """

    allowed: float
    outcome: Outcome


def steadiest(probe: Probe, allowed: Sequence[float] = ALLOWED) -> list[Steady]:
    """The plans that move least within each allowance, each proved to.

    Without an allowance the plan is on the face of the cheapest, which the base plan's own proof describes: what its
    prices hold at a bound stays there, and no row bounds the cost.

    Parameters
    ----------
    probe : Probe
        Of the base plan.
    allowed : sequence of float
        Parts of the least cost that may be added.

    Raises
    ------
    SolveError
        If one cannot be proved.
    """
    movement = movement_of(probe.planner.network, probe.program)
    questions = [_question(probe, movement, part) for part in allowed]
    found = []
    one = probe.outcome
    for part, question, answer in zip(allowed, questions, probe.solve_all(questions), strict=True):
        answer.proof(f"no steadiest plan within {percent(part, 2)} of the least cost could be proved")
        x, y = question.taken_back(answer.x, answer.y)
        plan = replace(answer, x=x, y=y, basis=None)
        found.append(Steady(part, Outcome(one.frame, one.network, one.parameters, plan)))
    return found


def _question(probe: Probe, movement: Movement, allowed: float) -> Variant:
    """The programme whose least is the movement, within an allowance."""
    height, width = len(probe.program.row_names), len(probe.program.column_names)
    steps, columns, rows = movement.steps(), list[Added](), list[Row]()
    for step, (at, values) in enumerate(steps):
        rows.append(Row(at, values, 0.0, 0.0))
        columns += [Added((height + step,), (-1.0,)), Added((height + step,), (1.0,))]
    cost = np.concatenate([np.zeros(width), np.ones(2 * len(steps))])
    changes: dict[str, Any] = {}
    if allowed > 0:
        rows.append(Choices(probe).within(allowed))
    else:
        arrays = probe.arrays_of(probe.as_it_is)
        held = face(arrays, probe.start.answer.y)
        places = np.arange(height)
        changes = {
            "fixed": held.column_lower == held.column_upper,
            "row_lower": Entries(places, held.row_lower),
            "row_upper": Entries(places, held.row_upper),
        }
    return probe.edited(rows=tuple(rows), columns=tuple(columns), cost=cost, warm=False, **changes)


def calm_table(probe: Probe, found: Sequence[Steady]) -> pd.DataFrame:
    """The price of calm: how far each plan moves, and what it adds to the least cost.

    Parameters
    ----------
    probe : Probe
        Of the base plan.
    found : sequence of Steady

    Returns
    -------
    DataFrame
        Columns of `Calm`; the kept base plan first.
    """
    it, movement = Calm, movement_of(probe.planner.network, probe.program)
    kept = movement.moved(probe.outcome.answer.x)
    rows = []
    for allowed, outcome in ((float("nan"), probe.outcome), *((one.allowed, one.outcome) for one in found)):
        moved, rates = movement.moved(outcome.answer.x), movement.rates(outcome.answer.x)
        used = (rates * probe.planner.network.calendar.years > TOLERANCE).sum(axis=1)
        rows.append(
            {
                it.allowed: allowed,
                it.cost_usd: outcome.cost,
                it.added_usd: max(0.0, outcome.cost - probe.cost),
                it.moved_t_per_year: moved,
                it.of_kept: moved / kept if kept else 1.0,
                it.series: int((used > 0).sum()),
                it.once: int((used == 1).sum()),
                it.seconds: outcome.answer.seconds,
            }
        )
    return it.of(rows)


def calm_section(table: pd.DataFrame) -> Section:
    """The price of calm as it is shown.

    Parameters
    ----------
    table : DataFrame
        As `calm_table` gives it.
    """
    it, scale = Calm, money(*table[Calm.added_usd])
    return Section(
        "calm",
        "What a steadier plan costs",
        (
            Field("allowed above\nthe least cost", lambda part: percent(part, 2)),
            amount(f"added\n{scale.unit}", scale, sign=True),
            numbers("movement\nt a year", "t", lambda tonnes: f"{tonnes:,.0f}"),
            numbers("of the\nkept plan's", "%", lambda part: percent(part, 1)),
            numbers("series", "series"),
            numbers("of one\nperiod", "series"),
            numbers("seconds", "s", lambda seconds: f"{seconds:,.1f}"),
        ),
        tuple(
            (
                "the kept plan" if np.isnan(line[it.allowed]) else line[it.allowed],
                *(line[name] for name in (it.added_usd, it.moved_t_per_year, it.of_kept)),
                *(line[name] for name in (it.series, it.once, it.seconds)),
            )
            for line in lines(table)
        ),
        says="Movement: the sum of what the rate of each supplier, site and grade changes from period to period, the "
        "growth of demand taken out. Each plan is proved to move least within its allowance. What calm adds is no part "
        "of any other cost: least costs, react and what is compared stay those of the cheapest plan.",
    )


def frame_section(outcome: Outcome, of: str) -> Section:
    """Frames of a plan as they are shown, the largest first.

    Parameters
    ----------
    outcome : Outcome
    of : str
        Whose plan it is.
    """
    it = Frames
    table = frames(outcome).sort_values(Frames.tonnes, ascending=False, kind="stable")
    shown = table.head(LISTED)
    rest = len(table) - len(shown)
    return Section(
        "frames",
        f"Frames to agree: {of}",
        (
            Field("supplier"),
            Field("grade"),
            numbers("t a year", "t", lambda tonnes: f"{tonnes:,.1f}"),
            numbers("share", "%", percent),
            Field("from"),
            Field("until"),
            Field("call-offs"),
        ),
        tuple(
            (
                *(line[name] for name in (it.supplier, it.material, it.t_per_year, it.share, it.begins, it.until)),
                f"{percent(line[it.least])} to {percent(line[it.most])}",
            )
            for line in lines(shown)
        ),
        says="Call-offs: the lowest and the highest rate of a period, against the frame's own."
        + (f" {rest} smaller ones are not shown." if rest else ""),
    )
