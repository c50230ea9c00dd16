"""Records of one buyer: what it needs, holds, has signed and can commit to, and what others leave it."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from optimizer.case.kinds import Amount, AnyCountry, Country, Day, Days, Name, Number, Positive, Share, Stage
from optimizer.case.rows import Row
from optimizer.faults import WrongError


class Contract(Row):
    """A volume reserved before it is needed, on top of an offer's spot sales."""

    key = ("contract",)
    series = ("price", "floor")

    contract: Name
    """Its name."""
    offer: Name
    """The offer whose material, seller and origins it shares."""
    price: Amount | None = None
    """Fixed price, USD/t. Give either this or a floor."""
    floor: Amount | None = None
    """Lowest price, USD/t, of a floor-and-upside contract."""
    upside: Share = 1.0
    """Share that the buyer pays of the market price above `upside_from`."""
    upside_from: Amount | None = None
    """Price from which the upside is shared, USD/t; the buyer pays the market price up to it. Empty: the floor."""
    reservation_fee: Amount
    """USD per t/year reserved, for each year the contract runs."""
    max_volume: Amount
    """Most that can be reserved, t/year."""
    take_or_pay: Share
    """Share of the reserved volume that is paid for whether taken or not."""
    from_: Annotated[Day, Field(alias="from")]
    """First day."""
    until: Day
    """First day after its end."""

    @model_validator(mode="after")
    def _one_price(self) -> Contract:
        if (self.price is None) == (self.floor is None):
            raise WrongError("price, floor: expected exactly one of the two")
        if self.until <= self.from_:
            raise WrongError.of("until", f"a day after from ({self.from_})", self.until, "wrong-order")
        if self.upside_from is not None and (self.floor is None or self.upside_from < self.floor):
            raise WrongError.of("upside_from", "with a floor, and not below it", self.upside_from)
        return self

    def shared(self, floor: Any, market: Any) -> Any:
        """Price under a floor at a market price, USD/t, arrays of any shape."""
        begins = floor if self.upside_from is None else np.maximum(floor, self.upside_from)
        return np.maximum(floor, np.minimum(market, begins)) + self.upside * np.maximum(0.0, market - begins)


class Demand(Row):
    """Tonnes of a product needed at a buyer's plant for an end use; later rows replace earlier ones."""

    key = ("site", "product", "end_use", "from_")
    series = ("tonnes", "penalty")
    steps = True

    site: Name
    """The buyer's plant."""
    product: Name
    """The material wanted."""
    end_use: Name = "civil"
    """What for: `civil`, `chips`, `military`."""
    from_: Annotated[Day, Field(alias="from")]
    """The day this rate begins."""
    tonnes: Amount
    """Tonnes per year."""
    penalty: Amount | None = None
    """What a missing tonne costs, USD/t; empty in all rows of a demand: it must be met."""


class Substitution(Row):
    """Another material that can serve a product."""

    key = ("product", "material")
    series = ("max_share", "cost")

    product: Name
    """The product wanted."""
    material: Name
    """What may stand in for it."""
    ratio: Positive = 1.0
    """Tonnes of product that one tonne of it serves."""
    max_share: Share = 1.0
    """Largest share of the demand it may serve."""
    cost: Amount = 0.0
    """Extra cost of using it (redesign, tests), USD/t."""
    from_: Annotated[Day | None, Field(alias="from")] = None
    """First day it may be used; empty: from the start."""


class Stock(Row):
    """Inventory of a material at a site: what is there, what fits, what should be there."""

    key = ("site", "material")
    series = ("capacity", "holding", "cover", "reserve")

    site: Name
    """Where."""
    material: Name
    """What."""
    origin: Country | None = None
    """Country where the opening stock was made; empty: the site's own."""
    opening: Amount
    """Tonnes on the first day."""
    capacity: Amount
    """Most that fits, t."""
    holding: Amount
    """Storage and insurance, USD per tonne and year of the mean of what is there when a period begins and ends (capital
    is counted by discounting)."""
    cover: Days = 0.0
    """Target, in days of use of this product at this site."""
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

    key = ("site", "material", "on")

    site: Name
    """Where they arrive."""
    material: Name
    """What."""
    origin: Country
    """Country where they were made."""
    on: Day
    """The day they arrive."""
    tonnes: Positive
    """Tonnes that arrive."""


class Project(Row):
    """A commitment with a lead time that opens capacity."""

    key = ("project",)
    series = ("cost", "capacity")

    project: Name
    """Its name."""
    kind: Literal["qualify", "expand"]
    """`qualify`: a site may ship to the buyer's plants only when this is done; `expand`: adds to a plant."""
    site: Name
    """The supplier qualified, or where the plant is."""
    process: Name | None = None
    """The process expanded (expand only)."""
    capacity: Positive
    """Tonnes per year opened when the project is done in full: shipped to the buyer's plants, or of activity."""
    cost: Amount
    """USD for the whole project, due on the day it is begun: the first of its period, or `from` within that."""
    lead: Annotated[Number, Field(ge=0, le=240)]
    """Months from start to open: to the same day of the month, or its last; a part of a month is part of its days."""
    from_: Annotated[Day | None, Field(alias="from")] = None
    """Earliest start; empty: the first day."""
    done_from: Day | None = None
    """The day it is done without any further decision, where it is already under way."""

    @property
    def due(self) -> dt.date | None:
        """The day it is done where it is under way, else the first on which it may start."""
        return self.done_from or self.from_

    @model_validator(mode="after")
    def _process_where_expand(self) -> Project:
        if (self.kind == "expand") != (self.process is not None):
            raise WrongError("process: expected with kind 'expand' and only there", column="process")
        return self


class Availability(Row):
    """Share of capacity that others leave to this buyer."""

    key = ("stage", "country", "material")
    series = ("share",)

    stage: Stage
    """Stage of what the plant or the seller gives."""
    country: AnyCountry
    """Where it is; ``*``: everywhere not named."""
    material: str = "*"
    """Only what gives this material, the main product of a plant; ``*``: all others of the stage."""
    share: Share
    """Share of its capacity."""
