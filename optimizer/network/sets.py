"""The index sets: what each holds, and what the fields of its keys are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, TypedDict, get_args, get_type_hints

from optimizer.network.limit_keys import (
    Chain,
    Claim,
    ClaimedFlow,
    Held,
    LimitMember,
    LimitSpan,
    LimitWindow,
    MixedGoods,
    Tangent,
)
from optimizer.network.order_keys import Order
from optimizer.network.route_keys import Crossing, Market, RouteKey, Transit
from optimizer.network.sale_keys import MaterialKey, SaleKey, SiteRecipe, Sold, WantedMove, WantedRun
from optimizer.network.stretches import Stretch, StretchFlow

Key = tuple[Any, ...]
"""A key of some index set, where it does not matter of which."""


class Balance(NamedTuple):
    """Goods of one class in one place."""

    place: str
    material: str
    exposure: str


class PlantKey(NamedTuple):
    """A plant."""

    site: str
    process: str


class Run(NamedTuple):
    """A lot: what a plant runs, and the class of the lot."""

    site: str
    recipe: str
    exposure: str


class OfferKey(NamedTuple):
    """An offer."""

    offer: str


class ContractKey(NamedTuple):
    """A contract."""

    contract: str


class Lane(NamedTuple):
    """A lane, the class of the goods on it, and how they go."""

    origin: str
    destination: str
    material: str
    exposure: str
    mode: str


class StockKey(NamedTuple):
    """What is kept at a site, by class."""

    site: str
    material: str
    exposure: str


class StockSite(NamedTuple):
    """A row of the table of stocks."""

    site: str
    material: str


class GoodsPlace(NamedTuple):
    """A material at a place: a site, or the hub of a country."""

    place: str
    material: str


class DemandKey(NamedTuple):
    """A demand."""

    site: str
    product: str
    end_use: str


class Serve(NamedTuple):
    """A delivery to a demand."""

    site: str
    product: str
    end_use: str
    material: str
    exposure: str


class Substitute(NamedTuple):
    """A substitute for a demand."""

    site: str
    product: str
    end_use: str
    material: str


class Downgrade(NamedTuple):
    """Goods of a class used as a more exposed one."""

    place: str
    material: str
    exposure: str
    used_as: str


class Dilute(NamedTuple):
    """An exposed input of a cleaner lot."""

    site: str
    recipe: str
    material: str
    exposure: str
    lot: str


class DilutedInput(NamedTuple):
    """An input of a lot, of whatever class."""

    site: str
    recipe: str
    material: str
    lot: str


class CleanLot(NamedTuple):
    """A lot that is clean of a control."""

    control: str
    site: str
    recipe: str
    lot: str


class ContentRule(NamedTuple):
    """A content rule."""

    rule: str


class ProjectKey(NamedTuple):
    """A project."""

    project: str


class Start(NamedTuple):
    """A project and the period in which it starts."""

    project: str
    period: int


class Opening(NamedTuple):
    """A project, the period in which it starts, and one in which it can be open."""

    project: str
    starts: int
    period: int


class Licence(NamedTuple):
    """What a control lets go from a country to another, or to a customer, of a stage's goods."""

    control: str
    origin: str
    destination: str
    group: str


class ApprovalKey(NamedTuple):
    """An approval with a quantity."""

    approval: str


class ApplicantLicence(NamedTuple):
    """A licence of applicants, told apart by approvals."""

    control: str
    origin: str
    destination: str
    group: str
    applicants: str


class ExporterQuota(NamedTuple):
    """A control whose quota is for each exporter: a place, and goods that compete for one line there."""

    control: str
    place: str
    group: str


class CountryQuota(NamedTuple):
    """A control whose quota is for all of a country together."""

    control: str
    country: str


class EndUseLicence(NamedTuple):
    """A control on a demand."""

    control: str
    site: str
    product: str
    end_use: str


class Covered(NamedTuple):
    """A stock with a cover."""

    site: str
    product: str


class CoverPart(NamedTuple):
    """A stock that can count in a cover."""

    site: str
    product: str
    material: str


