"""A written folder is checked from its files alone, and nothing changed in it passes."""

from __future__ import annotations

import datetime as dt
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimizer.audit.verify import verify
from optimizer.engine.session import Session
from optimizer.errors import InputError
from optimizer.folder.manifest import FORMAT
from optimizer.folder.read import read_plans
from optimizer.folder.write import ANSWERS, write_plans
from optimizer.plans.long_tables import TABLES
from optimizer.program.answer import Answer
from optimizer.questions.difference import find_side
from optimizer.questions.ledger import ledger
from optimizer.questions.probe import Probe
from optimizer.world.events import Event
from optimizer.world.scenario import Scenario
from tests.helpers.changes import with_hhi
from tests.helpers.coarse import coarse
from tests.helpers.command import lodestar_here
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.paths import CASES
from tests.helpers.planned import ev_motors, part, plan
from tests.helpers.seeds import a_few, a_fifth, seeds
from tests.helpers.written import fit

TOY = CASES / "toy"
EVENT = Event.model_validate(
    {"what": "no licence", "table": "controls", "where": {}, "set": {"approval": 0.0}, "from": dt.date(2027, 5, 1)}
)
SLUMP = Scenario(
    name="slump", title="none", probability=0.1, announced=dt.date(2027, 4, 10), source="test", events=(EVENT,)
)
Damage = Callable[[Path], None]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the toy case, a scenario in it."""
    folder = tmp_path_factory.mktemp("verify") / "plans"
    write_plans(plan(TOY, [SLUMP], ["react"]), folder)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy of it to be damaged."""
    shutil.copytree(written, tmp_path / "plans")
    return tmp_path / "plans"


@pytest.fixture(autouse=True)
def _no_solver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever solves while checking fails; the folders are written before."""
    request.getfixturevalue("written")
    if "solves" not in request.keywords:
        monkeypatch.setattr(Session, "__init__", lambda *_, **__: pytest.fail("it solved"))


def said(folder: Path) -> str:
    """Every fault of a folder, in one text."""
    report = verify(folder)
    assert not report.holds
    return "\n".join(map(str, [*report.faults, *(fault for some in report.answers for fault in some.faults)]))


def manifest(change: Callable[[dict[str, Any]], None]) -> Damage:
    def damage(folder: Path) -> None:
        content = json.loads((folder / "manifest.json").read_text())
        change(content)
        (folder / "manifest.json").write_text(json.dumps(content))

    return damage


def answers(change: Callable[[dict[str, Any]], None]) -> Damage:
    def damage(folder: Path) -> None:
        with np.load(folder / ANSWERS) as archive:
            parts = dict(archive)
        change(parts)
        np.savez_compressed(folder / ANSWERS, **parts)

    return damage


def table(name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Damage:
    def damage(folder: Path) -> None:
        frame = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
        change(frame).to_csv(folder / name, index=False)

    return damage


def cell(column: str, row: int = 0) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Change one cell: a number by a thousandth, a word altogether."""

    def change(frame: pd.DataFrame) -> pd.DataFrame:
        try:
            value = str(float(frame.loc[row, column]) * 1.001 + 0.001)
        except ValueError:
            value = "nothing"
        frame.loc[row, column] = value
        return frame

    return change


def put(name: str, at: Any, value: float) -> Callable[[dict[str, Any]], None]:
    def change(parts: dict[str, Any]) -> None:
        parts[name][at] = value

    return change


def test_what_was_written_holds(written: Path) -> None:
    report = verify(written)
    assert report.holds
    assert [(some.scenario, some.answer) for some in report.answers] == [("base", "base"), ("slump", "react")]


@pytest.mark.solves
@pytest.mark.parametrize("seed", seeds(6))
def test_random_plans_hold(seed: int, tmp_path: Path) -> None:
    case = with_hhi(random_case(seed), 0.3) if seed % 2 else random_case(seed)
    scenarios = [random_scenario(case, n).model_copy(update={"name": f"random-{n}"}) for n in range(2)]
    write_plans(plan(case, scenarios), tmp_path / "plans")
    assert verify(tmp_path / "plans").holds


