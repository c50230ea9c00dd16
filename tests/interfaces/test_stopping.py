"""The command stopped by a signal or the clock, and its output cut off: what it leaves, says and ends with."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from optimizer.errors import Stopped
from optimizer.interfaces import signals
from tests.helpers.paths import ROOT

TOY = ROOT / "tests" / "cases" / "toy"
TITLE = """\
name: quiet
title: t
probability: 0.1
announced: 2027-04-10
source: invented
events:
- {what: w, table: controls, where: {control: aa-export}, set: {approval: 0.5}, from: 2027-05-01}
"""
STAGES = {
    "reading": "optimizer.plans.plan.Planner.__init__",
    "compiling": "optimizer.plans.reference.compile_network",
    "scenarios": "optimizer.plans.plan.Planner.variants",
    "writing": "optimizer.folder.write.write_case",
}
"""What is made slow for a signal to fall into."""
RUN = """\
import importlib, os, sys, time
from optimizer.__main__ import main
path = sys.argv.pop(1)
module, _, name = path.rpartition(".")
try:
    owner = importlib.import_module(module)
except ImportError:
    outer, _, inner = module.rpartition(".")
    owner = getattr(importlib.import_module(outer), inner)
plain = getattr(owner, name)
def slow(*given, **named):
    print("here", file=sys.stderr, flush=True)
    time.sleep(1.5)
    return plain(*given, **named)
setattr(owner, name, slow)
main()
"""
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")


@pytest.fixture
def quiet(tmp_path: Path) -> Path:
    path = tmp_path / "quiet.yaml"
    path.write_text(TITLE)
    return path


def workers_of(group: int) -> list[str]:
    """Workers still there whose environment names a run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"LODESTAR_TEST={group}".encode() in (entry / "environ").read_bytes():
                found.append(entry.name)
        except OSError:
            continue
    return found


def start(*words: str, stage: str = "json.JSONEncoder.nothing", **more: str) -> subprocess.Popen[str]:
    """The command, slow at a stage, and marked so that its workers can be found."""
    code = RUN if stage in STAGES else "from optimizer.__main__ import main; main()"
    given = [STAGES[stage]] if stage in STAGES else []
    return subprocess.Popen(
        [sys.executable, "-c", code, *given, *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LODESTAR_TEST": str(os.getpid()), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


SIGNALS = [
    pytest.param(
        stage,
        number,
        marks=pytest.mark.exhaustive if number == signal.SIGINT and place % 3 else pytest.mark.slow if place else (),
    )
    for place, stage in enumerate(STAGES)
    for number in (signal.SIGINT, signal.SIGTERM)
]
"""Ctrl-C at the first and the last stage; at the others the same is made of it as of the other signal."""


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "number"), SIGNALS)
def test_a_signal_at_any_stage(stage: str, number: signal.Signals, quiet: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start("plan", str(TOY), "-s", str(quiet), "--out", str(out), stage=stage)
    assert process.stderr is not None
    assert process.stderr.readline() == "here\n"
    process.send_signal(number)
    time.sleep(0.2)
    process.send_signal(number)  # an impatient one
    text, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert "Stopped before the end" in errors
    assert "Traceback" not in errors
    if stage in ("reading", "compiling"):
        assert "Cost and service" not in text, "no more than what is planned"
        assert not out.exists()
    else:
        written = json.loads((out / "manifest.json").read_text())
        assert len(written["certificates"]) == (1 if stage == "scenarios" else 3)
        assert "base" in text
    assert {path.name for path in tmp_path.iterdir()} <= {"quiet.yaml", "out"}
    assert not workers_of(os.getpid())


@pytest.mark.slow
def test_a_third_signal_ends_even_what_is_written(quiet: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start("plan", str(TOY), "-s", str(quiet), "--out", str(out), stage="writing")
    assert process.stderr is not None
    process.stderr.readline()
    for _ in range(3):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 143
    assert "Traceback" not in errors
    assert [path.name for path in tmp_path.iterdir()] == ["quiet.yaml"]


def test_a_time_limit_keeps_what_is_finished(quiet: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("plan", str(TOY), "-s", str(quiet), "--out", str(out))
    process = start(*words, "--time-limit", "1", stage="compiling")
    text, errors = process.communicate(timeout=30)
    assert process.returncode == 4
    assert "Cost and service" not in text
    assert errors.removeprefix("here\n").startswith(
        ("OutOfTime: the time was up before the base plan", "Out of time before the end")
    )
    assert not out.exists()


@pytest.fixture
def title(tmp_path: Path) -> Path:
    """The toy case under a title that a Windows code page lacks letters of."""
    folder = tmp_path / "title"
    shutil.copytree(TOY, folder)
    text = (folder / "case.yaml").read_text()
    (folder / "case.yaml").write_text(
        "\n".join('title: "Magnete 磁石"' if line.startswith("title:") else line for line in text.splitlines()) + "\n",
        encoding="utf-8",
    )
    return folder


@pytest.mark.slow
def test_letters_that_a_code_page_lacks_are_replaced(title: Path, quiet: Path) -> None:
    process = start("plan", str(title), "-s", str(quiet), PYTHONIOENCODING="cp1252")
    text, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "Magnete ??" in text


def shell(tail: str, *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a shell, its streams as the tail has them."""
    command = f'"{sys.executable}" -c "from optimizer.__main__ import main; main()" {" ".join(words)} {tail}'
    return subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_is_no_fault() -> None:
    done = shell('| head -1; exit "${PIPESTATUS[0]}"', "plan", str(TOY), "-s", "nosuch")
    assert done.returncode == 2
    done = shell('| head -1; exit "${PIPESTATUS[0]}"', "show", "ev-motors")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
@pytest.mark.parametrize("words", [("--version",), ("show", "ev-motors")])
def test_a_full_disk_is_said(words: tuple[str, ...]) -> None:
    done = shell("> /dev/full", *words)
    assert (done.returncode, done.stderr) == (3, "Error: standard output: No space left on device\n")


@pytest.mark.slow
def test_closed_streams_take_what_there_is_and_no_file_gets_it(quiet: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = shell("<&- >&- 2>&-", "plan", str(TOY), "-s", str(quiet), "--out", str(out))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads((out / "manifest.json").read_text())["case"] == "toy"


def test_python_that_drops_docstrings_is_told_why_not() -> None:
    done = shell("", "--version")
    assert done.returncode == 0
    process = start("--version", PYTHONOPTIMIZE="2")
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "PYTHONOPTIMIZE=2" in errors
    assert errors.count("\n") == 1


def test_help_lists_the_exit_codes() -> None:
    text, _ = start("--help").communicate(timeout=30)
    assert "Exit codes: 0 all is well" in text


@pytest.mark.slow
def test_a_signal_where_no_error_gets_out_comes_again(capfd: pytest.CaptureFixture[str]) -> None:
    """The interpreter lets no error out of a finalizer, and prints it: the run would go on, with a traceback."""

    class Gone:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)
            time.sleep(0)

    def go_on() -> None:
        with signals.caught():
            Gone()
            time.sleep(5)

    with pytest.raises(Stopped) as stopped:
        go_on()
    assert stopped.value.signal == signal.SIGTERM
    assert "Traceback" not in capfd.readouterr().err
