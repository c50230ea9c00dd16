"""A small case whose buyer left out routes, holding cost and penalties, or some of them."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.small import put_tables, small

SITES = "site,company,country,owner\nmaker,Maker,CN,CN\nother,Other,DE,DE\nfar,Far,JP,JP\nbuyer,Buyer,DE,DE\n"
OFFERS = (
    "offer,site,material,price,capacity\nspot,maker,magnet,50000,{0}\nnear,other,magnet,60000,{0}\n"
    "metals,far,metal,60000,900\n"
)
MATERIALS = "material,stage,unit_value,content\nmagnet,magnet,65,\nmetal,metal,90,\n"
STOCKS = "site,material,opening,capacity,holding,cover,penalty\nbuyer,magnet,5,40,{},10,9000\n"
DEMAND = "site,product,end_use,from,tonnes,penalty\nbuyer,magnet,chips,2027-01-01,60,{0}\nbuyer,magnet,chips,2027-07-01,90,{0}"  # fmt: skip
PERIODS = "periods: [{count: 4, months: 3}]\n"
ALL = "routes, holding, penalty"


def left_out(
    folder: Path, assume: str = ALL, *, holding: str = "", penalty: str = "", routes: str = "", capacity: float = 900
) -> Path:
    """Write it, with what it asks to have assumed, and what its buyer did not leave out."""
    tables = {"stocks": STOCKS.format(holding), "demand": DEMAND.format(penalty), "offers": OFFERS.format(capacity)}
    case = PERIODS + (f"assume: [{assume}]" if assume else "")
    small(folder, case, sites=SITES, materials=MATERIALS, **tables)
    (folder / "routes.csv").unlink()
    if routes:
        put_tables(folder, routes=f"from_country,to_country,freight,transit\n{routes}")
    return folder
