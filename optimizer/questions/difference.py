"""What changed between two plans: inputs first, then decisions, then outcomes, and what each input change costs."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from optimizer.case.case import Case
from optimizer.case.rows import MARKS
from optimizer.case.stages import MEASURED
from optimizer.case.tables import TABLES, Tables
from optimizer.errors import LodestarError
from optimizer.folder.manifest import CASE_FILE, WRITTEN
from optimizer.folder.read import read_case
from optimizer.plans.choose import resolve
from optimizer.plans.cost import Costs
from optimizer.plans.cutting import on_one_calendar
from optimizer.plans.flows import Who
from optimizer.plans.outcome import TOLERANCE, Outcome, Shares
from optimizer.plans.plan import Plans, plan
from optimizer.plans.schema import COST, Column, Columns, lines, number, records, word
from optimizer.plans.summary import COUNTRY
from optimizer.plans.tables.transport import Shipments
from optimizer.questions.effects import Effects, effects
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario

SETTINGS = "case.yaml"
"""What the settings of a case are called among its tables."""
ALWAYS = ("cost", "of it cash", "of it penalties")
"""Outcomes that are listed even where they do not change."""
TOGETHER = "together"
"""What changes cost beyond what each costs by itself."""


@dataclass(frozen=True)
class Side:
    """One of two plans: a case, in a scenario or as the rules in force stand.

    Parameters
    ----------
    name : str
        What it is called.
    case : Case
    scenario : Scenario, optional
        Whose reaction is meant.
    planned : Plans, optional
        It, where it is planned already.
    """

    name: str
    case: Case
    scenario: Scenario | None = None
    planned: Plans | None = None

    def plans(self) -> Plans:
        """It, planned."""
        return self.planned or plan(self.case, [self.scenario] if self.scenario else [], answers=["react"])

    def outcome(self, plans: Plans) -> Outcome:
        """Its answer."""
        return plans.outcome(self.scenario.name if self.scenario else "base")


class Inputs(Columns):
    """Columns of what differs between two cases, cell by cell, and of what a scenario changes."""

    table = word("table of the case, or the file of its settings")
    row = word("key of its row; empty for a setting")
    column = word("column of the table, or the setting; empty for a row that only one has")
    from_ = Column(dtype=dt.date, meaning="first day of an event; none for what the cases say", empty=True)
    old = Column(dtype=object, meaning="what it was")
    new = Column(dtype=object, meaning="what it is")


class Decisions(Columns):
    """Columns of what suppliers make or sell over the horizon."""

    stage = word("stage of the chain")
    supplier = Who.supplier
    old = number("t", "tonnes in the first plan")
    new = number("t", "tonnes in the second plan")
    change = number("t", "by how much that is more")


class Shipped(Columns):
    """The columns of what is sent to the buyer's plants that lead those of the periods."""

    country = word("country of origin")


class Outcomes(Columns):
    """Columns of what comes of two plans."""

    what = word("cost and its terms, service, shares, stock")
    unit = word("`USD`, `t`, `share` or `days`")
    old = number("by the row", "in the first plan")
    new = number("by the row", "in the second plan")
    change = number("by the row", "by how much that is more")


class Attribution(Columns):
    """Columns of what each change of an input costs."""

    change = word("table, event, or what they cost together")
    cost_usd = COST


@dataclass(frozen=True)
class Difference:
    """What changed from one plan to another.

    Parameters
    ----------
    inputs : DataFrame
        Columns of `Inputs`.
    decisions : DataFrame
        Columns of `Decisions`: what each supplier makes or sells, largest change first.
    dispatch : DataFrame
        Change of the tonnes sent to the buyer's plants, by country of origin (column `Shipped.country`) and quarter,
        or longer period, each a column by its label; nothing where the periods of the plans differ.
    outcomes : DataFrame
        Columns of `Outcomes`.
    attribution : DataFrame
        Columns of `Attribution`: what each input change costs, largest first; they add up to the change in cost. Each
        is the mean of what it costs as the first of all changes and as the last; the rest is theirs together.
    """

    inputs: pd.DataFrame
    decisions: pd.DataFrame
    dispatch: pd.DataFrame
    outcomes: pd.DataFrame
    attribution: pd.DataFrame

    def record(self) -> dict[str, list[dict[str, Any]]]:
        """Its tables as JSON holds them, by name."""
        return {name: records(table) for name, table in vars(self).items()}


