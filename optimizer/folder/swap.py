"""Put a folder of plans in the place of another, so that a stop at any moment leaves the old or the new one whole.

Where the folder can be renamed, the new one is written beside it and both change places. A mount point cannot be
renamed: there the new files lie in a hidden folder inside, complete with their manifest, before the first old one
moves. That hidden folder is the journal. The manifest is the first file to go and the last to come, so that without it
a folder is unfinished, and what lies in the hidden folders says how to go back or forward. Nothing is remembered
between the steps: `recover` looks at what is there, after a fault in this run as after a kill in an earlier one.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.folder.manifest import CASE, KNOWN, WRITTEN, Manifest, damage, file_digest, is_file, read_manifest

HIDDEN = ".lodestar-"
"""How the names begin that only we use, beside a folder and in it."""
NEW, OLD, PART = f"{HIDDEN}new", f"{HIDDEN}old", f"{HIDDEN}part"
"""In a folder that cannot be renamed: the new plan and the old one. In any: a file half written."""
APART = frozenset({NEW, OLD, PART})
VOLUME = "lost+found"
"""What a volume of its own holds from the start."""


def entries(folder: Path) -> Iterator[str]:
    """Names of the files in a folder and in its folder of the case; any other folder ends in a slash, as it is none."""
    with os.scandir(folder) as found:
        for entry in sorted(found, key=lambda entry: entry.name):
            if not entry.is_dir(follow_symlinks=False):
                yield entry.name
            elif entry.name == CASE:
                yield f"{CASE}/"
                yield from (f"{CASE}/{name}" for name in entries(Path(entry.path)))
            else:
                yield f"{entry.name}/"


def sync(path: Path) -> None:
    """Make a file, or the names in a folder, last through a loss of power."""
    if sys.platform == "win32" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() or sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that cannot
            raise
    finally:
        os.close(handle)


def sync_all(folder: Path) -> None:
    """The same of everything in a folder, and of the folder."""
    for place, _, files in os.walk(folder):
        for name in files:
            sync(Path(place) / name)
        sync(Path(place))


def replace_file(path: Path, text: str, beside: Path) -> None:
    """Write a file beside its place and put it there, so that it is never seen half written.

    Parameters
    ----------
    path : Path
        Its place; what is there is replaced.
    text : str
        Written as UTF-8.
    beside : Path
        On the same file system; not there afterwards.
    """
    try:
        beside.write_text(text, encoding="utf-8")
        sync(beside)
        os.replace(beside, path)
        sync(path.parent)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def remove(folder: Path) -> None:
    """Remove a folder of ours, its manifest first; nothing is touched where it holds anything else.

    Raises
    ------
    InputError
        If it holds a file that is none of ours.
    """
    if not os.path.lexists(folder):
        return
    listed: set[str] = set()
    if is_file(folder / WRITTEN):
        with suppress(InputError):  # half written, or of another format: its files have known names
            listed = set(read_manifest(folder).files)
    found = list(entries(folder))
    for name in found:
        if name not in KNOWN | listed | {PART, f"{CASE}/"}:
            raise InputError(
                [
                    Fault(
                        str(folder),
                        f"left over from a run that was stopped, but holds {name}; move it",
                        code="cannot-be-written",
                    )
                ]
            )
    for name in sorted(found, key=lambda name: name != WRITTEN):
        if not name.endswith("/"):
            os.unlink(folder / name)
    if (folder / CASE).is_dir():
        os.rmdir(folder / CASE)
    os.rmdir(folder)


def _whole(folder: Path, also: Path | None = None) -> bool:
    """Whether a new plan is complete: every file that its manifest lists is there as listed, or already in `also`."""
    try:
        manifest = read_manifest(folder)
        if also is None:
            return not any(damage(folder, manifest))
        return all(
            any(is_file(place / name) and file_digest(place / name) == digest for place in (folder, also))
            for name, digest in manifest.files.items()
        )
    except (InputError, OSError):
        return False


@dataclass(frozen=True)
class Beside:
    """A target that can be renamed.

    Parameters
    ----------
    target : Path
    new, old : Path
        Its neighbours: the plan being written, and the one that was there before.
    """

    target: Path
    new: Path
    old: Path

    def forward(self) -> None:
        """Put the new plan in place and remove the old one."""
        if self.target.exists():
            shutil.copymode(self.target, self.new)
            os.rename(self.target, self.old)
            sync(self.target.parent)
        os.rename(self.new, self.target)
        sync(self.target.parent)
        remove(self.old)

    def recover(self) -> None:
        """Put back the old plan where it is the only one, or else a new one that is complete; remove what is left."""
        if not os.path.lexists(self.target):
            if is_file(self.old / WRITTEN):
                os.rename(self.old, self.target)
            elif _whole(self.new):
                os.rename(self.new, self.target)
            if self.target.exists():
                sync(self.target.parent)
        remove(self.new)
        remove(self.old)


@dataclass(frozen=True)
class Inside:
    """A target that cannot be renamed: a mount point, or a folder in one that cannot be written to.

    Parameters
    ----------
    target : Path
    """

    target: Path

    @property
    def new(self) -> Path:
        """The plan being written, and the journal of its way into place."""
        return self.target / NEW

    @property
    def old(self) -> Path:
        """The plan that was there before."""
        return self.target / OLD

    def forward(self) -> None:
        """Put the new plan in place, or as much of it as is not there yet, and remove the old one."""
        self.old.mkdir(exist_ok=True)
        sync(self.target)
        arriving = _tops(read_manifest(self.new))
        leaving = arriving | {name.partition("/")[0] for name in KNOWN}
        for holder in (self.target, self.old):
            if is_file(holder / WRITTEN):
                leaving |= _listed(holder)
        for name in _in_order(os.listdir(self.target), leaving):
            if os.path.lexists(self.new / name) or name not in arriving:
                os.rename(self.target / name, self.old / name)
                sync(self.target)
        for name in reversed(list(_in_order(os.listdir(self.new), arriving))):
            if name == WRITTEN:
                sync(self.target)
            os.rename(self.new / name, self.target / name)
        sync(self.target)
        self._clear()

    def back(self) -> None:
        """Put back the old plan."""
        if is_file(self.new / WRITTEN):
            for name in _tops(read_manifest(self.new)):
                if os.path.lexists(self.target / name) and not os.path.lexists(self.new / name):
                    os.rename(self.target / name, self.new / name)
        names = os.listdir(self.old)
        for name in reversed(list(_in_order(names, set(names)))):
            if name == WRITTEN:
                sync(self.target)
            os.rename(self.old / name, self.target / name)
        sync(self.target)

    def recover(self) -> None:
        """Go back to the old plan where the new one is not in place, or on to a new one that is complete."""
        if not self.target.is_dir():
            return
        if not os.path.lexists(self.target / WRITTEN):
            if is_file(self.old / WRITTEN):
                self.back()
            elif is_file(self.new / WRITTEN) and _whole(self.new, self.target):
                self.forward()
        self._clear()

    def _clear(self) -> None:
        """Remove what no longer counts."""
        remove(self.old)
        remove(self.new)
        (self.target / PART).unlink(missing_ok=True)


def _tops(manifest: Manifest) -> set[str]:
    """What a plan has in its folder: its files and the folder of the case."""
    return {WRITTEN, *(name.partition("/")[0] for name in manifest.files)}


def _listed(folder: Path) -> set[str]:
    """The same of a folder whose manifest may be of an older format, and is then of no help."""
    try:
        return _tops(read_manifest(folder))
    except InputError:
        return set()


def _in_order(names: list[str], wanted: set[str]) -> Iterator[str]:
    """Those of the names that are wanted, the manifest first."""
    yield from sorted(wanted.intersection(names), key=lambda name: (name != WRITTEN, name))
