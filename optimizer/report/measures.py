"""The sections of the report that measure: shares and limits, costs, concentration, prices and licences."""

from __future__ import annotations

from typing import Any

import pandas as pd

from optimizer.case.stages import MEASURED, STEPS, stage_words
from optimizer.engine.refine import POINTS
from optimizer.folder.read import Written, stages
from optimizer.plans.amounts import NONE, percent, usd
from optimizer.plans.concentration import Concentration
from optimizer.plans.cost import Costs
from optimizer.plans.outcome import TOLERANCE, Shares
from optimizer.plans.schema import Answered
from optimizer.plans.sections import Field, Section, amount, number, share
from optimizer.report.charts import cost_scale, label
from optimizer.report.findings import findings, worst
from optimizer.report.markup import Html, figure, section, table, tag
from optimizer.report.measured import LicenceUse, Measured, dearest, licence_use, limits
from optimizer.report.wording import country_names, plain, tonnes, unit_in_words

LISTED = 12
"""Rows of a short table."""


def limits_section(written: Written) -> Html | None:
    """Shares year by year against the limits on them, and every limit measured."""
    if not (first := written.first):
        return None
    found = limits(written, *first)
    it = Measured
    below = found[it.sense] == "at_most"
    room = (found[it.bound] - found[it.value]).where(below, found[it.value] - found[it.bound])
    near = found.assign(room=room).sort_values([it.limit, it.window, "room"], kind="stable")
    near = near.groupby([it.limit, it.window], sort=False).head(1)
    rows = tuple(
        (
            *(row[it.limit], stage_words(row[it.stage]), f"{row[it.by]} {row[it.member]}"),
            *(row[it.window], f"{row[it.measure]} {row[it.sense].replace('_', ' ')} {_measure(row, it.bound)}"),
            *(_measure(row, it.counted), _measure(row, it.used), _measure(row, it.bought)),
            *("kept" if row[it.kept] else "broken", "hard" if row[it.hard] else "priced"),
        )
        for row in near.to_dict(orient="records")
    )
    fields = (
        *map(Field, ("limit", "at", "of", "window", "bound")),
        number("counted", "as bound"),
        number("used\npro rata", "as bound"),
        number("bought", "as bound"),
        *map(Field, ("result", "kind")),
    )
    return section(
        "limits",
        "Shares and their limits",
        tag(
            "p",
            f"Of the {label(*first)}; black: limits in force on one country's share. Limits on suppliers, owners, "
            "groups or some materials only are measured in the table."
            + f" A sum of squared shares (hhi) is kept to {POINTS:g} percentage points of a member's share."
            * bool((found[it.measure] == "hhi").any()),
        ),
        tag(
            "div", id="chart-shares", _class="many", role="img", aria_label="Lines: shares of countries, year by year."
        ),
        tag("details", tag("summary", "The shares as a table"), _share_table(written, first)),
        table(Section("limits", "Limits, each with the member nearest to its bound", fields, rows))
        if rows
        else tag("p", "No limit is in force."),
    )


def _measure(row: dict[Any, Any], field: str) -> str:
    """A bound or what is measured against it."""
    measure = row[Measured.measure]
    if row[field] != row[field]:
        return NONE
    if measure == "share":
        return percent(row[field], 1)
    if measure == "hhi":
        return f"{row[field]:.3f}"
    return usd(row[field]) if measure == "spend" else f"{tonnes(row[field])} t"


def _share_table(written: Written, first: tuple[str, str]) -> Html:
    """Shares of countries by stage and year."""
    it = Shares
    shares = written.table("shares", *first)
    shares = shares[(shares[it.by] == "country") & shares[it.stage].isin(list(STEPS))]
    years = sorted(set(shares[it.year]))
    wide = shares.pivot_table(
        index=[it.stage, it.member], columns=it.year, values=it.share, aggfunc="sum", fill_value=0.0
    )
    names = country_names()
    rows: list[tuple[Any, ...]] = []
    for stage in stages(written):
        some = wide[wide.index.get_level_values(it.stage) == stage]
        for key, line in some.sort_values("all", ascending=False, kind="stable").iterrows():
            code = str(key[1]) if isinstance(key, tuple) else str(key)
            rows.append((STEPS[stage], names.get(code, code), *(line[year] for year in years)))
    fields = (Field("stage"), Field("country"), *(share(year, 1) for year in years))
    return table(Section("shares", "Share of each country's tonnes at each stage", fields, tuple(rows)))


