"""What the plan that the buyer runs today costs, what the best plan changes of it, and what a bounded change saves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.network.order_keys import Way
from optimizer.plans.amounts import mass, money, usd
from optimizer.plans.cost import Amounts
from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import Plans
from optimizer.plans.schema import COST, MATERIAL, Columns, count, lines, number, records, word
from optimizer.plans.sections import Field, Section, amount
from optimizer.plans.sections import number as numbers
from optimizer.program.answer import Answer
from optimizer.program.program import Floats
from optimizer.program.variant import Column as Added
from optimizer.program.variant import Row, Variant
from optimizer.questions.held import Delivery, Todays
from optimizer.questions.probe import Probe, proved_cost
from optimizer.questions.touched import CHANGED, NEAR, Touching, changes, moved, touched_in

PARTS = (0.25, 0.5, 0.75)
"""Of what the best plan changes: bounds on change whose plans are told unasked."""
SAME = 1e-9
"""Tonnes in a period by which a delivery may differ and is the same."""
LISTED = 20
"""Lines that are shown."""


class Kept(Columns):
    """Columns of what today's plan costs beside the best, in the base and in scenarios."""

    scenario = word("`base`, or a scenario: what is still to be decided is planned once its news has come")
    today_usd = number(COST.unit, "cost of today's plan, held as far as it can be, all the rest planned around it")
    today_penalties_usd = number(COST.unit, "what of it are penalties, of shortage, missing stock and broken limits")
    best_usd = number(COST.unit, "cost of the best plan; of a scenario, of its reaction")
    best_penalties_usd = number(COST.unit, "what of it are penalties")
    saves_usd = number(COST.unit, "what the best plan saves; below 0 where today's is the better prepared")
    missing_t = number("t", "what of today's deliveries cannot come, the least that is proved")
    today_short_t = number("t", "what is wanted and missing in today's plan")
    best_short_t = number("t", "what is in the best")


class Lines(Columns):
    """Columns of what the best plan changes, way by way."""

    supplier = word("place that the goods leave")
    material = MATERIAL
    site = word("the buyer's site, or the hub of its country")
    stated_t = number("t", "what today's plan says leaves, over all of it")
    today_t = number("t", "what of it can come, where nothing happens")
    best_t = number("t", "what leaves in the best plan on the same days")
    change_t = number("t", "by how much that is more")
    moved_t = number("t", "what leaves in some period and does not today, or no longer does, the larger of the two")
    kept_usd = number(
        COST.unit,
        "by how much the least cost rises where this way alone stays as it is today and all the rest is planned again",
        empty=True,
    )


class Within(Columns):
    """Columns of the best plans that change no more than so much."""

    at_most_t = number("t", "bound on what comes that does not today, and on what no longer does", empty=True)
    at_most_suppliers = number("suppliers", "bound on of how many more or less comes", empty=True)
    cost_usd = Amounts.cost_usd
    bound_usd = number(COST.unit, "what no plan within that bound undercuts, proved")
    saves_usd = number(COST.unit, "what that saves of the cost of today's plan")
    part = number("0 to 1", "of what the best plan saves", empty=True)
    moved_t = number("t", "what comes that does not today, or no longer does, the larger of the two")
    suppliers = count("suppliers", "of whom more or less comes in some period")


@dataclass(frozen=True)
class TodayBeside:
    """Today's plan beside the best one.

    Parameters
    ----------
    costs : DataFrame
        Columns of `Kept`.
    lines : DataFrame
        Columns of `Lines`, the dearest to keep first.
    within : DataFrame
        Columns of `Within`; the best plan last.
    """

    costs: pd.DataFrame
    lines: pd.DataFrame
    within: pd.DataFrame

    def record(self) -> dict[str, Any]:
        """It as JSON holds it."""
        return {"costs": records(self.costs), "lines": records(self.lines), "within": records(self.within)}


def today(
    plans: Plans,
    probe: Probe | None = None,
    at_most: Sequence[float] | None = None,
    suppliers: Sequence[int] = (),
) -> TodayBeside:
    """Today's plan beside the best: what each costs in the base and in every scenario that was planned, and why.

    Parameters
    ----------
    plans : Plans
        Of a case with a table `today`, with the reaction to each scenario that is asked about.
    probe : Probe, optional
        Of its base plan, over workers.
    at_most : sequence of float, optional
        Tonnes that may change; by default a quarter, half and three quarters of what the best plan changes.
    suppliers : sequence of int, optional
        Suppliers of whom more or less may come.

    Raises
    ------
    CaseError
        If there is no such table, or it names ways on which no plan can ship anything.
    SolveError
        If one of the plans cannot be proved.
    """
    probe = probe or Probe(plans)
    here = Todays(plans, probe)
    change = _Change(probe, here)
    pairs = [("base", here.outcome, probe.outcome)]
    pairs += [(some.name, here.reaction(some), plans.outcome(some.name)) for some in plans.scenarios]
    return TodayBeside(
        Kept.of(_cost(name, now, best, here) for name, now, best in pairs),
        change.table(),
        change.within(at_most, suppliers),
    )


