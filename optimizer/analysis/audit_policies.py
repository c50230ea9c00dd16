"""Audit of people: demand, stock, and what licences let through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from optimizer.analysis.audit_matter import offered, plant_capacity
from optimizer.analysis.audit_rules import Rules, reaches
from optimizer.analysis.books import INFINITE, Books, Floats, at_least, at_most, equal
from optimizer.errors import Fault


def demand(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is demanded is served or goes short, and substitutes serve no more than their share."""
    met: dict[Any, float] = defaultdict(float)
    stood_in: dict[Any, float] = defaultdict(float)
    for line in books.lines("deliveries"):
        worth = books.ratio.get((line.product, line.material), 0.0) * line.tonnes
        met[line.site, line.product, line.end_use, line.period] += worth
        if line.material != line.product:
            stood_in[line.site, line.product, line.end_use, line.material, line.period] += worth
    for line in books.lines("shortages"):
        met[line.site, line.product, line.end_use, line.period] += line.tonnes
    yield from equal("demand that is not accounted for, t", met, books.wanted)
    share = books.keyed("substitutions", books.spread("substitutions", "max_share"), "product", "material")
    allowed = {
        (site, product, end_use, material, period): share.get((product, material, period), 0.0)
        * books.wanted.get((site, product, end_use, period), 0.0)
        for site, product, end_use, material, period in stood_in
    }
    yield from at_most("served by a substitute, t", stood_in, allowed)


def stock(books: Books, rules: Rules) -> Iterator[Fault]:
    """Stock fits, and lasts its cover, its reserve and its terminal stock, or the gap is in the table of gaps."""
    held: dict[Any, float] = defaultdict(float)
    for line in books.lines("stock"):
        held[line.site, line.material, line.period] += line.tonnes
    room = books.keyed("stocks", books.average("stocks", "capacity"), "site", "material")
    yield from at_most("in stock, t", held, room)
    there: dict[Any, float] = defaultdict(float)
    target: dict[Any, float] = {}
    cover, reserve = (books.average("stocks", column) for column in ("cover", "reserve"))
    for number, row in enumerate(books.rows["stocks"]):
        for period in books.periods:
            own = held[row.site, row.material, period]
            there["reserve", row.site, row.material, period] = own
            target["reserve", row.site, row.material, period] = reserve[number, period] if row.reserve > 0 else 0.0
            use = sum(t for (s, p, _, n), t in books.wanted.items() if (s, p, n) == (row.site, row.material, period))
            days = cover[number, period] if row.cover > 0 else 0.0
            target["cover", row.site, row.material, period] = days * use / books.length[period]
            there["cover", row.site, row.material, period] = sum(
                ratio * held[row.site, material, period]
                for (product, material), ratio in books.ratio.items()
                if product == row.material
            )
        key = "terminal", row.site, row.material, books.periods[-1]
        there[key], target[key] = held[row.site, row.material, books.periods[-1]], row.terminal
    for line in books.lines("stock_gaps"):
        there[line.kind, line.site, line.material, line.period] += line.tonnes
    yield from at_least("stock and the gap in it, t", there, target)


def end_uses(books: Books, rules: Rules) -> Iterator[Fault]:
    """Exposed goods reach an end use as far as they are licensed for it."""
    used: dict[Any, float] = defaultdict(float)
    most: dict[Any, float] = {}
    for number, control in enumerate(books.rows["controls"]):
        rule = rules.rule_of.get(control.control)
        if control.kind != "end_use" or rule is None:
            continue
        for line in books.lines("deliveries"):
            if line.end_use in control.end_uses and rule in rules.names(line.exposure):
                demand = line.site, line.product, line.end_use, line.period
                key = (control.control, *demand)
                used[key] += line.tonnes
                share = rules.passing[number, line.period]
                most[key] = share * books.wanted.get(demand, 0.0) if share < 1 else INFINITE
    yield from at_most("licensed for an end use, t", used, most)


