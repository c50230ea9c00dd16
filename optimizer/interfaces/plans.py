"""What `lodestar plan` prints."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
from rich.console import Console

from optimizer.analysis.choose import Chosen
from optimizer.analysis.effects import effects
from optimizer.analysis.flows import STAGES
from optimizer.analysis.outcome import Outcome
from optimizer.analysis.plan import Plans
from optimizer.analysis.summary import COUNTRY
from optimizer.analysis.tables import supply
from optimizer.case.scenario import Scenario
from optimizer.interfaces.render import Column, fits, print_table, say

STAGE_WORDS = {"concentrate": "mine", "oxide": "separation", "metal": "metal", "magnet": "magnet"}
SHOWN = 0.5
"""Tonnes below which a cell of the supply table is left empty."""
NO_COST = 50_000.0
"""USD below which a cost prints as 0.0 million."""
ELSEWHERE = "lodestar plan --out"


def _number(value: Any, pattern: str) -> str:
    """A number in a pattern; a dash where there is none."""
    return "-" if value is None or (isinstance(value, float) and math.isnan(value)) else format(value, pattern)


def millions(value: Any, *, sign: bool = False) -> str:
    """USD in millions."""
    if value is None or pd.isna(value):
        return "-"
    rounded = round(float(value) / 1e6, 1) + 0.0  # no minus before a zero
    return _number(rounded, "+,.1f" if sign and rounded else ",.1f")


def print_plans(console: Console, plans: Plans) -> None:
    """Print the summary of every scenario and the plan itself for one."""
    case, calendar = plans.planner.case, plans.planner.network.structure.calendar
    say(console, f": {case.file.title}", bold=case.name)
    say(
        console,
        f"{calendar.start} to {calendar.end}, {len(calendar.periods)} periods; money is discounted to the first day at "
        f"{case.file.discount_rate:.0%} a year",
    )
    summary = plans.summary.set_index(["scenario", "answer"])
    order = ["base", *(scenario.name for scenario in plans.scenarios)]
    _print_cost(console, plans, summary, order)
    _print_concentration(console, summary, order)
    _print_binding(console, summary, order)
    only = plans.scenarios[0].name if len(plans.scenarios) == 1 else "base"
    shown = only if (only, "react") in plans.outcomes else "base"
    _print_supply(console, plans.outcome(shown), "base plan" if shown == "base" else f"{shown} (react)")
    for number, line in enumerate(fit_lines(plans.chosen)):
        say(console, f"\n{line}" if number == 0 else line)


def fit_lines(chosen: Chosen) -> list[str]:
    """How far the scenarios fit the case, where not all of all do: one line each."""
    lines = [f"{fit.text}." for fit in chosen.partly]
    if chosen.misfits:
        lines.append("Bundled scenarios that do not fit this case, and are not planned:")
        lines += [f"  {misfit.text}" for misfit in chosen.misfits]
    return lines


def _row(summary: pd.DataFrame, scenario: str, answer: str) -> Any:
    """One row of the summary; None where it was not planned."""
    key = ("base", "base") if scenario == "base" else (scenario, answer)
    return summary.loc[key] if key in summary.index else None


def _print_cost(console: Console, plans: Plans, summary: pd.DataFrame, order: list[str]) -> None:
    """Cost and service, scenario by scenario, and what the zeros mean."""
    one_answer = {some.name for some in plans.scenarios if not plans.planner.decided(some).any()}
    rows = []
    for name in order:
        react, foresight = _row(summary, name, "react"), _row(summary, name, "foresight")
        if react is None and foresight is None:
            continue
        one = react if react is not None else foresight
        both = react is not None and foresight is not None and name != "base"
        known = foresight if name != "base" else None
        unprepared = millions(react["cost_usd"] - foresight["cost_usd"], sign=True) if both else "-"
        rows.append(
            (
                name,
                millions(react.get("cost_usd") if react is not None else None),
                millions(react.get("change_usd"), sign=True) if react is not None and name != "base" else "-",
                millions(known.get("cost_usd") if known is not None else None),
                millions(known.get("change_usd") if known is not None else None, sign=True),
                "=" if both and name in one_answer else unprepared,
                _number(one.get("service_level"), ".1%"),
                _number(one.get("short_t"), ",.0f"),
                one.get("worst_demand") or "-" if one.get("short_t", 0) >= SHOWN else "-",
                _number(one.get("worst_service_level"), ".1%"),
                "yes" if one["certified"] and (not both or foresight["certified"]) else one["status"],
            )
        )
    columns = [
        Column("scenario"),
        Column("react\nMUSD", right=True),
        Column("against\nbase", right=True),
        Column("foresight\nMUSD", right=True, rank=1),
        Column("against\nbase", right=True, rank=1),
        Column("unprepared\ncosts", right=True),
        Column("service", right=True),
        Column("short\nt", right=True),
        Column("worst demand", rank=2),
        Column("its\nservice", right=True, rank=2),
        Column("certified", rank=3),
    ]
    print_table(console, "Cost and service", columns, rows, elsewhere=ELSEWHERE)
    say(
        console,
        "react: the base plan is kept until the day the scenario is announced. foresight: known from the start. "
        "Service, shortage and the tables below: react.",
    )
    if one_answer:
        say(console, "=: announced before anything is decided, so react is foresight.")
    for line in _without_effect(plans):
        say(console, line, indent=2)


def _without_effect(plans: Plans) -> list[str]:
    """Lines that say why scenarios cost nothing, those which change nothing in the case apart."""

    def free(scenario: Scenario) -> bool:
        found = [plans.outcomes.get((scenario.name, answer)) for answer in ("react", "foresight")]
        cost = plans.outcome().cost
        return any(found) and all(abs(some.cost - cost) < NO_COST for some in found if some is not None)

    costless = [some for some in plans.scenarios if free(some)]
    absent = [some.name for some in costless if effects(plans.planner, some).empty]
    unused = [some.name for some in costless if some.name not in absent]
    lines = []
    if unused:
        lines.append(
            f"No cost: {', '.join(unused)}. What a plan does not use, or can replace at no more cost, is no loss."
        )
    if absent:
        lines.append(f"Nothing of this case changes: {', '.join(absent)}.")
    return lines


def _print_concentration(console: Console, summary: pd.DataFrame, order: list[str]) -> None:
    """China's share and the largest supplier at each stage, and the lowest stock."""
    shares, largest = [], []
    for name in order:
        row = _row(summary, name, "react")
        row = _row(summary, name, "foresight") if row is None else row
        if row is None:
            continue
        shares.append(
            (
                name,
                *(_number(row.get(f"{stage}_{COUNTRY}_share"), ".0%") for stage in STAGES),
                _number(row.get("lowest_stock_days"), ".0f"),
                row.get("lowest_stock_where"),
            )
        )
        top = ((row.get(f"{stage}_largest"), row.get(f"{stage}_largest_share")) for stage in STAGES)
        largest.append((name, *(f"{supplier} {_number(share, '.0%')}" for supplier, share in top)))
    stages = [Column(STAGE_WORDS[stage], right=True) for stage in STAGES]
    print_table(
        console,
        f"Share of {COUNTRY} at each stage (tonnes over the horizon, looked through), and stock at its lowest",
        [Column("scenario"), *stages, Column("days of\nstock", right=True), Column("of what, where and when", rank=1)],
        shares,
        elsewhere=ELSEWHERE,
    )
    print_table(
        console,
        "Largest supplier at each stage, and its share",
        [
            Column("scenario"),
            *(Column(STAGE_WORDS[stage], rank=len(STAGES) - number) for number, stage in enumerate(STAGES)),
        ],
        largest,
        elsewhere=ELSEWHERE,
    )


