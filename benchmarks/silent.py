"""Which cells of a case do nothing: each set to other legal values, the programme compiled again and held beside it.

A cell may leave the programme as it is where its row is one that `check` says has no effect, where every other value
is refused, where results are told by it, or where two words say the same as the case stands (all are owned at home, a
stage has one material, one country makes it) and do not where that is set apart. All others are silent: their columns
and cells are printed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import ValidationError

from benchmarks.other_values import ELSEWHERE, Values, apart
from benchmarks.show import Cell, table
from optimizer.case.case import Case
from optimizer.case.rows import Row
from optimizer.case.tables import TABLES
from optimizer.errors import LodestarError
from optimizer.formulation.compile import compile_network, parameter_vector
from optimizer.network.build import network_of
from optimizer.network.idle_rows import idle_rows
from optimizer.network.network import PARAMETERS, Floats, Network
from optimizer.network.reference import Reference, years_of
from optimizer.network.unread_cells import unread_cells
from optimizer.world.load import load_case
from optimizer.world.plausible import case_findings

SHOWN_ONLY = {
    *("source", "confidence", "assumed", "description", "latitude", "longitude"),
    *("content",),  # how much of an element there is counts in checks of recipes and in reports; which ones, in rules
    *("authority", "number", "citation", "hs", "announced", "carried_by", "adopted", "company", "owner"),
    *("duty", "charge", "ref"),  # names by which no other row and no row of the programme goes
}
"""Columns that say where a row comes from, or that only what is shown depends on (an owner: only limits by owner)."""
RESULTS = {("materials", "stage"), ("materials", "unit_value"), ("trade", "from")}
"""Columns that results are told by, also where no rule reads them: shares by stage, what is thrown away, of when
figures are."""
OUTCOMES = ("misled", "changed", "said", "told", "alike", "silent", "refused")
"""What may come of other values of a cell; the first that comes of any of them counts. Misled: `check` says that
nothing reads it, as it stands and with the other value too, and yet that value changes the programme."""
WRONG = ("silent", "misled")
"""What should come of no cell."""
NOTHING = ("row-without-effect", "nothing-to-enlarge")
"""Codes of findings that say that something does nothing."""
BUNDLED = ("ev-motors", "korea", "defense")
TRIES = 6
"""Other values of a cell that are tried, at most; half as many where `check` says that it does nothing."""
TURNS = (1, 2, ELSEWHERE)
"""How what coincides is set apart: see `apart`."""
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


def worlds_of(network: Network) -> list[Network]:
    """A network whose licences are shares of some reference, and of none: what the case would ship is not known here.

    The first has a tonne more under every licence.
    """
    licensing, years = network.structure.licensing, int(years_of(network.calendar).max()) + 1
    shipped = np.ones((len(licensing.lanes), years)).cumsum(axis=0)
    part = np.full((len(licensing.applicants), years), 0.5)
    some = network.referring(Reference(shipped, part))
    return [some, some.referring(Reference(0.0 * shipped, part))] if licensing.lanes else [some]


def numbers_of(worlds: Sequence[Network]) -> Iterator[Floats]:
    """All numbers that the rules of a case read, those first that are worked out of the least."""
    names = sorted(PARAMETERS, key=lambda name: len(PARAMETERS[name].reads))
    return (world.value(name) for world in worlds for name in names)


def fingerprint(case: Case) -> tuple[str, Network]:
    """A digest of the programme of a case, names and arrays, and its network."""
    network = network_of(case)
    return programme_of(network, worlds_of(network)), network


def programme_of(network: Network, worlds: Sequence[Network]) -> str:
    """A digest of the programme of a case, names and arrays.

    Parameters
    ----------
    network : Network
    worlds : sequence of Network
        As `worlds_of` gives them.
    """
    program = compile_network(network)
    digest = hashlib.sha256(repr((program.column_names, program.row_names)).encode())
    for world in worlds:
        for part in vars(program.arrays(parameter_vector(world))).values():
            digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()


def said_of(network: Network) -> Said:
    """The cells of which `check` says that they do nothing."""
    case = network.case
    said = {(row.table, "*", row.place) for row in idle_rows(network)}
    for cells in unread_cells(network):
        places = case.where(cells.table)
        said |= {(cells.table, column, places[row]) for row in cells.rows for column in cells.columns}
    for name, record in TABLES.items():  # for whom a row says something of which nothing is read
        keys = [record.model_fields[field].alias or field for field in record.key]
        for row, place in zip(case.tables.rows(name), case.where(name), strict=True):
            numbers = {field for field in record.series if getattr(row, field) != record.model_fields[field].default}
            if numbers and all((name, field, place) in said for field in numbers):
                said |= {(name, key, place) for key in keys}
    findings = (some for some in case_findings(case) if some.code in NOTHING)
    return said | {(some.table, some.column or "*", some.where) for some in findings}


@dataclass(frozen=True)
class Put:
    """Another value of a cell.

    Parameters
    ----------
    table : str
    number : int
        Of the row.
    column : str
    value : object
    """

    table: str
    number: int
    column: str
    value: Any


class Fuzz:
    """Other values of the cells of one case, and what comes of them.

    Parameters
    ----------
    case : Case
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.values = Values(case)
        network = network_of(case)
        worlds = worlds_of(network)
        self.before, self.numbers, self.said = programme_of(network, worlds), list(numbers_of(worlds)), said_of(network)
        self.unproved: list[Put] = []
        self.balanced = {key.material for key in network.index["balances"]}

    def tried(self, name: str, number: int, field: str) -> Tried | None:
        """What comes of other values of a cell; nothing where there are none, and of notes, which do nothing.

        That those which `check` says do nothing change no number is seen here; that they do not change the programme
        either, by `misled`, at once for all.
        """
        row = self.case.tables.rows(name)[number]
        if getattr(row, "kind", "") == "note":
            return None
        column, value, place = (
            type(row).model_fields[field].alias or field,
            getattr(row, field),
            self.case.where(name)[number],
        )
        came: dict[str, list[Any]] = {}
        tries = TRIES // 2 if self._is_said(self.said, name, number, column) else TRIES
        for other in self.values.others(name, field, value):
            refused = len(came.get("refused", ()))
            if sum(map(len, came.values())) - refused == tries or refused == TRIES:
                break
            outcome = self._outcome(Put(name, number, column, other))
            came.setdefault(outcome, []).append(other)
            if outcome in ("changed", "misled"):
                break
        if came.keys() <= {"silent", "refused"} and any(
            self._differ_apart(Put(name, number, column, other), turn)
            for other in came.get("silent", ())
            for turn in TURNS
        ):
            came["alike"] = came.pop("silent")
        found = next((word for word in OUTCOMES if word in came), None)
        return found and Tried(self.case.name, name, column, place, found, value, tuple(came[found]))

    def misled(self) -> Iterator[Tried]:
        """Cells among those tried that `check` says do nothing, with both values, and that change the programme."""
        rounds: list[dict[tuple[str, int, str], Put]] = []
        for put in self.unproved:
            cell = put.table, put.number, put.column
            some = next((one for one in rounds if cell not in one), None)
            if some is None:
                rounds.append(some := {})
            some[cell] = put
        for put in (put for some in rounds for put in self._differing(list(some.values()))):
            row, place = self.case.tables.rows(put.table)[put.number], self.case.where(put.table)[put.number]
            old = row.model_dump(by_alias=True)[put.column]
            yield Tried(self.case.name, put.table, put.column, place, "misled", old, (put.value,))

    def _differing(self, puts: list[Put]) -> Iterator[Put]:
        """Those of some values that change the programme each by itself, or with those beside it in the list."""
        if not puts:
            return
        try:
            network = network_of(with_cells(self.case, puts))
            same = programme_of(network, worlds_of(network)) == self.before
        except (ValidationError, LodestarError):
            same = False  # each by itself may stand, and not with the others
        if not same and len(puts) == 1:
            yield puts[0]
        elif not same:
            half = len(puts) // 2
            yield from self._differing(puts[:half])
            yield from self._differing(puts[half:])

    def _is_said(self, said: Said, name: str, number: int, column: str) -> bool:
        """Whether `check` says of a cell, or of its row, that it does nothing."""
        return not said.isdisjoint((name, some, self.case.where(name)[number]) for some in ("*", column))

    def _is_told(self, put: Put) -> bool:
        """Whether results are told by a cell where no rule reads it, such as what is made and left over at once."""
        row: Any = self.case.tables.rows(put.table)[put.number]
        left_over = (put.table, put.column) == ("recipes", "tonnes") and row.material not in self.balanced
        return left_over or (put.table, put.column) in RESULTS

    def _outcome(self, put: Put) -> str:
        """What comes of one other value."""
        cell, at = (put.table, put.number, put.column), (put.table, put.column, self.case.where(put.table)[put.number])
        try:
            network = network_of(with_cells(self.case, [put]))
            worlds = worlds_of(network)
            # That a cell is read may show in the numbers that rules read, which are there sooner than the programme.
            pairs = zip(numbers_of(worlds), self.numbers, strict=False)
            differs = not all(np.array_equal(one, other) for one, other in pairs)
            if not differs and self._is_said(self.said, *cell):
                if at in self.said and at in said_of(network):
                    self.unproved.append(put)
                return "said"
            if not differs and self._is_told(put):
                return "told"
            differs = differs or programme_of(network, worlds) != self.before
        except (ValidationError, LodestarError):
            return "refused"
        if differs:  # what a row says that has no effect may stand in the programme, with nothing that could flow
            return "misled" if at in self.said and at in said_of(network) else "changed"
        return "said" if self._is_said(said_of(network), *cell) else "silent"

    def _differ_apart(self, put: Put, turn: int) -> bool:
        """Whether two values of a text differ where what coincides is set apart: in what is refused, or planned."""
        if isinstance(put.value, float | bool | dt.date):
            return False
        found: list[Network | None] = []
        for some in ([], [put]):
            try:
                found.append(network_of(apart(with_cells(self.case, some), turn)))
            except LodestarError:
                found.append(None)
        one, other = found
        if one is None or other is None:
            return one is not other
        worlds = worlds_of(one), worlds_of(other)
        pairs = zip(*map(numbers_of, worlds), strict=False)
        if not all(np.array_equal(some, same) for some, same in pairs):
            return True
        return programme_of(one, worlds[0]) != programme_of(other, worlds[1])


