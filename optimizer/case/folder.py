"""The files of a case's folder: which are tables, and which look like tables and would be passed over."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from optimizer.case.case import bundled
from optimizer.case.read import meant, read_table
from optimizer.case.rows import Row
from optimizer.case.tables import TABLES
from optimizer.case.text import brief
from optimizer.errors import CaseError
from optimizer.faults import Fault, Place, Source

SETTINGS = "case.yaml"
SHARED = "data/"
"""What the places of rows of shared tables begin with."""
ENDINGS = re.compile(r"\.(csv|tsv|tab|txt|xls\w*|ods|fods|numbers)$")
"""What files end in that a table may have been saved to."""
LEFT_BY_EDITORS = re.compile(r"~\$.*|\.~lock\..*#|\.#.*|#.*#|\..*\.sw[a-z]|.*~|\._.*")
"""Locks and copies that spreadsheets and editors leave beside a file without being asked."""


def names_in(folder: Path, label: str) -> list[str]:
    """Names of all that is in a folder, sorted; a `CaseError` where it cannot be listed.

    Parameters
    ----------
    folder : Path
    label : str
        How the folder is called in messages.
    """
    try:
        return sorted(os.listdir(folder))
    except OSError as error:
        place = Place(label, Source(label))
        raise CaseError([Fault(place, f"cannot be read: {error.strerror}", code="cannot-be-read")]) from None


def not_read(folder: Path, label: str, tables: Iterable[str]) -> tuple[list[Fault], set[str]]:
    """Faults of files that look like tables and are none.

    Parameters
    ----------
    folder : Path
    label : str
        How the folder is called in messages.
    tables : iterable of str
        The tables that it may hold, each in a file ``TABLE.csv``.

    Returns
    -------
    tuple
        The faults, and the tables that the files may stand for.
    """
    known = sorted(tables, key=len, reverse=True)
    faults: list[Fault] = []
    stand_for: set[str] = set()
    for name in names_in(folder, label):
        folded = name.casefold().strip(" .")
        if name in {SETTINGS, *(f"{table}.csv" for table in known)} or LEFT_BY_EDITORS.fullmatch(name):
            continue
        place = Place(f"{label}/{name}", Source(f"{label}/{name}"))
        begins = next((table for table in known if folded.startswith(table)), None)
        stem, dot, ending = folded.rpartition(".")
        if dot and ending in ("yaml", "yml") and stem not in (*known, "case"):
            continue  # a scenario, whatever it is called
        if (folder / name).is_dir() and not ENDINGS.search(folded):
            continue
        if begins or re.match(r"case\.ya?ml", folded):
            should = f"{begins}.csv" if begins else SETTINGS
            kind = "comma-separated" if begins else "YAML"
            what = f"expected {should} ({kind}, its name in small letters) or, if it is something else, another name"
            faults.append(Fault(place, what, code="not-read", expected=should, found=name, suggest=should))
            stand_for |= {begins} if begins else set()
        elif ENDINGS.search(folded):
            stem = name[: len(name) - len(name.lstrip(" ."))] + name.strip(" .").rpartition(".")[0]
            said = f"no such table {stem!r}"
            if ending != "csv":
                said += ", and tables are CSV files (notes may stand in a file that ends in md)"
            faults.append(Fault.near(place, None, said, stem, known, "not-read" if ending != "csv" else "unknown-name"))
            stand_for |= meant(stem, known) or set(known)
    return faults, stand_for


def no_such_table(place: Place, name: str, column: str | None = None) -> Fault:
    """A table that there is not.

    Parameters
    ----------
    place : Place
        Where it is named, or its file.
    name : str
    column : str, optional
        Field that names it; None for a file.
    """
    return Fault.near(place, column, f"no such table {brief(name)}", name, TABLES)


def read_shared(table: str) -> tuple[list[Row], list[Place], list[Fault]]:
    """The rows of a shared table, of `data/`; what `read_table` gives."""
    name = f"{table}.csv"
    return read_table(bundled("data") / name, f"{SHARED}{name}", TABLES[table])
