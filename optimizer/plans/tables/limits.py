"""What limits bound, what counts, and what is broken at a price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from optimizer.case.inside import Inside, counts_at_once
from optimizer.network.account import FIELD
from optimizer.network.accounts import BEFORE, followed
from optimizer.network.limit_keys import LimitMember
from optimizer.network.numbers import PARAMETERS
from optimizer.network.windows import EVERYBODY, Flow, Window, members_in, stage_flows
from optimizer.plans.origins import Origins
from optimizer.plans.outcome import PRICED, TOLERANCE, Outcome
from optimizer.plans.schema import COST, MEMBER, MODE, PERIOD, Columns, flag, lines, number, word

BOUNDING = ("group_share", "group_volume", "group_spend", "hhi_limit")
"""Rules that hold what counts to a limit."""


class Limits(Columns):
    """Columns of `limits`."""

    limit = word("limit")
    member = MEMBER
    window = word("window: a period, a year, or `horizon`")
    measure = word("what it bounds: `share`, `volume`, `spend` or `hhi`")
    sense = word("`at_most` or `at_least`")
    basis = word("what `total` and `amount` count: `use`, `purchases` (made or bought) or `spend`")
    total = number("t or USD", "what counts in the window, of everybody; of `spend`, all that is paid there")
    amount = number(
        "t or USD",
        "the member's part of it; of use, what is claimed for it, and where it does not bind any claim that keeps it; "
        "of `hhi`, the sum of squared tonnes over the total",
    )
    bound = number("share, t or USD", "bound of the limit in the window: of a share or an `hhi`, of the total")
    binds = flag("whether it costs something: the amount is at its bound, or beyond at a penalty")
    breach = number("t or USD", "by how much it is broken, at its penalty")
    cost_usd = COST


class LimitUse(Columns):
    """Columns of `limit_use`."""

    limit = word("limit")
    member = MEMBER
    window = word("window: a period, a year, or `horizon`")
    used_total = number("t", "what is used in the window, of everybody, without what is left at the end")
    used = number("t", "the member's part of that, pro rata; of `hhi`, the sum of squared tonnes over the total")
    bought_total = number("t", "what is made or bought in the window, of everybody")
    bought = number("t", "the member's part of that; of `hhi`, as above")
    stock_before = number("days of use", "stock when the window begins, by itself and inside other goods, at its use")
    stock_after = number("days of use", "the same when it ends")


def limit_use(outcome: Outcome) -> pd.DataFrame:
    """What is used of the goods of limits, pro rata, and what is made or bought of them; of spend nothing.

    Three figures can be held against a limit: what its row counts, as the table of limits has it, and these two.
    """
    it, figures = LimitUse, _Figures(outcome)
    absent = outcome.network.timelines.absent("limits")
    return it.of(
        {**dict(zip((it.limit, it.member, it.window), window.key, strict=True)), **figures.of(window)}
        for window in outcome.frame.structure.windows
        if not window.is_square and window.number not in absent and window.row.measure != "spend"
    )


class Attribution(Columns):
    """Columns of `attribution`."""

    limit = word("limit")
    member = MEMBER
    flow = word(
        "flow that is split: `ship`, `stock`, `eat` (drawn into other goods), `serve`; or what stands inside other "
        "goods: `inside` (in stock and on the way), `inside_used` (delivered), and `left` (counted on the last day)"
    )
    place = word("where it is, or comes from", empty=True)
    to = word("where it is shipped", empty=True)
    material = word("material", empty=True)
    mode = MODE
    period = PERIOD
    tonnes = number("t", "what is followed of it: what is not the member's under a limit from above, else what is")


def attribution(outcome: Outcome) -> pd.DataFrame:
    """Whose goods the limits on use take every flow to be: the proof of the amounts in the table of limits."""
    it, of, x = Attribution, outcome.frame.links.accounts, outcome.answer.x
    world, place = _Answered(outcome), outcome.frame.place_of
    last, rows = outcome.frame.structure.periods[-1], []
    for (limit, member), account in of.accounts.items():
        found = [
            (*flow, period, float(of.part(world, account, flow, period)))
            for flow in of.out_of(account)
            for period in account.periods
        ]
        for name, flow in (("chain", "inside"), ("chain_used", "inside_used")):
            some = [(period, place.get((name, (limit, member, period)))) for period in account.periods]
            found += [(flow, "", "", "", "", period, float(x[at])) for period, at in some if at is not None]
        if (at := place.get(("kept", (limit, member)))) is not None:
            found.append(("left", "", "", "", "", last, float(x[at])))
        fields = it.columns()
        rows += [dict(zip(fields, (limit, member, *some), strict=True)) for some in found if some[-1] > TOLERANCE]
    return it.of(rows)


class _Answered:
    """An answer as rules see a model: its variables and parameters by name and key."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome

    def __getattr__(self, name: str) -> Mapping[Any, float]:
        if name in PARAMETERS:
            found: Mapping[Any, float] = self._outcome.values_by_key(name)
        else:
            names, x = self._outcome.frame.program.columns_at(name), self._outcome.answer.x
            found = {key if len(key) > 1 else key[0]: float(x[at]) for at, key in names}
        setattr(self, name, found)
        return found


