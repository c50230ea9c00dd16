"""YAML and CSV to a validated case: every fault found, then raised once."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.case.calendar import Calendar
from optimizer.case.check import CALENDAR, EARLIEST, LATEST, check_references
from optimizer.case.packs import add_packs
from optimizer.case.plausible import case_findings
from optimizer.case.read import brief, explain, meant, read_table, read_yaml
from optimizer.case.rows import Country, Row, Share
from optimizer.case.tables import TABLES
from optimizer.errors import CaseError, Fault, nearest

FORMAT = 1
"""Version of the case format this package writes and reads."""
MAX_MONTHS = 600
"""Longest horizon: every table is held by the day."""


class PeriodGroup(BaseModel):
    """So many periods of so many months."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    count: Annotated[int, Field(ge=1, le=240)]
    """How many."""
    months: Annotated[int, Field(ge=1, le=60)]
    """How long each is."""


class CaseFile(BaseModel):
    """``case.yaml``: what a case is, apart from its tables."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    version: int
    """Version of the case format: 1."""
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    """Name of the case."""
    title: str
    """One line that says whose plan it is."""
    description: str = ""
    """What is assumed about this buyer, and why."""
    start: dt.date
    """First day of the horizon; the first of a month."""
    periods: Annotated[tuple[PeriodGroup, ...], Field(min_length=1)]
    """Lengths of the periods, in order."""
    discount_rate: Annotated[float, Field(ge=0, le=1)]
    """Per year."""
    packs: tuple[str, ...] = ()
    """Policy packs of `models/packs/` that are switched on."""
    shared: tuple[str, ...] = ()
    """Tables taken from `data/`; rows of the case's own table of the same name are added to them."""
    groups: dict[str, tuple[Country, ...]] = {}
    """Named groups of countries, for limits."""
    content_margin: Share = 1e-5
    """Share of value by which a clean lot stays below a content threshold (the rule bites at the threshold)."""


