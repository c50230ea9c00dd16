"""A worker of studies that dies at row 7, whenever it is asked for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

from optimizer.engine.worker import serve
from optimizer.studies.rows import Found, RowPlanner
from optimizer.studies.worker import StudyWorker

DEADLY = 7
_plain = RowPlanner.row


def row(self: RowPlanner, number: int) -> Iterator[Found]:
    """Die, or plan the row."""
    if number == DEADLY:
        os._exit(9)
    return _plain(self, number)


if __name__ == "__main__":
    RowPlanner.row = row  # type: ignore[method-assign]
    serve(StudyWorker, "optimizer.studies.work")
