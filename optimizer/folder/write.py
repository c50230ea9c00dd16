"""Write plans to a folder: long tables, the summary, and a manifest that says what they are and how they were made."""

from __future__ import annotations

import platform
from contextlib import nullcontext
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.case.write import write_case
from optimizer.folder.answers import write_answers
from optimizer.folder.compare import write_table
from optimizer.folder.manifest import (
    ANSWERS,
    CASE,
    FORMAT,
    LEDGER,
    REPORT,
    SUMMARY,
    WRITTEN,
    Failed,
    Manifest,
    Proved,
    Stated,
    file_digest,
)
from optimizer.folder.swap import PART, entries, replace_file, sync_all
from optimizer.folder.target import Target, target
from optimizer.plans.reference import REFERENCE
from optimizer.plans.summary import UNITS

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.plans.outcome import Outcome
    from optimizer.plans.plan import Plans


def _versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    found = {"python": platform.python_version()}
    for name in ("lodestar-optimizer", "highspy", "pyomo", "numpy", "pandas", "pydantic"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _proved(scenario: str, answer: str, outcome: Outcome) -> Proved:
    """The cost and the certificate of an answer, as the manifest states them."""
    proof = outcome.answer.proof(f"{scenario} ({answer}) cannot be written")
    return Proved(
        scenario=scenario,
        answer=answer,
        cost=Stated.model_validate(outcome.whole_cost.record()),
        objective_usd=proof.objective,
        dual_objective_usd=proof.dual_objective,
        primal_residual=proof.primal,
        dual_residual=proof.dual,
        gap=proof.gap,
        local_residual=proof.local,
        wrong_prices_worth=proof.worth,
        holds=proof.holds,
        method=outcome.answer.method,
        iterations=outcome.answer.iterations,
        tightened=outcome.answer.loose is not None,
    )


def manifest(plans: Plans, folder: Path) -> Manifest:
    """What a written folder says of itself.

    Parameters
    ----------
    plans : Plans
    folder : Path
        Where everything but the manifest is written.

    Returns
    -------
    Manifest
        With input, versions, units, the certificate of every answer and the digest of every file.
    """
    case = plans.planner.case
    made = Manifest(
        format=FORMAT,
        case=case.name,
        case_sha256=case.digest(),
        scenarios=tuple(plans.scenarios),
        scenarios_sha256={some.name: some.digest() for some in plans.scenarios},
        answers=tuple(plans.answers),
        interrupted=plans.interrupted,
        versions=_versions(),
        units=UNITS,
        not_certified=tuple(
            Failed(scenario=scenario, answer=answer, status=found.status, method=found.method)
            for (scenario, answer), found in plans.failed.items()
        ),
        certificates=tuple(_proved(*key, outcome) for key, outcome in plans.outcomes.items()),
        reference=None if plans.reference is None else _proved(*REFERENCE, plans.reference),
        files={},
        plan_sha256="",
    )
    return made.with_files({name: file_digest(folder / name) for name in entries(folder) if not name.endswith("/")})


def write_plans(plans: Plans, folder: Path | Target, ledger: pd.DataFrame | None = None) -> None:
    """Write the tables, the summary, the answers, the case and the manifest of plans.

    Parameters
    ----------
    plans : Plans
    folder : Path or Target
        Replaced as a whole once everything is written, so that no half-written folder is ever seen; a report in it
        goes with its plan. To be sure of the folder before planning, hold it with `target`.
    ledger : DataFrame, optional
        What each rule costs in the base plan; written beside the tables.

    Raises
    ------
    InputError
        If the folder holds something else, is being written, or cannot be written.
    """

    def build(made: Path) -> None:
        write_table(plans.summary, made / SUMMARY)
        write_case(plans.planner.case, made / CASE)
        reference = None if plans.reference is None else plans.reference.answer
        write_answers((outcome.answer for outcome in plans.outcomes.values()), made / ANSWERS, reference)
        for name, table in plans.tables.items():
            write_table(table, made / f"{name}.csv")
        if ledger is not None:
            write_table(ledger, made / LEDGER)
        sync_all(made)
        replace_file(made / WRITTEN, manifest(plans, made).text(), made / PART)

    with nullcontext(folder) if isinstance(folder, Target) else target(folder) as place:
        place.replace(build)


def add_report(folder: Path, manifest: Manifest, text: str) -> None:
    """Put the report into the folder of its plan, and list it.

    Parameters
    ----------
    folder : Path
        Held by the caller; see `target`.
    manifest : Manifest
        Of the folder.
    text : str
        The page, which says the digest of its plan: between the two steps it is known by that.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    replace_file(folder / REPORT, text, folder / PART)
    listed = manifest.with_files({**manifest.files, REPORT: file_digest(folder / REPORT)})
    replace_file(folder / WRITTEN, listed.text(), folder / PART)
