"""What is left over is sold, what must be treated costs, and nothing is made that nobody wants: by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from tests.helpers.audited import sound
from tests.helpers.command import lodestar_here
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.small import put_tables, scenario, small

CASE = CASES / "by-product-has-a-buyer"
SALE = "material,place,price,tonnes\n"
DEMAND = "site,product,end_use,from,tonnes,penalty\nde,goods,civil,2027-01-01,{},\n"


def planned(folder: Path, *scenarios: Path) -> Plans:
    """The plans of a case, all certified, to which an auditor has nothing to object."""
    plans = plan(str(folder), [str(path) for path in scenarios])
    assert all(outcome.answer.certified for outcome in plans.outcomes.values())
    return sound(plans)


def by_product(folder: Path, **tables: str) -> Path:
    """The hand case, with other tables."""
    shutil.copytree(CASE, folder)
    return put_tables(folder, **tables)


def costs(plans: Plans) -> list[float]:
    return [outcome.cost for outcome in plans.outcomes.values()]


@pytest.mark.parametrize(
    ("sold", "cost"),
    [
        ("", 50_000.0),
        ("tb,AU,640000,1", -138_990.0),
        ("tb,au,640000,1", -138_990.0),
        ("tb,AU,640000,0.5", -44_495.0),
        ("tb,AU,640000,10", -138_990.0),  # no more falls beside the goods that are wanted
        ("tb,AU,-1000,1", 50_000.0),
    ],
)
def test_a_by_product_pays_for_what_it_falls_beside(sold: str, cost: float, tmp_path: Path) -> None:
    folder = by_product(tmp_path / "case", **({"sales": SALE + sold} if sold else {}))
    assert costs(planned(folder, CASE / "quiet.yaml")) == pytest.approx([cost] * 3, rel=1e-9)


@pytest.mark.parametrize("price", [640_000, 64_000_000])
def test_nothing_is_sold_where_nothing_is_wanted(price: int, tmp_path: Path) -> None:
    """Neither in the base nor once a scenario raises the price."""
    stock = "site,material,opening,capacity,holding,terminal,penalty\nau,tb,2,5,0,2,1"
    tables = {"demand": DEMAND.format(0), "sales": f"{SALE}tb,AU,{price},10\ngoods,DE,9000,100", "stocks": stock}
    dearer = scenario(
        tmp_path / "dearer.yaml",
        "  - {what: dearer, table: sales, where: {}, scale: {price: 100}, from: 2027-05-01}\n",
        "2027-05-01",
    )
    plans = planned(by_product(tmp_path / "case", **tables), dearer)
    assert [len(outcome.variable("sell")) for outcome in plans.outcomes.values()] == [0, 0, 0]
    assert costs(plans) == pytest.approx([costs(plans)[0]] * 3)


def test_goods_may_be_made_for_a_market(tmp_path: Path) -> None:
    """By hand: 990.099 t dug for 9.90099 t of terbium at 640,000, 100 of the goods wanted and 890 thrown away."""
    folder = by_product(tmp_path / "case", sales="material,place,price,tonnes,market\ntb,AU,640000,10,true")
    made = 1000 / 1.01
    assert costs(planned(folder)) == pytest.approx([made * 5010.1 - 0.01 * made * 640_000])


def test_what_must_be_treated_bounds_what_is_made(tmp_path: Path) -> None:
    """Only half of what falls beside 100 t can be treated: 50 t each, and 0.5 t at 1,000."""
    offers = "offer,site,material,price,capacity\nau-ore,au,ore,10,1000\ncn-goods,cn,goods,6000,1000"
    folder = by_product(tmp_path / "case", offers=offers, sales=SALE + "tb,AU,-1000,0.5")
    plans = planned(folder)
    assert costs(plans) == pytest.approx([50 * 6000 + 50 * 5010.1 + 500])
    assert plans.outcome().costs.set_index("term")["cost_usd"]["sales"] == pytest.approx(500)


def test_the_audit_sees_what_is_thrown_away_and_must_be_treated(tmp_path: Path) -> None:
    offers = "offer,site,material,price,capacity\nau-ore,au,ore,10,1000\ncn-goods,cn,goods,6000,1000"
    plans = planned(by_product(tmp_path / "case", offers=offers, sales=SALE + "tb,AU,-1000,1"))
    tables = long_tables(plans.outcome())
    moved = tables["sales"].rename(columns={"place": "to", "at": "place", "income_usd": "value_usd"})
    wrong = {**tables, "sales": tables["sales"][:0], "discarded": moved[tables["discarded"].columns]}
    said = [str(fault) for fault in audit_plan(plans.planner.case, wrong)]
    assert any("thrown away of what must be treated, t: au / tb / 0" in some for some in said), said


def test_a_price_may_fall_below_nothing(tmp_path: Path) -> None:
    """From July on terbium must be treated at 2,000,000 a tonne, 20,000 a tonne of goods: they come from China."""
    turn = scenario(
        tmp_path / "turn.yaml",
        "  - {what: waste, table: sales, where: {material: tb}, set: {price: -2000000}, from: 2027-07-01}\n",
        "2027-07-01",
    )
    folder = by_product(tmp_path / "case", sales=SALE + "tb,AU,640000,10")
    (folder / "case.yaml").write_text(
        (folder / "case.yaml").read_text().replace("count: 1, months: 12", "count: 2, months: 6")
    )
    first = 100 * 181 / 365
    after = first * (5010.1 - 6400) + (100 - first) * 500
    assert costs(planned(folder, turn)) == pytest.approx([-138_990.0, after, after])


def test_what_was_sold_before_the_news_was_left_over_then(tmp_path: Path) -> None:
    """Goods made for a demand that then vanishes: their terbium is sold, and what follows is not made."""
    gone = scenario(
        tmp_path / "gone.yaml",
        "  - {what: gone, table: demand, where: {}, set: {tonnes: 0}, from: 2027-06-01}\n",
        "2027-05-01",
    )
    way = "from_country,to_country,freight,transit\nAU,DE,0,60\nCN,DE,0,0\nAU,AU,0,0"
    folder = by_product(tmp_path / "case", sales=SALE + "tb,AU,640000,10", routes=way)
    (folder / "case.yaml").write_text(
        (folder / "case.yaml").read_text().replace("count: 1, months: 12", "count: 12, months: 1")
    )
    plans = planned(folder, gone)
    base, react = plans.outcome().variable("sell"), plans.outcome("gone", "react").variable("sell")
    before = base[base["period"] < 4]["tonnes"].sum()
    assert before > 0
    assert react["tonnes"].sum() == pytest.approx(before)


def test_swarf_goes_round_and_only_what_falls_beside_what_is_wanted_is_sold(tmp_path: Path) -> None:
    """A magnet is not pressed for its swarf, though that comes back as oxide: 40 t beside 100 t, none for nothing."""
    tables = {
        "sites": "site,company,country,owner\nmaker,m,CN,CN\nplant,p,DE,DE",
        "materials": "material,stage,unit_value\nmagnet,magnet,50\noxide,oxide,30\nswarf,scrap,20\ncerium,oxide,5\nore,ore,1",
        "offers": "offer,site,material,price,capacity\nore,maker,ore,1,100000",
        "recipes": "recipe,process,material,tonnes\nsplit,split,ore,-2\nsplit,split,oxide,1\nsplit,split,cerium,1\n"
        "press,press,oxide,-1.4\npress,press,magnet,1\npress,press,swarf,0.4\nback,back,swarf,-1\nback,back,oxide,0.9",
        "plants": "site,process,from,capacity,cost\nmaker,split,2027-01-01,10000,1\nmaker,press,2027-01-01,10000,1\n"
        "maker,back,2027-01-01,10000,1",
        "demand": "site,product,end_use,from,tonnes,penalty\nplant,magnet,civil,2027-01-01,100,",
        "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nCN,CN,0,0",
        "sales": f"{SALE}swarf,CN,5000,1000\ncerium,CN,900,1000",
    }
    folder = small(tmp_path / "case", "periods: [{count: 1, months: 12}]", **tables)
    sold = planned(folder).outcome().variable("sell").set_index("material")["tonnes"]
    assert sold.to_dict() == pytest.approx({"swarf": 40.0, "cerium": 140.0})
    put_tables(folder, demand="site,product,end_use,from,tonnes,penalty\nplant,magnet,civil,2027-01-01,0,")
    assert costs(planned(folder)) == pytest.approx([0.0])


def test_stock_beyond_what_should_be_left_is_sold(tmp_path: Path) -> None:
    """Of 9 t in stock 4 t are to be left: 5 t go."""
    stock = "site,material,opening,capacity,holding,terminal,penalty\nau,tb,9,9,0,4,1"
    folder = by_product(tmp_path / "case", sales=SALE + "tb,au,1000,100", stocks=stock, demand=DEMAND.format(0))
    assert planned(folder).outcome().variable("sell")["tonnes"].tolist() == pytest.approx([5.0])


WHOUSE = {
    "sites": "site,company,country,owner\nhouse,h,DE,DE",
    "materials": "material,stage,unit_value\ngoods,magnet,1",
    "offers": "offer,site,material,price,capacity,from,until\n"
    + "\n".join(
        f"q{n},house,goods,{price},1000,{2026 + n}-01-01,{2027 + n}-01-01" for n, price in enumerate((10, 12, 8, 9), 1)
    ),
    "sales": "material,place,price,tonnes,market,from\n"
    + "\n".join(f"goods,house,{price},1000,true,{2026 + n}-01-01" for n, price in enumerate((10, 12, 8, 9), 1)),
    "stocks": "site,material,opening,capacity,holding\nhouse,goods,0,100,1",
    "arrivals": "site,material,origin,on,tonnes\nhouse,goods,DE,2027-01-01,50",
    "demand": "site,product,end_use,from,tonnes,penalty\nhouse,goods,civil,2027-01-01,0,",
    "routes": "from_country,to_country,freight,transit\nDE,DE,0,0",
}


def test_warehouse(tmp_path: Path) -> None:
    """GAMS model library, whouse: -600. A quarter is a year here, so that storage costs 1; the stock comes on day one."""
    folder = small(tmp_path / "case", "periods: [{count: 4, months: 12}]", **WHOUSE)
    assert costs(planned(folder)) == pytest.approx([-600.0], rel=1e-9)


WORKS = {"ahmsa": "AD", "fundidora": "BB", "sicartsa": "CC", "hylsa": "EE", "hylsap": "FR"}
MARKETS = {"mexico-df": "GB", "monterrey": "HU", "guadalaja": "IT"}
RAIL = {
    "ahmsa": (1204, 218, 1125, 739),
    "fundidora": (1017, 0, 1030, 521),
    "sicartsa": (819, 1305, 704, 0),
    "hylsa": (1017, 0, 1030, 521),
    "hylsap": (185, 1085, 760, 315),
}
IMPORTED = (428, 521, 300)


def _mexico() -> dict[str, str]:
    """Mexican steel, mini: raw materials, five works, three markets, imports from one port and exports over another."""
    land = {**WORKS, **MARKETS, "port": "JP", "abroad": "KR"}
    raw = {"pellets": 18.7, "coke": 52.17, "nat-gas": 14, "electric": 24, "scrap": 105}
    capacity = {
        "furnace": {"ahmsa": 3.25, "fundidora": 1.4, "sicartsa": 1.1},
        "hearth": {"ahmsa": 1.5, "fundidora": 0.85},
        "bof": {"ahmsa": 2.07, "fundidora": 1.5, "sicartsa": 1.3},
        "reduction": {"hylsa": 0.98, "hylsap": 1.0},
        "arc": {"hylsa": 1.13, "hylsap": 0.56},
    }
    recipes = {
        "furnace": {"pellets": -1.58, "coke": -0.63, "pig-iron": 1},
        "reduction": {"pellets": -1.38, "nat-gas": -0.57, "sponge": 1},
        "hearth": {"pig-iron": -0.77, "scrap": -0.33, "steel": 1},
        "bof": {"pig-iron": -0.95, "scrap": -0.12, "steel": 1},
        "arc": {"sponge": -1.09, "electric": -0.58, "steel": 1},
    }

    def freight(miles: float) -> float:
        return 2.48 + 0.0084 * miles if miles else 0.0

    ways = [
        (WORKS[w], land[to], freight(m))
        for w, some in RAIL.items()
        for to, m in zip((*MARKETS, "port"), some, strict=True)
    ]
    ways += [("KR", MARKETS[to], freight(miles)) for to, miles in zip(MARKETS, IMPORTED, strict=True)]
    ways += [(country, country, 0.0) for country in WORKS.values()]
    need = 5.209 * 1.4
    stages = {name: "ore" for name in raw} | {"pig-iron": "oxide", "sponge": "oxide", "steel": "metal"}
    return {
        "sites": "site,company,country,owner\n" + "\n".join(f"{s},{s},{c},{c}" for s, c in land.items()),
        "materials": "material,stage,unit_value\n" + "\n".join(f"{name},{stage},1" for name, stage in stages.items()),
        "offers": "offer,site,material,price,capacity\nimports,abroad,steel,150,1000\n"
        + "\n".join(f"{w}-{name},{w},{name},{usd},1000" for w in WORKS for name, usd in raw.items()),
        "plants": "site,process,from,capacity,cost\n"
        + "\n".join(f"{w},{unit},2027-01-01,{t},0" for unit, some in capacity.items() for w, t in some.items()),
        "recipes": "recipe,process,material,tonnes\n"
        + "\n".join(f"{unit},{unit},{name},{t}" for unit, some in recipes.items() for name, t in some.items()),
        "routes": "from_country,to_country,freight,transit\n" + "\n".join(f"{a},{b},{usd},0" for a, b, usd in ways),
        "demand": "site,product,end_use,from,tonnes,penalty\n"
        + "\n".join(
            f"{to},steel,civil,2027-01-01,{need * s},9999" for to, s in zip(MARKETS, (0.55, 0.3, 0.15), strict=True)
        ),
        "sales": "material,place,price,tonnes,market\nsteel,port,140,1,true",
    }


def test_mexican_steel(tmp_path: Path) -> None:
    """GAMS model library, mexss: 538.8112 million USD, with exports as sales, 100 % of demand served."""
    folder = small(tmp_path / "case", "periods: [{count: 1, months: 12}]", **_mexico())
    outcome = planned(folder).outcome()
    assert outcome.cost == pytest.approx(538.8112, abs=5e-5)
    assert outcome.service_level == 1.0


def test_a_wrong_sale_is_said(tmp_path: Path) -> None:
    folder = by_product(tmp_path / "case", sales=SALE + "tb,AUX,640000,1\ntb,AU hub,5,1")
    with pytest.raises(CaseError) as found:
        plan(str(folder), [])
    assert "'AUX'" in str(found.value)
    assert "tb is not kept in hubs" in str(found.value)


@pytest.mark.slow
def test_sales_stand_in_the_folder_and_verify_finds_nothing_wrong(tmp_path: Path) -> None:
    folder, out = by_product(tmp_path / "case", sales=SALE + "tb,AU,640000,1"), tmp_path / "out"
    lodestar_here("plan", str(folder), "-s", str(CASE / "quiet.yaml"), "--workers", "1", "--out", str(out))
    assert "640000" in (out / "sales.csv").read_text(encoding="utf-8")
    assert "nothing wrong" in lodestar_here("verify", str(out)).stdout
