"""Limits on the sum of squared shares against a conic solver that takes the norm as it is."""

from __future__ import annotations

from pathlib import Path

import clarabel
import numpy as np
import pytest
from scipy import sparse

from optimizer.engine.refine import POINTS, TOLERANCE, shortfall
from optimizer.formulation.compile import parameter_vector
from optimizer.formulation.links import Links
from optimizer.plans.plan import Planner
from optimizer.program.program import Arrays
from optimizer.questions.summary import Summary
from tests.helpers.changes import with_hhi
from tests.helpers.cost import least_cost
from tests.helpers.networks import random_case
from tests.helpers.planned import plan
from tests.helpers.seeds import seeds
from tests.helpers.small import small


def conic_optimum(planner: Planner) -> float:
    """The same programme with its tangents and bounds of squares taken out and the norms put in."""
    program = planner.program
    arrays: Arrays = program.arrays(parameter_vector(planner.network))
    n = len(arrays.cost)
    matrix = sparse.csc_matrix((arrays.values, arrays.rows, arrays.starts), shape=(len(arrays.row_lower), n)).tocsr()
    drawn = [number for number, (rule, _) in enumerate(program.row_names) if rule in ("square_tangent", "hhi_limit")]
    kept = np.setdiff1d(np.arange(len(arrays.row_lower)), drawn)
    equal = kept[arrays.row_lower[kept] == arrays.row_upper[kept]]
    rest = np.setdiff1d(kept, equal)
    high, low = rest[np.isfinite(arrays.row_upper[rest])], rest[np.isfinite(arrays.row_lower[rest])]
    above = np.flatnonzero(np.isfinite(arrays.column_upper))
    unit = sparse.identity(n, format="csr")
    blocks = [matrix[equal], matrix[high], -matrix[low], -unit, unit[above]]
    sides = [
        arrays.row_lower[equal],
        arrays.row_upper[high],
        -arrays.row_lower[low],
        -arrays.column_lower,
        arrays.column_upper[above],
    ]
    cones: list[object] = [
        clarabel.ZeroConeT(len(equal)),
        clarabel.NonnegativeConeT(sum(b.shape[0] for b in blocks[1:])),
    ]
    place = {name: number for number, name in enumerate(program.column_names)}
    for span, keys in Links(planner.network.structure).squares.items():
        bound = next(w.row.value for w in planner.network.structure.windows if (w.limit, w.label) == span)
        volume, breach = place["volume", span], place["breach", (span[0], "everybody", span[1])]
        # sum v^2 <= V (H V + b) as a rotated cone: |(2 v, V - (H V + b))| <= V + (H V + b).
        rows = sparse.lil_matrix((len(keys) + 2, n))
        rows[0, volume], rows[0, breach] = -(1 + bound), -1.0
        rows[1, volume], rows[1, breach] = -(1 - bound), 1.0
        for number, key in enumerate(keys):
            rows[2 + number, place["member", key]] = -2.0
        blocks.append(rows.tocsr())
        sides.append(np.zeros(len(keys) + 2))
        cones.append(clarabel.SecondOrderConeT(len(keys) + 2))
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_rel = settings.tol_gap_abs = settings.tol_feas = 1e-10
    settings.tol_infeas_rel = settings.tol_infeas_abs = 1e-13  # at 1e-8 what costs little seems to cost nothing at all
    scale = 1e2
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix((n, n)),
        arrays.cost / scale,
        sparse.vstack(blocks, format="csc"),
        np.concatenate(sides),
        cones,
        settings,
    )
    return float(solver.solve().obj_val * scale)


@pytest.mark.parametrize("seed", seeds(50))
def test_equal_to_a_conic_solver(seed: int) -> None:
    case = with_hhi(random_case(seed), 0.3 + 0.01 * (seed % 30), ("oxide", "magnet")[seed % 2])
    planner = Planner(case)
    if not planner.program.squares:
        pytest.skip("nobody supplies this stage")
    ours = planner.start.answer
    assert ours.certificate is not None
    assert shortfall(planner.program, ours.x) <= TOLERANCE
    assert ours.certificate.objective == pytest.approx(conic_optimum(planner), rel=1e-5)


def test_a_looser_bound_never_costs_more() -> None:
    costs = [least_cost(with_hhi(random_case(3), bound)) for bound in (0.2, 0.4, 0.6, 1.0)]
    assert (np.diff(costs) <= 1e-6 * costs[0]).all()


def test_a_bound_of_one_changes_nothing() -> None:
    assert least_cost(with_hhi(random_case(3), 1.0)) == pytest.approx(least_cost(random_case(3)), rel=1e-9)


def test_the_tolerance_is_said_in_points_of_share(tmp_path: Path) -> None:
    """Half of 365 t from each of two makers, 950 USD apart: no member's share is off by more than is said."""
    folder = small(
        tmp_path,
        sites="site,company,country,owner\nmaker,M,CN,CN\nother,O,AU,AU\nbuyer,B,DE,DE",
        routes="from_country,to_country,freight,transit\nCN,DE,50,0\nAU,DE,1000,0",
        offers="offer,site,material,price,capacity\nspot,maker,magnet,50000,1000\nmore,other,magnet,50000,1000",
        limits="limit,measure,sense,value,stage,by,member,window,from,penalty\n"
        "two,hhi,at_most,0.5,magnet,supplier,each,horizon,2027-01-01,",
    )
    plans = plan(str(folder), [])
    share = plans.outcome().share_of("magnet", "CN")
    assert 100 * abs(share - 0.5) <= POINTS == 0.1
    proof = plans.outcome().answer.proof("no plan")
    assert abs(proof.objective - 365 * (50_000 + 525)) <= 365 * POINTS / 100 * 950
    said = [section.says for section in Summary(plans).sections]
    assert any("Sums of squared shares (two) are kept to 0.1 percentage points" in some for some in said)
