"""What `lodestar plan` prints: of the case before it is planned, then its summary, section by section."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from rich.console import Console

from optimizer.case.case import Case
from optimizer.engine.deadline import Deadline
from optimizer.interfaces.render import answers, print_section, say
from optimizer.plans.plan import Plans
from optimizer.plans.plan import plan as plan_case
from optimizer.questions.finer import blurred, finer, records
from optimizer.questions.interval import Interval, between, with_best
from optimizer.questions.summary import Summary, about, fit_lines
from optimizer.questions.undone import undone_of


@dataclass(frozen=True)
class Found:
    """What was planned, and what was found out beside it.

    Parameters
    ----------
    plans : Plans
    weeks : Plans or None
        The one scenario planned again by weeks.
    apart : list of Interval
        What react costs over all base plans that are as cheap.
    asked : bool
        Whether somebody asked for that.
    """

    plans: Plans
    weeks: Plans | None = None
    apart: list[Interval] = field(default_factory=list)
    asked: bool = False

    @cached_property
    def summary(self) -> Summary:
        """All that is said of the plans."""
        return Summary(self.plans, undone_of(self.plans))


def put(found: Found, out: Path | None, as_json: bool) -> None:
    """Print what was found, as JSON or for a person.

    Parameters
    ----------
    found : Found
    out : Path or None
        Where tables were written.
    as_json : bool
    """
    if as_json:
        rows = with_best(Summary(found.plans).records(), found.apart) + (records(found.weeks) if found.weeks else [])
        print(json.dumps(rows, indent=1))
        for line in fit_lines(found.plans.chosen):
            print(line, file=sys.stderr)
    else:
        print_plans(answers(), found.plans, found.summary)
        if found.asked or found.apart:
            print_section(answers(), between(found.apart))
        if found.weeks is not None:
            print_section(answers(), finer(found.plans, found.weeks))
        if out is not None:
            print(f"Tables and manifest: {out}")
    sys.stdout.flush()


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


def print_plans(console: Console, plans: Plans, summary: Summary | None = None) -> None:
    """Print the summary of every scenario and the plan itself for one.

    Parameters
    ----------
    console : Console
    plans : Plans
    summary : Summary, optional
        Of them, where it is made.
    """
    for section in (summary or Summary(plans)).sections:
        print_section(console, section)


def say_blurred(plans: Plans, scenarios: list[str] | None, workers: int | None, deadline: Deadline) -> None:
    """Say which scenarios the calendar of the case blurs, planned once more by weeks.

    Parameters
    ----------
    plans : Plans
    scenarios : list of str or None
        Those asked for.
    workers : int or None
    deadline : Deadline
    """

    def again(case: Case) -> Plans:
        left, limit = None if math.isinf(deadline.left) else deadline.left, plans.planner.solve_limit
        return plan_case(case, scenarios, answers=plans.answers, workers=workers, time_limit=left, solve_limit=limit)

    if (told := blurred(plans, again)) is not None:
        say(answers(), told)
