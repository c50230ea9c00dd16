"""Who touches whom: the maps that let a rule be written in one line."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from optimizer.formulation.registry import Model
from optimizer.network.structure import Structure

Key = tuple[Any, ...]


class Links:
    """Adjacency of a structure, and the index sets that rules derive from it.

    Parameters
    ----------
    structure : Structure
        What there is to decide.
    """

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        tables = structure.case.tables
        self.contract_rows = {row.contract: row for row in tables.contracts}
        self.stock_rows = {(row.site, row.material): row for row in tables.stocks}
        self._goods()
        self._lots()
        self._demand_and_stock()
        self._projects()
        self._limits()
        self.index = self._derived()

    def _goods(self) -> None:
        """What enters and leaves each balance without being made or used."""
        s = self.structure
        place = s.place
        self.buys: dict[Key, list[Key]] = defaultdict(list)
        self.takes: dict[Key, list[Any]] = defaultdict(list)
        for (offer,) in s.index["offers"]:
            row = s.offer_rows[str(offer)]
            self.buys[place[row.site, row.material], row.material, s.offer_class[row.offer]].append((offer,))
        for (contract,) in s.index["contracts"]:
            row = s.offer_rows[self.contract_rows[str(contract)].offer]
            self.takes[place[row.site, row.material], row.material, s.offer_class[row.offer]].append(contract)
        self._trade()
        self.lanes_in: dict[Key, list[Any]] = defaultdict(list)
        self.lanes_out: dict[Key, list[Key]] = defaultdict(list)
        for origin, destination, material, cls in s.index["lanes"]:
            self.lanes_in[destination, material, cls].append((origin, destination, material, cls))
            self.lanes_out[origin, material, cls].append((origin, destination, material, cls))
        self.sent_for: dict[Key, list[int]] = defaultdict(list)
        for origin, destination, leaves, arrives in s.index["transits"]:
            self.sent_for[origin, destination, arrives].append(leaves)
        self.downgraded_into: dict[Key, list[Key]] = defaultdict(list)
        self.downgraded_from: dict[Key, list[Key]] = defaultdict(list)
        for where, material, cleaner, exposed in s.index["downgrades"]:
            self.downgraded_into[where, material, exposed].append((where, material, cleaner, exposed))
            self.downgraded_from[where, material, cleaner].append((where, material, cleaner, exposed))
        self.inflow: dict[Key, float] = defaultdict(float)
        for stock in s.case.tables.stocks:
            self.inflow[(*s.opening[stock.site, stock.material], 0)] += stock.opening
        for goods in s.case.tables.arrivals:
            period = int(np.searchsorted(s.calendar.offsets, s.calendar.day(goods.on), side="right")) - 1
            self.inflow[(*s.opening[goods.site, goods.material, goods.on], period)] += goods.tonnes

    def _trade(self) -> None:
        """What is bought in a country for use there, and what leaves it and with what charge in its price."""
        s = self.structure
        self.home_bought: dict[Key, list[tuple[str, str]]] = defaultdict(list)
        self.bought_to_leave: dict[Key, list[tuple[str, str]]] = defaultdict(list)
        entries = [(str(offer), ("buy", str(offer))) for (offer,) in s.index["offers"]]
        entries += [
            (self.contract_rows[str(contract)].offer, ("take", str(contract))) for (contract,) in s.index["contracts"]
        ]
        for name, flow in entries:
            row = s.offer_rows[name]
            found = self.home_bought if row.home else self.bought_to_leave
            found[s.country[row.site], row.material].append(flow)
        self.leaving: dict[Key, list[Key]] = defaultdict(list)
        for lane in s.index["lanes"]:
            origin, destination, material, _ = lane
            if s.country[str(origin)] != s.country[str(destination)]:
                self.leaving[s.country[str(origin)], material].append(lane)

    def used_at_home(self, m: Model, country: str, material: str, period: int) -> Any:
        """Tonnes of a material that plants and demands in a country use in a period."""
        at = self.structure.country
        total: Any = 0.0
        for (where, what, _), lots in self.needed.items():
            if what == material and at[where] == country:
                total += sum(need * m.run[(*lot, period)] for lot, need in lots)
        for (where, what, _), keys in self.served.items():
            if what == material and at[where] == country:
                total += sum(m.serve[(*key, period)] for key in keys)
        return total

    def _lots(self) -> None:
        """What is made from what."""
        s = self.structure
        self.made: dict[Key, list[tuple[Key, float]]] = defaultdict(list)
        self.needed: dict[Key, list[tuple[Key, float]]] = defaultdict(list)
        self.runs_of: dict[Key, list[Key]] = defaultdict(list)
        for lot in s.index["runs"]:
            site, recipe, cls = (str(part) for part in lot)
            self.runs_of[site, s.process[recipe]].append(lot)
            for material, tonnes in s.recipes[recipe].items():
                where = s.place[site, material]
                if tonnes > 0:
                    self.made[where, material, s.produces[site, recipe, cls, material]].append((lot, tonnes))
                else:
                    self.needed[where, material, s.draws[site, recipe, cls, material]].append((lot, -tonnes))
        self.output_value = {
            recipe: max((t * s.materials[i].unit_value for i, t in lines.items() if t > 0), default=0.0)
            for recipe, lines in s.recipes.items()
        }
        self.diluted_for: dict[Key, list[Key]] = defaultdict(list)
        self.diluted_of: dict[Key, list[Key]] = defaultdict(list)
        self.dilutions: dict[Key, list[Key]] = defaultdict(list)
        self.exposed_dilutions: dict[Key, list[Key]] = defaultdict(list)
        for key in s.index["dilutes"]:
            site, recipe, material, exposed, cls = (str(part) for part in key)
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
        self.ratio: dict[tuple[str, str], float] = {(product, product): 1.0 for _, product, _ in s.index["demands"]}
        self.ratio |= {(row.product, row.material): row.ratio for row in s.case.tables.substitutions}
        self.served: dict[Key, list[Key]] = defaultdict(list)
        self.serving: dict[Key, list[Key]] = defaultdict(list)
        for key in s.index["serves"]:
            site, product, end_use, material, cls = (str(part) for part in key)
            self.served[s.place[site, material], material, cls].append(key)
            self.serving[site, product, end_use].append(key)
        self.stored: dict[Key, list[Key]] = defaultdict(list)
        self.classes_of: dict[Key, list[Key]] = defaultdict(list)
        for key in s.index["stocks"]:
            site, material, cls = (str(part) for part in key)
            self.stored[s.place[site, material], material, cls].append(key)
            self.classes_of[site, material].append(key)
        self.covering = {
            (site, product): [key for key in s.index["stocks"] if key[0] == site and (product, key[1]) in self.ratio]
            for site, product in s.index["stock_sites"]
            if self.stock_rows[str(site), str(product)].cover > 0
        }

    def _projects(self) -> None:
        """What projects open, and when they may start."""
        s = self.structure
        self.expansions: dict[Key, list[str]] = defaultdict(list)
        for (project,) in s.index["projects"]:
            row = s.project_rows[str(project)]
            if row.kind == "expand":
                self.expansions[row.site, row.process].append(row.project)
        self.start_periods: dict[str, list[int]] = defaultdict(list)
        for project, period in s.index["starts"]:
            self.start_periods[str(project)].append(period)

    def opened(self, m: Model, project: str, period: int) -> Any:
        """Tonnes of activity or of shipments that a project opens in a period."""
        s = self.structure
        row = s.project_rows[project]
        if row.done_from is not None:
            done = s.calendar.day(row.done_from)
            first, last = s.calendar.offsets[period], s.calendar.offsets[period + 1]
            share = min(1.0, max(0.0, (last - done) / (last - first)))
            return float(row.capacity * s.calendar.years[period] * share)
        return row.capacity * sum(
            m.years_open[project, start, period] * m.start[project, start]
            for start in self.start_periods[project]
            if start <= period
        )

    def _limits(self) -> None:
        """Windows by key, and the spans whose volume they share."""
        self.window = {window.key: window for window in self.structure.windows}
        self.squares: dict[Key, list[Key]] = defaultdict(list)
        for window in self.structure.windows:
            if window.is_square:
                self.squares[window.limit, window.label].append(window.key)
        self.spans = {(window.limit, window.label): window for window in self.structure.windows}

    def counted(self, m: Model, limit: str, member: str | None, span: str) -> Any:
        """Tonnes or USD that count in a window, of everybody or of one member."""
        window = self.spans[limit, span] if member is None else self.window[limit, member, span]
        spend = window.row.measure == "spend"
        variables = {"run": m.run, "buy": m.buy, "take": m.take}
        total: Any = 0.0
        for variable, key, tonnes, own in window.counted:
            if member is None or own:
                for period in window.periods:
                    weight = self._price(m, variable, key, period) if spend else tonnes
                    total += weight * variables[variable][(*key, period)]
        return total

    def _price(self, m: Model, variable: str, key: Key, period: int) -> Any:
        """What a unit of a flow is paid for."""
        if variable == "run":
            return m.conversion_price[key[0], self.structure.process[str(key[1])], period]
        return m.offer_price[(*key, period)] if variable == "buy" else m.contract_price[(*key, period)]

    def breach(self, m: Model, limit: str, member: str, window: str) -> Any:
        """The breach of a limit, or nothing where it is hard."""
        soft = self.window[limit, member, window].row.penalty is not None
        return m.breach[limit, member, window] if soft else 0.0

    def _derived(self) -> dict[str, list[Key]]:
        """Index sets that only some rules and variables use."""
        s = self.structure
        windows = self.structure.windows
        starting = {str(project) for project, _ in s.index["starts"]}
        return {
            "home_markets": list(self.home_bought),
            "qualifications": [(project,) for project in s.qualifies],
            "startable": [key for key in s.index["projects"] if key[0] in starting],
            "bounded_dilutions": [key for key in self.dilutions if not self._value_implies(key)],
            "clean_lots": list(self.exposed_dilutions),
            "covered": list(self.covering),
            "reserved": [key for key in s.index["stock_sites"] if self.stock_rows[key].reserve > 0],
            "terminals": [key for key in s.index["stock_sites"] if self.stock_rows[key].terminal > 0],
            "limit_spans": list(self.spans),
            "share_limits": [window.key for window in windows if window.row.measure == "share"],
            "volume_limits": [window.key for window in windows if window.row.measure == "volume"],
            "spend_limits": [window.key for window in windows if window.row.measure == "spend"],
            "squares": [window.key for window in windows if window.is_square],
            "hhi_limits": [window.key for window in windows if window.row.measure == "hhi" and not window.is_square],
            "soft_limits": [
                window.key for window in windows if window.row.penalty is not None and not window.is_square
            ],
        }

    def _value_implies(self, key: Key) -> bool:
        """Whether the value rule alone keeps a diluted input within its recipe, at the case's own thresholds."""
        s = self.structure
        site, recipe, material, cls = (str(part) for part in key)
        whole = -s.recipes[recipe][material] * s.materials[material].unit_value
        rules = [rule for rule in s.exposures.rules if rule not in cls.split("+")]
        needed = [
            rule
            for rule in rules
            if all(rule in str(dilution[3]).split("+") for dilution in self.dilutions[site, recipe, material, cls])
        ]
        return any(s.exposures.rules[rule].threshold * self.output_value[recipe] <= whole for rule in needed)
