"""Plans in a notebook: the summary, and single charts of the report, by the same code."""

from __future__ import annotations

from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import Plans
from optimizer.plans.shown import View
from optimizer.questions.summary import Summary, about
from optimizer.report.charts import drawn_plans, identity
from optimizer.report.markup import Html, join, section, table, tag
from optimizer.report.page import html_of
from optimizer.report.sections import flow_figure, map_figure
from optimizer.report.tabled import InMemory

ANSWER = ("answer", "")
"""What the one answer shown is called in the data of its chart."""
HEIGHT = 720


def summary(plans: Plans) -> View:
    """All that is said of plans, as `lodestar plan` prints it.

    Parameters
    ----------
    plans : Plans
    """
    case = plans.planner.case
    title, subject = about(case)
    parts = (
        section(
            some.name,
            some.title or some.name,
            table(some, cards=True) if some.fields else None,
            *(tag("p", line, _class="note") for line in (some.says, *some.legend, *some.notes) if line),
        )
        for some in Summary(plans).sections
    )
    page = html_of(
        "", title=case.name, heading=title, subject=subject, sections=join(parts), footer=Html(""), drawn=None
    )
    return View(page, HEIGHT)


def sankey(outcome: Outcome) -> View:
    """Tonnes of rare earths from country to country, from the mine to the buyer's plants."""
    return _chart(outcome, "From the mine to the plant", flow_figure())


def world_map(outcome: Outcome) -> View:
    """Sites, and the lanes that goods go."""
    return _chart(outcome, "Sites and lanes", map_figure())


def _chart(outcome: Outcome, heading: str, drawn: Html) -> View:
    """One chart of one answer."""
    answer, case = InMemory(outcome), outcome.network.case
    subject = f"Case {case.name}, {case.calendar.start} to {case.calendar.end}"
    data = {"first": identity(*ANSWER), **drawn_plans(answer, [ANSWER])}
    page = html_of("", title=case.name, heading=heading, subject=subject, sections=drawn, footer=Html(""), drawn=data)
    return View(page, HEIGHT)
