"""What a file must be before it is read as a workbook: an archive of a bearable size without anything that acts."""

from __future__ import annotations

import io
import re
import zipfile
from typing import IO

MAX_BYTES = 20_000_000
"""Largest workbook read."""
MAX_UNPACKED = 200_000_000
"""Most that its parts may unpack to."""
MAX_PARTS = 500
"""Most parts it may have."""
MAX_SHEETS, MAX_ROWS, MAX_COLUMNS = 40, 20_000, 60
"""Most sheets, and on a sheet the last row and column with something in them."""
ACTING = (
    (re.compile(r"vbaproject|/macrosheets/|/dialogsheets/", re.IGNORECASE), "macros"),
    (re.compile(r"/externallinks/", re.IGNORECASE), "links to other workbooks"),
    (re.compile(r"/embeddings/|/activex/|oleobject", re.IGNORECASE), "embedded objects"),
    (re.compile(r"/connections\.xml|/querytables/|/customdata/", re.IGNORECASE), "connections to data elsewhere"),
)
"""Parts that a workbook with data alone has not, and what they are."""
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How files of older formats begin, and those with a password."""
DECLARED = (b"<!DOCTYPE", b"<!ENTITY")
CHUNK = 1 << 20


class RefusedError(Exception):
    """A file that is not read.

    Parameters
    ----------
    code : str
        Kind of fault.
    what : str
        What was expected and what was found.
    """

    def __init__(self, code: str, what: str) -> None:
        super().__init__(what)
        self.code, self.what = code, what


def _no_workbook(found: str) -> RefusedError:
    return RefusedError("not-a-workbook", f"expected a workbook (xlsx) with values alone, found {found}")


def check(content: bytes) -> None:
    """Refuse what is no workbook, is too large, or holds something that acts.

    Parameters
    ----------
    content : bytes

    Raises
    ------
    RefusedError
    """
    if len(content) > MAX_BYTES:
        raise RefusedError("too-large", f"expected at most {MAX_BYTES:,} bytes, found more")
    if content.startswith(OLD):
        raise _no_workbook("an older format (xls), or one with a password; save it as xlsx without one")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_parts(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, zipfile.LargeZipFile):
        raise _no_workbook("another kind of file, or a damaged one") from None


def _check_parts(archive: zipfile.ZipFile) -> None:
    """Refuse an archive by its parts: their number, sizes, names and beginnings."""
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if len(parts) > MAX_PARTS or len(names) < len(parts):
        raise RefusedError("too-large", f"expected at most {MAX_PARTS} parts, each once, found {len(parts)}")
    if (size := sum(part.file_size for part in parts)) > MAX_UNPACKED:
        raise RefusedError("too-large", f"expected at most {MAX_UNPACKED:,} bytes unpacked, found {size:,}")
    if any(part.flag_bits & 1 for part in parts):
        raise _no_workbook("one with a password")
    for name in sorted(names):
        for pattern, what in ACTING:
            if pattern.search(f"/{name}"):
                raise _no_workbook(what)
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise _no_workbook("another kind of file")
    if b"macroEnabled" in archive.read("[Content_Types].xml"):
        raise _no_workbook("macros")
    for part in parts:
        with archive.open(part) as file:
            _check_text(file, part.filename)


def _check_text(file: IO[bytes], name: str) -> None:
    """Refuse a part that declares a document type or entities, or could do so unseen in another encoding."""
    before = b""
    first = True
    while chunk := file.read(CHUNK):
        if first and name.endswith((".xml", ".rels", ".vml")):
            encoding = re.match(rb"(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding=[\"']([^\"']+)", chunk[:200])
            if chunk[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in chunk[:4]:
                raise _no_workbook("parts that are not UTF-8")
            if encoding and encoding[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
                raise _no_workbook("parts that are not UTF-8")
        first = False
        if any(word in before + chunk for word in DECLARED):
            raise _no_workbook("a document type or entities in its parts")
        before = chunk[-16:]
