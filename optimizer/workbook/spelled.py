"""Cells of a workbook as tables spell them, also as a planner's country writes them where that means one thing only.

A number that is typed as one has no spelling; only texts have. `58,5` is 58.5 and `1.234,5` is 1234.5, but `58,000` may
be 58 or 58000: it is read if other texts of the workbook show which mark is the decimal one, and refused otherwise.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from optimizer.case.kinds import DAY, NUMBER
from optimizer.case.spreadsheet import marked
from optimizer.faults import Code

Kind = Literal["number", "day", "flag", "text"]
"""What a column holds."""
BLANKS = re.compile("[ \u00a0\u202f'\u2019]")
"""Marks between thousands that are never decimal ones."""
GROUPED = re.compile(r"[+-]?(0|[1-9][0-9]{0,2})([.,])[0-9]{3}")
"""A number with one mark and three digits behind it: thousands, or a number of thousandths."""
BLANK_GROUPS = re.compile("[+-]?[0-9]{1,3}(?:[ \u00a0\u202f'\u2019][0-9]{3})+(?:[.,][0-9]+)?")
DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})\.?")
SLASHED = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})")
YEAR_FIRST = re.compile(r"([0-9]{4})[/.年-]([0-9]{1,2})[/.月-]([0-9]{1,2})日?")


@dataclass(frozen=True)
class Wrong:
    """What a cell cannot be read as.

    Parameters
    ----------
    code : str
    expected, found : str
        In words.
    readings : tuple of str, optional
        What it may be, each as tables spell it, where it can be read in several ways.
    """

    code: Code
    expected: str
    found: str
    readings: tuple[str, ...] = ()


def kind_of(annotation: Any) -> Kind:
    """What a field of a type holds.

    Parameters
    ----------
    annotation : type
        Of the field.
    """
    found = _types(annotation)
    if dt.date in found:
        return "day"
    if found & {int, float} and str not in found:
        return "number"
    return "flag" if bool in found else "text"


def _types(annotation: Any) -> set[Any]:
    inside = get_args(annotation)
    return set().union(*map(_types, inside)) if inside else {annotation}


def decimal_marks(texts: Iterable[str]) -> frozenset[str]:
    """The marks that some texts show to be decimal ones: none, a comma, a point, or both.

    Parameters
    ----------
    texts : iterable of str
        Of cells where a number is expected.
    """
    return frozenset(mark for text in texts for mark in _shows(_plain(text)))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().removesuffix("%").strip()


def _shows(text: str) -> str:
    """The decimal mark that a number shows beyond doubt; empty if it shows none."""
    marks = [letter for letter in text if letter in ".,"]
    if not re.fullmatch(r"[+-]?[0-9.,\s'\u2019]+", text) or not marks:
        return ""
    if len(set(marks)) == 2:
        return marks[-1] if marks.count(marks[-1]) == 1 else ""
    if len(marks) > 1:
        return "," if marks[0] == "." else "."
    found = GROUPED.fullmatch(BLANKS.sub("", text))
    return "" if found and found[1] != "0" and not BLANK_GROUPS.fullmatch(text) else marks[0]


def _number(text: str, marks: frozenset[str]) -> str | Wrong:
    """A text as a number is spelled in tables, if it can be one number only; any other text as it stands."""
    plain = _plain(text)
    per_cent = unicodedata.normalize("NFKC", text).strip().endswith("%")
    if re.fullmatch(r"[+-]?[0-9]+", plain) or ("e" in plain.lower() and NUMBER.fullmatch(plain)):
        made = plain
    elif not re.fullmatch(r"[+-]?[0-9.,\s'\u2019]*[0-9]", plain):
        return text
    else:
        mark = _shows(plain) or (next(iter(marks)) if len(marks) == 1 else "")
        bare = BLANKS.sub("", plain) if BLANK_GROUPS.fullmatch(plain) else plain
        if not mark and GROUPED.fullmatch(bare):
            both = bare.replace(",", "").replace(".", ""), bare.replace(",", ".").rstrip("0").rstrip(".")
            said = f"{text!r}, which may be {both[0]} or {both[1]}"
            return Wrong(
                "not-a-number", "a number that can be read in one way (typed as a number, not as text)", said, both
            )
        other = "." if mark == "," else ","
        whole, _, part = bare.partition(mark) if mark else (bare, "", "")
        groups = whole.split(other)
        if len(groups) > 1 and not all(len(group) == 3 for group in groups[1:]):
            return text
        made = "".join(groups) + (f".{part}" if part else "")
        if other in part or not NUMBER.fullmatch(made):
            return text
    return repr(float(made) / 100) if per_cent and NUMBER.fullmatch(made) else made


def _day(text: str) -> str | Wrong:
    """A text as a day is spelled in tables, if it can be one day only; any other text as it stands."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if DAY.fullmatch(plain):
        return plain
    try:
        if found := YEAR_FIRST.fullmatch(plain):
            return dt.date(int(found[1]), int(found[2]), int(found[3])).isoformat()
        if found := DOTTED.fullmatch(plain):
            return dt.date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        if found := SLASHED.fullmatch(plain):
            one, two, year = (int(part) for part in found.groups())
            if one <= 12 and two <= 12 and one != two:
                days = dt.date(year, two, one).isoformat(), dt.date(year, one, two).isoformat()
                said = f"{text!r}, which may be {days[0]} or {days[1]}"
                return Wrong("not-a-day", "a day that can be read in one way, as 2027-01-31", said, days)
            day, month = (one, two) if one > 12 else (two, one)
            return dt.date(year, month, day).isoformat()
    except ValueError:
        pass
    return text


def spelled(cell: list[Any] | None, kind: Kind, marks: frozenset[str]) -> str | Wrong:
    """A cell as tables spell it, or why it cannot be read.

    Parameters
    ----------
    cell : list or None
        Kind and value, as the process that opens workbooks tells them.
    kind : str
        What its column holds.
    marks : frozenset of str
        Decimal marks that the texts of the workbook show.
    """
    if cell is None:
        return ""
    of, value = cell
    if of == "formula":
        return Wrong("formula", "a value (copy, and paste as values)", f"the formula {value}")
    if of == "error":
        return Wrong("formula", "a value", f"{value}, which a formula left")
    if of == "time":
        return Wrong("not-a-day", "a day without a time" if kind == "day" else "a value", str(value))
    if of == "flag":
        return str(value).lower()
    if of == "number":
        return value.removesuffix(".0") if kind != "number" else str(value)
    if of == "day" and kind == "number":
        return Wrong("not-a-number", "a number", f"the day {value} (a spreadsheet takes 1.5 or 3/4 for a day)")
    if of == "day" or kind == "flag":
        return str(value)
    if kind == "number":
        return _number(value, marks)
    return _day(value) if kind == "day" else marked(value)
