"""The layout without its pruning passes, to measure what they save."""

from __future__ import annotations

from itertools import combinations

from optimizer.network.exposure import CLEAN, Exposure
from optimizer.network.reach import Layout, Reach, _forward, _inputs


def forward_only(layout: Layout) -> Reach:
    """Keep what supply can reach, whether or not anyone can use it."""
    held, lots = _forward(layout)
    kept = Reach()
    kept.nodes = {(place, material, cls) for (place, material), classes in held.items() for cls in classes}
    kept.lots = set(lots)
    for lot in lots:
        _inputs(layout, held, lot, kept)
    return kept


def everything(layout: Layout) -> Reach:
    """Keep every class of every material wherever a lane, a plant, a source or a sink could hold it."""
    names = sorted(layout.exposures.rules)
    classes = {CLEAN.union(chosen) for size in range(len(names) + 1) for chosen in combinations(names, size)}
    spots = {(place, material) for place, material, _ in layout.sources} | set(layout.sinks)
    spots |= {(end, material) for origin, destination, material, _ in layout.lanes for end in (origin, destination)}
    spots |= {(layout.place[site, i], i) for site, recipe in layout.runs for i in layout.by.recipes[recipe]}
    held = {spot: set(classes) for spot in spots}
    kept = Reach()
    kept.nodes = {(*spot, cls) for spot in spots for cls in classes}
    for site, recipe in layout.runs:
        made = [layout.made[site, i] for i, tonnes in layout.by.recipes[recipe].items() if tonnes > 0]
        common: Exposure = frozenset.intersection(*made)
        kept.lots |= {(site, recipe, common | cls) for cls in classes}
    for lot in kept.lots:
        _inputs(layout, held, lot, kept)
    return kept


REACH = {"forward only": forward_only, "none": everything}
"""What stands in for `reach`, by the passes that are left."""
