"""What is decided when news comes: all before it, of a period in which it comes the part that is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.formulation.rules import VARIABLES
from optimizer.network.licensed import Licensed
from optimizer.network.network import Network
from optimizer.network.sets import Key
from optimizer.plans.reference import BEGUN
from optimizer.program.answer import Start
from optimizer.program.program import Floats, Program
from optimizer.program.variant import Held, Ordered
from optimizer.world.scenario import Scenario

FLOWS = ("buy", "take", "run", "ship", "sell")
"""What goes on evenly through a period: of what the base does the elapsed share is done."""
ATTRIBUTION = ("part", "chain", "chain_used", "held", "kept", "wanted", "wanted_move", "wanted_stock")
"""What says whose goods are used or wanted, and does nothing with them: it goes by the whole plan, news or not."""
CAPACITIES = (
    "plant_capacity",
    "offer_capacity",
    "contract_take",
    "lane_open",
    "route_capacity",
    "sale_capacity",
    "quota_of_exporter",
    "quota_of_country",
)
"""Rules whose bound passes with the days: what was not used of it by the news is gone."""
ACCOUNTS = ("unused", "approved", "unused_of")
"""What nobody decides: how licences are counted against what is shipped, which follows from it."""


@dataclass(frozen=True, eq=False)
class News:
    """A scenario's announcement, as it falls into the periods of a programme.

    Parameters
    ----------
    network : Network
        The case.
    program : Program
        Of it.
    scenario : Scenario
    start : callable
        Gives the base plan; asked only where a period is in part over.
    """

    network: Network
    program: Program
    scenario: Scenario
    start: Callable[[], Start]

    @property
    def first_open(self) -> int:
        """The first period that is not over by then."""
        return sum(bound <= self.scenario.announced for bound in self.network.calendar.bounds[1:])

    @cached_property
    def elapsed(self) -> float:
        """Share of that period that is over."""
        calendar, period = self.network.calendar, self.first_open
        if period == len(calendar.periods) or self.scenario.announced <= calendar.bounds[period]:
            return 0.0
        return (self.scenario.announced - calendar.bounds[period]).days / float(calendar.lengths[period])

    @property
    def is_open(self) -> bool:
        """Whether nothing is decided before it, so that react is foresight."""
        return not self.decided.any() and not self.elapsed

    @cached_property
    def decided(self) -> NDArray[np.bool_]:
        """Columns that are decided, shape (columns,): those of periods that end by then, and earlier contracts.

        Of the period in which the news comes, a project that the base plan begins in it is decided too.
        """
        signed = {row.contract for row in self.network.case.tables.contracts if row.from_ < self.scenario.announced}
        timed = {name for name, some in VARIABLES.items() if some.fields[-1] == "period"} - {*ATTRIBUTION, *ACCOUNTS}
        at = self.first_open
        fixed = np.array([name in timed and key[-1] < at for name, key in self.program.column_names], bool)
        for place, (contract, *_) in self.program.columns_at("reserve"):
            fixed[place] = contract in signed
        if self.elapsed:
            started = self.start().answer.x > BEGUN
            for place, (_, period) in self.program.columns_at("start"):
                fixed[place] |= period == at and started[place]
        return fixed

    @cached_property
    def held(self) -> Held | None:
        r"""What is held of the period in which the news comes; None where a period begins with it.

        With the elapsed share :math:`e`, base flows :math:`\bar x` and a capacity :math:`a x \le K`, of which the base
        has left :math:`\bar K - a \bar x` unused:

        .. math:: x \ge e\, \bar x, \qquad a x \le \max\bigl(K - e\, (\bar K - a \bar x),\ e\, a \bar x\bigr)
        """
        if not self.elapsed:
            return None
        base, arrays = self.start().answer.x, self.start().arrays
        columns = self._of(FLOWS, self.program.columns_at)
        rows = self._of(CAPACITIES, self.program.rows_at)
        rows = rows[np.isfinite(arrays.row_upper[rows])]
        used, most = arrays.times(base)[rows], arrays.row_upper[rows]
        licences, passed, shipped, lasting = self._licences(base)
        left_over, sold = self._sold(base)
        return Held(
            columns,
            np.maximum(0.0, self.elapsed * base[columns]),
            np.concatenate([rows, licences, left_over]),
            np.concatenate([self.elapsed * np.maximum(0.0, most - used), passed, -sold]),
            np.concatenate([self.elapsed * used, shipped, sold]),
            np.concatenate([np.zeros(len(rows), bool), lasting, np.zeros(len(left_over), bool)]),
            np.arange(len(rows) + len(licences) + len(left_over)) >= len(rows),
        )

    @cached_property
    def ordered(self) -> Ordered | None:
        r"""What was ordered before the news of sellers and plants that take time; None where none does.

        Of the days of a period the share :math:`o` lies before the news or in the lead after it, and :math:`e` before
        it. Of a seller what the base plan has come then does, as far as it can; of a plant, whose inputs may be
        missing, no more than that:

        .. math:: a x \le \max\bigl(K - o\, (\bar K - a \bar x),\ e\, a \bar x\bigr), \qquad buy \ge o\, \overline{buy}
        """
        calendar, tables = self.network.calendar, self.network.case.tables
        leads: dict[Key, int] = {("offer_capacity", row.offer): row.lead for row in tables.offers if row.lead}
        leads |= {("plant_capacity", row.site, row.process): row.lead for row in tables.plants if row.lead}
        news = calendar.day(self.scenario.announced)
        if not leads or not calendar.start < self.scenario.announced < calendar.end:
            return None
        base, arrays = self.start().answer.x, self.start().arrays
        used = arrays.times(base)
        rows, shares, columns, within = list[int](), list[float](), list[int](), list[int]()
        for name in ("offer_capacity", "plant_capacity"):
            for place, (*key, period) in self.program.rows_at(name):
                first, last = calendar.offsets[period : period + 2]
                share = (min(last, news + leads.get((name, *key), 0)) - first) / (last - first)
                if (name, *key) not in leads or share <= 0 or period < self.first_open:
                    continue
                if name == "offer_capacity":
                    columns.append(self.program.column_at("buy", (*key, period)))
                    within.append(len(rows))
                rows.append(place)
                shares.append(float(share))
        at, part, of = np.array(rows, np.int64), np.array(shares), np.array(within, np.int64)
        gone = np.array([self.elapsed * (self.program.row_names[row][1][-1] == self.first_open) for row in rows])
        passed = part * np.maximum(0.0, arrays.row_upper[at] - used[at])
        columns_at = np.array(columns, np.int64)
        return Ordered(at, passed, gone * used[at], columns_at, part[of] * np.maximum(0.0, base[columns_at]), of)

    def _sold(self, base: Floats) -> tuple[NDArray[np.int64], Floats]:
        """Rows of what is left over, and what was sold in that period by the news, which was left over then."""
        rows = np.array([place for place, _ in self.program.rows_at("sold_left_over")], np.int64)
        flows = np.zeros(len(base))
        sold = self._of(("sell",), self.program.columns_at)
        flows[sold] = np.maximum(0.0, self.elapsed * base[sold])
        return rows, self.start().arrays.times(flows)[rows]

    def _licences(self, base: Floats) -> tuple[NDArray[np.int64], Floats, Floats, NDArray[np.bool_]]:
        r"""Rows of licences in that period, what of them has passed, what was shipped by the news, and what is kept.

        What a licence leaves unused is carried. On days on which it restricts nothing what the base plan ships goes in
        place of what could, :math:`passed = P - \max(e\, \bar x, \bar x\, P / K)` with
        :math:`P = \sum_{d\ elapsed} \max(R_d, \bar x_d)` of :math:`K` in the period, where all elapsed days are such:
        more of it leaves on days on which more passes.
        """
        at, structure = self.first_open, self.network.structure
        span = slice(self.network.calendar.offsets[at], self.network.calendar.day(self.scenario.announced))
        lanes: dict[str, dict[Any, list[Any]]] = {
            "border_licence": structure.licensing.lanes,
            "listed_licence": structure.licensing.applicants,
        }
        places: list[int] = []
        passed: list[float] = []
        shipped: list[float] = []
        lasting: list[bool] = []
        some = Licensed(self.network, self.network.reference) if self.network.reference is not None else None
        most = self.start().arrays.row_upper
        for rule, of in lanes.items():
            number = {key: n for n, key in enumerate(of)}
            for place, key in self.program.rows_at(rule):
                if key[-1] == at:
                    sent = max(
                        0.0, float(sum(base[self.program.column_at("ship", (*lane, at))] for lane in of[key[:-1]]))
                    )
                    places.append(place)
                    shipped.append(self.elapsed * sent)
                    licence, could = number[key[:-1]], 0.0
                    if free := some is not None and rule == "border_licence" and some.free[licence, span].all():
                        could = some.tonnes(licence, span)
                    left = max(self.elapsed, could / most[place] if most[place] > 0 else 0.0) * sent
                    lasting.append(not free)
                    passed.append(max(0.0, could - left))
        return np.array(places, np.int64), np.array(passed), np.array(shipped), np.array(lasting, bool)

    def _of(self, names: tuple[str, ...], places: Callable[[str], Iterator[tuple[int, Key]]]) -> NDArray[np.int64]:
        """Columns or rows of that period, by what they are called."""
        at = self.first_open
        return np.array([place for name in names for place, key in places(name) if key[-1] == at], np.int64)
