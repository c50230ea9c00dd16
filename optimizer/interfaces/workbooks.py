"""`lodestar workbook`, and where workbooks are written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.interfaces.common import CaseName, PackNames, load
from optimizer.interfaces.sheets import needs_the_extra

if TYPE_CHECKING:
    from optimizer.questions.summary import Summary


def free(path: Path) -> Path:
    """A file that may be written: a workbook that is not there yet.

    Parameters
    ----------
    path : Path
    """
    if path.suffix.lower() != ".xlsx":
        raise InputError([Fault(str(path), "expected a file that ends in .xlsx", code="wrong-spelling")])
    if path.exists():
        what = "expected a file that is not there yet, found one"
        raise InputError([Fault(str(path), what, code="cannot-be-written")])
    return path


def put(path: Path, content: bytes) -> None:
    """Write a workbook in one piece.

    Parameters
    ----------
    path : Path
    content : bytes
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        raise InputError([Fault(str(path), f"cannot be written: {error.strerror}", code="cannot-be-written")]) from None


def for_answer(path: Path) -> None:
    """Refuse a file to which no answer can be written, before anything is solved.

    Parameters
    ----------
    path : Path
    """
    needs_the_extra()
    free(path)


def put_answer(path: Path, summary: Summary) -> None:
    """Write what is said of plans as a workbook.

    Parameters
    ----------
    path : Path
    summary : Summary
    """
    from optimizer.workbook.answer import answer_of

    put(path, answer_of(summary))


def workbook(
    case: CaseName,
    out: Annotated[Path, typer.Argument(help="The workbook to write, such as my-case.xlsx.", show_default=False)],
    whole: Annotated[
        bool, typer.Option("--whole", help="Repeat the rows of shared tables too, to change them in the workbook.")
    ] = False,
    pack: PackNames = None,
) -> None:
    """Write a case as a workbook, a sheet per table; lodestar check and plan take it in place of a folder."""
    needs_the_extra()
    from optimizer.case.tables import TABLES
    from optimizer.workbook.write import workbook_of

    free(out)
    loaded = load(case, pack)
    put(out, workbook_of(loaded, whole=whole))
    print(f"{out}: a sheet for each of {len(TABLES)} tables. Next: lodestar plan {out}")


def register(app: typer.Typer) -> None:
    """Add the command to the others."""
    app.command()(workbook)
