"""What a kilogram of each grade costs at the buyer's sites, by supplier."""

from __future__ import annotations

from optimizer.plans.amounts import tonnes
from optimizer.plans.awards import Awards, awards
from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import lines
from optimizer.plans.sections import Field, Section, amount, number

LISTED = 15
"""Lines shown."""


def landed_section(outcome: Outcome, of: str, elsewhere: str) -> Section | None:
    """Landed prices of a plan by supplier and grade, over the horizon.

    Parameters
    ----------
    outcome : Outcome
    of : str
        Whose plan it is.
    elsewhere : str
        What gives the rest.
    """
    it, table = Awards, awards(outcome)
    if table.empty:
        return None
    paid = table.assign(usd=table[it.landed_usd_per_t] * table[it.tonnes])
    found = paid.groupby([str(it.supplier), str(it.material)], sort=False).agg(
        tonnes=(it.tonnes, "sum"),
        usd=("usd", "sum"),
        low=(it.landed_usd_per_t, "min"),
        high=(it.landed_usd_per_t, "max"),
    )
    found = found.reset_index().sort_values("tonnes", ascending=False, kind="stable")
    scale, shown = tonnes(*found["tonnes"]), found.head(LISTED)
    kilogram = "USD/kg"
    rest = len(found) - len(shown)
    more = f" {rest} more of {scale.told(found['tonnes'].iloc[LISTED:].sum())} in all: {elsewhere}." if rest else ""
    return Section(
        "landed",
        f"Landed price by supplier and grade: {of}, not discounted",
        (
            Field("supplier"),
            Field("grade"),
            amount(scale.unit, scale),
            *(number(name, kilogram, lambda usd: f"{usd / 1000:,.1f}") for name in ("USD/kg", "lowest", "highest")),
        ),
        tuple(
            (
                line[it.supplier],
                line[it.material],
                line["tonnes"],
                line["usd"] / line["tonnes"],
                line["low"],
                line["high"],
            )
            for line in lines(shown)
        ),
        says="Of all periods, with conversion, freight, duties, export charges and licences, those of inputs too; the "
        f"table awards has the parts.{more}",
    )
