"""What the command prints, for a person."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from rich.console import Console
from rich.table import Table

from optimizer.analysis.effects import effects
from optimizer.analysis.flows import STAGES
from optimizer.analysis.outcome import Outcome
from optimizer.analysis.plan import Planner, Plans
from optimizer.analysis.summary import COUNTRY
from optimizer.analysis.tables import supply
from optimizer.case.load import bundled, find_case, load_case
from optimizer.case.packs import find_packs, load_pack
from optimizer.case.scenario import find_scenarios, load_scenario
from optimizer.errors import CaseError, Fault, nearest

STAGE_WORDS = {"concentrate": "mine", "oxide": "separation", "metal": "metal", "magnet": "magnet"}
SHOWN = 0.5
"""Tonnes below which a cell of the supply table is left empty."""
LISTED = 12
"""Rows of one event shown before the rest is counted."""


def make_table(title: str, columns: list[tuple[str, str]], caption: str | None = None) -> Table:
    """A plain table; a column is its heading and `left` or `right`."""
    table = Table(
        title=title,
        caption=caption,
        title_justify="left",
        caption_justify="left",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="bold",
        title_style="bold",
        caption_style="",
    )
    for heading, side in columns:
        narrow = heading in ("scenario", "worst demand")
        table.add_column(heading, justify="right" if side == "right" else "left", overflow="fold", no_wrap=narrow)
    return table


def _number(value: Any, pattern: str) -> str:
    """A number in a pattern; a dash where there is none."""
    return "-" if value is None or (isinstance(value, float) and math.isnan(value)) else format(value, pattern)


def _millions(value: Any, *, sign: bool = False) -> str:
    """USD in millions."""
    if value is None or pd.isna(value):
        return "-"
    rounded = round(float(value) / 1e6, 1) + 0.0  # no minus before a zero
    return _number(rounded, "+,.1f" if sign and rounded else ",.1f")


def print_plans(console: Console, plans: Plans) -> None:
    """Print the summary of every scenario and the plan itself for one."""
    case = plans.planner.case
    calendar = plans.planner.network.structure.calendar
    console.print(f"[bold]{case.name}[/bold]: {case.file.title}", highlight=False)
    console.print(
        f"{calendar.start} to {calendar.end}, {len(calendar.periods)} periods; money is discounted to the first day at "
        f"{case.file.discount_rate:.0%} a year\n",
        highlight=False,
    )
    summary = plans.summary.set_index(["scenario", "answer"])
    order = ["base", *(scenario.name for scenario in plans.scenarios)]
    _print_cost(console, summary, order)
    _print_concentration(console, summary, order)
    _print_binding(console, summary, order)
    only = (
        plans.scenarios[0].name
        if len(plans.scenarios) == 1 and (plans.scenarios[0].name, "react") in plans.outcomes
        else "base"
    )
    _print_supply(console, plans.outcome(only), "base plan" if only == "base" else f"{only} (react)")


def _row(summary: pd.DataFrame, scenario: str, answer: str) -> Any:
    """One row of the summary; None where it was not planned."""
    key = ("base", "base") if scenario == "base" else (scenario, answer)
    return summary.loc[key] if key in summary.index else None


def _print_cost(console: Console, summary: pd.DataFrame, order: list[str]) -> None:
    """Cost and service, scenario by scenario."""
    table = make_table(
        "Cost and service",
        [
            ("scenario", "left"),
            ("react\nMUSD", "right"),
            ("against\nbase", "right"),
            ("foresight\nMUSD", "right"),
            ("against\nbase", "right"),
            ("unprepared\ncosts", "right"),
            ("service", "right"),
            ("short\nt", "right"),
            ("worst demand", "left"),
            ("its\nservice", "right"),
            ("certified", "left"),
        ],
        caption="react: the base plan is kept until the day the scenario is announced. "
        "foresight: known from the start. Service, shortage and the tables below: react.\n",
    )
    for name in order:
        react, foresight = _row(summary, name, "react"), _row(summary, name, "foresight")
        if react is None and foresight is None:
            continue
        one = react if react is not None else foresight
        both = react is not None and foresight is not None and name != "base"
        known = foresight if name != "base" else None
        table.add_row(
            name,
            _millions(react.get("cost_usd") if react is not None else None),
            _millions(react.get("change_usd"), sign=True) if react is not None and name != "base" else "-",
            _millions(known.get("cost_usd") if known is not None else None),
            _millions(known.get("change_usd") if known is not None else None, sign=True),
            _millions(react["cost_usd"] - foresight["cost_usd"], sign=True) if both else "-",
            _number(one.get("service_level"), ".1%"),
            _number(one.get("short_t"), ",.0f"),
            str(one.get("worst_demand") or "-") if one.get("short_t", 0) >= SHOWN else "-",
            _number(one.get("worst_service_level"), ".1%"),
            "yes" if one["certified"] and (not both or foresight["certified"]) else str(one["status"]),
        )
    console.print(table, highlight=False)


def _print_concentration(console: Console, summary: pd.DataFrame, order: list[str]) -> None:
    """China's share and the largest supplier at each stage, and the lowest stock."""
    shares = make_table(
        f"Share of {COUNTRY} at each stage (tonnes over the horizon, looked through), and stock at its lowest",
        [
            ("scenario", "left"),
            *((STAGE_WORDS[stage], "right") for stage in STAGES),
            ("days of stock", "right"),
            ("of what, where and when", "left"),
        ],
        caption="\n",
    )
    largest = make_table(
        "Largest supplier at each stage, and its share",
        [("scenario", "left"), *((STAGE_WORDS[stage], "left") for stage in STAGES)],
        caption="\n",
    )
    for name in order:
        row = _row(summary, name, "react")
        row = _row(summary, name, "foresight") if row is None else row
        if row is None:
            continue
        shares.add_row(
            name,
            *(_number(row.get(f"{stage}_{COUNTRY}_share"), ".0%") for stage in STAGES),
            _number(row.get("lowest_stock_days"), ".0f"),
            str(row.get("lowest_stock_where")),
        )
        top = ((row.get(f"{stage}_largest"), row.get(f"{stage}_largest_share")) for stage in STAGES)
        largest.add_row(name, *(f"{supplier} {_number(share, '.0%')}" for supplier, share in top))
    console.print(shares, highlight=False)
    console.print(largest, highlight=False)


