"""Numbers of content rules, per period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.network.network import Floats, Network, parameter


@parameter("share", "clean_lots", reads="controls.threshold")
def content_share(world: Network) -> Floats:
    """Largest value share of exposed content in a clean lot: the threshold less the margin, at least 0."""
    allowed = dict(zip(world.structure.exposures.rules, allowed_shares(world), strict=True))
    return np.array([allowed[key.control] for key in world.index["clean_lots"]]).reshape(-1, len(world.periods))


def allowed_shares(world: Network) -> Floats:
    """Largest value share of exposed content in what is clean of each content rule, shape (rules, T).

    Parameters
    ----------
    world : Network
    """
    return np.maximum(0.0, thresholds_of(world) - world.case.file.content_margin)


def thresholds_of(world: Network) -> Floats:
    """Value share at which each content rule bites, shape (rules, T).

    Parameters
    ----------
    world : Network
    """
    means = world.timelines.mean("controls", "threshold")
    result = [np.min(means[same_rule(world, rule)], axis=0) for rule in world.structure.exposures.rules]
    return np.array(result).reshape(-1, len(world.periods))


def same_rule(world: Network, rule: str) -> list[int]:
    """Rows of the controls that are one content rule.

    Parameters
    ----------
    world : Network
    rule : str
    """
    rule_of = world.structure.exposures.rule_of
    return [n for n, row in enumerate(world.case.tables.controls) if rule_of.get(row.control) == rule]


def restricting(world: Network) -> dict[str, NDArray[np.bool_]]:
    """By content rule: whether it keeps anything back in a period, shape (T,) each.

    Where it approves all, is suspended or not in force, it makes no difference whether goods are clean of it.

    Parameters
    ----------
    world : Network
    """
    lines, rows = world.timelines, world.case.tables.controls
    found: dict[str, NDArray[np.bool_]] = {}
    for rule in world.structure.exposures.rules:
        same = same_rule(world, rule)
        kept = np.any(lines.passing[same] < 1, axis=0)
        for number, approvals in world.structure.licensing.approvals.values():
            if number in same:
                kept |= world.calendar.mean(lines.terms(number, approvals)[2:3])[0] > 0
        quotas = [number for number in same if rows[number].quota is not None]
        found[rule] = kept | np.any(lines.mean("controls", "in_force")[quotas] > 0, axis=0)
    return found
