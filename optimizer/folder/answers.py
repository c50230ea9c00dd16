"""The file of the answers themselves: what the solver found, so that anybody can prove it again."""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tokenize import TokenError
from typing import IO

import numpy as np

from optimizer.case.text import brief
from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.program.answer import Answer
from optimizer.program.program import Floats

ARRAYS = ("x", "y", "tangents", "shares")
"""Arrays of the answers: columns, row prices, parameters of tangents, and parts of the content shares of clean lots."""


def write_answers(answers: Iterable[Answer], path: Path, reference: Answer | None = None) -> None:
    """Write answers, one line each in every array.

    Parameters
    ----------
    answers : iterable of Answer
        With as many columns, rows and tangents each. Behind them are written the plans without tightening.
    path : Path
        Ending in `.npz`.
    reference : Answer, optional
        What licences are a share of, written last.
    """
    given = list(answers)
    every = [*given, *_loose(given), *([] if reference is None else [reference])]
    count = max(len(answer.shares) for answer in every)
    listed = [replace(some, shares=_whole(some.shares, count)) for some in every]
    parts = {name: np.array([getattr(answer, name) for answer in listed]) for name in ARRAYS}
    np.savez_compressed(path, allow_pickle=False, **parts)


def _loose(answers: Iterable[Answer]) -> list[Answer]:
    """The plans without tightening, of those answers that have one."""
    return [answer.loose for answer in answers if answer.loose is not None]


def _whole(shares: Floats, count: int) -> Floats:
    """Parts of so many content shares, all of them where nothing was tightened."""
    return shares if len(shares) else np.ones(count)


def read_answers(path: Path, shown: str) -> dict[str, Floats]:
    """The arrays of the answers, one line each in the order of the certificates.

    Parameters
    ----------
    path : Path
    shown : str
        How the file is called in messages.

    Returns
    -------
    dict of str to array
        Shapes (answers, columns), (answers, rows), (answers, parameters of tangents) and (answers, shares).

    Raises
    ------
    InputError
        If they cannot be read.
    """
    with _opened(path, shown) as archive:
        return {name: _array(archive, name) for name in ARRAYS}


@contextmanager
def _opened(path: Path, shown: str) -> Iterator[zipfile.ZipFile]:
    """An archive of arrays; whatever is wrong with it is said in a line."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield archive
    except KeyError as error:
        raise InputError(
            [Fault(shown, f"expected arrays {', '.join(ARRAYS)}: {error.args[0]}", code="damaged")]
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
    try:
        shape, _, dtype = read[version](file)
    except (SyntaxError, TokenError) as error:  # numpy reads the header as a piece of Python
        raise ValueError(f"expected a header of numpy's, found {brief(str(error))}") from None
    return shape, dtype


def shapes(path: Path, shown: str, count: int) -> dict[str, tuple[int, ...]]:
    """What the arrays claim to hold, checked against how long they are before any room is made for them.

    Parameters
    ----------
    path : Path
    shown : str
        How the file is called in messages.
    count : int
        Answers that there should be.

    Returns
    -------
    dict of str to tuple
        Shape of each array.

    Raises
    ------
    InputError
        If they cannot be read, or claim something else.
    """
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
