"""A plan that goes on from what came of it: by hand, as planned on random networks, and by the command."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from optimizer.errors import CaseError, InputError
from optimizer.questions.actuals import read_actuals
from optimizer.questions.replan import Changes, Replan, Variances, replan, replan_sections
from tests.helpers.audited import sound
from tests.helpers.command import lodestar_here
from tests.helpers.networks import random_case
from tests.helpers.planned import plan, the_pool
from tests.helpers.seeds import seeds
from tests.helpers.small import small

QUARTERS = "periods: [{count: 4, months: 3}]"
JULY = dt.date(2027, 7, 1)
HEAD = "what,name,material,origin,on,tonnes\n"
OFFERS = """offer,site,material,price,capacity,from,until
cheap,maker,magnet,100,1000,2027-01-01,2027-07-01
dear,maker,magnet,300,1000,2027-07-01,"""
TABLES = {
    "routes": "from_country,to_country,freight,transit\nCN,DE,0,0",
    "demand": "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,365,100000",
    "offers": OFFERS,
    "stocks": "site,material,opening,capacity,holding\nbuyer,magnet,0,50,1",
}
"""A tonne a day; the price is three times as high from July on, so that the store of 50 t is full by then."""


def gone_on(folder: Path, stated: str, day: dt.date = JULY, **tables: str) -> Replan:
    """The hand case from a day on, after what is stated; an auditor has nothing to object to either plan."""
    case = small(folder / "case", QUARTERS, **{**TABLES, **tables})
    told = []
    if stated:
        (folder / "actuals.csv").write_text(HEAD + stated, encoding="utf-8")
        told = read_actuals(folder / "actuals.csv")
    found = replan(plan(str(case), []), day, told, the_pool())
    for plans in (found.before, found.now):
        sound(plans)
    return found


def cost(found: Replan, now: bool = True) -> float:
    """What the rest costs."""
    return (found.now if now else found.before).outcome().cost


HOLDING = 50 * 1 * 92 / 365 / 2
"""Of the 50 t, that are used up in July's quarter."""


def test_what_is_missing_from_the_count_is_bought_at_the_price_of_the_day(tmp_path: Path) -> None:
    """184 t are wanted in the second half: 50 in store leave 134 to buy at 300; of 20 counted, 164."""
    found = gone_on(tmp_path, "stock,buyer,magnet,,,20\n")
    assert cost(found, now=False) == pytest.approx(134 * 300 + HOLDING, rel=1e-6)
    assert cost(found) == pytest.approx(164 * 300 + HOLDING * 20 / 50, rel=1e-6)
    (line,) = found.variances.to_dict("records")
    assert [line[some] for some in Variances.columns()] == [
        "stock",
        "buyer",
        "magnet",
        pytest.approx(50),
        20,
        pytest.approx(-30),
    ]
    orders = found.changes[found.changes[Changes.kind] == "order"].to_dict("records")
    assert [(line[Changes.how], line[Changes.before], line[Changes.now]) for line in orders] == [
        ("more", pytest.approx(134), pytest.approx(164))
    ]
    assert found.why.attribution.to_dict("records") == [
        {"change": "stocks", "cost_usd": pytest.approx(cost(found) - cost(found, now=False))}
    ]
    assert found.case.calendar.start == JULY
    assert len(found.case.calendar.periods) == 2


def test_as_planned_nothing_changes(tmp_path: Path) -> None:
    found = gone_on(tmp_path, "")
    assert found.variances.empty
    assert set(found.changes[Changes.how]) == {"same"}
    assert cost(found) == cost(found, now=False)
    says = [section.says for section in replan_sections(found)]
    assert says[0] == "All is on 2027-07-01 as the plan before has it."
    assert says[2].startswith("Nothing else is to be done than planned")


def test_goods_under_way_come_as_they_were_sent_and_what_is_lost_goes_short(tmp_path: Path) -> None:
    """At sea for 45 days: 45 t are under way, as much as is used until more can come. Of 25 left, 20 t go short."""
    tables = {
        "routes": "from_country,to_country,freight,transit\nCN,DE,0,45",
        "offers": "offer,site,material,price,capacity\nspot,maker,magnet,100,1000",
        "stocks": "site,material,opening,capacity,holding\nbuyer,magnet,60,60,0",
    }
    planned = gone_on(tmp_path / "planned", "", **tables)
    assert cost(planned) == pytest.approx(cost(planned, now=False))
    assert planned.now.outcome().short == pytest.approx(0, abs=1e-6)
    stated = "stock,buyer,magnet,,,0\narriving,buyer,magnet,CN,2027-07-01,25\n"
    found = gone_on(tmp_path / "lost", stated, **tables)
    assert found.now.outcome().short == pytest.approx(20, rel=1e-6)
    assert set(found.variances[Variances.what]) <= {"stock", "arriving"}
    assert set(found.why.attribution["change"]) <= {"stocks", "arrivals", "together"}
    assert found.why.attribution["cost_usd"].sum() == pytest.approx(cost(found) - cost(found, now=False))


