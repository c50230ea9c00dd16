"""Whether a scenario costs nothing, by the base plan's own proof, and where a period hides a part of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.case.calendar import Calendar
from optimizer.engine.refine import with_tangents_of
from optimizer.formulation.compile import parameter_vector
from optimizer.network.network import Network
from optimizer.network.numbers import PARAMETERS
from optimizer.plans.amounts import PROVED, change
from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.plan import Plans
from optimizer.program.certificate import certify
from optimizer.program.program import Affine, Floats, Ints
from optimizer.questions.effects import effects
from optimizer.world.scenario import Scenario


@dataclass(frozen=True)
class Averaged:
    """A day inside a period on which an event begins or ends, so that the plan sees its mean over the period.

    Parameters
    ----------
    what : str
        `begins` or `ends`; `changes` where one event ends and another begins.
    day : date
    period : str
        By its name.
    """

    what: str
    day: dt.date
    period: str

    def __str__(self) -> str:
        return f"{self.what} on {self.day}, inside {self.period}"


def stays_best(plans: Plans, scenario: Scenario) -> bool:
    """Whether the base plan with its own prices is proved best in a scenario's world, at the cost it has.

    Parameters
    ----------
    plans : Plans
    scenario : Scenario
        One that has a certified answer.

    Returns
    -------
    bool
        True if its certificate holds there: nothing that the plan uses, or that its prices count, has changed.
    """
    base = plans.outcome()
    timelines = next(fit.timelines for fit in plans.chosen.fits if fit.scenario.name == scenario.name)
    world = plans.planner.network.patched(timelines)  # also before the news, of which a reaction may sell nothing more
    arrays = base.frame.program.arrays(_parameters(base, world))
    proof = certify(arrays, base.answer.x, base.answer.y)
    return proof.holds and abs(proof.objective - base.cost) <= PROVED * (1 + abs(base.cost))


def averaged(plans: Plans, scenario: Scenario) -> list[Averaged]:
    """Days on which a scenario's events begin or end inside a period in which they hit what the base plan uses.

    Parameters
    ----------
    plans : Plans
    scenario : Scenario

    Returns
    -------
    list of Averaged
        By day; each once.
    """
    base, calendar = plans.outcome(), plans.planner.network.calendar
    found: dict[dt.date, set[str]] = {}
    for event in scenario.events:
        ends = {"begins": event.from_, "ends": event.until}
        inside = {what: day for what, day in ends.items() if day is not None and _period_of(day, calendar) is not None}
        if not inside:
            continue
        hit = _periods_hit(base, plans.planner.worlds([scenario.model_copy(update={"events": (event,)})])[0])
        for what, day in inside.items():
            if _period_of(day, calendar) in hit:
                found.setdefault(day, set()).add(what)
    days = []
    for day, kinds in sorted(found.items()):
        what = next(iter(kinds)) if len(kinds) == 1 else "changes"
        days.append(Averaged(what, day, calendar.label(_period_of(day, calendar) or 0)))
    return days


def _period_of(day: dt.date, calendar: Calendar) -> int | None:
    """The period that a day lies inside of; None where one begins on it, or outside the horizon."""
    if not calendar.start < day < calendar.end or day in calendar.bounds:
        return None
    return sum(bound <= day for bound in calendar.bounds) - 1


def _parameters(base: Outcome, world: Network) -> Floats:
    """The parameter vector of a world, with the base plan's tangents."""
    return with_tangents_of(base.frame.program, parameter_vector(world), base.answer.tangents)


def _periods_hit(base: Outcome, world: Network) -> set[int]:
    """Periods in which a world changes a number of a column in use, or the bound of a row through which goods flow."""
    program = base.frame.program
    changed = np.flatnonzero(_parameters(base, world) != base.parameters)
    arrays, x = program.arrays(base.parameters), base.answer.x
    flows, used = arrays.gross(x) > TOLERANCE, np.abs(x) > TOLERANCE
    hit = [_of(side, changed, flows) for side in (program.row_lower, program.row_upper)]
    hit += [_of(term, changed, used) for term in program.costs.values()]
    hit.append(_of(program.values, changed, used[arrays.columns]))
    windows = {window.key: window.periods for window in base.frame.structure.windows}
    periods: set[int] = set()
    for number in np.unique(np.concatenate(hit)):
        name, key = program.parameter_names[number]
        if key in windows:
            periods.update(windows[key])
        elif PARAMETERS[name].timed or isinstance(key[-1], int | np.integer):
            periods.add(int(key[-1]))
    return periods


def _of(side: Affine, changed: Ints, matters: Any) -> Ints:
    """Which changed parameters enter places that matter."""
    chosen = np.isin(side.parameter, changed) & matters[side.at]
    return np.asarray(side.parameter[chosen])


def without_effect(plans: Plans) -> list[str]:
    """One line that says which scenarios cost nothing, and why; one for each other that is seen as an average."""
    cost = plans.outcome().cost

    def free(scenario: Scenario) -> bool:
        found = [plans.outcomes.get((scenario.name, answer)) for answer in ("react", "foresight")]
        return any(found) and all(change(some.cost, cost) == 0 for some in found if some is not None)

    finished = {name for name, _ in plans.outcomes}
    days = {some.name: averaged(plans, some) for some in plans.scenarios if some.name in finished}
    absent = [some.name for some in plans.scenarios if free(some) and effects(plans.planner, some).empty]
    costless = [some for some in plans.scenarios if free(some) and some.name not in absent]
    whole = [some for some in costless if not days[some.name]]
    proved = [some.name for some in whole if stays_best(plans, some)]
    replaced = [some.name for some in whole if some.name not in proved]
    said, others = [], []
    if proved:
        said.append(
            f"No cost: {', '.join(proved)}. Nothing that counts for the base plan is touched: its own proof shows that "
            "it stays the best."
        )
    if replaced:
        said.append(
            f"As dear as the base plan: {', '.join(replaced)}. What is taken away is not needed, or replaced at no "
            "more cost."
        )
    if absent:
        said.append(f"Nothing of this case changes: {', '.join(absent)}.")
    for name, found in days.items():
        if found:
            inside = f"{name} {', '.join(str(day) for day in found)}, and is averaged over it."
            if name in [some.name for some in costless]:
                said.append(f"No cost as averaged: {inside}")
            else:
                others.append(inside)
    return [" ".join(said), *others] if said else others
