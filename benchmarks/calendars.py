"""What scenarios cost on the calendar of a case, beside months to the end with the days of their events cut in.

Each against the base plan of the same calendar. A calendar is fine enough where no scenario is further off than 3 %, or
half a million USD, and 3 %, or two tonnes, of what goes short.
"""

from __future__ import annotations

import resource
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from benchmarks.memory import peak
from benchmarks.show import Cell, table
from optimizer.case.case import Case
from optimizer.case.settings import PeriodGroup
from optimizer.plans.asked import ANSWERS
from optimizer.plans.cutting import event_days, with_days
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario

CASES = ("ev-motors", "korea", "defense")
DOZEN = (
    "full-embargo", "licence-slowdown", "october-package-returns", "price-spike-abroad", "export-quota-cut",
    "buyer-listed", "technology-ban", "myanmar-stop", "shipping-shock", "demand-surge", "us-duties-doubled",
    "japan-denied",
)  # fmt: skip
"""Scenarios of every case but the first, which is planned in all."""
QUICK = 2
SHARE, MUSD, TONNES = 0.03, 0.5, 2.0
"""How far an answer may be off: that share of it, or that much."""


@dataclass(frozen=True)
class Found:
    """An answer to a scenario.

    Parameters
    ----------
    added : float or None
        What it costs more than the base plan, million USD; None where it is not certified.
    short : float or None
        Tonnes that go short.
    """

    added: float | None
    short: float | None


@dataclass(frozen=True)
class Run:
    """A case planned on a calendar.

    Parameters
    ----------
    case : Case
    found : dict of (scenario, answer) to Found
    base : float
        Cost of the base plan, million USD.
    rows, columns : int
        Of the programme.
    seconds : float
        CPU-seconds of this process and of its workers.
    methods : dict of str to int
        How many answers were found by which method.
    """

    case: Case
    found: dict[tuple[str, str], Found]
    base: float
    rows: int
    columns: int
    seconds: float
    methods: dict[str, int]


def months_of(case: Case, scenarios: Iterable[Scenario]) -> Case:
    """The case on months to the end, every day cut in on which something happens in a scenario.

    Parameters
    ----------
    case : Case
    scenarios : iterable of Scenario
    """
    count = sum(group.count * group.months for group in case.file.periods)
    months = replace(
        case, file=case.file.model_copy(update={"periods": (PeriodGroup(count=count, months=1),), "cuts": ()})
    )
    return with_days(months, {day for some in scenarios for day in event_days(some)})


def measured(case: Case, names: Sequence[str] | None, *, workers: int | None = None) -> Run:
    """Plan a case in scenarios, react and foresight.

    Parameters
    ----------
    case : Case
    names : sequence of str or None
        All bundled ones that fit by default.
    workers : int, optional
        Processes; one per core by default.
    """
    began = _seconds()
    planner = Planner(case)
    chosen = planner.choose(names)
    base = planner.start.answer.proof("there is no plan").objective / 1e6
    found: dict[tuple[str, str], Found] = {}
    methods: dict[str, int] = {}
    for one in planner.stream(chosen.scenarios, ANSWERS, workers=workers):
        good = one.answer.certified
        short = planner.outcome(one.world, one.answer).short if good else None
        added = one.answer.proof("there is no plan").objective / 1e6 - base if good else None
        found[one.scenario.name, one.name] = Found(added, short)
        method = one.answer.method if good else f"{one.answer.method}, not certified"
        methods[method] = methods.get(method, 0) + 1
    rows, columns = len(planner.program.row_names), len(planner.program.column_names)
    return Run(case, found, base, rows, columns, _seconds() - began, methods)


def compared(own: Run, months: Run) -> tuple[list[list[Cell]], list[str]]:
    """A row for every answer, and those that are further off than they may be.

    Parameters
    ----------
    own, months : Run
        On the calendar of the case, and on months.
    """
    rows: list[list[Cell]] = []
    missed = []
    for key, true in months.found.items():
        here = own.found[key]
        held = _near(here.added, true.added, MUSD) and _near(here.short, true.short, TONNES)
        rows.append([" ".join(key), here.added, true.added, *_off(here, true), here.short, true.short, _word(held)])
        missed += [] if held else [" ".join(key)]
    return sorted(rows, key=lambda row: str(row[0])), sorted(missed)


def report(cases: Sequence[str] | None = None, *, quick: bool = False) -> None:
    """Print the table of every case.

    Parameters
    ----------
    cases : sequence of str, optional
        Names or folders; the first of the bundled ones in all scenarios, the others in a dozen.
    quick : bool
        Two scenarios each.
    """
    for name in cases or CASES:
        case = load_case(name)
        fitting = [scenario.name for scenario in Planner(case).choose(None).scenarios]
        names = fitting if name == CASES[0] or cases else [some for some in DOZEN if some in fitting]
        show(case, names[:QUICK] if quick else names)


def show(case: Case, names: Sequence[str]) -> None:
    """Print the table of a case.

    Parameters
    ----------
    case : Case
    names : sequence of str
        Scenarios.
    """
    scenarios = Planner(case).choose(names).scenarios
    own, months = measured(case, names), measured(months_of(case, scenarios), names)
    rows, missed = compared(own, months)
    print(f"\n{case.name}: {case.calendar.told()}")
    for run, words in ((own, "its calendar"), (months, "months and days")):
        ways = ", ".join(f"{way} {count}" for way, count in sorted(run.methods.items(), key=lambda one: -one[1]))
        print(
            f"{words}: {len(run.case.calendar.periods)} periods, {run.rows:,} x {run.columns:,}, "
            f"base {run.base:,.3f} MUSD, {run.seconds:,.0f} CPU-seconds, {peak():,.0f} MB here; {ways}"
        )
    headings = ("answer", "added", "on months", "off", "off %", "short t", "on months", "within")
    note = f"Missed: {', '.join(missed)}." if missed else f"All {len(rows)} within {SHARE:.0%} or {MUSD} MUSD and 2 t."
    table(f"{case.name}: MUSD over the base plan of the same calendar, and tonnes short", headings, rows, note)


def _near(here: float | None, true: float | None, least: float) -> bool:
    """Whether a number is no further off than it may be; one that nobody found is."""
    return here is not None and true is not None and abs(here - true) <= max(SHARE * abs(true), least)


def _off(here: Found, true: Found) -> list[Cell]:
    """How far the money is off, and by which share of it."""
    if here.added is None or true.added is None:
        return [None, None]
    return [here.added - true.added, f"{here.added / true.added - 1:+.1%}" if abs(true.added) > MUSD else None]


def _word(held: bool) -> str:
    """Whether an answer is near enough, in a word."""
    return "yes" if held else "NO"


def _seconds() -> float:
    """CPU-seconds of this process, and of its children that ended."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
