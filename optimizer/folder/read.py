"""Read a written plan back: its case, summary, long tables and manifest, everything wrong said at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.case.case import Case
from optimizer.case.stages import MEASURED
from optimizer.case.text import brief
from optimizer.errors import CaseError, InputError
from optimizer.faults import Fault, nearest
from optimizer.folder.compare import plain
from optimizer.folder.manifest import CASE, LEDGER, REPORT, Manifest, damage, read_manifest
from optimizer.folder.manifest import SUMMARY as SUMMARY_FILE
from optimizer.network.windows import rows_in_force
from optimizer.plans.cost import Cost
from optimizer.plans.schema import Column
from optimizer.plans.summary import CERTIFIED, SUMMARY, Stated
from optimizer.plans.tables import TABLES
from optimizer.plans.tables.rules import Ledger
from optimizer.world.load import load_case

SHOWN = (
    *(Ledger.kind, Ledger.rule, Ledger.what, Ledger.unit),
    *(Ledger.paid_usd, Ledger.cost_usd, Ledger.price_low, Ledger.price_high),
)
"""What is read of the ledger; where its prices were checked is for whoever opens the file."""


@dataclass(frozen=True, eq=False)
class Written:
    """A folder written by ``lodestar plan --out``.

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
        kept = self.summary[self.summary["certified"]]
        return list(zip(kept["scenario"], kept["answer"], strict=True))

    @property
    def first(self) -> tuple[str, str] | None:
        """The answer shown where there is room for one: the base, or else the first that is certified."""
        return next(iter(self.answers), None)

    def row(self, scenario: str, answer: str) -> dict[str, Any] | None:
        """One row of the summary; None where it was not planned."""
        found = self.summary[(self.summary["scenario"] == scenario) & (self.summary["answer"] == answer)]
        return {str(name): value for name, value in found.iloc[0].items()} if len(found) else None

    def cost(self, scenario: str, answer: str) -> Cost:
        """What a certified answer costs."""
        return self.manifest.costs[scenario, answer]

    def table(self, name: str, scenario: str, answer: str) -> pd.DataFrame:
        """The rows of a long table that belong to one answer."""
        table = self.tables[name]
        return table[(table["scenario"] == scenario) & (table["answer"] == answer)]


def _text(path: Path, columns: Sequence[Column], keys: Sequence[Column]) -> pd.DataFrame:
    """One CSV file as text, only the columns that are known; some of them must be there."""
    where = str(path)
    try:
        header = pd.read_csv(path, nrows=0).columns
        if missing := [name for name in keys if name not in header]:
            raise InputError([Fault(where, f"expected a column {missing[0]}, found none", code="damaged")])
        table = pd.read_csv(
            path,
            dtype=str,
            usecols=[str(name) for name in columns if name in header],
            keep_default_na=False,
            on_bad_lines="error",
        )
    except FileNotFoundError:
        raise InputError(
            [Fault(where, "expected a table of a written plan, found no such file", code="damaged")]
        ) from None
    except OSError as error:
        raise InputError([Fault(where, f"cannot be read: {error.strerror}", code="cannot-be-read")]) from None
    except ValueError as error:
        found = brief(" ".join(str(error).split()))
        raise InputError(
            [Fault(where, f"expected a table of a written plan, found one that is damaged: {found}", code="damaged")]
        ) from None
    for name in columns:
        if not (name.is_number or name.empty) and name in table and (table[name] == "").any():
            row = int(np.flatnonzero(table[name] == "")[0]) + 2
            raise InputError([Fault(f"{where} row {row}", f"{name}: expected a word, found nothing", code="damaged")])
    return table


def _table(path: Path, columns: Sequence[Column]) -> pd.DataFrame:
    """One CSV file, its columns checked and typed as they are stated."""
    table = _text(path, columns, columns)
    typed = {
        str(name): _numbers(table[name], str(path), gaps=name.empty) if name.is_number else plain(table[name])
        for name in columns
    }
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


