"""A case from a workbook, and its faults in a copy beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.errors import CaseError
from optimizer.interfaces.extras import needs

if TYPE_CHECKING:
    from optimizer.case.case import Case

PACKAGES = ("openpyxl", "xlsxwriter")
"""What the extra brings."""


def needs_the_extra() -> None:
    """Refuse what needs workbooks where the extra is not installed."""
    needs("workbook", "workbook", PACKAGES)


def load_sheets(path: Path, packs: Iterable[str]) -> Case:
    """Load the case of a workbook; its faults are marked in a copy beside it, too.

    Parameters
    ----------
    path : Path
    packs : iterable of str
        Policy packs to switch on, by name.
    """
    needs_the_extra()
    from optimizer.workbook.marked import write_marked
    from optimizer.workbook.read import load_workbook_case

    try:
        return load_workbook_case(path, packs)
    except CaseError as error:
        if any(fault.table for fault in error.faults):
            try:
                print(f"Marked in red in a copy: {write_marked(path, error.faults)}", file=sys.stderr)
            except (CaseError, OSError) as none:
                print(f"A copy with the faults marked could not be made: {none}", file=sys.stderr)
        raise
