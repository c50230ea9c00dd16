"""HTML written so that text is always escaped: whatever is not `Html` already becomes text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from html import escape
from typing import Any

from optimizer.plans.sections import Section

VOID = ("meta", "br", "input")
NUMERAL = re.compile(r"(?<![\w.,])([-+]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?![\w]|[.,]\d)")
"""A number as amounts are printed."""


class Html(str):
    """Text that is HTML already; only this module makes it from parts."""

    __slots__ = ()

    def __html__(self) -> str:
        """Itself, for templates that escape all other text."""
        return self


def text(value: Any) -> Html:
    """A value as HTML: itself where it is HTML, else escaped."""
    return value if isinstance(value, Html) else Html(escape(str(value), quote=True))


def join(parts: Iterable[Any], between: str = "") -> Html:
    """Parts one after the other; None is left out.

    Parameters
    ----------
    parts : iterable
        Each is `Html` or becomes text.
    between : str, optional
        Text that stands between two of them.
    """
    return Html(escape(between).join(text(part) for part in parts if part is not None))


def tag(name: str, *children: Any, **attributes: Any) -> Html:
    """An element.

    Parameters
    ----------
    name : str
    *children : Any
        What is in it; None is left out.
    **attributes : Any
        Its attributes: ``_`` stands for ``-``, a leading one is dropped (``_class``), None leaves it out.
    """
    words = [name]
    for key, value in attributes.items():
        shown = key.strip("_").replace("_", "-")
        if value is True:
            words.append(shown)
        elif value is not None:
            words.append(f'{shown}="{text(value)}"')
    opened = Html(f"<{' '.join(words)}>")
    return opened if name in VOID else Html(f"{opened}{join(children)}</{name}>")


def numbered(shown: str) -> Html:
    """A cell of numbers, each in a `data` element, so that a script can write it as the reader is used to.

    Parameters
    ----------
    shown : str
        As a section shows it.
    """
    parts: list[Any] = []
    at = 0
    for found in NUMERAL.finditer(shown):
        sign, whole, rest = found[1], found[2].replace(",", ""), found[3] or ""
        parts.append(shown[at : found.start()])
        value = f"{sign.replace('+', '')}{whole}{rest}"
        parts.append(
            tag("data", found[0], value=value, data_d=max(0, len(rest) - 1), data_sign="1" if sign == "+" else None)
        )
        at = found.end()
    return join((*parts, shown[at:]))


def table(section: Section, *, name: str | None = None, cards: bool = False, figures: bool = False) -> Html:
    """The table of a section, which scrolls within itself.

    With `cards` a phone shows every row as a card, each cell beside its heading.

    Parameters
    ----------
    section : Section
    name : str, optional
        Its `id`; by default it has none.
    cards : bool, optional
    figures : bool, optional
        Whether numbers stand in `data` elements, for a page whose script writes them.
    """
    caption, words = section.title, [some.heading.replace("\n", " ") for some in section.fields]
    sides = ["number" if some.is_number else None for some in section.fields]
    head = tag("tr", *(tag("th", word, scope="col", _class=side) for word, side in zip(words, sides, strict=True)))
    body = []
    for first, *rest in section.cells():
        cells = [tag("th", first, scope="row")]
        labels = [word if cards else None for word in words[1:]]
        cells += [
            tag("td", numbered(cell) if figures and side else cell, _class=side, data_label=label)
            for cell, side, label in zip(rest, sides[1:], labels, strict=True)
        ]
        body.append(tag("tr", *cells))
    inside = tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body), id=name)
    kind = "scroll cards" if cards else "scroll"
    return tag("div", inside, _class=kind, tabindex="0", role="region", aria_label=caption)


def data(value: Any) -> Html:
    """JSON that can stand in a script element: no name in it can end that element or open a comment."""
    written = json.dumps(value, allow_nan=False, separators=(",", ":"), sort_keys=True)
    for sign in "<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return Html(written)


def section(name: str, heading: str, *children: Any) -> Html:
    """A section with its heading.

    Parameters
    ----------
    name : str
        Its `id`.
    heading : str
    *children : Any
        What follows the heading; None is left out.
    """
    return tag(
        "section", tag("h2", heading, id=f"{name}-heading"), *children, id=name, aria_labelledby=f"{name}-heading"
    )


def figure(name: str, said: str, *inside: Any, head: Html | None = None, caption: str = "", size: str = "") -> Html:
    """A chart with its description, its caption and, folded away, the table that says the same.

    Parameters
    ----------
    name : str
        `id` of the chart.
    said : str
        What it shows, for whoever does not see it.
    *inside : Any
        The table; where there is none, nothing is folded away.
    head : Html, optional
        What stands above the chart.
    caption : str, optional
    size : str, optional
        Class of the style sheet that gives its height.
    """
    chart = tag("div", id=name, _class=f"chart {size}".strip(), role="img", aria_label=said)
    folded = tag("details", tag("summary", "The same as a table"), *inside) if inside else None
    return tag(
        "figure", tag("div", head, chart, _class="wide"), tag("figcaption", caption) if caption else None, folded
    )
