"""Blocks on a Dask cluster of this machine: the same files, also where a worker of it is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from optimizer.studies.cluster import run_on
from optimizer.studies.layout import done
from optimizer.studies.record import read_record
from optimizer.studies.work import Study
from tests.helpers.studies import SAMPLE, blocks, copied, laid, written

distributed = pytest.importorskip("distributed")


@pytest.mark.slow
def test_files_are_the_same_on_a_cluster_whose_worker_is_killed(tmp_path: Path) -> None:
    whole = laid(written(tmp_path / "some.yaml", answers=["react"], **SAMPLE), tmp_path / "whole")
    folder = copied(whole, tmp_path / "out")
    study = Study(whole)
    for number in range(study.record.blocks):
        study.run(number)
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path / "dask")
    )
    with cluster:
        pids = [worker.process.pid for worker in cluster.workers.values()]

        def kill() -> None:
            """Once the first block is there."""
            while not done(folder, read_record(folder).blocks):
                time.sleep(0.05)
            os.kill(pids[0], signal.SIGKILL)

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        found = run_on(cluster.scheduler_address, folder)
        killer.join(10)
    assert not killer.is_alive()
    assert (found.rows_done, found.uncertified) == (12, 0)
    assert blocks(folder) == blocks(whole)
