"""Today's plan beside the best: by hand, and today's plan that is the best one on random networks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError, SolveError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.questions.held import Todays
from optimizer.questions.probe import Probe
from optimizer.questions.today import Kept, Lines, TodayBeside, Within, today, today_sections
from optimizer.questions.touched import Touching, changes, touched_in
from tests.helpers.audited import sound
from tests.helpers.command import lodestar_here
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.planned import plan
from tests.helpers.running import as_today
from tests.helpers.seeds import seeds
from tests.helpers.small import scenario, small

YEAR = "periods: [{count: 1, months: 12}]"
HALVES = "periods: [{count: 2, months: 6}]"
TABLES = {
    "sites": "site,company,country,owner\nbuyer,Z,DE,DE\na,A,CN,CN\nb,B,JP,JP",
    "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nJP,DE,0,0",
    "demand": "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,365,1000",
    "offers": "offer,site,material,price,capacity\na,a,magnet,60,1000\nb,b,magnet,100,1000",
}
"""A tonne a day, at 60 USD from one maker and at 100 from another; one that is missing costs 1,000."""
HEAD = "supplier,material,site,from,until,tonnes\n"
RUNS = "a,magnet,buyer,,,265\nb,magnet,buyer,,,100"
COST = 265 * 60 + 100 * 100
BEST = 365 * 60
STOPS = "  - {what: the maker stops, table: offers, where: {offer: %s}, set: {capacity: 0}, from: 2027-07-01}\n"


def case(folder: Path, runs: str = RUNS, calendar: str = YEAR, **tables: str) -> Path:
    """The hand case, and the plan that it runs today."""
    return small(folder / "case", calendar, **{**TABLES, "today": HEAD + runs, **tables})


def beside(
    where: Path, scenarios: Sequence[Path] = (), at_most: Sequence[float] | None = None
) -> tuple[TodayBeside, Todays]:
    """Today's plan beside the best; an auditor has nothing to object to it either."""
    plans = sound(plan(str(where), list(scenarios)))
    here = Todays(plans, Probe(plans))
    happens = {some.name: some for some in plans.scenarios}
    for name, outcome in [("base", here.outcome), *((name, here.reaction(some)) for name, some in happens.items())]:
        answer = "base" if name == "base" else "react"
        tables = long_tables(outcome)
        assert audit_plan(plans.planner.case, tables, happens.get(name), plans.scenarios, answer) == []
    return today(plans, at_most=at_most), here


def test_what_today_costs_and_what_the_best_plan_changes(tmp_path: Path) -> None:
    """100 t at 40 USD too much. With either maker kept as today the other brings the rest, so that all of it is lost."""
    found, _ = beside(case(tmp_path), at_most=[0, 25, 1000])
    (line,) = found.costs.to_dict("records")
    it = Kept
    assert (line[it.today_usd], line[it.best_usd], line[it.saves_usd]) == pytest.approx((COST, BEST, 4000))
    assert (line[it.missing_t], line[it.today_short_t], line[it.best_short_t]) == pytest.approx((0, 0, 0), abs=1e-6)
    rows = {line[Lines.supplier]: line for line in found.lines.to_dict("records")}
    for name, now, best in (("a", 265, 365), ("b", 100, 0)):
        told = (Lines.stated_t, Lines.today_t, Lines.best_t, Lines.change_t, Lines.moved_t)
        assert [rows[name][some] for some in told] == pytest.approx([now, now, best, best - now, 100], abs=1e-6)
        assert rows[name][Lines.kept_usd] == pytest.approx(4000)
    table, of = found.within, Within
    assert table[of.cost_usd].tolist() == pytest.approx([COST, COST - 25 * 40, BEST, BEST])
    assert table[of.saves_usd].tolist() == pytest.approx([0, 1000, 4000, 4000], abs=1e-3)
    assert table[of.part].tolist() == pytest.approx([0, 0.25, 1, 1], abs=1e-6)
    assert table[of.moved_t].tolist() == pytest.approx([0, 25, 100, 100], abs=1e-6)
    assert table[of.suppliers].tolist() == [0, 2, 2, 2]


THREE = {
    "sites": f"{TABLES['sites']}\nc,C,KR,KR",
    "routes": f"{TABLES['routes']}\nKR,DE,0,0",
    "offers": f"{TABLES['offers']}\nc,c,magnet,70,50",
}
"""A third maker, who can give 50 t a year at 70 USD."""


def test_suppliers_touched_by_hand(tmp_path: Path) -> None:
    """All comes from the dear one today, 365 t. With one touched nothing is saved.

    With two the cheap one takes all, at 40 USD less; there is nothing for a third.
    """
    where = case(tmp_path, "b,magnet,buyer,,,365", **THREE)
    plans = plan(str(where), [])
    found = today(plans, at_most=[], suppliers=[2, 0, 1]).within
    assert found[Within.at_most_suppliers].tolist()[:3] == [0, 1, 2]
    assert found[Within.cost_usd].tolist() == pytest.approx([36_500, 36_500, 21_900, 21_900])
    assert found[Within.suppliers].tolist() == [0, 0, 2, 2]
    assert found[Within.bound_usd].tolist() == pytest.approx(found[Within.cost_usd].tolist())


