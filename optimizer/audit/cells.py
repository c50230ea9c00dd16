"""Cells of written tables as an auditor reads them."""

from __future__ import annotations


def text_of(cell: object) -> str:
    """A cell of text; one that is empty is read as no number.

    Parameters
    ----------
    cell : object
    """
    return cell if isinstance(cell, str) else ""
