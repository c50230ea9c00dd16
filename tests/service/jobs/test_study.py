"""A study as a job: the files of the command, blocks that are kept as they come, and what the time leaves."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from optimizer.service.case_body import body_of
from optimizer.service.jobs import study
from optimizer.service.jobs.run import run
from optimizer.service.results.proofs import Proofs
from optimizer.studies.record import read_record
from optimizer.studies.run import status
from optimizer.studies.tables import asked
from optimizer.studies.work import Study
from tests.helpers.studies import SAMPLE, TOY, blocks, laid, written

OPTIONS = {"name": "some", "title": "t", "seed": 3, "tables": ["purchases"], **SAMPLE}


def done(folder: Path, **options: Any) -> dict[str, Any]:
    """The ending of a study of the toy, with its steps."""
    (folder / "answers").mkdir(parents=True, exist_ok=True)
    content = {"kind": "study", "case": body_of(TOY), "options": {**OPTIONS, **options}, "limits": {"workers": 1}}
    (folder / "task.json").write_text(json.dumps(content), encoding="utf-8")
    steps: list[dict[str, Any]] = []
    run(folder, steps.append)
    ending: dict[str, Any] = json.loads((folder / "ending.json").read_text(encoding="utf-8"))
    return {**ending, "steps": steps}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("job")
    ending = done(folder)
    assert (ending["state"], ending["not_certified"], ending["interrupted"]) == ("succeeded", 0, False)
    assert [(step["stage"], step["done"], step["total"]) for step in ending["steps"]] == [
        ("reading", 0, 0),
        *(("rows", rows, 12) for rows in (0, 5, 10, 12)),
        ("results", 12, 12),
    ]
    return folder


@pytest.mark.slow
def test_the_files_are_those_of_the_command(finished: Path, tmp_path: Path) -> None:
    """Byte for byte, the case as it is planned among them."""
    with zipfile.ZipFile(finished / "parts/study.zip") as archive:
        archive.extractall(tmp_path)
    own = laid(written(tmp_path / "some.yaml", tables=["purchases"], **SAMPLE), tmp_path / "own")
    record, other = read_record(tmp_path / "study"), read_record(own)
    assert (record.case_sha256, record.base_usd) == (other.case_sha256, other.base_usd)
    assert record.study.factors == other.study.factors
    assert status(tmp_path / "study").rows_done == 12
    for number in range(other.blocks):
        Study(own).run(number)
    assert blocks(tmp_path / "study") == blocks(own)


@pytest.mark.slow
def test_it_says_what_its_figures_say(finished: Path) -> None:
    said = json.loads((finished / "parts/summary.json").read_text())
    assert [section["name"] for section in said["sections"]] == ["spread", "worst"]
    assert str(finished) not in json.dumps(said)
    page = (finished / "parts/report.html").read_text()
    assert "12 of 12 rows" in page
    assert str(finished) not in page
    proofs = Proofs.of((finished / "parts/certificate.json").read_bytes())
    assert proofs.units["cost_usd"].startswith("USD")
    assert proofs.without([], []) == []
    assert set(proofs.answers) == {("base", "base"), ("news", "react"), ("news", "foresight")}


@pytest.mark.slow
def test_blocks_that_were_kept_are_not_done_again(finished: Path, tmp_path: Path) -> None:
    """Nor is the base; the missing block is, and all are as they were."""
    shutil.copytree(finished / "answers", tmp_path / "answers")
    (lost,) = (tmp_path / "answers").glob("*-rows-000001.parquet")
    lost.unlink()
    steps = done(tmp_path)["steps"]
    assert [step["done"] for step in steps if step["stage"] == "rows"] == [7, 12]
    assert blocks(tmp_path / "study") == blocks(finished / "study")


@pytest.mark.slow
def test_what_was_kept_of_another_study_is_left_alone(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished / "answers", tmp_path / "answers")
    steps = done(tmp_path, seed=4)["steps"]
    assert [step["done"] for step in steps if step["stage"] == "rows"] == [0, 5, 10, 12]


@pytest.mark.slow
def test_what_is_there_when_the_time_is_up_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = study.StudyWork._keep

    def late(self: study.StudyWork, *given: Any) -> None:
        kept(self, *given)
        if status(self.home).rows_done >= 5:
            raise study.Stopped

    monkeypatch.setattr(study.StudyWork, "_keep", late)
    ending = done(tmp_path)
    assert (ending["state"], ending["interrupted"]) == ("succeeded", True)
    assert asked(tmp_path / "study", "SELECT count(DISTINCT row) n FROM rows").n[0] == 5
    monkeypatch.setattr(study.StudyWork, "_keep", kept)
    shutil.copytree(tmp_path / "answers", tmp_path / "again/answers")
    assert done(tmp_path / "again")["steps"][1]["done"] == 5


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"design": {"kind": "table", "file": "/etc/passwd"}}, "file: expected no file here"),
        ({"design": {"kind": "table"}}, "expected a file, or its values here"),
        ({"design": {"kind": "table", "rows": [{"prise": 1}]}}, "nd-price"),
        ({"factors": [{"name": "a", "cell": "offers.prize[*]", "values": [1]}], "design": {"kind": "grid"}}, "price"),
    ],
)
def test_faults_of_a_study_are_said(options: dict[str, Any], what: str, tmp_path: Path) -> None:
    ending = done(tmp_path, **options)
    assert ending["state"] == "failed"
    assert any(what in fault["text"] for fault in ending["problem"]["faults"]), ending["problem"]


@pytest.mark.slow
def test_rows_can_come_with_the_request(tmp_path: Path) -> None:
    rows = [{"nd-price": 1.2, "stop": 0.5}, {"nd-price": 0.9}]
    assert done(tmp_path, design={"kind": "table", "rows": rows})["state"] == "succeeded"
    assert asked(
        tmp_path / "study", 'SELECT DISTINCT row, "factor.stop" s FROM rows ORDER BY row'
    ).s.isna().tolist() == [
        False,
        True,
    ]
