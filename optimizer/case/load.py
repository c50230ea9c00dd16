"""YAML and CSV to a validated case: every fault found, then raised once."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.case.calendar import Calendar
from optimizer.case.check import check_references
from optimizer.case.tables import TABLES, Country, Row, Share
from optimizer.errors import CaseError, Fault, nearest

FORMAT = 1
"""Version of the case format this package writes and reads."""
MAX_BYTES = 20_000_000
"""Largest input file read."""


class _Loader(yaml.SafeLoader):
    """YAML without aliases (which can grow without bound) and without repeated keys (which lose data)."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="expected no alias (*name), found one", problem_mark=mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"expected each key once, found {key!r} twice", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


class PeriodGroup(BaseModel):
    """So many periods of so many months."""

    model_config = ConfigDict(extra="forbid", frozen=True)
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
    shared: tuple[str, ...] = ()
    """Tables taken from `data/`; rows of the case's own table of the same name are added to them."""
    groups: dict[str, tuple[Country, ...]] = {}
    """Named groups of countries, for limits."""
    content_margin: Share = 1e-5
    """Share of value by which a clean lot stays below a content threshold (the rule bites at the threshold)."""


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

    @property
    def calendar(self) -> Calendar:
        """Its periods."""
        return Calendar.of(self.file.start, [group.months for group in self.file.periods for _ in range(group.count)])

    def digest(self) -> str:
        """SHA-256 of everything the case says."""
        content = {
            "case": self.file.model_dump(mode="json"),
            "tables": {name: [row.model_dump(mode="json") for row in rows] for name, rows in self.tables.items()},
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def bundled(folder: str) -> Path:
    """Where `models`, `data` or `scenarios` live: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "bundled" / folder
    return inside if inside.is_dir() else package.parent / folder


def read_text(path: Path, shown: str) -> str:
    """Read a small UTF-8 text file, or raise a `CaseError` that says why it cannot be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise CaseError([Fault(shown, f"expected at most {MAX_BYTES:,} bytes, found {path.stat().st_size:,}")])
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaseError([Fault(shown, f"expected UTF-8 text, found byte {error.start} that is not")]) from None
    except OSError as error:
        raise CaseError([Fault(shown, f"cannot be read: {error.strerror}")]) from None
    if "\0" in text:
        raise CaseError([Fault(shown, "expected text, found a NUL character")])
    if not text.strip():
        raise CaseError([Fault(shown, "expected content, found an empty file")])
    return text


def read_yaml(path: Path, shown: str) -> dict[str, Any]:
    """Read a YAML mapping, or raise a `CaseError` that names the line."""
    try:
        content = yaml.load(read_text(path, shown), Loader=_Loader)  # noqa: S506 - _Loader is a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise CaseError([Fault(f"{shown}{line}", f"expected YAML; {error.problem or error.context}")]) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CaseError([Fault(shown, f"expected YAML; {str(error).splitlines()[0]}")]) from None
    if not isinstance(content, dict):
        raise CaseError([Fault(shown, f"expected a mapping of fields, found {type(content).__name__}")])
    return content


def explain(error: ValidationError, where: str, record: type[BaseModel]) -> list[Fault]:
    """Pydantic's complaints as faults in our words."""
    fields = {info.alias or name for name, info in record.model_fields.items()}
    faults = []
    for item in error.errors():
        location = ".".join(str(part) for part in item["loc"])
        found = item.get("input")
        if item["type"] == "extra_forbidden":
            what = f"{location}: no such field. {nearest(location, fields)}"
        elif item["type"] == "missing":
            what = f"{location}: expected a value, found nothing"
        elif item["type"] == "value_error":
            what = str(item["ctx"]["error"]) if not location else f"{location}: {item['ctx']['error']}"
        else:
            what = f"{location}: {item['msg'].removeprefix('Input ').replace('should', 'expected to')}, found {found!r}"
        faults.append(Fault(where, what))
    return faults


def read_table(path: Path, shown: str, record: type[Row]) -> tuple[list[Row], list[str], list[Fault]]:
    """Read one CSV table into records.

    Parameters
    ----------
    path : Path
        The file.
    shown : str
        How the file is called in messages.
    record : type of Row
        The record each row must make.

    Returns
    -------
    tuple
        The rows that are good, where each came from, and the faults of the others.
    """
    try:
        text = read_text(path, shown)
    except CaseError as error:
        return [], [], list(error.faults)
    fields = [info.alias or name for name, info in record.model_fields.items()]
    needed = {info.alias or name for name, info in record.model_fields.items() if info.is_required()}
    rows: list[Row] = []
    places: list[str] = []
    faults: list[Fault] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader)]
        for name in sorted({name for name in header if header.count(name) > 1}):
            faults.append(Fault(f"{shown}, row 1", f"expected each column once, found {name!r} more than once"))
        faults += [
            Fault(f"{shown}, row 1", f"no such column: {name!r}. {nearest(name, fields)}")
            for name in header if name not in fields
        ]
        faults += [
            Fault(f"{shown}, row 1", f"expected a column {name!r}, found none")
            for name in fields if name in needed and name not in header
        ]
        if faults:
            return [], [], faults
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            where = f"{shown}, row {reader.line_num}"
            if len(cells) != len(header):
                faults.append(Fault(where, f"expected {len(header)} cells, found {len(cells)}"))
                continue
            filled = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
            try:
                rows.append(record.model_validate(filled))
                places.append(where)
            except ValidationError as error:
                faults += explain(error, where, record)
    except csv.Error as error:
        faults.append(Fault(f"{shown}, row {reader.line_num}", f"expected comma-separated values; {error}"))
    if not rows and not faults:
        faults.append(Fault(shown, "expected at least one row, found none"))
    return rows, places, faults


