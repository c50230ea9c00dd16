"""What a case says without a fault and can hardly mean: units mistaken, penalties that buy nothing, goods that vanish.

A finding is said and stops nothing. All are read from the tables alone, so that they stand beside faults too: a row
that names what is not there is passed over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.case.checking import NO_GAPS, Check, Gaps
from optimizer.case.topics.contracts import Contract
from optimizer.case.topics.demand import Demand, Substitution
from optimizer.case.topics.goods import Material, Recipe
from optimizer.case.topics.prices import PriceFormula, PriceIndex
from optimizer.case.topics.projects import Project
from optimizer.case.topics.stock import Arrival, Stock
from optimizer.case.topics.supply import Availability, Offer, Plant, Site
from optimizer.case.topics.transport import Duty, Route
from optimizer.faults import Finding
from optimizer.world.assumed import taken_findings
from optimizer.world.cheapest import Cheapest, Price
from optimizer.world.slips import content_findings, rate_findings, target_findings
from optimizer.world.timeline import Floats
from optimizer.world.unreached import reach_findings
from optimizer.world.ways import Ways

if TYPE_CHECKING:
    from optimizer.case.case import Case

THOUSAND = (250.0, 4000.0)
"""Between these ratios two prices are off by about 1,000: kilograms and tonnes are mistaken."""
PRICE = "price-off-unit-value"
MOST_CELLS = 200_000_000
"""Largest table, in rows times days, that is looked through."""
SHOWN = 1e-3
"""Tonnes that count."""


class Look(Ways):
    """The ways of a case, with what the cheapest tonne costs at their end."""

    @cached_property
    def cheapest(self) -> Cheapest:
        """The cheapest tonne of everything everywhere."""
        return Cheapest(self)


def off_by_1000(found: float, against: float) -> bool:
    """Whether two amounts, both above 0, differ by about 1,000.

    Parameters
    ----------
    found, against : float
        In one unit.
    """
    if found <= 0 or against <= 0:
        return False
    ratio = max(found / against, against / found)
    return THOUSAND[0] <= ratio <= THOUSAND[1]


def _prices(ways: Ways) -> Iterator[Finding]:
    """Prices off by about 1,000 from the unit value of their material, or a unit value off from all of them."""
    priced: dict[str, list[tuple[str, str, str, float]]] = defaultdict(list)
    offers = ways.case.by.offers
    for table, columns in (("offers", ("price",)), ("contracts", ("price", "floor"))):
        for row, place in ways.rows(table):
            for column in columns:
                if row.offer in offers and getattr(row, column):
                    priced[offers[row.offer].material].append((table, place, column, getattr(row, column)))
    for row, place in ways.rows("materials"):
        found, worth = priced[row.material], row.unit_value * 1000
        wrong = [some for some in found if off_by_1000(some[-1], worth)]
        if len(wrong) == len(found) > 1 and len({price > worth for *_, price in found}) == 1:
            yield _value_off(row, place, [price for *_, price in found])
        else:
            yield from (_price_off(row, *some) for some in wrong)


def _made(ways: Look) -> Iterator[Finding]:
    """Unit values off by about 1,000 from what it costs to make a material that nobody sells."""
    sold = {row.material for row in ways.case.tables.offers}
    for row, place in ways.rows("materials"):
        made = [ways.cheapest.at.get((source.place, row.material)) for source in ways.sources.get(row.material, ())]
        prices = [price for price in made if price is not None]
        if row.material in sold or not prices:
            continue
        least = min(prices, key=lambda price: price.usd)
        if off_by_1000(least.usd, row.unit_value * 1000):
            more = "less" if least.usd < row.unit_value * 1000 else "more"
            text = (
                f"unit_value: {_value(row)}; the cheapest tonne made costs about 1,000 times {more} "
                f"({least.usd:,.0f} USD/t, {least.says})."
            )
            suggest = f"Is it in USD/t ({row.unit_value / 1000:,.6g} USD/kg)?" if more == "less" else ""
            expected = least.usd / 1000
            yield Finding(PRICE, place, text, "materials", "unit_value", row.unit_value, expected, "USD/kg", suggest)


def _value_off(row: Any, place: str, prices: list[float]) -> Finding:
    """A unit value from which all prices of its material are off by as much."""
    more = prices[0] > row.unit_value * 1000
    text = (
        f"unit_value: {_value(row)}; all {len(prices)} prices of {row.material} are about 1,000 times "
        f"{'more' if more else 'less'} ({min(prices):,.6g} to {max(prices):,.6g} USD/t)."
    )
    meant = row.unit_value * 1000 if more else row.unit_value / 1000
    suggest = f"Is it in {'thousand USD/kg' if more else 'USD/t'} ({meant:,.6g} USD/kg)?"
    expected = float(np.median(prices)) / 1000
    return Finding(PRICE, place, text, "materials", "unit_value", row.unit_value, expected, "USD/kg", suggest)


def _price_off(row: Any, table: str, place: str, column: str, price: float) -> Finding:
    """A price off by about 1,000 from the unit value of its material."""
    more = price > row.unit_value * 1000
    text = (
        f"{column}: {price:,.10g} USD/t is about 1,000 times {'more' if more else 'less'} than the unit value of "
        f"{row.material} ({_value(row)})."
    )
    meant = price / 1000 if more else price * 1000
    suggest = f"Is it in {'USD per thousand t' if more else 'USD/kg'} ({meant:,.10g} USD/t), or is the unit value off?"
    return Finding(PRICE, place, text, table, column, price, row.unit_value * 1000, "USD/t", suggest)


def _value(row: Any) -> str:
    """A unit value per kilogram and per tonne."""
    return f"{row.unit_value:,.6g} USD/kg, which is {row.unit_value * 1000:,.10g} USD/t"


def _penalties(ways: Look) -> Iterator[Finding]:
    """Penalties below the cheapest delivered price, at which going short is cheaper than buying."""
    for row, place in ways.rows("demand"):
        if row.penalty is None or not row.tonnes or not ways.known(row.site, row.product):
            continue
        price = ways.cheapest.delivered(row.site, row.product)
        if price is None or row.penalty >= price.usd:
            continue
        text = (
            f"penalty: {row.penalty:,.10g} USD/t is below the cheapest {row.product} that reaches {row.site} "
            f"({price.usd:,.0f} USD/t, {price.says}): going short is cheaper, so nothing is bought."
        )
        suggest = f"Is it per kg ({row.penalty * 1000:,.10g} USD/t)?" if row.penalty * 1000 >= price.usd else ""
        yield Finding("penalty-below-price", place, text, "demand", "penalty", row.penalty, price.usd, "USD/t", suggest)


def _transit(ways: Ways) -> Iterator[Finding]:
    """A shortest transit to the buyer that is longer than the last period."""
    case, calendar = ways.case, ways.calendar
    to = {ways.country[row.site] for row in case.tables.demand if row.site in ways.country}
    from_ = {source.country for sources in ways.sources.values() for source in sources}
    days = ways.timelines.series("routes", "transit")
    used = [n for pair, some in ways.routes.items() if pair[0] in from_ and pair[1] in to for n in some]
    if not used:
        return
    number = min(used, key=lambda some: float(days[some].min()))
    row, shortest, last = case.tables.routes[number], float(days[number].min()), float(calendar.lengths[-1])
    if shortest > last:
        text = (
            f"transit: the shortest to a buyer ({row.from_country} to {row.to_country}, {shortest:g} days) is longer "
            f"than the last period ({calendar.label(len(calendar.periods) - 1)}, {last:g} days): what leaves in it is "
            "still under way at the end."
        )
        yield Finding(
            "transit-beyond-period", ways.rows("routes")[number][1], text, "routes", "transit", shortest, last, "days"
        )


def _terminal(ways: Look) -> Iterator[Finding]:
    """Stock that the plan would run down to 0, as nothing asks for any at the end."""
    years = float(ways.calendar.years[-1])
    for row, place in ways.rows("stocks"):
        if row.terminal or row.opening <= SHOWN or not ways.known(row.site, row.material):
            continue
        where, hub = ways.place(row.site, row.material), ways.materials[row.material].hub
        if where not in ways.used.get(row.material, ()):
            continue
        if not hub and _use(ways, row.site, row.material).sum() < row.opening:
            continue  # not all of it can be used
        price = ways.cheapest.at.get((where, row.material), Price(ways.materials[row.material].unit_value * 1000, ""))
        if (row.cover or row.reserve) and row.penalty * years >= price.usd:
            continue  # leaving the target unmet in the last period costs more than a tonne saves
        text = (
            f"terminal: 0 t are asked for at the end, so the plan would use up the {row.opening:,.6g} t of "
            f"{row.material} that are there on the first day, and they count as free."
        )
        suggest = f"Is as much meant to be left as there was ({row.opening:,.6g} t)?"
        yield Finding("stock-run-down", place, text, "stocks", "terminal", row.terminal, row.opening, "t", suggest)


def _arrivals(ways: Ways) -> Iterator[Finding]:
    """Goods that arrive where neither use nor stock has room for them, so that they vanish."""
    case, calendar = ways.case, ways.calendar
    arriving: dict[tuple[str, str], Floats] = {}
    first: dict[tuple[str, str], str] = {}
    for row, place in ways.rows("arrivals"):
        if not ways.known(row.site, row.material) or ways.materials[row.material].hub:
            continue
        key = (row.site, row.material)
        if any(source.site == row.site for source in ways.sources.get(row.material, ())):
            continue  # a place that sells it may ship it on
        tonnes = arriving.setdefault(key, np.zeros(len(calendar.periods)))
        if calendar.start <= row.on < calendar.end:
            tonnes[int(np.searchsorted(calendar.offsets, calendar.day(row.on), side="right")) - 1] += row.tonnes
        first.setdefault(key, place)
    for (site, material), tonnes in arriving.items():
        use = _use(ways, site, material)
        stock = next((n for n, r in enumerate(case.tables.stocks) if (r.site, r.material) == (site, material)), None)
        room = np.zeros(len(use)) if stock is None else ways.timelines.mean("stocks", "capacity")[stock]
        level = 0.0 if stock is None else case.tables.stocks[stock].opening
        lost, told = 0.0, ""
        for period in calendar.periods:
            there = level + tonnes[period]
            left = max(0.0, there - use[period])
            level = min(left, room[period])
            if left - level > SHOWN:
                lost += left - level
                told = told or (
                    f"tonnes: in {calendar.label(period)} {there:,.6g} t of {material} are at {site}, of which "
                    f"{min(there, use[period]):,.6g} t can be used and {level:,.6g} t stored"
                )
        if told:
            text = f"{told}: by the end {lost:,.6g} t vanish."
            yield Finding("arrivals-do-not-fit", first[site, material], text, "arrivals", "tonnes", lost, 0.0, "t")


def _use(ways: Ways, site: str, material: str) -> Floats:
    """Most tonnes of a material that a site can use in each period: its demand, and what its plants take."""
    case = ways.case
    use = np.zeros(len(ways.calendar.periods))
    wanted = ways.timelines.total("demand", "tonnes")
    for row, tonnes in zip(case.tables.demand, wanted, strict=True):
        if row.site != site:
            continue
        if row.product == material:
            use += tonnes
        use += sum(
            (
                tonnes * some.max_share / some.ratio * allowed
                for name, some, allowed in ways.stands_in.get(row.product, ())
                if name == material
            ),
            np.zeros_like(use),
        )
    runs = ways.timelines.total("plants", "capacity")
    added = sum(row.capacity for row in case.tables.projects if row.kind == "expand" and row.site == site)
    for plant, tonnes in zip(case.tables.plants, runs, strict=True):
        if plant.site == site:
            each = max((-lines.get(material, 0.0) for lines in ways.recipes.get(plant.process, ())), default=0.0)
            use += max(each, 0.0) * (tonnes + added * ways.calendar.years)
    return use


def _enlarged(ways: Look) -> Iterator[Finding]:
    """Expansions of plants that have no capacity on any day, so that nothing is there to be enlarged."""
    for row, place in ways.rows("projects"):
        plant = ways.plants.get((row.site, row.process or ""))
        if row.kind == "expand" and plant is not None and not plant.any():
            text = f"enlarges {row.process} at {row.site}, which has no capacity on any day: nothing opens there."
            suggest = "Give the plant a row with a capacity above 0 from the day it stands."
            yield Finding("nothing-to-enlarge", place, text, "projects", "process", suggest=suggest)


def _flat(ways: Look) -> Iterator[Finding]:
    """Indices whose last value stands before the end of the horizon, where it stays."""
    last: dict[str, tuple[PriceIndex, str]] = {}
    for row, place in ways.rows("price_indices"):
        if row.index not in last or last[row.index][0].from_ < row.from_:
            last[row.index] = row, place
    used = {row.index for row, _ in ways.rows("price_formulas")}
    for name, (row, place) in last.items():
        if name in used and row.from_ < ways.calendar.end:
            text = f"{name} stays at its last value, {row.value:g}, from {row.from_} on."
            yield Finding("index-stays", place, text, "price_indices", "value", found=row.value)


_MADE = (Material, Site, Recipe, Plant, Offer)
"""Tables that say what can be made or bought where."""
_BOUGHT = (*_MADE, Contract, Route, Duty)
"""Those that say what it costs to make and to buy, and to bring home."""
CaseFinding = Check[Look, Finding]
FINDINGS = (
    CaseFinding(_prices, (Material,)),
    CaseFinding(_made, _BOUGHT),
    CaseFinding(reach_findings, (*_MADE, Route, Stock, Arrival, Substitution, Project, Availability)),
    CaseFinding(_enlarged, (Site, Plant, Project)),
    CaseFinding(_flat, (PriceIndex, PriceFormula)),
    CaseFinding(_penalties, (*_BOUGHT, Substitution)),
    CaseFinding(rate_findings),
    CaseFinding(target_findings),
    CaseFinding(content_findings, (Material, Offer)),
    CaseFinding(_transit, (Site, Offer, Plant, Route)),
    CaseFinding(_terminal, (Material, Site, Stock, Recipe)),
    CaseFinding(_arrivals, (*_MADE, Demand, Stock, Substitution, Project)),
)
"""Every finding of a case."""


def case_findings(case: Case, gaps: Gaps = NO_GAPS) -> list[Finding]:
    """All that a case says without a fault and can hardly mean.

    Parameters
    ----------
    case : Case
        May have faults: rows that could not be read are not in it.
    gaps : Gaps
        What could not be read, or is at fault.

    Returns
    -------
    list of Finding
    """
    told = [*case.said, *taken_findings(case)]
    if gaps.horizon or case.calendar.days * max(len(rows) for _, rows in case.tables.items()) > MOST_CELLS:
        return told
    ways = Look(case)
    return [*told, *(found for check in FINDINGS if check.possible(gaps) for found in check.find(ways))]
