"""A job in a folder: what it leaves there, what it says of a fault, and what it does not solve again."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

import optimizer
from optimizer.audit.verify import verify
from optimizer.engine.pool import Pool
from optimizer.service.case_body import body_of
from optimizer.service.jobs.run import run
from tests.helpers.paths import CASES

EVENT = {
    "what": "half",
    "table": "offers",
    "where": {"offer": "aa-dy"},
    "scale": {"capacity": 0.5},
    "from": "2027-03-01",
}
BASE = ["base", "base"]
"""The two solves of a case by itself: the plan that licences are a share of, and the base plan."""
MINE = {"name": "mine", "title": "t", "probability": 0.1, "announced": "2027-03-01", "source": "s", "events": [EVENT]}


def task(folder: Path, **content: Any) -> dict[str, Any]:
    """Do a task on the toy case, and give its ending."""
    folder.mkdir(exist_ok=True)
    whole = {"kind": "plan", "case": body_of(CASES / "toy"), "scenarios": [MINE], "limits": {"workers": 1}, **content}
    (folder / "task.json").write_text(json.dumps(whole), encoding="utf-8")
    steps: list[dict[str, Any]] = []
    run(folder, steps.append)
    ending: dict[str, Any] = json.loads((folder / "ending.json").read_text(encoding="utf-8"))
    return {**ending, "steps": steps}


def parquet(path: Path) -> pd.DataFrame:
    with duckdb.connect(":memory:") as database:
        return database.read_parquet(str(path)).df()


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("job")
    ending = task(folder)
    assert (ending["state"], ending["not_certified"], ending["interrupted"]) == ("succeeded", 0, False)
    assert [step["stage"] for step in ending["steps"]] == [
        "reading",
        "ready",
        "base",
        "scenario",
        "scenario",
        "results",
    ]
    return folder


@pytest.mark.slow
def test_a_plan_leaves_what_a_caller_takes_back(planned: Path) -> None:
    names = {path.relative_to(planned / "parts").as_posix() for path in (planned / "parts").rglob("*.*")}
    whole = {
        "summary.json",
        "summary.parquet",
        "awards.parquet",
        "certificate.json",
        "report.html",
        "plan.xlsx",
        "plan.zip",
    }
    whole |= {"verdict.json"}
    assert {name for name in names if "/" not in name} == whole
    assert {"tables/purchases.parquet", "tables/awards.parquet", "tables/prices.parquet"} <= names


@pytest.mark.slow
def test_tables_are_those_of_the_python_interface(planned: Path) -> None:
    plans = optimizer.plan(CASES / "toy", [optimizer.scenario_from(MINE)], workers=1)
    for name, table in plans.tables.items():
        found = parquet(planned / f"parts/tables/{name}.parquet")
        assert list(found.columns) == list(table.columns)
        assert len(found) == len(table), name
        if name == "costs":
            assert np.allclose(found["cost_usd"], table["cost_usd"])
            assert found["term"].tolist() == table["term"].tolist()
    assert parquet(planned / "parts/awards.parquet")["certified"].dtype == bool


@pytest.mark.slow
def test_the_zip_proves_the_plan(planned: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(planned / "parts/plan.zip") as archive:
        archive.extractall(tmp_path)
    report = verify(tmp_path / "plan")
    assert report.holds
    assert len(report.answers) == 3


def test_the_certificate_says_case_programme_and_residuals(planned: Path) -> None:
    said = json.loads((planned / "parts/certificate.json").read_text())
    assert said["case_sha256"] == optimizer.load_case(planned / "plan/case").digest()
    assert len(said["program_sha256"]) == 64
    assert {one["answer"]: one["holds"] for one in said["certificates"]} == {
        "base": True,
        "react": True,
        "foresight": True,
    }
    assert said["not_certified"] == []


@pytest.fixture
def solves(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is solved from now on."""
    found: list[str] = []
    base, solve = Pool.base, Pool.solve

    def counted_base(self: Pool, *given: Any) -> Any:
        found.append("base")
        return base(self, *given)

    def counted(self: Pool, program: Any, start: Any, variants: Any, *more: Any) -> Any:
        def noted() -> Any:
            for variant in variants:
                found.append(" ".join(variant.name))
                yield variant

        return solve(self, program, start, noted(), *more)

    monkeypatch.setattr(Pool, "base", counted_base)
    monkeypatch.setattr(Pool, "solve", counted)
    return found


def resumed(planned: Path, folder: Path, **content: Any) -> dict[str, Any]:
    """A task in a folder that holds what was kept of another."""
    for name in ("compiled", "answers"):
        shutil.copytree(planned / name, folder / name)
    return task(folder, **content)


@pytest.mark.slow
def test_finished_answers_are_not_solved_again(planned: Path, tmp_path: Path, solves: list[str]) -> None:
    resumed(planned, tmp_path / "again")
    assert solves == []
    first, again = (parquet(at / "parts/summary.parquet") for at in (planned, tmp_path / "again"))
    pd.testing.assert_frame_equal(first, again)
    task(tmp_path / "fresh")
    assert solves == [*BASE, "mine react", "mine foresight"]


@pytest.mark.slow
def test_another_scenario_of_that_name_is_solved(planned: Path, tmp_path: Path, solves: list[str]) -> None:
    other = {**MINE, "events": [{**EVENT, "scale": {"capacity": 0.4}}]}
    resumed(planned, tmp_path / "again", scenarios=[other])
    assert solves == ["mine react", "mine foresight"]


