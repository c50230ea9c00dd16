"""What to do, and what it costs to leave a line of it undone: it is forbidden, and all the rest is planned again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import SolveError
from optimizer.plans.amounts import NONE
from optimizer.plans.decisions import ORDERED, Decisions, decisions
from optimizer.plans.schema import COST, Columns, lines, number, word
from optimizer.plans.sections import Section
from optimizer.plans.to_do import things_to_do, to_do
from optimizer.program.variant import Entries, Row, Variant
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
    there_on = Decisions.there_on
    how_much = number(
        "t or t/year", "of a contract or project a year, of all else tonnes, of the first periods together"
    )
    price_usd_per_t = Decisions.price_usd_per_t
    worth_usd = Decisions.worth_usd
    undone_usd = number(COST.unit, "by how much the plan is dearer without it, all the rest planned again", empty=True)
    wait_until = word(
        "latest day on which it may first be done at the same least cost, all the rest planned again; empty: it cannot "
        "wait, or nobody asked",
        empty=True,
    )


def undone(probe: Probe, *, wait: bool = False) -> pd.DataFrame:
    """The decision list of a plan, and what each line costs if it is not done.

    Orders of a supplier for a grade and a site are one line, and so are licences of a control for one way. A supplier
    who may deliver nothing in the first periods may still do so later; a contract is not signed, a project never
    begun, stock never above what there is at first. Where nothing can be planned without a line, or not proved, the
    cell is empty. Costs do not add up.

    Parameters
    ----------
    probe : Probe
        Of the base plan.
    wait : bool, optional
        Whether to find out, too, until when each line may wait: up to half a dozen plans more for each.

    Returns
    -------
    DataFrame
        Columns of `Undone`, in the order of the days by which to act.
    """
    told = list(lines(things_to_do(decisions(probe.outcome))))
    answers = probe.solve_all([_without(probe, line) for line in told])
    costs = []
    for answer in answers:
        try:
            costs.append(max(0.0, proved_cost(answer) - probe.cost))
        except SolveError:
            costs.append(float("nan"))
    it, days = Undone, waits(probe, told) if wait else [""] * len(told)
    found = [{**line, it.undone_usd: usd, it.wait_until: day} for line, usd, day in zip(told, costs, days, strict=True)]
    return it.of({column: line[column] for column in it.columns()} for line in found)


HOW = (
    "If not: by how much the least cost rises where that line alone is forbidden and all the rest is planned "
    "again; a dash where that leaves no proved plan. Orders and licences are those of the first two periods."
)


WAITING = (
    " May wait: the latest day on which it may first be done at the same least cost, all the rest planned again; two "
    "lines may not be able to wait together."
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
        places = [place for place, key in moved(probe, line) if key[-1] < ORDERED]
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
