"""Blocks of a study on a Dask cluster: it maps them over workers and does nothing else, as the files are the truth."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from optimizer.studies.messages import BlockDone
from optimizer.studies.run import Status, advanced, to_do
from optimizer.studies.work import Study

RETRIES = 3
"""Times that a block is given to another worker where one is lost over it."""


@lru_cache(maxsize=1)
def _opened(folder: str) -> Study:
    """The study that a process works on."""
    return Study(Path(folder))


def run_block(folder: str, number: int) -> BlockDone:
    """Work out a block, in whatever process of a cluster; the folder must be one that all of them see.

    Parameters
    ----------
    folder : str
    number : int
    """
    return _opened(folder).run(number)


def run_on(scheduler: str, folder: Path, progress: Callable[[Status], None] = lambda at: None) -> Status:
    """Work out on a cluster the blocks that are not there yet.

    Parameters
    ----------
    scheduler : str
        Its address, such as ``tcp://10.0.0.1:8786``.
    folder : Path
        Laid out by `start.laid_out`, on a file system that all workers share.
    progress : callable, optional
        Told how far it has come.

    Returns
    -------
    Status
        At the end.
    """
    from distributed import Client, as_completed

    record, at, todo = to_do(folder)
    progress(at)
    shown = str(folder.absolute())
    with Client(scheduler) as client:  # type: ignore[no-untyped-call]
        futures = [client.submit(run_block, shown, number, retries=RETRIES, pure=False) for number in todo]
        for future in as_completed(futures):  # type: ignore[no-untyped-call]
            at = advanced(at, future.result(), record)
            progress(at)
    return at
