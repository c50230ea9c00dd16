"""The faults of a workbook, marked in a copy of it: red cells with notes, and a sheet of them with links."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path

from optimizer.faults import Fault
from optimizer.workbook.ask import ask, content_of

ENDING = "-faults"
"""What the name of a copy ends in, before a number where there are several."""
NUMBERED = re.compile(rf"{ENDING}(-[0-9]+)?$")


def marked_copy(content: bytes, shown: str, faults: Iterable[Fault]) -> bytes:
    """A copy of a workbook with its faults.

    Parameters
    ----------
    content : bytes
    shown : str
        How it is called in messages.
    faults : iterable of Fault
        As reading it found them.

    Raises
    ------
    CaseError
        If it cannot be opened.
    """
    marks = [{"sheet": fault.table, "cell": fault.cell or _row_of(fault), "text": fault.what} for fault in faults]
    _, made = ask(content, shown, "mark", marks=marks)
    return made


def _row_of(fault: Fault) -> str | None:
    """The first cell of the row of a fault that is in no column."""
    return f"A{fault.row}" if fault.row else None


def write_marked(path: Path, faults: Iterable[Fault]) -> Path:
    """Write a copy of a workbook with its faults beside it; the workbook itself stays as it is.

    Parameters
    ----------
    path : Path
    faults : iterable of Fault

    Returns
    -------
    Path
        The copy; none that is there already is written over.

    Raises
    ------
    CaseError
        If the workbook cannot be opened.
    OSError
        If the copy cannot be written.
    """
    made = marked_copy(content_of(path), path.name, faults)
    stem = NUMBERED.sub("", path.stem)
    names = (f"{stem}{ENDING}{'' if number == 1 else f'-{number}'}.xlsx" for number in count(1))
    while True:  # one that was made before may be what somebody corrects
        copy = path.with_name(next(names))
        with suppress(FileExistsError), copy.open("xb") as file:
            file.write(made)
            return copy