@pytest.mark.parametrize("seed", seeds(30, quick=2))
def test_no_choice_of_suppliers_is_better(seed: int) -> None:
    """Against every set of so many, each planned by itself."""
    made = random_case(seed)
    if not made.tables.today:
        pytest.skip("no plan runs today")
    plans = plan(made, [])
    probe = Probe(plans)
    try:
        here = Todays(plans, probe)
    except (CaseError, SolveError):
        pytest.skip("some of it cannot be planned")
    now = here.outcome.answer
    touching = Touching(probe, here.deliveries, now)
    for count in (1, 2):
        costs = [now.cost]
        for some in combinations(sorted(touching.suppliers), min(count, len(touching.suppliers))):
            kept = [one for one in here.deliveries if one.way.supplier not in some]
            answer = probe.solve(probe.edited(rows=tuple(one.at(one.of(now.x)) for one in kept)))
            costs += [answer.cost] if answer.certified else []
        found = touching.best(count)
        assert found.cost == pytest.approx(min(costs), rel=1e-6)
        assert found.bound == pytest.approx(found.cost, rel=1e-6)
        assert touched_in(changes(here.deliveries, now.x, found.x)) <= count


def test_a_branching_that_is_stopped_says_how_near_it_is(tmp_path: Path) -> None:
    plans = plan(str(case(tmp_path, "b,magnet,buyer,,,365", **THREE)), [])
    probe = Probe(plans)
    here = Todays(plans, probe)
    found = Touching(probe, here.deliveries, here.outcome.answer).best(1, nodes=0)
    assert (found.cost, found.bound) == pytest.approx((36_500, 21_900))


def test_bounds_told_unasked_are_parts_of_what_the_best_plan_changes(tmp_path: Path) -> None:
    found, _ = beside(case(tmp_path))
    assert found.within[Within.at_most_t].tolist() == pytest.approx([25, 50, 75, 100])
    assert found.within[Within.cost_usd].tolist() == pytest.approx([COST - n * 1000 for n in (1, 2, 3, 4)])


def test_what_stops_after_the_news_is_missing_and_the_rest_comes(tmp_path: Path) -> None:
    """From July on the one maker is stopped, for 184 days; today's plan then has the other's 100/365 t a day alone."""
    stop = scenario(tmp_path / "stop.yaml", STOPS % "a", announced="2027-07-01")
    found, here = beside(case(tmp_path, calendar=HALVES), [stop])
    line = found.costs.to_dict("records")[1]
    lost, it = 265 * 184 / 365, Kept
    assert line[it.missing_t] == pytest.approx(lost)
    assert line[it.today_short_t] == pytest.approx(lost)
    assert line[it.today_usd] == pytest.approx(COST - lost * 60 + lost * 1000)
    assert line[it.best_usd] == pytest.approx(181 * 60 + 184 * 100)
    assert line[it.best_short_t] == pytest.approx(0, abs=1e-6)
    before = [one.of(here.reaction(here.plans.scenarios[0]).answer.x) for one in here.deliveries if one.period == 0]
    assert before == pytest.approx([265 * 181 / 365, 100 * 181 / 365])


def test_a_plan_that_is_better_prepared_saves_less_than_nothing(tmp_path: Path) -> None:
    """Today all of the year is bought in its first half, 2 t a day; from July on nobody sells anything.

    Of 362 t 181 are in store then, 3 too few for 184 days; the best plan had stored nothing, as storing costs something.
    """
    stop = scenario(tmp_path / "stop.yaml", STOPS % "a" + STOPS % "b", announced="2027-07-01")
    stocks = "site,material,opening,capacity,holding\nbuyer,magnet,0,500,1"
    runs = "a,magnet,buyer,,2027-07-01,730\na,magnet,buyer,2027-07-01,,0"
    found, _ = beside(case(tmp_path, runs, HALVES, stocks=stocks), [stop])
    line, it = found.costs.to_dict("records")[1], Kept
    assert line[it.today_usd] == pytest.approx(362 * 60 + 181 / 2 * 1 + 3 * 1000)
    assert line[it.best_usd] == pytest.approx(181 * 60 + 184 * 1000)
    assert line[it.saves_usd] == pytest.approx(line[it.today_usd] - line[it.best_usd])
    assert line[it.saves_usd] < 0 < found.costs[it.saves_usd].iloc[0]


def test_of_days_and_grades_that_it_does_not_speak_of_nothing_is_held(tmp_path: Path) -> None:
    """Until April it has the dear maker bring all; from then on, in the middle of the half-year, all is free."""
    days = 31 + 28 + 31
    found, _ = beside(case(tmp_path, "b,magnet,buyer,,2027-04-01,365", HALVES))
    assert found.costs[Kept.today_usd].iloc[0] == pytest.approx(days * 100 + (365 - days) * 60)


