"""Approvals as an auditor reads them: whom they reach, and on which terms they license them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import Any

import numpy as np

from optimizer.audit.books import INFINITE, Books, Floats
from optimizer.audit.passing import passing_by_day
from optimizer.audit.rules import Rules, reaches

EXACT = 1e-9
"""Shares that add up to less than the stated one by no more than this reach it."""


class Approvals:
    """Whom the approvals of controls reach, and on which terms they license them.

    Parameters
    ----------
    books : Books
    rules : Rules
    """

    def __init__(self, books: Books, rules: Rules) -> None:
        self.books, self.rules = books, rules
        self.site = {row.site: row for row in books.rows.sites}
        self.uses: dict[str, set[str]] = defaultdict(set)
        for row in books.rows.demand:
            self.uses[row.site].add(row.end_use)

    def reaching(self, control: str, origin: str, destination: str) -> tuple[int, ...]:
        """Rows of the approvals that reach a shipment under a control.

        Parameters
        ----------
        control : str
        origin, destination : str
            Sites or hubs.
        """
        found = []
        for number, row in enumerate(self.books.rows.approvals):
            sender, receiver = self.site.get(origin), self.site.get(destination)
            ships = row.exporter == "*" or (sender and row.exporter in (sender.site, sender.company))
            receives = row.customer == "*" or (
                receiver is not None
                and (row.customer == receiver.site or self._holds(row, row.customer, receiver.company, ()))
            )
            uses = self.uses[destination]
            fits = not row.end_uses or (bool(uses) and uses <= set(row.end_uses))
            if row.control == control and ships and receives and fits:
                found.append(number)
        return tuple(found)

    def _listed(self, row: Any) -> set[str]:
        """Customers of the approvals that count together with one: of its control, alike, and on all of its days."""
        said = ("control", "exporter", "end_uses", "affiliates", "share", "covers", "processing_days")
        return {
            other.customer
            for other in self.books.rows.approvals
            if all(getattr(other, name) == getattr(row, name) for name in said)
            and other.from_ <= row.from_
            and (other.until or dt.date.max) >= (row.until or dt.date.max)
        }

    def _holders(self, company: str) -> dict[str, float]:
        """What is held of a company, by whom; the sites that it runs may name several."""
        found: dict[str, float] = {}
        for row in self.books.rows.sites:
            if row.company == company and row.parent_share > 0 and row.parent not in ("", company):
                found[row.parent] = max(found.get(row.parent, 0.0), row.parent_share)
        return found

    def _caught(self, row: Any, company: str, above: tuple[str, ...]) -> bool:
        """Whether a company is listed, or held at the stated share by those that are; a circle holds nobody."""
        if company in self._listed(row):
            return True
        held = sum(
            share
            for holder, share in self._holders(company).items()
            if holder not in above and self._caught(row, holder, (*above, company))
        )
        return held > 0 and held >= row.affiliates - EXACT

    def _holds(self, row: Any, customer: str, company: str, above: tuple[str, ...]) -> bool:
        """Whether a company is the customer of an approval, or caught with a part of it held on the way up to it."""
        if company == customer:
            return True
        return (
            row.affiliates is not None
            and self._caught(row, company, ())
            and any(
                holder not in above and self._holds(row, customer, holder, (*above, company))
                for holder in self._holders(company)
            )
        )

    def terms(self, who: tuple[int, ...], control: int) -> tuple[Floats, Floats, Floats, Floats]:
        """What share of the reference of applicants an approval covers, what passes of it, and 1 where it holds them.

        Parameters
        ----------
        who : tuple of int
            Numbers of the rows of approvals that reach them; on a day the one counts that licenses least, and a licence
            of all that is asked for only once it is granted.
        control : int
            Number of its row.

        Returns
        -------
        tuple of arrays
            Shape (days,) each, 0 to 1; the last is the number of the row that counts, -1 where none does.
        """
        books, force = self.books, self.rules.in_force[control]
        covers, own, held = (np.zeros(books.days.count) for _ in range(3))
        least, chosen = np.full(books.days.count, INFINITE), np.full(books.days.count, -1.0)
        for row in who:
            share, part, wait = (books.daily("approvals", name)[row] for name in ("share", "covers", "processing_days"))
            on = force & (books.active("approvals")[row] > 0)
            said = books.rows.approvals[row]
            steps = self.rules.steps(said.control, said.approval, "")
            passes = passing_by_day(on[None], share[None], wait[None], {0: steps} if steps else {})[0]
            counts = on & (part > 0) & ((share < 1) | (passes > 0)) & (share < least)
            # Who is licensed all takes along of the reference what has been granted of it.
            part, passes = np.where(share < 1, part, part * passes), np.where(share < 1, passes, 1.0)
            least = np.where(counts, share, least)
            covers, own = np.where(counts, part, covers), np.where(counts, passes, own)
            held, chosen = np.where(counts, share < 1, held), np.where(counts, float(row), chosen)
        return covers, own, held, chosen


def governed(books: Books, rules: Rules, control: Any, line: Any) -> bool:
    """Whether a shipment needs a licence of a control.

    Parameters
    ----------
    books : Books
    rules : Rules
    control, line : Any
        Rows of the controls and of the shipments.
    """
    leaves, enters = books.country(line.origin), books.country(line.destination)
    free = leaves == enters or enters in control.origin or not {"*", enters} & set(control.destinations)
    if free:
        return False
    if control.kind == "export":
        return leaves in control.origin and reaches(control, books.material[line.material])
    if books.material[line.material].stage not in control.stages:
        return False
    return leaves not in control.origin and rules.rule_of.get(control.control) in rules.names(line.exposure)


def applications(books: Books, rules: Rules) -> float:
    """What applying for licences costs: of every control in force, for each tonne that leaves and is declared.

    Parameters
    ----------
    books : Books
    rules : Rules

    Returns
    -------
    float
        USD, discounted to the first day.
    """
    cost, found = books.daily("controls", "application_cost") * rules.in_force, books.daily("controls", "detection")
    approvals, total = Approvals(books, rules), 0.0
    for number, control in enumerate(books.rows.controls):
        if control.kind not in ("export", "content") or not cost[number].any():
            continue
        for line in books.lines("shipments"):
            if governed(books, rules, control, line):
                days = books.span(line.period)
                each = cost[number, days]
                named = approvals.reaching(control.control, line.origin, line.destination)
                if control.kind == "content" and not named:
                    each = each * found[number, days]
                total += books.discount[line.period] * float(each.mean()) * line.tonnes
    return total
