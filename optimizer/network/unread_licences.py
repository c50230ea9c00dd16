"""Cells of controls and approvals, and of what they are of, that nothing reads as the case stands."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.case.calendar import PREROLL
from optimizer.case.control_kinds import BORDER
from optimizer.case.topics.supply import Plant
from optimizer.network.exposure import counts, in_scope, technology_used
from optimizer.network.layout import handed_on
from optimizer.network.licensed import EXACT, Days, Licensed
from optimizer.network.network import Network
from optimizer.network.reference import Reference, years_of
from optimizer.world.controls import caught_up, technology_reach, through
from optimizer.world.holding import days_held

Rows = Iterator[int]


def holders(network: Network) -> Rows:
    """Sites whose holder no approval could reach that has a say in what is shipped to a company that it holds.

    It also has one in what is sent on from stock, which goes only to whom approvals treat alike.
    """
    tables, structure = network.case.tables, network.structure
    receivers: dict[str, set[str]] = defaultdict(set)
    for control, lanes in structure.governs.items():
        receivers[control] |= {lane.destination for lane in lanes}
    handing = {site for pair in handed_on(network.case) for site in pair}
    read: set[int] = set()
    held = {n: (row.parent, row.company) for n, row in enumerate(tables.sites) if row.parent_share > 0}
    for approval in tables.approvals:
        if approval.affiliates is None:
            continue
        counted = _linked({approval.customer}, held.values())
        reached = {row.company for row in tables.sites if row.site in receivers[approval.control] | handing}
        reached = _linked(reached, ((company, parent) for parent, company in held.values()))
        read |= {n for n, (parent, company) in held.items() if parent in counted and company in reached}
    return (number for number in range(len(tables.sites)) if number not in read)


def _linked(some: set[str], links: Iterable[tuple[str, str]]) -> set[str]:
    """Some names, and those that links lead to from them."""
    found, pairs = set(some), set(links)
    while more := {to for one, to in pairs if one in found} - found:
        found |= more
    return found


def technology(network: Network) -> Rows:
    """Plants whose technology no control reaches: none that holds back capacity, and no rule that counts it."""
    tables, by = network.case.tables, network.case.by
    reached = {plant for plants in technology_reach(network.case).values() for plant in plants}
    rules = [row for row in network.structure.exposures.rules.values() if row.technology]
    for number, row in enumerate(tables.plants):
        lines = [line for line in tables.recipes if line.process == row.process and line.tonnes > 0]
        made, country = [by.materials[line.material] for line in lines], by.sites[row.site].country
        counted = any(
            row.technology_origin in rule.origin and _by_technology(rule, some, country)
            for rule in rules
            for some in made
        )
        if number not in reached and not counted:
            yield number


def _by_technology(rule: Any, material: Any, country: str) -> bool:
    """Whether a rule counts a material by the technology that it is made with, and not by where it is made."""
    return in_scope(rule, material) and not (country in rule.origin and counts(rule, material))


def uses_no_technology(network: Network) -> Rows:
    """Rules that count nothing by a technology: no plant uses it, or they count what these make anyway."""
    by, used = network.case.by, technology_used(network.case)
    makes = {
        (run.site, material)
        for run in network.index["runs"]
        for material, tonnes in by.recipes[run.recipe].items()
        if tonnes > 0
    }
    for number, row in enumerate(network.case.tables.controls):
        if not any(
            not technology.isdisjoint(row.origin)
            and _by_technology(row, by.materials[material], by.sites[site].country)
            for (site, material), technology in used.items()
            if (site, material) in makes
        ):
            yield number


def by_inputs(network: Network) -> Rows:
    """End-use controls that say by their inputs what counts, and count no technology."""
    idle = set(uses_no_technology(network))
    for number, row in enumerate(network.case.tables.controls):
        if row.kind == "end_use" and row.inputs and (not row.technology or number in idle):
            yield number


def by_own_elements(network: Network) -> Rows:
    """Of these, and of content controls without a quota, those whose every input says which elements count."""
    idle = set(uses_no_technology(network))
    for number, row in enumerate(network.case.tables.controls):
        counts_inputs = row.kind == "end_use" or (row.kind == "content" and row.quota is None)
        listed = row.inputs and all(len(words.split()) > 1 for words in row.inputs)
        if counts_inputs and listed and (not row.technology or number in idle):
            yield number


def never_in_force(network: Network) -> Rows:
    """Controls that are in force on no day of the horizon."""
    force = network.timelines.series("controls", "in_force")[:, int(network.calendar.offsets[0]) :]
    return (number for number, days in enumerate(force) if not days.any())


def hold_back_nothing(network: Network) -> Rows:
    """Technology controls that reach no step of a plant on the days of a case, no project, and no line that runs."""
    tables, calendar, structure = network.case.tables, network.calendar, network.structure
    known = calendar.start - dt.timedelta(days=PREROLL)  # what stood by then is a fact
    expanding = {number for controls in structure.held_back_by.values() for number in controls}
    for number, plants in technology_reach(network.case).items():
        added = (tables.plants[plant].from_ > known and _adds(tables.plants[plant], tables.plants) for plant in plants)
        if not any(added) and number not in expanding and tables.controls[number].running_days is None:
            yield number


def _adds(step: Plant, rows: Iterable[Plant]) -> bool:
    """Whether a step of a plant brings more capacity than the one before it."""
    before = [row for row in rows if (row.site, row.process) == (step.site, step.process) and row.from_ < step.from_]
    return not before or step.capacity > max(before, key=lambda row: row.from_).capacity


def stop_nothing(network: Network) -> Rows:
    """Controls that are in force on no day of the horizon on which they approve less than all."""
    force, approval = (network.timelines.series("controls", name) for name in ("in_force", "approval"))
    stops = ((force > 0.5) & (approval < 1))[:, int(network.calendar.offsets[0]) :]
    return (number for number, days in enumerate(stops) if not days.any())


def not_asked(network: Network) -> Rows:
    """Controls in force on no day of the horizon, and those that hold back nothing."""
    return iter({*never_in_force(network), *hold_back_nothing(network)})


@dataclass(frozen=True)
class Traded:
    """What is read of each licence on some day of the horizon, shape (licences,) each.

    Parameters
    ----------
    counted, given : array of bool
        What is normally shipped counts; some of it, or of new business, is licensed.
    headroom, new : array of bool
        What the control says of how much of that may be licensed counts; what it says of new business does.
    """

    counted: Days
    given: Days
    headroom: Days
    new: Days


def _traded(network: Network) -> Traded:
    """What is read of each licence."""
    return network.shared("days of trade", _days_of_trade)


def _days_of_trade(network: Network) -> Traded:
    """See `Traded`.

    What is normally shipped counts where a share of it passes, and on free days of a period that has others; to
    applicants that approvals reach, where these license a share of it or hold them to less. New business is licensed
    to all only, and of goods of which nothing is normally shipped.
    """
    licences, some = network.index["licences"], network.structure.licensing.applicants
    years = int(years_of(network.calendar).max()) + 1
    terms = Licensed(network, Reference(np.zeros((len(licences), years)), np.zeros((len(some), years))))
    first, lengths = int(network.calendar.offsets[0]), np.diff(network.calendar.offsets)
    approved = network.timelines.series("controls", "approval")[terms.control] > 0
    waits = np.array([network.case.tables.controls[row].waits == "at_exporter" for row in terms.control], bool)
    given = ~terms.free & np.where(waits[:, None], approved, terms.passing > 0)
    counts = given.copy()
    counts[:, first:] |= terms.free[:, first:] & np.repeat(~terms.wholly_free, lengths, axis=1)
    new = counts & (terms.normal <= 0)
    for number, whole in enumerate(terms.whole):
        to_some = terms.terms[0, number] * terms.terms[1, number] > 0
        given[whole] |= to_some
        counts[whole] |= to_some | terms.listed[number]
    stated, trade = network.structure.licensing.stated, network.case.tables.trade
    ours = np.array([key not in stated or trade[stated[key]].headroom is None for key in licences], bool)
    planned = np.array([key not in stated for key in licences], bool)  # of these the plan says what is shipped
    usual = counts & ours[:, None] & (planned[:, None] | (terms.normal > 0))
    return Traded(*(np.asarray(days[:, first:].any(axis=1)) for days in (counts, given, usual, new)))


def _rows_of(network: Network, some: Days) -> tuple[set[int], set[int]]:
    """Rows of controls of which some licence is meant, and rows of `trade` that state its reference."""
    stated, number = network.structure.licensing.stated, network.case.by.control_numbers
    keys = [key for key, meant in zip(network.index["licences"], some, strict=True) if meant]
    return {number[key.control] for key in keys}, {stated[key] for key in keys if key in stated}


def no_trade(network: Network) -> Rows:
    """Controls that say of no day how much may be licensed of what is normally shipped."""
    return _border_but(network, _traded(network).headroom)


def no_new_trade(network: Network) -> Rows:
    """Controls under which no new business is licensed on any day."""
    return _border_but(network, _traded(network).new)


def _border_but(network: Network, some: Days) -> Rows:
    """Controls at a border that none of some licences is of."""
    meant, _ = _rows_of(network, some)
    return (n for n, row in enumerate(network.case.tables.controls) if row.kind in BORDER and n not in meant)


def no_trade_stated(network: Network) -> Rows:
    """Rows of `trade` of such licences."""
    _, counted = _rows_of(network, _traded(network).counted)
    return (number for number in range(len(network.case.tables.trade)) if number not in counted)


def none_licensed(network: Network) -> Rows:
    """Controls under which nothing is licensed on any day, so that nothing is kept for later."""
    return _border_but(network, _traded(network).given)


def none_made_up_for(network: Network) -> Rows:
    """Export controls of which as much is decided on every day however much more than usual may be."""
    calendar, licensing, number = network.calendar, network.structure.licensing, network.case.by.control_numbers
    first, made_up_for = int(calendar.offsets[0]), set[int]()
    force = np.asarray(network.timelines.series("controls", "in_force") > 0.5)
    approval = network.timelines.series("controls", "approval")
    for control, country in sorted(
        {(key.control, licensing.country.get(key, "")) for key in network.index["licences"]}
    ):
        row, usual = number[control], np.ones(calendar.days)
        if network.case.tables.controls[row].kind == "export":
            share = network.timelines.decided_to(country)[row]
            decided = [caught_up(force[row], usual, most * share, first) for most in (1.0, MOST_AT_ONCE)]
            if np.any(((decided[1] - decided[0]) * approval[row])[first:] > EXACT):
                made_up_for.add(row)
    return (n for n, row in enumerate(network.case.tables.controls) if row.kind == "export" and n not in made_up_for)


def none_more_at_once(network: Network) -> Rows:
    """Those controls, and others under which no more than usual may be decided on a day, so that nothing is made up."""
    none = set(none_made_up_for(network))
    rows = network.case.tables.controls
    return (n for n, row in enumerate(rows) if n in none or (row.kind == "export" and row.multiple == 1))


MOST_AT_ONCE = 10.0
"""Most that may be decided on a day, over what is usual."""


def never_held(network: Network) -> Rows:
    """Holds that are over, or whose control is out of force, on every day of the horizon."""
    inside = slice(*network.calendar.offsets[[0, -1]].tolist())
    for number in range(len(network.case.tables.holds)):
        if not days_held(network.timelines, number)[inside].any():
            yield number


def _late_for_backlog(network: Network) -> Iterator[int]:
    """Controls of which less or more than usual is decided on some day of the horizon, as goods wait or have waited."""
    calendar, first = network.calendar, int(network.calendar.offsets[0])
    force = np.asarray(network.timelines.series("controls", "in_force") > 0.5)
    share, usual = network.timelines.decided_to(""), np.ones(calendar.days)
    for number, row in enumerate(network.case.tables.controls):
        if row.waits == "at_exporter":
            decided = caught_up(force[number], usual, row.multiple * share[number], first)
            if np.any(np.abs(decided - force[number])[first:] > EXACT):
                yield number


def no_wait(network: Network) -> Rows:
    """Controls that nobody waits for in the horizon: as much passes on every day as without any wait."""
    first, timelines = int(network.calendar.offsets[0]), network.timelines
    on, share, wait = (timelines.series("controls", name) for name in ("in_force", "approval", "processing_days"))
    differs = through(on > 0.5, share, wait) != through(on > 0.5, share, np.zeros_like(wait))
    late = np.asarray(differs)[:, first:]
    asked = set(_late_for_backlog(network))
    held_back = {
        n for n, row in enumerate(network.case.tables.controls) if row.kind == "technology" and on[n, first:].any()
    }
    asked |= held_back - set(hold_back_nothing(network))
    return (number for number, days in enumerate(late) if not days.any() and number not in asked)


def whatever(**dates: Any) -> Callable[[Network], Rows]:
    """Controls that would be in force on no day of the horizon also with other dates, and that hold back nothing."""

    def find(network: Network) -> Rows:
        yield from hold_back_nothing(network)
        calendar = network.calendar
        for number, row in enumerate(network.case.tables.controls):
            other = row.model_copy(update=dates)
            begins = {calendar.start, other.effective, other.suspended_until or calendar.start}
            if not any(calendar.start <= day < calendar.end and other.applies_on(day) for day in begins):
                yield number

    return find
