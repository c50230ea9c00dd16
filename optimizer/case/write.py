"""A case back to the files it can be loaded from."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from optimizer.case.case import Case
from optimizer.case.rows import Row
from optimizer.case.spreadsheet import as_text, marked
from optimizer.case.tables import TABLES


def write_case(case: Case, folder: Path) -> None:
    """Write a case to a folder of its own, shared tables and policy packs included.

    Parameters
    ----------
    case : Case
    folder : Path
        Made; loading it gives a case with the same digest.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    write_files(case.file.model_dump(mode="json", exclude={"packs", "shared"}), dict(case.tables.items()), folder)


def write_files(settings: Mapping[str, Any], tables: Mapping[str, Iterable[Row]], folder: Path) -> None:
    """Write settings and rows to a folder of their own, as they are.

    Parameters
    ----------
    settings : mapping
        Fields of ``case.yaml``, as JSON would give them.
    tables : mapping of str to iterable of Row
        Rows by table; one without rows gets no file.
    folder : Path
        Made.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    folder.mkdir(parents=True)
    (folder / "case.yaml").write_text(
        yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True, width=120), encoding="utf-8"
    )
    for name, rows in tables.items():
        if not rows:
            continue
        fields = {field: info.alias or field for field, info in TABLES[name].model_fields.items()}
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(fields.values())
            writer.writerows([_cell(getattr(row, field)) for field in fields] for row in rows)


def _cell(value: Any) -> str:
    """A value as the tables spell it; numbers in full, so that they read back as they were."""
    if value is None:
        return ""
    return marked(as_text(value)) if isinstance(value, str | tuple) else as_text(value)
