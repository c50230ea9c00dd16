"""What a run may take: time, memory, and what it may be asked."""

from __future__ import annotations

import contextlib
import math
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import optimizer
from optimizer.engine.deadline import Deadline
from optimizer.errors import CaseError, InputError, OutOfTime, SolveError, Stopped
from optimizer.formulation.size import Size
from optimizer.network import build, layout, memory, size
from optimizer.plans import plan as plan_module
from optimizer.plans import reference, solving
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case
from tests.helpers.coarse import coarse
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.paths import CASES

TOY = CASES / "toy"
TINY = """\
name: tiny
title: t
probability: 0.1
announced: 2027-03-15
source: test
events:
- {what: a, table: controls, where: {control: aa-export}, set: {approval: 0.5}, from: 2027-03-15}
- {what: b, table: controls, where: {kind: content}, scale: {threshold: 1.0e-13}, from: 2027-03-15}
"""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"answers": ["React"]}, "no such answer 'React'. Known: foresight, hedge, react. Did you mean 'react'?"),
        ({"answers": "react"}, "answers: expected a list"),
        ({"answers": []}, "answers: expected a list"),
        ({"answers": None}, "answers: expected a list"),
        ({"answers": [None]}, "no such answer"),
        ({"answers": ["react", "react"]}, "each once"),
        ({"case": None}, "case: expected the name"),
        ({"case": 3}, "case: expected the name"),
        ({"scenarios": "full-embargo"}, "expected a list of scenarios"),
        ({"scenarios": [None]}, "scenario"),
        ({"workers": 0}, "workers: expected"),
        ({"time_limit": -1}, "time_limit: expected"),
        ({"time_limit": math.nan}, "time_limit: expected"),
        ({"solve_limit": 0}, "solve_limit: expected"),
        ({"solve_limit": None}, "solve_limit: expected"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said.replace("[", r"\[").replace("?", r"\?")):
        optimizer.plan(**{"case": str(TOY), "scenarios": [], **asked})


def test_an_answer_that_is_not_there_says_why() -> None:
    case = random_case(4)
    plans = optimizer.plan(case, [random_scenario(case, 0)], answers=["foresight"])
    name = plans.scenarios[0].name
    for given, said in [
        ((name, "react"), "was not planned"),
        ((name, "React"), "Did you mean 'react'"),
        (("x",), "no such scenario"),
    ]:
        with pytest.raises(InputError, match=said):
            plans.outcome(*given)
    assert plans.outcome("base").cost == plans.outcome().cost


def test_numbers_that_are_refused_name_their_event_and_cost_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY)
    slump = tmp_path / "slump.yaml"
    slump.write_text(TINY.replace("tiny", "slump").replace("1.0e-13", "0.5"))
    plans = optimizer.plan(str(TOY), [path, slump])
    assert set(plans.failed) == {("tiny", "react"), ("tiny", "foresight")}
    assert {key[0] for key in plans.outcomes} == {"base", "slump"}
    reason = plans.failed["tiny", "react"].reason
    assert "tiny.yaml, event 2, line 8 (content_share): " in reason
    assert "expected coefficients of at least 1e-09" in reason
    with pytest.raises(SolveError, match="event 2"):
        plans.outcome("tiny", "react")


def test_an_alarm_rings_in_any_code() -> None:
    began = time.monotonic()
    with pytest.raises(Stopped), Deadline(0.3).alarm():
        _slow(20)()
    assert 0.3 <= time.monotonic() - began < 2.0


def test_an_alarm_that_is_over_does_not_ring() -> None:
    for _ in range(200):
        with contextlib.suppress(Stopped), Deadline(0.001).alarm():
            time.sleep(0.0009)
    time.sleep(0.01)


