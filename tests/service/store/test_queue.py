"""The queue: submitted, claimed, ended once; by the same statements on both databases."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from optimizer.service.store import tables
from optimizer.service.store.caps import caps_of
from optimizer.service.store.database import Database
from optimizer.service.store.history import EVENTS
from optimizer.service.store.keys import Tenants
from optimizer.service.store.parts import Parts
from optimizer.service.store.queue import Queue
from optimizer.service.store.records import Caps, Claim, Ending, Job, KeptAnswer, PartFile, Progress, Tenant
from optimizer.service.store.refusals import (
    CapReachedError,
    KeyReusedError,
    StateError,
    TwinInFlightError,
    UnavailableError,
    UnknownError,
)

DONE = Ending("succeeded")
PROBLEM = {"type": "about:blank", "title": "It broke", "status": 500, "detail": "the child died"}


@pytest.fixture
def queue(database: Database) -> Queue:
    return Queue(database)


def submit(queue: Queue, tenant: Tenant, **options: Any) -> Job:
    return queue.submit(tenant, "plan", {"kind": "plan", "n": 1}, {"ref": "magnets"}, **options).job


def claimed(queue: Queue, worker: str = "w") -> Claim:
    claim = queue.claim(worker)
    assert claim is not None
    return claim


def silence(database: Database, job: str) -> None:
    """Let the lease of a job run out."""
    with database.write() as connection:
        connection.execute(sa.update(tables.job).where(tables.job.c.id == job).values(lease_until=0.0))


def kinds(queue: Queue, job: Job) -> list[str]:
    return [event.kind for event in queue.events(job.tenant, job.id)]


def file(folder: Path, name: str, body: bytes = b"rows") -> PartFile:
    path = folder / name.replace("/", "-")
    path.write_bytes(body)
    return PartFile(name, "text/csv", path)


def test_a_job_from_being_submitted_to_its_results(queue: Queue, tenant: Tenant, tmp_path: Path) -> None:
    job = submit(queue, tenant)
    assert (job.state, job.kind, job.case, job.attempts) == ("queued", "plan", {"ref": "magnets"}, 0)
    assert queue.position(job) == 1
    claim = claimed(queue)
    assert (claim.job.id, claim.job.state, claim.job.attempts) == (job.id, "running", 1)
    assert claim.request == queue.request(tenant.id, job.id) == {"kind": "plan", "n": 1}
    assert queue.claim("other") is None
    assert queue.beat(claim, Progress("scenarios", 1, 4, "full-embargo", "react")) == "go"
    seen = queue.get(tenant.id, job.id)
    assert (seen.stage, seen.done, seen.total, seen.scenario, seen.answer) == (
        "scenarios",
        1,
        4,
        "full-embargo",
        "react",
    )
    parts = [file(tmp_path, "plan.zip", b"zip"), file(tmp_path, "tables/purchases.csv")]
    assert queue.finish(claim, parts, Ending("succeeded", not_certified=1))
    over = queue.get(tenant.id, job.id)
    assert (over.state, over.not_certified, over.interrupted, over.problem) == ("succeeded", 1, False, None)
    assert over.created <= (over.started or 0) <= (over.ended or 0)
    assert kinds(queue, job) == ["queued", "started", "progress", "succeeded"]
    assert [event.number for event in queue.events(tenant.id, job.id, after=2)] == [3, 4]
    kept = Parts(queue.database)
    assert [(part.name, part.size) for part in kept.names(tenant.id, job.id)] == [
        ("plan.zip", 3),
        ("tables/purchases.csv", 4),
    ]
    assert kept.open(tenant.id, job.id, "plan.zip") == b"zip"


def test_a_job_ends_once_and_only_under_its_token(queue: Queue, tenant: Tenant, tmp_path: Path) -> None:
    job = submit(queue, tenant)
    zombie = claimed(queue, "zombie")
    silence(queue.database, job.id)
    second = claimed(queue, "second")
    assert second.job.attempts == 2
    assert queue.beat(zombie) == "lost"
    assert not queue.finish(zombie, [file(tmp_path, "plan.zip", b"zombie")], DONE)
    assert not queue.fail(zombie, PROBLEM, again=True)
    assert not queue.release(zombie)
    assert queue.finish(second, [file(tmp_path, "plan.zip", b"second")], DONE)
    assert not queue.finish(zombie, [file(tmp_path, "plan.zip", b"zombie")], DONE)
    assert queue.beat(second) == "lost"
    assert queue.parts.open(tenant.id, job.id, "plan.zip") == b"second"
    assert kinds(queue, job).count("succeeded") == 1


def test_who_did_not_hear_that_it_ended_a_job_may_ask_again(database: Database, tenant: Tenant, tmp_path: Path) -> None:
    queue = Queue(database, Parts(database, tmp_path / "objects"))
    job = submit(queue, tenant)
    claim = claimed(queue)
    for _ in range(2):
        assert queue.finish(claim, [file(tmp_path, "plan.zip")], DONE)
    assert queue.parts.open(tenant.id, job.id, "plan.zip") == b"rows"
    assert kinds(queue, job).count("succeeded") == 1


def test_results_in_a_folder_go_with_their_job(database: Database, tenant: Tenant, tmp_path: Path) -> None:
    folder = tmp_path / "objects"
    queue = Queue(database, Parts(database, folder))
    job = submit(queue, tenant)
    zombie = claimed(queue)
    silence(database, job.id)
    assert queue.finish(claimed(queue), [file(tmp_path, "../../plan.zip")], DONE)
    assert not queue.finish(zombie, [file(tmp_path, "plan.zip", b"zombie")], DONE)
    assert queue.parts.open(tenant.id, job.id, "../../plan.zip") == b"rows"
    assert [path.read_bytes() for path in folder.rglob("*") if path.is_file()] == [b"rows"]
    queue.delete(tenant.id, job.id)
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    with pytest.raises(UnknownError):
        queue.get(tenant.id, job.id)


def test_a_job_that_kills_its_workers_fails_after_three(queue: Queue, tenant: Tenant) -> None:
    job = submit(queue, tenant)
    for _ in range(3):
        claimed(queue)
        silence(queue.database, job.id)
    assert queue.claim("w") is None
    over = queue.get(tenant.id, job.id)
    assert over.state == "failed"
    assert over.problem is not None
    assert "3 times" in over.problem["detail"]


def test_a_job_whose_child_dies_is_begun_again_twice(queue: Queue, tenant: Tenant) -> None:
    job = submit(queue, tenant)
    for attempt in (1, 2, 3):
        assert claimed(queue).job.attempts == attempt
        again = Claim(queue.get(tenant.id, job.id), _token(queue, job), {})
        assert queue.fail(again, PROBLEM, again=True)
    over = queue.get(tenant.id, job.id)
    assert over.state == "failed"
    assert over.problem is not None
    assert "the child died" in over.problem["detail"]


def _token(queue: Queue, job: Job) -> str:
    with queue.database.read() as connection:
        return str(connection.scalar(sa.select(tables.job.c.token).where(tables.job.c.id == job.id)))


def test_a_fault_of_the_input_is_not_tried_again(queue: Queue, tenant: Tenant) -> None:
    job = submit(queue, tenant)
    assert queue.fail(claimed(queue), PROBLEM, again=False)
    assert queue.get(tenant.id, job.id).problem == PROBLEM
    assert queue.claim("w") is None


def test_a_released_job_waits_again_and_it_was_no_attempt(queue: Queue, tenant: Tenant) -> None:
    job = submit(queue, tenant)
    for _ in range(5):
        assert queue.release(claimed(queue))
    assert (queue.get(tenant.id, job.id).state, queue.get(tenant.id, job.id).attempts) == ("queued", 0)


def test_cancel_at_once_or_at_the_next_beat(queue: Queue, tenant: Tenant) -> None:
    job = submit(queue, tenant)
    assert queue.cancel(tenant.id, job.id).state == "cancelled"
    assert queue.claim("w") is None
    running = submit(queue, tenant)
    claim = claimed(queue)
    assert queue.cancel(tenant.id, running.id).state == "running"
    assert queue.beat(claim) == "cancel"
    assert queue.finish(claim, [], Ending("cancelled"))
    assert queue.cancel(tenant.id, running.id).state == "cancelled"
    for give_back in (queue.release, lambda claim: queue.fail(claim, PROBLEM, again=True)):
        job = submit(queue, tenant)
        claim = claimed(queue)
        queue.cancel(tenant.id, job.id)
        assert give_back(claim)
        assert queue.get(tenant.id, job.id).state == "cancelled"
    dead = submit(queue, tenant)
    claimed(queue)
    queue.cancel(tenant.id, dead.id)
    silence(queue.database, dead.id)
    assert queue.claim("w") is None
    assert queue.get(tenant.id, dead.id).state == "cancelled"


def test_finished_answers_are_kept_for_the_next_attempt_and_for_resume(queue: Queue, tenant: Tenant) -> None:
    job = submit(queue, tenant)
    claim = claimed(queue)
    queue.beat(claim, kept=[KeptAnswer("base", b"1"), KeptAnswer("embargo", b"2")])
    queue.beat(claim, kept=[KeptAnswer("base", b"3")])
    silence(queue.database, job.id)
    claim = claimed(queue)
    assert {(answer.name, answer.body) for answer in queue.kept(claim)} == {("base", b"3"), ("embargo", b"2")}
    assert queue.fail(claim, PROBLEM, again=False)
    resumed = queue.resume(tenant.id, job.id)
    assert (resumed.state, resumed.attempts, resumed.problem, resumed.ended) == ("queued", 0, None, None)
    claim = claimed(queue)
    assert len(queue.kept(claim)) == 2
    assert queue.finish(claim, [], Ending("succeeded", interrupted=True))
    assert queue.resume(tenant.id, job.id).interrupted is False
    claim = claimed(queue)
    assert queue.finish(claim, [], DONE)
    assert queue.kept(claim) == []
    with pytest.raises(StateError, match="done"):
        queue.resume(tenant.id, job.id)


def test_running_jobs_are_neither_resumed_nor_deleted(queue: Queue, tenant: Tenant) -> None:
    job = submit(queue, tenant)
    with pytest.raises(StateError, match="queued"):
        queue.resume(tenant.id, job.id)
    claimed(queue)
    for what in (queue.resume, queue.delete):
        with pytest.raises(StateError, match="running"):
            what(tenant.id, job.id)


def test_an_idempotency_key_is_good_for_one_request(queue: Queue, tenant: Tenant) -> None:
    first = queue.submit(tenant, "plan", {}, {}, idempotency=("k", "body"))
    again = queue.submit(tenant, "plan", {}, {}, idempotency=("k", "body"))
    assert (first.replayed, again.replayed, again.job.id) == (False, True, first.job.id)
    with pytest.raises(KeyReusedError):
        queue.submit(tenant, "plan", {}, {}, idempotency=("k", "other"))
    other = Tenants(queue.database).make("other")
    assert not queue.submit(other, "plan", {}, {}, idempotency=("k", "other")).replayed
    with queue.database.write() as connection:
        connection.execute(sa.update(tables.idempotency).values(until=0.0))
    assert not queue.submit(tenant, "plan", {}, {}, idempotency=("k", "other")).replayed


def test_a_twin_waits_for_the_first_to_be_looked_at(queue: Queue, tenant: Tenant) -> None:
    reserved = queue.reserve(tenant, "k", "body")
    with pytest.raises(TwinInFlightError):
        queue.submit(tenant, "plan", {}, {}, idempotency=("k", "body"))
    with pytest.raises(KeyReusedError):
        queue.reserve(tenant, "k", "other")
    assert not isinstance(reserved, type(queue.submit(tenant, "plan", {}, {})))
    queue.release_key(tenant, reserved)
    reserved = queue.reserve(tenant, "k", "other")
    job = queue.submit(tenant, "plan", {}, {}, idempotency=reserved).job
    queue.release_key(tenant, reserved)
    assert queue.submit(tenant, "plan", {}, {}, idempotency=("k", "other")).job.id == job.id


def test_a_refused_job_gives_its_key_back(queue: Queue, tenant: Tenant) -> None:
    Tenants(queue.database).allow(tenant.name, replace(Caps(), queued=0))
    with pytest.raises(CapReachedError):
        queue.submit(tenant, "plan", {}, {}, idempotency=("k", "body"))
    Tenants(queue.database).allow(tenant.name, Caps())
    assert not queue.submit(tenant, "plan", {}, {}, idempotency=("k", "body")).replayed


@pytest.mark.parametrize(
    ("caps", "what"),
    [(Caps(queued=1), "queued jobs"), (Caps(bytes_kept=3), "bytes kept"), (Caps(core_seconds_per_day=0), "core-sec")],
)
def test_caps_refuse_a_job(queue: Queue, tenant: Tenant, caps: Caps, what: str) -> None:
    submit(queue, tenant)
    Tenants(queue.database).allow(tenant.name, caps)
    with pytest.raises(CapReachedError, match=what) as refused:
        submit(queue, tenant)
    assert 0 < refused.value.retry_after <= 86_400


def test_no_more_jobs_of_a_tenant_run_than_may(queue: Queue, tenant: Tenant) -> None:
    Tenants(queue.database).allow(tenant.name, Caps(running=2))
    jobs = [submit(queue, tenant) for _ in range(3)]
    claims = [claimed(queue), claimed(queue)]
    assert queue.claim("w") is None
    silence(queue.database, jobs[0].id)
    assert claimed(queue).job.id == jobs[0].id  # whose worker died holds no place
    assert queue.finish(claims[1], [], DONE)
    assert claimed(queue).job.id == jobs[2].id


def test_cores_that_were_held_are_counted_and_end_the_day(queue: Queue, tenant: Tenant) -> None:
    submit(queue, tenant)
    submit(queue, tenant)
    claim = queue.claim("w", cores=4)
    assert claim is not None
    with queue.database.write() as connection:
        connection.execute(
            sa.update(tables.job).where(tables.job.c.id == claim.job.id).values(charged_until=queue.database.now() - 10)
        )
    assert queue.beat(claim) == "go"
    used = queue.core_seconds(tenant.id)
    assert 40 <= used < 60
    assert queue.get(tenant.id, claim.job.id).core_seconds == pytest.approx(used)
    Tenants(queue.database).allow(tenant.name, Caps(core_seconds_per_day=39))
    assert queue.claim("w") is None
    Tenants(queue.database).allow(tenant.name, Caps(core_seconds_per_day=1e6))
    assert queue.claim("w") is not None


def test_the_next_job_is_that_of_who_runs_fewest(queue: Queue, tenant: Tenant) -> None:
    other = Tenants(queue.database).make("other")
    first = [submit(queue, tenant) for _ in range(4)]
    second = [submit(queue, other) for _ in range(2)]
    urgent = submit(queue, tenant, priority=5)
    assert queue.position(first[0]) == 2
    expected = [urgent, second[0], first[0], second[1], first[1]]
    assert [claimed(queue).job.id for _ in expected] == [job.id for job in expected]


def test_pages_go_from_the_newest_to_the_oldest(queue: Queue, tenant: Tenant) -> None:
    jobs = [submit(queue, tenant) for _ in range(5)]
    queue.cancel(tenant.id, jobs[2].id)
    newest = sorted((job.id for job in jobs), reverse=True)
    first = queue.page(tenant.id, limit=3)
    assert [job.id for job in first] == newest[:3]
    assert [job.id for job in queue.page(tenant.id, after=first[-1].id)] == newest[3:]
    assert [job.id for job in queue.page(tenant.id, states=["cancelled"])] == [jobs[2].id]
    latest = queue.latest([job.id for job in jobs] + ["none"] * 600)
    assert set(latest) == set(newest)
    assert (latest[jobs[0].id], latest[jobs[2].id]) == (("queued", 1), ("cancelled", 2))
    counts = queue.counts()
    assert (counts["queued"], counts["cancelled"], counts["running"]) == (4, 1, 0)
    assert counts["oldest"] >= 0


def test_of_many_events_the_newest_are_kept(queue: Queue, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.service.store.history.EVENTS", 5)
    job = submit(queue, tenant)
    claim = claimed(queue)
    for done in range(20):
        queue.beat(claim, Progress("scenarios", done, 20))
    events = queue.events(tenant.id, job.id)
    assert [event.number for event in events] == [18, 19, 20, 21, 22]
    assert EVENTS >= 1_000


def test_nothing_of_a_tenant_is_known_to_another(queue: Queue, tenant: Tenant, tmp_path: Path) -> None:
    job = submit(queue, tenant)
    assert queue.finish(claimed(queue), [file(tmp_path, "plan.zip")], DONE)
    other = Tenants(queue.database).make("other").id
    for ask in (queue.get, queue.request, queue.events, queue.cancel, queue.resume, queue.delete, queue.parts.names):
        with pytest.raises(UnknownError):
            ask(other, job.id)
    with pytest.raises(UnknownError):
        queue.parts.open(other, job.id, "plan.zip")
    assert queue.page(other) == []


def test_a_job_is_claimed_by_one_of_many(queue: Queue, tenant: Tenant) -> None:
    Tenants(queue.database).allow(tenant.name, Caps(running=7))
    jobs = [submit(queue, tenant) for _ in range(12)]
    found: list[Claim] = []
    lock = threading.Lock()

    def work() -> None:
        misses = 0
        while misses < 3:
            claim = queue.claim("w")
            misses += claim is None
            with lock:
                found.extend([] if claim is None else [claim])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 7
    assert set(Counter(claim.job.id for claim in found).values()) == {1}
    assert {claim.job.id for claim in found} <= {job.id for job in jobs}


def test_a_job_is_claimed_while_its_tenant_submits_without_a_pause(on_postgres: Database) -> None:
    """The lock that submitting takes on a tenant is waited for; were it passed by, a busy tenant's jobs would starve."""
    queue, tenant = Queue(on_postgres), Tenants(on_postgres).make("buyer")
    submit(queue, tenant)
    with on_postgres.write() as connection:
        caps_of(connection, tenant.id)
        found: list[Claim | None] = []
        claiming = threading.Thread(target=lambda: found.append(queue.claim("w")))
        claiming.start()
        claiming.join(0.3)
        assert found == []
    claiming.join()
    assert found[0] is not None


def test_nobody_loses_a_job_because_the_database_was_away(queue: Queue, tenant: Tenant) -> None:
    """All leases run out meanwhile; who works has a whole lease to say that it lives."""
    last, first = (submit(queue, tenant) for _ in range(2))
    claims = [claimed(queue) for _ in range(2)]
    for job in (last, first):
        silence(queue.database, job.id)
    with queue.database.write() as connection:
        connection.execute(sa.update(tables.job).where(tables.job.c.id == last.id).values(attempts=3))
    queue.database.troubled = time.monotonic()
    assert queue.claim("other") is None
    waiting = submit(queue, tenant)
    assert claimed(queue).job.id == waiting.id
    assert queue.finish(next(claim for claim in claims if claim.job.id == last.id), [], DONE)
    queue.database.troubled = time.monotonic() - queue.lease - 1
    assert claimed(queue).job.id == first.id


@pytest.mark.slow
def test_a_database_that_is_locked_for_long_is_unavailable(
    on_sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = Database(str(on_sqlite.url) + "?timeout=0.1")
    with on_sqlite.write(), pytest.raises(UnavailableError), impatient.write():
        pass
    assert time.monotonic() - impatient.troubled < 10
    impatient.close()
