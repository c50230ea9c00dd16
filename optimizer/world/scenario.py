"""Disruption scenarios: what happens to the world, applied to a case's timelines without touching the case."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.case.case import bundled
from optimizer.case.check import EARLIEST, LATEST
from optimizer.case.document import Document, read_yaml
from optimizer.case.kinds import Day, Share
from optimizer.case.read import explain
from optimizer.case.text import brief
from optimizer.errors import CaseError, ScenarioError
from optimizer.faults import Code, Fault
from optimizer.world.events import Event

BASE = "base"
"""Name of the plan without events; no scenario may have it."""


class Scenario(BaseModel):
    """A named set of events with a probability and the day it is announced."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    """Name; that of its file."""
    title: str
    """One line that says what happens."""
    probability: Share
    """How likely it is held to be."""
    announced: Day
    """The day the buyer learns of it."""
    source: Annotated[str, Field(min_length=1)]
    """The episode or rule it is grounded in."""
    notes: str = ""
    """Which numbers are sourced and which are judgement."""
    includes: tuple[str, ...] = ()
    """Scenarios whose events it also holds."""
    events: tuple[Event, ...] = ()
    """What happens."""
    _places: tuple[str, ...] = ()
    _bundled: bool = False

    @property
    def bundled(self) -> bool:
        """Whether it is one of those that come with the programme, asked for by its name."""
        return self._bundled

    def only(self, kept: dict[int, Event]) -> Scenario:
        """The scenario with only some of its events, by number, perhaps narrowed; its title says how many are left."""
        told = (
            f"{self.title} ({len(kept)} of {len(self.events)} events)" if len(kept) < len(self.events) else self.title
        )
        found = self.model_copy(update={"events": tuple(kept.values()), "title": told})
        found._places = tuple(self.place(number) for number in kept)
        return found

    def place(self, number: int) -> str:
        """File and number of an event, counted from 1 through all events, those of included scenarios too."""
        known = len(self._places) == len(self.events)  # not so where events were exchanged in code
        return self._places[number - 1] if known else f"scenarios/{self.name}.yaml, event {number}"


def find_scenarios() -> dict[str, Path]:
    """Bundled scenarios, by name."""
    return {path.stem: path for path in sorted(bundled("scenarios").glob("*.yaml"))}


def load_scenario(scenario: str | Path, _within: tuple[str, ...] = ()) -> Scenario:
    """Load a scenario, its includes merged into its events.

    Parameters
    ----------
    scenario : str or Path
        The name of a bundled scenario, or a YAML file: what has a separator or ends in `.yaml` is a file.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    path = _find(scenario)
    shown = f"{path.absolute().parent.name}/{path.name}"
    try:
        loaded = Scenario.model_validate(content := read_yaml(path, shown))
    except CaseError as error:
        raise ScenarioError(error.faults) from None
    except ValidationError as error:
        raise ScenarioError(explain(error, content, Scenario)) from None
    if loaded.name in _within:
        circle = " > ".join((*_within, loaded.name))
        raise ScenarioError([Fault.of(content.place(("includes",)), "includes", "no circle", circle, "circle")])
    faults = _own_faults(loaded, path, content)
    merged: list[tuple[Event, str]] = [
        (event, content.place(("events", number))) for number, event in enumerate(loaded.events)
    ]
    beside = {found.stem: found for found in path.parent.glob("*.yaml")}
    known = find_scenarios() | beside
    for name in dict.fromkeys(loaded.includes):
        if name not in known:
            where = content.place(("includes", loaded.includes.index(name)))
            faults.append(Fault.near(where, "includes", f"no such scenario {brief(name)}", name, known))
            continue
        try:
            part = load_scenario(known[name], (*_within, loaded.name))
        except ScenarioError as error:
            faults += error.faults
        else:
            merged += [(event, part.place(number)) for number, event in enumerate(part.events, 1)]
    for event, place in merged:
        if event.from_ < loaded.announced:
            day = f"on or after the day {loaded.name} is announced ({loaded.announced})"
            faults.append(Fault.of(place, "from", day, event.from_, "wrong-order"))
    if faults:
        raise ScenarioError(faults)
    whole = loaded.model_copy(update={"events": tuple(event for event, _ in merged)})
    whole._places = tuple(place for _, place in merged)
    whole._bundled = not _is_path(scenario)
    return whole


def _is_path(scenario: str | Path) -> bool:
    """Whether a file is meant: there is a separator or the ending of one; a bare name is that of a bundled scenario."""
    text = os.fspath(scenario)
    separators = [os.sep, *filter(None, [os.altsep])]
    return Path(text).suffix in (".yaml", ".yml") or any(separator in text for separator in separators)


def _find(scenario: str | Path) -> Path:
    """The file of a scenario."""
    known = find_scenarios()
    path = Path(scenario)
    if _is_path(scenario):
        if os.path.lexists(path):
            return path
        raise ScenarioError([Fault.near(str(scenario), None, "no such file", path.stem, known)])
    if str(scenario) not in known:
        own = next((file for file in (f"{path}.yaml", f"{path}.yml", str(path)) if os.path.isfile(file)), None)
        if own:
            what = f"no such scenario. A file is given by its path: {os.path.join('.', own)}"
            raise ScenarioError([Fault(str(scenario), what, code="unknown-name", found=str(scenario), suggest=own)])
        raise ScenarioError([Fault.near(str(scenario), None, "no such scenario", str(scenario), known)])
    return known[str(scenario)]


def _own_faults(loaded: Scenario, path: Path, content: Document) -> list[Fault]:
    """What is wrong with a scenario apart from its events and its includes."""
    faults = []

    def wrong(column: str, expected: str, found: Any, code: Code) -> None:
        faults.append(Fault.of(content.place((column,)), column, expected, found, code))

    if loaded.name != path.stem:
        wrong("name", f"that of the file ({path.stem})", repr(loaded.name), "inconsistent")
    if not EARLIEST <= loaded.announced <= LATEST:
        wrong("announced", f"a day from {EARLIEST} to {LATEST}", loaded.announced, "out-of-range")
    if loaded.name == BASE:
        what = f"name: expected another than {BASE!r}, which is the plan without events"
        faults.append(Fault(content.place(("name",)), what, code="repeated", column="name", found=BASE))
    if not loaded.events and not loaded.includes:
        wrong("events", "at least one", "none", "missing-rows")
    if len(set(loaded.includes)) < len(loaded.includes):
        wrong("includes", "each scenario once", ", ".join(loaded.includes), "repeated")
    return faults
