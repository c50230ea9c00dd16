"""Controls as an auditor reads them: what they reach, what passes them, and the capacity they hold back."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.audit.books import Books, Floats
from optimizer.audit.days import elements_in
from optimizer.audit.passing import Steps, passing_by_day

Names = frozenset[str]


def reaches(rule: Any, material: Any) -> bool:
    """Whether a rule names the stage and an element of a material.

    Parameters
    ----------
    rule, material : Any
        Rows of the controls and of the materials.
    """
    return material.stage in rule.stages and (
        not rule.elements or not elements_in(material.content).isdisjoint(rule.elements)
    )


def is_content(rule: Any, material: Any) -> bool:
    """Whether goods of an origin count as content of what is made of them.

    Parameters
    ----------
    rule, material : Any
        Rows of the controls, whose origin is meant, and of the materials.
    """
    if rule.threshold == 1 or not rule.inputs:
        return bool(rule.threshold < 1 and reaches(rule, material))
    for words in rule.inputs:
        stage, _, element = words.partition(" ")
        elements = {element} if element else set(rule.elements)
        if stage == material.stage and (not elements or elements & elements_in(material.content)):
            return True
    return False


class Rules:
    """The controls of a case.

    Parameters
    ----------
    books : Books
    """

    def __init__(self, books: Books) -> None:
        self.books = books
        wanted = {row.end_use for row in books.rows.demand}
        technologies = {row.technology_origin for row in books.rows.plants}
        scopes: dict[Any, str] = {}
        self.rules: dict[str, Any] = {}
        self.rule_of: dict[str, str] = {}
        self.same: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(books.rows.controls):
            matters = row.kind == "content" or (row.kind == "end_use" and wanted & set(row.end_uses))
            technology = row.technology and bool(technologies & set(row.origin))
            if not matters or (row.threshold >= 1 and not technology):
                continue
            scope = (
                *(frozenset(part) for part in (row.origin, row.elements, row.stages, row.inputs)),
                row.threshold,
                technology,
            )
            name = scopes.setdefault(scope, row.control)
            self.rules.setdefault(name, row)
            self.rule_of[row.control] = name
            self.same[name].append(number)
        self._bought: dict[str, str] = {}

    @staticmethod
    def names(exposure: str) -> Names:
        """The rules that an exposure class names."""
        return frozenset(exposure.split("+")) - {"clean"}

    def made_in(self, country: str, material: str, technology: Names = frozenset(), before: str = "clean") -> str:
        """Exposure of a material made in a country, with technology of others, from inputs of an exposure.

        Parameters
        ----------
        country, material : str
        technology : frozenset of str, optional
            Countries whose technology is used.
        before : str, optional
            Exposure of the inputs.

        Returns
        -------
        str
            Names of rules, joined by ``+``, or ``clean``.
        """
        names = set(self.names(before))
        for name, rule in self.rules.items():
            used = rule.technology and not technology.isdisjoint(rule.origin)
            goods = self.books.material[material]
            if (country in rule.origin and is_content(rule, goods)) or (used and reaches(rule, goods)):
                names.add(name)
        return "+".join(sorted(names)) or "clean"

    @cached_property
    def _technology(self) -> dict[Any, set[str]]:
        """Countries whose technology a site depends on, by site and material made."""
        found: dict[Any, set[str]] = defaultdict(set)
        for row in self.books.rows.plants:
            for recipe, process in self.books.process.items():
                if process == row.process and row.technology_origin is not None:
                    for material in self.books.need[recipe]:
                        found[row.site, material].add(row.technology_origin)
        return found

    def made_at(self, site: str, material: str, before: str) -> str:
        """Exposure of what a site makes from inputs of an exposure.

        Parameters
        ----------
        site, material : str
        before : str
            Exposure of the inputs.
        """
        technology = frozenset(self._technology.get((site, material), set()))
        return self.made_in(self.books.site[site].country, material, technology, before)

    def bought(self, offer: Any) -> str:
        """Exposure of what is offered, by where it is sold and what its seller declares."""
        if offer.offer not in self._bought:
            self._bought[offer.offer] = self._find_bought(offer)
        return self._bought[offer.offer]

    def _find_bought(self, offer: Any) -> str:
        material = self.books.material
        names = set(self.names(self.made_in(self.books.site[offer.site].country, offer.material)))
        for name, rule in self.rules.items():
            inside = sum(
                row.tonnes * material[row.material].unit_value
                for row in self.books.rows.origins
                if row.offer == offer.offer and row.country in rule.origin and is_content(rule, material[row.material])
            )
            if inside > 0 and inside >= rule.threshold * material[offer.material].unit_value * (1 - 1e-12):
                names.add(name)
        return "+".join(sorted(names)) or "clean"

    def threshold(self, name: str) -> Floats:
        """Largest value share of exposed content in a clean lot, by period."""
        return self._thresholds[name]

    @cached_property
    def _thresholds(self) -> dict[str, Floats]:
        means = self.books.average("controls", "threshold")
        margin = self.books.case.file.content_margin
        return {name: np.maximum(0.0, means[numbers].min(axis=0) - margin) for name, numbers in self.same.items()}

    @cached_property
    def in_force(self) -> NDArray[np.bool_]:
        """Whether a control applies, by control and day."""
        return self.books.daily("controls", "in_force") > 0.5

    @cached_property
    def through(self) -> Floats:
        """Share of what a control governs that passes it, by control and day; abroad all that is not found passes."""
        return np.array([self.through_to(number) for number in range(len(self.in_force))]).reshape(self.in_force.shape)

    def through_to(self, control: int, country: str = "") -> Floats:
        """The same of one control, by day, of what goes to a country."""
        found = self.declared_to(control, country)
        if self.books.rows.controls[control].kind == "content":
            seen = self.books.daily("controls", "detection")[control]
            return np.asarray(seen * found + (1 - seen))
        return found

    @cached_property
    def declared(self) -> Floats:
        """The same of what is declared, as by those whom an approval names."""
        return np.array([self.declared_to(number) for number in range(len(self.in_force))]).reshape(self.in_force.shape)

    def declared_to(self, control: int, country: str = "") -> Floats:
        """The same of one control, by day, of what goes to a country, which may have steps of its own."""
        return self._let(control, country, self.books.daily("controls", "approval")[[control]])

    def decided_to(self, control: int, country: str) -> Floats:
        """Share of what is applied for that is decided by now, by day, of what goes to a country."""
        return self._let(control, country, np.ones((1, self.books.days.count)))

    def _let(self, control: int, country: str, approval: Floats) -> Floats:
        """What passes a control that approves so much, by day."""
        waits, name = (
            self.books.daily("controls", "processing_days")[[control]],
            self.books.rows.controls[control].control,
        )
        steps = self.steps(name, "", country) or self.steps(name, "", "")
        found = passing_by_day(self.in_force[[control]], approval, waits, {0: steps} if steps else {})
        return np.asarray(found[0])

    def steps(self, control: str, approval: str, country: str) -> Steps:
        """Steps of the grants of a control, or of its approval, that are stated for a country, or for none."""
        shares = self.books.daily("grants", "share")
        return [
            (row.days, shares[number])
            for number, row in enumerate(self.books.rows.grants)
            if (row.control, row.approval, row.destination or "") == (control, approval, country)
        ]

    @cached_property
    def passing(self) -> Floats:
        """The same, by control and period."""
        return self.by_period(self.through)

    def by_period(self, daily: Floats) -> Floats:
        """Mean of a daily share in each period."""
        return np.asarray(self.books.summed(daily) / np.array(self.books.length))

    def capacity_there(self) -> Floats:
        """Capacity of each plant's steps on the days they hold, t a year: technology controls hold some back."""
        first = [self.books.days.place(day) for day in self.books.days.starts("plants")]
        stated, active = self.books.daily("plants", "capacity"), self.books.active("plants")
        steps: dict[Any, list[int]] = defaultdict(list)
        rows = self.books.rows.plants
        held = [number for number in range(len(rows)) if active[number].any()]
        for number in sorted(held, key=lambda n: rows[n].from_):
            steps[rows[number].site, rows[number].process].append(number)
        result = np.zeros_like(stated)
        for numbers in steps.values():
            there = before = np.zeros(stated.shape[1])
            for number in numbers:
                grown = np.maximum(stated[number] - before, 0.0)
                there = np.minimum(there, stated[number]) + self._granted(number, first[number]) * grown
                before = stated[number]
                result[number] = there * active[number] * self.running(number)
        return result

    def running(self, plant: int) -> Floats:
        """Share of a row of plants that has the parts it needs, by day: technology controls take it in time."""
        books, found = self.books, np.ones(self.books.days.count)
        for number in self._holding_back(plant):
            rule = books.rows.controls[number]
            if rule.running_days is None:
                continue
            approval, since = books.daily("controls", "approval")[number], None
            for day in range(books.days.count):
                if not self.in_force[number, day]:
                    since = None
                    continue
                today = books.days.zero + dt.timedelta(days=day)
                if since is None:
                    since = min(today, rule.effective) if day == 0 else today
                if (today - since).days >= rule.running_days:
                    found[day] = min(found[day], approval[day])
        return found

    def _granted(self, plant: int, day: int) -> Floats:
        """Share of a plant's step that technology controls let come, by day."""
        days = np.arange(self.books.days.count)
        if day <= 0:
            return np.ones(len(days))
        opens, share = self._comes(self._holding_back(plant), float(day))
        return np.asarray(share * np.clip(days + 1 - opens, 0.0, 1.0))

    def _holding_back(self, plant: int) -> list[int]:
        """Technology controls that reach a row of plants, by their rows."""
        books, row = self.books, self.books.rows.plants[plant]
        country, stage = books.site[row.site].country, books.stage_of[row.process]
        return [
            number
            for number, rule in enumerate(books.rows.controls)
            if rule.kind == "technology"
            and row.technology_origin in rule.origin
            and stage in rule.stages
            and country not in rule.origin
            and {"*", country} & set(rule.destinations)
        ]

    def opening(self, project: Any, day: float) -> tuple[float, float]:
        """When a project due on a day opens, and the share of it that does, as technology controls then let it.

        Parameters
        ----------
        project : Any
            Its row in the table of projects.
        day : float
            Number of the day, as `Days.place` counts them.

        Returns
        -------
        tuple of float
            Number of the day, and share, 0 to 1.
        """
        rows = enumerate(self.books.rows.plants)
        grows = [n for n, row in rows if (row.site, row.process) == (project.site, project.process)]
        return self._comes({control for plant in grows for control in self._holding_back(plant)}, day)

    def _comes(self, controls: Iterable[int], day: float) -> tuple[float, float]:
        """When what is due on a day comes, and the share of it that does: once all licences of that day are there."""
        opens, share = day, 1.0
        for number in controls:
            if day < self.books.days.count and self.in_force[number, int(day)]:
                opens = max(opens, day + self.books.daily("controls", "processing_days")[number, int(day)])
                share = min(share, self.books.daily("controls", "approval")[number, int(day)])
        return opens, share
