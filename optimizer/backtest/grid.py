"""The case at a point of the grid: shares and stocks make another case, a multiple another scenario."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from optimizer.backtest.design import Backtest, Point, Stock
from optimizer.case.case import Case
from optimizer.world.door import case_from
from optimizer.world.scenario import Scenario, scenario_from

YEAR = 365
MONTH = YEAR / 12
WEEK = 7
ROOM = 60
"""Days of use that fit beside the opening stock."""
CONTROLLED, FREE = "dytb-magnet", "free-magnet"


def buyer_of(site: str) -> str:
    """The buyer whose sub-buyer a site is."""
    return site.rpartition("-")[0]


def afloat(daily: float, transit: float, start: dt.date) -> Iterator[tuple[dt.date, float]]:
    """Goods on the water: days of use, the transit by sea, that arrive week by week from the first day on.

    Parameters
    ----------
    daily : float
        Tonnes used a day.
    transit : float
        Days.
    start : date
        The first day.

    Yields
    ------
    tuple
        Day and tonnes of each arrival.
    """
    for day in range(0, int(transit), WEEK):
        yield start + dt.timedelta(days=day), round(daily * min(WEEK, transit - day), 3)


def stocks_at(backtest: Backtest, point: str, seen: bool) -> dict[str, Stock]:
    """Stocks by buyer at a point of the grid, with those known in hindsight or without.

    Parameters
    ----------
    backtest : Backtest
    point : str
    seen : bool
    """
    rows = [row for row in backtest.stocks if row.point in (point, "*") and (seen or row.used == "ex-ante")]
    return {row.buyer: row for row in sorted(rows, key=lambda row: row.used)}


def case_at(case: Case, backtest: Backtest, point: Point, *, seen: bool = False, demand: float = 1.0) -> Case:
    """The case at a point of the grid, checked like any other.

    Parameters
    ----------
    case : Case
        As it is committed: at the middle.
    backtest : Backtest
    point : Point
    seen : bool
        With the stocks that became known afterwards.
    demand : float
        Over that of the case.

    Returns
    -------
    Case
    """
    share, stocks = point.share, stocks_at(backtest, point.stock, seen)
    committed = backtest.design.middle.share
    times = {CONTROLLED: demand * share / committed, FREE: demand * (1 - share) / (1 - committed)}
    tables: dict[str, Any] = dict(case.tables.items())
    tables["demand"] = [_with(row, tonnes=row.tonnes * times[row.product]) for row in tables["demand"]]
    tables["trade"] = [_with(row, tonnes=row.tonnes * times[CONTROLLED]) for row in tables["trade"]]
    tables["substitutions"] = [_with(row, ramp_days=round(point.ramp * MONTH)) for row in tables["substitutions"]]
    daily = {(row.site, row.product): row.tonnes / YEAR for row in tables["demand"]}
    held = {(row.site, row.material): row for row in tables["stocks"]}
    tables["stocks"] = []
    for (site, material), use in daily.items():
        buyer, _, number = site.rpartition("-")
        days = stocks[buyer].days[int(number) - 1]
        cells = {"opening": use * days, "capacity": use * (days + ROOM), "cover": days, "terminal": use * days}
        tables["stocks"].append(_with(held[site, material], **cells))
    transits = {buyer: row.transit for buyer, row in stocks.items() if row.transit is not None}
    country = {row.site: row.country for row in case.tables.sites}
    moved = {country[site]: transits[buyer_of(site)] for site, _ in daily if buyer_of(site) in transits}
    tables["routes"] = [
        _with(row, transit=moved[row.to_country]) if row.mode == "sea" and row.to_country in moved else row
        for row in tables["routes"]
    ]
    by_sea = {row.to_country: row.transit for row in tables["routes"] if row.mode == "sea"}
    like = {(row.site, row.material): row for row in tables["arrivals"]}
    tables["arrivals"] = [
        _with(like[site, material], on=day, tonnes=tonnes)
        for (site, material), use in daily.items()
        for day, tonnes in afloat(use, by_sea[country[site]], case.file.start)
    ]
    return case_from(case.file, tables)


def _with(row: Any, **cells: Any) -> Any:
    """A row with other cells."""
    return row.model_copy(update=cells)


def scenario_at(scenario: Scenario, name: str, events: Iterable[dict[str, Any]]) -> Scenario:
    """A branch with further events, by another name; one that sets nothing apart from the branch has none.

    Parameters
    ----------
    scenario : Scenario
    name : str
    events : iterable of dict
    """
    content = scenario.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    content |= {"name": name, "events": [*content["events"], *events]}
    return scenario_from(Scenario.model_validate(content))


def event(rule: dt.date, what: str, table: str, cells: dict[str, float], **where: Any) -> dict[str, Any]:
    """An event from the day of the rule on, as a file would hold it.

    Parameters
    ----------
    rule : date
    what : str
    table : str
    cells : dict
        What is set.
    """
    return {"what": what, "table": table, "where": where, "set": cells, "from": rule.isoformat()}


def with_multiple(scenario: Scenario, rule: dt.date, multiple: float) -> Scenario:
    """A branch at a multiple of the backlog.

    Parameters
    ----------
    scenario : Scenario
    rule : date
    multiple : float
        Of the daily reference.
    """
    name = f"{scenario.name}-{round(100 * multiple)}"
    return scenario_at(scenario, name, [event(rule, "backlog", "controls", {"multiple": multiple})])


def with_hold(scenario: Scenario, rule: dt.date, days: float) -> Scenario:
    """A branch in which customs hold free goods for so many days.

    Parameters
    ----------
    scenario : Scenario
    rule : date
    days : float
    """
    name = f"{scenario.name}-hold-{round(days)}"
    return scenario_at(scenario, name, [event(rule, "customs", "holds", {"days": days})])


def without_reaction(scenario: Scenario, rule: dt.date) -> Scenario:
    """A branch in which nothing comes from outside China, and no free grade stands in.

    Parameters
    ----------
    scenario : Scenario
    rule : date
    """
    events = [
        event(rule, "no free grade stands in", "substitutions", {"max_share": 0}),
        event(rule, "nothing from outside China", "availability", {"share": 0}, not_country="CN"),
    ]
    return scenario_at(scenario, f"{scenario.name}-waits", events)
