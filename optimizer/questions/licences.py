"""What there is to say of licences: where their references come from, what these cost, and which licence binds most."""

from __future__ import annotations

import numpy as np
import pandas as pd

from optimizer.engine.refine import Solver
from optimizer.plans.amounts import money, tonnes
from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.plan import Plans
from optimizer.plans.tables.licences import Licences, licences

NAMED = 3
"""Licences named that nobody has a reference for."""


def licence_lines(plans: Plans) -> list[str]:
    """Lines on the licences of the base plan; none where none restricts.

    Parameters
    ----------
    plans : Plans
    """
    base, it = plans.outcome(), Licences
    table = licences(base)
    if table.empty:
        return []
    all_ = table[table[it.applicants] == ""]
    keys = [it.control, it.origin, it.destination, it.group]
    counts = all_.drop_duplicates(keys)[it.basis].value_counts()
    said = [f"{counts[basis]} of {where}" for basis, where in BASES.items() if counts.get(basis, 0)]
    room = sorted({f"{number:g}" for number in all_[it.headroom]})
    line = (
        f"Licences are shares of what is normally shipped: references {' and '.join(said)}; headroom {', '.join(room)}."
    )
    if (price := price_of_reference(plans)) is not None:
        line += f" Held to it at an approval of 1, the plan costs {_money(price)} more than without licences."
    return [line, *_dearest(base, all_), *_nothing_licensed(base, all_)]


BASES = {"trade": "the table trade", "plan": "the plan without licences"}
"""Where references come from, in words."""


def price_of_reference(plans: Plans) -> float | None:
    """What it costs that licences are held to their references where all is approved at once and for nothing, USD.

    None without a proof.

    Parameters
    ----------
    plans : Plans
    """
    planner = plans.planner
    if planner.lifted is None or (lifted := planner.lifted.answer.certificate) is None:
        return None
    timelines, rows = planner.network.timelines, planner.network.case.tables.controls
    border = [number for number, row in enumerate(rows) if row.kind in ("export", "content")]
    changed = {}
    for column, to in (("approval", 1.0), ("processing_days", 0.0), ("application_cost", 0.0)):
        series = timelines.series("controls", column).copy()
        series[border] = to
        changed["controls", column] = series
    changed["grants", "days"] = np.zeros_like(timelines.series("grants", "days"))
    changed["grants", "share"] = np.ones_like(timelines.series("grants", "share"))
    changed["approvals", "covers"] = np.zeros_like(timelines.series("approvals", "covers"))
    world = planner.network.patched(timelines.changed(changed, {}))
    solver = Solver(planner.program, planner.start, planner.solve_limit, planner.deadline)
    answer = solver.solve(planner.variant(("base", "approved"), world))
    proof = answer.certificate
    return None if proof is None or not answer.certified else max(0.0, proof.objective - lifted.objective)


def _prices(base: Outcome, table: pd.DataFrame) -> pd.Series:
    """What a tonne more under each licence saves, USD discounted to the first day."""
    it, program = Licences, base.frame.program
    worth = {key: -float(base.answer.y[place]) for place, key in program.rows_at("border_licence")}
    keys = zip(*(table[name] for name in (it.control, it.origin, it.destination, it.group, it.period)), strict=True)
    return pd.Series([worth[key] for key in keys], index=table.index, dtype=float)


def _dearest(base: Outcome, table: pd.DataFrame) -> list[str]:
    """The licence of which a tonne more would save most."""
    some = table[table[Licences.reference_t] > TOLERANCE]
    prices = _prices(base, some)
    if some.empty or prices.max() <= TOLERANCE:
        return []
    row = some.iloc[int(prices.to_numpy().argmax())]
    scale = tonnes(row[Licences.reference_t], row[Licences.licensed_t])
    licensed, normal = scale.cell(row[Licences.licensed_t]), scale.cell(row[Licences.reference_t])
    number = base.frame.structure.by.controls[str(row[Licences.control])].number or row[Licences.control]
    return [
        f"What binds most of licences: {number}: {licensed} of {normal} {scale.unit} normally shipped are licensed to "
        f"{row[Licences.destination]} ({row[Licences.group]} from {row[Licences.origin]}) in "
        f"{base.frame.labels[int(row[Licences.period])]}; a tonne more saves {_money(prices.max())}."
    ]


def _nothing_licensed(base: Outcome, table: pd.DataFrame) -> list[str]:
    """Licences without a reference that would save something."""
    it = Licences
    some = table[(table[it.reference_t] <= TOLERANCE) & (table[it.licensed_t] <= TOLERANCE)]
    some = some.assign(usd=_prices(base, some))
    some = some[some["usd"] > TOLERANCE].sort_values("usd", ascending=False)
    names = list(dict.fromkeys(f"{r.control} {r.origin} to {r.destination} ({r.group})" for r in some.itertuples()))
    if not names:
        return []
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return [
        f"Nothing is normally shipped, so nothing is licensed, under {', '.join(names[:NAMED])}{more}: a tonne would "
        f"save up to {_money(some['usd'].max())}. If some is to be had, state `new_business` of the control."
    ]


def _money(usd: float) -> str:
    """An amount of money with its unit."""
    return money(usd).told(usd)
