"""Audit of what is left on the last day: what it is worth, and that goods on the way to it are under way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from optimizer.audit.books import INFINITE, Books, Floats, at_least
from optimizer.audit.goods import arrivals
from optimizer.faults import Fault

Prices = dict[tuple[str, str], float]
"""USD per tonne, by place and material."""
ROUNDS = 1000
"""Most rounds; scrap goes round."""
CLOSE = 1e-13
"""Relative fall of a price below which a round changes nothing."""


def _open(books: Books, table: str, column: str = "") -> Floats:
    """Rows of a table that hold on some day of the last period, and have some of a column then."""
    days = books.active(table)[:, books.span(books.periods[-1])] > 0
    if column:
        days &= books.daily(table, column)[:, books.span(books.periods[-1])] > 0
    return np.asarray(days.any(axis=1))


def _lowest(books: Books, table: str, column: str) -> Floats:
    """The lowest figure of each row on a day of the last period."""
    return np.asarray(books.daily(table, column)[:, books.span(books.periods[-1])].min(axis=1))


def bought(books: Books) -> Prices:
    """The least price of what is sold in the last period, where it is sold; of contracts with the fee of a year."""
    found: Prices = defaultdict(lambda: INFINITE)

    def note(offer: Any, usd: float) -> None:
        key = books.place(offer.site, offer.material), offer.material
        found[key] = min(found[key], usd)

    if books.rows.offers:
        for row, usd, some in zip(
            books.rows.offers, _lowest(books, "offers", "price"), _open(books, "offers", "capacity"), strict=True
        ):
            note(row, usd if some else INFINITE)
    if books.rows.contracts:
        fixed, floor = (_lowest(books, "contracts", column) for column in ("price", "floor"))
        for signed, price, least, some in zip(
            books.rows.contracts, fixed, floor, _open(books, "contracts", "max_volume"), strict=True
        ):
            usd = least if signed.price is None else price
            note(books.offer[signed.offer], usd + signed.reservation_fee if some else INFINITE)
    return found


def moving(books: Books) -> dict[tuple[str, str, str], float]:
    """Freight and the least sum of duties on a tonne, by two countries and material, by the cheapest open route."""
    days = books.span(books.periods[-1])
    rates = books.daily("duties", "rate")[:, days] * books.active("duties")[:, days]
    found: dict[tuple[str, str, str], float] = {}
    if not books.rows.routes:
        return found
    for route, freight, some in zip(
        books.rows.routes, _lowest(books, "routes", "freight"), _open(books, "routes", "capacity"), strict=True
    ):
        leaves, enters = route.from_country, route.to_country
        for name, goods in books.material.items() if some else ():
            if route.stage and goods.stage not in route.stage:
                continue
            due = np.zeros(days.stop - days.start)
            for number, row in enumerate(books.rows.duties if leaves != enters else ()):
                if row.destination == enters and row.origin in (leaves, "*") and row.goods in (name, goods.stage):
                    due += rates[number]
            usd = freight + 1000 * goods.unit_value * float(due.min())
            found[leaves, enters, name] = min(usd, found.get((leaves, enters, name), INFINITE))
    return found


def least(books: Books) -> Prices:
    """The least price of every material at every place in the last period: bought or made, and moved once or more."""
    at, carried = bought(books), moving(books)
    givers, takers = _givers(books), _takers(books)
    land = {place: books.country(place) for place in {place for place, _ in givers}.union(*takers.values())}
    toll: dict[tuple[str, str], float] = {}
    if books.rows.plants:
        for row, usd, some in zip(
            books.rows.plants, _lowest(books, "plants", "cost"), _open(books, "plants", "capacity"), strict=True
        ):
            if some and row.open > 0:
                toll[row.site, row.process] = min(usd, toll.get((row.site, row.process), INFINITE))
    for _ in range(ROUNDS):
        before = dict(at)
        _make(books, at, toll)
        best: dict[tuple[str, str], float] = defaultdict(lambda: INFINITE)
        for place, name in givers:
            usd = at[place, name]
            best[land[place], name] = min(best[land[place], name], usd)
        for (leaves, enters, name), usd in carried.items():
            for place in takers[name]:
                if land[place] == enters:
                    at[place, name] = min(at[place, name], best[leaves, name] + usd)
        if all(abs(usd - before.get(key, INFINITE)) <= CLOSE * usd for key, usd in at.items() if usd < INFINITE):
            break
    return at


def _givers(books: Books) -> set[tuple[str, str]]:
    """Places from which goods may leave: where they are sold or made, and pools where they are kept."""
    found = {(books.place(row.site, row.material), row.material) for row in books.rows.offers}
    for plant in books.rows.plants:
        for recipe, lines in books.need.items():
            if books.process[recipe] == plant.process:
                found |= {(books.place(plant.site, name), name) for name, tonnes in lines.items() if tonnes > 0}
    held = [(row.site, row.material) for row in books.rows.stocks]
    held += [(row.site, row.material) for row in books.rows.arrivals]
    return found | {(books.place(*key), key[1]) for key in held if books.material[key[1]].hub}


def _takers(books: Books) -> dict[str, set[str]]:
    """Places to which goods go, by material: where they are used or kept."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in books.rows.demand:
        for name in (material for product, material in books.ratio if product == row.product):
            found[name].add(books.place(row.site, name))
    for plant in books.rows.plants:
        for recipe, lines in books.need.items():
            for name in (
                name for name, tonnes in lines.items() if tonnes < 0 and books.process[recipe] == plant.process
            ):
                found[name].add(books.place(plant.site, name))
    for kept in books.rows.stocks:
        found[kept.material].add(books.place(kept.site, kept.material))
    return found


