"""What a written folder claims, read to be proved: nothing in it is believed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from optimizer.case.case import Case
from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.folder.manifest import CASE_FILE, LEDGER, NEEDED, SUMMARY, WRITTEN, Manifest, is_file
from optimizer.folder.read import Folder, open_folder
from optimizer.plans.plan import BASE
from optimizer.plans.schema import AnswerKey
from optimizer.plans.tables import TABLES
from optimizer.program.answer import Answer
from optimizer.world.load import load_case


@dataclass(frozen=True)
class Claims:
    """A written folder as it is to be proved.

    Parameters
    ----------
    folder : Folder
    case : Case
        From its folder `case`.
    shapes : dict of str to tuple
        Shapes of the arrays of the answers, as their file claims.
    tables : dict of str to DataFrame
        The summary, the long tables, and the ledger where it is listed; cells as they are written.
    """

    folder: Folder
    case: Case
    shapes: dict[str, tuple[int, ...]]
    tables: dict[str, pd.DataFrame]

    @property
    def manifest(self) -> Manifest:
        """What the folder says of itself."""
        return self.folder.manifest

    @property
    def keys(self) -> list[AnswerKey]:
        """Scenario and answer of each certificate."""
        return self.manifest.keys

    @property
    def failed(self) -> dict[AnswerKey, Answer]:
        """Answers that are not certified."""
        listed = self.manifest.not_certified
        return {(one.scenario, one.answer): Answer(one.status, method=one.method) for one in listed}  # type: ignore[arg-type]

    def shown(self, name: str) -> str:
        """How a file of the folder is called in messages."""
        return self.folder.shown(name)


def read_claims(path: Path) -> Claims:
    """Read a folder written by `lodestar plan --out`, all but the answers themselves.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Claims

    Raises
    ------
    InputError
        If a file is missing, or cannot be read as what it should be.
    """
    # A folder may be called `.`, and is then called by its name.
    whole = path.resolve()
    folder = open_folder(whole, whole.name)
    if BASE not in folder.manifest.keys:
        what = "certificates: expected one of the base plan, found none"
        raise InputError([Fault(folder.shown(WRITTEN), what, code="damaged")])
    listed = (*NEEDED, *([LEDGER] if folder.has_ledger else []))
    for name in listed:
        if (file := whole / name).exists() and not is_file(file):
            raise InputError([Fault(folder.shown(name), "expected a file, found something else", code="not-a-file")])
    files = {Path(name).stem: name for name in (SUMMARY, *(f"{name}.csv" for name in TABLES))}
    tables = {name: folder.cells(file) for name, file in files.items()}
    if folder.has_ledger:
        tables[Path(LEDGER).stem] = folder.cells(LEDGER, keys=())
    return Claims(folder, load_case(whole / CASE_FILE), folder.shapes(), tables)
