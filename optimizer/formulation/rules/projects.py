"""Rules of projects and the lanes they open."""

from __future__ import annotations

from typing import Any

from pyomo.environ import Constraint

from optimizer.formulation.registry import Indexed, cost_term, rule, variable
from optimizer.formulation.rules.goods import Goods


class Projects(Goods):
    """What projects open."""

    start: Indexed = variable(
        over="starts",
        meaning="of a project started",
        words="project {project} started",
        unit="share",
        timed=False,
        upper=1.0,
    )
    project_price: Indexed
    project_worth: Indexed
    under_way: Indexed
    opens: Indexed


@rule(over="qualifications", words="the qualification of a supplier, {project}")
def lane_open(m: Projects, project: str, period: int) -> Any:
    r"""A supplier not qualified ships nothing to the buyer's plants, and then no more than it was qualified for.

    .. math:: \sum_{l \in p} \sum_q ship_{lqt} \le done_{pt} + \sum_{t' \le t} opens_{pt't}\, start_{pt'}
    """
    lanes = m.structure.qualifies[project]
    if not lanes:
        return Constraint.Skip
    return sum(m.ship[(*lane, period)] for lane in lanes) <= opened(m, project, period)


@rule(over="startable", words="project {project}, which can be started once", timed=False, unit="project")
def project_once(m: Projects, project: str) -> Any:
    r"""A project is started at most once; a part of it counts as a part.

    .. math:: \sum_t start_{pt} \le 1
    """
    return sum(m.start[project, period] for period in m.links.start_periods[project]) <= 1


@cost_term("start", words="project")
def projects(m: Projects, project: str, period: int) -> Any:
    r"""Projects started; what is paid once is discounted from the day :math:`b` on which it is begun.

    Of an expansion that lasts :math:`L` years it is the part of the :math:`h` years from its opening to the end, with
    :math:`v = 1 / (1 + rate)`; of all others, and of one that opens after the end, all.

    .. math:: \sum_{pt} \delta_{b(p, t)}\, \frac{1 - v^{h_{pt}}}{1 - v^{L_p}}\, cost_{pt}\, start_{pt}
    """
    return m.project_worth[project, period]


def opened(m: Projects, project: str, period: int) -> Any:
    """Tonnes of activity or of shipments that a project opens in a period.

    Parameters
    ----------
    m : Projects
    project : str
    period : int
    """
    starts = [start for start in m.links.start_periods[project] if start <= period]
    if m.structure.by.projects[project].done_from is not None:
        return m.under_way[project, period]
    return sum(m.opens[project, start, period] * m.start[project, start] for start in starts)
