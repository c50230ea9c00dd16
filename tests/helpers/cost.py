"""What the plan of a case costs at least."""

from __future__ import annotations

from functools import cache

from optimizer.case.case import Case
from optimizer.network.reference import Reference
from optimizer.plans.plan import Planner
from tests.helpers.networks import random_case


def least_cost(case: Case, reference: Reference | None = None) -> float:
    """Least cost of the base plan, USD, certified; solved in this process, as no worker is what is tested.

    Licences are shares of the case's own plan without them, or of a reference that is given, as what-ifs have theirs.
    """
    planner = Planner(case)
    if reference is not None:
        planner.network = planner.network.referring(reference)
    return planner.start.answer.proof("there is no plan").objective


@cache
def least_of(seed: int) -> float:
    """The same of a random case, solved once for all tests of its seed, which `conftest` has one process run."""
    return least_cost(random_case(seed))