def difference(old: Side, new: Side) -> Difference:
    """Compare two plans.

    Parameters
    ----------
    old, new : Side

    Returns
    -------
    Difference

    Raises
    ------
    LodestarError
        If either has no plan.
    """
    old, new = _on_one_calendar(old, new)
    before, after = old.plans(), new.plans()
    one, two = old.outcome(before), new.outcome(after)
    changed = chain(_rows_changed(old.case, new.case, False), _events(before, -1), _events(after, 1))
    ends = [_of_base(side, made) for side, made in ((old, before), (new, after))]
    parts = dict(chain(_of_cases(old.case, new.case, ends), _of_events(before, -1), _of_events(after, 1)))
    rest = two.cost - one.cost - sum(parts.values())
    if len(parts) > 1 or not parts:
        parts[TOGETHER] = rest
    else:
        parts = {name: usd + rest for name, usd in parts.items()}
    costs = sorted(parts.items(), key=lambda part: -abs(part[1]))
    return Difference(
        Inputs.of(dict(zip(Inputs.columns(), cells, strict=True)) for cells in changed),
        _decisions(one, two),
        _dispatch(one, two),
        _outcomes(one, two),
        Attribution.of({Attribution.change: change, Attribution.cost_usd: usd} for change, usd in costs),
    )


def _on_one_calendar(old: Side, new: Side) -> tuple[Side, Side]:
    """Both with the days of either's scenario in their calendars, where they are still to be planned."""
    if old.planned or new.planned:
        return old, new
    scenarios = [side.scenario for side in (old, new) if side.scenario is not None]
    one, two = on_one_calendar((old.case, new.case), scenarios)
    return replace(old, case=one), replace(new, case=two)


def cells_changed(old: Case, new: Case, *, marks: bool = False) -> pd.DataFrame:
    """Settings and cells that differ between two cases.

    Parameters
    ----------
    old, new : Case
    marks : bool, optional
        Whether what says where a row is from counts too.

    Returns
    -------
    DataFrame
        Columns of `Inputs`.
    """
    return Inputs.of(dict(zip(Inputs.columns(), cells, strict=True)) for cells in _rows_changed(old, new, marks))


def _rows_changed(old: Case, new: Case, marks: bool) -> Iterator[tuple[Any, ...]]:
    """Settings and cells that differ between two cases, one after the other."""
    passed = () if marks else MARKS
    first, second = (case.file.model_dump(mode="json") for case in (old, new))
    for field in first:
        if first[field] != second[field] and field not in ("name", "packs", "shared"):
            yield SETTINGS, "", field, None, first[field], second[field]
    for table, record in TABLES.items():
        rows = [
            {tuple(getattr(row, f) for f in record.key): row for row in case.tables.rows(table)} for case in (old, new)
        ]
        for key in dict.fromkeys([*rows[0], *rows[1]]):
            a, b = (some.get(key) for some in rows)
            named = next(row.named for row in (a, b) if row is not None)
            if a is None or b is None:
                yield table, named, "", None, "row" if a else "", "row" if b else ""
                continue
            for field, info in record.model_fields.items():
                if field not in passed and getattr(a, field) != getattr(b, field):
                    yield table, named, info.alias or field, None, getattr(a, field), getattr(b, field)


def _events(plans: Plans, sign: int) -> Iterator[tuple[Any, ...]]:
    """Cells a scenario changes, as they change on the way to its world or from it."""
    for scenario in plans.scenarios:
        it = Effects
        for line in lines(effects(plans.planner, scenario)):
            values = (line[it.old], line[it.new]) if sign > 0 else (line[it.new], line[it.old])
            yield line[it.table], line[it.row], line[it.column], line[it.from_], *values


def _of_events(plans: Plans, sign: int) -> Iterator[tuple[str, float]]:
    """What each event of a scenario costs: as the first and as the last of them."""
    for scenario in plans.scenarios:
        base, whole = plans.outcome().cost, plans.outcome(scenario.name).cost
        events = scenario.events

        if len(events) == 1:
            yield f"{scenario.name}: {events[0].what}", sign * (whole - base)
            continue
        asked = []
        for index, event in enumerate(events):
            for place, kept in (("first", (event,)), ("last", events[:index] + events[index + 1 :])):
                changes = {"name": f"{scenario.name}-{place}-{index}", "events": kept}
                asked.append(scenario.model_copy(update=changes))
        found = plan(plans.planner.case, asked, answers=["react"])
        for index, event in enumerate(events):
            first = found.outcome(f"{scenario.name}-first-{index}").cost - base
            last = whole - found.outcome(f"{scenario.name}-last-{index}").cost
            yield f"{scenario.name}: {event.what}", sign * (first + last) / 2


def _of_base(side: Side, made: Plans) -> float:
    """What the base plan of a case costs, on its own calendar."""
    return (made if side.scenario is None else plan(side.case, [])).outcome().cost


def _of_cases(old: Case, new: Case, ends: Sequence[float]) -> Iterator[tuple[str, float]]:
    """What each table that differs costs: as the first and as the last to change; all together if they need another."""
    parts = [table for table in TABLES if old.tables.rows(table) != new.tables.rows(table)]
    if _settings(old) != _settings(new):
        parts.append(SETTINGS)
    if not parts:
        return
    if len(parts) > 1:
        try:
            found = {}
            for part in parts:
                first = plan(_mixed(old, new, {part}), []).outcome().cost - ends[0]
                last = ends[1] - plan(_mixed(old, new, set(parts) - {part}), []).outcome().cost
                found[part] = (first + last) / 2
            yield from found.items()
            return
        except LodestarError:
            pass
    yield ", ".join(parts), ends[1] - ends[0]


