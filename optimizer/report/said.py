"""Sentences whose figures are figures: text, amounts and days, as data and as HTML, for the report and the page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.plans.amounts import NONE, Scale
from optimizer.report.markup import Html, join, tag

MINUS, DASH = "\u2212", "\u2013"
"""How a page writes a minus, and that there is no number."""


@dataclass(frozen=True)
class Figure:
    """A number on a page.

    Parameters
    ----------
    value : float
        As the tables have it, in the plain unit.
    scale : Scale
        Unit and digits that it is shown in.
    sign : bool, optional
        Whether a plus is written.
    """

    value: float
    scale: Scale
    sign: bool = False

    def record(self) -> dict[str, Any]:
        """It for JSON."""
        return {"value": float(self.value), **vars(self.scale), "sign": self.sign}


Piece = str | Figure | dt.date
Prose = tuple[Piece, ...]
"""Text with figures and days in it."""


def count(value: float, unit: str = "") -> Figure:
    """A whole number.

    Parameters
    ----------
    value : float
    unit : str, optional
    """
    return Figure(value, Scale(unit, 1.0, 0))


def prose_record(prose: Iterable[Piece]) -> list[Any]:
    """Text with figures and days for JSON: each a text, a mapping with `value`, or one with `day`."""
    found: list[Any] = []
    for piece in filter(None, prose):
        if isinstance(piece, Figure):
            found.append(piece.record())
        else:
            found.append({"day": piece.isoformat()} if isinstance(piece, dt.date) else piece)
    return found


def figure_html(figure: Mapping[str, Any] | None) -> Html:
    """A number in a `data` element, so that the script of a page can write it as the reader is used to.

    Parameters
    ----------
    figure : mapping or None
        As `Figure.record` gives it; none: a dash.
    """
    if figure is None:
        return Html(DASH)
    scale = Scale(figure["unit"], figure["size"], figure["digits"])
    shown = scale.cell(figure["value"], sign=figure["sign"])
    if shown == NONE:
        return Html(DASH)
    size = None if scale.size == 1.0 else f"{scale.size:g}"
    return tag(
        "data",
        shown.replace("-", MINUS),
        value=repr(float(figure["value"])),
        data_d=scale.digits,
        data_size=size,
        data_sign="1" if figure["sign"] else None,
    )


def with_unit(figure: Mapping[str, Any]) -> Html:
    """A number with its unit, small behind it.

    Parameters
    ----------
    figure : mapping
        As `Figure.record` gives it.
    """
    unit = tag("span", f" {figure['unit']}", _class="unit") if figure["unit"] else None
    return join((figure_html(figure), unit))


def day_html(day: str) -> Html:
    """A day, which the script of a page writes as the reader is used to.

    Parameters
    ----------
    day : str
        ISO 8601.
    """
    found = dt.date.fromisoformat(day)
    return tag("time", f"{found.day} {found:%b %Y}", datetime=day)


def prose_html(prose: Iterable[Any], *, small: bool = False) -> Html:
    """Text with figures and days, from what `prose_record` gives.

    Parameters
    ----------
    prose : iterable
    small : bool, optional
        Whether text stands small beside large figures.
    """
    parts: list[Any] = []
    for piece in prose:
        if isinstance(piece, str):
            parts.append(tag("span", piece, _class="unit says") if small else piece)
        elif "day" in piece:
            parts.append(tag("span", day_html(piece["day"]), _class="unit") if small else day_html(piece["day"]))
        else:
            parts.append(with_unit(piece) if small else join((figure_html(piece), f" {piece['unit']}".rstrip())))
    return join(parts)
