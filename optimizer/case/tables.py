"""One frozen record per table row: what a planner writes, with units and bounds.

The CSV header of a table is the field names of its record. A field without a default must be filled in.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

STAGES = ("ore", "concentrate", "carbonate", "oxide", "metal", "alloy", "magnet", "scrap")
"""Stages from the mine to the finished good; scrap flows back."""

Stage = Literal["ore", "concentrate", "carbonate", "oxide", "metal", "alloy", "magnet", "scrap"]
Confidence = Literal["sourced", "background", "assumption"]

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._+-]*$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
AnyCountry = Annotated[str, Field(pattern=r"^([A-Z]{2}|\*)$")]
Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Days = Annotated[float, Field(ge=0, le=3650)]


def _split(value: Any) -> Any:
    """``a; b`` as a tuple of words; anything else as it is."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(";") if word.strip())
    return value


def _content(value: Any) -> Any:
    """``NdPr=0.31; Dy=0.03`` as a mapping."""
    if not isinstance(value, str):
        return value
    pairs = {}
    for part in _split(value):
        match = re.fullmatch(r"([A-Z][A-Za-z]*)\s*=\s*([0-9.eE+-]+)", part)
        if match is None:
            raise ValueError(f"expected element=share such as 'NdPr=0.31; Dy=0.03', found {part!r}")
        if match[1] in pairs:
            raise ValueError(f"element {match[1]!r} stands twice")
        pairs[match[1]] = float(match[2])
    return pairs


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
Content = Annotated[dict[str, Annotated[float, Field(gt=0, le=1)]], BeforeValidator(_content)]


class Row(BaseModel):
    """What every table row carries: where its figures come from."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True, use_attribute_docstrings=True
    )

    key: ClassVar[tuple[str, ...]] = ()
    """Fields that name the row; no two rows of a table share them."""
    series: ClassVar[tuple[str, ...]] = ()
    """Numbers that hold over time and that a scenario may change."""
    steps: ClassVar[bool] = False
    """True where rows that differ only in ``from`` replace one another from that date on."""

    source: Annotated[str, Field(min_length=1)]
    """Title and address of the page the figures come from; for an assumption, the reasoning."""
    confidence: Confidence
    """`sourced`: read on the page named; `background`: remembered or estimated; `assumption`: ours."""
    assumed: str = ""
    """Fields of this row that are weaker than `confidence` says, each as ``field: reasoning``, separated by ``|``."""

    @model_validator(mode="after")
    def _assumed_names_fields(self) -> Row:
        known = {info.alias or name for name, info in type(self).model_fields.items()}
        for part in filter(None, (part.strip() for part in self.assumed.split("|"))):
            field, _, reason = part.partition(":")
            if field.strip() not in known or not reason.strip():
                raise ValueError(f"assumed: expected 'field: reasoning' with a field of this table, found {part!r}")
        return self


class Material(Row):
    """Something that flows, measured in tonnes (concentrates and carbonates in tonnes of contained oxide)."""

    key = ("material",)

    material: Name
    """Its name."""
    stage: Stage
    """Where it stands on the way from mine to magnet."""
    unit_value: Positive
    """Value used for duties and for value shares, USD/kg."""
    content: Content = {}
    """Tonnes of each element (as metal) in a tonne: ``NdPr=0.31; Dy=0.03``. Empty: not traced by element."""
    hub: bool = False
    """True: traded through one pool per country; false: moves from site to site."""
    description: str = ""
    """What it is, in words."""


class Site(Row):
    """A place run by a company."""

    key = ("site",)

    site: Name
    """Its name."""
    company: str
    """Who runs it."""
    country: Country
    """Where it is, ISO 3166 alpha-2."""
    owner: Country
    """Country of who controls it, ISO 3166 alpha-2."""


class Recipe(Row):
    """What one tonne of activity consumes and produces; the recipes of a process share a plant's capacity."""

    key = ("recipe", "material")

    recipe: Name
    """Its name; one recipe is several rows."""
    process: Name
    """The process that can run it."""
    material: Name
    """A material it consumes or produces."""
    tonnes: float
    """Tonnes per tonne of activity: negative consumed, positive produced."""

    @model_validator(mode="after")
    def _not_zero(self) -> Recipe:
        if self.tonnes == 0:
            raise ValueError("tonnes: expected a number other than 0, found 0")
        return self


class Plant(Row):
    """A process at a site; rows with later dates step its capacity up or down."""

    key = ("site", "process", "from_")
    series = ("capacity", "cost")
    steps = True

    site: Name
    """Where."""
    process: Name
    """What it does."""
    from_: Annotated[dt.date, Field(alias="from")]
    """The day this step begins."""
    capacity: Amount
    """Tonnes of activity per year, all customers together."""
    cost: Amount
    """Conversion (tolling) price, USD per tonne of activity; for a mine, the price of its concentrate."""
    technology_origin: Country | None = None
    """Country whose technology the plant depends on, where a control may reach it."""


