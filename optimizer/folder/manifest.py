"""The manifest of a written folder: what it says of itself, and whether its files are still those that it lists."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.case.read import explain
from optimizer.case.tables import TABLES as CASE_TABLES
from optimizer.case.text import brief
from optimizer.errors import InputError
from optimizer.faults import Fault, Place
from optimizer.plans.asked import KNOWN as ASKED
from optimizer.plans.cost import Bounds, Cost
from optimizer.plans.hedge import HEDGE
from optimizer.plans.long_tables import TABLES
from optimizer.plans.schema import AnswerKey
from optimizer.plans.summary import UNITS
from optimizer.program.certificate import Certificate
from optimizer.world.scenario import BASE, Scenario

FORMAT = 7
"""Version of the layout of a written folder."""
WRITTEN = "manifest.json"
SUMMARY = "summary.csv"
ANSWERS = "answers.npz"
"""The answers themselves, one line each in the order of the manifest's certificates: `x`, `y`, `tangents` and `shares`;
behind them the plans without tightening, of those answers that have one; last the
plan that is the reference of licences, where there are licences."""
CASE = "case"
"""Folder with the case as it was planned, which can be planned again."""
CASE_FILE = f"{CASE}/case.yaml"
LEDGER = "ledger.csv"
"""A table that a folder may hold and need not."""
REPORT = "report.html"
"""The page of the plan, where it stands in the folder; it may be written at any time after the plan."""
NEEDED = (SUMMARY, ANSWERS, CASE_FILE, *(f"{name}.csv" for name in TABLES))
"""Files that every folder holds."""
KNOWN = frozenset({*NEEDED, LEDGER, REPORT, WRITTEN, *(f"{CASE}/{name}.csv" for name in CASE_TABLES)})
"""Every name that a file of a folder can have."""
MARK = '<meta name="lodestar-plan" content="'
"""How a page says which plan it is of; the digest of the plan follows."""
MAX_BYTES = 500_000_000
"""Largest manifest read."""

FileName = Annotated[str, Field(pattern=r"^(case/)?[A-Za-z0-9][A-Za-z0-9_-]*\.(csv|yaml|npz|html)$")]
Count = Annotated[int, Field(ge=0, le=10**12)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Answer(_Record):
    scenario: str
    answer: str


class Stated(_Record):
    """A cost as it is stated: what of it is paid, what are penalties, and between which bounds it is proved.

    Where content across stages was tightened, the lower bound is the plan without that; where no plan was found that
    keeps the rules, there is no upper one.
    """

    cost_usd: float
    cash_usd: float
    penalties_usd: float
    lower_usd: float
    upper_usd: float | None = None

    @property
    def bounds(self) -> Bounds:
        """Its bounds."""
        return Bounds(self.lower_usd, math.nan if self.upper_usd is None else self.upper_usd)


class Proved(_Answer):
    """An answer's cost and its certificate, as they are stated."""

    cost: Stated
    objective_usd: float
    dual_objective_usd: float
    primal_residual: float
    dual_residual: float
    gap: float
    local_residual: float
    wrong_prices_worth: float
    holds: bool
    method: str
    iterations: Count
    tightened: bool = False
    """Whether a plan without tightening stands behind the answers, which costs less."""

    @property
    def key(self) -> AnswerKey:
        """Scenario and answer."""
        return self.scenario, self.answer

    @property
    def proof(self) -> Certificate:
        """Its certificate."""
        return Certificate(
            objective=self.objective_usd,
            dual_objective=self.dual_objective_usd,
            primal=self.primal_residual,
            dual=self.dual_residual,
            gap=self.gap,
            local=self.local_residual,
            worth=self.wrong_prices_worth,
        )

    @property
    def whole_cost(self) -> Cost:
        """Its cost with its proof."""
        told = self.tightened or self.cost.upper_usd is None
        proof = self.cost.bounds if told else self.proof
        return Cost(self.cost.cost_usd, self.cost.cash_usd, self.cost.penalties_usd, proof)


class Failed(_Answer):
    """An answer that is not certified."""

    status: str
    method: str


