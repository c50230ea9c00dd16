"""Rows of a case set, scaled, added and removed: what each does, and what is said of a wrong one."""

from __future__ import annotations

from typing import Any

import pytest

import optimizer
from optimizer.case.case import Case
from optimizer.errors import CaseError
from tests.helpers.paths import CASES

INVENTED = {"source": "invented", "confidence": "assumption"}
SITE = {"site": "dd-trader", "company": "D", "country": "BB", "owner": "BB", **INVENTED}
OFFER = {"offer": "dd-dy", "site": "dd-trader", "material": "dy-oxide", "price": 1000, "capacity": 5, **INVENTED}


@pytest.fixture(scope="module")
def toy() -> Case:
    return optimizer.load_case(CASES / "toy")


def offer(case: Case, name: str) -> Any:
    return case.by.offers[name]


def test_a_cell_is_set_and_the_case_given_stays(toy: Case) -> None:
    found = optimizer.changed(toy, [{"table": "offers", "where": {"offer": "aa-dy"}, "set": {"price": 1}}])
    assert offer(found, "aa-dy").price == 1
    assert offer(toy, "aa-dy").price == 50000
    assert found.digest() != toy.digest()
    assert offer(found, "bb-dy") == offer(toy, "bb-dy")


def test_without_where_every_row_is_scaled(toy: Case) -> None:
    found = optimizer.changed(toy, [{"table": "demand", "scale": {"tonnes": 1.5, "penalty": 2}}])
    assert [(row.tonnes, row.penalty) for row in found.tables.demand] == [(120, 1e6), (30, 1.8e6)]


def test_where_knows_the_columns_of_what_a_row_names(toy: Case) -> None:
    found = optimizer.changed(
        toy, [{"table": "offers", "where": {"country": "AD", "not_offer": "aa-nd"}, "remove": True}]
    )
    assert [row.offer for row in found.tables.offers] == ["aa-nd", "bb-dy", "bb-nd"]


def test_changes_follow_one_another(toy: Case) -> None:
    """A row added may be selected by the next; that it names what comes later is no fault once all is there."""
    changes = [
        {"table": "offers", "add": OFFER},
        {"table": "offers", "where": {"offer": "dd-dy"}, "scale": {"price": 3}},
        {"table": "sites", "add": SITE},
    ]
    assert offer(optimizer.changed(toy, changes), "dd-dy").price == 3000


def test_an_empty_cell_means_the_default(toy: Case) -> None:
    found = optimizer.changed(toy, [{"table": "offers", "where": {"home": "True"}, "set": {"home": None}}])
    assert offer(found, "aa-dy-home").home is False


def test_no_change_is_the_same_case(toy: Case) -> None:
    assert optimizer.changed(toy, []) is toy


def test_a_change_that_is_undone_is_the_same_plan(toy: Case) -> None:
    there = {"table": "offers", "where": {"offer": "aa-dy"}, "scale": {"price": 2}}
    assert optimizer.changed(toy, [there, {**there, "scale": {"price": 0.5}}]).digest() == toy.digest()


@pytest.mark.parametrize(
    ("changes", "where", "what"),
    [
        ([{"table": "offers", "where": {"offer": "aa-dy"}, "set": {"price": "abc"}}], "change 1, offers 'aa-dy'", "price: expected a number"),
        ([{"table": "offers", "where": {"offer": "aa-dy"}, "set": {"price": -1}}], "change 1, offers 'aa-dy'", "price"),
        ([{"table": "offers", "where": {"offer": "aa-dy"}, "set": {"prise": 1}}], "change 1, offers 'aa-dy'", "Did you mean 'price'?"),
        ([{"table": "offers", "where": {"offer": "aa-dy"}, "set": {"site": "aa-tradr"}}], "change 1, offers 'aa-dy'", "Did you mean 'aa-trader'?"),
        ([{"table": "offers", "where": {"offer": "aa-dy"}, "set": {"site": None}}], "change 1, offers 'aa-dy'", "site: expected a value"),
        ([{"table": "offers", "where": {"offer": "aa-dy"}, "set": {"site": "a\u202eb"}}], "change 1", "U+202E"),
        ([{"table": "offers", "where": {"offer": "aa-dy"}, "scale": {"site": 2}}], "change 1, offers 'aa-dy'", "a number to scale"),
        ([{"table": "offers", "where": {"offer": "aa-dy"}, "scale": {"prise": 2}}], "change 1, offers 'aa-dy'", "Did you mean 'price'?"),
        ([{"table": "offers", "where": {"offer": "aa-dyy"}, "remove": True}], "change 1", "Did you mean 'aa-dy'?"),
        ([{"table": "offers", "where": {"ofer": "aa-dy"}, "remove": True}], "change 1", "Did you mean 'offer'?"),
        ([{"table": "ofers", "remove": True}], "change 1", "Did you mean 'offers'?"),
        ([{"table": "quotas", "remove": True}], "change 1", "table"),
        ([{"table": "origins", "remove": True}], "change 1", "has no rows"),
        ([{"table": "demand"}], "change 1", "exactly one of set, scale, add, remove, found none"),
        ([{"table": "demand", "remove": True, "set": {"tonnes": 1}}], "change 1", "found set, remove"),
        ([{"table": "demand", "remove": "perhaps"}], "change 1", "remove: expected true or false"),
        ([{"table": "demand", "wher": {}, "remove": True}], "change 1", "Did you mean 'where'?"),
        ([{"table": "offers", "where": {"offer": "aa-dy"}, "add": OFFER}], "change 1", "where: expected none with add"),
        (["demand"], "change 1", "expected a mapping"),
        ([{"table": "sites", "where": {"site": "cc-plant"}, "remove": True}], "toy/", "no such site: 'cc-plant'"),
        ([{"table": "sites", "add": SITE}, {"table": "offers", "add": {**OFFER, "offer": "aa-dy"}}], "change 2, offers 'aa-dy'", "each key of offers once"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_the_change(toy: Case, changes: Any, where: str, what: str) -> None:
    with pytest.raises(CaseError) as caught:
        optimizer.changed(toy, changes)
    assert any(fault.where.startswith(where) and what in fault.what for fault in caught.value.faults), str(caught.value)


def test_all_faults_are_said_at_once(toy: Case) -> None:
    changes = [{"table": "offers", "set": {"price": -1}}, {"table": "x", "remove": True}, {"table": "demand"}]
    with pytest.raises(CaseError) as caught:
        optimizer.changed(toy, changes)
    assert len(caught.value.faults) == len(toy.tables.offers) + 2


def test_what_is_removed_may_be_named_by_what_is_selected_next(toy: Case) -> None:
    """While a case is being changed its rows need not fit together."""
    for table in ("materials", "sites", "recipes"):
        with pytest.raises(CaseError):
            optimizer.changed(toy, [{"table": table, "remove": True}, {"table": "plants", "scale": {"cost": 2}}])
