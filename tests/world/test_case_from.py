"""A case made in memory goes through the same door as one from a folder."""

from __future__ import annotations

import json
from typing import Any

import pytest

import optimizer
from optimizer.case.case import Case
from optimizer.errors import CaseError
from optimizer.network.build import network_of
from optimizer.world.load import load_case
from tests.helpers.changes import with_rows
from tests.helpers.paths import CASES

TOY = load_case(CASES / "toy")
SETTINGS: dict[str, Any] = TOY.file.model_dump(mode="json")


def as_json() -> dict[str, list[dict[str, Any]]]:
    """The rows of the toy case as they would come over a wire."""
    rows = {
        table: [row.model_dump(mode="json", by_alias=True, exclude_none=True) for row in some]
        for table, some in TOY.tables.items()
    }
    found: dict[str, list[dict[str, Any]]] = json.loads(json.dumps(rows))
    return found


def faults(settings: Any = SETTINGS, **changed: Any) -> list[str]:
    """What is wrong with the toy case, some of its tables changed."""
    with pytest.raises(CaseError) as caught:
        optimizer.case_from(settings, {**as_json(), **changed})
    return list(map(str, caught.value.faults))


def test_rows_give_the_case_of_the_same_folder() -> None:
    assert optimizer.case_from(SETTINGS, as_json()).digest() == TOY.digest()
    assert optimizer.case_from(TOY.file, TOY.tables, TOY.places).digest() == TOY.digest()


def test_shared_tables_and_packs_are_added_once() -> None:
    case = load_case("ev-motors", ["eu-crma"])
    assert case.file.packs == case.file.shared == ()
    assert optimizer.case_from(case.file, case.tables, case.places).digest() == case.digest()
    some = optimizer.case_from({**SETTINGS, "packs": ["japan-stock-60"]}, as_json())
    assert {row.cover for row in some.tables.stocks} != {row.cover for row in TOY.tables.stocks}
    (fault, *_) = faults({**SETTINGS, "shared": ["routes"]}, routes=[], demand=[])
    assert fault == "toy: expected a table 'demand' with at least one row, found none"


ROWS = as_json()
FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"offers": [{**ROWS["offers"][0], "site": "nowhere"}, *ROWS["offers"][1:]]}, "offers, row 1: site: no such site"),
    (
        {"offers": [*ROWS["offers"], ROWS["offers"][0]]},
        "expected each key of offers once, found offer aa-dy also in offers, row 1",
    ),
    ({"offers": [{**ROWS["offers"][0], "price": "1_000"}]}, "offers, row 1: price: expected a number"),
    ({"offers": [{**ROWS["offers"][0], "prise": 3}]}, "offers, row 1: prise: no such field: 'prise'"),
    ({"offers": "offers.csv"}, "offers: expected a list of rows, found 'offers.csv'"),
    ({"offers": [3]}, "offers, row 1: expected a mapping of columns to cells (or a record Offer), found 3"),
    (
        {"sites": [{**ROWS["sites"][0], "company": "a\u202eb"}, *ROWS["sites"][1:]]},
        "company: expected plain text, found U+202E",
    ),
    ({"sties": []}, "toy: no such table 'sties'"),
    ({"demand": []}, "toy: expected a table 'demand' with at least one row"),
]


@pytest.mark.parametrize(("changed", "expected"), FAULTS, ids=[expected for _, expected in FAULTS])
def test_rows_are_held_to_what_files_are_held_to(changed: dict[str, Any], expected: str) -> None:
    found = faults(**changed)
    assert any(expected in fault for fault in found), found
    assert all("\n" not in fault for fault in found)


def test_settings_are_held_to_what_files_are_held_to() -> None:
    assert faults(None) == ["case: expected a mapping of fields, found None"]
    assert faults({**SETTINGS, "version": 2}) == ["toy: version: expected 1, found 2"]
    assert faults({**SETTINGS, "start": "2027-01-02"})[0].startswith("toy: start: expected the first day of a month")
    assert any("no such policy pack" in fault for fault in faults({**SETTINGS, "packs": ["../toy"]}))
    assert any("no such table '../sites'" in fault for fault in faults({**SETTINGS, "shared": ["../sites"]}))


def test_rows_are_said_to_stand_where_the_caller_says() -> None:
    rows = {**as_json(), "offers": [{**ROWS["offers"][0], "site": "nowhere"}]}
    with pytest.raises(CaseError) as caught:
        optimizer.case_from(SETTINGS, rows, {"offers": ["book.xlsx, sheet offers, row 7"]})
    assert str(caught.value.faults[0]).startswith("book.xlsx, sheet offers, row 7: site: no such site: 'nowhere'")
    with pytest.raises(CaseError, match="sites: expected the places of 5 rows, found 1"):
        optimizer.case_from(SETTINGS, as_json(), {"sites": ["somewhere"]})


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"site": "nowhere"}, "site: no such site: 'nowhere'"),
        ({"material": "magnte"}, "Did you mean 'magnet'?"),
        ({"price": -1.0}, "price: expected to be greater than or equal to 0"),
    ],
)
def test_a_case_built_past_the_door_is_checked_before_it_is_planned(change: dict[str, Any], expected: str) -> None:
    """A dangling site used to be a bare KeyError."""
    first, *others = TOY.tables.offers
    case = with_rows(TOY, "offers", [first.model_copy(update=change), *others])
    with pytest.raises(CaseError) as caught:
        network_of(case)
    assert any(expected in str(fault) for fault in caught.value.faults)


def test_a_case_without_places_says_which_row() -> None:
    first, *others = TOY.tables.offers
    rows = [first.model_copy(update={"site": "nowhere"}), *others]
    with pytest.raises(CaseError, match="offers, row 1: site: no such site"):
        network_of(Case(TOY.file, TOY.tables.replaced(offers=rows), {}))


def test_packs_that_were_not_added_are_not_forgotten() -> None:
    case = Case(TOY.file.model_copy(update={"packs": ("japan-stock-60",)}), TOY.tables, TOY.places)
    with pytest.raises(CaseError, match="packs, shared: expected what japan-stock-60 holds among its rows"):
        network_of(case)
