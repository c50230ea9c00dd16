"""General licences, classes of applicants and listed entities: whom they reach, and what passes to them."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from optimizer.audit.approvals import Approvals
from optimizer.case.case import Case
from optimizer.case.check import check_references
from optimizer.case.tables import TABLES
from optimizer.case.topics.licences import Approval, Control
from optimizer.case.topics.supply import Site
from optimizer.network.build import network_of
from optimizer.network.ownership import Ownership
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case
from tests.helpers.cost import least_cost
from tests.helpers.networks import START, random_case
from tests.helpers.passing import passing_to
from tests.helpers.paths import CASES
from tests.helpers.planned import ev_motors, plan
from tests.helpers.referred import referred
from tests.helpers.seeds import seeds

TOY = load_case(CASES / "toy")
LANE = ("aa-press", "cc-plant", "magnet", "aa-content", "")
SAID = {"source": "test", "confidence": "assumption"}
DAYS = np.array([90.0, 275.0])


def approval(**fields: Any) -> Approval:
    """An approval of the toy's export control; by default a general licence for all from long ago."""
    given = {"approval": "one", "control": "aa-export", "share": 1.0, "from": dt.date(2026, 1, 1), **SAID, **fields}
    return Approval.model_validate(given)


def toy(*approvals: Approval, parent: tuple[str, float] = ("", 0.0), end_uses: tuple[str, ...] = ()) -> Case:
    """The toy case with other approvals; its buyer held by a parent, and with demand for other end uses."""
    tables = TOY.tables.replaced(approvals=approvals)
    sites = tuple(
        row.model_copy(update={"parent": parent[0], "parent_share": parent[1]}) if row.site == "cc-plant" else row
        for row in tables.sites
    )
    tables = tables.replaced(sites=sites)
    if end_uses:
        base = next(row for row in tables.demand if row.end_use == "civil")
        tables = tables.replaced(demand=tuple(base.model_copy(update={"end_use": use}) for use in end_uses))
    places = {
        **TOY.places,
        **{table: tuple(f"{table} {n}" for n in range(len(rows))) for table, rows in tables.items()},
    }
    return Case(TOY.file, tables, places)


def reached(case: Case) -> list[str]:
    """The applicants whom approvals reach on the lane of the toy's magnets."""
    licensing = network_of(case).structure.licensing
    return [key.applicants for key, lanes in licensing.applicants.items() if LANE in lanes]


def passing(case: Case) -> Any:
    """Share that passes to whoever an approval reaches on the lane of the toy's magnets, shape (T,)."""
    network = network_of(case)
    (name,) = reached(case)
    return passing_to(network.timelines, *network.structure.licensing.approvals["aa-export", name])


def test_a_general_licence_exempts_its_holder_until_it_expires() -> None:
    """90 % pass to all (the wait of 30 days lies before the horizon); the licence runs for 45 of the 90 days."""
    share = passing(toy(approval(exporter="aa-press", until=START + dt.timedelta(days=45))))
    np.testing.assert_allclose(share, [(45 * 1.0 + 45 * 0.9) / 90, 0.9])


def test_a_general_licence_for_some_customers_covers_their_share() -> None:
    share = passing(toy(approval(covers=0.4)))
    np.testing.assert_allclose(share, 0.4 * 1.0 + 0.6 * 0.9)


def test_a_licence_takes_its_processing_days() -> None:
    """For 30 of 90 days they are licensed as all others, or not at all where they wait for less than all."""
    share = passing(toy(approval(processing_days=30, **{"from": START})))
    np.testing.assert_allclose(share, [(30 * 0.9 + 60) / 90, 1.0])
    share = passing(toy(approval(share=0.6, processing_days=30, **{"from": START})))
    np.testing.assert_allclose(share, [60 * 0.6 / 90, 0.6])


def test_where_a_control_is_off_an_approval_changes_nothing() -> None:
    case = toy(approval(share=0.0))
    off = tuple(row.model_copy(update={"expires": dt.date(2026, 6, 1)}) for row in case.tables.controls)
    case = Case(case.file, case.tables.replaced(controls=off), case.places)
    np.testing.assert_allclose(passing(case), 1.0)
    world = referred(case)
    assert np.isinf(world.value("licensed")).all()
    assert np.isinf(world.value("left_to")).all()


def test_a_listed_entity_gets_nothing_and_others_go_on() -> None:
    """BB's pool goes on getting AD's oxide under the same control, CC gets no magnets that need a licence."""
    outcome = plan(toy(approval(customer="cc-plant", share=0.0)), []).outcome()
    shipped = outcome.variable("ship")
    assert shipped[(shipped["origin"] == "aa-press") & (shipped["destination"] == "cc-plant")].empty
    assert least_cost(toy()) < outcome.cost


