"""Work out blocks of a study: each is a pure function of its rows, so that whoever does it, it is the same file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
from optimizer.plans.long_tables import TABLES, joined
from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import BASE, Planner
from optimizer.plans.reference import REFERENCE
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


@dataclass(frozen=True)
class Done:
    """A row that is planned.

    Parameters
    ----------
    lines : list of dict
        Its figures.
    tables : dict of str to list of DataFrame
        Its long tables, by name.
    """

    lines: list[dict[str, Any]]
    tables: dict[str, list[pd.DataFrame]]


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
        self._other: Figures | None = None
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

    def _figures_of(self, outcome: Outcome) -> Figures:
        """What works out the figures of an answer: of another programme than that of the case where recipes differ."""
        if outcome.frame is self.figures.frame:
            return self.figures
        if self._other is None or self._other.frame is not outcome.frame:
            self._other = Figures(outcome.frame)
        return self._other

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
        rows = block_rows(self.record.stretches, number)
        done: dict[int, Done] = {}
        for row in self.rows.begin([row for row in rows if row not in lost]):
            if mark:
                Path(mark).write_text(str(row), encoding="utf-8")
            done[row] = self._done(row)
        nothing = dict.fromkeys(self._names, NONE)
        each = [done.get(row) or Done([self._stated(row, "", "", LOST_ROW) | nothing], {}) for row in rows]
        for name in self.record.study.tables:
            parts = [table for some in each for table in some.tables.get(name, ())]
            heads = ["row", "scenario", "answer", *TABLES[name].columns]
            write_block(joined(parts) if parts else pd.DataFrame(columns=heads), block_path(self.folder, number, name))
        frame = pd.DataFrame([line for some in each for line in some.lines], columns=self.heads)
        write_block(frame, block_path(self.folder, number, ROWS))
        return BlockDone(number, len(frame), int((~frame["certified"]).sum()))

    def _done(self, row: int) -> Done:
        """A row, planned."""
        done = Done([], {name: [] for name in self.record.study.tables})
        for found in self.rows.row(row):
            done.lines.append(self._line(row, found))
            if found.outcome is not None:
                for name, some in done.tables.items():
                    table = found.outcome.labelled(TABLES[name].make(found.outcome)).reset_index(drop=True)
                    some.append(_told(table, row, found))
        return done

    @cached_property
    def _names(self) -> list[str]:
        """Columns of figures."""
        return [figure.name for figure in self.figures.columns]

    @cached_property
    def heads(self) -> list[str]:
        """All columns."""
        factors = [f"{FACTOR}{some}" for some in self.record.factors]
        return ["row", *factors, "scenario", "answer", "status", "certified", "inherited", *self._names]

    def _stated(self, row: int, scenario: str, answer: str, status: str, *, inherited: bool = False) -> dict[str, Any]:
        """What is said of a line beside its figures."""
        values = self.record.values(row)
        factors = {f"{FACTOR}{name}": values.get(name) for name in self.record.factors}
        said = {"scenario": scenario, "answer": answer, "status": status, "certified": status == "optimal"}
        said["inherited"] = inherited
        return {"row": row, **factors, **said}

    def _line(self, row: int, found: Found) -> dict[str, Any]:
        """One line of figures."""
        result = found.result
        inherited = result.certified and result.iterations == 0
        stated = self._stated(row, found.scenario, found.answer, result.status, inherited=inherited)
        if found.outcome is None:
            return stated | dict.fromkeys(self._names, NONE)
        figures = self._figures_of(found.outcome).of(found.outcome, found.base_cost, found.news)
        return stated | dict(zip(self._names, figures, strict=True))


def _told(table: pd.DataFrame, row: int, found: Found) -> pd.DataFrame:
    """A long table with the row, scenario and answer that it is of."""
    table.insert(0, "answer", found.answer)
    table.insert(0, "scenario", found.scenario)
    table.insert(0, "row", row)
    return table
