"""A worker with a child that solves nothing: what it is told, what it brings home, and how it is ended."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.cases import Cases
from optimizer.service.store.database import Database
from optimizer.service.store.keys import Tenants
from optimizer.service.store.queue import Queue
from optimizer.service.store.records import Job, Tenant
from optimizer.service.work.process import Child, descendants
from optimizer.service.work.scratch import home_of_worker
from optimizer.service.work.task import Allowance
from optimizer.service.work.worker import Worker
from tests.helpers.child import COMMAND
from tests.helpers.paths import ROOT

WAIT = 30.0
CASE = {"settings": {"name": "magnets"}, "rows": {}}


@pytest.fixture
def queue(on_sqlite: Database) -> Queue:
    return Queue(on_sqlite)


@pytest.fixture
def buyer(on_sqlite: Database) -> Tenant:
    return Tenants(on_sqlite).make("buyer")


@contextlib.contextmanager
def working(queue: Queue, tmp_path: Path, **options: Any) -> Iterator[Worker]:
    """A worker in a thread, which is stopped in the end."""
    settings: dict[str, Any] = {"beat": 0.1, "poll": 0.02, "scratch": tmp_path / "scratch", **options}
    worker = Worker(queue, "1", command=COMMAND, **settings)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(WAIT)
        assert not thread.is_alive()
        assert list((tmp_path / "scratch").iterdir()) == []


def submit(queue: Queue, tenant: Tenant, limits: dict[str, Any] | None = None, **options: Any) -> Job:
    request = {"kind": "plan", "case": CASE, "options": options, "limits": limits}
    return queue.submit(tenant, "plan", request, {"digest": "sha256:0"}).job


def until(holds: Callable[[], Any]) -> Any:
    """Wait until something holds."""
    began = time.monotonic()
    while not (found := holds()):
        assert time.monotonic() - began < WAIT
        time.sleep(0.02)
    return found


def over(queue: Queue, job: Job) -> Job:
    return until(lambda: (now := queue.get(job.tenant, job.id)).over and now)


def said(queue: Queue, job: Job) -> dict[str, Any]:
    return json.loads(queue.parts.open(job.tenant, job.id, "tables/said.json"))


def gone(process: int) -> bool:
    """Whether a process has ended, reaped or not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_jobs_are_done_and_a_case_is_compiled_once(queue: Queue, buyer: Tenant, tmp_path: Path) -> None:
    Cases(queue.database).put(buyer.id, "magnets", CASE)
    named = {"kind": "plan", "case": {"ref": "magnets"}, "options": {"answers": 3}, "limits": {"memory_mb": 10**9}}
    by_name = queue.submit(buyer, "plan", named, {"ref": "magnets"}).job
    with working(queue, tmp_path, allowance=Allowance(seconds=100, memory_mb=4000, workers=2)):
        first = over(queue, by_name)
        second = over(queue, submit(queue, buyer))
        mine = over(queue, queue.submit(Tenants(queue.database).make("other"), "plan", {"case": CASE}, {}).job)
    assert (first.state, first.not_certified, first.done, first.total) == ("succeeded", 1, 3, 3)
    assert [part.name for part in queue.parts.names(buyer.id, first.id)] == ["plan.zip", "tables/said.json"]
    told = said(queue, first)
    assert told["task"]["case"] == CASE
    assert told["task"]["limits"] == {"seconds": 100, "memory_mb": 4000, "workers": 2}
    assert [said(queue, job)["compiled"] for job in (first, second, mine)] == [False, True, False]


def test_a_job_whose_child_dies_is_tried_three_times(queue: Queue, buyer: Tenant, tmp_path: Path) -> None:
    with working(queue, tmp_path):
        died, forgot = submit(queue, buyer, end="die"), submit(queue, buyer, end="forget")
        for job, what in ((died, "signal 9"), (forgot, "code 0")):
            ended = over(queue, job)
            assert (ended.state, ended.attempts) == ("failed", 3)
            assert ended.problem is not None
            assert what in ended.problem["detail"]
            assert "3 times" in ended.problem["detail"]


def test_a_job_that_says_that_it_failed_is_not_tried_again(queue: Queue, buyer: Tenant, tmp_path: Path) -> None:
    with working(queue, tmp_path):
        ended = over(queue, submit(queue, buyer, end="fail"))
    assert (ended.state, ended.attempts) == ("failed", 1)
    assert ended.problem == {"type": "about:blank", "title": "Faulty", "status": 422}


