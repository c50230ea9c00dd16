"""A demand that nothing can reach is named with the reason, and nothing that a plan serves is called out of reach."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer.case.case import Case
from optimizer.case.tables import Tables
from optimizer.world.cheapest import Cheapest
from optimizer.world.load import load_case
from optimizer.world.unreached import Unreached, unreached
from optimizer.world.ways import Ways
from tests.helpers.command import lodestar_here
from tests.helpers.networks import random_case
from tests.helpers.planned import plan
from tests.helpers.small import CASES, small

SITES = "site,company,country,owner\nmaker,Maker Co,CN,CN\nsmelter,Smelter,VN,VN\nbuyer,Buyer SE,DE,DE"
ALLOY = "material,stage,unit_value\nmagnet,magnet,50\nalloy,alloy,30\nlean,magnet,45"
PRESS = "recipe,process,material,tonnes\npress,press,alloy,-1.5\npress,press,magnet,1"
PLANT = "site,process,capacity,cost,from\nmaker,press,1000,1000,{}"
OFFER = "offer,site,material,price,capacity,from,until\n"
CHAIN = {"sites": SITES, "materials": ALLOY, "recipes": PRESS, "plants": PLANT.format("2020-01-01")}
QUALIFY = "project,kind,site,capacity,cost,lead\nq,qualify,maker,900,1,{}"

# fmt: off
REASONS = [
    # tables exchanged, pairs missing, periods, what is said
    ({"routes": "from_country,to_country,freight,transit\nCN,FR,100,0"}, [("CN", "DE")], 4, "no route leads to DE: magnet can be had in CN"),
    ({"routes": "from_country,to_country,freight,transit\nDE,CN,100,0"}, [("CN", "DE")], 4, "routes has no row from CN to DE"),
    ({"materials": ALLOY, "offers": OFFER + "spot,maker,alloy,50000,1000,,"}, [], 4, "nobody sells or makes magnet"),
    ({**CHAIN, "offers": OFFER + "alloy,smelter,alloy,30000,9000,,"}, [("VN", "CN")], 4, "press at maker lacks alloy, as no route leads to CN"),
    ({**CHAIN, "offers": OFFER + "alloy,smelter,alloy,30000,9000,,2026-12-01", "routes": "from_country,to_country,freight,transit\nCN,DE,1,0\nVN,CN,1,0"},
     [], 4, "offer alloy has no capacity from 2027-01-01 to 2028-01-01"),
    ({**CHAIN, "plants": PLANT.format("2028-01-01"), "offers": OFFER + "alloy,maker,alloy,30000,9000,,"}, [], 4, "press at maker has no capacity"),
    ({"offers": OFFER + "spot,maker,magnet,50000,1000,,2026-12-31"}, [], 4, "offer spot has no capacity"),
    ({"offers": OFFER + "spot,maker,magnet,50000,0,,"}, [], 4, "offer spot has no capacity"),
    ({"offers": OFFER + "spot,maker,magnet,50000,1000,,2027-07-01"}, [], 2, "in 2027Q3, 2027Q4: it can be had there from 2027Q1 to 2027Q2"),
    ({"projects": QUALIFY.format(12)}, [], 4, "maker cannot be qualified in time"),
    ({"projects": QUALIFY.format(5)}, [], 1, "in 2027Q1: it can be had there from 2027Q2 to 2027Q4"),
    ({"availability": "stage,country,share\nmagnet,CN,0"}, [], 4, "offer spot has no capacity"),
    ({"materials": ALLOY, "substitutions": "product,material\nmagnet,lean",
      "offers": OFFER + "spot,maker,lean,50000,1000,,", "routes": "from_country,to_country,freight,transit\nCN,FR,100,0"},
     [("CN", "DE")], 4, "nobody sells or makes magnet; no route leads to DE: lean can be had in CN"),
]
REACHED = [
    {},
    {**CHAIN, "offers": OFFER + "alloy,smelter,alloy,30000,9000,,", "routes": "from_country,to_country,freight,transit\nCN,DE,1,0\nVN,CN,1,0"},
    {"materials": ALLOY, "substitutions": "product,material\nmagnet,lean", "offers": OFFER + "spot,maker,lean,50000,1000,,"},
    {"routes": "from_country,to_country,freight,transit\nCN,FR,100,0",
     "stocks": "site,material,opening,capacity,holding\nbuyer,magnet,50,100,1"},
    {"projects": QUALIFY.format(2)},
    {"demand": "site,product,end_use,from,tonnes,penalty\nbuyer,magnet,civil,2027-01-01,0,9",
     "routes": "from_country,to_country,freight,transit\nCN,FR,100,0"},
    {"offers": OFFER + "spot,maker,magnet,50000,0,,",
     "contracts": "contract,offer,price,reservation_fee,max_volume,take_or_pay,from,until\nc,spot,48000,0,900,0,2027-01-01,2028-01-01"},
]
# fmt: on


@pytest.mark.parametrize(("tables", "pairs", "periods", "said"), REASONS)
def test_a_demand_out_of_reach_is_named_with_the_reason(
    tables: dict[str, str], pairs: list[tuple[str, str]], periods: int, said: str, tmp_path: Path
) -> None:
    (some,) = unreached(Ways(load_case(small(tmp_path / "mini", **tables))))
    assert (some.pairs, len(some.periods)) == (pairs, periods)
    assert said in some.text


@pytest.mark.parametrize("tables", REACHED)
def test_a_demand_within_reach_is_not(tables: dict[str, str], tmp_path: Path) -> None:
    assert unreached(Ways(load_case(small(tmp_path / "mini", **tables)))) == []


def thinned(seed: int) -> Case:
    """A random case without most of its routes and half of its sellers and plants."""
    case, rng = random_case(seed), np.random.default_rng([seed, 7])
    tables, places = dict(case.tables.items()), dict(case.places)
    for table, share in (("routes", 0.35), ("plants", 0.6), ("offers", 0.5), ("stocks", 0.3), ("arrivals", 0.3)):
        kept = [n for n in range(len(tables[table])) if rng.random() < share]
        tables[table] = tuple(tables[table][n] for n in kept)
        places[table] = tuple(places[table][n] for n in kept)
    sold = {row.offer for row in tables["offers"]}
    made = {(row.site, row.process) for row in tables["plants"]}
    sellers = {row.site for table in ("plants", "offers") for row in tables[table]}
    for table, holds in (
        ("contracts", lambda row: row.offer in sold),
        ("origins", lambda row: row.offer in sold),
        ("projects", lambda row: row.site in sellers if row.kind == "qualify" else (row.site, row.process) in made),
        ("limits", lambda row: row.penalty is not None),
    ):
        kept = [n for n, row in enumerate(tables[table]) if holds(row)]
        tables[table] = tuple(tables[table][n] for n in kept)
        places[table] = tuple(places[table][n] for n in kept)
    tables["demand"] = tuple(row.model_copy(update={"penalty": row.penalty or 900000.0}) for row in tables["demand"])
    return Case(case.file, Tables.of(tables), places)


def test_what_is_called_out_of_reach_goes_short_in_every_plan() -> None:
    """Of random cases without most of their routes: short by all that is wanted, in all periods named."""
    said: list[Unreached] = []
    for seed in range(12):
        case = thinned(seed)
        found = unreached(Ways(case))
        if not found:
            continue
        outcome = plan(case, []).outcome()
        labels = outcome.frame.labels
        wanted, short = outcome.values_by_key("quantity"), outcome.frame.program
        for some in found:
            for label in some.periods:
                key = (some.site, some.product, some.end_use, labels.index(label))
                place = short.column_names.index(("short", key))
                assert outcome.answer.x[place] == pytest.approx(wanted[key], abs=1e-6), (seed, some.text)
        said += found
    assert len(said) >= 5
    assert any(some.pairs for some in said)


def test_no_tonne_of_a_plan_is_cheaper_than_the_cheapest() -> None:
    """The price at which a tonne is no longer bought, by hand: 1.5 t of alloy, the press, freight and duty."""
    price = Cheapest(Ways(load_case(CASES / "penalty-below-price"))).delivered("buyer", "magnet")
    assert price is not None
    assert price.usd == pytest.approx(50_100)


def test_the_command_says_it_first() -> None:
    """Where the demand must be met there is no plan: `check`, `why` and `why-infeasible` say why before anything else."""
    folder = CASES / "no-route"
    said = "no route leads to DE"
    assert said in lodestar_here("check", ".", cwd=folder).stdout
    assert said in lodestar_here("why-infeasible", ".", cwd=folder, code=3).stdout.splitlines()[0]
    done = lodestar_here("why", ".", "buyer", "magnet", "2027Q1", cwd=folder, code=3)
    assert said in done.stdout
    assert "infeasible" in done.stderr
    assert said in lodestar_here("plan", ".", cwd=folder, code=3).stderr.splitlines()[0]
