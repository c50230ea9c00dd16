"""Numbers of content rules, per period."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Network, parameter


@parameter("share", "rules", reads="controls.threshold")
def content_share(world: Network) -> Floats:
    """Largest value share of exposed content in a clean lot: the threshold less the margin, at least 0."""
    thresholds = world.timelines.mean("controls", "threshold")
    rows = world.case.tables.controls
    result = []
    for (rule,) in world.index["rules"]:
        same = [
            thresholds[n] for n, row in enumerate(rows) if world.structure.exposures.rule_of.get(row.control) == rule
        ]
        result.append(np.maximum(0.0, np.min(same, axis=0) - world.case.file.content_margin))
    return np.array(result).reshape(-1, len(world.periods))
