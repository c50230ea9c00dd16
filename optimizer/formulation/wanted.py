"""What is made because somebody wants it: whose by-products are left over, and may be sold.

A run is wanted for one of its outputs as far as that is delivered, sold on a market, kept as terminal stock, or goes
into another wanted run, in its period or, kept or under way, in a later one; of whatever class the goods are. Only
outputs of the latest stage count, as a magnet is not pressed for its swarf, and none that leads back to what the run
consumes, as goods that go round would want themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from optimizer.case.catalogue import Catalogue
from optimizer.case.kinds import STAGES
from optimizer.network.sale_keys import MaterialKey, SiteRecipe, WantedMove, WantedRun
from optimizer.network.sets import GoodsPlace, Index, Lane, StockKey
from optimizer.network.structure import Structure

RANK = {stage: number for number, stage in enumerate(STAGES)} | {"scrap": -1}
"""How far goods have come; scrap flows back."""


def outputs_wanted(by: Catalogue) -> dict[str, tuple[str, ...]]:
    """For each recipe, the outputs that it may be run for.

    Parameters
    ----------
    by : Catalogue
    """
    latest: dict[str, tuple[str, ...]] = {}
    for recipe, lines in by.recipes.items():
        ranks = {name: RANK[by.materials[name].stage] for name, tonnes in lines.items() if tonnes > 0}
        latest[recipe] = tuple(name for name, rank in ranks.items() if rank == max(ranks.values()))
    leads: dict[str, set[str]] = defaultdict(set)
    for recipe, lines in by.recipes.items():
        for name in (name for name, tonnes in lines.items() if tonnes < 0):
            leads[name].update(latest[recipe])
    return {
        recipe: tuple(
            name
            for name in names
            if _reached(leads, name).isdisjoint(i for i, t in by.recipes[recipe].items() if t < 0)
        )
        for recipe, names in latest.items()
    }


def _reached(leads: Mapping[str, set[str]], name: str) -> set[str]:
    """What is made of a material, step by step, itself included."""
    found, todo = {name}, [name]
    while todo:
        for other in leads.get(todo.pop(), ()):
            if other not in found:
                found.add(other)
                todo.append(other)
    return found


class Wanted:
    """Runs that are followed, and what takes up what they give.

    Parameters
    ----------
    structure : Structure
    """

    def __init__(self, structure: Structure) -> None:
        s = structure
        self.outputs = outputs_wanted(s.by)
        market = {(row.material, row.place, row.buyer) for row in s.case.tables.sales if row.market}
        self.markets: dict[tuple[str, str], list[tuple[str, ...]]] = defaultdict(list)
        self.rest: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for key in s.index["sold"]:
            if key[:3] in market:
                self.markets[key.at, key.material].append(key)
            else:
                self.rest[key.material].append(key)
        runs: dict[SiteRecipe, list[tuple[str, ...]]] = defaultdict(list)
        for run in s.index["runs"]:
            runs[SiteRecipe(run.site, run.recipe)].append(run)
        self.runs = runs
        self.needing: dict[tuple[str, str], list[SiteRecipe]] = defaultdict(list)
        for plant in runs:
            for name, tonnes in s.by.recipes[plant.recipe].items():
                if tonnes < 0:
                    self.needing[s.place[plant.site, name], name].append(plant)
        self.kept: dict[tuple[str, str], list[StockKey]] = defaultdict(list)
        for stock in s.index["stocks"]:
            self.kept[s.place[stock.site, stock.material], stock.material].append(stock)
        self.lanes: dict[WantedMove, list[Lane]] = defaultdict(list)
        self.out_of: dict[tuple[str, str], list[WantedMove]] = {}
        for lane in s.index["lanes"]:
            self.lanes[WantedMove(lane.origin, lane.destination, lane.material, lane.mode)].append(lane)
        for move in self.lanes:
            self.out_of.setdefault((move.origin, move.material), []).append(move)
        self.into: dict[tuple[str, str], list[WantedMove]] = defaultdict(list)
        self.giving: dict[tuple[str, str], list[WantedRun]] = defaultdict(list)
        self._follow(s)

    def _follow(self, s: Structure) -> None:
        """Find the runs that give what may be sold as left over, and all that is made of what they give."""
        todo = [key for key in self.runs if any(s.by.recipes[key.recipe].get(name, 0.0) > 0 for name in self.rest)]
        plants, moves, goods = dict.fromkeys(todo), dict[WantedMove, None](), dict[GoodsPlace, None]()
        places: list[GoodsPlace] = []

        def reach(place: str, material: str) -> None:
            if (spot := GoodsPlace(place, material)) not in goods:
                goods[spot] = None
                places.append(spot)

        while todo or places:
            if todo:
                key = todo.pop()
                for name in self.outputs[key.recipe]:
                    reach(s.place[key.site, name], name)
                continue
            spot = places.pop()
            for plant in self.needing[spot]:
                if plant not in plants:
                    plants[plant] = None
                    todo.append(plant)
            for move in self.out_of.get(spot, ()):
                moves[move] = None
                reach(move.destination, move.material)
        followed = [WantedRun(*key, name) for key in sorted(plants) for name in self.outputs[key.recipe]]
        for run in followed:
            self.giving[s.place[run.site, run.material], run.material].append(run)
        for move in sorted(moves):
            self.into[move.destination, move.material].append(move)
        self.index: Index = {
            "left_over": [MaterialKey(name) for name in self.rest],
            "wanted_runs": followed,
            "wanted_plants": sorted(plants),
            "wanted_moves": sorted(moves),
            "wanted_stocks": [spot for spot in sorted(goods) if self.kept.get(spot)],
            "wanted_goods": sorted(goods),
        }
