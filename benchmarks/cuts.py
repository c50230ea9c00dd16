"""What one case costs planned by months, quarters, half-years and in one year, where prices step inside the periods.

Without stock and discount the four are equal: a price is weighed by the days on which something can flow at it. With
stock a coarser plan cannot say on which day goods are put in or taken out, and with discount a period's money is taken
as paid in its middle: the rest of the difference is what the length of the periods costs.
"""

from __future__ import annotations

from typing import Any

from benchmarks.show import Cell, table
from optimizer.plans.plan import plan
from optimizer.world.door import case_from
from optimizer.world.scenario import scenario_from

CUTS = {"months": (12, 1), "quarters": (4, 3), "half-years": (2, 6), "a year": (1, 12)}
"""Periods of a year: how many, and of how many months."""
EVENT = {"where": {}, "scale": {"price": 3}, "from": "2027-05-15", "until": "2027-08-07"}


def least_cost(periods: tuple[int, int], *, stock: bool, discount: bool) -> float:
    """USD of a buyer of a tonne a day whose price is three times as high from 15 May to 7 August.

    Parameters
    ----------
    periods : tuple of int
        How many, and of how many months.
    stock : bool
        Whether it may hold 200 t, of which 100 t are there on the first day and should be on the last.
    discount : bool
        Whether money is discounted, by 8 % a year.
    """
    known = {"source": "invented", "confidence": "assumption"}
    rows: dict[str, list[dict[str, Any]]] = {
        "materials": [{"material": "magnet", "stage": "magnet", "unit_value": 50}],
        "sites": [
            {"site": "maker", "company": "Maker", "country": "CN", "owner": "CN"},
            {"site": "buyer", "company": "Buyer", "country": "DE", "owner": "DE"},
        ],
        "routes": [{"from_country": "CN", "to_country": "DE", "freight": 100, "transit": 0}],
        "offers": [{"offer": "spot", "site": "maker", "material": "magnet", "price": 50_000, "capacity": 730}],
        "demand": [{"site": "buyer", "product": "magnet", "from": "2027-01-01", "tonnes": 365, "penalty": 1_000_000}],
    }
    held = {"opening": 100, "capacity": 200, "holding": 500, "terminal": 100, "penalty": 1_000_000}
    rows["stocks"] = [{"site": "buyer", "material": "magnet", **held}] if stock else []
    count, months = periods
    settings = {
        **{"version": 1, "name": "cuts", "title": "prices that step inside periods", "start": "2027-01-01"},
        **{"periods": [{"count": count, "months": months}], "discount_rate": 0.08 if discount else 0.0},
    }
    case = case_from(settings, {name: [{**row, **known} for row in some] for name, some in rows.items()})
    head = {"name": "dear", "title": "dear", "probability": 0.1, "announced": "2027-01-01", "source": "invented"}
    dear = scenario_from({**head, "events": [{"what": "dear", "table": "offers", **EVENT}]})
    return plan(case, [dear], workers=1).outcome("dear", "foresight").cost


def report(*, quick: bool = False) -> None:
    """Print the least costs, and how far each is from that of months.

    Parameters
    ----------
    quick : bool
        Makes no difference; it takes seconds.
    """
    rows: list[list[Cell]] = []
    for stock in (False, True):
        for discount in (False, True):
            costs = [least_cost(periods, stock=stock, discount=discount) for periods in CUTS.values()]
            what = " and ".join(word for word, on in (("stock", stock), ("discount", discount)) if on) or "neither"
            rows.append(
                [what, *(f"{cost:,.0f}" for cost in costs), *(f"{cost / costs[0] - 1:+.4%}" for cost in costs[1:])]
            )
    heads = ["with", *CUTS, *(f"{name} to months" for name in list(CUTS)[1:])]
    table("One year, prices that step on 15 May and 7 August: least cost, USD", heads, rows)