def limits(outcome: Outcome) -> pd.DataFrame:
    """Every limit in every window: what it bounds, its bound, by how much it is broken, and what that costs."""
    it, columns, x = Limits, outcome.frame.place_of, outcome.answer.x
    paid = outcome.frame.program.costs["policy_breach"](outcome.parameters) * x
    bounds = outcome.values_by_key("limit_value")
    squares: dict[Any, float] = defaultdict(float)
    for window in outcome.frame.structure.windows:
        if window.is_square:
            squares[window.limit, window.label] += x[columns["member", window.key]] ** 2
    rows = []
    absent = outcome.network.timelines.absent("limits")
    binding = _binding(outcome)
    for window in outcome.frame.structure.windows:
        if window.is_square or window.number in absent:
            continue
        row, key = window.row, window.key
        total = x[columns["volume", (window.limit, window.label)]]
        amount = x[columns["member", key]]
        if row.measure == "hhi":
            amount = squares[window.limit, window.label] / total if total > 0 else 0.0
        place = columns["breach", key] if row.penalty is not None else None
        rows.append(
            {
                **dict(zip((it.limit, it.member, it.window), key, strict=True)),
                it.measure: row.measure,
                it.sense: row.sense,
                it.basis: _basis(window, outcome),
                it.total: total,
                it.amount: amount,
                it.bound: bounds[key],
                it.binds: key in binding,
                it.breach: 0.0 if place is None else x[place],
                it.cost_usd: 0.0 if place is None else paid[place],
            }
        )
    return it.of(rows)


def _binding(outcome: Outcome) -> set[Any]:
    """Limits, members and windows whose bound has a price."""
    program, y = outcome.frame.program, outcome.answer.y
    return {key for rule in BOUNDING for row, key in program.rows_at(rule) if abs(y[row]) > PRICED}


def _basis(window: Window, outcome: Outcome) -> str:
    """What the row of a limit counts."""
    if window.row.measure == "spend":
        return "spend"
    counted = window.member == EVERYBODY or LimitMember(*window.key[:2]) in outcome.frame.structure.accounts
    return "use" if window.row.counts_use and counted else "purchases"


class _Figures:
    """What is used of the goods of limits, pro rata, and what is made or bought of them."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.structure = outcome.frame.structure
        self._found: dict[tuple[str, str], tuple[Mapping[str, float], Mapping[str, float]]] = {}

    @cached_property
    def _origins(self) -> Origins:
        return Origins(self.outcome)

    @cached_property
    def _counted(self) -> dict[str, tuple[Inside, list[Flow]]]:
        """By limit, what it follows into which goods, and what of these is made or bought."""
        s = self.structure
        scopes = {window.limit: window.row.scope for window in s.windows if window.row.measure != "spend"}
        return {limit: (followed(s, scope), stage_flows(s.case, s.index, scope)) for limit, scope in scopes.items()}

    def of(self, window: Window) -> dict[Any, float]:
        """The figures of a limit on a member in a window, as cells of the table."""
        it, row = LimitUse, window.row
        key = window.limit, window.label
        if key not in self._found:
            self._found[key] = self._used(window), self._bought(window)
        used, bought = self._found[key]
        exempt = {*self.structure.case.file.groups.get(row.exempt, ()), ""}
        own = set() if window.member == EVERYBODY else members_in(self.structure.case, row, window.member)

        def part(found: Mapping[str, float]) -> float:
            if window.member != EVERYBODY:
                return sum(found.get(name, 0.0) for name in own)
            total = sum(found.values())
            return sum(t * t for name, t in found.items() if name not in exempt) / total if total > 0 else 0.0

        return {
            it.used_total: sum(used.values()),
            it.used: part(used),
            it.bought_total: sum(bought.values()),
            it.bought: part(bought),
            **self._stock(window, sum(used.values())),
        }

    @cached_property
    def _kept(self) -> dict[tuple[str, int], float]:
        """Tonnes in stock at the end of each period, and before the first, by material."""
        found: dict[tuple[str, int], float] = defaultdict(float)
        for line in lines(self.outcome.variable("stock")):
            found[line["material"], line["period"]] += line["tonnes"]
        for row in self.structure.case.tables.stocks:
            found[row.material, BEFORE] += row.opening
        return found

    def _stock(self, window: Window, used: float) -> dict[Any, float]:
        """Stock before and after a window, in days of what is used in it; nothing where nothing is."""
        within, _ = self._counted[window.limit]
        days = float(self.structure.calendar.lengths[list(window.periods)].sum())
        cells = {}
        for column, period in (
            (LimitUse.stock_before, window.periods[0] - 1),
            (LimitUse.stock_after, window.periods[-1]),
        ):
            held = sum(within.of(name) * tonnes for (name, ends), tonnes in self._kept.items() if ends == period)
            cells[column] = held / used * days if used > TOLERANCE else 0.0
        return cells

    def _used(self, window: Window) -> Mapping[str, float]:
        """Tonnes used in a window by member's name, under no name what nobody is declared for."""
        found: dict[str, float] = defaultdict(float)
        within, _ = self._counted[window.limit]
        for who, tonnes in self._origins.used(within, window.periods, counts_at_once(window.row.stage)).items():
            found[who[FIELD[window.row.by]]] += tonnes
        return found

    def _bought(self, window: Window) -> Mapping[str, float]:
        """The same of what is made or bought."""
        found: dict[str, float] = defaultdict(float)
        place, x = self.outcome.frame.place_of, self.outcome.answer.x
        for variable, key, tonnes, *who in self._counted[window.limit][1]:
            made = sum(x[place[variable, (*key, period)]] for period in window.periods)
            found[str(who[FIELD[window.row.by]])] += tonnes * float(made)
        return found
