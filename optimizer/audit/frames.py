"""Audit of frames: they are what is shipped to the buyer, of each supplier and grade, and no call-off is left out."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from optimizer.audit.books import Books, equal
from optimizer.audit.rules import Rules
from optimizer.audit.supply import to_the_buyer
from optimizer.faults import Fault

EXACT = 1e-9
"""Part of a rate by which it may be off, beside the sums of tonnes left out of tables."""


def frames(books: Books, rules: Rules) -> Iterator[Fault]:
    """Frames and their call-offs against the shipments.

    Parameters
    ----------
    books : Books
    rules : Rules
        Not read; all checks are called alike.
    """
    sent: dict[tuple[str, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    total: dict[str, float] = defaultdict(float)
    for line in to_the_buyer(books):
        sent[line.origin, line.material][line.period] += line.tonnes
        total[line.material] += line.tonnes
    should, said = dict[Any, float](), dict[Any, float]()
    for key, calls in sent.items():
        first, last = min(calls), max(calls)
        tonnes, years = sum(calls.values()), sum(float(books.years[t]) for t in range(first, last + 1))
        yearly = tonnes / years
        rates = [calls.get(t, 0.0) / float(books.years[t]) / yearly for t in range(first, last + 1)]
        ends = str(books.bounds[first]), str(books.bounds[last + 1] - dt.timedelta(days=1))
        for name, amount in (
            *(("tonnes", tonnes), ("t a year", yearly), ("share", tonnes / total[key[1]])),
            *(("least", min(rates)), ("most", max(rates)), (ends, 1.0)),
        ):
            should[*key, name] = amount
        for period, amount in calls.items():
            should[*key, period] = amount
            should[*key, period, "t a year"] = amount / float(books.years[period])
            should[*key, period, "of its frame"] = amount / float(books.years[period]) / yearly
    for line in books.lines("frames"):
        key = line.supplier, line.material
        for name, amount in (
            *(("tonnes", line.tonnes), ("t a year", line.t_per_year), ("share", line.share)),
            *(("least", line.least), ("most", line.most), ((line.begins, line.until), 1.0)),
        ):
            said[*key, name] = said.get((*key, name), 0.0) + amount
    for line in books.lines("call_offs"):
        call = line.supplier, line.material, line.period
        for more, amount in (((), line.tonnes), (("t a year",), line.t_per_year), (("of its frame",), line.of_frame)):
            said[*call, *more] = said.get((*call, *more), 0.0) + amount
    yield from equal("frames and their call-offs", said, should, relative=EXACT)


CHECKS = (frames,)
"""Every audit of frames."""