def _print_binding(console: Console, summary: pd.DataFrame, order: list[str]) -> None:
    """Which rules bind."""
    table = make_table(
        "Rules that bind (and in how many places and periods)", [("scenario", "left"), ("rules", "left")], caption="\n"
    )
    for name in order:
        row = _row(summary, name, "react")
        if row is not None:
            table.add_row(name, str(row.get("binding")))
    console.print(table, highlight=False)


def _print_supply(console: Console, outcome: Outcome, title: str) -> None:
    """Who supplies what to the buyer's plants, by period, and what is missing."""
    lines = supply(outcome)
    names = list(lines.columns[:3])
    table = make_table(
        f"Who supplies what: {title}, tonnes by period of dispatch",
        [(name, "left" if name in names else "right") for name in lines.columns],
    )
    for _, line in lines.iterrows():
        if line["all"] >= SHOWN:
            numbers = (f"{tonnes:,.0f}" if tonnes >= SHOWN else "" for tonnes in line.iloc[3:])
            table.add_row(*(str(line[name]) for name in names), *numbers)
    console.print(table, highlight=False)


def print_list(console: Console) -> None:
    """Print the bundled cases and scenarios."""
    cases = make_table("Cases", [("name", "left"), ("what", "left")], caption="\n")
    for path in sorted(bundled("models").glob("*/case.yaml")):
        cases.add_row(path.parent.name, str(yaml.safe_load(path.read_text(encoding="utf-8")).get("title", "")))
    console.print(cases, highlight=False)
    scenarios = make_table(
        "Scenarios", [("name", "left"), ("announced", "left"), ("probability", "right"), ("what", "left")]
    )
    for name in find_scenarios():
        some = load_scenario(name)
        scenarios.add_row(name, str(some.announced), f"{some.probability:.0%}", some.title)
    console.print(scenarios, highlight=False)
    packs = make_table("\nPolicy packs", [("name", "left"), ("what", "left")])
    for name in find_packs(bundled("models")):
        packs.add_row(name, load_pack(name, bundled("models"))[0].title)
    console.print(packs, highlight=False)