@pytest.mark.parametrize(("held", "found"), [(0.5, True), (0.49, False)])
def test_affiliates_held_at_half_or_more_are_treated_alike(held: float, found: bool) -> None:
    listed = approval(customer="Holding", affiliates=0.5, share=0.0)
    case = toy(listed, parent=("Holding", held))
    assert not check_references(case, "toy")
    assert bool(reached(case)) == found


def test_a_parent_is_not_its_affiliate_without_the_rule() -> None:
    case = toy(approval(customer="Holding", share=0.0), parent=("Holding", 1.0))
    assert not reached(case)


def company(name: str, *held: tuple[str, float]) -> list[Site]:
    """Sites of a company, one for each of its holders."""
    return [
        Site(site=f"{name} {n}", company=name, country="DE", owner="DE", parent=holder, parent_share=share, **SAID)
        for n, (holder, share) in enumerate(held)
    ]


OWNERS = [
    *company("Child", ("Middle", 0.5)),
    *company("Middle", ("Top", 0.5)),
    *company("Loose", ("Middle", 0.49)),
    *company("Under loose", ("Loose", 1.0)),
    *company("Joint", ("Top", 0.3), ("Other", 0.2)),
    *company("Short", ("Top", 0.3), ("Other", 0.19)),
    *company("Egg", ("Hen", 1.0)),
    *company("Hen", ("Egg", 1.0), ("Top", 0.1)),
    *company("Nothing", ("Top", 0.0), ("Other", 0.6)),
]
"""Chains, circles, and companies with two holders."""


@pytest.mark.parametrize(
    ("others", "named"),
    [
        ([], {"Top", "Middle", "Child"}),
        ([{}], {"Top", "Middle", "Child", "Joint"}),
        ([{"from": dt.date(2025, 6, 1)}], {"Top", "Middle", "Child", "Joint"}),
        ([{"from": dt.date(2026, 6, 1)}], {"Top", "Middle", "Child"}),
        ([{"until": dt.date(2027, 6, 1)}], {"Top", "Middle", "Child"}),
        ([{"share": 1.0}], {"Top", "Middle", "Child"}),
        ([{"control": "aa-content"}], {"Top", "Middle", "Child"}),
        ([{"affiliates": 0.6}], {"Top", "Middle", "Child"}),
    ],
)
def test_ownership_is_walked_up_the_whole_chain(others: list[dict[str, Any]], named: set[str]) -> None:
    """Each link at the stated share; what listed holders of the same terms and days hold together adds up."""
    listed = {"affiliates": 0.5, "share": 0.0}
    top = approval(customer="Top", **listed)
    rows = [top, *(approval(**{"customer": "Other", **listed, **fields}) for fields in others)]
    assert Ownership(OWNERS).reached(top, rows) == named


@pytest.mark.parametrize("seed", range(100))
def test_the_audit_walks_it_by_itself(seed: int) -> None:
    """Two ways of walking graphs of companies, circles among them, agree."""
    rng = np.random.default_rng(seed)
    names = [f"c{n}" for n in range(7)]
    sites = [
        row
        for name in names
        for row in company(
            name, *((str(rng.choice(names)), float(rng.choice([0, 0.2, 0.3, 0.5, 1]))) for _ in range(2))
        )
    ]
    rows = [
        approval(customer=str(rng.choice(names)), affiliates=float(rng.choice([0.4, 0.5])), share=0.0) for _ in range(3)
    ]
    books = SimpleNamespace(rows=SimpleNamespace(sites=sites, approvals=rows, demand=()))
    audited = Approvals(books, None)  # type: ignore[arg-type]
    for row in rows:
        found = {name for name in names if audited._holds(row, row.customer, name, ())}
        assert Ownership(sites).reached(row, rows) == found


@pytest.mark.parametrize(("end_uses", "found"), [(("humanitarian",), True), (("humanitarian", "civil"), False)])
def test_an_exempt_end_use_needs_a_site_of_its_own(end_uses: tuple[str, ...], found: bool) -> None:
    """Nobody can say of a lot on a lane what it will be used for, unless its destination has one use only."""
    case = toy(approval(end_uses=("humanitarian",)), end_uses=end_uses)
    assert bool(reached(case)) == found


def test_a_listing_prevails_over_a_general_licence() -> None:
    share = passing(toy(approval(), approval(approval="two", share=0.0, **{"from": START + dt.timedelta(45)})))
    np.testing.assert_allclose(share, [45 / 90, 0.0])