def test_a_contract_that_was_not_signed_is_not_there(tmp_path: Path) -> None:
    """100 t a year at 50 USD, to sign in January: the second half is 50.4 t dearer by 250 USD each without."""
    contract = (
        "contract,offer,price,reservation_fee,take_or_pay,from,until,max_volume\n"
        "frame,dear,50,0,1,2027-07-01,2028-01-01,100"
    )
    early = contract.replace("2027-07-01,2028-01-01", "2027-01-01,2028-01-01").replace(",dear,", ",spot,")
    tables = {"contracts": early, "offers": "offer,site,material,price,capacity\nspot,maker,magnet,300,1000"}
    signed = gone_on(tmp_path / "signed", "signed,frame,,,,100\n", **tables)
    assert signed.variances.empty
    assert cost(signed) == pytest.approx(cost(signed, now=False))
    less = gone_on(tmp_path / "less", "signed,frame,,,,40\n", **tables)
    assert less.variances[Variances.change].tolist() == pytest.approx([-60])


def test_orders_of_an_offer_with_a_lead_leave_and_nothing_else_does(tmp_path: Path) -> None:
    """Ordered before July are 30 t of the 45 that the lead covers: the rest is bought elsewhere at 1,000."""
    offers = (
        "offer,site,material,price,capacity,lead,ordered\nspot,maker,magnet,100,365,45,45\nau,au,magnet,1000,1000,,"
    )
    tables = {
        "sites": "site,company,country,owner\nmaker,M,CN,CN\nau,Au Co,AU,AU\nbuyer,B,DE,DE",
        "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nAU,DE,0,0",
        "offers": offers,
        "stocks": "site,material,opening,capacity,holding\nbuyer,magnet,0,0,0",
    }
    planned = gone_on(tmp_path / "planned", "", **tables)
    assert cost(planned) == pytest.approx(184 * 100, rel=1e-6)
    found = gone_on(tmp_path / "found", "ordered,spot,,,,30\n", **tables)
    assert cost(found) == pytest.approx(169 * 100 + 15 * 1000, rel=1e-6)


@pytest.mark.parametrize("seed", seeds(20, quick=1))
def test_as_planned_any_network_goes_on(seed: int) -> None:
    case = random_case(seed)
    plans = plan(case, [])
    day = next((bound for bound in case.calendar.bounds[1:-1] if bound.day == 1 and bound.month in (1, 4, 7, 10)), None)
    if day is None or case.file.cuts:
        pytest.skip("no period begins with a month")
    found = replan(plans, day, [], the_pool())
    sound(found.before)
    assert set(found.variances[Variances.what]) <= {"signed", "begun"}, "only these are not done unless it is said"
    if found.variances.empty:
        assert set(found.changes[Changes.how]) <= {"same"}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("stock,bayer,magnet,,,20", "buyer"),
        ("stock,buyer,magnets,,,20", "magnet"),
        ("stock,buyer,magnet,,,60", "at most the capacity (50 t)"),
        ("stock,buyer,,,,20", "material"),
        ("arriving,buyer,magnet,CN,2027-06-01,5", "a day from 2027-07-01 to before 2028-01-01"),
        ("signed,frame,,,,5", "no such row of contracts"),
        ("begun,x,,,,", "on"),
        ("sold,buyer,magnet,,,5", "what"),
        ("stock,buyer,magnet,,,20\nstock,buyer,magnet,,,21", "another"),
    ],
)
def test_what_cannot_be_so_is_said_by_its_row(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises((CaseError, InputError)) as error:
        gone_on(tmp_path, f"{row}\n")
    assert "actuals.csv" in str(error.value)
    assert said in str(error.value)


def test_a_day_on_which_no_period_begins_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nearest 2027-07-01"):
        gone_on(tmp_path, "", dt.date(2027, 6, 20))


def test_the_command_writes_a_case_that_plans_on(tmp_path: Path) -> None:
    case = small(tmp_path / "case", QUARTERS, **TABLES)
    (tmp_path / "actuals.csv").write_text(f"{HEAD}stock,buyer,magnet,,,20\n", encoding="utf-8")
    asked = ["replan", str(case), str(tmp_path / "actuals.csv"), "--on", "2027-07-01", "--workers", "1"]
    done = lodestar_here(*asked, "--out", str(tmp_path / "rest"))
    assert done.returncode == 0, done.stderr
    assert "stock at buyer" in done.stdout
    assert "more" in done.stdout
    told = json.loads(lodestar_here(*asked, "--json").stdout)
    rest = plan(str(tmp_path / "rest"), []).outcome().cost
    assert rest == pytest.approx(told["now_usd"])
    assert {line["how"] for line in told["decisions"]} >= {"more"}
