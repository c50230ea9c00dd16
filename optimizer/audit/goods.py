"""Audit of goods: nothing is made of nothing, and what comes in goes out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from pandas.api.types import is_numeric_dtype

from optimizer.audit.books import Books, Floats, at_least, equal
from optimizer.audit.cells import text_of
from optimizer.audit.holds import let_go, waiting
from optimizer.audit.rules import Rules
from optimizer.faults import Fault

SIGNED = ("usd_per_unit", "cost_usd", "sale_usd_per_t", "income_usd", "hangs_usd")
"""Numbers of a plan that may be below zero; the auditor's own list, as every other number is an amount."""
MAYBE_EMPTY = (("decisions", "price_usd_per_t"), ("decisions", "worth_usd"))
"""Tables and columns of numbers in which there may be none."""


def by_seller(books: Books, line: Any, terms: str) -> bool:
    """Whether a shipment leaves a seller on terms that begin with one of some letters, or that are `DDP`.

    Parameters
    ----------
    books : Books
    line : Any
        A row of the table of shipments.
    terms : {'CD', 'DDP'}
    """
    said = {row.incoterm for row in books.rows.offers if (row.site, row.material) == (line.origin, line.material)}
    return any(term == terms if terms == "DDP" else term[0] in terms for term in said)


def route_of(books: Books, line: Any) -> int | None:
    """The row of the route that a shipment goes; None where there is none.

    Parameters
    ----------
    books : Books
    line : Any
        Says places, material and mode; a cell that is empty is read as no number.
    """
    leaves, enters, stage = (
        books.country(line.origin),
        books.country(line.destination),
        books.material[line.material].stage,
    )
    way = leaves, enters, text_of(line.mode)
    for number, row in enumerate(books.rows.routes):
        if (row.from_country, row.to_country, row.mode) == way and (not row.stage or stage in row.stage):
            return number
    return None


def arrivals(books: Books, line: Any, transit: Floats) -> dict[int, float]:
    """Share of what leaves evenly over a period that arrives in it and in each later one; none after the last day.

    What customs hold comes to the border evenly, and is on its way once it has left that.

    Parameters
    ----------
    books : Books
    line : Any
        Says places, material and mode, and the period in which it leaves.
    transit : array
        Days on the way, shape (routes, periods).

    Returns
    -------
    dict of int to float
        Share, 0 to 1, by the period of arrival; empty where there is no route or no such period.
    """
    number, leaves = route_of(books, line), line.period
    if number is None or leaves < 0:
        return {}
    days = transit[number, leaves]
    if (waits := waiting(books, line)) is not None:
        return _let_go(books, leaves, float(days), waits)
    first, last = books.first[leaves] + days, books.first[leaves + 1] + days
    shares = {}
    for arrives in books.periods[leaves:]:
        overlap = min(last, books.first[arrives + 1]) - max(first, books.first[arrives])
        if overlap > 0:
            shares[arrives] = overlap / (last - first)
    return shares


def _let_go(books: Books, leaves: int, days: float, waits: Floats) -> dict[int, float]:
    """The same of what waits at the border: by its share that has left that so many days before each period ends."""
    first, last = books.first[leaves], books.first[leaves + 1]
    found, before = {}, 0.0
    for arrives in books.periods[leaves:]:
        gone = min(max(let_go(waits, books.first[arrives + 1] - days), first), last)
        if (there := (gone - first) / (last - first)) > before:
            found[arrives], before = there - before, there
    return found


def mass(books: Books, rules: Rules) -> Iterator[Fault]:
    """What comes in is what goes out and what is thrown away, of every material and exposure, place and period.

    Parameters
    ----------
    books : Books
    rules : Rules
    """
    net: dict[Any, float] = defaultdict(float)
    for row in books.rows.stocks:
        origin = row.origin or books.country(row.site)
        net[books.place(row.site, row.material), row.material, rules.made_in(origin, row.material), 0] += row.opening
    for goods in books.rows.arrivals:
        period = max(n for n in books.periods if books.bounds[n] <= goods.on)
        made = rules.made_in(goods.origin, goods.material)
        net[books.place(goods.site, goods.material), goods.material, made, period] += goods.tonnes
    for line in books.lines("purchases"):
        offer = books.offer[line.offer]
        exposure = rules.bought(offer)
        net[books.place(offer.site, offer.material), offer.material, exposure, line.period] += line.tonnes
    for line in books.lines("production"):
        for material, tonnes in books.need[line.recipe].items():
            if tonnes > 0:
                made = rules.made_at(line.site, material, line.exposure)
                net[books.place(line.site, material), material, made, line.period] += tonnes * line.activity_t
    for line in books.lines("consumption"):
        net[books.place(line.site, line.material), line.material, line.exposure, line.period] -= line.tonnes
    for line in books.lines("deliveries"):
        net[books.place(line.site, line.material), line.material, line.exposure, line.period] -= line.tonnes
    for line in books.lines("sales"):
        net[line.at, line.material, line.exposure, line.period] -= line.tonnes
    for line in books.lines("discarded"):
        net[line.place, line.material, line.exposure, line.period] -= line.tonnes
    _moved(books, rules, net)
    yield from equal("mass that does not close", net, {})


def _moved(books: Books, rules: Rules, net: dict[Any, float]) -> None:
    """What is shipped, used as more exposed, or kept to the next period."""
    transit = books.average("routes", "transit")
    for line in books.lines("shipments"):
        net[line.origin, line.material, line.exposure, line.period] -= line.tonnes
        ways = arrivals(books, line, transit)
        for arrives, share in ways.items():
            net[line.destination, line.material, line.exposure, arrives] += share * line.tonnes
    for line in books.lines("reclassified"):
        cleaner, exposed = rules.names(line.exposure), rules.names(line.used_as)
        net[line.place, line.material, line.exposure, line.period] -= line.tonnes
        if cleaner < exposed:
            net[line.place, line.material, line.used_as, line.period] += line.tonnes
    for line in books.lines("stock"):
        place = books.place(line.site, line.material)
        net[place, line.material, line.exposure, line.period] -= line.tonnes
        if line.period + 1 < len(books.periods):
            net[place, line.material, line.exposure, line.period + 1] += line.tonnes


def recipes(books: Books, rules: Rules) -> Iterator[Fault]:
    """Every lot consumes what its recipe needs.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    should: dict[Any, float] = defaultdict(float)
    found: dict[Any, float] = defaultdict(float)
    for line in books.lines("production"):
        for material, tonnes in books.need[line.recipe].items():
            if tonnes < 0:
                should[line.site, line.recipe, line.exposure, material, line.period] -= tonnes * line.activity_t
    for line in books.lines("consumption"):
        found[line.site, line.recipe, line.lot, line.material, line.period] += line.tonnes
    yield from equal("recipe that is not kept", found, should)


def amounts(books: Books, rules: Rules) -> Iterator[Fault]:
    """No amount is below zero: whatever a table of the plan says in numbers, save prices of rows and sums of money.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    for name, table in books.tables.items():
        for column in (str(some) for some in table.columns if is_numeric_dtype(table[some]) and some not in SIGNED):
            empty = table[column].isna() & ((name, column) in MAYBE_EMPTY)
            found = {
                (name, f"row {row + 2}"): amount for row, amount in enumerate(table[column]) if not empty.iloc[row]
            }
            yield from at_least(column, found, dict.fromkeys(found, 0.0), 1e-6)


CHECKS = (amounts, mass, recipes)
"""Every audit of the topic."""
