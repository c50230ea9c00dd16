"""What the charts of the report draw, as data for the script in the page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from optimizer.case.calendar import Calendar
from optimizer.case.stages import STEPS
from optimizer.folder.read import Written, stages
from optimizer.plans import schema
from optimizer.plans.amounts import Scale, money
from optimizer.plans.concentration import Concentration
from optimizer.plans.cost import Costs
from optimizer.plans.lasting import Cover
from optimizer.plans.schema import Answered
from optimizer.report.chain import Lanes, chain, lanes, places
from optimizer.report.findings import findings
from optimizer.report.measured import Bounds, limit_lines, share_lines, targets
from optimizer.report.tabled import Tabled
from optimizer.report.wording import countries

COLOURS = ("#cc6677", "#332288", "#ddcc77", "#117733", "#88ccee", "#882255", "#44aa99", "#999933", "#aa4499")
"""Paul Tol's muted scheme, which colour-blind readers can tell apart."""
OTHERS = "#8a8a8a"
LANE_STAGES = {"ore": "concentrate", "carbonate": "oxide", "alloy": "metal"}
"""Stages drawn as another one on the map."""
SOURCES = ("stock", "scrap", "concentrate")
"""Steps that begin a chain share the first column."""
DIGITS = 4
BARS = 8
"""Scenarios drawn with what they cost more: those that change most."""
HHI = Scale("", 1.0, 3)


def identity(scenario: str, answer: str) -> str:
    """One answer in one word.

    Parameters
    ----------
    scenario, answer : str
    """
    return f"{scenario}|{answer}"


def label(scenario: str, answer: str) -> str:
    """What an answer is called in the choice of plans.

    Parameters
    ----------
    scenario, answer : str
    """
    return "base plan" if scenario == "base" else f"{scenario}, {answer}"


def _plan(written: Tabled, scenario: str, answer: str) -> dict[str, Any]:
    """Flows, lanes and stock of one answer."""
    links = chain(written, scenario, answer)
    moved = lanes(written, scenario, answer)
    lane = Lanes
    by_mode = [f", by {mode}" if mode else "" for mode in moved[lane.mode]]
    moved = moved.assign(**{lane.stage: moved[lane.stage].replace(LANE_STAGES) + by_mode})
    moved = moved.groupby([lane.from_, lane.to, lane.stage], sort=True)[lane.tonnes].sum().reset_index()
    moved = moved.sort_values(lane.tonnes, ascending=False, kind="stable")
    cover: dict[str, dict[str, float]] = defaultdict(dict)
    fields = [Cover.site, Cover.product, Cover.period, Cover.days]
    for row in written.table("cover", scenario, answer)[fields].itertuples(index=False):
        cover[f"{row[0]} {row[1]}"][str(row[2])] = round(float(row[3]), 2)
    return {
        "links": _rows(links),
        "lanes": _rows(moved),
        "cover": cover,
    }


def _rows(table: pd.DataFrame) -> list[list[Any]]:
    """A table's rows, numbers short."""
    return [
        [round(cell, DIGITS) if isinstance(cell, float) else cell for cell in row]
        for row in table.itertuples(index=False, name=None)
    ]


def _colours(plans: dict[str, Any]) -> dict[str, str]:
    """A colour for every country: the largest ones have their own, the others share one."""
    size: dict[str, float] = defaultdict(float)
    for plan in plans.values():
        for step, place, _, _, tonnes in plan["links"]:
            size[place] += tonnes if step != "plant" else 0.0
    order = sorted(size, key=lambda code: (-size[code], code))
    return {code: COLOURS[number] if number < len(COLOURS) else OTHERS for number, code in enumerate(order)}


