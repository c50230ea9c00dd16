"""What `check` says of rows that can do nothing, whatever their figures are."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.silent import fingerprint
from optimizer.network.idle_rows import idle_rows
from optimizer.world.load import load_case
from tests.helpers.command import lodestar_here
from tests.helpers.small import small
from tests.helpers.unread import BY_INDEX, DESTINED, PARTS, SIGNED, SLAG, TERMS

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
        BY_INDEX
        | {
            "price_indices": "index,unit,from,value\nnd,t,2025-01-01,60000\nnd,t,2027-12-01,60001",
            "price_formulas": "formula,index,share,lag\npart,nd,0.3,40",
        },
        "price_indices.csv, row 3: has no effect on any plan: no price that a plan can pay goes by what it says on its",
    ),
    (
        {
            "controls": PARTS.format(0.5, 30),
            "plants": "site,process,from,capacity,cost,technology_origin\nbuyer,lost,2020-01-01,100,1000,CN",
        }
        | {
            "materials": SLAG["materials"].format(1),
            "recipes": "recipe,process,material,tonnes\nlost,lost,powder,-1\nlost,lost,magnet,1",
        },
        "controls.csv, row 2: has no effect on any plan: it governs nothing that a plan can ship, deliver or enlarge.",
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
