"""Which cells of a case do nothing: each set to other legal values, the programme compiled again and held beside it.

A cell may leave the programme as it is where its row is one that `check` says has no effect, where every other value
is refused, where results are told by it, or where two words say the same as the case stands (all are owned at home, a
stage has one material, one country makes it) and do not where that is set apart. All others are silent: their columns
and cells are printed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeVar, get_args, get_origin

import numpy as np
from pydantic import ValidationError

from benchmarks.show import Cell, table
from optimizer.case.case import Case
from optimizer.case.kinds import ELEMENTS, STAGES
from optimizer.case.references import Kind, definitions, names_in, references
from optimizer.case.rows import Row
from optimizer.case.tables import TABLES
from optimizer.case.topics.supply import Site
from optimizer.errors import LodestarError
from optimizer.formulation.compile import compile_network, parameter_vector
from optimizer.network.build import network_of
from optimizer.network.network import Network
from optimizer.network.reference import Reference, years_of
from optimizer.network.unread_cells import unread_cells
from optimizer.network.used_rows import idle_rows
from optimizer.world.load import load_case
from optimizer.world.plausible import case_findings

SHOWN_ONLY = {
    *("source", "confidence", "assumed", "description", "latitude", "longitude"),
    *("content",),  # how much of an element there is counts in checks of recipes and in reports; which ones, in rules
    *("authority", "number", "citation", "hs", "announced", "carried_by", "adopted", "company", "owner"),
    *("duty", "charge", "ref"),  # names by which no other row and no row of the programme goes
}
"""Columns that say where a row comes from, or that only what is shown depends on (an owner: only limits by owner)."""
RESULTS = {("materials", "stage"), ("materials", "unit_value")}
"""Columns that results are told by, also where no rule reads them: shares by stage, what is thrown away."""
OUTCOMES = ("changed", "said", "told", "alike", "silent", "refused")
"""What may come of other values of a cell; the first that comes of any of them counts."""
BUNDLED = ("ev-motors", "korea", "defense")
TRIES = 6
"""Other values of a cell that are tried, at most."""
Some = TypeVar("Some", bound=Row)
Said = set[tuple[str, str, str]]
"""Table, column (`*` for all) and place of the cells of which `check` says that nothing reads them."""


@dataclass(frozen=True)
class Tried:
    """What came of other values of a cell.

    Parameters
    ----------
    case, table, column, place : str
        The cell.
    outcome : str
        One of `OUTCOMES`.
    old : object
        What it says.
    new : tuple
        The other values that had this outcome.
    """

    case: str
    table: str
    column: str
    place: str
    outcome: str
    old: Any
    new: tuple[Any, ...]


def fingerprint(case: Case) -> tuple[str, Network]:
    """A digest of the programme of a case, names and arrays, and its network.

    Licences are shares of some reference, a tonne more under every one: what the case would ship is not known here.
    """
    network = network_of(case)
    program = compile_network(network)
    licensing, years = network.structure.licensing, int(years_of(network.calendar).max()) + 1
    shipped = np.ones((len(licensing.lanes), years)).cumsum(axis=0)
    some = Reference(shipped, np.full((len(licensing.applicants), years), 0.5))
    arrays = program.arrays(parameter_vector(network.referring(some)))
    digest = hashlib.sha256(repr((program.column_names, program.row_names)).encode())
    for part in vars(arrays).values():
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest(), network


def said_of(network: Network) -> Said:
    """The cells of which `check` says that they do nothing."""
    case = network.case
    said = {(row.table, "*", row.place) for row in idle_rows(network)}
    for cells in unread_cells(network):
        places = case.where(cells.table)
        said |= {(cells.table, column, places[row]) for row in cells.rows for column in cells.columns}
    return said | {(some.table, some.column or "*", some.where) for some in case_findings(case)}


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
        """Other values of a cell, those first that are likeliest to matter."""
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
            yield value + dt.timedelta(days=400)
            first, last = self.case.calendar.start, self.case.calendar.end
            yield from (first + (last - first) * part for part in (0.1, 0.4, 0.7))
            if value > first:
                yield first - dt.timedelta(days=300)
        elif choices:
            yield from (word for word in choices if word != value)
        elif isinstance(value, dict):
            yield {word: share * 0.5 for word, share in value.items()}
        elif isinstance(value, tuple):
            yield from (value[:place] + value[place + 1 :] for place in range(len(value)))
            yield from ((word,) for word in self.words(name, field) if value != (word,))
        elif isinstance(value, str):
            yield from (word for word in self.words(name, field) if word != value)


def apart(case: Case) -> Case:
    """A case with what coincides set apart: other owners, a second material and a second maker abroad of everything.

    What is declared of offers is enough to count.
    """
    tables = case.tables
    owners, lands = (
        {one: other for one, other in zip(some, some[1:] + some[:1], strict=True)} for some in _known(case)
    )
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
        ),
        {},
    )


def _known(case: Case) -> Iterator[list[str]]:
    """Owners and countries of a case."""
    yield sorted({row.owner for row in case.tables.sites})
    yield sorted({row.country for row in case.tables.sites})


def _abroad(row: Site, lands: dict[str, str]) -> Site:
    """The same maker in another country."""
    return _with(row, site=f"{row.site} abroad", company=f"{row.company} abroad", country=lands[row.country])


def _with(row: Some, **cells: Any) -> Some:
    """A row with other cells."""
    return row.model_copy(update=cells)


def with_row(case: Case, name: str, number: int, row: Row) -> Case:
    """A case with another row in the place of one."""
    rows = case.tables.rows(name)
    return Case(case.file, case.tables.replaced(**{name: (*rows[:number], row, *rows[number + 1 :])}), case.places)


class Fuzz:
    """Other values of the cells of one case, and what comes of them.

    Parameters
    ----------
    case : Case
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.values = Values(case)
        self.before, _ = fingerprint(case)

    def tried(self, name: str, number: int, field: str) -> Tried | None:
        """What comes of other values of a cell; nothing where there are none, and of notes, which do nothing."""
        row = self.case.tables.rows(name)[number]
        if getattr(row, "kind", "") == "note":
            return None
        column, value, place = (
            type(row).model_fields[field].alias or field,
            getattr(row, field),
            self.case.where(name)[number],
        )
        came: dict[str, list[Any]] = {}
        for other in self.values.others(name, field, value):
            if sum(map(len, came.values())) == TRIES:
                break
            outcome = self._outcome(name, number, row, column, other)
            came.setdefault(outcome, []).append(other)
            if outcome == "changed":
                break
        if came.keys() <= {"silent", "refused"} and any(
            self._differ_apart(name, number, row, column, other) for other in came.get("silent", ())
        ):
            came["alike"] = came.pop("silent")
        found = next((word for word in OUTCOMES if word in came), None)
        return found and Tried(self.case.name, name, column, place, found, value, tuple(came[found]))

    def _outcome(self, name: str, number: int, row: Row, column: str, value: Any) -> str:
        """What comes of one other value."""
        try:
            changed = changed_row(row, column, value)
            after, network = fingerprint(with_row(self.case, name, number, changed))
        except (ValidationError, LodestarError):
            return "refused"
        if after != self.before:
            return "changed"
        at = {(name, some, self.case.where(name)[number]) for some in ("*", column)}
        if not at.isdisjoint(said_of(network)):
            return "said"
        return "told" if (name, column) in RESULTS else "silent"

    def _differ_apart(self, name: str, number: int, row: Row, column: str, value: Any) -> bool:
        """Whether two values of a text differ where what coincides is set apart: in what is refused, or planned."""
        if isinstance(value, float | bool | dt.date):
            return False
        found = []
        for some in (row, changed_row(row, column, value)):
            try:
                found.append(fingerprint(apart(with_row(self.case, name, number, some)))[0])
            except LodestarError:
                found.append("")
        return found[0] != found[1]


