"""A written case is the case."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.case.load import load_case
from optimizer.case.write import write_case
from tests.networks import random_case


@pytest.mark.parametrize("case", ["ev-motors", "korea", "defense"])
def test_a_bundled_case_reads_back_as_it_was(case: str, tmp_path: Path) -> None:
    loaded = load_case(case, ["eu-crma"] if case == "ev-motors" else [])
    write_case(loaded, tmp_path / "case")
    again = load_case(tmp_path / "case")
    assert again.digest() == loaded.digest()
    assert again.tables == loaded.tables


@pytest.mark.parametrize("seed", range(5))
def test_a_random_case_reads_back_as_it_was(seed: int, tmp_path: Path) -> None:
    case = random_case(seed)
    write_case(case, tmp_path / "case")
    assert load_case(tmp_path / "case").digest() == case.digest()
