"""A scenario that adds a row costs, with foresight, what a case costs that holds the row from that day."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from optimizer.case.case import Case
from optimizer.errors import ScenarioError
from optimizer.plans.plan import Planner, Plans
from optimizer.program.answer import Answer
from optimizer.world.door import case_from
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario, load_scenario, scenario_from
from tests.helpers.audited import sound
from tests.helpers.changes import changed, without
from tests.helpers.command import lodestar_here
from tests.helpers.cost import least_cost
from tests.helpers.networks import random_case
from tests.helpers.planned import plan
from tests.helpers.small import scenario, small

DAYS = {"duties": ("from", None), "export_charges": ("from", None), "controls": ("effective", "expires"),
        "limits": ("from", "until")}  # fmt: skip
LIMIT = {"stage": "magnet", "by": "country", "member": "each", "window": "period", "penalty": 5000.0}
CONTROL = {"authority": "x", "citation": "x", "elements": ""}
ROWS: list[tuple[str, dict[str, Any]]] = [
    ("duties", {"duty": "own", "goods": "magnet", "origin": "*", "destination": "{home}", "rate": 0.2}),
    ("export_charges", {"charge": "own", "goods": "magnet", "origin": "{abroad}", "rate": 0.15}),
    ("limits", {"limit": "own", "measure": "share", "sense": "at_most", "value": 0.3, **LIMIT}),
    ("limits", {"limit": "own", "measure": "volume", "sense": "at_most", "value": 5.0, **LIMIT}),
    ("limits", {"limit": "own", "measure": "spend", "sense": "at_most", "value": 1000.0, **LIMIT, "penalty": 2.0}),
    ("limits", {"limit": "own", "measure": "hhi", "sense": "at_most", "value": 0.34, **LIMIT}),
    ("limits", {"limit": "own", "measure": "share", "sense": "at_least", "value": 0.9, **LIMIT, "member": "{home}"}),
    ("controls", {"control": "own", "kind": "export", "origin": "{abroad}", "stages": "magnet; oxide; metal; alloy",
                  "approval": 0.1, "processing_days": 20, **CONTROL}),
    ("controls", {"control": "own", "kind": "export", "origin": "{abroad}", "stages": "magnet; oxide; metal; alloy",
                  "approval": 1, "quota": 3.0, **CONTROL}),
    ("controls", {"control": "own", "kind": "content", "origin": "{abroad}", "stages": "oxide; metal; alloy; magnet",
                  "threshold": 0.001, "approval": 0, **CONTROL}),
    ("controls", {"control": "own", "kind": "end_use", "origin": "{abroad}", "stages": "oxide; metal; alloy; magnet",
                  "end_uses": "military", "threshold": 0.001, "approval": 0.2, **CONTROL}),
    ("controls", {"control": "own", "kind": "technology", "origin": "{abroad}",
                  "stages": "oxide; metal; alloy; magnet", "approval": 0.2, **CONTROL}),
]  # fmt: skip


def placed(case: Case, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the countries of a case: where the buyer is, and where most others are."""
    home = case.by.sites[case.tables.demand[0].site].country
    others = [site.country for site in case.tables.sites if site.country != home]
    abroad = max(sorted(set(others)), key=others.count)
    return {
        name: cell.format(home=home, abroad=abroad) if isinstance(cell, str) else cell for name, cell in row.items()
    }


def adding(case: Case, table: str, row: Mapping[str, Any], first: str, until: str | None, **more: Any) -> Scenario:
    """A scenario, announced on the first day, that adds a row."""
    event = {"what": "x", "table": table, "add_row": dict(row), "from": first, "until": until}
    head = {"name": "adds", "title": "t", "probability": 0.1, "announced": str(case.file.start), "source": "invented"}
    return scenario_from({**head, **more, "events": [event]})


def holding(case: Case, table: str, row: Mapping[str, Any], first: str, until: str | None) -> Case:
    """The case with the row in its table."""
    begins, ends = DAYS[table]
    cells = {**row, "source": "invented", "confidence": "assumption", begins: first}
    rows = [{**cells, ends: until}] if ends else [cells]
    if ends is None and until is not None:
        rows.append({**cells, "from": until, "rate": 0})
    tables = {name: list(some) for name, some in case.tables.items()}
    tables[table] += rows
    return case_from(case.file, tables)


def cost(plans: Plans, *key: str) -> float:
    return plans.outcome(*key).answer.proof("no plan").objective


def untightened(answer: Answer) -> float:
    """What a plan costs before its lots are held to what its trace leaves them: that goes by which cheapest plan it is."""
    return (answer.loose or answer).cost


NETWORKS = ((0, None), (3, "2028-02-15"), (9, "2027-11-20"))
"""Seeds of networks that rows are added to, and the day on which they end."""


