"""What the commands that answer questions print."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console

from optimizer.interfaces.render import Column, print_section, print_table, say
from optimizer.plans.amounts import Scale, change, mass, money, percent, price, tonnes, usd
from optimizer.plans.cost import Amounts
from optimizer.plans.ledger import ledger_section
from optimizer.plans.summary import COUNTRY

if TYPE_CHECKING:
    from optimizer.plans.outcome import Outcome
    from optimizer.questions.alternatives import Near
    from optimizer.questions.conflict import Diagnosis, Policy
    from optimizer.questions.difference import Difference
    from optimizer.questions.probe import Probe
    from optimizer.questions.supplier import Entry
    from optimizer.questions.why import Why

PARTS = 14
"""Parts of a price listed; the others are summed."""
INPUTS = 15
"""Changed inputs listed."""
DECISIONS = 15
"""Changed decisions listed."""
OTHERS = 8
"""Rows beside the policies of a conflict listed."""


def print_ledger(console: Console, probe: Probe, table: pd.DataFrame) -> None:
    """Print the ledger: what costs something, then the names of what costs nothing.

    Parameters
    ----------
    console : Console
    probe : Probe
    table : DataFrame
    """
    name = probe.planner.case.name
    say(console, f": {_asked(probe)}, {_cost(probe.outcome)}", bold=name)
    print_section(console, ledger_section(table, probe.cost))
    say(console, f"{probe.solves} plans solved.")


def print_why(console: Console, found: Why, period: str) -> None:
    """Print the price of a tonne, the way it comes, and what the price is made of.

    Parameters
    ----------
    console : Console
    found : Why
    period : str
    """
    short = f", {mass(found.short)} short" if found.short > 1e-6 else ""
    say(console, f", {period}: {mass(found.wanted)} wanted{short}", bold=found.demand)
    each = price(found.price, *(step.worth for step in found.steps))
    say(console, f"One tonne more would cost {each.told(found.price)}.")
    console.print()
    say(console, "", bold="The way it comes")
    for step in found.steps:
        told = f"{step.way}: {mass(step.tonnes)} now, worth {each.cell(step.worth)} USD/t"
        say(console, "  " * step.depth + told, indent=4)
    ranked = found.parts.reindex(found.parts["usd_per_t"].abs().sort_values(ascending=False).index)
    lines: Any = ranked.head(PARTS).sort_values("usd_per_t", ascending=False, kind="stable").itertuples()
    rows = [(line.kind, line.what, *_own(line), each.cell(line.usd_per_t)) for line in lines]
    if len(rest := ranked.iloc[PARTS:]):
        rows.append(("", f"{len(rest)} smaller parts", "", "", each.cell(rest["usd_per_t"].sum())))
    print_table(
        console,
        "What the price is made of, USD per tonne",
        [
            Column("kind"),
            Column("what", least=30),
            Column("its price", right=True),
            Column("units", right=True),
            Column("USD/t", right=True),
        ],
        rows,
        caption="Its price: what a unit costs on its day, as the case states it, and how many units a tonne takes; the "
        "last column brings that to the day of the demand. A rent is what something scarce is worth here; a credit is "
        "for what comes beside. The parts add up to the price. Prices hold for a small change.",
    )
    rents = found.parts[found.parts["kind"].isin(("rent", "gap")) & (found.parts["usd_per_t"] > 0)]
    if len(rents):
        say(console, f"What binds most: {rents.iloc[0]['what']}.")
    if found.blocked:
        told = "; ".join(f"{what} ({_amount(usd)} USD/t better)" for what, usd in found.blocked[:4])
        stuck = "decided before the announcement or at its most" if found.reacts else "at its most"
        say(console, f"Better, and {stuck}: {told}.")


def _own(line: Any) -> tuple[str, str]:
    """What a unit of a price costs on its day, and how many a tonne of the demand takes."""
    if line.kind != "price" or math.isnan(line.own):
        return "", ""
    return price(line.own).cell(line.own), f"{line.amount:,.3g}"


def print_entry(console: Console, entry: Entry) -> None:
    """Print what stands between a supplier and the plan.

    Parameters
    ----------
    console : Console
    entry : Entry
    """
    say(console, f": {mass(entry.tonnes)} in this plan over the horizon", bold=entry.supplier)
    if math.isnan(entry.forced_usd):
        say(console, f"It cannot supply a tonne more; the most it could supply is {mass(entry.most)}.")
        return
    say(console, f"One tonne more from it costs {entry.forced_usd:,.0f} USD (planned again with it).")
    if entry.premium_low == entry.premium_high:
        told = f"It is {entry.premium_low:,.0f} USD/t too dear"
    else:
        told = f"It is between {entry.premium_low:,.0f} and {entry.premium_high:,.0f} USD/t too dear"
    more, same = ("more is taken", "no more is taken") if entry.tonnes > 0 else ("it comes in", "it stays out")
    above = more if entry.comes_in_above else f"{same}, its tonnes are limited"
    below = same if entry.stays_out_below else more
    ends = ("that discount", "") if entry.premium_low == entry.premium_high else ("the first", " the second")
    say(console, f"{told}: just below {ends[0]} {below}, just above{ends[1]} {above} (planned again).")
    if entry.projects:
        say(console, f"It must be qualified first: {', '.join(entry.projects)}.")
    lines: Any = entry.parts.itertuples()
    print_table(
        console,
        "The forced tonne, USD discounted to the first day",
        [Column("kind"), Column("what", least=30), Column("USD/t", right=True)],
        [(line.kind, line.what, f"{line.usd_per_t:,.0f}") for line in lines],
    )


def print_diagnosis(console: Console, found: Diagnosis, case: str) -> None:
    """Print the demands out of reach, then the conflicts of a case and their repairs.

    Parameters
    ----------
    console : Console
    found : Diagnosis
    case : str
    """
    for some in found.unreached:
        say(console, f"{some.text[0].upper()}{some.text[1:]}.")
    if not found.conflicts:
        say(console, ": there is a plan; no policy conflicts", bold=case)
        return
    count = "one conflict" if len(found.conflicts) == 1 else f"{len(found.conflicts)} conflicts"
    say(console, f": no plan, {count}", bold=case)
    repairs = [repair for conflict in found.conflicts for repair in conflict.repairs]
    scale = money(*(usd for repair in repairs for usd in (repair.cost, repair.penalties)))
    for number, conflict in enumerate(found.conflicts, 1):
        print_table(
            console,
            f"Conflict {number}: these cannot hold together",
            [Column("policy", least=30), Column("bound", right=True), Column("unit")],
            [(policy.what, _bound(policy, policy.value), policy.unit) for policy in conflict.policies],
        )
        others = [f"{what} ({bound:,.1f})" for what, bound in conflict.with_[:OTHERS]]
        more = f"; and {len(conflict.with_) - OTHERS} more" if len(conflict.with_) > OTHERS else ""
        if others:
            say(console, f"With {'; '.join(others)}{more}.")
        print_table(
            console,
            "Any one of these gives a plan, cheapest first",
            [
                Column("policy", least=30),
                Column("bound", right=True),
                Column("that will do", right=True),
                Column("missing", right=True),
                Column(f"plan costs\n{scale.unit}", right=True),
                Column("of it\npenalties", right=True),
            ],
            [
                (
                    repair.policy.what,
                    _bound(repair.policy, repair.policy.value),
                    _bound(repair.policy, repair.value),
                    _missing(repair.policy, repair.missing),
                    scale.cell(repair.cost),
                    scale.cell(repair.penalties),
                )
                for repair in conflict.repairs
            ]
            or [("none by itself", *[""] * 5)],
        )
    together = "; ".join(
        f"{p.what}: {_bound(p, p.value)} to {_bound(p, value)} {p.unit} ({_missing(p, abs(value - p.value))} missing)"
        for p, value in found.together
    )
    say(console, f"The least joint change: {together}.")


def print_difference(console: Console, found: Difference, old: str, new: str) -> None:
    """Print what changed from one plan to another.

    Parameters
    ----------
    console : Console
    found : Difference
    old, new : str
    """
    say(console, f"{old} to {new}", bold="Difference: ")
    lines: Any = found.inputs.itertuples(index=False)
    rows = [
        (f"{line[0]}: {line[1]}" if line[1] else line[0], line[2], _day(line[3]), _cell(line[4]), _cell(line[5]))
        for line in lines
    ]
    headings = (Column("row", least=20), Column("column"), Column("from", rank=1))
    print_table(
        console,
        "Inputs that differ",
        [*headings, Column("old", right=True, least=12), Column("new", right=True, least=12)],
        rows[:INPUTS] or [("none", "", "", "", "")],
        caption=f"and {len(rows) - INPUTS} more" if len(rows) > INPUTS else "",
    )
    lines = found.attribution.itertuples(index=False)
    each = money(*found.attribution["cost_usd"])
    print_table(
        console,
        "What each change costs",
        [Column("change", least=30), Column(each.unit, right=True)],
        [(line.change, each.cell(change(line.cost_usd, 0.0), sign=True)) for line in lines],
        caption="The mean of what it costs as the first of all changes and as the last.",
    )
    lines = found.decisions.head(DECISIONS).itertuples(index=False)
    scale = tonnes(*found.decisions["old"], *found.decisions["new"])
    print_table(
        console,
        f"Decisions: {'tonnes' if scale.unit == 't' else scale.unit} over the horizon, largest change first",
        [Column("stage"), Column("supplier"), *(Column(name, right=True) for name in ("old", "new", "change"))],
        [(line.stage, line.supplier, *map(scale.cell, (line.old, line.new, line.change))) for line in lines],
        caption=f"and {len(found.decisions) - DECISIONS} more" if len(found.decisions) > DECISIONS else "",
    )
    if len(found.dispatch):
        periods = list(found.dispatch.columns[1:])
        print_table(
            console,
            "Change of what is sent to the buyer's plants, tonnes by country and period of dispatch",
            [Column("from"), *(Column(str(name), right=True) for name in periods)],
            [(line[0], *(f"{t:+,.0f}" if abs(t) >= 0.5 else "" for t in line[1:])) for line in found.dispatch.values],
        )
    lines = found.outcomes.itertuples(index=False)
    costs = found.outcomes[found.outcomes["unit"] == "USD"]
    scale = money(*costs["old"], *costs["new"])
    table: list[tuple[str, ...]] = []
    for line in lines:
        if line.unit == "USD":
            cells = (scale.cell(line.old), scale.cell(line.new), scale.cell(change(line.new, line.old), sign=True))
            table.append((f"{line.what}, {scale.unit}", *cells))
        elif line.unit == "share":
            table.append(
                (line.what, *(percent(n, 1) for n in (line.old, line.new)), percent(line.change, 1, sign=True))
            )
        else:
            unit = tonnes(line.old, line.new) if line.unit == "t" else Scale(line.unit, 1.0, 0)
            table.append((f"{line.what}, {unit.unit}", *map(unit.cell, (line.old, line.new, line.change))))
    numbers = (Column(name, right=True) for name in ("old", "new", "change"))
    print_table(console, "Outcomes", [Column("what"), *numbers], table)


def print_alternatives(console: Console, table: pd.DataFrame, within: float) -> None:
    """Print plans within a percentage of the least cost beside it.

    Parameters
    ----------
    console : Console
    table : DataFrame
        As `compared` gives it.
    within : float
        Per cent of the least cost.
    """
    stages = [name.removesuffix("_suppliers") for name in table.columns if name.endswith("_suppliers")]
    lines: list[dict[str, Any]] = table.to_dict(orient="records")  # type: ignore[assignment]
    money_columns = Amounts.columns()
    scale = money(*(line[name] for line in lines for name in money_columns))
    rows = [
        (
            line["goal"] + ("" if line["proved"] else " *"),
            *(scale.cell(line[name]) for name in money_columns),
            *(percent(line[f"{stage}_{COUNTRY}_share"]) for stage in stages),
            *(str(line[f"{stage}_suppliers"]) for stage in stages),
            Scale("days", 1.0, 0).cell(line["mean_stock_days"]),
        )
        for line in lines
    ]
    print_table(
        console,
        f"Plans within {within:g} % of the least cost",
        [
            Column("goal"),
            *(Column(f"{name}\n{scale.unit}", right=True) for name in ("cost", "cash", "penalties")),
            *(Column(f"{COUNTRY}\n{stage}", right=True) for stage in stages),
            *(Column(f"suppliers\n{stage}", right=True, rank=1) for stage in stages),
            Column("mean days\nof stock", right=True),
        ],
        rows,
        caption="Each is proved to be as good at its goal as the cost allows, but for *, which is the best found.",
    )


def print_near(console: Console, found: Near, base: Outcome, stage: str) -> None:
    """Print the best plan near the base plan.

    Parameters
    ----------
    console : Console
    found : Near
    base : Outcome
    stage : str
    """
    cost = found.outcome.cost
    say(console, f"{_cost(found.outcome)}, {usd(change(cost, base.cost), sign=True)} against the base plan")
    more = usd(change(cost, found.free_cost), sign=True)
    say(console, f"Without a bound on the change: {usd(found.free_cost)}; staying near costs {more}.")
    say(console, f"{percent(found.moved, 1)} of the tonnes at stage {stage} change hands.")
    for word, names in (("Added", found.added), ("Dropped", found.dropped)):
        say(console, f"{word}: {', '.join(names) or 'none'}.")
    say(console, f"Short: {mass(found.outcome.short)}; service {percent(found.outcome.service_level, 1)}.")
    if not found.proved:
        say(console, "The suppliers that change are those that change most in the best plan; others may do better.")


def _day(value: Any) -> str:
    """A date, if there is one."""
    return str(value) if isinstance(value, dt.date) else ""


def _cell(value: Any) -> str:
    """A value of a table."""
    if isinstance(value, float):
        return f"{value:,.6g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return "" if value is None else str(value)


def diagnosis_record(found: Diagnosis) -> dict[str, Any]:
    """A diagnosis for JSON."""
    return {
        "unreached": [some.record() for some in found.unreached],
        "conflicts": [
            {
                "policies": [policy.__dict__ for policy in conflict.policies],
                "with": [{"row": what, "bound": bound} for what, bound in conflict.with_],
                "repairs": [
                    {
                        "policy": repair.policy.what,
                        "value": repair.value,
                        "missing": repair.missing,
                        "unit": repair.policy.unit,
                        "cost_usd": None if math.isnan(repair.cost) else repair.cost,
                        "penalties_usd": None if math.isnan(repair.penalties) else repair.penalties,
                    }
                    for repair in conflict.repairs
                ],
            }
            for conflict in found.conflicts
        ],
        "together": [
            {"policy": policy.what, "value": value, "missing": abs(value - policy.value), "unit": policy.unit}
            for policy, value in found.together
        ],
    }


def _asked(probe: Probe) -> str:
    """Which answer was asked about."""
    scenario, answer = probe.key
    return "base plan" if scenario == "base" else f"{scenario} ({answer})"


def _amount(value: float) -> str:
    """Money in full, without a minus before a zero."""
    return f"{round(value) + 0.0:,.0f}"


def _bound(policy: Policy, value: float) -> str:
    """A bound in its unit."""
    if policy.unit == "of share":
        return f"{value:.4%}"
    return f"{value:,.3f}" if value == 0 or abs(value) >= 0.1 else f"{value:.3g}"


def _missing(policy: Policy, amount: float) -> str:
    """By how much a policy cannot be kept, with its unit."""
    if policy.unit == "of share":
        return f"{100 * amount:.4g} points"
    return f"{_bound(policy, amount)} {policy.unit}"


def _cost(outcome: Outcome) -> str:
    """What a plan costs, and what of it is cash and what penalties."""
    scale = money(outcome.cost, outcome.cash, outcome.penalties)
    told = f"{scale.cell(outcome.cash)} cash, {scale.cell(outcome.penalties)} penalties"
    return f"{scale.told(outcome.cost)} ({told})"
