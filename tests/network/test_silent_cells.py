"""No cell of a case does nothing in silence: another value changes the programme, or `check` says why not."""

from __future__ import annotations

import pytest

from benchmarks.silent import measure
from tests.helpers.networks import random_case
from tests.helpers.seeds import seeds


@pytest.mark.parametrize("seed", seeds(50, quick=0))
def test_no_cell_does_nothing_in_silence(seed: int) -> None:
    """Nor is a cell said to do nothing, with its own and with the other value, that changes the programme."""
    found = list(measure([random_case(seed)], cells=1, seed=seed))
    assert sum(one.outcome == "changed" for one in found) > len(found) / 4
    assert not [one for one in found if one.outcome in ("silent", "misled")]
