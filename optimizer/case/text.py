"""Files to text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from optimizer.errors import CaseError, Code, Fault, Place, Source

MAX_BYTES = 20_000_000
"""Largest input file read."""
MAX_SHOWN = 60
"""Longest piece of an input repeated in a message."""


def brief(found: Any) -> str:
    """A piece of an input as it is shown in a message."""
    text = repr(found)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."


def read_text(path: Path, shown: str) -> str:
    """Read a small UTF-8 text file, or raise a `CaseError` that says why it cannot be read."""

    def refused(code: Code, what: str, row: int | None = None, **parts: Any) -> CaseError:
        place = Place(shown + (f", row {row}" if row else ""), Source(shown), row)
        return CaseError([Fault(place, what, code=code, **parts)])

    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise refused("too-large", f"expected at most {MAX_BYTES:,} bytes, found {size:,}", found=size)
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"expected UTF-8 text, found byte 0x{content[error.start]:02x} (save the file as UTF-8)"
        raise refused("not-utf-8", what, content[: error.start].count(b"\n") + 1) from None
    except OSError as error:
        raise refused("cannot-be-read", f"cannot be read: {error.strerror}") from None
    if (nul := text.find("\0")) >= 0:
        row = text[:nul].count("\n") + 1
        raise refused("hidden-character", "expected text, found a NUL character", row, found="U+0000")
    if not text.strip():
        raise refused("empty-file", "expected content, found an empty file")
    return text
