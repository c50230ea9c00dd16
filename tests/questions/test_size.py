"""How large a programme is: its parts add up to it, and a limit adds what is gone without it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer.case.case import Case
from optimizer.engine.session import Session
from optimizer.formulation.compile import parameter_vector
from optimizer.plans.plan import Planner
from optimizer.program.answer import Start
from optimizer.questions.size import sized, solve_seconds
from optimizer.world.load import load_case
from tests.helpers.command import lodestar_here
from tests.helpers.cost import least_cost
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
    planner = Planner(case)
    arrays = planner.program.arrays(parameter_vector(planner.network))
    return len(arrays.row_lower), len(arrays.cost), len(arrays.values)


def without(case: Case, *limits: str) -> Case:
    """The case without some limits, written anew."""
    kept = tuple(row for row in case.tables.limits if row.limit not in limits)
    return Case(case.file, case.tables.replaced(limits=kept), {**case.places, "limits": ("limits",) * len(kept)})


@pytest.mark.parametrize("case", [load_case(CASES / "toy"), random_case(2)], ids=["toy", "random"])
def test_parts_and_limits_add_up(case: Case) -> None:
    """What a limit adds, read off one programme, is what the programme of the case without it lacks."""
    found = sized(Planner(case))
    whole = found.whole
    assert (whole.rows, whole.columns, whole.nonzeros) == counts(case)
    rules = [part for part in found.parts if part.kind == "rule"]
    variables = [part for part in found.parts if part.kind == "variable"]
    assert sum(part.count for part in rules) == whole.rows
    assert sum(part.count for part in variables) == whole.columns
    assert sum(part.nonzeros for part in rules) == sum(part.nonzeros for part in variables) == whole.nonzeros
    some = [((name,), adds) for name, adds in found.limits.items()]
    for names, adds in [*some, (tuple(found.limits), found.all_limits)]:
        rest = (whole.rows - adds.rows, whole.columns - adds.columns, whole.nonzeros - adds.nonzeros)
        assert rest == counts(without(case, *names)), names
    in_limits = sum(part.count for part in rules if part.topic == "limits")
    assert found.all_limits.rows == in_limits > 0
    assert found.compile_seconds > 0


def test_what_two_limits_need_is_of_neither(tmp_path: Path) -> None:
    """Oxide inside magnets in stock is worked out once for both limits on oxide; alone a limit has it for itself."""
    case = load_case(CASES / "toy")
    both = sized(Planner(case))
    alone = sized(Planner(without(case, *(set(both.limits) - {"oxide-aa"}))))
    assert alone.limits["oxide-aa"].rows > both.limits["oxide-aa"].rows
    assert alone.limits["oxide-aa"] == alone.all_limits
    assert sum(adds.rows for adds in both.limits.values()) < both.all_limits.rows


def test_the_command_prints_it_and_gives_it_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit per quarter: a volume, a member, a bound and a breach each; per year one of each. Nothing is solved."""
    folder = str(small(tmp_path, limits=TWO))
    monkeypatch.setattr("optimizer.engine.session.Session.solve", lambda *_: pytest.fail("it is solved"))
    said = lodestar_here("check", folder, "--size").stdout.splitlines()
    lines = {line.split()[0]: line.split()[1:4] for line in said if line.startswith(("loose", "tight"))}
    assert lines["loose"][:2] == ["+12", "+12"]
    assert lines["tight"][:2] == ["+3", "+3"]
    assert any(line.startswith("all limits ") and line.split()[2:4] == ["+15", "+15"] for line in said)
    rows, columns, entries = counts(load_case(folder))
    assert any(line.startswith(f"Programme: {rows} rows, {columns} columns, {entries} entries; ") for line in said)
    record = json.loads(lodestar_here("check", folder, "--size", "--json").stdout)
    assert record["faults"] == []
    assert record["size"]["rows"] == rows
    assert [(line["limit"], line["rows"]) for line in record["size"]["limits"]] == [("loose", 12), ("tight", 3)]
    assert {"limit", "rows", "columns", "nonzeros"} == record["size"]["limits"][0].keys()
    assert "size" not in json.loads(lodestar_here("check", folder, "--json").stdout)


def test_seconds_are_those_of_programmes_without_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is solved beside the whole has as many rows as a programme that never had the limit, and costs as much."""
    case = load_case(small(tmp_path, limits=TWO))
    solved: list[tuple[int, float]] = []
    solve = Session.base

    def watched(session: Session) -> Start:
        found = solve(session)
        solved.append((len(session.arrays.row_lower), found.answer.cost))
        return found

    monkeypatch.setattr(Session, "base", watched)
    found = solve_seconds(Planner(case))
    cases = [case, without(case, "loose"), without(case, "tight"), without(case, "loose", "tight")]
    assert [rows for rows, _ in solved] == [counts(some)[0] for some in cases]
    assert [cost for _, cost in solved] == pytest.approx([least_cost(some) for some in cases])
    assert found.whole > 0
    assert list(found.limits) == ["loose", "tight"]
    monkeypatch.undo()
    done = lodestar_here("check", str(tmp_path), "--seconds")
    assert "solving without tight" in done.stderr
    assert done.stdout.index("What each limit adds\n") < done.stdout.index("What each limit adds to solving\n")
    record = json.loads(lodestar_here("check", str(tmp_path), "--seconds", "--json").stdout)["size"]
    assert record["solve_seconds"] > 0
    assert all("solve_seconds" in some for some in (*record["limits"], record["all_limits"]))


def test_a_case_without_limits_says_so(tmp_path: Path) -> None:
    done = lodestar_here("check", str(small(tmp_path)), "--size")
    assert done.stdout.endswith("The case has no limits.\n")
