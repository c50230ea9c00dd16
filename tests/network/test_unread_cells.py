"""What `check` says of cells that nothing reads: the programme is the same whatever stands in them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import silent
from benchmarks.silent import Fuzz, fingerprint
from optimizer.network.build import network_of
from optimizer.network.idle_rows import idle_rows
from optimizer.network.unread_cells import unread_cells
from optimizer.world.load import load_case
from tests.helpers.command import lodestar_here
from tests.helpers.small import scenario, small

SITES = "site,company,country,owner,parent,parent_share\nmaker,Maker,CN,CN,Group,{}\nbuyer,Buyer,DE,DE,,"
OFFERS = {
    "materials": "material,stage,unit_value,content\nmagnet,magnet,50,Nd=0.3\noxide,oxide,50,Nd=0.8",
    "origins": "offer,material,country,tonnes\nspot,oxide,{},0.3",
}
CONTRACT = (
    "contract,offer,floor,upside,upside_from,reservation_fee,max_volume,take_or_pay,from,until\n"
    "frame,spot,{},{},,0,10,0,2027-01-01,2028-01-01"
)
STOCK = "site,material,opening,capacity,holding,origin\nbuyer,magnet,50,100,1,{}"
RULE = (
    "control,kind,authority,citation,origin,elements,stages,threshold,effective,approval\n"
    "law,content,x,x,{},Nd,oxide; magnet,0.001,2026-01-01,1"
)
APPROVED = {
    "controls": "control,kind,authority,citation,origin,stages,effective,approval,processing_days\n"
    "law,export,x,x,CN,magnet,2026-01-01,0.5,{}"
}
CONTROL = "control,kind,authority,citation,origin,stages,effective,approval"
SUSPENDED = f"{CONTROL},suspended_from\nlaw,export,x,x,CN,magnet,{{}},0.5,2026-06-01"
ENDED = f"{CONTROL},expires,suspended_from\nlaw,export,x,x,CN,magnet,2020-01-01,0.5,2026-01-01,202{{}}-06-01"
END_USE = {
    "materials": OFFERS["materials"],
    "controls": f"{CONTROL},inputs,end_uses\nlaw,end_use,x,x,CN,{{}},2026-01-01,0.5,magnet,civil",
}
LAW = f"{CONTROL},expires\nlaw,export,x,x,CN,magnet,2026-01-01,0.5,2027-05-01"
GRANTED = {
    "controls": LAW,
    "approvals": "approval,control,customer,affiliates,from,share\nfor-buyer,law,Buyer SE,{},{},{}",
}
WAITED = {
    "controls": LAW,
    "approvals": "approval,control,customer,from,share,processing_days\nlisted,law,buyer,2026-01-01,0,{}",
}
APPROVED_ALREADY = {"controls": f"{CONTROL}\nlaw,export,x,x,CN,magnet,2026-01-01,0.5"}
STEPS = {
    "controls": f"{CONTROL},suspended_from\nlaw,export,x,x,CN,magnet,2026-01-01,0.5,2026-06-01",
    "grants": "control,days,share\nlaw,{},{}",
}
STEADY = APPROVED_ALREADY | {"grants": "control,days,share\nlaw,{},{}\nlaw,60,0.9"}
BY_APPROVAL = APPROVED_ALREADY | {
    "approvals": "approval,control,customer,from,share\nlisted,law,buyer,2026-01-01,0.6",
    "grants": "control,approval,days,share\nlaw,listed,{},{}\nlaw,listed,60,0.9",
}
BY_ELEMENT = {
    "materials": OFFERS["materials"],
    "controls": f"{CONTROL},inputs,elements,end_uses\nlaw,end_use,x,x,CN,oxide,2026-01-01,0.5,magnet Nd,{{}},civil",
}
UNDER_WAY = {
    "projects": "project,kind,site,capacity,cost,lead,done_from\nqualify,qualify,maker,100,{},{},2027-05-01",
}
LIMITED = {
    "limits": "limit,measure,sense,value,stage,by,member,window,from,until\n"
    "cap,volume,at_most,100,magnet,country,CN,year,2027-01-01,{}",
}
YEAR = "periods: [{count: 1, months: 12}]"
TERMS = "contract,offer,price,reservation_fee,max_volume,take_or_pay,from,until"
SIGNED = "frame,spot,40000,0,10,0.5,2027-01-01,2028-01-01"
SETTLED = f"{TERMS},settled\n{SIGNED},{{}}"
LOST = f"{TERMS},carry_over,prepaid_lost\n{SIGNED},{{}},{{}}"
LEAST = f"{TERMS},min_volume\n{SIGNED},{{}}"
LATER = "offer,site,material,price,capacity,payment_days\nspot,maker,magnet,50000,1000,{}"
ARRIVING = {"case": YEAR, "arrivals": "site,material,origin,on,tonnes\nbuyer,magnet,DE,{},5"}
AUTUMN = "offer,site,material,price,capacity,from\nspot,maker,magnet,50000,1000,2027-10-01"
MUST = "site,product,end_use,from,tonnes\nbuyer,magnet,civil,2027-01-01,365"
BY_INDEX = {
    "price_indices": "index,unit,from,value\nnd,t,2025-01-01,60000",
    "offers": "offer,site,material,price,capacity,formula\nspot,maker,magnet,30000,1000,part",
}
TERM = "formula,index,share,{}\npart,nd,0.3,{{}}"
CAP = "limit,measure,sense,value,stage,by,member,window,from,penalty,basis,stock_days\ncap,{},at_most,{},magnet,country,CN,{},2027-01-01,9"
KEPT = f"{CONTROL},{{}}\nlaw,export,x,x,CN,magnet,2026-01-01,{{}},{{{{}}}}"
WAITING = f"{CONTROL},processing_days,waits,multiple\nlaw,export,x,x,CN,magnet,2027-02-01,0.5,{{}},at_exporter,{{{{}}}}"
WAITS = f"{CONTROL},processing_days,waits\nlaw,export,x,x,CN,magnet,2027-02-01,0.5,20,{{}}"
WAITED_BEFORE = (
    f"{CONTROL},processing_days,waits,multiple\nlaw,export,x,x,CN,magnet,2026-06-01,0.5,{{}},at_exporter,1.5"
)
LEAN = {
    "materials": "material,stage,unit_value\nmagnet,magnet,50\nlean,magnet,40",
    "offers": "offer,site,material,price,capacity\nspot,maker,magnet,50000,1000\nless,maker,lean,40000,1000",
}
PLANT = "site,process,from,capacity,cost,technology_origin\nbuyer,press,2020-01-01,100,1000,CN"
STEP = PLANT + "\nbuyer,press,2027-04-01,200,1000,CN"
PRESS = {
    "materials": "material,stage,unit_value\npowder,metal,10\nmagnet,magnet,50",
    "offers": "offer,site,material,price,capacity\nspot,maker,magnet,50000,1000\npowder,maker,powder,1000,1000",
    "plants": PLANT,
    "recipes": "recipe,process,material,tonnes\npress,press,powder,-1\npress,press,magnet,1",
}
HELD_BACK = f"{CONTROL},processing_days\nlaw,technology,x,x,CN,magnet,2026-01-01,{{}},{{}}"
HELD = {
    "controls": f"{CONTROL},elements\nlaw,export,x,x,CN,magnet,2026-01-01,0.5,Dy",
    "materials": "material,stage,unit_value,content\nmagnet,magnet,50,Nd=0.3",
}
GROWS = "product,material,max_share,from,ramp_days\nmagnet,lean,0.5,"
TRADED = "control,origin,destination,group,tonnes\nlaw,CN,DE,magnet,{}"
FULL = {"stocks": STOCK.format("DE")}
AHEAD = {
    "controls": f"{CONTROL}\nlaw,export,x,x,CN,magnet,2027-02-01,0.5",
    "grants": "control,days,share\nlaw,{},{}\nlaw,60,0.9",
}
DESTINED = AHEAD | {"grants": "control,destination,days,share\nlaw,DE,{},{}\nlaw,DE,60,0.9"}
BY_ELEMENT_OR_NOT = BY_ELEMENT | {"controls": BY_ELEMENT["controls"].replace("magnet Nd", "magnet")}
UNREAD: list[tuple[str, dict[str, str], tuple[Any, Any]]] = [
    ("sites: nothing reads parent, parent_share in 1 of 1 rows", {"sites": SITES}, (0.4, 0.9)),
    ("origins: nothing reads offer, material, country, tonnes in 1 of 1 rows", OFFERS, ("CN", "US")),
    ("stocks: nothing reads origin in 1 of 1 rows", {"stocks": STOCK}, ("CN", "US")),
    ("stocks: nothing reads origin in 1 of 1 rows", {"stocks": STOCK, "controls": RULE.format("JP")}, ("CN", "US")),
    (
        "contracts: nothing reads upside, upside_from in 1 of 1 rows",
        {"contracts": CONTRACT},
        ("60000,0.1", "60000,0.5"),
    ),
    ("controls: nothing reads processing_days in 1 of 1 rows", APPROVED, (10, 20)),
    ("controls: nothing reads effective in 1 of 1 rows", {"controls": SUSPENDED}, ("2020-01-01", "2026-01-01")),
    ("controls: nothing reads suspended_from, suspended_until in 1 of 1 rows", {"controls": ENDED}, (1, 2)),
    ("controls: nothing reads stages in 1 of 1 rows", END_USE, ("magnet", "oxide")),
    ("approvals: nothing reads affiliates in 1 of 1 rows", GRANTED, ("0.5,2027-01-01,1", "0.2,2027-01-01,1")),
    ("approvals: nothing reads share, covers in 1 of 1 rows", GRANTED, (",2027-06-01,1", ",2027-06-01,0.2")),
    ("approvals: nothing reads processing_days in 1 of 1 rows", WAITED, (10, 20)),
    ("grants: nothing reads days in 1 of 1 rows", STEPS, ("10,0.5", "20,0.5")),
    ("grants: nothing reads share in 1 of 1 rows", STEPS, ("10,0.5", "10,1")),
    ("grants: nothing reads days in 2 of 2 rows", STEADY, ("10,0.5", "40,0.5")),
    ("grants: nothing reads share in 1 of 2 rows", STEADY, ("10,0.1", "10,0.9")),
    ("grants: nothing reads share in 1 of 2 rows", BY_APPROVAL, ("10,0.1", "10,0.9")),
    ("controls: nothing reads elements in 1 of 1 rows", BY_ELEMENT, ("", "Dy")),
    ("projects: nothing reads cost, lead, life, from in 1 of 1 rows", UNDER_WAY, ("5,6", "7,3")),
    ("limits: nothing reads until in 1 of 1 rows", LIMITED, ("2027-09-01", "2027-12-01")),
    (
        "limits: nothing reads basis in 1 of 1 rows",
        {"limits": CAP.format("spend", 9, "year") + ",{},180"},
        ("use", "purchases"),
    ),
    (
        "limits: nothing reads stock_days in 1 of 1",
        FULL | {"limits": CAP.format("volume", 9, "period") + ",purchases,{}"},
        (5, 90),
    ),
    (
        "limits: nothing reads stock_days in 1 of 1 rows",
        FULL | {"limits": CAP.format("volume", 9, "horizon") + ",use,{}"},
        (5, 90),
    ),
    ("substitutions: nothing reads ramp_days in 1 of 1 rows", LEAN | {"substitutions": GROWS + ",{}"}, (90, 200)),
    ("controls: nothing reads approval, quota in 1 of 1 rows", PRESS | {"controls": HELD_BACK}, ("0.1,0", "0.9,0")),
    ("controls: nothing reads processing_days in 1 of 1 rows", PRESS | {"controls": HELD_BACK}, ("0.5,9", "0.5,90")),
    (
        "holds: nothing reads days, lasts in 1 of 1 rows",
        HELD | {"holds": "control,stage,days,lasts\nlaw,magnet,{},99"},
        (5, 9),
    ),
    ("contracts: nothing reads settled in 1 of 1 rows", {"case": YEAR, "contracts": SETTLED}, ("period", "year")),
    ("contracts: nothing reads prepaid_lost in 1 of 1 rows", {"contracts": LOST}, ("false,true", "false,false")),
    ("contracts: nothing reads min_volume in 1 of 1 rows", {"contracts": LEAST}, (3, 5)),
    ("offers: nothing reads payment_days in 1 of 1 rows", {"offers": LATER}, (10, 60)),
    ("arrivals: nothing reads on in 1 of 1 rows", ARRIVING | {"demand": MUST}, ("2027-02-01", "2027-09-01")),
    (
        "price_formulas: nothing reads floor in 1 of 1 rows",
        BY_INDEX | {"price_formulas": TERM.format("floor")},
        (1, 40000),
    ),
    (
        "price_formulas: nothing reads cap in 1 of 1 rows",
        BY_INDEX | {"price_formulas": TERM.format("cap")},
        (50000, 60000),
    ),
    ("controls: nothing reads headroom, new_business in 1 of 1", {"controls": KEPT.format("headroom", 0)}, (0.5, 2)),
    ("controls: nothing reads headroom, new_business in 1 of 1", {"controls": KEPT.format("new_business", 0)}, (5, 9)),
    ("controls: nothing reads validity_days in 1 of 1 rows", {"controls": KEPT.format("validity_days", 0)}, (9, 90)),
    ("controls: nothing reads multiple in 1 of 1 rows", {"controls": WAITING.format(0)}, (1.2, 1.5)),
    ("controls: nothing reads waits in 1 of 1 rows", {"controls": WAITS}, ("made_later", "at_exporter")),
    (
        "controls: nothing reads application_cost in 1 of 1 rows",
        {
            "controls": f"{CONTROL},suspended_from,application_cost\nlaw,export,x,x,CN,magnet,2026-01-01,0.5,2026-06-01,{{}}"
        },
        (5, 6),
    ),
    (
        "trade: nothing reads tonnes, basis, share, headroom in 1 of 1 rows",
        {"controls": SUSPENDED.format("2026-01-01"), "trade": TRADED},
        (5, 900),
    ),
]
"""What is said of a case, its tables, and cells with which its programme is the same; it is said with the last."""


@pytest.mark.parametrize(("said", "tables", "values"), UNREAD)
def test_what_is_said_to_be_unread_changes_nothing(
    said: str, tables: dict[str, str], values: tuple[Any, Any], tmp_path: Path
) -> None:
    found = set()
    for number, value in enumerate(values):
        cells = str(value).split(",")
        filled = {name: text.format(*cells) if "{}" in text else text for name, text in tables.items()}
        folder = small(tmp_path / str(number), **filled)
        digest, network = fingerprint(load_case(folder))
        found.add(digest)
    assert len(found) == 1
    assert any(some.text.startswith(said) for some in unread_cells(network)), unread_cells(network)
    assert said in lodestar_here("check", str(folder)).stdout
    assert json.loads(lodestar_here("check", str(folder), "--json").stdout)["unread"]


READ: list[tuple[str, dict[str, str], tuple[Any, Any]]] = [
    ("origins.country", {**OFFERS, "controls": RULE.format("US")}, ("CN", "US")),
    (
        "stocks.origin",
        {"stocks": STOCK, "controls": RULE.format("US"), "materials": OFFERS["materials"]},
        ("CN", "US"),
    ),
    ("contracts.upside", {"contracts": CONTRACT}, ("40000,0.1", "40000,0.5")),
    ("contracts.settled", {"contracts": SETTLED}, ("period", "year")),
    ("contracts.prepaid_lost", {"contracts": LOST}, ("true,true", "true,false")),
    ("arrivals.on", ARRIVING | {"offers": AUTUMN}, ("2027-02-01", "2027-11-01")),
    ("price_formulas.floor", BY_INDEX | {"price_formulas": TERM.format("floor")}, (49000, 50000)),
    ("price_formulas.cap", BY_INDEX | {"price_formulas": TERM.format("cap")}, (1000, 47000)),
    ("limits.stock_days", FULL | {"limits": CAP.format("volume", 9, "period") + ",use,{}"}, (5, 900)),
    ("controls.headroom", {"controls": KEPT.format("headroom", 0.5)}, (0.5, 2)),
    ("controls.new_business", {"controls": KEPT.format("new_business", 0.5)}, (5, 9)),
    ("controls.validity_days", {"controls": KEPT.format("validity_days", 0.5)}, (9, 90)),
    ("controls.multiple", {"controls": WAITING.format(20)}, (1.2, 1.5)),
    ("controls.processing_days", {"controls": WAITED_BEFORE}, (150, 200)),
    ("substitutions.ramp_days", LEAN | {"substitutions": GROWS + "2026-12-01,{}"}, (90, 200)),
    ("controls.approval", PRESS | {"controls": HELD_BACK, "plants": STEP}, ("0.1,0", "0.9,0")),
    ("controls.processing_days", PRESS | {"controls": HELD_BACK, "plants": STEP}, ("0.5,9", "0.5,90")),
    ("holds.days", HELD | {"holds": "control,stage,days,lasts\nlaw,magnet,{},399"}, (5, 9)),
    ("controls.application_cost", {"controls": KEPT.format("application_cost", 0.5)}, (5, 6)),
    ("grants.days", AHEAD, ("10,0.5", "20,0.5")),
    ("grants.share", AHEAD, ("10,0.5", "10,0.6")),
    ("grants.share", DESTINED, ("10,0.5", "10,0.6")),
    ("controls.elements", BY_ELEMENT_OR_NOT, ("Nd", "Dy")),
    ("trade.tonnes", {"controls": APPROVED["controls"].format(9), "trade": TRADED}, (5, 900)),
]


@pytest.mark.parametrize(("cell", "tables", "values"), READ)
def test_what_is_read_is_not_said_to_be_unread(
    cell: str, tables: dict[str, str], values: tuple[Any, Any], tmp_path: Path
) -> None:
    found = {}
    for number, value in enumerate(values):
        cells = str(value).split(",")
        filled = {name: text.format(*cells) if "{}" in text else text for name, text in tables.items()}
        digest, network = fingerprint(load_case(small(tmp_path / str(number), **filled)))
        found[digest] = {f"{some.table}.{column}" for some in unread_cells(network) for column in some.columns}
    assert len(found) == 2
    assert cell not in found[digest]


def test_a_day_of_payment_is_read_where_money_is_discounted(tmp_path: Path) -> None:
    case = load_case(small(tmp_path, offers=LATER.format(60)))
    later = replace(case, file=case.file.model_copy(update={"discount_rate": 0.1}))
    for some, said in ((case, True), (later, False)):
        assert ("payment_days" in str(unread_cells(network_of(some)))) == said


def test_show_leaves_out_what_does_nothing(tmp_path: Path) -> None:
    """The other maker's offer reaches nobody, and nothing reads the wait of a note."""
    tables = {
        "sites": "site,company,country,owner\nmaker,Maker,CN,CN\nfar,Far,BR,BR\nbuyer,Buyer,DE,DE",
        "offers": "offer,site,material,price,capacity\nspot,maker,magnet,50000,1000\nlost,far,magnet,100,10",
    }
    case = small(tmp_path / "case", **tables)
    event = "  - {what: x, table: offers, where: {}, scale: {price: 2}, from: 2027-04-01}\n"
    own = scenario(tmp_path / "own.yaml", event)
    said = lodestar_here("show", str(own), "--case", str(case)).stdout
    assert "offers: spot" in said
    assert "lost" not in said
    assert "offers 2 (1 without effect)" in lodestar_here("show", str(case)).stdout