def test_what_cannot_come_is_the_least_and_costs_what_is_short(tmp_path: Path) -> None:
    """Of 365 t the maker can give 200; the other could, but is not in today's plan."""
    offers = "offer,site,material,price,capacity\na,a,magnet,60,200\nb,b,magnet,100,1000"
    found, _ = beside(case(tmp_path, "a,magnet,buyer,,,365", offers=offers))
    line = found.costs.to_dict("records")[0]
    assert line[Kept.missing_t] == pytest.approx(165)
    assert line[Kept.today_usd] == pytest.approx(200 * 60 + 165 * 1000)
    assert line[Kept.today_penalties_usd] == pytest.approx(165 * 1000)


def test_faults_are_clear(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"today\.csv: expected the plan that runs today"):
        today(plan(str(small(tmp_path / "none", YEAR, **TABLES)), []))
    no_way = case(tmp_path / "way", "buyer,magnet,a,,,5\nb,magnet,buyer,,,100")
    with pytest.raises(CaseError, match="no plan can ship magnet from there to a"):
        today(plan(str(no_way), []))
    itself = case(tmp_path / "itself", "buyer,magnet,buyer,,,5")
    with pytest.raises(CaseError, match="expected another place than the site"):
        plan(str(itself), [])
    must = TABLES["demand"].replace(",penalty", "").replace(",1000", "")
    hard = case(tmp_path / "hard", "b,magnet,buyer,,,100", demand=must)
    with pytest.raises(SolveError, match="what they leave undone must be done"):
        today(plan(str(hard), []))


@pytest.mark.parametrize("seed", seeds(30, quick=3))
def test_the_best_plan_as_todays_costs_as_much_and_changes_nothing(seed: int) -> None:
    made = random_case(seed)
    best = plan(made, [])
    held = as_today(made, best.outcome())
    if not held.tables.today:
        pytest.skip("nothing is shipped to the buyer")
    plans: Plans = plan(held, [])
    found = today(plans)
    base = found.costs.iloc[0]
    assert base[Kept.today_usd] == pytest.approx(base[Kept.best_usd], rel=1e-6)
    assert base[Kept.missing_t] == pytest.approx(0, abs=1e-3)
    assert found.within[Within.cost_usd].iloc[-1] == pytest.approx(base[Kept.best_usd])


def test_what_is_frozen_is_in_both_plans(tmp_path: Path) -> None:
    """Until July the dear maker brings all in either; within no change the best plan is today's."""
    found, _ = beside(case(tmp_path, "b,magnet,buyer,,,365", f"{HALVES}\nfrozen_until: 2027-07-01"), at_most=[0])
    line = found.costs.to_dict("records")[0]
    assert (line[Kept.today_usd], line[Kept.best_usd]) == pytest.approx((36_500, 181 * 100 + 184 * 60))
    assert found.within[Within.cost_usd].tolist() == pytest.approx([36_500, 181 * 100 + 184 * 60])


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(40))
def test_todays_plan_passes_the_audit_and_is_no_cheaper(seed: int) -> None:
    """In the base and in a reaction; as little of it is missing as can be."""
    made = random_case(seed)
    if not made.tables.today:
        pytest.skip("no plan runs today")
    plans = plan(made, [random_scenario(made, seed)], ["react"])
    try:
        here = Todays(plans, Probe(plans))
        found = {"base": here.outcome, **{some.name: here.reaction(some) for some in plans.scenarios}}
    except (CaseError, SolveError):
        pytest.skip("some of it cannot be planned")
    happens = {some.name: some for some in plans.scenarios}
    assert here.outcome.cost >= plans.outcome().cost - 1e-6 * abs(plans.outcome().cost)
    for name, outcome in found.items():
        answer, world = ("base" if name == "base" else "react"), happens.get(name)
        over = plans.outcome(name).answer.over
        said = audit_plan(plans.planner.case, long_tables(outcome), world, plans.scenarios, answer, over=over)
        assert [fault for fault in said if "across all stages" not in str(fault)] == []


def test_screen_and_json_say_the_same(tmp_path: Path) -> None:
    where = case(tmp_path)
    told = json.loads(lodestar_here("today", str(where), "--at-most", "25", "--json").stdout)
    assert told["costs"][0]["saves_usd"] == pytest.approx(4000)
    assert [line["at_most_t"] for line in told["within"]] == pytest.approx([25, 100])
    shown = lodestar_here("today", str(where), "--at-most", "25").stdout
    for said in ("What today's plan costs beside the best one", "25.0", "+4,000"):
        assert said in shown
    sections = today_sections(today(plan(str(where), [])))
    assert [some.name for some in sections] == ["today", "lines", "within"]
