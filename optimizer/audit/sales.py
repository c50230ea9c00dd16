"""Audit of sales: only what is left over is sold, and what must be treated is not thrown away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from optimizer.audit.books import Books, at_most, equal
from optimizer.audit.cells import text_of
from optimizer.audit.goods import arrivals
from optimizer.audit.rules import Rules
from optimizer.faults import Fault

CENT = 0.01
EXACT = 1e-9
"""Relative error of a sum of millions of USD."""
SLACK = 1e-5
"""Tonnes by which sums of many small flows may be off: tables leave out rows below a millionth."""
Key = tuple[str, str, str]
"""Material, place and buyer of a sale."""
FROM_THE_MINE = ("ore", "concentrate", "carbonate", "oxide", "metal", "alloy", "magnet")
"""Stages in their order."""


def key_of(line: Any) -> Key:
    """Whom a line of the plan sells to.

    Parameters
    ----------
    line : Any
    """
    return line.material, line.place, text_of(line.buyer)


def paid(books: Books) -> dict[Any, float]:
    """What each buyer pays, USD/t, by material, place, buyer and period."""
    return books.weighed("sales", "price", ("material", "place", "buyer"), books.daily("sales", "tonnes"))


def income(books: Books) -> float:
    """What is sold, at its price: taken off the cost, USD, discounted to the first day."""
    price = paid(books)
    return -float(
        sum(
            books.discount[line.period] * price[*key_of(line), line.period] * line.tonnes
            for line in books.lines("sales")
        )
    )


def sales(books: Books, rules: Rules) -> Iterator[Fault]:
    """Buyers take no more than they take, where they take it, at their price; what they treat is not thrown away.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    price = paid(books)
    sold: dict[Any, float] = defaultdict(float)
    said: dict[Any, float] = {}
    mine: dict[Any, float] = {}
    for number, line in enumerate(books.lines("sales")):
        key = (*key_of(line), line.period)
        sold[key] += line.tonnes
        said[(*key, number)], mine[(*key, number)] = line.sale_usd_per_t, price[key]
        said[("income", *key, number)], mine[("income", *key, number)] = line.income_usd, price[key] * line.tonnes
        if line.at not in _at(books, line.place, line.material):
            yield Fault(f"sale at {line.place}", f"expected goods there, found some at {line.at}", code="disagrees")
    yield from equal("sale, USD/t", said, mine, CENT, EXACT)
    taken = books.keyed("sales", books.per_year("sales", "tonnes"), "material", "place", "buyer")
    yield from at_most("sold, t", sold, taken)
    yield from at_most("thrown away of what must be treated, t", *_treated(books))


def _at(books: Books, place: str, material: str) -> set[str]:
    """Places at which a buyer takes a material."""
    sites = [place] if place in books.site else [row.site for row in books.rows.sites if row.country == place]
    return {books.place(site, material) for site in sites} or {place}


def _treated(books: Books) -> tuple[dict[Any, float], dict[Any, float]]:
    """What is thrown away where it must be treated on all days of a period, and that nothing may be."""
    must = (books.daily("sales", "price") < 0) * books.active("sales")
    rows: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(books.rows.sales):
        for place in _at(books, row.place, row.material):
            rows[place, row.material].append(number)
    found: dict[Any, float] = defaultdict(float)
    for line in books.lines("discarded"):
        numbers = rows.get((line.place, line.material), [])
        if numbers and must[numbers, books.span(line.period)].max(axis=0).all():
            found[line.place, line.material, line.period] += line.tonnes
    return found, dict.fromkeys(found, 0.0)


