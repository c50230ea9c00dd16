"""Cases of which the plan that runs today is one that was made of them."""

from __future__ import annotations

import datetime as dt

from optimizer.case.case import Case
from optimizer.case.topics.contracts import Today
from optimizer.plans.awards import places_of_buyers
from optimizer.plans.outcome import Outcome
from optimizer.world.door import case_from


def as_today(of: Case, outcome: Outcome, penalty: float | None = None, frozen_until: dt.date | None = None) -> Case:
    """The case of which today's plan is what a plan of it ships to the buyer, period by period.

    Parameters
    ----------
    of : Case
    outcome : Outcome
        The plan of it.
    penalty : float, optional
        Of every order.
    frozen_until : date, optional
        Until when it is kept; not at all where nothing is shipped to the buyer.
    """
    buyers, years = places_of_buyers(outcome.frame.structure), outcome.frame.calendar.years
    bounds, rows = outcome.frame.calendar.bounds, list[Today]()
    for (origin, to, material), some in outcome.variable("ship").groupby(["origin", "destination", "material"]):
        if (to, material) in buyers or to in buyers:
            sums = some.groupby("period")["tonnes"].sum()
            for period, end in enumerate(bounds[1:]):
                rate = float(sums.get(period, 0.0)) / years[period]
                way = {"supplier": origin, "material": material, "site": to, "from": bounds[period], "until": end}
                rows.append(Today.model_validate({**way, "tonnes": rate, "penalty": penalty}))
    file = of.file.model_copy(update={"frozen_until": frozen_until if rows else None})
    return case_from(file, {**dict(of.tables.items()), "today": rows})
