"""Supply: sites, what their plants do, what they offer, and what others leave of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import Field, model_validator

from optimizer.case.checking import CaseCheck, Checked
from optimizer.case.kinds import (
    Amount,
    AnyCountry,
    Country,
    Day,
    Flag,
    Name,
    Number,
    OwnId,
    PaymentDays,
    Share,
    SiteName,
    Stage,
    Whole,
)
from optimizer.case.labels import Label
from optimizer.case.references import Defines, Ref
from optimizer.case.rows import Row
from optimizer.case.topics.goods import Material, Recipe, main_products
from optimizer.faults import Fault, WrongError


class Site(Row):
    """A place run by a company."""

    key = ("site",)

    site: Annotated[SiteName, Defines("sites")]
    """Its name."""
    company: Annotated[str, Defines("companies")]
    """Who runs it."""
    country: Annotated[Country, Defines("countries")]
    """Where it is, ISO 3166 alpha-2."""
    owner: Annotated[Country, Defines("owners")]
    """Country of who controls it, ISO 3166 alpha-2."""
    parent: Annotated[str, Defines("parents")] = ""
    """Company that holds most of the one that runs it; empty: none is known."""
    parent_share: Share = 0.0
    """Share that the parent holds."""
    latitude: Annotated[Number | None, Field(ge=-90, le=90)] = None
    """Where it lies, degrees north, for the map of the report; empty: drawn in the middle of its country."""
    longitude: Annotated[Number | None, Field(ge=-180, le=180)] = None
    """Degrees east; given with the latitude or not at all."""
    label: Label = ""
    """What people call it, such as ``JL Mag (Ganzhou)``; without a name the row gets one
    made of it; other tables may name it so too."""
    ref: OwnId = ""
    """The caller's own id of it, given back in `awards`; nothing else reads it."""

    @model_validator(mode="after")
    def _both_or_neither(self) -> Site:
        if (self.latitude is None) != (self.longitude is None):
            raise WrongError("latitude, longitude: expected both or neither")
        return self


LeadDays = Annotated[Whole, Field(ge=0, le=730)]
"""Whole days from an order to when it leaves."""
Ordered = TypeVar("Ordered", "Plant", "Offer")


def _with_lead(row: Ordered) -> Ordered:
    """A row of plants or offers, of which something may be ordered before only where an order takes time."""
    if row.ordered and not row.lead:
        raise WrongError("ordered: expected with a lead only", column="ordered")
    return row


class Plant(Row):
    """A process at a site; rows with later dates step its capacity up or down."""

    key = ("site", "process", "from_")
    series = ("capacity", "cost")
    steps = True
    alike = ("ramp", "running", "lead", "ordered", "payment_days")

    site: Annotated[Name, Ref("sites")]
    """Where."""
    process: Annotated[Name, Ref("processes")]
    """What it does."""
    from_: Annotated[Day, Field(alias="from")]
    """The day this step begins."""
    capacity: Amount
    """Tonnes of activity per year, all customers together."""
    cost: Amount
    """Conversion (tolling) price, USD per tonne of activity; for a mine, the price of its concentrate."""
    technology_origin: Country | None = None
    """Country whose technology the plant depends on, where a control may reach it."""
    open: Share = 1.0
    """Share of the capacity that is for sale to others than its owner; 0: it counts in shares of capacity only."""
    ramp: Share | None = None
    """Most by which its activity for this buyer rises from one period to the next, as a share of the capacity for this
    buyer in it, with what projects have added; of a period that is cut in parts each part has its days of it. Empty: at
    once."""
    running: Amount | None = None
    """Its activity for this buyer before the first day, t/year, from which the first period rises; only with a ramp.
    Empty: the first period is free."""
    lead: LeadDays = 0
    """Days from an order to when it leaves. In so many days after the first nothing is made but what was ordered
    before; in a reaction, in so many days after the news, no more than what the plan would have made in them."""
    ordered: Amount = 0.0
    """Tonnes of activity ordered before the first day, made evenly over the days of the lead at most."""
    payment_days: PaymentDays = 0
    """Days after delivery on which it is paid, below 0 before: what is paid later is worth less by the discount of the
    case."""
    formula: Annotated[Name, Ref("formulas")] | None = None
    """Formula of indices that is added to the cost, which is then its fixed part; 0 where all of it is indexed."""
    currency: Literal["USD", "EUR", "CNY", "JPY", "KRW"] = "USD"
    """Currency of the cost and of the formula's floor and cap; another than USD is an index of its name."""

    @model_validator(mode="after")
    def _running_with_a_ramp(self) -> Plant:
        if self.running is not None and self.ramp is None:
            raise WrongError("running: expected with a ramp only", column="running")
        return self

    @model_validator(mode="after")
    def _ordered_with_a_lead(self) -> Plant:
        return _with_lead(self)


