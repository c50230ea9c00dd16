"""Calls a service by the names of the Python interface (the extra `client`).

Four lines plan a case somewhere else::

    from optimizer.client import Client
    job = Client("http://127.0.0.1:8000", key).plan("ev-motors", ["full-embargo"])
    job.wait(progress=print)
    job.tables["purchases"]

It takes what the Python interface takes, gives what it gives, and raises the same errors with the same faults. It
imports errors and faults, and nothing else of the package, unless it is given the folder of a case or the file of a
scenario: these are read here, by the same door.
"""

from __future__ import annotations

try:
    import httpx  # noqa: F401
except ImportError:
    said = "the client needs the extra `client`; install with pip install 'lodestar-optimizer[client]'"
    raise ImportError(said) from None

from optimizer.client.client import Client
from optimizer.client.job import Job, Progress
from optimizer.client.problems import ServiceError, UnreachableError

__all__ = ["Client", "Job", "Progress", "ServiceError", "UnreachableError"]
