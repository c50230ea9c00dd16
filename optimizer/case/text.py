"""Files to text, and what text may hold."""

from __future__ import annotations

import os
import stat
import unicodedata
from pathlib import Path
from typing import Any

from optimizer.errors import CaseError
from optimizer.faults import Code, Fault, Place, Source

MAX_BYTES = 20_000_000
"""Largest input file read."""
MAX_SHOWN = 60
"""Longest piece of an input repeated in a message."""
OPENED = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""How a file is opened: never waiting for somebody to write to it."""
OTHERS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
"""What a path may lead to besides a file."""
HIDDEN = ("Cc", "Cf", "Zl", "Zp")
"""Kinds of characters that command a screen, turn the direction of text, break lines or cannot be seen."""
SEEN = "\u200c\u200d"
"""Those of them that some scripts need: they join or part the letters beside them."""
NAMES = {"\n": "line break", "\r": "line break", "\t": "tab", "\x1b": "escape"}


def brief(found: Any) -> str:
    """A piece of an input as it is shown in a message."""
    text = repr(found)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."


def code_point(letter: str) -> str:
    """A character by its number and name: ``U+202E (right-to-left override)``."""
    name = NAMES.get(letter) or unicodedata.name(letter, "control character").lower()
    return f"U+{ord(letter):04X} ({name})"


def one_form(found: Any) -> Any:
    """A text, or a list of some, in the one form in which names are compared (Unicode's NFC); what is none as it is."""
    if isinstance(found, str):
        return found if found.isascii() else unicodedata.normalize("NFC", found)
    return [one_form(part) for part in found] if isinstance(found, list | tuple) else found


def hidden(text: str, *, lines: bool = False) -> str | None:
    """The first character of a text that plain text may not hold, if any; blanks at its ends do not count.

    Parameters
    ----------
    text : str
    lines : bool
        Whether it may have several lines.
    """
    if text.isprintable():
        return None
    allowed = SEEN + "\n" * lines
    found = (letter for letter in text.strip(" \t\r\n") if unicodedata.category(letter) in HIDDEN)
    return next((letter for letter in found if letter not in allowed), None)


def _read(path: Path) -> bytes | str:
    """At most one byte more than is allowed of a file; of anything else, what it is."""
    if kind := OTHERS.get(stat.S_IFMT(os.stat(path).st_mode)):
        return kind
    with open(os.open(path, OPENED), "rb") as file:
        kind = OTHERS.get(stat.S_IFMT(os.fstat(file.fileno()).st_mode))  # it may have changed meanwhile
        return kind or file.read(MAX_BYTES + 1)


def read_text(path: Path, shown: str) -> str:
    """Read a small UTF-8 text file, or raise a `CaseError` that says why it cannot be read.

    Parameters
    ----------
    path : Path
    shown : str
        How the file is called in messages.
    """

    def refused(code: Code, what: str, row: int | None = None, **parts: Any) -> CaseError:
        place = Place(shown + (f", row {row}" if row else ""), Source(shown), row)
        return CaseError([Fault(place, what, code=code, **parts)])

    try:
        content = _read(path)
    except OSError as error:
        raise refused("cannot-be-read", f"cannot be read: {error.strerror}") from None
    if isinstance(content, str):
        raise refused("not-a-file", f"expected a file, found {content}", expected="a file", found=content)
    if len(content) > MAX_BYTES:
        raise refused("too-large", f"expected at most {MAX_BYTES:,} bytes, found more")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"expected UTF-8 text, found byte 0x{content[error.start]:02x} (save the file as UTF-8)"
        raise refused("not-utf-8", what, content[: error.start].count(b"\n") + 1) from None
    if (nul := text.find("\0")) >= 0:
        row = text[:nul].count("\n") + 1
        raise refused("hidden-character", "expected text, found a NUL character (U+0000)", row, found="U+0000")
    if not text.strip():
        raise refused("empty-file", "expected content, found an empty file")
    return text
