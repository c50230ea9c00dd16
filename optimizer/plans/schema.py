"""What the tables of results are made of: a column is stated once, beside what fills it, and everything follows it.

Files, units, documentation, comparison and reading of a written folder take names and types from here. A column is an
attribute of its table's record (``Shipments.tonnes``), so that a misspelt one is seen by the type checker. One whose
name Python keeps for itself ends in an underscore there (``Effects.from_``), as in the records of a case.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pandas as pd

from optimizer.errors import FormulationError

Given = TypeVar("Given")
"""What a table is made of."""


class Column(str):
    """A column of a table of results; as a word it is its name, so that it can stand where a name does.

    Parameters
    ----------
    name : str
        Taken from the attribute that it is, where it is one.
    dtype : type
        `str`, `bool`, `int` or `float`; of a table that no file holds also what else stands in its cells, `object` for
        what differs from row to row.
    unit : str
        Of a number.
    meaning : str
        One sentence for the documentation.
    empty : bool
        Whether a cell may be empty: a text of nothing, or a number where there is none.
    compared : bool
        Whether it says what was found; how long that took does not.
    listed : bool
        Whether the manifest says its unit; the unit of one that is not follows from its name.
    """

    dtype: type
    unit: str
    meaning: str
    empty: bool
    compared: bool
    listed: bool

    def __new__(
        cls,
        name: str = "",
        dtype: type = str,
        unit: str = "",
        meaning: str = "",
        *,
        empty: bool = False,
        compared: bool = True,
        listed: bool = True,
    ) -> Column:
        """Make one; until it is an attribute of its table's record it may have no name."""
        made = super().__new__(cls, name)
        made.dtype, made.unit, made.meaning = dtype, unit, meaning
        made.empty, made.compared, made.listed = empty, compared, listed
        return made

    def named(self, name: str) -> Column:
        """It under another name."""
        return Column(
            name,
            self.dtype,
            self.unit,
            self.meaning,
            empty=self.empty,
            compared=self.compared,
            listed=self.listed,
        )

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers; everything else is part of a row's key."""
        return self.dtype in (int, float)


def word(meaning: str, *, empty: bool = False) -> Column:
    """A column of text.

    Parameters
    ----------
    meaning : str
        One sentence for the documentation.
    empty : bool, optional
        Whether a cell may be empty.
    """
    return Column(meaning=meaning, empty=empty)


def number(unit: str, meaning: str, *, empty: bool = False, listed: bool = True, compared: bool = True) -> Column:
    """A column of numbers.

    Parameters
    ----------
    unit, meaning : str
        Unit of the numbers, and one sentence for the documentation.
    empty, listed, compared : bool, optional
        As those of `Column`.
    """
    return Column(dtype=float, unit=unit, meaning=meaning, empty=empty, listed=listed, compared=compared)


def count(unit: str, meaning: str) -> Column:
    """A column of whole numbers.

    Parameters
    ----------
    unit, meaning : str
        Unit of the numbers, and one sentence for the documentation.
    """
    return Column(dtype=int, unit=unit, meaning=meaning)


def flag(meaning: str) -> Column:
    """A column of yes and no."""
    return Column(dtype=bool, meaning=meaning)


class Columns:
    """The columns of one table, in their order; those of a table are the attributes of a class of its own."""

    _columns: tuple[Column, ...] = ()

    def __init_subclass__(cls) -> None:
        named = {name: some.named(name.rstrip("_")) for name, some in vars(cls).items() if isinstance(some, Column)}
        for name, column in named.items():
            setattr(cls, name, column)
        cls._columns = tuple(named.values())

    @classmethod
    def columns(cls) -> tuple[Column, ...]:
        """All of them, in their order."""
        return cls._columns

    @classmethod
    def frame(cls, cells: Mapping[str, Any] | pd.DataFrame) -> pd.DataFrame:
        """A table of these columns.

        Parameters
        ----------
        cells : mapping of column to values, or DataFrame
            Those of every column; all of one length.

        Returns
        -------
        DataFrame
            Columns in their order; numbers are of their type also where there are none.

        Raises
        ------
        FormulationError
            If a column is missing, or is none of the table's.
        """
        names = [str(column) for column in cls.columns()]
        if wrong := set(names) ^ set(map(str, cells)):
            raise FormulationError(f"{cls.__name__}: columns stated and filled differ: {', '.join(sorted(wrong))}")
        if not isinstance(cells, pd.DataFrame):
            cells = pd.DataFrame({str(name): values for name, values in cells.items()})
        types = dict(zip(cells.columns, cells.dtypes, strict=True))
        typed = {str(some): some.dtype for some in cls.columns() if some.is_number and types[some] != some.dtype}
        cells = cells if list(types) == names else cells[names]
        return cells.astype(typed) if typed else cells  # copies every column, also where nothing changes

    @classmethod
    def of(cls, rows: Iterable[Mapping[Column, Any]]) -> pd.DataFrame:
        """A table of rows, each a mapping of column to value."""
        listed = list(rows)
        if not listed:  # words are words also where there are none
            return cls.frame(pd.DataFrame(columns=[str(column) for column in cls.columns()], dtype=str))
        return cls.frame({column: [row[column] for row in listed] for column in cls.columns()})


