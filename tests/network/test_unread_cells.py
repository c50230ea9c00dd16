"""What `check` says of cells that nothing reads: the programme is the same whatever stands in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import silent
from benchmarks.other_values import ELSEWHERE
from benchmarks.silent import Fuzz, Put, fingerprint, with_cells
from optimizer.network.build import network_of
from optimizer.network.unread_cells import unread_cells
from optimizer.world.load import load_case
from tests.helpers.command import lodestar_here
from tests.helpers.small import scenario, small
from tests.helpers.unread import (
    APPROVED,
    ARRIVING,
    AT_HOME,
    AUTUMN,
    BY_INDEX,
    CAP,
    CONTRACT,
    FULL,
    GROWS,
    LATER,
    LEAN,
    LEAST,
    LIMITED,
    LOST,
    MUST,
    OFFERS,
    PRESS,
    RULE,
    RUNS,
    SETTLED,
    SHARED,
    SITES,
    SLAG,
    STOCK,
    TERM,
    TERMS_OF_TRADE,
    UNDER_WAY,
    YEAR,
    Told,
    assert_read,
    assert_unread,
)

UNREAD: list[Told] = [
    ("sites: nothing reads parent, parent_share in 1 of 1 rows", {"sites": SITES}, (0.4, 0.9)),
    ("origins: nothing reads offer, material, country, tonnes in 1 of 1 rows", OFFERS, ("CN", "US")),
    (
        "origins: nothing reads offer, material, country, tonnes in 1 of 1 rows",
        {**OFFERS, "controls": RULE.format("CN")},
        ("CN", "US"),
    ),
    ("stocks: nothing reads origin in 1 of 1 rows", {"stocks": STOCK}, ("CN", "US")),
    ("stocks: nothing reads origin in 1 of 1 rows", {"stocks": STOCK, "controls": RULE.format("JP")}, ("CN", "US")),
    (
        "contracts: nothing reads upside, upside_from in 1 of 1 rows",
        {"contracts": CONTRACT},
        ("60000,0.1", "60000,0.5"),
    ),
    ("today: nothing reads from, until, tonnes in 1 of 1 rows", {"today": RUNS}, ("5,", "9,")),
    ("today: nothing reads penalty in 1 of 1 rows", {"today": RUNS}, ("5,1", "5,9")),
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
    ("contracts: nothing reads floor in 1 of 1 rows", SHARED, ("10000,40000", "30000,40000")),
    ("offers: nothing reads incoterm in 1 of 1 rows", AT_HOME, ("DDP", "CFR")),
    ("materials: nothing reads hub in 1 of 1 rows", SLAG, (5, 9)),
]
"""What is said of a case, its tables, and cells with which its programme is the same; it is said with the last."""


@pytest.mark.parametrize(("said", "tables", "values"), UNREAD)
def test_what_is_said_to_be_unread_changes_nothing(
    said: str, tables: dict[str, str], values: tuple[Any, Any], tmp_path: Path
) -> None:
    assert_unread(said, tables, values, tmp_path)


READ: list[Told] = [
    ("origins.country", {**OFFERS, "controls": RULE.format("US")}, ("CN", "US")),
    (
        "stocks.origin",
        {"stocks": STOCK, "controls": RULE.format("US"), "materials": OFFERS["materials"]},
        ("CN", "US"),
    ),
    ("contracts.upside", {"contracts": CONTRACT}, ("40000,0.1", "40000,0.5")),
    ("contracts.floor", SHARED, ("10000,60000", "55000,60000")),
    ("contracts.floor", SHARED, ("40000,40000", "30000,30000")),
    ("offers.incoterm", {"offers": TERMS_OF_TRADE}, ("EXW", "CFR")),
    ("contracts.settled", {"contracts": SETTLED}, ("period", "year")),
    ("contracts.prepaid_lost", {"contracts": LOST}, ("true,true", "true,false")),
    ("arrivals.on", ARRIVING | {"offers": AUTUMN}, ("2027-02-01", "2027-11-01")),
    ("price_formulas.floor", BY_INDEX | {"price_formulas": TERM.format("floor")}, (49000, 50000)),
    ("price_formulas.cap", BY_INDEX | {"price_formulas": TERM.format("cap")}, (1000, 47000)),
    ("limits.stock_days", FULL | {"limits": CAP.format("volume", 9, "period") + ",use,{}"}, (5, 900)),
    ("substitutions.ramp_days", LEAN | {"substitutions": GROWS + "2026-12-01,{}"}, (90, 200)),
]


@pytest.mark.parametrize(("cell", "tables", "values"), READ)
def test_what_is_read_is_not_said_to_be_unread(
    cell: str, tables: dict[str, str], values: tuple[Any, Any], tmp_path: Path
) -> None:
    assert_read(cell, tables, values, tmp_path)


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


def test_what_coincides_differs_where_makers_are_in_a_country_of_their_own(tmp_path: Path) -> None:
    """All others than DE are that country, where the other press gets its powder."""
    control = APPROVED["controls"].format(9).replace("magnet", "metal")
    fuzz = Fuzz(load_case(small(tmp_path / "mini", controls=control, **PRESS)))
    only = Put("controls", 0, "destinations", ("DE",))
    assert fingerprint(with_cells(fuzz.case, [only]))[0] == fuzz.before
    assert fuzz._differ_apart(only, ELSEWHERE)
