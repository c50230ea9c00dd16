"""The price of calm: by hand, and proved least in networks at random; names and rows decide nothing of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer.case.case import Case
from optimizer.formulation.movement import movement_of
from optimizer.questions.calm import Calm, calm_section, calm_table, frame_section, steadiest
from optimizer.questions.probe import Probe
from tests.helpers.command import lodestar_here
from tests.helpers.namings import renamed, shuffled
from tests.helpers.networks import random_case
from tests.helpers.planned import plan
from tests.helpers.seeds import seeds
from tests.helpers.small import small

YEARS = "periods: [{count: 4, months: 12}]"
SITES = "site,company,country,owner\nbuyer,B,DE,DE\na,A,CN,CN\nb,B,JP,JP"
ROUTES = "from_country,to_country,freight,transit\nCN,DE,0,0\nJP,DE,0,0"
MATERIALS = "material,stage,unit_value\nmagnets,magnet,1"
DEMAND = "site,product,from,tonnes,penalty\nbuyer,magnets,2027-01-01,100,100000"
TURNS = """offer,site,material,price,capacity,from,until
a-1,a,magnets,10,100,2027-01-01,2028-01-01
a-2,a,magnets,12,100,2028-01-01,2029-01-01
a-3,a,magnets,10,100,2029-01-01,2030-01-01
a-4,a,magnets,12,100,2030-01-01,
b,b,magnets,11,100,2027-01-01,"""
"""What one maker asks goes up and down around what the other does."""


def turning(folder: Path, demand: str = DEMAND, offers: str = TURNS) -> Path:
    """Two makers, each the cheaper one every other year."""
    tables = {"sites": SITES, "routes": ROUTES, "materials": MATERIALS, "demand": demand, "offers": offers}
    return small(folder, YEARS, **tables)


def told(case: Case | Path, allowed: list[float]) -> pd.DataFrame:
    """The price of calm."""
    probe = Probe(plan(case, []))
    return calm_table(probe, steadiest(probe, allowed))


def test_two_makers_in_turn_by_hand(tmp_path: Path) -> None:
    """Least cost takes all from either, 4,200 USD for 400 t, and moves 2 x 100 t three times.

    For 100 more the other maker stays from the second year on, and one move is left; all from one costs 200 more.
    """
    table = told(turning(tmp_path / "turns"), [0.0, 100 / 4200, 200 / 4200, 1.0])
    assert table[Calm.cost_usd].iloc[0] == pytest.approx(4200)
    assert table[Calm.moved_t_per_year].tolist() == pytest.approx([600, 600, 200, 0, 0], abs=1e-3)
    assert table[Calm.added_usd].iloc[1:4].tolist() == pytest.approx([0, 100, 200], abs=1)
    assert table[Calm.series].iloc[3] >= 1


def test_growth_is_no_movement(tmp_path: Path) -> None:
    demand = "site,product,from,tonnes,penalty\n" + "\n".join(
        f"buyer,magnets,{year}-01-01,{tonnes},100000"
        for year, tonnes in zip(range(2027, 2031), (20, 40, 60, 80), strict=True)
    )
    alone = "offer,site,material,price,capacity,from\na,a,magnets,10,100,2027-01-01"
    table = told(turning(tmp_path / "growing", demand, alone), [0.001])
    assert table[Calm.moved_t_per_year].tolist() == pytest.approx([0, 0], abs=1e-6)


@pytest.mark.parametrize("seed", seeds(30, quick=3))
def test_more_allowance_never_moves_more_and_adds_no_more_than_it_may(seed: int) -> None:
    probe = Probe(plan(random_case(seed), []))
    allowed = [0.0, 0.001, 0.01]
    found = steadiest(probe, allowed)
    table = calm_table(probe, found)
    moved = table[Calm.moved_t_per_year].to_numpy()
    assert (np.diff(moved) <= 1e-6 * (1 + moved[0])).all()
    for one in found:
        assert one.outcome.cost <= probe.cost * (1 + one.allowed) * (1 + 1e-7)
        assert one.outcome.answer.certificate is not None
        assert one.outcome.answer.certificate.objective == pytest.approx(
            movement_of(probe.planner.network, probe.program).moved(one.outcome.answer.x), rel=1e-6, abs=1e-6
        )


@pytest.mark.slow
@pytest.mark.parametrize("seed", seeds(30, quick=2))
def test_names_and_rows_decide_nothing_of_the_price(seed: int) -> None:
    case = random_case(seed)
    rng = np.random.default_rng([seed, 17])
    expected = told(case, [0.0, 0.001])[Calm.moved_t_per_year].iloc[1:]
    other, _ = renamed(case, rng)
    for some in (other, shuffled(other, rng)):
        found = told(some, [0.0, 0.001])[Calm.moved_t_per_year].iloc[1:]
        assert found.tolist() == pytest.approx(expected.tolist(), rel=1e-6, abs=1e-6)


def test_what_is_said_and_printed(tmp_path: Path) -> None:
    folder = turning(tmp_path / "turns")
    probe = Probe(plan(folder, []))
    found = steadiest(probe, [1.0])
    section = calm_section(calm_table(probe, found))
    assert section.rows[0][0] == "the kept plan"
    assert section.cells()[1][0] == "100.00%"
    assert len(frame_section(found[0].outcome, "it").rows) >= 1
    printed = lodestar_here("calm", "turns", "--within", "5", "--show", "5", cwd=tmp_path).stdout
    assert "\nFrames to agree: the steadiest plan within 5 % of the least cost\n" in printed
    record = json.loads(lodestar_here("calm", "turns", "--within", "0", "--json", cwd=tmp_path).stdout)
    assert [row["allowed"] for row in record["calm"]] == [None, 0.0, 0.001]
    assert record["frames"]
