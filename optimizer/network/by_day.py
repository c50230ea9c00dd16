"""What can come for a demand on the days of a period, in a world: when goods begin and cease to come, and how much.

A flow may go on at any rate on the days on which something may leave, so that nothing here says that less can come
than by the day: a flow counts whole in a stretch of days, unless none of it can come on them. Beside that counts all
that could be made, sold and licensed for those days, where it is too little.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from optimizer.case.calendar import PREROLL
from optimizer.network.awaited import Awaited, Coming
from optimizer.network.licensed import Licensed
from optimizer.network.network import Floats, Ints, Network
from optimizer.network.reach import holds_of
from optimizer.network.rows import contracts_by_day, daily_for_sale, daily_on_offer
from optimizer.network.sets import DemandKey, GoodsPlace, Key, Lane, Licence
from optimizer.network.stretches import Stretch, StretchFlow, named, stretches, watched
from optimizer.world.holding import queue_of

SHARP = 0.05
"""Part of its most by which what may come on a day has to change from one day to the next, to be a step."""


@dataclass(frozen=True)
class Tide:
    """A flow by day: on which days something may leave, at most how much, and when it arrives.

    Parameters
    ----------
    leaves : array of bool, shape (days,)
    most : array, shape (days,), optional
        Tonnes a year; None where nothing bounds it by the day.
    arrives : array, shape (days,)
        Place on the axis of the moment at which what leaves first on each day arrives.
    """

    leaves: NDArray[np.bool_]
    most: Floats | None
    arrives: Floats

    @cached_property
    def comes(self) -> NDArray[np.bool_]:
        """Days on which something may arrive, shape (days,)."""
        return self.spread(self.leaves.astype(float)) > 0

    @cached_property
    def rate(self) -> Floats:
        """What may arrive on each day at most, shape (days,), in its source's unit; 0 where nothing bounds it."""
        return np.zeros(len(self.leaves)) if self.most is None else self.spread(np.where(self.leaves, self.most, 0.0))

    def spread(self, leaving: Floats) -> Floats:
        """What leaves by day, on the days on which it arrives.

        Parameters
        ----------
        leaving : array, shape (days,)
        """
        days, whole = len(leaving), np.floor(self.arrives).astype(int)
        part = self.arrives - whole
        found = np.bincount(np.minimum(whole, days), leaving * (1 - part), days + 2)
        if part.any():
            found += np.bincount(np.minimum(whole + 1, days), leaving * part, days + 2)
        return np.asarray(found[:days])

    @cached_property
    def _transit(self) -> float | None:
        """Days on the way, where they are always as many."""
        days = self.arrives - np.arange(len(self.arrives))
        return float(days[0]) if (days == days[0]).all() else None

    @cached_property
    def _left(self) -> Ints:
        """Days before each on which something may leave, shape (days + 1,)."""
        return np.concatenate([[0], np.cumsum(self.leaves)])

    def span(self, first: int, end: int) -> slice:
        """Days that hold all on which what arrives from a day to before another may leave.

        Parameters
        ----------
        first, end : int
        """
        days = self._transit
        if days is None:
            at = np.flatnonzero((self.arrives < end) & (self.arrives + 1 > first))
            return slice(int(at[0]), int(at[-1]) + 1) if len(at) else slice(0, 0)
        return slice(max(0, math.floor(first - days)), max(0, math.ceil(end - days)))

    def lands(self, leaves: slice, first: int, end: int) -> bool:
        """Whether something of what leaves on some days may arrive from a day to before another.

        Parameters
        ----------
        leaves : slice
            Days on which it leaves.
        first, end : int
        """
        span = self.span(first, end)
        begin, stop = max(span.start, leaves.start), min(span.stop, leaves.stop)
        return bool(begin < stop and self._left[stop] > self._left[begin])


