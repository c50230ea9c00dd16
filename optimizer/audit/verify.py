"""Check a written folder again, from its files alone: certificates, tables and an audit, without the solver.

What is rebuilt comes from the folder's case and scenarios; the answers are taken from its file and proved anew. Nothing
is solved, so a fault of the solver, of this machine or of whoever touched the files shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd

from optimizer.audit.audit import audit_plan
from optimizer.audit.proofs import Claims, ledger_faults, read_claims
from optimizer.case.text import brief
from optimizer.engine.refine import as_found, at_answer, untrue, wrong_shares
from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.folder.answers import ARRAYS
from optimizer.folder.compare import differences, numbers, plain
from optimizer.folder.manifest import ANSWERS, CASE, LEDGER, REPORT, WRITTEN, Proved, plan_of_page
from optimizer.folder.read import of_answer
from optimizer.formulation.compile import parameter_vector
from optimizer.network.build import network_with
from optimizer.network.network import Network
from optimizer.plans.hedge import HEDGE, shared, start_of
from optimizer.plans.long_tables import TABLES
from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import BASE, Planner, Plans
from optimizer.plans.reference import REFERENCE
from optimizer.plans.schema import AnswerKey, Table
from optimizer.plans.tightening import Tightening
from optimizer.program.answer import Answer, Start, Status
from optimizer.program.certificate import LOCAL, TOLERANCE, Certificate, certify
from optimizer.program.extensive import Flags
from optimizer.program.program import Floats
from optimizer.program.variant import Variant
from optimizer.world.chances import chances

ALIKE = {"hedge": "react"}
"""Answers that are audited as others: once its news has come, who hedged reacts."""


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
    loose : Certificate, optional
        Of the plan without tightening, which bounds the cost from below.
    """

    scenario: str
    answer: str
    certificate: Certificate
    faults: tuple[Fault, ...] = ()
    loose: Certificate | None = None