@pytest.mark.slow
def test_what_was_finished_is_not_done_again(queue: Queue, buyer: Tenant, tmp_path: Path) -> None:
    with working(queue, tmp_path, overtime=0.0):
        job = submit(queue, buyer, {"seconds": 1.5}, answers=2, end="hang")
        late = over(queue, job)
        assert late.problem is not None
        assert late.problem["type"].endswith("out-of-time")
        with queue.database.write() as connection:
            body = sa.select(tables.request.c.body).where(tables.request.c.job == job.id)
            request = {**connection.execute(body).scalar_one(), "options": {"answers": 3}, "limits": None}
            connection.execute(sa.update(tables.request).where(tables.request.c.job == job.id).values(body=request))
        queue.resume(buyer.id, job.id)
        assert over(queue, job).state == "succeeded"
    assert said(queue, job)["given"] == ["s0.react.npz", "s1.react.npz"]


def test_cancel_ends_all_processes_of_a_job(queue: Queue, buyer: Tenant, tmp_path: Path) -> None:
    with working(queue, tmp_path):
        job = submit(queue, buyer, end="hang", pool=str(tmp_path / "pids"))
        pids = [int(word) for word in until(lambda: _read(tmp_path / "pids")).split()]
        until(lambda: queue.get(buyer.id, job.id).done == 1)
        queue.cancel(buyer.id, job.id)
        assert over(queue, job).state == "cancelled"
        until(lambda: all(gone(process) for process in pids))
        assert over(queue, submit(queue, buyer)).state == "succeeded"


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_more_memory_than_a_job_may_take_ends_it(queue: Queue, buyer: Tenant, tmp_path: Path) -> None:
    with working(queue, tmp_path, allowance=Allowance(memory_mb=800)):
        ended = over(queue, submit(queue, buyer, {"memory_mb": 1_000_000}, hog=True))
    assert (ended.state, ended.attempts) == ("failed", 1)
    assert ended.problem is not None
    assert ended.problem["type"].endswith("out-of-memory")


def test_a_worker_that_stops_gives_its_job_back(queue: Queue, buyer: Tenant, tmp_path: Path) -> None:
    with working(queue, tmp_path) as worker:
        job = submit(queue, buyer, answers=2, end="hang")
        until(lambda: queue.get(buyer.id, job.id).done == 2)
        worker.stop()
        began = time.monotonic()
        until(lambda: queue.get(buyer.id, job.id).state == "queued")
        assert time.monotonic() - began < 3.0
    assert queue.get(buyer.id, job.id).attempts == 0
    claim = queue.claim("other")
    assert claim is not None
    assert [answer.name for answer in queue.kept(claim)] == ["s0.react", "s1.react"]


def test_a_job_on_a_case_that_was_deleted_says_so(queue: Queue, buyer: Tenant, tmp_path: Path) -> None:
    request = {"kind": "plan", "case": {"ref": "magnets", "revision": "sha256:0"}}
    with working(queue, tmp_path):
        ended = over(queue, queue.submit(buyer, "plan", request, {"ref": "magnets"}).job)
    assert ended.problem is not None
    assert "no case magnets" in ended.problem["detail"]


def test_a_worker_whose_children_do_not_start_takes_no_job(queue: Queue, buyer: Tenant, tmp_path: Path) -> None:
    job = submit(queue, buyer)
    worker = Worker(queue, "1", command=(sys.executable, "-c", "raise SystemExit(3)"), scratch=tmp_path / "scratch")
    thread = threading.Thread(target=worker.run)
    thread.start()
    time.sleep(1.0)
    worker.stop()
    thread.join(WAIT)
    assert queue.get(buyer.id, job.id).attempts == 0


def test_a_child_ends_with_its_worker(tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    (tmp_path / "task.json").write_text(json.dumps({"case": {}, "options": {"end": "hang"}}))
    code = (
        "import sys, time; from pathlib import Path; from optimizer.service.work.process import Child;"
        "child = Child(sys.argv[2:]); child.begin(Path(sys.argv[1])); print(child._process.pid, flush=True); time.sleep(60)"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), *COMMAND], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert worker.stdout is not None
    process = int(worker.stdout.readline())
    until(lambda: list((tmp_path / "answers").glob("*.npz")))
    assert process in descendants(os.getpid())
    worker.kill()
    worker.communicate()
    until(lambda: gone(process))


def test_a_spare_child_is_ended_with_its_worker(tmp_path: Path) -> None:
    child = Child(COMMAND)
    until(lambda: child.ready)
    child.end()
    child.end()
    assert not child.alive


def test_folders_of_workers_that_died_are_removed(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / f"lodestar-worker-{dead.pid}-x" / "job").mkdir(parents=True)
    (tmp_path / "lodestar-worker-y").mkdir()
    mine = home_of_worker(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([mine.name, "lodestar-worker-y"])