def costs_section(written: Written) -> Html | None:
    """Cost by term in every answer."""
    if not written.answers:
        return None
    it = Costs
    wide = written.tables["costs"].pivot_table(
        index=it.term,
        columns=list(Answered.columns()),
        values=it.cost_usd,
        aggfunc="sum",
        fill_value=0.0,
        sort=False,
    )
    scale = cost_scale(written)
    rows = [
        (str(term).replace("_", " "), *(float(line[one]) for one in written.answers))
        for term, line in wide.iterrows()
        if (line.abs() > 0.005).any()
    ]
    costs = [written.cost(*one) for one in written.answers]
    rows.append(("of it cash", *(cost.cash for cost in costs)))
    rows.append(("of it penalties", *(cost.penalty for cost in costs)))
    rows.append(("all", *(cost.value for cost in costs)))
    unit = unit_in_words(scale)
    fields = (Field("cost term"), *(amount(label(*one), scale) for one in written.answers))
    title = f"Cost by term, {unit}, discounted to the first day"
    return section(
        "costs",
        "Cost by term",
        figure(
            "chart-costs",
            "Bars: cost by term of the plan shown, beside the base plan. Figures in the table.",
            table(Section("costs", title, fields, tuple(rows))),
            caption=f"In {unit}, discounted to the first day; penalties included. Follows the plan chosen above.",
        ),
    )


def concentration_section(written: Written) -> Html | None:
    """How concentrated each stage is, and its largest members."""
    if not (first := written.first):
        return None
    table_of = written.table("concentration", *first)
    shares = written.table("shares", *first)
    names = country_names()
    rows: list[tuple[Any, ...]] = []
    it = Concentration
    table_of = table_of[(table_of[it.year] == "all") & table_of[it.stage].isin(MEASURED)]
    table_of = table_of.sort_values(it.stage, key=lambda names: names.map(MEASURED.index), kind="stable")
    for stage, by, members, hhi in table_of[[it.stage, it.by, it.members, it.hhi]].itertuples(index=False):
        some = shares[(shares[it.stage] == stage) & (shares[it.by] == by) & (shares[it.year] == "all")]
        top = some.sort_values([Shares.share, Shares.member], kind="stable").iloc[-1] if len(some) else None
        largest = NONE if top is None else str(top[Shares.member])
        largest = names.get(largest, largest) if by in ("country", "owner") else largest
        rows.append(
            (STEPS[str(stage)], by, members, hhi, hhi * 1e4, largest, None if top is None else float(top[Shares.share]))
        )
    fields = (
        *(Field("stage"), Field("by"), number("members", "members", "{:.0f}".format)),
        *(number("HHI", "0 to 1", "{:.3f}".format), number("of 10,000", "of 10,000", "{:,.0f}".format)),
        *(Field("largest"), share("its share")),
    )
    return section(
        "concentration",
        "Concentration",
        figure(
            "chart-concentration",
            "Bars: sum of squared shares by stage, of suppliers, countries and owners. Figures in the table.",
            caption=f"Sum of squared shares (HHI) over the horizon, 0 to 1; {label(*first)}. A "
            "lower bound where a supplier is "
            "not declared.",
        ),
        table(Section("concentration", f"Concentration over the horizon, {label(*first)}", fields, tuple(rows))),
    )


def prices_section(written: Written) -> Html | None:
    """Where one unit more would be worth most, and how full licences are."""
    if not (first := written.first):
        return None
    bad = [one for one in worst(one for one in findings(written) if one.name != "base") if one.shown]
    shown = [first, *([bad[0].shown] if bad and bad[0].shown else [])]
    tables = []
    fields = (
        *(Field("rule"), number("rows", "rows", "{:,}".format), Field("largest: which row")),
        *(number("USD per unit", "USD per unit", plain), Field("unit")),
    )
    for one in shown:
        rows = tuple(dearest(written, *one).itertuples(index=False, name=None))
        tables.append(table(Section("prices", f"Shadow prices, {label(*one)}", fields, rows)))
        tables.append(_licence_table(licence_use(written, *one), label(*one)))
    return section(
        "prices",
        "Shadow prices and licences",
        tag(
            "p",
            "By how much the cost rises when the row's bound rises by one unit (negative: it "
            "falls); discounted. The largest "
            "of each rule, rows of sites and offers that are not used left out. Prices hold for "
            "small changes and are not "
            "unique where several rows bind at once.",
            _class="note",
        ),
        *tables,
    )


def _licence_table(use: pd.DataFrame, of: str) -> Html:
    """Licences that something goes through, the fullest first."""
    it = LicenceUse
    some = use[use[it.used_t] > TOLERANCE].head(LISTED)
    if some.empty:
        return tag("p", f"{of[0].upper() + of[1:]}: nothing goes through a licence that restricts.")
    applicants = some[it.applicants].str.replace("+", ", ").replace("", "all")
    columns = [it.control, it.origin, it.destination, it.group, it.applicants, it.licensed_t, it.used_t, it.use]
    rows = tuple(some.assign(**{it.applicants: applicants})[columns].itertuples(index=False, name=None))
    fields = (
        *map(Field, ("control", "from", "to", "goods", "for")),
        *(number("licensed t", "t", tonnes), number("used t", "t", tonnes), share("use")),
    )
    return table(Section("licences", f"Licences, {of}: the fullest {len(rows)}", fields, rows))
