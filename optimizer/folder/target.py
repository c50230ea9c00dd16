"""The folder that plans are written to: whether it may be written, who else writes to it, what was left over in it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from optimizer.case.text import brief
from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.folder.manifest import (
    CASE,
    FORMAT,
    KNOWN,
    REPORT,
    WRITTEN,
    is_file,
    plan_of_page,
    read_manifest,
)
from optimizer.folder.swap import APART, HIDDEN, VOLUME, Beside, Inside, entries, sync

FIXED = {errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS}
"""Faults of renaming a folder that cannot be renamed, as a mount point cannot."""
BUSY = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}
"""Faults of taking a lock that somebody else holds."""
DIGEST = re.compile("[0-9a-f]{64}")


class Target:
    """A folder held to write plans to; see `target`.

    Parameters
    ----------
    shown : Path
        As the user calls it.
    folder : Path
        Where it is, links followed.
    beside : Beside or None
        How it is exchanged; None where it cannot be renamed.
    """

    def __init__(self, shown: Path, folder: Path, beside: Beside | None) -> None:
        self.shown = shown
        self.folder = folder
        self.beside = beside
        self.inside = Inside(folder)
        self.has_report = False
        """Whether the plan that is there has its report with it."""

    def recover(self) -> None:
        """Sweep what a run that was stopped has left, and put back what it took away."""
        with said_of(self.shown):
            if self.beside is not None:
                self.beside.recover()
            self.inside.recover()

    def replace(self, build: Callable[[Path], None]) -> None:
        """Put a new plan in the place of what is there.

        Parameters
        ----------
        build : callable
            Writes the whole plan into a folder that it is given and makes it last, the manifest after all others.

        Raises
        ------
        InputError
            If it cannot be written, or something else has come into the folder; the old plan is in place then.
        """
        try:
            with said_of(self.shown):
                self._check()
                if self.beside is None or not self._renamed(self.beside, build):
                    _made(self.inside.new, build)
                    self._check()
                    self.inside.forward()
        except BaseException:
            with suppress(InputError):  # the fault that is said is the first; the next run mends the rest
                self.recover()
            raise

    def _renamed(self, way: Beside, build: Callable[[Path], None]) -> bool:
        """Whether the folder could be exchanged by name; if not, all is as it was."""
        _made(way.new, build)
        self._check()
        try:
            way.forward()
        except OSError as error:
            if error.errno not in FIXED or not self.folder.is_dir() or not way.new.is_dir():
                raise
            way.recover()
            return False
        return True

    def _check(self) -> None:
        """Refuse a folder that holds anything we did not write."""
        if self.folder.is_dir() and (found := in_the_way(self.folder)):
            raise InputError([Fault(str(self.shown), found, code="cannot-be-written")])


def _made(folder: Path, build: Callable[[Path], None]) -> None:
    """Build a plan in a new folder."""
    folder.mkdir()
    build(folder)
    sync(folder.parent)


@contextmanager
def said_of(shown: Path) -> Iterator[None]:
    """Faults of the file system as faults of the input."""
    try:
        yield
    except OSError as error:
        raise InputError(
            [Fault(str(shown), f"cannot be written: {error.strerror or error}", code="cannot-be-written")]
        ) from None


@contextmanager
def target(folder: Path) -> Iterator[Target]:
    """Hold a folder to write plans to: nobody else writes to it until this ends, however it ends.

    Before anything is given, what a run that was stopped has left is swept, and a folder that cannot be written or
    holds anything else is refused.

    Parameters
    ----------
    folder : Path
        A link is followed.

    Yields
    ------
    Target

    Raises
    ------
    InputError
        If it cannot be had, or must not be replaced.
    """
    place = _place(folder)
    with held(folder, place) as movable:
        beside = Beside(place, *(neighbour(place, name) for name in ("new", "old"))) if movable else None
        found = Target(folder, place, beside)
        found.recover()
        found._check()
        with said_of(folder):
            found.has_report = (place / REPORT).exists()
            if place.is_dir() and not os.access(place, os.W_OK | os.X_OK):
                raise OSError(errno.EROFS, "it is read-only")
        yield found


def _place(folder: Path) -> Path:
    """Where a folder to write to is, links followed.

    Raises
    ------
    InputError
        If there is something else, or a folder that a process works in.
    """
    shown = str(folder)
    with said_of(folder):
        try:
            place = folder.resolve()
            os.lstat(place)
            there = True
        except FileNotFoundError:
            there = False
        except (RuntimeError, ValueError) as error:  # a circle of links; a character that no name can have
            raise InputError([Fault(shown, f"cannot be written: {error}", code="cannot-be-written")]) from None
        if os.path.islink(folder) and not there:
            raise InputError(
                [
                    Fault(
                        shown,
                        "expected a folder to write to, found a link that leads nowhere",
                        code="cannot-be-written",
                    )
                ]
            )
        if there and not place.is_dir():
            kind = "a file" if is_file(place) else "something else"
            raise InputError([Fault(shown, f"expected a folder to write to, found {kind}", code="cannot-be-written")])
        here = Path.cwd()
        if place == here or place in here.parents:
            what = "expected a folder of its own, found the one this runs in; name a new one in it"
            raise InputError([Fault(shown, what, code="cannot-be-written")])
    return place


def neighbour(place: Path, what: str) -> Path:
    """A hidden neighbour of a folder, which no other folder has and whose name is never too long.

    Parameters
    ----------
    place : Path
        The folder.
    what : str
        How its name ends.
    """
    digest = hashlib.sha256(os.fsencode(place.name)).hexdigest()[:16]
    return place.parent / f"{HIDDEN}{digest}-{what}"


@contextmanager
def held(shown: Path, place: Path) -> Iterator[bool]:
    """Lock a folder until this ends; the lock dies with the process.

    It is taken of a hidden neighbour, which is there before the folder is and stays while it is exchanged, and of the
    folder itself, which may be mounted in places with other neighbours.

    Parameters
    ----------
    shown : Path
        As the user calls it.
    place : Path
        Where it is, links followed.

    Yields
    ------
    bool
        Whether the folder can be renamed.

    Raises
    ------
    InputError
        If another run holds it, or it cannot be locked.
    """
    with ExitStack() as stack:
        with said_of(shown):
            for parent in (*reversed(place.parent.parents), place.parent):
                if not parent.is_dir():
                    parent.mkdir()
                    stack.callback(_remove_empty, parent)
            movable = True
            try:
                stack.enter_context(_locked(shown, neighbour(place, "lock")))
            except OSError as error:
                if error.errno not in FIXED or not place.is_dir():
                    raise
                movable = False
            if place.is_dir() and sys.platform != "win32":
                try:
                    stack.enter_context(_locked(shown, place))
                except OSError:  # a file system that cannot lock a folder
                    if not movable:
                        raise
        yield movable and not os.path.ismount(place)


def _remove_empty(folder: Path) -> None:
    """Remove a folder that nothing was written to after all."""
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def _locked(shown: Path, path: Path) -> Iterator[None]:
    """Lock a folder, or a file that is there for nothing else and goes with the lock."""
    while True:
        flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        handle = os.open(path, flags, 0o666)
        try:
            _lock(handle)
            if _same(handle, path):
                break
            os.close(handle)  # its holder removed it between the two
        except BaseException as error:
            os.close(handle)
            if isinstance(error, OSError) and error.errno in BUSY:
                what = "another run is writing to it; wait for its end, or name another folder"
                raise InputError([Fault(str(shown), what, code="cannot-be-written")]) from None
            raise
    try:
        yield
    finally:
        with suppress(OSError):
            if sys.platform != "win32" and is_file(path):
                os.unlink(path)
        os.close(handle)
        if sys.platform == "win32":
            with suppress(OSError):
                os.unlink(path)


def _same(handle: int, path: Path) -> bool:
    """Whether an open file is the one that has this name."""
    try:
        return os.path.samestat(os.fstat(handle), os.lstat(path))
    except FileNotFoundError:
        return False


def _lock(handle: int) -> None:
    """Take the lock of an open file at once, or raise an `OSError`."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def in_the_way(folder: Path) -> str | None:
    """What in a folder keeps it from being replaced: anything that its manifest does not list.

    Parameters
    ----------
    folder : Path
        An existing folder.

    Returns
    -------
    str or None
        What is in the way; None for an empty folder and for one that is ours.
    """
    found = [name for name in entries(folder) if name.removesuffix("/") not in APART]
    if os.path.ismount(folder):
        found = [name for name in found if name != f"{VOLUME}/"]
    if not found:
        return None
    if WRITTEN not in found:
        return f"expected a new or empty folder, or one written before, found other files: {brief(found[0])}"
    plan: str | None
    try:
        manifest = read_manifest(folder)
        listed, plan = frozenset(manifest.files), manifest.plan_sha256
    except InputError as error:
        content = _ours(folder / WRITTEN)
        if content is None or not content["format"] < FORMAT:
            why = f": {error.faults[0].what}" if content is not None else ""
            return f"expected a new or empty folder, or one written before, found a {WRITTEN} that is none of ours{why}"
        # The oldest list no files; what an older one lists counts only by names that are known.
        listed, plan = KNOWN.intersection(content.get("files", KNOWN)), content.get("plan_sha256")
    for name in found:
        path = folder / name
        if name == f"{CASE}/" or (is_file(path) and name in {WRITTEN, *listed}):
            continue
        if name == REPORT and plan is not None and plan_of_page(path) == plan:
            continue
        return f"expected only what was written before, found another file: {brief(name)}"
    return None


def _ours(path: Path) -> dict[str, Any] | None:
    """A manifest, of any format, that has what ours have had from the first on; None of any other."""
    try:
        content: Any = json.loads(path.read_bytes()) if is_file(path) else None
    except (OSError, ValueError, RecursionError):
        return None
    ours = (
        isinstance(content, dict)
        and isinstance(content.get("case"), str)
        and DIGEST.fullmatch(str(content.get("case_sha256"))) is not None
        and all(isinstance(content.get(name), list) for name in ("scenarios", "certificates"))
        and isinstance(content.get("versions"), dict)
        and isinstance(content.get("files", {}), dict)
        and type(content.get("format")) is int
    )
    return content if ours else None
