"""Prices that follow indices, in several currencies: by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.errors import CaseError
from optimizer.plans.plan import Plans
from tests.helpers.audited import sound
from tests.helpers.command import lodestar_here
from tests.helpers.planned import plan
from tests.helpers.small import put_tables, scenario, small

YEAR, MONTHS = "periods: [{count: 1, months: 12}]", "periods: [{count: 12, months: 1}]"
HEAD = "index,unit,currency,from,value\n"
OXIDE = HEAD + "oxide,t,,2020-01-01,60000"
CHAIN = {
    "sites": "site,company,country,owner\nmine,m,AU,AU\nmaker,m,CN,CN\nplant,p,DE,DE",
    "materials": "material,stage,unit_value\nconcentrate,concentrate,15\nmagnet,magnet,50",
    "offers": "offer,site,material,price,capacity,formula\nconcentrate,mine,concentrate,0,100000,payable",
    "recipes": "recipe,process,material,tonnes\npress,press,concentrate,-4\npress,press,magnet,1",
    "plants": "site,process,from,capacity,cost\nmaker,press,2027-01-01,1000,10000",
    "demand": "site,product,end_use,from,tonnes,penalty\nplant,magnet,civil,2027-01-01,1,9999999",
    "routes": "from_country,to_country,freight,transit\nAU,CN,0,0\nCN,DE,0,0",
    "price_indices": OXIDE,
    "price_formulas": "formula,index,share\npayable,oxide,0.15",
}
"""A concentrate with 25 % NdPr that is paid at 60 % of it, and a magnet of 4 t of it and 10,000 of conversion."""
TO_200 = "  - {what: dear, table: price_indices, where: {index: oxide}, set: {value: 200000}, from: 2027-01-01}\n"


def planned(folder: Path, *scenarios: Path) -> Plans:
    """The plans of a case, to which an auditor has nothing to object."""
    return sound(plan(str(folder), [str(path) for path in scenarios]))


def costs(plans: Plans) -> list[float]:
    return [outcome.cost for outcome in plans.outcomes.values()]


def chain(folder: Path, calendar: str = YEAR, **tables: str) -> Path:
    case = small(folder, calendar)
    return put_tables(case, **{**CHAIN, **tables})


def one(folder: Path, formula: str, index: str, calendar: str = YEAR, offer: str = "0,pay,") -> Path:
    """A tonne of goods bought at a price that follows an index; `offer` is its fixed part, formula and currency."""
    return small(
        folder,
        calendar,
        sites="site,company,country,owner\nmaker,m,CN,CN\nplant,p,DE,DE",
        materials="material,stage,unit_value\nmagnet,magnet,50",
        offers=f"offer,site,material,capacity,price,formula,currency\ngoods,maker,magnet,1000,{offer}",
        demand="site,product,end_use,from,tonnes,penalty\nplant,magnet,civil,2027-01-01,1,9999999",
        routes="from_country,to_country,freight,transit\nCN,DE,0,0",
        price_indices=HEAD + index,
        price_formulas=formula,
    )


def test_a_magnet_follows_its_oxide(tmp_path: Path) -> None:
    """9,000 USD/t of concentrate at an index of 60,000 and 30,000 at 200,000; the magnet 46,000 and 130,000."""
    plans = planned(chain(tmp_path / "case"), scenario(tmp_path / "dear.yaml", TO_200))
    assert costs(plans) == pytest.approx([46_000, 130_000, 130_000])
    prices = [outcome.values_by_key("offer_price")["concentrate", 0] for outcome in plans.outcomes.values()]
    assert prices == pytest.approx([9_000, 30_000, 30_000])


def test_what_a_mine_is_paid_follows_too(tmp_path: Path) -> None:
    """The same where the concentrate is dug: a plant's cost is its price."""
    tables = {
        "offers": "offer,site,material,price,capacity\nnone,mine,magnet,9999999,0.001",
        "plants": "site,process,from,capacity,cost,formula\nmaker,press,2027-01-01,1000,10000,\nmine,dig,2027-01-01,1000,0,payable",
        "recipes": CHAIN["recipes"] + "\ndig,dig,concentrate,1",
    }
    plans = planned(chain(tmp_path / "case", **tables), scenario(tmp_path / "dear.yaml", TO_200))
    assert costs(plans) == pytest.approx([46_000, 130_000, 130_000])


def test_other_events_change_the_price_that_the_index_gives(tmp_path: Path) -> None:
    """200,000 at 15 % and twice as dear: 60,000 a tonne of concentrate."""
    twice = TO_200 + "  - {what: more, table: offers, where: {}, scale: {price: 2}, from: 2027-01-01}\n"
    assert costs(planned(chain(tmp_path / "case"), scenario(tmp_path / "s.yaml", twice)))[1] == pytest.approx(250_000)


