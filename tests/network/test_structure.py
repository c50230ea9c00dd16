"""Which lanes a control governs, what passes it, what can be where and what a limit counts: on one maker and one buyer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from optimizer.network.build import network_of
from optimizer.network.network import Network
from optimizer.world.load import load_case
from tests.helpers.passing import passing_to
from tests.helpers.small import small

CONTROL = "control,kind,authority,citation,origin,stages,destinations,effective,approval,processing_days\n"
LIMIT = "limit,measure,sense,value,stage,by,member,exempt,window,from,until,penalty\n"
APPROVAL = "approval,control,exporter,customer,share,covers,processing_days,from,until\n"
LANE = ("maker", "buyer", "magnet", "clean", "")
PERIODS = "periods:\n- {count: 2, months: 6}\ngroups: {abroad: [CN]}"


def network(folder: Path, **tables: str) -> Network:
    return network_of(load_case(small(folder / "case", PERIODS, **tables)))


@pytest.mark.parametrize(
    ("origin", "stages", "destinations", "governed"),
    [
        ("CN", "magnet", "*", True),
        ("CN", "magnet", "DE", True),
        ("CN", "magnet", "US", False),
        ("US", "magnet", "*", False),
        ("CN", "oxide", "*", False),
        ("CN; DE", "magnet", "*", False),  # the buyer's country is one of its own
    ],
)
def test_a_lane_is_governed_from_an_origin_to_a_destination_in_scope(
    origin: str, stages: str, destinations: str, governed: bool, tmp_path: Path
) -> None:
    row = f"c,export,CN,No. 1,{origin},{stages},{destinations},2026-01-01,0.5,0"
    structure = network(tmp_path, controls=CONTROL + row).structure
    assert [lane[:3] for lane in structure.governs.get("c", ())] == [LANE[:3]] * governed
    assert list(structure.licensing.lanes) == [("c", "CN", "DE", "magnet")] * governed


def test_what_passes_to_some_applicants_follows_their_days(tmp_path: Path) -> None:
    """Half passes for all. A general licence from April on lets all through: 90 of 181 days at a half, then all.

    Another covers 60 % of their trade: 0.6 * 1 + 0.4 * 0.5. Of two that license all the first in the table holds.
    """
    control = CONTROL + "c,export,CN,No. 1,CN,magnet,*,2020-01-01,0.5,0"
    rows = (
        APPROVAL
        + "general,c,*,buyer,1,1,0,2027-04-01,\npartly,c,maker,*,1,0.6,0,2020-01-01,\nlisted,c,*,*,0,1,0,2027-07-01,2027-08-01"
    )
    timelines = network(tmp_path, controls=control, approvals=rows).timelines
    assert timelines.passing[0] == pytest.approx([0.5, 0.5])
    assert passing_to(timelines, 0, [0]) == pytest.approx([(90 * 0.5 + 91) / 181, 1.0])
    assert passing_to(timelines, 0, [1]) == pytest.approx([0.8, 0.8])
    assert passing_to(timelines, 0, [0, 1]) == pytest.approx([(90 * 0.8 + 91) / 181, 1.0])
    listed = (0 * 31 + 153 * 1.0) / 184  # what licenses least holds
    assert passing_to(timelines, 0, [0, 2])[1] == pytest.approx(listed)


def test_a_limit_binds_the_members_and_windows_it_names(tmp_path: Path) -> None:
    rows = [
        "every,volume,at_most,10,magnet,country,each,,period,2027-01-01,,5",
        "spared,volume,at_most,10,magnet,country,each,abroad,period,2027-01-01,,5",
        "ended,share,at_most,0.5,magnet,supplier,maker,,period,2027-01-01,2027-07-01,5",
        "stepped,share,at_most,0.5,magnet,owner,abroad,,horizon,2020-01-01,,5",
        "stepped,share,at_most,0.4,magnet,owner,abroad,,horizon,2026-01-01,,5",
        "upstream,share,at_most,0.5,oxide,country,each,,year,2027-01-01,,5",
    ]
    found = network(tmp_path, limits=LIMIT + "\n".join(rows)).structure.windows
    assert [(window.limit, window.member, window.periods) for window in found] == [
        ("every", "CN", (0,)), ("every", "CN", (1,)), ("ended", "maker", (0,)), ("stepped", "abroad", (0, 1)),
    ]  # fmt: skip
    assert found[-1].row.value == 0.4
    assert found[-1].row.from_ == dt.date(2026, 1, 1)
    assert [(variable, key, tonnes, mine) for variable, key, tonnes, mine in found[0].counted] == [
        ("buy", ("spot",), 1.0, True)
    ]


MATERIALS = (
    "material,stage,unit_value,content\noxide,oxide,60,NdPr=0.85\nmagnet,magnet,50,NdPr=0.3\nscrap,scrap,5,NdPr=0.3"
)
RECIPES = "recipe,process,material,tonnes\npress,press,oxide,-0.5\npress,press,magnet,1\npress,press,scrap,0.4"
PLANTS = "site,process,from,capacity,cost\npresser,press,2020-01-01,100,1000"
SITES = "site,company,country,owner\nmaker,Maker,CN,CN\npresser,Presser,JP,JP\nidle,Idle,JP,JP\nbuyer,Buyer,DE,DE"
ROUTES = "from_country,to_country,freight,transit\nCN,JP,100,0\nJP,DE,100,0\nJP,JP,10,0"


@pytest.mark.parametrize("sells", ["oxide", "magnet"])
def test_only_what_supply_reaches_and_demand_uses_is_built(sells: str, tmp_path: Path) -> None:
    """Oxide from CN is pressed in JP for DE; magnets from CN have no route, and without oxide nothing is pressed."""
    offers = f"offer,site,material,price,capacity\nspot,maker,{sells},50000,1000"
    tables = {"materials": MATERIALS, "recipes": RECIPES, "plants": PLANTS, "sites": SITES, "routes": ROUTES}
    index = network(tmp_path, offers=offers, **tables).structure.index
    assert {lane[:3] for lane in index["lanes"]} == (
        {("maker", "presser", "oxide"), ("presser", "buyer", "magnet")} if sells == "oxide" else set()
    )
    assert [(site, recipe) for site, recipe, _ in index["runs"]] == [("presser", "press")] * (sells == "oxide")
