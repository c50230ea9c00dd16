"""Small cases as tables of which nothing reads some cells, and what `check` says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.silent import fingerprint
from optimizer.network.unread_cells import unread_cells
from optimizer.world.load import load_case
from tests.helpers.command import lodestar_here
from tests.helpers.small import small

Told = tuple[str, dict[str, str], tuple[Any, Any]]
"""What is said of a case, or the column that is read, its tables, and other values of cells in them."""


def assert_unread(said: str, tables: dict[str, str], values: tuple[Any, Any], folder: Path) -> None:
    """The programme is the same with both values, and `check` says so of the last."""
    found = set()
    for number, value in enumerate(values):
        case = small(folder / str(number), **_filled(tables, value))
        digest, network = fingerprint(load_case(case))
        found.add(digest)
    assert len(found) == 1
    assert any(some.text.startswith(said) for some in unread_cells(network)), unread_cells(network)
    assert said in lodestar_here("check", str(case)).stdout
    assert json.loads(lodestar_here("check", str(case), "--json").stdout)["unread"]


def assert_read(cell: str, tables: dict[str, str], values: tuple[Any, Any], folder: Path) -> None:
    """The programme differs between both values, and it is not said of the last that nothing reads it."""
    found = {}
    for number, value in enumerate(values):
        digest, network = fingerprint(load_case(small(folder / str(number), **_filled(tables, value))))
        found[digest] = {f"{some.table}.{column}" for some in unread_cells(network) for column in some.columns}
    assert len(found) == 2
    assert cell not in found[digest]


def _filled(tables: dict[str, str], value: Any) -> dict[str, str]:
    """Tables with values, parted by commas, in place of braces."""
    cells = str(value).split(",")
    return {name: text.format(*cells) if "{}" in text else text for name, text in tables.items()}


SITES = "site,company,country,owner,parent,parent_share\nmaker,Maker,CN,CN,Group,{}\nbuyer,Buyer,DE,DE,,"
OFFERS = {
    "materials": "material,stage,unit_value,content\nmagnet,magnet,50,Nd=0.3\noxide,oxide,50,Nd=0.8",
    "origins": "offer,material,country,tonnes\nspot,oxide,{},0.3",
}
CONTRACT = (
    "contract,offer,floor,upside,upside_from,reservation_fee,max_volume,take_or_pay,from,until\n"
    "frame,spot,{},{},,0,10,0,2027-01-01,2028-01-01"
)
TERMS_OF_TRADE = "offer,site,material,price,capacity,incoterm\nspot,maker,magnet,50000,1000,{}"
AT_HOME = {"offers": TERMS_OF_TRADE.replace("maker", "buyer")}
SHARED = {
    "contracts": "contract,offer,floor,upside_from,upside,reservation_fee,max_volume,take_or_pay,from,until\n"
    "frame,spot,{},{},0.5,0,10,0,2027-01-01,2028-01-01"
}
RUNS = "supplier,material,site,tonnes,penalty\nmaker,magnet,buyer,{},{}"
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
COVERING = {
    "controls": LAW,
    "approvals": "approval,control,customer,from,share,covers,quantity\nlisted,law,buyer,2026-01-01,{},{},{}",
}
COVERING_LATE = COVERING | {"approvals": COVERING["approvals"].replace("2026-01-01", "2027-06-01")}
COVERED_FROM = {
    "controls": LAW,
    "approvals": "approval,control,customer,share,covers,from\nlisted,law,buyer,0.5,{},{}",
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
SINCE_JUNE = STEADY | {"controls": STEADY["controls"].replace("2026-01-01", "2026-06-01")}
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
SLAG = PRESS | {
    "materials": PRESS["materials"].replace("value", "value,hub").replace("10", "10,").replace("50", "50,")
    + "\nslag,scrap,{},true",
    "recipes": PRESS["recipes"] + "\npress,press,slag,0.2",
}
HELD_BACK = f"{CONTROL},processing_days\nlaw,technology,x,x,CN,magnet,2026-01-01,{{}},{{}}"
BACK_FROM = f"{CONTROL}\nlaw,technology,x,x,CN,magnet,{{}},0.5"
PARTS = f"{CONTROL},running_days\nlaw,technology,x,x,CN,magnet,2026-01-01,{{}},{{}}"
BY_WHOSE = {
    "controls": "control,kind,authority,citation,stages,effective,approval,end_uses,origin,technology\n"
    "law,end_use,x,x,magnet,2026-01-01,0.5,civil,{},{}"
}
SENT_ON = {
    "sites": f"{SITES.replace('Group,{}', ',')}\nstore,Store,DE,DE,Group,{{}}",
    "stocks": f"{STOCK.format('DE')}\nstore,magnet,5,100,1,DE",
    "routes": "from_country,to_country,freight,transit\nCN,DE,0,0\nDE,DE,0,0",
    "controls": LAW,
    "approvals": "approval,control,customer,affiliates,from,share\nlisted,law,Group,0.5,2026-01-01,0",
}
HELD = {
    "controls": f"{CONTROL},elements\nlaw,export,x,x,CN,magnet,2026-01-01,0.5,Dy",
    "materials": "material,stage,unit_value,content\nmagnet,magnet,50,Nd=0.3",
}
GROWS = "product,material,max_share,from,ramp_days\nmagnet,lean,0.5,"
TRADED = "control,origin,destination,group,tonnes\nlaw,CN,DE,magnet,{}"
ALL_STATED = {
    "controls": f"{CONTROL},headroom,new_business\nlaw,export,x,x,CN,magnet,2026-01-01,0.5,{{}},{{}}",
    "trade": "control,origin,destination,group,tonnes,headroom\nlaw,CN,DE,magnet,9,1.5",
}
FULL = {"stocks": STOCK.format("DE")}
AHEAD = {
    "controls": f"{CONTROL}\nlaw,export,x,x,CN,magnet,2027-02-01,0.5",
    "grants": "control,days,share\nlaw,{},{}\nlaw,60,0.9",
}
DESTINED = AHEAD | {"grants": "control,destination,days,share\nlaw,DE,{},{}\nlaw,DE,60,0.9"}
BY_ELEMENT_OR_NOT = BY_ELEMENT | {"controls": BY_ELEMENT["controls"].replace("magnet Nd", "magnet")}
