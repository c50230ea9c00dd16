"""Find table rows by their own columns and by those of the records they refer to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optimizer.case.case import Case
from optimizer.case.countries import COUNTRIES, meant_country
from optimizer.case.kinds import is_pool, linked
from optimizer.case.tables import TABLES, referred
from optimizer.faults import Code, Fault

NOT = "not_"
OWN = "ref"
"""What a caller calls a row: an id of that row, and of none that names it."""
OF_COUNTRIES = frozenset(
    ("country", "owner", "origin", "destination", "destinations", "from_country", "to_country", "technology_origin")
)
"""Columns that hold countries."""


class Selector:
    """Rows of a case by what is said of them.

    Parameters
    ----------
    case : Case
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.named = {target: case.tables.named(target) for table in TABLES for target in referred(table).values()}
        self._found: dict[str, list[dict[str, frozenset[str]]]] = {}

    def attributes(self, table: str) -> list[dict[str, frozenset[str]]]:
        """For every row of a table, the words it can be found by."""
        if table not in self._found:
            self._found[table] = [self._row(table, row) for row in self.case.tables.rows(table)]
        return self._found[table]

    def _row(self, table: str, row: Any) -> dict[str, frozenset[str]]:
        hidden = {"source", "assumed", *TABLES[table].series}
        found = {name.rstrip("_"): _words(getattr(row, name)) for name in type(row).model_fields if name not in hidden}
        for field, target in referred(table).items():
            values = getattr(row, field)
            theirs: dict[str, frozenset[str]] = {}
            for name in values if isinstance(values, tuple) else (values,):
                other = self.named[target].get(name)  # none while the rows of a case are being changed
                said = self._row(target, other) if other is not None else _of_hub(name)
                for key, value in said.items():
                    if key != OWN:
                        theirs[key] = theirs.get(key, frozenset()) | value
            found = theirs | found
        if table == "plants":
            found["stage"] = frozenset(filter(None, [self.case.by.stage_of.get(row.process)]))
        if "content" in found:
            found["element"] = linked(found.pop("content"))
        return found

    def rows(self, table: str, where: Mapping[str, Any]) -> tuple[list[int], list[Fault]]:
        """Places of the rows that a `where` selects, and what is wrong with it.

        Parameters
        ----------
        table : str
        where : mapping
            Column to a value, or to a list of which any fits; ``not_`` before a column excludes.

        Returns
        -------
        tuple
            Row places, and faults (an unknown column, a value that no row has, nothing selected).
        """
        attributes = self.attributes(table)
        columns = set().union(*attributes)
        chosen = set(range(len(attributes)))
        faults: list[Fault] = []

        def unknown(what: str, found: str, known: set[str], code: Code) -> None:
            close = meant_country(found) if column in OF_COUNTRIES and found not in COUNTRIES else None
            faults.append(Fault.near("", "where", what, found, known, code, table=table, suggest=close))

        for name, value in where.items():
            column = str(name).removeprefix(NOT)
            if column not in columns:
                unknown(f"{table} has no column {column!r}", column, columns, "unknown-column")
                continue
            wanted = set(map(spelled, value if isinstance(value, list) else [value]))
            known = set().union(*(row.get(column, frozenset()) for row in attributes))
            for word in sorted(wanted - known):
                unknown(f"{column} {word!r} selects no row of {table}", word, known, "selects-nothing")
            fits = {place for place, row in enumerate(attributes) if wanted & row.get(column, frozenset())}
            chosen = chosen - fits if str(name).startswith(NOT) else chosen & fits
        if not faults and not chosen:
            what = f"where: no row of {table} fits all of {dict(where)}"
            faults.append(Fault("", what, code="selects-nothing", table=table, column="where"))
        return sorted(chosen), faults


def _of_hub(name: str) -> dict[str, frozenset[str]]:
    """The words that the hub of a country can be found by; none of another name."""
    return {"country": frozenset([name[:2]])} if is_pool(name) else {}


def _words(value: Any) -> frozenset[str]:
    """A cell as the words it can be found by."""
    if isinstance(value, dict | tuple):
        return frozenset(map(spelled, value))
    return frozenset([spelled(value)])


def spelled(value: Any) -> str:
    """A value as it is compared: a number alike however it is spelled, ``100`` and ``100.0``."""
    return f"{value:.15g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
