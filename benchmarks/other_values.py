"""Other legal values of the cells of a case, and a case in which what coincides is set apart."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Literal, TypeVar, get_args, get_origin

from optimizer.case.case import Case
from optimizer.case.kinds import ELEMENTS, STAGES
from optimizer.case.references import Kind, definitions, names_in, references
from optimizer.case.rows import Row
from optimizer.case.tables import TABLES
from optimizer.case.topics.supply import Site, seller_pays
from optimizer.case.topics.transport import Route

Some = TypeVar("Some", bound=Row)
ELSEWHERE = 3
FAR = ("NZ", "CL", "ZA", "IS")


class Values:
    """Other legal values of the cells of a case.

    Parameters
    ----------
    case : Case
    """

    def __init__(self, case: Case) -> None:
        self.case = case

    @cached_property
    def names(self) -> dict[Kind, set[str]]:
        """The names of every kind that the case has."""
        found: dict[Kind, set[str]] = {
            "groups": set(self.case.file.groups),
            "elements": set(ELEMENTS),
            "stages": set(STAGES),
        }
        for name, record in TABLES.items():
            for field, kind in definitions(record):
                found.setdefault(kind, set()).update(getattr(row, field) for row in self.case.tables.rows(name))
        return found

    def words(self, name: str, field: str) -> list[str]:
        """The words that may stand in a column of text, those first that do, and countries where it holds some."""
        record = TABLES[name]
        there = {word for row in self.case.tables.rows(name) for word in names_in(getattr(row, field))}
        ref = references(record).get(field)
        known = set().union(*(self.names.get(kind, set()) for kind in ref.kinds)) if ref else there
        if ref and ref.word:
            known.add(ref.word)
        if any(len(word) == 2 and word.isupper() for word in there) or field in ("member", "origin"):
            known |= {row.country for row in self.case.tables.sites} | {"CN", "US", "DE"}
        spread = sorted(known - there - {""}, key=lambda word: hashlib.sha256(word.encode()).digest())
        return [*sorted(there - {""}), *spread]

    def others(self, name: str, field: str, value: Any) -> Iterator[Any]:
        """Other values of a cell, those first that are likeliest to matter.

        Left out is what says the same in other words: the same number, a day before the case, or after it, in place of
        another, terms of trade under which the seller pays the same.
        """
        for other in self._some(name, field, value):
            if other != value and not (field == "incoterm" and seller_pays(other) == seller_pays(value)):
                yield other

    def _some(self, name: str, field: str, value: Any) -> Iterator[Any]:
        """Values that might stand in a cell, also that which does."""
        info = TABLES[name].model_fields[field]
        annotation = info.annotation
        choices = next(
            (get_args(part) for part in (annotation, *get_args(annotation)) if get_origin(part) is Literal), ()
        )
        if isinstance(value, bool):
            yield not value
        elif isinstance(value, float):
            yield from (value * 0.5, value * 20, 0.0, 1.0) if value else (1.0, 1000.0, 0.25)
        elif isinstance(value, dt.date):
            first, last = self.case.calendar.start, self.case.calendar.end
            if value + dt.timedelta(days=400) > first and value < last:
                yield value + dt.timedelta(days=400)
            yield from (first + (last - first) * part for part in (0.1, 0.4, 0.7))
            if value > first:
                yield first - dt.timedelta(days=300)
        elif choices:
            yield from choices
        elif isinstance(value, dict):
            yield {word: share * 0.5 for word, share in value.items()}
        elif isinstance(value, tuple):
            yield from (value[:place] + value[place + 1 :] for place in range(len(value)))
            yield from ((word,) for word in self.words(name, field))
        elif isinstance(value, str):
            yield from self.words(name, field)


def apart(case: Case, turn: int = 1) -> Case:
    """A case with what coincides set apart: other owners, a second material and a second maker abroad of everything.

    What is declared of offers is enough to count.

    Parameters
    ----------
    case : Case
    turn : int, optional
        How far along the owners, and the countries, the other one of each stands; at `ELSEWHERE` all other makers are
        in a country that the case does not know.
    """
    tables = case.tables
    owners, lands = ({one: some[(place + turn) % len(some)] for place, one in enumerate(some)} for some in _known(case))
    if turn == ELSEWHERE:
        lands = dict.fromkeys(lands, next(some for some in FAR if some not in lands))
    materials = {row.material: f"{row.material} twin" for row in tables.materials}
    makers = {row.site for row in (*tables.plants, *tables.offers)}
    sites = [_with(row, owner=owners[row.owner]) for row in tables.sites]
    recipes = [
        _with(row, recipe=f"{name} {other}", material=materials[other] if row.material == other else row.material)
        for name, some in case.by.recipes.items()
        for other in some
        for row in tables.recipes
        if row.recipe == name
    ]
    offers = [
        *(_with(row, offer=f"{row.offer} twin", material=materials[row.material]) for row in tables.offers),
        *(_with(row, offer=f"{row.offer} abroad", site=f"{row.site} abroad") for row in tables.offers),
    ]
    return Case(
        case.file,
        tables.replaced(
            sites=[*sites, *(_abroad(row, lands) for row in sites if row.site in makers)],
            materials=[*tables.materials, *(_with(row, material=materials[row.material]) for row in tables.materials)],
            offers=[*tables.offers, *offers],
            plants=[*tables.plants, *(_with(row, site=f"{row.site} abroad") for row in tables.plants)],
            recipes=[*tables.recipes, *recipes],
            origins=[_with(row, tonnes=1.0) for row in tables.origins],
            routes=_ways(tables.routes, lands),
        ),
        {},
    )


def _ways(routes: Iterable[Route], lands: dict[str, str]) -> list[Route]:
    """Routes, and the same from and to where other makers are, if there are none."""
    found = {(row.from_country, row.to_country, row.mode, row.stage): row for row in routes}
    for row in list(found.values()):
        for leaves, enters in (
            (row.from_country, lands.get(row.to_country, row.to_country)),
            (lands.get(row.from_country, row.from_country), row.to_country),
        ):
            other = _with(row, from_country=leaves, to_country=enters)
            found.setdefault((leaves, enters, row.mode, row.stage), other)
    return list(found.values())


def _known(case: Case) -> Iterator[list[str]]:
    """Owners and countries of a case."""
    yield sorted({row.owner for row in case.tables.sites})
    yield sorted({row.country for row in case.tables.sites})


def _abroad(row: Site, lands: dict[str, str]) -> Site:
    """The same maker in another country."""
    return _with(row, site=f"{row.site} abroad", company=f"{row.company} abroad", country=lands[row.country])


def _with(row: Some, **cells: Any) -> Some:
    """A row with other cells; the label is that of the row itself only."""
    return row.model_copy(update=cells | ({"label": ""} if hasattr(row, "label") else {}))
