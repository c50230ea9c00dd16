"""Two tenants: whatever one has is invisible to the other, on every route of the OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.helpers.service import Service, own_case, own_scenario

MARK = "only-of-one"
NOBODYS = "nobody-has-this"


@pytest.fixture(scope="module")
def names(one: httpx.Client) -> dict[str, dict[str, str]]:
    """What one tenant has, by the part of the address that names it: for each its parameters."""
    for title in ("one", "two"):
        assert one.put(f"/v1/cases/{MARK}", json=own_case(MARK, title=title)).status_code in (200, 201)
    assert one.put(f"/v1/scenarios/{MARK}", json=own_scenario(MARK)).status_code == 201
    return {"/v1/cases/": {"name": MARK}, "/v1/scenarios/": {"name": MARK}, "/v1/schema/": {"name": MARK}}


def operations(service: Service) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, template and description of every operation."""
    for template, item in service.app.openapi()["paths"].items():
        for method, operation in item.items():
            yield method.upper(), template, operation


def filled(template: str, names: dict[str, dict[str, str]], name: str | None = None) -> str:
    """An address with the names of what one tenant has, or with a name that nobody has."""
    given = next((some for base, some in names.items() if template.startswith(base)), {})
    assert given.keys() >= set(re.findall(r"{(\w+)}", template)), f"{template}: say in `names` what one tenant has"
    return template.format(**({key: name for key in given} if name else given))


def body_for(template: str) -> Any:
    """A body that an operation takes, which names what one tenant has wherever it can."""
    if template.endswith("/checks"):
        return {"case": {"ref": MARK}, "scenarios": [MARK]}
    return own_scenario(MARK, includes=[MARK]) if "scenarios" in template else own_case(MARK, title="of the other")


def seen(answer: httpx.Response) -> tuple[int, str]:
    """What a caller sees, but for the name that they asked for themselves."""
    text = re.sub(rf"{MARK}|{NOBODYS}", "NAME", answer.text)
    return answer.status_code, re.sub(r'"(created|revision)": ?"[^"]*"', "", text)


def everything(caller: httpx.Client) -> dict[str, bytes]:
    """All that the first tenant sees of its own."""
    paths = [f"/v1/cases/{MARK}", f"/v1/cases/{MARK}/revisions", f"/v1/scenarios/{MARK}", "/v1/cases", "/v1/scenarios"]
    return {path: caller.get(path).content for path in paths}


def test_no_route_shows_or_changes_what_another_tenant_has(
    service: Service, one: httpx.Client, other: httpx.Client, names: dict[str, dict[str, str]]
) -> None:
    before = everything(one)
    asked = 0
    for method, template, operation in operations(service):
        sent = {"json": body_for(template)} if "requestBody" in operation else {}
        path = filled(template, names)
        answers = [other.request(method, path, **sent)]
        if template.endswith("}") or "{" in template:
            nobodys = json.loads(json.dumps(sent).replace(MARK, NOBODYS))
            answers.append(other.request(method, filled(template, names, NOBODYS), **nobodys))
            assert seen(answers[0]) == seen(answers[1]), f"{method} {template} tells what there is"
        elif method == "GET":
            assert MARK not in answers[0].text, f"{method} {template} shows what there is"
        elif "requestBody" in operation:
            assert answers[0].status_code in (403, 404, 422), f"{method} {template} took what is another's"
        for address in {path, filled(template, names, NOBODYS)} if method == "PUT" else ():
            other.delete(address)
        assert everything(one) == before, f"{method} {template} changed what there is"
        asked += 1
    assert asked == sum(len(item) for item in service.app.openapi()["paths"].values())


def test_both_may_have_the_same_names(one: httpx.Client, other: httpx.Client, names: dict[str, dict[str, str]]) -> None:
    before = everything(one)
    mine = own_case(MARK, title="of the other")
    assert other.put(f"/v1/cases/{MARK}", json=mine, headers={"If-None-Match": "*"}).status_code == 201
    assert other.get(f"/v1/cases/{MARK}").json() == mine
    revision = one.get(f"/v1/cases/{MARK}/revisions").json()["items"][1]["revision"]
    assert other.get(f"/v1/cases/{MARK}", params={"revision": revision}).status_code == 404
    refused = other.post("/v1/checks", json={"case": {"ref": MARK, "revision": revision}})
    assert refused.status_code == 422
    assert other.delete(f"/v1/cases/{MARK}").status_code == 204
    assert everything(one) == before


def test_a_key_is_asked_for_on_every_route_but_those_of_the_machine(service: Service) -> None:
    nobody = service.anybody()
    open_to_all = set()
    for method, template, _ in operations(service):
        answer = nobody.request(method, filled(template, {"/": {"name": "x", "id": "x", "table": "x"}}), json={})
        if answer.status_code != 401:
            open_to_all.add(template)
    assert open_to_all == {"/healthz", "/readyz", "/metrics"}


def test_counts_name_nobody(service: Service, one: httpx.Client, names: dict[str, dict[str, str]]) -> None:
    text = service.anybody().get("/metrics").text
    assert 'lodestar_requests_total{method="PUT",route="/v1/cases/{name}",status="201"}' in text
    assert 'lodestar_jobs{state="queued"} 0.0' in text
    for word in (MARK, service.tenant("one"), "ls_"):
        assert word not in text
