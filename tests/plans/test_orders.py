"""Orders that today's plan has placed are kept until a day: by hand, on random networks, and by audit and verify."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.audit.verify import verify
from optimizer.errors import CaseError
from optimizer.plans.decisions import Decisions, decisions
from optimizer.plans.long_tables import long_tables
from optimizer.plans.penalties import Missed, missed
from optimizer.plans.plan import BASE, Planner, Plans
from optimizer.plans.tables.contracts import MissedOrders
from optimizer.questions.conflict import diagnose
from optimizer.questions.replan import replan
from optimizer.world.load import load_case
from tests.helpers.audited import sound
from tests.helpers.command import lodestar_here
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.planned import plan, the_pool
from tests.helpers.running import as_today
from tests.helpers.seeds import seeds
from tests.helpers.small import scenario, small

JULY = dt.date(2027, 7, 1)
HALVES = "periods: [{count: 2, months: 6}]\nfrozen_until: %s"
YEAR = "periods: [{count: 1, months: 12}]\nfrozen_until: %s"
TABLES = {
    "sites": "site,company,country,owner\nbuyer,Z,DE,DE\na,A,CN,CN\nb,B,JP,JP",
    "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nJP,DE,0,0",
    "demand": "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,365,1000",
    "offers": "offer,site,material,price,capacity\na,a,magnet,60,1000\nb,b,magnet,100,1000",
}
"""A tonne a day, at 60 USD from one maker and at 100 from another; one that is missing costs 1,000."""
HEAD = "supplier,material,site,from,until,tonnes,penalty\n"
DEAR = "b,magnet,buyer,,,365,"
"""All is ordered from the dear maker."""
STOPS = "  - {what: the maker stops, table: offers, where: {offer: b}, set: {capacity: 0}, from: 2027-07-01}\n"


def case(folder: Path, runs: str, calendar: str, **tables: str) -> Path:
    """The hand case with a plan that runs today."""
    return small(folder / "case", calendar, **{**TABLES, "today": HEAD + runs, **tables})


def cost(folder: Path, runs: str, calendar: str) -> float:
    """What the base plan costs, to which an auditor has nothing to object."""
    return sound(plan(str(case(folder, runs, calendar)), [])).outcome().cost


def test_orders_are_kept_until_the_day_and_what_follows_is_free(tmp_path: Path) -> None:
    """181 days of the dear maker, 184 of the cheap one."""
    assert cost(tmp_path, DEAR, HALVES % JULY) == pytest.approx(181 * 100 + 184 * 60)


def test_of_a_period_that_is_not_over_by_then_the_rest_is_free(tmp_path: Path) -> None:
    """90 days until April."""
    assert cost(tmp_path, DEAR, YEAR % "2027-04-01") == pytest.approx(90 * 100 + 275 * 60)


def test_an_order_ends_when_it_does(tmp_path: Path) -> None:
    """Until March only, the day of the case is later."""
    assert cost(tmp_path, "b,magnet,buyer,,2027-03-01,365,", YEAR % JULY) == pytest.approx(59 * 100 + 306 * 60)


def test_nothing_else_leaves_where_all_is_ordered(tmp_path: Path) -> None:
    """The cheap maker could bring the 100 t a year that nobody has ordered, and does so from July on."""
    lost = 181 * 100 / 365
    expected = (181 - lost) * 60 + lost * 1000 + 184 * 60
    assert cost(tmp_path, "a,magnet,buyer,,,265,", HALVES % JULY) == pytest.approx(expected)


@pytest.mark.parametrize(("penalty", "kept"), [(30, False), (50, True)])
def test_an_order_is_given_up_where_its_price_is_less_than_that_saves(tmp_path: Path, penalty: int, kept: bool) -> None:
    """40 USD are saved on each of 181 t."""
    expected = 181 * 100 + 184 * 60 if kept else 365 * 60 + 181 * penalty
    assert cost(tmp_path, f"{DEAR}{penalty}", YEAR % JULY) == pytest.approx(expected)


def stopped(folder: Path, penalty: str) -> tuple[Plans, Path]:
    """The dear maker stops in July; what is ordered from it until October cannot come."""
    stop = scenario(folder / "stop.yaml", STOPS, announced="2027-07-01")
    return plan(str(case(folder, DEAR + penalty, HALVES % "2027-10-01")), [stop], ["react"]), stop


def test_what_cannot_come_in_a_scenario_is_missed_at_its_price(tmp_path: Path) -> None:
    """92 days until October at 25 USD; the cheap maker brings the second half."""
    plans = sound(stopped(tmp_path, "25")[0])
    outcome = plans.outcome("stop")
    assert outcome.cost == pytest.approx(181 * 100 + 184 * 60 + 92 * 25)
    assert outcome.penalties == pytest.approx(92 * 25)
    (line,) = long_tables(outcome)["missed_orders"].to_dict("records")
    it = MissedOrders
    assert [line[some] for some in it.columns()] == [
        "b",
        "buyer",
        "magnet",
        "2027H2",
        *map(pytest.approx, (92, 2300, 25)),
    ]
    (told,) = missed(long_tables(outcome)).to_dict("records")
    assert (told[Missed.kind], told[Missed.what]) == ("order", "magnet from b for buyer")
    assert (told[Missed.by], told[Missed.cost_usd]) == ("92.0 t not kept", pytest.approx(2300))


def test_what_must_be_kept_and_cannot_leaves_no_plan_and_says_which(tmp_path: Path) -> None:
    plans, stop = stopped(tmp_path, "")
    assert plans.failed["stop", "react"].status == "infeasible"
    planner = Planner(load_case(tmp_path / "case"))
    found = diagnose(planner, planner.choose([stop]).fits[0].timelines)
    (conflict,) = found.conflicts
    assert [(some.rule, some.name, some.window) for some in conflict.policies] == [
        ("order_kept", "b / buyer / magnet", "2027H2")
    ]
    (repair,) = conflict.repairs
    assert (repair.value, repair.missing) == pytest.approx((0, 92), abs=1e-5)
    assert repair.cost == pytest.approx(181 * 100 + 184 * 60)


def test_what_is_ordered_is_not_to_be_ordered(tmp_path: Path) -> None:
    """Of the first two periods the second alone has orders to place."""
    plans = sound(plan(str(case(tmp_path, DEAR, HALVES % JULY)), []))
    table = decisions(plans.outcome())
    orders = table[table[Decisions.kind] == "order"]
    assert orders[Decisions.what].tolist() == ["a"]
    assert orders[Decisions.act_on].tolist() == [str(JULY)]


def test_a_plan_that_goes_on_forgets_the_day_once_it_is_over(tmp_path: Path) -> None:
    plans = plan(str(case(tmp_path, DEAR, HALVES % JULY)), [])
    found = replan(plans, JULY, [], the_pool())
    assert found.case.file.frozen_until is None
    assert found.now.outcome().cost == pytest.approx(184 * 60)


def test_faults_are_clear(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"case\.yaml: frozen_until: expected a table today"):
        load_case(small(tmp_path / "none", HALVES % JULY, **TABLES))
    with pytest.raises(CaseError, match=r"frozen_until: expected a day after 2027-01-01 and up to 2028-01-01"):
        load_case(case(tmp_path / "late", DEAR, HALVES % "2028-01-02"))
    with pytest.raises(CaseError, match="no plan can ship magnet from there to a"):
        plan(str(case(tmp_path / "way", f"{DEAR}\nbuyer,magnet,a,,,5,", HALVES % JULY)), [])
    with pytest.raises(CaseError, match=r"expected 5\.0 as in"):
        load_case(case(tmp_path / "alike", f"{DEAR}5\nb,magnet,buyer,2027-03-01,,5,", HALVES % JULY))


def test_the_audit_refuses_orders_that_are_not_kept(tmp_path: Path) -> None:
    plans, _ = stopped(tmp_path, "25")
    made = plans.planner.case
    tables = long_tables(plans.outcome("stop"))

    def objections(name: str, **cells: object) -> str:
        some = {**tables, name: tables[name].assign(**cells)}
        return " ".join(map(str, audit_plan(made, some, plans.scenarios[0], plans.scenarios, "react")))

    assert "ordered and leaving or missed, t" in objections("missed_orders", tonnes=90.0)
    assert "ordered and missed, t" in objections("missed_orders", tonnes=93.0)
    assert "penalty, USD" in objections("missed_orders", cost_usd=1.0)
    assert "price, USD/t" in objections("missed_orders", penalty_usd_per_t=1.0)
    ships = tables["shipments"]
    more = ships["tonnes"].where(ships["period"] != "2027H1", 500.0)
    assert "leaving where all is ordered, t" in objections("shipments", tonnes=more)


@pytest.mark.slow
def test_a_written_plan_is_verified(tmp_path: Path) -> None:
    stop = scenario(tmp_path / "stop.yaml", STOPS, announced="2027-07-01")
    where = case(tmp_path, f"{DEAR}25", HALVES % "2027-10-01")
    lodestar_here("plan", str(where), "-s", str(stop), "--out", str(tmp_path / "plans"))
    found = verify(tmp_path / "plans")
    assert not found.faults


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(40))
def test_the_first_half_of_the_best_plan_as_orders_changes_nothing(seed: int) -> None:
    """It costs as much, and in a scenario no less than without; an auditor has nothing to object."""
    made = random_case(seed)
    free = plan(made, [some := random_scenario(made, seed)])
    bounds = free.outcome().frame.calendar.bounds
    held = as_today(made, free.outcome(), 1e5, bounds[(len(bounds) + 1) // 2])
    plans = plan(held, [some])
    assert plans.outcome().cost == pytest.approx(free.outcome().cost, rel=1e-6)
    for key, outcome in plans.outcomes.items():
        happens = None if key == BASE else some
        of, over = plans.planner.case, outcome.answer.over
        assert audit_plan(of, long_tables(outcome), happens, [some], key[1], over=over) == []
        if key in free.outcomes and key[1] == "foresight":
            assert outcome.cost >= free.outcomes[key].cost - 1e-6 * abs(free.outcomes[key].cost)