class Offer(Row):
    """A material a site sells on the spot."""

    key = ("offer",)
    series = ("price", "capacity")

    offer: Name
    """Its name."""
    site: Name
    """Who sells."""
    material: Name
    """What."""
    price: Amount
    """USD/t at the seller's gate."""
    capacity: Amount
    """Tonnes per year, all customers together."""
    from_: Annotated[dt.date | None, Field(alias="from")] = None
    """First day; empty: from the start."""
    until: dt.date | None = None
    """First day no longer offered; empty: to the end."""


class Origin(Row):
    """What is embedded in an offer from upstream, as its seller declares."""

    key = ("offer", "material", "country")

    offer: Name
    """The offer."""
    material: Name
    """The upstream material."""
    country: Country
    """Where that material was made."""
    tonnes: Positive
    """Tonnes of it embedded per tonne offered."""


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
    """Share of the market price above the floor that the buyer pays."""
    reservation_fee: Amount
    """USD per t/year reserved, for each year the contract runs."""
    max_volume: Amount
    """Most that can be reserved, t/year."""
    take_or_pay: Share
    """Share of the reserved volume that is paid for whether taken or not."""
    from_: Annotated[dt.date, Field(alias="from")]
    """First day."""
    until: dt.date
    """First day after its end."""

    @model_validator(mode="after")
    def _one_price(self) -> Contract:
        if (self.price is None) == (self.floor is None):
            raise ValueError("price, floor: expected exactly one of the two")
        if self.until <= self.from_:
            raise ValueError(f"until: expected a day after from ({self.from_}), found {self.until}")
        return self


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
    transit: Annotated[float, Field(ge=0, le=180)]
    """Days door to door."""


class Duty(Row):
    """An ad valorem duty; all that fit a shipment add up."""

    key = ("duty", "from_")
    series = ("rate",)
    steps = True

    duty: Name
    """Its name."""
    goods: str
    """A material or a stage."""
    origin: AnyCountry
    """Country the goods leave, or ``*``."""
    destination: Country
    """Country that levies it."""
    from_: Annotated[dt.date, Field(alias="from")]
    """The day this rate begins."""
    rate: Annotated[float, Field(ge=0, le=5)]
    """Share of the material's unit value."""


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
    from_: Annotated[dt.date, Field(alias="from")]
    """The day this rate begins."""
    tonnes: Amount
    """Tonnes per year."""
    penalty: Amount
    """What a missing tonne costs, USD/t."""


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
    from_: Annotated[dt.date | None, Field(alias="from")] = None
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
    """Storage and insurance, USD per tonne and year (capital is counted by discounting)."""
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
                raise ValueError(
                    f"{field}: expected at most the capacity ({self.capacity:g} t), found {getattr(self, field):g} t"
                )
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
    on: dt.date
    """The day they arrive."""
    tonnes: Positive
    """How much."""


class Project(Row):
    """A commitment with a lead time that opens capacity."""

    key = ("project",)
    series = ("cost",)

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
    """USD for the whole project, due when it starts."""
    lead: Annotated[float, Field(ge=0, le=240)]
    """Months from start to open."""
    from_: Annotated[dt.date | None, Field(alias="from")] = None
    """Earliest start; empty: the first day."""
    done_from: dt.date | None = None
    """The day it is done without any further decision, where it is already under way."""

    @model_validator(mode="after")
    def _process_where_expand(self) -> Project:
        if (self.kind == "expand") != (self.process is not None):
            raise ValueError("process: expected with kind 'expand' and only there")
        return self


