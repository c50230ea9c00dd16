"""The rows of a case by their names, and what follows from a few of them: made once, when first asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

from optimizer.case.kinds import pool_of
from optimizer.case.tables import Tables
from optimizer.case.topics.content import Origin
from optimizer.case.topics.contracts import Contract
from optimizer.case.topics.demand import Substitution
from optimizer.case.topics.goods import Material, Recipe, main_products
from optimizer.case.topics.licences import Control
from optimizer.case.topics.projects import Project
from optimizer.case.topics.stock import Arrival, Stock
from optimizer.case.topics.supply import Offer, Site, seller_pays
from optimizer.case.topics.transport import Route

Some = TypeVar("Some")
Key = TypeVar("Key", bound=Hashable)
Pair = tuple[str, str]
Way = tuple[str, str, str, str]
"""Two countries, the mode of a route between them, and the stage of what goes there."""


def _by(rows: Iterable[Some], key: Callable[[Some], Key]) -> Mapping[Key, Some]:
    """Rows by a key."""
    return MappingProxyType({key(row): row for row in rows})


def _grouped(rows: Iterable[Some], key: Callable[[Some], Key]) -> Mapping[Key, tuple[Some, ...]]:
    """Rows that share a key, in their order."""
    found: dict[Key, list[Some]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return MappingProxyType({name: tuple(some) for name, some in found.items()})


@dataclass(frozen=True, eq=False)
class Catalogue:
    """Look-ups of the tables of a case. Of a case that has faults, only those that follow no reference may be asked.

    Parameters
    ----------
    tables : Tables
    """

    tables: Tables

    def __reduce__(self) -> tuple[Any, ...]:
        return Catalogue, (self.tables,)

    @cached_property
    def materials(self) -> Mapping[str, Material]:
        """Materials by name."""
        return _by(self.tables.materials, lambda row: row.material)

    @cached_property
    def sites(self) -> Mapping[str, Site]:
        """Sites by name."""
        return _by(self.tables.sites, lambda row: row.site)

    @cached_property
    def country(self) -> Mapping[str, str]:
        """Country of each site, and of the hub of each country in which one lies."""
        found = {row.site: row.country for row in self.tables.sites}
        return MappingProxyType(found | {pool_of(country): country for country in found.values()})

    @cached_property
    def offers(self) -> Mapping[str, Offer]:
        """Offers by name."""
        return _by(self.tables.offers, lambda row: row.offer)

    @cached_property
    def seller_pays(self) -> Mapping[Pair, tuple[str, ...]]:
        """What of freight and duty the seller pays of the goods that leave it, by site and material; none of others."""
        found = {(row.site, row.material): seller_pays(row.incoterm) for row in self.tables.offers}
        return MappingProxyType({key: paid for key, paid in found.items() if paid})

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        """Contracts by name."""
        return _by(self.tables.contracts, lambda row: row.contract)

    @cached_property
    def projects(self) -> Mapping[str, Project]:
        """Projects by name."""
        return _by(self.tables.projects, lambda row: row.project)

    @cached_property
    def controls(self) -> Mapping[str, Control]:
        """Controls by name."""
        return _by(self.tables.controls, lambda row: row.control)

    @cached_property
    def route_numbers(self) -> Mapping[Way, int]:
        """Place of each route in its table, by where goods leave and arrive, how they go, and their stage."""
        return MappingProxyType(
            {
                (row.from_country, row.to_country, row.mode, stage): number
                for number, row in enumerate(self.tables.routes)
                for stage in row.stages
            }
        )

    @cached_property
    def modes(self) -> Mapping[tuple[str, str, str], tuple[str, ...]]:
        """Modes of the routes that goods may go, by where they leave and arrive, and their stage."""
        found = _grouped(self.route_numbers, lambda way: (way[0], way[1], way[3]))
        return MappingProxyType({key: tuple(way[2] for way in ways) for key, ways in found.items()})

    def route(self, leaves: str, enters: str, mode: str, material: str) -> Route:
        """The route that a material goes.

        Parameters
        ----------
        leaves, enters : str
            Countries.
        mode, material : str
        """
        return self.tables.routes[self.route_numbers[leaves, enters, mode, self.materials[material].stage]]

    @cached_property
    def stocks(self) -> Mapping[Pair, Stock]:
        """Stocks by site and material."""
        return _by(self.tables.stocks, lambda row: (row.site, row.material))

    @property
    def held(self) -> tuple[Stock | Arrival, ...]:
        """What is there, and what is on its way, when the horizon begins."""
        return (*self.tables.stocks, *self.tables.arrivals)

    @cached_property
    def substitutions(self) -> Mapping[Pair, Substitution]:
        """Substitutions by product and what stands in for it."""
        return _by(self.tables.substitutions, lambda row: (row.product, row.material))

    @cached_property
    def control_numbers(self) -> Mapping[str, int]:
        """Place of each control in its table."""
        return MappingProxyType({name: number for number, name in enumerate(self.controls)})

    @cached_property
    def project_numbers(self) -> Mapping[str, int]:
        """Place of each project in its table."""
        return MappingProxyType({name: number for number, name in enumerate(self.projects)})

    @cached_property
    def substitution_numbers(self) -> Mapping[Pair, int]:
        """Place of each substitution in its table, by product and what stands in for it."""
        return MappingProxyType({pair: number for number, pair in enumerate(self.substitutions)})

    @cached_property
    def _lines(self) -> Mapping[str, tuple[Recipe, ...]]:
        """The rows of each recipe."""
        return _grouped(self.tables.recipes, lambda row: row.recipe)

    @cached_property
    def recipes(self) -> Mapping[str, Mapping[str, float]]:
        """Tonnes of each material per tonne of activity, inputs negative, by recipe."""
        return MappingProxyType(
            {
                recipe: MappingProxyType({row.material: row.tonnes for row in lines})
                for recipe, lines in self._lines.items()
            }
        )

    @cached_property
    def process_of(self) -> Mapping[str, str]:
        """Process of each recipe."""
        return MappingProxyType({recipe: lines[-1].process for recipe, lines in self._lines.items()})

    @cached_property
    def recipes_of(self) -> Mapping[str, tuple[str, ...]]:
        """Recipes of each process."""
        return _grouped(self.process_of, lambda recipe: self.process_of[recipe])

    @cached_property
    def product_of(self) -> Mapping[str, str]:
        """Main product of each process."""
        return MappingProxyType(main_products(self.tables.materials, self.tables.recipes))

    @cached_property
    def stage_of(self) -> Mapping[str, str]:
        """Stage of the main product of each process; none of a product that no row defines."""
        made = {name: self.materials.get(product) for name, product in self.product_of.items()}
        return MappingProxyType({name: row.stage for name, row in made.items() if row is not None})

    @cached_property
    def offer_of(self) -> Mapping[str, Offer]:
        """The offer that each contract shares its goods with."""
        return MappingProxyType({name: self.offers[row.offer] for name, row in self.contracts.items()})

    @cached_property
    def origins_of(self) -> Mapping[str, tuple[Origin, ...]]:
        """What the seller of an offer declares, by offer; none, where it declares nothing."""
        return _grouped(self.tables.origins, lambda row: row.offer)

    @cached_property
    def stands_in(self) -> Mapping[str, tuple[str, ...]]:
        """What may stand in for a product, by product; none, where nothing may."""
        found = _grouped(self.tables.substitutions, lambda row: row.product)
        return MappingProxyType({product: tuple(row.material for row in rows) for product, rows in found.items()})

    @cached_property
    def ratio(self) -> Mapping[Pair, float]:
        """Tonnes of a product that a tonne of a material serves, itself or in its stead, by product and material."""
        own = {(row.product, row.product): 1.0 for row in self.tables.demand}
        return MappingProxyType(own | {pair: row.ratio for pair, row in self.substitutions.items()})
