"""What is wrong with an input, as a record: said once, in the user's words, and readable by a program.

A fault names the file, the row, what was expected, what was found and the nearest known name. A finding is what can
hardly be meant and stops nothing.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any, Literal

Code = Literal[
    "unknown-name", "unknown-column", "unknown-word", "not-a-country", "missing-value", "missing-column",
    "missing-table", "missing-rows", "not-a-number", "not-a-day", "not-a-flag", "not-text", "wrong-shape",
    "wrong-spelling", "out-of-range", "wrong-order", "inconsistent", "repeated", "circle", "creates-matter",
    "selects-nothing", "changes-nothing", "clash", "cells-without-name", "wrong-number-of-cells", "wrong-separator",
    "hidden-character", "not-read", "not-a-file", "too-large", "empty-file", "not-utf-8", "not-csv", "not-yaml",
    "not-a-workbook", "formula", "cannot-be-read", "cannot-be-written", "wrong-version", "damaged", "disagrees",
    "invalid",
]  # fmt: skip
CODES: Mapping[Code, str] = {
    "unknown-name": "a name that nothing defines: of a case, a scenario, a table, a site, a material, an element, ...",
    "unknown-column": "a column or field that is not one of those there are",
    "unknown-word": "none of the words that a column takes",
    "not-a-country": "not one of the two-letter codes of ISO 3166-1",
    "missing-value": "nothing where a value must be given",
    "missing-column": "a table without a column it must have",
    "missing-table": "a case without a table it must have, or that another of its tables needs",
    "missing-rows": "a table, a list or a scenario without anything in it, or without a row for something named",
    "not-a-number": "no number, or one spelled so that it can be read in two ways (`1_000`, `010`, `1:30`)",
    "not-a-day": "no day spelled `2027-01-31`",
    "not-a-flag": "neither `true` nor `false`",
    "not-text": "something else where text is expected",
    "wrong-shape": "a value where a list is expected, a list where fields are expected, ...",
    "wrong-spelling": "text that is too long or has letters that may not stand there",
    "out-of-range": "a number or a day outside its range",
    "wrong-order": "a day before another that it must follow",
    "inconsistent": "values that do not go together",
    "repeated": "something twice that may stand only once",
    "circle": "scenarios that include one another",
    "creates-matter": "a recipe that gives more than it takes",
    "selects-nothing": "an event that no row fits",
    "changes-nothing": "an event whose column nothing reads in any row it selects",
    "clash": "two events that change one cell in ways that exclude each other",
    "cells-without-name": "cells below an empty head",
    "wrong-number-of-cells": "a row with more or fewer cells than the first",
    "wrong-separator": "cells that something else than commas separates",
    "hidden-character": "a control character or a mark that cannot be seen in text",
    "not-read": "a file in the folder that looks like a table and would be passed over",
    "not-a-file": "a folder, a pipe or a device where a file is expected, or a file where a folder is",
    "too-large": "a file larger than is read, or a case larger than this machine can hold",
    "empty-file": "a file without content",
    "not-utf-8": "a file in another encoding than UTF-8",
    "not-csv": "a file that is no comma-separated table",
    "not-yaml": "a file that is no YAML, or uses a part of YAML that inputs may not",
    "not-a-workbook": "a file that is no workbook (xlsx), or one with macros, links, objects or document types",
    "formula": "a formula in a workbook, or what is left of one, where a value is expected",
    "cannot-be-read": "a file that the system does not let be read",
    "cannot-be-written": "a file or folder that cannot be written, or is not ours to replace",
    "wrong-version": "a file of another version of the format",
    "damaged": "a written plan that is not as it was written",
    "disagrees": "a figure that is not what follows from the others",
    "invalid": "anything else; the text says what",
}
"""Every code a fault may have, and what it stands for."""


def closest(found: str, known: Iterable[str]) -> str | None:
    """The known name nearest to the one found, if any is near.

    Parameters
    ----------
    found : str
    known : iterable of str
    """
    folded = {name.casefold(): name for name in sorted(set(known))}
    return next((folded[name] for name in difflib.get_close_matches(found.casefold(), folded, n=1, cutoff=0.5)), None)


def nearest(found: str, known: Iterable[str], *, show: int = 8, suggest: str | None = None) -> str:
    """Say which names are known and which one is closest to the one found.

    Parameters
    ----------
    found : str
        The name that is not known.
    known : iterable of str
        The names that are.
    show : int
        How many known names to list.
    suggest : str, optional
        What is meant, where that is known better than by its letters.

    Returns
    -------
    str
        A sentence such as ``Known: AU, CN. Did you mean 'CN'?``.
    """
    names = sorted(set(known))
    close = suggest or closest(found, names)
    listed = [close] if close in names else []
    listed += [name for name in names if name not in listed][: show - len(listed)]
    some = ", ".join(sorted(listed)) + (f" and {rest} more." if (rest := len(names) - len(listed)) else ".")
    return (f"Known: {some}" if names else "None is known.") + (f" Did you mean {close!r}?" if close else "")


@dataclass(frozen=True)
class Source:
    """A file of an input, and what is known of it.

    Parameters
    ----------
    file : str
        How it is called in messages.
    table : str, optional
        The table it holds.
    columns : tuple of str
        Heads of the table, as they stand.
    units : mapping of str to str
        Units of columns and fields, where they have one.
    """

    file: str
    table: str | None = None
    columns: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)


class Place(str):
    """Where something stands, as a person would find it, with its parts.

    Parameters
    ----------
    text : str
        Such as ``my-case/sites.csv, row 3``.
    source : Source, optional
        The file.
    row : int, optional
        Row of the table or line of the file, from 1.
    within : str
        The part of the file that columns are named in, such as ``events.2``.
    """

    source: Source | None
    row: int | None
    within: str

    def __new__(cls, text: str = "", source: Source | None = None, row: int | None = None, within: str = "") -> Place:
        """A text with its parts."""
        place = super().__new__(cls, text)
        place.source, place.row, place.within = source, row, within
        return place

    def at(self, column: str | None) -> str:
        """Where a column of it stands, in words; of most inputs the row is enough."""
        return str(self)

    def cell(self, column: str | None) -> str | None:
        """Address of a cell of the row in a spreadsheet, such as ``D7``."""
        if self.row is None or self.source is None or column not in self.source.columns:
            return None
        number, letters = self.source.columns.index(column) + 1, ""
        while number:
            number, letters = (number - 1) // 26, chr(ord("A") + (number - 1) % 26) + letters
        return f"{letters}{self.row}"


def _plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else str(value)  # neither infinite nor not a number
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else str(value)


@dataclass(frozen=True, eq=False)
class Fault:
    """One thing wrong with an input."""

    where: str
    """File and row, event or key, as a person would find it."""
    what: str
    """What was expected, what was found, and the nearest known name."""
    _: KW_ONLY
    code: Code = "invalid"
    """What kind of fault it is; one of `CODES`."""
    table: str | None = None
    """The table, where it is in one."""
    file: str | None = None
    """The file, as the text names it."""
    row: int | None = None
    """Row of the table or line of the file, from 1."""
    column: str | None = None
    """Column of the table, or path of the field, such as ``periods.1.count``."""
    cell: str | None = None
    """Address of the cell in a spreadsheet, such as ``D7``."""
    found: Any = None
    """What stands there."""
    expected: str | None = None
    """What should."""
    unit: str | None = None
    """Unit of what should."""
    known: tuple[str, ...] = ()
    """Names that could stand there."""
    suggest: str | None = None
    """The one that is probably meant."""

    def __post_init__(self) -> None:
        if not isinstance(self.where, Place):
            return
        source, place = self.where.source, self.where
        inside = ".".join(filter(None, (place.within, self.column))) or None
        given = {
            "table": self.table or (source.table if source else None),
            "file": self.file or (source.file if source else None),
            "row": self.row if self.row is not None else place.row,
            "column": inside,
            "cell": self.cell or place.cell(self.column),
            "unit": self.unit or (source.units.get((self.column or "").split(".")[-1]) if source else None),
            "where": place.at(self.column),
        }
        for name, value in given.items():
            object.__setattr__(self, name, value)

    @classmethod
    def of(cls, where: str, column: str, expected: str, found: Any, code: Code = "inconsistent", **more: Any) -> Fault:
        """Something else was expected in a column: ``price: expected 0 or more, found -3``.

        Parameters
        ----------
        where, column, expected : str
        found : object
        code : str, optional
        **more
            Other fields of a `Fault`.
        """
        shown = f"{found:g}" if isinstance(found, float) else str(found)
        what = f"{column}: expected {expected}, found {shown}"
        return cls(where, what, code=code, column=column, expected=expected, found=found, **more)

    @classmethod
    def near(
        cls,
        where: str,
        column: str | None,
        said: str,
        found: str,
        known: Iterable[str],
        code: Code = "unknown-name",
        **parts: Any,
    ) -> Fault:
        """A name that cannot stand there, and those that can: ``... Known: AU, CN. Did you mean 'CN'?``.

        Parameters
        ----------
        where, said, found : str
        column : str or None
            None where it stands in no column.
        known : iterable of str
        code : str, optional
        **parts
            Other fields of a `Fault`; `suggest` goes before the nearest name.
        """
        names = sorted(known)
        close = parts.pop("suggest", None) or closest(found, names)
        what = (f"{column}: " if column else "") + f"{said}. {nearest(found, names, suggest=close)}"
        return cls(where, what, code=code, column=column, found=found, known=tuple(names), suggest=close, **parts)

    @classmethod
    def unknown(cls, where: str, column: str, kind: str, found: str, known: Iterable[str], **parts: Any) -> Fault:
        """A name that nothing defines: ``site: no such site: 'pti'. Known: ... Did you mean 'pit'?``."""
        return cls.near(where, column, f"no such {kind}: {found!r}", found, known, expected=f"a {kind}", **parts)

    def moved(self, where: str) -> Fault:
        """The same fault said of another place."""
        return replace(self, where=where)

    @property
    def text(self) -> str:
        """The fault in one line, without anything that a screen would obey."""
        return "".join(some if some.isprintable() else ascii(some)[1:-1] for some in f"{self.where}: {self.what}")

    def record(self) -> dict[str, Any]:
        """The fault as JSON can hold it."""
        names = ("code", "table", "file", "row", "column", "cell", "found", "expected", "unit", "known", "suggest")
        return {**{name: _plain(getattr(self, name)) for name in names}, "text": self.text}

    def __eq__(self, other: object) -> bool:  # whether both say the same, to a person and to a program
        return isinstance(other, Fault) and self.record() == other.record()

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return self.text


class WrongError(ValueError):
    """What a record finds wrong with itself; who reads the record says where.

    Parameters
    ----------
    what, code : str
        In words, and what kind of fault it is; one of `CODES`.
    **parts
        What is known of it besides: fields of a `Fault`.
    """

    def __init__(self, what: str, code: Code = "inconsistent", **parts: Any) -> None:
        super().__init__(what)
        self.parts: dict[str, Any] = {"code": code, **parts}

    @classmethod
    def of(cls, column: str, expected: str, found: Any, code: Code = "inconsistent", **parts: Any) -> WrongError:
        """Something else was expected in a column."""
        shown = f"{found:g}" if isinstance(found, float) else str(found)
        what = f"{column}: expected {expected}, found {shown}"
        return cls(what, code, column=column, expected=expected, found=found, **parts)


@dataclass(frozen=True)
class Finding:
    """Something in an input that can hardly be meant. It is said, and stops nothing.

    Parameters
    ----------
    code : str
        Its kind, such as `penalty-below-price`.
    where : str
        File and row or event, as a person would find it.
    text : str
        What was found, and what it leads to.
    table, column : str
        Empty where it is of no one cell.
    found, expected : float or None
        What stands there, and what it was held against, both in `unit`.
    unit, suggest : str
        What may be meant instead is empty where nothing suggests itself.
    """

    code: str
    where: str
    text: str
    table: str = ""
    column: str = ""
    found: float | None = None
    expected: float | None = None
    unit: str = ""
    suggest: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.text}" + (f" {self.suggest}" if self.suggest else "")

    def record(self) -> dict[str, Any]:
        """Its fields for JSON, those of a fault among them."""
        place = self.where if isinstance(self.where, Place) else Place(self.where)
        at = {
            "table": self.table or None,
            "file": place.source.file if place.source else None,
            "row": place.row,
            "column": self.column or None,
            "cell": place.cell(self.column),
        }
        meant = {"unit": self.unit or None, "suggest": self.suggest or None}
        return {"code": self.code, **at, "found": self.found, "expected": self.expected, **meant, "text": str(self)}
