"""What a written plan measures up to: shares against limits, stock against its target, licences and shadow prices."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd

from optimizer.case.case import Case
from optimizer.case.topics.limits import Limit
from optimizer.folder.read import Written
from optimizer.network.windows import row_on, rows_in_force
from optimizer.plans.limit_figures import Figures, figures
from optimizer.plans.outcome import PLAIN_RULES, Prices, Shares
from optimizer.plans.penalties import WORTH_SAYING
from optimizer.plans.row_key import RowKey
from optimizer.plans.schema import BY, STAGE, Column, Columns, count, flag, number, word
from optimizer.plans.tables.licences import Licences
from optimizer.plans.tables.limits import Limits
from optimizer.report.tabled import Tabled
from optimizer.world.dated import limits_by_day
from optimizer.world.timeline import Timelines


class Bounds(Columns):
    """Columns of `limit_lines`."""

    limit = Limits.limit
    sense = Limits.sense
    member = word("a country, or `each`")
    exempt = word("group that it does not count", empty=True)
    bounds = Column(dtype=list, meaning="mean over each year, none where it is not in force when that begins")


class LicenceUse(Columns):
    """Columns of `licence_use`."""

    control = Licences.control
    origin = Licences.origin
    destination = Licences.destination
    group = Licences.group
    applicants = Licences.applicants
    licensed_t = Licences.licensed_t
    used_t = Licences.used_t
    use = number("0 to 1", "how much of it is used; 1 where nothing is let through")


class Measured(Limits):
    """Columns of the table of limits, and what a limit is about."""

    stage = STAGE
    by = BY
    hard = flag("whether it may not be broken at any price")
    value = number("share, t or USD", "what is held against the bound: what counts where it binds, else what is used")
    counted = Figures.counted
    used = Figures.used
    bought = Figures.bought
    kept = flag("whether it is kept")


def limits(written: Written, scenario: str, answer: str) -> pd.DataFrame:
    """The table of limits, with what a limit is about and whether it is kept.

    Parameters
    ----------
    written : Written
    scenario, answer : str
        A certified answer.

    Returns
    -------
    DataFrame
        The answer's rows of the table of limits, and besides its columns `stage`, `by` and `hard` of the limit's row
        in force, `value` (what is held against the bound: a share, a sum of squared shares, else the amount) and
        `kept`.
    """
    table, it = written.table("limits", scenario, answer).reset_index(drop=True), Measured
    rows = rows_in_force(written.case)
    live = [rows[str(limit), str(window)][1] for limit, window in zip(table[it.limit], table[it.window], strict=True)]
    part = table[it.measure].isin(["share", "hhi"])
    shares = (table[it.amount] / table[it.total].where(table[it.total] > 0)).fillna(0.0)
    three = figures(table, written.table("limit_use", scenario, answer))
    value = table[it.amount].where(~part, shares).where(three[Figures.counted].notna(), three[Figures.used])
    added: dict[str, Any] = {
        it.stage: [row.stage for row in live],
        it.by: [row.by for row in live],
        it.hard: [row.penalty is None for row in live],
        it.value: value,
        it.counted: three[Figures.counted],
        it.used: three[Figures.used],
        it.bought: three[Figures.bought],
        it.kept: table[it.breach] <= WORTH_SAYING,
    }
    return table.assign(**added)


def share_lines(written: Written, scenario: str, answer: str, stage: str, most: int = 5) -> pd.DataFrame:
    """Shares of the largest countries at a stage, year by year.

    Parameters
    ----------
    written : Written
    scenario, answer, stage : str
    most : int
        How many countries, those with most tonnes first.

    Returns
    -------
    DataFrame
        One row per year, one column per country, as in the table of shares; 0 where a country has none.
    """
    table = written.table("shares", scenario, answer)
    it = Shares
    table = table[(table[it.stage] == stage) & (table[it.by] == "country") & (table[it.year] != "all")]
    wide = table.pivot_table(index=it.year, columns=it.member, values=it.share, aggfunc="sum", fill_value=0.0)
    order = table.groupby(it.member)[it.tonnes].sum().sort_values(ascending=False, kind="stable").index[:most]
    return wide.reindex(columns=order)


def limit_lines(written: Written, stage: str, years: list[str]) -> pd.DataFrame:
    """Bounds of the limits on one country's share at a stage, year by year.

    Those on suppliers, owners, several countries together or some materials only bound something else than a country's
    share of the stage, and are left out.

    Parameters
    ----------
    written : Written
    stage : str
    years : list of str
        As the table of shares names them.

    Returns
    -------
    DataFrame
        Columns of `Bounds`, one row per limit.
    """
    case, it = written.case, Bounds
    calendar, said = case.calendar, limits_by_day(Timelines(case), "value")
    periods: dict[str, list[int]] = defaultdict(list)
    for period in calendar.periods:
        periods[str(calendar.bounds[period].year)].append(period)
    steps: dict[str, list[Any]] = defaultdict(list)
    for row in case.tables.limits:
        if row.measure == "share" and row.stage == stage and _of_one_country(case, row):
            steps[row.limit].append(row)
    rows: list[dict[Column, Any]] = []
    for limit, some in steps.items():
        bounds: list[float | None] = []
        for year in years:
            here = tuple(periods.get(year, ()))
            live = row_on(enumerate(some), calendar.bounds[here[0]]) if here else None
            bounds.append(said[limit].mean(calendar, here) if live else None)
        one = some[-1]
        if any(bound is not None for bound in bounds):
            cells = (limit, one.sense, one.member, one.exempt, bounds)
            rows.append(dict(zip(it.columns(), cells, strict=True)))
    return it.of(rows)


def _of_one_country(case: Case, row: Limit) -> bool:
    """Whether a limit bounds what one country has of all goods of a stage."""
    whole = {some.material for some in case.tables.materials if some.stage == row.stage} <= set(row.materials)
    single = row.member == "each" or len(case.file.countries_of(row.member)) == 1
    return row.by == "country" and single and (whole or not row.materials)


def targets(written: Tabled) -> dict[tuple[str, str], float]:
    """Days of use that should be in stock, by site and product, as in the case; only where there is a target."""
    return {(row.site, row.material): float(row.cover) for row in written.case.tables.stocks if row.cover > 0}


def licence_use(written: Written, scenario: str, answer: str) -> pd.DataFrame:
    """What licences let through over the horizon and how much of it is used, fullest first.

    Parameters
    ----------
    written : Written
    scenario, answer : str
        A certified answer.

    Returns
    -------
    DataFrame
        Columns of `LicenceUse`. What an approval licenses to some applicants does not count in the line for all.
    """
    table = written.table("licences", scenario, answer)
    it = LicenceUse
    fields = [it.control, it.origin, it.destination, it.group, it.applicants]
    sums = table.groupby(fields, sort=True)[[it.licensed_t, it.used_t]].sum().reset_index()
    use = (sums[it.used_t] / sums[it.licensed_t].where(sums[it.licensed_t] > 0)).fillna(1.0)
    sums = it.frame(sums.assign(**{it.use: use}))
    return sums.sort_values([it.use, it.used_t], ascending=False, kind="stable", ignore_index=True)


def _idle(written: Written, scenario: str, answer: str) -> set[str]:
    """Sites, offers, contracts, projects and recipes that a plan makes no use of."""
    tables = written.case.tables
    used = {
        name
        for table, columns in (
            ("production", ("site", "recipe")),
            ("purchases", ("site", "offer", "contract")),
            ("shipments", ("origin", "destination")),
            ("deliveries", ("site",)),
            ("cover", ("site",)),
        )
        for column in columns
        for name in written.table(table, scenario, answer)[column]
    }
    used |= {row.project for row in tables.projects if row.site in used}
    named = {"sites": "site", "offers": "offer", "contracts": "contract", "projects": "project", "recipes": "recipe"}
    return {getattr(row, field) for table, field in named.items() for row in tables.rows(table)} - used


class Dearest(Columns):
    """Columns of `dearest`."""

    rule = Prices.rule
    rows = count("rows", "rows of the rule that have a price")
    key = Prices.key
    usd_per_unit = Prices.usd_per_unit
    unit = Prices.unit


def dearest(written: Written, scenario: str, answer: str) -> pd.DataFrame:
    """The largest shadow price of every rule, and how many of its rows have one.

    Parameters
    ----------
    written : Written
    scenario, answer : str
        A certified answer.

    Returns
    -------
    DataFrame
        Columns of `Dearest`. Rules that hold by definition are left out, and so are rows of sites, offers,
        contracts, projects and recipes that the plan makes no use of.
    """
    table, it = written.table("prices", scenario, answer), Prices
    table = table[~table[it.rule].isin(PLAIN_RULES)]
    idle = _idle(written, scenario, answer)
    keys = map(RowKey.read, table[it.rule], table[it.key])
    table = table[np.array([idle.isdisjoint(key.parts) for key in keys], bool)]
    by_size = table.iloc[(-table[it.usd_per_unit].abs()).argsort(kind="stable")]
    largest = by_size.drop_duplicates(it.rule).sort_values(it.rule, kind="stable")
    counts = table[it.rule].value_counts()
    return Dearest.frame(
        {
            Dearest.rule: largest[it.rule].to_numpy(),
            Dearest.rows: counts.reindex(largest[it.rule]).to_numpy(),
            Dearest.key: largest[it.key].to_numpy(),
            Dearest.usd_per_unit: largest[it.usd_per_unit].to_numpy(),
            Dearest.unit: largest[it.unit].to_numpy(),
        }
    )
