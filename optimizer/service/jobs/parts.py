"""The results of a job as files: tables as Parquet, the proof, the report, and the written folder as a zip."""

from __future__ import annotations

import json
import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from optimizer.folder.manifest import REPORT
from optimizer.folder.read import read_plans
from optimizer.folder.write import manifest, write_plans
from optimizer.plans.plan import Plans
from optimizer.program.store import digest
from optimizer.questions.summary import Summary
from optimizer.report.page import write_report
from optimizer.report.verdict import verdict

THEN = (1980, 1, 1, 0, 0, 0)
"""Time of every file in a zip, so that the same plan is the same bytes."""
SUMMARY = "summary"
VERDICT = "verdict"
"""What the page shows of a job: of a plan its answer first, and sections."""
AWARDS = "awards"


class Parts:
    """The folder of a job's results.

    Parameters
    ----------
    folder : Path
        Made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tables").mkdir(parents=True)

    def document(self, name: str, content: Any) -> None:
        """Write a document as JSON; what is not a number is null.

        Parameters
        ----------
        name : str
        content : object
        """
        (self.folder / f"{name}.json").write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")

    def table(self, table: pd.DataFrame, name: str) -> None:
        """Write a table as Parquet, its rows in their order; a cell without a value is null.

        Parameters
        ----------
        table : DataFrame
        name : str
            Of the file, without its ending; `tables/NAME` for a table of the plan.
        """
        words = {column: table[column].astype(object) for column in table if table[column].dtype.kind not in "biuf"}
        plain = table.assign(**{str(name): words[name].where(words[name].notna(), None) for name in words})
        where = str(self.folder / f"{name}.parquet").replace("'", "''")
        columns = ", ".join(f'CAST("{column}" AS {_kind(table[column])}) AS "{column}"' for column in table)
        with duckdb.connect(":memory:") as database:
            database.register("given", plain)
            database.execute(f"COPY (SELECT {columns} FROM given) TO '{where}' (FORMAT parquet)")  # noqa: S608

    def plans(self, plans: Plans, scratch: Path, *, report: bool) -> None:
        """Write plans: every table, awards, the summary, the proof, the folder that `lodestar verify` proves.

        Parameters
        ----------
        plans : Plans
        scratch : Path
            Where the folder is written before it is packed.
        report : bool
            Whether the report and, with the extra `workbook`, the workbook of the answer are made too.
        """
        for name, table in plans.tables.items():
            self.table(table, f"tables/{name}")
        self.table(plans.summary, SUMMARY)
        if AWARDS in plans.tables:
            shutil.copyfile(self.folder / f"tables/{AWARDS}.parquet", self.folder / f"{AWARDS}.parquet")
        summary = Summary(plans)
        self.document(SUMMARY, summary.records())
        write_plans(plans, scratch)
        sections = [section.drawn() for section in summary.sections]
        self.document(VERDICT, {**verdict(read_plans(scratch)), "sections": sections})
        self.certificate(plans, scratch)
        if report and find_spec("xlsxwriter") is not None:
            from optimizer.workbook.answer import answer_of

            (self.folder / "plan.xlsx").write_bytes(answer_of(summary))
        if report:
            write_report(scratch)
            shutil.copyfile(scratch / REPORT, self.folder / REPORT)
        pack(scratch, self.folder / "plan.zip", "plan")

    def certificate(self, plans: Plans, written: Path | None = None) -> None:
        """Write the proof of every answer: objective, bounds, residuals, and digests of case, programme and plan.

        Parameters
        ----------
        plans : Plans
        written : Path, optional
            The folder that they were written to.
        """
        empty = self.folder / "none"
        empty.mkdir(exist_ok=True)
        said = json.loads(manifest(plans, written or empty).text())
        empty.rmdir()
        said["program_sha256"] = digest(plans.planner.program)
        self.document("certificate", said)


def _kind(column: Any) -> str:
    """What Parquet calls the cells of a column."""
    return {"b": "BOOLEAN", "i": "BIGINT", "u": "BIGINT", "f": "DOUBLE"}.get(column.dtype.kind, "VARCHAR")


def pack(folder: Path, to: Path, called: str) -> None:
    """Pack a folder into a zip; the same files give the same bytes.

    Parameters
    ----------
    folder, to : Path
    called : str
        What the folder is called in it.
    """
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(f"{called}/{path.relative_to(folder).as_posix()}", THEN)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, path.read_bytes())
