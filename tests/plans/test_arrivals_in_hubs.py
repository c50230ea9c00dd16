"""Goods under way to the hub of a country when the horizon begins, as a plan that goes on finds them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.audited import sound
from tests.helpers.planned import plan
from tests.helpers.small import small

TABLES = {
    "sites": "site,company,country,owner\nmine,M,AU,AU\npress,P,DE,DE\nbuyer,B,DE,DE",
    "materials": "material,stage,unit_value,hub\noxide,oxide,10,true\nmagnet,magnet,50,false",
    "routes": "from_country,to_country,freight,transit\nAU,DE,0,0\nDE,DE,0,0",
    "offers": "offer,site,material,price,capacity\nore,mine,oxide,100,1000",
    "plants": "site,process,capacity,cost,from\npress,pressing,1000,0,2027-01-01",
    "recipes": "recipe,process,material,tonnes\npressing,pressing,magnet,1\npressing,pressing,oxide,-2",
    "demand": "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,100,100000",
}


def test_what_arrives_in_a_hub_need_not_be_bought(tmp_path: Path) -> None:
    """Two tonnes of oxide go into a magnet: of the 200 t that 100 t take, 30 t are on their way."""
    arrivals = "site,material,origin,on,tonnes\nDE hub,oxide,AU,2027-02-15,30"
    year = "periods: [{count: 1, months: 12}]"
    costs = []
    for name, more in (("without", {}), ("with", {"arrivals": arrivals})):
        plans = sound(plan(str(small(tmp_path / name, year, **TABLES, **more)), []))
        costs.append(plans.outcome().cost)
    assert costs == pytest.approx([200 * 100, 170 * 100])
