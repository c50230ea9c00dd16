"""What the controls of a case say on a day: in force, suspended or to come, what changes next, and which flows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd

from optimizer.case.granting import Grant
from optimizer.case.kinds import STAGES
from optimizer.case.topics.licences import Control
from optimizer.network.network import Network
from optimizer.network.structure import Structure
from optimizer.plans import schema
from optimizer.world.controls import technology_reach

STATES = ("in force", "suspended", "announced", "to come", "not adopted", "ended")
"""What a control can be on a day; `to come`: neither in force nor announced yet, as far as its row says."""
SHOWN = 3
"""Examples given of the flows in a control's scope."""
NAMED = 6
"""Most countries of a control that are named."""


AS_STATED = schema.Column(dtype=object, meaning="what the control's row says", empty=True)


class Standing(schema.Columns):
    """Columns of `controls`: those of a control's row as they stand there, and what follows of them on the day."""

    control = AS_STATED
    number = AS_STATED
    kind = AS_STATED
    authority = AS_STATED
    citation = AS_STATED
    state = schema.word("one of `STATES`")
    next = schema.Column(dtype=dt.date, meaning="day of the next change; none if none is known", empty=True)
    next_event = schema.word("what happens then", empty=True)
    scope = schema.word("what it reaches, in words")
    origin = AS_STATED
    destinations = AS_STATED
    elements = AS_STATED
    stages = AS_STATED
    hs = AS_STATED
    end_uses = AS_STATED
    threshold = AS_STATED
    approval = AS_STATED
    headroom = AS_STATED
    new_business = AS_STATED
    validity_days = AS_STATED
    quota = AS_STATED
    application_cost = AS_STATED
    processing_days = AS_STATED
    grants = schema.word("what is granted after how many days, where the table says so by steps", empty=True)
    carried_by = AS_STATED
    announced = AS_STATED
    effective = AS_STATED
    suspended_from = AS_STATED
    suspended_until = AS_STATED
    expires = AS_STATED
    lanes = schema.count("lanes", "lanes of the case in its scope, whatever the day")
    plants = schema.count("plants", "plants in it")
    demands = schema.count("demands", "demands in it")
    examples = schema.Column(dtype=tuple, meaning="some of them by name")
    source = AS_STATED
    confidence = AS_STATED
    assumed = AS_STATED


STATED = tuple(column for column in Standing.columns() if column in Control.model_fields)
"""Those that a control's row says."""


def state(control: Control, day: dt.date) -> str:
    """What a control is on a day: one of `STATES`.

    Parameters
    ----------
    control : Control
        One rule of a regime.
    day : date
        Any day, inside the horizon of a case or not.

    Returns
    -------
    str
        `in force` exactly where the control applies and its text is adopted.
    """
    if control.expires is not None and day >= control.expires:
        return "ended"
    if not control.adopted:
        return "not adopted"
    if control.applies_on(day):
        return "in force"
    announced = control.announced is not None and day >= control.announced
    if control.suspended_on(day) and (announced or day >= control.effective):
        return "suspended"
    return "announced" if announced else "to come"


def next_change(control: Control, day: dt.date) -> tuple[dt.date, str] | None:
    """The first day after this one on which a control's state changes, and how; None if no such day is known.

    Parameters
    ----------
    control : Control
        One rule of a regime.
    day : date
        Any day, inside the horizon of a case or not.

    Returns
    -------
    tuple of (date, str) or None
        The change in words, such as `takes effect`.
    """
    dates = (control.announced, control.effective, control.suspended_from, control.suspended_until, control.expires)
    for then in sorted({date for date in dates if date is not None and date > day}):
        before, after = state(control, then - dt.timedelta(days=1)), state(control, then)
        if before != after:
            words = {"in force": "takes effect", "suspended": "is suspended", "ended": "ends"}
            lifted = {"in force": "applies again", "announced": "is no longer suspended"}
            return then, (words | lifted if before == "suspended" else words).get(after, "is announced")
    return None


def granted(rows: Sequence[Grant], control: str) -> str:
    """Steps of the grants of a control in words, such as `50 % after 26 days, 100 % after 63 days`; empty without any.

    Parameters
    ----------
    rows : sequence of Grant
    control : str
    """
    found: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: row.days):
        if row.control == control:
            whom = row.approval or row.destination or ""
            found.setdefault(whom, []).append(f"{100 * row.share:g} % after {row.days:g} days")
    return "; ".join(f"{whom}: {', '.join(said)}" if whom else ", ".join(said) for whom, said in sorted(found.items()))


