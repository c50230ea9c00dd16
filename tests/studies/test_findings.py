"""What a study says: indices against a closed form, boxes that were hidden, pulls of a plane, rows handed over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer.engine.pool import Pool
from optimizer.errors import InputError
from optimizer.studies.boxes import box, interval
from optimizer.studies.findings import findings
from optimizer.studies.handover import handed_over
from optimizer.studies.run import WORKER, run
from optimizer.studies.sensitivity import indices, pulls
from optimizer.studies.tables import asked
from optimizer.world.load import load_case
from tests.helpers.planned import plan
from tests.helpers.studies import SAMPLE, factor, laid, rows, study, written

ISHIGAMI = {"x1": (0.3139, 0.5576), "x2": (0.4424, 0.4424), "x3": (0.0, 0.2437)}
"""First and total order of Ishigami's function with a = 7 and b = 0.1 (Ishigami and Homma 1990), in closed form."""


def test_sobol_indices_of_a_known_function_are_its_own() -> None:
    """Through the same design and estimator as a study."""
    around = {"kind": "uniform", "low": -np.pi, "high": np.pi}
    of = study({"kind": "sobol-indices", "draws": 2048}, *(factor(name, distribution=around) for name in ISHIGAMI))
    x = np.array([tuple(row.values()) for row in rows(of)])
    found = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    listed = indices(list(ISHIGAMI), found)
    assert [some.factor for some in listed] == ["x1", "x2", "x3"]
    for some in listed:
        first, total = ISHIGAMI[some.factor]
        assert some.first_low - 0.01 <= first <= some.first_high + 0.01, some
        assert some.total_low - 0.01 <= total <= some.total_high + 0.01, some
        assert some.first_high - some.first_low < 0.12


def test_a_hidden_box_is_found() -> None:
    rng = np.random.default_rng(0)
    values = rng.random((2000, 4))
    cases = (values[:, 0] > 0.7) & (values[:, 2] < 0.4)
    found = box(["a", "b", "c", "d"], values, cases)
    assert set(found.ranges) == {"a", "c"}
    assert found.ranges["a"][0] == pytest.approx(0.7, abs=0.03)
    assert found.ranges["c"][1] == pytest.approx(0.4, abs=0.03)
    assert found.density > 0.9
    assert found.coverage > 0.9
    assert found.mass == pytest.approx(0.12, abs=0.03)


def test_noise_has_no_box() -> None:
    rng = np.random.default_rng(1)
    values = rng.random((2000, 3))
    found = box(["a", "b", "c"], values, rng.random(2000) < 0.5)
    assert found.coverage * found.density < 0.65


def test_levels_of_a_grid_make_a_box_too() -> None:
    values = np.array([(a, b) for a in range(5) for b in range(5)], float)
    found = box(["a", "b"], values, values[:, 0] >= 3)
    assert found.ranges == {"a": (3.0, 4.0)}
    assert (found.coverage, found.density) == (1.0, 1.0)


def test_pulls_of_a_plane_are_its_slopes() -> None:
    rng = np.random.default_rng(2)
    values = rng.random((500, 2)) + np.array([1, 4])
    found, explained = pulls(["a", "b"], values, 100 + 3 * values[:, 0] - 10 * values[:, 1])
    assert explained == pytest.approx(1)
    assert [some.factor for some in found] == ["b", "a"]
    means, middle = values.mean(axis=0), 100 + 3 * values[:, 0].mean() - 10 * values[:, 1].mean()
    assert found[0].elasticity == pytest.approx(-10 * means[1] / middle)
    assert found[1].swing == pytest.approx(3 * np.ptp(np.quantile(values[:, 0], [0.1, 0.9])))


def test_a_chance_has_an_interval() -> None:
    assert interval(0, 100)[0] == 0
    assert interval(0, 100)[1] == pytest.approx(0.037, abs=1e-3)
    assert interval(50, 100) == pytest.approx((0.404, 0.596), abs=1e-3)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    path = written(folder / "some.yaml", answers=["react"], **{**SAMPLE, "design": {"kind": "sample", "draws": 24}})
    out = laid(path, folder / "out")
    with Pool(2, module=WORKER) as pool:
        run(out, pool)
    return out


@pytest.mark.slow
def test_a_study_says_what_moves_the_cost(planned: Path) -> None:
    sections = {section.name: section for section in reversed(findings(planned))}
    assert set(sections) == {"spread", "tornado", "worst"}
    table = asked(planned, "SELECT avg(cost_usd) FROM rows WHERE answer = 'react'")
    spread = {row[1]: row for row in sections["spread"].rows}
    assert spread["react"][3] == pytest.approx(table.iloc[0, 0])
    assert [row[0] for row in sections["tornado"].rows] == ["nd-price"], "the base knows nothing of a stop"
    worst = sections["worst"].rows
    assert worst[0][3] == max(row[3] for row in worst)


def test_a_row_is_planned_in_full_as_in_the_study(planned: Path, tmp_path: Path) -> None:
    (path,) = handed_over(planned, 5, tmp_path / "row")
    plans = plan(load_case(tmp_path / "row" / "case"), [path])
    found = asked(planned, 'SELECT answer, cost_usd FROM rows WHERE "row" = 5').set_index("answer")["cost_usd"]
    assert plans.outcome().cost == pytest.approx(found["base"], rel=1e-9)
    assert plans.outcome("news").cost == pytest.approx(found["react"], rel=1e-9)


def test_no_such_row_is_a_fault(planned: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row: expected 0 to 23, found 24"):
        handed_over(planned, 24, tmp_path / "row")
