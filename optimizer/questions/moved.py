"""By which columns of the programme the goods of a line of the decision list come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.network.sets import Lane, Licence
from optimizer.plans.awards import places_of_buyers
from optimizer.plans.decisions import Decisions
from optimizer.questions.probe import Probe


def moved(probe: Probe, line: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    """Columns by which the goods of a frame, an order or a licence come, in any period.

    Parameters
    ----------
    probe : Probe
        Of the plan that the line is of.
    line : mapping of Column to value
        Of the decision list.

    Yields
    ------
    tuple of int and Key
        Place and key of a column.
    """
    it, structure, columns_at = Decisions, probe.outcome.frame.structure, probe.program.columns_at
    if line[it.kind] == "licence":
        origin, destination = line[it.under].split(" to ")
        lanes = structure.licensing.lanes[Licence(line[it.what], origin, destination, line[it.group])]
        yield from ((place, key) for place, key in columns_at("ship") if Lane(*key[:-1]) in lanes)
    elif line[it.kind] == "frame":
        buyers, grade = places_of_buyers(structure), line[it.material]
        for place, key in columns_at("ship"):
            lane = Lane(*key[:-1])
            bought = lane.destination in buyers or (lane.destination, grade) in buyers
            if (lane.origin, lane.material) == (line[it.what], grade) and bought:
                yield place, key
    elif line[it.under]:
        for variable in ("take", "buy"):
            yield from ((place, key) for place, key in columns_at(variable) if key[0] == line[it.under])
    else:
        way = line[it.what], line[it.site], line[it.material], line[it.mode]
        for place, key in columns_at("ship"):
            lane = Lane(*key[:-1])
            if (lane.origin, lane.destination, lane.material, lane.mode) == way:
                yield place, key