def _settings(case: Case) -> dict[str, Any]:
    """Settings that matter to a plan."""
    return case.file.model_dump(exclude={"name", "title", "description", "packs", "shared"})


def _mixed(old: Case, new: Case, taken: set[str]) -> Case:
    """The old case with some tables of the new one; they may not fit together."""
    side = {part: new if part in taken else old for part in (*TABLES, SETTINGS)}
    tables = {table: side[table].tables.rows(table) for table in TABLES}
    return Case(side[SETTINGS].file, Tables.of(tables), {table: side[table].where(table) for table in TABLES})


def _decisions(old: Outcome, new: Outcome) -> pd.DataFrame:
    """Tonnes of every supplier at every stage."""
    sides = []
    for outcome in (old, new):
        table = outcome.shares
        whole = table[(table[Shares.year] == "all") & (table[Shares.by] == "supplier")]
        sides.append(whole.set_index([Shares.stage, Shares.member])[Shares.tonnes])
    it = Decisions
    both = pd.concat(sides, axis=1, keys=[it.old, it.new]).fillna(0.0)
    both[it.change] = both[it.new] - both[it.old]
    both = both[both[it.change].abs() > TOLERANCE]
    both.index.names = [it.stage, it.supplier]
    order = both[it.change].abs().sort_values(ascending=False, kind="stable").index
    return it.frame(both.reindex(order).reset_index())


def _dispatch(old: Outcome, new: Outcome) -> pd.DataFrame:
    """Change of what is sent to the buyer's plants, by country and quarter or longer; empty where periods differ."""
    calendar = old.frame.calendar
    if old.frame.labels != new.frame.labels:
        return pd.DataFrame()
    sides = []
    for outcome in (old, new):
        structure = outcome.frame.structure
        buyers = {key.site for key in structure.index["demands"]}
        shipped = outcome.variable("ship")
        shipped = shipped[shipped[Shipments.destination].isin(buyers)]
        said = {
            Shipped.country: [structure.country[place] for place in shipped[Shipments.origin]],
            Shipments.period: [calendar.gathered(int(period)) for period in shipped[Shipments.period]],
        }
        sent = shipped.assign(**said).groupby([Shipped.country, Shipments.period])[Shipments.tonnes]
        sides.append(sent.sum())
    one, two = sides
    quarters = list(dict.fromkeys(map(calendar.gathered, calendar.periods)))
    change = two.sub(one, fill_value=0.0).unstack(fill_value=0).reindex(columns=quarters).fillna(0.0)
    change.columns = pd.Index(quarters)
    return change[(change.abs() > TOLERANCE).any(axis=1)].reset_index()


def _outcomes(old: Outcome, new: Outcome) -> pd.DataFrame:
    """Cost by term, service, shares and stock."""
    rows: list[tuple[str, str, float, float]] = [
        ("cost", "USD", old.cost, new.cost),
        ("of it cash", "USD", old.cash, new.cash),
        ("of it penalties", "USD", old.penalties, new.penalties),
    ]
    terms = [outcome.costs.set_index(Costs.term)[Costs.cost_usd] for outcome in (old, new)]
    rows += [(f"of it {term}", "USD", float(terms[0][term]), float(terms[1][term])) for term in terms[0].index]
    rows += [
        ("short", "t", old.short, new.short),
        ("service level", "share", old.service_level, new.service_level),
        *(
            (f"{COUNTRY} at {stage}", "share", old.share_of(stage, COUNTRY), new.share_of(stage, COUNTRY))
            for stage in MEASURED
        ),
        ("lowest stock", "days", old.lowest_cover()[0], new.lowest_cover()[0]),
    ]
    it = Outcomes
    told = it.of(dict(zip(it.columns(), (*cells, cells[3] - cells[2]), strict=True)) for cells in rows)
    same = np.isclose(told[it.old], told[it.new], rtol=1e-9, atol=1e-9, equal_nan=True)
    return told[~same | told[it.what].isin(ALWAYS)].reset_index(drop=True)


def find_side(text: str) -> Side:
    """A plan by name: a case (by name or folder) or a folder of written plans, and ``@scenario`` if one is meant.

    Raises
    ------
    InputError
        If it names no case or no scenario, or a folder of plans that is unfinished or not as it was written.
    """
    name, _, asked = text.partition("@")
    planned = any(os.path.isfile(Path(name) / some) for some in (WRITTEN, CASE_FILE))
    own = os.path.isfile(Path(name) / SETTINGS)  # a case of one's own may lie beside anything
    case = read_case(Path(name))[1] if planned and not own else load_case(name)
    return Side(text, case, next(iter(resolve([asked])), None) if asked else None)
