"""Requests made from the OpenAPI document, good and bad: no fault of ours, and every answer as the document says."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from docs.generate import FOLDER
from tests.helpers.service import Service

DOCUMENT = json.loads((FOLDER / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = sum(len(item) for item in DOCUMENT["paths"].values())
# What fits the schema may still have faults that need the whole case to see, or an ETag that nothing has.
ACCEPTED = {"expected-statuses": ["2xx", "304", "401", "403", "404", "406", "409", "412", "415", "422", "429"]}
REFUSED = {"expected-statuses": ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "429"]}


def schema(*, coverage: bool) -> Any:
    """The document, from which requests are made; `coverage` tries every border of every schema, which takes long."""
    checks = {"positive_data_acceptance": ACCEPTED, "negative_data_rejection": REFUSED}
    made = {"checks": checks, "phases": {"coverage": {"enabled": coverage}}}
    config = SchemathesisConfig.from_dict(made)
    if hasattr(config, "cache"):  # older ones keep nothing
        config.cache.enabled = False
    return schemathesis.openapi.from_dict(DOCUMENT, config=config)


@schemathesis.serializer("application/zip")
def _as_it_is(context: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


FEW, MANY = schema(coverage=False), schema(coverage=True)
SENT: Counter[str] = Counter()
"""Requests sent, by operation."""
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True, "database": None}


@pytest.fixture(scope="module")
def headers(service: Service) -> dict[str, str]:
    """A key of a tenant who may do all."""
    return {"Authorization": service.caller("contract").headers["Authorization"]}


def tried(case: schemathesis.Case, service: Service, headers: dict[str, str]) -> None:
    """Send a request, and hold its answer against the document."""
    SENT[case.operation.label] += 1
    answer = case.call_and_validate(base_url=service.url, headers=headers, timeout=60)
    assert answer.status_code not in (500, 503)


@FEW.parametrize()
@settings(max_examples=2, **QUIET)
def test_every_answer_is_as_the_document_says(
    case: schemathesis.Case, service: Service, headers: dict[str, str]
) -> None:
    tried(case, service, headers)


@pytest.mark.exhaustive
@MANY.parametrize()
@settings(max_examples=5000 // OPERATIONS + 1, **QUIET)
def test_thousands_of_answers_are_as_the_document_says(
    case: schemathesis.Case, service: Service, headers: dict[str, str]
) -> None:
    tried(case, service, headers)


@pytest.mark.exhaustive
def test_they_were_thousands_and_of_every_operation() -> None:
    assert SENT.total() >= 5000, SENT
    assert len(SENT) == OPERATIONS, SENT
    print(f"{SENT.total():,} requests of {len(SENT)} operations")
