"""Read a written plan back: its case, summary, long tables and manifest, everything wrong said at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.case.case import Case
from optimizer.case.kinds import pool_of
from optimizer.case.stages import MEASURED
from optimizer.case.text import brief
from optimizer.errors import CaseError, InputError
from optimizer.faults import Fault, nearest
from optimizer.folder.answers import read_answers, shapes
from optimizer.folder.compare import plain, read_table
from optimizer.folder.manifest import ANSWERS, CASE, LEDGER, REPORT, Manifest, damage, read_manifest
from optimizer.folder.manifest import SUMMARY as SUMMARY_FILE
from optimizer.network.windows import rows_in_force
from optimizer.plans.cost import Cost
from optimizer.plans.long_tables import TABLES
from optimizer.plans.outcome import Shares
from optimizer.plans.schema import Answered, Column
from optimizer.plans.summary import CERTIFIED, SUMMARY, Stated
from optimizer.plans.tables.limits import Limits
from optimizer.plans.tables.rules import Ledger
from optimizer.program.program import Floats
from optimizer.world.load import load_case

SHOWN = (
    *(Ledger.kind, Ledger.rule, Ledger.what, Ledger.unit),
    *(Ledger.paid_usd, Ledger.cost_usd, Ledger.price_low, Ledger.price_high),
)
"""What is read of the ledger; where its prices were checked is for whoever opens the file."""
DAMAGED = "expected a table of a written plan, found one that is damaged"


@dataclass(frozen=True)
class Folder:
    """A folder written by ``lodestar plan --out`` as its files stand; nothing in them is believed yet.

    Parameters
    ----------
    path : Path
    named : str
        How it is called in messages.
    manifest : Manifest
    """

    path: Path
    named: str
    manifest: Manifest

    def shown(self, name: str) -> str:
        """How a file of the folder is called in messages."""
        return f"{self.named}/{name}"

    @property
    def has_ledger(self) -> bool:
        """Whether it lists a ledger."""
        return LEDGER in self.manifest.files

    def damage(self) -> list[Fault]:
        """Files that are not as they were written."""
        return list(damage(self.path, self.manifest, self.named))

    def cells(self, name: str, **how: Any) -> pd.DataFrame:
        """A table by the name of its file, every cell as it is written; see `read_table` for what may be asked."""
        return read_table(self.path / name, self.shown(name), **how)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the arrays of the answers, as their file claims; see `optimizer.folder.answers.shapes`."""
        return shapes(self.path / ANSWERS, self.shown(ANSWERS), self.manifest.lines)

    def answers(self) -> dict[str, Floats]:
        """The answers; see `read_answers`."""
        return read_answers(self.path / ANSWERS, self.shown(ANSWERS))


def open_folder(path: Path, named: str | None = None) -> Folder:
    """Open a folder written by ``lodestar plan --out``.

    Parameters
    ----------
    path : Path
    named : str, optional
        How it is called in messages; by default as it is given.

    Returns
    -------
    Folder

    Raises
    ------
    InputError
        If it has no manifest, or none of ours.
    """
    return Folder(path, named or str(path), read_manifest(path, named))


@dataclass(frozen=True, eq=False)
class Written:
    """Plans read back from a folder whose files are as they were written.

    Parameters
    ----------
    folder : Path
    case : Case
        As it was planned.
    manifest : Manifest
    summary : DataFrame
        One row per answer, numbers not a number where it is not certified.
    tables : mapping of str to DataFrame
        The long tables, by name.
    ledger : DataFrame or None
        What each rule costs, where the folder holds it.
    """

    folder: Path
    case: Case
    manifest: Manifest
    summary: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    ledger: pd.DataFrame | None = None

    @property
    def answers(self) -> list[tuple[str, str]]:
        """Scenario and answer of everything certified, in the order of the summary."""
        kept = self.summary[self.summary[Stated.certified]]
        return list(zip(kept[Stated.scenario], kept[Stated.answer], strict=True))

    @property
    def first(self) -> tuple[str, str] | None:
        """The answer shown where there is room for one: the base, or else the first that is certified."""
        return next(iter(self.answers), None)

    def row(self, scenario: str, answer: str) -> dict[str, Any] | None:
        """One row of the summary; None where it was not planned.

        Parameters
        ----------
        scenario, answer : str
        """
        found = of_answer(self.summary, scenario, answer)
        return {str(name): value for name, value in found.iloc[0].items()} if len(found) else None

    def cost(self, scenario: str, answer: str) -> Cost:
        """What a certified answer costs.

        Parameters
        ----------
        scenario, answer : str
        """
        return self.manifest.costs[scenario, answer]

    def table(self, name: str, scenario: str, answer: str) -> pd.DataFrame:
        """The rows of a long table that belong to one answer.

        Parameters
        ----------
        name : str
            Of the table.
        scenario, answer : str
        """
        return of_answer(self.tables[name], scenario, answer)


def of_answer(table: pd.DataFrame, scenario: str, answer: str) -> pd.DataFrame:
    """The rows of a table that belong to one answer.

    Parameters
    ----------
    table : DataFrame
        With the columns `scenario` and `answer`.
    scenario, answer : str
    """
    return table[(table[Answered.scenario] == scenario) & (table[Answered.answer] == answer)]


def _text(folder: Folder, file: str, columns: Sequence[Column], keys: Sequence[Column]) -> pd.DataFrame:
    """One CSV file as text, only the columns that are known; some of them must be there."""
    table = folder.cells(file, keys=keys, only=columns, damaged=DAMAGED)
    for name in columns:
        if not (name.is_number or name.empty) and name in table and (table[name] == "").any():
            row = int(np.flatnonzero(table[name] == "")[0]) + 2
            where = f"{folder.shown(file)} row {row}"
            raise InputError([Fault(where, f"{name}: expected a word, found nothing", code="damaged")])
    return table


