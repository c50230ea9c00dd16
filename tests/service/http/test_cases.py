"""Cases over HTTP: written in revisions, read as JSON or zip, never written over what the caller has not read."""

from __future__ import annotations

import io
import zipfile

import httpx
import pytest

from optimizer import case_from, load_case
from optimizer.service.store.refusals import RevisionError
from optimizer.world.kit import kit
from tests.helpers.paths import BUNDLED
from tests.helpers.service import Service, own_case, own_scenario
from tests.helpers.sheets import changed, kit_workbook, put

ZIP = {"Accept": "application/zip"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def kept(one: httpx.Client) -> httpx.Response:
    """A case that was written."""
    written = one.put("/v1/cases/kept", json=own_case("kept"))
    assert written.status_code == 201, written.text
    return written


def zipped(files: dict[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


def unzipped(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_case_comes_back_as_it_was_written(one: httpx.Client, kept: httpx.Response) -> None:
    read = one.get(kept.headers["Location"])
    assert read.json() == own_case("kept")
    assert read.headers["ETag"] == kept.headers["ETag"] == f'"{kept.json()["revision"]}"'
    assert case_from(**read.json()).digest() == case_from(**own_case("kept")).digest()


def test_a_bundled_case_is_the_one_that_the_command_plans(one: httpx.Client) -> None:
    for item in one.get("/v1/cases", params={"limit": 500}).json()["items"]:
        if item["bundled"]:
            body = one.get(f"/v1/cases/{item['name']}").json()
            assert case_from(**body).digest() == load_case(item["name"]).digest()


def test_a_workbook_is_the_same_case(one: httpx.Client, kept: httpx.Response) -> None:
    read = one.get("/v1/cases/kept", headers={"Accept": XLSX})
    assert (read.status_code, read.headers["Content-Type"]) == (200, XLSX)
    assert read.headers["ETag"] == f'"{kept.json()["revision"]}.xlsx"'
    again = one.put("/v1/cases/kept", content=read.content, headers={"Content-Type": XLSX})
    assert again.status_code == 200, again.text
    assert case_from(**one.get("/v1/cases/kept").json()).digest() == case_from(**own_case("kept")).digest()
    one.put("/v1/cases/kept", json=own_case("kept"))


def test_a_workbook_keeps_to_the_shared_tables_that_it_names(one: httpx.Client) -> None:
    case = load_case(kit("tier1"))
    written = one.put(f"/v1/cases/{case.name}", content=kit_workbook(), headers={"Content-Type": XLSX})
    assert written.status_code == 201, written.text
    body = one.get(f"/v1/cases/{case.name}").json()
    assert (body["settings"]["shared"], "controls" in body["rows"]) == (["controls"], False)
    assert case_from(**body).digest() == case.digest()


def test_a_wrong_workbook_is_told_with_its_cell(one: httpx.Client) -> None:
    spoilt = changed(kit_workbook(), put("demand", {"B3": "sh-magnet"}))
    refused = one.put("/v1/cases/tier1", content=spoilt, headers={"Content-Type": XLSX})
    faults = {fault["cell"]: fault["suggest"] for fault in refused.json()["faults"]}
    assert (refused.status_code, faults["B3"]) == (422, "sh-magnets")
    for content in (b"", b"PK", b"no workbook"):
        refused = one.put("/v1/cases/tier1", content=content, headers={"Content-Type": XLSX})
        assert (refused.status_code, refused.json()["faults"][0]["code"]) == (422, "not-a-workbook")


def test_a_zip_is_the_same_case(one: httpx.Client, kept: httpx.Response) -> None:
    read = one.get("/v1/cases/kept", headers=ZIP)
    assert read.headers["Content-Type"] == "application/zip"
    assert read.headers["ETag"] != kept.headers["ETag"]
    assert one.get("/v1/cases/kept", headers=ZIP).content == read.content
    again = one.put("/v1/cases/kept", content=read.content, headers={"Content-Type": "application/zip"})
    assert (again.status_code, again.json()["revision"]) == (200, kept.json()["revision"])


def test_a_zip_may_be_packed_with_or_without_its_folder(one: httpx.Client, kept: httpx.Response) -> None:
    files = unzipped(one.get("/v1/cases/kept", headers=ZIP).content)
    bare = {name.partition("/")[2]: text for name, text in files.items()}
    beside = {**bare, "notes/plan.md": "words", "__MACOSX/._case.yaml": "junk", ".DS_Store": "junk"}
    for content, passed in ((files, []), (bare, []), (beside, sorted(beside.keys() - bare.keys()))):
        written = one.put(
            "/v1/cases/kept", content=zipped(content), headers={"Content-Type": "application/x-zip-compressed"}
        )
        assert written.json()["revision"] == kept.json()["revision"], written.text
        assert sorted(written.json()["passed_over"]) == passed


def test_faults_of_a_zip_name_its_files(one: httpx.Client, kept: httpx.Response) -> None:
    files = unzipped(one.get("/v1/cases/kept", headers=ZIP).content)
    files["kept/demand.csv"] = files["kept/demand.csv"].replace("2027", "twenty", 1)
    files["kept/Availability.csv"] = "site\n"
    refused = one.put("/v1/cases/kept", content=zipped(files), headers={"Content-Type": "application/zip"})
    assert refused.status_code == 422
    assert {fault["file"] for fault in refused.json()["faults"]} == {"kept/demand.csv", "kept/Availability.csv"}
    assert one.get("/v1/cases/kept").headers["ETag"] == kept.headers["ETag"]


def test_every_change_is_a_revision(one: httpx.Client) -> None:
    tags = [
        one.put("/v1/cases/changed", json=own_case("changed", title=title)).headers["ETag"]
        for title in ("one", "two", "two", "three")
    ]
    assert tags[1] == tags[2]
    assert len(set(tags)) == 3
    pages, query = [], {"limit": "2"}
    while True:
        page = one.get("/v1/cases/changed/revisions", params=query).json()
        pages.append([(item["number"], f'"{item["revision"]}"') for item in page["items"]])
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert pages == [[(3, tags[3]), (2, tags[2])], [(1, tags[0])]]
    first = one.get("/v1/cases/changed", params={"revision": tags[0].strip('"')})
    assert first.json()["settings"]["title"] == "one"
    assert one.get("/v1/cases/changed", params={"revision": "sha256:" + "0" * 64}).status_code == 404


def test_nobody_writes_over_what_they_have_not_read(one: httpx.Client) -> None:
    first = one.put("/v1/cases/shared", json=own_case("shared"), headers={"If-None-Match": "*"})
    assert first.status_code == 201
    tag = first.headers["ETag"]
    assert one.put("/v1/cases/shared", json=own_case("shared"), headers={"If-None-Match": "*"}).status_code == 412
    second = one.put("/v1/cases/shared", json=own_case("shared", title="2"), headers={"If-Match": tag})
    assert second.status_code == 200
    for header in (tag, f"W/{second.headers['ETag']}", '"no"'):
        late = one.put("/v1/cases/shared", json=own_case("shared", title="3"), headers={"If-Match": header})
        assert late.status_code == 412, header
        assert one.delete("/v1/cases/shared", headers={"If-Match": header}).status_code == 412
    for header in ("*", f'"no", {second.headers["ETag"]}', second.headers["ETag"][:-1] + '.zip"'):
        same = one.put("/v1/cases/shared", json=own_case("shared", title="2"), headers={"If-Match": header})
        assert same.status_code == 200, header
    assert one.delete("/v1/cases/shared", headers={"If-Match": second.headers["ETag"]}).status_code == 204
    assert one.get("/v1/cases/shared").status_code == 404
    gone = one.put("/v1/cases/shared", json=own_case("shared"), headers={"If-Match": tag})
    assert gone.status_code == 412
    assert one.delete("/v1/cases/shared").status_code == 404


def test_what_the_caller_has_is_not_sent_again(one: httpx.Client, kept: httpx.Response) -> None:
    tag = kept.headers["ETag"]
    for header in (tag, f"W/{tag}", f'"no", {tag}', "*"):
        read = one.get("/v1/cases/kept", headers={"If-None-Match": header})
        assert (read.status_code, read.content, read.headers["ETag"]) == (304, b"", tag), header
    assert one.get("/v1/cases/kept", headers={"If-None-Match": tag, **ZIP}).status_code == 200


def test_a_case_is_called_as_its_address_says(one: httpx.Client) -> None:
    refused = one.put("/v1/cases/this", json=own_case("that"))
    (fault,) = refused.json()["faults"]
    assert (refused.status_code, fault["column"], fault["code"]) == (422, "name", "inconsistent")
    assert one.get("/v1/cases/this").status_code == 404


def test_all_faults_come_at_once_and_nothing_is_kept(one: httpx.Client) -> None:
    body = own_case("faulty", discount_rate=-1)
    sites = [dict(row) for row in body["rows"]["sites"]]
    sites[0]["country"], sites[1]["contry"] = "XX", "DE"
    refused = one.put("/v1/cases/faulty", json={**body, "rows": {**body["rows"], "sites": sites, "sights": []}})
    faults = refused.json()["faults"]
    assert refused.status_code == 422
    assert {(fault["table"], fault["row"], fault["column"]) for fault in faults} >= {
        ("sites", 1, "country"), ("sites", 2, "contry"), (None, None, "discount_rate"),
    }  # fmt: skip
    assert any(fault["suggest"] == "sites" for fault in faults)
    assert refused.json()["detail"] == f"The case has {len(faults)} faults"
    assert one.get("/v1/cases/faulty").status_code == 404


def test_bundled_cases_are_only_read(one: httpx.Client) -> None:
    tag = one.get("/v1/cases/ev-motors").headers["ETag"]
    assert one.put("/v1/cases/ev-motors", json=own_case("ev-motors")).status_code == 409
    assert one.delete("/v1/cases/ev-motors").status_code == 409
    assert one.get("/v1/cases/ev-motors").headers["ETag"] == tag
    assert len(one.get("/v1/cases/ev-motors/revisions").json()["items"]) == 1


def test_pages_hold_every_case_once(service: Service) -> None:
    caller = service.caller("many")
    stores, tenant = service.stores, service.tenant("many")
    for name in ("a", "e", "ev-motorz", "kk", "zz"):
        stores.cases.put(tenant, name, own_case(name), if_match=None)
    names, query = [], {"limit": "2"}
    while True:
        page = caller.get("/v1/cases", params=query).json()
        names += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    bundled = [name for name in names if name in BUNDLED]
    assert bundled == BUNDLED
    assert names == sorted([*bundled, "a", "e", "ev-motorz", "kk", "zz"])


def test_of_two_who_make_the_same_case_one_is_refused(service: Service, one: httpx.Client) -> None:
    """Also where both looked before either wrote: the store holds it in the transaction that writes."""
    tenant, cases = service.tenant("one"), service.stores.cases
    cases.put(tenant, "raced", own_case("raced"), if_match="")
    with pytest.raises(RevisionError):
        cases.put(tenant, "raced", own_case("raced", title="2"), if_match="")
    service.stores.scenarios.put(tenant, "raced", own_scenario("raced"), if_match="")
    with pytest.raises(RevisionError):
        service.stores.scenarios.put(tenant, "raced", own_scenario("raced"), if_match="")
    assert one.get("/v1/cases/raced").json()["settings"]["title"] == own_case("raced")["settings"]["title"]
