"""The case and the scenarios of a task: data, or names that come with the programme; nothing is ever a path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from optimizer.case.case import Case
from optimizer.case.text import brief
from optimizer.errors import CaseError, ScenarioError
from optimizer.faults import Fault
from optimizer.world.change import changed
from optimizer.world.door import case_from
from optimizer.world.load import find_cases, load_case
from optimizer.world.scenario import BASE, Scenario, find_scenarios, scenario_from


def case_of(given: Mapping[str, Any], changes: Sequence[Any] = (), packs: Iterable[str] = ()) -> Case:
    """The case of a task.

    Parameters
    ----------
    given : mapping
        `bundled`, a name, or `settings` and `rows`.
    changes : sequence, optional
        Of its rows; see `changed`.
    packs : iterable of str, optional
        Policy packs to switch on besides those it names.

    Returns
    -------
    Case

    Raises
    ------
    CaseError
        With every fault.
    """
    if (name := given.get("bundled", given.get("ref"))) is not None:
        known = find_cases()
        if name not in known:
            raise CaseError([Fault.near("case", None, f"no such case {brief(name)}", str(name), known)])
        case = load_case(known[name], packs)
    else:
        case = case_from(given.get("settings") or {}, given.get("rows") or {}, packs=packs)
    return changed(case, changes)


def scenarios_of(given: Iterable[Any], known: Mapping[str, Any]) -> list[str | Scenario]:
    """The scenarios of a task: those that come with the programme by their names, others as they are.

    Parameters
    ----------
    given : iterable
        Names, or scenarios as data.
    known : mapping of str to mapping
        Scenarios of the caller's own, by name.

    Returns
    -------
    list of str or Scenario

    Raises
    ------
    ScenarioError
        With the faults of all.
    """
    found: list[str | Scenario] = []
    faults: list[Fault] = []
    names = find_scenarios()
    for some in given:
        try:
            if not isinstance(some, str):
                found.append(scenario_from(some, known))
            elif some in known:
                found.append(scenario_from(known[some], known))
            elif some in names or some == BASE:
                found.append(some)
            else:
                missing = f"no such scenario {brief(some)}"
                faults.append(Fault.near("scenarios", None, missing, some, [*known, *names]))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return found
