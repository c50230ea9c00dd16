"""Awards: what is shipped to the buyer's sites, by whom and at which landed price, as a sourcing tool takes it back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from optimizer.case.topics.demand import Demand
from optimizer.network.structure import Structure
from optimizer.plans.landed import CONVERSION, DUTY, EXPORT_CHARGE, FREIGHT, GOODS, LICENCES, Landed
from optimizer.plans.outcome import TOLERANCE, Outcome
from optimizer.plans.schema import CONTRACT, COST, MATERIAL, MODE, PERIOD, TONNES, Column, Columns, number, word

EACH = "USD/t, not discounted"


class Awards(Columns):
    """Columns of `awards`."""

    supplier = word(
        "who ships: the seller of the offer, or else the site that the goods leave, or the hub of a country"
    )
    offer = word("offer under which they are bought where they leave; empty: made there, or from its stock", empty=True)
    contract = CONTRACT
    material = MATERIAL
    site = word("the buyer's site, or the hub of its country for goods that meet there")
    period = PERIOD
    tonnes = TONNES
    landed_usd_per_t = number(EACH, "what a tonne has cost when it arrives: the sum of the six parts that follow")
    goods_usd_per_t = number(EACH, "of it what is paid for goods, on the spot and under contract, inputs of plants too")
    conversion_usd_per_t = number(EACH, "of it what plants are paid for their work")
    freight_usd_per_t = number(EACH, "of it freight, of inputs too")
    duty_usd_per_t = number(EACH, "of it duties, of inputs too")
    export_charge_usd_per_t = number(EACH, "of it export charges, of inputs too")
    licences_usd_per_t = number(EACH, "of it what applying for licences costs, of inputs too")
    cost_usd = number(COST.unit, "tonnes times the parts, each discounted from the period in which it is paid")
    certified = Column(dtype=bool, meaning="whether the answer is proved optimal; one that is not has no rows")
    supplier_ref = word("the caller's own id of the supplier", empty=True)
    offer_ref = word("that of the offer", empty=True)
    material_ref = word("that of the material", empty=True)
    site_ref = word("that of the site", empty=True)
    demand_ref = word("those of the demands at the site that the material can serve, joined by `; `", empty=True)
    mode = MODE


PRICES = {
    GOODS: Awards.goods_usd_per_t,
    CONVERSION: Awards.conversion_usd_per_t,
    FREIGHT: Awards.freight_usd_per_t,
    DUTY: Awards.duty_usd_per_t,
    EXPORT_CHARGE: Awards.export_charge_usd_per_t,
    LICENCES: Awards.licences_usd_per_t,
}
"""The column of each part of a landed price."""


def awards(outcome: Outcome, first: int | None = None) -> Any:
    """What is shipped to the buyer's sites, with its landed price: by supplier, offer, contract and mode.

    Parameters
    ----------
    outcome : Outcome
    first : int, optional
        Of how many of the first periods; by default of all.
    """
    it, structure = Awards, outcome.frame.structure
    landed, buyers = Landed(outcome, first), places_of_buyers(structure)
    sums: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0.0, np.zeros((2, len(PRICES)))])
    for (origin, to, material, cls, mode), period, tonnes, lane in landed.shipped():
        if (to, material) not in buyers and to not in buyers:
            continue
        for part in landed.pools[(origin, material, cls), period]:
            offer, contract = part.label
            supplier = structure.by.offers[offer].site if offer else origin
            found = sums[supplier, offer, contract, material, to, mode, period]
            found[0] += tonnes * part.share
            found[1] = found[1] + tonnes * part.share * (part.money + lane)
    refs, rows = _Refs(structure), list[dict[Column, Any]]()
    for (supplier, offer, contract, material, site, mode, period), (tonnes, money) in sums.items():
        if tonnes <= TOLERANCE:
            continue
        keys = (supplier, offer, contract, material, site, period)
        row = dict(zip((it.supplier, it.offer, it.contract, it.material, it.site, it.period), keys, strict=True))
        each = money[0] / tonnes
        row |= {
            it.mode: mode,
            it.tonnes: tonnes,
            it.landed_usd_per_t: each.sum(),
            it.cost_usd: money[1].sum(),
            it.certified: True,
        }
        row |= {column: each[number] for number, column in PRICES.items()}
        rows.append(row | refs.of(supplier, offer, material, site, period))
    return it.of(rows)


def places_of_buyers(structure: Structure) -> set[Any]:
    """Sites that want something, and where what they want of traded goods meets: place and material.

    Parameters
    ----------
    structure : Structure
    """
    found: set[Any] = {site for site, _, _ in structure.index["demands"]}
    for site, _, _, material, _ in structure.index["serves"]:
        found.add((structure.place[site, material], material))
    return found


class _Refs:
    """The caller's own ids.

    Parameters
    ----------
    structure : Structure
    """

    def __init__(self, structure: Structure) -> None:
        self.structure, self.by = structure, structure.by
        self.demands: dict[tuple[str, str], list[Demand]] = defaultdict(list)
        products: dict[str, set[str]] = defaultdict(set)
        for product, material in self.by.ratio:
            products[material].add(product)
        for row in sorted(structure.case.tables.demand, key=lambda row: row.from_):
            for material, served in products.items():
                if row.product in served:
                    place = structure.place[row.site, material]
                    self.demands[place, material].append(row)

    def of(self, supplier: str, offer: str, material: str, site: str, period: int) -> dict[Column, str]:
        """The cells of one award."""
        it, by = Awards, self.by
        return {
            it.supplier_ref: by.sites[supplier].ref if supplier in by.sites else "",
            it.offer_ref: by.offers[offer].ref if offer else "",
            it.material_ref: by.materials[material].ref,
            it.site_ref: by.sites[site].ref if site in by.sites else "",
            it.demand_ref: "; ".join(dict.fromkeys(self._in_force(site, material, period))),
        }

    def _in_force(self, site: str, material: str, period: int) -> list[str]:
        """Ids of the demands at a place on the days of a period, steps that have been replaced left out."""
        begins, ends = self.structure.calendar.bounds[period : period + 2]
        found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        for row in self.demands.get((site, material), ()):
            if row.from_ < ends:
                held = found[row.site, row.product, row.end_use]
                if row.from_ <= begins:
                    held.clear()
                held.append(row.ref)
        return [ref for held in found.values() for ref in held if ref]
