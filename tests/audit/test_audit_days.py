"""Two clocks, written apart, agree: that of the programme and that of the audit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from optimizer.audit.books import Books
from optimizer.audit.dated import over_days
from optimizer.audit.days import Days, months_later
from optimizer.audit.rules import Rules
from optimizer.case.calendar import add_months
from optimizer.case.case import Case
from optimizer.case.tables import TABLES, Tables
from optimizer.errors import ScenarioError
from optimizer.network.build import network_of
from optimizer.network.network import Network
from optimizer.world.apply import apply_scenario
from optimizer.world.events import SERIES, Event
from optimizer.world.load import load_case
from optimizer.world.running import running_share
from optimizer.world.scenario import Scenario, find_scenarios, load_scenario
from optimizer.world.select import Selector
from optimizer.world.timeline import Timelines
from tests.helpers.coarse import coarse
from tests.helpers.networks import random_case
from tests.helpers.paths import CASES
from tests.helpers.seeds import a_fifth

TOY = load_case(CASES / "toy")


def happens(*events: dict[str, Any]) -> Scenario:
    """A scenario of some events."""
    found = tuple(Event.model_validate({"what": "w", "where": {}, **event}) for event in events)
    return Scenario(name="s", title="t", probability=0.1, announced=dt.date(1990, 1, 1), source="x", events=found)


def both(case: Case, scenario: Scenario | None) -> tuple[Books, Network]:
    """The two clocks of a case in a scenario."""
    network = network_of(case)
    if scenario is None:
        return Books(case, {}), network
    return Books(case, {}, scenario), network.patched(apply_scenario(scenario, network.timelines, Selector(case)))


def agree(case: Case, scenario: Scenario | None) -> None:
    """Every column, day and share is the same on both."""
    books, network = both(case, scenario)
    world = network.timelines
    assert tuple(books.bounds) == case.calendar.bounds
    np.testing.assert_allclose(books.weight, case.calendar.year_weights, rtol=1e-12)
    np.testing.assert_allclose(books.discount, case.calendar.discount(case.file.discount_rate), rtol=1e-12)
    for table, record in TABLES.items():
        for column in SERIES.get(table, ()):
            np.testing.assert_allclose(books.daily(table, column), world.series(table, column), rtol=1e-12, atol=1e-9)
        if "from_" in record.model_fields:
            np.testing.assert_array_equal(books.active(table), world.active(table), table)
    for window, bound, price in zip(
        network.structure.windows, network.value("limit_value"), network.value("breach_price"), strict=True
    ):
        at, per_year = (window.limit, window.periods), window.row.measure in ("volume", "spend")
        assert over_days(books, "value", *at, per_year=per_year) == pytest.approx(bound, rel=1e-9)
        assert over_days(books, "penalty", *at) == pytest.approx(price, rel=1e-9)
    rules = Rules(books)
    np.testing.assert_allclose(rules.passing, world.passing, rtol=1e-9, atol=1e-12)
    there = world.capacity_there() * running_share(world, np.arange(len(case.tables.plants)))
    np.testing.assert_allclose(rules.capacity_there(), there, atol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("name", a_fifth(["ev-motors", "korea", "defense", "japan-motors"]))
def test_they_agree_in_every_bundled_scenario(name: str) -> None:
    case = coarse(name)
    for scenario in (None, *map(load_scenario, find_scenarios())):
        agree(case, scenario)


@pytest.mark.parametrize("table", sorted(SERIES))
def test_they_agree_on_every_word_a_row_can_be_chosen_by(table: str) -> None:
    """Of the toy's rows and the rows that they name."""
    selector = Selector(dated(1))
    days = Days(selector.case, None, Books(selector.case, {}).stage_of)
    for row, attributes in zip(selector.case.tables.rows(table), selector.attributes(table), strict=True):
        for column, words in attributes.items():
            assert days.words(table, row, column) == words, column


def day(rng: np.random.Generator) -> dt.date:
    """A day from two years before the horizon to after its end."""
    return TOY.file.start + dt.timedelta(days=int(rng.integers(-730, 800)))


def dated(seed: int) -> Case:
    """A random case whose rows begin, end, are suspended and hold plants back on random days."""
    case, rng = random_case(seed), np.random.default_rng([seed, 11])
    tables: dict[str, tuple[Any, ...]] = dict(case.tables.items())
    for table, fields in {
        "offers": ("from_", "until"),
        "approvals": ("from_", "until"),
        "substitutions": ("from_",),
        "controls": ("effective", "expires"),
    }.items():
        rows = []
        for row in tables[table]:
            days = sorted([day(rng), day(rng) + dt.timedelta(days=1)])
            given = dict(zip(fields, days, strict=False))
            if fields[-1] in ("until", "expires") and rng.random() < 0.4:
                given[fields[-1]] = None  # type: ignore[assignment]
            if table == "controls" and rng.random() < 0.5:
                given |= dict(zip(("suspended_from", "suspended_until"), sorted([day(rng), day(rng)]), strict=True))
            rows.append(row.model_copy(update=given))
        tables[table] = tuple(rows)
    know_how = {"kind": "technology", "destinations": ("*",), "end_uses": (), "threshold": 0.0, "elements": ()}
    tables["controls"] += tuple(
        row.model_copy(update={**know_how, "control": "know-how-too", "stages": ("magnet", "oxide")})
        for row in tables["controls"][:1]
    )
    tables["plants"] = tuple(
        row.model_copy(update={"technology_origin": "AD"} if rng.random() < 0.7 else {}) for row in tables["plants"]
    )
    tables["plants"] += tuple(
        row.model_copy(update={"from_": row.from_ + dt.timedelta(days=2000 + int(rng.integers(900))), "capacity": 7.0})
        for row in tables["plants"]
        if row.from_.year == 2020
    )
    tables["limits"] = tuple(
        row.model_copy(update={"stage": "oxide", "materials": ("nd-oxide", "dy-oxide")}) for row in tables["limits"]
    )
    for name, rows in tables.items():  # dates drawn may be the same, and no key stands twice
        tables[name] = tuple({tuple(getattr(row, field) for field in row.key): row for row in rows}.values())
    return Case(
        case.file, Tables.of(tables), {name: tuple(f"{name} {n}" for n in range(len(t))) for name, t in tables.items()}
    )