def changed_row(row: Row, column: str, value: Any) -> Row:
    """A row with another value in a column; ValidationError if it may not stand there."""
    return type(row).model_validate({**row.model_dump(by_alias=True), column: value})


def measure(cases: Sequence[Case], cells: int, seed: int = 0) -> Iterator[Tried]:
    """Change cells of every column, so many of each case.

    Parameters
    ----------
    cases : sequence of Case
    cells : int
        Cells of each column and case, at most.
    seed : int
        Of the choice of rows.

    Yields
    ------
    Tried
        One for each cell that has another value.
    """
    rng = np.random.default_rng(seed)
    for case in cases:
        fuzz = Fuzz(case)
        for name, record in TABLES.items():
            rows = case.tables.rows(name)
            for field in record.model_fields:
                if field in SHOWN_ONLY or not rows:
                    continue
                for number in map(int, rng.permutation(len(rows))[:cells]):
                    if found := fuzz.tried(name, number, field):
                        yield found


def report(case: str | None = None, networks: int = 0, *, quick: bool = False) -> None:
    """Print the columns in which cells did nothing in silence, and these cells.

    Parameters
    ----------
    case : str, optional
        By name or folder; by default the bundled ones.
    networks : int, optional
        Random networks that are measured instead of those.
    quick : bool, optional
        One cell of each column instead of ten.
    """
    some = [load_case(name) for name in ([case] if case else [] if networks else BUNDLED)]
    if networks:
        from tests.helpers.networks import random_case

        some += map(random_case, range(networks))
    counts: dict[str, Counter[str]] = {}
    silent = []
    for found in measure(some, 1 if quick else 10):
        counts.setdefault(f"{found.table}.{found.column}", Counter())[found.outcome] += 1
        if found.outcome == "silent":
            silent.append(found)
    rows: list[list[Cell]] = [
        [column, *(of[word] for word in OUTCOMES)] for column, of in counts.items() if of["silent"]
    ]
    table("Cells that did nothing", ["column", *OUTCOMES], rows)
    for one in silent:
        print(f"{one.case}: {one.place}, {one.column}: {one.old!r}, also {', '.join(map(repr, one.new))}")
    total = sum(counts.values(), Counter())
    print(f"{total.total():,} cells: " + ", ".join(f"{total[word]:,} {word}" for word in OUTCOMES if total[word]))
