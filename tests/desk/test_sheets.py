"""What the grid of a case asks and sends: tables, checks as one types, saves that lose nothing, copies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from optimizer.service.http.bodies import XLSX, ZIP
from tests.helpers.desk import Desk, opened, put_case, send, token


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("desk")) as found:
        yield found


class Planner:
    """Somebody with a case open in the grid."""

    def __init__(self, desk: Desk, tenant: str, *scopes: str) -> None:
        self.client = desk.signed_in(tenant, *scopes)
        self.token = token(self.client.get("/").text)

    def table(self, name: str, **query: str) -> dict[str, Any]:
        answer = self.client.get(f"/cases/mine/tables/{name}/sheet", params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def row(self, sheet: dict[str, Any], place: int, **cells: Any) -> dict[str, Any]:
        """A row of a sheet as the grid sends it, some of its cells typed anew."""
        names = [column["name"] for column in sheet["columns"]]
        given = dict(zip(names, sheet["rows"][place], strict=True)) | cells
        return {name: cell for name, cell in given.items() if cell is not None}

    def check(self, revision: str, tables: dict[str, Any]) -> dict[str, Any]:
        answer = self.send("POST", "/check", revision, tables)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def save(self, revision: str, tables: dict[str, Any], **headers: str) -> httpx.Response:
        return self.send("PUT", "", revision, tables, **{"If-Match": f'"{revision}"', **headers})

    def send(self, method: str, to: str, revision: str, tables: Any, **headers: str) -> httpx.Response:
        body = {"revision": revision, "tables": tables}
        return self.client.request(method, f"/cases/mine{to}", json=body, headers={"X-CSRF": self.token, **headers})


@pytest.fixture
def planner(desk: Desk) -> Planner:
    desk.key("one")
    put_case(desk, "one")
    return Planner(desk, "one")


def cell(sheet: dict[str, Any], place: int, column: str) -> Any:
    return sheet["rows"][place][[one["name"] for one in sheet["columns"]].index(column)]


def test_a_sheet_says_what_may_stand_where(planner: Planner) -> None:
    sheet = planner.table("offers")
    columns = {column["name"]: column for column in sheet["columns"]}
    assert columns["price"]["unit"] == "USD/t"
    assert columns["price"]["kind"] == "number"
    assert columns["home"]["words"] == ["true", "false"]
    assert "CNY" in columns["currency"]["words"]
    assert "aa-trader" in columns["site"]["offered"]
    assert (sheet["before"], sheet["own"]) == (0, len(sheet["rows"]))
    demand = {column["name"]: column for column in planner.table("demand")["columns"]}
    assert demand["end_use"]["words"] == ["civil", "chips", "military", "humanitarian"]


def test_a_fault_names_its_cell_and_what_is_meant(planner: Planner) -> None:
    sheet = planner.table("demand")
    wrong = planner.row(sheet, 1, end_use="militry")
    said = planner.check(sheet["revision"], {"demand": [[0, 1], wrong]})
    (fault,) = said["faults"]
    assert (fault["table"], fault["row"], fault["column"]) == ("demand", 2, "end_use")
    assert fault["suggest"] == "military"
    assert planner.check(sheet["revision"], {"demand": [[0, 1], planner.row(sheet, 1)]})["faults"] == []


@pytest.mark.parametrize(
    ("typed", "value"), [("58,5", 58.5), ("1.234,56", 1234.56), ("1 500", 1500.0), ("0,125", 0.125)]
)
def test_a_decimal_comma_is_read_where_it_can_be_nothing_else(planner: Planner, typed: str, value: float) -> None:
    sheet = planner.table("offers")
    said = planner.check(sheet["revision"], {"offers": [planner.row(sheet, 0, price=typed), [1, 4]]})
    assert said["faults"] == []
    assert said["read"] == [["offers", 1, "price", typed, value]]


def test_a_number_of_two_meanings_is_a_fault_with_both(planner: Planner) -> None:
    sheet = planner.table("offers")
    said = planner.check(sheet["revision"], {"offers": [planner.row(sheet, 0, price="58,000"), [1, 4]]})
    (fault,) = said["faults"]
    assert (fault["column"], fault["known"]) == ("price", ["58000", "58"])
    beside = [planner.row(sheet, 0, price="58,000"), planner.row(sheet, 1, price="58,5"), [2, 3]]
    read = planner.check(sheet["revision"], {"offers": beside})["read"]
    assert ["offers", 1, "price", "58,000", 58.0] in read


def test_a_save_is_a_new_revision_with_what_was_typed(planner: Planner, desk: Desk) -> None:
    sheet = planner.table("offers")
    answer = planner.save(sheet["revision"], {"offers": [planner.row(sheet, 0, price="51.234,5"), [1, 4]]})
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert said["revision"] != sheet["revision"]
    after = planner.table("offers")
    assert after["revision"] == said["revision"]
    assert cell(after, 0, "price") == 51234.5
    assert after["rows"][1:] == sheet["rows"][1:]
    assert planner.table("offers", revision=sheet["revision"])["rows"] == sheet["rows"]


def test_a_save_of_nothing_new_is_the_same_revision(planner: Planner) -> None:
    sheet = planner.table("offers")
    answer = planner.save(sheet["revision"], {"offers": [planner.row(sheet, 0), [1, 4]]})
    assert answer.json()["revision"] == sheet["revision"]


def test_a_second_save_is_refused_and_the_difference_told(planner: Planner, desk: Desk) -> None:
    other = Planner(desk, "one")
    sheet = planner.table("offers")
    first = planner.save(sheet["revision"], {"offers": [planner.row(sheet, 0, price=60000), [1, 4]]})
    assert first.status_code == 200
    refused = other.save(sheet["revision"], {"offers": [[0, 1], planner.row(sheet, 1, capacity=2), [2, 3]]})
    assert refused.status_code == 412
    assert refused.json()["type"].endswith("changed-meanwhile")
    told = other.client.get("/cases/mine/difference", params={"old": sheet["revision"]}).json()
    assert told["revision"] == first.json()["revision"]
    (one,) = told["cells"]
    assert (one["table"], one["row"], one["column"], one["new"]) == ("offers", "aa-dy", "price", 60000.0)
    assert planner.table("offers")["revision"] == first.json()["revision"]


def test_a_case_with_faults_is_not_saved(planner: Planner) -> None:
    sheet = planner.table("offers")
    answer = planner.save(sheet["revision"], {"offers": [planner.row(sheet, 0, price="dear"), [1, 4]]})
    assert answer.status_code == 422
    assert answer.json()["faults"][0]["column"] == "price"
    assert planner.table("offers")["revision"] == sheet["revision"]


@pytest.mark.parametrize("rows", [[[0, 6]], [[3, 9]], [[0, 0]], [[-1, 2]], [[0, 5]] * 60_000, [7], "all"])
def test_rows_that_there_are_not_are_refused(planner: Planner, rows: Any) -> None:
    revision = planner.table("offers")["revision"]
    answer = planner.send("POST", "/check", revision, {"offers": rows})
    faults = answer.json().get("faults") or (answer.status_code >= 400 and answer.json()["detail"])
    assert answer.status_code < 500
    assert faults


def test_no_table_and_no_revision_that_there_is_not(planner: Planner) -> None:
    revision = planner.table("offers")["revision"]
    assert "no such table" in planner.check(revision, {"ofers": []})["faults"][0]["text"]
    assert planner.send("POST", "/check", "sha256:" + "0" * 64, {}).status_code == 422
    assert planner.client.get("/cases/mine/tables/ofers/sheet").status_code == 404


def test_scripts_bring_the_token_of_their_page(planner: Planner, desk: Desk) -> None:
    revision = planner.table("offers")["revision"]
    for given in ("", "0" * 64, Planner(desk, "two").token):
        for method, to in (("POST", "/check"), ("PUT", "")):
            answer = planner.send(method, to, revision, {}, **{"X-CSRF": given, "If-Match": f'"{revision}"'})
            assert answer.status_code == 403, (method, given)


def test_a_key_that_reads_changes_nothing(planner: Planner, desk: Desk) -> None:
    reader = Planner(desk, "one", "read")
    revision = reader.table("offers")["revision"]
    assert reader.save(revision, {}).status_code == 403
    assert send(reader.client, "/", "/cases/mine/copy", to="more").status_code == 403
    assert 'id="save"' not in reader.client.get("/cases/mine/tables/offers").text


def test_who_has_signed_out_is_told_so(planner: Planner) -> None:
    send(planner.client, "/", "/sign-out")
    answer = planner.client.get("/cases/mine/tables/offers/sheet")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_another_tenant_sees_no_sheet(planner: Planner, desk: Desk) -> None:
    other = Planner(desk, "two")
    assert other.client.get("/cases/mine/tables/offers/sheet").status_code == 422
    assert other.save(planner.table("offers")["revision"], {}).status_code == 412


def test_a_bundled_case_is_copied_and_not_changed(planner: Planner) -> None:
    client, page = planner.client, "/cases/japan-motors/tables/demand"
    sheet = client.get(f"{page}/sheet").json()
    body = {"revision": sheet["revision"], "tables": {}}
    headers = {"X-CSRF": planner.token, "If-Match": f'"{sheet["revision"]}"'}
    assert client.put("/cases/japan-motors", json=body, headers=headers).status_code == 409
    sent = send(client, page, "/cases/japan-motors/copy", to="linked")
    assert sent.headers["location"] == "/cases/linked"
    linked = client.get("/cases/linked/tables/offers/sheet").json()
    assert (linked["before"], linked["own"]) == (len(linked["rows"]), 0)
    send(client, page, "/cases/japan-motors/copy", to="whole", whole="yes")
    whole = client.get("/cases/whole/tables/offers/sheet").json()
    assert (whole["before"], whole["own"]) == (0, len(whole["rows"]))
    assert whole["rows"] == linked["rows"]
    assert send(client, page, "/cases/japan-motors/copy", to="whole").status_code == 409
    for wrong in ("korea", "../x", "Upper", ""):
        assert send(client, page, "/cases/japan-motors/copy", to=wrong).status_code in (409, 422), wrong


def test_a_case_goes_out_as_a_file_and_comes_back(planner: Planner) -> None:
    client = planner.client
    for ending, media in (("zip", ZIP), ("xlsx", XLSX)):
        got = client.get(f"/cases/mine/case.{ending}")
        assert (got.status_code, got.headers["content-type"]) == (200, media)
        assert f'filename="mine.{ending}"' in got.headers["content-disposition"]
        headers = {"Content-Type": media, "X-CSRF": planner.token}
        there = client.put("/cases/mine/file", content=got.content, headers={**headers, "If-None-Match": "*"})
        assert there.status_code == 412
        revision = planner.table("offers")["revision"]
        again = client.put("/cases/mine/file", content=got.content, headers={**headers, "If-Match": f'"{revision}"'})
        assert again.status_code == 200, again.text
        other = client.put("/cases/other/file", content=got.content, headers={**headers, "If-None-Match": "*"})
        assert other.status_code == 422
        assert "mine" in other.json()["detail"]
        assert client.put("/cases/mine/file", content=got.content, headers={"Content-Type": media}).status_code == 403