def print_case_or_scenario(console: Console, name: str, case: str) -> None:
    """Print a case, or a scenario's effect on one."""
    if name in find_scenarios() or (Path(name).suffix in (".yaml", ".yml") and Path(name).name != "case.yaml"):
        _print_scenario(console, name, case)
        return
    try:
        find_case(name)
    except CaseError:
        known = [*find_scenarios(), *(path.parent.name for path in bundled("models").glob("*/case.yaml"))]
        raise CaseError([Fault(name, f"no such case or scenario. {nearest(name, known)}")]) from None
    _print_case(console, name)


def _print_case(console: Console, name: str) -> None:
    """Print what a case says of itself."""
    case = load_case(name)
    calendar = case.calendar
    console.print(f"[bold]{case.name}[/bold]: {case.file.title}\n{case.file.description}\n", highlight=False)
    console.print("Periods: " + ", ".join(calendar.label(period) for period in calendar.periods), highlight=False)
    console.print(
        "Tables: " + ", ".join(f"{table} {len(rows)}" for table, rows in case.tables.items() if rows) + "\n",
        highlight=False,
    )
    demand = make_table(
        "Demand, t/year",
        [
            ("site", "left"),
            ("product", "left"),
            ("end use", "left"),
            ("from", "left"),
            ("t/year", "right"),
            ("penalty USD/t", "right"),
        ],
        caption="\n",
    )
    for row in case.tables["demand"]:
        demand.add_row(row.site, row.product, row.end_use, str(row.from_), f"{row.tonnes:,.0f}", f"{row.penalty:,.0f}")
    console.print(demand, highlight=False)
    limits = make_table(
        "Limits",
        [
            ("limit", "left"),
            ("bound", "left"),
            ("stage", "left"),
            ("of", "left"),
            ("window", "left"),
            ("from", "left"),
            ("breach costs", "right"),
        ],
    )
    for row in case.tables["limits"]:
        bound = f"{row.measure} {row.sense.replace('_', ' ')} {row.value:g}"
        limits.add_row(
            row.limit,
            bound,
            row.stage,
            f"{row.by} {row.member}",
            row.window,
            str(row.from_),
            "hard" if row.penalty is None else f"{row.penalty:,.0f} USD",
        )
    console.print(limits, highlight=False)


def _print_scenario(console: Console, name: str, case: str) -> None:
    """Print a scenario and what it changes, event by event."""
    scenario = load_scenario(name)
    planner = Planner(load_case(case))
    console.print(
        f"[bold]{scenario.name}[/bold]: {scenario.title}\n"
        f"Announced {scenario.announced}; probability {scenario.probability:.0%} (judgement)\n"
        f"Source: {scenario.source}",
        highlight=False,
    )
    if scenario.notes:
        console.print(scenario.notes, highlight=False)
    changes = effects(planner, scenario)
    for number, event in enumerate(scenario.events, 1):
        days = f"{event.from_} to {event.until or 'the end'}" + (
            f", back to normal over {event.recovery.months} months" if event.recovery else ""
        )
        some = changes[changes["event"] == number]
        table = make_table(
            f"\nEvent {number}: {event.what}",
            [("row", "left"), ("column", "left"), ("old", "right"), ("new", "right")],
            caption=f"and {len(some) - LISTED} more rows" if len(some) > LISTED else None,
        )
        for _, line in some.head(LISTED).iterrows():
            table.add_row(
                f"{line['table']}: {line['row']}", str(line["column"]), _cell(line["old"]), _cell(line["new"])
            )
        console.print(table, highlight=False)
        console.print(f"{days}; {len(some)} of {case}'s cells change", highlight=False)


def _cell(value: Any) -> str:
    """A date or a number."""
    return value.isoformat() if isinstance(value, dt.date) else f"{value:,.4g}"
