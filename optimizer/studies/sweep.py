"""One number of a case moved over a range, without a file: what the plan costs and leaves short at each value."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from optimizer.case.case import Case
from optimizer.engine.pool import Pool
from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.plans.amounts import money, tonnes
from optimizer.plans.sections import Field, Section, amount, number
from optimizer.plans.solving import base_plan
from optimizer.studies.designs import Grid
from optimizer.studies.factors import Factor
from optimizer.studies.figures import Figures
from optimizer.studies.file import StudyFile, number_in, study_from
from optimizer.studies.rows import RowPlanner
from optimizer.studies.start import ready_for
from optimizer.world.change import changed

ASSIGNED = re.compile(r"(?P<cell>[a-z_]+\.[a-z_]+\[[^\[\]]*\])=(?P<value>.+)")
"""How a cell is given a value: ``offers.price[cn-dy-oxide]=350000``."""
RANGE = re.compile(r"(?P<first>[^:]+):(?P<last>[^:]+):(?P<step>[^:]+)")
"""How a range is given: ``0:1:0.1``."""
MOST = 1000
"""Most values of a range."""
BARS = " ▁▂▃▄▅▆▇█"
"""A curve in letters."""


def _split(text: str, option: str, expected: str) -> tuple[str, str]:
    """A cell and what it is given."""
    found = ASSIGNED.fullmatch(text.strip())
    if found is None:
        raise InputError([Fault.of(option, option, expected, text, "wrong-spelling")])
    return found["cell"], found["value"]


def _number(text: str, option: str) -> float:
    """A number as it is typed."""
    if (value := number_in(text.strip())) is None:
        raise InputError([Fault.of(option, option, "a number", text, "not-a-number")])
    return value


def with_cells(case: Case, assigned: Sequence[str]) -> Case:
    """A case in which cells have other values.

    Parameters
    ----------
    case : Case
    assigned : sequence of str
        Such as ``offers.price[cn-dy-oxide]=350000``.

    Raises
    ------
    InputError
        If one is no cell of the case, or cannot have the value.
    """
    changes = []
    for text in assigned:
        cell, value = _split(text, "--set", "table.column[row]=value such as offers.price[cn-dy-oxide]=350000")
        factor = _factor(cell, (0.0,))
        changes.append(factor.change(_number(value, "--set"), case))
    return changed(case, changes)


def _factor(cell: str, values: Sequence[float]) -> Factor:
    """A cell as a factor, if there is such a table and column."""
    factor = Factor(name="value", cell=cell, values=tuple(values))
    if faults := factor.faults(cell):
        raise InputError(faults)
    return factor


def _values(text: str) -> list[float]:
    """The values of a range, or of a list with commas."""
    expected = "first:last:step such as 0:1:0.1, or values with commas between them"
    if (found := RANGE.fullmatch(text)) is None:
        return [_number(some, "--sweep") for some in text.split(",")]
    first, last, step = (_number(found[name], "--sweep") for name in ("first", "last", "step"))
    count = math.floor((last - first) / step + 1e-9) + 1 if step else 0
    if not 1 <= count <= MOST:
        raise InputError([Fault.of("--sweep", "--sweep", f"{expected}, 1 to {MOST} of them", text, "out-of-range")])
    return [float(f"{first + step * place:.12g}") for place in range(count)]


def swept(case: Case, text: str, scenarios: Sequence[str], pool: Pool) -> Section:
    """Plan a case at each value of a cell, the base with it and every scenario after.

    Parameters
    ----------
    case : Case
    text : str
        Such as ``controls.approval[cn-18-2025]=0:1:0.1``.
    scenarios : sequence of str
        Bundled ones by name, or files by their path; none for the base plan alone.
    pool : Pool
        Plans the base of the case as it is.

    Raises
    ------
    InputError
        If it is no cell of the case, or cannot have one of the values.
    """
    cell, given = _split(
        text, "--sweep", "table.column[row]=first:last:step, such as offers.price[cn-dy-oxide]=0:1:0.1"
    )
    values = _values(given)
    study = _study(case, _factor(cell, values), scenarios)
    ready = ready_for(study, case, scenarios)
    planner = ready.planner
    planner.start = base_plan(planner, pool)
    figures, rows = Figures(planner.frame), []
    names = [figure.name for figure in figures.columns]
    planned = RowPlanner(planner, study, ready.scenarios)
    for place, value in enumerate(values):
        for found in planned.row(place):
            line = None if found.outcome is None else figures.of(found.outcome, found.base_cost, found.news)
            told = {} if line is None else dict(zip(names, line, strict=True))
            rows.append((value, found.scenario, found.answer, told.get("cost_usd"), told.get("short_t")))
    return _section(text, rows)


def _study(case: Case, factor: Factor, scenarios: Sequence[str]) -> StudyFile:
    """The study that it is."""
    plain = factor.model_dump(by_alias=True, exclude_none=True)
    content = {"version": 1, "name": "sweep", "title": "sweep", "case": case.name, "scenarios": list(scenarios)}
    return study_from({**content, "design": Grid(kind="grid").model_dump(), "factors": [plain]})


def _section(text: str, rows: list[tuple[float, str, str, float | None, float | None]]) -> Section:
    """A line for each value and answer, with a curve of the cost."""
    dear, short = money(*(row[3] for row in rows)), tonnes(*(row[4] for row in rows))
    of = {key: [row[3] for row in rows if row[1:3] == key and row[3] is not None] for key in {row[1:3] for row in rows}}
    fields = (
        number("value", "value", lambda value: f"{value:g}"),
        Field("scenario"),
        Field("answer"),
        amount(f"cost\n{dear.unit}", dear),
        Field("from its least\nto its largest"),
        amount(f"short\n{short.unit}", short),
    )
    told = tuple((*row[:4], _bar(row[3], of[row[1], row[2]]), row[4]) for row in rows)
    return Section("sweep", text, fields, told, says="The base is planned with each value; scenarios react from it.")


def _bar(cost: float | None, among: Sequence[float]) -> str:
    """A cost as a bar, from the least of its kind to the largest."""
    if cost is None:
        return "not certified"
    least, most = min(among), max(among)
    eighths = round(80 * (cost - least) / (most - least)) if most > least else 0
    return (BARS[-1] * (eighths // 8) + BARS[eighths % 8]).strip()