def _summary(path: Path) -> pd.DataFrame:
    """The summary; numbers of an answer that is not certified are not a number."""
    table = _text(path, SUMMARY, Stated.columns())
    certified = table[Stated.certified] == "True"
    if certified.any() and (lost := [name for name in CERTIFIED if name not in table]):
        raise InputError([Fault(str(path), f"expected a column {lost[0]}, found none", code="damaged")])
    typed: dict[str, Any] = {}
    for name in (column for column in SUMMARY if column in table):
        if name.is_number:
            numbers = _numbers(table[name], str(path), gaps=True)
            if not name.empty and numbers[certified].isna().any():
                what = f"{name}: expected a number for every certified answer, found a gap"
                raise InputError([Fault(str(path), what, code="damaged")])
            typed[str(name)] = numbers
        else:
            typed[str(name)] = certified if name == Stated.certified else plain(table[name])
    return pd.DataFrame(typed)


def read_case(folder: Path) -> tuple[Manifest, Case]:
    """Read the manifest and the case of a folder written by ``lodestar plan --out``, all its files checked.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    tuple of Manifest and Case

    Raises
    ------
    InputError
        If it is no such folder, or with every file that is missing or not as it was written. The report is not one
        of them: it is made from the others.
    """
    manifest = read_manifest(folder)
    if faults := [fault for fault in damage(folder, manifest) if fault.where != f"{folder}/{REPORT}"]:
        raise InputError(faults)
    return manifest, _case(folder / CASE, manifest.case_sha256)


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
        "site": {row.site for row in case.tables.sites},
        "material": {row.material for row in case.tables.materials},
        "recipe": {row.recipe for row in case.tables.recipes},
        "offer": {row.offer for row in case.tables.offers},
        "period": {case.calendar.label(period) for period in case.calendar.periods},
    }
    faults = []
    for table, rows in tables.items():
        for column, names in known.items():
            if column in rows and (wrong := sorted(set(rows[column]) - names)):
                where = f"{folder / table}.csv"
                faults.append(
                    Fault(
                        where,
                        f"{column}: not in the case: {brief(wrong[0])}. {nearest(wrong[0], names)}",
                        code="damaged",
                    )
                )
    spans = {f"{limit}, {window}" for limit, window in rows_in_force(case)}
    if wrong := sorted(set(tables["limits"]["limit"] + ", " + tables["limits"]["window"]) - spans):
        said = f"limit, window: not in the case: {brief(wrong[0])}. {nearest(wrong[0], spans)}"
        faults.append(Fault(f"{folder / 'limits'}.csv", said, code="damaged"))
    return faults


def read_plans(folder: Path) -> Written:
    """Read a folder written by ``lodestar plan --out``.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Written

    Raises
    ------
    InputError
        If it is no such folder, or with every file that is missing, damaged or changed.
    """
    manifest, case = read_case(folder)
    faults: list[Fault] = []
    tables: dict[str, pd.DataFrame] = {}
    for name, table in TABLES.items():
        try:
            tables[name] = _table(folder / f"{name}.csv", table.columns)
        except InputError as error:
            faults += error.faults
    summary = pd.DataFrame()
    try:
        summary = _summary(folder / SUMMARY_FILE)
    except InputError as error:
        faults += error.faults
    ledger = None
    if LEDGER in manifest.files:
        try:
            ledger = _table(folder / LEDGER, SHOWN)
        except InputError as error:
            faults += error.faults
    if not faults:
        faults = _strangers(folder, case, tables)
    if faults:
        raise InputError(faults)
    return Written(folder, case, manifest, summary, tables, ledger)


def stages(written: Written) -> list[str]:
    """Stages that anything passes, from mine to magnet."""
    known = set(written.tables["shares"]["stage"])
    return [stage for stage in MEASURED if stage in known]
