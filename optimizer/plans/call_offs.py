"""A plan as a buyer agrees it: a frame with every supplier of a grade, and its call-offs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from optimizer.network.sets import Lane
from optimizer.plans.awards import places_of_buyers
from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import MATERIAL, PERIOD, TONNES, Columns, number, word


class CallOffs(Columns):
    """Columns of `call_offs`."""

    supplier = word("place the goods leave")
    material = MATERIAL
    period = PERIOD
    tonnes = TONNES
    t_per_year = number("t/year", "the rate at which they are called off in the period")
    of_frame = number("1: the same", "that rate as a part of what the frame is for a year")


class Frames(Columns):
    """Columns of `frames`."""

    supplier = CallOffs.supplier
    material = MATERIAL
    tonnes = number("t", "amount over the whole frame")
    t_per_year = number("t/year", "amount a year, on average from its first to its last day")
    share = number("0 to 1", "part of all that is shipped of the material to the buyer over the horizon")
    begins = word("first day of the first period with a call-off")
    until = word("last day of the last period with one")
    least = number(
        "1: the same", "lowest rate of a period in between, as a part of what it is for a year; 0: it pauses"
    )
    most = number("1: the same", "highest rate of one, as such a part")


def call_offs(outcome: Outcome) -> pd.DataFrame:
    """What is shipped to the buyer under each frame in each period; goods that its own places share are not shipped."""
    it, frame = CallOffs, frames(outcome).set_index([str(CallOffs.supplier), str(CallOffs.material)])
    table, years = _shipped(outcome), outcome.frame.calendar.years
    rates = table[it.tonnes] / years[table[it.period].to_numpy(int)]
    yearly = frame[Frames.t_per_year]
    whole = [yearly[key] for key in zip(table[it.supplier], table[it.material], strict=True)]
    return it.frame(table.assign(**{it.t_per_year: rates, it.of_frame: rates / np.array(whole, float)}))


def frames(outcome: Outcome) -> pd.DataFrame:
    """Frames that a plan comes to: of each supplier and grade how much a year, from when to when, in which band.

    Parameters
    ----------
    outcome : Outcome

    Returns
    -------
    DataFrame
        Columns of `Frames`.
    """
    it, calls, calendar = Frames, CallOffs, outcome.frame.calendar
    table = _shipped(outcome)
    whole = table.groupby(str(calls.material))[str(calls.tonnes)].sum().to_dict()
    rows: list[dict[Any, Any]] = []
    for (supplier, material), some in table.groupby([str(calls.supplier), str(calls.material)], sort=True):
        first, last = int(some[calls.period].min()), int(some[calls.period].max())
        tonnes = np.zeros(last + 1 - first)
        tonnes[some[calls.period].to_numpy(int) - first] = some[calls.tonnes]
        years = calendar.years[first : last + 1]
        yearly = float(tonnes.sum() / years.sum())
        parts = tonnes / years / yearly
        rows.append(
            {
                it.supplier: supplier,
                it.material: material,
                it.tonnes: float(tonnes.sum()),
                it.t_per_year: yearly,
                it.share: float(tonnes.sum() / whole[material]),
                it.begins: str(calendar.bounds[first]),
                it.until: str(calendar.bounds[last + 1] - dt.timedelta(days=1)),
                it.least: float(parts.min()),
                it.most: float(parts.max()),
            }
        )
    return it.of(rows)


def _shipped(outcome: Outcome) -> pd.DataFrame:
    """Tonnes shipped to the buyer by supplier, grade and period."""
    it, buyers = CallOffs, places_of_buyers(outcome.frame.structure)
    origin, destination, *_ = Lane._fields
    table = outcome.variable("ship")
    ends = zip(table[destination], table[it.material], strict=True)
    mine = [place in buyers or (place, material) in buyers for place, material in ends]
    table = table[np.array(mine, bool)]
    found = table.groupby([origin, str(it.material), str(it.period)])[str(it.tonnes)].sum().reset_index()
    return found.rename(columns={origin: str(it.supplier)})
