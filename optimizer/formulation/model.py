"""The programme as a Pyomo model: variables, parameters, every rule, and the cost."""

from __future__ import annotations

from typing import Any

from pyomo.environ import Any as AnyValue
from pyomo.environ import ConcreteModel, Constraint, NonNegativeReals, Objective, Param, Var, minimize

from optimizer.errors import FormulationError
from optimizer.formulation.costs import COST_TERMS
from optimizer.formulation.links import Links
from optimizer.formulation.registry import Model, members, timed_keys
from optimizer.formulation.rules import RULES
from optimizer.network.network import Network
from optimizer.network.numbers import PARAMETERS

VARIABLES: dict[str, tuple[str, bool, str, str]] = {
    "buy": ("offers", True, "t", "bought on the spot"),
    "take": ("contracts", True, "t", "taken under contract"),
    "unpaid": ("contracts", True, "t", "paid for and not taken"),
    "reserve": ("contracts", False, "t/year", "reserved"),
    "ship": ("lanes", True, "t", "leaving on a lane"),
    "charged": ("charged", True, "t", "leaving a country under an export charge"),
    "run": ("runs", True, "t", "activity of a plant"),
    "downgrade": ("downgrades", True, "t", "goods of a cleaner class used as a more exposed one"),
    "dilute": ("dilutes", True, "t", "exposed input inside a cleaner lot"),
    "stock": ("stocks", True, "t", "in stock at the end of a period"),
    "serve": ("serves", True, "t", "delivered to a demand"),
    "short": ("demands", True, "t", "missing"),
    "start": ("starts", False, "share", "of a project started"),
    "cover_breach": ("covered", True, "t", "missing from cover"),
    "reserve_breach": ("reserved", True, "t", "missing from the reserve"),
    "terminal_breach": ("terminals", False, "t", "missing on the last day"),
    "volume": ("limit_spans", False, "t or USD", "at a limit's stage in a window"),
    "member": ("limit_windows", False, "t or USD", "of a limit's member in a window"),
    "square": ("squares", False, "t", "of a member's tonnes, over the volume"),
    "breach": ("soft_limits", False, "t or USD", "by which a limit is broken"),
}
"""Variables: index set, whether a period follows, unit, meaning. All are at least 0."""


def build_model(network: Network) -> Model:
    """Write a network as a linear programme.

    Parameters
    ----------
    network : Network
        A case on its calendar.

    Returns
    -------
    ConcreteModel
        With one component per variable, parameter and rule, and the objective `cost`.

    Raises
    ------
    FormulationError
        If a rule refers to something that does not exist.
    """
    structure = network.structure
    m: Any = ConcreteModel(name=network.case.name)
    m.structure = structure
    m.links = Links(structure)
    m.discount = tuple(float(factor) for factor in structure.calendar.discount(network.case.file.discount_rate))
    for name, parameter in PARAMETERS.items():
        keys = parameter.keys(structure)
        numbers = dict(zip(keys, network.value(name).ravel().tolist(), strict=True))
        m.add_component(name, Param(keys, initialize=numbers, mutable=True, within=AnyValue))
    for name, (over, timed, _, _) in VARIABLES.items():
        keys = timed_keys(m, over) if timed else members(m, over)
        m.add_component(name, Var(keys, within=NonNegativeReals, bounds=_bounds(m, name)))
    for name, rule in RULES.items():
        rows = {}
        for key in rule.rows(m):
            try:
                relation = rule.write(m, *key)
            except KeyError as error:
                raise FormulationError(f"rule {name} {key}: no such entry {error}") from error
            if relation is not Constraint.Skip and relation is not True:
                rows[key] = relation
        m.add_component(name, Constraint(list(rows), rule=lambda _, *key, rows=rows: rows[key]))
    m.cost = Objective(expr=sum(cost for _, _, cost in priced(m)), sense=minimize)
    return m


def priced(m: Model) -> list[tuple[str, Any, Any]]:
    """Every priced column: cost term, variable, and their product.

    Parameters
    ----------
    m : ConcreteModel
        A model with its variables and parameters.

    Returns
    -------
    list of tuple
        Term, variable data and expression, in the order of the terms.
    """
    found = []
    for name, term in COST_TERMS.items():
        for key, variable in getattr(m, term.variable).items():
            price = term.price(m, *(key if isinstance(key, tuple) else (key,)))
            if price is not None:
                found.append((name, variable, price * variable))
    return found


def _bounds(m: Model, name: str) -> Any:
    """Upper bounds of the variables that have one."""
    if name == "reserve":
        return lambda _, contract: (0, m.links.contract_rows[contract].max_volume)
    if name == "start":
        return (0, 1)
    if name == "short":
        return lambda _, *key: (0, 0 if key[:-1] in m.structure.must else None)
    return (0, None)
