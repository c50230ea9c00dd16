"""Disruption scenarios: what happens to the world, applied to a case's timelines without touching the case."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optimizer.case.case import bundled
from optimizer.case.document import Document, document_from, read_yaml
from optimizer.case.kinds import EARLIEST, LATEST, Day, Share
from optimizer.case.read import explain
from optimizer.case.text import brief, hidden
from optimizer.errors import CaseError, InputError, ScenarioError
from optimizer.faults import Code, Fault, Source
from optimizer.world.dates import Dates
from optimizer.world.events import Event
from optimizer.world.new_row import added_rows

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
    """How likely it is held to be, by itself."""
    exclusive: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)] | None = None
    """The event that it is one variant of: of those that name the same one at most one comes, so their probabilities
    add up to 1 at most."""
    announced: Day
    """The day the buyer learns of it; where nobody knows it, `{from: DAY, until: DAY, every: 3 months}`: one of these
    days is as likely as another, and events, written for the first, move along."""
    dates: Dates | None = None
    """Those days; filled in from `announced`."""
    date_of: str | None = None
    """The scenario that it is on one day of; filled in where it is planned."""
    source: Annotated[str, Field(min_length=1)]
    """The episode or rule it is grounded in."""
    notes: str = ""
    """Which numbers are sourced and which are judgement."""
    includes: tuple[str, ...] = ()
    """Scenarios whose events it also holds."""  # none once they are merged into its own
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

    def digest(self) -> str:
        """SHA-256 of it as planned: title, probability, source, notes, and every event with its dates."""
        content = self.model_dump(mode="json", by_alias=True, exclude={"includes"}, exclude_none=True)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def place(self, number: int) -> str:
        """File and number of an event, counted from 1 through all events, those of included scenarios too."""
        known = len(self._places) == len(self.events)  # not so where events were made or exchanged in code
        if known:
            return self._places[number - 1]
        return Document({}, Source(self.name), {}).place(("events", number - 1))


def find_scenarios() -> dict[str, Path]:
    """Bundled scenarios, by name."""
    return {path.stem: path for path in sorted(bundled("scenarios").glob("*.yaml"))}


def load_scenario(scenario: str | Path) -> Scenario:
    """Load a scenario, its includes merged into its events.

    Parameters
    ----------
    scenario : str or Path
        The name of a bundled scenario, or a YAML file: what has a separator or ends in `.yaml` is a file. It may
        include bundled scenarios and those in files beside it.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    path = _find(scenario)
    beside = {found.stem: found for found in path.parent.glob("*.yaml")}
    whole = _Includes({**find_scenarios(), **beside}).read(path)
    whole._bundled = not _is_path(scenario)
    return whole