_Tables = dict[str, tuple[Any, ...]]
_Places = dict[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Case:
    """A validated case.

    Parameters
    ----------
    file : CaseFile
        Its settings.
    tables : mapping of str to tuple of Row
        The rows of every table, shared and own.
    places : mapping of str to tuple of str
        For every row of every table, the file and row it came from.
    """

    file: CaseFile
    tables: Mapping[str, tuple[Any, ...]]
    places: Mapping[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        """Name of the case."""
        return self.file.name

    @cached_property
    def calendar(self) -> Calendar:
        """Its periods."""
        return Calendar.of(self.file.start, [group.months for group in self.file.periods for _ in range(group.count)])

    def digest(self) -> str:
        """SHA-256 of everything the case says; where a row was taken from makes no difference."""
        content = {
            "case": self.file.model_dump(mode="json", exclude={"packs", "shared"}),
            "tables": {name: [row.model_dump(mode="json") for row in rows] for name, rows in self.tables.items()},
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def bundled(folder: str) -> Path:
    """Where `models`, `data` or `scenarios` live: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "bundled" / folder
    return inside if inside.is_dir() else package.parent / folder


def _once(name: str, rows: Iterable[Row], places: Iterable[str]) -> tuple[list[Row], list[str], list[Fault]]:
    """The first row of every key, where it stands, and a fault for each row that repeats one."""
    fields = TABLES[name].key
    kept: dict[tuple[Any, ...], tuple[Row, str]] = {}
    faults = []
    for row, place in zip(rows, places, strict=True):
        key = tuple(getattr(row, field) for field in fields)
        if key in kept:
            shown = ", ".join(f"{field.rstrip('_')} {value}" for field, value in zip(fields, key, strict=True))
            faults.append(Fault(place, f"expected each key of {name} once, found {shown} also in {kept[key][1]}"))
        kept.setdefault(key, (row, place))
    return [row for row, _ in kept.values()], [place for _, place in kept.values()], faults


def find_case(case: str | Path) -> Path:
    """The folder of a case: a path to it or to its ``case.yaml``, or the name of a bundled one."""
    path = Path(case)
    for folder in (path, path.parent if path.name == "case.yaml" else path, bundled("models") / str(case)):
        if os.path.isfile(folder / "case.yaml"):  # unlike Path.is_file, also where the name is too long for a path
            return folder
    known = [found.parent.name for found in bundled("models").glob("*/case.yaml")]
    raise CaseError([Fault(str(case), f"no such case, and no folder with a case.yaml. {nearest(str(case), known)}")])


def _horizon_faults(file: CaseFile, shown: str) -> list[Fault]:
    """A horizon that no calendar can be made of."""
    months = sum(group.count * group.months for group in file.periods)
    faults = []
    if file.start.day != 1:
        faults.append(Fault(shown, f"start: expected the first day of a month, found {file.start}"))
    if not EARLIEST <= file.start <= LATEST:
        faults.append(Fault(shown, f"start: expected a day from {EARLIEST} to {LATEST}, found {file.start}"))
    if months > MAX_MONTHS:
        faults.append(Fault(shown, f"periods: expected at most {MAX_MONTHS} months in all, found {months}"))
    return faults


def _wrong_tables(folder: Path, label: str, shared: Iterable[str]) -> tuple[list[Fault], set[str]]:
    """Faults of tables that do not exist, and the tables they may stand for."""
    wrong = [(f"{label}/case.yaml", "shared: ", name) for name in shared if name not in TABLES]
    wrong += [
        (f"{label}/{path.name}", "", path.stem) for path in sorted(folder.glob("*.csv")) if path.stem not in TABLES
    ]
    faults = [
        Fault(where, f"{field}no such table {brief(name)}. {nearest(name, TABLES)}") for where, field, name in wrong
    ]
    return faults, {table for _, _, name in wrong for table in meant(name, TABLES) or TABLES}


def _read_tables(folder: Path, label: str, shared: list[str]) -> tuple[_Tables, _Places, list[Fault], set[str]]:
    """Every table, shared rows first, with where its rows come from, its faults, and the tables not read in full."""
    faults, unsure = _wrong_tables(folder, label, shared)
    tables: _Tables = {}
    places: _Places = {}
    for name, record in TABLES.items():
        rows: list[Row] = []
        found: list[str] = []
        own = folder / f"{name}.csv"
        files = [(bundled("data") / own.name, f"data/{own.name}")] if name in shared else []
        files += [(own, f"{label}/{own.name}")] if own.exists() else []
        for path, shown in files:
            some, where, bad = read_table(path, shown, record)
            rows, found, faults = rows + some, found + where, faults + bad
            unsure |= {name} if bad else set()
        rows, found, again = _once(name, rows, found)
        faults += again
        tables[name], places[name] = tuple(rows), tuple(found)
    return tables, places, faults, unsure


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
        raise CaseError([Fault(shown, f"version: expected {FORMAT}, found {brief(version)}")])
    # The tables are read whatever the settings say, so that the faults of both come together.
    asked = content.get("shared")
    shared = [name for name in asked if isinstance(name, str)] if isinstance(asked, list) else []
    tables, places, faults, unsure = _read_tables(folder, label, shared)
    try:
        file = CaseFile.model_validate(content)
    except ValidationError as error:
        raise CaseError(explain(error, shown, CaseFile) + faults) from None
    try:
        groups = add_packs([*file.packs, *packs], bundled("models"), tables, places)
        file = file.model_copy(update={"groups": {**groups, **file.groups}})
    except CaseError as error:
        faults += error.faults
    wrong = _horizon_faults(file, shown)
    loaded = Case(file, tables, places)
    unsure |= {CALENDAR} if wrong else set()
    if faults := wrong + faults + check_references(loaded, shown, unsure):
        faulty = {table for table in TABLES if any(f"/{table}.csv" in str(fault) for fault in faults)}
        raise CaseError(faults, case_findings(loaded, unsure | faulty))
    return loaded
