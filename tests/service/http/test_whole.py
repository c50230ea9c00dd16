"""The whole way: a job over HTTP, a real worker with a real child, and a plan that verifies."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from optimizer import __version__
from optimizer.audit.verify import verify
from optimizer.service.case_body import body_of
from optimizer.service.work.task import Allowance
from optimizer.service.work.worker import Worker
from tests.helpers.paths import CASES
from tests.helpers.served import Served, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service with a worker."""
    with serving(tmp_path_factory.mktemp("service"), checkers=0) as found:
        worker = Worker(found.stores.queue, __version__, allowance=Allowance(workers=1))
        thread = threading.Thread(target=worker.run)
        thread.start()
        yield found
        worker.stop()
        thread.join(60)


def done(caller: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    """A job that has ended."""
    found = caller.post("/v1/jobs", json=body, headers={"Prefer": "wait=20"})
    for _ in range(10):
        if (job := found.json())["state"] not in ("queued", "running"):
            return dict(job)
        found = caller.get(job["links"]["self"], headers={"Prefer": "wait=20"})
    raise AssertionError(found.text)


def test_a_plan_is_made_read_and_verified(served: Served, tmp_path: Path) -> None:
    body = {"kind": "plan", "case": body_of(CASES / "toy"), "scenarios": [], "answers": ["react"]}
    with served.caller() as caller:
        job = done(caller, body)
        assert (job["state"], job["not_certified"]) == ("succeeded", 0), job
        (row,) = caller.get(job["links"]["summary"]).json()["rows"]
        assert (row["scenario"], row["certified"]) == ("base", True)
        assert row["cost_usd"] > 0
        tables = {table["name"]: table["link"] for table in caller.get(job["links"]["tables"]).json()["tables"]}
        costs = caller.get(tables["costs"]).json()["rows"]
        assert sum(cell["cost_usd"] for cell in costs) == pytest.approx(row["cost_usd"], rel=1e-9)
        shipped = caller.get(job["links"]["awards"]).json()
        assert shipped["rows"]
        assert {column["name"]: column["unit"] for column in shipped["columns"]}["tonnes"] == "t"
        whole = zipfile.ZipFile(io.BytesIO(caller.get(job["links"]["plan"]).content))
        whole.extractall(tmp_path)
        assert caller.get(job["links"]["report"]).text.startswith("<!doctype html>")
    (folder,) = tmp_path.iterdir()
    assert verify(folder).holds


def test_what_only_the_whole_case_can_tell_fails_the_job(served: Served) -> None:
    case = body_of(CASES / "toy")
    name = case["rows"]["offers"][0]["site"]
    case["rows"]["offers"][0]["site"] = f"{name}x"
    with served.caller() as caller:
        job = done(caller, {"kind": "plan", "case": case, "scenarios": []})
        assert (job["state"], job["problem"]["status"]) == ("failed", 422)
        (fault,) = [one for one in job["problem"]["faults"] if one["table"] == "offers"]
        assert (fault["code"], fault["suggest"]) == ("unknown-name", name)
        refused = caller.get(f"{job['links']['self']}/awards")
        assert (refused.status_code, "has no results" in refused.json()["detail"]) == (409, True)
