"""Asks the process that opens workbooks, and makes a fault of whatever becomes of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.case.text import OPENED
from optimizer.errors import CaseError
from optimizer.faults import Fault, Place, Source
from optimizer.workbook.package import MAX_BYTES


@dataclass(frozen=True)
class Limits:
    """What the process that opens workbooks may take.

    Parameters
    ----------
    memory : int
        Bytes.
    seconds : int
        Of the processor.
    wait : float
        Seconds after which it is ended, whatever it does.
    """

    memory: int = 1_500_000_000
    seconds: int = 30
    wait: float = 60.0


LIMITS = Limits()
TOO_LONG = "cannot be read within the time and memory that a workbook may take"


def content_of(path: Path) -> bytes:
    """The bytes of a file, one more than is allowed at most.

    Parameters
    ----------
    path : Path

    Raises
    ------
    CaseError
        If it cannot be read.
    """
    try:
        with open(os.open(path, OPENED), "rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise refusal(path.name, "cannot-be-read", f"cannot be read: {error.strerror}") from None


def refusal(shown: str, code: Any, what: str) -> CaseError:
    """The error of a workbook that is not read at all.

    Parameters
    ----------
    shown : str
        How it is called in messages.
    code, what : str
    """
    return CaseError([Fault(Place(shown, Source(shown)), what, code=code)])


def ask(content: bytes, shown: str, do: str, limits: Limits = LIMITS, **more: Any) -> tuple[dict[str, Any], bytes]:
    """Have a workbook read or marked in a process of its own.

    Parameters
    ----------
    content : bytes
    shown : str
        How it is called in messages.
    do : str
        `read` or `mark`.
    limits : Limits, optional
    **more
        What else is asked.

    Returns
    -------
    tuple
        What it answers, and the workbook it made.

    Raises
    ------
    CaseError
        If the workbook is refused, or the process did not bear it.
    """
    if len(content) > MAX_BYTES:
        raise refusal(shown, "too-large", f"expected at most {MAX_BYTES:,} bytes, found more")
    may = {"memory": limits.memory, "seconds": limits.seconds}
    given = json.dumps({"do": do, **may, **more}).encode() + b"\n" + content
    command = [sys.executable, "-m", "optimizer.workbook.child"]
    package = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH", ""))))
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": paths}
    try:
        done = subprocess.run(  # noqa: S603
            command, input=given, capture_output=True, timeout=limits.wait, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        raise refusal(shown, "too-large", TOO_LONG) from None
    line, _, made = done.stdout.partition(b"\n")
    if done.returncode or not line:
        if b"No module named 'openpyxl'" in done.stderr:
            raise refusal(shown, "cannot-be-read", "needs the extra: pip install 'lodestar-optimizer[workbook]'")
        raise refusal(shown, "too-large", TOO_LONG)
    answer: dict[str, Any] = json.loads(line)
    if "code" in answer:
        raise refusal(shown, answer["code"], answer["what"])
    return answer, made
