"""What is deleted after its time, and compiled cases; nothing else goes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from optimizer.service.store import compiled, tables
from optimizer.service.store.compiled import Compiled
from optimizer.service.store.database import Database
from optimizer.service.store.keys import Tenants
from optimizer.service.store.parts import Parts
from optimizer.service.store.queue import Queue
from optimizer.service.store.records import Caps, Ending, KeptAnswer, PartFile, Tenant
from optimizer.service.store.refusals import UnknownError
from optimizer.service.store.retention import ORPHANED, sweep

DAY = 86_400.0


def ended(queue: Queue, tenant: Tenant, folder: Path, days_ago: float) -> str:
    """A job that ended so many days ago, with a result and a kept answer."""
    job = queue.submit(tenant, "plan", {}, {}).job.id
    claim = queue.claim("w")
    assert claim is not None
    assert claim.job.id == job
    queue.beat(claim, kept=[KeptAnswer("a", b"1")])
    path = folder / "plan.zip"
    path.write_bytes(b"zip")
    assert queue.finish(claim, [PartFile("plan.zip", "application/zip", path)], Ending("succeeded", interrupted=True))
    with queue.database.write() as connection:
        this = tables.job.c.id == job
        connection.execute(sa.update(tables.job).where(this).values(ended=tables.job.c.ended - days_ago * DAY))
    return job


@pytest.mark.parametrize("in_folder", [False, True])
def test_results_are_kept_so_many_days(database: Database, tenant: Tenant, tmp_path: Path, in_folder: bool) -> None:
    folder = tmp_path / "objects"
    queue = Queue(database, Parts(database, folder if in_folder else None))
    old, new = (ended(queue, tenant, tmp_path, days) for days in (8, 6))
    waiting = queue.submit(tenant, "plan", {}, {}).job.id
    before = queue.bytes_kept(tenant.id)
    assert sweep(queue, days=7)["jobs"] == 1
    with pytest.raises(UnknownError):
        queue.get(tenant.id, old)
    assert queue.parts.open(tenant.id, new, "plan.zip") == b"zip"
    assert queue.get(tenant.id, waiting).state == "queued"
    assert queue.bytes_kept(tenant.id) == before - len(b"{}" + b"zip" + b"1")
    assert len([path for path in folder.rglob("*") if path.is_file()]) == in_folder


def test_many_jobs_go_in_several_steps(on_sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimizer.service.store.retention.AT_ONCE", 2)
    queue, tenant = Queue(on_sqlite), Tenants(on_sqlite).make("buyer")
    for _ in range(5):
        ended(queue, tenant, tmp_path, 8)
    assert sweep(queue, days=7)["jobs"] == 5
    assert queue.page(tenant.id) == []


def test_keys_deliveries_and_compiled_cases_go_too(database: Database, tenant: Tenant) -> None:
    queue = Queue(database)
    queue.submit(tenant, "plan", {}, {}, idempotency=("k", "d"))
    Compiled(database, "1").keep(tenant.id, "sha256:0", {"a": b"1"})
    assert sum(sweep(queue).values()) == 0
    with database.write() as connection:
        connection.execute(sa.update(tables.idempotency).values(until=0.0))
        connection.execute(sa.update(tables.compiled).values(used=0.0))
    gone = sweep(queue)
    assert (gone["idempotency keys"], gone["compiled files"], gone["jobs"]) == (1, 1, 0)


def test_files_that_no_job_names_go_after_a_day(on_sqlite: Database, tmp_path: Path) -> None:
    folder = tmp_path / "objects"
    queue, tenant = Queue(on_sqlite, Parts(on_sqlite, folder)), Tenants(on_sqlite).make("buyer")
    job = ended(queue, tenant, tmp_path, 0)
    for token in ("old", "new"):
        (folder / tenant.id / job / token).mkdir()
        (folder / tenant.id / job / token / "x").write_bytes(b"left")
    for path in (folder / tenant.id / job).iterdir():
        if path.name != "new":
            os.utime(path, (0, time.time() - ORPHANED - 10))
    assert sweep(queue)["orphaned folders"] == 1
    assert sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file()) == [b"left", b"zip"]
    assert queue.parts.open(tenant.id, job, "plan.zip") == b"zip"


def test_a_compiled_case_is_the_tenants_and_the_versions(database: Database, tenant: Tenant) -> None:
    kept, other = Compiled(database, "1"), Tenants(database).make("other").id
    files = {"program.npz": b"\x00arrays", "names/rows.json": b"[]"}
    assert kept.get(tenant.id, "sha256:0") == {}
    assert kept.keep(tenant.id, "sha256:0", files)
    files["program.npz"] = b"another"
    assert kept.keep(tenant.id, "sha256:0", {"program.npz": b"another"})
    assert kept.get(tenant.id, "sha256:0") == files
    assert kept.get(other, "sha256:0") == {}
    assert Compiled(database, "2").get(tenant.id, "sha256:0") == {}
    Compiled(database, "2").keep(tenant.id, "sha256:1", files)
    assert kept.get(tenant.id, "sha256:0") == {}


def test_compiled_cases_that_were_used_last_are_kept(
    database: Database, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "MOST", 2)
    kept = Compiled(database, "1")
    for name in ("a", "b", "a", "c"):
        kept.keep(tenant.id, name, {"x": b"1"})
        kept.get(tenant.id, name)
    assert [bool(kept.get(tenant.id, name)) for name in ("a", "b", "c")] == [True, False, True]
    Tenants(database).allow(tenant.name, Caps(bytes_kept=2))
    assert not kept.keep(tenant.id, "d", {"x": b"1"})
