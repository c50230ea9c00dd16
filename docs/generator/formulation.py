"""The formulation: every symbol, rule and cost term, from the registry and the docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from docs.generator.markdown import code, head, joined, said, table
from optimizer.formulation import rules
from optimizer.formulation.rules import COST_TERMS, RULES, VARIABLES
from optimizer.network.numbers import PARAMETERS
from optimizer.network.sets import INDEX_SETS

NAME = re.compile(r"(?<![\\A-Za-z])(?:[A-Za-z](?:[A-Za-z]|\\_)+(?=_)|margin)")
"""A name in an equation: letters before a subscript, and the only one that has none."""


def page() -> str:
    """The page on the formulation."""
    variables = [
        (f"`{some.name}`", _each(some.over, some.timed), some.unit, some.meaning) for some in VARIABLES.values()
    ]
    numbers = [
        (f"`{p.name}`", _each(p.over, p.timed), p.unit, said(p.meaning), code(sorted(p.reads)))
        for p in PARAMETERS.values()
    ]
    sets = [(f"`{some.name}`", code(some.fields), some.meaning) for some in INDEX_SETS.values()]
    return joined(
        [
            head("formulation"),
            "## Index sets\n\nA set holds only what supply can reach and demand or stock can use.",
            table(["set", "fields", "what it holds"], sets),
            "## Variables\n\nAll are at least 0; `reserve` is at most the contract's `max_volume`, `start` at most 1.",
            table(["variable", "one for each", "unit", "meaning"], variables),
            "## Parameters\n\nA scenario changes these numbers and nothing else.",
            table(["parameter", "one for each", "unit", "meaning", "read from"], numbers),
            "## Rules",
            *(part for topic in rules.HERE for part in _rules(import_module(f"{rules.__name__}.{topic}"))),
            "## Cost terms\n\nThe cost is the sum of these terms, USD, discounted to the first day.",
            *(_entry(name, f"Prices `{term.variable}`.", term.price) for name, term in COST_TERMS.items()),
        ]
    )


def _each(over: str, timed: bool) -> str:
    """What there is one of each for."""
    return f"`{over}`" + (" and period" if timed else "")


def _rules(module: Any) -> list[str]:
    """The rules of one module under its own heading."""
    parts = ["### " + said((module.__doc__ or "").splitlines()[0]).rstrip(".")]
    for name, rule in RULES.items():
        if rule.write.__module__ == module.__name__:
            parts.append(_entry(name, f"One row for each {code(rule.fields)} (`{rule.over}`).", rule.write))
    return parts


def _entry(name: str, where: str, function: Callable[..., Any]) -> str:
    """A rule or cost term: what it says, where it applies, its equation."""
    meaning, _, equation = inspect.cleandoc(function.__doc__ or "").partition(".. math::")
    return f"#### {name}\n\n{said(meaning)} {where}\n\n```math\n{_equation(equation)}\n```"


def _equation(text: str) -> str:
    """An equation as GitHub sets it: names of more than one letter in one piece, lines kept."""
    lines = [NAME.sub(r"\\mathit{\g<0>}", line.strip()) for line in text.strip().splitlines() if line.strip()]
    if len(lines) == 1:
        return lines[0]
    return "\\begin{aligned}\n" + " \\\\\n".join(f"& {line}" for line in lines) + "\n\\end{aligned}"
