"""The programme as a Pyomo model: variables, parameters, every rule, and the cost."""

from __future__ import annotations

from typing import Any

from pyomo.environ import Any as AnyValue
from pyomo.environ import ConcreteModel, Constraint, NonNegativeReals, Objective, Param, Var, minimize

from optimizer.errors import FormulationError
from optimizer.formulation.links import Links
from optimizer.formulation.registry import Model, Variable, keys_of
from optimizer.formulation.rules import COST_TERMS, RULES, VARIABLES
from optimizer.network.network import Network
from optimizer.network.numbers import PARAMETERS

DOMAINS = {"continuous": NonNegativeReals}
"""What a variable's domain is to Pyomo."""


def build_model(network: Network) -> ConcreteModel:
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
    for name, some in VARIABLES.items():
        keys = keys_of(structure, m.links, some.over, some.timed)
        m.add_component(name, Var(keys, within=DOMAINS[some.domain], bounds=_bounds(some)))
    for name, rule in RULES.items():
        rows = {}
        for key in keys_of(structure, m.links, rule.over, rule.timed):
            try:
                relation = rule.write(m, *key)
            except KeyError as error:
                raise FormulationError(f"rule {name} {tuple(key)}: no such entry {error}") from error
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


def _bounds(some: Variable) -> Any:
    """Bounds of a variable, as Pyomo asks for them."""
    if callable(some.upper):
        return lambda m, *key: (some.least(m, key), some.most(m, key))
    return (0, some.upper)
