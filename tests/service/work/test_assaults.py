"""Workers killed, stopped and cut off: no job is lost, and none ends twice. The whole is `python -m benchmarks.assaults`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.assaults import LEASE, Attack, File, Postgres, Server

WHOLE = (300, 3, 60)
SOME = (6, 2, 3)
"""Jobs, workers, and assaults: one of each kind."""


@pytest.fixture(params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    if request.param == "sqlite":
        return File(tmp_path)
    return Postgres(request.getfixturevalue("own_postgres"), "assaults")


@pytest.mark.parametrize(
    "size", [pytest.param(SOME, marks=pytest.mark.slow), pytest.param(WHOLE, marks=pytest.mark.exhaustive)]
)
def test_no_job_is_lost_and_none_is_double(server: Any, size: tuple[int, int, int]) -> None:
    seen = Attack(server, *size, pause=0.3, seed=7, lease=2.0 if size == SOME else LEASE).run()
    assert (seen.lost, seen.double) == (0, 0)
    assert seen.attempts > seen.jobs, "somebody was hit"
    assert seen.made["kill"]
    assert seen.made["stop"]
    assert seen.made["close"]