def _make(books: Books, at: Prices, toll: Mapping[tuple[str, str], float]) -> None:
    """What plants give, at their toll and the least price of what goes in, by value."""
    for site, process in toll:
        for recipe, lines in books.need.items():
            if books.process[recipe] != process:
                continue
            inputs = [-t * at[books.place(site, name), name] for name, t in lines.items() if t < 0]
            worth = sum(t * books.material[name].unit_value for name, t in lines.items() if t > 0)
            for name in (name for name, tonnes in lines.items() if tonnes > 0):
                usd = (toll[site, process] + sum(inputs)) * books.material[name].unit_value / worth
                key = books.place(site, name), name
                at[key] = min(at[key], usd)


def worth(books: Books) -> dict[tuple[str, str], float]:
    """What a tonne left on the last day is worth, by site and material: its value, or its least price if lower."""
    asked = [row for row in books.rows.stocks if row.terminal > 0]
    prices = least(books) if asked else {}
    return {
        (row.site, row.material): min(
            1000 * books.material[row.material].unit_value,
            prices.get((books.place(row.site, row.material), row.material), INFINITE),
        )
        for row in asked
    }


def missing(books: Books) -> dict[tuple[str, str], float]:
    """Tonnes said to be missing on the last day, by site and material."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for line in books.lines("stock_gaps"):
        if line.kind == "terminal":
            found[line.site, line.material] += line.tonnes
    return found


def closing(books: Books) -> float:
    """What is left on the last day, up to the terminal stock, is worth: taken off the cost."""
    gap, value = missing(books), worth(books)
    left = {(row.site, row.material): row.terminal for row in books.rows.stocks if row.terminal > 0}
    return -float(books.discount[-1] * sum(value[key] * (tonnes - gap[key]) for key, tonnes in left.items()))


def under_way(books: Books) -> Iterator[Fault]:
    """What is in stock and under way on the last day is the terminal stock, or the gap is in the table of gaps.

    Parameters
    ----------
    books : Books
    """
    transit = books.average("routes", "transit")
    sent: dict[Any, float] = defaultdict(float)
    for line in books.lines("shipments"):
        ways = arrivals(books, line, transit)
        sent[line.destination, line.material] += line.tonnes * (1 - sum(ways.values()))
    held: dict[Any, float] = defaultdict(float)
    for line in books.lines("stock"):
        if line.period == books.periods[-1]:
            held[line.site, line.material] += line.tonnes
    gap, there, target = missing(books), defaultdict[Any, float](float), defaultdict[Any, float](float)
    for row in books.rows.stocks:
        key, place = (row.site, row.material), ("terminal", books.place(row.site, row.material), row.material)
        target[place] += row.terminal
        there[place] += min(row.terminal, held[key] + gap[key])
    for name, place, material in target:
        there[name, place, material] += sent[place, material]
    yield from at_least("stock and the gap in it, t", there, target)