class Offer(Row):
    """A material a site sells on the spot.

    Several rows of one seller and material are its price blocks: so many tonnes at each price, the cheapest first.
    """

    key = ("offer",)
    series = ("price", "capacity")

    offer: Annotated[Name, Defines("offers")]
    """Its name."""
    site: Annotated[Name, Ref("sites")]
    """Who sells."""
    material: Annotated[Name, Ref("materials")]
    """What."""
    price: Amount
    """USD/t at the seller's gate; of what may leave the country, with any export charge."""
    capacity: Amount
    """Tonnes per year, all customers together."""
    home: Flag = False
    """True: sold without export charge, for use in the seller's country only."""
    from_: Annotated[Day | None, Field(alias="from")] = None
    """First day; empty: from the start."""
    until: Day | None = None
    """First day no longer offered; empty: to the end."""
    label: Label = ""
    """What people call it; other tables may name it so too."""
    lead: LeadDays = 0
    """Days from an order to when it leaves. In so many days after the first nothing leaves but what was ordered before;
    in a reaction, in so many days after the news, what the plan would have had leave, at the price of that day."""
    ordered: Amount = 0.0
    """Tonnes ordered before the first day: they are bought, evenly over the days of the lead, less what events take."""
    payment_days: PaymentDays = 0
    """Days after delivery on which it is paid, below 0 before: what is paid later is worth less by the discount of the
    case."""
    incoterm: Literal["EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"] = "EXW"
    """What its price holds. `EXW`, `FCA`, `FAS`, `FOB`: the buyer pays freight and duty. `CFR`, `CIF`, `CPT`, `CIP`,
    `DAP`, `DPU`: the seller pays the freight of the way on which the goods leave it. `DDP`: its duties too. What is
    sold under contract goes as the offer does. Insurance is no cost of its own, whoever pays it."""
    formula: Annotated[Name, Ref("formulas")] | None = None
    """Formula of indices that is added to the price, which is then its fixed part; 0 where all of it is indexed."""
    currency: Literal["USD", "EUR", "CNY", "JPY", "KRW"] = "USD"
    """Currency of the price and of the formula's floor and cap; another than USD is an index of its name."""
    ref: OwnId = ""
    """The caller's own id of it, given back in `awards`; nothing else reads it."""

    @model_validator(mode="after")
    def _ordered_with_a_lead(self) -> Offer:
        return _with_lead(self)


class Availability(Row):
    """Share of capacity that others leave to this buyer."""

    key = ("stage", "country", "material")
    series = ("share",)

    stage: Stage
    """Stage of what the plant or the seller gives."""
    country: AnyCountry
    """Where it is; ``*``: everywhere not named."""
    material: Annotated[str, Ref("materials", word="*")] = "*"
    """Only what gives this material, the main product of a plant; ``*``: all others of the stage."""
    share: Share
    """Share of its capacity."""


@dataclass(frozen=True)
class SupplyTables:
    """The tables of this topic."""

    sites: tuple[Site, ...] = ()
    plants: tuple[Plant, ...] = ()
    offers: tuple[Offer, ...] = ()
    availability: tuple[Availability, ...] = ()


def _availability(case: Checked) -> Iterator[Fault]:
    """Stages and countries for which no share is stated, once any is."""
    stated = {(row.stage, row.country) for row in case.rows(Availability) if row.material == "*"}
    recipes = case.rows(Recipe)
    if not case.rows(Availability) or not case.names("materials").has(*(row.material for row in recipes)):
        return  # without all materials of a recipe, its main product is not known
    country = {row.site: row.country for row in case.rows(Site)}
    stage = {row.material: row.stage for row in case.rows(Material)}
    product = main_products(case.rows(Material), recipes)
    needed = {
        (stage.get(product.get(row.process, "")), country.get(row.site), place) for row, place in case.placed(Plant)
    }
    needed |= {(stage.get(row.material), country.get(row.site), place) for row, place in case.placed(Offer)}
    said: set[tuple[str, str]] = set()
    for where, land, place in sorted(needed, key=str):
        if where and land and (where, land) not in said and not {(where, land), (where, "*")} & stated:
            said.add((where, land))
            share = f"an availability share for stage {where} in {land} (or *)"
            yield Fault(place, f"expected {share}, found none", code="missing-rows", expected=share)


def _labels(case: Checked) -> Iterator[Fault]:
    """Labels that two sites, materials or offers share, so that nobody knows which of them is meant."""
    for placed in (case.placed(Site), case.placed(Material), case.placed(Offer)):
        first: dict[str, str] = {}
        for row, place in placed:
            if row.label and first.setdefault(row.label, place) != place:
                again = f"{row.label!r} also in {first[row.label]}"
                yield Fault.of(place, "label", "each label once", again, "repeated")


def _incoterms(case: Checked) -> Iterator[Fault]:
    """Offers whose seller pays the freight of goods that cannot be told from others at its place."""
    hubs = {row.material for row in case.rows(Material) if row.hub}
    makes = {row.site: set[str]() for row in case.rows(Plant)}
    for plant in case.rows(Plant):
        makes[plant.site] |= {
            row.material for row in case.rows(Recipe) if row.process == plant.process and row.tonnes > 0
        }
    first: dict[tuple[str, str], Offer] = {}
    for row, place in case.placed(Offer):
        other = first.setdefault((row.site, row.material), row)
        plain = f"EXW, FCA, FAS or FOB of {row.material}"
        if seller_pays(row.incoterm) != seller_pays(other.incoterm):
            same = f"terms under which the seller pays what it does in {other.offer}, of the same goods"
            yield Fault.of(place, "incoterm", same, row.incoterm, "inconsistent")
        elif seller_pays(row.incoterm) and row.material in hubs:
            yield Fault.of(place, "incoterm", f"{plain}, which meets others in a hub", row.incoterm, "inconsistent")
        elif seller_pays(row.incoterm) and row.material in makes.get(row.site, ()):
            yield Fault.of(place, "incoterm", f"{plain}, which {row.site} also makes", row.incoterm, "inconsistent")


def seller_pays(incoterm: str) -> tuple[str, ...]:
    """What of freight and duty the seller pays under terms of trade.

    Parameters
    ----------
    incoterm : str
    """
    if incoterm == "DDP":
        return ("freight", "duty")
    return () if incoterm[0] in "EF" else ("freight",)


CHECKS = (CaseCheck(_incoterms), CaseCheck(_availability, (Availability, Material, Recipe)), CaseCheck(_labels))
"""What only shows when rows are read together."""
