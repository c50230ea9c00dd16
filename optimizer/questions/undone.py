"""What to do, and what it costs to leave a line of it undone: it is forbidden, and all the rest is planned again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import SolveError
from optimizer.plans.amounts import NONE
from optimizer.plans.decisions import ORDERED, Decisions, decisions
from optimizer.plans.plan import BASE, Plans
from optimizer.plans.schema import COST, Columns, lines, number, word
from optimizer.plans.sections import Section
from optimizer.plans.to_do import EACH, FIRST, IF_NOT, largest, things_to_do, to_do
from optimizer.program.variant import Entries, Row, Variant
from optimizer.questions.interval import SMALL
from optimizer.questions.moved import moved
from optimizer.questions.probe import Probe, proved_cost
from optimizer.questions.waiting import waits


class Undone(Columns):
    """Columns of the decision list."""

    kind = Decisions.kind
    what = Decisions.what
    under = Decisions.under
    material = Decisions.material
    group = Decisions.group
    site = Decisions.site
    mode = Decisions.mode
    act_on = Decisions.act_on
    leaves_on = Decisions.leaves_on
    there_on = Decisions.there_on
    until = Decisions.until
    how_much = number(
        "t or t/year", "of a contract, frame or project a year, of all else tonnes, of the first periods together"
    )
    price_usd_per_t = Decisions.price_usd_per_t
    worth_usd = Decisions.worth_usd
    undone_usd = number(COST.unit, "by how much the plan is dearer without it, all the rest planned again", empty=True)
    wait_until = word(
        "latest day on which it may first be done, or goods of an order first leave, at the same least cost, all the "
        "rest planned again; empty: it cannot wait, or nobody asked",
        empty=True,
    )


def undone(probe: Probe, *, wait: bool = False, shown: bool = False) -> pd.DataFrame:
    """The decision list of a plan, and what each line costs if it is not done.

    Orders of a supplier for a grade and a site are one line, and so are licences of a control for one way. A supplier
    who may deliver nothing in the first periods may still do so later; of a frame nothing comes in any period, a
    contract is not signed, a project never begun, stock never above what there is at first. Where nothing can be
    planned without a line, or not proved, the cell is empty. Costs do not add up.

    Parameters
    ----------
    probe : Probe
        Of the base plan.
    wait : bool, optional
        Whether to find out, too, until when each line may wait: up to half a dozen plans more for each.
    shown : bool, optional
        Whether the lines that a plan shows are enough, the largest of each kind; the others' cells are then empty.

    Returns
    -------
    DataFrame
        Columns of `Undone`, in the order of the days by which to act.
    """
    things = things_to_do(decisions(probe.outcome))
    told = list(lines(things))
    asked = largest(things, EACH).index if shown else things.index
    answers = probe.solve_all([_without(probe, told[place]) for place in asked])
    costs = dict.fromkeys(range(len(told)), float("nan"))
    for place, answer in zip(asked, answers, strict=True):
        with suppress(SolveError):
            costs[place] = max(0.0, proved_cost(answer) - probe.cost)
    it, days = Undone, waits(probe, told) if wait else [""] * len(told)
    found = [
        {**line, it.undone_usd: usd, it.wait_until: day}
        for line, usd, day in zip(told, costs.values(), days, strict=True)
    ]
    return it.of({column: line[column] for column in it.columns()} for line in found)


def undone_of(plans: Plans) -> pd.DataFrame | None:
    """What the lines that a plan shows cost undone, where the programme is so small that it may be worked out unasked.

    Parameters
    ----------
    plans : Plans

    Returns
    -------
    DataFrame or None
        Columns of `Undone`.
    """
    small = len(plans.planner.program.column_names) <= SMALL
    if plans.interrupted or not small or BASE not in plans.outcomes:
        return None
    return undone(Probe(plans), shown=True)


HOW = f"{IF_NOT} {FIRST}"


WAITING = (
    " May wait: the latest day on which it may first be done, or goods of an order first leave, at the same least "
    "cost, all the rest planned again; two lines may not be able to wait together."
)


def decision_section(table: pd.DataFrame, *, wait: bool = False) -> Section:
    """The decision list with what each line costs undone, as it is shown.

    Parameters
    ----------
    table : DataFrame
        As `undone` gives it.
    wait : bool, optional
        Whether it was asked until when each line may wait.
    """
    it = Undone
    waiting = [day or NONE for day in table[it.wait_until]] if wait else None
    return to_do(table, undone=list(table[it.undone_usd]), waits=waiting, says=HOW + WAITING * wait)


def _without(probe: Probe, line: Mapping[str, Any]) -> Variant:
    """The plan without a line."""
    it, columns_at = Decisions, probe.program.columns_at
    kind, what = line[it.kind], line[it.what]
    if kind == "stock":
        places = [place for place, key in columns_at("stock") if key[:2] == (what, line[it.material])]
        return _kept_at(probe, places, what, line[it.material])
    if kind in ("contract", "project"):
        variable = "reserve" if kind == "contract" else "start"
        places = [place for place, key in columns_at(variable) if key[0] == what]
    else:
        last = len(probe.outcome.frame.calendar.periods) if kind == "frame" else ORDERED
        places = [place for place, key in moved(probe, line) if key[-1] < last]
    at = np.array(places, np.int64)
    least = probe.start.arrays.column_lower[at]  # what is signed is no decision
    return probe.edited(column_upper=Entries(at, least))


def _kept_at(probe: Probe, places: list[int], site: str, material: str) -> Variant:
    """The plan that never keeps more of a material than there is at first."""
    rows = probe.planner.network.case.tables.stocks
    opening = sum(row.opening for row in rows if (row.site, row.material) == (site, material))
    periods: dict[int, list[int]] = {}
    for place in places:
        periods.setdefault(probe.program.column_names[place][1][-1], []).append(place)
    most = tuple(
        Row(np.array(some, np.int64), np.ones(len(some)), -np.inf, opening) for _, some in sorted(periods.items())
    )
    return probe.edited(rows=most)
