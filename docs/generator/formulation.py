"""The formulation: every symbol, rule and cost term, from the registry and the docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from docs.generator.markdown import code, head, joined, said, table
from optimizer.formulation import rules
from optimizer.formulation.costs import COST_TERMS
from optimizer.formulation.model import VARIABLES
from optimizer.formulation.rules import RULES
from optimizer.network.numbers import PARAMETERS
from optimizer.topics import TOPICS

NAME = re.compile(r"(?<![\\A-Za-z])(?:[A-Za-z](?:[A-Za-z]|\\_)+(?=_)|margin)")
"""A name in an equation: letters before a subscript, and the only one that has none."""
INDEX_SETS: dict[str, tuple[str, str]] = {
    "balances": ("place material exposure", "goods that have a balance"),
    "plants": ("site process", "plants that can be of use"),
    "runs": ("site recipe exposure", "what a plant can run, by the class of the lot"),
    "offers": ("offer", "spot offers"),
    "contracts": ("contract", "contracts"),
    "lanes": ("origin destination material exposure", "lanes, by the class of the goods on them"),
    "stocks": ("site material exposure", "what can be in stock"),
    "stock_sites": ("site material", "rows of the table of stocks"),
    "demands": ("site product end_use", "demands"),
    "serves": ("site product end_use material exposure", "what can serve a demand"),
    "substitutes": ("site product end_use material", "substitutes that can serve a demand"),
    "downgrades": ("place material exposure used_as", "goods of a class that can be used as a more exposed one"),
    "dilutes": ("site recipe material exposure lot", "exposed inputs that can go into a cleaner lot"),
    "bounded_dilutions": ("site recipe material lot", "dilutions that the value rule alone does not bound"),
    "clean_lots": ("control site recipe lot", "lots that can hold goods exposed to a rule and still be clean of it"),
    "rules": ("rule", "content rules; controls of one scope and threshold are one rule"),
    "routes": ("from_country to_country", "pairs of countries that a lane connects"),
    "transits": ("from_country to_country leaves arrives", "periods in which goods can leave and arrive"),
    "dutied": ("from_country to_country material", "goods that pay duty"),
    "charged": ("country material", "goods that bear an export charge when they leave"),
    "home_markets": ("country material", "goods sold somewhere for use at home"),
    "projects": ("project", "projects"),
    "qualifications": ("project", "projects that qualify a supplier"),
    "startable": ("project", "projects not yet under way"),
    "starts": ("project period", "periods in which a project can start"),
    "openings": ("project starts period", "periods in which a project can be open, by that in which it starts"),
    "export_licences": ("control place group", "export licences, by place and licence group"),
    "content_licences": ("control place group", "the same for content rules"),
    "applicants": ("control applicants", "applicants that some approvals of a control reach"),
    "export_applicants": ("control place group applicants", "export licences that approvals reach, by applicants"),
    "content_applicants": ("control place group applicants", "the same for content rules"),
    "end_use_licences": ("control site product end_use", "demands that an end-use control reaches"),
    "covered": ("site product", "stocks with a cover"),
    "reserved": ("site material", "stocks with a reserve"),
    "terminals": ("site material", "stocks with a terminal stock"),
    "limit_spans": ("limit window", "limits and their windows"),
    "limit_windows": ("limit member window", "limits, the members they bind and their windows"),
    "share_limits": ("limit member window", "those on a share"),
    "volume_limits": ("limit member window", "those on tonnes"),
    "spend_limits": ("limit member window", "those on spend"),
    "hhi_limits": ("limit member window", "those on the sum of squared shares; the member is `everybody`"),
    "squares": ("limit member window", "members whose squared share counts in one of those"),
    "tangents": ("limit member window slot", "tangents that draw a square"),
    "soft_limits": ("limit member window", "those that can be broken at a price"),
}
"""Fields of the tuples of every index set, and what it holds; a test compares it with a network."""


def page() -> str:
    """The page on the formulation."""
    variables = [
        (f"`{name}`", _each(over, timed), unit, meaning) for name, (over, timed, unit, meaning) in VARIABLES.items()
    ]
    numbers = [
        (f"`{p.name}`", _each(p.over, p.timed), p.unit, said(p.meaning), code(sorted(p.reads)))
        for p in PARAMETERS.values()
    ]
    sets = [(f"`{name}`", code(fields.split()), meaning) for name, (fields, meaning) in INDEX_SETS.items()]
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
            *(part for topic in TOPICS for part in _rules(import_module(f"{rules.__name__}.{topic}"))),
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
            fields = INDEX_SETS[rule.over][0].split()
            each = code([*fields, "period"] if rule.timed else fields)
            parts.append(_entry(name, f"One row for each {each} (`{rule.over}`).", rule.write))
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
