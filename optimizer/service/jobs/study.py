"""A study done as a job: its folder laid out and worked out block by block, each block kept as soon as it is there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.engine.pool import Pool
from optimizer.errors import Stopped
from optimizer.folder.manifest import REPORT
from optimizer.plans.kept import version
from optimizer.report.study import study_page
from optimizer.service.jobs.parts import Parts, pack
from optimizer.studies.findings import findings
from optimizer.studies.layout import ROWS, block_path
from optimizer.studies.record import StudyRecord
from optimizer.studies.run import WORKER, Status, run, status
from optimizer.studies.start import Ready, laid_out
from optimizer.studies.tables import asked, exported

STUDY = "study"
"""The folder, and what it is called in its zip."""
LAID = "laid.zip"
"""What is kept of a folder before any block."""


@dataclass
class StudyWork:
    """A study that a job does.

    Parameters
    ----------
    ready : Ready
        Checked against its case.
    folder : Path
        Of the job.
    follow : callable
        Told how far it has come.
    """

    ready: Ready
    folder: Path
    follow: Callable[[Status], None]

    def __post_init__(self) -> None:
        self.home, self.kept = self.folder / STUDY, self.folder / "answers"
        self.kept.mkdir(exist_ok=True)
        content = json.dumps(self.ready.study.model_dump(mode="json", by_alias=True), sort_keys=True)
        of = f"{version()} {self.ready.planner.case.digest()} {content}"
        self.mark = hashlib.sha256(of.encode()).hexdigest()[:16]  # what was kept of anything else is left alone

    def do(self, pool: Pool, workers: int) -> bool:
        """Work out what was not kept of it.

        Parameters
        ----------
        pool : Pool
            Solves the base plan.
        workers : int
            Processes that work blocks out.

        Returns
        -------
        bool
            Whether it was interrupted: blocks are missing, as the time was up.

        Raises
        ------
        InputError, SolveError
            If it cannot be done.
        Stopped
            If the time was up before any block was there.
        """
        self._take_up()
        record = laid_out(self.ready, self.home, pool)
        laid = self.kept / self._name(LAID)
        if not laid.exists():
            part = laid.with_suffix(".part")
            pack(self.home, part, STUDY)
            part.replace(laid)
        known: set[Path] = set()

        def progress(at: Status) -> None:
            self._keep(record, known)
            self.follow(at)

        try:
            with Pool(workers, deadline=pool.deadline, module=WORKER) as blocks:
                run(self.home, blocks, progress=progress)
        except Stopped:
            if not status(self.home).blocks_done:
                raise
            return True
        return False

    def _name(self, file: str) -> str:
        """What a file is kept under."""
        return f"{self.mark}-{file}"

    def _tables(self) -> tuple[str, ...]:
        """Folders of its blocks."""
        return ROWS, *self.ready.study.tables

    def _take_up(self) -> None:
        """Put back what was kept of it."""
        laid = self.kept / self._name(LAID)
        if not laid.exists():
            return
        with zipfile.ZipFile(laid) as archive:
            archive.extractall(self.folder)
        for table in self._tables():
            for path in self.kept.glob(self._name(f"{table}-*.parquet")):
                place = block_path(self.home, int(path.stem.rpartition("-")[2]), table)
                place.parent.mkdir(exist_ok=True)
                shutil.copyfile(path, place)

    def _keep(self, record: StudyRecord, known: set[Path]) -> None:
        """Keep blocks that are new."""
        for table in self._tables():
            for path in set((self.home / table).glob("block=*.parquet")) - known:
                kept = self.kept / self._name(f"{table}-{path.stem.partition('=')[2]}.parquet")
                if not kept.exists():
                    os.link(path, kept)
                known.add(path)

    def results(self, parts: Parts) -> int:
        """Write its results: tables, what they say, what they rest on, and the folder itself.

        Parameters
        ----------
        parts : Parts

        Returns
        -------
        int
            Answers without a certificate.
        """
        record = StudyRecord.of(json.loads((self.home / "study.json").read_text(encoding="utf-8")))
        for table in self._tables():
            exported(self.home, table, parts.folder / "tables" / f"{table}.parquet")
        groups = asked(
            self.home,
            "SELECT scenario, answer, count(*) FILTER (certified) AS proved, count(*) FILTER (NOT certified) AS other, "
            "mode(status) FILTER (NOT certified) AS status FROM rows GROUP BY scenario, answer ORDER BY min(row)",
        ).to_dict("records")
        parts.document("certificate", _certificate(record, groups))
        parts.document("summary", {"sections": [some.record() for some in findings(self.home, STUDY)]})
        (parts.folder / REPORT).write_text(study_page(self.home, STUDY), encoding="utf-8")
        pack(self.home, parts.folder / f"{STUDY}.zip", STUDY)
        return sum(int(some["other"]) for some in groups)


def _certificate(record: StudyRecord, groups: list[dict[Any, Any]]) -> dict[str, Any]:
    """What the figures rest on, and of how many answers there are none."""
    proved = [some for some in groups if some["proved"]]
    return {
        **record.record(),
        "units": {str(some["name"]): str(some["unit"]) for some in record.figures},
        "certificates": [
            {
                "scenario": some["scenario"],
                "answer": some["answer"],
                "rows": int(some["proved"]),
                "not_certified": int(some["other"]),
            }
            for some in proved
        ],
        "not_certified": [
            {"scenario": some["scenario"], "answer": some["answer"], "status": some["status"]}
            for some in groups
            if not some["proved"]
        ],
    }
