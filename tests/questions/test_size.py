"""How large a programme is: its parts add up to it, and a limit adds what is gone without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer.case.case import Case
from optimizer.plans.plan import Planner
from optimizer.questions.size import sized
from optimizer.world.load import load_case
from tests.helpers.command import lodestar_here
from tests.helpers.networks import random_case
from tests.helpers.paths import CASES
from tests.helpers.small import small

LIMITS = "limit,measure,sense,value,stage,by,member,window,penalty,from\n"
TWO = (
    f"{LIMITS}loose,volume,at_most,300,magnet,supplier,maker,period,5000,2027-01-01\n"
    "tight,share,at_most,0.9,magnet,country,CN,year,90000,2027-01-01"
)


def counts(case: Case) -> tuple[int, int, int]:
    """Rows, columns and entries of a programme."""
    arrays = Planner(case).start.arrays
    return len(arrays.row_lower), len(arrays.cost), len(arrays.values)


@pytest.mark.parametrize("case", [load_case(CASES / "toy"), random_case(2)], ids=["toy", "random"])
def test_parts_and_limits_add_up(case: Case) -> None:
    found = sized(case)
    whole = found.whole
    assert (whole.rows, whole.columns, whole.nonzeros) == counts(case)
    rules = [part for part in found.parts if part.kind == "rule"]
    variables = [part for part in found.parts if part.kind == "variable"]
    assert sum(part.count for part in rules) == whole.rows
    assert sum(part.count for part in variables) == whole.columns
    assert sum(part.nonzeros for part in rules) == sum(part.nonzeros for part in variables) == whole.nonzeros
    for name, adds in found.limits.items():
        kept = tuple(row for row in case.tables.limits if row.limit != name)
        places = {**case.places, "limits": ("limits",) * len(kept)}
        without = counts(Case(case.file, case.tables.replaced(limits=kept), places))
        assert (whole.rows - adds.rows, whole.columns - adds.columns, whole.nonzeros - adds.nonzeros) == without
    in_limits = sum(part.count for part in rules if part.topic == "limits")
    assert found.all_limits.rows == in_limits > 0
    assert whole.solve_seconds > 0
    assert whole.compile_seconds > 0


def test_the_command_prints_it_and_gives_it_as_json(tmp_path: Path) -> None:
    """A limit per quarter: a volume, a member, a bound and a breach each; per year one of each."""
    folder = str(small(tmp_path, limits=TWO))
    done = lodestar_here("check", folder, "--size")
    said = done.stdout.splitlines()
    lines = {line.split()[0]: line.split()[1:4] for line in said if line.startswith(("loose", "tight"))}
    assert lines["loose"][:2] == ["+12", "+12"]
    assert lines["tight"][:2] == ["+3", "+3"]
    assert any(line.startswith("all limits ") and line.split()[2:4] == ["+15", "+15"] for line in said)
    assert any(line.startswith("Programme: 31 rows, 31 columns, ") for line in said)
    assert "solving without tight" in done.stderr
    record = json.loads(lodestar_here("check", folder, "--size", "--json").stdout)
    assert record["faults"] == []
    assert record["size"]["rows"] == 31
    assert [(line["limit"], line["rows"]) for line in record["size"]["limits"]] == [("loose", 12), ("tight", 3)]
    assert {"compile_seconds", "solve_seconds", "nonzeros"} <= record["size"]["limits"][0].keys()
    assert "size" not in json.loads(lodestar_here("check", folder, "--json").stdout)


def test_a_case_without_limits_says_so(tmp_path: Path) -> None:
    done = lodestar_here("check", str(small(tmp_path)), "--size")
    assert done.stdout.endswith("The case has no limits.\n")