def left_over(books: Books, rules: Rules) -> Iterator[Fault]:
    """What is sold off the markets fell beside what is wanted, or was in stock and need not be left there.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    market = {(row.material, row.place, row.buyer) for row in books.rows.sales if row.market}
    price = paid(books)
    sold: dict[Any, float] = defaultdict(float)
    for line in books.lines("sales"):
        if key_of(line) not in market and price[*key_of(line), line.period] >= 0 and not _decided(books, line.period):
            sold[line.material] += line.tonnes
    rest = _at_hand(books)
    wanted: dict[Any, float] = defaultdict(float)
    made: dict[Any, float] = defaultdict(float)
    kept: dict[Any, float] = defaultdict(float)
    moved: dict[Any, float] = defaultdict(float)
    transit = books.average("routes", "transit")
    for line in books.lines("wanted"):
        if text_of(line.recipe):
            lines = books.need[line.recipe]
            activity = line.tonnes / lines[line.material]
            made[line.place, line.recipe, line.period] += activity
            wanted[books.place(line.place, line.material), line.material, line.period] += line.tonnes
            if not _over(books, line.period) or books.answer == "":
                for name, tonnes in lines.items():
                    rest[name] += tonnes * activity if tonnes > 0 and name != line.material else 0.0
            if line.material not in _wantable(books, line.recipe):
                yield Fault(
                    f"wanted of {line.recipe}", f"expected no {line.material}, which leads back", code="disagrees"
                )
        elif text_of(line.to):
            moved[line.place, line.to, text_of(line.mode), line.material, line.period] += line.tonnes
            ways = arrivals(books, _Way(line.place, line.to, line.material, line.mode, line.period), transit)
            for arrives, share in ways.items():
                wanted[line.to, line.material, arrives] += share * line.tonnes
            wanted[line.place, line.material, line.period] -= sum(ways.values()) * line.tonnes
        else:
            kept[line.place, line.material, line.period] += line.tonnes
            wanted[line.place, line.material, line.period] -= line.tonnes
            if line.period < books.periods[-1]:  # what is kept on the last day is terminal stock
                wanted[line.place, line.material, line.period + 1] += line.tonnes
    yield from at_most("sold of what is left over, t", sold, rest, SLACK)
    yield from at_most("moved as wanted, t", moved, _shipped(books), SLACK)
    yield from at_most("kept as wanted, t", kept, _in_stock(books), SLACK)
    yield from at_most("made as wanted, t of activity", made, _run(books), SLACK)
    yield from at_most("wanted, t", wanted, _taken_up(books, market), SLACK)


class _Way(NamedTuple):
    """What says which route goods go, and when they leave."""

    origin: str
    destination: str
    material: str
    mode: Any
    period: int


def _over(books: Books, period: int) -> bool:
    """Whether a reaction had decided a period when news came; what was sold in it was left over then."""
    news = books.days.news
    return news is not None and books.answer != "foresight" and bool(books.bounds[period + 1] <= news)


def _at_hand(books: Books) -> dict[Any, float]:
    """Stock that need not be left on the last day: of the first day, or when news came."""
    found: dict[Any, float] = defaultdict(float)
    over = [period for period in books.periods if _over(books, period)]
    asked = {(row.site, row.material) for row in books.rows.stocks if row.terminal > 0}
    for line in books.lines("stock"):
        if over and line.period == over[-1] and (line.site, line.material) not in asked:
            found[line.material] += line.tonnes
    for row in books.rows.stocks if not over or books.answer == "" else ():
        found[row.material] += max(0.0, row.opening - row.terminal)
    return found


def _decided(books: Books, period: int) -> bool:
    """Whether a reaction had decided some of a period when news came, when what was sold was left over."""
    news = books.days.news
    return news is not None and books.answer != "foresight" and bool(books.bounds[period] < news)


def _wantable(books: Books, recipe: str) -> set[str]:
    """Outputs that a recipe may be run for: of the latest stage, and none of which its inputs can be made again."""
    leads = {name: _latest(books, name) for name in books.need}
    inputs = {name for name, tonnes in books.need[recipe].items() if tonnes < 0}
    found = set()
    for output in leads[recipe]:
        reached = {output}
        for _ in books.material:
            reached |= {
                other
                for some, lines in books.need.items()
                if any(lines.get(n, 0.0) < 0 for n in reached)
                for other in leads[some]
            }
        if not reached & inputs:
            found.add(output)
    return found


def _latest(books: Books, recipe: str) -> set[str]:
    """Outputs of a recipe that have come furthest from the mine; scrap has come nowhere."""
    far = {
        name: -1 if books.material[name].stage == "scrap" else FROM_THE_MINE.index(books.material[name].stage)
        for name, tonnes in books.need[recipe].items()
        if tonnes > 0
    }
    return {name for name, rank in far.items() if rank == max(far.values())}


def _shipped(books: Books) -> dict[Any, float]:
    """What leaves a place for another, by mode, material and period."""
    found: dict[Any, float] = defaultdict(float)
    for line in books.lines("shipments"):
        found[line.origin, line.destination, text_of(line.mode), line.material, line.period] += line.tonnes
    return found


def _in_stock(books: Books) -> dict[Any, float]:
    """What is in stock by place, material and period; on the last day, what terminal stock was built."""
    found: dict[Any, float] = defaultdict(float)
    last = books.periods[-1]
    for line in books.lines("stock"):
        if line.period < last:
            found[books.place(line.site, line.material), line.material, line.period] += line.tonnes
    for row in books.rows.stocks:
        found[books.place(row.site, row.material), row.material, last] += max(0.0, row.terminal - row.opening)
    return found


def _run(books: Books) -> dict[Any, float]:
    """Activity by site, recipe and period."""
    found: dict[Any, float] = defaultdict(float)
    for line in books.lines("production"):
        found[line.site, line.recipe, line.period] += line.activity_t
    return found


def _taken_up(books: Books, market: set[Key]) -> dict[Any, float]:
    """What is delivered, sold on a market or eaten as wanted, by place, material and period."""
    found: dict[Any, float] = defaultdict(float)
    for line in books.lines("deliveries"):
        found[books.place(line.site, line.material), line.material, line.period] += line.tonnes
    for line in books.lines("sales"):
        if key_of(line) in market:
            found[line.at, line.material, line.period] += line.tonnes
    for line in books.lines("wanted"):
        if text_of(line.recipe):
            lines = books.need[line.recipe]
            for name in (name for name, tonnes in lines.items() if tonnes < 0):
                eaten = -lines[name] * line.tonnes / lines[line.material]
                found[books.place(line.place, name), name, line.period] += eaten
    return found


CHECKS = (sales, left_over)
"""Every audit of the topic."""