def lines(table: pd.DataFrame) -> Iterator[Mapping[str, Any]]:
    """The rows of a table, each a mapping of column to cell; numbers as Python has them."""
    for line in table.to_dict(orient="records"):
        yield {str(name): cell for name, cell in line.items()}


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as JSON holds them: days as 2027-07-01, what is not a number as null.

    Parameters
    ----------
    table : DataFrame

    Returns
    -------
    list of dict
        A row each, by the names of the columns.
    """
    words = {
        str(name): pd.Series([_told(cell) for cell in column], column.index, dtype=object)
        for name, column in table.items()
        if column.dtype == object
    }
    found: list[dict[str, Any]] = json.loads(table.assign(**words).to_json(orient="records"))
    return found


def _told(cell: Any) -> Any:
    """A cell as JSON can hold it."""
    return cell.isoformat() if isinstance(cell, dt.date) else cell


class Answered(Columns):
    """The columns that lead every table of results: whose answer its rows are."""

    scenario = word("name of the scenario; `base` for the base plan")
    answer = word("`base`, `react`, `foresight` or `hedge`")


AnswerKey = tuple[str, str]
"""Scenario and answer."""


@dataclass(frozen=True)
class Table(Generic[Given]):
    """A table of results.

    Parameters
    ----------
    name : str
        As its file is called.
    record : type of Columns
        Its own columns, those of `Answered` left out.
    make : callable
        Makes it of one answer, `Given`, periods as numbers.
    """

    name: str
    record: type[Columns]
    make: Callable[[Given], pd.DataFrame]

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns of its file."""
        return (*Answered.columns(), *self.record.columns())

    @property
    def meaning(self) -> str:
        """What it holds, in a sentence."""
        return (self.make.__doc__ or "").partition("\n\n")[0]


def units(columns: Iterable[Column]) -> dict[str, str]:
    """Unit of every number among columns whose unit is listed, by name."""
    return {str(column): column.unit for column in columns if column.is_number and column.listed}


SITE = word("site")
PLACE = word("site, or the hub of a country")
MATERIAL = word("material")
MODE = word("how goods go, where their route says so, such as `sea` or `air`", empty=True)
PRODUCT = word("material that is wanted")
END_USE = word("end use of the demand")
EXPOSURE = word("exposure class of the goods; `clean`, or content rules joined by `+`")
RECIPE = word("recipe")
COUNTRY = word("country of the site")
PERIOD = word("period: 2027-03, 2027-03/04, 2027Q1, 2029H1, 2030, or its first day where it is none of these")
STAGE = word("stage where the share is measured")
BY = word("what a member is: `country`, `supplier` or `owner`")
YEAR = word("calendar year in which the periods begin, or `all`")
MEMBER = word("country, supplier or owner")
CONTRACT = word("contract; empty for goods bought on the spot", empty=True)
KIND = word("of a licence: `export` or `content`; of a gap in stock: `cover`, `reserve` or `terminal`")
TONNES = number("t", "amount")
SHARE = number("0 to 1", "share of the stage's tonnes; of a project, the part of it that is started")
PRICE = number("USD/t, not discounted", "price paid")
COST = number("USD, discounted to the first day", "cost; of what is missed or broken, the penalty")
"""Columns that several tables have, under one name and with one meaning."""
