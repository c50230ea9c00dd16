"""Rows and columns of the programme in a planner's words."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.formulation.rules import RULES, VARIABLES
from optimizer.network.sets import Key


def row_words(rule: str, key: Key, labels: Sequence[str]) -> str:
    """What a row bounds.

    Parameters
    ----------
    rule : str
        Name of the rule.
    key : tuple
        The row's key.
    labels : sequence of str
        Names of the periods.
    """
    return _said(RULES[rule].words, RULES[rule].fields, key, labels)


def column_words(variable: str, key: Key, labels: Sequence[str]) -> str:
    """What a column decides; parameters as those of `row_words`.

    Parameters
    ----------
    variable : str
        Name of the variable.
    key : tuple
        The column's key.
    labels : sequence of str
        Names of the periods.
    """
    return _said(VARIABLES[variable].words, VARIABLES[variable].fields, key, labels)


def _said(pattern: str, fields: tuple[str, ...], key: Key, labels: Sequence[str]) -> str:
    """A pattern with the fields of a key, how goods go, and the name of its period, where it has one."""
    parts = dict(zip(fields, key, strict=True))
    by_mode = f" by {parts['mode']}" if parts.get("mode") else ""
    told = pattern.format(**parts, by_mode=by_mode)
    return f"{told}, {labels[key[-1]]}" if fields[-1] == "period" else told
