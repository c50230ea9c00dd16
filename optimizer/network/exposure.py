"""Which content rules a lot of goods falls under, and where that begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.case.case import Case
    from optimizer.case.catalogue import Catalogue
    from optimizer.case.topics.supply import Offer

Exposure = frozenset[str]
CLEAN: Exposure = frozenset()


def label(exposure: Exposure) -> str:
    """Name of an exposure class."""
    return "+".join(sorted(exposure)) or "clean"


def in_scope(control: Any, material: Any) -> bool:
    """Whether a control's stages and elements reach a material.

    Parameters
    ----------
    control : Control
    material : Material
    """
    return material.stage in control.stages and (not control.elements or material.holds(control.elements))


def counts(control: Any, material: Any) -> bool:
    """Whether a material of an origin counts as content of what is made of it.

    Parameters
    ----------
    control : Control
    material : Material
        Of a country of the control's origin.
    """
    if control.threshold >= 1:
        return False
    if not control.inputs:
        return in_scope(control, material)
    return any(
        stage == material.stage and (not (listed := elements or control.elements) or material.holds(listed))
        for stage, *elements in map(str.split, control.inputs)
    )


def _scope(control: Any, by_technology: bool) -> tuple[Any, ...]:
    """What decides which goods a rule counts, lest rules that reach the same goods be taken as two.

    Parameters
    ----------
    control : Control
    by_technology : bool
        Whether it counts what is made with a technology, and some plant depends on that.
    """
    inputs = [(stage, own or control.elements) for stage, *own in map(str.split, control.inputs)]
    counted = inputs or [(stage, control.elements) for stage in control.stages]
    return (
        frozenset(control.origin),
        frozenset((stage, frozenset(elements)) for stage, elements in counted),
        control.threshold,
        by_technology and (frozenset(control.stages), frozenset(control.elements)),
    )


def technology_used(case: Case) -> dict[tuple[str, str], set[str]]:
    """For each material that a site makes (site, material): the countries whose technology its plants depend on."""
    made: dict[str, list[str]] = defaultdict(list)
    for row in case.tables.recipes:
        if row.tonnes > 0:
            made[row.process].append(row.material)
    used: dict[tuple[str, str], set[str]] = defaultdict(set)
    for plant in case.tables.plants:
        if plant.technology_origin is not None:
            for material in made[plant.process]:
                used[plant.site, material].add(plant.technology_origin)
    return dict(used)


@dataclass(frozen=True)
class Exposures:
    """The content rules of a case that can matter, those with the same scope and threshold taken as one.

    Parameters
    ----------
    rules : mapping of str to control
        The first control of each distinct scope, by its name; that name stands for the rule in exposure classes.
    rule_of : mapping of str to str
        For each content or end-use control, the name of its rule.
    """

    rules: dict[str, Any]
    rule_of: dict[str, str]

    @classmethod
    def of(cls, case: Case) -> Exposures:
        """The rules of a case: content controls, and end-use controls for an end use somebody has."""
        wanted = {row.end_use for row in case.tables.demand}
        technologies = {row.technology_origin for row in case.tables.plants}
        rules: dict[Any, Any] = {}
        rule_of: dict[str, str] = {}
        for control in case.tables.controls:
            matters = control.kind == "content" or (control.kind == "end_use" and wanted & set(control.end_uses))
            by_technology = control.technology and not technologies.isdisjoint(control.origin)
            if not matters or (control.threshold >= 1 and not by_technology):
                continue
            rule_of[control.control] = rules.setdefault(_scope(control, by_technology), control).control
        return cls({control.control: control for control in rules.values()}, rule_of)

    @cached_property
    def classes(self) -> tuple[Exposure, ...]:
        """Every set of rules, fewest first."""
        names = sorted(self.rules)
        return tuple(frozenset(some) for size in range(len(names) + 1) for some in combinations(names, size))

    def made_in(self, country: str, material: Any, technology: Set[str] = CLEAN) -> Exposure:
        """Exposure of a material by being made in a country, or with technology of others where a rule says so.

        Parameters
        ----------
        country : str
        material : Material
        technology : set of str, optional
            Countries whose technology the plants that make it depend on.
        """
        return frozenset(
            name
            for name, rule in self.rules.items()
            if (country in rule.origin and counts(rule, material))
            or (rule.technology and not technology.isdisjoint(rule.origin) and in_scope(rule, material))
        )

    def bought(self, offer: Offer, by: Catalogue) -> Exposure:
        """Exposure of an offer: by where it is sold from, and by the value share of what its seller declares.

        Parameters
        ----------
        offer : Offer
        by : Catalogue
            The case's rows by their names.
        """
        materials = by.materials
        found = set(self.made_in(by.sites[offer.site].country, materials[offer.material]))
        for name, rule in self.rules.items():
            value = sum(
                row.tonnes * materials[row.material].unit_value
                for row in by.origins_of.get(offer.offer, ())
                if row.country in rule.origin and counts(rule, materials[row.material])
            )
            if value > 0 and value >= rule.threshold * materials[offer.material].unit_value * (1 - 1e-12):
                found.add(name)
        return frozenset(found)
