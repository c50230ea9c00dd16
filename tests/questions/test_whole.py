"""Plans of whole things: by hand, against all subsets, and with their proof."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from optimizer.errors import CaseError
from optimizer.questions.probe import Probe
from optimizer.questions.summary import Summary
from optimizer.questions.whole import Rounded, Whole, things, whole, whole_sections
from tests.helpers.audited import sound
from tests.helpers.networks import random_case
from tests.helpers.planned import plan
from tests.helpers.seeds import seeds
from tests.helpers.small import scenario, small

YEAR = "periods: [{count: 1, months: 12}]"
SITES = "site,company,country,owner\nbuyer,B,DE,DE\nspot,S,CN,CN\n"
ROUTES = "from_country,to_country,freight,transit\nCN,DE,0,0"
OFFERS = "offer,site,material,price,capacity\nspot,spot,magnet,100,1000\n"
PROJECTS = "project,kind,site,capacity,cost,lead\n"
CONTRACT = "contract,offer,price,reservation_fee,take_or_pay,from,until,max_volume,min_volume\n"


def case(folder: Path, wanted: float, calendar: str = YEAR, more: str = "", **tables: str) -> Probe:
    """So much is wanted in a year, at 100 USD on the spot; further sites, offers and projects."""
    demand = f"site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,{wanted},100000"
    given = {"sites": SITES + more, "routes": ROUTES, "offers": OFFERS, "demand": demand, **tables}
    return Probe(sound(plan(str(small(folder / "case", calendar, **given)), [])))


def one_supplier(folder: Path, capacity: float, cost: float, calendar: str = YEAR) -> Probe:
    """100 t are wanted; a supplier at 10 USD has to be qualified first."""
    offers = f"{OFFERS}cheap,maker,magnet,10,1000"
    projects = f"{PROJECTS}qualify,qualify,maker,{capacity},{cost},0"
    return case(folder, 100, calendar, "maker,M,CN,CN", offers=offers, projects=projects)


def proved(found: Whole) -> None:
    """No plan of whole things is cheaper."""
    assert found.gap <= 1e-6
    assert found.bound <= found.outcome.cost
    assert found.outcome.answer.certified


def test_half_a_qualification_is_none_where_a_whole_one_does_not_pay(tmp_path: Path) -> None:
    """Half of it costs 6,000 and saves 90 USD on each of 100 t; all of it costs 12,000."""
    probe = one_supplier(tmp_path, 200, 12_000)
    assert probe.cost == pytest.approx(6_000 + 1_000)
    found = whole(probe)
    assert found.linear == pytest.approx(7_000)
    assert found.outcome.cost == pytest.approx(10_000)
    proved(found)
    assert found.table[Rounded.how].tolist() == ["linear", "from 0%", "from 25%", "from 50%", "from 75%", "best"]
    costs = found.table[Rounded.cost_usd].tolist()
    assert costs == pytest.approx([7_000, 13_000, 13_000, 13_000, 10_000, 10_000])
    assert found.table[Rounded.begun].tolist() == [1, 1, 1, 1, 0, 0]


def test_a_whole_one_is_begun_where_it_pays(tmp_path: Path) -> None:
    found = whole(one_supplier(tmp_path, 200, 8_000))
    assert found.outcome.cost == pytest.approx(8_000 + 1_000)
    proved(found)


def test_it_is_begun_in_one_period(tmp_path: Path) -> None:
    """Demand that grows is followed by parts, begun one after the other: whole, it is begun once."""
    demand = "site,product,from,tonnes,penalty\nbuyer,magnet,2027-01-01,50,100000\nbuyer,magnet,2027-07-01,100,100000"
    offers = f"{OFFERS}cheap,maker,magnet,10,1000"
    probe = case(
        tmp_path, 1, "periods: [{count: 2, months: 6}]", "maker,M,CN,CN",
        offers=offers, projects=f"{PROJECTS}qualify,qualify,maker,100,2000,0", demand=demand,
    )  # fmt: skip
    found = whole(probe)
    first, second = 50 * 181 / 365, 100 * 184 / 365
    begun_now, begun_later = 2_000 + 10 * (first + second), 100 * first + 2_000 + 10 * second
    assert found.outcome.cost == pytest.approx(min(begun_now, begun_later, 100 * (first + second)))
    proved(found)
    (thing,) = things(probe)
    assert sorted(thing.parts(found.outcome.answer.x)) == pytest.approx([0, 1], abs=1e-6)


@pytest.mark.parametrize(("least", "cost"), [(80, 80 * 50), (150, 60 * 100), (50, 60 * 50)])
def test_a_contract_is_of_its_least_volume_or_none(tmp_path: Path, least: float, cost: float) -> None:
    """60 t are wanted, at 50 USD under contract, all paid that is reserved, or at 100."""
    contract = f"{CONTRACT}frame,spot,50,0,1,2027-01-01,2028-01-01,200,{least}"
    probe = case(tmp_path, 60, contracts=contract)
    assert probe.cost == pytest.approx(60 * 50)
    found = whole(probe)
    assert found.outcome.cost == pytest.approx(cost)
    proved(found)


@pytest.mark.parametrize("seed", seeds(20, quick=3))
def test_it_is_the_cheapest_of_all_subsets(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    some = [tuple(map(float, row)) for row in rng.uniform((10, 5, 200), (90, 60, 4_000), (4, 3))]
    offers = OFFERS + "\n".join(f"o{n},m{n},magnet,{price},1000" for n, (price, _, _) in enumerate(some))
    projects = PROJECTS + "\n".join(f"q{n},qualify,m{n},{most},{fee},0" for n, (_, most, fee) in enumerate(some))
    more = "\n".join(f"m{n},M{n},CN,CN" for n in range(len(some)))
    probe = case(tmp_path, 100, YEAR, more, offers=offers, projects=projects)

    def costs(taken: tuple[bool, ...]) -> float:
        left, paid = 100.0, 0.0
        for price, most, fee in sorted(row for row, takes in zip(some, taken, strict=True) if takes):
            used = min(left, most)
            left, paid = left - used, paid + fee + price * used
        return paid + 100 * left

    best = min(costs(taken) for taken in product((False, True), repeat=len(some)))
    found = whole(probe)
    assert found.outcome.cost == pytest.approx(best, rel=1e-6)
    assert found.linear <= best * (1 + 1e-9)
    proved(found)


def test_what_is_not_looked_at_stays_in_the_bound(tmp_path: Path) -> None:
    """Without a branching the bound is that of the linear plan."""
    found = whole(one_supplier(tmp_path, 200, 12_000), nodes=0)
    assert found.bound == pytest.approx(7_000)
    assert found.gap == pytest.approx(0.3)
    assert "within 30.00% of the proved bound" in whole_sections(found)[0].says


def test_the_plan_says_what_it_takes_in_part(tmp_path: Path) -> None:
    said = []
    for capacity in (200, 100):
        folder = tmp_path / str(capacity)
        one_supplier(folder, capacity, 6_000)
        said.append(Summary(plan(str(folder / "case"), [])).sections[0].says)
    assert "Taken in part: qualify 50%; `lodestar whole` takes whole ones." in said[0]
    assert "Taken in part" not in said[1]


def test_a_least_above_the_most_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="min_volume: expected at most max_volume"):
        case(tmp_path, 60, contracts=f"{CONTRACT}frame,spot,50,0,1,2027-01-01,2028-01-01,100,200")


@pytest.mark.parametrize("seed", seeds(20, quick=3))
def test_on_any_network_it_lies_between_its_bound_and_its_roundings(seed: int) -> None:
    found = whole(Probe(plan(random_case(seed), [])), nodes=30)
    assert found.linear <= found.bound * (1 + 1e-9)
    assert found.bound <= found.outcome.cost * (1 + 1e-9)
    assert found.outcome.cost == pytest.approx(found.table[Rounded.cost_usd].dropna().iloc[1:].min(), rel=1e-9)
    assert found.linear <= found.outcome.cost * (1 + 1e-9)


def test_after_news_what_was_decided_stays(tmp_path: Path) -> None:
    """From July the spot is stopped: a whole qualification for 8,000 then is cheaper than 50 t short."""
    offers = f"{OFFERS}cheap,maker,magnet,200,1000"
    projects = f"{PROJECTS}qualify,qualify,maker,400,8000,0"
    case(tmp_path, 100, "periods: [{count: 2, months: 6}]", "maker,M,CN,CN", offers=offers, projects=projects)
    news = "  - {what: w, table: offers, where: {offer: spot}, set: {capacity: 0}, from: 2027-07-01}\n"
    told = str(scenario(tmp_path / "stop.yaml", news, "2027-07-01"))
    probe = Probe(sound(plan(str(tmp_path / "case"), [told], answers=["react"])), "stop")
    found = whole(probe)
    first, second = 100 * 181 / 365, 100 * 184 / 365
    assert found.linear == pytest.approx(100 * first + second * 200 + 8_000 * 100 / 400)
    assert found.outcome.cost == pytest.approx(100 * first + second * 200 + 8_000)
    proved(found)
