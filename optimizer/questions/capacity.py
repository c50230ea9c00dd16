"""Shares of capacity: who could mine, separate, make metal and magnets on a day, whoever may buy there."""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections import defaultdict
from typing import Any

import pandas as pd

from optimizer.case.case import Case, bundled
from optimizer.case.kinds import STAGES
from optimizer.plans.schema import COUNTRY, Column, Columns, number, word


class CapacityShares(Columns):
    """Columns of `capacity_shares`."""

    stage = word("stage of the main product")
    country = COUNTRY
    tonnes_per_year = number("t of activity per year", "capacity of the country's plants")
    share = number("0 to 1", "share of it in the capacity of the stage")
    published_low = number("0 to 1", "lowest share that is published", empty=True)
    published_high = number("0 to 1", "highest share that is published", empty=True)


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
        Columns of `CapacityShares`, published shares not a number where none is stated; stages from mine to magnet,
        large shares first.
    """
    sites, stage_of = case.by.sites, case.by.stage_of
    latest: dict[tuple[str, str], Any] = {}
    for row in case.tables.plants:
        before = latest.get((row.site, row.process))
        if row.from_ <= day and (before is None or before.from_ <= row.from_):
            latest[row.site, row.process] = row
    tonnes: dict[tuple[str, str], float] = defaultdict(float)
    whole: dict[str, float] = defaultdict(float)
    for row in latest.values():
        stage = stage_of[row.process]
        tonnes[stage, sites[row.site].country] += row.capacity
        whole[stage] += row.capacity
    said, it = published(), CapacityShares
    rows: list[dict[Column, Any]] = []
    for (stage, country), some in sorted(tonnes.items()):
        if some > 0:
            low, high = said.get((stage, country), (math.nan, math.nan))
            cells = (stage, country, some, some / whole[stage], low, high)
            rows.append(dict(zip(it.columns(), cells, strict=True)))
    rows.sort(key=lambda row: (STAGES.index(row[it.stage]), -row[it.share]))
    return it.of(rows)


def published() -> dict[tuple[str, str], tuple[float, float]]:
    """Published shares of countries at stages, lowest and highest, from `data/published_shares.csv`."""
    with (bundled("data") / "published_shares.csv").open(encoding="utf-8", newline="") as file:
        return {(row["stage"], row["country"]): (float(row["low"]), float(row["high"])) for row in csv.DictReader(file)}
