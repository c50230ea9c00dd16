"""The door for cases: whatever read one, every check across its rows is made here, and all faults are raised at once.

A folder (`load`) and rows in memory (`case_from`) are readers before it. Behind it, no name is ever taken for a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

from pydantic import ValidationError

from optimizer.case.case import Case, bundled
from optimizer.case.check import check_references, first_of_each_key
from optimizer.case.checking import Gaps
from optimizer.case.document import Document, document_from, texts
from optimizer.case.folder import no_such_table, read_shared
from optimizer.case.labels import Labels, add_labels, with_keys
from optimizer.case.packs import add_packs
from optimizer.case.read import explain, meant
from optimizer.case.rows import Row
from optimizer.case.settings import FORMAT, CaseFile, horizon_faults
from optimizer.case.tables import TABLES, Tables
from optimizer.case.text import brief, code_point, hidden
from optimizer.case.units import units
from optimizer.errors import CaseError, InputError
from optimizer.faults import Fault, Finding, Place, Source
from optimizer.world.assumed import with_assumed
from optimizer.world.plausible import case_findings

_ENTERED: WeakSet[Case] = WeakSet()
"""Cases that came through the door, so that none is checked again."""


@dataclass
class Given:
    """What a reader found of a case: its settings as they are written, and every row that could be read.

    Parameters
    ----------
    settings : Document
    rows, places : dict of str to list
        The rows of each table and where they stand, those of shared tables first.
    faults : list of Fault
        What could not be read.
    unread : set of str
        Tables that were not read in full.
    said : list of Finding
        What there was to say already.
    labels : Labels
        What people call the rows that were read.
    """

    settings: Document
    rows: dict[str, list[Row]] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)
    said: list[Finding] = field(default_factory=list)
    labels: Labels = field(default_factory=dict)

    @property
    def shared(self) -> dict[str, Place]:
        """The shared tables asked for, and where; read whatever else the settings say, so that all faults come once."""
        asked = self.settings.get("shared")
        named = enumerate(asked) if isinstance(asked, list | tuple) else ()
        return {name: self.settings.place(("shared", number)) for number, name in named if isinstance(name, str)}

    def add(self, table: str, rows: Sequence[Row], places: Sequence[str], faults: Sequence[Fault] = ()) -> None:
        """More rows of a table; with faults it is not read in full.

        Parameters
        ----------
        table : str
        rows : sequence of Row
        places : sequence of str
            Where each of the rows stands.
        faults : sequence of Fault, optional
            What could not be read of it.
        """
        self.rows.setdefault(table, []).extend(rows)
        self.places.setdefault(table, []).extend(places)
        self.faults += faults
        add_labels(self.labels, rows)
        self.unread |= {table} if faults else set()

    def add_shared(self, table: str) -> None:
        """The rows of a table that the settings take from the shared ones; none if they do not."""
        if table in self.shared:
            self.add(table, *read_shared(table))

    def refuse(self, name: str, fault: Fault) -> None:
        """A table that there is not; it may stand for those of a like name, or for any.

        Parameters
        ----------
        name : str
            As it was found.
        fault : Fault
            What is said of it.
        """
        self.faults.append(fault)
        self.unread |= meant(name, TABLES) or set(TABLES)


def enter(given: Given, packs: Iterable[str] = ()) -> Case:
    """A case from what was read of it.

    Parameters
    ----------
    given : Given
    packs : iterable of str
        Policy packs to switch on besides those the case names.

    Returns
    -------
    Case
        With the rows and groups of its packs, and what it asks to have assumed; its settings name packs and shared
        tables no more.

    Raises
    ------
    CaseError
        With every fault.
    """
    settings = given.settings
    if (version := settings.get("version")) != FORMAT:
        place = settings.place(("version",))
        what = f"version: expected {FORMAT}, found {brief(version)}"
        parts: dict[str, Any] = {"column": "version", "expected": str(FORMAT), "found": version}
        raise CaseError([Fault(place, what, code="wrong-version", **parts)])
    for name, place in given.shared.items():
        if name not in TABLES:
            given.refuse(name, no_such_table(place, name, "shared"))
    rows, places, again = first_of_each_key(given.rows, given.places)
    faults = given.faults + again
    try:
        file = CaseFile.model_validate(settings)
    except ValidationError as error:
        raise CaseError(explain(error, settings, CaseFile) + faults) from None
    wrong = horizon_faults(file, settings)
    tables, said = Tables.of(rows), list(given.said)
    try:
        more = [packs] if isinstance(packs, str) else packs
        groups, tables, of_packs = add_packs([*file.packs, *more], bundled("models"), tables, places)
        said += of_packs
        tables = with_assumed(file, tables, places, settings.place(("assume",)))
        file = file.model_copy(update={"groups": {**groups, **file.groups}, "packs": (), "shared": ()})
    except CaseError as error:
        faults += error.faults
    case = Case(file, tables, places, tuple(said))
    gaps = Gaps(frozenset(TABLES[name] for name in given.unread), bool(wrong))
    if faults := wrong + faults + check_references(case, settings.source.file, gaps):
        faulty = frozenset(TABLES[fault.table] for fault in faults if fault.table in TABLES)
        raise CaseError(faults, case_findings(case, gaps.and_of(faulty)))
    _ENTERED.add(case)
    return case


def case_from(
    settings: Mapping[str, Any] | CaseFile,
    rows: Mapping[str, Iterable[Row | Mapping[str, Any]]] | Tables,
    places: Mapping[str, Sequence[str]] | None = None,
    packs: Iterable[str] = (),
) -> Case:
    """A case from data, checked like one from a folder. No name in it is taken for a path.

    Parameters
    ----------
    settings : mapping or CaseFile
        Fields of ``case.yaml``, as YAML or JSON would give them.
    rows : mapping of str to iterable of mapping or Row, or Tables
        The rows of each table: columns and cells, or records. Shared tables that the settings name are added to them.
    places : mapping of str to sequence of str, optional
        Where each row came from, for messages; by default its table and number, from 1.
    packs : iterable of str
        Policy packs to switch on besides those the settings name.

    Returns
    -------
    Case

    Raises
    ------
    CaseError
        With every fault found.
    """
    content = settings.model_dump(mode="json") if isinstance(settings, CaseFile) else settings
    name = content.get("name") if isinstance(content, Mapping) else None
    shown = name if isinstance(name, str) and name and not hidden(name) else "case"
    try:
        given = Given(document_from(content, shown))
    except InputError as error:
        raise CaseError(error.faults) from None
    if not isinstance(rows, Mapping | Tables):
        what = f"expected a mapping of tables to their rows, found {brief(rows)}"
        raise CaseError([Fault(shown, what, code="wrong-shape")])
    tables: dict[Any, Any] = dict(rows.items())
    for table in sorted(map(str, tables.keys() - TABLES)):
        given.refuse(table, no_such_table(Place(shown, given.settings.source), table))
    for table in TABLES:
        given.add_shared(table)
        if table in tables:
            _read_rows(given, table, tables[table], (places or {}).get(table))
    return enter(given, packs)


def checked(case: Case) -> Case:
    """The case as it is, if its rows fit together: one may be made past the door, in code.

    Raises
    ------
    CaseError
        With every fault that needs more than one row to see.
    """
    if case in _ENTERED:
        return case
    file = case.file
    if named := [*file.packs, *file.shared]:
        names = ", ".join(named)
        what = f"packs, shared: expected what {names} holds among its rows; make it with case_from"
        raise CaseError([Fault(case.name, what, code="inconsistent", found=names)])
    if faults := check_references(case, case.name, cells=False):
        raise CaseError(faults)
    _ENTERED.add(case)
    return case


def _read_rows(given: Given, table: str, rows: Any, places: Sequence[str] | None) -> None:
    """Read the rows of a table in memory."""
    record = TABLES[table]
    source = Source(given.settings.source.file, table, (), units(record))
    if isinstance(rows, str | Mapping) or not isinstance(rows, Iterable):
        place = Place(table, source)
        given.add(table, [], [], [Fault(place, f"expected a list of rows, found {brief(rows)}", code="wrong-shape")])
        return
    listed = list(rows)
    if places is None:
        places = [Place(f"{table}, row {number}", source, number) for number in range(1, len(listed) + 1)]
    if len(places) != len(listed):
        what = f"expected the places of {len(listed)} rows, found {len(places)}"
        given.add(table, [], [], [Fault(Place(table, source), what, code="inconsistent")])
        return
    for item, where in zip(listed, places, strict=True):
        row, faults = read_row(item, where, record, given.labels)
        given.add(table, [] if row is None else [row], [] if row is None else [where], faults)


def read_row(item: Any, place: str, record: type[Row], labels: Labels | None = None) -> tuple[Row | None, list[Fault]]:
    """A row in memory as a record, or what is wrong with it.

    Parameters
    ----------
    item : mapping or Row
        Columns and cells, or a record.
    place : str
        Where it stands, for messages.
    record : type of Row
        What it must make.
    labels : Labels, optional
        Of rows read before, which it may name by them.
    """
    if not isinstance(item, record | Mapping):
        found = f"a {type(item).__name__}" if isinstance(item, Row) else brief(item)
        what = f"expected a mapping of columns to cells (or a record {record.__name__}), found {found}"
        return None, [Fault(place, what, code="wrong-shape")]
    # A record too is read anew: a copy of one with other values was never held to what its fields ask for.
    given = item.model_dump(by_alias=True) if isinstance(item, Row) else item
    content = {str(name): cell for name, cell in given.items()}
    unseen = [
        Fault(place, f"{path[0]}: expected plain text, found {code_point(letter)}", code="hidden-character",
              column=str(path[0]), found=f"U+{ord(letter):04X}")
        for name, cell in content.items()
        for path, text in texts(cell, (name,))
        if (letter := hidden(text))
    ]  # fmt: skip
    if unseen:
        return None, unseen
    try:
        return record.model_validate(with_keys(content, record, labels or {})), []
    except ValidationError as error:
        where = place if isinstance(place, Place) else Place(place)
        return None, explain(error, where, record)
