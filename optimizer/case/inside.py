"""How much of some goods stands inside a tonne of others, by the recipes: what a limit on the former follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from optimizer.case.stages import STEP_OF

AT_ONCE = ("concentrate", "scrap")
"""Steps whose goods count where they are drawn: a tonne of oxide takes more of one ore than of another, and scrap goes
round."""

LEAST = 1e-9
"""Tonnes inside a tonne below which there is nothing."""


class Goods(Protocol):
    """What a material is to a recipe: its stage and what it is worth."""

    @property
    def stage(self) -> str:
        """Where it stands."""

    @property
    def unit_value(self) -> float:
        """What it is worth, USD/kg."""


Recipes = Mapping[str, Mapping[str, float]]
"""Tonnes of each material per tonne of activity, inputs negative, by recipe."""


def counts_at_once(stage: str) -> bool:
    """Whether goods of a stage count where they are drawn, and are not followed into what is made of them."""
    return STEP_OF.get(stage, stage) in AT_ONCE


@dataclass(frozen=True)
class Inside:
    """Goods that count, and what of them stands inside others.

    Parameters
    ----------
    counted : frozenset of str
        The materials that count.
    tonnes : mapping of str to float
        Tonnes of these in a tonne of each material made of them, the most that a recipe takes; their own are left out.
    drawn : mapping of str to float
        By recipe, the part of what it draws of them that goes into such goods.
    """

    counted: frozenset[str]
    tonnes: Mapping[str, float]
    drawn: Mapping[str, float]

    def of(self, material: str) -> float:
        """Tonnes in a tonne of a material: all of one that counts."""
        return 1.0 if material in self.counted else self.tonnes.get(material, 0.0)


def inside(
    counted: Iterable[str],
    stage: str,
    recipes: Recipes,
    materials: Mapping[str, Goods],
    declared: Iterable[tuple[str, float]] = (),
    useful: Callable[[str], bool] = lambda _: True,
) -> Inside:
    """Follow goods into what is made of them: over a recipe's outputs by value, scrap takes none.

    Parameters
    ----------
    counted : iterable of str
        Materials that count.
    stage : str
        Theirs.
    recipes, materials : mapping
    declared : iterable of (str, float)
        Materials, and tonnes that sellers declare of the counted ones in a tonne of them.
    useful : callable, optional
        Whether a material is of any use; what is thrown away takes nothing.

    Returns
    -------
    Inside
    """
    own = frozenset(counted)
    if counts_at_once(stage):
        return Inside(own, {}, {})
    content = dict.fromkeys(own, 1.0)
    for material, tonnes in declared:
        if material not in own and useful(material):
            content[material] = max(tonnes, content.get(material, 0.0))
    outputs = {
        name: {i: t * materials[i].unit_value for i, t in lines.items() if _takes(i, t, materials) and useful(i)}
        for name, lines in recipes.items()
    }
    for _ in materials:
        before = dict(content)
        for name, lines in recipes.items():
            held = sum(-tonnes * content.get(i, 0.0) for i, tonnes in lines.items() if tonnes < 0)
            for i, worth in outputs[name].items() if held > 0 else ():
                if i not in own:
                    share = worth / sum(outputs[name].values())
                    content[i] = max(content.get(i, 0.0), held * share / lines[i])
        if content == before:
            break
    drawn = {}
    for name, lines in recipes.items():
        if any(tonnes < 0 and i in own for i, tonnes in lines.items()):
            followed = sum(worth for i, worth in outputs[name].items() if i not in own)
            drawn[name] = followed / sum(outputs[name].values()) if followed > 0 else 0.0
    return Inside(own, {i: tonnes for i, tonnes in content.items() if i not in own and tonnes > LEAST}, drawn)


def _takes(material: str, tonnes: float, materials: Mapping[str, Goods]) -> bool:
    """Whether an output of a recipe takes content of what goes in."""
    return tonnes > 0 and materials[material].stage != "scrap"
