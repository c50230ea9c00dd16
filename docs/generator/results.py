"""Results: every long table and the summary, their columns found by planning the toy case."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

import optimizer
from docs.generator.markdown import head, joined, said, table
from optimizer.plans.flows import STAGES
from optimizer.plans.summary import COUNTRY
from optimizer.plans.tables import TABLES, UNITS

TOY = Path(__file__).resolve().parents[2] / "tests" / "cases" / "toy"
COLUMNS = {
    "scenario": "name of the scenario; `base` for the base plan",
    "answer": "`base`, `react` or `foresight`",
    "offer": "offer bought from",
    "contract": "contract; empty for goods bought on the spot",
    "site": "site",
    "place": "site, or the hub of a country",
    "material": "material",
    "product": "material that is wanted",
    "end_use": "end use of the demand",
    "exposure": "exposure class of the goods; `clean`, or content rules joined by `+`",
    "used_as": "exposure class they are used as",
    "lot": "exposure class of the lot they go into",
    "recipe": "recipe",
    "process": "process of the recipe",
    "country": "country of the site",
    "origin": "place the goods leave",
    "destination": "place they go to",
    "from_country": "its country",
    "to_country": "its country",
    "project": "project",
    "period": "period: 2027Q1, 2029H1, 2027-03, 2030, or its first day where it is none of these",
    "stage": "stage where the share is measured",
    "by": "what a member is: `country`, `supplier` or `owner`",
    "year": "calendar year in which the periods begin, or `all`",
    "member": "country, supplier or owner",
    "kind": "of a licence: `export` or `content`; of a gap in stock: `cover`, `reserve` or `terminal`",
    "control": "control",
    "applicants": "approvals that reach those it is for; empty: all",
    "group": "licence group: goods that compete for one line at a site, or a material",
    "term": "cost term",
    "rule": "rule of the formulation",
    "key": "row of the rule, its fields separated by ` / `, its period by name",
    "tonnes": "amount",
    "price_usd_per_t": "price paid",
    "spend_usd": "amount times price",
    "value_usd": "amount times the unit value of the material",
    "activity_t": "activity",
    "reserved_t_per_year": "volume reserved",
    "taken_t": "taken over the horizon",
    "paid_not_taken_t": "paid for and not taken, over the horizon",
    "penalty_usd_per_t": "penalty of a missing tonne",
    "share": "share of the stage's tonnes; of a project, the part of it that is started",
    "members": "how many have a share",
    "hhi": "sum of squared shares; a lower bound where tonnes have no declared supplier",
    "hhi_10000": "the same on the other usual scale",
    "limit": "limit",
    "window": "window: a period, a year, or `horizon`",
    "measure": "what it bounds: `share`, `volume`, `spend` or `hhi`",
    "sense": "`at_most` or `at_least`",
    "total": "what passes the stage in the window, of everybody",
    "amount": "the member's part of it; of `hhi`, the sum of squared tonnes over the total",
    "bound": "bound of the limit in the window: of a share or an `hhi`, of the total",
    "breach": "by how much it is broken, at its penalty",
    "days": "how long the stock lasts at the use of the period",
    "licensed_t": "what the licence lets through",
    "used_t": "how much of it is used",
    "cost_usd": "cost; of what is missed or broken, the penalty",
    "usd_per_unit": "by how much the cost rises when the row's bound rises by one unit; negative: it falls",
    "unit": "that unit: tonnes, a percentage point of a share, a 10,000th of a sum of squared shares",
}
"""Meaning of the columns of the long tables."""
SUMMARY = {
    "scenario": "name of the scenario",
    "answer": "`base`, `react` or `foresight`",
    "status": "`optimal`, `infeasible`, `unbounded`, `time limit`, `uncertified`, "
    "`refused` (the solver cannot be given its numbers) or `failed` (two workers were lost over it)",
    "certified": "whether the answer is proved optimal; an answer that is not has no numbers",
    "title": "title of the scenario",
    "cost_usd": "cost over the horizon, penalties included",
    "cash_usd": "what of it is paid: goods, work, freight, duties, stock, projects",
    "penalties_usd": "what of it are penalties, which nobody is paid: of shortage, missing stock and broken limits",
    "change_usd": "the cost less that of the base plan",
    "service_level": "share of demand met over the horizon",
    "short_t": "tonnes missing over the horizon",
    "worst_demand": "the demand with the lowest service level",
    "worst_service_level": "that level",
    "limits_broken": "limits that are broken at a price; the table `limits` says by how much and at what penalty",
    "lowest_stock_days": "fewest days of use in stock, of any product at the end of any period",
    "lowest_stock_where": "where, of what and when",
    "binding": "rules with a price, and in how many rows",
    "method": "what found the answer",
    "seconds": "time in the solver",
}
"""Meaning of the columns of the summary, those of the stages apart."""
UNIT_OF = {
    "cash_usd": UNITS["cost_usd"],
    "penalties_usd": UNITS["cost_usd"],
    "change_usd": UNITS["cost_usd"],
    "worst_service_level": UNITS["service_level"],
    "lowest_stock_days": UNITS["days"],
}
"""Units of summary columns whose names differ from those of the long tables."""


def page() -> str:
    """The page on results."""
    plans = optimizer.plan(TOY, [])
    parts = [head("results"), "## summary.csv", _columns(plans.summary, summary_meanings())]
    for name, make in TABLES.items():
        parts += [
            f"## {name}.csv",
            said((make.__doc__ or "").partition("\n\n")[0]),
            _columns(plans.tables[name], COLUMNS),
        ]
    return joined(parts)


def summary_meanings() -> dict[str, str]:
    """Meaning of every column of the summary."""
    found = dict(SUMMARY)
    for stage in STAGES:
        found[f"{stage}_{COUNTRY}_share"] = f"share of {COUNTRY} at the stage {stage}, looked through"
        found[f"{stage}_largest"] = f"largest supplier at the stage {stage}"
        found[f"{stage}_largest_share"] = "its share"
        found[f"{stage}_hhi"] = f"HHI of the suppliers at the stage {stage}"
    return found


def _columns(frame: pd.DataFrame, meanings: dict[str, str]) -> str:
    """The columns of a table."""
    if unknown := [name for name in frame.columns if name not in meanings]:
        raise KeyError(f"columns without a meaning, to be stated in docs/generator/results.py: {', '.join(unknown)}")
    return table(["column", "unit", "meaning"], _rows(frame.columns, meanings))


def _rows(names: Iterable[str], meanings: dict[str, str]) -> Iterable[tuple[str, str, str]]:
    for name in names:
        unit = UNITS.get(name) or UNIT_OF.get(name) or (UNITS["share"] if name.endswith(("_share", "_hhi")) else "")
        yield f"`{name}`", unit, meanings[name]