def when(number: int, place: int) -> list[pytest.MarkDecorator]:
    """A row in one network of three, and of these every fourth by `make test`."""
    if place != (number % 2 if number < 11 else 0):
        return [pytest.mark.exhaustive]
    return [pytest.mark.slow] * (number % 4 > 0)


EACH = [
    pytest.param(number, *network, marks=when(number, place))
    for number in range(len(ROWS))
    for place, network in enumerate(NETWORKS)
]
"""Every row added to a network in which it costs something, with and without an end; the others are exhaustive."""


@pytest.mark.slow
@pytest.mark.parametrize(("number", "seed", "until"), EACH)
def test_an_added_row_is_as_one_of_the_case(number: int, seed: int, until: str | None) -> None:
    table, content = ROWS[number]
    case = random_case(seed)
    row, first = placed(case, content), case.calendar.bounds[1].isoformat()
    plans = plan(case, [adding(case, table, row, first, until)])
    sound(plans)
    case = plans.planner.case  # with the days of the scenario in its calendar
    base = cost(plans)
    assert base == pytest.approx(least_cost(case), rel=1e-9)
    held = Planner(holding(case, table, row, first, until)).start.answer
    found, expected = plans.outcome("adds", "foresight").answer, untightened(held)
    assert untightened(found) == pytest.approx(expected, rel=1e-9)
    assert max(found.cost, held.cost) <= expected * (1 + 1e-6)
    assert abs(expected - base) > 1 or (number, seed) == (11, 3)  # where nothing is enlarged


@pytest.mark.slow
def test_a_limit_that_a_scenario_tightens_is_as_one_of_the_case() -> None:
    """In the case no member could reach it, so that nothing would be followed there; nothing is licensed either."""
    plain = random_case(3)
    for kind in ("export", "content", "end_use", "technology", "note"):
        plain = without(plain, kind)
    row, first = placed(plain, ROWS[3][1]), plain.file.start
    loose = holding(plain, "limits", {**row, "value": 5000.0}, str(first), None)
    event = {"what": "x", "table": "limits", "where": {"limit": "own"}, "set": {"value": 5.0}, "from": first}
    head = {"name": "tight", "title": "t", "probability": 0.1, "announced": first, "source": "invented"}
    plans = plan(loose, [scenario_from({**head, "events": [event]})])
    sound(plans)
    case = plans.planner.case  # with the days of the scenario in its calendar
    tight = changed(case, "limits", {"value": lambda limit: 5.0 if limit.limit == "own" else limit.value})
    expected = least_cost(tight)
    assert cost(plans, "tight", "foresight") == pytest.approx(expected, rel=1e-9)
    assert cost(plans) == pytest.approx(least_cost(case), rel=1e-9)
    assert expected > cost(plans) + 1


@pytest.mark.slow
def test_other_scenarios_do_not_know_of_it() -> None:
    case = random_case(3)
    row = placed(case, ROWS[9][1])
    one = adding(case, "controls", row, "2027-04-01", None)
    other = adding(case, "controls", {**row, "control": "another", "approval": 0.5}, "2027-04-01", None, name="other")
    together = plan(case, [one, other])
    sound(together)
    for some in (one, other):
        alone = cost(plan(case, [some]), some.name, "foresight")
        assert cost(together, some.name, "foresight") == pytest.approx(alone, rel=1e-9)


@pytest.mark.slow
def test_a_row_that_two_scenarios_add_is_one() -> None:
    case = random_case(3)
    row = placed(case, ROWS[0][1])
    some = [adding(case, "duties", row, "2027-04-01", None, name=name) for name in ("one", "two")]
    plans = plan(case, some)
    sound(plans)
    assert cost(plans, "one", "foresight") == cost(plans, "two", "foresight") != cost(plans)
    with pytest.raises(ScenarioError, match="expected one that there is not, found own / magnet"):
        plan(case, [some[0], adding(case, "duties", {**row, "rate": 0.5}, "2027-04-01", None, name="two")])


OWN = """  - what: a duty
    table: {table}
    add_row: {{{row}}}
    from: 2027-07-01
"""
DUTY = 'duty: own, goods: magnet, origin: "*", destination: DE, rate: 0.1'
WRONG = [
    ("duties", DUTY.replace("0.1", "25"), "own.yaml, event 1, line 7: add_row.rate: expected to be less than or equal"),
    ("duties", DUTY.replace("magnet", "magnt"), "event 1, line 7: goods: no such material or stage: 'magnt'"),
    ("duties", DUTY.replace("DE", "Germany"), "Did you mean 'DE'?"),
    ("duties", DUTY.replace(", rate: 0.1", ""), "add_row.rate: expected a value, found nothing"),
    ("duties", f"{DUTY}, tax: 1", "add_row.tax: "),
    ("duties", f"{DUTY}, from: 2027-08-01", "add_row.from: expected none (it is from of the event), found"),
    ("offers", "offer: more", "table: expected one of duties, export_charges, controls, limits with add_row"),
    ("dutys", DUTY, "no table that can change is called 'dutys'"),
    (
        "controls",
        "control: own, kind: note, authority: x, citation: x, origin: CN, stages: magnet, approval: 0.5",
        "approval: expected 1 with kind 'note'",
    ),
    (
        "limits",
        "limit: own, measure: share, sense: at_most, value: 0.5, stage: magnet, by: country, member: China, window: year",
        "member: no such country: 'China'",
    ),
    (
        "limits",
        "limit: own, measure: share, sense: at_most, value: 0.5, stage: magnet, by: country, member: CN, window: year",
        "from: no year that own could bind begins on or after 2027-07-01",
    ),
]


