"""A plan that goes on from what has come of it: what changes against the plan before, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from optimizer.case.case import Case
from optimizer.engine.pool import Pool
from optimizer.plans.amounts import mass, money, usd
from optimizer.plans.decisions import Decisions, decisions
from optimizer.plans.outcome import TOLERANCE
from optimizer.plans.plan import Plans, plan
from optimizer.plans.schema import Columns, lines, number, records, word
from optimizer.plans.sections import Field, Section, amount
from optimizer.plans.to_do import DO, EACH, YEARLY, things_to_do
from optimizer.questions.actuals import Actual, as_stated, going_on, period_of
from optimizer.questions.difference import Attribution, Difference, Side, difference
from optimizer.questions.standing import State, as_planned

LISTED = 30
"""Lines of a table that are shown."""
SAME = 1e-3
"""Part of an amount by which it may differ and is no change."""
CALLED = {
    "stock": "stock at",
    "arriving": "under way to",
    "ordered": "ordered from",
    "signed": "signed",
    "begun": "begun",
}
"""What is stated, as it is said."""
YEARLY_FACTS = ("signed",)


class Variances(Columns):
    """Columns of what came otherwise than planned."""

    what = word("`stock`, `arriving`, `ordered`, `signed` or `begun`")
    name = word("the site, offer, contract or project")
    material = word("the goods", empty=True)
    planned = number("t, t/year or share", "by the plan before, on the day; of a project the part that is begun")
    found = number("t, t/year or share", "as it is stated")
    change = number("t, t/year or share", "by how much that is more")


class Changes(Columns):
    """Columns of what the decision list asks now, beside what it would had all come as planned."""

    kind = Decisions.kind
    what = Decisions.what
    under = Decisions.under
    material = Decisions.material
    group = Decisions.group
    site = Decisions.site
    mode = Decisions.mode
    act_on = Decisions.act_on
    how = word("`new`, `dropped`, `more`, `less` or `same`")
    before = number("t or t/year", "had all come as planned")
    now = number("t or t/year", "as it came")
    worth_usd = Decisions.worth_usd


@dataclass(frozen=True)
class Replan:
    """A plan that goes on.

    Parameters
    ----------
    day : date
        From which on.
    case : Case
        From that day on, as things came.
    before, now : Plans
        Of that case, had all come as planned, and as it came.
    variances : DataFrame
        Columns of `Variances`.
    changes : DataFrame
        Columns of `Changes`.
    why : Difference
        Between the two.
    """

    day: dt.date
    case: Case
    before: Plans
    now: Plans
    variances: pd.DataFrame
    changes: pd.DataFrame
    why: Difference

    def record(self) -> dict[str, Any]:
        """It as JSON holds it."""
        return {
            "from": str(self.day),
            "as_planned_usd": self.before.outcome().cost,
            "now_usd": self.now.outcome().cost,
            "variances": records(self.variances),
            "decisions": records(self.changes),
            "why": records(self.why.attribution),
        }


def replan(plans: Plans, day: dt.date, told: Sequence[tuple[Actual, str]], pool: Pool | None = None) -> Replan:
    """Plan on from a day, from what is there then.

    Parameters
    ----------
    plans : Plans
        The plan before; its base plan is gone on from.
    day : date
        First day of one of its periods.
    told : sequence of (Actual, str)
        What is stated of that day, and where each row stands.
    pool : Pool, optional
        Workers to use, where there are some already.

    Returns
    -------
    Replan

    Raises
    ------
    InputError
        If the day or what is stated does not fit the case.
    SolveError
        If one of the plans cannot be proved.
    """
    case, outcome = plans.planner.case, plans.outcome()
    planned = as_planned(outcome, period_of(case, day))
    stated = as_stated(case, planned, told, day)
    cases = [going_on(case, state, day) for state in (planned, stated)]
    before, now = (plan(some, [], pool=pool) for some in cases)
    sides = [
        Side(name, some, planned=made)
        for name, some, made in zip(("as planned", "as it came"), cases, (before, now), strict=True)
    ]
    return Replan(
        day,
        cases[1],
        before,
        now,
        Variances.of(_variances(planned, stated)),
        Changes.of(_changes(things_to_do(decisions(before.outcome())), things_to_do(decisions(now.outcome())))),
        difference(*sides),
    )


def _variances(planned: State, stated: State) -> Iterator[dict[Any, Any]]:
    """What is otherwise than planned, in the order of what is stated."""
    it = Variances
    sums = [
        {**state.amounts, **{key: _sum(goods) for key, goods in state.arriving.items()}} for state in (planned, stated)
    ]
    for key in dict.fromkeys([*sums[0], *sums[1]]):
        old, new = (some.get(key, 0.0) for some in sums)
        if abs(new - old) > max(TOLERANCE, SAME * abs(old)):
            what, name, material = key
            cells = {it.what: what, it.name: name, it.material: material}
            yield {**cells, it.planned: old, it.found: new, it.change: new - old}


def _sum(goods: Sequence[tuple[str, dt.date, float]]) -> float:
    """Tonnes of goods under way."""
    return sum(tonnes for _, _, tonnes in goods)


def _changes(old: pd.DataFrame, new: pd.DataFrame) -> Iterator[dict[Any, Any]]:
    """Lines of either list, those to do now by their days, what is dropped at the end."""
    it = Changes
    keys = (it.kind, it.what, it.under, it.material, it.group, it.site, it.mode)
    first = {tuple(line[key] for key in keys): line for line in lines(old)}
    second = {tuple(line[key] for key in keys): line for line in lines(new)}
    for key in dict.fromkeys([*second, *first]):
        line = second.get(key) or first[key]
        before, now = (side[key][Decisions.how_much] if key in side else 0.0 for side in (first, second))
        yield {
            **dict(zip(keys, key, strict=True)),
            it.act_on: line[it.act_on],
            it.how: _how(before, now),
            it.before: before,
            it.now: now,
            it.worth_usd: line[it.worth_usd] if key in second else float("nan"),
        }


def _how(before: float, now: float) -> str:
    """How a line has changed."""
    if not before or not now:
        return "new" if now else "dropped"
    if abs(now - before) <= SAME * max(before, now):
        return "same"
    return "more" if now > before else "less"


def replan_sections(found: Replan) -> tuple[Section, ...]:
    """What a plan that goes on says: what came otherwise, what that costs, and what is to be done now.

    Parameters
    ----------
    found : Replan
    """
    return _variance_section(found), _why_section(found), _change_section(found)


def _variance_section(found: Replan) -> Section:
    """What came otherwise than planned."""
    it = Variances
    if found.variances.empty:
        return Section("variances", says=f"All is on {found.day} as the plan before has it.")

    def said(line: Mapping[Any, Any], column: Any) -> str:
        value = line[column]
        if line[it.what] == "begun":
            return f"{value:.0%}"
        return f"{mass(value)}{' a year' if line[it.what] in YEARLY_FACTS else ''}"

    shown = found.variances.head(LISTED)
    rest = len(found.variances) - len(shown)
    return Section(
        "variances",
        f"What came otherwise than planned by {found.day}",
        (Field("what", least=20), Field("of"), Field("planned"), Field("found"), Field("more or less")),
        tuple(
            (
                f"{CALLED[line[it.what]]} {line[it.name]}",
                line[it.material],
                *(said(line, column) for column in (it.planned, it.found, it.change)),
            )
            for line in lines(shown)
        ),
        says="What is not stated is taken as planned; a contract or project that is not stated is not signed or begun."
        + (f" {rest} more: --json." if rest else ""),
    )


def _why_section(found: Replan) -> Section:
    """What it costs that things came otherwise."""
    it, costs = Attribution, found.why.attribution
    before, now = (plans.outcome().cost for plans in (found.before, found.now))
    scale = money(*costs[it.cost_usd])
    return Section(
        "why",
        "Why the rest costs more or less: what each table of what came costs",
        (Field("what came"), amount(scale.unit, scale, sign=True)),
        tuple((line[it.change], line[it.cost_usd]) for line in lines(costs)),
        says=f"From {found.day} on the rest costs {usd(now)}, and would {usd(before)} had all come as planned. Each is "
        "the mean of what it costs as the first of all and as the last.",
    )


def _change_section(found: Replan) -> Section:
    """The decision list, beside what it would be."""
    it = Changes
    changed = found.changes[found.changes[it.how] != "same"]
    same = len(found.changes) - len(changed)
    if changed.empty:
        return Section("changes", says=f"Nothing else is to be done than planned: {same} lines as before.")
    size = (changed[it.now] - changed[it.before]).abs().sort_values(ascending=False, kind="stable")
    kinds = changed.loc[size.index].groupby(str(it.kind), sort=False)
    shown = changed.loc[sorted(kinds.head(EACH).index)]
    rest = len(changed) - len(shown)

    def much(line: Mapping[Any, Any], column: Any) -> str:
        return f"{mass(line[column])}{' a year' if line[it.kind] in YEARLY else ''}" if line[column] else ""

    return Section(
        "changes",
        f"What to do from {found.day} on that changes",
        (
            Field("act by"),
            Field("how"),
            Field("what", least=20),
            Field("of", least=14),
            Field("to", rank=1),
            Field("as planned"),
            Field("now"),
        ),
        tuple(
            (
                line[it.act_on],
                line[it.how],
                f"{DO[line[it.kind]]} {line[it.what]}",
                " ".join(str(line[name]) for name in (it.under, it.material, it.group, it.mode) if line[name]),
                line[it.site] if line[it.kind] != "stock" else "",
                much(line, it.before),
                much(line, it.now),
            )
            for line in lines(shown)
        ),
        says=(f"The largest changes of each kind; {rest} smaller ones are not shown. " if rest else "")
        + f"As before: {same} lines. `--json` has all of them.",
    )
