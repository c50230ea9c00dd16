"""Demand: what a buyer needs, and what may stand in for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, model_validator

from optimizer.case.checking import CaseCheck, Checked
from optimizer.case.kinds import Amount, Day, Days, EndUse, Name, OwnId, Positive, Share
from optimizer.case.references import Ref
from optimizer.case.rows import Row
from optimizer.faults import Fault, WrongError


class Demand(Row):
    """Tonnes of a product needed at a buyer's plant for an end use; later rows replace earlier ones."""

    key = ("site", "product", "end_use", "from_")
    series = ("tonnes", "penalty")
    steps = True

    site: Annotated[Name, Ref("sites")]
    """The buyer's plant."""
    product: Annotated[Name, Ref("materials")]
    """The material wanted."""
    end_use: EndUse = "civil"
    """What for."""
    from_: Annotated[Day, Field(alias="from")]
    """The day this rate begins."""
    tonnes: Amount
    """Tonnes per year."""
    penalty: Amount | None = None
    """What a missing tonne costs, USD/t; empty in all rows of a demand: it must be met."""
    ref: OwnId = ""
    """The caller's own id of it, given back in `awards`; nothing else reads it."""


class Substitution(Row):
    """Another material that can serve a product."""

    key = ("product", "material")
    series = ("max_share", "cost")

    product: Annotated[Name, Ref("materials")]
    """The product wanted."""
    material: Annotated[Name, Ref("materials")]
    """What may stand in for it."""
    ratio: Positive = 1.0
    """Tonnes of product that one tonne of it serves."""
    max_share: Share = 1.0
    """Largest share of the demand it may serve."""
    cost: Amount = 0.0
    """Extra cost of using it (redesign, tests), USD/t."""
    from_: Annotated[Day | None, Field(alias="from")] = None
    """First day it may be used; empty: from the start."""
    ramp_days: Days = 0.0
    """Days over which the largest share grows from 0 in a straight line: from `from` on, or from the day on which an
    event lifts a share of 0. Half of a day's growth counts on it. A share that is there from the start, without
    `from`, has grown; 0: all of it at once."""

    @model_validator(mode="after")
    def _another(self) -> Substitution:
        if self.material == self.product:
            raise WrongError.of("material", f"another than the product ({self.product})", self.material, "inconsistent")
        return self


@dataclass(frozen=True)
class DemandTables:
    """The tables of this topic."""

    demand: tuple[Demand, ...] = ()
    substitutions: tuple[Substitution, ...] = ()


def _demand(case: Checked) -> Iterator[Fault]:
    """Demand that begins late without saying so, or that must be met in some of its rows only."""
    first: dict[tuple[str, ...], tuple[dt.date, str]] = {}
    priced: dict[tuple[str, ...], bool] = {}
    for row, place in case.placed(Demand):
        key: tuple[str, ...] = (row.site, row.product, row.end_use)
        if key not in first or row.from_ < first[key][0]:
            first[key] = (row.from_, place)
        if priced.setdefault(key, row.penalty is not None) != (row.penalty is not None):
            yield Fault.of(place, "penalty", f"one in all rows of {' / '.join(key)} or in none", "both")
    for key, (day, place) in first.items():
        if day > case.calendar.start:
            by = f"the first rate of {' / '.join(key)} by {case.calendar.start}"
            yield Fault(
                place,
                f"from: expected {by}, found {day} (state 0 tonnes before it)",
                code="missing-rows",
                column="from",
                expected=by,
                found=day,
            )


CHECKS = (CaseCheck(_demand, (Demand,), horizon=True),)
"""What only shows when rows are read together."""
