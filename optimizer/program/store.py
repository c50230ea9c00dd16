"""A programme and its answers as files: arrays and JSON, nothing in them is run when they are read."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from optimizer.program.answer import Answer, Basis
from optimizer.program.certificate import Certificate
from optimizer.program.program import Affine, Key, Program, Squares

AFFINE = ("row_lower", "row_upper", "values")
PARTS = ("constant", "at", "parameter", "coefficient")
PLAIN = ("column_lower", "column_upper", "starts", "rows")
NAMES = ("column_names", "row_names", "parameter_names")
SQUARE = ("members", "squares", "slopes", "drops")
SAID = "said"
"""The array that holds what is no array, as JSON."""
SEAL = "seal"
"""The array that holds the SHA-256 of all others."""
UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error, MemoryError)
"""What reading a file may end with that is not as it was written."""
ANSWER = ("x", "y", "tangents", "shares")
"""Arrays of an answer."""
TOLD = ("method", "seconds", "iterations")
"""What of an answer is no array."""


def _arrays(program: Program) -> dict[str, Any]:
    """Every array of a programme, by name."""
    found: dict[str, Any] = {name: getattr(program, name) for name in PLAIN}
    affine = {**{name: getattr(program, name) for name in AFFINE}, **{f"cost.{k}": v for k, v in program.costs.items()}}
    found |= {f"{name}.{part}": getattr(some, part) for name, some in affine.items() for part in PARTS}
    for number, square in enumerate(program.squares):
        found |= {f"square.{number}.{part}": getattr(square, part) for part in SQUARE}
    return found


def _said(program: Program) -> dict[str, Any]:
    """What of a programme is no array; names of one kind together."""
    named = {name: _grouped(getattr(program, name)) for name in NAMES}
    volumes = [square.volume for square in program.squares]
    return {**named, "costs": list(program.costs), "volumes": volumes, "shares": list(program.shares)}


def _grouped(names: tuple[tuple[str, Key], ...]) -> list[list[Any]]:
    """Names and keys, each run of equal names as one."""
    found: list[list[Any]] = []
    for name, key in names:
        if not found or found[-1][0] != name:
            found.append([name, []])
        found[-1][1].append(key)
    return found


def _names(groups: list[list[Any]]) -> tuple[tuple[str, Key], ...]:
    """The same read back."""
    return tuple((name, tuple(key)) for name, keys in groups for key in keys)


def digest(program: Program) -> str:
    """SHA-256 of everything a programme says.

    Parameters
    ----------
    program : Program
    """
    return _hashed(_arrays(program), json.dumps(_said(program)).encode()).hexdigest()


def _hashed(arrays: dict[str, Any], beginning: bytes = b"") -> hashlib._Hash:
    """SHA-256 of all arrays, whatever their order."""
    found = hashlib.sha256(beginning)
    for name, array in sorted(arrays.items()):
        found.update(f"{name} {array.dtype.str} {array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found


def write_program(program: Program, path: Path, of: str) -> None:
    """Write a programme.

    Parameters
    ----------
    program : Program
    path : Path
        Ending in `.npz`; takes its name once it is whole.
    of : str
        What it was compiled from; only who asks for the same is given it.
    """
    arrays = {**_arrays(program), SAID: _text({"of": of, **_said(program)})}
    _write(path, {**arrays, SEAL: np.frombuffer(_hashed(arrays).digest(), np.uint8)})


def read_program(path: Path, of: str) -> Program | None:
    """Read a programme back.

    Parameters
    ----------
    path : Path
    of : str
        What it must have been compiled from.

    Returns
    -------
    Program or None
        None where there is none, or none of this, or it is not as it was written.
    """
    try:
        found = _read(path)
        if found.pop(SEAL).tobytes() != _hashed(found).digest():
            return None
        said = json.loads(found.pop(SAID).tobytes())
        if said["of"] != of:
            return None
        affine: Any = {name: Affine(*(found[f"{name}.{part}"] for part in PARTS)) for name in AFFINE}
        costs = {name: Affine(*(found[f"cost.{name}.{part}"] for part in PARTS)) for name in said["costs"]}
        squares = tuple(
            Squares(volume, *(found[f"square.{number}.{part}"] for part in SQUARE))
            for number, volume in enumerate(said["volumes"])
        )
        named: Any = {name: _names(said[name]) for name in NAMES}
        plain: Any = {name: found[name] for name in PLAIN}
        first, end = map(int, said["shares"])
        return Program(**named, **affine, **plain, costs=costs, squares=squares, shares=(first, end))
    except UNREADABLE:
        return None


def write_answer(answer: Answer, path: Path, of: str) -> None:
    """Write an answer with the basis it ends in.

    Parameters
    ----------
    answer : Answer
        A certified one.
    path : Path
        Ending in `.npz`; takes its name once it is whole.
    of : str
        What it answers; only who asks the same is given it.
    """
    arrays = _arrays_of(answer)
    if answer.loose is not None:
        arrays |= {f"loose.{name}": array for name, array in _arrays_of(answer.loose).items()}
    both = {"": answer, **({} if answer.loose is None else {"loose.": answer.loose})}
    told = {f"{which}{name}": getattr(some, name) for which, some in both.items() for name in TOLD}
    _write(path, {**arrays, SAID: _text({"of": of, **told})})


def _arrays_of(answer: Answer) -> dict[str, Any]:
    """The arrays of an answer, by name."""
    found: dict[str, Any] = {name: getattr(answer, name) for name in ANSWER}
    if answer.basis is not None:
        found |= {"basis_columns": answer.basis.columns, "basis_rows": answer.basis.rows}
    return found


def read_answer(path: Path, of: str) -> Answer | None:
    """Read an answer back; what it claims is not believed: it has no certificate until one is made anew.

    Parameters
    ----------
    path : Path
    of : str
        What it must answer.

    Returns
    -------
    Answer or None
        `uncertified`; None where there is none, or none of this, or it cannot be read.
    """
    try:
        found = _read(path)
        said = json.loads(found[SAID].tobytes())
        if said["of"] != of:
            return None
        loose = _answer(found, said, "loose.") if "loose.x" in found else None
        return replace(_answer(found, said), loose=loose)
    except UNREADABLE:
        return None


def _answer(found: dict[str, Any], said: dict[str, Any], which: str = "") -> Answer:
    """One of the answers in a file."""
    x, y, tangents, shares = (np.asarray(found[f"{which}{name}"], float) for name in ANSWER)
    method, seconds, iterations = (said[f"{which}{name}"] for name in TOLD)
    columns, rows = f"{which}basis_columns", f"{which}basis_rows"
    basis = Basis(found[columns], found[rows]) if columns in found else None
    how = str(method), float(seconds), int(iterations)
    return Answer("uncertified", x, y, None, *how, tangents, basis=basis, shares=shares)


def proved(answer: Answer, certificate: Certificate) -> Answer:
    """An answer read back, with the certificate that was made of it.

    Parameters
    ----------
    answer : Answer
    certificate : Certificate
    """
    return replace(answer, status="optimal" if certificate.holds else "uncertified", certificate=certificate)


def _text(said: dict[str, Any]) -> Any:
    """What is no array as one."""
    return np.frombuffer(json.dumps(said).encode(), np.uint8)


def _write(path: Path, arrays: dict[str, Any]) -> None:
    """Write arrays beside the file, then rename: a half-written one is never seen."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    part.replace(path)


def _read(path: Path) -> dict[str, Any]:
    """All arrays of a file, read at once."""
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
