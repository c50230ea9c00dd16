"""Results over HTTP: pages of rows, files, what is had whole; never a number without its certificate."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import httpx
import pandas as pd
import pytest

from tests.helpers.served import PARQUET, Served, plan_parts, serving

ROWS = 2500
PLAN = {"kind": "plan", "case": {"ref": "ev-motors"}}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, address: str) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("service"), address, checkers=0) as found:
        yield found


@pytest.fixture(scope="module")
def caller(served: Served) -> Iterator[httpx.Client]:
    with served.caller() as found:
        yield found


@pytest.fixture(scope="module")
def job(served: Served, caller: httpx.Client) -> str:
    """The address of a job that has ended."""
    link = caller.post("/v1/jobs", json=PLAN).json()["links"]["self"]
    served.finish(served.claim(), plan_parts(served.folder, ROWS), not_certified=1)
    return str(link)


def problem(found: httpx.Response, status: int) -> dict[str, Any]:
    assert found.status_code == status, found.text[:500]
    assert found.headers["content-type"] == "application/problem+json"
    return dict(found.json())


def pages(caller: httpx.Client, address: str, **query: Any) -> Iterator[dict[str, Any]]:
    """All pages of rows."""
    cursor = None
    while True:
        found = caller.get(address, params=query | ({"cursor": cursor} if cursor else {}))
        assert found.status_code == 200, found.text[:500]
        page = found.json()
        assert ("link" in found.headers) == (page["next"] is not None)
        yield page
        if (cursor := page["next"]) is None:
            return


def test_pages_of_json_hold_every_row_once(caller: httpx.Client, job: str) -> None:
    found = list(pages(caller, f"{job}/tables/purchases"))
    assert [len(page["rows"]) for page in found] == [1000, 1000, 500]
    rows = [row for page in found for row in page["rows"]]
    assert [row["tonnes"] for row in rows] == [number / 3 for number in range(ROWS)]
    assert rows[1] == {"scenario": "embargo", "answer": "react", "offer": "offer-1", "tonnes": 1 / 3}
    columns = {column["name"]: column for column in found[0]["columns"]}
    assert columns["tonnes"] == {"name": "tonnes", "kind": "number", "unit": "t"}
    assert columns["offer"] == {"name": "offer", "kind": "text", "unit": None}


def test_the_link_header_leads_through_all_pages_of_any_form(caller: httpx.Client, job: str) -> None:
    address: str | None = f"{job}/tables/purchases?limit=900&scenario=base"
    seen: list[str] = []
    while address:
        found = caller.get(address, headers={"Accept": "text/csv"})
        seen += [row["tonnes"] for row in csv.DictReader(io.StringIO(found.text))]
        address = found.links.get("next", {}).get("url")
    assert [float(cell) for cell in seen] == [number / 3 for number in range(0, ROWS, 2)]


def test_rows_are_narrowed_by_columns_of_words(caller: httpx.Client, job: str) -> None:
    query = {"scenario": "base", "offer": ["offer-0", "offer-2"], "limit": 500}
    rows = [row for page in pages(caller, f"{job}/tables/purchases", **query) for row in page["rows"]]
    assert {(row["scenario"], row["offer"]) for row in rows} == {("base", "offer-0"), ("base", "offer-2")}
    assert len(rows) == ROWS / 2 * 2 / 5
    assert caller.get(f"{job}/tables/purchases?offer=nobody").json()["rows"] == []
    assert len(caller.get(f"{job}/tables/limits", params={"column.limit": "=china"}).json()["rows"]) == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("suplier=x", "suplier: no such column of purchases"),
        ("tonnes=1", "tonnes: expected a column of words"),
        ("scenario=embarg", "Did you mean 'embargo'"),
        ("answer=reacts", "Did you mean 'react'"),
        ("limit=0", "limit"),
        ("limit=100000", "limit"),
        ("cursor=AAAA", "cursor: expected `next`"),
        ("cursor=%2e%2e", "cursor"),
    ],
)
def test_what_a_query_asks_wrongly_is_said(caller: httpx.Client, job: str, query: str, said: str) -> None:
    found = problem(caller.get(f"{job}/tables/purchases?{query}"), 422)
    assert said in " ".join(fault["text"] for fault in found["faults"])


def test_a_cursor_is_of_one_list(caller: httpx.Client, job: str) -> None:
    cursor = caller.get(f"{job}/tables/purchases?limit=5").json()["next"]
    for other in (f"{job}/tables/purchases?scenario=base", f"{job}/awards?limit=5"):
        problem(caller.get(f"{other}&cursor={cursor}"), 422)
    ahead = caller.get(f"{job}/tables/purchases?limit=7&cursor={cursor}")  # pages may change their size
    assert ahead.json()["rows"][0]["tonnes"] == 5 / 3


def test_every_form_holds_the_same(caller: httpx.Client, job: str) -> None:
    address = f"{job}/tables/purchases"
    text = caller.get(address, headers={"Accept": "text/csv"})
    assert text.headers["content-type"].startswith("text/csv")
    assert 'filename="purchases.csv"' in text.headers["content-disposition"]
    whole = caller.get(address, headers={"Accept": PARQUET})
    some = caller.get(f"{address}?scenario=base", headers={"Accept": PARQUET})
    assert whole.headers["content-type"] == PARQUET
    from_csv = pd.read_csv(io.StringIO(text.text))
    rows = [row for page in pages(caller, address) for row in page["rows"]]
    assert from_csv.to_dict("records") == rows
    for found, expected in ((whole, rows), (some, [row for row in rows if row["scenario"] == "base"])):
        assert read_parquet(found.content) == expected


def read_parquet(body: bytes) -> list[dict[str, Any]]:
    from optimizer.service.results.table import KeptTable

    with KeptTable(body) as table:
        names = [column.name for column in table.columns]
        return [dict(zip(names, cells, strict=True)) for cells in table.rows({})]


def test_csv_marks_what_a_spreadsheet_would_run(caller: httpx.Client, job: str) -> None:
    found = caller.get(f"{job}/tables/limits", headers={"Accept": "text/csv"})
    assert found.text.splitlines() == ["scenario,answer,limit,breach", "base,base,'=china,1.5"]
    assert caller.get(f"{job}/tables/limits").json()["rows"][0]["limit"] == "=china"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0"])
def test_forms_that_there_are_not(caller: httpx.Client, job: str, accept: str) -> None:
    for address in (f"{job}/tables/purchases", f"{job}/awards", f"{job}/summary", f"{job}"):
        problem(caller.get(address, headers={"Accept": accept}), 406)


def test_tables_that_there_are_not(caller: httpx.Client, job: str) -> None:
    found = problem(caller.get(f"{job}/tables/purchase"), 404)
    assert found["faults"][0]["suggest"] == "purchases"
    for name in ("../plan", "%2e%2e", "Purchases", "a" * 100, "summary"):
        assert caller.get(f"{job}/tables/{name}").status_code in (404, 422), name
    listed = caller.get(f"{job}/tables").json()["tables"]
    assert [table["name"] for table in listed] == ["limits", "purchases"]
    assert all(caller.get(table["link"]).status_code == 200 for table in listed)


def test_an_answer_without_certificate_is_never_a_number(caller: httpx.Client, job: str) -> None:
    """Nor an empty table, which would be read as nothing."""
    rows = caller.get(f"{job}/summary").json()["rows"]
    assert [(row["scenario"], row["certified"], row["cost_usd"]) for row in rows][-1] == ("flood", False, None)
    for address in (f"{job}/tables/purchases", f"{job}/awards"):
        found = problem(caller.get(f"{address}?scenario=flood"), 409)
        assert "flood (react): time limit" in found["detail"]
        problem(caller.get(f"{address}?scenario=flood", headers={"Accept": "text/csv"}), 409)
        mixed = caller.get(f"{address}?scenario=flood&scenario=base")
        assert mixed.headers["lodestar-not-certified"] == "1"
        assert mixed.json()["not_certified"] == [{"scenario": "flood", "answer": "react", "status": "time limit"}]
        assert "lodestar-not-certified" not in caller.get(f"{address}?scenario=base").headers
    assert caller.get(f"{job}/summary?scenario=flood").json()["rows"][0]["status"] == "time limit"


def test_what_is_had_whole(caller: httpx.Client, job: str) -> None:
    kinds = {"certificate": "application/json", "report.html": "text/html", "plan.zip": "application/zip"}
    kinds["plan.xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    for name, kind in kinds.items():
        found = caller.get(f"{job}/{name}")
        assert found.headers["content-type"].partition(";")[0] == kind
        tag = found.headers["etag"]
        again = caller.get(f"{job}/{name}", headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
    assert "sandbox" in caller.get(f"{job}/report.html").headers["content-security-policy"]
    assert caller.get(f"{job}/plan.zip").headers["content-disposition"].startswith("attachment; filename=")


def test_every_result_has_a_head(caller: httpx.Client, job: str) -> None:
    for name in ("tables/purchases", "awards?scenario=base", "summary", "plan.zip", "report.html"):
        for accept in ("*/*", "text/csv") if "." not in name else ("*/*",):
            found = caller.head(f"{job}/{name}", headers={"Accept": accept})
            assert (found.status_code, found.content) == (200, b""), name
            assert found.headers["etag"]


def test_rows_are_not_sent_again_to_who_has_them(caller: httpx.Client, job: str) -> None:
    tags = set()
    for query, accept in (("", "text/csv"), ("", PARQUET), ("", "*/*"), ("?limit=5", "*/*"), ("?scenario=base", "*/*")):
        found = caller.get(f"{job}/tables/purchases{query}", headers={"Accept": accept})
        tags.add(tag := found.headers["etag"])
        headers = {"Accept": accept, "If-None-Match": tag}
        assert caller.get(f"{job}/tables/purchases{query}", headers=headers).status_code == 304
    assert len(tags) == 5


def test_there_are_no_results_before_the_end(served: Served, caller: httpx.Client) -> None:
    link = caller.post("/v1/jobs", json=PLAN).json()["links"]["self"]
    names = ("summary", "tables", "tables/purchases", "awards", "certificate", "report.html", "plan.xlsx", "plan.zip")

    def refused(state: str) -> None:
        for name in names:
            found = caller.get(f"{link}/{name}")
            assert f"the job is {state}" in problem(found, 409)["detail"]
            assert int(found.headers["retry-after"]) >= 1

    refused("queued")
    claim = served.claim()
    refused("running")
    served.finish(claim, {}, state="cancelled")
    for name in names:
        assert "has no results" in problem(caller.get(f"{link}/{name}"), 409)["detail"]


def test_a_job_that_is_no_plan_has_what_it_has(served: Served, caller: httpx.Client) -> None:
    body = {"kind": "why", "case": {"ref": "korea"}, "options": {"site": "x", "product": "y", "period": "2027Q1"}}
    made = caller.post("/v1/jobs", json=body).json()
    served.finish(served.claim(), {"summary.json": b'{"sections": []}'})
    link = made["links"]["self"]
    assert caller.get(f"{link}/summary").json() == {"sections": []}
    assert caller.get(f"{link}/tables").json() == {"tables": []}
    assert "a job of kind why has no awards; it has summary" in problem(caller.get(f"{link}/awards"), 404)["detail"]
    assert set(caller.get(link).json()["links"]) == {"self", "events", "summary", "certificate"}