def _print_binding(console: Console, summary: pd.DataFrame, order: list[str]) -> None:
    """Which rules bind."""
    rows = [(name, row.get("binding")) for name in order if (row := _row(summary, name, "react")) is not None]
    print_table(
        console,
        "Rules that bind (and in how many places and periods)",
        [Column("scenario"), Column("rules", least=30)],
        rows,
    )


def _print_supply(console: Console, outcome: Outcome, title: str) -> None:
    """Who supplies what to the buyer's plants, and what is missing: by period, or by year where that is too wide."""
    lines = supply(outcome)
    lines = lines[lines["all"] >= SHOWN]
    calendar = outcome.frame.calendar
    labels: dict[str, Callable[[int], str]] = {
        " by period of dispatch": calendar.label,
        " by year of dispatch": lambda period: str(calendar.bounds[period].year),
        "": lambda _: "",
    }
    forms = [(how, *_supply_by(lines, label, len(calendar.periods))) for how, label in labels.items()]
    how, columns, rows = next((form for form in forms if fits(console, *form[1:])), forms[-1])
    wider = "" if "period" in how else f"By period: on a wider screen, or {ELSEWHERE}."
    print_table(console, f"Who supplies what: {title}, tonnes{how}", columns, rows, caption=wider)


def _supply_by(
    lines: pd.DataFrame, label: Callable[[int], str], periods: int
) -> tuple[list[Column], list[tuple[str, ...]]]:
    """The supply table, plant by plant, the periods of one label added up; no label: none of them shown."""
    groups: dict[str, list[Any]] = {}
    for period in range(periods):
        groups.setdefault(label(period), []).append(lines.columns[3 + period])
    groups.pop("", None)
    columns = [Column("to\n  material"), Column("from"), *(Column(name, right=True) for name in (*groups, "all"))]
    rows: list[tuple[str, ...]] = []
    for site, some in lines.groupby("to", sort=False):
        rows.append((str(site), *[""] * (len(columns) - 1)))
        for _, line in some.iterrows():
            tonnes = [*(line[group].sum() for group in groups.values()), line["all"]]
            shown = (f"{t:,.0f}" if t >= SHOWN else "" for t in tonnes)
            rows.append((f"  {line['material']}", str(line["from"]), *shown))
    return columns, rows
