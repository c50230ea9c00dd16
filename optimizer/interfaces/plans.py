"""What `lodestar plan` prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from rich.console import Console

from optimizer.interfaces.render import Column, fits, print_table, say
from optimizer.plans.amounts import NONE, Scale, change, mass, money, percent, tonnes, usd
from optimizer.plans.choose import Chosen
from optimizer.plans.discarded import thrown_away
from optimizer.plans.flows import STAGES
from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.penalties import gathered, missed
from optimizer.plans.plan import Plans
from optimizer.plans.summary import COUNTRY
from optimizer.plans.tables.demand import shortages
from optimizer.plans.tables.limits import limits
from optimizer.plans.tables.stock import stock_gaps
from optimizer.plans.tables.supply import supply
from optimizer.questions.costless import averaged, stays_best
from optimizer.questions.effects import effects
from optimizer.world.scenario import Scenario

STAGE_WORDS = {"concentrate": "mine", "oxide": "separation", "metal": "metal", "magnet": "magnet"}
ELSEWHERE = "lodestar plan --out"
MUCH = 1e-3
"""Part of the cost from which what is thrown away is said."""
DETAILED = 2
"""Plans printed up to which the materials thrown away are named for each; of more, for the base plan only."""
NAMED = 3
"""Materials thrown away that are named."""


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
    _print_missed(console, plans, order)
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


def _number(row: Any, column: str) -> float | None:
    """A number of a row of the summary; None where there is none."""
    value = None if row is None else row.get(column)
    return None if value is None or pd.isna(value) else float(value)


def _against(row: Any, other: Any) -> float | None:
    """What an answer costs more than another."""
    costs = _number(row, "cost_usd"), _number(other, "cost_usd")
    return None if costs[0] is None or costs[1] is None else change(costs[0], costs[1])


def _print_cost(console: Console, plans: Plans, summary: pd.DataFrame, order: list[str]) -> None:
    """Cost, cash and penalties, and service, scenario by scenario, and what the zeros mean."""
    one_answer = {some.name for some in plans.scenarios if not plans.planner.decided(some).any()}
    base = _row(summary, "base", "base")
    planned = {name: (_row(summary, name, "react"), _row(summary, name, "foresight")) for name in order}
    planned = {name: rows for name, rows in planned.items() if any(row is not None for row in rows)}
    amounts = [_number(row, column) for rows in planned.values() for row in rows for column in MONEY]
    scale, short = money(*amounts), tonnes(*(_number(row, "short_t") for rows in planned.values() for row in rows))
    lines = []
    for name, (react, foresight) in planned.items():
        one = react if react is not None else foresight
        known = foresight if name != "base" else None
        both = react is not None and known is not None
        missing = _number(one, "short_t")
        lines.append(
            (
                name,
                *(scale.cell(_number(react, column)) for column in MONEY),
                scale.cell(_against(react, base), sign=True) if name != "base" else NONE,
                scale.cell(_number(known, "cost_usd")),
                scale.cell(_against(known, base), sign=True),
                "=" if both and name in one_answer else scale.cell(_against(react, known), sign=True),
                percent(_number(one, "service_level"), 1),
                short.cell(missing if missing is None or missing > TOLERANCE else 0.0),
                f"{one['worst_demand']} {percent(one['worst_service_level'])}" if (missing or 0) > TOLERANCE else NONE,
                "yes" if one["certified"] and (not both or foresight["certified"]) else one["status"],
            )
        )
    columns = [
        Column("scenario"),
        Column(f"react\n{scale.unit}", right=True),
        Column("of it\ncash", right=True),
        Column("of it\npenalties", right=True),
        Column("against\nbase", right=True),
        Column(f"foresight\n{scale.unit}", right=True, rank=1),
        Column("against\nbase", right=True, rank=1),
        Column("unprepared\ncosts", right=True, rank=1),
        Column("service", right=True),
        Column(f"short\n{short.unit}", right=True),
        Column("worst demand\nand its service", rank=2),
        Column("certified", rank=3),
    ]
    print_table(console, "Cost and service", columns, lines, elsewhere=ELSEWHERE)
    say(
        console,
        "react: the base plan is kept until the day the scenario is announced. foresight: known from the start. "
        "Penalties (shortage, missing stock, limits broken) are paid to nobody. Cash, penalties, service, shortage and "
        "the tables below: react.",
    )
    if one_answer:
        say(console, "=: announced before anything is decided, so react is foresight.")
    for line in (*_without_effect(plans), *_thrown_away(plans, order)):
        say(console, line, indent=2)


MONEY = ("cost_usd", "cash_usd", "penalties_usd")
"""Columns of the summary that the table of costs shows."""


def _without_effect(plans: Plans) -> list[str]:
    """Lines that say which scenarios cost nothing, why, and which are seen only as averages over their periods."""
    cost = plans.outcome().cost

    def free(scenario: Scenario) -> bool:
        found = [plans.outcomes.get((scenario.name, answer)) for answer in ("react", "foresight")]
        return any(found) and all(change(some.cost, cost) == 0 for some in found if some is not None)

    finished = {name for name, _ in plans.outcomes}
    days = {some.name: averaged(plans, some) for some in plans.scenarios if some.name in finished}
    absent = [some.name for some in plans.scenarios if free(some) and effects(plans.planner, some).empty]
    costless = [some for some in plans.scenarios if free(some) and some.name not in absent]
    whole = [some for some in costless if not days[some.name]]
    proved = [some.name for some in whole if stays_best(plans, some)]
    replaced = [some.name for some in whole if some.name not in proved]
    lines = []
    if proved:
        lines.append(
            f"No cost: {', '.join(proved)}. Nothing that counts for the base plan is touched: its own proof shows that "
            "it stays the best."
        )
    if replaced:
        lines.append(
            f"As dear as the base plan: {', '.join(replaced)}. What is taken away is not needed, or replaced at no "
            "more cost."
        )
    if absent:
        lines.append(f"Nothing of this case changes: {', '.join(absent)}.")
    for name, found in days.items():
        if found:
            seen = "No cost as averaged: " if name in [some.name for some in costless] else ""
            inside = ", ".join(str(day) for day in found)
            lines.append(f"{seen}{name} {inside}, and is averaged over it.")
    return lines


def _thrown_away(plans: Plans, order: list[str]) -> list[str]:
    """What goes to waste, where it is worth more than a thousandth of the cost: in one line."""
    told, worst = [], []
    for name in order:
        outcome = plans.outcomes.get(("base", "base") if name == "base" else (name, "react"))
        if outcome is None:
            continue
        table = thrown_away(outcome)
        worth = float(table["value_usd"].sum())
        if worth <= MUCH * outcome.cost:
            continue
        part = f" ({worth / outcome.cost:.1%} of the cost)" if outcome.cost > 0 else ""
        if name == "base" or len(order) <= DETAILED:
            lines = table.head(NAMED).itertuples(index=False)
            most = ", ".join(f"{mass(tonnes)} of {what}" for what, tonnes, _ in lines)
            more = f" and {len(table) - NAMED} more" if len(table) > NAMED else ""
            told.append(f"{'base plan' if name == 'base' else name} {usd(worth)}{part}: {most}{more}")
        else:
            worst.append((worth, f"{name} {usd(worth)}{part}"))
    if worst:
        count = "one scenario" if len(worst) == 1 else f"{len(worst)} scenarios, most in"
        told.append(f"{count} {max(worst)[1]}")
    return [f"Thrown away, at table values and not in the cost: {'; '.join(told)}."] if told else []


def _print_missed(console: Console, plans: Plans, order: list[str]) -> None:
    """Limits broken and stock missing, by how much and at what penalty; what is as in the base plan is said once."""
    found = {}
    for name in order:
        outcome = plans.outcomes.get(("base", "base") if name == "base" else (name, "react"))
        if outcome is not None:
            tables = {make.__name__: outcome.labelled(make(outcome)) for make in (limits, stock_gaps, shortages)}
            found[name] = gathered(missed(tables)) if len(order) > DETAILED else missed(tables)
    scale = money(*(usd for table in found.values() for usd in table["cost_usd"]))
    told = {name: _missed_cells(table, scale) for name, table in found.items()}
    same = [name for name in told if name != "base" and told[name] == told.get("base")]
    rows = [
        (name if not number else "", *cells)
        for name, some in told.items()
        if name not in same
        for number, cells in enumerate(some or [("nothing", "", "", "")])
    ]
    if not any(told.values()):
        say(console, "No limit is broken, no stock and no demand is missing.")
        return
    print_table(
        console,
        "Missed at a penalty: limits broken, stock and demand missing",
        [
            Column("scenario"),
            Column("what", least=24),
            Column("when", least=12, rank=1),
            Column("by how much", least=16),
            Column(f"penalty\n{scale.unit}", right=True),
        ],
        rows,
        caption=f"As in the base plan: {', '.join(same)}." if same and told.get("base") else "",
        elsewhere=ELSEWHERE,
    )


def _missed_cells(table: pd.DataFrame, scale: Scale) -> list[tuple[str, ...]]:
    """What one plan misses, as it is printed."""
    lines: Any = table.itertuples()
    return [(f"{line.kind} {line.what}", line.where, line.by, scale.cell(line.cost_usd)) for line in lines]


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
                *(percent(_number(row, f"{stage}_{COUNTRY}_share")) for stage in STAGES),
                _days(_number(row, "lowest_stock_days")),
                row.get("lowest_stock_where") or NONE,
            )
        )
        top = ((row.get(f"{stage}_largest"), _number(row, f"{stage}_largest_share")) for stage in STAGES)
        largest.append(
            (name, *(f"{supplier} {percent(share)}" if share is not None else NONE for supplier, share in top))
        )
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


def _days(days: float | None) -> str:
    """Days of stock."""
    return NONE if days is None else f"{days:.0f}"


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
    scale = tonnes(*lines["all"])
    lines = lines[lines["all"] >= _least(scale)]
    calendar = outcome.frame.calendar
    labels: dict[str, Callable[[int], str]] = {
        " by period of dispatch": calendar.label,
        " by year of dispatch": lambda period: str(calendar.bounds[period].year),
        "": lambda _: "",
    }
    forms = [(how, *_supply_by(lines, label, len(calendar.periods), scale)) for how, label in labels.items()]
    how, columns, rows = next((form for form in forms if fits(console, *form[1:])), forms[-1])
    wider = "" if "period" in how else f"By period: on a wider screen, or {ELSEWHERE}."
    unit = "tonnes" if scale.unit == "t" else scale.unit
    print_table(console, f"Who supplies what: {title}, {unit}{how}", columns, rows, caption=wider)


def _least(scale: Scale) -> float:
    """Tonnes below which a cell of the supply table is left empty."""
    return 0.5 * 10.0**-scale.digits * scale.size


def _supply_by(
    lines: pd.DataFrame, label: Callable[[int], str], periods: int, scale: Scale
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
            amounts = [*(line[group].sum() for group in groups.values()), line["all"]]
            shown = (scale.cell(amount) if amount >= _least(scale) else "" for amount in amounts)
            rows.append((f"  {line['material']}", str(line["from"]), *shown))
    return columns, rows
