"""What licences let through, and how much of it is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from optimizer.network.licensed import Licensed
from optimizer.network.network import Floats
from optimizer.network.reference import Reference as Shares
from optimizer.network.reference import first_year, years_of
from optimizer.network.sets import Key, Licence
from optimizer.network.structure import Structure
from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.schema import KIND, PERIOD, YEAR, Column, Columns, number, word


class Licences(Columns):
    """Columns of `licences`."""

    kind = KIND
    control = word("control")
    origin = word("country that the goods leave")
    destination = word("country that they go to, or the customer")
    group = word("stage of the goods; all exporters count together")
    applicants = word("approvals that reach those it is for; empty: what is licensed to all", empty=True)
    period = PERIOD
    basis = word("where the reference comes from: `trade`, the table, or `plan`, the one with licences lifted")
    headroom = number("share", "what may be licensed of the reference at an approval of 1, mean over the period")
    reference_t = number("t", "what is normally shipped, of which the licence is a share; of applicants their part")
    planned_t = number("t", "what the base plan ships there in the period, where the control restricts nothing in it")
    licensed_t = number("t", "what is licensed in the period")
    carried_t = number("t", "unused licences when it begins")
    used_t = number("t", "what is shipped under it")
    left_t = number("t", "unused licences when it ends")


def licences(outcome: Outcome) -> pd.DataFrame:
    """What each licence that restricts lets through, to all or to some applicants, and how much of it is used."""
    return Licences.of(() if outcome.network.reference is None else _licences(outcome, outcome.network.reference))


def _licences(outcome: Outcome, reference: Shares) -> Iterator[dict[Column, Any]]:
    """Rows of what is licensed to all, then of what approvals license."""
    structure, world = outcome.frame.structure, outcome.network
    of, some = structure.licensing, Licensed(world, reference)
    shipped, approved = (_by_period(outcome, name) for name in ("ship", "approved"))
    lane = {key: number for number, key in enumerate(structure.index["lanes"])}
    used = np.array([shipped[[lane[key] for key in lanes]].sum(axis=0) for lanes in of.lanes.values()])
    np.subtract.at(used, some.whole, approved)
    bounds, lately = world.value("licensed"), world.value("licensed_lately")
    to_all = zip(world.calendar.total(some.normal), bounds, used, _left(bounds, lately, used), strict=True)
    part = world.calendar.total(some.part * some.normal[some.whole])
    bounds, lately = world.value("licensed_to"), world.value("licensed_lately_to")
    to_some = zip(part, bounds, approved, _left(bounds, lately, approved), strict=True)
    headroom, nothing = world.calendar.mean(some.headroom), np.zeros(len(world.periods))
    planned = reference.planned if reference.planned is not None else np.zeros_like(headroom)
    listed = np.isfinite(world.value("left_to"))
    for key, room, ships, numbers in zip(of.lanes, headroom, planned, to_all, strict=True):
        yield from _rows(structure, (*key, ""), room, (ships, *numbers), np.isfinite(numbers[1]))
    for named, whole, held, numbers in zip(of.applicants, some.whole, listed, to_some, strict=True):
        holds = held | (numbers[1] > 0) | (numbers[2] > 0) | (numbers[3] > 0)
        yield from _rows(structure, named, headroom[whole], (nothing, *numbers), holds)


def _left(licensed: Floats, lately: Floats, used: Floats) -> Floats:
    """Unused licences when periods end, shape (n, T): all that a plan leaves, as far as they are valid."""
    found = np.zeros_like(used)
    for period in range(used.shape[1]):
        before = found[:, period - 1] if period else 0.0
        rest = before + licensed[:, period] - used[:, period]
        found[:, period] = np.clip(rest, 0.0, lately[:, period])
    return found


def _rows(structure: Structure, key: Key, headroom: Floats, numbers: tuple[Floats, ...], holds: Any) -> Iterator[Any]:
    """Rows of one licence: its reference, what is licensed, used and left of it, in the periods in which it holds."""
    planned, reference, bounds, used, left = numbers
    kind = structure.by.controls[key[0]].kind
    basis = "trade" if Licence(*key[:4]) in structure.licensing.stated else "plan"
    for period in np.flatnonzero(holds):
        carried = max(0.0, left[period - 1]) if period else 0.0
        said = (kind, *key, int(period), basis, headroom[period], reference[period], planned[period], bounds[period])
        rest = carried, max(0.0, used[period]), max(0.0, left[period])
        yield dict(zip(Licences.columns(), (*said, *rest), strict=True))


class Reference(Columns):
    """Columns of `reference`."""

    control = Licences.control
    origin = Licences.origin
    destination = Licences.destination
    group = Licences.group
    applicants = Licences.applicants
    basis = Licences.basis
    year = YEAR
    normal_t_per_year = number(
        "t/year", "what is normally shipped; of a year that the horizon holds in part, at that rate"
    )


def reference(outcome: Outcome) -> pd.DataFrame:
    """What licences are a share of, by calendar year; that of the plan is the base plan's in every scenario."""
    it, structure, world = Reference, outcome.frame.structure, outcome.network
    if world.reference is None:
        return it.of(())
    of, some, calendar = structure.licensing, Licensed(world, world.reference), world.calendar
    inside = np.arange(calendar.days) >= calendar.offsets[0]
    year = years_of(calendar)
    daily = [(Licence(*key), "", rates) for key, rates in zip(of.lanes, some.normal, strict=True)]
    parts = zip(of.applicants, some.part * some.normal[some.whole], strict=True)
    rows: list[dict[Column, Any]] = []
    for key, applicants, rates in [*daily, *((of.whole(key), key.applicants, rates) for key, rates in parts)]:
        basis = "trade" if key in of.stated else "plan"
        for since in np.unique(year[inside]):
            days = inside & (year == since)
            rate = float(np.average(rates[days], weights=calendar.year_weights[days]))
            if rate > TOLERANCE:
                said = (*key, applicants, basis, str(first_year(calendar) + since), rate)
                rows.append(dict(zip(it.columns(), said, strict=True)))
    return it.of(rows)


def _by_period(outcome: Outcome, variable: str) -> Floats:
    """Values of a variable, shape (keys, T)."""
    return outcome.frame.column(variable, outcome.answer.x).reshape(-1, len(outcome.network.periods))


class Quotas(Columns):
    """Columns of `quotas`."""

    control = word("control")
    exporter = word("place, or the country whose exporters share the quota")
    group = word("licence group; empty: all that leaves the country under the control", empty=True)
    period = PERIOD
    quota_t = number("t", "what the quota lets through")
    used_t = number("t", "how much of it is used")


def quotas(outcome: Outcome) -> pd.DataFrame:
    """What each quota in force lets through, and how much of it is used; every tonne counts."""
    it, structure, x = Quotas, outcome.frame.structure, outcome.answer.x
    place_of, rows = outcome.frame.place_of, []
    for name in ("quota_each", "quota_together"):
        for (control, exporter, *group, period), most in outcome.values_by_key(name).items():
            if np.isfinite(most):
                lanes = structure.under_quota(control, exporter, *group)
                used = sum(x[place_of["ship", (*lane, period)]] for lane in lanes)
                said = (control, exporter, "".join(group), period, most, used)
                rows.append(dict(zip(it.columns(), said, strict=True)))
    return it.of(rows)
