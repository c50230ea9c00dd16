"""What `lodestar why-infeasible` prints: policies that cannot hold together, and what would give a plan."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rich.console import Console

from optimizer.interfaces.render import Column, print_table, say
from optimizer.plans.amounts import money

if TYPE_CHECKING:
    from optimizer.questions.diagnosis import Diagnosis, Policy

OTHERS = 8
"""Rows beside the policies of a conflict listed."""


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
