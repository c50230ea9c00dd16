"""Walk the Pyomo rules once and keep every coefficient as an affine function of the parameters."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from pyomo.core.expr import numeric_expr as expressions
from pyomo.core.expr.numvalue import native_numeric_types
from pyomo.repn import generate_standard_repn

from optimizer.errors import FormulationError
from optimizer.formulation.model import build_model, priced
from optimizer.formulation.registry import Model
from optimizer.formulation.rules import COST_TERMS, RULES, VARIABLES
from optimizer.formulation.rules.limits import Limits
from optimizer.network.network import Network
from optimizer.network.numbers import PARAMETERS
from optimizer.network.windows import SLOTS
from optimizer.program.program import Affine, Floats, Program, Squares, blocks

Terms = tuple[float, dict[int, float]]
"""A constant, and the coefficient of each parameter by its place in the vector."""


class _Compiler:
    """Places of a model's parameters and columns, and the walk over its expressions."""

    def __init__(self, model: Model) -> None:
        self.parameters: list[tuple[str, Any]] = []
        self.place: dict[int, int] = {}
        for name in PARAMETERS:
            for key, data in getattr(model, name).items():
                self.place[id(data)] = len(self.parameters)
                self.parameters.append((name, _key(key)))
        self.columns: list[tuple[str, Any]] = []
        self.column: dict[int, int] = {}
        self.variables: list[Any] = []
        for name in VARIABLES:
            for key, data in getattr(model, name).items():
                self.column[id(data)] = len(self.columns)
                self.columns.append((name, _key(key)))
                self.variables.append(data)

    def terms(self, expression: Any) -> Terms:
        """An expression without variables as a constant and parameter coefficients."""
        if type(expression) in native_numeric_types:
            return float(expression), {}
        if expression is None:
            return 0.0, {}
        if id(expression) in self.place:
            return 0.0, {self.place[id(expression)]: 1.0}
        if isinstance(expression, expressions.NegationExpression):
            return _scaled(self.terms(expression.args[0]), -1.0)
        if isinstance(expression, expressions.ProductExpression):
            one, other = (self.terms(part) for part in expression.args)
            if one[1] and other[1]:
                raise FormulationError(
                    f"not affine in the parameters; compute it in optimizer/network/numbers: {expression}"
                )
            return _scaled(one, other[0]) if one[1] else _scaled(other, one[0])
        if isinstance(expression, expressions.SumExpression | expressions.LinearExpression):
            total: Terms = (0.0, {})
            for part in expression.args:
                total = _added(total, self.terms(part))
            return total
        raise FormulationError(f"not affine in the parameters; compute it in optimizer/network/numbers: {expression}")


def _key(key: Any) -> tuple[Any, ...]:
    return tuple(key) if isinstance(key, tuple) else (key,)


def _scaled(terms: Terms, factor: float) -> Terms:
    return terms[0] * factor, {place: value * factor for place, value in terms[1].items()}


def _added(one: Terms, other: Terms) -> Terms:
    merged = dict(one[1])
    for place, value in other[1].items():
        merged[place] = merged.get(place, 0.0) + value
    return one[0] + other[0], merged


def _affine(entries: Iterable[Terms]) -> Affine:
    """A vector of terms as arrays."""
    listed = list(entries)
    triples = [(at, place, value) for at, (_, some) in enumerate(listed) for place, value in some.items()]
    at, place, value = zip(*triples, strict=True) if triples else ((), (), ())
    return Affine(
        np.array([constant for constant, _ in listed], float),
        np.array(at, np.int64),
        np.array(place, np.int64),
        np.array(value, float),
    )


