"""What a written folder claims, read to be proved: nothing in it is believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.case.case import Case
from optimizer.case.spreadsheet import marked, unmarked
from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.folder.compare import ABSOLUTE, RELATIVE, cell_fault
from optimizer.folder.manifest import CASE_FILE, LEDGER, NEEDED, SUMMARY, WRITTEN, Manifest, is_file
from optimizer.folder.read import Folder, open_folder
from optimizer.plans.long_tables import TABLES
from optimizer.plans.plan import BASE, Plans
from optimizer.plans.schema import AnswerKey
from optimizer.plans.tables.rules import Ledger
from optimizer.program.answer import Answer
from optimizer.questions.ledger import items
from optimizer.questions.probe import Probe
from optimizer.world.load import load_case

LEDGER_COLUMNS = (Ledger.kind, Ledger.rule, Ledger.what, Ledger.unit, Ledger.value, Ledger.paid_usd)
"""Columns of the ledger that can be checked without solving."""


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


def ledger_faults(written: Claims, plans: Plans) -> Iterator[Fault]:
    """Rules of the ledger that the case has not, or that say, bind at or have paid something else.

    Parameters
    ----------
    written : Claims
    plans : Plans
        Proved again.
    """
    shown, found = written.shown(LEDGER), written.tables["ledger"]
    expected = {(some.kind, some.rule): some for some in items(Probe(plans))}
    lacking = [name for name in LEDGER_COLUMNS if name not in found]
    if lacking:
        yield Fault(shown, f"expected a column {lacking[0]}, found none", code="damaged")
        return
    rows: list[Any] = found.to_dict(orient="records")
    seen: set[AnswerKey] = set()
    for number, row in enumerate(rows):
        key = unmarked(row[Ledger.kind]), unmarked(row[Ledger.rule])
        item = expected.get(key)
        if item is None or key in seen:
            yield cell_fault(shown, found, number, Ledger.rule, "each rule of the case once", "disagrees")
            continue
        seen.add(key)
        for name, text in ((Ledger.what, item.what), (Ledger.unit, item.unit)):
            if row[name] != marked(text):
                yield cell_fault(shown, found, number, name, repr(text), "disagrees")
        for name, amount in ((Ledger.value, item.told(item.value)), (Ledger.paid_usd, item.paid)):
            if not abs(_number(row[name]) - amount) <= ABSOLUTE + RELATIVE * abs(amount):
                yield cell_fault(shown, found, number, name, f"{amount:.12g}", "disagrees")
    for key in expected.keys() - seen:
        yield Fault(shown, f"expected a row of {' '.join(key)}, found none", code="disagrees")


def _number(cell: str) -> float:
    """A cell as a number; what is none is not a number."""
    try:
        return float(cell)
    except ValueError:
        return float("nan")
