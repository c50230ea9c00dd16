"""A case to begin with, in a folder of one's own: a kit of tables that are worked out, or a copy of another case."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from optimizer.case.case import Case, bundled
from optimizer.case.folder import SETTINGS
from optimizer.case.labels import key_of
from optimizer.case.write import write_case
from optimizer.errors import CaseError
from optimizer.faults import Fault, WrongError
from optimizer.world.load import find_case

TIER1 = "tier1"
"""The kit of a buyer who buys finished goods."""
NAME = re.compile(r"^name: [^#\n]*?(?=\s*(?:#|$))", re.MULTILINE)


def kit(name: str) -> Path:
    """The folder of a bundled kit."""
    return bundled("kits") / name


def copy_case(case: str | Path, folder: Path) -> None:
    """Copy the files of a case to a new folder, and call it after that.

    Parameters
    ----------
    case : str or Path
        The name of a bundled case, or the folder of one.
    folder : Path
        Not there yet.

    Raises
    ------
    CaseError
        If there is no such case, or the folder cannot be made.
    """
    from_folder = find_case(case)
    files = [path for path in sorted(from_folder.iterdir()) if path.suffix in (".csv", ".yaml", ".md")]

    def write(made: Path, name: str) -> None:
        made.mkdir()
        for path in files:
            shutil.copyfile(path, made / path.name)
        settings = made / SETTINGS
        text, readme = settings.read_text(encoding="utf-8"), made / "README.md"
        settings.write_text(NAME.sub(f"name: {name}", text, count=1), encoding="utf-8")
        if readme.exists():
            readme.write_text(readme.read_text(encoding="utf-8").replace("my-case", folder.name), encoding="utf-8")

    _made(folder, write)


def write_copy(case: Case, folder: Path) -> None:
    """Write a case to a new folder, with all that it takes from elsewhere, and call it after that.

    Parameters
    ----------
    case : Case
    folder : Path
        Not there yet.

    Raises
    ------
    CaseError
        If the folder cannot be made.
    """

    def write(made: Path, name: str) -> None:
        write_case(Case(case.file.model_copy(update={"name": name}), case.tables, {}), made)

    _made(folder, write)


def _made(folder: Path, write: Callable[[Path, str], None]) -> None:
    """Make a folder in one piece: it is there in full, or not at all."""
    if os.path.lexists(folder):
        raise CaseError(
            [Fault(str(folder), "expected a folder that is not there yet, found one", code="cannot-be-written")]
        )
    try:
        name = key_of(folder.name)[:60].rstrip("-")
    except WrongError:
        raise CaseError([Fault(str(folder), "expected a name with Latin letters", code="wrong-spelling")]) from None
    try:
        with tempfile.TemporaryDirectory(dir=folder.absolute().parent, prefix=".new-") as beside:
            made = Path(beside) / folder.name
            write(made, name)
            os.rename(made, folder)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise CaseError([Fault(str(folder), what, code="cannot-be-written")]) from None