def scenario_from(
    content: Mapping[str, Any] | Scenario, known: Mapping[str, Mapping[str, Any] | Scenario] | None = None
) -> Scenario:
    """A scenario from data, checked and merged like one from a file. No name in it is taken for a path.

    Parameters
    ----------
    content : mapping or Scenario
        Its fields, as YAML or JSON would give them; or a scenario built in code.
    known : mapping of str to mapping or Scenario, optional
        What it may include, by name, besides the bundled scenarios.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    return _Includes({**find_scenarios(), **(known or {})}).made(content)


def _validated(content: Document) -> Scenario:
    """A scenario as it is written, its includes still to be merged."""
    try:
        scenario = Scenario.model_validate(_with_dates(content))
    except ValidationError as error:
        raise ScenarioError(explain(error, content, Scenario)) from None
    scenario._places = tuple(content.place(("events", number)) for number in range(len(scenario.events)))
    return scenario


def _with_dates(content: Document) -> Mapping[str, Any]:
    """A scenario of which days are announced rather than one, written for the first."""
    days = content.get("announced")
    return {**content, "announced": days.get("from"), "dates": days} if isinstance(days, Mapping) else content


class _Includes:
    """Scenarios with the events of those they include; each of these is read once, by however many ways it is reached.

    Parameters
    ----------
    known : mapping of str to Path, mapping or Scenario
        What may be included, by name.
    """

    def __init__(self, known: Mapping[str, Path | Mapping[str, Any] | Scenario]) -> None:
        self.known = known
        self.parts: dict[str, Scenario] = {}

    def read(self, path: Path, within: tuple[str, ...] = ()) -> Scenario:
        """A scenario from a file.

        Parameters
        ----------
        path : Path
        within : tuple of str, optional
            Names of those that include it, the outermost first.
        """
        try:
            content = read_yaml(path, f"{path.absolute().parent.name}/{path.name}")
        except CaseError as error:
            raise ScenarioError(error.faults) from None
        return self._merged(_validated(content), content, within, called=path.stem)

    def made(self, content: Mapping[str, Any] | Scenario, within: tuple[str, ...] = ()) -> Scenario:
        """A scenario from data.

        Parameters
        ----------
        content : mapping or Scenario
        within : tuple of str, optional
            Names of those that include it, the outermost first.
        """
        if isinstance(content, Scenario):
            return self._merged(content, Document({}, Source(content.name), {}), within)
        name = content.get("name") if isinstance(content, Mapping) else None
        try:
            document = document_from(content, name if isinstance(name, str) and not hidden(name) else "scenario")
        except InputError as error:
            raise ScenarioError(error.faults) from None
        return self._merged(_validated(document), document, within)

    def _part(self, name: str, within: tuple[str, ...]) -> Scenario:
        """A scenario that others include."""
        if name not in self.parts:
            source = self.known[name]
            self.parts[name] = self.read(source, within) if isinstance(source, Path) else self.made(source, within)
        return self.parts[name]

    def _merged(
        self, loaded: Scenario, content: Document, within: tuple[str, ...], called: str | None = None
    ) -> Scenario:
        """A scenario with its own events first, then those of each that it includes, each with its place and once."""
        if loaded.name in within:
            circle = " > ".join((*within, loaded.name))
            raise ScenarioError([Fault.of(content.place(("includes",)), "includes", "no circle", circle, "circle")])
        faults = _own_faults(loaded, called, content)
        for number, event in enumerate(loaded.events, 1):
            faults += added_rows(event, loaded.place(number))[1]
        merged = [(event, loaded.place(number)) for number, event in enumerate(loaded.events, 1)]
        reached: set[int] = set()  # events of parts are the same objects by whatever way they come
        for name in dict.fromkeys(loaded.includes):
            if name not in self.known:
                where = content.place(("includes", loaded.includes.index(name)))
                faults.append(Fault.near(where, "includes", f"no such scenario {brief(name)}", name, self.known))
                continue
            try:
                part = self._part(name, (*within, loaded.name))
            except ScenarioError as error:
                faults += error.faults
                continue
            for number, event in enumerate(part.events, 1):
                if id(event) not in reached:
                    reached.add(id(event))
                    merged.append((event, part.place(number)))
        for event, place in merged:
            if event.from_ < loaded.announced:
                day = f"on or after the day {loaded.name} is announced ({loaded.announced})"
                faults.append(Fault.of(place, "from", day, event.from_, "wrong-order"))
        if faults:
            raise ScenarioError(faults)
        whole = loaded.model_copy(update={"events": tuple(event for event, _ in merged), "includes": ()})
        whole._places = tuple(place for _, place in merged)
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


def _own_faults(loaded: Scenario, called: str | None, content: Document) -> list[Fault]:
    """What is wrong with a scenario apart from its events and its includes."""
    faults = []

    def wrong(column: str, expected: str, found: Any, code: Code) -> None:
        faults.append(Fault.of(content.place((column,)), column, expected, found, code))

    if called is not None and loaded.name != called:
        wrong("name", f"that of the file ({called})", repr(loaded.name), "inconsistent")
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
