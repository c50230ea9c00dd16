"""Demands that nobody can reach, and why: the country pairs that no route joins, or what is missing further up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.faults import Finding
from optimizer.world.ways import Bools, Source, Ways

NO_ROUTE, OUT_OF_REACH = "no-route", "out-of-reach"
NAMED = 5
"""Pairs, makers or periods named before the rest is counted."""


@dataclass(frozen=True)
class Unreached:
    """A demand that nothing can reach in some periods.

    Parameters
    ----------
    site, product, end_use : str
    where : str
        Its first row.
    periods : list of str
        Those in which something is wanted and nothing can come.
    always : bool
        Whether these are all in which something is wanted.
    pairs : list of (str, str)
        Country pairs that a route would have to join.
    why : str
    """

    site: str
    product: str
    end_use: str
    where: str
    periods: list[str]
    always: bool
    pairs: list[tuple[str, str]]
    why: str

    @property
    def text(self) -> str:
        """In one line."""
        who = f"{self.site} / {self.product} / {self.end_use}"
        when = "" if self.always else f" in {_listed(self.periods)}"
        return f"no seller, maker or stock reaches {who}{when}: {self.why}"

    def finding(self) -> Finding:
        """The finding that stands for it."""
        code = NO_ROUTE if self.pairs else OUT_OF_REACH
        return Finding(code, self.where, self.text, "demand", "product")

    def record(self) -> dict[str, Any]:
        """Its fields for JSON."""
        return {**self.__dict__, "pairs": [list(pair) for pair in self.pairs], "text": self.text}


def unreached(ways: Ways) -> list[Unreached]:
    """Demands that no seller, maker or stock can reach, with the reason.

    Parameters
    ----------
    ways : Ways

    Returns
    -------
    list of Unreached
        In the order of the demand table; a demand of which nothing is wanted is not listed.
    """
    wanted: dict[tuple[str, str, str], Bools] = {}
    places: dict[tuple[str, str, str], str] = {}
    there = ways.periods_with("demand", "tonnes")
    for (row, where), some in zip(ways.rows("demand"), there, strict=True):
        key = (row.site, row.product, row.end_use)
        wanted[key] = wanted.get(key, ways.never) | some
        places.setdefault(key, where)
    found = []
    for key, some in wanted.items():
        site, product, _ = key
        if not ways.known(site, product):
            continue
        served = ways.here[ways.place(site, product), product]
        for name, _, allowed in ways.stands_in.get(product, ()):
            served = served | (allowed & ways.here[ways.place(site, name), name])
        if not (missing := some & ~served).any():
            continue
        always = not (some & served).any()
        pairs, why = _reasons(ways, site, product) if always else ([], _when(ways, site, product))
        labels = [ways.calendar.label(int(period)) for period in np.flatnonzero(missing)]
        found.append(Unreached(*key, places[key], labels, always, pairs, why))
    return found


def _reasons(ways: Ways, site: str, product: str) -> tuple[list[tuple[str, str]], str]:
    """Pairs that are missing, and the reason in words; of a product and what may stand in for it."""
    pairs: list[tuple[str, str]] = []
    told = []
    for name in (product, *(name for name, _, _ in ways.stands_in.get(product, ()))):
        told.append(_missing(ways, name, ways.country[site], pairs, {name}, to_buyer=site in ways.buyers))
    return list(dict.fromkeys(pairs)), "; ".join(dict.fromkeys(told))


def _when(ways: Ways, site: str, product: str) -> str:
    """What is said of a demand that is reached in other periods."""
    names = [product, *(name for name, _, _ in ways.stands_in.get(product, ()))]
    served = np.any([ways.here[ways.place(site, name), name] for name in names], axis=0)
    first, last = np.flatnonzero(served)[[0, -1]]
    return f"it can be had there from {ways.calendar.label(int(first))} to {ways.calendar.label(int(last))}"


def _missing(
    ways: Ways, name: str, land: str, pairs: list[tuple[str, str]], within: set[str], *, to_buyer: bool
) -> str:
    """Why a material does not come to a country; notes the pairs that no route joins."""
    sources = ways.sources.get(name, [])
    if not sources:
        return f"nobody sells or makes {name}"
    ready = [source for source in sources if _ready(ways, source).any()]
    if not ready:
        idle = dict.fromkeys(_unready(ways, source, pairs, within) for source in sources)
        return f"nobody can give {name}: {_listed(idle, '; ')}"
    lands = list(dict.fromkeys(source.country for source in ready))
    apart = [(other, land) for other in lands if not ways.between((other, land), name)]
    if len(apart) == len(lands):
        pairs += apart
        return (
            f"no route leads to {land}: {name} can be had in {_listed(lands)}, and routes has no row {_joined(apart)}"
        )
    waiting = [source.site for source in ready if source.site in ways.qualified and (source.country, land) not in apart]
    told = [f"{_listed(dict.fromkeys(waiting))} cannot be qualified in time"] if to_buyer and waiting else []
    if apart:
        pairs += apart
        told.append(f"no route leads to {land} from other sellers of {name}: routes has no row {_joined(apart)}")
    if not told and not any(
        ways.here[place, name].any() for place in ways.wanted.get(name, ()) if ways.lands[place] == land
    ):
        return f"{name} that leaves for {land} is still under way on the last day"
    return "; ".join(told) or f"{name} comes to {land} in other periods only"


def _ready(ways: Ways, source: Source) -> Bools:
    """Periods in which a source has what it needs."""
    some = source.open | (ways.here[source.place, source.material] if source.says.startswith("stock") else ways.never)
    for name in source.inputs:
        some = some & ways.here[ways.place(source.site, name), name]
    return some


def _unready(ways: Ways, source: Source, pairs: list[tuple[str, str]], within: set[str]) -> str:
    """Why a source can give nothing."""
    if not source.open.any():
        return f"{source.says} has no capacity from {ways.calendar.start} to {ways.calendar.end}"
    for name in source.inputs:
        if not ways.here[ways.place(source.site, name), name].any():
            if name in within:
                return f"{source.says} lacks {name}"
            land = ways.country[source.site]
            why = _missing(ways, name, land, pairs, within | {name}, to_buyer=source.site in ways.buyers)
            return f"{source.says} lacks {name}, as {why}"
    return f"{source.says} never has all it needs at once"


def _joined(pairs: list[tuple[str, str]]) -> str:
    """Country pairs in words."""
    return _listed((f"from {a} to {b}" for a, b in pairs), " or ")


def _listed(names: Any, between: str = ", ") -> str:
    """Names, the first few."""
    some = list(names)
    more = f" and {len(some) - NAMED} more" if len(some) > NAMED else ""
    return between.join(some[:NAMED]) + more


def reach_findings(ways: Ways) -> Iterator[Finding]:
    """Demand that no seller, maker or stock can reach, with the country pairs that no route joins."""
    for some in unreached(ways):
        yield some.finding()