def _duplicates(name: str, rows: Iterable[Row], places: Iterable[str], record: type[Row]) -> list[Fault]:
    """Rows that share a key."""
    seen: dict[tuple[Any, ...], str] = {}
    faults = []
    for row, place in zip(rows, places, strict=True):
        key = tuple(getattr(row, field) for field in record.key)
        if key in seen:
            shown = ", ".join(f"{field.rstrip('_')} {value}" for field, value in zip(record.key, key, strict=True))
            faults.append(Fault(place, f"expected each key of {name} once, found {shown} also in {seen[key]}"))
        seen.setdefault(key, place)
    return faults


def find_case(case: str | Path) -> Path:
    """The folder of a case: a path to it or to its ``case.yaml``, or the name of a bundled one."""
    path = Path(case)
    for folder in (path, path.parent if path.name == "case.yaml" else path, bundled("models") / str(case)):
        if (folder / "case.yaml").is_file():
            return folder
    known = [found.parent.name for found in bundled("models").glob("*/case.yaml")]
    raise CaseError([Fault(str(case), f"no such case, and no folder with a case.yaml. {nearest(str(case), known)}")])


def load_case(case: str | Path) -> Case:
    """Load and check a case.

    Parameters
    ----------
    case : str or Path
        The name of a bundled case, or the folder of one.

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
    shown = f"{folder.name}/case.yaml"
    content = read_yaml(folder / "case.yaml", shown)
    if (version := content.get("version")) != FORMAT:
        raise CaseError([Fault(shown, f"version: expected {FORMAT}, found {version!r}")])
    try:
        file = CaseFile.model_validate(content)
    except ValidationError as error:
        raise CaseError(explain(error, shown, CaseFile)) from None
    faults: list[Fault] = []
    if file.start.day != 1:
        faults.append(Fault(shown, f"start: expected the first day of a month, found {file.start}"))
    shared = {name: bundled("data") / f"{name}.csv" for name in file.shared if name in TABLES}
    faults += [
        Fault(shown, f"shared: no such table {name!r}. {nearest(name, TABLES)}") for name in file.shared if name not in TABLES
    ]
    for stray in sorted(folder.glob("*.csv")):
        if stray.stem not in TABLES:
            faults.append(Fault(f"{folder.name}/{stray.name}", f"no such table {stray.stem!r}. {nearest(stray.stem, TABLES)}"))
    tables: dict[str, tuple[Any, ...]] = {}
    places: dict[str, tuple[str, ...]] = {}
    for name, record in TABLES.items():
        rows: list[Row] = []
        found: list[str] = []
        for path, label in ((shared.get(name), f"data/{name}.csv"), (folder / f"{name}.csv", f"{folder.name}/{name}.csv")):
            if path is None or (path.parent == folder and not path.exists()):
                continue
            some, where, bad = read_table(path, label, record)
            rows += some
            found += where
            faults += bad
        faults += _duplicates(name, rows, found, record)
        tables[name], places[name] = tuple(rows), tuple(found)
    loaded = Case(file, tables, places)
    broken = {place.split(",")[0] for place in (fault.where for fault in faults)}
    unsure = {name for name in TABLES if {f"data/{name}.csv", f"{folder.name}/{name}.csv"} & broken}
    faults += check_references(loaded, shown, unsure)
    if faults:
        raise CaseError(faults)
    return loaded
