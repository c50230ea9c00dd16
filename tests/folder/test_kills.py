"""A run killed at a random moment leaves the target absent, old or new, touches nothing else, and the next run sweeps up."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from optimizer.errors import InputError
from optimizer.folder.read import read_plans
from tests.helpers.command import RUN, lodestar_here
from tests.helpers.faulty import write_case
from tests.helpers.paths import ROOT
from tests.helpers.seeds import a_few

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes in /proc")

MARK = "LODESTAR_KILLED"
LONGEST = 3.0
"""Seconds within which a run of the small case is killed, if it is not done before."""
WRITING = 0.2
"""Seconds after the first sign of writing within which it is killed."""
PATIENCE = 60.0
WORDS = ("plan", "small", "-s", "small/scenarios/detour.yaml", "--out", "target")
HOWS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGSTOP)
TARGETS = ("absent", "empty", "old", "mount", "mounted old")


def start(place: Path, mark: str) -> subprocess.Popen[str]:
    """Plan the small case into the target."""
    return subprocess.Popen(
        [*RUN, *WORDS, "--workers", "2"],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(ROOT), MARK: mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def alive(mark: str) -> list[int]:
    """Processes of a run, itself and its workers."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{MARK}={mark}".encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return sorted(found)


def contents(folder: Path) -> dict[str, bytes]:
    """What a folder holds, file by file."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An older plan of the small case."""
    place = tmp_path_factory.mktemp("old")
    write_case(place / "small")
    done = start(place, "old")
    said = done.communicate(timeout=PATIENCE)
    assert done.returncode == 0, said
    return place / "target"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Where it is planned, with a stranger's files beside the target."""
    write_case(tmp_path / "small")
    (tmp_path / "notes.txt").write_text("a stranger's")
    (tmp_path / ".target-notes").mkdir()
    (tmp_path / ".target-notes" / "kept.txt").write_text("a stranger's")
    yield tmp_path
    if (tmp_path / "target").is_mount():
        subprocess.run(["umount", tmp_path / "target"], check=True)


def prepare(place: Path, kind: str, old: Path) -> None:
    """Make the target of a kind."""
    target = place / "target"
    if kind != "absent":
        target.mkdir()
    if kind.startswith("mount"):
        tried = subprocess.run(["mount", "-t", "tmpfs", "none", target], capture_output=True, check=False)
        if tried.returncode:
            pytest.skip("nothing can be mounted here")
    if kind.endswith("old"):
        shutil.copytree(old, target, dirs_exist_ok=True)


def is_written(place: Path) -> bool:
    """Whether a plan is being written: a hidden folder stands beside the target or in it."""
    names = [*os.listdir(place), *(os.listdir(place / "target") if (place / "target").is_dir() else ())]
    return any(name.startswith(".lodestar") and not name.endswith("-lock") for name in names)


def wait_for_writing(place: Path, run: subprocess.Popen[str]) -> None:
    """Come back as soon as something is written, or the run is over."""
    while run.poll() is None:
        with suppress(OSError):  # an entry went while it was looked at
            if is_written(place):
                return
        time.sleep(0.005)


def hurt(run: subprocess.Popen[str], how: signal.Signals, mark: str) -> None:
    """Send a signal; a stop goes to a worker, the others to the command."""
    if how != signal.SIGSTOP:
        run.send_signal(how)
        return
    workers = [number for number in alive(mark) if number != run.pid]
    if workers:
        os.kill(workers[-1], how)


def is_whole(target: Path) -> bool:
    """Whether a folder is a plan that every reader takes."""
    try:
        read_plans(target)
    except InputError:
        return False
    return True


def kill_once(seed: int, place: Path, old: Path) -> None:
    """Kill one run and look at what it leaves, then run again and look."""
    chance = random.Random(seed)
    how, kind, writing = HOWS[seed % 4], chance.choice(TARGETS), chance.random() < 0.5
    what = f"seed {seed}: {how.name}, target {kind}, {'writing' if writing else 'any moment'}"
    prepare(place, kind, old)
    target, mark = place / "target", uuid.uuid4().hex
    run = start(place, mark)
    if writing:
        wait_for_writing(place, run)
        time.sleep(chance.random() * WRITING)
    else:
        time.sleep(chance.random() * LONGEST)
    hurt(run, how, mark)
    _, said = run.communicate(timeout=PATIENCE)
    assert "Traceback" not in said, (what, said)
    deadline = time.monotonic() + 5.0
    while alive(mark) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(mark), f"{what}: left a process"
    if target.is_dir() and any(target.iterdir()) and not kind.startswith("mount"):
        assert is_whole(target), f"{what}: neither old nor new but {sorted(os.listdir(target))}, {said}"
    if target.is_dir() and kind.startswith("mount") and not is_whole(target):
        with pytest.raises(InputError, match="unfinished"):
            read_plans(target)
    strangers(place, what)
    if how == signal.SIGTERM or how == signal.SIGINT:
        assert names(place) <= {"small", "target", "notes.txt", ".target-notes"}, f"{what}: {names(place)}"
    lodestar_here(*WORDS, "--workers", "1", cwd=place)
    assert is_whole(target), what
    assert names(place) == {"small", "target", "notes.txt", ".target-notes"}, f"{what}: {names(place)}"
    assert contents(target).keys() == contents(old).keys(), what
    strangers(place, what)


def names(place: Path) -> set[str]:
    """Everything that lies beside the target."""
    return set(os.listdir(place))


def strangers(place: Path, what: str) -> None:
    """What others put there is as it was."""
    assert (place / "notes.txt").read_text() == "a stranger's", what
    assert contents(place / ".target-notes") == {"kept.txt": b"a stranger's"}, what


SOME = (0, 2, 5, 7, 15, 16)
"""Seeds by which every signal falls, on every kind of target, at any moment and while it is written."""


@pytest.mark.slow
@pytest.mark.parametrize("seed", a_few(SOME))
def test_a_run_killed_leaves_nothing_half_done(seed: int, place: Path, old: Path) -> None:
    kill_once(seed, place, old)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seed", [seed for seed in range(200) if seed not in SOME])
def test_many_runs_killed_leave_nothing_half_done(seed: int, place: Path, old: Path) -> None:
    kill_once(seed, place, old)
