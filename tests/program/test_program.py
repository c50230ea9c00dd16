"""Patched arrays equal a fresh build; the fresh build's numbers are read by Pyomo, not by our compiler."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from numpy.typing import NDArray
from pyomo.environ import value
from pyomo.repn import generate_standard_repn

from optimizer.errors import FormulationError
from optimizer.formulation.compile import _Compiler, compile_network, parameter_vector
from optimizer.formulation.model import build_model, priced
from optimizer.formulation.rules import RULES, VARIABLES
from optimizer.network.build import build_structure, network_of
from optimizer.network.network import Network
from optimizer.network.numbers import PARAMETERS
from optimizer.plans.plan import Planner
from optimizer.program.program import Arrays, Floats
from optimizer.world.timeline import Timelines
from tests.helpers.coarse import coarse
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.seeds import seeds


def arrays_by_pyomo(network: Network) -> dict[str, object]:
    """Cost, sides and matrix of a freshly built model, every expression evaluated by Pyomo."""
    model = build_model(network)
    columns = {id(data): n for n, data in enumerate(v for name in VARIABLES for v in getattr(model, name).values())}
    cost = np.zeros(len(columns))
    for _, variable, product in priced(model):
        for coefficient, data in zip(*_linear(product), strict=True):
            assert data is variable
            cost[columns[id(variable)]] += coefficient
    lower, upper, entries = [], [], {}
    for name in RULES:
        for data in getattr(model, name).values():
            low, body, high = data.to_bounded_expression(evaluate_bounds=True)
            linear = generate_standard_repn(body, compute_values=True)
            lower.append(-np.inf if low is None else low - linear.constant)
            upper.append(np.inf if high is None else high - linear.constant)
            for coefficient, variable in zip(linear.linear_coefs, linear.linear_vars, strict=True):
                key = len(lower) - 1, columns[id(variable)]
                entries[key] = entries.get(key, 0.0) + float(value(coefficient))
    return {"cost": cost, "lower": np.array(lower, float), "upper": np.array(upper, float), "entries": entries}


def _linear(product: object) -> tuple[list[float], list[object]]:
    linear = generate_standard_repn(product, compute_values=True)
    return linear.linear_coefs, linear.linear_vars


def assert_equal(arrays: Arrays, fresh: dict[str, object]) -> None:
    """Equal to the last bit, entries that are 0 in one and missing in the other apart."""
    np.testing.assert_array_equal(arrays.cost, fresh["cost"])
    np.testing.assert_array_equal(arrays.row_lower, fresh["lower"])
    np.testing.assert_array_equal(arrays.row_upper, fresh["upper"])
    ours = dict(
        zip(zip(arrays.rows.tolist(), arrays.columns.tolist(), strict=True), arrays.values.tolist(), strict=True)
    )
    theirs = fresh["entries"]
    assert isinstance(theirs, dict)
    for key in ours.keys() | theirs.keys():
        assert ours.get(key, 0.0) == theirs.get(key, 0.0), key


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(25))
def test_patched_arrays_equal_a_fresh_build(seed: int) -> None:
    case = random_case(seed)
    planner = Planner(case)
    for number in range(3):
        world = planner.worlds([random_scenario(case, 100 * seed + number)])[0]
        lines = Timelines(case, world.timelines.values, world.timelines.starts)
        fresh = Network(network_of(case).structure, lines, base=planner.network, reference=world.reference)
        assert_equal(planner.program.arrays(parameter_vector(world)), arrays_by_pyomo(fresh))


def test_a_patch_leaves_the_base_as_it_was() -> None:
    case = random_case(3)
    planner = Planner(case)
    before = parameter_vector(planner.network).copy()
    planner.worlds([random_scenario(case, number) for number in range(20)])
    np.testing.assert_array_equal(parameter_vector(planner.network), before)


def test_a_coefficient_that_is_not_affine_is_refused() -> None:
    model = build_model(network_of(random_case(0)))
    compiler = _Compiler(model)
    parameter = next(iter(model.quantity.values()))
    with pytest.raises(FormulationError, match="not affine"):
        compiler.terms(parameter * parameter)
    with pytest.raises(FormulationError, match="not affine"):
        compiler.terms(1 / parameter)


def test_garbage_is_collected_again_after_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes of it; and not where it was not before."""
    network = network_of(random_case(0))
    during: list[bool] = []

    def failing(_: object) -> None:
        during.append(gc.isenabled())
        raise FormulationError("no")

    monkeypatch.setattr("optimizer.formulation.compile.build_model", failing)
    for collects in (True, False):
        (gc.enable if collects else gc.disable)()
        try:
            with pytest.raises(FormulationError):
                compile_network(network)
            assert gc.isenabled() == collects
        finally:
            gc.enable()
    assert during == [False, False]


def test_compiling_twice_gives_the_same_program() -> None:
    one, other = (Planner(random_case(5)).program for _ in range(2))
    assert one.column_names == other.column_names
    assert one.row_names == other.row_names
    np.testing.assert_array_equal(one.rows, other.rows)


class Recording(Timelines):
    """Timelines that note which columns are read."""

    read: set[str]

    def series(self, table: str, column: str) -> Floats:
        self.read.add(f"{table}.{column}")
        return super().series(table, column)

    def first_days(self, table: str) -> NDArray[np.int64]:
        self.read.add(f"{table}.from")
        return super().first_days(table)


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_a_parameter_says_every_column_it_reads(name: str) -> None:
    """What it does not say is taken from the base, also where a scenario has changed it."""
    case = coarse("ev-motors")
    timelines = Recording(case)
    timelines.read = set()
    PARAMETERS[name].compute(Network(build_structure(case), timelines))
    assert timelines.read <= PARAMETERS[name].reads


def test_every_place_is_found_by_its_name() -> None:
    program = Planner(random_case(0)).program
    for place, (variable, key) in enumerate(program.column_names):
        assert program.column_at(variable, key) == place
    for place, (rule, key) in enumerate(program.row_names):
        assert program.row_at(rule, key) == place
    variable, key = program.column_names[0]
    beginning = [
        place for place, name in enumerate(program.column_names) if (name[0], name[1][0]) == (variable, key[0])
    ]
    assert [place for place, _ in program.columns_at(variable, key[0])] == beginning
    assert not list(program.columns_at("nothing"))
    assert not list(program.rows_at("nothing"))
