"""Prices: indices and currencies by date, and the formulas by which other prices follow them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from optimizer.case.checking import CaseCheck, Checked
from optimizer.case.kinds import Amount, Day, Days, Name, Number, Positive
from optimizer.case.references import Defines, Ref
from optimizer.case.rows import Row
from optimizer.case.topics.contracts import Contract
from optimizer.case.topics.sales import Sale
from optimizer.case.topics.supply import Offer, Plant
from optimizer.faults import Fault, Place

CURRENCIES = ("EUR", "CNY", "JPY", "KRW")
"""Currencies other than the USD that a row may be in; each is an index of its name."""
PER_TONNE = {"t": 1.0, "kg": 1000.0}
"""Units of goods that an index may be of, and how many of them a tonne is."""


class PriceIndex(Row):
    """A price, or what a unit of a currency is worth, from a day on; a later row replaces the value, the last stays."""

    key = ("index", "from_")
    series = ("value",)
    steps = True
    alike = ("unit", "currency")

    index: Annotated[Name, Defines("indices")]
    """Its name; `EUR`, `CNY`, `JPY` and `KRW` are what one of them is worth in USD."""
    unit: Literal["t", "kg", "EUR", "CNY", "JPY", "KRW"]
    """What the value is for: a tonne, a kilogram, or one unit of the currency that it is called after."""
    currency: Literal["USD", "EUR", "CNY", "JPY", "KRW"] = "USD"
    """Currency of the value."""
    from_: Annotated[Day, Field(alias="from")]
    """The day this value begins."""
    value: Positive
    """In the currency, for one unit."""


class PriceFormula(Row):
    """A term of a formula: a share of an index. The price is its row's own, which is fixed, and all terms together."""

    key = ("formula", "index")

    formula: Annotated[Name, Defines("formulas")]
    """Its name; a formula of several indices is several rows."""
    index: Annotated[Name, Ref("indices")]
    """The index."""
    share: Number
    """Tonnes of it that a tonne pays for: content times payable share, or content times yield."""
    lag: Days = 0.0
    """Days by which the price comes after the index."""
    averaging: Days = 0.0
    """Days before that over which the index is averaged; 0: that of the day."""
    floor: Amount | None = None
    """Lowest price, all terms together, in the currency of the row that it is the price of."""
    cap: Amount | None = None
    """Highest price, in the same."""


@dataclass(frozen=True)
class PricesTables:
    """The tables of this topic."""

    price_indices: tuple[PriceIndex, ...] = ()
    price_formulas: tuple[PriceFormula, ...] = ()


PRICED: tuple[tuple[type[Any], str], ...] = ((Offer, "price"), (Plant, "cost"), (Contract, "price"), (Sale, "price"))
"""Records whose rows may have a formula and a currency, and the column that is the fixed part of their price."""


def bounds_of(terms: Iterable[PriceFormula]) -> tuple[float | None, float | None]:
    """Floor and cap of a formula; None where none of its rows states one.

    Parameters
    ----------
    terms : iterable of PriceFormula
        Its rows.
    """
    rows = list(terms)
    floors, caps = ([getattr(row, name) for row in rows if getattr(row, name) is not None] for name in ("floor", "cap"))
    return (floors[0] if floors else None), (caps[0] if caps else None)


def _currencies(case: Checked) -> Iterator[Fault]:
    """Currencies whose worth no index says from the first day on, and indices of currencies in other units."""
    begins = _begins(case)
    for row, place in case.placed(PriceIndex):
        if (row.unit in CURRENCIES or row.index in CURRENCIES) and row.index != row.unit:
            unit = repr(row.index) if row.index in CURRENCIES else "t or kg (a currency is an index of its own name)"
            yield Fault.of(place, "unit", unit, repr(row.unit), "inconsistent")
        elif row.unit in CURRENCIES and row.currency != "USD":
            yield Fault.of(place, "currency", "'USD', as the index is a currency", repr(row.currency), "inconsistent")
    records: tuple[type[Any], ...] = (PriceIndex, *(record for record, _ in PRICED))
    for record in records:
        for row, place in case.placed(record):
            if row.currency != "USD" and row.currency not in begins:
                index = f"a price index {row.currency} (table price_indices), as {row.currency} needs one"
                yield Fault.of(place, "currency", index, "none", "missing-rows")
            elif row.currency != "USD" and begins[row.currency] > case.calendar.start:
                index = f"a price index {row.currency} that begins by {case.calendar.start}"
                yield Fault.of(place, "currency", index, f"one from {begins[row.currency]}", "missing-rows")


def _begins(case: Checked) -> dict[str, dt.date]:
    """First day of every index."""
    found: dict[str, dt.date] = {}
    for row in case.rows(PriceIndex):
        found[row.index] = min(row.from_, found.get(row.index, row.from_))
    return found