class Index(TypedDict, total=False):
    """Every index set: its keys, and what it holds. Those after the structure's own are derived by the formulation."""

    balances: Annotated[list[Balance], "goods that have a balance"]
    plants: Annotated[list[PlantKey], "plants that can be of use"]
    ramped: Annotated[list[PlantKey], "of these, those whose activity rises little by little"]
    runs: Annotated[list[Run], "what a plant can run, by the class of the lot"]
    offers: Annotated[list[OfferKey], "spot offers"]
    ordered_offers: Annotated[list[OfferKey], "of these, those of which something was ordered before the first day"]
    contracts: Annotated[list[ContractKey], "contracts"]
    carrying: Annotated[list[ContractKey], "contracts under which what was paid for may be taken later"]
    refunding: Annotated[list[ContractKey], "of these, those that pay it back where their seller is stopped for good"]
    orders: Annotated[list[Order], "what today's plan has ordered before a day, by way and period"]
    ordered_alone: Annotated[list[Order], "ways in periods in which all that leaves is ordered"]
    lanes: Annotated[list[Lane], "lanes, by the class of the goods on them"]
    stocks: Annotated[list[StockKey], "what can be in stock"]
    stock_sites: Annotated[list[StockSite], "rows of the table of stocks"]
    demands: Annotated[list[DemandKey], "demands"]
    serves: Annotated[list[Serve], "what can serve a demand"]
    substitutes: Annotated[list[Substitute], "substitutes that can serve a demand"]
    stretches: Annotated[list[Stretch], "demands that may go short, by stretches of the days of a long period"]
    stretch_flows: Annotated[list[StretchFlow], "what may come for them in these, by number and period"]
    cover_substitutes: Annotated[list[CoverPart], "substitutes whose stock can count in a cover"]
    downgrades: Annotated[list[Downgrade], "goods of a class that can be used as a more exposed one"]
    dilutes: Annotated[list[Dilute], "exposed inputs that can go into a cleaner lot"]
    bounded_dilutions: Annotated[list[DilutedInput], "dilutions that the value rule alone does not bound"]
    clean_lots: Annotated[list[CleanLot], "lots that can hold goods exposed to a rule and still be clean of it"]
    rules: Annotated[list[ContentRule], "content rules; controls of one scope and threshold are one rule"]
    routes: Annotated[list[RouteKey], "routes between countries that a lane goes"]
    route_capacities: Annotated[list[RouteKey], "of these, those over which only so much may go"]
    transits: Annotated[list[Transit], "periods in which goods can leave and arrive"]
    dutied: Annotated[list[Crossing], "goods that pay duty"]
    charged: Annotated[list[Market], "goods that bear an export charge when they leave"]
    home_markets: Annotated[list[Market], "goods sold somewhere for use at home"]
    projects: Annotated[list[ProjectKey], "projects"]
    qualifications: Annotated[list[ProjectKey], "projects that qualify a supplier"]
    startable: Annotated[list[ProjectKey], "projects not yet under way"]
    starts: Annotated[list[Start], "periods in which a project can start"]
    openings: Annotated[list[Opening], "periods in which a project can be open, by that in which it starts"]
    licences: Annotated[list[Licence], "what controls license, by origin, destination or customer, and stage"]
    applicant_licences: Annotated[list[ApplicantLicence], "of these, what some approvals reach"]
    approval_quantities: Annotated[list[ApprovalKey], "approvals that license a quantity a year at most"]
    quotas: Annotated[list[ExporterQuota], "export and content licences under a quota for each exporter"]
    country_quotas: Annotated[list[CountryQuota], "controls with a quota for all of a country, by that country"]
    end_use_licences: Annotated[list[EndUseLicence], "demands that an end-use control reaches"]
    sales: Annotated[list[SaleKey], "who takes what is left over, and where"]
    sold: Annotated[list[Sold], "goods that can be sold to them, by place and class"]
    outlets: Annotated[list[GoodsPlace], "materials and places at which somebody takes them"]
    outlet_goods: Annotated[list[Balance], "the same, by class"]
    left_over: Annotated[list[MaterialKey], "materials of which only what is left over may be sold somewhere"]
    wanted_runs: Annotated[list[WantedRun], "runs that give what may be sold so, and what is made of them, by output"]
    wanted_plants: Annotated[list[SiteRecipe], "the same, all outputs together"]
    wanted_moves: Annotated[list[WantedMove], "ways of what these runs give"]
    wanted_stocks: Annotated[list[GoodsPlace], "places where what these runs give can be kept"]
    wanted_goods: Annotated[list[GoodsPlace], "places of what these runs give"]
    opening_stocks: Annotated[list[StockSite], "stocks that hold something when the horizon begins"]
    covered: Annotated[list[Covered], "stocks with a cover"]
    cover_parts: Annotated[list[CoverPart], "stocks of a product and of its substitutes that can count in its cover"]
    covering: Annotated[list[StockSite], "stocks that can count in some cover"]
    reserved: Annotated[list[StockSite], "stocks with a reserve"]
    terminals: Annotated[list[StockSite], "stocks with a terminal stock"]
    terminal_places: Annotated[list[GoodsPlace], "places where these are kept"]
    limit_spans: Annotated[list[LimitSpan], "limits and their windows"]
    limit_windows: Annotated[list[LimitWindow], "limits, the members they bind and their windows"]
    share_limits: Annotated[list[LimitWindow], "those on a share"]
    volume_limits: Annotated[list[LimitWindow], "those on tonnes"]
    spend_limits: Annotated[list[LimitWindow], "those on spend"]
    hhi_limits: Annotated[list[LimitWindow], "those on the sum of squared shares; the member is `everybody`"]
    squares: Annotated[list[LimitWindow], "members whose squared share counts in one of those"]
    tangents: Annotated[list[Tangent], "tangents that draw a square"]
    soft_limits: Annotated[list[LimitWindow], "those that can be broken at a price"]
    claims: Annotated[list[Claim], "flows of goods of which only some may be a limit's member's"]
    single_claims: Annotated[list[Claim], "those claimed for one member by itself"]
    shared_claims: Annotated[list[ClaimedFlow], "flows that all members of a sum of squared shares claim together"]
    mixed_goods: Annotated[list[MixedGoods], "goods at a place of which only some may be a limit's member's"]
    edges: Annotated[list[MixedGoods], "such goods that are kept, and the last periods before a limit's windows"]
    chains: Annotated[list[Chain], "limits on what goes into other goods, and the periods in which these count"]
    chain_uses: Annotated[list[Chain], "those within a window"]
    chain_edges: Annotated[list[Chain], "the last ones before a window"]
    chain_floors: Annotated[list[Chain], "periods of a window for limits that are to be reached"]
    held_goods: Annotated[list[Held], "goods that others stand inside, and periods at whose end they count"]
    kept_members: Annotated[list[LimitMember], "limits to be reached that count what is left on the last day"]


