"""What must hold of controls and limits on any network."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest

from optimizer.case.case import Case
from optimizer.engine.refine import Solver
from optimizer.plans.long_tables import consumption, purchases
from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import Planner
from optimizer.program.variant import Entries, Variant
from optimizer.world.scenario import scenario_from
from tests.helpers.changes import changed, without
from tests.helpers.cost import least_cost
from tests.helpers.networks import START, random_case
from tests.helpers.planned import plan
from tests.helpers.seeds import a_fifth, seeds

SEEDS = seeds(25)
CLOSE = 1e-7
BITES = (5, 11)
"""Seeds of networks in which exposed goods would go into clean lots."""
HEAD = {"name": "lower", "title": "lower", "probability": 0.1, "source": "test of properties"}


def assert_costs_alike(ruled: Case, free: Case) -> None:
    """A case whose controls do nothing costs what one without them does, where goods go on from stock in neither.

    A control of any terms tells origins apart, and so keeps goods in stock whose origin is not known from going abroad.
    """
    some, planner = Planner(ruled), Planner(free)
    lanes = {lane[:3] for lane in some.network.structure.index["lanes"]}
    names = planner.program.column_names
    closed = np.flatnonzero([name == "ship" and key[:3] not in lanes for name, key in names])
    upper = Entries(closed, np.zeros(len(closed)))
    variant = Variant(("closed",), planner.parameters(planner.refer()), column_upper=upper)
    found = Solver(planner.program, planner.start).solve(variant)
    assert some.start.answer.cost == pytest.approx(found.proof("there is no plan").objective, rel=CLOSE)


@pytest.mark.parametrize("seed", SEEDS)
def test_tightening_a_control_never_lowers_cost(seed: int) -> None:
    case = random_case(seed)
    costs = [
        least_cost(changed(case, "controls", {"approval": lambda row, f=factor: row.approval * f}))
        for factor in (1.0, 0.6, 0.2, 0.0)
    ]
    assert (np.diff(costs) >= -CLOSE * abs(costs[0])).all()


@pytest.mark.parametrize("kind", ["export", "content", "end_use"])
@pytest.mark.parametrize("seed", seeds(12))
def test_full_approval_is_no_control(seed: int, kind: str) -> None:
    """The classes of a content rule stay, but nothing keeps them apart; nor are some listed and get less.

    A control that is adopted holds trade to what is normal at an approval of 1 too; here nobody has adopted any.
    """
    case = changed(random_case(seed), "approvals", {"share": 1.0, "processing_days": 0.0})
    case = Case(case.file, case.tables.replaced(grants=(), holds=()), {**case.places, "grants": (), "holds": ()})
    terms = {"approval": 1.0, "processing_days": 0.0, "quota": None, "adopted": False}
    approved = changed(case, "controls", terms, kind=kind)
    assert_costs_alike(approved, without(case, kind))


@pytest.mark.parametrize("seed", seeds(12))
def test_no_approval_is_a_ban(seed: int) -> None:
    """Refusing every export licence costs what closing the lanes costs."""
    case = random_case(seed)
    always = {"suspended_from": None, "suspended_until": None, "expires": None}
    refused = changed(case, "controls", {"approval": 0.0, "processing_days": 0.0, **always}, kind="export")
    open_case = changed(refused, "controls", {"approval": 1.0, "quota": None}, kind="export")
    planner = Planner(open_case)
    exports = {row.control for row in case.tables.controls if row.kind == "export"}
    banned = {lane for name, lanes in planner.network.structure.governs.items() if name in exports for lane in lanes}
    names = planner.program.column_names
    closed = np.flatnonzero([name == "ship" and key[:-1] in banned for name, key in names])
    upper = Entries(closed, np.zeros(len(closed)))
    variant = Variant(("ban",), planner.parameters(planner.refer()), column_upper=upper)
    answer = Solver(planner.program, planner.start).solve(variant)
    assert answer.certificate is not None
    assert answer.certificate.objective == pytest.approx(least_cost(refused), rel=CLOSE)


@pytest.mark.parametrize("seed", seeds(12))
def test_a_threshold_of_one_is_no_rule(seed: int) -> None:
    case = random_case(seed)
    free = changed(
        changed(case, "controls", {"threshold": 1.0}, kind="content"), "controls", {"threshold": 1.0}, kind="end_use"
    )
    assert_costs_alike(free, without(without(case, "content"), "end_use"))


@pytest.mark.parametrize("seed", a_fifth([*BITES, *(seed for seed in range(12) if seed not in BITES)]))
def test_a_lower_threshold_never_costs_less(seed: int) -> None:
    """On one reference: where `trade` says none, it is what is shipped under the end-use rules of the case itself."""
    case = random_case(seed)
    always = {"suspended_from": None, "suspended_until": None, "expires": None, "effective": START}
    for kind in ("content", "end_use"):
        terms = {**always, "approval": 0.0, "threshold": 0.3, "inputs": (), "destinations": ("*",)}
        case = changed(case, "controls", terms, kind=kind)
    planner = Planner(case)
    rules = [row.control for row in case.tables.controls if row.kind in ("content", "end_use")]
    solver, costs = Solver(planner.program, planner.start), [planner.start.answer.cost]
    for threshold in (0.1, 0.01, 0.0) if rules else ():
        lower = {"table": "controls", "where": {"control": rules}, "set": {"threshold": threshold}, "from": START}
        scenario = scenario_from({**HEAD, "announced": START, "events": [{"what": "lower", **lower}]})
        (world,) = planner.worlds([scenario])
        (variant,) = planner.variants(scenario, world, ("foresight",))
        costs.append(solver.solve(variant).cost)
    assert (np.diff(costs) >= -CLOSE * abs(costs[0])).all()
    assert costs[-1] > costs[0] + 1 or seed not in BITES


@pytest.mark.parametrize("seed", seeds(100, quick=5))
def test_a_looser_limit_never_costs_more(seed: int) -> None:
    case = random_case(seed)
    costs = []
    for loosening in (0.0, 0.5, 1.0):

        def moved(row: Any, by: float = loosening) -> float:
            top = 1.0 if row.measure == "share" else 3 * row.value
            return float(row.value + by * ((top if row.sense == "at_most" else 0.0) - row.value))

        costs.append(least_cost(changed(case, "limits", {"value": moved})))
    assert (np.diff(costs) <= CLOSE * abs(costs[0])).all()


@pytest.mark.parametrize("seed", seeds(12))
def test_a_suspended_rule_is_no_rule(seed: int) -> None:
    case = random_case(seed)
    asleep = changed(case, "controls", {"suspended_from": lambda row: row.effective, "suspended_until": None})
    awake = case
    for kind in ("export", "content", "end_use", "technology"):
        awake = without(awake, kind)
    assert_costs_alike(asleep, awake)


@pytest.mark.parametrize("seed", SEEDS)
def test_exposed_goods_close(seed: int) -> None:
    """Of goods exposed to a rule, all that comes to a place is used, moved, kept, delivered or disposed of there."""
    outcome = plan(random_case(seed), []).outcome()
    for (rule,) in outcome.frame.structure.index["rules"]:
        for place, left in exposed_left(outcome, str(rule)).items():
            assert left >= -1e-5, (rule, place, left)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_released_stays_below_the_threshold(seed: int) -> None:
    """Exposed goods leave their class only inside clean lots that hold less than the threshold of them by value."""
    case = random_case(seed)
    outcome = plan(case, []).outcome()
    value = {row.material: row.unit_value for row in case.tables.materials}
    used: Any = consumption(outcome)
    made: Any = outcome.variable("run").set_index(["site", "recipe", "exposure", "period"])["tonnes"]
    for row in case.tables.controls:
        if row.control not in outcome.frame.structure.exposures.rules:
            continue
        spent: dict[tuple[Any, ...], float] = defaultdict(float)
        for line in used.itertuples():
            if row.control in line.exposure.split("+") and row.control not in line.lot.split("+"):
                spent[line.site, line.recipe, line.lot, line.period] += line.tonnes * value[line.material]
        for (site, recipe, lot, period), usd in spent.items():
            product = outcome.frame.structure.by.product_of[outcome.frame.structure.by.process_of[recipe]]
            whole = made[site, recipe, lot, period] * value[product]
            assert usd <= max(0.0, row.threshold - case.file.content_margin) * whole * (1 + 1e-6) + 1e-3


def exposed_left(outcome: Outcome, rule: str) -> dict[tuple[str, str], float]:
    """Tonnes exposed to a rule that come to each place over the horizon less those that are used or go on."""
    structure, left = outcome.frame.structure, defaultdict(float)

    def count(place: str, material: str, exposure: str, tonnes: float) -> None:
        if rule in exposure.split("+"):
            left[place, material] += tonnes

    rows: dict[str, Any] = {name: outcome.variable(name).itertuples() for name in ("ship", "run", "downgrade", "serve")}
    for line in purchases(outcome).itertuples():
        count(structure.place[line.site, line.material], line.material, line.exposure, line.tonnes)
    tables = outcome.network.case.tables
    there = {(row.site, row.material): row.opening for row in tables.stocks}
    there |= {(row.site, row.material, row.origin, row.on): row.tonnes for row in tables.arrivals}
    for key, (place, material, exposure) in structure.opening.items():
        count(place, material, exposure, there[key])
    for line in rows["ship"]:
        count(line.origin, line.material, line.exposure, -line.tonnes)
        count(line.destination, line.material, line.exposure, line.tonnes)
    for line in rows["run"]:
        for material, tonnes in structure.by.recipes[line.recipe].items():
            if tonnes > 0:
                made = structure.produces[line.site, line.recipe, line.exposure, material]
                count(structure.place[line.site, material], material, made, tonnes * line.tonnes)
    for line in rows["downgrade"]:
        count(line.place, line.material, line.exposure, -line.tonnes)
        count(line.place, line.material, line.used_as, line.tonnes)
    for line in rows["serve"]:
        count(structure.place[line.site, line.material], line.material, line.exposure, -line.tonnes)
    for line in consumption(outcome).itertuples():
        count(structure.place[line.site, line.material], line.material, line.exposure, -line.tonnes)
    last = outcome.variable("stock")
    for line in last[last["period"] == structure.periods[-1]].itertuples():
        count(structure.place[line.site, line.material], line.material, line.exposure, -line.tonnes)
    return dict(left)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_second_content_rule_of_the_same_scope_changes_nothing(seed: int) -> None:
    """Issued by another authority, on the same goods at the same threshold and terms."""
    case = random_case(seed)
    again = tuple(
        row.model_copy(update={"control": f"{row.control}-again", "authority": "another"})
        for row in case.tables.controls
        if row.kind == "content"
    )
    bare = Case(case.file, case.tables.replaced(approvals=()), {**case.places, "approvals": ()})
    tables = bare.tables.replaced(controls=(*case.tables.controls, *again))
    places = {**bare.places, "controls": (*case.places["controls"], *(row.control for row in again))}
    twice = Case(case.file, tables, places)
    assert least_cost(twice) == pytest.approx(least_cost(bare), rel=CLOSE)
    rules = [Planner(some).network.structure.exposures.rules for some in (bare, twice)]
    assert list(rules[0]) == list(rules[1])
