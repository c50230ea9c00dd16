"""The command as a user meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import optimizer
from optimizer.errors import SolveError
from optimizer.network.network import Network
from optimizer.program.program import Program
from tests.helpers.command import lodestar, lodestar_here
from tests.helpers.paths import BUNDLED, ROOT

TOY = ROOT / "tests" / "cases" / "toy"
FAST_TRANSPORT = ROOT / "tests" / "cases" / "transport"
LOADING = ("plan", "check", "show", "trace", "controls")
"""Commands that load a case."""


@pytest.fixture
def slump(tmp_path: Path) -> Path:
    """A scenario of the reader's own, for the toy case."""
    path = tmp_path / "slump.yaml"
    path.write_text(
        "name: slump\ntitle: AD approves nothing\nprobability: 0.1\nannounced: 2027-04-10\nsource: test\n"
        "events:\n- what: no licence\n  table: controls\n  where: {control: aa-export}\n  set: {approval: 0}\n  from: 2027-05-01\n"
    )
    return path


def test_list_names_cases_and_scenarios() -> None:
    text = lodestar_here("list").stdout
    for name in (*BUNDLED, "full-embargo", "content-rule-resumes"):
        assert name in text


def test_show_a_case_and_a_scenario(slump: Path) -> None:
    shown = lodestar_here("show", str(TOY)).stdout
    assert "Demand, t/year" in shown
    assert "hhi of each supplier at most 0.3 at magnet, per horizon, to 0.1 points of a share" in shown
    assert (
        "at most 0.5 at oxide of ndpr-oxide, per year, on a monthly ramp"
        in lodestar_here("show", "japan-motors").stdout
    )
    text = lodestar_here("show", str(slump), "--case", str(TOY)).stdout
    assert "controls: aa-export" in text
    assert "0.9" in text
    assert "approval" in text


def test_plan_prints_every_answer_and_the_plan(slump: Path) -> None:
    text = lodestar_here("plan", str(TOY), "--scenario", str(slump), "--workers", "1").stdout
    for word in ("base", "slump", "react", "foresight", "Rules that bind", "Who supplies what: slump (react)"):
        assert word in text