def with_cells(case: Case, puts: Iterable[Put]) -> Case:
    """A case with other values in some cells; ValidationError if they may not stand there."""
    rows: dict[str, list[Row]] = {}
    for put in puts:
        some = rows.setdefault(put.table, list(case.tables.rows(put.table)))
        some[put.number] = changed_row(some[put.number], put.column, put.value)
    return Case(case.file, case.tables.replaced(**rows), case.places)


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
        One for each cell that has another value, and another for those whose values `check` is wrong about.
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
        yield from fuzz.misled()


def report(case: str | None = None, networks: int = 0, *, quick: bool = False) -> None:
    """Print the cells that did nothing in silence or that `check` is wrong about, as they are found, and their columns.

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
    for one in some:
        begun, wrong = time.perf_counter(), 0
        for found in measure([one], 1 if quick else 10):
            counts.setdefault(f"{found.table}.{found.column}", Counter())[found.outcome] += 1
            if found.outcome in WRONG:
                wrong += 1
                others = ", ".join(map(repr, found.new))
                print(f"{one.name}: {found.outcome}: {found.place}, {found.column}: {found.old!r}, also {others}")
        print(f"{one.name}: {wrong} in {time.perf_counter() - begun:.0f} s", flush=True)
    rows: list[list[Cell]] = [
        [column, *(of[word] for word in OUTCOMES)] for column, of in counts.items() if any(of[word] for word in WRONG)
    ]
    table("Cells that did nothing, or of which check is wrong that they do", ["column", *OUTCOMES], rows)
    total = sum(counts.values(), Counter())
    print(f"{total.total():,} cells: " + ", ".join(f"{total[word]:,} {word}" for word in OUTCOMES if total[word]))