IDLE: list[tuple[dict[str, str], str]] = [
    (
        {"sites": "site,company,country,owner\nmaker,Maker,CN,CN\nbuyer,Buyer,DE,DE\nempty,Empty,FR,FR"},
        "sites.csv, row 4: has no effect on any plan: nothing that a plan can use is made, sold, stored or wanted there.",
    ),
    (
        DESTINED | {"grants": "control,destination,days,share\nlaw,DE,20,0.9\nlaw,,10,0.5"},
        "grants.csv, row 3: has no effect on any plan: nothing that a plan can ship or deliver is granted by it.",
    ),
    (
        {"projects": "project,kind,site,capacity,cost,lead\nlate,qualify,maker,100,5,12"},
        "projects.csv, row 2: has no effect on any plan: it opens on 2028-01-01 at the earliest, after the last day of",
    ),
    (
        {"projects": "project,kind,site,capacity,cost,lead,done_from\nlate,qualify,maker,100,5,1,2028-02-01"},
        "projects.csv, row 2: has no effect on any plan: it opens on 2028-02-01 at the earliest, after the last day of",
    ),
    (
        BY_INDEX | {"price_formulas": "formula,index,share\npart,nd,0.3\nlost,nd,0.1"},
        "price_formulas.csv, row 3: has no effect on any plan: no price that a plan can pay goes by it.",
    ),
    (
        BY_INDEX
        | {
            "price_indices": "index,unit,from,value\nnd,t,2025-01-01,60000\nnd,t,2026-01-01,60001\ndy,t,2026-01-01,9",
            "price_formulas": "formula,index,share,averaging\npart,nd,0.3,20",
        },
        "price_indices.csv, row 2: has no effect on any plan: no price that a plan can pay goes by what it says on its",
    ),
    (
        {"price_indices": "index,unit,from,value\nEUR,EUR,2025-01-01,1.1"},
        "price_indices.csv, row 2: has no effect on any plan: no price that a plan can pay goes by what it says on its",
    ),
]


