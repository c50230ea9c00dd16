"""An audit of a plan in plain sums, written from the problem statement: it reads the rows of the case and the tables.

It shares nothing with the timelines, the network, the formulation or the arrays, so that a fault of theirs cannot hide
in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from optimizer.audit import (
    by_day,
    content,
    contracts,
    costs,
    decisions,
    demand,
    frames,
    goods,
    licences,
    limits,
    orders,
    projects,
    sales,
    shares,
    stock,
    supply,
    transport,
)
from optimizer.audit.books import Books
from optimizer.audit.rules import Rules
from optimizer.faults import Fault

if TYPE_CHECKING:
    from optimizer.case.case import Case
    from optimizer.world.scenario import Scenario

CHECKS = tuple(
    check
    for part in (
        goods,
        content,
        supply,
        transport,
        projects,
        contracts,
        orders,
        demand,
        by_day,
        stock,
        sales,
        licences,
        limits,
        costs,
        shares,
        decisions,
        frames,
    )
    for check in part.CHECKS
)
"""Every audit."""


def audit_plan(
    case: Case,
    tables: Mapping[str, pd.DataFrame],
    scenario: Scenario | None = None,
    others: Iterable[Scenario] = (),
    answer: str = "",
    *,
    over: bool = False,
) -> list[Fault]:
    """Everything an auditor would object to in a plan.

    Parameters
    ----------
    case : Case
    tables : mapping of str to DataFrame
        The long tables of one answer.
    scenario : Scenario, optional
        What happens in the world of the answer; by default, the rules in force stand.
    others : iterable of Scenario, optional
        All that were planned together: the rows that they add tell goods apart in every plan.
    answer : {'', 'react', 'foresight'}, optional
        Which answer it is, where that is known.
    over : bool, optional
        Whether the plan says itself that its content is not kept across stages.

    Returns
    -------
    list of Fault
        What was expected and found, and where; empty where there is nothing to object to.
    """
    books = Books(case, tables, scenario, others, answer)
    rules = Rules(books)
    found: list[Fault] = []
    for check in (some for some in CHECKS if not (over and some is content.across_stages)):
        try:
            found += check(books, rules)
        except (KeyError, IndexError, AttributeError) as error:
            found.append(
                Fault(
                    f"audit of {check.__name__}",
                    f"expected columns of the tables and names of the case, found {error}",
                    code="disagrees",
                )
            )
    return found