def _steps(plans: dict[str, Any]) -> dict[str, Any]:
    """Column and words of every step that goods pass in any plan, and the headings of the columns."""
    used = {step for plan in plans.values() for above, _, below, _, _ in plan["links"] for step in (above, below)}
    columns: list[list[str]] = []
    for step in (step for step in STEPS if step in used):
        if columns and step in SOURCES:
            columns[0].append(step)
        else:
            columns.append([step])
    return {
        "steps": {step: [number, STEPS[step]] for number, some in enumerate(columns) for step in some},
        "columns": [STEPS[some[-1]] for some in columns],
    }


def _points(written: Tabled, plans: dict[str, Any]) -> dict[str, list[Any]]:
    """Longitude, latitude and words for every end of a lane whose place is known."""
    known: dict[str, list[Any]] = {code: [lon, lat, name] for code, (name, lon, lat) in countries().items()}
    sites = written.case.by.sites
    known |= {site: [lon, lat, sites[site].company] for site, (lon, lat) in places(written.case).items()}
    ends = {end for plan in plans.values() for lane in plan["lanes"] for end in lane[:2]}
    return {end: known[end] for end in sorted(ends) if end in known}


def _shares(written: Written, scenario: str, answer: str) -> list[dict[str, Any]]:
    """Lines of shares and of their limits, stage by stage; limits with the same course are one line."""
    found = []
    for stage in stages(written):
        lines = share_lines(written, scenario, answer, stage)
        if lines.empty:
            continue
        years = [str(year) for year in lines.index]
        merged: dict[tuple[Any, ...], list[str]] = defaultdict(list)
        for row in schema.lines(limit_lines(written, stage, years)):
            limit, sense, member, exempt, bounds = (row[name] for name in Bounds.columns())
            of = f"{member} country" if member == "each" else str(member)
            merged[str(sense), f"{of} but {exempt}" if exempt else of, tuple(bounds)].append(str(limit))
        found.append(
            {
                "stage": stage,
                "title": STEPS[stage],
                "years": years,
                "lines": [
                    {"name": str(name), "values": [round(float(value), DIGITS) for value in lines[name]]}
                    for name in lines.columns
                ],
                "limits": [
                    {
                        "name": ", ".join(names),
                        "sense": sense.replace("_", " "),
                        "of": of,
                        "values": values,
                    }
                    for (sense, of, values), names in merged.items()
                ],
            }
        )
    return found


def ends_of_quarters(calendar: Calendar) -> dict[str, str]:
    """Quarters, or longer periods, by name: the last period of each, so that finer ones widen no table."""
    return {calendar.gathered(period): calendar.label(period) for period in calendar.periods}


def chart_data(written: Written) -> dict[str, Any]:
    """Everything the script draws.

    Parameters
    ----------
    written : Written

    Returns
    -------
    dict
        JSON without anything that is not a finite number, text, list or mapping.
    """
    first = written.first
    return {
        "first": identity(*first) if first else "",
        **drawn_plans(written, written.answers),
        "shares": _shares(written, *first) if first else [],
        "changes": change_bars(written, change_scale(written)),
        "costs": _cost_bars(written, cost_scale(written)),
        "concentration": _concentration(written, *first) if first else None,
    }


