"""What `lodestar list` and `lodestar show` print."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from rich.console import Console

from optimizer.case.case import Case, bundled
from optimizer.case.folder import SETTINGS
from optimizer.case.packs import find_packs, load_pack
from optimizer.case.topics.limits import Limit
from optimizer.engine.refine import POINTS
from optimizer.errors import CaseError
from optimizer.faults import Fault
from optimizer.interfaces.common import is_workbook, load
from optimizer.interfaces.render import Column, print_table, say
from optimizer.network.build import network_of
from optimizer.network.idle_rows import idle_rows
from optimizer.plans.choose import Chosen
from optimizer.plans.plan import Planner
from optimizer.plans.schema import lines
from optimizer.questions.capacity import CapacityShares, capacity_shares
from optimizer.questions.effects import Effects, effects
from optimizer.world.events import Event
from optimizer.world.load import find_case, find_cases
from optimizer.world.scenario import find_scenarios, load_scenario

LISTED = 12
"""Rows of one event shown before the rest is counted."""


def called(given: str, name: str) -> str:
    """A case as the user calls it, and by its own name where that is another.

    Parameters
    ----------
    given : str
        A name or folder, as it was typed.
    name : str
        The case's own.
    """
    return name if given in (name, "") else f"{given} ({name})"


def print_check(given: str, case: Case, chosen: Chosen) -> None:
    """Print that a case and scenarios have no faults, how far they fit, and what can hardly be meant.

    Parameters
    ----------
    given : str
        The case as the user calls it.
    case : Case
    chosen : Chosen
        The scenarios, and the findings.
    """
    count, tables = len(chosen.fits), [rows for _, rows in case.tables.items() if rows]
    told = f"{len(chosen.findings)} finding{'s' * (len(chosen.findings) > 1)}" if chosen.findings else "nothing wrong"
    told += f"; {count} scenario{' fits' if count == 1 else 's fit'} it" if count else ""
    print(f"{called(given, case.name)}: {sum(map(len, tables))} rows in {len(tables)} tables, {told}")
    for table, (idle, rows) in chosen.unused.items():
        print(f"data/{table}.csv: {idle} of {rows} rows have no effect on any plan of this case.")
    for cells in chosen.unread:
        print(cells.text)
    for fit in chosen.partly:
        print(f"{fit.text}.")
    for finding in chosen.findings:
        print(f"Finding: {finding}")


def chance(probability: float) -> str:
    """A probability, to the tenth of a percent and finer where it is small."""
    return f"{100 * probability:.3g}%"


def print_list(console: Console) -> None:
    """Print the bundled cases, scenarios and policy packs."""
    named = [Column("name"), Column("what", least=40)]
    cases = [
        (case, yaml.safe_load((folder / SETTINGS).read_text(encoding="utf-8")).get("title", ""))
        for case, folder in find_cases().items()
    ]
    say(console, "What is bundled; show and plan take these names.")
    print_table(console, "Cases", named, cases)
    print_table(
        console,
        "Scenarios",
        [named[0], Column("announced", rank=2), Column("probability", right=True, rank=1), named[1]],
        [
            (some.name, some.announced, chance(some.probability), some.title)
            for some in map(load_scenario, find_scenarios())
        ],
        elsewhere="lodestar show NAME",
    )
    packs = find_packs(bundled("models"))
    print_table(console, "Policy packs", named, [(name, load_pack(name, bundled("models"))[0].title) for name in packs])


def print_case_or_scenario(console: Console, name: str, case: str, packs: Iterable[str]) -> None:
    """Print a case, or a scenario's effect on one.

    Parameters
    ----------
    console : Console
    name : str
        Of a case or a scenario, or the file or folder of one.
    case : str
        The case that a scenario is shown on, by name or folder.
    packs : iterable of str
        Policy packs to switch on, by name.
    """
    if name in find_scenarios() or (Path(name).suffix in (".yaml", ".yml") and Path(name).name != SETTINGS):
        _print_scenario(console, name, case, packs)
        return
    try:
        if not is_workbook(name):
            find_case(name)
    except CaseError:
        known = [*find_scenarios(), *find_cases()]
        raise CaseError([Fault.near(name, None, "no such case or scenario", name, known)]) from None
    _print_case(console, name, packs)


def _print_case(console: Console, name: str, packs: Iterable[str]) -> None:
    """Print what a case says of itself."""
    network = network_of(load(name, list(packs)))
    case, idle = network.case, {(row.table, row.place) for row in idle_rows(network)}
    say(console, f": {case.file.title}", bold=called(name, case.name))
    if case.file.description:
        say(console, case.file.description)
    say(console, f"\nPeriods: {case.calendar.told()}")
    counts = Counter(table for table, _ in idle)
    tables = [
        f"{table} {len(rows)}" + (f" ({counts[table]} without effect)" if counts[table] else "")
        for table, rows in case.tables.items()
        if rows
    ]
    say(console, f"Tables: {', '.join(tables)}")
    print_table(
        console,
        "Demand, t/year",
        [
            *map(Column, ("site", "product", "end use", "from")),
            Column("t/year", right=True),
            Column("penalty USD/t", right=True),
        ],
        [
            (
                row.site,
                row.product,
                row.end_use,
                row.from_,
                f"{row.tonnes:,.0f}",
                "must be met" if row.penalty is None else f"{row.penalty:,.0f}",
            )
            for row, place in zip(case.tables.demand, case.where("demand"), strict=True)
            if ("demand", place) not in idle
        ],
    )
    if case.tables.limits:
        print_table(
            console,
            "Limits",
            [Column("limit"), Column("bound", least=25), Column("from"), Column("breach costs", right=True)],
            [
                (row.limit, _bound(row), row.from_, "hard" if row.penalty is None else f"{row.penalty:,.0f} USD")
                for row, place in zip(case.tables.limits, case.where("limits"), strict=True)
                if ("limits", place) not in idle
            ],
        )


def print_capacity(console: Console, case: Case, name: str, day: dt.date) -> None:
    """Print the shares of countries in the capacity of each stage on a day, beside the published ones.

    Parameters
    ----------
    console : Console
    case : Case
    name : str
        What it is called.
    day : date
    """
    table, it = capacity_shares(case, day), CapacityShares
    say(console, f"Shares of capacity on {day}, all plants of the tables of {name}, whoever they sell to.")
    columns = [Column("country"), *(Column(head, right=True) for head in ("t/year", "share", "published"))]
    for stage, some in table.groupby(it.stage, sort=False):
        rows = [
            (
                line[it.country],
                f"{line[it.tonnes_per_year]:,.0f}",
                f"{100 * line[it.share]:.1f}%",
                ""
                if pd.isna(line[it.published_low])
                else f"{100 * line[it.published_low]:.0f}-{100 * line[it.published_high]:.0f}%",
            )
            for line in lines(some)
        ]
        print_table(console, f"{stage}, {some[it.tonnes_per_year].sum():,.0f} t/year", columns, rows)
    say(console, "Tonnes are of activity: mined, fed to separation, metal, finished magnets, scrap fed.")
    say(console, "Published shares are of output, see data/published_shares.csv.")


def _bound(limit: Limit) -> str:
    """What a limit bounds, in words."""
    value = f"{limit.value:,.0f}" if limit.value >= 1000 else f"{limit.value:g}"
    each = f"each {limit.by}" if limit.member == "each" else f"{limit.by} {limit.member}"
    words = f"{limit.measure} of {each}" + (f" (not {limit.exempt})" if limit.exempt else "")
    words += f" {limit.sense.replace('_', ' ')} {value} at {limit.stage}"
    words += f" of {', '.join(limit.materials)}" if limit.materials else ""
    words += f", per {limit.window}" + ", on a monthly ramp" * (limit.path == "ramp")
    words += f", to {POINTS:g} points of a share" * (limit.measure == "hhi")
    return words + (f", until {limit.until}" if limit.until else "")


def _print_scenario(console: Console, name: str, case: str, packs: Iterable[str]) -> None:
    """Print a scenario and what it changes, event by event."""
    planner = Planner(load(case, list(packs)))
    fit = planner.choose([name]).fits[0]
    scenario = fit.scenario
    changes = effects(planner, scenario)
    say(console, f": {scenario.title}", bold=scenario.name)
    say(console, f"Announced {scenario.announced}; probability {chance(scenario.probability)}")
    say(console, f"Source: {scenario.source}")
    if scenario.notes:
        say(console, scenario.notes)
    if changes.empty:
        say(console, f"\nIt changes nothing in {case}.")
    for number, event in enumerate(scenario.events, 1):
        _print_event(console, number, event, changes[changes[Effects.event] == number], case)


def _print_event(console: Console, number: int, event: Event, some: pd.DataFrame, case: str) -> None:
    """What one event changes."""
    title = f"Event {number}: {event.what}"
    days = f"{event.from_} to {event.until or 'the end'}"
    if event.scarcity:
        days += f", as far as {event.scarcity} stops goods"
    if event.recovery:
        days += f", back to normal over {event.recovery.months} month" + "s" * (event.recovery.months > 1)
    if some.empty:
        say(console, "")
        say(console, "", bold=title)
        say(console, f"{days}; changes nothing in {case}")
        return
    it = Effects
    rows = [
        (f"{line[it.table]}: {line[it.row]}", line[it.column], _cell(line[it.old]), _cell(line[it.new]))
        for line in lines(some.head(LISTED))
    ]
    columns = [Column("row", least=30), Column("column"), Column("old", right=True), Column("new", right=True)]
    more = len(some) - LISTED
    print_table(console, title, columns, rows, caption=f"and {more} more row" + "s" * (more > 1) if more > 0 else "")
    say(console, f"{days}; {len(some)} of {case}'s cells change" + "s" * (len(some) == 1))


def _cell(value: Any) -> str:
    """A date, a number, or the word for a row."""
    if isinstance(value, str):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
