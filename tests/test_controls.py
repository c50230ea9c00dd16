"""The regimes of the data: what is in force on a day, what each stops, and what it must leave alone."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from optimizer.analysis.controls import STATES, controls, next_change, scope, state
from optimizer.analysis.outcome import Outcome
from optimizer.analysis.plan import Planner
from optimizer.case.calendar import PREROLL
from optimizer.case.check import check_references
from optimizer.case.load import Case, load_case
from optimizer.case.network import Network
from optimizer.case.policy import Control
from optimizer.interfaces.cli import app

ROOT = Path(__file__).parents[1]
TOY = load_case(ROOT / "tests" / "cases" / "toy")
DATA: dict[str, Control] = {row.control: row for row in load_case("ev-motors").tables["controls"]}
"""The controls of `data/`, by name."""

SINCE_BEFORE_2025 = {
    "cn-technology-2023",
    "cn-rare-earths-2024",
    "cn-dual-use-2024",
    "us-dfars-7052-2024",
    "eu-crma",
    "kr-strategy-2023",
    "my-raw-ban",
}
PACKAGE = {"cn-55-2025", "cn-56-2025", "cn-57-2025", "cn-58-2025", "cn-61-2025", "cn-advanced-chips", "cn-62-2025"}
"""Of October 2025, apart from the limb on Chinese-origin goods."""
PROPOSED = {"cn-embargo", "cn-embargo-japan", "cn-embargo-us", "eu-scrap"}
MAY_2025 = SINCE_BEFORE_2025 | {"cn-18-2025", "cn-military", "mm-kia-tax"}
OCTOBER_2025 = MAY_2025 | {"cn-miit-71", "in-irel-2025", "cn-61-2025-origin", "cn-62-2025"}
JUNE_2026 = MAY_2025 | {
    *("cn-miit-71", "in-irel-2025", "us-cn-truce", "cn-general-licences", "cn-1-2026-japan", "cn-1-2026-transfer"),
    *("us-301", "us-232", "us-122", "vn-minerals-law", "vn-refined"),
}
LATER = {"us-cn-truce", "cn-general-licences", "us-122", "us-dfars-7052-2024"}
IN_FORCE = {
    "2010-10-01": {"cn-quota-2010", "cn-stop-japan-2010"},
    "2010-11-20": {"cn-quota-2010"},
    "2025-04-03": MAY_2025 - {"cn-18-2025", "cn-military"},
    "2025-05-01": MAY_2025,
    "2025-10-20": OCTOBER_2025,
    "2025-11-06": OCTOBER_2025,
    "2025-11-07": OCTOBER_2025 - {"cn-61-2025-origin", "cn-62-2025"},
    "2026-06-01": JUNE_2026,
    "2027-02-01": JUNE_2026 - LATER | {"us-dfars-7052"},
    "2040-01-01": JUNE_2026 - LATER | {"us-dfars-7052"},
}
"""Read off the announcements by hand."""


def named(day: str, *states: str) -> set[str]:
    """Controls of the data in one of some states on a day."""
    return {name for name, row in DATA.items() if state(row, dt.date.fromisoformat(day)) in states}


@pytest.mark.parametrize("day", IN_FORCE)
def test_in_force_by_hand(day: str) -> None:
    assert named(day, "in force") == IN_FORCE[day]


def test_the_package_of_october_2025() -> None:
    assert named("2025-10-08", "to come") >= PACKAGE
    assert named("2025-10-20", "announced") >= PACKAGE - {"cn-62-2025"}
    for day in ("2025-11-07", "2026-06-01", "2026-11-10", "2027-02-01"):
        assert named(day, "suspended") == PACKAGE | {"cn-61-2025-origin"}


def test_what_nobody_adopted_is_never_in_force() -> None:
    for day in ("2020-01-01", "2026-11-22", "2027-02-01", "2040-01-01"):
        assert named(day, "not adopted") == PROPOSED


@pytest.mark.parametrize(
    ("name", "day", "expected"),
    [
        ("cn-18-2025", "2025-01-01", ("2025-04-04", "takes effect")),
        ("cn-18-2025", "2025-04-04", None),
        ("cn-62-2025", "2025-10-08", ("2025-10-09", "takes effect")),
        ("cn-62-2025", "2025-10-20", ("2025-11-07", "is suspended")),
        ("cn-62-2025", "2026-06-01", None),
        ("cn-61-2025", "2025-10-20", ("2025-11-07", "is suspended")),
        ("cn-57-2025", "2025-06-01", ("2025-10-09", "is announced")),
        ("us-dfars-7052", "2026-11-22", ("2027-01-01", "takes effect")),
        ("us-dfars-7052-2024", "2026-11-22", ("2027-01-01", "ends")),
        ("cn-general-licences", "2026-11-22", ("2026-12-02", "ends")),
        ("us-cn-truce", "2026-11-22", ("2027-01-10", "ends")),
        ("cn-stop-japan-2010", "2026-11-22", None),
        ("cn-embargo", "2026-11-22", None),
        ("eu-scrap", "2026-11-22", None),
    ],
)
def test_what_changes_next(name: str, day: str, expected: tuple[str, str] | None) -> None:
    found = next_change(DATA[name], dt.date.fromisoformat(day))
    assert (found and (found[0].isoformat(), found[1])) == expected


def test_a_suspension_with_an_end_applies_again() -> None:
    row = DATA["cn-61-2025"].model_copy(update={"suspended_until": dt.date(2027, 1, 10)})
    assert next_change(row, dt.date(2026, 11, 22)) == (dt.date(2027, 1, 10), "applies again")
    early = row.model_copy(update={"suspended_until": dt.date(2025, 11, 20)})
    assert next_change(early, dt.date(2025, 11, 8)) == (dt.date(2025, 11, 20), "is no longer suspended")
    assert next_change(early, dt.date(2025, 11, 20)) == (dt.date(2025, 12, 1), "takes effect")


def test_states_are_those_the_programme_plans_with() -> None:
    """On every day of the axis a control applies in the timelines exactly where it does by its dates."""
    timelines = Network.of(load_case("defense")).timelines
    force = timelines.series("controls", "in_force")
    first = timelines.calendar.start - dt.timedelta(days=PREROLL)
    for number, row in enumerate(timelines.case.tables["controls"]):
        days = [first + dt.timedelta(days=n) for n in range(timelines.calendar.days)]
        np.testing.assert_array_equal(force[number] > 0.5, [row.applies_on(day) for day in days], row.control)
        if row.adopted:
            assert [state(row, day) == "in force" for day in days] == (force[number] > 0.5).tolist()


def test_every_control_says_where_it_comes_from() -> None:
    for row in DATA.values():
        assert row.authority
        assert len(row.citation) > 10
        assert row.confidence == "assumption" or len(row.source) > 40
        if row.suspended_from is not None:
            assert "unresolved" in row.source, row.control
            assert row.suspended_until is None


def test_the_twelve_that_scenarios_name_are_there_in_order() -> None:
    twelve = (
        *("cn-18-2025", "cn-61-2025", "cn-military", "cn-advanced-chips", "cn-1-2026-japan", "cn-1-2026-transfer"),
        *("cn-embargo", "cn-embargo-japan", "cn-embargo-us", "us-dfars-7052", "in-irel-2025", "vn-minerals-law"),
    )
    assert tuple(name for name in DATA if name in twelve) == twelve


def test_notes_point_at_what_carries_them() -> None:
    """What a note names must be there, as far as it is a row of the bundled tables or scenarios."""
    duties = {row.duty for row in load_case("ev-motors").tables["duties"]}
    for row in DATA.values():
        where, _, what = row.carried_by.partition(": ")
        if where == "duties":
            assert what in duties
        if where == "scenario":
            assert (ROOT / "scenarios" / f"{what}.yaml").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "note", "approval": 0.5}, "approval: expected 1 with kind 'note'"),
        ({"carried_by": "duties: x"}, "carried_by: expected only with kind 'note'"),
        ({"technology": True}, "technology: expected only with kind 'content' or 'end_use'"),
        ({"kind": "duty"}, "kind"),
        ({"quota": 5.0}, "quota: expected empty"),
    ],
)
def test_a_control_holds_only_what_its_kind_can(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Control.model_validate({**DATA["cn-18-2025"].model_dump(), **changes})


def test_scopes_in_words() -> None:
    assert scope(DATA["cn-1-2026-japan"]) == "oxide to magnet with Sm, Gd, Tb, Dy, Lu, Sc, Y; CN to JP"
    assert scope(DATA["cn-advanced-chips"]).endswith(
        "CN to anywhere; from 0.1 % of value or made with technology of the origin; for chips"
    )
    assert scope(DATA["us-dfars-7052"]).endswith("CN, RU, KP, IR to anywhere; any share of value; for military")
    assert scope(DATA["in-irel-2025"]) == "oxide, metal with NdPr; IN to JP"
    assert scope(DATA["cn-technology-2023"]) == "plants that make carbonate to magnet; CN to anywhere"
    assert scope(DATA["cn-58-2025"]) == DATA["cn-58-2025"].citation


# What each regime stops. A small network in which A sells both oxides (and may press), B presses and has a little heavy
# oxide of its own, and the buyer sits in C; who A, B and C are changes from test to test.

EMPTY = ("duties", "limits", "projects", "stocks", "arrivals", "contracts", "substitutions")
A, B, C = "AA", "BB", "CC"
LONG_AGO = {"effective": dt.date(2026, 1, 1), "announced": None, "suspended_from": None, "processing_days": 0.0}
LATE = {**LONG_AGO, "effective": dt.date(2028, 1, 1)}
ASLEEP = {**LONG_AGO, "suspended_from": dt.date(2026, 6, 1)}


def small(lands: tuple[str, str, str], name: str, *, a_presses: bool = False, **changes: Any) -> Case:
    """The small network in three countries, under one control of the data with some fields changed."""
    as_called = dict(zip((A, B, C), lands, strict=True))

    def there(row: Any, *fields: str) -> Any:
        return row.model_copy(update={field: as_called[getattr(row, field)] for field in fields})

    toy = TOY.tables
    routes = [there(row, "from_country", "to_country") for row in toy["routes"]]
    back = {"from_country": lands[2], "to_country": lands[1]}
    lean = next(row for row in toy["demand"] if row.end_use == "civil").model_copy(
        update={"product": "magnet-lean", "tonnes": 30.0}
    )
    control = DATA[name].model_copy(update={"approval": 0.0, **LONG_AGO, **changes})
    tables = {
        **toy,
        **dict.fromkeys(EMPTY, ()),
        "sites": tuple(there(row, "country", "owner") for row in toy["sites"]),
        "routes": (*routes, routes[0].model_copy(update=back)),
        "materials": tuple(
            row.model_copy(update={"content": {"NdPr": 0.2}}) if row.material == "magnet-lean" else row
            for row in toy["materials"]
        ),
        "recipes": tuple(row for row in toy["recipes"] if (row.recipe, row.material) != ("press-lean", "dy-oxide")),
        "plants": tuple(
            row.model_copy(update={"capacity": 150.0})
            for row in toy["plants"]
            if row.site == "bb-press" or (a_presses and row.site == "aa-press")
        ),
        "demand": (*toy["demand"], lean),
        "controls": (control,),
    }
    case = Case(TOY.file, tables, {table: tuple(f"{table} {n}" for n in range(len(r))) for table, r in tables.items()})
    assert not check_references(case, "small")
    return case


@cache
def outcome_of(
    lands: tuple[str, str, str], name: str, a_presses: bool, changes: tuple[tuple[str, Any], ...]
) -> Outcome:
    """The base plan of a small network."""
    planner = Planner(small(lands, name, a_presses=a_presses, **dict(changes)))
    assert planner.start.answer.certified
    return Outcome(planner.frame, planner.network, planner.parameters(planner.network), planner.start.answer)


def flows(
    lands: tuple[str, str, str], name: str, *, a_presses: bool = False, **changes: Any
) -> Counter[tuple[str, str, str, bool]]:
    """Tonnes shipped: from country, to country, material, and whether exposed to a content rule."""
    found: Counter[tuple[str, str, str, bool]] = Counter()
    outcome = outcome_of(lands, name, a_presses, tuple(changes.items()))
    country = outcome.frame.structure.country
    shipped: Any = outcome.variable("ship").itertuples()
    for line in shipped:
        found[country[line.origin], country[line.destination], line.material, line.exposure != "clean"] += line.tonnes
    return found


def moved(found: Counter[tuple[str, str, str, bool]], origin: str, to: str, material: str) -> float:
    """Tonnes of a material between two countries, whatever its exposure."""
    return sum(tonnes for (a, b, i, _), tonnes in found.items() if (a, b, i) == (origin, to, material))


def served(name: str, lands: tuple[str, str, str], **changes: Any) -> dict[tuple[str, bool], float]:
    """Tonnes of the heavy magnet served: to which end use, and whether exposed."""
    found: Counter[tuple[str, bool]] = Counter()
    lines: Any = outcome_of(lands, name, False, tuple(changes.items())).variable("serve").itertuples()
    for line in lines:
        if line.product == "magnet":
            found[line.end_use, line.exposure != "clean"] += line.tonnes
    return dict(found)


NO_RULE = [LATE, ASLEEP]
RULES_OFF = ["day before effect", "suspended"]


def test_export_licence_no_18() -> None:
    """Listed elements stop at the border of China, wherever they go; what holds none of them passes."""
    lands = ("CN", "JP", "US")
    stopped = flows(lands, "cn-18-2025", a_presses=True)
    assert moved(stopped, "CN", "US", "magnet") == 0
    assert moved(stopped, "JP", "US", "magnet") > 50, "made from heavy oxide of Japan"
    free = moved(stopped, "CN", "US", "magnet-lean") + moved(stopped, "JP", "US", "magnet-lean")
    assert free == pytest.approx(30), "grades without heavy rare earths need no licence"
    no_press = flows(lands, "cn-18-2025")
    assert moved(no_press, "CN", "JP", "dy-oxide") == 0
    assert moved(no_press, "CN", "JP", "nd-oxide") > 10, "nor does NdPr"


@pytest.mark.parametrize("when", NO_RULE, ids=RULES_OFF)
def test_export_licence_no_18_off(when: dict[str, Any]) -> None:
    assert moved(flows(("CN", "JP", "US"), "cn-18-2025", a_presses=True, **when), "CN", "US", "magnet") > 50
    assert moved(flows(("CN", "JP", "US"), "cn-18-2025", **when), "CN", "JP", "dy-oxide") > 1


def test_export_licence_no_18_reaches_exports_of_china_only() -> None:
    """The same flows between other countries pass, and so does heavy oxide into China."""
    assert moved(flows(("MY", "JP", "US"), "cn-18-2025"), "MY", "JP", "dy-oxide") > 1
    network = Network.of(small(("JP", "CN", "US"), "cn-18-2025"))
    (governed,) = network.structure.governs["export"].values()
    assert {lane[:3] for lane in governed} == {("bb-press", "cc-plant", "magnet")}


def test_a_licence_approves_a_share_and_waits() -> None:
    """0.25 of 150 t/year that the plant could press, for 275 - 63 of 275 days."""
    late = {"approval": 0.25, "processing_days": 63.0, "effective": dt.date(2027, 4, 1)}
    network = Network.of(small(("CN", "JP", "US"), "cn-18-2025", a_presses=True, **late))
    licensed = dict(zip(network.structure.timed("export_licences"), network.values["export_licensed"], strict=True))
    assert licensed["cn-18-2025", "aa-press", "press", 0] == np.inf
    assert licensed["cn-18-2025", "aa-press", "press", 1] == pytest.approx(0.25 * 150 * 275 / 365 * (275 - 63) / 275)


def test_content_rule_no_61() -> None:
    """Magnets made in Japan with Chinese heavy oxide stay there; those made with other heavy oxide, or none, pass."""
    lands = ("CN", "JP", "US")
    stopped = flows(lands, "cn-61-2025")
    assert stopped["JP", "US", "magnet", True] == 0
    assert stopped["JP", "US", "magnet", False] > 50
    assert moved(stopped, "JP", "US", "magnet-lean") == pytest.approx(30), "Chinese NdPr is not in its scope"
    assert moved(stopped, "CN", "JP", "nd-oxide") > 10
    direct = flows(lands, "cn-61-2025", a_presses=True)
    assert moved(direct, "CN", "US", "magnet") > 50, "leaving China is the business of No. 18"


@pytest.mark.parametrize("when", NO_RULE, ids=RULES_OFF)
def test_content_rule_no_61_off(when: dict[str, Any]) -> None:
    assert flows(("CN", "JP", "US"), "cn-61-2025", **when)["JP", "US", "magnet", True] > 10


def test_content_rule_no_61_follows_chinese_goods_only() -> None:
    found = flows(("MY", "JP", "US"), "cn-61-2025")
    assert found["JP", "US", "magnet", True] == 0
    assert found["JP", "US", "magnet", False] > 70


def test_content_rule_no_61_bites_at_its_threshold() -> None:
    """2 % of the value of the magnet is Chinese heavy oxide: under a threshold of 3 % it need not be kept apart."""
    diluted = flows(("CN", "JP", "US"), "cn-61-2025", threshold=0.03)
    assert diluted["JP", "US", "magnet", False] == pytest.approx(100, rel=0.01)
    assert moved(diluted, "CN", "JP", "dy-oxide") > 1


def test_japan_rule() -> None:
    """No. 1 of 2026: listed goods from China to Japan stop; NdPr to Japan, and listed goods elsewhere, go on."""
    stopped = flows(("CN", "JP", "US"), "cn-1-2026-japan", a_presses=True)
    assert moved(stopped, "CN", "JP", "dy-oxide") == 0
    assert moved(stopped, "CN", "US", "magnet") > 10
    assert moved(flows(("CN", "JP", "US"), "cn-1-2026-japan"), "CN", "JP", "nd-oxide") > 10
    assert moved(flows(("CN", "DE", "US"), "cn-1-2026-japan"), "CN", "DE", "dy-oxide") > 1
    assert moved(flows(("MY", "JP", "US"), "cn-1-2026-japan"), "MY", "JP", "dy-oxide") > 1


@pytest.mark.parametrize("when", NO_RULE, ids=RULES_OFF)
def test_japan_rule_off(when: dict[str, Any]) -> None:
    assert moved(flows(("CN", "JP", "US"), "cn-1-2026-japan", **when), "CN", "JP", "dy-oxide") > 1


def test_japan_rule_on_transfer_from_third_countries() -> None:
    stopped = flows(("CN", "DE", "JP"), "cn-1-2026-transfer")
    assert stopped["DE", "JP", "magnet", True] == 0
    assert stopped["DE", "JP", "magnet", False] > 50
    assert flows(("CN", "DE", "JP"), "cn-1-2026-transfer", **ASLEEP)["DE", "JP", "magnet", True] > 10
    assert flows(("CN", "DE", "JP"), "cn-1-2026-transfer", **LATE)["DE", "JP", "magnet", True] > 10
    assert flows(("CN", "DE", "US"), "cn-1-2026-transfer")["DE", "US", "magnet", True] > 10, "not bound for Japan"


def test_dfars_asks_for_a_chain_without_covered_countries() -> None:
    """Deliveries to the military hold nothing of China, NdPr included; civil ones go on, and so do other origins."""
    kept_out = served("us-dfars-7052", ("CN", "JP", "US"))
    assert ("military", True) not in kept_out
    assert kept_out["military", False] == pytest.approx(20)
    assert kept_out["civil", True] > 10
    assert served("us-dfars-7052", ("MY", "JP", "US")) == pytest.approx({("civil", False): 80, ("military", False): 20})


def test_dfars_reaches_what_no_18_does_not() -> None:
    """The light grade holds no listed element, but its NdPr is of China."""
    assert flows(("CN", "JP", "US"), "us-dfars-7052")["JP", "US", "magnet-lean", True] > 10
    assert flows(("CN", "JP", "US"), "cn-military")["JP", "US", "magnet-lean", True] == 0


@pytest.mark.parametrize("when", [{**LATE, "announced": dt.date(2024, 5, 30)}, ASLEEP], ids=RULES_OFF)
def test_dfars_off(when: dict[str, Any]) -> None:
    assert ("military", True) in served("us-dfars-7052", ("CN", "JP", "US"), **when)


def test_chinese_refusal_of_military_users() -> None:
    refused = served("cn-military", ("CN", "JP", "US"))
    assert ("military", True) not in refused
    assert refused["civil", True] > 10
    assert ("military", True) in served("cn-military", ("CN", "JP", "US"), **ASLEEP)


def test_india_keeps_neodymium_from_japan() -> None:
    lands = ("IN", "JP", "US")
    stopped = flows(lands, "in-irel-2025")
    assert moved(stopped, "IN", "JP", "nd-oxide") == 0
    assert moved(stopped, "IN", "JP", "dy-oxide") > 1, "another element"
    assert moved(flows(("IN", "KR", "US"), "in-irel-2025"), "IN", "KR", "nd-oxide") > 10, "another destination"
    assert moved(flows(("AU", "JP", "US"), "in-irel-2025"), "AU", "JP", "nd-oxide") > 10, "another origin"
    for when in NO_RULE:
        assert moved(flows(lands, "in-irel-2025", **when), "IN", "JP", "nd-oxide") > 10


def test_vietnam_keeps_its_ore() -> None:
    """The ban reaches ore and concentrate; the oxide made of it leaves."""
    stages = {"stages": ("concentrate", "oxide")}
    lands = ("VN", "JP", "US")
    oxide = flows(lands, "vn-minerals-law")
    assert moved(oxide, "VN", "JP", "nd-oxide") > 10, "refined"
    reached = flows(lands, "vn-minerals-law", **stages)
    assert moved(reached, "VN", "JP", "nd-oxide") == 0, "the same goods, were they ore"
    assert moved(flows(("AU", "JP", "US"), "vn-minerals-law", **stages), "AU", "JP", "nd-oxide") > 10
    for when in NO_RULE:
        assert moved(flows(lands, "vn-minerals-law", **stages, **when), "VN", "JP", "nd-oxide") > 10


def test_vietnam_law_governs_ore_lanes_where_there_are_any() -> None:
    case = small(("VN", "JP", "US"), "vn-minerals-law")
    materials = tuple(
        row.model_copy(update={"stage": "concentrate"}) if row.material == "nd-oxide" else row
        for row in case.tables["materials"]
    )
    network = Network.of(Case(case.file, {**case.tables, "materials": materials}, case.places))
    (governed,) = network.structure.governs["export"].values()
    assert {lane[:3] for lane in governed} == {("VN hub", "JP hub", "nd-oxide")}


def test_embargo_stops_every_good_and_only_those_of_china() -> None:
    lands = ("CN", "JP", "US")
    stopped = flows(lands, "cn-embargo", a_presses=True)
    assert not [key for key, tonnes in stopped.items() if key[0] == "CN" != key[1] and tonnes > 1e-6]
    assert moved(stopped, "JP", "US", "magnet") > 50
    assert flows(lands, "cn-embargo", a_presses=True, approval=1.0)["CN", "US", "magnet", False] > 50, "as in the base"
    for when in NO_RULE:
        assert moved(flows(lands, "cn-embargo", a_presses=True, **when), "CN", "US", "magnet") > 50


@pytest.mark.parametrize(("name", "shut", "other"), [("cn-embargo-japan", "JP", "US"), ("cn-embargo-us", "US", "JP")])
def test_embargo_on_one_country(name: str, shut: str, other: str) -> None:
    lands = ("CN", "JP", "US")
    stopped = flows(lands, name, a_presses=True)
    assert not [key for key, tonnes in stopped.items() if key[:2] == ("CN", shut) and tonnes > 1e-6]
    goes_on = flows(lands, name)
    material = "nd-oxide" if other == "JP" else "magnet"
    assert moved(goes_on if other == "JP" else stopped, "CN", other, material) > 10


def test_announced_before_it_binds() -> None:
    """A plan may buy ahead: the first quarter ships freely what the second period may not."""
    later = {"announced": dt.date(2026, 10, 1), "effective": dt.date(2027, 4, 1)}
    planner = Planner(small(("CN", "JP", "US"), "cn-18-2025", a_presses=True, **later))
    outcome = Outcome(planner.frame, planner.network, planner.parameters(planner.network), planner.start.answer)
    shipped = outcome.variable("ship")
    left = shipped[(shipped["origin"] == "aa-press") & (shipped["material"] == "magnet")]
    assert set(left["period"]) == {0}


@pytest.mark.parametrize("name", ["cn-technology-2023", "cn-62-2025", "us-301", "eu-crma"])
def test_technology_controls_and_notes_govern_no_goods(name: str) -> None:
    approval = 1.0 if DATA[name].kind == "note" else 0.0
    structure = Network.of(small(("CN", "JP", "US"), name, a_presses=True, approval=approval)).structure
    assert not structure.governs["export"]
    assert not structure.governs["content"]
    assert not structure.serves_under
    assert structure.index["rules"] == []
    assert len(flows(("CN", "JP", "US"), name, a_presses=True, approval=approval)) > 1


# The table of controls, and the command that prints it.


def test_flows_in_scope_are_counted_and_named() -> None:
    table = controls(Network.of(TOY), dt.date(2027, 1, 1)).set_index("control")
    assert table.loc["aa-export", ["lanes", "plants", "demands"]].tolist() == [3, 0, 0]
    assert table.loc["aa-military", ["lanes", "plants", "demands"]].tolist() == [0, 0, 1]
    assert table.loc["aa-military", "examples"] == ("cc-plant: magnet for military",)
    assert table.loc["aa-content", "lanes"] == 2
    lanes = {f"{o} > {d}: {i}" for o, d, i, _ in Network.of(TOY).structure.index["lanes"]}
    assert set(table.loc["aa-content", "examples"]) <= lanes


def test_plants_in_scope_of_a_technology_control_are_counted() -> None:
    case = small(("CN", "JP", "US"), "cn-technology-2023")
    plants = tuple(row.model_copy(update={"technology_origin": "CN"}) for row in case.tables["plants"])
    reached = controls(Network.of(Case(case.file, {**case.tables, "plants": plants}, case.places)), dt.date.today())
    assert reached[["plants", "examples"]].values.tolist() == [[1, ("bb-press: press",)]]
    assert controls(Network.of(case), dt.date.today())["plants"].tolist() == [0]


@pytest.mark.parametrize("case", ["ev-motors", "korea", "defense"])
def test_flows_of_the_bundled_cases(case: str) -> None:
    """No. 18 touches exactly the lanes on which listed goods leave China; notes touch nothing."""
    network = Network.of(load_case(case))
    table = controls(network, dt.date(2026, 11, 22)).set_index("control")
    structure, rule = network.structure, DATA["cn-18-2025"]
    leaving = {
        lane[:3]
        for lane in structure.index["lanes"]
        if structure.country[lane[0]] == "CN" != structure.country[lane[1]]
        and structure.materials[lane[2]].stage in rule.stages
        and set(structure.materials[lane[2]].content) & set(rule.elements)
    }
    assert table.loc["cn-18-2025", "lanes"] == len(leaving) > 30
    quiet = table[table["kind"].isin(["note", "technology"])]
    assert quiet[["lanes", "plants", "demands"]].to_numpy().sum() == 0
    assert table.loc["us-dfars-7052", "demands"] == (2 if case == "defense" else 0)
    assert list(dict.fromkeys(table["state"])) == [name for name in STATES if name in set(table["state"])]


@pytest.mark.parametrize("day", ["1995-01-01", "2025-05-01", "2025-10-20", "2026-06-01", "2027-02-01", "2090-01-01"])
def test_the_command_says_the_same_as_json(day: str) -> None:
    result = CliRunner().invoke(app, ["controls", "--on", day, "--json"])
    assert result.exit_code == 0
    found = json.loads(result.output)
    assert {row["control"] for row in found if row["state"] == "in force"} == named(day, "in force")
    assert {row["control"] for row in found} == set(DATA)
    first = next(row for row in found if row["control"] == "cn-18-2025")
    assert first["effective"] == "2025-04-04"
    assert first["suspended_from"] is None
    assert first["lanes"] > 30
    assert len(first["examples"]) == 3


def test_the_command_prints_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "150")
    result = CliRunner().invoke(app, ["controls", "defense", "--on", "2027-02-01"])
    assert result.exit_code == 0
    assert result.output.startswith("Controls on 2027-02-01, defense: 18 in force, 8 suspended, 4 not adopted, 6 ended")
    for heading in ("In force", "Suspended", "Not adopted", "Ended"):
        assert f"\n{heading}" in result.output
    assert "not legal advice" in result.output


def test_the_command_takes_today_by_default_and_refuses_what_is_no_day() -> None:
    result = CliRunner().invoke(app, ["controls", "korea"])
    assert result.output.startswith(f"Controls on {dt.date.today()}, korea")
    assert CliRunner().invoke(app, ["controls", "--on", "2027-13-01"]).exit_code == 2