@pytest.mark.solves
@pytest.mark.slow
@pytest.mark.parametrize("case", a_fifth(["ev-motors", "korea", "defense", "japan-motors"]))
def test_bundled_plans_hold(case: str, tmp_path: Path) -> None:
    names = ["full-embargo", "japan-denied", "content-rule-resumes"]
    plans = part(ev_motors(), *names) if case == "ev-motors" else plan(coarse(case), names)
    write_plans(plans, tmp_path / "plans")
    report = verify(tmp_path / "plans")
    assert report.holds
    assert len(report.answers) == len(plans.outcomes) > 5


@pytest.mark.slow
@pytest.mark.solves
def test_answers_that_are_missing_are_no_fault_where_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, folder = random_case(4), tmp_path / "plans"
    scenarios = [random_scenario(case, n).model_copy(update={"name": f"random-{n}"}) for n in range(2)]
    plans = plan(case, scenarios)
    for answer in ("react", "foresight"):
        plans.failed["random-1", answer] = Answer("time limit", method="ipx")
        del plans.outcomes["random-1", answer]
    write_plans(plans, folder)
    assert verify(folder).holds
    manifest(lambda m: m.update(not_certified=[]))(folder)
    assert "certificates: expected one of random-1 (react), found none" in said(folder)
    plans.failed.clear()
    plans.interrupted = True
    write_plans(plans, folder)
    report = verify(folder)
    assert report.holds
    assert len(report.answers) == 3


FAULTS: list[tuple[str, Damage, str]] = [
    ("a flow", answers(put("x", (0, 0), 1e3)), "primal residual: expected at most 1e-09"),
    ("a small flow", answers(lambda p: p["x"].__iadd__((p["x"] == p["x"].max()) * 1e-2)), "residual"),
    ("a price", answers(lambda p: p["y"].__imul__(1.001)), "gap: expected at most 1e-09"),
    ("a flow that is no number", answers(put("x", (1, 2), np.nan)), "primal residual: expected at most 1e-09, found nan"),
    ("a price that is no number", answers(put("y", (1, 2), np.nan)), "found nan"),
    ("an infinite flow", answers(put("x", (1, 2), np.inf)), "primal residual"),
    ("a tangent", answers(put("tangents", (0, 0), 0.9)), "tangents: expected a drop"),
    ("answers swapped", answers(lambda p: p.update(x=p["x"][::-1], y=p["y"][::-1])), "residual"),
    ("another programme", answers(lambda p: p.update(x=p["x"][:, 1:])), "numbers an answer"),
    ("an objective", manifest(lambda m: m["certificates"][1].update(objective_usd=1.0)), "objective_usd: expected"),
    ("a dual objective", manifest(lambda m: m["certificates"][0].update(dual_objective_usd=1.0)), "dual_objective_usd"),
    ("a gap", manifest(lambda m: m["certificates"][0].update(gap=1e-3)), "gap: expected"),
    ("a cost", manifest(lambda m: m["certificates"][0]["cost"].update(cost_usd=1.0)), "cost of base (base): cost_usd"),
    ("cash", manifest(lambda m: m["certificates"][1]["cost"].update(cash_usd=1.0)), "cost of slump (react): cash_usd: exp"),
    ("penalties", manifest(lambda m: m["certificates"][0]["cost"].update(penalties_usd=-1.0)), "penalties_usd: expected"),
    ("a bound", manifest(lambda m: m["certificates"][0]["cost"].update(lower_usd=1.0)), "lower_usd: expected"),
    ("another bound", manifest(lambda m: m["certificates"][0]["cost"].update(upper_usd=1e12)), "upper_usd: expected"),
    ("a claim", manifest(lambda m: m["certificates"][0].update(holds=False)), "holds: expected True, found False"),
    ("a digest", manifest(lambda m: m.update(case_sha256="0")), "case_sha256: expected"),
    ("another name", manifest(lambda m: m.update(case="other")), "case: expected 'toy', found 'other'"),
    ("another scenario", manifest(lambda m: m["scenarios"][0]["events"][0]["set"].update(approval=0.5)), "gap"),
    ("another day", manifest(lambda m: m["scenarios"][0].update(announced="2027-01-01")), "plans/"),
    ("a method", manifest(lambda m: m["certificates"][0].update(method="guess")), "method: expected 'guess'"),
    ("the case", table("case/demand.csv", cell("tonnes")), "case_sha256: expected"),
    ("a cost in the summary", table("summary.csv", cell("cost_usd")), "plans/summary.csv, row 2: cost_usd: expected"),
    ("a shortage in the summary", table("summary.csv", cell("short_t", 1)), "plans/summary.csv, row 3: short_t"),
    ("a status", table("summary.csv", cell("status")), "status: expected 'optimal', found 'nothing'"),
    ("an empty cell", table("summary.csv", lambda f: f.assign(cost_usd="")), "cost_usd"),
    ("a row less", table("shipments.csv", lambda f: f.iloc[1:]), "the first missing from row 2 on: base, base"),
    ("a row more", table("stock.csv", lambda f: pd.concat([f, f.iloc[-1:]])), "too many"),
    ("another column", table("costs.csv", lambda f: f.rename(columns={"term": "what"})), "expected columns"),
    ("rows in another order", table("prices.csv", lambda f: f.iloc[::-1]), "plans/prices.csv, row 2"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "damage", "expected"), a_few(FAULTS, quick=5), ids=[fault[0] for fault in FAULTS])
