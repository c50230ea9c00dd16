"""Money that goes with goods from pool to pool: shares of what passes each, solved where goods go round."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.program.program import Floats

PARTS: dict[str, tuple[str, ...]] = {
    "goods": ("purchase", "contract_purchase"),
    "conversion": ("conversion",),
    "freight": ("freight",),
    "duty": ("duty",),
    "export_charge": ("export_charge",),
    "licences": ("application",),
}
"""Parts of a landed price, and the cost terms that each holds."""
Money = Floats
"""USD by part, shape (2, parts): as it is paid, and discounted to the first day."""


def nothing() -> Money:
    """No money."""
    return np.zeros((2, len(PARTS)))


@dataclass(frozen=True)
class Arc:
    """Goods that go from a pool or lot to another in a period: their share of what leaves it, and what is paid."""

    origin: Any
    to: Any
    share: float
    tonnes: float
    money: Money


def solved(known: dict[Any, Money], arcs: list[Arc]) -> dict[Any, Money]:
    """The money that passes each pool and lot: what comes in by itself, and the shares of what passes those before it.

    Only what goes round (scrap that is made into what it came from) is solved as a whole; that is little.

    Parameters
    ----------
    known : dict of node to array
        What comes in by itself, shape (2, parts) each.
    arcs : list of Arc
    """
    total = defaultdict(nothing, known)
    out: dict[Any, list[Arc]] = defaultdict(list)
    waits: dict[Any, int] = defaultdict(int)
    for arc in arcs:
        total[arc.to] = total[arc.to] + arc.money
        out[arc.origin].append(arc)
        waits[arc.to] += 1

    def pass_on(ready: list[Any], within: set[Any]) -> None:
        """Send on what passes those that wait for none, and then those that waited for them."""
        while ready:
            node = ready.pop()
            within.discard(node)
            for arc in out[node]:
                if arc.to in within:
                    total[arc.to] = total[arc.to] + arc.share * total[node]
                    waits[arc.to] -= 1
                    if not waits[arc.to]:
                        ready.append(arc.to)

    left = {end for arc in arcs for end in (arc.origin, arc.to)}
    pass_on([node for node in left if not waits[node]], left)
    if round_ := _goes_round(left, out):
        total |= _together(round_, out, total)
        left -= set(round_)
        for arc in (some for node in round_ for some in out[node] if some.to in left):
            total[arc.to] = total[arc.to] + arc.share * total[arc.origin]
            waits[arc.to] -= 1
        pass_on([node for node in left if not waits[node]], left)
    return total


def _goes_round(left: set[Any], out: dict[Any, list[Arc]]) -> list[Any]:
    """Of those that wait for one another, the ones that others of them wait for, in the order of their keys."""
    found = set(left)
    while ends := [node for node in found if not any(arc.to in found for arc in out[node])]:
        found.difference_update(ends)
    return sorted(found)


def _together(nodes: list[Any], out: dict[Any, list[Arc]], comes: dict[Any, Money]) -> dict[Any, Money]:
    """What passes nodes that send on to one another."""
    number = {node: place for place, node in enumerate(nodes)}
    shares, right = np.eye(len(nodes)), np.array([comes[node].ravel() for node in nodes])
    for node in nodes:
        for arc in out[node]:
            if arc.to in number:
                shares[number[arc.to], number[node]] -= arc.share
    try:
        found = np.linalg.solve(shares, right)
    except np.linalg.LinAlgError:  # goods that go round without end, of which nothing is ever used
        found = np.linalg.lstsq(shares, right, rcond=None)[0]
    return {node: found[place].reshape(2, len(PARTS)) for node, place in number.items()}