@pytest.mark.parametrize("seconds", [60.0, 0.001])
def test_a_profiler_goes_on_after_an_alarm(seconds: float) -> None:
    code = (
        "import contextlib, sys, time\n"
        "from optimizer.engine.deadline import Deadline\n"
        "from optimizer.errors import Stopped\n"
        f"with contextlib.suppress(Stopped), Deadline({seconds}).alarm(): time.sleep(0.01)\n"
        "sys.setprofile(lambda *_: None)\n"
        "print(sorted(map(lambda n: -n, range(3))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20)
    assert done.stdout == "[-2, -1, 0]\n"


def _slow(seconds: float) -> Any:
    def slow(*_: Any, **__: Any) -> Any:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            sum(range(1000))

    return slow


@pytest.mark.parametrize(
    ("module", "stage"),
    [
        (plan_module, "load_case"),
        (reference, "compile_network"),
        (reference, "reference_of"),
        (solving, "parameter_vector"),
    ],
)
def test_before_the_base_the_time_limit_leaves_nothing(
    module: ModuleType, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, stage, _slow(20))
    began = time.monotonic()
    with pytest.raises(OutOfTime, match="nothing is finished"):
        optimizer.plan(str(TOY), [], time_limit=0.5)
    assert time.monotonic() - began < 3.0


@pytest.mark.slow
def test_after_it_what_is_finished_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    case = random_case(4)
    monkeypatch.setattr(Planner, "variants", _slow(20))
    began = time.monotonic()
    plans = optimizer.plan(case, [random_scenario(case, 0)], time_limit=6)
    assert time.monotonic() - began < 8.0
    assert plans.interrupted
    assert plans.stopped is not None
    assert plans.stopped.code == 4
    assert list(plans.outcomes) == [("base", "base")]
    assert len(plans.summary) == 1


def test_the_size_is_that_of_what_is_built() -> None:
    for case in (load_case(str(TOY)), random_case(1), random_case(5)):
        planner = Planner(case)
        found = Size.of(planner.network.structure)
        assert found.columns == len(planner.program.column_names)
        assert found.rows >= len(planner.program.row_names) >= 0.8 * found.rows


def test_what_does_not_fit_is_refused_before_it_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    case = load_case(str(TOY))
    monkeypatch.setattr(size, "available", lambda: 10_000)
    with pytest.raises(CaseError, match=r"too large for this machine: .* rows of .* on each of .* days need about"):
        build.network_of(case)
    monkeypatch.setattr(build, "check_days", lambda _: None)
    with pytest.raises(CaseError, match=r"lanes between makers and users in .* periods"):
        build.network_of(case)
    monkeypatch.setattr(layout, "check_lanes", lambda *_: None)
    monkeypatch.setattr(reference, "compile_network", lambda _: pytest.fail("it is built"))
    with pytest.raises(CaseError, match=r"a programme of up to \S+ rows and \S+ columns need"):
        optimizer.plan(case, [])
    random = random_case(0)
    with pytest.raises(CaseError, match="the scenarios' numbers"):
        Planner(random).worlds([random_scenario(random, 0)])


def test_a_large_case_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    optimizer.plan(str(TOY), [], notice=lines.append)
    assert not lines
    monkeypatch.setattr("optimizer.formulation.size.LARGE", 10)
    optimizer.plan(str(TOY), [], notice=lines.append)
    assert len(lines) == 1
    assert "rows and" in lines[0]


def test_memory_is_what_the_tightest_group_leaves(tmp_path: Path) -> None:
    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    write("proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable: 8000000 kB\n")
    assert memory.available(tmp_path) == 8_000_000 * 1024
    write("proc/self/cgroup", "0::/a/b\n")
    write("sys/fs/cgroup/a/b/memory.max", "max\n")
    write("sys/fs/cgroup/a/memory.max", "2000000000\n")
    write("sys/fs/cgroup/a/memory.current", "500000000\n")
    assert memory.available(tmp_path) == 1_500_000_000
    write("proc/self/cgroup", "4:cpu:/x\n5:memory:/c\n")
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
    write("sys/fs/cgroup/memory/c/memory.limit_in_bytes", "1000000000\n")
    write("sys/fs/cgroup/memory/c/memory.usage_in_bytes", "1200000000\n")
    assert memory.available(tmp_path) == 0


@pytest.mark.slow
def test_a_solve_keeps_to_its_limit() -> None:
    """All methods together, and no longer than there is time at all."""
    planner = Planner(coarse("ev-motors"), solve_limit=0.05)
    began = time.monotonic()
    _ = planner.program
    compiled = time.monotonic() - began
    with pytest.raises(SolveError, match="not found in the time that one solve may take"):
        _ = planner.start
    assert time.monotonic() - began - compiled < 3.0
