"""What `lodestar plan` prints: its summary, section by section."""

from __future__ import annotations

from rich.console import Console

from optimizer.interfaces.render import print_section, say
from optimizer.plans.plan import Plans
from optimizer.questions.summary import Summary


def print_plans(console: Console, plans: Plans) -> None:
    """Print the summary of every scenario and the plan itself for one.

    Parameters
    ----------
    console : Console
    plans : Plans
    """
    summary = Summary(plans)
    title, days = summary.about
    say(console, f": {title}", bold=summary.name)
    say(console, days)
    for section in summary.sections:
        print_section(console, section)
