"""What every figure of a case is worth: its source, its confidence, and how far the base plan's cost hangs on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from optimizer.case.case import Case
from optimizer.errors import SolveError
from optimizer.plans.plan import Planner
from optimizer.plans.schema import Column, Columns, number, word
from optimizer.plans.weights import Weights, times
from optimizer.program.variant import Entries, Variant
from optimizer.questions.probe import Probe
from optimizer.world.events import SERIES, largest

SIDE = 0.01
"""Part by which it is moved to confirm that by solving again."""
CONFIRMED = 20
"""Figures solved again, the heaviest first."""
SMALLEST = 1e-6
"""Elasticity below which a figure does not move the cost."""
UNMOVED = {"controls": {"in_force"}}
"""Series that are no figures."""


@dataclass(frozen=True)
class Figure:
    """One number of a row.

    Parameters
    ----------
    table : str
    number : int
        Row of the table.
    column : str
    value : float
    """

    table: str
    number: int
    column: str
    value: float


class Sources(Columns):
    """Columns of `sources`."""

    table = word("table of the case")
    row = word("key of its row, its fields separated by ` / `")
    column = word("column of the table")
    value = number("by the column", "the figure")
    confidence = word("mark of its row, and whether this field is weaker")
    elasticity = number(
        "% of cost per % of the figure", "from the prices of the answer; empty: they do not say", empty=True
    )
    less = number("% of cost per % of the figure", "by solving again with the figure lower", empty=True)
    more = number("% of cost per % of the figure", "by solving again with the figure higher", empty=True)
    source = word("source of the row; of a weaker field, why it is", empty=True)


def sources(probe: Probe, confirmed: int = CONFIRMED) -> pd.DataFrame:
    """List every figure with its source, its confidence and the elasticity of the base plan's cost.

    The elasticity, (figure / cost) times the change of cost by figure, follows from the answer's prices: the
    programme's arrays are affine in its parameters, and those are worked out anew with the figure moved a little. That
    of recipes, opening stock and goods under way follows from flows and the prices of balances, that of unit values
    from duties and export charges. The heaviest are confirmed by solving again with the figure one percent lower and
    higher; prices of a degenerate answer are not unique, and the two sides then differ.

    Parameters
    ----------
    probe : Probe
        Of a base plan.
    confirmed : int
        How many figures are solved again.

    Returns
    -------
    DataFrame
        Columns of `Sources`; figures that are not sourced first, the heaviest of each first.
    """
    it = Sources
    case = probe.planner.case
    weighed = dict(_by_prices(probe))
    weighed |= _by_flows(probe)
    heavy = sorted(weighed, key=lambda figure: -_weight(weighed[figure]))[:confirmed]
    sides = _solved(probe, [figure for figure in heavy if _weight(weighed[figure]) > SMALLEST])
    rows: list[dict[Column, Any]] = []
    for figure, elasticity in weighed.items():
        record: Any = case.tables.rows(figure.table)[figure.number]
        weaker = _weaker(record).get(figure.column)
        less, more = sides.get(figure, (float("nan"), float("nan")))
        rows.append(
            {
                it.table: figure.table,
                it.row: record.named,
                it.column: figure.column,
                it.value: figure.value,
                it.confidence: f"{record.confidence}, this field assumed" if weaker else record.confidence,
                it.elasticity: elasticity,
                it.less: less,
                it.more: more,
                it.source: weaker or record.source,
            }
        )
    rows.sort(
        key=lambda row: (
            row[it.confidence] == "sourced",
            -_weight(row[it.elasticity]),
            *(row[name] for name in (it.table, it.row, it.column)),
        )
    )
    return it.of(rows)


def _weight(elasticity: float) -> float:
    """How heavy a figure is; one of which prices say nothing may be as heavy as any."""
    return abs(elasticity) if elasticity == elasticity else float("inf")


def marks(case: Case) -> dict[str, int]:
    """Number of rows of a case by confidence, and `rows` in all."""
    found: dict[str, int] = dict.fromkeys(("rows", "sourced", "background", "assumption"), 0)
    for _, rows in case.tables.items():
        for row in rows:
            found["rows"] += 1
            found[row.confidence] += 1
    return found


def _weaker(record: Any) -> dict[str, str]:
    """Single fields of a row that are weaker than its mark, and why."""
    parts = (part.partition(":") for part in record.assumed.split("|") if part.strip())
    return {field.strip(): why.strip() for field, _, why in parts}


def _figures(case: Case, table: str, column: str) -> Iterator[Figure]:
    """The figures of a column that are there."""
    for place, row in enumerate(case.tables.rows(table)):
        value = getattr(row, column, None)
        if isinstance(value, int | float) and not isinstance(value, bool) and value:
            yield Figure(table, place, column, float(value))


def _by_prices(probe: Probe) -> Iterator[tuple[Figure, float]]:
    """Elasticities of what has a timeline: what a figure moves of the parameters, times their weight in the cost."""
    weights = Weights(probe.outcome)
    for table, columns in SERIES.items():
        for column in columns:
            if column in UNMOVED.get(table, ()):
                continue
            figures = list(_figures(probe.planner.case, table, column))
            hanging = weights.hanging(table, column, [(figure.number,) for figure in figures])
            yield from ((figure, usd / probe.cost) for figure, usd in zip(figures, hanging, strict=True))


def _entries(probe: Probe, recipe: str, material: str) -> dict[tuple[str, Any], list[tuple[Any, float]]]:
    """Rows in which a line of a recipe stands: for each column of its lots, the rows and the sign it enters with.

    Its balances, and what is sold for use at home. By-products that nobody can use have no balance.
    """
    structure = probe.outcome.frame.structure
    place, country, rows = structure.place, structure.country, probe.program.row_places
    gives = structure.by.recipes[recipe][material] > 0
    classes = structure.produces if gives else structure.draws
    found: dict[tuple[str, Any], list[tuple[Any, float]]] = {}
    for site, some, exposure in structure.index["runs"]:
        if some != recipe:
            continue
        cls = classes[site, recipe, exposure, material]
        for period in structure.periods:
            balance: tuple[str, Any] = ("material_balance", (place[site, material], material, cls, period))
            names = [(balance, 1.0)]
            names += [(("home_use", (country[site], material, period)), -1.0)] * (not gives)
            entries = [(rows[name], sign) for name, sign in names if name in rows]
            found["run", (site, some, exposure, period)] = entries
    return found


def _by_flows(probe: Probe) -> dict[Figure, float]:
    """Elasticities of recipes, opening stock, goods under way and unit values."""
    outcome, structure, cost = probe.outcome, probe.outcome.frame.structure, probe.cost
    x, y = outcome.answer.x, outcome.answer.y
    columns, rows = probe.program.column_places, probe.program.row_places
    tables = structure.case.tables
    found: dict[Figure, float] = {}
    for figure in _figures(structure.case, "recipes", "tonnes"):
        row = tables.recipes[figure.number]
        if abs(figure.value) == 1:
            continue  # what a tonne of activity is counted in
        worth = sum(
            float(y[place]) * sign * float(x[columns[column]])
            for column, entries in _entries(probe, row.recipe, row.material).items()
            for place, sign in entries
        )
        found[figure] = -worth * figure.value / cost
    for table, column in (("stocks", "opening"), ("arrivals", "tonnes")):
        for figure in _figures(structure.case, table, column):
            place = rows.get(_enters(probe, figure))
            found[figure] = -float(y[place]) * figure.value / cost if place is not None else 0.0
            row = tables.rows(table)[figure.number]
            held = rows.get(("opening_stock", (row.site, row.material))) if table == "stocks" else None
            found[figure] += float(y[held]) * figure.value / cost if held is not None else 0.0
    border: dict[str, float] = defaultdict(float)
    costs = probe.program.cost_by_term(outcome.parameters)
    for (name, key), amount, *prices in zip(
        probe.program.column_names, x, costs["duty"], costs["export_charge"], strict=True
    ):
        if name in ("ship", "charged"):
            border[str(key[2] if name == "ship" else key[1])] += amount * sum(prices) / cost
    for figure in _figures(structure.case, "materials", "unit_value"):
        found[figure] = border[tables.materials[figure.number].material]
    return found


def _enters(probe: Probe, figure: Figure) -> Any:
    """The balance into which an opening stock or an arrival comes."""
    structure = probe.outcome.frame.structure
    row = structure.case.tables.rows(figure.table)[figure.number]
    day = structure.calendar.day(row.on) if figure.table == "arrivals" else 0
    period = int(np.searchsorted(structure.calendar.offsets, day, side="right")) - 1
    return "material_balance", (*structure.opening[tuple(getattr(row, field) for field in row.key)], period)


def _solved(probe: Probe, figures: Sequence[Figure]) -> dict[Figure, tuple[float, float]]:
    """Elasticities by solving again, each figure lower and higher; no number beyond its bounds or without a plan."""
    costs: dict[tuple[Figure, float], float] = {}
    asked: list[tuple[Figure, float]] = []

    def questions() -> Iterator[Variant]:
        for figure in figures:
            for side in (-SIDE, SIDE):
                question = _moved(probe, figure, 1 + side)
                if isinstance(question, float):
                    costs[figure, side] = question
                else:
                    asked.append((figure, side))
                    yield question

    for place, answer in zip(asked, probe.solve_all(questions()), strict=True):
        proof = answer.certificate if answer.certified else None
        costs[place] = float("nan") if proof is None else proof.objective

    def elasticity(figure: Figure, side: float) -> float:
        return (costs[figure, side] - probe.cost) / (side * probe.cost)

    return {figure: (elasticity(figure, -SIDE), elasticity(figure, SIDE)) for figure in figures}


def _moved(probe: Probe, figure: Figure, by: float) -> Variant | float:
    """The question what if a figure were times a number; the cost itself where that needs another programme."""
    case = probe.planner.case
    if figure.column in SERIES.get(figure.table, ()):
        beyond = figure.value * by > largest(figure.table, figure.column)
        return (
            float("nan")
            if beyond
            else probe.changed(
                {(figure.table, figure.column): times(probe.outcome, figure.table, figure.column, [figure.number], by)}
            )
        )
    if figure.table == "recipes":
        return _recipe_edited(probe, figure, by)
    rows = list(case.tables.rows(figure.table))
    rows[figure.number] = rows[figure.number].model_copy(update={figure.column: figure.value * by})
    tables = case.tables.replaced(**{figure.table: tuple(rows)})
    try:
        other = Planner(Case(case.file, tables, case.places), probe.planner.solve_limit)
        return other.start.answer.proof("the case with a figure moved could not be planned").objective
    except SolveError:
        return float("nan")


def _recipe_edited(probe: Probe, figure: Figure, by: float) -> Variant:
    """The question what if the programme had a line of a recipe times a number."""
    row = probe.planner.case.tables.recipes[figure.number]
    arrays, columns = probe.start.arrays, probe.program.column_places
    found: dict[int, float] = {}
    for column, entries in _entries(probe, row.recipe, row.material).items():
        first, last = arrays.starts[columns[column]], arrays.starts[columns[column] + 1]
        for place, sign in entries:
            at = first + int(np.flatnonzero(arrays.rows[first:last] == place)[0])
            found[at] = found.get(at, float(arrays.values[at])) + (by - 1) * figure.value * sign
    return probe.edited(values=Entries(np.array(list(found), np.int64), np.array(list(found.values()))))