def _table(folder: Folder, file: str, columns: Sequence[Column]) -> pd.DataFrame:
    """One CSV file, its columns checked and typed as they are stated."""
    table = _text(folder, file, columns, columns)
    typed: dict[str, Any] = {
        str(name): _numbers(table[name], folder.shown(file), gaps=name.empty) if name.is_number else plain(table[name])
        for name in columns
    }
    typed |= {str(name): typed[str(name)] == "True" for name in columns if name.dtype is bool}
    return pd.DataFrame(typed)


def _numbers(column: pd.Series[str], where: str, *, gaps: bool) -> pd.Series[float]:
    """A column of text as finite numbers; a gap is not a number where one may be."""
    found = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = ~np.isfinite(found) & ~((column == "") & gaps)
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        text = brief(str(column.iloc[at]))
        raise InputError(
            [Fault(f"{where} row {at + 2}", f"{column.name}: expected a number, found {text}", code="damaged")]
        )
    return found


def _summary(folder: Folder) -> pd.DataFrame:
    """The summary; numbers of an answer that is not certified are not a number."""
    where = folder.shown(SUMMARY_FILE)
    table = _text(folder, SUMMARY_FILE, SUMMARY, Stated.columns())
    certified = table[Stated.certified] == "True"
    if certified.any() and (lost := [name for name in CERTIFIED if name not in table]):
        raise InputError([Fault(where, f"expected a column {lost[0]}, found none", code="damaged")])
    typed: dict[str, Any] = {}
    for name in (column for column in SUMMARY if column in table):
        if name.is_number:
            numbers = _numbers(table[name], where, gaps=True)
            if not name.empty and numbers[certified].isna().any():
                what = f"{name}: expected a number for every certified answer, found a gap"
                raise InputError([Fault(where, what, code="damaged")])
            typed[str(name)] = numbers
        else:
            typed[str(name)] = certified if name == Stated.certified else plain(table[name])
    return pd.DataFrame(typed)


def read_case(path: Path) -> tuple[Folder, Case]:
    """Open a folder written by ``lodestar plan --out`` and read its case, all its files checked.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple of Folder and Case

    Raises
    ------
    InputError
        If it is no such folder, or with every file that is missing or not as it was written. The report is not one
        of them: it is made from the others.
    """
    folder = open_folder(path)
    if faults := [fault for fault in folder.damage() if fault.where != folder.shown(REPORT)]:
        raise InputError(faults)
    return folder, _case(path / CASE, folder.manifest.case_sha256)


def _case(folder: Path, digest: str) -> Case:
    """The case of a written plan; another than the one planned would not be what the tables are about."""
    try:
        case = load_case(folder)
    except CaseError as error:
        # A fault names its files from the folder of the case on; where that folder lies is said here.
        raise InputError(fault.moved(str(folder.parent / fault.where)) for fault in error.faults) from None
    if case.digest() != digest:
        raise InputError(
            [Fault(str(folder), "expected the case that was planned, found it changed; plan it again", code="damaged")]
        )
    return case


def _strangers(folder: Path, case: Case, tables: Mapping[str, pd.DataFrame]) -> list[Fault]:
    """Names in the tables that the case does not know: one fault for every column that has any."""
    known = {
        "site": {row.site for row in case.tables.sites} | {pool_of(row.country) for row in case.tables.sites},
        "material": {row.material for row in case.tables.materials},
        "recipe": {row.recipe for row in case.tables.recipes},
        "offer": {row.offer for row in case.tables.offers},
        "period": {case.calendar.label(period) for period in case.calendar.periods},
    }
    faults = []
    for table, rows in tables.items():
        for column, names in known.items():
            if column in rows and (wrong := sorted(set(rows[column]) - names - {""})):
                where = f"{folder / table}.csv"
                faults.append(
                    Fault(
                        where,
                        f"{column}: not in the case: {brief(wrong[0])}. {nearest(wrong[0], names)}",
                        code="damaged",
                    )
                )
    spans = {f"{limit}, {window}" for limit, window in rows_in_force(case)}
    bounded = tables["limits"]
    if wrong := sorted(set(bounded[Limits.limit] + ", " + bounded[Limits.window]) - spans):
        said = f"limit, window: not in the case: {brief(wrong[0])}. {nearest(wrong[0], spans)}"
        faults.append(Fault(f"{folder / 'limits'}.csv", said, code="damaged"))
    return faults


def read_plans(path: Path) -> Written:
    """Read a folder written by ``lodestar plan --out``.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Written

    Raises
    ------
    InputError
        If it is no such folder, or with every file that is missing, damaged or changed.
    """
    folder, case = read_case(path)
    faults: list[Fault] = []

    def read(make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """A table, or one without rows where it has faults."""
        try:
            return make()
        except InputError as error:
            faults.extend(error.faults)
            return pd.DataFrame()

    tables = {name: read(partial(_table, folder, f"{name}.csv", table.columns)) for name, table in TABLES.items()}
    summary = read(partial(_summary, folder))
    ledger = read(partial(_table, folder, LEDGER, SHOWN)) if folder.has_ledger else None
    if not faults:
        faults += _strangers(path, case, tables)
    if faults:
        raise InputError(faults)
    return Written(path, case, folder.manifest, summary, tables, ledger)


def stages(written: Written) -> list[str]:
    """Stages that anything passes, from mine to magnet."""
    known = set(written.tables["shares"][Shares.stage])
    return [stage for stage in MEASURED if stage in known]