def random_event(case: Case, rng: np.random.Generator) -> dict[str, Any]:
    """Any operation on any column of any table, on random rows and days."""
    tables = [table for table in SERIES if case.tables.rows(table)]
    table = "plants" if rng.random() < 0.25 else str(rng.choice(tables))
    column, how = str(rng.choice(SERIES[table])), str(rng.choice(["set", "scale", "add"]))
    change: dict[str, Any] = {how: {column: round(float(rng.uniform(0, 1)), 3)}}
    if table == "plants" and rng.random() < 0.5:
        change = {"shift": {"from": int(rng.integers(-9, 10))}}
    words = Selector(case).attributes(table)[int(rng.integers(len(case.tables.rows(table))))]
    names = [name for name in words if words[name]]
    where = {
        str(rng.choice(["", "not_"])) + name: sorted(words[name])
        for name in rng.choice(names, size=int(rng.integers(0, 3)), replace=False)
    }
    begins = day(rng) - dt.timedelta(days=int(rng.integers(0, 2)) * 600)
    ends = begins + dt.timedelta(days=int(rng.integers(1, 500))) if rng.random() < 0.7 else None
    recovery = {"months": int(rng.integers(1, 40))} if ends and rng.random() < 0.6 else None
    return {"table": table, "where": where, **change, "from": begins, "until": ends, "recovery": recovery}


def test_an_event_fades_from_its_end_wherever_that_lies() -> None:
    """A price doubled until 500 days before the horizon, fading over two years: on its first day, 500 of 730 days are past."""
    ended = TOY.file.start - dt.timedelta(days=500)
    assert ended == dt.date(2025, 8, 19)
    event = {
        "table": "offers",
        "scale": {"price": 2.0},
        "from": "2025-01-01",
        "until": ended,
        "recovery": {"months": 24},
    }
    books, network = both(TOY, happens(event))
    first = 1 + (1 - 500.5 / 730)
    for price in (books.daily("offers", "price"), network.timelines.series("offers", "price")):
        assert price[0, books.first[0]] / 50000 == pytest.approx(first)


def test_a_project_opens_on_the_terms_of_the_day_it_is_due() -> None:
    """BB presses with technology of AD, half of which is approved, 30 days late, from 1 June 2027 on."""
    know_how = {"control": "know-how", "kind": "technology", "end_uses": (), "threshold": 0.0, "approval": 0.5}
    know_how |= {"processing_days": 30.0, "effective": dt.date(2027, 6, 1)}
    control = TOY.tables.controls[0].model_copy(update=know_how)
    plants = [row.model_copy(update={"technology_origin": "AD"}) for row in TOY.tables.plants]
    case = Case(TOY.file, TOY.tables.replaced(controls=(control,), plants=tuple(plants)), TOY.places)
    books = Books(case, {})
    qualify, expand = TOY.tables.projects
    before, after = (books.days.place(dt.date(2027, month, 15)) for month in (5, 6))
    assert Rules(books).opening(expand, before + 0.75) == (before + 0.75, 1.0)
    assert Rules(books).opening(expand, after + 0.75) == (after + 30.75, 0.5)
    assert Rules(books).opening(qualify, after + 0.75) == (after + 0.75, 1.0)


def test_an_event_chooses_by_any_record_that_a_row_names() -> None:
    """A limit on two materials is found by the elements of both."""
    limits = tuple(
        row.model_copy(update={"materials": ("nd-oxide", "dy-oxide")}) if row.limit == "spend-aa" else row
        for row in TOY.tables.limits
    )
    case = Case(TOY.file, TOY.tables.replaced(limits=limits), TOY.places)
    number = [row.limit for row in limits].index("spend-aa")
    for element in ("NdPr", "Dy"):
        event = {"table": "limits", "where": {"element": element}, "scale": {"value": 0.5}, "from": "2027-01-01"}
        books, network = both(case, happens(event))
        for value in (books.daily("limits", "value"), network.timelines.series("limits", "value")):
            assert value[number, -1] == pytest.approx(1e6)


@pytest.mark.parametrize(
    ("begins", "months"), [("2027-01-31", 1), ("2028-02-29", 12), ("2027-03-31", -1), ("2027-12-15", 25)]
)
def test_months_are_counted_alike(begins: str, months: int) -> None:
    start = dt.date.fromisoformat(begins)
    assert months_later(start, months) == add_months(start, months)


def tried(seed: int) -> bool:
    """Whether some random events may happen together; then both clocks agree."""
    case, rng = dated(seed), np.random.default_rng([seed, 12])
    scenario = happens(*(random_event(case, rng) for _ in range(int(rng.integers(1, 5)))))
    try:
        apply_scenario(scenario, Timelines(case), Selector(case))
    except ScenarioError:
        return False
    agree(case, scenario)
    return True


@pytest.mark.slow
def test_they_agree_on_random_days_and_events() -> None:
    assert sum(map(tried, range(60))) > 15


@pytest.mark.slow
@pytest.mark.parametrize("first", a_fifth(range(60, 600, 108)))
def test_they_agree_on_many_more(first: int) -> None:
    assert sum(map(tried, range(first, first + 108))) > 30
