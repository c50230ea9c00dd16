"""Numbers of sales, per period."""

from __future__ import annotations

import numpy as np

from optimizer.network.network import Floats, Ints, Network, by_row, parameter
from optimizer.network.rows import gather, weighed, weighed_mean

KEY = ("material", "place", "buyer")
TAKEN = "sales.tonnes sales.from"


def _daily(world: Network) -> Floats:
    """Tonnes a year that each row's buyer takes, by day, shape (rows, days)."""
    return np.asarray(world.timelines.series("sales", "tonnes") * world.timelines.active("sales"))


@by_row("sales", reads=f"sales.price {TAKEN}")
def _sales_weighed(world: Network, rows: Ints) -> Floats:
    """What buyers of some rows pay, each day weighed by what they take; see `weighed`."""
    return weighed(world, "sales", "price", rows, _daily(world)[rows])


@parameter("t", "sales", reads=TAKEN)
def saleable(world: Network) -> Floats:
    """Tonnes that a buyer takes of what is left over in a period."""
    return gather(world, "sales", "sales", KEY, world.calendar.total(_daily(world)))


@parameter("USD/t", "sales", reads=f"sales.price {TAKEN}")
def sale_price(world: Network) -> Floats:
    """What the buyer pays, each day weighed by what is taken; below 0, what treating it costs."""
    return weighed_mean(world, "sales", "sales", KEY, _sales_weighed(world))


@parameter("share", "sales", reads=f"sales.price {TAKEN}", open=True)
def sale_counts(world: Network) -> Floats:
    """1 where what is sold must be left over; 0 where it is treated, and in periods that are over when news comes."""
    return (sale_price(world) >= 0).astype(float)


@parameter("share", "sales", reads="sales.from", open=True)
def sale_open(world: Network) -> Floats:
    """1 where by-products of a period count as left over; 0 in periods that are over when news comes."""
    return np.ones((len(world.index["sales"]), len(world.periods)))


@parameter("t", "outlets", reads=f"sales.price {TAKEN}")
def thrown_away(world: Network) -> Floats:
    """Tonnes that may be thrown away at a place: without bound, or none in a period of treatment throughout."""
    treated = (world.timelines.series("sales", "price") < 0) & world.timelines.active("sales")
    structure, calendar = world.structure, world.calendar
    rows = {
        key: [n for n, row in enumerate(world.case.tables.sales) if _of(row) == key] for key in world.index["sales"]
    }
    found = np.full((len(world.index["outlets"]), len(world.periods)), np.inf)
    for number, outlet in enumerate(world.index["outlets"]):
        here = {key[:3] for key in structure.index["sold"] if (key.at, key.material) == outlet}
        some = [row for key in world.index["sales"] if key in here for row in rows[key]]
        days = np.asarray(treated[some].any(axis=0), float)[None]
        always = calendar.mean(days)[0] >= 1.0 - 1e-12
        found[number, always] = 0.0
    return found


def _of(row: object) -> tuple[str, ...]:
    """What of a row's key says whose it is."""
    return tuple(getattr(row, field) for field in KEY)
