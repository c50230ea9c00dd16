"""Programmes and answers as files: read back they are what they were, or nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer.formulation.compile import parameter_vector
from optimizer.plans.plan import Planner
from optimizer.program.program import Program
from optimizer.program.store import AFFINE, PARTS, PLAIN, digest, read_answer, read_program, write_answer, write_program
from optimizer.world.load import load_case
from tests.helpers.coarse import coarse
from tests.helpers.paths import BUNDLED, CASES


@pytest.fixture(scope="module")
def toy() -> Planner:
    return Planner(load_case(CASES / "toy"))


def same(one: Program, other: Program) -> None:
    assert (one.column_names, one.row_names, one.parameter_names) == (
        other.column_names,
        other.row_names,
        other.parameter_names,
    )
    assert list(one.costs) == list(other.costs)
    pairs = [(getattr(one, name), getattr(other, name)) for name in AFFINE]
    pairs += [(one.costs[name], other.costs[name]) for name in one.costs]
    arrays = [(getattr(a, part), getattr(b, part)) for a, b in pairs for part in PARTS]
    arrays += [(getattr(one, name), getattr(other, name)) for name in PLAIN]
    assert len(one.squares) == len(other.squares)
    for a, b in zip(one.squares, other.squares, strict=True):
        assert a.volume == b.volume
        arrays += [(getattr(a, name), getattr(b, name)) for name in ("members", "squares", "slopes", "drops")]
    for a, b in arrays:
        assert a.dtype == b.dtype
        assert np.array_equal(a, b)
    assert digest(one) == digest(other)


@pytest.mark.parametrize(
    "case",
    [
        CASES / "toy",
        *(pytest.param(name, marks=pytest.mark.slow) for name in BUNDLED),
    ],
)
def test_a_programme_read_back_is_the_one_that_was_compiled(case: str | Path, tmp_path: Path) -> None:
    planner = Planner(load_case(case) if isinstance(case, Path) else coarse(case))
    write_program(planner.program, tmp_path / "program.npz", "this")
    found = read_program(tmp_path / "program.npz", "this")
    assert found is not None
    same(found, planner.program)
    at = parameter_vector(planner.network)
    assert np.array_equal(found.arrays(at).values, planner.program.arrays(at).values)


def test_it_is_given_to_nobody_who_asks_for_another(toy: Planner, tmp_path: Path) -> None:
    path = tmp_path / "program.npz"
    write_program(toy.program, path, "this")
    assert read_program(path, "that") is None
    assert read_program(tmp_path / "none.npz", "this") is None


@pytest.mark.parametrize("at", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_a_damaged_file_is_no_programme(toy: Planner, tmp_path: Path, at: float) -> None:
    path = tmp_path / "program.npz"
    write_program(toy.program, path, "this")
    content = bytearray(path.read_bytes())
    place = int(at * len(content))
    content[place : place + 64] = bytes(255 - byte for byte in content[place : place + 64])
    path.write_bytes(content)
    found = read_program(path, "this")
    assert found is None or digest(found) == digest(toy.program)
    path.write_bytes(content[:place])
    assert read_program(path, "this") is None


def test_an_answer_read_back_claims_nothing(toy: Planner, tmp_path: Path) -> None:
    path, answer = tmp_path / "base.npz", toy.start.answer
    write_answer(answer, path, "base")
    found = read_answer(path, "base")
    assert found is not None
    assert not found.certified
    assert np.array_equal(found.x, answer.x)
    assert np.array_equal(found.y, answer.y)
    assert found.basis is not None
    assert answer.basis is not None
    assert np.array_equal(found.basis.columns, answer.basis.columns)
    assert found.basis.rows.dtype == np.int8
    assert read_answer(path, "other") is None


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "evil.npz"
    with path.open("wb") as file:
        np.savez(file, said=np.array([{"of": "this"}], dtype=object))
    assert read_program(path, "this") is None
    assert read_answer(path, "this") is None
