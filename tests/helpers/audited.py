"""Plans to which an auditor has nothing to object."""

from __future__ import annotations

from optimizer.audit.audit import audit_plan
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans


def sound(plans: Plans) -> Plans:
    """The plans of a case, each audited as the answer that it is, with what was planned beside it."""
    happens = {some.name: some for some in plans.scenarios}
    for (name, answer), outcome in plans.outcomes.items():
        assert audit_plan(plans.planner.case, long_tables(outcome), happens.get(name), plans.scenarios, answer) == []
    return plans
