"""The sections of the report that measure: shares and limits, costs, concentration, prices and licences."""

from __future__ import annotations

from typing import Any

import pandas as pd

from optimizer.folder.read import Written, stages
from optimizer.plans.amounts import NONE, percent, usd
from optimizer.plans.cost import cost_of
from optimizer.plans.flows import STAGES
from optimizer.plans.outcome import TOLERANCE
from optimizer.report.charts import cost_scale, label
from optimizer.report.findings import findings, worst
from optimizer.report.markup import Html, figure, section, table, tag
from optimizer.report.measured import dearest, licence_use, limits
from optimizer.report.wording import STEP_WORDS, country_names, plain, tonnes, unit_in_words

LISTED = 12
"""Rows of a short table."""


def limits_section(written: Written) -> Html | None:
    """Shares year by year against the limits on them, and every limit measured."""
    if not (first := written.first):
        return None
    found = limits(written, *first)
    near = found.assign(
        room=(found["bound"] - found["value"]).where(found["sense"] == "at_most", found["value"] - found["bound"])
    )
    near = near.sort_values(["limit", "window", "room"], kind="stable").groupby(["limit", "window"], sort=False).head(1)
    rows = [
        [
            *(row["limit"], STEP_WORDS.get(row["stage"], row["stage"]).lower(), f"{row['by']} {row['member']}"),
            *(row["window"], f"{row['measure']} {row['sense'].replace('_', ' ')} {_measure(row, 'bound')}"),
            *(_measure(row, "value"), "kept" if row["kept"] else "broken", "hard" if row["hard"] else "priced"),
        ]
        for row in near.to_dict(orient="records")
    ]
    headings = [("limit", "left"), ("at", "left"), ("of", "left"), ("window", "left"), ("bound", "left")]
    headings += [("measured", "right"), ("result", "left"), ("kind", "left")]
    return section(
        "limits",
        "Shares and their limits",
        tag(
            "p",
            f"Of the {label(*first)}; black: limits in force on one country's share. Limits on suppliers, owners, "
            "groups or some materials only are measured in the table.",
        ),
        tag(
            "div", id="chart-shares", _class="many", role="img", aria_label="Lines: shares of countries, year by year."
        ),
        tag("details", tag("summary", "The shares as a table"), _share_table(written, first)),
        table("Limits, each with the member nearest to its bound", headings, rows)
        if rows
        else tag("p", "No limit is in force."),
    )


def _measure(row: dict[Any, Any], field: str) -> str:
    """A bound or what is measured against it."""
    if row["measure"] == "share":
        return percent(row[field], 1)
    if row["measure"] == "hhi":
        return f"{row[field]:.3f}"
    return usd(row[field]) if row["measure"] == "spend" else f"{tonnes(row[field])} t"


def _share_table(written: Written, first: tuple[str, str]) -> Html:
    """Shares of countries by stage and year."""
    shares = written.table("shares", *first)
    shares = shares[(shares["by"] == "country") & shares["stage"].isin(list(STEP_WORDS))]
    years = sorted(set(shares["year"]))
    wide = shares.pivot_table(index=["stage", "member"], columns="year", values="share", aggfunc="sum", fill_value=0.0)
    names = country_names()
    rows = []
    for stage in stages(written):
        some = wide[wide.index.get_level_values("stage") == stage]
        for key, line in some.sort_values("all", ascending=False, kind="stable").iterrows():
            code = str(key[1]) if isinstance(key, tuple) else str(key)
            rows.append([STEP_WORDS[stage], names.get(code, code), *(percent(line[year], 1) for year in years)])
    headings = [("stage", "left"), ("country", "left"), *((year, "right") for year in years)]
    return table("Share of each country's tonnes at each stage", headings, rows)


def costs_section(written: Written) -> Html | None:
    """Cost by term in every answer."""
    if not written.answers:
        return None
    wide = written.tables["costs"].pivot_table(
        index="term", columns=["scenario", "answer"], values="cost_usd", aggfunc="sum", fill_value=0.0, sort=False
    )
    scale = cost_scale(written)
    rows = [
        [str(term).replace("_", " "), *(scale.cell(float(line[one])) for one in written.answers)]
        for term, line in wide.iterrows()
        if (line.abs() > 0.005).any()
    ]
    costs = [cost_of(written.table("costs", *one)) for one in written.answers]
    rows.append(["of it cash", *(scale.cell(cost.cash) for cost in costs)])
    rows.append(["of it penalties", *(scale.cell(cost.penalty) for cost in costs)])
    rows.append(["all", *(scale.cell(cost.value) for cost in costs)])
    unit = unit_in_words(scale)
    headings = [("cost term", "left"), *((label(*one), "right") for one in written.answers)]
    return section(
        "costs",
        "Cost by term",
        figure(
            "chart-costs",
            "Bars: cost by term of the plan shown, beside the base plan. Figures in the table.",
            table(f"Cost by term, {unit}, discounted to the first day", headings, rows),
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
    rows = []
    table_of = table_of[(table_of["year"] == "all") & table_of["stage"].isin(STAGES)]
    table_of = table_of.sort_values("stage", key=lambda names: names.map(STAGES.index), kind="stable")
    for stage, by, members, hhi in table_of[["stage", "by", "members", "hhi"]].itertuples(index=False):
        some = shares[(shares["stage"] == stage) & (shares["by"] == by) & (shares["year"] == "all")]
        top = some.sort_values(["share", "member"], kind="stable").iloc[-1] if len(some) else None
        largest = NONE if top is None else str(top["member"])
        largest = names.get(largest, largest) if by in ("country", "owner") else largest
        share = NONE if top is None else percent(float(top["share"]))
        rows.append([STEP_WORDS[str(stage)], by, f"{members:.0f}", f"{hhi:.3f}", f"{hhi * 1e4:,.0f}", largest, share])
    headings = [("stage", "left"), ("by", "left"), ("members", "right"), ("HHI", "right"), ("of 10,000", "right")]
    headings += [("largest", "left"), ("its share", "right")]
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
        table(f"Concentration over the horizon, {label(*first)}", headings, rows),
    )


def prices_section(written: Written) -> Html | None:
    """Where one unit more would be worth most, and how full licences are."""
    if not (first := written.first):
        return None
    bad = [one for one in worst(one for one in findings(written) if one.name != "base") if one.shown]
    shown = [first, *([bad[0].shown] if bad and bad[0].shown else [])]
    tables = []
    for one in shown:
        rows = [
            [row["rule"], f"{row['rows']:,}", row["key"], plain(row["usd_per_unit"]), row["unit"]]
            for row in dearest(written, *one).to_dict(orient="records")
        ]
        headings = [("rule", "left"), ("rows", "right"), ("largest: which row", "left")]
        headings += [("USD per unit", "right"), ("unit", "left")]
        tables.append(table(f"Shadow prices, {label(*one)}", headings, rows))
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
    some = use[use["used_t"] > TOLERANCE].head(LISTED)
    rows = [
        [
            row["control"],
            row["place"],
            row["group"],
            row["applicants"].replace("+", ", ") or "all",
            tonnes(row["licensed_t"]),
            tonnes(row["used_t"]),
            percent(row["use"]),
        ]
        for row in some.to_dict(orient="records")
    ]
    headings = [("control", "left"), ("at", "left"), ("goods", "left"), ("for", "left")]
    headings += [("licensed t", "right"), ("used t", "right"), ("use", "right")]
    if not rows:
        return tag("p", f"{of[0].upper() + of[1:]}: nothing goes through a licence that restricts.")
    return table(f"Licences, {of}: the fullest {len(rows)}", headings, rows)
