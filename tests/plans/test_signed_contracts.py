"""Contracts that are signed, what is paid for and not taken, and what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.world.load import load_case
from tests.helpers.audited import sound
from tests.helpers.planned import plan
from tests.helpers.small import scenario, small

TABLES = {
    "sites": "site,company,country,owner\nmaker,Maker Co,CN,CN\nau,Au Co,AU,AU\nbuyer,Buyer SE,DE,DE",
    "offers": "offer,site,material,price,capacity\nspot,maker,magnet,90000,0\nau,au,magnet,400,1000",
    "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nAU,DE,0,0",
}
HEAD = "contract,offer,price,reservation_fee,take_or_pay,from,until,signed,settled,carry_over,prepaid,prepaid_lost\n"
YEARS = "periods: [{count: 2, months: 12}]"


def frame(terms: str = "year,true,,", *, share: float = 0.8, volume: float = 100, until: str = "2029-01-01") -> str:
    """A contract at 100 USD/t on what the maker sells."""
    return f"{HEAD}frame,spot,100,0,{share},2027-01-01,{until},{volume},{terms}"


def wants(*tonnes: float) -> str:
    """Tonnes a year from 2027 on, that must be had."""
    rows = [f"buyer,magnet,{2027 + year}-01-01,{t},10000" for year, t in enumerate(tonnes)]
    return "\n".join(["site,product,from,tonnes,penalty", *rows])


def planned(folder: Path, contract: str, demand: str, calendar: str = YEARS, stops: str = "", **tables: str) -> Plans:
    """A plan of it, to which an auditor has nothing to object; with a scenario in which the maker stops on a day."""
    case = small(folder / "case", calendar, contracts=contract, demand=demand, **{**TABLES, **tables})
    text = f"  - {{what: w, table: offers, where: {{offer: spot}}, set: {{capacity: 0}}, from: {stops}}}\n"
    paths = [str(scenario(folder / "stops.yaml", text, stops))] if stops else []
    return sound(plan(str(case), paths))


@pytest.mark.parametrize(
    ("calendar", "terms", "paid"),
    [
        (YEARS, "year,true,,", 80 + 80),
        ("periods: [{count: 8, months: 3}]", "year,true,,", 80 + 80),
        (YEARS, "year,,,", 80 + 100),  # what is not taken is lost
        (YEARS, "period,true,,", 80 + 80),
    ],
)
def test_what_is_not_taken_in_a_year_comes_free_in_the_next(
    calendar: str, terms: str, paid: float, tmp_path: Path
) -> None:
    """60 t are wanted in the first year and 100 in the second, of 100 signed, 80 of which are paid for at least."""
    plans = planned(tmp_path, frame(terms), wants(60, 100), calendar)
    assert plans.outcome().cost == pytest.approx(100 * paid)
    table = long_tables(plans.outcome())
    assert table["contracts"]["reserved_t_per_year"].tolist() == [100]
    assert table["not_taken"]["tonnes"].sum() == pytest.approx(20)
    assert table["carried_over"]["made_up_t"].sum() == pytest.approx(20 if "true" in terms else 0)


def test_a_year_settles_what_its_quarters_do_not_take(tmp_path: Path) -> None:
    """30 t a quarter are signed at most, and 24 of them are due; in the last two none is wanted."""
    demand = "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,96.8,10000\nbuyer,magnet,2027-07-01,0,10000"
    quarters = "periods: [{count: 4, months: 3}]"
    wanted = 96.8 * 181 / 365
    for settled, due in (("year", 48.4), ("period", wanted + 50 * 184 / 365)):
        contract = frame(f"{settled},,,", share=0.484 if settled == "year" else 0.5, until="2028-01-01")
        plans = planned(tmp_path / settled, contract, demand, quarters)
        assert plans.outcome().cost == pytest.approx(100 * due)


def test_years_of_a_contract_are_its_own(tmp_path: Path) -> None:
    """From July to July 60 t are wanted, and then 100: calendar years would have 30, 80 and 50."""
    contract = frame().replace("2027-01-01,2029-01-01", "2027-07-01,2029-07-01")
    demand = "site,product,from,tonnes,penalty\nbuyer,magnet,2027-07-01,60,10000\nbuyer,magnet,2028-07-01,100,10000"
    case = small(tmp_path, "", contracts=contract, demand=demand, **TABLES)
    text = "version: 1\nname: mini\ntitle: t\nstart: 2027-07-01\ndiscount_rate: 0\nperiods: [{count: 4, months: 6}]\n"
    (case / "case.yaml").write_text(text, encoding="utf-8")
    table = long_tables(plan(str(case), []).outcome())
    parts = (184 / 365 + 182 / 366, 184 / 366 + 181 / 365)  # years of the days from July to July
    unpaid = 20 * parts[0]
    assert table["not_taken"]["tonnes"].sum() == pytest.approx(unpaid)
    free = table["carried_over"]["made_up_t"].sum()
    assert free == pytest.approx(20 * parts[1])


def test_what_was_prepaid_comes_free(tmp_path: Path) -> None:
    plans = planned(tmp_path, frame("year,,15,"), wants(100, 100))
    assert plans.outcome().cost == pytest.approx(100 * 185)


@pytest.mark.parametrize(("lost", "back"), [("true", 0.0), ("false", 20.0)])
def test_what_was_prepaid_is_lost_or_paid_back_when_the_seller_stops(lost: str, back: float, tmp_path: Path) -> None:
    """In 2027 20 t are paid for and not taken; the maker stops with the year, and 100 t come from AU in the next."""
    plans = planned(tmp_path, frame(f"year,true,,{lost}"), wants(60, 100), stops="2028-01-01")
    outcome = plans.outcome("stops")
    assert outcome.cost == pytest.approx(100 * 80 + 400 * 100 - 100 * back)
    assert long_tables(outcome)["carried_over"]["refunded_t"].sum() == pytest.approx(back)
    assert plans.outcome().cost == pytest.approx(100 * 160)


def test_a_seller_that_stops_inside_a_year_is_owed_the_days_before(tmp_path: Path) -> None:
    """From April 2028 on nothing is delivered; 80 % of 100 t a year were due for 91 days of it, and 20 t come free."""
    plans = planned(tmp_path, frame(), wants(60, 100), "periods: [{count: 8, months: 3}]", "2028-04-01")
    some = 100 * 91 / 366
    assert plans.outcome("stops").cost == pytest.approx(
        100 * (80 + max(some - 20, 0.8 * some)) + 400 * (100 - some), rel=1e-9
    )


def test_more_than_is_signed_may_be_reserved_and_never_less(tmp_path: Path) -> None:
    contract = frame().replace("signed,", "signed,max_volume,").replace(",100,year", ",100,120,year")
    outcome = planned(tmp_path / "more", contract, wants(120, 150)).outcome()
    assert long_tables(outcome)["contracts"]["reserved_t_per_year"].tolist() == pytest.approx([120])
    assert outcome.cost == pytest.approx(100 * 240 + 400 * 30)
    cheap = TABLES["offers"].replace("magnet,400", "magnet,1")
    outcome = planned(tmp_path / "less", frame("year,,,"), wants(100, 100), offers=cheap).outcome()
    assert outcome.cost == pytest.approx(2 * (80 * 100 + 20))


@pytest.mark.parametrize(
    ("contract", "said"),
    [
        (frame().replace("signed,", "signed,max_volume,").replace(",100,year", ",100,90,year"), "signed: expected at most max_volume (90), found 100"),
        (frame().replace(",100,year", ",,year"), "max_volume: expected a value, or one of signed, found nothing"),
        (frame("month,,,"), "settled: expected one of the known words, found 'month'"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_said(contract: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError) as error:
        load_case(small(tmp_path, YEARS, contracts=contract, demand=wants(100), **TABLES))
    assert f"contracts.csv, row 2: {said}" in str(error.value)


CHANGES: list[tuple[str, str, float, str]] = [
    ("contracts", "reserved_t_per_year", 0.9, "signed, t a year"),
    ("carried_over", "made_up_t", 1.2, "taken or paid back of what was paid for before"),
    ("carried_over", "made_up_t", 6, "taken and paid for before"),
    ("carried_over", "price_usd_per_t", 1.1, "price, USD/t: carried_over"),
    ("carried_over", "credit_usd", 1.1, "price, USD/t: credit"),
    ("not_taken", "tonnes", 2, "paid for and not taken"),
    ("not_taken", "tonnes", 0.5, "taken or paid for under contract"),
]


def test_the_audit_refuses_what_the_contract_does_not_say(tmp_path: Path) -> None:
    plans = planned(tmp_path, frame(), wants(60, 100))
    tables: dict[str, Any] = long_tables(plans.outcome())
    for table, column, by, said in CHANGES:
        wrong = {**tables, table: tables[table].assign(**{column: tables[table][column] * by})}
        assert any(said in str(fault) for fault in audit_plan(plans.planner.case, wrong)), said


def test_the_audit_refuses_what_is_paid_back_by_who_goes_on(tmp_path: Path) -> None:
    plans = planned(tmp_path, frame("year,true,,false"), wants(60, 100))
    tables: dict[str, Any] = long_tables(plans.outcome())
    moved = tables["carried_over"].assign(refunded_t=lambda table: table["made_up_t"], made_up_t=0.0)
    found = audit_plan(plans.planner.case, {**tables, "carried_over": moved})
    assert any("expected nothing paid back" in str(fault) for fault in found)
