"""Folders damaged at random: each is taken or refused in one-line messages, in time, and no changed figure passes."""

from __future__ import annotations

import io
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from optimizer.__main__ import main
from optimizer.folder.write import write_plans
from tests.helpers import mutations
from tests.helpers.faulty import write_case
from tests.helpers.planned import plan
from tests.helpers.seeds import a_few

EXPECTED = (0, 2, 3, 4)
"""Exit codes of a command that ended by itself."""
PATIENCE = 20
"""Seconds a command on a tiny folder may take."""
SHOCK = "scenarios/shock.yaml"
BLOCK = 10
"""Folders per test."""
some = pytest.mark.parametrize("first", range(0, 30, BLOCK))


@contextmanager
def in_time() -> Iterator[None]:
    """Whatever takes too long hangs."""

    def hangs(*_: Any) -> None:
        raise TimeoutError(f"not done in {PATIENCE} s")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str, str]:
    """Exit code and output of the command, run in this process; a traceback or a hang is no exit."""
    monkeypatch.setattr(sys, "argv", ["lodestar", *words])
    out, said = io.StringIO(), io.StringIO()
    code: Any = 0
    with in_time(), redirect_stdout(out), redirect_stderr(said):
        try:
            main()
        except SystemExit as ended:
            code = ended.code or 0
    return code, out.getvalue(), said.getvalue()


def ends_well(monkeypatch: pytest.MonkeyPatch, what: str, *words: str) -> int:
    """The command ends with one of its codes, and says why in lines where it refuses."""
    try:
        code, _, said = command(monkeypatch, *words)
    except Exception:
        pytest.fail(f"{what}: {' '.join(words)}\n{traceback.format_exc()}")
    assert code in EXPECTED, (what, words, code, said)
    assert "Traceback" not in said, (what, words, said)
    assert code == 0 or said.strip() or words[0] == "verify", (what, words, code)
    return code


def damaged_cases(first: int, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Check, and sometimes plan, cases damaged at random."""
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory() as place:
            folder = write_case(Path(place) / "small")
            what = f"seed {seed}: {'; '.join(mutations.mutate(folder, seed))}"
            scenario = str(folder / SHOCK)
            code = ends_well(monkeypatch, what, "check", str(folder), "-s", scenario)
            if code == 0 and seed % 5 == 0:
                ends_well(monkeypatch, what, "plan", str(folder), "-s", scenario, "--workers", "1")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results."""
    place = tmp_path_factory.mktemp("fuzz")
    folder = write_case(place / "small")
    write_plans(plan(folder, [folder / SHOCK]), place / "plans")
    return place / "plans"


def contents(folder: Path) -> dict[str, bytes | None]:
    """What a folder holds, file by file."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def damaged_results(first: int, count: int, written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither `verify` nor `report` passes over a change of a figure in a folder of results."""
    before = contents(written)
    for seed in range(first, first + count):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "plans"
            shutil.copytree(written, folder)
            ways = mutations.EVERY if seed % 4 == 0 else mutations.OF_A_FIGURE
            what = f"seed {seed}: {'; '.join(mutations.mutate(folder, seed, ways, most=2))}"
            for words in (("verify", str(folder)), ("report", str(folder), "--out", str(Path(place) / "page.html"))):
                code = ends_well(monkeypatch, what, *words)
                changed = seed % 4 and contents(folder) != before
                assert not (changed and code == 0), f"{what}: {words[0]} passed it"


@some
def test_damaged_cases_are_taken_or_refused(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged_cases(first, BLOCK, monkeypatch)


@pytest.mark.exhaustive
@pytest.mark.parametrize("first", range(30, 2000, 97))
def test_many_damaged_cases_are_taken_or_refused(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged_cases(first, 97, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("first", a_few(range(0, 12, 4), quick=1))
def test_no_damaged_result_passes(first: int, written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged_results(first, 4, written, monkeypatch)


@pytest.mark.exhaustive
@pytest.mark.parametrize("first", range(12, 500, 24))
def test_none_of_many_damaged_results_passes(first: int, written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged_results(first, 24, written, monkeypatch)
