"""A plan that came as a zip, unpacked into a folder; nothing of it lands anywhere else."""

from __future__ import annotations

import io
import os
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path, PurePosixPath, PureWindowsPath

from optimizer.errors import InputError
from optimizer.faults import Fault

LARGEST = 4 * 2**30
"""Bytes that are unpacked at most."""


def unpack(packed: bytes, folder: Path, top: str = "plan") -> None:
    """Unpack a plan or a study; the folder appears when all of it is there.

    Parameters
    ----------
    packed : bytes
        The zip.
    folder : Path
        Made; it may be there already if it is empty.
    top : str, optional
        The folder that everything in the zip lies in.

    Raises
    ------
    InputError
        If the folder is not free, or the zip is damaged, or another one.
    """
    if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir() or any(folder.iterdir())):
        raise InputError([Fault(str(folder), "expected a folder that is empty or not there", code="cannot-be-written")])
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            for info, path in _members(archive, top):
                target = scratch / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as source, target.open("xb") as written:
                    shutil.copyfileobj(source, written)
        scratch.chmod(0o777 & ~_umask())
        if folder.is_dir():
            folder.rmdir()
        scratch.rename(folder)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, FileExistsError):
        raise InputError([Fault(f"{top}.zip", f"expected a zip of a {top} that is whole", code="damaged")]) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _members(archive: zipfile.ZipFile, top: str) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """The files of a zip, and where they go in the folder; refused if one would go elsewhere, or all are too much."""
    files = [info for info in archive.infolist() if not info.is_dir()]
    if sum(info.file_size for info in files) > LARGEST:
        raise InputError([Fault(f"{top}.zip", f"expected at most {LARGEST:,} bytes unpacked", code="too-large")])
    found = []
    for info in files:
        path = PurePosixPath(info.filename)
        odd = PureWindowsPath(info.filename)  # a drive or a backslash would lead elsewhere there
        inside = path.parts[:1] == (top,) and ".." not in path.parts and not odd.drive and "\\" not in info.filename
        if not inside or len(path.parts) < 2 or stat.S_ISLNK(info.external_attr >> 16):
            raise InputError([Fault(f"{top}.zip", f"unexpected file {info.filename!r}", code="damaged")])
        found.append((info, PurePosixPath(*path.parts[1:])))
    return found


def _umask() -> int:
    """What the system takes from the rights of a new folder."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
