"""What the report draws: only stages the case has, stock as stock, limits where they bind; and what the page may run."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from base64 import b64encode
from pathlib import Path

import pytest

import optimizer
from optimizer.case.calendar import Calendar
from optimizer.case.case import Case
from optimizer.folder.read import Written, read_plans
from optimizer.folder.write import write_plans
from optimizer.report.chain import chain
from optimizer.report.charts import chart_data, ends_of_quarters
from optimizer.report.page import page
from optimizer.world.load import load_case
from tests.helpers.paths import CASES, ROOT

VENDOR = ROOT / "optimizer" / "report" / "vendor"
TOOLS = ROOT / "tools" / "report"
TOY = load_case(CASES / "toy")
OFFERS = load_case(CASES / "transport")


def changed(case: Case, name: str, *rows: object) -> Case:
    return Case(case.file, case.tables.replaced(**{name: rows}), {**case.places, name: ("test",) * len(rows)})


def planned(case: Case, folder: Path) -> Written:
    write_plans(optimizer.plan(case, [], workers=1), folder)
    return read_plans(folder)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return planned(TOY, tmp_path_factory.mktemp("charts") / "toy")


@pytest.fixture(scope="module")
def offers(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return planned(OFFERS, tmp_path_factory.mktemp("charts") / "offers")


def test_a_case_of_offers_has_two_columns(offers: Written) -> None:
    data = chart_data(offers)
    assert data["columns"] == ["Magnet", "Buyer's plant"]
    assert data["steps"] == {"magnet": [0, "Magnet"], "plant": [1, "Buyer's plant"]}
    assert "Stock against its target" not in page(offers), "nothing may be kept in stock"


@pytest.mark.slow
def test_every_column_has_goods_and_every_step_a_column(toy: Written) -> None:
    data = chart_data(toy)
    used = {step for plan in data["plans"].values() for link in plan["links"] for step in (link[0], link[2])}
    assert set(data["steps"]) == used
    assert {column for column, _ in data["steps"].values()} == set(range(len(data["columns"])))
    for plan in data["plans"].values():
        for above, _, below, _, _ in plan["links"]:
            assert data["steps"][above][0] < data["steps"][below][0]


def test_opening_stock_is_no_maker(toy: Written) -> None:
    links = chain(toy, "base", "base")
    stock = links[links["from_step"] == "stock"]
    held = sum(row.opening for row in TOY.tables.stocks) + sum(row.tonnes for row in TOY.tables.arrivals)
    assert 0 < stock["tonnes"].sum() <= held + 1e-6
    made = toy.table("shares", "base", "base")
    made = made[(made["by"] == "country") & (made["year"] == "all")].set_index(["stage", "member"])["tonnes"]
    for step, place in set(zip(links["from_step"], links["from"], strict=True)):
        assert step == "stock" or (step, place) in made.index, "nobody makes it there"


def test_a_case_of_stock_alone_has_no_maker(tmp_path: Path) -> None:
    pattern = TOY.tables.stocks[0]
    rows = [
        pattern.model_copy(
            update={
                **{
                    "site": row.site,
                    "material": row.product,
                    "origin": None,
                    "opening": row.tonnes,
                    "capacity": row.tonnes,
                },
                **{"holding": 0.0, "cover": 0.0, "reserve": 0.0, "terminal": 0.0},
            }
        )
        for row in OFFERS.tables.demand
    ]
    case = changed(changed(OFFERS, "stocks", *rows), "offers")
    data = chart_data(planned(changed(case, "routes"), tmp_path / "out"))
    assert data["columns"] == ["Opening stock", "Buyer's plant"]
    country = {row.site: row.country for row in OFFERS.tables.sites}
    found = {tuple(link[:4]): link[4] for link in data["plans"]["base|base"]["links"]}
    assert found == {("stock", country[row.site], "plant", row.site): row.tonnes for row in OFFERS.tables.demand}


@pytest.mark.parametrize(
    ("changes", "drawn"),
    [
        ({}, True),
        ({"member": "first"}, True),
        ({"materials": "all"}, True),
        ({"by": "supplier"}, False),
        ({"by": "owner"}, False),
        ({"member": "friends", "exempt": ""}, False),
        ({"materials": "one"}, False),
        ({"measure": "volume"}, False),
    ],
)
def test_only_limits_on_one_country_are_drawn(toy: Written, changes: dict[str, str], drawn: bool) -> None:
    row = next(row for row in TOY.tables.limits if (row.measure, row.by, row.member) == ("share", "country", "each"))
    materials = tuple(some.material for some in TOY.tables.materials if some.stage == row.stage)
    assert len(materials) > 1
    update: dict[str, object] = dict(changes)
    if "materials" in changes:
        update["materials"] = materials if changes["materials"] == "all" else materials[:1]
    if changes.get("member") == "first":
        update.update(member=TOY.tables.sites[0].country, exempt="")
    case = changed(TOY, "limits", row.model_copy(update=update))
    stages = chart_data(Written(toy.folder, case, toy.manifest, toy.summary, toy.tables))["shares"]
    assert [limit["name"] for stage in stages for limit in stage["limits"]] == ([row.limit] if drawn else [])


def test_a_row_of_the_scenario_table_says_its_headings(toy: Written) -> None:
    """A phone shows a row as a card: every cell brings the name of its column."""
    body = page(toy).split('aria-label="Scenarios side by side"')[1].split("</table>")[0]
    heads = re.findall(r"<th scope=\"col\"[^>]*>([^<]*)</th>", body)[1:]
    assert re.findall(r'<td[^>]* data-label="([^"]*)"', body) == heads


def test_the_page_runs_what_it_brings_and_nothing_else(toy: Written) -> None:
    html = page(toy)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    rules = dict(rule.split(" ", 1) for rule in policy[1].split("; "))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy[1]

    def hashes(pattern: str) -> list[str]:
        found = re.findall(pattern, html, re.DOTALL)
        return [f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in found]

    assert rules["script-src"].split() == hashes(r"<script>(.*?)</script>")
    assert rules["style-src"].split() == hashes(r"<style>(.*?)</style>")
    assert len(rules["script-src"].split()) == 2
    markup = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", html, flags=re.DOTALL)
    assert not re.search(r"<[^>]*\s(style|on\w+)=", markup), (
        "neither styles nor handlers in attributes: they would be blocked"
    )


def test_third_party_files_are_those_that_were_built() -> None:
    listed = dict(line.split()[::-1] for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    assert set(listed) == {path.name for path in VENDOR.iterdir() if path.suffix in (".js", ".json")}
    for name, digest in listed.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


def test_the_build_is_pinned() -> None:
    wanted = json.loads((TOOLS / "package.json").read_text())["devDependencies"]
    lock = json.loads((TOOLS / "package-lock.json").read_text())["packages"]
    assert lock[""]["devDependencies"] == wanted
    for name, version in wanted.items():
        assert lock[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in one for path, one in lock.items() if path)
    assert not any("resolved" in one for one in lock.values()), "no address of a package host"


def test_stock_is_told_at_the_end_of_each_quarter_however_short_the_periods() -> None:
    calendar = Calendar.of(dt.date(2027, 1, 1), [1] * 9 + [3] + [6] * 2).cut([dt.date(2027, 6, 11)])
    assert ends_of_quarters(calendar) == {
        "2027Q1": "2027-03", "2027Q2": "2027-06-11", "2027Q3": "2027-09", "2027Q4": "2027Q4", "2028H1": "2028H1", "2028H2": "2028H2"
    }  # fmt: skip
