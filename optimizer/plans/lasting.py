"""How long stock lasts: what is in stock at the end of a period, against what is wanted from then on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from optimizer.case.calendar import Calendar
from optimizer.network.network import Floats, Network
from optimizer.network.numbers.demand import share_by_day
from optimizer.network.numbers.stock import used_by_day
from optimizer.plans.schema import PERIOD, PRODUCT, SITE, TONNES, Columns, number

NOTHING = 1e-9
"""Tonnes a day below which nothing is used."""
Other = tuple[float, Floats]
"""What there is of a substitute, as tonnes of the product, and its share of what is wanted by day, shape (days,)."""


class Cover(Columns):
    """Columns of `cover`."""

    site = SITE
    product = PRODUCT
    period = PERIOD
    tonnes = TONNES
    days = number("days of use", "how long the stock lasts, substitutes up to their share of what is wanted")


def lasting(network: Network, stock: pd.DataFrame) -> pd.DataFrame:
    """Stock of every product at the end of every period, its substitutes counted, and how many days it lasts.

    It lasts as long as what is wanted from then on (the last day's rate going on past the last day) is no more than
    what there is of the product and, up to their share of it, of its substitutes. A stock that may serve several
    products counts for each, as if the others drew nothing of it. Where nothing is wanted any more there is no row.

    Parameters
    ----------
    network : Network
        The world of the answer.
    stock : DataFrame
        Tonnes in stock, by site, material, class and period.
    """
    structure, it = network.structure, Cover
    held = stock.groupby([it.site, "material", it.period])[it.tonnes].sum().to_dict()
    kept, ratio = set(structure.index["stock_sites"]), structure.by.ratio
    may, numbers = share_by_day(network), structure.by.substitution_numbers
    rows = []
    for (site, product), wanted in used_by_day(network).items():
        materials = [material for some, material in ratio if some == product and (site, material) in kept]
        if not materials:
            continue
        others = [material for material in materials if material != product]
        shares = [may[numbers[product, material]] for material in others]
        for period in structure.periods:
            own, *theirs = (ratio[product, name] * held.get((site, name, period), 0.0) for name in (product, *others))
            days = _days(structure.calendar, period, wanted, own, [*zip(theirs, shares, strict=True)])
            if np.isfinite(days):
                rows.append((site, product, period, own + sum(theirs), days))
    rows.sort(key=lambda row: row[:3])
    return it.of([dict(zip(it.columns(), row, strict=True)) for row in rows])


def _days(calendar: Calendar, period: int, wanted: Floats, own: float, others: Sequence[Other]) -> float:
    """Days from the end of a period until there is less than is wanted; infinite where that is never."""
    first = int(calendar.offsets[period + 1])
    daily = wanted[first:] * calendar.year_weights[first:]
    needed, served = np.cumsum(daily), [np.cumsum(share[first:] * daily) for _, share in others]
    left = own - needed + sum(np.minimum(tonnes, some) for (tonnes, _), some in zip(others, served, strict=True))
    short = np.flatnonzero(left < 0)
    day = int(short[0]) if len(short) else len(daily)  # the last day's rate goes on
    begins = own if not day else float(left[day - 1])
    place = min(first + day, calendar.days - 1)
    rooms = [
        (tonnes - (float(some[day - 1]) if day else 0.0), float(share[place]))
        for (tonnes, share), some in zip(others, served, strict=True)
    ]
    return day + _until_short(begins, float(wanted[place] * calendar.year_weights[place]), rooms)


def _until_short(left: float, rate: float, rooms: Sequence[tuple[float, float]]) -> float:
    """Days until a product is short that is used evenly, substitutes serving their share of it until they run out.

    Parameters
    ----------
    left : float
        Tonnes of the product.
    rate : float
        Tonnes a day.
    rooms : sequence of (float, float)
        Tonnes that a substitute may still serve, and its share.
    """
    if rate <= NOTHING:
        return float("inf")
    gone = 0.0
    serving = sorted((room / (share * rate), share) for room, share in rooms if room > 0 and share > 0)
    for place, (ends, _) in enumerate(serving):
        net = rate * (1 - sum(share for _, share in serving[place:]))
        if net * (ends - gone) > left:
            return gone + left / net
        left, gone = left - net * (ends - gone), ends
    return gone + left / rate
