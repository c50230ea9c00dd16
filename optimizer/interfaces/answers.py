"""What the commands that answer questions print."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console

from optimizer.case.stages import MEASURED
from optimizer.interfaces.render import Column, print_section, print_table, say
from optimizer.plans.amounts import Scale, change, mass, money, percent, price, usd
from optimizer.plans.ledger import ledger_section
from optimizer.plans.schema import lines
from optimizer.plans.summary import COUNTRY
from optimizer.questions.alternatives import Compared, at_stage
from optimizer.questions.supplier import ForcedParts
from optimizer.questions.undone import decision_section
from optimizer.questions.why import PriceParts

if TYPE_CHECKING:
    from optimizer.plans.outcome import Outcome
    from optimizer.plans.sections import Section
    from optimizer.questions.alternatives import Near
    from optimizer.questions.probe import Probe
    from optimizer.questions.supplier import Entry
    from optimizer.questions.why import Why

PARTS = 14
"""Parts of a price listed; the others are summed."""


def print_decisions(console: Console, probe: Probe, table: pd.DataFrame, *, wait: bool = False) -> None:
    """Print the decision list.

    Parameters
    ----------
    console : Console
    probe : Probe
        Of the base plan.
    table : DataFrame
        As `undone` gives it.
    wait : bool, optional
        Whether it was asked until when each line may wait.
    """
    _print_answered(console, probe, decision_section(table, wait=wait))


def print_ledger(console: Console, probe: Probe, table: pd.DataFrame) -> None:
    """Print the ledger: what costs something, then the names of what costs nothing.

    Parameters
    ----------
    console : Console
    probe : Probe
    table : DataFrame
    """
    _print_answered(console, probe, ledger_section(table, probe.cost))


def _print_answered(console: Console, probe: Probe, section: Section) -> None:
    """Print what a question to a plan found, under what it was asked of."""
    say(console, f": {_asked(probe)}, {_cost(probe.outcome)}", bold=probe.planner.case.name)
    print_section(console, section)
    say(console, f"{probe.solves} plans solved.")


def print_why(console: Console, found: Why) -> None:
    """Print the price of a tonne, the way it comes, and what the price is made of.

    Parameters
    ----------
    console : Console
    found : Why
    """
    short = f", {mass(found.short)} short" if found.short > 1e-6 else ""
    within = f", the dearest of {found.dearest_of}" if found.dearest_of else ""
    say(console, f", {found.period}{within}: {mass(found.wanted)} wanted{short}", bold=found.demand)
    each = price(found.price, *(step.worth for step in found.steps))
    say(console, f"One tonne more would cost {each.told(found.price)}.")
    console.print()
    say(console, "", bold="The way it comes")
    for step in found.steps:
        told = f"{step.way}: {mass(step.tonnes)} now, worth {each.cell(step.worth)} USD/t"
        say(console, "  " * step.depth + told, indent=4)
    it = PriceParts
    ranked = found.parts.reindex(found.parts[it.usd_per_t].abs().sort_values(ascending=False).index)
    shown = ranked.head(PARTS).sort_values(it.usd_per_t, ascending=False, kind="stable")
    rows = [(line[it.kind], line[it.what], *_own(line), each.cell(line[it.usd_per_t])) for line in lines(shown)]
    if len(rest := ranked.iloc[PARTS:]):
        rows.append(("", f"{len(rest)} smaller parts", "", "", each.cell(rest[it.usd_per_t].sum())))
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
    rents = found.parts[found.parts[it.kind].isin(("rent", "gap")) & (found.parts[it.usd_per_t] > 0)]
    if len(rents):
        say(console, f"What binds most: {rents.iloc[0][it.what]}.")
    if found.blocked:
        told = "; ".join(f"{what} ({_amount(usd)} USD/t better)" for what, usd in found.blocked[:4])
        stuck = "decided before the announcement or at its most" if found.reacts else "at its most"
        say(console, f"Better, and {stuck}: {told}.")


def _own(line: Mapping[str, Any]) -> tuple[str, str]:
    """What a unit of a price costs on its day, and how many a tonne of the demand takes."""
    it = PriceParts
    if line[it.kind] != "price" or math.isnan(line[it.own]):
        return "", ""
    return price(line[it.own]).cell(line[it.own]), f"{line[it.amount]:,.3g}"


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
    it = ForcedParts
    print_table(
        console,
        "The forced tonne, USD discounted to the first day",
        [Column("kind"), Column("what", least=30), Column("USD/t", right=True)],
        [(line[it.kind], line[it.what], f"{line[it.usd_per_t]:,.0f}") for line in lines(entry.parts)],
    )


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
    it = Compared
    found = {stage: at for stage in MEASURED if (at := at_stage(stage)).suppliers in table.columns}
    costs = (it.cost_usd, it.cash_usd, it.penalties_usd)
    scale = money(*(line[name] for line in lines(table) for name in costs))
    rows = [
        (
            line[it.goal] + ("" if line[it.proved] else " *"),
            *(scale.cell(line[name]) for name in costs),
            *(percent(line[at.country_share]) for at in found.values()),
            *(str(line[at.suppliers]) for at in found.values()),
            Scale("days", 1.0, 0).cell(line[it.mean_stock_days]),
        )
        for line in lines(table)
    ]
    print_table(
        console,
        f"Plans within {within:g} % of the least cost",
        [
            Column("goal"),
            *(Column(f"{name}\n{scale.unit}", right=True) for name in ("cost", "cash", "penalties")),
            *(Column(f"{COUNTRY}\n{stage}", right=True) for stage in found),
            *(Column(f"suppliers\n{stage}", right=True, rank=1) for stage in found),
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


def _asked(probe: Probe) -> str:
    """Which answer was asked about."""
    scenario, answer = probe.key
    return "base plan" if scenario == "base" else f"{scenario} ({answer})"


def _amount(value: float) -> str:
    """Money in full, without a minus before a zero."""
    return f"{round(value) + 0.0:,.0f}"


def _cost(outcome: Outcome) -> str:
    """What a plan costs, and what of it is cash and what penalties."""
    scale = money(outcome.cost, outcome.cash, outcome.penalties)
    told = f"{scale.cell(outcome.cash)} cash, {scale.cell(outcome.penalties)} penalties"
    return f"{scale.told(outcome.cost)} ({told})"