def _cost(name: str, now: Outcome, best: Outcome, here: Todays) -> dict[Any, Any]:
    """One scenario's line."""
    it = Kept
    return {
        it.scenario: name,
        it.today_usd: now.cost,
        it.today_penalties_usd: now.penalties,
        it.best_usd: best.cost,
        it.best_penalties_usd: best.penalties,
        it.saves_usd: now.cost - best.cost,
        it.missing_t: sum(max(0.0, one.tonnes - one.of(now.answer.x)) for one in here.deliveries),
        it.today_short_t: now.short,
        it.best_short_t: best.short,
    }


class _Change:
    """What plans change of today's, in the base."""

    def __init__(self, probe: Probe, here: Todays) -> None:
        self.probe, self.here = probe, here
        self.ways: dict[Way, list[Delivery]] = defaultdict(list)
        for one in here.deliveries:
            self.ways[one.way].append(one)
        self.now = here.outcome.answer.x

    def table(self) -> pd.DataFrame:
        """Every way on which something comes today or in the best plan."""
        it, best = Lines, self.probe.outcome.answer.x
        found: dict[Way, dict[Any, Any]] = {}
        for way, some in self.ways.items():
            stated = sum(one.tonnes for one in some)
            now, then = (sum(one.of(x) for one in some) for x in (self.now, best))
            if max(stated, now, then) > CHANGED:
                cells: dict[Any, Any] = {it.supplier: way.supplier, it.material: way.material, it.site: way.destination}
                cells |= {
                    it.stated_t: stated,
                    it.today_t: now,
                    it.best_t: then,
                    it.change_t: then - now,
                    it.moved_t: moved(some, self.now, best),
                }
                found[way] = {**cells, it.kept_usd: 0.0}  # as where the best plan is today's
        asked = [way for way in found if any(abs(one.of(best) - one.of(self.now)) > SAME for one in self.ways[way])]
        answers = self.probe.solve_all([self._kept(way) for way in asked]) if asked else []
        for way, answer in zip(asked, answers, strict=True):
            found[way][it.kept_usd] = (
                max(0.0, proved_cost(answer) - self.probe.cost) if answer.certified else float("nan")
            )
        table = it.of(found.values())
        return it.frame(table.sort_values(it.kept_usd, ascending=False, kind="stable").reset_index(drop=True))

    def _kept(self, way: Way) -> Variant:
        """The plan in which one way stays as it is today."""
        return self.probe.edited(rows=tuple(one.at(one.of(self.now)) for one in self.ways[way]))

    def within(self, at_most: Sequence[float] | None, suppliers: Sequence[int]) -> pd.DataFrame:
        """The best plans that change no more than so much, or touch no more suppliers, and the best of all."""
        it, best = Within, self.probe.outcome.answer
        whole, nothing = moved(self.here.deliveries, self.now, best.x), float("nan")
        bounds = sorted(set(at_most)) if at_most is not None else [part * whole for part in PARTS] if whole else []
        answers = self.probe.solve_all([self._bounded(tonnes) for tonnes in bounds]) if bounds else []
        rows = [self._row(tonnes, nothing, answer) for tonnes, answer in zip(bounds, answers, strict=True)]
        touching = Touching(self.probe, self.here.deliveries, self.here.outcome.answer)
        for few in sorted(set(suppliers)):
            found = touching.best(few)
            rows.append(self._cells(nothing, few, found.cost, found.bound, found.x))
        return it.of([*rows, self._row(whole, nothing, best)])

    def _row(self, tonnes: float, few: float, answer: Answer) -> dict[Any, Any]:
        """A plan within a bound, as it is proved."""
        proof = answer.proof("a plan of a bounded change could not be proved")
        return self._cells(tonnes, few, proof.objective, proof.dual_objective, answer.x)

    def _cells(self, tonnes: float, few: float, cost: float, bound: float, x: Floats) -> dict[Any, Any]:
        """One line."""
        it, today_usd = Within, self.here.outcome.cost
        saves = today_usd - self.probe.cost
        return {
            it.at_most_t: tonnes,
            it.at_most_suppliers: few,
            it.cost_usd: cost,
            it.bound_usd: min(bound, cost),
            it.saves_usd: max(0.0, today_usd - cost),
            it.part: max(0.0, today_usd - cost) / saves if saves > 0 else float("nan"),
            it.moved_t: moved(self.here.deliveries, self.now, x),
            it.suppliers: touched_in(changes(self.here.deliveries, self.now, x)),
        }

    def _bounded(self, tonnes: float) -> Variant:
        """The programme in which what comes that does not today, and what no longer does, are so much at most.

        A column for what is more and one for what is less of every delivery, and the bounds on their sums.
        """
        first = len(self.probe.program.row_names)
        nothing = np.zeros(0, np.int64)
        rows, columns = [Row(nothing, np.zeros(0), -np.inf, tonnes)] * 2, list[Added]()
        for one in self.here.deliveries:
            place = first + len(rows)
            rows.append(one.at(one.of(self.now)))
            columns += [Added((first, place), (1.0, -1.0)), Added((first + 1, place), (1.0, 1.0))]
        return self.probe.edited(rows=tuple(rows), columns=tuple(columns))


