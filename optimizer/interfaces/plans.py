"""What `lodestar plan` prints: of the case before it is planned, then its summary, section by section."""

from __future__ import annotations

from rich.console import Console

from optimizer.case.case import Case
from optimizer.interfaces.render import print_section, say
from optimizer.plans.plan import Plans
from optimizer.questions.summary import Summary, about


def print_head(console: Console, case: Case) -> None:
    """Print what is planned, over which days.

    Parameters
    ----------
    console : Console
    case : Case
    """
    title, days = about(case)
    say(console, f": {title}", bold=case.name)
    say(console, days)


def print_plans(console: Console, plans: Plans) -> None:
    """Print the summary of every scenario and the plan itself for one.

    Parameters
    ----------
    console : Console
    plans : Plans
    """
    for section in Summary(plans).sections:
        print_section(console, section)
