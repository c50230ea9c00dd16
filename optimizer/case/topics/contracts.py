"""Contracts: volumes reserved before they are needed, and what the plan that runs today has ordered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from optimizer.case.checking import CaseCheck, Checked
from optimizer.case.kinds import Amount, Day, Flag, Name, PaymentDays, Positive, Share
from optimizer.case.references import Ref
from optimizer.case.rows import Row
from optimizer.faults import Fault, WrongError


class Contract(Row):
    """A volume reserved before it is needed, on top of an offer's spot sales."""

    key = ("contract",)
    series = ("price", "floor", "max_volume")
    befalls = ("floor", "max_volume")

    contract: Name
    """Its name."""
    offer: Annotated[Name, Ref("offers")]
    """The offer whose material, seller and origins it shares. While an event takes that to 0 its seller is stopped:
    nothing is delivered under contract, and nothing is owed."""
    price: Amount | None = None
    """Fixed price, USD/t. Give either this or a floor."""
    floor: Amount | None = None
    """Lowest price, USD/t, of a floor-and-upside contract."""
    upside: Share = 1.0
    """Share that the buyer pays of the market price above `upside_from`."""
    upside_from: Amount | None = None
    """Price from which the upside is shared, USD/t; the buyer pays the market price up to it. Empty: the floor."""
    reservation_fee: Amount
    """USD per t/year reserved, for each year the contract runs."""
    max_volume: Amount = 0.0
    """Most that can be reserved, t/year; empty only with `signed`, which it is then. An event that lowers it lowers
    what was reserved alike: in its days so much less is delivered, and nothing is owed for that."""
    min_volume: Amount = 0.0
    """Least that can be reserved where any is, t/year. The linear plan may reserve less; `lodestar whole` keeps it."""
    take_or_pay: Share
    """Share of the reserved volume that is paid for whether taken or not."""
    signed: Amount | None = None
    """Tonnes a year that are signed: a fact and no decision. They are reserved in every plan, and more up to
    `max_volume`; empty: all that is reserved is decided."""
    settled: Literal["period", "year"] = "period"
    """Over what take-or-pay is settled: a period, or a year of the contract, to which a period counts in whose days it
    begins."""
    carry_over: Flag = False
    """True: what was paid for and not taken comes free later, within the volume, as long as the contract runs; of
    what is taken in a year that does not count as taken or paid for."""
    prepaid: Amount = 0.0
    """Tonnes paid for before the first day and not taken yet, which come free so."""
    prepaid_lost: Flag = True
    """Whether what is paid for and not taken is lost once events stop the seller for good; false: it is paid back on
    that day, at the price of its period."""
    from_: Annotated[Day, Field(alias="from")]
    """First day."""
    until: Day
    """First day after its end."""
    payment_days: PaymentDays = 0
    """Days after delivery on which it is paid, below 0 before: what is paid later is worth less by the discount of the
    case."""
    formula: Annotated[Name, Ref("formulas")] | None = None
    """Formula of indices that is added to the price, which is then its fixed part; 0 where all of it is indexed."""
    currency: Literal["USD", "EUR", "CNY", "JPY", "KRW"] = "USD"
    """Currency of the price and of the formula's floor and cap; another than USD is an index of its name. A floor of
    the contract's own is in USD."""

    @model_validator(mode="before")
    @classmethod
    def _all_that_is_signed(cls, given: Any) -> Any:
        """A contract that is signed and states no most has what is signed as that."""
        if isinstance(given, dict) and given.get("max_volume") is None and given.get("signed") is not None:
            return {**given, "max_volume": given["signed"]}
        return given

    @model_validator(mode="after")
    def _volume(self) -> Contract:
        if "max_volume" not in self.model_fields_set:
            raise WrongError.of("max_volume", "a value, or one of signed", "nothing", "missing-value")
        if self.signed is not None and self.signed > self.max_volume:
            most = f"at most max_volume ({self.max_volume:g})"
            raise WrongError.of("signed", most, f"{self.signed:g}", "out-of-range")
        if self.min_volume > self.max_volume:
            most = f"at most max_volume ({self.max_volume:g})"
            raise WrongError.of("min_volume", most, f"{self.min_volume:g}", "out-of-range")
        return self

    @model_validator(mode="after")
    def _one_price(self) -> Contract:
        if (self.price is None) == (self.floor is None):
            raise WrongError("price, floor: expected exactly one of the two")
        if self.price is None and self.currency != "USD":
            raise WrongError.of("currency", "USD with a floor, which is in USD/t", repr(self.currency), "inconsistent")
        if self.until <= self.from_:
            raise WrongError.of("until", f"a day after from ({self.from_})", self.until, "wrong-order")
        if self.upside_from is not None and (self.floor is None or self.upside_from < self.floor):
            raise WrongError.of("upside_from", "with a floor, and not below it", self.upside_from)
        return self

    @property
    def carries(self) -> bool:
        """Whether tonnes that were paid for may be taken free later."""
        return self.carry_over or self.prepaid > 0

    def year_of(self, day: dt.date) -> int:
        """Number of the contract's year that a day lies in, from 0; days before it are in the first.

        Parameters
        ----------
        day : date
        """
        begun = max(day, self.from_)
        return begun.year - self.from_.year - ((begun.month, begun.day) < (self.from_.month, self.from_.day))

    def shared(self, floor: Any, market: Any) -> Any:
        """Price under a floor at a market price, USD/t, arrays of any shape.

        Parameters
        ----------
        floor, market : float or array
            Of shapes that broadcast.
        """
        begins = floor if self.upside_from is None else np.maximum(floor, self.upside_from)
        return np.maximum(floor, np.minimum(market, begins)) + self.upside * np.maximum(0.0, market - begins)


