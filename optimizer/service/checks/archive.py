"""A case's folder as a zip, and back. Nothing in a zip says where anything is written."""

from __future__ import annotations

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from optimizer.case.folder import LEFT_BY_EDITORS
from optimizer.case.text import MAX_BYTES, brief
from optimizer.errors import CaseError
from optimizer.faults import Code, Fault

NAME = re.compile(r"[A-Za-z0-9_~. -]{0,99}[A-Za-z0-9_~-]")
"""What a file may be called: nothing that any system takes for a path or for something else than a file."""
DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
READ = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Ways of packing that are read: none that takes memory as it likes."""
THEN = (1980, 1, 1, 0, 0, 0)
"""Time of every file in a zip that is made, so that the same case is the same bytes."""


@dataclass(frozen=True)
class Bounds:
    """How much a zip may hold.

    Parameters
    ----------
    files : int
    unpacked : int
        Bytes of all files together.
    """

    files: int
    unpacked: int


def unpack(data: bytes, folder: Path, bounds: Bounds) -> list[str]:
    """Write the files of a zipped case to a folder; the zip may hold them, or one folder with them.

    Parameters
    ----------
    data : bytes
    folder : Path
        An empty one; nothing is written outside, and no file under a name that is not plain.
    bounds : Bounds

    Returns
    -------
    list of str
        What was passed over: files in folders further down, and what editors and systems leave behind.

    Raises
    ------
    CaseError
        If it is no zip of plain files, or of too many, or of too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _unpacked(archive, folder, bounds)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, RuntimeError) as error:
        raise _refused("damaged", f"expected a zip that can be read; {brief(str(error))}") from None


def _refused(code: Code, what: str, where: str = "zip") -> CaseError:
    return CaseError([Fault(where, what, code=code)])


def _unpacked(archive: zipfile.ZipFile, folder: Path, bounds: Bounds) -> list[str]:
    """Write what is to be written."""
    inside = [info for info in archive.infolist() if not info.is_dir()]
    if len(inside) > bounds.files:
        raise _refused("too-large", f"expected at most {bounds.files} files, found {len(inside)}")
    if faults := [fault for info in inside if (fault := _wrong(info))]:
        raise CaseError(faults)
    kept, passed = _case_files(inside)
    if not kept:
        raise _refused("missing-table", "expected case.yaml and tables, in the zip or in one folder of it; found none")
    left = bounds.unpacked
    for name, info in kept:
        most = min(left, MAX_BYTES)
        with archive.open(info) as file:
            content = file.read(most + 1)  # what the zip says of its size may be wrong
        if len(content) > most:
            what = f"expected at most {MAX_BYTES:,} bytes a file and {bounds.unpacked:,} in all, found more"
            raise _refused("too-large", what, name)
        left -= len(content)
        (folder / name).write_bytes(content)
    return passed


def _case_files(inside: list[zipfile.ZipInfo]) -> tuple[list[tuple[str, zipfile.ZipInfo]], list[str]]:
    """The files that belong to the case, by the name they get, and the names of all others."""
    own = [info for info in inside if not _left_behind(info.filename)]
    tops = {info.filename.partition("/")[0] for info in own}
    nested = bool(own) and all("/" in info.filename for info in own)
    root = f"{tops.pop()}/" if nested and len(tops) == 1 else ""
    found = [(info.filename[len(root) :], info) for info in own]
    kept = [(name, info) for name, info in found if "/" not in name]
    chosen = {id(info) for _, info in kept}
    seen: set[str] = set()
    for name, _ in kept:
        if name.casefold() in seen:
            raise _refused("repeated", "expected each file once, found it twice", name)
        seen.add(name.casefold())
    return kept, [info.filename for info in inside if id(info) not in chosen]


def _left_behind(path: str) -> bool:
    """Whether a file is what a system or an editor leaves behind."""
    parts = path.split("/")
    return parts[0] == "__MACOSX" or parts[-1] in (".DS_Store", "Thumbs.db", "desktop.ini") or bool(
        LEFT_BY_EDITORS.fullmatch(parts[-1])
    )  # fmt: skip


def _wrong(info: zipfile.ZipInfo) -> Fault | None:
    """What there is against a file of a zip, if anything."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    raw = info.orig_filename
    if kind not in (0, stat.S_IFREG):
        return Fault(brief(raw), "expected a plain file, found a link or a device", code="not-a-file")
    if info.flag_bits & 0x1:
        return Fault(brief(raw), "expected a file without a password", code="cannot-be-read")
    if info.compress_type not in READ:
        return Fault(brief(raw), "expected a file stored or deflated, found another packing", code="cannot-be-read")
    parts = raw.split("/")
    if _left_behind(raw) and ".." not in parts and all(parts) and raw.isprintable() and "\\" not in raw:
        return None
    if len(parts) > 8 or any(not NAME.fullmatch(part) or part[0] in ". " or DEVICE.fullmatch(part) for part in parts):
        what = "expected a plain file name of letters, digits, `-`, `_` and `.`, without a way to another folder"
        return Fault(brief(raw), what, code="wrong-spelling", found=raw[:200])
    return None


def pack(folder: Path, name: str) -> bytes:
    """The files of a folder as a zip of one folder; the same files give the same bytes.

    Parameters
    ----------
    folder : Path
    name : str
        Of the folder in the zip.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(folder):
            info = zipfile.ZipInfo(f"{name}/{path.name}", THEN)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, path.read_bytes())
    return made.getvalue()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.iterdir()) if path.is_file())
