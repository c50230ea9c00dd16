"""Which scenarios a case is planned in: those asked for, or all bundled ones that fit it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from optimizer.case.calendar import Calendar
from optimizer.case.case import Case
from optimizer.case.text import brief
from optimizer.errors import ScenarioError, SolveError
from optimizer.faults import Fault, Finding
from optimizer.network.build import network_with
from optimizer.network.network import Network
from optimizer.network.size import check_events
from optimizer.network.unread_cells import UnreadCells
from optimizer.plans.cutting import Cut, heard
from optimizer.plans.remarks import Remarks
from optimizer.world.apply import apply_all
from optimizer.world.each_day import on_its_dates
from optimizer.world.fit import Fit, Fitter, Misfit
from optimizer.world.scenario import BASE, Scenario, find_scenarios, load_scenario, scenario_from
from optimizer.world.select import Selector
from optimizer.world.timeline import Timelines

SAID = 20
"""Findings said before a plan; `lodestar check` says all."""


@dataclass
class Chosen:
    """Scenarios of a case, and what there is to say of them before anything is solved.

    Parameters
    ----------
    remarks : Remarks, optional
        What there is to say of the case.
    fits : list of Fit
        Those to plan.
    misfits : list of Misfit
        Bundled ones that do not fit the case, where none was asked for by name.
    cut : Cut, optional
        What scenarios from elsewhere have cut into the calendar.
    """

    remarks: Remarks | None = None
    fits: list[Fit] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)
    cut: Cut | None = None

    def on(self, cut: Cut, timelines: Timelines, selector: Selector) -> Chosen:
        """The same on a calendar into which days were cut.

        Parameters
        ----------
        cut : Cut
        timelines : Timelines
            Of the case on that calendar, laid out for the rows that the scenarios add.
        selector : Selector
        """
        worlds = apply_all(self.scenarios, timelines, selector)
        fits = [replace(fit, timelines=world) for fit, world in zip(self.fits, worlds, strict=True)]
        return replace(self, fits=fits, cut=cut)

    def heard(self, calendar: Calendar) -> Chosen:
        """The same, each scenario announced on the first day of a period of a calendar; see `cutting.heard`.

        Parameters
        ----------
        calendar : Calendar
        """
        return replace(self, fits=[replace(fit, scenario=heard(fit.scenario, calendar)) for fit in self.fits])

    def tell(self, before: Callable[[], float], after: float) -> None:
        """Take in what the base plan costs, on the calendar of the case, where it has a plan there, and on that cut.

        Parameters
        ----------
        before : callable
        after : float
        """
        if self.cut is not None:
            with suppress(SolveError):
                self.cut = self.cut.told(before(), after)

    @cached_property
    def findings(self) -> list[Finding]:
        """Of the case and of the scenarios; worked out when they are asked for, as nothing solved goes by them."""
        if self.remarks is None:
            return []
        return [*self.remarks.findings, *(some for fit in self.fits for some in self.remarks.of(fit.scenario))]

    @property
    def unused(self) -> dict[str, tuple[int, int]]:
        """Of the shared rows of each table those that reach nothing in the case, and how many there are."""
        return {} if self.remarks is None else self.remarks.unused

    @property
    def unread(self) -> list[UnreadCells]:
        """Columns that nothing reads in some rows of the case."""
        return [] if self.remarks is None else self.remarks.unread

    @property
    def scenarios(self) -> list[Scenario]:
        """Those to plan, as far as they fit."""
        return [fit.scenario for fit in self.fits]

    def lines(self) -> list[str]:
        """Findings as they are said before a plan, `SAID` at most."""
        said = [f"Finding: {finding}" for finding in self.findings[:SAID]]
        if (more := len(self.findings) - SAID) > 0:
            said.append(f"and {more} more finding{'s' * (more > 1)}: `lodestar check` says all.")
        return said

    @property
    def partly(self) -> list[Fit]:
        """Those of which some events are passed over."""
        return [fit for fit in self.fits if len(fit.scenario.events) < fit.events]


def resolve(scenarios: Iterable[str | Path | Scenario] | None) -> list[Scenario]:
    """Scenarios by name, file or as they are; all bundled ones by default. `base` is planned anyway and left out.

    Raises
    ------
    ScenarioError
        With the faults of every one that cannot be read.
    """
    if isinstance(scenarios, str | Path | Scenario):
        what = f"expected a list of scenarios, found {brief(scenarios)}; write [...] around it"
        raise ScenarioError([Fault("scenarios", what, code="wrong-shape")])
    found: list[Scenario] = []
    faults: list[Fault] = []
    for some in find_scenarios() if scenarios is None else scenarios:
        if some == BASE:
            continue
        if not isinstance(some, str | Path | Scenario):
            faults.append(
                Fault("scenarios", f"expected names, files or scenarios, found {brief(some)}", code="wrong-shape")
            )
            continue
        try:
            found.append(scenario_from(some) if isinstance(some, Scenario) else load_scenario(some))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults)
    return found


def choose(
    network: Network,
    selector: Selector,
    scenarios: Iterable[str | Path | Scenario] | None,
    *,
    exact_days: bool = False,
) -> Chosen:
    """Choose the scenarios to plan a case in.

    Parameters
    ----------
    network : Network
        The case.
    selector : Selector
    scenarios : iterable, optional
        Those asked for; by default the bundled ones that fit, and of a case that is not listed none.

    exact_days : bool, optional
        Whether one whose day is not known is planned on the first of its days alone.

    Returns
    -------
    Chosen

    Raises
    ------
    ScenarioError
        With the faults of every one asked for that cannot be read or does not fit.
    """
    if scenarios is None and not network.case.file.listed:
        scenarios = ()
    chosen = Chosen(Remarks(network, network, selector, bundled=scenarios is None))
    try:
        asked = resolve(scenarios)
    except ScenarioError as error:
        raise ScenarioError(error.faults, chosen.findings) from None
    if not exact_days:
        asked = [on_its_date for some in asked for on_its_date in on_its_dates(some)]
    check_events(network.case, asked)
    laid_out = network_with(network, asked)
    chosen.remarks = Remarks(network, laid_out, selector, bundled=scenarios is None)
    fitter = Fitter(laid_out.timelines, selector)
    faults = _twice(asked)
    for scenario in asked:
        if scenarios is None:
            fit = fitter.fit_or_not(scenario)
            if isinstance(fit, Fit):
                chosen.fits.append(fit)
            else:
                chosen.misfits.append(fit)
            continue
        try:
            chosen.fits.append(fitter.fit(scenario))
        except ScenarioError as error:
            faults += error.faults
    if faults:
        raise ScenarioError(faults, chosen.remarks.findings)
    return chosen


def check_record(case: Case, chosen: Chosen) -> dict[str, Any]:
    """What a check says, for JSON.

    Parameters
    ----------
    case : Case
    chosen : Chosen
        The scenarios, and the findings.

    Returns
    -------
    dict
        `case`, `rows` (their number by table), `unused` (of how many shared rows of a table no plan can use how many),
        `unread` (columns that nothing reads in some rows, and why), `faults` (none), `findings`, and `scenarios`, each
        with how many `events` fit, `of` how many.
    """
    return {
        "case": case.name,
        "rows": {name: len(rows) for name, rows in case.tables.items() if rows},
        "unused": {name: {"rows": idle, "of": rows} for name, (idle, rows) in chosen.unused.items()},
        "unread": [
            {"table": some.table, "columns": some.columns, "rows": len(some.rows), "of": some.of, "why": some.why}
            for some in chosen.unread
        ],
        "faults": [],
        "findings": [finding.record() for finding in chosen.findings],
        "scenarios": [
            {"scenario": fit.scenario.name, "events": len(fit.scenario.events), "of": fit.events} for fit in chosen.fits
        ],
    }


def _twice(scenarios: Sequence[Scenario]) -> list[Fault]:
    """Scenarios asked for twice."""
    names = [scenario.name for scenario in scenarios]
    return [
        Fault(name, "expected each scenario once, found it twice", code="repeated")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
