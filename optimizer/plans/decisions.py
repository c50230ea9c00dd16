"""What a plan asks of those who carry it out: what to agree, sign, begin, order, keep and apply for, and by when."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from optimizer.network.network import Floats
from optimizer.plans.awards import Awards, awards
from optimizer.plans.call_offs import Frames, frames
from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.schema import Column, Columns, lines, number, word
from optimizer.plans.tables.contracts import Contracts, contracts
from optimizer.plans.tables.licences import Licences, licences
from optimizer.plans.tables.projects import Projects, projects
from optimizer.plans.tables.stock import Stock, stock

ORDERED = 2
"""Periods at the start whose orders are placed now; what comes later waits for what is known then."""


class Decisions(Columns):
    """Columns of `decisions`."""

    kind = word("`contract`, `frame`, `project`, `order`, `stock` or `licence`")
    what = word("the supplier, contract, project, stock's site or control that it is about")
    under = word(
        "the offer of a contract or an order, the plant of a project, or where goods under a licence go", empty=True
    )
    material = word("the goods", empty=True)
    group = word("stage of the goods that a licence is for", empty=True)
    site = word("where goods go or are kept", empty=True)
    mode = word("how they go, where a route says so", empty=True)
    act_on = word("day by which to agree, sign, begin, order or apply; of stock the day by which it is to be there")
    leaves_on = word("day from which the goods of an order leave", empty=True)
    there_on = word("day on which it holds, opens or arrives; empty: not known", empty=True)
    until = word("last day of a frame", empty=True)
    how_much = number("t or t/year", "of a frame, contract or project a year, of all else tonnes")
    price_usd_per_t = number(
        "USD/t, not discounted", "landed price of an order, or a contract's fixed price", empty=True
    )
    worth_usd = number("USD, not discounted", "of an order all that it costs, of a project its cost", empty=True)


def decisions(outcome: Outcome) -> pd.DataFrame:
    """What is to be agreed, signed, begun, ordered, kept and applied for, in the order of the days by which to act.

    A frame is what a supplier gives of a grade over more than one period. Orders are those of the first two periods,
    without periods in which all that leaves is ordered already, and licences those that goods leave under in them.
    Stock is what is to be reached where it is more than there is at first.
    """
    it = Decisions
    rows = [row for make in (_contracts, _frames, _projects, _orders, _stocks, _licences) for row in make(outcome)]
    rows.sort(key=lambda row: (row[it.act_on], KINDS.index(row[it.kind]), row[it.what]))
    return it.of({**dict.fromkeys(it.columns(), ""), **NONE, **row} for row in rows)


KINDS = ("contract", "frame", "project", "order", "stock", "licence")
"""Kinds of decisions, in the order in which those of a day are told."""
NONE: dict[Column, Any] = {Decisions.price_usd_per_t: float("nan"), Decisions.worth_usd: float("nan")}
"""What stands in a cell of a number that there is none of."""


def _frames(outcome: Outcome) -> Iterator[dict[Column, Any]]:
    """Frames to agree with suppliers of a grade; what comes in one period only is an order."""
    it, calendar = Decisions, outcome.frame.calendar
    ends = {str(day - dt.timedelta(days=1)): period for period, day in enumerate(calendar.bounds[1:])}
    for line in lines(frames(outcome)):
        begins, until = line[Frames.begins], line[Frames.until]
        if str(calendar.bounds[ends[until]]) != begins:
            yield {
                it.kind: "frame",
                it.what: line[Frames.supplier],
                it.material: line[Frames.material],
                it.act_on: begins,
                it.there_on: begins,
                it.until: until,
                it.how_much: line[Frames.t_per_year],
            }


def _contracts(outcome: Outcome) -> Iterator[dict[Column, Any]]:
    """Contracts to sign."""
    it, by = Decisions, outcome.frame.structure.by
    for line in lines(contracts(outcome)):
        if line[Contracts.reserved_t_per_year] > TOLERANCE:
            row = by.contracts[line[Contracts.contract]]
            yield {
                it.kind: "contract",
                it.what: row.contract,
                it.under: row.offer,
                it.material: by.offers[row.offer].material,
                it.act_on: str(row.from_),
                it.there_on: str(row.from_),
                it.how_much: line[Contracts.reserved_t_per_year],
                it.price_usd_per_t: float("nan") if row.price is None else row.price,
            }


def _projects(outcome: Outcome) -> Iterator[dict[Column, Any]]:
    """Suppliers to qualify and plants to enlarge."""
    it, by, world = Decisions, outcome.frame.structure.by, outcome.network
    lead = world.timelines.mean("projects", "lead")
    for line in lines(projects(outcome)):
        row, begun = by.projects[line[Projects.project]], dt.date.fromisoformat(line[Projects.begun])
        months = float(lead[world.case.by.project_numbers[row.project], line[Projects.period]])
        opens = world.calendar.later(world.calendar.day(begun), round(months, 9))
        yield {
            it.kind: "project",
            it.what: row.project,
            it.under: row.site,
            it.act_on: str(begun),
            it.there_on: str(begun + dt.timedelta(days=round(opens) - world.calendar.day(begun))),
            it.how_much: row.capacity * line[Projects.share],
            it.worth_usd: row.cost * line[Projects.share],
        }


def _orders(outcome: Outcome) -> Iterator[dict[Column, Any]]:
    """Orders to place in the first periods, by supplier, grade and site; not those that today's plan has placed."""
    it, structure, calendar = Decisions, outcome.frame.structure, outcome.frame.calendar
    transit = outcome.network.timelines.series("routes", "transit")
    placed = {tuple(key)[1:] for key in structure.index["ordered_alone"]}
    for line in lines(awards(outcome, ORDERED)):
        if (line[Awards.site], line[Awards.material], line[Awards.period]) in placed:
            continue
        day = calendar.bounds[line[Awards.period]]
        stage = structure.by.materials[line[Awards.material]].stage
        ends = structure.country[line[Awards.supplier]], structure.country[line[Awards.site]]
        route = structure.by.route_numbers.get((*ends, line[Awards.mode], stage))
        days = 0.0 if route is None else float(transit[route, calendar.day(day)])
        yield {
            it.kind: "order",
            it.what: line[Awards.supplier],
            it.under: line[Awards.contract] or line[Awards.offer],
            it.material: line[Awards.material],
            it.site: line[Awards.site],
            it.mode: line[Awards.mode],
            it.act_on: str(max(calendar.bounds[0], day - dt.timedelta(days=_lead(outcome, line)))),
            it.leaves_on: str(day),
            it.there_on: str(day + dt.timedelta(days=int(np.ceil(days)))),
            it.how_much: line[Awards.tonnes],
            it.price_usd_per_t: line[Awards.landed_usd_per_t],
            it.worth_usd: line[Awards.landed_usd_per_t] * line[Awards.tonnes],
        }