def drawn_plans(written: Tabled, answers: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What follows the choice of a plan: flows, lanes and stock of every answer, and what they need to be drawn.

    Parameters
    ----------
    written : Tabled
    answers : sequence of (str, str)
        Scenario and answer of each.
    """
    plans = {identity(*one): _plan(written, *one) for one in answers}
    calendar = written.case.calendar
    return {
        "answers": [[identity(*one), label(*one)] for one in answers],
        "plans": plans,
        **_steps(plans),
        "periods": [calendar.label(period) for period in calendar.periods],
        "ends": list(ends_of_quarters(calendar).values()),
        "targets": {f"{site} {product}": days for (site, product), days in targets(written).items()},
        "points": _points(written, plans),
        "colours": _colours(plans),
        "names": {code: name for code, (name, _, _) in countries().items()},
    }


def bars(scale: Scale, names: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> dict[str, Any]:
    """Bars as they are drawn and as they are said: names, and in every series a number in the unit and its text.

    Parameters
    ----------
    scale : Scale
        The unit.
    names : sequence of str
        One for each bar.
    series : mapping of str to sequence of float or None
        Amounts by what they are called.
    """
    return {
        "unit": scale.unit,
        "names": list(names),
        "series": [
            {
                "name": name,
                "values": [None if amount is None else round(amount / scale.size, scale.digits) for amount in amounts],
                "said": [scale.cell(amount) for amount in amounts],
            }
            for name, amounts in series.items()
        ],
    }


def _changes(written: Written) -> list[tuple[str, float, float | None]]:
    """What each scenario costs more than the base plan in USD: reacting, and with foresight where that is known."""
    return [
        (one.name, one.extra, one.ahead) for one in findings(written) if one.name != "base" and one.extra is not None
    ]


def change_scale(written: Written) -> Scale:
    """The unit of what scenarios cost more."""
    return money(*(usd for _, *amounts in _changes(written) for usd in amounts))


def change_bars(written: Written, scale: Scale) -> dict[str, Any] | None:
    """What the scenarios that change most cost more, the dearest first; None where nothing changes.

    Parameters
    ----------
    written : Written
    scale : Scale
        Unit of the bars; what is too small for its digits is left out.

    Returns
    -------
    dict or None
        `unit`, `names` and `series`, each with `name`, `values` in the unit and `said`, the same as text.
    """

    def size(row: tuple[str, float, float | None]) -> float:
        return max(abs(row[1]), abs(row[2] or 0.0))

    rows = sorted((row for row in _changes(written) if scale.counts(size(row))), key=size, reverse=True)[:BARS]
    rows.sort(key=lambda row: row[1], reverse=True)
    series: dict[str, list[float | None]] = {"react": [row[1] for row in rows], "foresight": [row[2] for row in rows]}
    return bars(scale, [row[0] for row in rows], series) if rows else None


def cost_scale(written: Written) -> Scale:
    """The unit of costs by term, the same for all answers, so that they can be compared."""
    costs = written.tables["costs"]
    return money(*costs.groupby(list(Answered.columns()))[Costs.cost_usd].sum()) if len(costs) else money()


def _cost_bars(written: Written, scale: Scale) -> dict[str, Any]:
    """Costs of every answer by term, the largest first; terms too small in all of them are left out.

    The series are named by their answers' identities: two of them stand in one chart.
    """
    amounts: dict[str, dict[str, float]] = {}
    for one in written.answers:
        costs = written.table("costs", *one).groupby(Costs.term, sort=False)[Costs.cost_usd].sum()
        amounts[identity(*one)] = {str(term): float(usd) for term, usd in costs.items()}
    largest: dict[str, float] = defaultdict(float)
    for costs_of in amounts.values():
        for term, usd in costs_of.items():
            largest[term] = max(largest[term], abs(usd))
    terms = sorted((term for term in largest if scale.counts(largest[term])), key=lambda term: -largest[term])
    series: dict[str, list[float | None]] = {
        name: [costs_of.get(term, 0.0) for term in terms] for name, costs_of in amounts.items()
    }
    return bars(scale, [term.replace("_", " ") for term in terms], series)


def _concentration(written: Written, scenario: str, answer: str) -> dict[str, Any]:
    """Sum of squared shares over the horizon by stage, from mine to magnet, of suppliers, countries and owners."""
    table = written.table("concentration", scenario, answer)
    it = Concentration
    whole = table[table[it.year] == "all"]
    found = {
        (str(row[0]), str(row[1])): float(row[2]) for row in whole[[it.stage, it.by, it.hhi]].itertuples(index=False)
    }
    parts = [stage for stage in stages(written) if any(key[0] == stage for key in found)]
    series: dict[str, list[float | None]] = {
        by: [found.get((stage, by)) for stage in parts] for by in ("supplier", "country", "owner")
    }
    return bars(HHI, [STEPS[stage] for stage in parts], series)
