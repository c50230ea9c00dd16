"""Bundled cases as tests plan them: but for the calendar they are the cases themselves, in memory and as a folder."""

from __future__ import annotations

import pytest

from optimizer.world.load import load_case
from tests.helpers.coarse import coarse, coarse_folder
from tests.helpers.paths import BUNDLED


@pytest.mark.parametrize("name", BUNDLED)
def test_a_coarse_case_is_the_bundled_one_on_twelve_periods(name: str) -> None:
    case, bundled = coarse(name), load_case(name)
    assert len(case.calendar.lengths) == 12
    assert (case.calendar.start, case.calendar.end) == (bundled.calendar.start, bundled.calendar.end)
    assert case.tables == bundled.tables
    assert load_case(coarse_folder(name)).digest() == case.digest()
