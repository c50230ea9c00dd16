"""Rules and cost terms register here: one function each, its equation in its docstring."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pyomo.environ import ConcreteModel

from optimizer.network.sets import fields_of, members_of

Model = Any
"""A Pyomo model; its components are made at run time, so no static type knows them."""


def members(model: Model, over: str) -> list[tuple[Any, ...]]:
    """Members of an index set, of the structure or derived by the links."""
    return members_of(model.structure.index if over in model.structure.index else model.links.index, over)


def timed_keys(model: Model, over: str) -> list[tuple[Any, ...]]:
    """Members of an index set, each with every period."""
    return [(*key, period) for key in members(model, over) for period in model.structure.periods]


@dataclass(frozen=True)
class Rule:
    """A rule of the formulation.

    Parameters
    ----------
    name : str
        What it is called, here and in every table of prices.
    over : str
        Index set it has a row for each member of.
    timed : bool
        Whether a period follows the members' fields.
    write : callable
        Writes one row: a Pyomo relation, or `Constraint.Skip`.
    """

    name: str
    over: str
    timed: bool
    write: Callable[..., Any]

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of its rows' keys."""
        return fields_of(self.over, self.timed)

    def rows(self, model: ConcreteModel) -> Iterable[tuple[Any, ...]]:
        """Keys of the rule's rows."""
        return timed_keys(model, self.over) if self.timed else members(model, self.over)


@dataclass(frozen=True)
class CostTerm:
    """A term of the cost.

    Parameters
    ----------
    name : str
        What it is called.
    variable : str
        The variable it prices.
    price : callable
        USD, discounted to the start, of one unit of the variable at a key; None where the term does not apply.
    """

    name: str
    variable: str
    price: Callable[..., Any]


RULES: dict[str, Rule] = {}
"""Every rule, in the order its rows are written."""
COST_TERMS: dict[str, CostTerm] = {}
"""Every cost term, in the order of the cost table."""


def rule(over: str, *, timed: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a rule with one row for each member of an index set."""

    def register(write: Callable[..., Any]) -> Callable[..., Any]:
        RULES[write.__name__] = Rule(write.__name__, over, timed, write)
        return write

    return register


def cost_term(variable: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as the price of a variable in one term of the cost."""

    def register(price: Callable[..., Any]) -> Callable[..., Any]:
        COST_TERMS[price.__name__] = CostTerm(price.__name__, variable, price)
        return price

    return register