class Manifest(_Record):
    """What a written folder says of itself."""

    format: int
    case: str
    case_sha256: str
    scenarios: tuple[Scenario, ...]
    scenarios_sha256: dict[str, str]
    answers: tuple[str, ...]
    interrupted: bool
    versions: dict[str, str]
    units: dict[str, str]
    not_certified: tuple[Failed, ...]
    certificates: tuple[Proved, ...]
    reference: Proved | None = None
    files: dict[FileName, str]
    plan_sha256: str

    @property
    def keys(self) -> list[AnswerKey]:
        """Scenario and answer of each certificate."""
        return [proof.key for proof in self.certificates]

    @property
    def lines(self) -> int:
        """Lines of the file of the answers."""
        return (
            len(self.certificates) + sum(proof.tightened for proof in self.certificates) + (self.reference is not None)
        )

    @property
    def costs(self) -> dict[AnswerKey, Cost]:
        """Cost of each answer that is certified."""
        return {proof.key: proof.whole_cost for proof in self.certificates}

    @property
    def missing(self) -> list[AnswerKey]:
        """Scenario and answer of everything asked for that is neither certified nor said to have failed."""
        trunk = [HEDGE] if HEDGE[1] in self.answers else []
        asked = [(BASE, BASE), *trunk, *((some.name, answer) for some in self.scenarios for answer in self.answers)]
        known = {*self.keys, *((some.scenario, some.answer) for some in self.not_certified)}
        return [key for key in asked if key not in known]

    def digest(self) -> str:
        """SHA-256 of all it says of the plan; a report written later makes no difference."""
        content = self.as_json()
        del content["plan_sha256"]
        content["files"].pop(REPORT, None)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def with_files(self, files: dict[str, str]) -> Manifest:
        """It with another list of files, and the digest that follows."""
        listed = self.model_copy(update={"files": files})
        return listed.model_copy(update={"plan_sha256": listed.digest()})

    def as_json(self) -> dict[str, Any]:
        """It as it is written."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    def text(self) -> str:
        """The file as it is written."""
        return json.dumps(self.as_json(), indent=1, allow_nan=False) + "\n"


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_file(path: Path) -> bool:
    """Whether there is a file, and not a link, a pipe or a device."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def read_json(path: Path, shown: str) -> bytes:
    """The bytes of a manifest, which hold a JSON object.

    Parameters
    ----------
    path : Path
    shown : str
        How the file is called in messages.

    Raises
    ------
    InputError
        If there is none, or none that can be read.
    """
    if not os.path.lexists(path):
        what = f"expected a folder written by 'lodestar plan --out', found no {path.name} in it"
        raise InputError(
            [Fault(shown.removesuffix(f"/{path.name}"), f"unfinished, or none of ours: {what}", code="damaged")]
        )
    if not is_file(path):
        raise InputError([Fault(shown, "expected a file, found something else", code="not-a-file")])
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise InputError([Fault(shown, f"expected at most {MAX_BYTES:,} bytes, found {size:,}", code="too-large")])
        content = path.read_bytes()
        found = json.loads(content)
    except OSError as error:
        raise InputError([Fault(shown, f"cannot be read: {error.strerror}", code="cannot-be-read")]) from None
    except (ValueError, RecursionError) as error:
        what = f"expected JSON, found something else: {' '.join(str(error).split())}"
        raise InputError([Fault(shown, what, code="damaged")]) from None
    if not isinstance(found, dict):
        raise InputError([Fault(shown, "expected a JSON object, found something else", code="damaged")])
    if (version := found.get("format")) != FORMAT or isinstance(version, bool):
        what = f"format: expected {FORMAT}, found {brief(version)}"
        later = isinstance(version, int) and version > FORMAT
        advice = "it needs a newer Lodestar" if later else "plan the case again"
        raise InputError([Fault(shown, f"{what}; {advice}", code="wrong-version")])
    return content


