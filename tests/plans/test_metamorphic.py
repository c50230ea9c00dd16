"""What must stay the same, or never get worse, when a case is changed in a known way; on any network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from optimizer.engine.refine import solve_variant
from optimizer.engine.session import Session
from optimizer.plans.plan import Planner
from optimizer.world.scenario import Scenario
from tests.helpers.changes import changed, in_units, mapped, multiplied, with_rows
from tests.helpers.cost import least_cost, least_of
from tests.helpers.namings import renamed
from tests.helpers.networks import SAID, START, random_case
from tests.helpers.seeds import seeds

SEEDS = seeds(100, quick=2)
SAME = 1e-7
"""The reference of licences is a plan chosen among its equals to within its own tolerance."""
NEVER = 1e-9


def no_more(low: float, high: float) -> bool:
    return low <= high + NEVER * (1 + abs(high))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_extra_supplier_never_costs_more(seed: int) -> None:
    """Nothing is to be left on the last day, as what is left is worth no more than the least price it can be had at.

    Nor does a licence hold trade to the plan that knows none, which an extra supplier moves.
    """
    plain = random_case(seed)
    for kind in ("export", "content"):
        plain = changed(plain, "controls", {"adopted": False, "approval": 1.0, "processing_days": 0.0}, kind=kind)
    case = with_rows(plain, "stocks", [row.model_copy(update={"terminal": 0.0}) for row in plain.tables.stocks])
    rng = np.random.default_rng([seed, 1])
    country = str(rng.choice(sorted({row.country for row in case.tables.sites})))
    material = str(rng.choice(["nd-oxide", "dy-oxide", "magnet"]))
    price = float(rng.uniform(0.2, 1.5)) * {"nd-oxide": 60000, "dy-oxide": 250000, "magnet": 95000}[material]
    site = type(case.tables.sites[0])(site="extra", company="extra", country=country, owner=country, **SAID)
    offer = {"offer": "extra", "site": "extra", "material": material, "price": price, "capacity": 15.0, **SAID}
    record = type(next(iter(random_case(0).tables.offers)))
    more = with_rows(case, "sites", [*case.tables.sites, site])
    more = with_rows(more, "offers", [*case.tables.offers, record.model_validate(offer)])
    assert no_more(least_cost(more), least_cost(case))


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_more_room_never_costs_more(seed: int) -> None:
    """Where licences stay shares of the same trade."""
    case = changed(random_case(seed), "offers", {"ordered": 0.0})  # of what is ordered more comes, wanted or not
    room = {"plants": ["capacity"], "offers": ["capacity"], "contracts": ["max_volume"], "projects": ["capacity"]}
    least, normal = least_cost(case), Planner(case).refer().reference
    more = [multiplied(case, {table: columns}, 1.3) for table, columns in room.items()]
    assert all(no_more(least_cost(some, normal), least) for some in more)


@pytest.mark.parametrize("seed", SEEDS)
def test_names_and_order_change_nothing(seed: int) -> None:
    case = random_case(seed)
    other, _ = renamed(case, np.random.default_rng([seed, 2]))
    assert least_cost(other) == pytest.approx(least_of(seed), rel=SAME)


@pytest.mark.parametrize("seed", SEEDS)
def test_money_times_a_number_is_cost_times_it(seed: int) -> None:
    case = random_case(seed)
    least = least_of(seed)
    for factor in (3.0, 1e-3, 1e3):
        assert least_cost(in_units(case, usd=factor)) == pytest.approx(factor * least, rel=SAME)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_units_change_nothing(seed: int) -> None:
    """Kilograms, tonnes or thousands of them; USD or millions of USD."""
    case = random_case(seed)
    least = least_of(seed)
    for tonne, usd in [(1e3, 1.0), (1e-3, 1.0), (1.0, 1e-6), (1e3, 1e-6), (1e-3, 1e-6)]:
        assert least_cost(in_units(case, tonne, usd)) == pytest.approx(usd * least, rel=SAME), (tonne, usd)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_supplier_in_two_halves_is_one(seed: int) -> None:
    """Every offer with its contracts, and every plant without a project, is split over two sites of one country.

    Not under a quota or a limit on each site: two sites have two of them. Licences stay shares of the same trade, as
    use that is even over two sites need not be so over one.
    """
    case = mapped(random_case(seed), "controls", lambda row: {"quota": None})
    case = with_rows(case, "limits", [row for row in case.tables.limits if row.by != "supplier"])
    kept = {row.site for table in ("projects", "demand", "stocks") for row in case.tables.rows(table)}
    twins = {row.site: f"{row.site} twin" for row in case.tables.sites if row.site not in kept}
    sites = [
        row.model_copy(update={"site": twins[row.site], "label": ""}) for row in case.tables.sites if row.site in twins
    ]
    split = with_rows(case, "sites", [*case.tables.sites, *sites])
    for table in ("plants", "offers"):
        rows = []
        for row in case.tables.rows(table):
            if row.site not in twins:
                rows.append(row)
                continue
            half = {"capacity": row.capacity / 2, "ordered": row.ordered / 2}
            if getattr(row, "running", None) is not None:
                half["running"] = row.running / 2
            name = {"offer": f"{row.offer} twin", "label": ""} if table == "offers" else {}
            rows += [row.model_copy(update=half), row.model_copy(update={**half, **name, "site": twins[row.site]})]
        split = with_rows(split, table, rows)
    halved = {row.offer for row in case.tables.offers if row.site in twins}
    origins = [
        row.model_copy(update={"offer": f"{row.offer} twin"}) for row in case.tables.origins if row.offer in halved
    ]
    split = with_rows(split, "origins", [*case.tables.origins, *origins])
    contracts = []
    for row in case.tables.contracts:
        half: dict[str, Any] = {}
        if row.offer in halved:
            half = {name: getattr(row, name) / 2 for name in ("max_volume", "prepaid")}
            half["signed"] = None if row.signed is None else row.signed / 2
        contracts.append(row.model_copy(update=half))
        if half:
            other = {**half, "offer": f"{row.offer} twin", "contract": f"{row.contract} twin"}
            contracts.append(row.model_copy(update=other))
    split = with_rows(split, "contracts", contracts)
    normal = Planner(case).refer().reference
    assert least_cost(split, normal) == pytest.approx(least_cost(case, normal), rel=SAME)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_scenario_without_events_is_the_base(seed: int) -> None:
    planner = Planner(random_case(seed))
    announced = START.replace(month=1 + 3 * (seed % 4))
    nothing = Scenario(name="nothing", title="none", probability=0.1, announced=announced, source="test")
    (world,) = planner.worlds([nothing])
    session = Session(planner.start.arrays)
    for variant in planner.variants(nothing, world):
        arrays = variant.arrays(planner.program, planner.start.answer.x)
        answer = solve_variant(session, planner.program, variant, arrays, planner.start)
        base = planner.start.answer.certificate
        assert answer.certificate is not None
        assert base is not None
        assert answer.certified
        assert answer.certificate.objective == pytest.approx(base.objective, rel=SAME)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_price_is_the_slope_of_the_cost(seed: int) -> None:
    """Between the slopes to either side of its bound, and equal to them where they are one: within its range."""
    planner = Planner(random_case(seed))
    start = planner.start
    rng = np.random.default_rng([seed, 3])
    arrays, y = start.arrays, start.answer.y
    assert start.answer.certificate is not None
    least = start.answer.certificate.objective
    session = Session(arrays)
    priced = np.flatnonzero(np.abs(y) > 1)
    equal = 0
    for number, row in enumerate(rng.permutation(priced)[:60]):
        if number >= 8 and equal:
            break
        slopes = []
        for step in (-1e-3, 1e-3):
            sides = {name: getattr(arrays, name).copy() for name in ("row_lower", "row_upper")}
            for side in sides.values():
                side[row] += step
            answer = session.solve(replace(arrays, **sides), start)
            if answer.certificate is None:  # a bound that cannot move there: the slope is infinite
                slopes.append(np.inf if step > 0 else -np.inf)
                continue
            assert answer.certified
            slopes.append((answer.certificate.objective - least) / step)
        below, above = slopes
        room = 1e-6 * (1 + abs(y[row]))
        assert below - room <= y[row] <= above + room
        if above - below <= room:
            equal += 1
            assert y[row] == pytest.approx((below + above) / 2, rel=1e-6, abs=1e-6)
    assert equal, "every price stands at a kink"
