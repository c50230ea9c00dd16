"""Every scenario beside the base plan: what it costs more, and what being prepared would save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from optimizer.plans.amounts import Scale, change
from optimizer.plans.sections import Field, amount
from optimizer.plans.summary import ORDER, Found, Stated
from optimizer.world.scenario import BASE

Row = Mapping[str, Any]
"""A row of the summary."""


def value(row: Row | None, column: str) -> float | None:
    """A number of a row of the summary; None where there is no row, or none in it.

    Parameters
    ----------
    row : mapping or None
    column : str
    """
    found = None if row is None else row.get(column)
    return None if found is None or pd.isna(found) else float(found)


@dataclass(frozen=True)
class Compared:
    """One scenario beside the base plan.

    Parameters
    ----------
    name : str
    planned : mapping of answer to row
        What the summary says of each answer that was planned, certified or not.
    start : Row or None
        What it says of the base plan.
    """

    name: str
    planned: Mapping[str, Row]
    start: Row | None

    @property
    def title(self) -> str:
        """Title of the scenario."""
        return str(next(iter(self.planned.values()))[Stated.title])

    @property
    def proved(self) -> dict[str, Row]:
        """The answers that are certified."""
        return {answer: row for answer, row in self.planned.items() if row[Stated.certified]}

    @property
    def reaction(self) -> Row | None:
        """The reaction; of the base plan that itself."""
        return self.planned.get(BASE if self.name == BASE else "react")

    @property
    def known(self) -> Row | None:
        """The plan had the scenario been known from the start; the base plan has none."""
        return self.planned.get("foresight")

    @property
    def shown_row(self) -> Row:
        """What the summary says of the answer that is shown: the reaction, or else the first that was planned."""
        return self.reaction or next(iter(self.planned.values()))

    @property
    def react(self) -> float | None:
        """Cost in USD; None where it was not planned or is not certified."""
        return value(self.reaction, Found.cost_usd)

    @property
    def foresight(self) -> float | None:
        """The same of the plan with foresight."""
        return value(self.known, Found.cost_usd)

    @property
    def base(self) -> float | None:
        """The same of the base plan."""
        return value(self.start, Found.cost_usd)

    @property
    def extra(self) -> float | None:
        """What it costs more than the base if one reacts."""
        return _more(self.react, self.base)

    @property
    def ahead(self) -> float | None:
        """What it costs more than the base had it been known from the start."""
        return _more(self.foresight, self.base)

    @property
    def unprepared(self) -> float | None:
        """What being prepared would save at most."""
        return _more(self.react, self.foresight)

    @property
    def costs(self) -> tuple[float | None, ...]:
        """Values of `cost_fields`."""
        fined = (value(self.reaction, Found.cash_usd), value(self.reaction, Found.penalties_usd))
        extra = None if self.name == BASE else self.extra
        return (self.react, *fined, extra, self.foresight, self.ahead, self.unprepared)


Some = TypeVar("Some", bound=Compared)


def _more(cost: float | None, other: float | None) -> float | None:
    """What one plan costs more than another, where both are known."""
    return None if cost is None or other is None else change(cost, other)


def compared(summary: pd.DataFrame) -> list[Compared]:
    """Every scenario of a summary beside its base plan, in the order of the summary.

    Parameters
    ----------
    summary : DataFrame
        One row per scenario and answer.

    Returns
    -------
    list of Compared
    """
    rows: dict[str, dict[str, Row]] = {}
    for line in summary.to_dict(orient="records"):
        row = {str(name): cell for name, cell in line.items()}
        rows.setdefault(row[Stated.scenario], {})[row[Stated.answer]] = row
    start = rows.get(BASE, {}).get(BASE)
    ordered = {name: {answer: found[answer] for answer in ORDER if answer in found} for name, found in rows.items()}
    return [Compared(name, planned, start) for name, planned in ordered.items()]


def by_damage(found: Iterable[Some]) -> list[Some]:
    """Scenarios by what they do: the base plan first, then most tonnes short, then the dearest; unknown ones last.

    Parameters
    ----------
    found : iterable of Compared
    """

    def damage(one: Some) -> tuple[float, ...]:
        cost, short = value(one.shown_row, Found.cost_usd), value(one.shown_row, Found.short_t)
        return one.name != BASE, cost is None, -round(short or 0.0, 3), -(cost or 0.0)

    return sorted(found, key=damage)


def cost_fields(scale: Scale) -> tuple[Field, ...]:
    """Costs of the reaction and of foresight side by side; the values are `Compared.costs`."""
    return (
        amount(f"react\n{scale.unit}", scale),
        amount("of it\ncash", scale),
        amount("of it\npenalties", scale),
        amount("against\nbase", scale, sign=True),
        amount(f"foresight\n{scale.unit}", scale, rank=1),
        amount("against\nbase", scale, sign=True, rank=1),
        amount("unprepared\ncosts", scale, sign=True, rank=1),
    )