def licences(books: Books, rules: Rules) -> Iterator[Fault]:
    """What leaves under a licence is within it, and the table of licences says so."""
    used: dict[Any, float] = defaultdict(float)
    group_of = _groups(books)
    for number, control in enumerate(books.rows["controls"]):
        if control.kind not in ("export", "content"):
            continue
        for line in books.lines("shipments"):
            if _governed(books, rules, control, line):
                group = group_of.get((line.origin, line.material), line.material)
                used[number, line.origin, group, line.period] += line.tonnes
    licensed = _licensed(books, rules, group_of, {key[:3] for key in used})
    yield from at_most("shipped under a licence, t", used, licensed)
    numbers = {row.control: number for number, row in enumerate(books.rows["controls"])}
    stated: dict[Any, float] = {}
    granted: dict[Any, float] = {}
    for line in books.lines("licences"):
        key = numbers[line.control], line.place, line.group, line.period
        stated[key], granted[key] = line.used_t, line.licensed_t
    yield from equal("used of a licence as its table says, t", stated, {key: used.get(key, 0.0) for key in stated})
    yield from at_most("used of a licence as its table says, t", stated, granted)


def _governed(books: Books, rules: Rules, control: Any, line: Any) -> bool:
    """Whether a shipment needs a licence of a control."""
    leaves, enters = books.country(line.origin), books.country(line.destination)
    free = leaves == enters or enters in control.origin or not {"*", enters} & set(control.destinations)
    if free:
        return False
    if control.kind == "export":
        return leaves in control.origin and reaches(control, books.material[line.material])
    return leaves not in control.origin and rules.rule_of.get(control.control) in rules.names(line.exposure)


def _groups(books: Books) -> dict[tuple[str, str], str]:
    """Goods that compete for one line at a site count together: the process that makes them."""
    return {
        (row.site, material): row.process
        for row in books.rows["plants"]
        for recipe, process in books.process.items()
        if process == row.process
        for material, tonnes in books.need[recipe].items()
        if tonnes > 0 and not books.material[material].hub
    }


def _licensed(books: Books, rules: Rules, group_of: dict[tuple[str, str], str], wanted: set[Any]) -> dict[Any, float]:
    """Tonnes that each licence (control, place, group) lets through, by period."""
    plants, offers = plant_capacity(books, rules), offered(books)
    force = books.daily("controls", "in_force")
    days = np.array(books.length)
    found: dict[Any, float] = {}
    for number, place, group in wanted:
        control = books.rows["controls"][number]
        goods = {
            name
            for name, row in books.material.items()
            if reaches(control, row) and group_of.get((place, name), name) == group
        }
        could = np.array([_could(books, plants, offers, place, goods, period) for period in books.periods])
        share = rules.passing[number]
        licensed = np.where(share < 1, share * could, INFINITE)
        free = 1 - books.summed(force)[number] / days
        if control.quota is not None:
            quota: Floats = books.summed(books.daily("controls", "quota") * force * books.weight)[number]
            licensed = np.where(free < 1, np.minimum(licensed, quota + free * could), licensed)
        found |= {(number, place, group, period): float(licensed[period]) for period in books.periods}
    return found


def _could(books: Books, plants: Any, offers: Any, place: str, goods: set[str], period: int) -> float:
    """Tonnes of goods that a place could make or sell in a period."""
    total = 0.0
    for site, process in dict.fromkeys((row.site, row.process) for row in books.rows["plants"]):
        made = [
            tonnes
            for recipe, of in books.process.items()
            if of == process
            for name, tonnes in books.need[recipe].items()
            if tonnes > 0 and name in goods and books.place(site, name) == place
        ]
        total += max(made, default=0.0) * plants[site, process, period]
    for row in books.rows["offers"]:
        if row.material in goods and books.place(row.site, row.material) == place:
            total += offers[row.offer, period]
    return total


CHECKS = (demand, stock, end_uses, licences)
"""Every audit of people."""
