"""YAML and CSV to a validated case: every fault found, then raised once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from optimizer.case.case import Case, bundled
from optimizer.case.check import EARLIEST, LATEST, check_references
from optimizer.case.checking import Gaps
from optimizer.case.document import Document, read_yaml
from optimizer.case.folder import SETTINGS, names_in, not_read
from optimizer.case.packs import add_packs
from optimizer.case.read import explain, meant, read_table
from optimizer.case.rows import Row
from optimizer.case.settings import FORMAT, MAX_MONTHS, CaseFile
from optimizer.case.tables import TABLES, Tables
from optimizer.case.text import brief
from optimizer.errors import CaseError
from optimizer.faults import Fault, Place
from optimizer.world.plausible import case_findings

_Rows = dict[str, tuple[Row, ...]]
_Places = dict[str, tuple[str, ...]]


def _once(name: str, rows: Iterable[Row], places: Iterable[Place]) -> tuple[list[Row], list[Place], list[Fault]]:
    """The first row of every key, where it stands, and a fault for each row that repeats one."""
    fields = TABLES[name].key
    kept: dict[tuple[Any, ...], tuple[Row, Place]] = {}
    faults = []
    for row, place in zip(rows, places, strict=True):
        key = tuple(getattr(row, field) for field in fields)
        if key in kept:
            shown = ", ".join(f"{field.rstrip('_')} {value}" for field, value in zip(fields, key, strict=True))
            what = f"expected each key of {name} once, found {shown} also in {kept[key][1]}"
            faults.append(Fault(place, what, code="repeated", column=fields[-1].rstrip("_"), found=shown))
        kept.setdefault(key, (row, place))
    return [row for row, _ in kept.values()], [place for _, place in kept.values()], faults


def find_case(case: str | Path) -> Path:
    """The folder of a case: a path to it or to its ``case.yaml``, or the name of a bundled one."""
    path = Path(case)
    for folder in (path, path.parent if path.name == SETTINGS else path, bundled("models") / str(case)):
        if os.path.lexists(folder / SETTINGS):  # unlike Path.exists, also where the name is too long for a path
            return folder
    known = [found.parent.name for found in bundled("models").glob("*/case.yaml")]
    raise CaseError([Fault.near(str(case), None, "no such case, and no folder with a case.yaml", str(case), known)])


def _horizon_faults(file: CaseFile, content: Document) -> list[Fault]:
    """A horizon that no calendar can be made of."""
    months = sum(group.count * group.months for group in file.periods)
    start, periods = content.place(("start",)), content.place(("periods",))
    faults = []
    if file.start.day != 1:
        faults.append(Fault.of(start, "start", "the first day of a month", file.start, "out-of-range"))
    if not EARLIEST <= file.start <= LATEST:
        faults.append(Fault.of(start, "start", f"a day from {EARLIEST} to {LATEST}", file.start, "out-of-range"))
    if months > MAX_MONTHS:
        faults.append(Fault.of(periods, "periods", f"at most {MAX_MONTHS} months in all", months, "out-of-range"))
    return faults


def _wrong_tables(folder: Path, label: str, shared: dict[str, Place]) -> tuple[list[Fault], set[str]]:
    """Faults of tables that do not exist, and the tables they may stand for."""
    faults, stand_for = not_read(folder, label, TABLES)
    for name, place in shared.items():
        if name not in TABLES:
            faults.append(Fault.near(place, "shared", f"no such table {brief(name)}", name, TABLES))
            stand_for |= meant(name, TABLES) or set(TABLES)
    return faults, stand_for


def _read_tables(folder: Path, label: str, shared: dict[str, Place]) -> tuple[Tables, _Places, list[Fault], set[str]]:
    """Every table, shared rows first, with where its rows come from, its faults, and the tables not read in full."""
    faults, unsure = _wrong_tables(folder, label, shared)
    there = set(names_in(folder, label))  # also links that lead nowhere
    tables: _Rows = {}
    places: _Places = {}
    for name, record in TABLES.items():
        rows: list[Row] = []
        found: list[Place] = []
        own = folder / f"{name}.csv"
        files = [(bundled("data") / own.name, f"data/{own.name}")] if name in shared else []
        files += [(own, f"{label}/{own.name}")] if own.name in there else []
        for path, shown in files:
            some, where, bad = read_table(path, shown, record)
            rows, found, faults = rows + some, found + where, faults + bad
            unsure |= {name} if bad else set()
        rows, found, again = _once(name, rows, found)
        faults += again
        tables[name], places[name] = tuple(rows), tuple(found)
    return Tables.of(tables), places, faults, unsure


def load_case(case: str | Path, packs: Iterable[str] = ()) -> Case:
    """Load and check a case.

    Parameters
    ----------
    case : str or Path
        The name of a bundled case, or the folder of one.
    packs : iterable of str
        Policy packs to switch on besides those the case names.

    Returns
    -------
    Case
        The validated case.

    Raises
    ------
    CaseError
        With every fault of every file.
    """
    folder = find_case(case)
    label = folder.resolve().name
    shown = f"{label}/case.yaml"
    content = read_yaml(folder / "case.yaml", shown)
    if (version := content.get("version")) != FORMAT:
        place = content.place(("version",))
        what = f"version: expected {FORMAT}, found {brief(version)}"
        raise CaseError(
            [Fault(place, what, code="wrong-version", column="version", expected=str(FORMAT), found=version)]
        )
    # The tables are read whatever the settings say, so that the faults of both come together.
    asked = content.get("shared")
    named = enumerate(asked) if isinstance(asked, list) else ()
    shared = {name: content.place(("shared", number)) for number, name in named if isinstance(name, str)}
    tables, places, faults, unsure = _read_tables(folder, label, shared)
    try:
        file = CaseFile.model_validate(content)
    except ValidationError as error:
        raise CaseError(explain(error, content, CaseFile) + faults) from None
    try:
        groups, tables = add_packs([*file.packs, *packs], bundled("models"), tables, places)
        file = file.model_copy(update={"groups": {**groups, **file.groups}})
    except CaseError as error:
        faults += error.faults
    wrong = _horizon_faults(file, content)
    loaded = Case(file, tables, places)
    gaps = Gaps(frozenset(TABLES[name] for name in unsure), bool(wrong))
    if faults := wrong + faults + check_references(loaded, shown, gaps):
        faulty = frozenset(TABLES[fault.table] for fault in faults if fault.table in TABLES)
        raise CaseError(faults, case_findings(loaded, gaps.and_of(faulty)))
    return loaded
