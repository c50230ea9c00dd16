"""A case back to the files it can be loaded from."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import yaml

from optimizer.case.case import Case
from optimizer.case.spreadsheet import marked
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
    folder.mkdir(parents=True)
    settings = case.file.model_dump(mode="json", exclude={"packs", "shared"})
    (folder / "case.yaml").write_text(
        yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8"
    )
    for name, rows in case.tables.items():
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
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return marked(value)
    if isinstance(value, dict):
        return "; ".join(f"{name}={share!r}" for name, share in value.items())
    if isinstance(value, tuple):
        return marked("; ".join(value))
    return repr(value) if isinstance(value, float) else str(value)
