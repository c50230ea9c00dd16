"""Figures that are in range and yet likely in another unit: duties in per cent, tonnes of content in kilograms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.faults import Finding
from optimizer.world.ways import Ways

FAR = 20.0
"""Times of what the elements in goods allow from which tonnes are far off."""
KILOGRAMS = (250.0, 4000.0)
"""Between these ratios kilograms are likely written for tonnes."""


def rate_findings(ways: Ways) -> Iterator[Finding]:
    """Duties and charges above the whole value of the goods, which per cent for a share make."""
    for table in ("duties", "export_charges"):
        for row, place in ways.rows(table):
            if row.rate > 1:
                text = f"rate: {row.rate:,.10g} is {row.rate * 100:,.6g} % of the value of {row.goods}."
                suggest = f"The column is in shares of 1: is it in per cent ({row.rate / 100:g})?"
                yield Finding("rate-above-one", place, text, table, "rate", row.rate, 1.0, "share", suggest)


def target_findings(ways: Ways) -> Iterator[Finding]:
    """Penalties of stock of which none is asked for, which nothing reads."""
    for row, place in ways.rows("stocks"):
        if row.penalty and not (row.cover or row.reserve or row.terminal):
            text = f"penalty: {row.penalty:,.10g} USD/t has no effect on any plan: no stock is asked for."
            yield Finding("row-without-effect", place, text, "stocks", "penalty", row.penalty, unit="USD/t")


def content_findings(ways: Ways) -> Iterator[Finding]:
    """Tonnes that seller's declarations and recipes embed, far above what the elements in the goods allow."""
    offers = ways.case.by.offers
    for row, place in ways.rows("origins"):
        known = row.offer in offers and {row.material, offers[row.offer].material} <= ways.materials.keys()
        if known:
            product = ways.materials[offers[row.offer].material]
            most = _most(product.content, ways.materials[row.material].content)
            if most is not None and row.tonnes >= FAR * most:
                what = f"of {row.material} in a tonne of {product.material}"
                yield _too_much(row.tonnes, most, what, place, "origins")
    rows: dict[str, list[tuple[Any, str]]] = defaultdict(list)
    for row, place in ways.rows("recipes"):
        if row.material in ways.materials:
            rows[row.recipe].append((row, place))
    for lines in rows.values():
        made: dict[str, float] = defaultdict(float)
        for row, _ in lines:
            for element, share in ways.materials[row.material].content.items():
                made[element] += max(row.tonnes, 0.0) * share
        for row, place in lines:
            most = _most(made, ways.materials[row.material].content)
            if row.tonnes < 0 and most is not None and -row.tonnes >= FAR * most:
                yield _too_much(-row.tonnes, most, f"of {row.material} consumed by {row.recipe}", place, "recipes")


def _most(wanted: Mapping[str, float], content: Mapping[str, float]) -> float | None:
    """Tonnes of a material that hold what is wanted of some element, where most of it is; None if they share none."""
    needed = [wanted[element] / share for element, share in content.items() if wanted.get(element)]
    return max(needed, default=None)


def _too_much(tonnes: float, most: float, what: str, place: str, table: str) -> Finding:
    """Tonnes far above what elements allow."""
    ratio = tonnes / most
    text = f"tonnes: {tonnes:,.6g} t {what} hold {ratio:,.0f} times the elements that stay in it."
    meant = KILOGRAMS[0] <= ratio <= KILOGRAMS[1]
    suggest = f"Is it in kilograms ({tonnes / 1000:,.6g} t)?" if meant else ""
    return Finding("tonnes-above-content", place, text, table, "tonnes", tonnes, most, "t", suggest)
