"""What licences let through, and how much of it is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from optimizer.network.sets import Lane
from optimizer.plans.outcome import Outcome
from optimizer.plans.schema import KIND, PERIOD, PLACE, Column, Columns, number, word


class Licences(Columns):
    """Columns of `licences`."""

    kind = KIND
    control = word("control")
    place = PLACE
    group = word("licence group: goods that compete for one line at a site, or a material", empty=True)
    applicants = word("approvals that reach those it is for; empty: all", empty=True)
    period = PERIOD
    licensed_t = number("t", "what the licence lets through")
    used_t = number("t", "how much of it is used")


def licences(outcome: Outcome) -> pd.DataFrame:
    """What each licence that restricts lets through, to all or to some applicants, and how much of it is used."""
    return Licences.of(row for kind in ("export", "content") for row in _of_kind(outcome, kind))


def _of_kind(outcome: Outcome, kind: str) -> Iterator[dict[Column, Any]]:
    """Rows of the licences of one kind: to all, then to some applicants."""
    it, structure, x = Licences, outcome.frame.structure, outcome.answer.x
    who, place_of = structure.applicants, outcome.frame.place_of
    weight = outcome.values_by_key("counted")

    def counted(control: str, lane: Lane, period: int) -> float:
        return weight[control, who.of[control, lane], period] if (control, lane) in who.of else 1.0

    for key, licensed in outcome.values_by_key(f"{kind}_licensed").items():
        if np.isfinite(licensed):
            control, place, group, period = key
            lanes = structure.governs[kind][control, place, group]
            used = sum(x[place_of["ship", (*lane, period)]] * counted(control, lane, period) for lane in lanes)
            said = (kind, control, place, group, "", period, licensed, used)
            yield dict(zip(it.columns(), said, strict=True))
    for key, licensed in outcome.values_by_key(f"{kind}_licensed_to").items():
        if np.isfinite(licensed):
            used = sum(x[place_of["ship", (*lane, key[-1])]] for lane in who.lanes[kind][key[:-1]])
            yield dict(zip(it.columns(), (kind, *key, licensed, used), strict=True))


class Quotas(Columns):
    """Columns of `quotas`."""

    control = word("control")
    exporter = word("place, or the country whose exporters share the quota")
    group = word("licence group; empty: all that leaves the country under the control", empty=True)
    period = PERIOD
    quota_t = number("t", "what the quota lets through")
    used_t = number("t", "how much of it is used")


def quotas(outcome: Outcome) -> pd.DataFrame:
    """What each quota in force lets through, and how much of it is used; every tonne counts."""
    it, structure, x = Quotas, outcome.frame.structure, outcome.answer.x
    place_of, rows = outcome.frame.place_of, []
    for name in ("quota_each", "quota_together"):
        for (control, exporter, *group, period), most in outcome.values_by_key(name).items():
            if np.isfinite(most):
                lanes = structure.under_quota(control, exporter, *group)
                used = sum(x[place_of["ship", (*lane, period)]] for lane in lanes)
                said = (control, exporter, "".join(group), period, most, used)
                rows.append(dict(zip(it.columns(), said, strict=True)))
    return it.of(rows)
