"""What to do, and what it costs to leave a line of it undone: it is forbidden, and all the rest is planned again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from optimizer.errors import SolveError
from optimizer.network.sets import Lane, Licence
from optimizer.plans.amounts import mass, money
from optimizer.plans.decisions import ORDERED, Decisions, decisions
from optimizer.plans.schema import COST, Columns, lines, number
from optimizer.plans.sections import Field, Section, amount
from optimizer.program.variant import Entries, Row, Variant
from optimizer.questions.probe import Probe, proved_cost


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


def undone(probe: Probe) -> pd.DataFrame:
    """The decision list of a plan, and what each line costs if it is not done.

    Orders of a supplier for a grade and a site are one line, and so are licences of a control for one way. A supplier
    who may deliver nothing in the first periods may still do so later; a contract is not signed, a project never
    begun, stock never above what there is at first. Where nothing can be planned without a line, or not proved, the
    cell is empty. Costs do not add up.

    Parameters
    ----------
    probe : Probe
        Of the base plan.

    Returns
    -------
    DataFrame
        Columns of `Undone`, in the order of the days by which to act.
    """
    told = list(_gathered(decisions(probe.outcome)))
    answers = probe.solve_all([_without(probe, line) for line in told])
    costs = []
    for answer in answers:
        try:
            costs.append(max(0.0, proved_cost(answer) - probe.cost))
        except SolveError:
            costs.append(float("nan"))
    it, both = Undone, zip(told, costs, strict=True)
    return it.of({column: {**line, it.undone_usd: usd}[column] for column in it.columns()} for line, usd in both)


def _gathered(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Lines of one thing to do together."""
    it = Decisions
    keys = [it.kind, it.what, it.under, it.material, it.group, it.site, it.mode]
    for _, some in table.groupby([str(key) for key in keys], sort=False):
        rows = list(lines(some))
        first, tonnes = rows[0], sum(row[it.how_much] for row in rows)
        value = some[it.worth_usd].sum(min_count=1)
        each = value / tonnes if first[it.kind] == "order" else first[it.price_usd_per_t]
        yield {**first, it.how_much: tonnes, it.worth_usd: value, it.price_usd_per_t: each}


def decision_section(table: pd.DataFrame) -> Section:
    """The decision list as it is shown.

    Parameters
    ----------
    table : DataFrame
        As `undone` gives it.
    """
    if table.empty:
        return Section("decisions", says="Nothing is to be done.")
    it = Undone
    worth, costs = money(*table[it.worth_usd].dropna()), money(*table[it.undone_usd].dropna())
    a_year = table[it.kind].isin(["contract", "project"])
    rows = tuple(
        (
            line[it.act_on],
            f"{DO[line[it.kind]]} {line[it.what]}",
            " ".join(str(line[name]) for name in (it.under, it.material, it.group, it.mode) if line[name]),
            line[it.site] if line[it.kind] != "stock" else "",
            f"{mass(line[it.how_much])}{' a year' if yearly else ''}",
            line[it.there_on],
            line[it.price_usd_per_t],
            line[it.worth_usd],
            line[it.undone_usd],
        )
        for line, yearly in zip(lines(table), a_year, strict=True)
    )
    return Section(
        "decisions",
        "What to do, by the day by which to act",
        (
            Field("act by"),
            Field("what", least=20),
            Field("of", least=14),
            Field("to", rank=2),
            Field("how much"),
            Field("there", rank=3),
            Field("USD/kg", lambda usd: f"{usd / 1000:,.1f}", "USD/kg", rank=1),
            amount(f"value\n{worth.unit}", worth, rank=1),
            amount(f"if not\n{costs.unit}", costs, sign=True),
        ),
        rows,
        says=(
            "If not: by how much the least cost rises where that line alone is forbidden and all the rest is planned "
            "again; a dash where that leaves no proved plan. Orders and licences are those of the first two periods."
        ),
    )


DO = {"contract": "sign", "project": "begin", "order": "order from", "stock": "keep at", "licence": "apply under"}
"""What is done, by kind of decision."""


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
        places = [place for place, key in _moved(probe, line) if key[-1] < ORDERED]
    at = np.array(places, np.int64)
    least = probe.start.arrays.column_lower[at]  # what is signed is no decision
    return probe.edited(column_upper=Entries(at, least))


def _moved(probe: Probe, line: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    """Columns by which the goods of an order or a licence come, in any period."""
    it, structure, columns_at = Decisions, probe.outcome.frame.structure, probe.program.columns_at
    if line[it.kind] == "licence":
        origin, destination = line[it.under].split(" to ")
        lanes = structure.licensing.lanes[Licence(line[it.what], origin, destination, line[it.group])]
        yield from ((place, key) for place, key in columns_at("ship") if Lane(*key[:-1]) in lanes)
    elif line[it.under]:
        for variable in ("take", "buy"):
            yield from ((place, key) for place, key in columns_at(variable) if key[0] == line[it.under])
    else:
        way = line[it.what], line[it.site], line[it.material], line[it.mode]
        for place, key in columns_at("ship"):
            lane = Lane(*key[:-1])
            if (lane.origin, lane.destination, lane.material, lane.mode) == way:
                yield place, key


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
