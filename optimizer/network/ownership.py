"""Who is held by whom: chains of companies, up from those that run sites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from optimizer.case.topics.licences import Approval
from optimizer.case.topics.supply import Site

TOLERANCE = 1e-9
"""Shares that add up to less than the stated one by no more than this reach it."""


class Ownership:
    """What companies hold of one another.

    Parameters
    ----------
    sites : iterable of Site
        A company with several holders says so in several rows.
    """

    def __init__(self, sites: Iterable[Site]) -> None:
        self.holders: dict[str, dict[str, float]] = defaultdict(dict)
        for row in sites:
            if row.parent_share > 0 and row.parent not in ("", row.company):
                held = self.holders[row.company]
                held[row.parent] = max(row.parent_share, held.get(row.parent, 0.0))

    def reached(self, approval: Approval, approvals: Sequence[Approval]) -> frozenset[str]:
        """The customer of an approval, and the companies that it holds.

        A company is held where its holders that are listed or held themselves have the stated share of it or more
        together. Listed are the customers of all approvals of the control that say the same of whom they name, and as
        long; of what they hold together, an approval reaches what its own customer has a part in.

        Parameters
        ----------
        approval : Approval
            With a customer by name.
        approvals : sequence of Approval
            All of the case.

        Returns
        -------
        frozenset of str
        """
        if approval.affiliates is None:
            return frozenset((approval.customer,))
        alike = {row.customer for row in approvals if _alike(row, approval)} | {approval.customer}
        together = self._held(alike, approval.affiliates)
        found = {approval.customer}
        while more := {company for company in together - found if not self.holders[company].keys().isdisjoint(found)}:
            found |= more
        return frozenset(found)

    def _held(self, listed: set[str], least: float) -> set[str]:
        """Those listed, and all companies held by them, by what they hold, and so on."""
        found = set(listed)
        while more := {
            company
            for company, holders in self.holders.items()
            if company not in found
            and sum(share for holder, share in holders.items() if holder in found) >= least - TOLERANCE
            and not found.isdisjoint(holders)
        }:
            found |= more
        return found


def _alike(one: Approval, other: Approval) -> bool:
    """Whether one approval says the same of whom it names as another, on all days of that one at least."""
    fields = ("control", "exporter", "end_uses", "affiliates", "share", "covers", "processing_days")
    lasts = one.until is None or (other.until is not None and other.until <= one.until)
    return lasts and one.from_ <= other.from_ and all(getattr(one, name) == getattr(other, name) for name in fields)
