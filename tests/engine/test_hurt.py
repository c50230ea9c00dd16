"""Workers that die, hang or send half an answer: nothing else is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import optimizer
from optimizer.case.case import Case
from optimizer.engine import helper
from optimizer.errors import SolveError
from optimizer.plans.plan import Planner, Plans
from optimizer.world.scenario import Scenario
from tests.helpers import planned
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.paths import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills processes by POSIX signals")


@pytest.fixture(autouse=True)
def _no_other_worker() -> None:
    """The worker that other tests share is none that is left here."""
    planned.dismiss()


@pytest.fixture
def case() -> Case:
    return random_case(4)


@pytest.fixture
def scenarios(case: Case) -> list[Scenario]:
    return [random_scenario(case, number) for number in range(3)]


def children() -> list[int]:
    """Worker processes of this one."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            command = (entry / "cmdline").read_text()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and ("optimizer.engine.worker" in command or "hurt" in command):
            found.append(int(entry.name))
    return found


@pytest.fixture
def hurt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Have workers hurt at a question, so many times."""

    def arrange(how: str, at: str, times: int = 1) -> None:
        monkeypatch.setattr(helper, "COMMAND", (sys.executable, "-P", "-m", "tests.helpers.hurt"))
        for name, value in (("HURT", how), ("HURT_AT", at), ("HURT_TIMES", str(times)), ("HURT_COUNT", str(tmp_path))):
            monkeypatch.setenv(name, value)

    yield arrange
    assert not children(), "no worker may be left"


@pytest.fixture(scope="module")
def whole() -> Plans:
    """The plans that nothing happens to."""
    case = random_case(4)
    return optimizer.plan(case, [random_scenario(case, number) for number in range(3)], workers=1)


@pytest.mark.parametrize(
    "how",
    ["die", "half", "garbage", *(pytest.param(name, marks=pytest.mark.slow) for name in ("memory", "late", "stop"))],
)
def test_a_worker_lost_once_costs_nothing(how: str, hurt, whole, case, scenarios, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    if how == "stop":
        monkeypatch.setattr(helper, "SILENCE", 1.5)
    hurt(how, scenarios[1].name)
    plans = optimizer.plan(case, scenarios, workers=2)
    assert not plans.failed
    assert {key: one.cost for key, one in plans.outcomes.items()} == pytest.approx(
        {key: one.cost for key, one in whole.outcomes.items()}
    )


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("die", "was ended by SIGKILL"),
        pytest.param("memory", "ran out of memory", marks=pytest.mark.slow),
        pytest.param("late", "past the limit of a solve", marks=pytest.mark.slow),
        pytest.param("stop", "no sign of life for 1.5 s", marks=pytest.mark.slow),
    ],
)
def test_lost_again_it_fails_alone(how: str, said: str, hurt, case, scenarios, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    if how == "stop":
        monkeypatch.setattr(helper, "SILENCE", 1.5)
    hurt(how, scenarios[1].name, times=99)
    plans = optimizer.plan(case, scenarios[:2], answers=["foresight"])
    assert list(plans.failed) == [(scenarios[1].name, "foresight")]
    assert said in plans.failed[scenarios[1].name, "foresight"].reason
    assert len(plans.outcomes) == 2
    assert plans.summary.set_index("scenario").loc[scenarios[1].name, "status"] == "failed"
    with pytest.raises(SolveError, match=said):
        plans.outcome(scenarios[1].name, "foresight")


@pytest.mark.parametrize("how", ["die", "half"])
def test_the_base_is_asked_for_again_too(how: str, hurt, case) -> None:  # type: ignore[no-untyped-def]
    hurt(how, "base")
    assert optimizer.plan(case, []).outcome().answer.certified
    hurt(how, "base", times=99)
    with pytest.raises(SolveError, match="the base plan: asked 2 times, and each time the worker was ended by SIGKILL"):
        optimizer.plan(case, [])


def test_the_base_of_a_worker_is_that_of_the_process(case: Case) -> None:
    here, there = Planner(case).start, optimizer.plan(case, []).planner.start
    assert (here.answer.x == there.answer.x).all()
    assert (here.basis.columns == there.basis.columns).all()
    assert (here.arrays.values == there.arrays.values).all()


def test_a_worker_that_cannot_start_is_said(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper, "COMMAND", ("/nonexistent/python",))
    with pytest.raises(SolveError, match="could not be started"):
        optimizer.plan(case, [])


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("moment", [0.0, 0.5])
def test_workers_end_with_a_parent_that_is_killed(moment: float, tmp_path: Path) -> None:
    """Also one that is busy: it notices that nobody listens."""
    code = (
        "import sys, time; from optimizer.engine.helper import Helper, Watch; from optimizer.engine.messages import *\n"
        "h = Helper(Watch()); print(h._process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    time.sleep(moment)
    parent.kill()
    parent.communicate()
    until = time.monotonic() + 10
    while Path(f"/proc/{worker}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{worker}").exists()


@pytest.mark.slow
def test_time_in_which_the_parent_stood_still_is_no_silence(case: Case, scenarios: list[Scenario]) -> None:
    """Stopped and continued, as by Ctrl-Z and fg, it must not take its workers for hung."""
    code = (
        "import optimizer; from optimizer.engine import helper; helper.SILENCE = 1.0\n"
        "from tests.helpers.networks import random_case, random_scenario\n"
        "case = random_case(4); print('up', flush=True)\n"
        "for _ in range(3): plans = optimizer.plan(case, [random_scenario(case, n) for n in range(3)])\n"
        "print(len(plans.failed))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(1.5)
    process.send_signal(signal.SIGSTOP)
    time.sleep(2.5)
    process.send_signal(signal.SIGCONT)
    assert process.communicate(timeout=60)[0].strip() == "0"


@pytest.mark.slow
def test_a_whole_run_leaves_no_worker_and_no_thread(case: Case, scenarios: list[Scenario]) -> None:
    before = threading.active_count()
    optimizer.plan(case, scenarios)
    assert not children()
    assert threading.active_count() == before