def test_what_was_changed_is_said_even_where_the_hashes_were_made_to_fit(
    what: str, damage: Damage, expected: str, folder: Path
) -> None:
    damage(folder)
    fit(folder)
    text = said(folder)
    assert expected in text
    assert "as it was written" not in text


@pytest.mark.slow
def test_every_column_of_every_table_is_checked(folder: Path) -> None:
    wanted = []
    for name in ("summary", *TABLES):
        frame = pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)
        for column in frame.columns if len(frame) else ():
            if column != "seconds":
                filled = np.flatnonzero(frame[column] != "")
                row = int(filled[0]) if len(filled) else 0
                table(f"{name}.csv", cell(column, row))(folder)
                wanted.append(f"plans/{name}.csv, row {row + 2}: {column}: expected")
    text = said(folder)
    assert len(wanted) > 150
    assert [some for some in wanted if some not in text] == []


EDITS: list[tuple[str, Damage, str]] = [
    ("a title", manifest(lambda m: m["scenarios"][0].update(title="all is well")), "scenarios_sha256: slump: expected"),
    ("a source", manifest(lambda m: m["scenarios"][0].update(source="somebody")), "scenarios_sha256: slump: expected"),
    ("a chance", manifest(lambda m: m["scenarios"][0].update(probability=0.9)), "scenarios_sha256: slump: expected"),
    ("a word of an event", manifest(lambda m: m["scenarios"][0]["events"][0].update(what="x")), "scenarios_sha256"),
    ("iterations", manifest(lambda m: m["certificates"][0].update(iterations=7)), "plan_sha256"),
    ("a version", manifest(lambda m: m["versions"].update(highspy="9")), "plan_sha256"),
    ("seconds", table("summary.csv", lambda f: f.assign(seconds="0.5")), "plans/summary.csv: expected as it was written"),
    ("a digit more", table("summary.csv", lambda f: f.assign(cost_usd=f["cost_usd"] + "0")), "plans/summary.csv: expec"),
    ("a comment", lambda f: (f / "case/case.yaml").write_text("# x\n" + (f / "case/case.yaml").read_text()), "plans/case/case.yaml: expected as it was"),
    ("a file that is not there", manifest(lambda m: m["files"].update({"ledger2.csv": "0"})), "plans/ledger2.csv: expec"),
    ("a table not listed", manifest(lambda m: m["files"].pop("costs.csv")), "files: expected costs.csv, found none"),
    ("a report of another plan", lambda f: (f / "report.html").write_text("<!doctype html>"), "found it unlisted"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "damage", "expected"), a_few(EDITS, quick=3), ids=[fault[0] for fault in EDITS])
