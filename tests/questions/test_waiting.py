"""What may wait, and until when: by hand, and each day found again by plans at it and one period after it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optimizer.plans.amounts import change
from optimizer.plans.decisions import decisions
from optimizer.plans.schema import lines
from optimizer.plans.to_do import things_to_do
from optimizer.program.variant import Entries
from optimizer.questions.moved import moved
from optimizer.questions.probe import Probe
from optimizer.questions.undone import Undone, decision_section, undone
from optimizer.questions.waiting import WAITS
from tests.helpers.networks import random_case
from tests.helpers.planned import plan
from tests.helpers.seeds import seeds
from tests.helpers.small import small

QUARTERS = "periods: [{count: 6, months: 3}]"
SITES = "site,company,country,owner\nbuyer,B,DE,DE\na,A,CN,CN\nb,B,JP,JP"
ROUTES = "from_country,to_country,freight,transit\nCN,DE,0,0\nJP,DE,0,0"
MATERIALS = "material,stage,unit_value\nmagnets,magnet,1"
DEMAND = "site,product,from,tonnes,penalty\nbuyer,magnets,2027-01-01,100,100000"
OFFERS = """offer,site,material,price,capacity,from,until
a,a,magnets,10,100,2027-01-01,
b-now,b,magnets,10,100,2027-01-01,2027-10-01
b-then,b,magnets,20,100,2027-10-01,"""
"""The second maker asks as much as the first until October, and twice as much from then on."""


def test_what_another_can_give_as_cheaply_waits_until_it_is_dearer(tmp_path: Path) -> None:
    tables = {"sites": SITES, "routes": ROUTES, "materials": MATERIALS, "demand": DEMAND, "offers": OFFERS}
    table = undone(Probe(plan(small(tmp_path / "waits", QUARTERS, **tables), [])), wait=True)
    day = table.set_index(Undone.under)[Undone.wait_until]
    assert day["a"] == "2027-10-01"
    assert day["b-now"] == "2028-04-01", "it need not be bought at all: the last period"
    section = decision_section(table, wait=True)
    assert section.fields[-1].heading == "may wait\nuntil"
    assert "May wait: the latest day" in section.says


@pytest.mark.parametrize("seed", seeds(20, quick=3))
def test_at_the_day_it_costs_the_same_and_a_period_later_more(seed: int) -> None:
    probe = Probe(plan(random_case(seed), []))
    table = undone(probe, wait=True)
    bounds = [str(day) for day in probe.outcome.frame.calendar.bounds]
    assert table[Undone.wait_until].isin(["", *bounds[1:-1]]).all()
    for line in lines(table):
        if line[Undone.kind] not in WAITS:
            assert line[Undone.wait_until] == ""
            continue
        begins = {"licence": Undone.there_on, "order": Undone.leaves_on}
        begun = line[begins.get(line[Undone.kind], Undone.act_on)]
        until = bisect_right(bounds, line[Undone.wait_until] or begun) - 1
        assert until >= bisect_right(bounds, begun) - 1
        costs = [cost_from(probe, line, period) for period in (until, until + 1)]
        if line[Undone.wait_until]:
            assert change(costs[0], probe.cost) == 0
        if until + 2 < len(bounds):  # there is a period more
            assert change(costs[1], probe.cost) != 0


def cost_from(probe: Probe, line: Mapping[str, Any], period: int) -> float:
    """The least cost with nothing of a line before a period; not a number where nothing is proved."""
    if line[Undone.kind] == "project":
        every = [(place, key) for place, key in probe.program.columns_at("start") if key[0] == line[Undone.what]]
    else:
        every = list(moved(probe, line))
    at = np.array([place for place, key in every if key[-1] < period], np.int64)
    answer = probe.solve(probe.edited(column_upper=Entries(at, np.zeros(len(at)))))
    return answer.cost if answer.certified else float("inf")


def test_nobody_is_told_unasked() -> None:
    probe = Probe(plan(random_case(1), []))
    table = undone(probe)
    assert len(table) == len(things_to_do(decisions(probe.outcome)))
    assert (table[Undone.wait_until] == "").all()
    assert "may wait\nuntil" not in [field.heading for field in decision_section(table).fields]
