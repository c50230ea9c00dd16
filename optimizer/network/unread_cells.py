"""Cells of rows that reach the programme which nothing reads, as the case stands.

They are counted, not found fault with: a table may say more of a thing than the rules of one case ask.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.case.kinds import EARLIEST
from optimizer.case.tables import TABLES
from optimizer.case.topics.limits import Limit
from optimizer.case.topics.prices import bounds_of
from optimizer.network.exposure import counts
from optimizer.network.network import Network
from optimizer.network.sets import GoodsPlace
from optimizer.network.unread_approvals import cover_nothing, hold_nobody, never_hold, same_terms
from optimizer.network.unread_contracts import never_so_low, no_upside, nothing_ahead, settled_at_once
from optimizer.network.unread_grants import grant_nothing, take_no_time
from optimizer.network.unread_licences import (
    by_inputs,
    by_own_elements,
    holders,
    never_held,
    never_in_force,
    no_new_trade,
    no_trade,
    no_trade_stated,
    no_wait,
    none_licensed,
    none_made_up_for,
    none_more_at_once,
    not_asked,
    stop_nothing,
    technology,
    uses_no_technology,
    whatever,
)
from optimizer.network.used_rows import rows_in_use
from optimizer.network.windows import row_on, spans
from optimizer.world.prices import FIXED

Rows = Iterator[int]


@dataclass(frozen=True)
class UnreadCells:
    """Columns that nothing reads in some rows of a table.

    Parameters
    ----------
    table : str
    columns : tuple of str
    rows : frozenset of int
        Those in which nothing does, by their number.
    of : int
        Rows that say something in it.
    why : str
    """

    table: str
    columns: tuple[str, ...]
    rows: frozenset[int]
    of: int
    why: str

    @property
    def text(self) -> str:
        """All in one line."""
        named = ", ".join(self.columns)
        return f"{self.table}: nothing reads {named} in {len(self.rows)} of {self.of} rows, as {self.why}."


def unread_cells(network: Network) -> list[UnreadCells]:
    """Columns that nothing reads in some of the rows that reach the programme.

    Parameters
    ----------
    network : Network
        The case as its rules in force stand.
    """
    found = []
    for (table, columns), (find, why) in UNREAD.items():
        rows = network.case.tables.rows(table)
        unread = frozenset(find(network)) & rows_in_use(network.structure, table) if rows else frozenset()
        named = tuple(columns.split())
        usual = {
            name: some.default for name, some in TABLES[table].model_fields.items() if (some.alias or name) in named
        }
        said = {n for n, row in enumerate(rows) if any(getattr(row, name) != cell for name, cell in usual.items())}
        if unread & said:
            found.append(UnreadCells(table, named, frozenset(unread & said), len(said), why))
    return found


def _nowhere(network: Network) -> Rows:
    """Materials that no plan can have anywhere: what is made of them is left over at once."""
    there = {key.material for key in network.index["balances"]} | {key.product for key in network.index["demands"]}
    return (number for number, row in enumerate(network.case.tables.materials) if row.material not in there)


def _stays(network: Network) -> Rows:
    """Offers of goods that leave for nowhere: what is bought is used, or sold on, where it is."""
    leave, place = {(lane.origin, lane.material) for lane in network.index["lanes"]}, network.structure.place
    for number, row in enumerate(network.case.tables.offers):
        if (place[row.site, row.material], row.material) not in leave:
            yield number


def _declared(network: Network) -> Rows:
    """Declared origins that no limit looks through to, and no content rule that does not count all they are in."""
    tables, by, exposures = network.case.tables, network.case.by, network.structure.exposures
    scopes = [row.scope for row in tables.limits if row.by != "supplier" and row.measure != "spend"]
    for number, row in enumerate(tables.origins):
        stage = by.materials[row.material].stage
        measured = any(some.stage == stage and row.material in (some.materials or (row.material,)) for some in scopes)
        offer = by.offers[row.offer]
        anyway = exposures.made_in(by.sites[offer.site].country, by.materials[offer.material])
        counted = any(
            row.country in rule.origin and counts(rule, by.materials[row.material])
            for name, rule in exposures.rules.items()
            if name not in anyway
        )
        if not measured and not counted:
            yield number


def _every(table: str) -> Callable[[Network], Rows]:
    """All rows, of what no plan in parts reads."""
    return lambda network: iter(range(len(network.case.tables.rows(table))))


def _held(table: str) -> Callable[[Network], Rows]:
    """Opening stock or arrivals that no limit on use counts, nor a content rule otherwise than what is made there."""

    def find(network: Network) -> Rows:
        rows: tuple[Any, ...] = network.case.tables.rows(table)
        by, made_in = network.case.by, network.structure.exposures.made_in
        scopes = [account for account in network.structure.scopes.values() if account.row.by != "supplier"]
        for number, row in enumerate(rows):
            if any(account.inside.of(row.material) for account in scopes):
                continue
            material, there = by.materials[row.material], by.country[row.site]
            if row.origin is None or made_in(row.origin, material) == made_in(there, material):
                yield number

    return find


def _under_way(network: Network) -> Rows:
    """Projects that are done without any further decision."""
    return (number for number, row in enumerate(network.case.tables.projects) if row.unread("cost"))


def _no_later_window(network: Network) -> Rows:
    """Limits of which no window begins on or after the day from which they do not bind."""
    calendar, rows = network.calendar, network.case.tables.limits
    steps: dict[str, list[tuple[int, Limit]]] = defaultdict(list)
    for number, row in enumerate(rows):
        steps[row.limit].append((number, row.model_copy(update={"until": None})))
    for number, row in enumerate(rows):
        days = [calendar.bounds[periods[0]] for _, periods in spans(network.case, row.window)]
        ended = [row_on(steps[row.limit], day) for day in days if row.until is not None and day >= row.until]
        if number not in {found[0] for found in ended if found is not None}:
            yield number


def _grown(network: Network) -> Rows:
    """Substitutions whose share has grown before the case begins: without a first day, or days after one long past."""
    calendar, shares = network.calendar, network.timelines.series("substitutions", "max_share")
    for number, row in enumerate(network.case.tables.substitutions):
        there = shares[number] > 0
        grown = row.from_ is None or calendar.start - row.from_ > dt.timedelta(days=row.ramp_days)
        if grown and (there.all() or not there.any()):
            yield number


def _paid_at_once(table: str) -> Callable[[Network], Rows]:
    """All rows of a table, where nothing is discounted."""

    def find(network: Network) -> Rows:
        discounted = network.case.file.discount_rate > 0
        return iter(() if discounted else range(len(network.case.tables.rows(table))))

    return find


def _spends(network: Network) -> Rows:
    """Limits on money."""
    return (number for number, row in enumerate(network.case.tables.limits) if row.measure == "spend")


def _no_stock_before(network: Network) -> Rows:
    """Limits that count nothing that is in stock when a window begins."""
    structure = network.structure
    kept = {(structure.place[key.site, key.material], key.material) for key in network.index["stock_sites"]}
    begins, found = defaultdict[str, set[int]](set), defaultdict[str, bool](bool)
    for window in structure.windows:
        begins[window.limit].add(window.periods[0])
    for key, account in structure.accounts.items():
        stocked = account.has_chain or any(account.mixed(*spot) and spot in kept for spot in account.reached)
        found[key.limit] |= bool(account.edges) and stocked
    for number, row in enumerate(network.case.tables.limits):
        later = row.counts_use and row.measure != "hhi" and begins[row.limit] - {0}
        if not later or (row.member != "each" and not found[row.limit]):
            yield number


def _any_day(network: Network) -> Rows:
    """Arrivals in a case of one period of which no demand waits for what comes by the day."""
    structure = network.structure
    waited = {place for waits in structure.awaited.values() for place in waits.places}
    for number, row in enumerate(network.case.tables.arrivals):
        there = GoodsPlace(structure.place[row.site, row.material], row.material)
        if len(network.periods) == 1 and there not in waited:
            yield number


def _bound(which: str) -> Callable[[Network], Rows]:
    """Formulas whose lowest or highest price is reached on no day by any price that goes by them."""

    def find(network: Network) -> Rows:
        reached = {formula for formula, *at in _at_bounds(network) if at[which == "cap"]}
        return (n for n, row in enumerate(network.case.tables.price_formulas) if row.formula not in reached)

    return find


def _at_bounds(network: Network) -> Iterator[tuple[str, bool, bool]]:
    """For each price in use that goes by a formula, its name, and whether it is beyond its floor or cap on some day."""
    indexed, tables = network.timelines.indexed(), network.case.tables
    priced: list[tuple[str | None, float, str]] = []
    for table, column in FIXED.items():
        rows: tuple[Any, ...] = tables.rows(table)
        some = [rows[number] for number in rows_in_use(network.structure, table)]
        priced += [(row.formula, getattr(row, column) or 0.0, row.currency) for row in some]
    priced += [(tables.duties[number].base, 0.0, "USD") for number in rows_in_use(network.structure, "duties")]
    for formula, fixed, currency in priced:
        if formula:
            worth, (floor, cap) = indexed.worth(currency), bounds_of(indexed.terms[formula])
            price = fixed * worth + indexed.by_formula(formula)
            low, high = (worth * (-np.inf if floor is None else floor)), (worth * (np.inf if cap is None else cap))
            yield formula, bool((price < low).any()), bool((price > high).any())


def _never_kept(network: Network) -> Rows:
    """Deliveries of today's plan where no day keeps it."""
    if network.case.file.frozen_until is None:
        yield from range(len(network.case.tables.today))


