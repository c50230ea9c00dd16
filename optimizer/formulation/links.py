"""Who touches whom: the maps that let a rule be written in one line."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from optimizer.case.calendar import TRANSIT_ROOM
from optimizer.case.granting import LONGEST_HOLD
from optimizer.formulation.accounts import Attribution
from optimizer.formulation.wanted import Wanted
from optimizer.network.limit_keys import LimitSpan, LimitWindow
from optimizer.network.order_keys import Order
from optimizer.network.reach import route_of
from optimizer.network.route_keys import Market, RouteKey
from optimizer.network.sale_keys import SaleKey, Sold
from optimizer.network.sets import (
    ApplicantLicence,
    Balance,
    Covered,
    CoverPart,
    DemandKey,
    Dilute,
    DilutedInput,
    Downgrade,
    GoodsPlace,
    Index,
    Key,
    Lane,
    Licence,
    ProjectKey,
    Run,
    Serve,
    StockKey,
    StockSite,
)
from optimizer.network.stretches import stretch_names
from optimizer.network.structure import Structure
from optimizer.network.today import way_of
from optimizer.network.windows import Window

Node = tuple[str, str, str]
"""Place, material and class: the key of a balance."""


class Links:
    """Adjacency of a structure, and the index sets that rules derive from it.

    Parameters
    ----------
    structure : Structure
        What there is to decide.
    """

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self._goods()
        self._contracts()
        self._orders()
        self._plants()
        self._lots()
        self._demand_and_stock()
        self._projects()
        self._licences()
        self._limits()
        self._sales()
        self.accounts = Attribution(structure)
        self.index = self._derived() | self.accounts.index | self.wanted.index

    def _goods(self) -> None:
        """What enters and leaves each balance without being made or used."""
        s = self.structure
        place = s.place
        self.buys: dict[Node, list[str]] = defaultdict(list)
        self.takes: dict[Node, list[str]] = defaultdict(list)
        for (offer,) in s.index["offers"]:
            row = s.by.offers[offer]
            self.buys[place[row.site, row.material], row.material, s.offer_class[row.offer]].append(offer)
        for (contract,) in s.index["contracts"]:
            row = s.by.offer_of[contract]
            self.takes[place[row.site, row.material], row.material, s.offer_class[row.offer]].append(contract)
        self._trade()
        self.lanes_in: dict[Node, list[Lane]] = defaultdict(list)
        self.lanes_out: dict[Node, list[Lane]] = defaultdict(list)
        for lane in s.index["lanes"]:
            self.lanes_in[lane.destination, lane.material, lane.exposure].append(lane)
            self.lanes_out[lane.origin, lane.material, lane.exposure].append(lane)
        self.sent_for: dict[tuple[RouteKey, int], list[int]] = defaultdict(list)
        for transit in s.index["transits"]:
            self.sent_for[RouteKey(*transit[:4]), transit.arrives].append(transit.leaves)
        self.going: dict[RouteKey, list[Lane]] = {key: [] for key in s.index["route_capacities"]}
        for lane in s.index["lanes"] if self.going else ():
            goes = route_of(s.by, s.country, lane)
            if (way := RouteKey(goes.from_country, goes.to_country, goes.mode, goes.goods)) in self.going:
                self.going[way].append(lane)
        self.downgraded_into: dict[Node, list[Downgrade]] = defaultdict(list)
        self.downgraded_from: dict[Node, list[Downgrade]] = defaultdict(list)
        for goods in s.index["downgrades"]:
            self.downgraded_into[goods.place, goods.material, goods.used_as].append(goods)
            self.downgraded_from[goods.place, goods.material, goods.exposure].append(goods)
        self.inflow: dict[tuple[str, str, str, int], float] = defaultdict(float)
        for stock in s.case.tables.stocks:
            self.inflow[(*s.opening[stock.site, stock.material], 0)] += stock.opening
        for arrival in s.case.tables.arrivals:
            period = int(np.searchsorted(s.calendar.offsets, s.calendar.day(arrival.on), side="right")) - 1
            key = arrival.site, arrival.material, arrival.origin, arrival.on
            self.inflow[(*s.opening[key], period)] += arrival.tonnes

    def _trade(self) -> None:
        """What is bought in a country for use there, and what leaves it and with what charge in its price."""
        s = self.structure
        self.home_bought: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        self.bought_to_leave: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        self.ordered = {offer for (offer,) in s.index["ordered_offers"]}
        entries = [(offer, ("buy", offer)) for (offer,) in s.index["offers"]]
        entries += [(s.by.contracts[contract].offer, ("take", contract)) for (contract,) in s.index["contracts"]]
        for name, flow in entries:
            row = s.by.offers[name]
            found = self.home_bought if row.home else self.bought_to_leave
            found[s.country[row.site], row.material].append(flow)
        self.leaving: dict[tuple[str, str], list[Lane]] = defaultdict(list)
        for lane in s.index["lanes"]:
            if s.country[lane.origin] != s.country[lane.destination]:
                self.leaving[s.country[lane.origin], lane.material].append(lane)

    def _contracts(self) -> None:
        """Periods over which take-or-pay of a contract is settled, by the last of them."""
        s = self.structure
        self.settled: dict[tuple[str, int], list[int]] = {}
        for (contract,) in s.index["contracts"]:
            row = s.by.contracts[contract]
            together: dict[int, list[int]] = defaultdict(list)
            for period in s.periods:
                together[row.year_of(s.calendar.bounds[period]) if row.settled == "year" else period].append(period)
            self.settled.update({(contract, periods[-1]): periods for periods in together.values()})

    def _orders(self) -> None:
        """The lanes of every way of which today's plan has something ordered, or nothing; and those it must keep."""
        s = self.structure
        keys = [Order(*key) for key in (*s.index["orders"], *s.index["ordered_alone"])]
        self.ordered_on: dict[Key, list[Lane]] = {order.way: [] for order in keys}
        for lane in s.index["lanes"] if keys else ():
            if (way := (lane.origin, lane.destination, lane.material)) in self.ordered_on:
                self.ordered_on[way].append(lane)
        self.kept_orders = {way_of(s.place, row) for row in s.case.tables.today if row.penalty is None}

    def _plants(self) -> None:
        """How far plants may rise to each period, as shares of their capacity, from what, and when they are paid."""
        s = self.structure
        rows = {(row.site, row.process): row for row in s.case.tables.plants}
        self.ramp: dict[tuple[str, str], list[float]] = {}
        self.running: dict[tuple[str, str], float | None] = {}
        self.payment: dict[tuple[str, str], int] = {key: row.payment_days for key, row in rows.items()}
        for key in s.index["ramped"]:
            self.ramp[key] = ((rows[key].ramp or 0.0) * s.calendar.parts).tolist()
            self.running[key] = rows[key].running

    def _lots(self) -> None:
        """What is made from what."""
        s = self.structure
        self.made: dict[Node, list[tuple[Run, float]]] = defaultdict(list)
        self.needed: dict[Node, list[tuple[Run, float]]] = defaultdict(list)
        self.runs_of: dict[tuple[str, str], list[Run]] = defaultdict(list)
        for lot in s.index["runs"]:
            site, recipe, cls = lot
            self.runs_of[site, s.by.process_of[recipe]].append(lot)
            for material, tonnes in s.by.recipes[recipe].items():
                where = s.place[site, material]
                if tonnes > 0:
                    self.made[where, material, s.produces[site, recipe, cls, material]].append((lot, tonnes))
                else:
                    self.needed[where, material, s.draws[site, recipe, cls, material]].append((lot, -tonnes))
        self.output_value = {
            recipe: max((t * s.by.materials[i].unit_value for i, t in lines.items() if t > 0), default=0.0)
            for recipe, lines in s.by.recipes.items()
        }
        self.diluted_for: dict[Node, list[Dilute]] = defaultdict(list)
        self.diluted_of: dict[Node, list[Dilute]] = defaultdict(list)
        self.dilutions: dict[tuple[str, str, str, str], list[Dilute]] = defaultdict(list)
        self.exposed_dilutions: dict[tuple[str, str, str, str], list[Dilute]] = defaultdict(list)
        for key in s.index["dilutes"]:
            site, recipe, material, exposed, cls = key
            where = s.place[site, material]
            self.diluted_of[where, material, exposed].append(key)
            self.diluted_for[where, material, s.draws[site, recipe, cls, material]].append(key)
            self.dilutions[site, recipe, material, cls].append(key)
            for rule in s.exposures.rules:
                if rule in exposed.split("+") and rule not in cls.split("+"):
                    self.exposed_dilutions[rule, site, recipe, cls].append(key)

    def _demand_and_stock(self) -> None:
        """What serves, covers and stores."""
        s = self.structure
        self.served: dict[Node, list[Serve]] = defaultdict(list)
        self.served_at: dict[tuple[str, str], list[Serve]] = defaultdict(list)
        self.serving: dict[tuple[str, str, str], list[Serve]] = defaultdict(list)
        for serve in s.index["serves"]:
            self.served[s.place[serve.site, serve.material], serve.material, serve.exposure].append(serve)
            self.served_at[s.place[serve.site, serve.material], serve.material].append(serve)
            self.serving[serve.site, serve.product, serve.end_use].append(serve)
        self.stored: dict[Node, list[StockKey]] = defaultdict(list)
        self.classes_of: dict[tuple[str, str], list[StockKey]] = defaultdict(list)
        for key in s.index["stocks"]:
            site, material, cls = key
            self.stored[s.place[site, material], material, cls].append(key)
            self.classes_of[site, material].append(key)
        self.cover_parts: dict[tuple[str, str], list[CoverPart]] = {
            (site, product): [CoverPart(site, product, product)]
            for site, product in s.index["stock_sites"]
            if s.by.stocks[site, product].cover > 0
        }
        names = [(period, name) for period, name, _ in stretch_names(s.calendar)]
        self.in_stretch: dict[tuple[DemandKey, str, int], list[int]] = {
            (demand, name, period): [] for demand in s.awaited for period, name in names
        }
        for flow in s.index["stretch_flows"]:
            demand = DemandKey(flow.site, flow.product, flow.end_use)
            self.in_stretch[demand, flow.stretch, flow.period].append(flow.flow)
        for part in s.index["cover_substitutes"]:
            self.cover_parts[part.site, part.product].append(part)
        self.covers: dict[tuple[str, str], list[CoverPart]] = defaultdict(list)
        for part in (part for parts in self.cover_parts.values() for part in parts):
            self.covers[part.site, part.material].append(part)
        self.terminals = [key for key in s.index["stock_sites"] if s.by.stocks[key].terminal > 0]
        self.ending: dict[tuple[str, str], list[StockSite]] = defaultdict(list)
        for where in self.terminals:
            self.ending[s.place[where], where.material].append(where)
        self.towards: dict[tuple[str, str], list[tuple[Lane, int]]] = {key: [] for key in self.ending}
        for lane in s.index["lanes"]:
            if (lane.destination, lane.material) in self.towards:
                goes = route_of(s.by, s.country, lane)
                days = goes.transit + TRANSIT_ROOM + LONGEST_HOLD * (s.way(lane).goods != goes.goods)
                late = [t for t in s.periods if s.calendar.offsets[t + 1] + days > s.calendar.offsets[-1]]
                self.towards[lane.destination, lane.material] += [(lane, period) for period in late]

    def _sales(self) -> None:
        """What is sold of each balance and to each buyer, and what is made because it is wanted."""
        s = self.structure
        self.sold: dict[Node, list[Sold]] = defaultdict(list)
        self.sold_to: dict[SaleKey, list[Sold]] = defaultdict(list)
        for key in s.index["sold"]:
            self.sold[key.at, key.material, key.exposure].append(key)
            self.sold_to[SaleKey(*key[:3])].append(key)
        self.wanted = Wanted(s)

    def _projects(self) -> None:
        """What projects open, and when they may start."""
        s = self.structure
        self.expansions: dict[tuple[str, str], list[str]] = defaultdict(list)
        for (project,) in s.index["projects"]:
            row = s.by.projects[project]
            if row.kind == "expand" and row.process is not None:
                self.expansions[row.site, row.process].append(row.project)
        self.start_periods: dict[str, list[int]] = defaultdict(list)
        for project, period in s.index["starts"]:
            self.start_periods[project].append(period)

    def _licences(self) -> None:
        """The licences of applicants that are a part of a licence."""
        self.applicants: dict[Licence, list[ApplicantLicence]] = defaultdict(list)
        for key in self.structure.index["applicant_licences"]:
            self.applicants[self.structure.licensing.whole(key)].append(key)

    def _limits(self) -> None:
        """Windows by key, and the spans whose volume they share."""
        self.window: dict[tuple[str, str, str], Window] = {window.key: window for window in self.structure.windows}
        self.squares: dict[tuple[str, str], list[LimitWindow]] = defaultdict(list)
        for window in self.structure.windows:
            if window.is_square:
                self.squares[window.limit, window.label].append(window.key)
        self.spans = {(window.limit, window.label): window for window in self.structure.windows}

    def _derived(self) -> Index:
        """Index sets that only some rules and variables use."""
        s = self.structure
        windows = self.structure.windows
        inputs = [DilutedInput(*key) for key in self.dilutions]
        starting = {start.project for start in s.index["starts"]}
        return {
            "home_markets": [Market(*key) for key in self.home_bought],
            "qualifications": [ProjectKey(project) for project in s.qualifies],
            "startable": [key for key in s.index["projects"] if key.project in starting],
            "bounded_dilutions": [key for key in inputs if not self._value_implies(key)],
            "covered": [Covered(*key) for key in self.cover_parts],
            "cover_parts": [part for parts in self.cover_parts.values() for part in parts],
            "covering": [StockSite(*key) for key in self.covers],
            "opening_stocks": [key for key in s.index["stock_sites"] if s.by.stocks[key].opening > 0],
            "outlet_goods": [Balance(*key) for key in self.sold],
            "reserved": [key for key in s.index["stock_sites"] if s.by.stocks[key].reserve > 0],
            "terminals": self.terminals,
            "terminal_places": [GoodsPlace(*key) for key in self.ending],
            "limit_spans": [LimitSpan(*key) for key in self.spans],
            "share_limits": [window.key for window in windows if window.row.measure == "share"],
            "volume_limits": [window.key for window in windows if window.row.measure == "volume"],
            "spend_limits": [window.key for window in windows if window.row.measure == "spend"],
            "squares": [window.key for window in windows if window.is_square],
            "hhi_limits": [window.key for window in windows if window.row.measure == "hhi" and not window.is_square],
            "soft_limits": [
                window.key for window in windows if window.row.penalty is not None and not window.is_square
            ],
        }

    def _value_implies(self, key: DilutedInput) -> bool:
        """Whether the value rule alone keeps a diluted input within its recipe, at the case's own thresholds."""
        s = self.structure
        site, recipe, material, cls = key
        whole = -s.by.recipes[recipe][material] * s.by.materials[material].unit_value
        rules = [rule for rule in s.exposures.rules if rule not in cls.split("+")]
        needed = [
            rule
            for rule in rules
            if all(rule in dilution.exposure.split("+") for dilution in self.dilutions[site, recipe, material, cls])
        ]
        return any(s.exposures.rules[rule].threshold * self.output_value[recipe] <= whole for rule in needed)
