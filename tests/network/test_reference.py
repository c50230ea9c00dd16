"""The reference of licences: what is shipped is trade, what a solver leaves of a 0 is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer.network.build import network_of
from optimizer.network.reference import Reference
from optimizer.world.load import load_case
from tests.helpers.small import small

CONTROL = "control,kind,authority,citation,origin,stages,destinations,effective,approval,processing_days\n"
ROW = "c,export,CN,No. 1,CN,magnet,*,2026-01-01,0.5,0"
PERIODS = "periods:\n- {count: 2, months: 6}\ngroups: {abroad: [CN]}"


@pytest.mark.parametrize(("shipped", "normal"), [(3.0, 6.0), (0.0, 0.0), (1e-12, 0.0), (1e-31, 0.0)])
def test_what_rounding_leaves_of_nothing_is_no_trade(shipped: float, normal: float, tmp_path: Path) -> None:
    """New business is licensed for what nothing was shipped of; a trade of 1e-31 t would be licensed its half."""
    network = network_of(load_case(small(tmp_path / "case", PERIODS, controls=CONTROL + ROW)))
    tonnes = np.zeros((len(network.index["lanes"]), len(network.periods)))
    for lane in network.structure.licensing.lanes.values():
        tonnes[[network.index["lanes"].index(some) for some in lane]] = shipped / len(lane)
    found = Reference.of(network.structure, tonnes).shipped
    assert found.max() == pytest.approx(normal, rel=1e-9, abs=0.0)