@dataclass(frozen=True)
class IndexSet:
    """An index set of the formulation.

    Parameters
    ----------
    name : str
        What it is called.
    fields : tuple of str
        What the fields of its keys are called.
    meaning : str
        What it holds.
    """

    name: str
    fields: tuple[str, ...]
    meaning: str


def _declared() -> dict[str, IndexSet]:
    """Every set as it stands in `Index`."""
    found = {}
    for name, hint in get_type_hints(Index, include_extras=True).items():
        listed, meaning = get_args(hint)
        found[name] = IndexSet(name, get_args(listed)[0]._fields, meaning)
    return found


INDEX_SETS: dict[str, IndexSet] = _declared()
"""Every index set, by name; a test compares them with those of a network."""


def fields_of(over: str, timed: bool) -> tuple[str, ...]:
    """Fields of the keys over an index set, the period last where one follows.

    Parameters
    ----------
    over : str
        Name of the index set.
    timed : bool
        Whether a period follows.
    """
    return (*INDEX_SETS[over].fields, "period") if timed else INDEX_SETS[over].fields


def members_of(index: Index, over: str) -> list[Key]:
    """Keys of the index set of a name.

    Parameters
    ----------
    index : Index
    over : str
        Name of the index set.
    """
    return index[over]  # type: ignore[literal-required, no-any-return]
