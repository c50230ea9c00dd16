"""The page: strict headers, nothing inline, nothing from elsewhere, figures of the plan alone, and each tenant its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from optimizer.desk.pages import POLICY
from tests.helpers.desk import Desk, Seen, opened, put_case, send, token
from tests.helpers.service import quiet_scenario

BREAKOUT = "</script></title><img src=x onerror=alert(1)>{{ 7 * 7 }} '\" &"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("desk")) as found:
        yield found


@dataclass(frozen=True)
class Planned:
    """A run that was chosen on the page, and is done."""

    client: httpx.Client
    id: str


@pytest.fixture(scope="module")
def planned(desk: Desk) -> Planned:
    client = desk.signed_in("one")
    put_case(desk, "one")
    sent = send(client, "/cases/mine/run", "/cases/mine/run", scenario="quiet", answer=["react", "foresight"])
    assert sent.status_code == 303, sent.text
    where = sent.headers["location"]
    assert "/answer" not in client.get(where).text
    id = desk.work()
    assert where == f"/runs/{id}"
    assert client.get(where).headers["location"] == f"/runs/{id}/answer"
    return Planned(client, id)


@pytest.fixture(scope="module")
def why(desk: Desk, planned: Planned) -> str:
    """The address of an answer to why a demand is short."""
    page = f"/runs/{planned.id}/answer"
    fields = {"site": "cc-plant", "product": "magnet", "period": "2027Q1", "end_use": "military", "scenario": "quiet"}
    sent = send(planned.client, page, f"/runs/{planned.id}/ask", kind="why", **fields)
    assert desk.work() in sent.headers["location"]
    return str(planned.client.get(sent.headers["location"]).headers["location"])


def pages(planned: Planned, why: str) -> list[str]:
    """The address of every page."""
    run = f"/runs/{planned.id}"
    return ["/", "/sign-in", "/cases/mine/tables/demand", "/cases/mine/run", f"{run}/answer", why, "/cases/none/run"]


def numbers(document: Any) -> set[float]:
    """Every number in a document."""
    if isinstance(document, dict | list):
        return set().union(*map(numbers, document.values() if isinstance(document, dict) else document), set())
    return {float(document)} if isinstance(document, int | float) else set()


def result(desk: Desk, client: httpx.Client, id: str, name: str) -> dict[str, Any]:
    """A document among the results of a run."""
    return dict(json.loads(desk.stores.parts.open(tenant_of(desk, client), id, name)))


def tenant_of(desk: Desk, client: httpx.Client) -> str:
    """The tenant that a browser has signed in to."""
    found = desk.stores.keys.find(client.cookies["lodestar"])
    assert found is not None
    return found[1].id


def runs(desk: Desk, planned: Planned) -> list[str]:
    """Every job of the first tenant, and where it stands."""
    return [f"{job.id} {job.state}" for job in desk.stores.queue.page(tenant_of(desk, planned.client), limit=50)]


def test_no_page_has_anything_inline_or_from_elsewhere(planned: Planned, why: str) -> None:
    for address in pages(planned, why):
        answer = planned.client.get(address)
        answer = planned.client.get(answer.headers["location"]) if answer.status_code == 303 else answer
        assert answer.headers["content-type"].startswith("text/html"), address
        assert answer.headers["content-security-policy"] == POLICY
        assert "unsafe" not in POLICY
        assert (answer.headers["cache-control"], answer.headers["x-frame-options"]) == ("no-store", "DENY")
        seen = Seen(answer.text)
        assert (seen.inline, seen.outside) == ([], []), address
        assert planned.client.cookies["lodestar"] not in answer.text, f"{address} says the key"


def test_what_pages_load_is_there(planned: Planned) -> None:
    seen = Seen(planned.client.get("/").text)
    loaded = [link for link in seen.links if link.startswith("/assets/")]
    assert len(loaded) == 3
    for link in [*loaded, "/assets/inter.woff2"]:
        answer = planned.client.get(link)
        assert (answer.status_code, len(answer.content) > 100) == (200, True), link
        tag = answer.headers["etag"]
        assert planned.client.get(link, headers={"If-None-Match": tag}).status_code == 304
    assert planned.client.get("/assets/LICENSE-inter").status_code == 404


def test_every_figure_of_the_answer_is_the_plans(desk: Desk, planned: Planned) -> None:
    said = result(desk, planned.client, planned.id, "verdict.json")
    sections = said.pop("sections")
    page = planned.client.get(f"/runs/{planned.id}/answer").text
    first = Seen(page.partition('id="h-all"')[0]).figures
    assert len(first) > 20
    assert set(first) <= numbers(said)
    below = Seen(page.partition('id="h-all"')[2]).figures
    cells = json.dumps([section["rows"] for section in sections]).replace(",", "")
    assert below
    assert all(f"{figure:.10g}" in cells for figure in below)
    caller = desk.browser()
    caller.headers["Authorization"] = f"Bearer {planned.client.cookies['lodestar']}"
    rows = caller.get(f"/v1/jobs/{planned.id}/summary").json()["rows"]
    (base,) = (row for row in rows if row["answer"] == "base")
    assert {base["cost_usd"], base["cash_usd"], base["penalties_usd"]} <= set(first)


def test_the_answer_leads_with_a_sentence_and_four_cells(desk: Desk, planned: Planned) -> None:
    said = result(desk, planned.client, planned.id, "verdict.json")
    assert [cell["name"] for cell in said["cells"]] == ["do", "cost", "risk", "belief"]
    page = planned.client.get(f"/runs/{planned.id}/answer").text
    assert page.index("<h1>") < page.index('class="verdict"') < page.index("h-do") < page.index("h-bad")
    assert f"{said['proved']} of {said['of']}" == "3 of 3"


def test_why_says_the_price_and_the_parts_add_up(planned: Planned, why: str, desk: Desk) -> None:
    told = result(desk, planned.client, why.split("/")[2], "summary.json")
    figures = Seen(planned.client.get(why).text).figures
    assert told["price"] in figures
    assert sum(part["usd_per_t"] for part in told["parts"]) == pytest.approx(told["price"], rel=1e-6)


def test_a_ledger_is_asked_for(desk: Desk, planned: Planned) -> None:
    page = f"/runs/{planned.id}/answer"
    sent = send(planned.client, page, f"/runs/{planned.id}/ask", kind="ledger", scenario="base")
    desk.work()
    said = planned.client.get(planned.client.get(sent.headers["location"]).headers["location"])
    assert "What each rule costs" in said.text
    assert Seen(said.text).figures


def test_what_a_decision_costs_undone_is_worked_out(desk: Desk, planned: Planned) -> None:
    page = f"/runs/{planned.id}/answer"
    sent = send(planned.client, page, f"/runs/{planned.id}/ask", kind="decisions", scenario="base")
    id = desk.work()
    said = planned.client.get(planned.client.get(sent.headers["location"]).headers["location"]).text
    told = result(desk, planned.client, id, "summary.json")["rows"]
    deeds = result(desk, planned.client, planned.id, "verdict.json")["deeds"]
    assert [row["what"] for row in told] == [deed["what"] for deed in deeds]
    assert any(row["undone_usd"] for row in told)
    assert all(row["undone_usd"] is None or row["undone_usd"] >= 0 for row in told)
    assert "if not" in said
    assert len(Seen(said).figures) >= len(told)


def test_a_form_without_the_token_of_its_page_changes_nothing(desk: Desk, planned: Planned) -> None:
    other = desk.signed_in("two")
    before = runs(desk, planned)
    posts = ("/cases/mine/run", f"/runs/{planned.id}/ask", f"/runs/{planned.id}/cancel", f"/runs/{planned.id}/resume")
    foreign = send(other, "/", "/sign-out", csrf="")
    assert foreign.status_code == 403
    for to in (*posts, "/sign-out", "/sign-in"):
        for given in ({"x": "1"}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": token(other.get("/").text)}):
            answer = planned.client.post(to, data=given)
            assert answer.status_code == 403, (to, given)
            assert answer.headers["content-security-policy"] == POLICY
    assert runs(desk, planned) == before


def test_another_tenant_sees_nothing(desk: Desk, planned: Planned, why: str) -> None:
    other = desk.signed_in("two")
    assert planned.id not in other.get("/").text
    assert "/cases/mine" not in other.get("/").text
    run = f"/runs/{planned.id}"
    for address in (run, f"{run}/answer", f"{run}/report", f"{run}/plan.zip", f"{run}/events", why):
        assert other.get(address).status_code == 404, address
    for address in ("/cases/mine/tables/demand", "/cases/mine/run"):
        assert other.get(address).status_code == 422, address
    for to in ("ask", "cancel", "resume"):
        assert send(other, "/", f"{run}/{to}").status_code == 404, to


def test_without_a_key_there_is_only_the_door(desk: Desk, planned: Planned) -> None:
    nobody = desk.browser()
    for address in ("/", "/cases/mine/run", f"/runs/{planned.id}/answer", f"/runs/{planned.id}/events"):
        answer = nobody.get(address)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?to={address}")
    assert send(nobody, "/sign-in", "/sign-in", key="ls_wrong").status_code == 401
    assert nobody.get("/").status_code == 303
    assert nobody.get("/sign-in?to=//evil.example").text.count("evil") == 0


def test_who_signs_in_gets_a_cookie_that_no_script_reads(desk: Desk) -> None:
    client = desk.browser()
    sent = send(client, "/sign-in", "/sign-in", key=desk.key("one"), to="/cases/mine")
    assert sent.headers["location"] == "/cases/mine"
    cookie = sent.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/").status_code == 200
    assert send(client, "/", "/sign-out").status_code == 303
    assert client.get("/").headers["location"].startswith("/sign-in")


def test_a_key_that_is_revoked_is_out(desk: Desk) -> None:
    client = desk.signed_in("one")
    found = desk.stores.keys.find(client.cookies["lodestar"])
    assert found is not None
    desk.stores.keys.revoke(found[0].id)
    assert client.get("/").headers["location"].startswith("/sign-in")


def test_a_key_that_reads_does_not_plan(desk: Desk, planned: Planned) -> None:
    client = desk.signed_in("one", "read")
    assert client.get(f"/runs/{planned.id}/answer").status_code == 200
    assert send(client, "/", "/cases/mine/run", scenario="quiet").status_code == 403


def test_events_go_on_after_the_last_one_seen(desk: Desk, planned: Planned) -> None:
    address = f"/runs/{planned.id}/events"
    whole = planned.client.get(address).text
    numbers = [int(line[4:]) for line in whole.splitlines() if line.startswith("id: ")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 2
    rest = planned.client.get(address, headers={"Last-Event-ID": str(numbers[-2])}).text
    assert [line for line in rest.splitlines() if line.startswith("id: ")] == [f"id: {numbers[-1]}"]
    assert planned.client.get(f"{address}?after={numbers[-1]}").status_code == 204


def test_stop_and_go_on(desk: Desk, planned: Planned) -> None:
    sent = send(planned.client, "/cases/mine/run", "/cases/mine/run", scenario="quiet", answer="react")
    where = sent.headers["location"]
    assert "Stop, keep what is finished" in planned.client.get(where).text
    assert send(planned.client, where, f"{where}/cancel").status_code == 303
    stopped = planned.client.get(where).text
    assert "It was stopped" in stopped
    assert "answers are kept" in stopped
    assert send(planned.client, where, f"{where}/resume").status_code == 303
    assert "Stop, keep what is finished" in planned.client.get(where).text
    send(planned.client, where, f"{where}/cancel")


def test_a_table_says_unit_meaning_source_and_confidence(planned: Planned) -> None:
    page = planned.client.get("/cases/mine/tables/demand").text
    for said in ("t/year", "Tonnes per year.", "<dt>source</dt>", "assumption"):
        assert said in page or said.replace("t/year", "tonnes per year") in page, said
    wrong = planned.client.get("/cases/mine/tables/demnd")
    assert (wrong.status_code, "Did you mean" in wrong.text) == (404, True)


def test_no_name_breaks_out_of_a_page(desk: Desk) -> None:
    client = desk.signed_in("three")
    put_case(desk, "three", "breakout", title=BREAKOUT, description=BREAKOUT)
    id = tenant_of(desk, client)
    desk.stores.scenarios.put(id, "worse", {**quiet_scenario("worse"), "title": BREAKOUT})
    for address in ("/cases/breakout/tables/demand", "/cases/breakout/run"):
        page = client.get(address).text
        assert "&lt;img src=x" in page, address
        assert "<img" not in page, address
        assert Seen(page).inline == []
    assert "<img" not in client.get('/sign-in?to=/"><img src=x>').text


def test_a_demo_asks_for_no_key_and_gives_none(tmp_path: Path) -> None:
    with opened(tmp_path, demo=True) as desk:
        visitor = desk.browser()
        home = visitor.get("/")
        assert home.status_code == 200
        assert "ev-motors" in home.text
        assert "bundled, to be read only" in home.text
        assert visitor.get("/v1/cases").status_code == 401
        sent = send(visitor, "/cases/korea/run", "/cases/korea/run", answer="react")
        assert sent.status_code == 303
        assert desk.browser().get(sent.headers["location"]).status_code == 200
        assert visitor.post("/cases/korea/run", data={"answer": "react"}).status_code == 403
