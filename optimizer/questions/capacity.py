"""Shares of capacity: who could mine, separate, make metal and magnets on a day, whoever may buy there."""

from __future__ import annotations

import csv
import datetime as dt
from typing import Any

import pandas as pd

from optimizer.case.case import Case, bundled
from optimizer.case.kinds import STAGES


def capacity_shares(case: Case, day: dt.date) -> pd.DataFrame:
    """Share of each country in the capacity of each stage on a day.

    Plants that are not for sale count too, and what others leave to the buyer plays no part. No scenario and no control
    is counted: a step stands as its row says.

    Parameters
    ----------
    case : Case
    day : date
        Any day.

    Returns
    -------
    DataFrame
        Columns `stage`, `country`, `tonnes_per_year` (of activity), `share` (0 to 1), and `published_low`,
        `published_high` (0 to 1; not a number where none is stated); stages from mine to magnet, large shares first.
    """
    sites, stage_of = case.by.sites, case.by.stage_of
    latest: dict[tuple[str, str], Any] = {}
    for row in case.tables.plants:
        before = latest.get((row.site, row.process))
        if row.from_ <= day and (before is None or before.from_ <= row.from_):
            latest[row.site, row.process] = row
    lines = [
        (stage_of[row.process], sites[row.site].country, row.capacity) for row in latest.values() if row.capacity > 0
    ]
    table = pd.DataFrame(lines, columns=["stage", "country", "tonnes_per_year"])
    sums = table.groupby(["stage", "country"], sort=True)["tonnes_per_year"].sum().reset_index()
    sums["share"] = sums["tonnes_per_year"] / sums.groupby("stage")["tonnes_per_year"].transform("sum")
    said = published()
    for place, name in enumerate(("published_low", "published_high")):
        sums[name] = [
            said.get((str(stage), str(land)), (float("nan"),) * 2)[place]
            for stage, land in zip(sums["stage"], sums["country"], strict=True)
        ]
    order = sums["stage"].map(STAGES.index)
    return sums.assign(order=order).sort_values(["order", "share"], ascending=[True, False], ignore_index=True)[
        ["stage", "country", "tonnes_per_year", "share", "published_low", "published_high"]
    ]


def published() -> dict[tuple[str, str], tuple[float, float]]:
    """Published shares of countries at stages, lowest and highest, from `data/published_shares.csv`."""
    with (bundled("data") / "published_shares.csv").open(encoding="utf-8", newline="") as file:
        return {(row["stage"], row["country"]): (float(row["low"]), float(row["high"])) for row in csv.DictReader(file)}
