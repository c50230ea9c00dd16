"""Rules of projects and the lanes they open."""

from __future__ import annotations

from typing import Any

from pyomo.environ import Constraint

from optimizer.formulation.registry import Model, rule


@rule(over="qualifications")
def lane_open(m: Model, project: str, period: int) -> Any:
    r"""A supplier not qualified ships nothing to the buyer's plants, and then no more than it was qualified for.

    .. math:: \sum_{l \in p} \sum_q ship_{lqt} \le k_p \bigl(done_{pt} + \sum_{t' \le t} open_{pt't}\, start_{pt'}\bigr)
    """
    lanes = m.structure.qualifies[project]
    if not lanes:
        return Constraint.Skip
    return sum(m.ship[(*lane, period)] for lane in lanes) <= m.links.opened(m, project, period)


@rule(over="startable", timed=False)
def project_once(m: Model, project: str) -> Any:
    r"""A project is started at most once; a part of it counts as a part.

    .. math:: \sum_t start_{pt} \le 1
    """
    return sum(m.start[project, period] for period in m.links.start_periods[project]) <= 1
