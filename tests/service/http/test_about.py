"""What the service says of itself: version, schemas, health, and the OpenAPI document."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from docs.generate import FOLDER
from optimizer import __version__
from optimizer.case.tables import TABLES
from optimizer.service.problems import KINDS
from tests.helpers.service import Service, own_case, own_scenario


def test_the_service_says_what_it_is_and_takes(one: httpx.Client) -> None:
    said = one.get("/v1").json()
    assert said["version"] == __version__
    assert said["formats"] == {"case": 1}
    assert said["caps"]["queued"] > 0
    assert said["scopes"] == ["admin", "plan", "read"]
    for link in ("cases", "scenarios", "openapi", "health"):
        assert one.get(said["links"][link]).status_code == 200


def test_every_input_has_a_schema(one: httpx.Client) -> None:
    def schema(name: str) -> dict[str, Any]:
        answer = one.get(f"/v1/schema/{name}")
        assert answer.headers["Content-Type"] == "application/schema+json"
        found: dict[str, Any] = answer.json()
        return found

    case, body = schema("case")["properties"], own_case("x")
    assert case["rows"]["properties"].keys() == TABLES.keys()
    assert case["settings"]["properties"].keys() >= body["settings"].keys() >= set(case["settings"]["required"])
    scenario = schema("scenario")
    assert scenario["properties"].keys() >= own_scenario("x").keys() >= set(scenario["required"])
    for table, record in TABLES.items():
        found = schema(table)
        row = found["$defs"][record.__name__]
        for given in body["rows"].get(table, ()):
            assert row["properties"].keys() >= given.keys() >= set(row["required"]), table
    refused = one.get("/v1/schema/ofers")
    assert refused.status_code == 404
    assert "Did you mean 'offers'?" in refused.json()["detail"]


def test_the_process_says_whether_it_is_well(service: Service) -> None:
    nobody = service.anybody()
    assert nobody.get("/healthz").json() == nobody.get("/readyz").json() == {"status": "ok"}


def test_the_document_is_todays(service: Service) -> None:
    kept = json.loads((FOLDER / "openapi.json").read_text(encoding="utf-8"))
    assert kept == service.app.openapi() == service.anybody().get("/openapi.json").json(), "run: make docs"


def operations(service: Service) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, item in service.app.openapi()["paths"].items()
        for method, operation in item.items()
    ]


def test_every_operation_says_all_of_itself(service: Service) -> None:
    said = service.app.openapi()
    assert said["openapi"].startswith("3.1")
    ids = [operation["operationId"] for _, operation in operations(service)]
    assert len(set(ids)) == len(ids)
    for name, operation in operations(service):
        assert operation["summary"], name
        assert operation["tags"], name
        assert operation["description"].strip(), name
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (name, parameter["name"])
            assert parameter["schema"] != {}, (name, parameter["name"])
        if "requestBody" in operation:
            content = operation["requestBody"]["content"]["application/json"]
            assert content["schema"], name
            assert content["example"], name


def test_every_operation_declares_how_it_may_be_refused(service: Service) -> None:
    statuses = {str(status) for status, _ in KINDS.values()}
    for name, operation in operations(service):
        refusals = {status: said for status, said in operation["responses"].items() if status >= "400"}
        assert {"405", "406", "422", "500", "503"} <= refusals.keys() <= statuses, name
        if operation.get("security"):
            assert {"401", "403"} <= refusals.keys(), name
        for status, said in refusals.items():
            schema = said["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}, (name, status)
        assert any(status < "400" for status in operation["responses"]), name


def test_only_the_routes_of_the_machine_need_no_key(service: Service) -> None:
    free = {name for name, operation in operations(service) if not operation.get("security")}
    assert free == {"get /healthz", "get /readyz", "get /metrics"}
    scheme = service.app.openapi()["components"]["securitySchemes"]["key"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_everything_that_is_referred_to_is_there(service: Service) -> None:
    text = json.dumps(service.app.openapi())
    schemas = service.app.openapi()["components"]["schemas"]
    referred = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert referred <= schemas.keys()
    assert "#/$defs/" not in text


@pytest.mark.parametrize("path", ["/openapi.json", "/healthz", "/metrics"])
def test_what_is_open_needs_no_key(service: Service, path: str) -> None:
    assert service.anybody().get(path).status_code == 200