@pytest.mark.parametrize(("table", "row", "expected"), WRONG)
def test_what_is_wrong_with_a_row_is_said_where_it_stands(table: str, row: str, expected: str, tmp_path: Path) -> None:
    own = scenario(tmp_path / "own.yaml", OWN.format(table=table, row=row))
    with pytest.raises(ScenarioError) as raised:
        plan(str(small(tmp_path / "case")), [str(own)])
    (fault,) = raised.value.faults
    assert expected in fault.text
    assert "own.yaml, event 1" in fault.text


@pytest.mark.parametrize(
    ("more", "expected"),
    [("where: {duty: x}", "where: expected nothing"), ("set: {rate: 1}", "expected exactly one of")],
)
def test_an_event_that_adds_a_row_does_nothing_else(more: str, expected: str, tmp_path: Path) -> None:
    own = scenario(tmp_path / "own.yaml", OWN.format(table="duties", row=DUTY) + f"    {more}\n")
    with pytest.raises(ScenarioError, match=expected):
        plan(str(small(tmp_path / "case")), [str(own)])


def test_a_row_of_something_that_there_is_is_refused(tmp_path: Path) -> None:
    duties = "duty,goods,origin,destination,from,rate\nown,magnet,*,DE,2020-01-01,0.05"
    own = scenario(tmp_path / "own.yaml", OWN.format(table="duties", row=DUTY))
    with pytest.raises(ScenarioError, match=r"duties\.csv, row 2 .set changes what there is"):
        plan(str(small(tmp_path / "case", duties=duties)), [str(own)])


def test_a_row_by_which_stock_could_not_go_on_in_the_base_plan_is_refused() -> None:
    case = random_case(2)
    with pytest.raises(ScenarioError, match="could not go on to buyer-0 in any, as it tells origins apart"):
        plan(case, [adding(case, "duties", placed(case, ROWS[0][1]), "2027-04-01", None)])


@pytest.mark.slow
def test_the_command_plans_shows_checks_and_verifies_it(tmp_path: Path) -> None:
    """365 t for 50,000 USD each, of a unit value of 50 USD/kg; for half a year 10 % is due."""
    case, out = small(tmp_path / "case"), tmp_path / "out"
    own = scenario(tmp_path / "own.yaml", OWN.format(table="duties", row=DUTY))
    said = lodestar_here("plan", str(case), "-s", str(own), "--workers", "1", "--json", "--out", str(out)).stdout
    usd = {(row["scenario"], row["answer"]): row["cost_usd"] for row in json.loads(said)}
    value = load_case(case).by.materials["magnet"].unit_value * 1000
    more = [usd["own", answer] - usd["base", "base"] for answer in ("react", "foresight")]
    assert more == pytest.approx([0.1 * value * 184] * 2, rel=1e-9)
    assert "nothing wrong" in lodestar_here("verify", str(out)).stdout
    assert "duties: own / magnet / * / DE" in lodestar_here("show", str(own), "--case", str(case)).stdout
    unseen = scenario(tmp_path / "unseen.yaml", OWN.format(table="duties", row=DUTY.replace("DE", "JP")))
    assert "adds a row that no plan would notice" in lodestar_here("check", str(case), "-s", str(unseen)).stdout
    dear = scenario(tmp_path / "dear.yaml", OWN.format(table="duties", row=DUTY.replace("0.1", "1.5")))
    assert "rate: 1.5 is 150 % of the value" in lodestar_here("check", str(case), "-s", str(dear)).stdout


def test_a_scenario_that_adds_rows_is_named_before_anything_is_compiled(tmp_path: Path) -> None:
    planner = Planner(load_case(small(tmp_path / "case")))
    own = load_scenario(scenario(tmp_path / "own.yaml", OWN.format(table="duties", row=DUTY)))
    with pytest.raises(ScenarioError, match="expected a row that the case was laid out with"):
        planner.worlds([own])
    planner.choose([own])
    assert planner.worlds([own])[0].timelines.there == {"duties": frozenset({0})}