@pytest.mark.slow
def test_a_changed_case_takes_nothing_from_the_one_before(planned: Path, tmp_path: Path, solves: list[str]) -> None:
    resumed(planned, tmp_path / "again", change=[{"table": "demand", "scale": {"tonnes": 1.1}}])
    assert solves == [*BASE, "mine react", "mine foresight"]


@pytest.mark.slow
def test_a_case_that_a_scenario_cuts_is_kept_beside_the_case_itself(
    planned: Path, tmp_path: Path, solves: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its days are cut in: that programme serves the same days again, and the case's own is none the worse for it."""
    resumed(planned, tmp_path / "plain", scenarios=[])
    assert solves == BASE
    for path in (tmp_path / "plain/answers").iterdir():
        path.unlink()

    def compiled(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr("optimizer.plans.reference.compile_network", compiled)
    other = {**MINE, "events": [{**EVENT, "scale": {"capacity": 0.4}}]}
    for name, scenarios in (("same-days", [other]), ("case", [])):
        assert resumed(tmp_path / "plain", tmp_path / name, scenarios=scenarios)["state"] == "succeeded"
    assert solves == [*BASE, "mine react", "mine foresight"]


@pytest.mark.slow
def test_an_answer_that_was_tampered_with_is_solved_again(planned: Path, tmp_path: Path, solves: list[str]) -> None:
    folder = tmp_path / "again"
    for name in ("compiled", "answers"):
        shutil.copytree(planned / name, folder / name)
        for path in (folder / name).rglob("*.npz"):
            with np.load(path) as archive:
                arrays = {key: archive[key] for key in archive.files}
            if "x" in arrays:
                arrays["x"] = arrays["x"] * 1.01
            with path.open("wb") as file:
                np.savez(file, **arrays)
    assert task(folder)["state"] == "succeeded"
    assert solves == [*BASE, "mine react", "mine foresight"]


@pytest.mark.slow
def test_why_ledger_and_compare_say_a_document(tmp_path: Path) -> None:
    asked = {"site": "cc-plant", "product": "magnet", "period": "2027Q1", "end_use": "civil"}
    assert task(tmp_path / "why", kind="why", scenarios=[], options=asked)["state"] == "succeeded"
    said = json.loads((tmp_path / "why/parts/summary.json").read_text())
    assert said["steps"]
    assert said["parts"]
    assert task(tmp_path / "ledger", kind="ledger", scenarios=None)["state"] == "succeeded"
    table = parquet(tmp_path / "ledger/parts/tables/ledger.parquet")
    assert len(table) == len(json.loads((tmp_path / "ledger/parts/summary.json").read_text())["rows"])
    dearer = [{"table": "offers", "where": {"offer": "bb-nd"}, "scale": {"price": 2}}]
    assert task(tmp_path / "compare", kind="compare", scenarios=[], change=dearer)["state"] == "succeeded"
    said = json.loads((tmp_path / "compare/parts/summary.json").read_text())
    assert [(row["table"], row["column"], row["new"]) for row in said["inputs"]] == [("offers", "price", 50000.0)]
    later = [{"table": "contracts", "where": {"contract": "bb-dy-long"}, "set": {"until": "2028-12-31"}}]
    assert task(tmp_path / "later", kind="compare", scenarios=[], change=later)["state"] == "succeeded"
    said = json.loads((tmp_path / "later/parts/summary.json").read_text())
    assert [(row["column"], row["new"]) for row in said["inputs"]] == [("until", "2028-12-31")]
    for kind in ("why", "ledger", "compare"):
        assert json.loads((tmp_path / kind / "parts/certificate.json").read_text())["certificates"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ({"change": [{"table": "offers", "where": {"offer": "x"}, "remove": True}]}, "change 1"),
        ({"case": {"settings": {"version": 1}, "rows": {}}}, "name"),
        ({"case": {"bundled": "../models/ev-motors"}}, "no such case"),
        ({"case": {"bundled": "ev-motor"}}, "Did you mean 'ev-motors'?"),
        ({"scenarios": ["../scenarios/full-embargo.yaml"]}, "no such scenario"),
        ({"scenarios": ["full-embarg"]}, "Did you mean 'full-embargo'?"),
        ({"options": {"packs": ["../packs/eu-crma"]}}, "pack"),
        ({"kind": "why", "options": {"site": "x", "product": "magnet", "period": "2027Q1"}, "scenarios": []}, "x"),
    ],
)
def test_a_fault_of_the_input_is_a_problem_with_faults(content: dict[str, Any], what: str, tmp_path: Path) -> None:
    ending = task(tmp_path / "job", **content)
    assert ending["state"] == "failed"
    assert ending["problem"]["status"] == 422
    assert any(what in fault["text"] for fault in ending["problem"]["faults"]), ending


def test_a_fault_of_ours_says_a_number_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("optimizer.service.jobs.run.plan", broken)
    problem = task(tmp_path / "job")["problem"]
    assert problem["status"] == 500
    assert "secret" not in json.dumps(problem)
    assert problem["id"] in caplog.text
    assert "a secret" in caplog.text


def test_time_that_is_up_before_anything_is_finished_is_a_problem(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("optimizer.service.jobs.run.SHARE", 1e-6)
    assert task(tmp_path / "job", limits={"seconds": 1, "workers": 1})["problem"]["status"] == 504