def _lead(outcome: Outcome, line: Mapping[str, Any]) -> int:
    """Days from an order to when goods leave: of the offer, or of the plants there that make them."""
    structure = outcome.frame.structure
    if line[Awards.contract]:
        return 0
    if line[Awards.offer]:
        return structure.by.offers[line[Awards.offer]].lead
    makes = {
        row.process for row in structure.case.tables.recipes if row.material == line[Awards.material] and row.tonnes > 0
    }
    plants = structure.case.tables.plants
    return max((row.lead for row in plants if row.site == line[Awards.supplier] and row.process in makes), default=0)


def _stocks(outcome: Outcome) -> Iterator[dict[Column, Any]]:
    """Stock to reach: the most that is kept of a material anywhere, and the end of the first period that has it."""
    it, calendar = Decisions, outcome.frame.calendar
    kept: dict[tuple[str, str], Floats] = defaultdict(lambda: np.zeros(len(calendar.periods)))
    for line in lines(stock(outcome)):
        kept[line[Stock.site], line[Stock.material]][line[Stock.period]] += line[Stock.tonnes]
    opening = {(row.site, row.material): row.opening for row in outcome.network.case.tables.stocks}
    for (site, material), tonnes in sorted(kept.items()):
        period = int(tonnes.argmax())
        if tonnes[period] > opening.get((site, material), 0.0) + TOLERANCE:
            yield {
                it.kind: "stock",
                it.what: site,
                it.material: material,
                it.site: site,
                it.act_on: str(calendar.bounds[period + 1] - dt.timedelta(days=1)),
                it.how_much: float(tonnes[period]),
            }


def _licences(outcome: Outcome) -> Iterator[dict[Column, Any]]:
    """Licences to apply for: for what leaves in the first periods, so long before as they take."""
    it, structure, calendar = Decisions, outcome.frame.structure, outcome.frame.calendar
    table = licences(outcome)
    used = table[(table[Licences.period] < ORDERED) & (table[Licences.used_t] > TOLERANCE)]
    waits = outcome.network.timelines.series("controls", "processing_days")
    for line in lines(used):
        day = calendar.bounds[line[Licences.period]]
        control = structure.by.control_numbers[line[Licences.control]]
        days = int(np.ceil(waits[control, calendar.day(day)]))
        yield {
            it.kind: "licence",
            it.what: line[Licences.control],
            it.under: f"{line[Licences.origin]} to {line[Licences.destination]}",
            it.group: line[Licences.group],
            it.act_on: str(day - dt.timedelta(days=days)),
            it.there_on: str(day),
            it.how_much: line[Licences.used_t],
        }
