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
from typing import Any

import numpy as np
from pydantic import ValidationError

from benchmarks.other_values import Values, apart
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
NOTHING = ("row-without-effect", "nothing-to-enlarge")
"""Codes of findings that say that something does nothing."""
BUNDLED = ("ev-motors", "korea", "defense")
TRIES = 6
"""Other values of a cell that are tried, at most; half as many where `check` says that it does nothing."""
TURNS = (1, 2)
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
    findings = (some for some in case_findings(case) if some.code in NOTHING)
    return said | {(some.table, some.column or "*", some.where) for some in findings}


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
        network = network_of(case)
        worlds = worlds_of(network)
        self.before, self.numbers, self.said = programme_of(network, worlds), list(numbers_of(worlds)), said_of(network)

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
        tries = TRIES // 2 if self._is_said(self.said, name, number, column) else TRIES
        for other in self.values.others(name, field, value):
            refused = len(came.get("refused", ()))
            if sum(map(len, came.values())) - refused == tries or refused == TRIES:
                break
            outcome = self._outcome(name, number, row, column, other)
            came.setdefault(outcome, []).append(other)
            if outcome in ("changed", "misled"):
                break
        if came.keys() <= {"silent", "refused"} and any(
            self._differ_apart(name, number, row, column, other, turn)
            for other in came.get("silent", ())
            for turn in TURNS
        ):
            came["alike"] = came.pop("silent")
        found = next((word for word in OUTCOMES if word in came), None)
        return found and Tried(self.case.name, name, column, place, found, value, tuple(came[found]))

    def _is_said(self, said: Said, name: str, number: int, column: str) -> bool:
        """Whether `check` says of a cell, or of its row, that it does nothing."""
        return not said.isdisjoint((name, some, self.case.where(name)[number]) for some in ("*", column))

    def _outcome(self, name: str, number: int, row: Row, column: str, value: Any) -> str:
        """What comes of one other value."""
        try:
            network = network_of(with_row(self.case, name, number, changed_row(row, column, value)))
            worlds = worlds_of(network)
            # That a cell is read may show in the numbers that rules read, which are there sooner than the programme.
            pairs = zip(numbers_of(worlds), self.numbers, strict=False)
            differs = not all(np.array_equal(one, other) for one, other in pairs)
            differs = differs or programme_of(network, worlds) != self.before
        except (ValidationError, LodestarError):
            return "refused"
        at = name, column, self.case.where(name)[number]
        if differs:  # what a row says that has no effect may stand in the programme, with nothing that could flow
            return "misled" if at in self.said and at in said_of(network) else "changed"
        if any(self._is_said(said, name, number, column) for said in (self.said, said_of(network))):
            return "said"
        return "told" if (name, column) in RESULTS else "silent"

    def _differ_apart(self, name: str, number: int, row: Row, column: str, value: Any, turn: int) -> bool:
        """Whether two values of a text differ where what coincides is set apart: in what is refused, or planned."""
        if isinstance(value, float | bool | dt.date):
            return False
        found = []
        for some in (row, changed_row(row, column, value)):
            try:
                found.append(fingerprint(apart(with_row(self.case, name, number, some), turn))[0])
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
