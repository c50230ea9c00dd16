"""Every price row stands where the market puts it: at home, sold from China, elsewhere; oxide, metal; NdPr, Dy, Tb."""

from __future__ import annotations

import csv
from itertools import pairwise
from typing import Any

import pytest

from optimizer.case.case import Case
from optimizer.world.load import load_case
from tests.helpers.paths import TESTS

VAT = 0.13
CHINA = "CN"
DOMESTIC = TESTS / "data" / "domestic_prices.csv"
METAL_IN_OXIDE = {"ndpr": 0.8499, "dy": 0.8713, "tb": 0.8502, "sm": 0.8624}
CHEAP_TO_DEAR = ("ndpr", "dy", "tb")


@pytest.fixture(scope="module")
def case() -> Case:
    """Any case: all of them share the offers."""
    return load_case("ev-motors")


def quoted() -> dict[str, float]:
    """Price in China with value added tax, USD/t, by material."""
    with DOMESTIC.open(encoding="utf-8", newline="") as file:
        return {row["material"]: 1000 * float(row["usd_per_kg"]) for row in csv.DictReader(file)}


def offers(case: Case, *, china: bool, home: bool = False) -> dict[str, Any]:
    """Offers from China or from elsewhere, for use at the seller's or for anybody, by name."""
    country = {row.site: row.country for row in case.tables.sites}
    return {row.offer: row for row in case.tables.offers if (country[row.site] == CHINA) == china and row.home == home}


def test_what_china_sells_abroad_costs_at_least_its_price_at_home_with_tax(case: Case) -> None:
    sold = {row.material: row.price for row in offers(case, china=True).values()}
    domestic = quoted()
    assert domestic.keys() <= sold.keys()
    assert {material: (price, sold[material]) for material, price in domestic.items() if price > sold[material]} == {}


def test_what_is_sold_for_use_in_china_holds_no_tax(case: Case) -> None:
    sold = {row.material: row.price for row in offers(case, china=True).values()}
    home = {row.material: row.price for row in offers(case, china=True, home=True).values()}
    domestic = quoted()
    assert {"ndpr-oxide", "dy-oxide", "tb-oxide", "ndpr-metal", "dy-metal", "tb-metal"} <= home.keys()
    for material, price in home.items():
        assert price * (1 + VAT) <= sold[material] * 1.001, material
        if material.endswith("oxide") and material in domestic:
            assert price * (1 + VAT) == pytest.approx(domestic[material], rel=1e-3), material


def test_nobody_sells_below_the_chinese_price_he_competes_with(case: Case) -> None:
    floor = {row.material: row.price for row in offers(case, china=True).values()}
    below = {
        name: (row.price, floor[row.material])
        for name, row in offers(case, china=False).items()
        if row.price < floor.get(row.material, 0.0)
    }
    assert below == {}


@pytest.mark.parametrize("element", METAL_IN_OXIDE)
def test_metal_costs_at_least_the_oxide_it_is_made_of(case: Case, element: str) -> None:
    """Of each market: at home in China, from China, and elsewhere the dearest oxide against the cheapest metal."""
    for china, home in ((True, True), (True, False), (False, False)):
        rows = offers(case, china=china, home=home).values()
        oxide = [row.price for row in rows if row.material == f"{element}-oxide"]
        metal = [row.price for row in rows if row.material == f"{element}-metal"]
        if oxide and metal:
            assert min(metal) >= max(oxide) / METAL_IN_OXIDE[element], (element, china, home)


@pytest.mark.parametrize("stage", ["oxide", "metal"])
@pytest.mark.parametrize(("china", "home"), [(True, True), (True, False), (False, False)])
def test_terbium_costs_more_than_dysprosium_and_that_more_than_ndpr(
    case: Case, stage: str, china: bool, home: bool
) -> None:
    """Of each market: at home in China, from China, and elsewhere."""
    rows = offers(case, china=china, home=home).values()
    prices = {name: [row.price for row in rows if row.material == f"{name}-{stage}"] for name in CHEAP_TO_DEAR}
    for cheap, dear in pairwise(CHEAP_TO_DEAR):
        assert max(prices[cheap]) < min(prices[dear]), (cheap, dear)


def test_unit_values_of_oxides_and_metals_are_the_chinese_export_prices(case: Case) -> None:
    sold = {row.material: row.price for row in offers(case, china=True).values()}
    for row in case.tables.materials:
        if row.stage in ("oxide", "metal"):
            assert row.unit_value * 1000 == pytest.approx(sold[row.material]), row.material
