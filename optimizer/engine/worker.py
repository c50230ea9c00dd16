"""A worker process: it reads tasks from its standard input and writes answers to its standard output.

It is started as a program of its own, so it never imports the caller's script: a two-line script or a notebook can
plan in parallel without a guard around its main part.
"""

from __future__ import annotations

import os
import pickle
import struct
import sys
from typing import IO, Any

from optimizer.engine.refine import solve_task
from optimizer.engine.session import Session


def send(stream: IO[bytes], message: Any) -> None:
    """Write one message, its length first."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(struct.pack("<Q", len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one message.

    Raises
    ------
    EOFError
        If the other side is gone.
    """
    head = stream.read(8)
    if len(head) < 8:
        raise EOFError
    data = stream.read(struct.unpack("<Q", head)[0])
    return pickle.loads(data)  # noqa: S301 - both ends are this package, on a private pipe


def main() -> None:
    """Set up once, then solve until there is nothing more to read."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else prints must not disturb the answers
    tasks = sys.stdin.buffer
    program, start, time_limit = receive(tasks)
    session = Session(start.arrays, time_limit)
    while True:
        try:
            task = receive(tasks)
        except EOFError:
            return
        send(answers, solve_task(session, program, task, start))


if __name__ == "__main__":
    main()