class Today(Row):
    """What the plan that the buyer runs today brings; later rows of a supplier, grade and site replace earlier ones.

    Of a grade that a site has any row of, suppliers without a row bring nothing, until the last day that a row of it
    speaks of; of what no row speaks nothing is held. `lodestar today` compares that plan with the best one, and
    `frozen_until` of the case keeps it until a day.
    """

    key = ("supplier", "material", "site", "from_")
    steps = True
    alike = ("penalty",)

    supplier: Annotated[Name, Ref("sites", hubs=True)]
    """The site that the goods leave, or the hub of a country, such as `CN hub`."""
    material: Annotated[Name, Ref("materials")]
    """The grade."""
    site: Annotated[Name, Ref("sites", hubs=True)]
    """Where they go: the buyer's site; goods that are kept in hubs go to that of its country."""
    tonnes: Amount
    """Tonnes per year that leave."""
    penalty: Positive | None = None
    """What a tonne costs, USD/t, that is to leave before `frozen_until` and does not: what the seller is paid all the
    same. Empty: it must leave, and where it cannot, as in an embargo, there is no plan."""
    from_: Annotated[Day | None, Field(alias="from")] = None
    """First day on which they do; empty: from the start."""
    until: Day | None = None
    """First day no longer; empty: to the end."""


@dataclass(frozen=True)
class ContractsTables:
    """The tables of this topic."""

    contracts: tuple[Contract, ...] = ()
    today: tuple[Today, ...] = ()


def _today(case: Checked) -> Iterator[Fault]:
    """Deliveries of today's plan that do not leave their place."""
    for row, place in case.placed(Today):
        if row.supplier == row.site:
            yield Fault.of(place, "supplier", f"another place than the site ({row.site})", row.supplier, "inconsistent")


def _frozen(case: Checked) -> Iterator[Fault]:
    """A day until which today's plan is kept, of a case that states none."""
    if case.file.frozen_until is not None and not case.rows(Today):
        what = "expected a table today that says what is ordered before that day, found none"
        yield Fault("case.yaml", f"frozen_until: {what}", code="missing-rows", column="frozen_until")


CHECKS = (CaseCheck(_today), CaseCheck(_frozen, (Today,)))
"""What only shows when rows are read together."""
