"""Work out blocks of a study: each is a pure function of its rows, so that whoever does it, it is the same file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from optimizer.engine.refine import as_found
from optimizer.engine.session import Session
from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.formulation.compile import parameter_vector
from optimizer.network.network import Network
from optimizer.plans.kept import KeptFiles
from optimizer.plans.plan import BASE, Planner
from optimizer.plans.reference import REFERENCE
from optimizer.plans.tables import TABLES, joined
from optimizer.program.answer import Start
from optimizer.program.program import Program
from optimizer.program.variant import Variant
from optimizer.studies.figures import NONE, Figures
from optimizer.studies.layout import ROWS, block_path, block_rows, write_block
from optimizer.studies.messages import BlockDone
from optimizer.studies.record import CASE, COMPILED, StudyRecord, checked
from optimizer.studies.rows import Found, RowPlanner
from optimizer.world.load import load_case

FACTOR = "factor."
"""What the columns of factors begin with in the tables of a study."""
LOST_ROW = "failed"
"""Status of a row over which workers were lost."""


class Study:
    """A study's folder, opened to work on it.

    Parameters
    ----------
    folder : Path
    follow : callable, optional
        Given the session that solves, once there is one.

    Raises
    ------
    InputError
        If it is none, or was made by another version of the package.
    """

    def __init__(self, folder: Path, follow: Callable[[Session], None] = lambda session: None) -> None:
        self.folder, self._follow = folder, follow
        self.record: StudyRecord = checked(folder)

    @cached_property
    def rows(self) -> RowPlanner:
        """What plans its rows."""
        case = load_case(self.folder / CASE)
        if case.digest() != self.record.case_sha256:
            what = "expected the case as it was written, found another"
            raise InputError([Fault(str(self.folder / CASE), what, code="damaged")])
        planner = Planner(case)
        planner.choose(self.record.scenarios)
        planner.kept = KeptFiles(planner.network.case, self.folder / COMPILED, self.folder / COMPILED)
        network = planner.refer(lambda some, at: self._kept(planner, some, at, REFERENCE))
        planner.start = self._kept(planner, planner.program, network, BASE)
        return RowPlanner(planner, self.record.study, self.record.scenarios, self._follow)

    def _kept(self, planner: Planner, program: Program, network: Network, name: tuple[str, str]) -> Start:
        """A plan of the case that was found when the study began."""
        parameters = parameter_vector(network)
        found = planner.kept.answer(program, Variant(name, parameters))
        if found is None or found.basis is None:
            what = f"expected its {name[1]} plan, found none that holds"
            raise InputError([Fault(str(self.folder / COMPILED), what, code="damaged")])
        return Start(program.arrays(as_found(program, parameters, found)), found)

    @cached_property
    def figures(self) -> Figures:
        """What works out its figures."""
        return Figures(self.rows.planner.frame)

    def run(self, number: int, lost: Sequence[int] = (), mark: str = "") -> BlockDone:
        """Work out a block and write its files, its figures last.

        Parameters
        ----------
        number : int
        lost : sequence of int, optional
            Rows over which workers were lost; they are not tried again.
        mark : str, optional
            File in which to note each row before it is planned; empty: none.
        """
        self.rows.begin()
        lines: list[dict[str, Any]] = []
        parts: dict[str, list[pd.DataFrame]] = {name: [] for name in self.record.study.tables}
        for row in block_rows(self.record.stretches, number):
            if mark:
                Path(mark).write_text(str(row), encoding="utf-8")
            if row in lost:
                lines.append(self._stated(row, "", "", LOST_ROW) | dict.fromkeys(self._names, NONE))
                continue
            for found in self.rows.row(row):
                lines.append(self._line(row, found))
                if found.outcome is not None:
                    for name, some in parts.items():
                        table = found.outcome.labelled(TABLES[name].make(found.outcome)).reset_index(drop=True)
                        some.append(_told(table, row, found))
        for name, some in parts.items():
            heads = ["row", "scenario", "answer", *TABLES[name].columns]
            write_block(joined(some) if some else pd.DataFrame(columns=heads), block_path(self.folder, number, name))
        frame = pd.DataFrame(lines, columns=self.heads)
        write_block(frame, block_path(self.folder, number, ROWS))
        return BlockDone(number, len(frame), int((~frame["certified"]).sum()))

    @cached_property
    def _names(self) -> list[str]:
        """Columns of figures."""
        return [figure.name for figure in self.figures.columns]

    @cached_property
    def heads(self) -> list[str]:
        """All columns."""
        factors = [f"{FACTOR}{some}" for some in self.record.factors]
        return ["row", *factors, "scenario", "answer", "status", "certified", *self._names]

    def _stated(self, row: int, scenario: str, answer: str, status: str) -> dict[str, Any]:
        """What is said of a line beside its figures."""
        values = self.record.values(row)
        factors = {f"{FACTOR}{name}": values.get(name) for name in self.record.factors}
        said = {"scenario": scenario, "answer": answer, "status": status, "certified": status == "optimal"}
        return {"row": row, **factors, **said}

    def _line(self, row: int, found: Found) -> dict[str, Any]:
        """One line of figures."""
        stated = self._stated(row, found.scenario, found.answer, found.result.status)
        if found.outcome is None:
            return stated | dict.fromkeys(self._names, NONE)
        figures = self.figures.of(found.outcome, found.base_cost, found.news)
        return stated | dict(zip(self._names, figures, strict=True))


def _told(table: pd.DataFrame, row: int, found: Found) -> pd.DataFrame:
    """A long table with the row, scenario and answer that it is of."""
    table.insert(0, "answer", found.answer)
    table.insert(0, "scenario", found.scenario)
    table.insert(0, "row", row)
    return table