def test_the_least_prevails_whatever_the_control_approves() -> None:
    """A class that gets half, and a general licence: half passes, whether all others get more or less."""
    for base in (0.9, 0.1):
        case = toy(approval(), approval(approval="two", share=0.5))
        controls = [row.model_copy(update={"approval": base}) for row in case.tables.controls]
        np.testing.assert_allclose(passing(Case(case.file, case.tables.replaced(controls=controls), case.places)), 0.5)


def test_a_holder_takes_its_reference_along() -> None:
    """Of 50 t/year of trade half is covered; 90 % of the other half is licensed to all, of which it may use all."""
    world = referred(toy(approval(covers=0.5)))
    place = world.index["licences"].index(("aa-export", "AD", "CC", "magnet"))
    np.testing.assert_allclose(world.value("licensed")[place], 0.9 * 25 * DAYS / 365)
    place = world.index["applicant_licences"].index(("aa-export", "AD", "CC", "magnet", "one"))
    np.testing.assert_allclose(world.value("licensed_to")[place], 25 * DAYS / 365)
    assert np.isinf(world.value("left_to")[place]).all()


@pytest.mark.parametrize("seed", seeds(25))
def test_a_general_licence_never_hurts_its_holder(seed: int) -> None:
    case = random_case(seed)
    bare = Case(case.file, case.tables.replaced(approvals=()), case.places)
    rng = np.random.default_rng(seed)
    sites = [row.site for row in case.tables.sites]
    licences = tuple(
        approval(
            approval=f"general-{row.control}",
            control=row.control,
            exporter=str(rng.choice(["*", *sites])),
            covers=float(rng.choice([1.0, 0.5])),
            **{"from": START - dt.timedelta(days=int(rng.integers(0, 99)))},
            until=START + dt.timedelta(days=int(rng.integers(1, 500))),
        )
        for row in case.tables.controls
        if row.kind in ("export", "content")
    )
    places = {**case.places, "approvals": tuple("approvals" for _ in licences)}
    held = Case(case.file, case.tables.replaced(approvals=licences), places)
    before, after = (Planner(some).start.answer.certificate for some in (bare, held))
    assert before is not None
    assert after is not None
    assert after.objective <= before.objective * (1 + 1e-9)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"control": "aa-military"}, "expected one of kind 'export' or 'content', found 'aa-military' of 'end_use'"),
        (
            {"control": "aa-exprt"},
            "no such control: 'aa-exprt'. Known: aa-content, aa-export, aa-military. Did you mean 'aa-export'?",
        ),
        ({"customer": "cc-plnt"}, "customer: no such site or company: 'cc-plnt'"),
        ({"exporter": "aa-pres"}, "exporter: no such site or company: 'aa-pres'"),
    ],
)
def test_bad_approvals_are_named(fields: dict[str, str], said: str) -> None:
    (fault,) = check_references(toy(approval(**fields)), "toy")
    assert said in str(fault)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"affiliates": 0.5}, "affiliates: expected only with a customer by name"),
        ({"until": dt.date(2025, 1, 1)}, "until: expected a day after from"),
    ],
)
def test_an_approval_checks_itself(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        approval(**fields)


@pytest.mark.slow
def test_approvals_are_a_table_a_scenario_may_change() -> None:
    assert TABLES["approvals"].series == ("share", "covers", "processing_days")
    plans = ev_motors()
    assert plans.outcome("buyer-listed", "foresight").cost > plans.outcome().cost


@pytest.mark.parametrize(("fields", "short"), [({"customer": "buyer"}, True), ({"customer": "Buyer SE"}, False)])
def test_a_listed_site_gets_nothing_by_way_of_a_warehouse(fields: dict[str, str], short: bool, tmp_path: Path) -> None:
    """Stock is not shipped on to a site that approvals treat otherwise; where both are listed it may, as it lies there."""
    folder = shutil.copytree(CASES / "stock-in-a-warehouse", tmp_path / "mini")
    case = load_case(folder)
    control = Control.model_validate(
        {"control": "ban", "kind": "export", "authority": "a", "citation": "c", "origin": "CN", "stages": "magnet",
         "effective": "2020-01-01", "approval": 1.0, **SAID}
    )  # fmt: skip
    listed = approval(approval="listed", control="ban", share=0.0, **fields)
    tables = case.tables.replaced(controls=(control,), approvals=(listed,))
    places = {**case.places, "controls": ("controls 1",), "approvals": ("approvals 1",)}
    outcome = plan(Case(case.file, tables, places), []).outcome()
    assert outcome.short == pytest.approx(365 if short else 0)