def compile_model(model: Any) -> Program:
    """Compile a built model.

    Parameters
    ----------
    model : ConcreteModel
        From `build_model`.

    Returns
    -------
    Program
        Its arrays, affine in the parameters.

    Raises
    ------
    FormulationError
        If a coefficient is not affine in the parameters, or a rule not linear in the variables.
    """
    compiler = _Compiler(model)
    rows: list[tuple[str, Any]] = []
    lower: list[Terms] = []
    upper: list[Terms] = []
    entries: list[tuple[int, int, Terms]] = []
    for name in RULES:
        for key, data in getattr(model, name).items():
            low, body, high = data.to_bounded_expression()
            linear = generate_standard_repn(body, compute_values=False, quadratic=False)
            if linear.nonlinear_expr is not None:
                raise FormulationError(f"rule {name} {key} is not linear in the variables")
            shift = _scaled(compiler.terms(linear.constant), -1.0)
            number = len(rows)
            rows.append((name, _key(key)))
            lower.append((-np.inf, {}) if low is None else _added(compiler.terms(low), shift))
            upper.append((np.inf, {}) if high is None else _added(compiler.terms(high), shift))
            merged: dict[int, Terms] = {}
            for coefficient, variable in zip(linear.linear_coefs, linear.linear_vars, strict=True):
                column = compiler.column[id(variable)]
                terms = compiler.terms(coefficient)
                merged[column] = _added(merged[column], terms) if column in merged else terms
            entries += [(column, number, terms) for column, terms in merged.items() if terms[0] or terms[1]]
    entries.sort(key=lambda entry: entry[:2])
    counts = (
        np.bincount([column for column, _, _ in entries], minlength=len(compiler.columns))
        if entries
        else np.zeros(0, int)
    )
    bounds = [(variable.lb, variable.ub) for variable in compiler.variables]
    return Program(
        column_names=tuple(compiler.columns),
        row_names=tuple(rows),
        parameter_names=tuple(compiler.parameters),
        costs=_costs(model, compiler),
        row_lower=_affine(lower),
        row_upper=_affine(upper),
        column_lower=np.array([low for low, _ in bounds], float),
        column_upper=np.array([np.inf if high is None else high for _, high in bounds], float),
        values=_affine(terms for _, _, terms in entries),
        starts=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        rows=np.array([row for _, row, _ in entries], np.int64),
        squares=_squares(model, compiler),
        shares=_shares(compiler),
    )


def _shares(compiler: _Compiler) -> tuple[int, int]:
    """Where the content shares of clean lots stand among the parameters."""
    block = blocks([name for name, _ in compiler.parameters]).get("content_share", slice(0, 0))
    return block.start, block.stop


def _squares(model: Limits, compiler: _Compiler) -> tuple[Squares, ...]:
    """Where the tangents of each sum of squares stand."""

    def column(variable: Any) -> int:
        return compiler.column[id(variable)]

    def place(parameter: Any) -> int:
        return compiler.place[id(parameter)]

    return tuple(
        Squares(
            volume=column(model.volume[span]),
            members=np.array([column(model.member[key]) for key in keys], np.int64),
            squares=np.array([column(model.square[key]) for key in keys], np.int64),
            slopes=np.array([[place(model.tangent_slope[*key, n]) for n in range(SLOTS)] for key in keys], np.int64),
            drops=np.array([[place(model.tangent_drop[*key, n]) for n in range(SLOTS)] for key in keys], np.int64),
        )
        for span, keys in model.links.squares.items()
    )


def _costs(model: Model, compiler: _Compiler) -> dict[str, Affine]:
    """Cost of every column, by term."""
    terms: dict[str, list[Terms]] = {name: [(0.0, {})] * len(compiler.columns) for name in COST_TERMS}
    for name, variable, product in priced(model):
        if type(product) in native_numeric_types:
            continue
        coefficient = product.args[0] if product.args[1] is variable else product.args[1]
        column = compiler.column[id(variable)]
        terms[name][column] = _added(terms[name][column], compiler.terms(coefficient))
    return {name: _affine(some) for name, some in terms.items()}


def compile_network(network: Network) -> Program:
    """Build and compile the programme of a network; networks patched from it share the result."""
    with _nothing_collected():
        return compile_model(build_model(network))


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Look for no cycles that can go: a model is millions of objects that stay, and half the time went to that."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def parameter_vector(network: Network) -> Floats:
    """Every parameter of a network in the order of its program's vector."""
    return np.concatenate([network.value(name).ravel() for name in PARAMETERS])
