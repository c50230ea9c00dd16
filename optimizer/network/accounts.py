"""Which accounts the limits on use need: of every limit and member that can bind one, of single goods.

It follows what is not the member's where that is bounded from above, what is where it is to be reached. Flows are split
only where goods of both kinds can be; elsewhere a flow is followed or it is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from optimizer.case.case import Case
from optimizer.case.inside import Inside, inside
from optimizer.case.topics.limits import Scope
from optimizer.network.account import Account, Who
from optimizer.network.limit_keys import LimitMember, LimitWindow
from optimizer.network.network import Floats, Network
from optimizer.network.structure import Structure
from optimizer.network.windows import EVERYBODY, NOBODY, counted_in, members_in

BEFORE = -1
"""Period of what is there when the horizon begins."""


class Entry(NamedTuple):
    """Goods that are there without being bought or made: where, in which period they come, whose, and tonnes."""

    place: str
    material: str
    period: int
    who: Who
    tonnes: float


def accounts_of(network: Network, moved: Set[str] = frozenset()) -> dict[LimitMember, Account]:
    """The accounts of a case, by limit and member.

    A member of a limit on each by itself that could not reach it with all that is left to the buyer has none: what it
    gives is counted. Of a limit that a scenario adds or moves every member has one: its bound there is another than in
    the case itself.

    Parameters
    ----------
    network : Network
        The case with its numbers.
    moved : set of str, optional
        Limits whose bound is another in some scenario.
    """
    structure = network.structure
    limits, found = structure.case.tables.limits, dict[LimitMember, Account]()
    needed = moved | {limits[number].limit for number in structure.case.added.get("limits", ())}
    for limit, scope in structure.scopes.items():
        spans: dict[str, dict[str, tuple[int, ...]]] = defaultdict(dict)
        for window in structure.windows:
            if window.limit == limit and window.member != EVERYBODY:
                spans[window.member][window.label] = window.periods
        row = scope.row
        rest = row.sense == "at_most" and not scope.shared
        for member, some in spans.items():
            names = frozenset(members_in(structure.case, row, member))
            account = replace(scope, member=member, names=names, follows_rest=rest, windows=tuple(some.items()))
            if row.member != "each" or not rest or limit in needed or _can_bind(network, account):
                found[account.key] = replace(account, reached=_reached(structure, account))
        if scope.shared:
            others = replace(scope, member=NOBODY, names=frozenset(spans))
            others = replace(others, reached=_reached(structure, others))
            found |= {others.key: others} if any(own for own, _ in others.reached.values()) else {}
    return found


def scopes_of(structure: Structure) -> dict[str, Account]:
    """What each limit on use counts of everybody, by limit, as an account in which all goods are the member's.

    Parameters
    ----------
    structure : Structure
    """
    spans: dict[str, dict[str, tuple[int, ...]]] = defaultdict(dict)
    rows = {}
    for window in structure.windows:
        if window.row.counts_use:
            spans[window.limit][window.label] = window.periods
            rows[window.limit] = window.row
    found = {}
    for limit, some in spans.items():
        within = followed(structure, rows[limit].scope)
        account = Account(limit, EVERYBODY, rows[limit], None, True, within, tuple(some.items()))
        found[limit] = replace(account, reached=_reached(structure, account))
    return found


def followed(structure: Structure, scope: Scope) -> Inside:
    """Goods that count in a scope, and what of them stands inside others that plants make and somebody uses.

    Parameters
    ----------
    structure : Structure
    scope : Scope
    """
    case, by = structure.case, structure.by
    counted = counted_in(case, scope)
    declared: dict[str, float] = defaultdict(float)
    for row in case.tables.origins:
        if row.material in counted:
            declared[row.offer] += row.tonnes
    sold = [(by.offers[offer].material, tonnes) for offer, tonnes in declared.items()]
    processes = {row.process for row in case.tables.plants}
    recipes = {name: lines for name, lines in by.recipes.items() if by.process_of[name] in processes}
    useful = {name for lines in recipes.values() for name, tonnes in lines.items() if tonnes < 0}
    useful |= {row.material for row in case.tables.stocks} | {material for _, material in by.ratio}
    return inside(counted, scope.stage, recipes, by.materials, sold, useful.__contains__)


def entries(structure: Structure) -> Iterator[Entry]:
    """Opening stock, and what arrives without being bought.

    Parameters
    ----------
    structure : Structure
    """
    calendar, tables = structure.calendar, structure.case.tables
    for row in tables.stocks:
        if row.opening > 0:
            origin = row.origin or structure.country[row.site]
            place = structure.place[row.site, row.material]
            yield Entry(place, row.material, BEFORE, Who("", origin, origin), row.opening)
    for arrival in tables.arrivals:
        period = sum(bound <= arrival.on for bound in calendar.bounds[1:])
        place = structure.place[arrival.site, arrival.material]
        yield Entry(place, arrival.material, period, Who("", arrival.origin, arrival.origin), arrival.tonnes)


def who_is(case: Case, site: str) -> Who:
    """Whose goods those of a site are.

    Parameters
    ----------
    case : Case
    site : str
    """
    row = case.by.sites[site]
    return Who(row.site, row.country, row.owner)


def _reached(structure: Structure, account: Account) -> Mapping[tuple[str, str], tuple[bool, bool]]:
    """Where goods of either kind can be: from where they are bought, made or held on along lanes."""
    s, counted = structure, account.inside.counted
    found: dict[tuple[str, str], set[bool]] = defaultdict(set)
    sold = [s.by.offers[key.offer] for key in s.index["offers"]]
    sold += [s.by.offer_of[key.contract] for key in s.index["contracts"]]
    for row in sold:
        if row.material in counted:
            found[s.place[row.site, row.material], row.material].add(account.follows(who_is(s.case, row.site)))
    for run in s.index["runs"]:
        for material, tonnes in s.by.recipes[run.recipe].items():
            if tonnes > 0 and material in counted:
                found[s.place[run.site, material], material].add(account.follows(who_is(s.case, run.site)))
    for some in entries(s):
        if some.material in counted:
            found[some.place, some.material].add(account.follows(some.who))
    lanes = {lane[:3] for lane in s.index["lanes"] if lane.material in counted}
    while more := {
        (destination, material, kind)
        for origin, destination, material in lanes
        for kind in found[origin, material] - found[destination, material]
    }:
        for destination, material, kind in more:
            found[destination, material].add(kind)
    return {key: (True in kinds, False in kinds) for key, kinds in sorted(found.items()) if kinds}


def _can_bind(network: Network, account: Account) -> bool:
    """Whether a member could reach a limit from above in some window: with all that is left to the buyer, and stock.

    In stock is no more of it when the window begins than fits, and came in the days of stock before.
    """
    if account.at_once:
        return True
    s, within = network.structure, account.inside
    bounds = dict(zip(s.index["limit_windows"], network.value("limit_value").tolist(), strict=True))
    given, quantity = _given(network, account), network.value("quantity")
    room = sum(within.of(row.material) * row.capacity for row in s.case.tables.stocks)
    for label, periods in account.windows:
        some = list(periods)
        least = bounds[LimitWindow(*account.key, label)]
        if account.row.measure == "share":
            wanted = zip(s.index["demands"], quantity[:, some].sum(axis=1).tolist(), strict=True)
            least *= sum(within.of(key.product) * tonnes for key, tonnes in wanted)
        came = given[account.recent(some[0] - 1, s.calendar.offsets)].sum()
        came += sum(within.of(e.material) * e.tonnes for e in entries(s) if account.is_members(e.who))
        if given[some].sum() + min(room, came) >= least:
            return True
    return False


def _given(network: Network, account: Account) -> Floats:
    """Tonnes that a member could give the buyer in each period, shape (T,)."""
    s, by, within = network.structure, network.structure.by, account.inside
    years, total = s.calendar.years, np.zeros(len(s.periods))

    def is_members(site: str) -> bool:
        return account.is_members(who_is(s.case, site))

    for key, tonnes in zip(s.index["plants"], network.value("capacity"), strict=True):
        most = max(
            (sum(t for i, t in by.recipes[recipe].items() if t > 0 and i in within.counted))
            for recipe in by.recipes_of[key.process]
        )
        if most and is_members(key.site):
            added = [row.capacity for row in by.projects.values() if (row.site, row.process) == key]
            total += most * (tonnes + sum(added) * years)
    declared: dict[str, float] = defaultdict(float)
    for origin in s.case.tables.origins:
        if origin.material in within.counted and account.is_members(Who("", origin.country, origin.country)):
            declared[origin.offer] += origin.tonnes
    part = {
        name: 1.0 if row.material in within.counted and is_members(row.site) else declared[name]
        for name, row in by.offers.items()
    }
    for (offer,), tonnes in zip(s.index["offers"], network.value("offered"), strict=True):
        total += part[offer] * tonnes
    for (contract,) in s.index["contracts"]:
        total += part[by.contracts[contract].offer] * by.contracts[contract].max_volume * years
    return total
