"""What is bought, and who supplies what to the buyer's plants."""

from __future__ import annotations

from typing import Any

import pandas as pd

from optimizer.plans.outcome import Outcome, Service
from optimizer.plans.schema import CONTRACT, EXPOSURE, MATERIAL, PERIOD, PRICE, SITE, TONNES, Columns, number, word
from optimizer.plans.tables.transport import Shipments


class Purchases(Columns):
    """Columns of `purchases`."""

    offer = word("offer bought from")
    contract = CONTRACT
    site = SITE
    material = MATERIAL
    exposure = EXPOSURE
    period = PERIOD
    tonnes = TONNES
    price_usd_per_t = PRICE
    spend_usd = number("USD, not discounted", "amount times price")


def purchases(outcome: Outcome) -> pd.DataFrame:
    """Goods bought, on the spot (no contract) and under contract."""
    it, structure = Purchases, outcome.frame.structure
    spot = outcome.with_parameter(outcome.variable("buy"), [it.offer], "offer_price", it.price_usd_per_t)
    spot = spot.assign(**{it.contract: ""})
    taken = outcome.with_parameter(outcome.variable("take"), [it.contract], "contract_price", it.price_usd_per_t)
    offer_of = structure.by.offer_of
    taken = taken.assign(**{it.offer: [offer_of[contract].offer for contract in taken[it.contract]]})
    table = pd.concat([part for part in (spot, taken) if len(part)] or [spot])
    rows = structure.by.offers
    more: dict[str, Any] = {
        it.site: [rows[offer].site for offer in table[it.offer]],
        it.material: [rows[offer].material for offer in table[it.offer]],
        it.exposure: [structure.offer_class[offer] for offer in table[it.offer]],
        it.spend_usd: table[it.tonnes] * table[it.price_usd_per_t],
    }
    return it.frame(table.assign(**more))


class Supply(Columns):
    """Columns of `supply`, without those of the periods, which stand before the last."""

    to = word("buyer's plant")
    material = MATERIAL
    from_ = word("place the goods leave, and how, where that is said; `SHORT`: they are missing")
    all = number("t", "amount over the horizon")


def supply(outcome: Outcome) -> pd.DataFrame:
    """Who supplies what to the buyer's plants: tonnes by period of dispatch, and what is missing as from `SHORT`.

    Parameters
    ----------
    outcome : Outcome

    Returns
    -------
    DataFrame
        Columns of `Supply`, before the last one per period by its name; tonnes.
    """
    buyers = {site for site, _, _ in outcome.frame.structure.index["demands"]}
    shipped = outcome.variable("ship")
    shipped = shipped[shipped[Shipments.destination].isin(buyers)]
    it, sent, wanted = Supply, Shipments, Service
    shipped = shipped.rename(columns={sent.destination: it.to, sent.origin: it.from_})
    by = [
        f"{origin} by {mode}" if mode else origin
        for origin, mode in zip(shipped[it.from_], shipped[sent.mode], strict=True)
    ]
    shipped = shipped.assign(**{it.from_: by})
    names = {wanted.site: it.to, wanted.product: it.material, wanted.short: sent.tonnes}
    missing = outcome.service.rename(columns=names)
    missing = missing[missing[sent.tonnes] > 0].assign(**{it.from_: "SHORT"})
    both = pd.concat([shipped, missing])[[it.to, it.material, it.from_, sent.period, sent.tonnes]]
    wide = both.pivot_table(
        index=[it.to, it.material, it.from_], columns=sent.period, values=sent.tonnes, aggfunc="sum", fill_value=0
    )
    wide = wide.reindex(columns=range(len(outcome.frame.labels)), fill_value=0)
    wide.columns = pd.Index(outcome.frame.labels)
    return wide.assign(**{it.all: wide.sum(axis=1)}).reset_index()
