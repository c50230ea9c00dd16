"""Inside a long period a demand is seen by the day: what is short is what is short on a calendar of days."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.case.calendar import Calendar
from optimizer.case.case import Case
from optimizer.network import awaited
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario, load_scenario
from tests.helpers.small import scenario, small

PERIODS = ["{count: 4, months: 3}", "{count: 2, months: 6}", "{count: 1, months: 12}"]
CHANGE = "  - {what: w, table: offers, where: {offer: %s}, scale: {capacity: %s}, from: %s, until: %s}\n"
LICENCE = "  - {what: w, table: controls, where: {}, set: {approval: %s}, from: %s, until: %s}\n"
CONTROL = "control,kind,authority,citation,origin,stages,destinations,effective,approval,processing_days\n"
TWO = {
    "sites": "site,company,country,owner\nmaker,Maker Co,CN,CN\nau,Au Co,AU,AU\nbuyer,Buyer SE,DE,DE",
    "controls": CONTROL + "c,export,CN,No. 1,CN,magnet,*,2020-01-01,1,0",
}


def happens(folder: Path, events: str, announced: str = "2027-01-01") -> Scenario:
    return load_scenario(scenario(folder / "stop.yaml", events, announced))


def short(case: Case, some: Scenario, answer: str = "foresight") -> float:
    """Tonnes short without a day cut in, as bundled scenarios and studies are planned; an auditor objects to nothing."""
    planner = Planner(case)
    found = {one.name: one for one in planner.stream([some], (answer,), workers=1)}[answer]
    assert found.answer.certified
    tables = long_tables(planner.outcome(found.world, found.answer))
    assert audit_plan(case, tables, some) == []
    return float(tables["shortages"]["tonnes"].sum())


@pytest.mark.parametrize("periods", PERIODS)
@pytest.mark.parametrize("answer", ["react", "foresight"])
@pytest.mark.parametrize(
    ("left", "begins", "ends", "tonnes"),
    [
        ("0", "2027-11-15", "2028-01-01", 47),
        ("0", "2027-02-10", "2027-03-25", 43),
        ("0.1", "2027-11-15", "2028-01-01", 47 * (1 - 100 / 365)),
        ("0.2", "2027-05-03", "2027-05-25", 22 * (1 - 200 / 365)),
    ],
)
def test_a_stop_that_is_not_cut_in_costs_what_it_costs_by_the_day(
    left: str, begins: str, ends: str, tonnes: float, answer: str, periods: str, tmp_path: Path
) -> None:
    """A tonne a day and no stock: for good from a day on, and for some weeks inside a period."""
    case = load_case(small(tmp_path, f"periods: [{periods}]"))
    some = happens(tmp_path, CHANGE % ("spot", left, begins, ends), begins)
    assert short(case, some, answer) == pytest.approx(tonnes)


@pytest.mark.parametrize("periods", PERIODS)
def test_two_stops_are_each_seen_in_their_own_world(periods: str, tmp_path: Path) -> None:
    planner = Planner(load_case(small(tmp_path, f"periods: [{periods}]")))
    paths = [
        scenario(tmp_path / f"{name}.yaml", CHANGE % ("spot", "0", begins, ends), begins)
        for name, begins, ends in (("one", "2027-02-10", "2027-03-25"), ("two", "2027-08-02", "2027-08-30"))
    ]
    found = {
        (one.scenario.name, one.name): float(
            long_tables(planner.outcome(one.world, one.answer))["shortages"]["tonnes"].sum()
        )
        for one in planner.stream([load_scenario(path) for path in paths], workers=1)
    }
    assert found == {
        (name, answer): pytest.approx(tonnes)
        for name, tonnes in (("one", 43), ("two", 28))
        for answer in ("react", "foresight")
    }
    assert planner.outcome(planner.network, planner.start.answer).short == pytest.approx(0)


@pytest.mark.parametrize("periods", PERIODS)
def test_a_licence_of_a_tenth_lets_a_tenth_through_on_its_days(periods: str, tmp_path: Path) -> None:
    case = load_case(small(tmp_path, f"periods: [{periods}]", controls=TWO["controls"]))
    some = happens(tmp_path, LICENCE % ("0.1", "2027-11-15", "2028-01-01"))
    assert short(case, some) == pytest.approx(47 * 0.9)


def test_what_a_seller_could_make_does_not_enlarge_a_licence(tmp_path: Path) -> None:
    """A tenth of the 365 t a year that are normally shipped, not of 10,000 t: 9 of 10 t are missing for 60 days."""
    tables = {**TWO, "offers": "offer,site,material,price,capacity\nspot,maker,magnet,50000,10000"}
    case = load_case(small(tmp_path, "periods: [{count: 4, months: 3}]", **tables))
    some = happens(tmp_path, LICENCE % ("0.1", "2027-10-01", "2027-11-30"))
    assert short(case, some) == pytest.approx(60 * 0.9)


def test_another_seller_may_take_over_on_the_day(tmp_path: Path) -> None:
    """Goods of the second go on when those of the first stop: no more of them is bought than is used from then on."""
    tables = {
        **TWO,
        "offers": "offer,site,material,price,capacity\nspot,maker,magnet,50000,1000\nau,au,magnet,60000,1000",
        "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nAU,DE,0,0",
    }
    case = load_case(small(tmp_path, "periods: [{count: 4, months: 3}]", **tables))
    planner = Planner(case)
    some = happens(tmp_path, CHANGE % ("spot", "0", "2027-11-15", "2028-01-01"))
    found = next(planner.stream([some], ("foresight",), workers=1))
    bought = long_tables(planner.outcome(found.world, found.answer))["purchases"].groupby("offer")["tonnes"].sum()
    assert bought.to_dict() == pytest.approx({"spot": 365 - 47, "au": 47})


def test_goods_on_the_way_serve_from_the_day_they_come(tmp_path: Path) -> None:
    """In the first 38 days nothing can have come: 38 t less what is in stock and what is under way."""
    tables = {
        "routes": "from_country,to_country,freight,transit\nCN,DE,100,38",
        "stocks": "site,material,opening,capacity,holding\nbuyer,magnet,10,40,0",
        "arrivals": "site,material,origin,on,tonnes\nbuyer,magnet,CN,2027-01-20,8",
    }
    case = load_case(small(tmp_path, "periods: [{count: 4, months: 3}]", **tables))
    planner = Planner(case)
    assert planner.outcome(planner.network, planner.start.answer).short == pytest.approx(20)


def test_end_uses_share_what_there_is(tmp_path: Path) -> None:
    """Each could be served from the stock alone; both cannot."""
    wanted = "buyer,magnet,civil,2027-01-01,200,1000000\nbuyer,magnet,military,2027-01-01,165,900000"
    tables = {
        "demand": f"site,product,end_use,from,tonnes,penalty\n{wanted}",
        "stocks": "site,material,opening,capacity,holding\nbuyer,magnet,30,30,0",
    }
    case = load_case(small(tmp_path, "periods: [{count: 4, months: 3}]", **tables))
    some = happens(tmp_path, CHANGE % ("spot", "0", "2027-08-02", "2027-09-15"))
    assert short(case, some) == pytest.approx(44 - 30)


GAPS = [
    ((12, 30), "0,100", (3000, 800), "2027-03-14,365", ("spot", "0", "2027-04-16", "2027-05-12"), 12),
    ((0, 60), "0,40", (1000, 100), "2027-07-25,700", ("spot", "0.1", "2027-07-21", "2027-09-09"), 24.8219),
]
"""Transits of two sellers, opening stock and room, what is offered, a later demand, what happens, and tonnes short."""
Gap = tuple[tuple[int, int], str, tuple[int, int], str, tuple[str, str, str, str], float]


def gap(folder: Path, periods: str, some: Gap) -> Case:
    """A case with two sellers, goods on the way, a stock between and a demand that changes inside a period."""
    transit, stock, offers, more, _, _ = some
    sold = zip(("spot,maker,magnet,50000", "au,au,magnet,90000"), offers, strict=True)
    wanted = [f"buyer,magnet,civil,{row},1000000" for row in ("2027-01-01,365", more)]
    tables = {
        "sites": TWO["sites"],
        "demand": "\n".join(["site,product,end_use,from,tonnes,penalty", *wanted]),
        "offers": "\n".join(["offer,site,material,price,capacity", *(f"{row},{most}" for row, most in sold)]),
        "routes": f"from_country,to_country,freight,transit\nCN,DE,100,{transit[0]}\nAU,DE,100,{transit[1]}",
        "stocks": f"site,material,opening,capacity,holding\nbuyer,magnet,{stock},10",
    }
    return load_case(small(folder, f"periods: [{periods}]", **tables))


@pytest.mark.parametrize("periods", PERIODS)
@pytest.mark.parametrize("some", GAPS)
def test_as_much_is_short_as_on_a_calendar_of_days(some: Gap, periods: str, tmp_path: Path) -> None:
    assert short(gap(tmp_path, periods, some), happens(tmp_path, CHANGE % some[4])) == pytest.approx(some[5], abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("some", GAPS)
def test_on_a_calendar_of_days_as_much_is_short(some: Gap, tmp_path: Path) -> None:
    case = gap(tmp_path, PERIODS[0], some)
    days = (case.calendar.end - case.calendar.start).days
    bounds = tuple(case.calendar.start + dt.timedelta(days=day) for day in range(days + 1))
    case.__dict__["calendar"] = Calendar(bounds)
    planner = Planner(case)
    found = next(planner.stream([happens(tmp_path, CHANGE % some[4])], ("foresight",), workers=1))
    assert planner.outcome(found.world, found.answer).short == pytest.approx(some[5], abs=1e-3)


def test_months_have_no_rows_of_days(tmp_path: Path) -> None:
    planner = Planner(load_case(small(tmp_path, "periods: [{count: 12, months: 1}]")))
    assert "availability" not in {rule for rule, _ in planner.program.row_names}


def test_an_auditor_objects_to_a_plan_of_averages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    case = load_case(small(tmp_path, "periods: [{count: 4, months: 3}]"))
    some = happens(tmp_path, CHANGE % ("spot", "0", "2027-11-15", "2028-01-01"))
    monkeypatch.setattr(awaited, "watched", lambda calendar, period: 0)
    planner = Planner(case)
    found = next(planner.stream([some], ("foresight",), workers=1))
    objections = audit_plan(case, long_tables(planner.outcome(found.world, found.answer)), some)
    assert [str(fault) for fault in objections] == [
        "come by the day, t: buyer / magnet / civil / 2027Q4, days 45 to 92: expected at least 47, found 0"
    ]


@pytest.mark.parametrize(("periods", "days"), [(PERIODS[0], 90), (PERIODS[1], 181), (PERIODS[2], 365)])
def test_what_arrives_late_in_a_long_period_serves_nobody_before(periods: str, days: int, tmp_path: Path) -> None:
    """Nothing can arrive for 60 days, in whatever period they end; what then comes serves the rest."""
    tables = {"routes": "from_country,to_country,freight,transit\nCN,DE,100,60"}
    planner = Planner(load_case(small(tmp_path, f"periods: [{periods}]", **tables)))
    outcome = planner.outcome(planner.network, planner.start.answer)
    assert outcome.short == pytest.approx(60)
    assert audit_plan(planner.case, long_tables(outcome)) == []
    first = long_tables(outcome)["shortages"].iloc[0]
    assert (first["period"], planner.case.calendar.lengths[0]) == (planner.case.calendar.label(0), days)


@pytest.mark.parametrize("transit", [100, 150])
def test_goods_that_arrive_near_the_end_of_all_serve_only_from_then_on(transit: int, tmp_path: Path) -> None:
    tables = {"routes": f"from_country,to_country,freight,transit\nCN,DE,100,{transit}"}
    planner = Planner(load_case(small(tmp_path, "periods: [{count: 1, months: 6}]", **tables)))
    assert planner.outcome(planner.network, planner.start.answer).short == pytest.approx(transit)
