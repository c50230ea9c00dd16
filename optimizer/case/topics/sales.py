"""Sales: who takes what is left over, and what must be treated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from optimizer.case.checking import CaseCheck, Checked
from optimizer.case.kinds import Amount, Day, Flag, Name, Number, is_pool
from optimizer.case.references import Ref
from optimizer.case.rows import Row
from optimizer.case.topics.goods import Material
from optimizer.faults import Fault


class Sale(Row):
    """What somebody takes of a material at a place: by-products, scrap, spare stock; for money, or as waste.

    Rows of one material, place and buyer with later dates replace the earlier ones.
    """

    key = ("material", "place", "buyer", "from_")
    series = ("price", "tonnes")
    steps = True
    alike = ("market",)

    material: Annotated[Name, Ref("materials")]
    """What."""
    place: Annotated[Name, Ref("sites", "countries", hubs=True)]
    """Where it is taken: a site, the hub of a country such as `CN hub`, or a country: wherever in it the goods
    are made or kept. To a site or a hub goods are sent as to a plant."""
    buyer: Annotated[str, Field(max_length=80)] = ""
    """Who takes it, where several do in one place."""
    price: Number
    """USD/t that the buyer pays where the goods are. Below 0: what treating them costs; they cannot be thrown away
    there on days on which this holds."""
    tonnes: Amount
    """Most that is taken, t/year."""
    market: Flag = False
    """True: goods may be bought or made to be sold here. False: only what is left over is sold: by-products of what is
    wanted, and opening stock beyond the terminal stock."""
    from_: Annotated[Day | None, Field(alias="from")] = None
    """First day; empty: from the start."""
    until: Day | None = None
    """First day no longer; empty: to the end."""
    formula: Annotated[Name, Ref("formulas")] | None = None
    """Formula of indices that is added to the price, which is then its fixed part; 0 where all of it is indexed."""
    currency: Literal["USD", "EUR", "CNY", "JPY", "KRW"] = "USD"
    """Currency of the price and of the formula's floor and cap; another than USD is an index of its name."""


@dataclass(frozen=True)
class SalesTables:
    """The tables of this topic."""

    sales: tuple[Sale, ...] = ()


def _in_hubs(case: Checked) -> Iterator[Fault]:
    """Sales in the hub of a country of what is not kept in hubs."""
    kept = {row.material: row.hub for row in case.rows(Material)}
    for row, place in case.placed(Sale):
        if is_pool(row.place) and not kept.get(row.material, True):
            what = f"a site or a country, as {row.material} is not kept in hubs (materials, hub: true)"
            yield Fault.of(place, "place", what, row.place, "inconsistent")


CHECKS = (CaseCheck(_in_hubs, (Material,)),)
"""What only shows when rows are read together."""