def test_what_was_edited_is_said_and_no_reader_takes_it(what: str, damage: Damage, expected: str, folder: Path) -> None:
    damage(folder)
    assert expected in said(folder)
    if what != "a report of another plan":  # it is made anew from the rest
        for read in (read_plans, lambda f: find_side(str(f))):
            with pytest.raises(InputError) as caught:
                read(folder)
            assert all(fault.where.startswith(f"{folder}/") for fault in caught.value.faults)


@pytest.mark.parametrize("unit", ["kg", None])
def test_units_are_compared(unit: str | None, folder: Path) -> None:
    manifest(lambda m: m["units"].update(tonnes=unit) if unit else m["units"].pop("tonnes"))(folder)
    fit(folder)
    assert f"units: 'tonnes': expected 't', found {unit!r}" in said(folder)
    with pytest.raises(InputError, match="units"):
        read_plans(folder)


@pytest.mark.slow
@pytest.mark.solves
def test_a_folder_of_a_run_that_was_stopped_says_what_is_missing(tmp_path: Path) -> None:
    folder, plans = tmp_path / "plans", plan(TOY, [SLUMP])
    plans.interrupted = True
    del plans.outcomes["slump", "react"]
    write_plans(plans, folder)  # its tables are worked out here, once
    done = lodestar_here("verify", str(folder), code=4)
    assert done.stdout.endswith(
        "2 answers checked: nothing wrong\nstopped before the end: 2 of 3 answers; missing: slump (react)\n"
    )
    table("summary.csv", cell("cost_usd"))(folder)
    assert "stopped before the end: 2 of 3 answers" in lodestar_here("verify", str(folder), code=3).stdout
    del plans.outcomes["slump", "foresight"], plans.__dict__["tables"]
    write_plans(plans, folder)
    report = verify(folder)
    assert report.holds
    assert report.missing == [("slump", "react"), ("slump", "foresight")]
    plans.interrupted = False
    plans.failed["slump", "react"] = plans.failed["slump", "foresight"] = Answer("time limit", method="ipx")
    write_plans(plans, folder)
    assert "slump (react): time limit, no certified plan" in lodestar_here("verify", str(folder), code=3).stdout


@pytest.fixture(scope="module")
def with_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, plans = tmp_path_factory.mktemp("ledger") / "plans", plan(TOY, [])
    write_plans(plans, folder, ledger(Probe(plans)))
    return folder


LEDGER: list[tuple[str, Damage, str]] = [
    ("a value", table("ledger.csv", cell("value")), "plans/ledger.csv, row 2: value: expected"),
    ("what is paid", table("ledger.csv", cell("paid_usd")), "plans/ledger.csv, row 2: paid_usd: expected"),
    ("a word", table("ledger.csv", cell("what", 1)), "plans/ledger.csv, row 3: what: expected"),
    ("a unit", table("ledger.csv", cell("unit")), "plans/ledger.csv, row 2: unit: expected"),
    ("no number", table("ledger.csv", lambda f: f.assign(value="x")), "row 2: value: expected"),
    ("a rule", table("ledger.csv", cell("rule")), "expected each rule of the case once"),
    ("a rule twice", table("ledger.csv", lambda f: pd.concat([f, f.iloc[:1]])), "expected each rule of the case once"),
    ("a rule less", table("ledger.csv", lambda f: f.iloc[1:]), "plans/ledger.csv: expected a row of"),
    ("a column less", table("ledger.csv", lambda f: f.drop(columns="unit")), "expected a column unit"),
    ("not listed", manifest(lambda m: m["files"].pop("ledger.csv")), "ledger.csv: expected a file that manifest.json"),
]