@pytest.mark.parametrize(("tables", "said"), IDLE)
def test_a_row_that_can_do_nothing_is_said(tables: dict[str, str], said: str, tmp_path: Path) -> None:
    assert said in " ".join(lodestar_here("check", str(small(tmp_path / "mini", **tables))).stdout.split())


@pytest.mark.parametrize(("averaging", "idle"), [(20, True), (400, False)])
def test_an_index_is_read_as_far_back_as_prices_average_it(averaging: int, idle: bool, tmp_path: Path) -> None:
    """What it was until 2026 is idle unless a price of 2027 averages over more days than a year."""
    tables = BY_INDEX | {
        "price_indices": "index,unit,from,value\nnd,t,2025-01-01,{}\nnd,t,2026-01-01,61000",
        "price_formulas": f"formula,index,share,averaging\npart,nd,0.3,{averaging}",
    }
    found = []
    for value in (50000, 60000):
        filled = tables | {"price_indices": tables["price_indices"].format(value)}
        digest, network = fingerprint(load_case(small(tmp_path / str(value), **filled)))
        found.append(digest)
    assert ("price_indices.csv, row 2" in {row.place.split("/")[-1] for row in idle_rows(network)}) == idle
    assert (len(set(found)) == 1) == idle


def test_a_floor_in_another_currency_is_refused(tmp_path: Path) -> None:
    terms = TERMS.replace("price", "floor") + ",currency\n" + SIGNED + ",EUR"
    case = small(tmp_path / "mini", contracts=terms, price_indices="index,unit,from,value\nEUR,EUR,2025-01-01,1.1")
    said = lodestar_here("check", str(case), code=2).stderr
    assert "contracts.csv, row 2: currency: expected USD with a floor, which is in USD/t, found 'EUR'" in said


