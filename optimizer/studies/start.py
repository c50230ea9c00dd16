"""Start a study: check all of it against its case, plan the base, and lay its folder out, at once or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.case.case import Case
from optimizer.case.write import write_case
from optimizer.engine.pool import Pool
from optimizer.errors import InputError, ScenarioError
from optimizer.faults import Fault
from optimizer.folder.swap import sync_all
from optimizer.plans.choose import resolve
from optimizer.plans.cutting import cut_in
from optimizer.plans.kept import KeptFiles, version
from optimizer.plans.plan import Planner
from optimizer.plans.solving import base_plan
from optimizer.studies.designs import LoseEach
from optimizer.studies.factors import Factor
from optimizer.studies.figures import Figures
from optimizer.studies.file import StudyFile
from optimizer.studies.layout import Stretch
from optimizer.studies.record import CASE, COMPILED, RECORD, StudyRecord, differences, read_record
from optimizer.studies.rows import happenings, known_in, members, news_at
from optimizer.studies.yields import recipes_of, yielding
from optimizer.world.apply import apply_scenario, check_scenario
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario
from optimizer.world.timeline import Timelines

Spread = dict[str, tuple[float, float]]
"""The least and the largest value of factors, by their name."""
SHARED_ROWS = 2_000
"""Most rows that are tried one by one where two factors change one cell; the extremes stand for more."""


@dataclass
class Ready:
    """A study that has been checked, and is to be laid out.

    Parameters
    ----------
    study : StudyFile
    planner : Planner
        Of its case, with days of scenarios cut in.
    scenarios : list of Scenario
    """

    study: StudyFile
    planner: Planner
    scenarios: list[Scenario]


def made_ready(study: StudyFile, beside: Path) -> Ready:
    """Check a study against its case: what it varies, and how far.

    Parameters
    ----------
    study : StudyFile
    beside : Path
        Folder that paths in it start from.

    Raises
    ------
    InputError
        With every fault found.
    """
    own = beside / study.case
    case = load_case(own if own.exists() else study.case)
    return ready_for(
        study, case, [str(beside / name) if name.endswith((".yaml", ".yml")) else name for name in study.scenarios]
    )


def ready_for(study: StudyFile, case: Case, scenarios: Sequence[str | Scenario]) -> Ready:
    """The same of a case that is there.

    Parameters
    ----------
    study : StudyFile
    case : Case
    scenarios : sequence of str or Scenario
        Bundled ones by name, others by their path, or as they are.

    Raises
    ------
    InputError
        With every fault found.
    """
    planner = Planner(case)
    chosen = planner.choose(resolve(scenarios))
    study = _with_members(study, case)
    spread = _spread(study)
    faults = list(_faults(study, planner, chosen.scenarios, spread))
    if faults:
        raise InputError(faults)
    if (cut := cut_in(case, _days(study, case, chosen.scenarios, spread))) is not None:
        planner = Planner(cut.case)
        planner.choose(chosen.scenarios)
    return Ready(study, planner, chosen.scenarios)


def _with_members(study: StudyFile, case: Case) -> StudyFile:
    """A study that knows whom its case can lose."""
    if not isinstance(study.design, LoseEach):
        return study
    found = study.model_copy(
        update={"design": study.design.model_copy(update={"members": members(case, study.design.what)})}
    )
    if faults := found.too_many(study.name):
        raise InputError(faults)
    return found


def _days(study: StudyFile, case: Case, scenarios: Sequence[Scenario], spread: Spread) -> list[Scenario]:
    """Scenarios on all of whose days something begins or ends in some row."""
    if isinstance(study.design, LoseEach):
        count = len(study.design.days) * len(study.design.from_)  # one member stands for all
        return [
            some.model_copy(update={"name": f"{some.name}-{row}"})
            for row in range(count)
            for some in happenings(study, case, scenarios, row)
        ]
    return news_at(study, case, scenarios, {name: least for name, (least, _) in spread.items()})


def _faults(study: StudyFile, planner: Planner, scenarios: Sequence[Scenario], spread: Spread) -> Iterator[Fault]:
    """What of a study does not fit its case: a factor that finds no row, and every value outside its range."""
    if isinstance(study.design, LoseEach):
        return
    case, cells = planner.case, {}
    for some in study.factors:
        least, most = spread.get(some.name, (1.0, 1.0))
        if some.recipe is not None:
            try:
                named = recipes_of(some, case)
                for value in {least, most}:
                    yielding(case, [some], {some.name: value})
            except InputError as error:
                yield from (fault.moved(f"{study.name}, factor {some.name}") for fault in error.faults)
                continue
            cells[some.name] = {("recipes", recipe, 0) for recipe in named}
            if twice := [name for name, theirs in cells.items() if name != some.name and theirs & cells[some.name]]:
                what = f"factor {some.name}: expected recipes of its own, found some that {twice[0]} scales too"
                yield Fault(study.name, what, code="repeated", column="recipe")
            continue
        try:
            alone = _probe(some, least, case)
            changes = check_scenario(alone, case, planner.selector)
        except ScenarioError as error:
            yield from (fault.moved(f"{study.name}, factor {some.name}") for fault in error.faults)
            continue
        cells[some.name] = {(change.table, change.column, change.row) for change in changes}
        for value in {least, most}:
            yield from _refused(study, planner.network.timelines, planner, [_probe(some, value, case)], some.name)
    yield from _together(study, planner, scenarios, cells)


def _spread(study: StudyFile) -> Spread:
    """The least and the largest value of every factor over all rows."""
    found: Spread = {}
    for number in range(study.rows):
        for name, value in study.design.row(number, study.factors, study.seed).items():
            least, most = found.get(name, (value, value))
            found[name] = min(least, value), max(most, value)
    return found


def _probe(factor: Factor, value: float, case: Case) -> Scenario:
    """A scenario in which a factor takes a value and nothing else happens."""
    event = factor.event(value, case)
    return Scenario(
        name="factor", title=factor.name, probability=0, announced=event.from_, source="study", events=(event,)
    )


def _refused(
    study: StudyFile, timelines: Timelines, planner: Planner, scenarios: Sequence[Scenario], name: str
) -> Iterator[Fault]:
    """What a world says to values."""
    try:
        for some in scenarios:
            timelines = apply_scenario(some, timelines, planner.selector)
    except ScenarioError as error:
        yield from (fault.moved(f"{study.name}, {name}") for fault in error.faults)


def _together(
    study: StudyFile, planner: Planner, scenarios: Sequence[Scenario], cells: dict[str, set[tuple[str, str, int]]]
) -> Iterator[Fault]:
    """What factors and scenarios say to one another: where they change one cell, rows are tried one by one."""
    if len(cells) < len(study.factors):
        return
    taken = [set(some) for some in cells.values()]
    for scenario in scenarios:
        changes = check_scenario(scenario, planner.case, planner.selector)
        taken.append({(change.table, change.column, change.row) for change in changes})
    shared = len(set().union(*taken)) < sum(map(len, taken))
    for number in range(min(study.rows, SHARED_ROWS) if shared else min(study.rows, 1)):
        known = known_in(study, planner.case, number)
        for scenario in happenings(study, planner.case, scenarios, number):
            whole = [*([known] if known is not None else []), scenario]
            found = list(_refused(study, planner.network.timelines, planner, whole, f"row {number}"))
            if found:
                yield from found
                return


def laid_out(ready: Ready, folder: Path, pool: Pool) -> StudyRecord:
    """Plan the base and lay the folder out; where another process was faster, its folder is taken.

    Parameters
    ----------
    ready : Ready
    folder : Path
        Made; it takes its name once it is whole.
    pool : Pool

    Returns
    -------
    StudyRecord

    Raises
    ------
    InputError
        If there is another study, or something else.
    """
    planner, study = ready.planner, ready.study
    if os.path.lexists(folder) and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / RECORD).exists())):
        what = "expected no such folder, an empty one or one of lodestar study run, found something else"
        raise InputError([Fault(str(folder), what, code="cannot-be-written")])
    record = StudyRecord(
        study, tuple(ready.scenarios), planner.case.digest(), version(), 0.0, (), (Stretch.of(0, study.rows),)
    )
    if (folder / RECORD).exists():
        return _same(record, folder)
    beside = folder.with_name(f".{folder.name}-{os.getpid()}.part")
    try:
        write_case(planner.case, beside / CASE)
        planner.kept = KeptFiles(planner.network.case, beside / COMPILED, beside / COMPILED)
        planner.start = base_plan(planner, pool)
        figures = tuple(figure.record() for figure in Figures(planner.frame).columns)
        record = replace(record, base_usd=planner.start.answer.cost, figures=figures)
        if (hours := record.hours(planner.start.answer.seconds)) > study.most_hours:
            expected = (
                f"at most {study.most_hours:g} hours of a core (most_hours), each answer as long as the base plan"
            )
            raise InputError([Fault.of(study.name, "design", expected, round(hours, 1), "too-large")])
        record.write(beside)
        sync_all(beside)
        try:
            os.replace(beside, folder)
        except OSError:
            if not (folder / RECORD).exists():
                raise
            return _same(record, folder)
        return record
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _same(record: StudyRecord, folder: Path) -> StudyRecord:
    """The record of a folder, if it is that of the study asked for."""
    there = read_record(folder)
    if found := differences(there, record):
        what = f"expected this study, found another: {'; '.join(found)}"
        raise InputError([Fault(str(folder), what, code="disagrees")])
    return there
