"""Labels: the names that people have for a row, the key made of one, and labels read where a name is expected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field

from optimizer.case.references import Kind, definitions, may_name
from optimizer.case.text import brief, one_form
from optimizer.faults import WrongError

Label = Annotated[str, Field(max_length=120)]
"""What people call a row, such as ``JL Mag (Ganzhou)``."""
Labels = dict[Kind, dict[str, str]]
"""Of each kind of names, those that stand for labels."""
NAMED: tuple[Kind, ...] = ("materials", "sites", "offers")
"""Kinds of names that rows with a label have."""
SPELLED = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "ae", "ø": "o", "Ø": "o", "œ": "oe", "ł": "l", "Ł": "l"})
"""Latin letters that are no other letter with a mark."""
MAX_KEY = 80
"""Longest key, that of a name."""


def key_of(label: str, column: str = "label") -> str:
    """A key made of a label: ``jl-mag-ganzhou`` of ``JL Mag (Ganzhou)``.

    Parameters
    ----------
    label : str
    column : str, optional
        Where the key would stand, for what is said where none can be made.

    Returns
    -------
    str
        Small Latin letters, digits and hyphens.

    Raises
    ------
    WrongError
        If the label has neither Latin letters nor digits.
    """
    plain = unicodedata.normalize("NFKD", label.translate(SPELLED)).encode("ascii", "ignore").decode().lower()
    key = re.sub("[^a-z0-9]+", "-", plain).strip("-")[:MAX_KEY].rstrip("-")
    if not key:
        expected = "a name in Latin letters or digits, as none can be made of the label"
        raise WrongError(
            f"{column}: expected {expected} ({brief(label)}), found nothing",
            "missing-value",
            column=column,
            expected=expected,
        )
    return key


def with_keys(given: Mapping[str, Any], record: type[BaseModel], labels: Labels) -> dict[str, Any]:
    """Cells of a row, each label in a place of names replaced by the name that it stands for.

    Parameters
    ----------
    given : mapping of str to object
        Cells by column.
    record : type of Row
        What the row is to make.
    labels : Labels
        Of the tables read so far.

    Returns
    -------
    dict of str to object
    """
    cells = {column: one_form(cell) for column, cell in given.items()}
    for column, kinds in may_name(record).items():
        known = {label: key for kind in kinds for label, key in labels.get(kind, {}).items()}
        cell = cells.get(column)
        if known and isinstance(cell, str):
            cells[column] = known.get(cell) or "; ".join(
                known.get(part.strip(), part.strip()) for part in cell.split(";")
            )
        elif known and isinstance(cell, list | tuple):
            cells[column] = tuple(known.get(part, part) if isinstance(part, str) else part for part in cell)
    return cells


def add_labels(labels: Labels, rows: Iterable[BaseModel]) -> None:
    """Add the labels of rows that have one to those that are known.

    Parameters
    ----------
    labels : Labels
        Changed in place.
    rows : iterable of Row
        Of one table.
    """
    for row in rows:
        cells = dict(row)
        for field, kind in definitions(type(row)) if cells.get("label") else ():
            if field in cells and kind in NAMED:
                labels.setdefault(kind, {}).setdefault(cells["label"], cells[field])