def _begun_later(network: Network) -> Rows:
    """Deliveries of today's plan of which none leaves before the day until which it is kept, where there is one."""
    until = network.case.file.frozen_until
    for number, row in enumerate(network.case.tables.today):
        if until is not None and row.from_ is not None and row.from_ >= until:
            yield number


def _not_ordered(network: Network) -> Rows:
    """Deliveries of today's plan that nothing keeps."""
    yield from _never_kept(network)
    yield from _begun_later(network)


UNREAD: dict[tuple[str, str], tuple[Callable[[Network], Rows], str]] = {
    ("sites", "parent parent_share"): (
        holders,
        "no approval that reaches them, or whom they hold, counts who holds them",
    ),
    ("materials", "hub"): (_nowhere, "nobody uses, sells or keeps them anywhere"),
    ("plants", "technology_origin"): (technology, "no control reaches what is made or added with that technology"),
    ("origins", "offer material country tonnes"): (
        _declared,
        "no limit counts them, and no content rule does that leaves free what they are in",
    ),
    ("stocks", "origin"): (_held("stocks"), "no limit counts it, and to content rules it is as if made there"),
    ("arrivals", "origin"): (_held("arrivals"), "no limit counts it, and to content rules it is as if made there"),
    ("contracts", "upside upside_from"): (
        no_upside,
        "their price is fixed, or that of the market never above",
    ),
    ("offers", "incoterm"): (_stays, "what they sell is not shipped anywhere"),
    ("contracts", "floor"): (
        never_so_low,
        "the price of their goods never falls so low (an event may change that)",
    ),
    ("substitutions", "ramp_days"): (_grown, "their share has grown when the case begins (an event may change that)"),
    ("contracts", "min_volume"): (_every("contracts"), "only `lodestar whole` does"),
    ("today", "from until tonnes"): (_never_kept, "only `lodestar today` does where no `frozen_until` keeps them"),
    ("today", "tonnes"): (_begun_later, "they begin once `frozen_until` keeps nothing any more"),
    ("today", "penalty"): (_not_ordered, "no `frozen_until` keeps them"),
    ("contracts", "settled"): (settled_at_once, "each year of theirs holds one period"),
    ("contracts", "prepaid_lost"): (nothing_ahead, "nothing that was paid for under them comes later"),
    **{
        (table, "payment_days"): (_paid_at_once(table), "the case discounts nothing")
        for table in ("plants", "offers", "contracts")
    },
    ("arrivals", "on"): (_any_day, "the case has one period, in which they come on any day"),
    ("price_formulas", "floor"): (_bound("floor"), "no price by them ever falls so low (an event may change that)"),
    ("price_formulas", "cap"): (_bound("cap"), "no price by them ever rises so high (an event may change that)"),
    ("limits", "basis"): (_spends, "spend always counts what is paid"),
    ("limits", "stock_days"): (_no_stock_before, "they count no stock that stands when a window begins"),
    ("projects", "cost lead life from"): (_under_way, "they are under way and done of themselves"),
    ("limits", "until"): (_no_later_window, "no window of theirs begins on or after that day"),
    ("controls", "stages"): (by_inputs, "what counts is said by their inputs"),
    ("controls", "elements"): (by_own_elements, "each of their inputs says its own"),
    ("controls", "technology"): (
        uses_no_technology,
        "no plant uses such technology, or what they count is made by none that does and lies elsewhere",
    ),
    ("controls", "approval quota"): (
        not_asked,
        "they are in force on no day or hold back nothing (an event may change that)",
    ),
    ("controls", "effective"): (
        whatever(effective=EARLIEST),
        "they are suspended or have ended on every day, or hold back nothing",
    ),
    ("controls", "expires"): (
        whatever(expires=None),
        "they are in force on no day without that either, or hold back nothing",
    ),
    ("controls", "suspended_from suspended_until"): (
        whatever(suspended_from=None, suspended_until=None),
        "they are in force on no day without that either, or hold back nothing",
    ),
    ("controls", "processing_days"): (no_wait, "nobody waits then (an event may change that)"),
    ("controls", "headroom"): (
        no_trade,
        "they license no share of trade, or rows of `trade` say how much of it (an event may change that)",
    ),
    ("controls", "new_business"): (
        no_new_trade,
        "they license nothing, or only what there is trade of (an event may change that)",
    ),
    ("controls", "running_days"): (
        stop_nothing,
        "they are in force on no day, or approve all parts (an event may change that)",
    ),
    ("controls", "validity_days"): (none_licensed, "they license nothing (an event may change that)"),
    ("controls", "application_cost"): (never_in_force, "they are in force on no day (an event may change that)"),
    ("controls", "multiple"): (none_made_up_for, "nothing that waits is made up for (an event may change that)"),
    ("controls", "waits"): (none_more_at_once, "nothing that waits is made up for, or `multiple` is 1"),
    ("trade", "tonnes basis share headroom"): (
        no_trade_stated,
        "their control licenses no share of it (an event may change that)",
    ),
    ("grants", "days"): (
        take_no_time,
        "the horizon begins after they are granted, or they grant nothing in it (an event may change that)",
    ),
    ("grants", "share"): (
        grant_nothing,
        "they grant nothing on any day: nothing is licensed, or other steps hold (an event may change that)",
    ),
    ("holds", "days lasts"): (
        never_held,
        "they hold on no day (an event may change that)",
    ),
    ("approvals", "affiliates"): (hold_nobody, "whom they name holds no company"),
    ("approvals", "share"): (
        same_terms("share", 0.0, 1.0),
        "they cover nothing while they hold and their control is in force (an event may change that)",
    ),
    ("approvals", "covers"): (
        same_terms("covers", 0.0, 1.0),
        "their control is in force on no day on which they hold, or others hold instead (an event may change that)",
    ),
    ("approvals", "quantity"): (
        never_hold,
        "their control is in force on no day on which they hold (an event may change that)",
    ),
    ("approvals", "from until"): (
        cover_nothing,
        "they cover nothing on any day on which their control is in force (an event may change that)",
    ),
    ("approvals", "processing_days"): (
        same_terms("processing_days", 0.0),
        "nobody waits then (an event may change that)",
    ),
}
"""Columns, with what finds the rows in which nothing reads them, and why."""
