"""Read a written folder: every fault of a file is said in one line, as a fault of the input."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from optimizer.analysis.compare import read_table
from optimizer.analysis.files import ANSWERS, CASE, FORMAT, SUMMARY, WRITTEN
from optimizer.analysis.tables import TABLES
from optimizer.case.load import Case, load_case
from optimizer.case.scenario import Scenario
from optimizer.engine.session import Answer
from optimizer.errors import Fault, InputError
from optimizer.formulation.program import Floats

Key = tuple[str, str]
PROOF: dict[str, type | tuple[type, ...]] = {
    "scenario": str,
    "answer": str,
    "objective_usd": (int, float),
    "dual_objective_usd": (int, float),
    "primal_residual": (int, float),
    "dual_residual": (int, float),
    "gap": (int, float),
    "local_residual": (int, float),
    "wrong_prices_worth": (int, float),
    "holds": bool,
    "method": str,
    "iterations": int,
}
"""Fields of a certificate in the manifest."""
FAILED: dict[str, type | tuple[type, ...]] = {"scenario": str, "answer": str, "status": str, "method": str}
"""Fields of an answer that is not certified."""


@dataclass(frozen=True)
class Written:
    """A written folder as it was read.

    Parameters
    ----------
    folder : Path
    case : Case
        From its folder `case`.
    name, digest : str
        Name and digest of the case, as the manifest has them.
    scenarios : list of Scenario
    interrupted : bool
    proofs : list of dict
        The certificates of the manifest.
    failed : dict of (scenario, answer) to Answer
        Answers that are not certified.
    x, y, tangents : arrays, shape (answers, n)
        The answers, in the order of the certificates.
    tables : dict of str to DataFrame
        The summary and the long tables; cells as they are written.
    """

    folder: Path
    case: Case
    name: str
    digest: str
    scenarios: list[Scenario]
    interrupted: bool
    proofs: list[dict[str, Any]]
    failed: dict[Key, Answer]
    x: Floats
    y: Floats
    tangents: Floats
    tables: dict[str, pd.DataFrame]

    @property
    def keys(self) -> list[Key]:
        """Scenario and answer of each certificate."""
        return [(proof["scenario"], proof["answer"]) for proof in self.proofs]

    def shown(self, name: str) -> str:
        """How a file of the folder is called in messages."""
        return f"{self.folder.name}/{name}"


def read_written(folder: Path) -> Written:
    """Read a folder written by `lodestar plan --out`.

    Raises
    ------
    InputError
        If a file is missing, or cannot be read as what it should be.
    """
    if not folder.is_dir():
        raise InputError([Fault(str(folder), "expected a folder written by lodestar plan --out, found none")])
    shown = f"{folder.name}/{WRITTEN}"
    manifest = _manifest(folder / WRITTEN, shown)
    scenarios = _scenarios(manifest["scenarios"], shown)
    known = {some.name for some in scenarios}
    proofs = _records(manifest["certificates"], PROOF, f"{shown}, certificates", known)
    failed = _records(manifest["not_certified"], FAILED, f"{shown}, not_certified", known)
    if ("base", "base") not in [(some["scenario"], some["answer"]) for some in proofs]:
        raise InputError([Fault(shown, "certificates: expected one of the base plan, found none")])
    return Written(
        folder=folder,
        case=load_case(folder.resolve() / CASE / "case.yaml"),
        name=str(manifest["case"]),
        digest=str(manifest["case_sha256"]),
        scenarios=scenarios,
        interrupted=manifest["interrupted"],
        proofs=proofs,
        failed={(one["scenario"], one["answer"]): Answer(one["status"], method=one["method"]) for one in failed},
        **_answers(folder / ANSWERS, f"{folder.name}/{ANSWERS}", len(proofs)),
        tables={
            name: read_table(folder / f"{name}.csv", f"{folder.name}/{name}.csv")
            for name in (SUMMARY.removesuffix(".csv"), *TABLES)
        },
    )


def _manifest(path: Path, shown: str) -> dict[str, Any]:
    """The manifest, its fields of the types they should be."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError([Fault(shown, f"cannot be read: {error.strerror}")]) from None
    except (ValueError, RecursionError) as error:
        raise InputError([Fault(shown, f"expected JSON, found something else: {error}")]) from None
    if not isinstance(content, dict):
        raise InputError([Fault(shown, "expected a JSON object, found something else")])
    if content.get("format") != FORMAT:
        raise InputError([Fault(shown, f"format: expected {FORMAT}, found {content.get('format')!r}")])
    fields = {"case": str, "case_sha256": str, "scenarios": list, "interrupted": bool}
    fields |= {"certificates": list, "not_certified": list}
    faults = [
        Fault(shown, f"{name}: expected a {kind.__name__}, found {type(content.get(name)).__name__}")
        for name, kind in fields.items()
        if not isinstance(content.get(name), kind)
    ]
    if faults:
        raise InputError(faults)
    return content


def _scenarios(listed: list[Any], shown: str) -> list[Scenario]:
    """The scenarios of the manifest."""
    found = []
    for number, some in enumerate(listed, 1):
        try:
            found.append(Scenario.model_validate(some))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise InputError([Fault(f"{shown}, scenario {number}", f"{where}: {first['msg']}")]) from None
    return found


def _records(
    listed: list[Any], fields: Mapping[str, type | tuple[type, ...]], shown: str, scenarios: set[str]
) -> list[dict[str, Any]]:
    """Records of the manifest, one per answer."""
    seen: set[Key] = set()
    for number, some in enumerate(listed, 1):
        where = f"{shown} {number}"
        if not isinstance(some, dict):
            raise InputError([Fault(where, "expected a JSON object, found something else")])
        for name, kind in fields.items():
            if not isinstance(some.get(name), kind) or (isinstance(some[name], bool) and kind is not bool):
                raise InputError([Fault(where, f"{name}: expected another type, found {some.get(name)!r}")])
        key = some["scenario"], some["answer"]
        is_base = key == ("base", "base")
        if not is_base and (key[0] not in scenarios or key[1] not in ("react", "foresight")):
            raise InputError([Fault(where, f"expected an answer to one of the scenarios, found {' '.join(key)}")])
        if key in seen:
            raise InputError([Fault(where, f"expected each answer once, found {' '.join(key)} again")])
        seen.add(key)
    return listed


def _array(archive: zipfile.ZipFile, name: str) -> Floats:
    """One array of an archive as numpy writes them; nothing in it is run."""
    with archive.open(f"{name}.npy") as file:
        found: Floats = np.lib.format.read_array(file, allow_pickle=False)
        return found


def _answers(path: Path, shown: str, count: int) -> dict[str, Floats]:
    """The arrays of the answers, one line each."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            found = {name: _array(archive, name) for name in ("x", "y", "tangents")}
    except KeyError as error:
        raise InputError([Fault(shown, f"expected arrays x, y and tangents: {error.args[0]}")]) from None
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        text = str(error).partition("\n")[0]
        raise InputError([Fault(shown, f"cannot be read as answers: {text or type(error).__name__}")]) from None
    for name, some in found.items():
        if some.ndim != 2 or some.dtype != np.float64 or len(some) != count:
            what = f"{name}: expected {count} lines of numbers, found shape {some.shape} of {some.dtype}"
            raise InputError([Fault(shown, what)])
    return found
