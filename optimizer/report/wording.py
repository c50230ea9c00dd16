"""Numbers and names as the report shows them."""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files

from optimizer.plans.amounts import NONE, Scale


def asset(name: str) -> str:
    """A file that ships with the report."""
    return files("optimizer.report").joinpath(*name.split("/")).read_text(encoding="utf-8")


@cache
def countries() -> dict[str, tuple[str, float, float]]:
    """Name, longitude and latitude of countries by code."""
    return {code: (name, lon, lat) for code, (name, lon, lat) in json.loads(asset("vendor/countries.json")).items()}


def country_names() -> dict[str, str]:
    """Names of countries by code."""
    return {code: name for code, (name, _, _) in countries().items()}


def tonnes(amount: float | None) -> str:
    """Tonnes: whole from ten on, with one more digit below."""
    if amount is None or math.isnan(amount):
        return NONE
    if amount < 0.05:
        return "<0.1" if amount > 1e-6 else "0"
    return f"{amount:,.0f}" if amount >= 9.5 else f"{amount:,.1f}"


def unit_in_words(scale: Scale) -> str:
    """The unit of a scale of money where there is room for it."""
    return scale.unit.replace("MUSD", "million USD")


def plain(amount: float) -> str:
    """A number of any size."""
    return f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:,.3g}"
