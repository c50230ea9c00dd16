"""What refers to what is said in the types of the fields, and read there by all who ask."""

from __future__ import annotations

import pytest

from optimizer.case.checking import Known
from optimizer.case.references import ONE, definitions, names_in, references
from optimizer.case.tables import DEFINED_IN, TABLES, referred
from optimizer.case.topics.content import Origin
from optimizer.case.topics.projects import Project
from optimizer.case.topics.supply import Offer
from optimizer.case.topics.transport import Duty


def test_every_field_named_like_a_table_says_that_it_refers_to_it() -> None:
    """A new column `site`, `material` or `offer` cannot forget to."""
    said = {
        (table, field)
        for table, record in TABLES.items()
        for field in (*references(record), *dict(definitions(record)))
    }
    for table, record in TABLES.items():
        for field in record.model_fields:
            if field in (*ONE.values(), "product") and field not in ("country", "owner", "stage"):
                assert (table, field) in said, f"{table}.{field}"


def test_a_reference_is_read_through_an_optional_type() -> None:
    assert references(Project)["process"].kinds == ("processes",)
    assert references(Duty)["goods"].kinds == ("materials", "stages")
    assert definitions(Origin) == (("country", "countries"), ("country", "owners"))


def test_rows_are_named_only_where_nothing_else_can_be() -> None:
    assert referred("offers") == {"site": "sites", "material": "materials"}
    assert referred("duties") == referred("availability") == {}


def test_what_is_referred_to_is_defined_somewhere() -> None:
    for record in TABLES.values():
        for ref in references(record).values():
            assert all(DEFINED_IN[kind] or kind in ("elements", "stages") for kind in ref.kinds)


def test_the_json_schema_says_what_a_field_refers_to() -> None:
    assert Offer.model_json_schema()["properties"]["site"]["refers_to"] == ["sites"]
    assert Duty.model_json_schema()["properties"]["goods"]["refers_to"] == ["materials", "stages"]


@pytest.mark.parametrize(
    ("value", "names"), [(None, ()), ("a", ("a",)), (("a", "b"), ("a", "b")), ({"Dy": 0.1}, ("Dy",))]
)
def test_a_cell_names_one_or_several(value: object, names: tuple[str, ...]) -> None:
    assert names_in(value) == names


def test_where_not_all_names_were_read_any_may_be_known() -> None:
    some, others = Known(frozenset("ab")), Known(frozenset("c"), whole=False)
    assert some.has("a", "b")
    assert not some.has("a", "c")
    assert (some | others).has("d")
    assert (some | Known(frozenset("c"))).has("a", "c")
