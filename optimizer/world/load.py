"""A case from its folder: YAML and CSV to rows, which then go through the door."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from optimizer.case.case import Case, bundled
from optimizer.case.document import read_yaml
from optimizer.case.folder import SETTINGS, names_in, not_read
from optimizer.case.read import read_table
from optimizer.case.tables import TABLES
from optimizer.errors import CaseError
from optimizer.faults import Fault
from optimizer.world.door import Given, enter


def find_cases() -> dict[str, Path]:
    """Bundled cases that are listed: their folders by name."""
    found = sorted(bundled("models").glob(f"*/{SETTINGS}"))
    return {path.parent.name: path.parent for path in found if read_yaml(path, path.name).get("listed", True)}


def find_case(case: str | Path) -> Path:
    """The folder of a case: a path to it or to its ``case.yaml``, or the name of a bundled one."""
    path = Path(case)
    for folder in (path, path.parent if path.name == SETTINGS else path, bundled("models") / str(case)):
        if os.path.lexists(folder / SETTINGS):  # unlike Path.exists, also where the name is too long for a path
            return folder
    what = "no such case, and no folder with a case.yaml"
    raise CaseError([Fault.near(str(case), None, what, str(case), find_cases())])


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
    given = Given(read_yaml(folder / SETTINGS, f"{label}/{SETTINGS}"))
    # The tables are read whatever the settings say, so that the faults of both come together.
    given.faults, given.unread = not_read(folder, label, TABLES)
    there = set(names_in(folder, label))  # also links that lead nowhere
    for table, record in TABLES.items():
        given.add_shared(table)
        if (name := f"{table}.csv") in there:
            given.add(table, *read_table(folder / name, f"{label}/{name}", record, labels=given.labels))
    return enter(given, packs)
