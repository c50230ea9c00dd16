"""Goods: the materials that flow, and the recipes that turn some into others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import model_validator

from optimizer.case.checking import CaseCheck, Checked
from optimizer.case.kinds import ELEMENTS, PARTS, Content, Flag, Name, Number, OwnId, Positive, Stage, linked
from optimizer.case.labels import Label
from optimizer.case.references import Defines, Ref
from optimizer.case.rows import Row
from optimizer.faults import Fault, WrongError

TOLERANCE = 1e-6
"""Share by which a recipe's output of an element may exceed its input, for rounding."""
OXYGEN = 1.54
"""Tonnes of oxide that a tonne of metal can become: of the metals traced, scandium takes up most (Sc2O3, 1.534)."""
METALLIC = ("metal", "alloy", "magnet")
"""Stages at which goods hold no oxygen yet. Scrap may hold some, and may take up more."""
BEGINNINGS = ("ore", "concentrate", "carbonate", "scrap")
"""Stages of what is dug or gathered: only these come from nothing."""


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
    label: Label = ""
    """What people call it, such as ``Magnets 42SH``; other tables may name it so too."""
    ref: OwnId = ""
    """The caller's own id of it, given back in `awards`; nothing else reads it."""

    def holds(self, elements: Iterable[str]) -> bool:
        """Whether it is traced to hold one of some elements; NdPr holds neodymium and praseodymium, and they are it."""
        return not linked(self.content).isdisjoint(elements)


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


@dataclass(frozen=True)
class GoodsTables:
    """The tables of this topic."""

    materials: tuple[Material, ...] = ()
    recipes: tuple[Recipe, ...] = ()


def main_products(materials: Iterable[Material], recipes: Iterable[Recipe]) -> dict[str, str]:
    """For each process, the output of its first recipe that is worth most.

    Parameters
    ----------
    materials : iterable of Material
        Give the value of a tonne.
    recipes : iterable of Recipe
    """
    value = {row.material: row.unit_value for row in materials}
    best: dict[str, tuple[str, str, float]] = {}
    for row in recipes:
        worth = row.tonnes * value.get(row.material, 0.0)
        recipe, _, top = best.get(row.process, (row.recipe, "", 0.0))
        if row.recipe == recipe and worth > top:
            best[row.process] = (recipe, row.material, worth)
    return {process: material for process, (_, material, _) in best.items()}


def _holds_what_there_is(material: Material) -> bool:
    """Whether a material is made of known elements, and of no more than itself."""
    return material.content.keys() <= set(ELEMENTS) and sum(material.content.values()) <= 1 + TOLERANCE


def _materials(case: Checked) -> Iterator[Fault]:
    """Materials made of more than themselves."""
    for row, place in case.placed(Material):
        if (total := sum(row.content.values())) > 1 + TOLERANCE:
            yield Fault.of(place, "content", "at most 1 tonne in a tonne", f"{total:.6g}", "creates-matter")


def _recipes(case: Checked) -> Iterator[Fault]:
    """Recipes that belong to two processes, produce nothing, or create matter."""
    # Not those whose content is a fault by itself: what is made of them cannot be judged.
    materials = {row.material: row for row in case.rows(Material) if _holds_what_there_is(row)}
    named = {row.material for row in case.rows(Material)}
    lines: dict[str, list[tuple[Recipe, str]]] = defaultdict(list)
    for row, place in case.placed(Recipe):
        lines[row.recipe].append((row, place))
    for recipe, found in lines.items():
        rows, place = [row for row, _ in found], found[0][1]
        for row, where in found:
            if row.process in named:
                free = "another name than that of a material: licences count goods by the process that makes them"
                yield Fault.of(where, "process", free, repr(row.process), "inconsistent")
        processes = {row.process for row in rows}
        if len(processes) > 1:
            yield Fault.of(place, "process", f"one for recipe {recipe!r}", ", ".join(sorted(processes)))
        if all(row.tonnes < 0 for row in rows):
            yield Fault.of(place, "tonnes", f"recipe {recipe!r} to produce something", "only inputs", "missing-rows")
        if any(row.material not in materials for row in rows):
            continue
        if all(row.tonnes > 0 for row in rows):
            made = [row.material for row in rows if materials[row.material].stage not in BEGINNINGS]
            if made:
                used = f"recipe {recipe!r} to consume something (as a negative number) for the {made[0]!r} it produces"
                yield Fault.of(place, "tonnes", used, "only outputs", "creates-matter")
            continue
        for element, (consumed, produced) in _flows(rows, materials).items():
            if produced > consumed * (1 + TOLERANCE):
                most = f"recipe {recipe!r} to produce at most the {consumed:.6g} t of {element} it consumes"
                yield Fault.of(place, "tonnes", most, f"{produced:.6g} t", "creates-matter")
        heaviest, weight = _untraced(rows, materials)
        if weight > heaviest * (1 + TOLERANCE):
            most = f"what recipe {recipe!r} produces without content to weigh at most {heaviest:.6g} t like its inputs"
            yield Fault.of(place, "tonnes", most, f"{weight:.6g} t", "creates-matter")


def _flows(rows: list[Recipe], materials: Mapping[str, Material]) -> dict[str, list[float]]:
    """What a recipe consumes and produces of each element that is traced.

    What stands for several elements holds each of them, nobody knows how much: enough for what is made of it.
    """
    flows: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows:
        made = row.tonnes > 0
        for element, share in materials[row.material].content.items():
            groups = {group for group, parts in PARTS.items() if element in parts}
            for name in {element} | groups | (set() if made else set(PARTS.get(element, ()))):
                flows[name][made] += abs(row.tonnes) * share
    named = {element for row in rows for element in materials[row.material].content}
    return {element: flow for element, flow in flows.items() if element in named}


def _untraced(rows: list[Recipe], materials: Mapping[str, Material]) -> tuple[float, float]:
    """Most that the outputs of a recipe without content may weigh together, and what they weigh.

    Nothing else than oxygen can be in them that no row names, and only where metal is burnt or dissolved to a compound.
    """
    made = [row for row in rows if row.tonnes > 0 and not materials[row.material].content]
    compounds = any(materials[row.material].stage not in METALLIC for row in made)
    most = sum(
        -row.tonnes * (OXYGEN if compounds and materials[row.material].stage in (*METALLIC, "scrap") else 1.0)
        for row in rows
        if row.tonnes < 0
    )
    return most, sum(row.tonnes for row in made)


CHECKS = (
    CaseCheck(_materials),
    CaseCheck(_recipes, (Recipe,)),
)
"""What only shows when rows are read together."""