def today_sections(found: TodayBeside) -> tuple[Section, ...]:
    """Today's plan beside the best as it is shown: what both cost, what changes, and what a part of that saves.

    Parameters
    ----------
    found : TodayBeside
    """
    return _cost_section(found.costs), _line_section(found.lines), _within_section(found.within)


def _cost_section(table: pd.DataFrame) -> Section:
    """What both cost."""
    it, scale = Kept, money(*table[Kept.today_usd], *table[Kept.best_usd])
    base = table.iloc[0]
    says = f"Today's plan costs {usd(base[it.today_usd])}, the best one {usd(base[it.best_usd])}; both are proved."
    if base[it.missing_t] > CHANGED:
        says += f" Of today's deliveries {mass(base[it.missing_t])} cannot come where nothing happens."
    return Section(
        "today",
        "What today's plan costs beside the best one",
        (
            Field("scenario", least=16),
            amount(f"today's\n{scale.unit}", scale),
            amount("of it\npenalties", scale, rank=1),
            amount(f"best\n{scale.unit}", scale),
            amount("of it\npenalties", scale, rank=1),
            amount("saves", scale, sign=True),
            numbers("cannot come\nt", "t", _tonnes),
            numbers("short today\nt", "t", _tonnes),
            numbers("short in the\nbest, t", "t", _tonnes),
        ),
        tuple(tuple(line[name] for name in it.columns()) for line in lines(table)),
        says=says,
        legend=(
            "today's: as much of today's deliveries as can come, and none but these, the rest planned around them; in "
            "a scenario after its news too. best: the best plan, and its reaction.",
        ),
    )


def _line_section(table: pd.DataFrame) -> Section:
    """What the best plan changes."""
    it, shown = Lines, table.head(LISTED)
    rest = len(table) - len(shown)
    scale = money(*table[it.kept_usd].dropna())
    return Section(
        "lines",
        "What the best plan changes, the dearest to keep first",
        (
            Field("supplier", least=12),
            Field("grade", least=10),
            Field("to"),
            numbers("today\nt", "t", _tonnes),
            numbers("best\nt", "t", _tonnes),
            numbers("more\nt", "t", lambda tonnes: f"{tonnes:+,.1f}" if abs(tonnes) > CHANGED else "0"),
            numbers("changed\nt", "t", _tonnes),
            amount(f"if kept\n{scale.unit}", scale, sign=True),
        ),
        tuple(_line(line) for line in lines(shown)),
        says="Changed: tonnes that leave in some period and do not today, or no longer do. If kept: by how much the "
        "least cost rises where that way alone stays as it is today, and all the rest is planned again. They do not "
        "add up." + (f" {rest} more: --json." if rest else ""),
    )


def _line(line: Mapping[Any, Any]) -> tuple[Any, ...]:
    """One way."""
    it = Lines
    return tuple(line[name] for name in (it.supplier, it.material, it.site)) + tuple(
        line[name] for name in (it.today_t, it.best_t, it.change_t, it.moved_t, it.kept_usd)
    )


def _within_section(table: pd.DataFrame) -> Section:
    """What a bounded change saves."""
    it, scale = Within, money(*table[Within.cost_usd])
    saved = money(*table[it.saves_usd])
    told = list(lines(table))
    apart = [line for line in told if line[it.cost_usd] - line[it.bound_usd] > NEAR * abs(line[it.cost_usd])]
    gaps = (f"{_bound(line)}: {usd(line[it.cost_usd] - line[it.bound_usd])} above its proved bound" for line in apart)
    return Section(
        "within",
        "What a smaller change saves",
        (
            Field("at most"),
            amount(f"cost\n{scale.unit}", scale),
            amount(f"saves\n{saved.unit}", saved),
            Field("of what the\nbest saves", lambda part: f"{part:.0%}", "%"),
            numbers("changed\nt", "t", _tonnes),
            numbers("suppliers\ntouched", "suppliers"),
        ),
        tuple(
            (
                "the best" if line is told[-1] else _bound(line),
                *(line[name] for name in (it.cost_usd, it.saves_usd, it.part, it.moved_t, it.suppliers)),
            )
            for line in told
        ),
        says="Change: tonnes by supplier, grade, site and period that come and do not today, or no longer do; neither "
        "sum is larger than the bound. A supplier is touched of whom more or less comes in any period. "
        + (
            f"Not proved to be the best: {'; '.join(gaps)}."
            if apart
            else "Each plan is proved the best within its bound."
        ),
    )


def _bound(line: Mapping[Any, Any]) -> str:
    """What a plan may change at most."""
    few = line[Within.at_most_suppliers]
    if few == few:
        return f"{few:.0f} supplier{'s' * (few != 1)}"
    return f"{_tonnes(line[Within.at_most_t])} t"


def _tonnes(tonnes: float) -> str:
    """Tonnes as they are shown."""
    return f"{tonnes:,.1f}" if tonnes > CHANGED else "0"
