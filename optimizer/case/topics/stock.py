"""Stock: what a buyer holds, and what is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import model_validator

from optimizer.case.checking import CaseCheck, Checked, are_known, other_than
from optimizer.case.kinds import Amount, Country, Day, Days, Name, Positive, is_pool
from optimizer.case.references import Ref
from optimizer.case.rows import Row
from optimizer.case.topics.demand import Demand
from optimizer.case.topics.goods import Material
from optimizer.faults import Fault, WrongError


class Stock(Row):
    """Inventory of a material at a site: what is there, what fits, what should be there."""

    key = ("site", "material")
    series = ("capacity", "holding", "cover", "reserve")
    befalls = ("capacity",)

    site: Annotated[Name, Ref("sites", hubs=True)]
    """Where: a site, or the hub of a country for what is kept there, such as `CN hub`."""
    material: Annotated[Name, Ref("materials")]
    """What."""
    origin: Country | None = None
    """Country where the opening stock was made; empty: the site's own, or the hub's."""
    opening: Amount
    """Tonnes on the first day."""
    capacity: Amount
    """Most that fits, t."""
    holding: Amount | None = None
    """Storage and insurance, USD per tonne and year of the mean of what is there when a period begins and ends (capital
    is counted by discounting). Empty only where the case asks for it to be assumed (`assume: [holding]`)."""
    cover: Days = 0.0
    """Target, in days: what is wanted of this product at this site in so many days after a period has ended. Its stock
    counts, and that of substitutes up to their share; a tonne counts for one product."""
    reserve: Amount = 0.0
    """Tonnes that only a declared emergency releases."""
    terminal: Amount = 0.0
    """Tonnes that should be left on the last day."""
    penalty: Amount = 0.0
    """What a tonne missing from cover, reserve or terminal stock costs, USD per tonne and year."""

    @model_validator(mode="after")
    def _within_capacity(self) -> Stock:
        for field in ("opening", "reserve", "terminal"):
            if getattr(self, field) > self.capacity:
                most, found = f"at most the capacity ({self.capacity:g} t)", f"{getattr(self, field):g} t"
                raise WrongError.of(field, most, found, "out-of-range")
        return self


class Arrival(Row):
    """Goods under way when the horizon begins."""

    key = ("site", "material", "origin", "on")

    site: Annotated[Name, Ref("sites", hubs=True)]
    """Where they arrive: a site, or the hub of a country for what is traded in hubs."""
    material: Annotated[Name, Ref("materials")]
    """What."""
    origin: Country
    """Country where they were made."""
    on: Day
    """The day they arrive."""
    tonnes: Positive
    """Tonnes that arrive."""


@dataclass(frozen=True)
class StockTables:
    """The tables of this topic."""

    stocks: tuple[Stock, ...] = ()
    arrivals: tuple[Arrival, ...] = ()


def _arrivals(case: Checked) -> Iterator[Fault]:
    """Goods that arrive outside the horizon."""
    calendar = case.calendar
    for row, place in case.placed(Arrival):
        if not calendar.start <= row.on < calendar.end:
            days = f"a day from {calendar.start} to before {calendar.end}"
            yield Fault.of(place, "on", days, row.on, "out-of-range")


def _holding(case: Checked) -> Iterator[Fault]:
    """Stock without a holding cost, where the case does not ask for one to be assumed."""
    for row, place in case.placed(Stock):
        if row.holding is None:
            expected = "a value (or `assume: [holding]` in case.yaml)"
            yield Fault.of(place, "holding", expected, "nothing", "missing-value")


def _covers(case: Checked) -> Iterator[Fault]:
    """Stock covers of what nobody uses. Said only where all names are known: the others are faults already."""
    wanted = {(row.site, row.product) for row in case.rows(Demand)}
    rows = [(row, place) for row, place in case.placed(Stock) if row.cover]
    used = wanted | {(row.site, row.material) for row, _ in rows}
    if are_known(case, "materials", used):
        for row, place in rows:
            if (row.site, row.material) not in wanted:
                known = {product for site, product in wanted if site == row.site}
                yield other_than(place, "cover", f"a product that site {row.site!r} demands", row.material, known)


def _in_hubs(case: Checked) -> Iterator[Fault]:
    """Stock in the hub of a country of what is not kept in hubs."""
    kept = {row.material: row.hub for row in case.rows(Material)}
    for row, place in case.placed(Stock):
        if is_pool(row.site) and not kept.get(row.material, True):
            what = f"a site, as {row.material} is not kept in hubs (materials, hub: true)"
            yield Fault.of(place, "site", what, row.site, "inconsistent")


def _stocks(case: Checked) -> Iterator[Fault]:
    """Stock targets that cost nothing to miss."""
    for row, place in case.placed(Stock):
        if (row.cover or row.reserve or row.terminal) and not row.penalty:
            yield Fault.of(place, "penalty", "above 0 with a cover, reserve or terminal target", 0)


CHECKS = (
    CaseCheck(_arrivals, horizon=True),
    CaseCheck(_holding),
    CaseCheck(_covers, (Demand,)),
    CaseCheck(_in_hubs, (Material,)),
    CaseCheck(_stocks),
)
"""What only shows when rows are read together."""
