"""What `plan` is asked, checked before anything is done; how far it is, and each answer as it comes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.case.case import Case
from optimizer.case.text import brief
from optimizer.errors import InputError, SolveError
from optimizer.faults import Fault, nearest
from optimizer.network.network import Network
from optimizer.program.answer import Answer
from optimizer.world.scenario import Scenario

ANSWERS = ("react", "foresight")
"""Answers per scenario that are given by default; `base` is the plan as the rules in force stand."""
KNOWN = (*ANSWERS, "hedge")
"""Answers that can be asked for; the hedge is over all scenarios together."""


@dataclass(frozen=True)
class Progress:
    """How far planning is.

    Parameters
    ----------
    stage : str
        What was just finished: `ready` before anything is solved, then `base` or `scenario`.
    done, total : int
        Answers to scenarios, finished and asked for.
    scenario, answer : str
        The answer that was just finished; empty before the first.
    not_certified : int
        Finished answers that have no certificate.
    """

    stage: str
    done: int
    total: int
    scenario: str = ""
    answer: str = ""
    not_certified: int = 0


@dataclass(frozen=True)
class Planned:
    """An answer to a scenario, as it comes.

    Parameters
    ----------
    scenario : Scenario
    name : str
        Which answer: `react`, `foresight` or `hedge`.
    world : Network
        The network in the scenario.
    answer : Answer
        What was found, certified or not; `Planner.outcome(world, answer)` makes the tables of a certified one.
    """

    scenario: Scenario
    name: str
    world: Network
    answer: Answer


def checked(
    case: Any, answers: Any, workers: Any, limits: dict[str, float | None]
) -> tuple[str | Path | Case, tuple[str, ...]]:
    """What `plan` is asked, as far as it can be asked.

    Parameters
    ----------
    case, answers, workers : any
        As `plan` was given them.
    limits : dict of str to float or None
        Seconds by the name of the argument; None, for no limit, only as `time_limit`.

    Returns
    -------
    tuple
        The case as it was given, and the answers.

    Raises
    ------
    InputError
        With every argument that means nothing.
    """
    faults = []
    if not isinstance(case, str | Path | Case):
        faults.append(
            Fault(
                "case",
                f"expected the name or folder of a case, or a loaded case, found {brief(case)}",
                code="wrong-shape",
            )
        )
    listed = list(answers) if isinstance(answers, Iterable) and not isinstance(answers, str) else []
    wrong = [some for some in listed if some not in KNOWN]
    if not listed or len(set(map(str, listed))) < len(listed):
        faults.append(
            Fault(
                "answers",
                f"expected a list of {' or '.join(KNOWN)}, each once, found {brief(answers)}",
                code="wrong-shape",
            )
        )
    faults += [
        Fault("answers", f"no such answer {brief(some)}. {nearest(str(some), KNOWN)}", code="unknown-word")
        for some in wrong
    ]
    if workers is not None and not (isinstance(workers, int) and workers >= 1):
        faults.append(
            Fault("workers", f"expected a whole number of at least 1, found {brief(workers)}", code="not-a-number")
        )
    for name, seconds in limits.items():
        forever = seconds is None and name == "time_limit"
        if not forever and not (isinstance(seconds, int | float) and 0 < seconds < math.inf):
            faults.append(Fault(name, f"expected seconds above 0, found {brief(seconds)}", code="out-of-range"))
    if faults:
        raise InputError(faults)
    return case, tuple(listed)


def not_planned(scenario: str, answer: str, known: list[str], interrupted: bool) -> InputError | SolveError:
    """Why there is no answer: nobody asked for it, or planning did not come to it.

    Parameters
    ----------
    scenario, answer : str
        Whose.
    known : list of str
        Scenarios that were asked for.
    interrupted : bool
        Whether planning was stopped before its end.
    """
    if answer not in KNOWN:
        what = f"no such answer {brief(answer)}. {nearest(str(answer), KNOWN)}"
        return InputError([Fault("answer", what, code="unknown-word")])
    if scenario not in known:
        what = f"no such scenario was planned. {nearest(str(scenario), ['base', *known])}"
        return InputError([Fault(brief(scenario), what, code="unknown-name")])
    shown = f"{scenario} ({answer})"
    if interrupted:
        return SolveError(f"{shown} has no plan: planning was stopped before it was finished")
    return InputError([Fault(shown, f"was not planned; ask for answers=[{answer!r}]", code="unknown-name")])