class ByDay:
    """What can come for the demands of a world by day.

    Parameters
    ----------
    world : Network
    wanted : mapping of DemandKey to array, shape (days,)
        Tonnes a year wanted of each demand, by day.
    """

    def __init__(self, world: Network, wanted: Mapping[DemandKey, Floats]) -> None:
        self.world = world
        weights = world.calendar.year_weights
        self._before = {key: np.concatenate([[0.0], np.cumsum(rate * weights)]) for key, rate in wanted.items()}
        self._tides: dict[Key, Tide] = {}
        self._sources: dict[Key, Floats] = {}
        self._open: dict[Licence, NDArray[np.bool_]] = {}
        self._shared: dict[int, dict[Key, dict[Key, list[Coming]]]] = {}

    @cached_property
    def watched(self) -> dict[tuple[DemandKey, int], tuple[int, ...]]:
        """First day, days that are watched, and end of a period, by demand and period; where there are such days."""
        calendar, found = self.world.calendar, {}
        for key, waits in self.world.structure.awaited.items():
            for period, flows in waits.flows.items():
                first, end = (int(day) for day in calendar.offsets[period : period + 2])
                if days := list(dict.fromkeys(self._steps(flows, first, end)))[: watched(calendar, period)]:
                    found[key, period] = first, *sorted(days), end
        return found

    def _steps(self, flows: tuple[Coming, ...], first: int, end: int) -> list[int]:
        """Days inside a period on which flows begin or cease to come, those of most flows first; then other steps.

        Where what may come grows or falls little by little, the first days of months are seen, from the middle on.
        """
        begins: Counter[int] = Counter()
        steps: Counter[int] = Counter()
        gradual = False
        for column in {(flow.variable, *flow.key[:-1]): flow for flow in flows}.values():
            tide = self._tide(column)
            begins.update((first + 1 + np.flatnonzero(np.diff(tide.comes[first:end]))).tolist())
            changes = np.abs(np.diff(tide.rate[first:end]))
            sharp = changes > SHARP * tide.rate[first:end].max()
            steps.update((first + 1 + np.flatnonzero(sharp)).tolist())
            gradual = gradual or bool((changes[~sharp] > 0).any())
        found = sorted({*begins, *steps}, key=lambda day: (-begins[day], -steps[day], day))
        middle = (first + end) / 2
        return [*found, *sorted(self._months(first, end) if gradual else (), key=lambda day: abs(day - middle))]

    def _months(self, first: int, end: int) -> list[int]:
        """First days of months inside some days."""
        start = self.world.calendar.start
        days = range(first + 1, end)
        return [day for day in days if (start + dt.timedelta(days=day - PREROLL)).day == 1]

    def _tide(self, flow: Coming) -> Tide:
        """A flow by day."""
        column = flow.variable, *flow.key[:-1]
        if column not in self._tides:
            days = self.world.calendar.days
            leaves, at = np.arange(days) >= PREROLL, np.arange(days, dtype=float)
            most = None if flow.source is None else self._most(flow.source)
            if flow.variable == "ship":
                lane = Lane(*flow.key[:-1])
                leaves, at = leaves & self._licensed(lane) & self._open_way(lane), self._border(lane, at)
                at = at + self._of_way(lane, "transit")
                most = None if most is None else np.where(leaves, most, 0.0)
            self._tides[column] = Tide(leaves if most is None else leaves & (most > 0), most, at)
        return self._tides[column]

    def _border(self, lane: Lane, at: Floats) -> Floats:
        """When what comes first to the border on each day leaves it: later where a control holds it."""
        country = self.world.structure.country
        holds = holds_of(self.world.case.by, country[lane.origin], country[lane.destination], lane.material)
        return queue_of(self.world.timelines, holds).leaves if holds else at

    def _of_way(self, lane: Lane, column: str) -> Floats:
        """A column of the route that a lane goes, by day of departure."""
        country, by = self.world.structure.country, self.world.case.by
        stage = by.materials[lane.material].stage
        number = by.route_numbers[country[lane.origin], country[lane.destination], lane.mode, stage]
        return np.asarray(self.world.timelines.series("routes", column)[number])

    def _open_way(self, lane: Lane) -> NDArray[np.bool_]:
        """Days on which anything may go the route of a lane: how much, its own row says."""
        return np.asarray(self._of_way(lane, "capacity") > 0)

    def _licensed(self, lane: Lane) -> NDArray[np.bool_]:
        """Days on which controls let anything leave on a lane: how much of it they do, their own rows say."""
        found = np.ones(self.world.calendar.days, bool)
        for licence in self._licences.get(lane, ()):
            found &= self._leaves(licence)
        return found

    @cached_property
    def _licences(self) -> dict[Lane, list[Licence]]:
        """The licences that each lane needs."""
        found: dict[Lane, list[Licence]] = {}
        for licence, lanes in self.world.structure.licensing.lanes.items():
            for lane in lanes:
                found.setdefault(lane, []).append(licence)
        return found

    def _leaves(self, licence: Licence) -> NDArray[np.bool_]:
        """Days on which something may leave under a licence; all where licences are lifted."""
        if licence not in self._open:
            every = np.ones(self.world.calendar.days, bool)
            self._open[licence] = every if self._given is None else self._given.leaves(licence)
        return self._open[licence]

    @cached_property
    def _given(self) -> Licensed | None:
        """What is licensed; None where licences are lifted."""
        return None if self.world.reference is None else Licensed(self.world, self.world.reference)

    def _terms(self, flow: Coming) -> Key:
        """What a flow needs licences of: flows of equal terms share what comes of their source."""
        return tuple(self._licences.get(Lane(*flow.key[:-1]), ())) if flow.variable == "ship" else ()

    def _most(self, source: Key) -> Floats:
        """What a source gives by day, per year."""
        if source not in self._sources:
            rows, contracts = self.world.structure.sources[source], self.world.case.tables.contracts
            total = np.full(self.world.calendar.days, rows.added)
            for some, daily in ((rows.plants, daily_for_sale), (rows.offers, daily_on_offer)):
                if some:
                    total = total + np.array([*some.values()]) @ daily(self.world, np.array([*some], np.int64))
            if rows.contracts:
                runs = contracts_by_day(self.world)
                total = total + sum(contracts[row].max_volume * runs[row] for row in rows.contracts)
            self._sources[source] = np.asarray(total)
        return self._sources[source]

    def _there(self, waits: Awaited, begin: int, end: int, at_start: bool) -> float:
        """Tonnes of demands that what is given serves: what arrives, and on the first day of all the opening stock.

        Before another day than the first of a period, as much may be in stock as there is room for.
        """
        tables, day = self.world.case.tables, self.world.calendar.day
        total = 0.0
        for arrival in tables.arrivals:
            if begin <= day(arrival.on) < end:
                total += self._serves(waits, arrival.site, arrival.material) * arrival.tonnes
        room = self.world.timelines.series("stocks", "capacity")
        for number, row in enumerate(tables.stocks):
            fits = float(room[number, begin - 1 : begin + 1].max())
            kept = fits if not at_start else row.opening if begin == PREROLL else 0.0
            total += self._serves(waits, row.site, row.material) * kept
        return total

    def _serves(self, waits: Awaited, site: str, material: str) -> float:
        """Tonnes of demands that a tonne serves of what a site keeps; 0 where they are served from elsewhere."""
        return waits.places.get(GoodsPlace(self.world.structure.place[site, material], material), 0.0)

    def _at_capacity(self, flows: tuple[Coming, ...], begin: int, end: int, enough: float) -> float:
        """Tonnes of demands that all serves which sources could give, and licences let through, for some days.

        Where it is as much as would be enough, no more is counted.
        """
        weights, found = self.world.calendar.year_weights, 0.0
        for source, alike in self._sharing(flows).items():
            licensed, given = 0.0, np.zeros(len(weights))
            for some in alike.values():
                could = np.zeros(len(weights))
                for flow in some:
                    tide = self._tide(flow)
                    span = tide.span(begin, end)
                    if tide.most is not None:
                        could[span] = np.maximum(could[span], flow.tonnes * (tide.leaves * tide.most)[span])
                        whole = flow.tonnes * (tide.leaves[span] * self._most(source)[span])
                        given[span] = np.maximum(given[span], whole)
                licensed += float(could @ weights)
            found += min(licensed, float(given @ weights))
            if found >= enough:
                break
        return found

    def _sharing(self, flows: tuple[Coming, ...]) -> dict[Key, dict[Key, list[Coming]]]:
        """Flows by the source that bounds them and the licences that they need, one for each transit."""
        key = id(flows)
        if key not in self._shared:
            found: dict[Key, dict[Key, dict[Key, Coming]]] = {}
            for flow in flows:
                if flow.source is not None:
                    alike = found.setdefault(flow.source, {}).setdefault(self._terms(flow), {})
                    way = self._way(flow)
                    if flow.tonnes > alike.setdefault(way, flow).tonnes:
                        alike[way] = flow
            self._shared[key] = {
                source: {terms: [*some.values()] for terms, some in alike.items()} for source, alike in found.items()
            }
        return self._shared[key]

    def _way(self, flow: Coming) -> Key:
        """The route that goods are shipped; nothing where they are not."""
        return self.world.structure.way(Lane(*flow.key[:-1])) if flow.variable == "ship" else ()

    def numbers(self) -> tuple[Floats, Floats]:
        """What of each flow counts in each stretch, and what is wanted: those of `in_time` and `wanted_in_stretch`.

        Returns
        -------
        tuple of arrays, shapes (stretch_flows,) and (stretches, T)
        """
        world = self.world
        share = dict.fromkeys(world.index["stretch_flows"], 0.0)
        wanted = {key: np.full(len(world.periods), -np.inf) for key in world.index["stretches"]}
        for (key, period), days in self.watched.items():
            most, flows = watched(world.calendar, period), world.structure.awaited[key].flows[period]
            for first, last in stretches(len(days) - 2):
                # Where fewer days step than are watched, the end follows on the last of them.
                pair = first, last if last < len(days) - 1 else most + 1
                asked, most_asked, could = self._asked(key, flows, days[first], days[last], first == 0)
                lands = [self._lands(flow, days[first], days[last]) for flow in flows]
                for at_most, less in ((False, 0.0), (True, could)):
                    # Others say no more than the balances of the period, or than the same stretch does already.
                    if 0 < could < most_asked if at_most else not all(lands):
                        name = named(pair, most, at_most=at_most)
                        wanted[Stretch(*key, name)][period] = asked - less
                        every = (StretchFlow(*key, name, number, period) for number in range(len(flows)))
                        share |= {at: float(some) for at, some in zip(every, lands, strict=True) if at in share}
        return np.array([*share.values()]), np.array([*wanted.values()]).reshape(-1, len(world.periods))

    def _asked(
        self, key: DemandKey, flows: tuple[Coming, ...], begin: int, end: int, at_start: bool
    ) -> tuple[float, float, float]:
        """Tonnes wanted from a day to before another, less what is there, and what could come for them at all.

        The second are with all that could be kept on the last day of a period.
        """
        waits = self.world.structure.awaited[key]
        asked = sum(float(self._before[some][end] - self._before[some][begin]) for some in waits.demands)
        asked -= self._there(waits, begin, end, at_start)
        most = asked + (self._room(waits, end) if end in self.world.calendar.offsets else 0.0)
        return asked, most, self._at_capacity(flows, begin, end, most)

    def _room(self, waits: Awaited, end: int) -> float:
        """Tonnes of demands that all serves which fits into stock before a day."""
        room = self.world.timelines.series("stocks", "capacity")[:, end - 1]
        rows = self.world.case.tables.stocks
        return sum(
            self._serves(waits, row.site, row.material) * float(fits) for row, fits in zip(rows, room, strict=True)
        )

    def _lands(self, flow: Coming, begin: int, end: int) -> bool:
        """Whether something of a flow may come on some days."""
        leaves = int(flow.key[-1]) if flow.variable == "ship" else None
        bounds = self.world.calendar.offsets
        span = slice(begin, end) if leaves is None else slice(int(bounds[leaves]), int(bounds[leaves + 1]))
        return self._tide(flow).lands(span, begin, end)
