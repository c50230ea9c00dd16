"""Variables, rules and cost terms register here, each where its topic is: one declaration, or one function, each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from optimizer.formulation.links import Links
from optimizer.network.sets import Key, fields_of, members_of
from optimizer.network.structure import Structure


class Indexed(Protocol):
    """A variable or a parameter of the model: one entry for each key."""

    def __getitem__(self, key: Any) -> Any: ...
    def __contains__(self, key: object) -> bool: ...


class Model:
    """The programme as rules see it.

    Each topic extends it by what its rules decide (`name: Indexed = variable(...)`) and by the parameters they read
    (`name: Indexed`), so that an attribute that nobody declares is an error of types. At run time it is a Pyomo model.
    """

    structure: Structure
    links: Links
    discount: tuple[float, ...]
    """Factor by which each period's USD are discounted to the start."""

    def __init_subclass__(cls) -> None:
        """Register the variables and note the parameters that a topic declares."""
        for name in cls.__annotations__:
            declared = cls.__dict__.get(name)
            if isinstance(declared, Variable):
                VARIABLES[name] = replace(declared, name=name, topic=_topic(cls.__module__))
            else:
                READ.append(name)


@dataclass(frozen=True)
class Variable:
    """A variable of the formulation; none is below 0.

    Parameters
    ----------
    name : str
        What it is called.
    over : str
        Index set it has a column for each member of.
    timed : bool
        Whether a period follows the members' fields.
    unit, meaning : str
        Its unit, and what it is.
    words : str
        A column in a planner's words, with the fields of its key.
    upper : float or callable
        Upper bound: one for all, or that at a key; None for none.
    lower : callable
        Lower bound at a key; None for 0.
    domain : str
        Which numbers it may take.
    topic : str
        What of the trade it belongs to.
    """

    name: str
    over: str
    timed: bool
    unit: str
    meaning: str
    words: str
    upper: float | Callable[..., float | None] | None = None
    lower: Callable[..., float] | None = None
    domain: Literal["continuous"] = "continuous"
    topic: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of its keys."""
        return fields_of(self.over, self.timed)

    def most(self, model: Model, key: Key) -> float | None:
        """Upper bound at a key.

        Parameters
        ----------
        model : Model
        key : tuple

        Returns
        -------
        float or None
            In the variable's unit; None for none.
        """
        return self.upper(model, *key) if callable(self.upper) else self.upper

    def least(self, model: Model, key: Key) -> float:
        """Lower bound at a key, in the variable's unit.

        Parameters
        ----------
        model : Model
        key : tuple
        """
        return self.lower(model, *key) if self.lower is not None else 0


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
    words : str
        What a row bounds, in a planner's words, with the fields of its key.
    unit : str
        Unit of the bound.
    part : float, optional
        Where the bound is a share: what part of the volume one unit is.
    plain : bool
        Whether it holds by definition: a price of it is a value, not a restriction.
    write : callable
        Writes one row: a Pyomo relation, or `Constraint.Skip`.
    """

    name: str
    over: str
    timed: bool
    words: str
    unit: str
    part: float | None
    plain: bool
    write: Callable[..., Any]

    @property
    def topic(self) -> str:
        """What of the trade it belongs to."""
        return _topic(self.write.__module__)

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields of its rows' keys."""
        return fields_of(self.over, self.timed)


@dataclass(frozen=True)
class CostTerm:
    """A term of the cost.

    Parameters
    ----------
    name : str
        What it is called.
    variable : str
        The variable it prices.
    words : str
        What it pays for.
    penalty : bool
        Whether it is the penalty of missing what was asked for, which nobody is paid.
    price : callable
        USD, discounted to the start, of one unit of the variable at a key; None where the term does not apply.
    """

    name: str
    variable: str
    words: str
    penalty: bool
    price: Callable[..., Any]


def _topic(module: str) -> str:
    """The topic that a module of rules is about."""
    return module.rpartition(".")[2]


VARIABLES: dict[str, Variable] = {}
"""Every variable, in the order of the programme's columns."""
RULES: dict[str, Rule] = {}
"""Every rule, in the order its rows are written."""
COST_TERMS: dict[str, CostTerm] = {}
"""Every cost term, in the order of the cost table."""
READ: list[str] = []
"""Parameters that topics declare; a test compares them with those that there are."""


def variable(
    over: str,
    meaning: str,
    *,
    words: str,
    unit: str = "t",
    timed: bool = True,
    upper: float | Callable[..., float | None] | None = None,
    lower: Callable[..., float] | None = None,
) -> Any:
    """Declare a variable in the model of a topic.

    Parameters
    ----------
    over : str
        Index set it has a column for each member of.
    meaning, words : str
        What it is, and a column in a planner's words.
    unit : str, optional
    timed : bool, optional
        Whether a period follows the members' fields.
    upper : float or callable, optional
        Upper bound in its unit: one for all, or that at a key; by default none.
    lower : callable, optional
        Lower bound in its unit at a key; by default 0.
    """
    return Variable("", over, timed, unit, meaning, words, upper, lower)


def rule(
    over: str, *, words: str, unit: str = "t", part: float | None = None, timed: bool = True, plain: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a rule with one row for each member of an index set.

    Parameters
    ----------
    over : str
        The index set.
    words : str
        What a row bounds, in a planner's words.
    unit : str, optional
        Unit of the bound.
    part : float, optional
        Where the bound is a share: what part of the volume one unit is.
    timed : bool, optional
        Whether a period follows the members' fields.
    plain : bool, optional
        Whether it holds by definition.
    """

    def register(write: Callable[..., Any]) -> Callable[..., Any]:
        RULES[write.__name__] = Rule(write.__name__, over, timed, words, unit, part, plain, write)
        return write

    return register


def cost_term(
    variable: str, *, words: str, penalty: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as the price of a variable in one term of the cost.

    Parameters
    ----------
    variable : str
        Name of the one it prices.
    words : str
        What it pays for.
    penalty : bool, optional
        Whether it is paid to nobody.
    """

    def register(price: Callable[..., Any]) -> Callable[..., Any]:
        COST_TERMS[price.__name__] = CostTerm(price.__name__, variable, words, penalty, price)
        return price

    return register


def keys_of(structure: Structure, links: Links, over: str, timed: bool) -> list[Key]:
    """Keys over an index set, of the structure or derived by the links; each with every period where one follows.

    Parameters
    ----------
    structure : Structure
    links : Links
    over : str
        The index set.
    timed : bool
        Whether a period follows.
    """
    keys = members_of(structure.index if over in structure.index else links.index, over)
    return [(*key, period) for key in keys for period in structure.periods] if timed else keys
