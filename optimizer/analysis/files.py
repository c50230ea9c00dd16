"""Write plans to a folder: long tables, the summary, and a manifest that says what they are and how they were made."""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from optimizer.analysis.tables import UNITS
from optimizer.case.write import write_case
from optimizer.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.analysis.plan import Plans

FORMAT = 2
"""Version of the layout of a written folder."""
WRITTEN = "manifest.json"
LEDGER = "ledger.csv"
"""A table that a folder may hold and need not."""
SUMMARY = "summary.csv"
ANSWERS = "answers.npz"
"""The answers themselves, one line each in the order of the manifest's certificates: `x`, `y` and `tangents`."""
CASE = "case"
"""Folder with the case as it was planned, which can be planned again."""


def _versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    found = {"python": platform.python_version()}
    for name in ("lodestar-optimizer", "highspy", "pyomo", "numpy", "pandas", "pydantic"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def manifest(plans: Plans) -> dict[str, Any]:
    """What a written folder says of itself: input, versions, units, and the certificate of every answer."""
    certificates = []
    for (scenario, answer), outcome in plans.outcomes.items():
        proof = outcome.answer.certificate
        if proof is None:
            raise AssertionError("an outcome without a certificate")
        certificates.append(
            {
                "scenario": scenario,
                "answer": answer,
                "objective_usd": proof.objective,
                "dual_objective_usd": proof.dual_objective,
                "primal_residual": proof.primal,
                "dual_residual": proof.dual,
                "gap": proof.gap,
                "local_residual": proof.local,
                "wrong_prices_worth": proof.worth,
                "holds": proof.holds,
                "method": outcome.answer.method,
                "iterations": outcome.answer.iterations,
            }
        )
    case = plans.planner.case
    return {
        "format": FORMAT,
        "case": case.name,
        "case_sha256": case.digest(),
        "scenarios": [some.model_dump(mode="json", by_alias=True, exclude_none=True) for some in plans.scenarios],
        "interrupted": plans.interrupted,
        "versions": _versions(),
        "units": UNITS,
        "not_certified": [
            {"scenario": scenario, "answer": answer, "status": found.status, "method": found.method}
            for (scenario, answer), found in plans.failed.items()
        ],
        "certificates": certificates,
    }


def _write_answers(plans: Plans, path: Path) -> None:
    """Write what the solver answered, so that anybody can certify it again."""
    answers = [outcome.answer for outcome in plans.outcomes.values()]
    parts = {name: np.array([getattr(answer, name) for answer in answers]) for name in ("x", "y", "tangents")}
    np.savez_compressed(path, allow_pickle=False, **parts)


def check_target(folder: Path) -> None:
    """Refuse a target that holds something we did not write.

    Raises
    ------
    InputError
        If it exists and is neither empty nor a folder written before.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError([Fault(str(folder), "expected a folder to write to, found a file")])
    if folder.is_dir() and any(folder.iterdir()) and not (folder / WRITTEN).exists():
        raise InputError(
            [Fault(str(folder), f"expected a new or empty folder, or one with a {WRITTEN}, found other files")]
        )


def write_plans(plans: Plans, folder: Path, ledger: pd.DataFrame | None = None) -> None:
    """Write the tables, the summary, the answers, the case and the manifest of plans.

    Parameters
    ----------
    plans : Plans
    folder : Path
        Replaced as a whole once everything is written beside it, so that no half-written folder is ever seen.
    ledger : DataFrame, optional
        What each rule costs in the base plan; written beside the tables.

    Raises
    ------
    InputError
        If the folder holds something else, or cannot be written.
    """
    check_target(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
            made = Path(beside) / "new"
            made.mkdir()
            plans.summary.to_csv(made / SUMMARY, index=False)
            write_case(plans.planner.case, made / CASE)
            _write_answers(plans, made / ANSWERS)
            for name, table in plans.tables.items():
                table.to_csv(made / f"{name}.csv", index=False)
            if ledger is not None:
                ledger.to_csv(made / LEDGER, index=False)
            (made / WRITTEN).write_text(json.dumps(manifest(plans), indent=1, allow_nan=False) + "\n", encoding="utf-8")
            if folder.exists():
                shutil.move(folder, Path(beside) / "old")
            shutil.move(made, folder)
    except OSError as error:
        raise InputError([Fault(str(folder), f"cannot be written: {error.strerror}")]) from None
