"""Requests made from the OpenAPI document, good and bad: no fault of ours, and every answer as the document says."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation

from docs.generate import FOLDER
from optimizer.service.http.bodies import XLSX
from optimizer.service.jobs.run import run
from optimizer.service.store.records import Ending, PartFile
from optimizer.service.work.scratch import Scratch
from tests.helpers.service import Service, own_case, quiet_scenario

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


@schemathesis.serializer("application/zip", XLSX)
def _as_it_is(context: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


FEW, MANY = schema(coverage=False), schema(coverage=True)
SENT: Counter[tuple[str, int]] = Counter()
"""Requests sent, by operation and status of the answer."""
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True, "database": None}


WHY = {"site": "cc-plant", "product": "magnet", "period": "2027Q1", "end_use": "civil"}
SWEEP = {
    "design": {"kind": "grid"},
    "factors": [{"name": "price", "cell": "offers.price[*]", "scale": "price", "values": [1, 2]}],
}
ASKED: dict[str, dict[str, Any]] = {
    "plan": {"scenarios": ["quiet"], "answers": ["react"]},
    "why": {"scenarios": [], "options": WHY},
    "ledger": {"scenarios": []},
    "decisions": {"scenarios": []},
    "compare": {"scenarios": [], "change": [{"table": "offers", "where": {"offer": "bb-nd"}, "scale": {"price": 2}}]},
    "study": {"scenarios": [], "answers": ["react"], "options": SWEEP},
}
"""What is asked of the toy in a job of each kind."""


class Caller:
    """A tenant who has a case, a scenario, a webhook, and jobs that have ended with their results.

    Parameters
    ----------
    service : Service
    folder : Path
        Where jobs are done.
    """

    def __init__(self, service: Service, folder: Path) -> None:
        self.service, self.folder, self.http = service, folder, service.caller("contract")
        self.headers = {"Authorization": self.http.headers["Authorization"]}
        assert self.http.put("/v1/cases/toy", json=own_case("toy")).status_code == 201
        assert self.http.put("/v1/scenarios/quiet", json=quiet_scenario()).status_code == 201
        assert self.http.put("/v1/webhooks/desk", json={"url": "https://example.com/x"}).status_code == 201
        self._ended: dict[str, str] = {}

    def ended(self, kind: str) -> str:
        """Id of a job of a kind that has ended, done when it is asked for first."""
        if kind not in self._ended:
            whole = {"kind": kind, "case": own_case("toy"), "limits": {"workers": 1}, **ASKED[kind]}
            whole["scenarios"] = [quiet_scenario()] if whole["scenarios"] else []
            scratch = Scratch(self.folder, whole, [], {})
            run(scratch.folder, lambda step: None)
            self._ended[kind] = self.posted(kind, scratch.parts())
        return self._ended[kind]

    def posted(self, kind: str, parts: Sequence[PartFile] = ()) -> str:
        """Id of a new job of a kind that has ended with some results."""
        id = self.http.post("/v1/jobs", json={"kind": kind, "case": {"ref": "toy"}, **ASKED[kind]}).json()["id"]
        while (claim := self.service.stores.queue.claim("test")) is not None:
            mine = claim.job.id == id
            assert self.service.stores.queue.finish(claim, parts if mine else (), Ending("succeeded"))
            if mine:
                return str(id)
        raise AssertionError("a job that was taken in cannot be claimed")

    def named(self, template: str, method: str, number: int, kinds: Sequence[str]) -> dict[str, str]:
        """Names of something that there is, by which the parameters of an address may go; one of several by number."""
        if template.startswith("/v1/jobs/"):
            if method == "DELETE":
                return {"id": self.posted("plan")}
            kind = kinds[number % len(kinds)]
            tables = {"plan": ("purchases", "awards", "costs"), "study": ("rows",), "decisions": ("decisions",)}.get(
                kind, ("ledger",)
            )
            return {"id": self.ended(kind), "table": tables[number % len(tables)]}
        if method not in ("GET", "POST"):
            return {}
        known = {"cases": ("toy", "korea"), "scenarios": ("quiet", "full-embargo"), "webhooks": ("desk",)}
        some = known.get(template.split("/")[2], ("case",))
        return {"name": some[number % len(some)]}


@pytest.fixture(scope="module")
def caller(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Caller:
    """Somebody who may do all."""
    return Caller(service, tmp_path_factory.mktemp("jobs"))


def media_of(case: schemathesis.Case) -> list[str]:
    """The media types in which an operation answers."""
    operation = DOCUMENT["paths"][case.operation.path][case.operation.method.lower()]
    return list(operation["responses"].get("200", {}).get("content", ()))


def is_broken(case: schemathesis.Case, part: ParameterLocation) -> bool:
    """Whether a part of a request is one that the document does not allow."""
    found = case.meta.components.get(part) if case.meta else None
    return found is not None and found.mode.is_negative


def pointed(case: schemathesis.Case, caller: Caller, kinds: Sequence[str]) -> None:
    """Have three in four of the requests that are good so far be about what there is, in any of its forms."""
    number = zlib.crc32(repr((case.path_parameters, case.query, case.headers, case.body)).encode())
    if number % 4 == 0:
        return
    if case.operation.path in ("/v1/jobs", "/v1/checks") and isinstance(case.body, dict):
        if not is_broken(case, ParameterLocation.BODY):
            case.body |= {"case": {"ref": "toy"}, "scenarios": ["quiet"]}
            case.headers.pop("prefer", None)  # nobody does it, so that there is nothing to wait for
        return
    if not case.path_parameters or is_broken(case, ParameterLocation.PATH):
        return
    named = caller.named(case.operation.path, case.operation.method.upper(), number // 4, kinds)
    case.path_parameters |= {key: value for key, value in named.items() if key in case.path_parameters}
    if media := media_of(case):
        case.headers["Accept"] = media[number // 16 % len(media)]


def tried(case: schemathesis.Case, caller: Caller, kinds: Sequence[str]) -> None:
    """Send a request, and hold its answer against the document."""
    pointed(case, caller, kinds)
    key = {} if is_broken(case, ParameterLocation.HEADER) and "Authorization" in case.headers else caller.headers
    answer = case.call_and_validate(base_url=caller.service.url, headers=key, timeout=60)
    SENT[case.operation.label, answer.status_code] += 1
    assert answer.status_code not in (500, 503)
    if (answer.status_code, case.operation.label) == (202, "POST /v1/jobs"):
        assert caller.http.post(f"/v1/jobs/{answer.json()['id']}/cancel").json()["state"] == "cancelled"


@FEW.parametrize()
@settings(max_examples=2, **QUIET)
def test_every_answer_is_as_the_document_says(case: schemathesis.Case, caller: Caller) -> None:
    tried(case, caller, ["plan"])


READ = [
    (template, media)
    for template, item in DOCUMENT["paths"].items()
    if "{id}" in template and "get" in item
    for media in item["get"]["responses"]["200"].get("content", ())
]


@pytest.mark.slow
@pytest.mark.parametrize(("template", "media"), READ)
def test_results_are_as_the_document_says(template: str, media: str, caller: Caller) -> None:
    """Those of a plan of the toy, and of a study of it, in every form: random requests hardly ever find a job."""
    named = {"id": caller.ended("study" if "study" in template else "plan"), "table": "purchases"}
    path = {key: value for key, value in named.items() if f"{{{key}}}" in template}
    case = FEW[template]["GET"].Case(path_parameters=path, headers={"Accept": media})
    answer = case.call_and_validate(base_url=caller.service.url, headers=caller.headers, timeout=60)
    assert answer.status_code == 200
    assert answer.headers["content-type"][0].startswith(media)
    assert answer.content


@pytest.mark.parametrize("kind", [kind for kind in ASKED if kind != "plan"])
def test_what_other_jobs_say_is_as_the_document_says(kind: str, caller: Caller) -> None:
    case = FEW["/v1/jobs/{id}/summary"]["GET"].Case(path_parameters={"id": caller.ended(kind)})
    answer = case.call_and_validate(base_url=caller.service.url, headers=caller.headers, timeout=60)
    assert answer.status_code == 200
    case.headers["Accept"] = "text/csv"
    answer = case.call_and_validate(base_url=caller.service.url, headers=caller.headers, timeout=60)
    assert answer.status_code == 406


@pytest.mark.exhaustive
@MANY.parametrize()
@settings(max_examples=5000 // OPERATIONS + 1, **QUIET)
def test_thousands_of_answers_are_as_the_document_says(case: schemathesis.Case, caller: Caller) -> None:
    tried(case, caller, ["plan", "plan", *ASKED])


@pytest.mark.exhaustive
def test_they_were_thousands_and_of_every_operation() -> None:
    assert SENT.total() >= 5000, SENT
    assert len({label for label, _ in SENT}) == OPERATIONS, SENT
    good: Counter[str] = Counter()
    for (label, status), count in SENT.items():
        good[label] += count * (200 <= status < 300)
    assert all(good[f"GET {template}"] >= 5 for template, _ in READ), good
    assert good["POST /v1/jobs"] >= 5, good
    print(
        f"{SENT.total():,} requests of {OPERATIONS} operations, {good.total():,} of them answered with what was asked"
    )
