"""What the plan of a case costs at least."""

from __future__ import annotations

from optimizer.case.case import Case
from optimizer.plans.plan import Planner


def least_cost(case: Case) -> float:
    """Least cost of the base plan, USD, certified; solved in this process, as no worker is what is tested."""
    return Planner(case).start.answer.proof("there is no plan").objective
