"""A case as it goes over the wire: its settings and its own rows, as its folder has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimizer.case.document import read_yaml
from optimizer.case.folder import SETTINGS
from optimizer.case.read import read_table
from optimizer.case.tables import TABLES


def body_of(folder: Path) -> dict[str, Any]:
    """The body of a case whose folder has no faults.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict
        `settings`, and `rows` by table: columns that are not empty, shared tables and packs only named.
    """
    rows = {}
    for table, record in TABLES.items():
        if (path := folder / f"{table}.csv").exists():
            own, _, _ = read_table(path, path.name, record)
            rows[table] = [row.stated() for row in own]
    return {"settings": plain(read_yaml(folder / SETTINGS, SETTINGS)), "rows": rows}


def plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """A YAML document as JSON holds it: days as text."""
    found: dict[str, Any] = json.loads(json.dumps(dict(document), default=str))
    return found
