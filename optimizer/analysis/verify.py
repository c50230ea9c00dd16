"""Check a written folder again, from its files alone: certificates, tables and an audit, without the solver.

What is rebuilt comes from the folder's case and scenarios; the answers are taken from its file and proved anew. Nothing
is solved, so a fault of the solver, of this machine or of whoever touched the files shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.analysis.audit import audit_plan
from optimizer.analysis.compare import differences, numbers
from optimizer.analysis.files import ANSWERS, CASE, WRITTEN
from optimizer.analysis.plan import BASE, Planner, Plans
from optimizer.analysis.proofs import Written, read_written
from optimizer.analysis.tables import TABLES, UNITS
from optimizer.case.network import Network
from optimizer.engine.certificate import LOCAL, TOLERANCE, Certificate, certify
from optimizer.engine.refine import TOLERANCE as SQUARES
from optimizer.engine.refine import shortfall, with_tangents_of
from optimizer.engine.session import Answer
from optimizer.engine.task import Task, task_arrays
from optimizer.errors import Fault, InputError
from optimizer.formulation.compile import parameter_vector
from optimizer.formulation.program import Floats

Key = tuple[str, str]
EXACT = 1e-12
"""Relative error of a tangent that still lies on its parabola."""


@dataclass(frozen=True)
class Checked:
    """One answer, checked.

    Parameters
    ----------
    scenario, answer : str
    certificate : Certificate
        Made anew.
    faults : tuple of Fault
        All that is wrong with it.
    """

    scenario: str
    answer: str
    certificate: Certificate
    faults: tuple[Fault, ...] = ()


@dataclass
class Report:
    """What checking a folder found.

    Parameters
    ----------
    answers : list of Checked
        One per answer, in the order of the manifest.
    faults : list of Fault
        All that is wrong with the folder as a whole.
    """

    answers: list[Checked] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults and not any(some.faults for some in self.answers)


def verify(folder: str | Path) -> Report:
    """Check a folder written by `lodestar plan --out`, without solving anything.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    Report

    Raises
    ------
    InputError
        If a file is missing, or cannot be read as what it should be.
    """
    written = read_written(Path(folder))
    report = Report(faults=list(_whole(written)))
    planner = Planner(written.case)
    try:
        networks = [planner.network, *planner.worlds(written.scenarios)]
    except InputError as error:
        if report.holds:
            raise
        report.faults += error.faults
        return report
    worlds = dict(zip(["base", *(some.name for some in written.scenarios)], networks, strict=True))
    report.faults += _misshapen(written, planner)
    if any(written.shown(ANSWERS) == fault.where for fault in report.faults):
        return report
    plans = Plans(planner, written.scenarios, interrupted=written.interrupted, failed=written.failed)
    faults: dict[Key, list[Fault]] = {}
    with np.errstate(all="ignore"):
        for number, key in enumerate(written.keys):
            answer, faults[key] = _proved(written, planner, worlds[key[0]], number)
            plans.outcomes[key] = planner.outcome(worlds[key[0]], answer)
        if np.isfinite(written.x).all() and np.isfinite(written.y).all():
            _compare_tables(written, plans, faults, report)
    for key, outcome in plans.outcomes.items():
        proof = outcome.answer.certificate
        if proof is None:
            raise AssertionError("an outcome without a certificate")
        report.answers.append(Checked(*key, proof, tuple(faults[key])))
    return report


def _misshapen(written: Written, planner: Planner) -> Iterator[Fault]:
    """Arrays of answers that do not fit the programme of the case."""
    program = planner.program
    tangents = sum(some.slopes.size + some.drops.size for some in program.squares)
    sizes = {"x": len(program.column_names), "y": len(program.row_names), "tangents": tangents}
    for name, size in sizes.items():
        if (found := getattr(written, name).shape[1]) != size:
            what = f"{name}: expected {size} numbers an answer, as the case has it, found {found}"
            yield Fault(written.shown(ANSWERS), what)


def _compare_tables(written: Written, plans: Plans, faults: dict[Key, list[Fault]], report: Report) -> None:
    """Compare the tables with what the answers say, and audit each answer by the tables as they are written."""
    for name, expected in {"summary": plans.summary, **plans.tables}.items():
        for key, fault in differences(written.shown(f"{name}.csv"), expected, written.tables[name]):
            (faults.get(key, report.faults) if key else report.faults).append(fault)
    happens = {scenario.name: scenario for scenario in written.scenarios}
    for key in plans.outcomes:
        tables = {name: _of(written.tables[name], key) for name in TABLES}
        for fault in audit_plan(written.case, tables, happens.get(key[0])):
            faults[key].append(Fault(f"audit of {key[0]} ({key[1]}), {fault.where}", fault.what))


def _of(table: Any, key: Key) -> Any:
    """The rows of one answer, numbers as numbers."""
    rows = table[(table["scenario"] == key[0]) & (table["answer"] == key[1])].reset_index(drop=True)
    return rows.assign(**{name: numbers(rows[name]) for name in rows.columns if name in UNITS})


def _whole(written: Written) -> Iterator[Fault]:
    """What is wrong with a folder as a whole: another case, answers that are missing."""
    shown = written.shown(WRITTEN)
    if (found := written.case.digest()) != written.digest:
        what = f"case_sha256: expected that of {written.shown(CASE)} ({found}), found {written.digest}"
        yield Fault(shown, what)
    if written.name != written.case.name:
        yield Fault(shown, f"case: expected {written.case.name!r}, found {written.name!r}")
    known = [*written.keys, *written.failed]
    if BASE not in written.keys:
        yield Fault(shown, "certificates: expected one of the base, found none")
    answers = sorted({answer for scenario, answer in known if scenario != BASE[0]})
    if not written.interrupted:
        for scenario in written.scenarios:
            for answer in answers or ["react"]:
                if (scenario.name, answer) not in known:
                    yield Fault(shown, f"certificates: expected one of {scenario.name} ({answer}), found none")


def _proved(written: Written, planner: Planner, world: Network, number: int) -> tuple[Answer, list[Fault]]:
    """An answer with a certificate made anew, and what is wrong with it."""
    key, proof = written.keys[number], written.proofs[number]
    x, y, tangents = written.x[number], written.y[number], written.tangents[number]
    parameters = with_tangents_of(planner.program, parameter_vector(world), tangents)
    fixed = None
    if key[1] == "react":
        scenario = next(some for some in written.scenarios if some.name == key[0])
        decided = planner.decided(scenario)
        fixed = decided if decided.any() else None
    base = written.x[written.keys.index(BASE)]
    made = certify(task_arrays(planner.program, Task(key, parameters, fixed), base), x, y)
    answer = Answer(
        "optimal" if made.holds else "uncertified", x, y, made, proof["method"], 0.0, proof["iterations"], tangents
    )
    shown = f"{written.shown(ANSWERS)}, {key[0]} ({key[1]})"
    faults = [Fault(shown, what) for what in _unproved(made)]
    faults += [Fault(shown, what) for what in _untrue(tangents, planner, x)]
    stated = f"{written.shown(WRITTEN)}, certificate of {key[0]} ({key[1]})"
    for name, found in (
        ("objective_usd", made.objective),
        ("dual_objective_usd", made.dual_objective),
        ("primal_residual", made.primal),
        ("dual_residual", made.dual),
        ("gap", made.gap),
        ("local_residual", made.local),
        ("wrong_prices_worth", made.worth),
    ):
        scale = 1 + abs(found) if name.endswith("usd") else 1.0
        if not abs(proof[name] - found) <= TOLERANCE * scale:
            faults.append(Fault(stated, f"{name}: expected {found:.12g}, found {proof[name]:.12g}"))
    if proof["holds"] is not made.holds:
        faults.append(Fault(stated, f"holds: expected {made.holds}, found {proof['holds']}"))
    return answer, faults


def _unproved(made: Certificate) -> Iterator[str]:
    """Residuals that are too large, or not a number."""
    for name, found, most in (
        ("primal residual", made.primal, TOLERANCE),
        ("dual residual", made.dual, TOLERANCE),
        ("gap", made.gap, TOLERANCE),
        ("local residual", made.local, LOCAL),
        ("worth of prices of the wrong sign", made.worth, TOLERANCE),
    ):
        if not found <= most:
            yield f"{name}: expected at most {most:g}, found {found:.3g}"


def _untrue(tangents: Floats, planner: Planner, x: Floats) -> Iterator[str]:
    """Tangents that lie on no parabola, and sums of squares that are drawn too low."""
    zeros = np.zeros(len(planner.program.parameter_names))
    vector = with_tangents_of(planner.program, zeros, tangents)
    for some in planner.program.squares:
        slopes, drops = vector[some.slopes], vector[some.drops]
        wrong = ~(np.abs(slopes**2 / 4 - drops) <= EXACT * np.maximum(np.abs(drops), EXACT))
        if wrong.any():
            place = tuple(np.argwhere(wrong)[0])
            yield f"tangents: expected a drop of {slopes[place] ** 2 / 4:.12g}, found {drops[place]:.12g}"
            return
    if not (gap := shortfall(planner.program, x)) <= SQUARES:
        yield f"sums of squared shares: expected drawn within {SQUARES:g}, found {gap:.3g}"
