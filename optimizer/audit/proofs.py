"""Read a written folder to prove it: every fault of a file is said in one line, as a fault of the input."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd

from optimizer.case.case import Case
from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.folder.compare import read_table
from optimizer.folder.manifest import (
    ANSWERS,
    CASE_FILE,
    LEDGER,
    NEEDED,
    SUMMARY,
    Key,
    Manifest,
    is_file,
    read_manifest,
)
from optimizer.plans.tables import TABLES
from optimizer.program.answer import Answer
from optimizer.program.program import Floats
from optimizer.world.load import load_case

ARRAYS = ("x", "y", "tangents")
"""Arrays of the answers: columns, row prices, and parameters of tangents."""


@dataclass(frozen=True)
class Proofs:
    """A written folder as it is to be proved.

    Parameters
    ----------
    folder : Path
    case : Case
        From its folder `case`.
    manifest : Manifest
    shapes : dict of str to tuple
        Shapes of the arrays of the answers, as their file claims.
    tables : dict of str to DataFrame
        The summary, the long tables, and the ledger where it is listed; cells as they are written.
    """

    folder: Path
    case: Case
    manifest: Manifest
    shapes: dict[str, tuple[int, ...]]
    tables: dict[str, pd.DataFrame]

    @property
    def keys(self) -> list[Key]:
        """Scenario and answer of each certificate."""
        return self.manifest.keys

    @property
    def failed(self) -> dict[Key, Answer]:
        """Answers that are not certified."""
        listed = self.manifest.not_certified
        return {(one.scenario, one.answer): Answer(one.status, method=one.method) for one in listed}  # type: ignore[arg-type]

    def shown(self, name: str) -> str:
        """How a file of the folder is called in messages."""
        return f"{self.folder.name}/{name}"

    def answers(self) -> dict[str, Floats]:
        """The arrays of the answers, one line each in the order of the certificates.

        Raises
        ------
        InputError
            If they cannot be read.
        """
        with _opened(self.folder / ANSWERS, self.shown(ANSWERS)) as archive:
            return {name: _array(archive, name) for name in ARRAYS}


def read_proofs(folder: Path) -> Proofs:
    """Read a folder written by `lodestar plan --out`, all but the answers themselves.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Proofs

    Raises
    ------
    InputError
        If a file is missing, or cannot be read as what it should be.
    """
    # A folder may be called `.`, and is then called by its name.
    named = folder.resolve().name
    manifest = read_manifest(folder, named)
    folder = folder.resolve()
    if ("base", "base") not in manifest.keys:
        raise InputError(
            [Fault(f"{named}/manifest.json", "certificates: expected one of the base plan, found none", code="damaged")]
        )
    listed = (*NEEDED, *([LEDGER] if LEDGER in manifest.files else []))
    for name in listed:
        if (path := folder / name).exists() and not is_file(path):
            raise InputError([Fault(f"{named}/{name}", "expected a file, found something else", code="not-a-file")])
    tables = [name.removesuffix(".csv") for name in (SUMMARY, *(f"{name}.csv" for name in TABLES))]
    found = {name: read_table(folder / f"{name}.csv", f"{named}/{name}.csv") for name in tables}
    if LEDGER in manifest.files:
        found["ledger"] = read_table(folder / LEDGER, f"{named}/{LEDGER}", keys=())
    return Proofs(
        folder=folder,
        case=load_case(folder / CASE_FILE),
        manifest=manifest,
        shapes=_shapes(folder / ANSWERS, f"{named}/{ANSWERS}", len(manifest.certificates)),
        tables=found,
    )


@contextmanager
def _opened(path: Path, shown: str) -> Iterator[zipfile.ZipFile]:
    """An archive of arrays; whatever is wrong with it is said in a line."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield archive
    except KeyError as error:
        raise InputError(
            [Fault(shown, f"expected arrays x, y and tangents: {error.args[0]}", code="damaged")]
        ) from None
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        text = str(error).partition("\n")[0]
        raise InputError(
            [Fault(shown, f"cannot be read as answers: {text or type(error).__name__}", code="damaged")]
        ) from None


def _header(file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    """Shape and kind of number that an array of numpy's claims."""
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    version = np.lib.format.read_magic(file)
    if version not in read:
        raise ValueError(f"expected a file of numpy's format 1 or 2, found {version[0]}.{version[1]}")
    shape, _, dtype = read[version](file)
    return shape, dtype


def _shapes(path: Path, shown: str, count: int) -> dict[str, tuple[int, ...]]:
    """What the arrays claim to hold, checked against how long they are before any room is made for them."""
    found: dict[str, tuple[int, ...]] = {}
    with _opened(path, shown) as archive:
        for name in ARRAYS:
            member = archive.getinfo(f"{name}.npy")
            with archive.open(member) as file:
                shape, dtype = _header(file)
                start = file.tell()
            if dtype.hasobject:
                raise ValueError("Object arrays cannot be loaded")
            if len(shape) != 2 or dtype != np.float64 or shape[0] != count or min(shape) < 0:
                what = f"{name}: expected {count} lines of numbers, found shape {shape} of {dtype}"
                raise InputError([Fault(shown, what, code="damaged")])
            if start + (size := math.prod(shape) * dtype.itemsize) != member.file_size:
                what = f"{name}: expected {size:,} bytes as its shape {shape} says, found {member.file_size - start:,}"
                raise InputError([Fault(shown, what, code="damaged")])
            found[name] = shape
    return found


def _array(archive: zipfile.ZipFile, name: str) -> Floats:
    """One array of an archive as numpy writes them; nothing in it is run."""
    with archive.open(f"{name}.npy") as file:
        found: Floats = np.lib.format.read_array(file, allow_pickle=False)
        return found