@pytest.mark.parametrize(
    ("formula", "price"),
    [
        ("formula,index,share,lag\npay,oxide,1,28", [100, 100, 200, 200]),
        ("formula,index,share,averaging\npay,oxide,1,31", [100, None, None, 200]),
        ("formula,index,share,floor,cap\npay,oxide,1,150,190", [150, 190, 190, 190]),
        ("formula,index,share\npay,oxide,0.5\npay,other,2", [64, 114, 114, 114]),
    ],
)
def test_lag_averaging_floor_cap_and_terms(formula: str, price: list[float | None], tmp_path: Path) -> None:
    """The index is 100 in January and 200 from 1 February on."""
    index = "oxide,t,,2020-01-01,100\noxide,t,,2027-02-01,200\nother,t,,2020-01-01,7"
    outcome = planned(one(tmp_path / "case", formula, index, MONTHS)).outcome()
    found = outcome.values_by_key("offer_price")
    for month, usd in enumerate(price):
        if usd is not None:
            assert found["goods", month] == pytest.approx(usd)
    if "averaging" in formula:
        days = [(min(n + 1, 31) * 200 + max(0, 30 - n) * 100) / 31 for n in range(28)]
        assert found["goods", 1] == pytest.approx(sum(days) / 28)


def test_currencies_are_indices(tmp_path: Path) -> None:
    """10 EUR and half of 40 CNY a kilogram: 10 x 1.1 + 0.5 x 40,000 x 0.15 = 3,011 USD; 5,511 once the yuan is dearer."""
    index = "EUR,EUR,,2020-01-01,1.1\nCNY,CNY,,2020-01-01,0.15\noxide,kg,CNY,2020-01-01,40"
    folder = one(tmp_path / "case", "formula,index,share\npay,oxide,0.5", index, offer="10,pay,EUR")
    event = "  - {what: dear, table: price_indices, where: {index: CNY}, set: {value: 0.275}, from: 2027-01-01}\n"
    assert costs(planned(folder, scenario(tmp_path / "dear.yaml", event))) == pytest.approx([3_011, 5_511, 5_511])


def test_contracts_sales_and_duties_follow_too(tmp_path: Path) -> None:
    """A contract at 1 + 50 % of the index, a duty of 10 % on the index, and scrap sold at a tenth of it."""
    folder = one(
        tmp_path / "case",
        "formula,index,share\npay,oxide,0.5\nbase,oxide,1\nscrap,oxide,0.1",
        "oxide,t,,2020-01-01,1000",
    )
    contract = "contract,offer,price,formula,reservation_fee,max_volume,take_or_pay,from,until\nc,goods,1,pay,0,1,0,2027-01-01,2028-01-01"
    put_tables(
        folder,
        offers="offer,site,material,capacity,price\ngoods,maker,magnet,1000,9000",
        contracts=contract,
        duties="duty,goods,origin,destination,from,rate,base\nd,magnet,CN,DE,2020-01-01,0.1,base",
        sales="material,place,price,tonnes,formula\nmagnet,DE,0,100,scrap",
        stocks="site,material,opening,capacity,holding\nplant,magnet,3,3,0",
        demand="site,product,end_use,from,tonnes,penalty\nplant,magnet,civil,2027-01-01,4,9999999",
    )
    move = scenario(tmp_path / "m.yaml", TO_200.replace("200000", "2000"))
    assert costs(planned(folder, move)) == pytest.approx([601, 1_201, 1_201])
    put_tables(folder, demand="site,product,end_use,from,tonnes,penalty\nplant,magnet,civil,2027-01-01,0,")
    assert costs(planned(folder, move)) == pytest.approx([-300, -600, -600])


@pytest.mark.parametrize(
    ("formula", "index", "offer", "said"),
    [
        ("formula,index,share,lag\npay,oxide,1,90", "oxide,t,,2026-12-01,100", "0,pay,", "the first value of oxide"),
        (
            "formula,index,share\npay,oxide,-1",
            "oxide,t,,2020-01-01,100",
            "50,pay,",
            "expected a price of 0 or more, found -50",
        ),
        ("formula,index,share\npay,oxyde,1", "oxide,t,,2020-01-01,100", "0,pay,", "Did you mean 'oxide'?"),
        ("formula,index,share\npay,oxide,1", "oxide,t,,2020-01-01,100", "0,pya,", "Did you mean 'pay'?"),
        ("formula,index,share\npay,oxide,1", "oxide,t,,2020-01-01,100", "0,pay,EUR", "expected a price index EUR"),
        (
            "formula,index,share,floor,cap\npay,oxide,1,5,3",
            "oxide,t,,2020-01-01,100",
            "0,pay,",
            "at least the floor (5)",
        ),
        (
            "formula,index,share\npay,oxide,1",
            "oxide,EUR,,2020-01-01,100",
            "0,pay,",
            "a currency is an index of its own name",
        ),
        (
            "formula,index,share\npay,oxide,1",
            "oxide,t,,2020-01-01,100\nEUR,EUR,EUR,2020-01-01,1.1",
            "0,pay,EUR",
            "expected 'USD', as the index is a currency, found 'EUR'",
        ),
        (
            "formula,index,share\npay,oxide,1",
            "oxide,t,,2020-01-01,100\nEUR,EUR,CNY,2020-01-01,7\nCNY,CNY,EUR,2020-01-01,0.1",
            "0,pay,EUR",
            "expected 'USD', as the index is a currency, found 'CNY'",
        ),
    ],
)
def test_what_is_wrong_is_said(formula: str, index: str, offer: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(CaseError) as found:
        plan(str(one(tmp_path / "case", formula, index, offer=offer)), [])
    assert said in str(found.value)


def test_an_index_that_stays_flat_is_said(tmp_path: Path) -> None:
    said = lodestar_here("check", str(chain(tmp_path / "case")))
    assert "stays at its last value, 60000, from 2020-01-01 on" in said.stdout + said.stderr