def _terms(case: Checked) -> Iterator[Fault]:
    """Formulas that reach back before the first value of an index, or whose bounds disagree."""
    begins = _begins(case)
    first: dict[str, tuple[PriceFormula, Place | str]] = {}
    for row, place in case.placed(PriceFormula):
        since = case.calendar.start - dt.timedelta(days=int(row.lag + max(0.0, row.averaging - 1)))
        if row.index in begins and begins[row.index] > since:
            reach = f"at most what reaches back to {begins[row.index]}, the first value of {row.index}"
            back = f"{row.lag:g} days, averaged over {row.averaging:g}, which reach back to {since}"
            yield Fault.of(place, "lag", reach, back, "out-of-range")
        if row.floor is not None and row.cap is not None and row.cap < row.floor:
            yield Fault.of(place, "cap", f"at least the floor ({row.floor:g})", f"{row.cap:g}", "out-of-range")
        before, where = first.setdefault(row.formula, (row, place))
        for name in ("floor", "cap"):
            if getattr(row, name) not in (None, getattr(before, name)):
                same = f"{getattr(before, name)} as in {where}, the first row of {row.formula}"
                yield Fault.of(place, name, same, f"{getattr(row, name):g}", "inconsistent")


def _below_nothing(case: Checked) -> Iterator[Fault]:
    """Prices by formula that fall below 0 on some day."""
    steps: dict[str, list[tuple[dt.date, float, str, str]]] = {}
    for row in case.rows(PriceIndex):
        steps.setdefault(row.index, []).append((row.from_, row.value, row.unit, row.currency))
    for some in steps.values():
        some.sort()
    terms: dict[str, list[PriceFormula]] = {}
    for term in case.rows(PriceFormula):
        terms.setdefault(term.formula, []).append(term)
    for record, column in PRICED:
        for priced, place in case.placed(record):
            here = terms.get(priced.formula or "", [])
            if not here or record is Sale or any(term.index not in steps for term in here):
                continue
            for day in _days(case, here, steps):
                usd = (getattr(priced, column) or 0.0) * _worth(steps, priced.currency, day)
                usd += sum(term.share * _mean(steps, term, day) for term in here)
                if bounds_of(here)[0] is None and usd < 0:
                    low = f"{usd:.6g} USD/t on {day}"
                    yield Fault.of(place, "formula", "a price of 0 or more", low, "out-of-range")
                    break


Steps = Mapping[str, list[tuple[dt.date, float, str, str]]]


def _days(case: Checked, terms: Iterable[PriceFormula], steps: Steps) -> Iterator[dt.date]:
    """Days of the horizon between which a price moves in a straight line."""
    found = {case.calendar.start}
    for term in terms:
        for begins, *_ in steps[term.index]:
            found |= {begins + dt.timedelta(days=int(term.lag + more)) for more in (0.0, term.averaging)}
    yield from sorted(day for day in found if case.calendar.start <= day < case.calendar.end)


def _mean(steps: Steps, term: PriceFormula, day: dt.date) -> float:
    """What a term's index is on a day, lagged and averaged, USD/t."""
    days = [day - dt.timedelta(days=int(term.lag) + back) for back in range(max(1, int(term.averaging)))]
    return sum(_level(steps, term.index, some) for some in days) / len(days)


def _level(steps: Steps, index: str, day: dt.date) -> float:
    """What an index is worth on a day, USD for a tonne; its first value before that."""
    _, value, unit, currency = _step(steps, index, day)
    return value * PER_TONNE.get(unit, 1.0) * _worth(steps, currency, day)


def _worth(steps: Steps, currency: str, day: dt.date) -> float:
    """What a unit of a currency is worth, USD, as its index says; 1 where nothing says, which is a fault of its own."""
    return 1.0 if currency == "USD" or currency not in steps else _step(steps, currency, day)[1]


def _step(steps: Steps, index: str, day: dt.date) -> tuple[dt.date, float, str, str]:
    """Step of an index on a day; the first before it."""
    return next((step for step in reversed(steps[index]) if step[0] <= day), steps[index][0])


def _fixed(case: Checked) -> Iterator[Fault]:
    """Formulas of contracts that have a floor and no price of their own."""
    for row, place in case.placed(Contract):
        if row.formula and row.price is None:
            price = "a price with a formula (0 where all of it is indexed; the formula has its own floor)"
            yield Fault.of(place, "price", price, "none", "missing-rows")


CHECKS = (
    CaseCheck(_currencies, (PriceIndex,), horizon=True),
    CaseCheck(_terms, (PriceIndex,), horizon=True),
    CaseCheck(_below_nothing, (PriceIndex, PriceFormula), horizon=True),
    CaseCheck(_fixed),
)
"""What only shows when rows are read together."""