def test_groups_exempt_no_suppliers(tmp_path: Path) -> None:
    """A group is of countries: what a supplier is exempted by would be read as nobody."""
    row = "limit,measure,sense,value,stage,by,member,exempt,window,from\n"
    row += "cap,share,at_most,0.6,magnet,supplier,each,friends,year,2027-01-01"
    case = small(tmp_path / "mini", "periods: [{count: 4, months: 3}]\ngroups: {friends: [FR]}", limits=row)
    said = lodestar_here("check", str(case), code=2).stderr
    assert "exempt: expected only with by 'country' or 'owner'" in said


def test_the_fuzz_sees_what_nobody_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what `check` says, cells that nothing reads are silent; words that say the same as it stands are not."""
    monkeypatch.setattr(silent, "said_of", lambda network: set())
    limit = (
        "limit,measure,sense,value,stage,by,member,window,basis,from\n"
        "cap,share,at_most,0.6,magnet,country,CN,year,purchases,2027-01-01"
    )
    fuzz = Fuzz(
        load_case(
            small(tmp_path / "mini", stocks=STOCK.format("FR"), controls=APPROVED["controls"].format(9), limits=limit)
        )
    )
    cells = {("stocks", "origin"): "silent", ("controls", "processing_days"): "silent", ("controls", "approval"): "changed",
             ("limits", "by"): "alike"}  # fmt: skip
    assert {(table, column): fuzz.tried(table, 0, column).outcome for table, column in cells} == cells