@pytest.mark.slow
def test_plan_as_json_is_the_summary_and_nothing_else(slump: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = lodestar_here("plan", str(TOY), "-s", str(slump), "--json", "--out", str(out), "--workers", "1")
    rows = json.loads(done.stdout)
    assert [(row["scenario"], row["answer"]) for row in rows] == [
        ("base", "base"),
        ("slump", "react"),
        ("slump", "foresight"),
    ]
    written = pd.read_csv(out / "summary.csv")
    assert [row["cost_usd"] for row in rows] == pytest.approx(written["cost_usd"].tolist(), rel=1e-12)
    assert json.loads((out / "manifest.json").read_text())["case"] == "toy"


def test_the_first_lines_stand_there_before_anything_is_solved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And after the input was found to be sound: nothing is printed of a case whose scenario is not."""
    printed: list[str] = []

    def compiled(*_: object) -> object:
        printed.append(sys.stdout.getvalue())  # type: ignore[attr-defined]
        raise SolveError("enough")

    monkeypatch.setattr("optimizer.plans.reference.compile_network", compiled)
    ended = lodestar_here("plan", str(TOY), "-s", "base", "--workers", "1", code=3)
    assert printed == [ended.stdout]
    assert printed[0].startswith("toy: The smallest network")
    assert "2 periods" in printed[0]
    assert lodestar_here("plan", str(TOY), "-s", "base", "--json", code=3).stdout == ""
    assert lodestar_here("plan", str(TOY), "-s", str(tmp_path / "none.yaml"), code=2).stdout == ""


@pytest.mark.slow
def test_the_default_case_is_found_from_any_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And a bundled scenario; it is taken as far as its programme, as that it can be planned is asked elsewhere."""
    written: list[Network] = []

    def compiled(network: Network) -> Program:
        written.append(network)
        raise SolveError("enough")

    monkeypatch.setattr("optimizer.plans.reference.compile_network", compiled)
    said = lodestar_here("plan", "--scenario", "japan-denied", "--workers", "1", cwd=tmp_path, code=3).stdout
    assert said.startswith("ev-motors: ")
    assert [network.case.name for network in written] == ["ev-motors"]


def test_check_says_that_nothing_is_wrong(slump: Path) -> None:
    said = lodestar_here("check", str(TOY), "-s", str(slump)).stdout
    first, *unread = said.splitlines()
    assert first == f"{TOY} (toy): 59 rows in 20 tables, nothing wrong; 1 scenario fits it"
    assert {line.partition(":")[0] for line in unread} == {"controls", "approvals"}
    assert all("nothing reads processing_days" in line or "affiliates" in line for line in unread)
    assert lodestar_here("check", "korea").stdout.startswith("korea: ")


def test_a_pack_counts_wherever_a_case_is_loaded() -> None:
    assert "covered" not in lodestar_here("show", "ev-motors").stdout
    assert "covered" in lodestar_here("show", "ev-motors", "--pack", "us-defence").stdout


def test_the_version_is_that_of_the_package() -> None:
    assert lodestar("--version").stdout == f"lodestar {optimizer.__version__}\n"


@pytest.mark.slow
def test_a_mistake_ends_a_process_too() -> None:
    done = lodestar("plan", "ev-motor", code=2)
    assert "Did you mean 'ev-motors'?" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "-s", "full-embarg"), "Did you mean 'full-embargo'?"),
        (("show", "full-embarg"), "Did you mean 'full-embargo'?"),
        (("check", "nowhere"), "no such case"),
        (("plan", "nosuch.yaml"), "A scenario follows -s, as in `lodestar plan -s nosuch.yaml`"),
        (("trace", "full-embargo"), "A scenario follows -s"),
        (("show", "full-embargo", "--case", str(TOY)), "'cn-embargo' selects no row"),
        *(((word, "ev-motors", "--pack", "eu-crm"), "Did you mean 'eu-crma'?") for word in LOADING),
    ],
)
def test_a_mistake_ends_in_one_message(words: tuple[str, ...], said: str) -> None:
    done = lodestar_here(*words, code=2)
    assert said in done.stderr
    assert done.stdout == ""


def test_nothing_is_written_where_something_else_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    done = lodestar_here("plan", str(TOY), "--out", str(tmp_path), code=2)
    assert "expected a new or empty folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


TELLING = """\
import sys
from optimizer.__main__ import main
from optimizer.plans.plan import Plans
add = Plans.add
def told(plans, key, outcome):
    add(plans, key, outcome)
    if len(plans.outcomes) == 5:
        print("five", file=sys.stderr, flush=True)
Plans.add = told
main()
"""
"""The command, which says when it has five answers."""


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_leaves_what_is_finished(slump: Path, tmp_path: Path) -> None:
    """In the midst of a long run, while workers solve."""
    out, many = tmp_path / "out", 100
    words = ["plan", str(TOY), "--out", str(out)]
    for number in range(many):
        path = tmp_path / f"slump-{number}.yaml"
        path.write_text(slump.read_text().replace("name: slump", f"name: slump-{number}"))
        words += ["-s", str(path)]
    process = subprocess.Popen(
        [sys.executable, "-c", TELLING, *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "five\n"
    process.send_signal(signal.SIGINT)
    text, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped before the end" in errors
    assert "Traceback" not in errors
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["interrupted"]
    assert 5 <= len(manifest["certificates"]) < 1 + 2 * many
    assert "base" in text


@pytest.mark.slow
def test_the_wheel_plans_from_any_folder(tmp_path: Path) -> None:
    """Cases, data and scenarios ship inside it."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    wheel = next(tmp_path.glob("*.whl"))
    unpacked, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    assert (unpacked / "optimizer" / "bundled" / "models" / "ev-motors" / "case.yaml").exists()
    assert (unpacked / "optimizer" / "report" / "vendor" / "echarts.min.js").exists()
    done = lodestar("plan", "japan-motors", "-s", "base", "--json", cwd=elsewhere, path=unpacked)
    assert all(row["certified"] for row in json.loads(done.stdout))
    where = subprocess.run(
        [sys.executable, "-c", "import optimizer; print(optimizer.__file__)"],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(unpacked) in where.stdout, "it must be the wheel that ran"
