"""A validated case: its settings, the rows of its tables, and where each came from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from optimizer.case.calendar import Calendar
from optimizer.case.catalogue import Catalogue
from optimizer.case.settings import CaseFile
from optimizer.case.tables import Tables
from optimizer.faults import Finding


@dataclass(frozen=True, eq=False)
class Case:
    """A validated case.

    Parameters
    ----------
    file : CaseFile
        Its settings.
    tables : Tables
        The rows of every table, shared and own.
    places : mapping of str to tuple of str
        For every row of every table, the file and row it came from.
    said : tuple of Finding
        What there was to say when it was read, without a fault.
    added : mapping of str to frozenset of int
        Rows of tables that scenarios add, by their number; each holds in the scenarios that add it and nowhere else.
    closable : frozenset of int
        Routes without a capacity that scenarios close, by their number.
    """

    file: CaseFile
    tables: Tables
    places: Mapping[str, tuple[str, ...]]
    said: tuple[Finding, ...] = ()
    added: Mapping[str, frozenset[int]] = field(default_factory=dict)
    closable: frozenset[int] = frozenset()

    def where(self, table: str) -> tuple[str, ...]:
        """Where each row of a table stands; by its number where that is lost, as in a case changed in code."""
        rows, places = self.tables.rows(table), self.places.get(table, ())
        if len(rows) == len(places):
            return places
        return tuple(f"{table}, row {number}" for number in range(1, len(rows) + 1))

    @property
    def name(self) -> str:
        """Name of the case."""
        return self.file.name

    @cached_property
    def calendar(self) -> Calendar:
        """Its periods; where limits begin or end no cut moves a bound. Rows that scenarios add change none."""
        added = self.added.get("limits", ())
        rows = (row for number, row in enumerate(self.tables.limits) if number not in added)
        return self.file.calendar_with(day for row in rows for day in (row.from_, row.until) if day is not None)

    @cached_property
    def by(self) -> Catalogue:
        """Its rows by their names: ``case.by.sites["x"]``."""
        return Catalogue(self.tables)

    def digest(self) -> str:
        """SHA-256 of everything the case says; where a row was taken from makes no difference."""
        content = {
            "case": self.file.model_dump(mode="json", exclude={"packs", "shared", "listed", "assume"}),
            "tables": {name: [row.model_dump(mode="json") for row in rows] for name, rows in self.tables.items()},
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def bundled(folder: str) -> Path:
    """Where `models`, `data` or `scenarios` live: beside the package in a checkout, inside it once installed."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "bundled" / folder
    return inside if inside.is_dir() else package.parent / folder