@pytest.mark.slow
@pytest.mark.solves
@pytest.mark.parametrize(("what", "damage", "expected"), a_few(LEDGER), ids=[fault[0] for fault in LEDGER])
def test_a_ledger_is_checked_and_the_rest_of_it_disowned(
    what: str, damage: Damage, expected: str, with_ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "__init__", lambda *_, **__: pytest.fail("it solved"))
    folder = Path(shutil.copytree(with_ledger, tmp_path / "plans"))
    report = verify(folder)
    assert report.holds
    assert "what a rule costs and its prices are not" in report.notes[0]
    damage(folder)
    if what != "not listed":
        fit(folder)
    assert expected in said(folder)


def pickled(folder: Path) -> None:
    np.savez(folder / ANSWERS, x=np.array([{}], object), y=np.zeros(1), tangents=np.zeros(1))


def claimed(shape: tuple[int, int]) -> Damage:
    """Answers whose header says that they are so many."""

    def damage(folder: Path) -> None:
        with zipfile.ZipFile(folder / ANSWERS) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": shape})
        parts["x.npy"] = header.getvalue() + b"\0" * 800
        with zipfile.ZipFile(folder / ANSWERS, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                archive.writestr(name, content)

    return damage


UNREADABLE: list[tuple[str, Damage, str]] = [
    ("no manifest", lambda f: (f / "manifest.json").unlink(), "plans: unfinished, or none of ours: expected a folder"),
    ("half a manifest", lambda f: (f / "manifest.json").write_text('{"format": 2'), "expected JSON"),
    ("no text", lambda f: (f / "manifest.json").write_bytes(b"\xff\xfe\x00"), "expected JSON"),
    ("a list", lambda f: (f / "manifest.json").write_text("[]"), "expected a JSON object"),
    ("an older folder", manifest(lambda m: m.update(format=1)), f"format: expected {FORMAT}, found 1; plan the case again"),
    ("a newer folder", manifest(lambda m: m.update(format=FORMAT + 1)), f"found {FORMAT + 1}; it needs a newer Lodestar"),
    ("no certificates", manifest(lambda m: m.pop("certificates")), "certificates: expected a value, found nothing"),
    ("no list of files", manifest(lambda m: m.pop("files")), "files: expected a value, found nothing"),
    ("a huge whole number", manifest(lambda m: m["certificates"][0].update(iterations=10**400)), "iterations: "),
    ("a huge number", manifest(lambda m: m["certificates"][0].update(objective_usd=10**400)), "objective_usd: "),
    ("a number of 9,999 digits", lambda f: (f / "manifest.json").write_text('{"format": ' + "9" * 9999 + "}"), "JSON"),
    ("lists within lists", lambda f: (f / "manifest.json").write_text("[" * 10**6), "expected JSON, found something"),
    ("not a number", manifest(lambda m: m["certificates"][0].update(gap=float("nan"))), "gap: "),
    ("a file elsewhere", manifest(lambda m: m["files"].update({"../up.csv": "0"})), "files"),
    ("no base", manifest(lambda m: m["certificates"].pop(0)), "certificates: expected one of the base plan"),
    ("no cost", manifest(lambda m: m["certificates"][0].pop("cost")), "cost: expected a value, found nothing"),
    ("no number", manifest(lambda m: m["certificates"][0].update(gap="0")), "gap: expected a number, found '0'"),
    ("an answer twice", manifest(lambda m: m["certificates"].append(m["certificates"][0])), "expected each answer once"),
    ("an answer to nothing", manifest(lambda m: m["certificates"][1].update(scenario="x")), "one of the scenarios"),
    ("half a scenario", manifest(lambda m: m["scenarios"][0].pop("title")), "scenarios.1.title: expected a value, found nothing"),
    ("no scenario", manifest(lambda m: m.update(scenarios=[3])), "scenarios.1: expected a mapping"),
    ("no answers", lambda f: (f / ANSWERS).unlink(), "plans/answers.npz: cannot be read as answers"),
    ("half the answers", lambda f: (f / ANSWERS).write_bytes((f / ANSWERS).read_bytes()[:200]), "answers.npz: cannot"),
    ("other bytes", lambda f: (f / ANSWERS).write_bytes(b"what" * 100), "answers.npz: cannot be read as answers"),
    ("a claim of 1e12 numbers", claimed((3, 10**12)), "answers.npz: x: expected 24,000,000,000,000 bytes as its shape"),
    ("a claim of -1 numbers", claimed((3, -1)), "x: expected 3 lines of numbers"),
    ("a pickle", pickled, "answers.npz: cannot be read as answers: Object arrays cannot be loaded"),
    ("no y", answers(lambda p: p.pop("y")), "expected arrays x, y, tangents, shares: "),
    ("whole numbers", answers(lambda p: p.update(x=p["x"].astype(int))), "x: expected 3 lines of numbers"),
    ("an answer less", answers(lambda p: p.update(y=p["y"][1:])), "y: expected 3 lines of numbers"),
    ("no table", lambda f: (f / "shipments.csv").unlink(), "plans/shipments.csv: cannot be read: No such file"),
    ("an empty file", lambda f: (f / "costs.csv").write_text(""), "plans/costs.csv: cannot be read as a table"),
    ("no answers named", table("costs.csv", lambda f: f.drop(columns="answer")), "expected a column answer"),
    ("bytes for a table", lambda f: (f / "stock.csv").write_bytes(b"\xff\x00\x81"), "plans/stock.csv: cannot be read"),
    ("no case", lambda f: shutil.rmtree(f / "case"), "no such case"),
    ("no demand", lambda f: (f / "case" / "demand.csv").unlink(), "demand"),
    ("a word for a number", table("case/demand.csv", lambda f: f.assign(tonnes="many")), "demand.csv, row 2: tonnes"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "damage", "expected"), UNREADABLE, ids=[fault[0] for fault in UNREADABLE])
def test_what_cannot_be_read_is_said_in_a_line(what: str, damage: Damage, expected: str, folder: Path) -> None:
    damage(folder)
    with pytest.raises(InputError) as caught:
        verify(folder)
    assert any(expected in str(fault) for fault in caught.value.faults)
    assert all("\n" not in str(fault) for fault in caught.value.faults)


@pytest.mark.slow
def test_every_byte_of_the_answers_counts(folder: Path) -> None:
    """A byte changed anywhere is a fault or cannot be read; it never ends in a traceback."""
    whole = (folder / ANSWERS).read_bytes()
    rng = np.random.default_rng(1)
    for place in rng.choice(len(whole), 25, replace=False):
        (folder / ANSWERS).write_bytes(whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :])
        try:
            verify(folder)
        except InputError:
            continue


