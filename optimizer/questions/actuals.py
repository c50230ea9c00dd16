"""What has come of a plan by a day, as its buyer states it, and the case that goes on from there."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from optimizer.case.case import Case
from optimizer.case.kinds import Amount, Country, Day, Name, pool_of
from optimizer.case.read import read_table
from optimizer.case.rows import Row
from optimizer.case.settings import PeriodGroup
from optimizer.case.topics.stock import Arrival
from optimizer.errors import CaseError, InputError
from optimizer.faults import Fault, WrongError
from optimizer.plans.outcome import TOLERANCE
from optimizer.questions.standing import Key, State
from optimizer.world.door import case_from

What = Literal["stock", "arriving", "ordered", "signed", "begun"]
"""What may be stated."""
NEEDS: Mapping[str, tuple[str, ...]] = {
    "stock": ("material", "tonnes"),
    "arriving": ("material", "origin", "on", "tonnes"),
    "ordered": ("tonnes",),
    "signed": ("tonnes",),
    "begun": ("on",),
}
"""Columns that a row must fill in, by what it states."""
NAMES = {"stock": "sites", "arriving": "sites", "ordered": "offers", "signed": "contracts", "begun": "projects"}
"""What a row names, by what it states."""


class Actual(Row):
    """One thing that is so on the day from which the plan goes on."""

    key = ("what", "name", "material", "origin", "on")

    what: What
    """`stock`: counted when the day begins. `arriving`: under way, with the day it arrives; a place and material that
    has such a row has nothing else under way. `ordered`: of an offer with a lead, bought and yet to leave. `signed`: a
    contract. `begun`: a project, with the day it opens."""
    name: Annotated[Name, Field()]
    """A site or hub (stock, arriving), an offer (ordered), a contract (signed), a project (begun)."""
    material: Name | None = None
    """What, of stock and of goods under way."""
    origin: Country | None = None
    """Country where goods under way, or most of a stock, were made; that of stock, if left out, is as planned."""
    on: Day | None = None
    """Day of arrival, or on which a project opens."""
    tonnes: Amount | None = None
    """Tonnes; of what is signed, tonnes a year."""

    @model_validator(mode="after")
    def _whole(self) -> Actual:
        for column in NEEDS[self.what]:
            if getattr(self, column) is None:
                raise WrongError.of(column, f"a value, as {self.what} needs one", "nothing", "missing-value")
        return self


def read_actuals(path: Path) -> list[tuple[Actual, str]]:
    """What has come of a plan, from a file of comma-separated values.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of (Actual, str)
        Every row, and where it stands.

    Raises
    ------
    CaseError
        With every fault of the file.
    """
    rows, places, faults = read_table(path, path.name, Actual, "actuals")
    if faults:
        raise CaseError(faults)
    return [(row, str(place)) for row, place in zip(rows, places, strict=True) if isinstance(row, Actual)]


def period_of(case: Case, day: dt.date) -> int:
    """The period that begins on a day.

    Parameters
    ----------
    case : Case
    day : date

    Raises
    ------
    InputError
        If none does that any goods move before, or it is not one from which a calendar may begin.
    """
    known = [bound for bound in case.calendar.bounds[1:-1] if bound.day == 1 and bound in _plain(case)]
    if day not in known:
        near = min(known, key=lambda bound: abs((bound - day).days), default=None)
        text = (
            f"first day of a period after the first, of a month, nearest {near}" if near else "a case of more periods"
        )
        raise InputError([Fault("--on", f"expected the {text}, found {day}", code="out-of-range")])
    return case.calendar.bounds.index(day)


def as_stated(case: Case, planned: State, told: Sequence[tuple[Actual, str]], day: dt.date) -> State:
    """What is there on a day: what is stated, and of stock, orders and goods under way the rest as planned.

    A contract or project that is not stated is neither signed nor begun.

    Parameters
    ----------
    case : Case
    planned : State
        As `as_planned` gives it.
    told : sequence of (Actual, str)
        As `read_actuals` gives it.
    day : date

    Raises
    ------
    InputError
        With every row that names what the case has not, stands twice, or cannot be so.
    """
    state = State({key: 0.0 if key[0] in ("signed", "begun") else tonnes for key, tonnes in planned.amounts.items()})
    state.arriving.update(planned.arriving)
    state.made.update(planned.made)
    faults, seen = list[Fault](), set[Any]()
    counted = {(row.site, row.material): row for row in case.tables.stocks}
    known = _known(case)
    for row, place in told:
        key = row.what, row.name, row.material or ""
        if row.name not in known[row.what]:
            faults.append(Fault.near(place, "name", f"no such row of {NAMES[row.what]}", row.name, known[row.what]))
        elif (named := (*key, row.origin, row.on)) in seen:
            faults.append(Fault(place, f"expected one row of {row.what} {row.name}, found another", code="repeated"))
        elif row.what == "stock" and key[1:] not in counted:
            there = sorted(material for site, material in counted if site == row.name)
            faults.append(Fault.near(place, "material", f"no stock of it at {row.name}", key[2], there))
        elif row.what == "stock" and (row.tonnes or 0) > (most := counted[key[1:]].capacity):
            faults.append(Fault.of(place, "tonnes", f"at most the capacity ({most:g} t)", row.tonnes, "out-of-range"))
        elif row.what == "arriving" and row.material not in case.by.materials:
            faults.append(Fault.near(place, "material", "no such material", key[2], case.by.materials))
        elif row.what == "arriving" and row.on is not None and not day <= row.on < case.calendar.end:
            days = f"a day from {day} to before {case.calendar.end}"
            faults.append(Fault.of(place, "on", days, row.on, "out-of-range"))
        else:
            first = not any(some[:3] == key for some in seen)
            seen.add(named)
            _put(state, row, key, first=first)
    if faults:
        raise InputError(faults)
    return state


def _known(case: Case) -> dict[str, set[str]]:
    """Names that rows may have, by what they state."""
    hubs = {pool_of(row.country) for row in case.tables.sites}
    return {
        "stock": {row.site for row in case.tables.stocks},
        "arriving": {row.site for row in case.tables.sites} | hubs,
        "ordered": {row.offer for row in case.tables.offers if row.lead},
        "signed": {row.contract for row in case.tables.contracts},
        "begun": {row.project for row in case.tables.projects},
    }


def _put(state: State, row: Actual, key: Key, *, first: bool) -> None:
    """One row that is stated; the first of goods under way to a place takes the place of what was planned."""
    if row.what == "arriving" and row.origin is not None and row.on is not None:
        goods = [] if first else state.arriving[key]
        more = [(row.origin, row.on, row.tonnes or 0.0)] if row.tonnes else []
        state.arriving[key] = [*goods, *more]
    elif row.what == "begun" and row.on is not None:
        state.amounts[key], state.opens[row.name] = 1.0, row.on
    else:
        state.amounts[key] = row.tonnes or 0.0
        if row.origin is not None:
            state.made[key] = row.origin


def going_on(case: Case, state: State, day: dt.date) -> Case:
    """The case from a day on, with what is there then; checked like any other.

    Parameters
    ----------
    case : Case
    state : State
    day : date
        The first of a period.
    """
    tables: dict[str, Any] = dict(case.tables.items())
    amount = state.amounts
    tables["stocks"] = [_stock(row, state) for row in case.tables.stocks]
    coming: dict[tuple[str, str, str, dt.date], float] = defaultdict(float)
    for (_, place, material), goods in state.arriving.items():
        for origin, on, tonnes in goods:
            coming[place, material, origin, on] += tonnes
    tables["arrivals"] = [
        Arrival(site=place, material=material, origin=origin, on=on, tonnes=tonnes)
        for (place, material, origin, on), tonnes in coming.items()
    ]
    tables["offers"] = [
        _with(row, ordered=amount["ordered", row.offer, ""]) if row.lead else row for row in case.tables.offers
    ]
    tables["contracts"] = [_contract(row, amount.get(("signed", row.contract, ""))) for row in case.tables.contracts]
    tables["projects"] = [some for row in case.tables.projects for some in _project(row, state)]
    bounds = _plain(case)
    rest = bounds[bounds.index(day) :]
    groups = [PeriodGroup(count=1, months=12 * (b.year - a.year) + b.month - a.month) for a, b in pairwise(rest)]
    cuts = tuple(cut for cut in case.file.cuts if cut > day)
    frozen = case.file.frozen_until
    file = case.file.model_copy(
        update={
            "start": day,
            "periods": tuple(groups),
            "cuts": cuts,
            "packs": (),
            "shared": (),
            "frozen_until": frozen if frozen is not None and frozen > day else None,
        }
    )
    return case_from(file, tables)


def _stock(row: Any, state: State) -> Any:
    """A stock with what is there, and where most of it was made."""
    key = "stock", row.site, row.material
    return _with(row, opening=state.amounts[key], origin=state.made.get(key) or row.origin)


def _contract(row: Any, signed: float | None) -> Any:
    """A contract, of which so much is signed; as it is, where nothing is said of it."""
    if signed is None or signed <= max(TOLERANCE, row.signed or 0.0):
        return row
    return _with(row, signed=signed, max_volume=max(signed, row.max_volume))


def _project(row: Any, state: State) -> Iterator[Any]:
    """A project, or the part of it that is begun and the rest that may be; a supplier is qualified or is not."""
    part = state.amounts.get(("begun", row.project, ""), 0.0)
    if part <= TOLERANCE or row.done_from is not None:
        yield row
        return
    if row.kind == "qualify":
        part = 1.0
    yield _with(row, done_from=state.opens[row.project], capacity=row.capacity * part)
    if part < 1 - TOLERANCE:
        rest = {"capacity": row.capacity * (1 - part), "cost": row.cost * (1 - part)}
        yield _with(row, project=f"{row.project}-rest", **rest)


def _plain(case: Case) -> tuple[dt.date, ...]:
    """Bounds of the periods before anything is cut."""
    return case.file.model_copy(update={"cuts": ()}).calendar.bounds


def _with(row: Any, **cells: Any) -> Any:
    """A row with other cells."""
    return row.model_copy(update=cells)
