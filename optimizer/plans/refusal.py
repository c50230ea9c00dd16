"""Why an answer is not certified; numbers the solver cannot be given, traced back to the events that made them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from optimizer.engine.before import SMALLEST
from optimizer.network.network import Network
from optimizer.network.numbers import PARAMETERS
from optimizer.program.answer import Answer
from optimizer.program.program import Floats, Program
from optimizer.world.scenario import Scenario


def said(answer: Answer) -> str:
    """Why an answer is not certified."""
    return f"{answer.status}: {answer.reason}" if answer.reason else answer.status


def refused_by(program: Program, scenario: Scenario, world: Network, parameters: Floats) -> str:
    """The file and number of the events that make numbers the solver cannot be given, and the numbers they make.

    Parameters
    ----------
    program : Program
    scenario : Scenario
    world : Network
        The world of the scenario.
    parameters : array
        Its parameter vector.

    Returns
    -------
    str
        Such as ``scenarios/x.yaml, event 2 (content_share)``; the scenario's name where no event can be told.
    """
    names = list(dict.fromkeys(_parameters_refused(program, parameters)))
    columns = frozenset().union(*(PARAMETERS[name].reads for name in names)) & world.timelines.touched
    events = [
        scenario.place(number)
        for number, event in enumerate(scenario.events, 1)
        if any(f"{event.table}.{column}" in columns for column in event.changes)
    ]
    made = f" ({', '.join(names)})" if names else ""
    return (" and ".join(dict.fromkeys(events)) or scenario.name) + made


def _parameters_refused(program: Program, parameters: Floats) -> Iterator[str]:
    """Names of the parameters that enter numbers which cannot be used."""
    sides = [program.row_lower, program.row_upper]
    for part in (*program.costs.values(), program.values, *sides):
        found = part(parameters)
        wrong = np.isnan(found) if any(part is side for side in sides) else ~np.isfinite(found)
        if part is program.values:
            wrong |= (found != 0) & (np.abs(found) < SMALLEST)
        for place in part.parameter[wrong[part.at]]:
            yield program.parameter_names[place][0]
