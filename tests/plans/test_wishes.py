"""What buyers of finished magnets ask for: each line of the page that says how, on a case of two makers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optimizer.plans.plan import Plans
from optimizer.questions.probe import Probe
from optimizer.questions.whole import whole
from tests.helpers.audited import sound
from tests.helpers.command import lodestar_here
from tests.helpers.paths import ROOT
from tests.helpers.planned import plan
from tests.helpers.seeds import a_few
from tests.helpers.small import small

PAGE = (ROOT / "docs" / "first-case.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in row.split("|")] for row in re.findall(r"^\| (\d+ \|.*) \|$", PAGE, re.MULTILINE)]
YEARS, QUARTERS = "periods: [{count: 2, months: 12}]", "periods: [{count: 4, months: 3}]"
OFFERS = "offer,site,material,price,capacity{0}\ncn,ganzhou,magnet,50000,1000{1}\nde,hanau,magnet,60000,1000{2}\n"
TABLES = {
    "sites": "site,company,country,owner\nganzhou,A,CN,CN\nhanau,B,DE,DE\nbuyer,Buyer,DE,DE",
    "offers": OFFERS.format("", "", ""),
    "routes": "from_country,to_country,freight,transit\nCN,DE,600,0\nDE,DE,60,0",
    "demand": "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,100,1000000",
}
LIMITS = "limit,measure,sense,value,stage,by,member,window,from,until\n"
CONTRACTS = "contract,offer,price,reservation_fee,take_or_pay,from,until,max_volume,min_volume,signed\n"


def planned(folder: Path, calendar: str = YEARS, **tables: str) -> Plans:
    """A buyer of 100 t a year, who takes all of it from CN at 50,600 USD/t landed; an auditor has nothing to object."""
    return sound(plan(str(small(folder / "mine", calendar, **{**TABLES, **tables})), []))


def bought(plans: Plans, by: str = "supplier") -> dict[Any, float]:
    """Tonnes of the base plan by supplier or contract, and period."""
    table = plans.tables["awards"]
    found: dict[Any, float] = table.groupby([by, "period"])["tonnes"].sum().to_dict()
    return found


def today(folder: Path) -> None:
    orders = f"{LIMITS}today,volume,at_least,40,magnet,supplier,hanau,year,2027-01-01,\n"
    small(folder / "today", YEARS, **TABLES, limits=orders)
    small(folder / "mine", YEARS, **TABLES)
    told = lodestar_here("diff", "today", "mine", cwd=folder).stdout
    assert re.search(r"limits +-756,800\n", told)  # of 9,460 USD for each of 80 t
    assert re.search(r"magnet +hanau +80 +0 +-80\n", told)


def signed(folder: Path) -> None:
    terms = f"{CONTRACTS}frame,de,61000,0,1,2027-01-01,2029-01-01,,,20"
    assert bought(planned(folder, contracts=terms), "contract")["frame", "2027"] == pytest.approx(20)


def frozen(folder: Path) -> None:
    rows = [
        f"{name},volume,{sense},40,magnet,supplier,hanau,period,2027-01-01,2027-04-01"
        for name, sense in (("least", "at_least"), ("most", "at_most"))
    ]
    found = bought(planned(folder, QUARTERS, limits=LIMITS + "\n".join(rows)))
    assert found["hanau", "2027Q1"] == pytest.approx(40 * 90 / 365)
    assert ("hanau", "2027Q2") not in found


def kept_share(folder: Path) -> None:
    rows = [
        f"{name},share,{sense},0.3,magnet,supplier,hanau,year,2027-01-01,"
        for name, sense in (("least", "at_least"), ("most", "at_most"))
    ]
    found = bought(planned(folder, limits=LIMITS + "\n".join(rows)))
    assert found["hanau", "2027"] == pytest.approx(30)
    assert found["hanau", "2028"] == pytest.approx(30)


def most_and_not_china(folder: Path) -> None:
    rows = [
        "most,share,at_most,0.9,magnet,supplier,each,year,2027-01-01,",
        "not-china,share,at_least,0.2,magnet,country,not CN,year,2028-01-01,",
    ]
    found = bought(planned(folder, limits=LIMITS + "\n".join(rows)))
    assert found["hanau", "2027"] == pytest.approx(10)
    assert found["hanau", "2028"] == pytest.approx(20)


def least_volume(folder: Path) -> None:
    """At 45,000 USD/t a contract pays where it may be of 100 t, and not where it must be of 120 or more."""
    for least, taken in ((90, 100.0), (120, 0.0)):
        terms = f"{CONTRACTS}frame,de,45000,0,1,2027-01-01,2029-01-01,200,{least},"
        probe = Probe(planned(folder / str(least), contracts=terms))
        assert volume(whole(probe).outcome) == pytest.approx(taken)


def volume(outcome: Any) -> float:
    """What is reserved of a contract, t/year."""
    places = [place for place, _ in outcome.frame.program.columns_at("reserve")]
    return float(outcome.answer.x[places].sum())


def whole_qualification(folder: Path) -> None:
    offers = TABLES["offers"].replace("60000", "40000")
    project = "project,kind,site,capacity,cost,lead\nqualify,qualify,hanau,400,6000000,0"
    probe = Probe(planned(folder, offers=offers, projects=project))
    begun = probe.outcome.answer.x[[place for place, _ in probe.program.columns_at("start")]].sum()
    assert 0.2 < begun < 0.3
    found = whole(probe).outcome
    assert found.answer.x[[place for place, _ in found.frame.program.columns_at("start")]].sum() == pytest.approx(0)


def tiers(folder: Path) -> None:
    """48,000 instead of 50,000 USD/t from 60 t a year on: taken where 100 t are wanted, not where 40 are."""
    terms = f"{CONTRACTS}tier,cn,48000,0,1,2027-01-01,2029-01-01,1000,60,"
    for wanted, taken in ((100, 100.0), (40, 0.0)):
        demand = TABLES["demand"].replace(",100,", f",{wanted},")
        probe = Probe(planned(folder / str(wanted), contracts=terms, demand=demand))
        assert volume(whole(probe).outcome) == pytest.approx(taken)


def euros(folder: Path) -> None:
    offers = OFFERS.format(",currency,payment_days", ",EUR,365", ",USD,0")
    index = "index,unit,currency,from,value\nEUR,EUR,USD,2020-01-01,1.1"
    plans = planned(folder, offers=offers, price_indices=index)
    award = plans.tables["awards"].iloc[0]
    assert award["goods_usd_per_t"] == pytest.approx(55_000)  # paid a year later, which is worth nothing at a rate of 0


def incoterms(folder: Path) -> None:
    plans = planned(folder, offers=OFFERS.format(",incoterm", ",DDP", ",EXW"))
    award = plans.tables["awards"].iloc[0]
    assert award["freight_usd_per_t"] == 0
    assert award["landed_usd_per_t"] == pytest.approx(50_000)


def cover(folder: Path) -> None:
    stock = "site,material,opening,capacity,holding,cover,penalty\nbuyer,magnet,10,60,500,73,900000"
    table = planned(folder, QUARTERS, stocks=stock).tables["stock"]
    assert table.set_index("period")["tonnes"]["2027Q2"] == pytest.approx(20)  # 73 days of 100 t a year


def leads(folder: Path) -> None:
    plans = planned(folder, QUARTERS, offers=OFFERS.format(",lead", ",90", ",0"))
    found = bought(plans)
    assert ("ganzhou", "2027Q1") not in found
    assert found["ganzhou", "2027Q2"] == pytest.approx(100 * 91 / 365)
    (order,) = plans.tables["decisions"].query("kind == 'order' and what == 'ganzhou'").to_dict(orient="records")
    assert (order["act_on"], order["leaves_on"]) == ("2027-01-01", "2027-04-01")


def contract_with_a_maker(folder: Path) -> None:
    """The maker is a plant; an offer of it that sells nothing on the spot carries the contract."""
    tables = {
        "materials": "material,stage,unit_value\nmagnet,magnet,50\nmetal,metal,60",
        "recipes": "recipe,process,material,tonnes\npress,press,metal,-1\npress,press,magnet,1",
        "plants": "site,process,from,capacity,cost\nganzhou,press,2020-01-01,1000,5000",
        "offers": "offer,site,material,price,capacity\nmetal,ganzhou,metal,40000,900\nmade,ganzhou,magnet,55000,0\n"
        "de,hanau,magnet,60000,1000",
        "contracts": f"{CONTRACTS}frame,made,52000,0,1,2027-01-01,2029-01-01,,,20",
    }
    plans = planned(folder, **tables)
    assert bought(plans, "contract")["frame", "2027"] == pytest.approx(20)
    assert bought(plans)["ganzhou", "2027"] == pytest.approx(100)


def landed(folder: Path) -> None:
    award = planned(folder).tables["awards"].iloc[0]
    assert award["landed_usd_per_t"] / 1000 == pytest.approx(50.6)
    lodestar = lodestar_here("plan", "mine", "-s", "base", cwd=folder).stdout
    assert re.search(r"ganzhou\s.*50\.6", lodestar)


WISHES: tuple[Callable[[Path], None], ...] = (
    today, signed, frozen, kept_share, most_and_not_china, least_volume, whole_qualification, tiers, euros, incoterms,
    cover, leads, contract_with_a_maker, landed,
)  # fmt: skip
"""In the order of the page."""


@pytest.mark.parametrize("name", a_few([wish.__name__ for wish in WISHES], quick=4))
def test_it_can_be_said_as_the_page_says(name: str, tmp_path: Path) -> None:
    (wish,) = (some for some in WISHES if some.__name__ == name)
    wish(tmp_path)


def test_the_page_has_a_line_for_each() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, len(WISHES) + 1))
    assert all(wish and how for _, wish, how, _ in ROWS)
