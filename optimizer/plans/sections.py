"""What is said of a plan, as data: a section is a table or a sentence, and whoever shows it only draws it.

The terminal and the report draw the same sections; a builder decides what stands in them and in which unit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.plans.amounts import NONE, Scale, percent


@dataclass(frozen=True)
class Field:
    """A column of a section.

    Parameters
    ----------
    heading : str
        Its lines.
    said : callable, optional
        A value as it is shown; a text stands for itself.
    unit : str
        Of its numbers; empty for text.
    rank : int
        Where there is no room, fields of the highest rank are left out first, together; those of rank 0 stay.
    least : int, optional
        Width down to which its text may be wrapped; by default it is not.
    """

    heading: str
    said: Callable[[Any], str] = str
    unit: str = ""
    rank: int = 0
    least: int | None = None

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers, which are set to the right."""
        return bool(self.unit)

    def cell(self, value: Any) -> str:
        """A value as it is shown; a dash where there is none."""
        if isinstance(value, str):
            return value
        return NONE if value is None or value != value else self.said(value)


def amount(heading: str, scale: Scale, *, sign: bool = False, rank: int = 0) -> Field:
    """A field of amounts in one unit.

    Parameters
    ----------
    heading : str
    scale : Scale
        The unit.
    sign : bool, optional
        Whether a plus is written; zero has none.
    rank : int, optional
        As that of `Field`.
    """
    return Field(heading, lambda value: scale.cell(value, sign=sign), scale.unit, rank)


def share(heading: str, digits: int = 0) -> Field:
    """A field of shares, in per cent.

    Parameters
    ----------
    heading : str
    digits : int, optional
        Decimals of the per cent.
    """
    return Field(heading, lambda value: percent(value, digits), "%")


def number(heading: str, unit: str, said: Callable[[Any], str] = str) -> Field:
    """A field of other numbers.

    Parameters
    ----------
    heading, unit : str
    said : callable, optional
        A value as it is shown.
    """
    return Field(heading, said, unit)


@dataclass(frozen=True)
class Section:
    """One thing that is said of a plan.

    Parameters
    ----------
    name : str
        In one word.
    title : str
        Of its table.
    fields : tuple of Field
        None where there is no table.
    rows : tuple of tuple
        Values, one per field.
    says : str
        What it says, or how to read it, in a sentence.
    legend : tuple of str
        How to read it, a line each.
    notes : tuple of str
        What else there is to say of it, a line each.
    narrower : Section, optional
        The same in fewer columns, where there is no room for these.
    elsewhere : str
        What gives the columns that there is no room for.
    """

    name: str
    title: str = ""
    fields: tuple[Field, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    says: str = ""
    legend: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    narrower: Section | None = None
    elsewhere: str = ""

    def record(self) -> dict[str, Any]:
        """It for JSON, as it is shown."""
        fields = [field.heading.replace("\n", " ") for field in self.fields]
        return {"name": self.name, "title": self.title, "says": self.says, "fields": fields, "rows": self.cells()}

    def drawn(self) -> dict[str, Any]:
        """All of it for JSON, as it is shown, so that `section_from` gives it to whoever draws it elsewhere."""
        fields = [{"heading": field.heading, "unit": field.unit} for field in self.fields]
        lines = {"legend": list(self.legend), "notes": list(self.notes)}
        return {**self.record(), "fields": fields, **lines}

    def cells(self) -> list[list[str]]:
        """Its rows as they are shown."""
        return [[field.cell(value) for field, value in zip(self.fields, row, strict=True)] for row in self.rows]


def section_from(drawn: Mapping[str, Any]) -> Section:
    """A section as `Section.drawn` gave it: its cells are texts.

    Parameters
    ----------
    drawn : mapping
    """
    fields = tuple(Field(field["heading"], unit=field["unit"]) for field in drawn["fields"])
    rows = tuple(tuple(row) for row in drawn["rows"])
    legend, notes = tuple(drawn["legend"]), tuple(drawn["notes"])
    return Section(drawn["name"], drawn["title"], fields, rows, says=drawn["says"], legend=legend, notes=notes)