@dataclass
class Report:
    """What checking a folder found.

    Parameters
    ----------
    answers : list of Checked
        One per answer, in the order of the manifest.
    faults : list of Fault
        All that is wrong with the folder as a whole.
    asked : int
        Answers that were asked for.
    missing : list of (scenario, answer)
        Those that planning did not come to, where the folder says that it was stopped.
    failed : dict of (scenario, answer) to str
        Those without a certificate, and their status.
    notes : list of str
        What was not checked.
    """

    answers: list[Checked] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    asked: int = 0
    missing: list[AnswerKey] = field(default_factory=list)
    failed: dict[AnswerKey, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

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
    written = read_claims(Path(folder))
    report = _stated(written)
    scenarios = list(written.manifest.scenarios)
    planner = Planner(written.case)
    try:
        planner.network = network_with(planner.network, scenarios)
        if misshapen := list(_misshapen(written, planner)):
            report.faults += misshapen
            return report
        arrays = written.folder.answers()
        if (proof := written.manifest.reference) is not None:
            with np.errstate(all="ignore"):
                report.faults += _refer(written, arrays, planner, proof)
        planner.start = _base(written, arrays, planner)
        networks = [planner.network, *planner.worlds(scenarios)]
    except InputError as error:
        if report.holds:
            raise
        report.faults += error.faults
        return report
    worlds = dict(zip(["base", *(some.name for some in scenarios)], networks, strict=True))
    plans = Plans(planner, scenarios, interrupted=written.manifest.interrupted, failed=written.failed)
    faults: dict[AnswerKey, list[Fault]] = {}
    proofs: dict[AnswerKey, Certificate] = {}
    with np.errstate(all="ignore"):
        onward, common = _hedged(written, arrays, planner, networks[1:])
        for number, key in enumerate(written.keys):
            of = onward if key[1] == HEDGE[1] else planner
            answer, proofs[key], faults[key] = _proved(written, arrays, of, worlds[key[0]], number, common)
            plans.outcomes[key] = planner.outcome(_told(written, worlds[key[0]], key), answer)
            faults[key] += _costs_otherwise(written, number, plans.outcomes[key])
        if np.isfinite(arrays["x"]).all() and np.isfinite(arrays["y"]).all():
            _compare_tables(written, plans, faults, report)
    below = {key: outcome.answer.loose for key, outcome in plans.outcomes.items()}
    report.answers += [
        Checked(*key, proof, tuple(faults[key]), loose.certificate if (loose := below[key]) is not None else None)
        for key, proof in proofs.items()
    ]
    return report


def _stated(written: Claims) -> Report:
    """What is wrong with the folder as a whole, and what it says is missing."""
    manifest = written.manifest
    missing = manifest.missing
    report = Report(faults=list(_whole(written)), asked=len({*written.keys, *written.failed, *missing}))
    report.failed = {key: answer.status for key, answer in written.failed.items()}
    if manifest.interrupted:
        report.missing = missing
    else:
        for key in missing:
            what = f"certificates: expected one of {key[0]} ({key[1]}), found none"
            report.faults.append(Fault(written.shown(WRITTEN), what, code="disagrees"))
    return report


def _refer(written: Claims, arrays: Mapping[str, Floats], planner: Planner, proof: Proved) -> list[Fault]:
    """Take the reference of licences from the last plan of the answers, its proof made anew; what is wrong with it."""
    x, y, tangents = (arrays[name][-1] for name in ("x", "y", "tangents"))
    claimed = Answer("optimal", x, y, None, proof.method, 0.0, proof.iterations, tangents)
    variant = Variant(REFERENCE, parameter_vector(planner.network.referring(None)))
    answer, made, faults = _made_anew(f"{written.shown(ANSWERS)}, the reference", planner, variant, claimed, x)
    planner.lifted = Start(planner.program.arrays(variant.parameters), answer)
    planner.refer()
    return [*faults, *_stated_otherwise(f"{written.shown(WRITTEN)}, the reference", proof, made)]


def _misshapen(written: Claims, planner: Planner) -> Iterator[Fault]:
    """Arrays of answers that do not fit the programme of the case, and licences without a reference."""
    if bool(planner.network.index["licences"]) != (written.manifest.reference is not None):
        found = "none" if written.manifest.reference is None else "one"
        what = f"reference: expected a plan that licences are a share of where there are licences alone, found {found}"
        yield Fault(written.shown(WRITTEN), what, code="disagrees")
    program = planner.program
    tangents = sum(some.slopes.size + some.drops.size for some in program.squares)
    sizes = {"x": len(program.column_names), "y": len(program.row_names), "tangents": tangents}
    if written.shapes["shares"][1]:
        sizes["shares"] = program.shares[1] - program.shares[0]
    for name, size in sizes.items():
        if (wide := written.shapes[name][1]) != size:
            what = f"{name}: expected {size} numbers an answer, as the case has it, found {wide}"
            yield Fault(written.shown(ANSWERS), what, code="disagrees")


def _compare_tables(written: Claims, plans: Plans, faults: dict[AnswerKey, list[Fault]], report: Report) -> None:
    """Compare the tables with what the answers say, and audit each answer by the tables as they are written."""
    for name, expected in {"summary": plans.summary, **plans.tables}.items():
        for key, fault in differences(written.shown(f"{name}.csv"), expected, written.tables[name]):
            (faults.get(key, report.faults) if key else report.faults).append(fault)
    happens = {scenario.name: scenario for scenario in written.manifest.scenarios}
    for key in plans.outcomes:
        tables = {name: _of(written.tables[name], table, key) for name, table in TABLES.items()}
        over, alike = plans.outcomes[key].answer.over, ALIKE.get(key[1], key[1])
        for fault in audit_plan(written.case, tables, happens.get(key[0]), happens.values(), alike, over=over):
            faults[key].append(fault.moved(f"audit of {key[0]} ({key[1]}), {fault.where}"))
    if HEDGE in plans.outcomes:
        report.notes.append(
            f"{written.shown(ANSWERS)}: every answer of the hedge is proved from what it does before any news; that "
            "nothing else done before costs less in expectation is not, as it comes from solving all together"
        )
    if "ledger" in written.tables:
        report.faults += ledger_faults(written, plans)
        report.notes.append(
            f"{written.shown(LEDGER)}: rules, values and penalties paid are checked; what a rule costs and its prices "
            "are not, as they come from solving again"
        )


def _of(written: pd.DataFrame, table: Table[Outcome], key: AnswerKey) -> pd.DataFrame:
    """The rows of one answer, numbers as numbers and text without marks."""
    rows = of_answer(written, *key).reset_index(drop=True)
    amounts = {str(column) for column in table.columns if column.is_number}
    return rows.assign(**{name: (numbers if name in amounts else plain)(rows[name]) for name in rows.columns})


def _whole(written: Claims) -> Iterator[Fault]:
    """What is wrong with a folder as a whole: files changed, another case, a report of another plan."""
    shown, manifest = written.shown(WRITTEN), written.manifest
    yield from written.folder.damage()
    if (found := written.case.digest()) != manifest.case_sha256:
        what = f"case_sha256: expected that of {written.shown(CASE)} ({found}), found {manifest.case_sha256}"
        yield Fault(shown, what, code="disagrees")
    if manifest.case != written.case.name:
        yield Fault(shown, f"case: expected {written.case.name!r}, found {manifest.case!r}", code="disagrees")
    for name in (LEDGER, REPORT):
        if name not in manifest.files and (written.folder.path / name).exists():
            yield Fault(
                written.shown(name), f"expected a file that {WRITTEN} lists, found it unlisted", code="disagrees"
            )
    if REPORT in manifest.files and plan_of_page(written.folder.path / REPORT) != manifest.plan_sha256:
        yield Fault(written.shown(REPORT), "expected the report of this plan, found another", code="disagrees")


def _base(written: Claims, arrays: Mapping[str, Floats], planner: Planner) -> Start:
    """The base plan as it is written: what scenarios hold on to. Its proof is made anew as those of the others."""
    answer = _stated_answer(written, arrays, number := written.keys.index(BASE), number)
    return Start(planner.program.arrays(as_found(planner.program, parameter_vector(planner.network), answer)), answer)


def _hedged(
    written: Claims, arrays: Mapping[str, Floats], planner: Planner, worlds: list[Network]
) -> tuple[Planner, Flags | None]:
    """The planner with the trunk of the hedge in the place of the base plan, and the columns that scenarios share."""
    if HEDGE not in written.keys:
        return planner, None
    number = written.keys.index(HEDGE)
    start = start_of(planner, _stated_answer(written, arrays, number, number))
    scenarios = list(written.manifest.scenarios)
    return planner.onward(start), shared(planner, list(zip(scenarios, worlds, strict=True)), chances(scenarios))


def _stated_answer(written: Claims, arrays: Mapping[str, Floats], number: int, line: int) -> Answer:
    """An answer as it stands in a line of the file of the answers, by its number in the manifest; nothing is proved."""
    proof = written.manifest.certificates[number]
    x, y, tangents, shares = (arrays[name][line] for name in ARRAYS)
    return Answer("optimal", x, y, None, proof.method, 0.0, proof.iterations, tangents, shares=shares)


def _told(written: Claims, world: Network, key: AnswerKey) -> Network:
    """The world that an answer was found in: of a reaction, once the news has come."""
    if key[1] == "foresight" or key[0] == BASE[0]:
        return world
    return world.told(next(some.announced for some in written.manifest.scenarios if some.name == key[0]))


def _proved(
    written: Claims, arrays: Mapping[str, Floats], planner: Planner, world: Network, number: int, common: Flags | None
) -> tuple[Answer, Certificate, list[Fault]]:
    """An answer, its certificate made anew, and what is wrong with it; the hedge shares columns with all scenarios."""
    key, proof = written.keys[number], written.manifest.certificates[number]
    variant, told = Variant(key, parameter_vector(world)), _told(written, world, key)
    if key == HEDGE:
        variant = replace(variant, fixed=common)
    elif key[0] != BASE[0] and key[1] != "foresight":
        scenario = next(some for some in written.manifest.scenarios if some.name == key[0])
        variant = planner.reaction(scenario, world, key[1])
    shown = f"{written.shown(ANSWERS)}, {key[0]} ({key[1]})"
    claimed = _stated_answer(written, arrays, number, number)
    answer, made, faults = _made_anew(shown, planner, variant, claimed, planner.start.answer.x)
    if proof.tightened:
        behind = sum(some.tightened for some in written.manifest.certificates[:number])
        line = len(written.manifest.certificates) + behind
        claimed = _stated_answer(written, arrays, number, line)
        loose, _, more = _made_anew(f"{shown} without tightening", planner, variant, claimed, planner.start.answer.x)
        answer, faults = replace(answer, loose=loose), [*faults, *more]
    answer = Tightening(planner.frame, told, variant).looked_over(answer)
    stated = f"{written.shown(WRITTEN)}, certificate of {key[0]} ({key[1]})"
    return answer, made, [*faults, *_stated_otherwise(stated, proof, made)]


def _stated_otherwise(stated: str, proof: Proved, made: Certificate) -> Iterator[Fault]:
    """What the manifest says of a certificate and is not so."""
    for name, figure in (
        ("objective_usd", made.objective),
        ("dual_objective_usd", made.dual_objective),
        ("primal_residual", made.primal),
        ("dual_residual", made.dual),
        ("gap", made.gap),
        ("local_residual", made.local),
        ("wrong_prices_worth", made.worth),
    ):
        yield from _otherwise(stated, name, getattr(proof, name), figure)
    if proof.holds is not made.holds:
        yield Fault(stated, f"holds: expected {made.holds}, found {proof.holds}", code="disagrees")


def _made_anew(
    shown: str, planner: Planner, variant: Variant, answer: Answer, base: Floats
) -> tuple[Answer, Certificate, list[Fault]]:
    """An answer that holds on to a base plan, with its certificate made anew, and what is wrong with it."""
    program = planner.program
    wrong = list(wrong_shares(program, answer.shares))
    variant = at_answer(program, variant, replace(answer, shares=np.zeros(0)) if wrong else answer)
    made = certify(variant.arrays(program, base), answer.x, answer.y)
    status: Status = "optimal" if made.holds else "uncertified"
    said = [*wrong, *_unproved(made), *untrue(program, answer.tangents, answer.x)]
    return (
        replace(answer, status=status, certificate=made, shares=answer.shares if not wrong else np.zeros(0)),
        made,
        [Fault(shown, what, code="disagrees") for what in said],
    )


def _otherwise(stated: str, name: str, claim: float, found: float) -> Iterator[Fault]:
    """A number of the manifest that is not what it should be."""
    scale = 1 + abs(found) if name.endswith("usd") else 1.0
    if not abs(claim - found) <= TOLERANCE * scale:
        yield Fault(stated, f"{name}: expected {found:.12g}, found {claim:.12g}", code="disagrees")


def _costs_otherwise(written: Claims, number: int, outcome: Outcome) -> Iterator[Fault]:
    """A cost that is stated otherwise than the terms add up to, or than the proof bounds it; no proof, no bounds."""
    claims = written.manifest.certificates[number].cost.model_dump()
    for name, found in outcome.whole_cost.record().items():
        key, claim = written.keys[number], claims[name]
        stated = f"{written.shown(WRITTEN)}, cost of {key[0]} ({key[1]})"
        if found is not None and claim is not None:
            yield from _otherwise(stated, name, claim, found)
        elif (found is None) is not (claim is None) and outcome.answer.certified:
            yield Fault(stated, f"{name}: expected {brief(found)}, found {brief(claim)}", code="disagrees")


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
