"""The regimes of the data: what is in force on a day, what each stops, and what it must leave alone."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from optimizer.case.calendar import PREROLL
from optimizer.case.case import Case
from optimizer.case.check import check_references
from optimizer.case.tables import Tables
from optimizer.case.topics.licences import Control, Trade
from optimizer.interfaces.cli import app
from optimizer.network.build import network_of
from optimizer.network.network import Network
from optimizer.plans.outcome import Outcome
from optimizer.plans.plan import Planner
from optimizer.questions.controls import STATES, controls, next_change, scope, state
from optimizer.world.load import load_case
from tests.helpers.coarse import coarse
from tests.helpers.paths import BUNDLED, ROOT
from tests.helpers.referred import referred

TOY = load_case(ROOT / "tests" / "cases" / "toy")
DATA: dict[str, Control] = {row.control: row for row in load_case("ev-motors").tables.controls}
"""The controls of `data/`, by name."""

SINCE_BEFORE_2025 = {
    *("cn-technology-2023", "cn-rare-earths-2024", "cn-dual-use-2024", "us-dfars-7052-2024"),
    *("eu-crma", "eu-crma-24", "kr-strategy-2023", "my-raw-ban", "cn-us-listed-2025", "us-dfars-7052-exceptions"),
}
PACKAGE = {
    *("cn-55-2025", "cn-56-2025", "cn-57-2025", "cn-58-2025", "cn-61-2025", "cn-61-2025-technology"),
    *("cn-advanced-chips", "cn-62-2025"),
}
"""Of October 2025, apart from the limb on Chinese-origin goods."""
PROPOSED = {"cn-embargo", "cn-embargo-japan", "cn-embargo-us", "eu-scrap"}
MAY_2025 = SINCE_BEFORE_2025 | {"cn-18-2025", "cn-military", "mm-kia-tax"}
OCTOBER_2025 = MAY_2025 | {"cn-miit-71", "in-irel-2025", "cn-18-faq-2025", "cn-61-2025-origin", "cn-62-2025"}
JUNE_2026 = MAY_2025 | {
    *("cn-miit-71", "in-irel-2025", "us-cn-truce", "cn-general-licences", "cn-1-2026-japan", "cn-1-2026-transfer"),
    *("cn-18-faq-2025", "cn-11-2026-japan", "cn-2026-japan-watch"),
    *("us-301", "us-232", "us-122", "vn-minerals-law", "vn-refined"),
}
NOVEMBER_2026 = JUNE_2026 | {"cn-2026-06-29-japan"}
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
    "2026-07-23": NOVEMBER_2026,
    "2026-07-24": NOVEMBER_2026 - {"us-122"},
    "2027-02-01": NOVEMBER_2026 - LATER | {"us-dfars-7052"},
    "2040-01-01": NOVEMBER_2026 - LATER | {"us-dfars-7052"},
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
        ("cn-general-licences", "2026-11-22", ("2026-12-02", "ends")),
        ("us-cn-truce", "2026-11-22", ("2027-01-10", "ends")),
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
    timelines = network_of(coarse("defense")).timelines
    force, first = timelines.series("controls", "in_force"), timelines.calendar.start - dt.timedelta(days=PREROLL)
    days = [first + dt.timedelta(days=n) for n in range(timelines.calendar.days)]
    for number, row in enumerate(timelines.case.tables.controls):
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
    duties = {row.duty for row in load_case("ev-motors").tables.duties}
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
        ({"kind": "technology", "quota": 5.0}, "quota: expected only with kind 'export' or 'content'"),
        ({"kind": "technology"}, "elements: expected only with another kind than 'technology'"),
        ({"kind": "note", "approval": 1, "processing_days": 3}, "processing_days: expected 0 with kind 'note'"),
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
# oxide of its own, and the buyer sits in C; who A, B and C are changes from row to row.

EMPTY = (
    "sales",
    "today",
    "approvals",
    "trade",
    "duties",
    "limits",
    "projects",
    "stocks",
    "arrivals",
    "contracts",
    "substitutions",
)
LONG_AGO = {"effective": dt.date(2026, 1, 1), "announced": None, "suspended_from": None, "processing_days": 0.0}
OFF = {
    "before effect": {**LONG_AGO, "effective": dt.date(2028, 1, 1)},
    "suspended": {**LONG_AGO, "suspended_from": dt.date(2026, 6, 1)},
    "expired": {**LONG_AGO, "expires": dt.date(2027, 1, 1)},
    "approved": {**LONG_AGO, "approval": 1.0},
}
PRESSES = {"a_presses": True}
CHIPS = {"end_uses": ("military",)}  # the toy has no chip makers
ORE = {"stages": ("concentrate", "oxide")}  # as if its oxides were ore
STOPPED = [
    ("cn-18-2025", "CN JP US", "CN US magnet", PRESSES),
    ("cn-18-2025", "CN JP US", "CN JP dy-oxide", {}),
    ("cn-61-2025", "CN JP US", "JP US magnet exposed", {}),
    ("cn-1-2026-japan", "CN JP US", "CN JP dy-oxide", {}),
    ("cn-1-2026-transfer", "CN DE JP", "DE JP magnet exposed", {}),
    ("cn-military", "CN JP US", "serve military magnet exposed", {}),
    ("cn-advanced-chips", "CN JP US", "serve military magnet exposed", CHIPS),
    ("us-dfars-7052", "CN JP US", "serve military magnet exposed", {}),
    ("us-dfars-7052", "RU JP US", "serve military magnet exposed", {}),
    ("in-irel-2025", "IN JP US", "IN JP nd-oxide", {}),
    ("vn-minerals-law", "VN JP US", "VN JP nd-oxide", ORE),
    ("cn-embargo", "CN JP US", "CN US magnet", PRESSES),
    ("cn-embargo", "CN JP US", "CN JP nd-oxide", {}),
    ("cn-embargo-japan", "CN JP US", "CN JP nd-oxide", {}),
    ("cn-embargo-us", "CN JP US", "CN US magnet", PRESSES),
]
"""Control, countries of A, B and C, and a flow that an approval of 0 stops."""
PASSES = [
    ("cn-18-2025", "CN JP US", "CN JP nd-oxide", {}),  # no listed element
    ("cn-18-2025", "CN JP US", "JP US magnet", PRESSES),  # not from China
    ("cn-18-2025", "MY JP US", "MY JP dy-oxide", {}),
    ("cn-61-2025", "CN JP US", "JP US magnet clean", {}),  # heavy oxide of Japan
    ("cn-61-2025", "CN JP US", "JP US magnet-lean", {}),  # Chinese NdPr is not listed
    ("cn-61-2025", "CN JP US", "CN US magnet", PRESSES),  # leaving China is the business of No. 18
    ("cn-61-2025", "MY JP US", "JP US magnet clean", {}),
    ("cn-61-2025", "CN JP US", "JP US magnet clean", {"threshold": 0.03}),  # 2 % of value is Chinese
    ("cn-1-2026-japan", "CN JP US", "CN JP nd-oxide", {}),
    ("cn-1-2026-japan", "CN JP US", "CN US magnet", PRESSES),  # not bound for Japan
    ("cn-1-2026-japan", "CN DE US", "CN DE dy-oxide", {}),
    ("cn-1-2026-japan", "MY JP US", "MY JP dy-oxide", {}),
    ("cn-1-2026-transfer", "CN DE JP", "DE JP magnet clean", {}),
    ("cn-1-2026-transfer", "CN DE US", "DE US magnet exposed", {}),
    ("cn-military", "CN JP US", "serve civil magnet exposed", {}),
    ("cn-military", "CN JP US", "serve military magnet clean", {}),
    ("cn-advanced-chips", "CN JP US", "serve civil magnet exposed", CHIPS),
    ("us-dfars-7052", "CN JP US", "serve civil magnet exposed", {}),
    ("us-dfars-7052", "CN JP US", "serve military magnet clean", {}),  # clean of NdPr of China too
    ("us-dfars-7052", "MY JP US", "serve military magnet clean", {}),
    ("us-dfars-7052", "CN JP US", "JP US magnet-lean exposed", {}),  # its NdPr is of China; No. 18 lists none
    ("in-irel-2025", "IN JP US", "IN JP dy-oxide", {}),  # another element
    ("in-irel-2025", "IN KR US", "IN KR nd-oxide", {}),  # another destination
    ("in-irel-2025", "AU JP US", "AU JP nd-oxide", {}),  # another origin
    ("vn-minerals-law", "VN JP US", "VN JP nd-oxide", {}),  # refined
    ("cn-embargo", "CN JP US", "JP US magnet", PRESSES),
    ("cn-embargo", "MY JP US", "MY JP nd-oxide", {}),
    ("cn-embargo-japan", "CN JP US", "CN US magnet", PRESSES),
    ("cn-embargo-us", "CN JP US", "CN JP nd-oxide", {}),
    ("vn-minerals-law", "AU JP US", "AU JP nd-oxide", ORE),
]
"""The same, and a flow just outside the scope that must go on."""


def small(name: str, lands: str, *, a_presses: bool = False, **changes: Any) -> Case:
    """The small network in three countries, under one control of the data with some fields changed."""
    as_called = dict(zip(("AD", "BB", "CC"), lands.split(), strict=True))

    def there(row: Any, *fields: str) -> Any:
        return row.model_copy(update={field: as_called[getattr(row, field)] for field in fields})

    toy = TOY.tables
    light = toy.demand[0].model_copy(update={"product": "magnet-lean", "tonnes": 30.0})
    tables = {
        **dict(toy.items()),
        **dict.fromkeys(EMPTY, ()),
        "sites": tuple(there(row, "country", "owner") for row in toy.sites),
        "routes": tuple(there(row, "from_country", "to_country") for row in toy.routes),
        "materials": tuple(
            row.model_copy(update={"content": {"NdPr": 0.2}}) if row.material == "magnet-lean" else row
            for row in toy.materials
        ),
        "recipes": tuple(row for row in toy.recipes if (row.recipe, row.material) != ("press-lean", "dy-oxide")),
        "plants": tuple(
            row.model_copy(update={"capacity": 150.0})
            for row in toy.plants
            if row.site == "bb-press" or (a_presses and row.site == "aa-press")
        ),
        "demand": (*toy.demand, light),
        "controls": (DATA[name].model_copy(update={"approval": 0.0, **LONG_AGO, **changes}),),
    }
    case = Case(
        TOY.file.model_copy(update={"frozen_until": None}),
        Tables.of(tables),
        {table: tuple(f"{table} {n}" for n in range(len(r))) for table, r in tables.items()},
    )
    assert not check_references(case, "small")
    return case


@cache
def outcome_of(name: str, lands: str, changes: tuple[tuple[str, Any], ...]) -> Outcome:
    """The base plan of a small network."""
    planner = Planner(small(name, lands, **dict(changes)))
    assert planner.start.answer.certified
    return Outcome(planner.frame, planner.network, planner.parameters(planner.network), planner.start.answer)


def tonnes(name: str, lands: str, flow: str, changes: dict[str, Any]) -> float:
    """Tonnes of a flow: from country, to country (or `serve`, end use), material, and its exposure if it matters."""
    outcome = outcome_of(name, lands, tuple(changes.items()))
    country = outcome.frame.structure.country
    shipped: Any = outcome.variable("ship").itertuples()
    served: Any = outcome.variable("serve").itertuples()
    lines = [(country[a.origin], country[a.destination], a.material, a.exposure, a.tonnes) for a in shipped]
    lines += [("serve", a.end_use, a.product, a.exposure, a.tonnes) for a in served]
    *what, exposure = flow.split() if flow.endswith(("clean", "exposed")) else [*flow.split(), ""]
    return sum(
        amount
        for a, b, material, cls, amount in lines
        if [a, b, material] == what and exposure in ("", "clean" if cls == "clean" else "exposed")
    )


@pytest.mark.parametrize(("name", "lands", "flow", "changes"), STOPPED)
def test_stops(name: str, lands: str, flow: str, changes: dict[str, Any]) -> None:
    assert tonnes(name, lands, flow, changes) == 0


@pytest.mark.parametrize("when", OFF)
@pytest.mark.parametrize(("name", "lands", "flow", "changes"), STOPPED)
def test_stops_nothing_while_off(name: str, lands: str, flow: str, changes: dict[str, Any], when: str) -> None:
    assert tonnes(name, lands, flow, {**changes, **OFF[when]}) > 1


@pytest.mark.parametrize(("name", "lands", "flow", "changes"), PASSES)
def test_leaves_alone(name: str, lands: str, flow: str, changes: dict[str, Any]) -> None:
    assert tonnes(name, lands, flow, changes) > 1


def trading(case: Case) -> Network:
    """The network of a case whose table of trade says that 40 t/year go from CN to US."""
    said = {"control": case.tables.controls[0].control, "origin": "CN", "destination": "US", "group": "magnet"}
    row = Trade.model_validate({**said, "tonnes": 40, "source": "test", "confidence": "assumption"})
    return referred(Case(case.file, case.tables.replaced(trade=(row,)), {**case.places, "trade": ("trade 0",)}))


def test_exports_into_the_origin_are_free() -> None:
    """Japan sells to China, which presses: only what leaves China is governed."""
    (governed,) = network_of(small("cn-18-2025", "JP CN US")).structure.governs.values()
    assert {lane[:3] for lane in governed} == {("bb-press", "cc-plant", "magnet")}


def test_a_licence_approves_a_share_and_waits() -> None:
    """0.25 of 40 t/year that are normally shipped, for 275 - 63 of 275 days."""
    late = {"approval": 0.25, "processing_days": 63.0, "effective": dt.date(2027, 4, 1)}
    network = trading(small("cn-18-2025", "CN JP US", a_presses=True, **late))
    licensed = dict(zip(network.structure.timed("licences"), network.value("licensed").ravel(), strict=True))
    assert licensed["cn-18-2025", "CN", "US", "magnet", 0] == np.inf
    assert licensed["cn-18-2025", "CN", "US", "magnet", 1] == pytest.approx(0.25 * 40 * (275 - 63) / 365)


def test_a_period_partly_out_of_force_lets_its_normal_trade_pass() -> None:
    """91 of 275 days are free: 40 t/year leave on them, and of what is licensed afterwards a quarter."""
    late = {"approval": 0.25, "effective": dt.date(2027, 7, 1)}
    network = trading(small("cn-18-2025", "CN JP US", a_presses=True, **late))
    licensed = dict(zip(network.structure.timed("licences"), network.value("licensed").ravel(), strict=True))
    lately = dict(zip(network.structure.timed("licences"), network.value("licensed_lately").ravel(), strict=True))
    key = "cn-18-2025", "CN", "US", "magnet"
    assert licensed[*key, 0] == np.inf
    assert licensed[*key, 1] == pytest.approx(40 * 91 / 365 + 0.25 * 40 * 184 / 365)
    assert lately[*key, 0] == 0
    assert lately[*key, 1] == pytest.approx(0.25 * 40 * 184 / 365)


@pytest.mark.parametrize(("name", "holds"), [("cn-18-2025", True), ("cn-embargo", False)])
def test_only_what_is_adopted_holds_at_an_approval_of_1(name: str, holds: bool) -> None:
    network = trading(small(name, "CN JP US", a_presses=True, approval=1.0))
    licensed = dict(zip(network.structure.timed("licences"), network.value("licensed").ravel(), strict=True))
    assert np.isfinite(licensed[name, "CN", "US", "magnet", 1]) == holds


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"approval": 1.0}, (20 * 90, 20 * 275)),
        ({"approval": 0.1}, (20 * 90, 20 * 275)),
        ({"approval": 0.5, "effective": dt.date(2027, 7, 1)}, (np.inf, 150 * 91 + 20 * 184)),
        ({"approval": 1.0, "suspended_from": dt.date(2026, 6, 1)}, (np.inf, np.inf)),
    ],
)
def test_a_quota_caps_what_is_licensed(changes: dict[str, Any], expected: tuple[float, float]) -> None:
    """20 t/year of the 150 the plant could press, whatever share is approved, on days in force."""
    network = referred(small("cn-18-2025", "CN JP US", a_presses=True, quota=20.0, **changes))
    licensed = dict(zip(network.structure.timed("quotas"), network.value("quota_each").ravel(), strict=True))
    found = [365 * licensed["cn-18-2025", "aa-press", "press", period] for period in (0, 1)]
    assert found == pytest.approx(expected)


def test_announced_before_it_binds() -> None:
    """A plan may buy ahead: the first quarter ships freely what the second period may not."""
    later = {**PRESSES, "announced": dt.date(2026, 10, 1), "effective": dt.date(2027, 4, 1)}
    shipped = outcome_of("cn-18-2025", "CN JP US", tuple(later.items())).variable("ship")
    left = shipped[(shipped["origin"] == "aa-press") & (shipped["material"] == "magnet")]
    assert set(left["period"]) == {0}


# The table of controls, and the command that prints it.


def test_flows_in_scope_are_counted_and_named() -> None:
    table = controls(network_of(TOY), dt.date(2027, 1, 1)).set_index("control")
    assert table.loc["aa-export", ["lanes", "plants", "demands"]].tolist() == [3, 0, 0]
    assert table.loc["aa-military", ["lanes", "plants", "demands"]].tolist() == [0, 0, 1]
    assert table.loc["aa-military", "examples"] == ("cc-plant: magnet for military",)
    assert table.loc["aa-content", "lanes"] == 2
    lanes = {f"{o} > {d}: {i}" for o, d, i, *_ in network_of(TOY).structure.index["lanes"]}
    assert set(table.loc["aa-content", "examples"]) <= lanes


@pytest.mark.parametrize("case", BUNDLED)
def test_flows_of_the_bundled_cases(case: str) -> None:
    """No. 18 touches exactly the lanes on which listed goods leave China; notes touch nothing, and those on technology
    only plants that stand on it."""
    network = network_of(coarse(case))
    table = controls(network, dt.date(2026, 11, 22)).set_index("control")
    structure, rule = network.structure, DATA["cn-18-2025"]
    leaving = {
        lane[:3]
        for lane in structure.index["lanes"]
        if structure.country[lane[0]] == "CN" != structure.country[lane[1]]
        and structure.by.materials[lane[2]].stage in rule.stages
        and set(structure.by.materials[lane[2]].content) & set(rule.elements)
    }
    assert table.loc["cn-18-2025", "lanes"] == len(leaving) > 20
    technology = table[table["kind"] == "technology"]
    assert table.loc[table["kind"] == "note", ["lanes", "plants", "demands"]].to_numpy().sum() == 0
    assert technology[["lanes", "demands"]].to_numpy().sum() == 0
    assert technology["plants"].tolist() == [2, 2, 2]
    assert table.loc["us-dfars-7052", "demands"] == (2 if case == "defense" else 0)
    assert list(dict.fromkeys(table["state"])) == [name for name in STATES if name in set(table["state"])]


@pytest.mark.parametrize("day", ["1995-01-01", "2025-05-01", "2025-10-20", "2026-06-01", "2027-02-01", "2090-01-01"])
def test_the_command_says_the_same_as_json(day: str) -> None:
    result = CliRunner().invoke(app, ["controls", "--on", day, "--json"])
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
    assert result.output.startswith("Controls on 2027-02-01, defense: 25 in force, 9 suspended, 4 not adopted, 6 ended")
    for heading in ("In force", "Suspended", "Not adopted", "Ended"):
        assert f"\n{heading}" in result.output
    assert "not legal advice" in result.output


def test_the_command_takes_today_by_default_and_refuses_what_is_no_day() -> None:
    result = CliRunner().invoke(app, ["controls", "korea"])
    assert result.output.startswith(f"Controls on {dt.date.today()}, korea")
    assert CliRunner().invoke(app, ["controls", "--on", "2027-13-01"]).exit_code == 2
