"""What stands inside what, as an auditor reads the recipes: tonnes of goods that count in a tonne of others."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any

from optimizer.audit.books import Books

AT_ONCE = ("ore", "concentrate", "carbonate", "scrap")
"""Stages whose goods count where they are drawn."""


class Counted:
    """The goods that a limit counts, and what of them stands inside others.

    Parameters
    ----------
    books : Books
    stage : str
    materials : tuple of str
        Those of the stage that count; empty: all.
    """

    def __init__(self, books: Books, stage: str, materials: tuple[str, ...]) -> None:
        self.books = books
        self.goods = {name for name, row in books.material.items() if row.stage == stage}
        self.goods &= set(materials) or self.goods
        self.at_once = stage in AT_ONCE
        self._known: dict[str, float] = {}

    @cached_property
    def _recipes(self) -> dict[str, dict[str, float]]:
        """Recipes that some plant runs."""
        run = {row.process for row in self.books.rows.plants}
        return {name: lines for name, lines in self.books.need.items() if self.books.process[name] in run}

    @cached_property
    def _wanted(self) -> set[str]:
        """What anybody uses or keeps."""
        found = {material for _, material in self.books.ratio} | {row.material for row in self.books.rows.stocks}
        return found | {name for lines in self._recipes.values() for name, tonnes in lines.items() if tonnes < 0}

    @cached_property
    def declared(self) -> dict[str, dict[str, float]]:
        """Tonnes of what counts that sellers declare inside a tonne, by offer and country."""
        found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for row in self.books.rows.origins:
            if row.material in self.goods:
                found[row.offer][row.country] += row.tonnes
        return found

    def takes(self, recipe: str) -> dict[str, float]:
        """Part of what goes into a recipe that each output takes, by value; scrap and what nobody uses take none."""
        material = self.books.material
        worth = {
            name: tonnes * material[name].unit_value
            for name, tonnes in self.books.need[recipe].items()
            if tonnes > 0 and name in self._wanted and material[name].stage != "scrap"
        }
        return {name: some / sum(worth.values()) for name, some in worth.items()}

    def followed(self, recipe: str) -> float:
        """Part of what a recipe draws of the goods that is followed into others."""
        return sum(share for name, share in self.takes(recipe).items() if name not in self.goods)

    def inside(self, material: str, above: frozenset[str] = frozenset()) -> float:
        """Tonnes of what counts in a tonne of a material: the most that a recipe takes, or that a seller declares."""
        if material in self.goods:
            return 1.0
        if self.at_once or material in above or material not in self._wanted:
            return 0.0
        if material not in self._known:
            most = max((sum(self.declared[row.offer].values()) for row in self._offered(material)), default=0.0)
            for recipe, lines in self._recipes.items():
                if share := self.takes(recipe).get(material, 0.0):
                    held = sum(-t * self.inside(name, above | {material}) for name, t in lines.items() if t < 0)
                    most = max(most, held * share / lines[material])
            if above:
                return most
            self._known[material] = most
        return self._known[material]

    def _offered(self, material: str) -> list[Any]:
        return [row for row in self.books.rows.offers if row.material == material]