class Control(Row):
    """One rule of an export-control regime."""

    key = ("control",)
    series = ("approval", "processing_days", "threshold")

    control: Name
    """Its name."""
    kind: Literal["export", "content", "end_use"]
    """`export`: leaving an origin; `content`: leaving a third country with exposed goods; `end_use`: serving one."""
    authority: str
    """Who issued it."""
    citation: str
    """Number and date."""
    origin: Annotated[Words, Field(min_length=1)]
    """Countries whose goods it reaches."""
    elements: Words = ()
    """Elements that bring a material into scope; empty: every material of the stages."""
    stages: Annotated[Words, Field(min_length=1)]
    """Stages in scope."""
    destinations: Annotated[Words, Field(min_length=1)] = ("*",)
    """Countries it restricts, or ``*``."""
    end_uses: Words = ()
    """End uses it restricts (end_use only)."""
    threshold: Share = 0.0
    """Value share of exposed content at which it bites (content and end_use)."""
    announced: dt.date | None = None
    """The day it was made public."""
    effective: dt.date
    """The day it takes effect."""
    suspended_from: dt.date | None = None
    """The day its suspension began."""
    suspended_until: dt.date | None = None
    """The day it applies again; empty: not known, so suspended to the end."""
    expires: dt.date | None = None
    """The day it ends."""
    approval: Share
    """Share of what could be exported, or is wanted, that is licensed."""
    processing_days: Annotated[float, Field(ge=0, le=365)] = 0.0
    """Days from application to licence; nothing passes for so long after it takes effect."""

    @model_validator(mode="after")
    def _dates_in_order(self) -> Control:
        pairs = (("announced", "effective"), ("effective", "expires"), ("suspended_from", "suspended_until"))
        for first, second in pairs:
            a, b = getattr(self, first), getattr(self, second)
            if a is not None and b is not None and b < a:
                raise ValueError(f"{second}: expected on or after {first} ({a}), found {b}")
        if self.suspended_until is not None and self.suspended_from is None:
            raise ValueError("suspended_from: expected with suspended_until, found nothing")
        if (self.kind == "end_use") != bool(self.end_uses):
            raise ValueError("end_uses: expected with kind 'end_use' and only there")
        for stage in self.stages:
            if stage not in STAGES:
                raise ValueError(f"stages: expected some of {', '.join(STAGES)}, found {stage!r}")
        return self


class Limit(Row):
    """A policy bound on the share, volume or spend of a group, looked through to a stage."""

    key = ("limit", "from_")
    series = ("value", "penalty")
    steps = True

    limit: Name
    """Its name."""
    measure: Literal["share", "volume", "spend"]
    """What is bounded: share of tonnes, tonnes per year, USD per year."""
    sense: Literal["at_most", "at_least"]
    """Upper or lower bound."""
    value: Amount
    """The bound: 0 to 1 for a share, else per year."""
    stage: Stage
    """Where it is measured."""
    materials: Words = ()
    """Materials counted; empty: all of the stage."""
    by: Literal["supplier", "country", "owner"]
    """What a member is."""
    member: str
    """A site or country, a group of the case, or ``each``: every member by itself."""
    exempt: str = ""
    """With ``each``: a group of the case whose members it does not bind."""
    window: Literal["period", "year", "horizon"]
    """What it is summed over."""
    from_: Annotated[dt.date, Field(alias="from")]
    """It binds windows that begin on or after this day."""
    until: dt.date | None = None
    """It does not bind windows that begin on or after this day."""
    penalty: Amount | None = None
    """What a unit of breach costs (USD per t, or per USD of spend); empty: hard."""

    @model_validator(mode="after")
    def _share_within_one(self) -> Limit:
        if self.measure == "share" and self.value > 1:
            raise ValueError(f"value: expected a share from 0 to 1, found {self.value:g}")
        if self.exempt and self.member != "each":
            raise ValueError("exempt: expected only with member 'each'")
        return self


class Availability(Row):
    """Share of capacity that others leave to this buyer."""

    key = ("stage", "country")
    series = ("share",)

    stage: Stage
    """Stage of what the plant or the seller gives."""
    country: AnyCountry
    """Where it is; ``*``: everywhere not named."""
    share: Share
    """Share of its capacity."""


TABLES: dict[str, type[Row]] = {
    "materials": Material,
    "sites": Site,
    "recipes": Recipe,
    "plants": Plant,
    "offers": Offer,
    "origins": Origin,
    "contracts": Contract,
    "routes": Route,
    "duties": Duty,
    "demand": Demand,
    "substitutions": Substitution,
    "stocks": Stock,
    "arrivals": Arrival,
    "projects": Project,
    "controls": Control,
    "limits": Limit,
    "availability": Availability,
}
"""Every table a case may have, by file name."""

REFERENCES: dict[str, dict[str, str]] = {
    "recipes": {"material": "materials"},
    "plants": {"site": "sites"},
    "offers": {"site": "sites", "material": "materials"},
    "origins": {"offer": "offers", "material": "materials"},
    "contracts": {"offer": "offers"},
    "demand": {"site": "sites", "product": "materials"},
    "substitutions": {"product": "materials", "material": "materials"},
    "stocks": {"site": "sites", "material": "materials"},
    "arrivals": {"site": "sites", "material": "materials"},
    "projects": {"site": "sites"},
    "limits": {"materials": "materials"},
}
"""For each table, the fields that name a row of another table."""

ELEMENTS = tuple(
    [
        "NdPr",
        "Co",
        "Sc",
        "Y",
        "La",
        "Ce",
        "Pr",
        "Nd",
        "Pm",
        "Sm",
        "Eu",
        "Gd",
        "Tb",
        "Dy",
        "Ho",
        "Er",
        "Tm",
        "Yb",
        "Lu",
        "Fe",
        "B",
        "Ga",
    ]
)
"""Elements a material or a control may name; NdPr is traded as one."""
