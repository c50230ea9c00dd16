"""Two tenants: whatever one has is invisible to the other, on every route of the OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from optimizer.service.store.records import Ending, PartFile
from tests.helpers.served import media_type, plan_parts
from tests.helpers.service import Service, own_case, own_scenario, serving

MARK = "only-of-one"
NOBODYS = {"name": "nobody-has-this", "id": "0" * 26, "table": "purchases"}


@dataclass(frozen=True)
class Had:
    """What one tenant has.

    Parameters
    ----------
    names : dict
        By the part of the address that names it: for each its parameters.
    job : str
        Id of a job that has ended, with results.
    """

    names: dict[str, dict[str, str]]
    job: str


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, address: str) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service"), database=address, checkers=1, key_seconds=0.3) as running:
        yield running


@pytest.fixture(scope="module")
def had(service: Service, one: httpx.Client, other: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Had:
    """A case, a scenario, a webhook and a job that has ended, of one tenant; the other has nothing."""
    service.tenant("other")
    for title in ("one", "two"):
        assert one.put(f"/v1/cases/{MARK}", json=own_case(MARK, title=title)).status_code in (200, 201)
    assert one.put(f"/v1/scenarios/{MARK}", json=own_scenario(MARK)).status_code == 201
    assert one.put(f"/v1/webhooks/{MARK}", json={"url": f"https://example.com/{MARK}"}).status_code == 201
    asked = {"kind": "plan", "case": {"ref": MARK}, "scenarios": [MARK]}
    job = one.post("/v1/jobs", json=asked).json()["id"]
    folder = tmp_path_factory.mktemp("parts")
    claim = service.stores.queue.claim("test")
    assert claim is not None
    parts = []
    for number, (name, content) in enumerate(plan_parts(folder, rows=20).items()):
        path = folder / str(number)
        path.write_bytes(content)
        parts.append(PartFile(name, media_type(name), path))
    assert service.stores.queue.finish(claim, parts, Ending("succeeded"))
    names = {f"/v1/{kind}/": {"name": MARK} for kind in ("cases", "scenarios", "schema", "webhooks")}
    return Had({**names, "/v1/jobs/": {"id": job, "table": "purchases"}}, job)


def operations(service: Service) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, template and description of every operation."""
    for template, item in service.app.openapi()["paths"].items():
        for method, operation in item.items():
            yield method.upper(), template, operation


def filled(template: str, names: dict[str, dict[str, str]], *, nobodys: bool = False) -> str:
    """An address with the names of what one tenant has, or with a name that nobody has."""
    given = next((some for base, some in names.items() if template.startswith(base)), {})
    assert given.keys() >= set(re.findall(r"{(\w+)}", template)), f"{template}: say in `names` what one tenant has"
    return template.format(**({key: NOBODYS[key] for key in given} if nobodys else given))


def body_for(template: str) -> Any:
    """A body that an operation takes, which names what one tenant has wherever it can."""
    if template.endswith("/checks"):
        return {"case": {"ref": MARK}, "scenarios": [MARK]}
    if template.endswith("/jobs"):
        return {"kind": "plan", "case": {"ref": MARK}, "scenarios": [MARK]}
    if "webhooks" in template:
        return {"url": "https://example.com/other"}
    return own_scenario(MARK, includes=[MARK]) if "scenarios" in template else own_case(MARK, title="of the other")


def seen(answer: httpx.Response, had: Had) -> tuple[int, str]:
    """What a caller sees, but for the name that they asked for themselves and what is new with every answer."""
    text = re.sub(f"{MARK}|{NOBODYS['name']}|{had.job}|{NOBODYS['id']}", "NAME", answer.text)
    return answer.status_code, re.sub(r'"(created|revision|secret)": ?"[^"]*"', "", text)


def everything(caller: httpx.Client, had: Had) -> dict[str, bytes]:
    """All that the first tenant sees of its own."""
    own = [f"cases/{MARK}", f"cases/{MARK}/revisions", f"scenarios/{MARK}", f"webhooks/{MARK}", f"jobs/{had.job}"]
    results = [
        f"jobs/{had.job}/{part}" for part in ("summary", "tables", "tables/purchases", "certificate", "plan.zip")
    ]
    paths = [f"/v1/{path}" for path in (*own, *results, "cases", "scenarios", "jobs", "webhooks")]
    found = {path: caller.get(path) for path in paths}
    assert {answer.status_code for answer in found.values()} == {200}
    return {path: answer.content for path, answer in found.items()}


@pytest.mark.slow
def test_no_route_shows_or_changes_what_another_tenant_has(
    service: Service, one: httpx.Client, other: httpx.Client, had: Had
) -> None:
    before = everything(one, had)
    asked = 0
    for method, template, operation in operations(service):
        sent = {"json": body_for(template)} if "requestBody" in operation else {}
        path, nowhere = filled(template, had.names), filled(template, had.names, nobodys=True)
        answer = other.request(method, path, **sent)
        if "{" in template:
            same = json.loads(json.dumps(sent).replace(MARK, NOBODYS["name"]))
            found, none = seen(answer, had), seen(other.request(method, nowhere, **same), had)
            assert found == none, f"{method} {template} tells what there is"
            assert method == "PUT" or answer.status_code in (404, 406), f"{method} {template}: {answer.text}"
        elif method == "GET":
            assert MARK not in answer.text, f"{method} {template} shows what there is"
            assert had.job not in answer.text, f"{method} {template} shows what there is"
        elif "requestBody" in operation:
            assert answer.status_code in (403, 404, 422), f"{method} {template} took what is another's"
        for address in (path, nowhere) if method == "PUT" else ():
            other.delete(address)
        assert everything(one, had) == before, f"{method} {template} changed what there is"
        asked += 1
    assert asked == sum(len(item) for item in service.app.openapi()["paths"].values()) > 25


def test_both_may_have_the_same_names(one: httpx.Client, other: httpx.Client, had: Had) -> None:
    before = everything(one, had)
    mine = own_case(MARK, title="of the other")
    assert other.put(f"/v1/cases/{MARK}", json=mine, headers={"If-None-Match": "*"}).status_code == 201
    assert other.get(f"/v1/cases/{MARK}").json() == mine
    revision = one.get(f"/v1/cases/{MARK}/revisions").json()["items"][1]["revision"]
    assert other.get(f"/v1/cases/{MARK}", params={"revision": revision}).status_code == 404
    refused = other.post("/v1/checks", json={"case": {"ref": MARK, "revision": revision}})
    assert refused.status_code == 422
    assert other.delete(f"/v1/cases/{MARK}").status_code == 204
    assert everything(one, had) == before


def test_a_key_is_asked_for_on_every_route_but_those_of_the_machine(service: Service) -> None:
    nobody = service.anybody()
    open_to_all = set()
    for method, template, _ in operations(service):
        answer = nobody.request(method, filled(template, {"/": {"name": "x", "id": "x", "table": "x"}}), json={})
        if answer.status_code != 401:
            open_to_all.add(template)
    assert open_to_all == {"/healthz", "/readyz", "/metrics"}


def test_counts_name_nobody(service: Service, one: httpx.Client, had: Had) -> None:
    text = service.anybody().get("/metrics").text
    assert 'lodestar_requests_total{method="PUT",route="/v1/cases/{name}",status="201"}' in text
    assert 'lodestar_jobs{state="queued"} 0.0' in text
    for word in (MARK, service.tenant("one"), "ls_"):
        assert word not in text
