"""Records of the world that all buyers share: materials, sites, what plants do, what is offered, how goods move."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, model_validator

from optimizer.case.kinds import (
    Amount,
    AnyCountries,
    AnyCountry,
    Content,
    Country,
    Day,
    Flag,
    Name,
    Number,
    Positive,
    Share,
    Stage,
    linked,
)
from optimizer.case.references import Defines, Ref
from optimizer.case.rows import Row
from optimizer.faults import WrongError


class Material(Row):
    """Something that flows, measured in tonnes (concentrates and carbonates in tonnes of contained oxide)."""

    key = ("material",)

    material: Annotated[Name, Defines("materials")]
    """Its name."""
    stage: Stage
    """Where it stands on the way from mine to magnet."""
    unit_value: Positive
    """Value used for duties, export charges and value shares, USD/kg; it holds the charge where goods bear one."""
    content: Annotated[Content, Ref("elements")] = {}
    """Tonnes of each element (as metal) in a tonne: ``NdPr=0.31; Dy=0.03``. Empty: not traced by element."""
    hub: Flag = False
    """True: traded through one pool per country; false: moves from site to site."""
    description: str = ""
    """What it is, in words."""

    def holds(self, elements: Iterable[str]) -> bool:
        """Whether it is traced to hold one of some elements; NdPr holds neodymium and praseodymium, and they are it."""
        return not linked(self.content).isdisjoint(elements)


class Site(Row):
    """A place run by a company."""

    key = ("site",)

    site: Annotated[Name, Defines("sites")]
    """Its name."""
    company: str
    """Who runs it."""
    country: Annotated[Country, Defines("countries")]
    """Where it is, ISO 3166 alpha-2."""
    owner: Annotated[Country, Defines("owners")]
    """Country of who controls it, ISO 3166 alpha-2."""
    parent: str = ""
    """Company that holds most of the one that runs it; empty: none is known."""
    parent_share: Share = 0.0
    """Share that the parent holds."""
    latitude: Annotated[Number | None, Field(ge=-90, le=90)] = None
    """Where it lies, degrees north, for the map of the report; empty: drawn in the middle of its country."""
    longitude: Annotated[Number | None, Field(ge=-180, le=180)] = None
    """Degrees east; given with the latitude or not at all."""

    @model_validator(mode="after")
    def _both_or_neither(self) -> Site:
        if (self.latitude is None) != (self.longitude is None):
            raise WrongError("latitude, longitude: expected both or neither")
        return self


class Recipe(Row):
    """What one tonne of activity consumes and produces; the recipes of a process share a plant's capacity."""

    key = ("recipe", "material")

    recipe: Name
    """Its name; one recipe is several rows."""
    process: Annotated[Name, Defines("processes")]
    """The process that can run it."""
    material: Annotated[Name, Ref("materials")]
    """A material it consumes or produces."""
    tonnes: Number
    """Tonnes per tonne of activity: negative consumed, positive produced."""

    @model_validator(mode="after")
    def _not_zero(self) -> Recipe:
        if self.tonnes == 0:
            raise WrongError.of("tonnes", "a number other than 0", 0, "out-of-range")
        return self


class Plant(Row):
    """A process at a site; rows with later dates step its capacity up or down."""

    key = ("site", "process", "from_")
    series = ("capacity", "cost")
    steps = True

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


class Offer(Row):
    """A material a site sells on the spot."""

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


class Origin(Row):
    """What is embedded in an offer from upstream, as its seller declares."""

    key = ("offer", "material", "country")

    offer: Annotated[Name, Ref("offers")]
    """The offer."""
    material: Annotated[Name, Ref("materials")]
    """The upstream material."""
    country: Annotated[Country, Defines("countries"), Defines("owners")]
    """Where that material was made."""
    tonnes: Positive
    """Tonnes of it embedded per tonne offered."""


class Route(Row):
    """What it costs and takes to move a tonne between two countries (or within one)."""

    key = ("from_country", "to_country")
    series = ("freight", "transit")

    from_country: Country
    """Where goods leave."""
    to_country: Country
    """Where they arrive."""
    freight: Amount
    """USD/t, door to door."""
    transit: Annotated[Number, Field(ge=0, le=180)]
    """Days door to door."""


class Duty(Row):
    """An ad valorem duty; all that fit a shipment add up."""

    key = ("duty", "goods", "origin", "destination", "from_")
    series = ("rate",)
    steps = True
    alike = ("exempt",)

    duty: Name
    """Its name."""
    goods: Annotated[str, Ref("materials", "stages")]
    """A material or a stage."""
    origin: AnyCountry
    """Country the goods leave, or ``*``."""
    destination: Country
    """Country that levies it."""
    exempt: AnyCountries = ()
    """Countries whose goods pay none of it, by agreement or union."""
    from_: Annotated[Day, Field(alias="from")]
    """The day this rate begins."""
    rate: Annotated[Number, Field(ge=0, le=5)]
    """Share of the material's unit value."""

    def fits(self, leaves: str, enters: str, material: Material) -> bool:
        """Whether it is due on a material that goes from one country to another."""
        taxed = self.origin in (leaves, "*") and leaves not in self.exempt
        return taxed and self.destination == enters and self.goods in (material.material, material.stage)


class ExportCharge(Row):
    """A charge on goods that leave a country, such as value added tax that is not refunded; all that fit add up."""

    key = ("charge", "goods", "origin", "from_")
    series = ("rate",)
    steps = True

    charge: Name
    """Its name."""
    goods: Annotated[str, Ref("materials", "stages")]
    """A material or a stage."""
    origin: Country
    """Country that levies it on what leaves."""
    from_: Annotated[Day, Field(alias="from")]
    """The day this rate begins."""
    rate: Annotated[Number, Field(ge=0, le=5)]
    """Share of the value without the charge; unit values and spot prices of charged goods hold it."""


def main_products(materials: Iterable[Material], recipes: Iterable[Recipe]) -> dict[str, str]:
    """For each process, the output of its first recipe that is worth most."""
    value = {row.material: row.unit_value for row in materials}
    best: dict[str, tuple[str, str, float]] = {}
    for row in recipes:
        worth = row.tonnes * value.get(row.material, 0.0)
        recipe, _, top = best.get(row.process, (row.recipe, "", 0.0))
        if row.recipe == recipe and worth > top:
            best[row.process] = (recipe, row.material, worth)
    return {process: material for process, (_, material, _) in best.items()}