def _lands(codes: tuple[str, ...]) -> str:
    """Countries in words; of many, how many they are."""
    return ", ".join(codes) if len(codes) <= NAMED else f"{len(codes)} countries ({', '.join(codes[:3])}, ...)"


def scope(control: Control) -> str:
    """What a control reaches, in words; of a note, its citation, since its columns may stand for more or less."""
    if control.kind == "note":
        return control.citation
    goods = _stages(control.stages)
    if control.elements:
        goods += f" with {', '.join(control.elements)}"
    if control.kind == "technology":
        goods = f"plants that make {goods}"
    to = "anywhere" if "*" in control.destinations else _lands(control.destinations)
    words = f"{goods}; {_lands(control.origin)} to {to}"
    if control.kind in ("content", "end_use"):
        words += f"; from {100 * control.threshold:g} % of value" if control.threshold else "; any share of value"
    if control.technology:
        words += " or made with technology of the origin"
    if control.end_uses:
        words += f"; for {', '.join(control.end_uses)}"
    return words


def _stages(stages: Sequence[str]) -> str:
    """Stages in words, those that follow one another as `oxide to magnet`."""
    places = sorted(STAGES.index(stage) for stage in stages)
    if len(places) > 2 and places[-1] - places[0] == len(places) - 1:
        return f"{STAGES[places[0]]} to {STAGES[places[-1]]}"
    return ", ".join(stages)


def controls(network: Network, day: dt.date) -> pd.DataFrame:
    """List every control of a case as it stands on a day.

    Parameters
    ----------
    network : Network
        The case on its calendar; its flows are those that supply can reach and demand can use.
    day : date
        Any day; it need not lie in the horizon. Scenarios are not counted: this is what the tables say.

    Returns
    -------
    DataFrame
        Columns of `Standing`, one row per control, in the order of `STATES` and then of the table. Notes touch none.
    """
    table = enumerate(network.case.tables.controls)
    rows = [_row(network.structure, number, control, day) for number, control in table]
    rows.sort(key=lambda row: STATES.index(row[Standing.state]))
    return Standing.of(rows)


def _row(structure: Structure, number: int, control: Control, day: dt.date) -> dict[schema.Column, Any]:
    """One control on a day."""
    change = next_change(control, day)
    it, flows = Standing, _flows(structure, number, control)
    every = [name for kind in flows.values() for name in kind]
    return {
        **{name: getattr(control, name) for name in STATED},
        it.state: state(control, day),
        it.next: change[0] if change else None,
        it.next_event: change[1] if change else "",
        it.scope: scope(control),
        it.grants: granted(structure.case.tables.grants, control.control),
        **{kind: len(names) for kind, names in flows.items()},
        it.examples: tuple(_spread(every)),
    }


def _flows(structure: Structure, number: int, control: Control) -> dict[schema.Column, list[tuple[str, str]]]:
    """Lanes, plants and demands in a control's scope, each as what it is about and its name in words."""
    lanes = [lane[:3] for lane in structure.governs.get(control.control, ())]
    demands = [key[1:] for key in structure.serves_under if key[0] == control.control]
    built = set(structure.index["plants"])
    rows = structure.case.tables.plants
    plants = [(rows[n].site, rows[n].process) for n in technology_reach(structure.case).get(number, ())]
    return {
        Standing.lanes: [(goods, f"{origin} > {to}: {goods}") for origin, to, goods in dict.fromkeys(lanes)],
        Standing.plants: [
            (process, f"{site}: {process}") for site, process in dict.fromkeys(plants) if (site, process) in built
        ],
        Standing.demands: [(product, f"{site}: {product} for {end_use}") for site, product, end_use in demands],
    }


def _spread(flows: list[tuple[str, str]]) -> list[str]:
    """A few flows by name, of different goods as far as there are."""
    first = {about: name for about, name in reversed(flows)}
    names = [name for about, name in flows if first[about] == name]
    return (names + [name for _, name in flows if name not in names])[:SHOWN]