def read_manifest(folder: Path, shown: str | None = None) -> Manifest:
    """Read the manifest of a written folder.

    Parameters
    ----------
    folder : Path
    shown : str, optional
        How the folder is called in messages; by default as it is given.

    Returns
    -------
    Manifest

    Raises
    ------
    InputError
        If the folder is none of ours, unfinished or of another format, or if the manifest is not what it should be.
    """
    where = f"{shown or folder}/{WRITTEN}"
    if not folder.is_dir():
        what = "expected a folder written by 'lodestar plan --out', found none"
        raise InputError([Fault(shown or str(folder), what, code="damaged")])
    content = read_json(folder / WRITTEN, where)
    try:
        found = Manifest.model_validate_json(content, strict=True)
    except ValidationError as error:
        raise InputError(explain(error, Place(where), Manifest)) from None
    if faults := list(_misnamed(found, where)):
        raise InputError(faults)
    return found


def _misnamed(manifest: Manifest, where: str) -> Iterator[Fault]:
    """Answers that belong to no scenario or stand twice, and scenarios that stand twice."""
    names = [some.name for some in manifest.scenarios]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Fault(where, f"scenarios: expected each once, found {brief(name)} again", code="damaged")
    seen: set[AnswerKey] = set()
    parts: list[tuple[str, tuple[_Answer, ...]]] = [
        ("certificates", manifest.certificates),
        ("not_certified", manifest.not_certified),
    ]
    for part, records in parts:
        for number, some in enumerate(records, 1):
            key = some.scenario, some.answer
            said = brief(" ".join(key))
            known = key in ((BASE, BASE), HEDGE) or (key[0] in names and key[1] in ASKED)
            if not known:
                yield Fault(
                    f"{where}, {part} {number}",
                    f"expected an answer to one of the scenarios, found {said}",
                    code="damaged",
                )
            if key in seen:
                yield Fault(
                    f"{where}, {part} {number}", f"expected each answer once, found {said} again", code="damaged"
                )
            seen.add(key)
    if HEDGE not in manifest.keys and any(answer == HEDGE[1] for _, answer in manifest.keys):
        what = "certificates: expected one of what the hedge does before any news, found none"
        yield Fault(where, what, code="damaged")


def damage(folder: Path, manifest: Manifest, shown: str | None = None) -> Iterator[Fault]:
    """What is not as it was written: files changed or gone, a manifest that was edited.

    Parameters
    ----------
    folder : Path
    manifest : Manifest
        Of the folder.
    shown : str, optional
        How the folder is called in messages; by default as it is given.

    Yields
    ------
    Fault
        One per file.
    """
    name = shown or str(folder)
    where = f"{name}/{WRITTEN}"
    if manifest.digest() != manifest.plan_sha256:
        yield Fault(
            where, "expected as it was written, found it changed (plan_sha256); plan the case again", code="damaged"
        )
    for scenario in manifest.scenarios:
        if manifest.scenarios_sha256.get(scenario.name) != (digest := scenario.digest()):
            stated = manifest.scenarios_sha256.get(scenario.name)
            yield Fault(where, f"scenarios_sha256: {scenario.name}: expected {digest}, found {stated}", code="damaged")
    for unit in dict.fromkeys([*UNITS, *manifest.units]):
        if (expected := UNITS.get(unit)) != (found := manifest.units.get(unit)):
            yield Fault(where, f"units: {brief(unit)}: expected {expected!r}, found {brief(found)}", code="damaged")
    for file in NEEDED:
        if file not in manifest.files:
            yield Fault(where, f"files: expected {file}, found none", code="damaged")
    for file, digest in manifest.files.items():
        path = folder / file
        if not os.path.lexists(path):
            yield Fault(f"{name}/{file}", "expected a file of a written plan, found no such file", code="damaged")
        elif not is_file(path) or path.parent.is_symlink():
            yield Fault(f"{name}/{file}", "expected a file of a written plan, found something else", code="damaged")
        else:
            try:
                if file_digest(path) != digest:
                    yield Fault(
                        f"{name}/{file}",
                        "expected as it was written, found it changed; plan the case again",
                        code="damaged",
                    )
            except OSError as error:
                yield Fault(f"{name}/{file}", f"cannot be read: {error.strerror}", code="cannot-be-read")


def plan_of_page(path: Path) -> str | None:
    """The digest of the plan that a page is of; None where the file is no page of ours."""
    if not is_file(path):
        return None
    with path.open("rb") as file:
        head = file.read(4096).decode("utf-8", "replace")
    found = re.search(re.escape(MARK) + '([0-9a-f]{64})"', head)
    return found[1] if found else None