def test_the_command(folder: Path) -> None:
    done = lodestar_here("verify", str(folder))
    assert "base: proved again" in done.stdout
    assert "slump (react): proved again" in done.stdout
    assert "2 answers checked: nothing wrong" in done.stdout
    assert json.loads(lodestar_here("report", str(folder), "--json").stdout) == {"report": str(folder / "report.html")}
    table("summary.csv", cell("cost_usd"))(folder)
    done = lodestar_here("verify", str(folder), code=3)
    assert "FAULT plans/summary.csv, row 2: cost_usd: expected" in done.stdout
    record = json.loads(lodestar_here("verify", str(folder), "--json", code=3).stdout)
    assert not record["holds"]
    assert [some["scenario"] for some in record["answers"]] == ["base", "slump"]
    faults = [*record["faults"], *(fault for some in record["answers"] for fault in some["faults"])]
    assert [fault["column"] for fault in faults if fault["row"] == 2] == ["cost_usd"]
    (folder / "manifest.json").unlink()
    done = lodestar_here("verify", str(folder), code=2)
    assert done.stderr.splitlines() == [
        "InputError: plans: unfinished, or none of ours: expected a folder written by 'lodestar plan --out', "
        "found no manifest.json in it"
    ]
    lodestar_here("verify", str(folder / "nowhere"), code=2)
