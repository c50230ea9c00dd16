"""The report: its numbers are those of the tables, it loads nothing, and no name breaks out of it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import optimizer
from optimizer.audit.verify import verify
from optimizer.case.case import Case
from optimizer.errors import InputError
from optimizer.folder.manifest import FORMAT
from optimizer.folder.read import Written, read_plans
from optimizer.folder.write import write_plans
from optimizer.interfaces.cli import app
from optimizer.plans import solving
from optimizer.plans.amounts import money, percent
from optimizer.program.answer import Answer
from optimizer.report.chain import _Chain, chain, content, lanes
from optimizer.report.findings import answer, findings
from optimizer.report.measured import licence_use, limits
from optimizer.report.page import page, write_report
from optimizer.report.wording import asset, country_names, tonnes
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.paths import CASES
from tests.helpers.written import fit, left_over

TOY = load_case(CASES / "toy")
BREAKOUT = "</script></title><img src=x onerror=alert(1)>$title<!-- '\" &"
SEEDS = (0, 3, 5, 8)


def slump(title: str = "AD approves nothing", demand: float = 1.1) -> Scenario:
    event = {"what": "no licence", "table": "controls", "where": {"control": "aa-export"}, "set": {"approval": 0}}
    return Scenario.model_validate(
        {
            "name": "slump",
            "title": title,
            "probability": 0.1,
            "announced": "2027-04-10",
            "source": "test",
            "events": [
                {**event, "from": "2027-05-01"},
                {"what": "more", "table": "demand", "where": {}, "scale": {"tonnes": demand}, "from": "2027-05-01"},
            ],
        }
    )


def write(case: Case, scenarios: list[Any], folder: Path) -> Path:
    write_plans(optimizer.plan(case, scenarios, workers=1), folder)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(TOY, [slump()], tmp_path_factory.mktemp("report") / "toy")


@pytest.fixture(scope="module")
def written(folder: Path) -> Written:
    return read_plans(folder)


@pytest.fixture(scope="module")
def html(written: Written) -> str:
    return page(written)


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


class Reader(HTMLParser):
    """Tags with their attributes, tables as rows of text, text outside scripts, and the contents of scripts."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.scripts: dict[str, str] = {}
        self.text = ""
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(self.tags[-1])
        if tag == "table":
            self.rows = [[""]]
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        opened, _ = self.open.pop()
        assert opened == tag, f"<{opened}> closed by </{tag}>"
        if tag == "table":
            self.tables[self.rows[0][0]] = self.rows[1:]

    def handle_data(self, data: str) -> None:
        tag, attributes = self.open[-1] if self.open else ("", {})
        if tag == "script":
            self.scripts[attributes.get("id") or f"script{len(self.scripts)}"] = data
            return
        self.text += data
        if any(name == "table" for name, _ in self.open):
            self.rows[-1][-1] += data


def of(tables: dict[str, list[list[str]]], row: str, caption: str = "Scenarios side by side") -> dict[str, str]:
    """One row of a table by its headings; headings that stand twice are numbered."""
    head, *rows = tables[caption]
    names = [f"{name}{head[:number].count(name) or ''}" for number, name in enumerate(head)]
    (found,) = (cells for cells in rows if cells[0].startswith(row))
    return dict(zip(names, found, strict=True))


@pytest.mark.slow
def test_the_scenario_table_is_the_summary(folder: Path, html: str) -> None:
    tables = Reader(html).tables
    summary = pd.read_csv(folder / "summary.csv").set_index(["scenario", "answer"])
    base, react, foresight = (
        summary.loc[key] for key in (("base", "base"), ("slump", "react"), ("slump", "foresight"))
    )
    row = of(tables, "slump")
    scale = money(base["cost_usd"], react["cost_usd"], foresight["cost_usd"])
    assert scale.unit == "MUSD"
    assert row["react MUSD"] == scale.cell(react["cost_usd"])
    assert row["of it cash"] == scale.cell(react["cash_usd"])
    assert row["of it penalties"] == scale.cell(react["penalties_usd"])
    assert row["against base"] == scale.cell(react["cost_usd"] - base["cost_usd"], sign=True)
    assert row["foresight MUSD"] == scale.cell(foresight["cost_usd"])
    assert row["against base1"] == scale.cell(foresight["change_usd"], sign=True)
    assert row["unprepared costs"] == scale.cell(react["cost_usd"] - foresight["cost_usd"], sign=True)
    assert row["service"] == percent(react["service_level"], 1)
    assert row["short t"] == tonnes(react["short_t"])
    assert row["CN: magnet"] == percent(react["magnet_CN_share"])
    assert row["certified"] == "yes"
    assert of(tables, "base")["react MUSD"] == scale.cell(base["cost_usd"])


def test_the_page_begins_with_what_to_do(folder: Path, html: str) -> None:
    reader = Reader(html)
    assert html.index('id="decisions"') < html.index('id="answer"')
    caption = "What to do, of the plan to carry out (base plan), by the day by which to act"
    head, *rows = reader.tables[caption]
    assert head[:2] == ["act by", "what"]
    table = pd.read_csv(folder / "decisions.csv").query("answer == 'base'")
    assert {row[0] for row in rows} <= set(table["act_on"])
    assert rows


def test_the_data_of_the_charts_are_the_tables(folder: Path, html: str) -> None:
    data = json.loads(Reader(html).scripts["data"])
    costs = pd.read_csv(folder / "costs.csv")
    cover = pd.read_csv(folder / "cover.csv")
    assert set(data["plans"]) == {"base|base", "slump|react", "slump|foresight"}
    for name, plan in data["plans"].items():
        scenario, kind = name.split("|")
        mine = costs[(costs["scenario"] == scenario) & (costs["answer"] == kind)].set_index("term")["cost_usd"]
        (bars,) = (one for one in data["costs"]["series"] if one["name"] == name)
        assert data["costs"]["unit"] == "MUSD"
        drawn = dict(zip(data["costs"]["names"], bars["values"], strict=True))
        told = {term.replace("_", " "): usd / 1e6 for term, usd in mine.items()}
        assert drawn == pytest.approx({term: told.get(term, 0.0) for term in drawn}, abs=1e-3)
        assert sum(drawn.values()) == pytest.approx(sum(told.values()), abs=0.01)
        stock = cover[(cover["scenario"] == scenario) & (cover["answer"] == kind)]
        for row in stock.to_dict(orient="records"):
            assert plan["cover"][f"{row['site']} {row['product']}"][row["period"]] == pytest.approx(
                row["days"], abs=0.01
            )
    assert data["targets"]["cc-plant magnet"] == 36.5
    shares = pd.read_csv(folder / "shares.csv")
    mine = shares[(shares["scenario"] == "base") & (shares["stage"] == "magnet") & (shares["by"] == "country")]
    (magnet,) = (stage for stage in data["shares"] if stage["stage"] == "magnet")
    for line in magnet["lines"]:
        for year, value in zip(magnet["years"], line["values"], strict=True):
            table = mine[(mine["member"] == line["name"]) & (mine["year"] == year)]["share"].sum()
            assert value == pytest.approx(table, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_flows_end_in_what_is_delivered_and_limits_are_measured_like_shares(seed: int, tmp_path: Path) -> None:
    case = random_case(seed)
    written = read_plans(write(case, [random_scenario(case, seed)], tmp_path / "out"))
    earths = content(written.case)
    drawn = {row.site for row in case.tables.sites if row.latitude is not None}
    for one in written.answers:
        flows = chain(written, *one)
        served = written.table("deliveries", *one)
        delivered = (served["tonnes"] * served["material"].map(earths)).sum()
        arrived = flows.loc[flows["to_step"] == "plant", "tonnes"].sum()
        assert arrived == pytest.approx(delivered, rel=1e-3, abs=0.1)
        moved = written.table("shipments", *one)
        ends = moved[["origin", "from_country", "destination", "to_country", "tonnes"]].itertuples(index=False)
        apart = [t for start, a, end, b, t in ends if (start if start in drawn else a) != (end if end in drawn else b)]
        assert lanes(written, *one)["tonnes"].sum() == pytest.approx(sum(apart))
        shares = written.table("shares", *one).set_index(["stage", "by", "year", "member"])["share"]
        measured = limits(written, *one)
        for row in measured[(measured["measure"] == "share") & (measured["window"] != "period")].to_dict("records"):
            year = "all" if row["window"] == "horizon" else row["window"]
            key = (row["stage"], row["by"], year, row["member"])
            if year in ("all", "2027", "2028") and row["member"] != "friends":
                assert row["bought"] == pytest.approx(shares.get(key, 0.0), abs=1e-6), row
    assert page(written).endswith("</html>\n")


def test_goods_that_meet_in_one_place_are_told_apart_pro_rata() -> None:
    """BB's pool holds 6 t of its own oxide and 4 t of AD's, so 5 t used there are 3 and 2; 0.8 of oxide is dysprosium."""
    empty = {
        "purchases": ["offer", "site", "material", "tonnes"],
        "shipments": ["origin", "destination", "material", "tonnes"],
        "consumption": ["site", "recipe", "material", "tonnes"],
        "production": ["site", "recipe", "activity_t"],
        "deliveries": ["site", "material", "tonnes"],
    }
    rows: dict[str, list[tuple[Any, ...]]] = {
        "purchases": [("aa-dy", "aa-trader", "dy-oxide", 9.0), ("bb-dy", "bb-trader", "dy-oxide", 6.0)],
        "shipments": [("AD hub", "BB hub", "dy-oxide", 4.0)],
        "consumption": [("bb-press", "press-magnet", "dy-oxide", 5.0)],
        "production": [("bb-press", "press-magnet", 125.0)],
        "deliveries": [],
    }
    tables = {name: pd.DataFrame(rows[name], columns=columns) for name, columns in empty.items()}
    links = _Chain(TOY, tables).solve()
    assert links[("oxide", "AD"), ("magnet", "BB")] == pytest.approx(0.8 * 2, rel=1e-5)
    assert links[("oxide", "BB"), ("magnet", "BB")] == pytest.approx(0.8 * 3, rel=1e-5)


@pytest.mark.slow
def test_a_site_with_coordinates_is_a_point_of_its_own(tmp_path: Path) -> None:
    there = {"latitude": 47.5, "longitude": 19.0}
    sites = tuple(row.model_copy(update=there if row.site == "cc-plant" else {}) for row in TOY.tables.sites)
    written = read_plans(write(Case(TOY.file, TOY.tables.replaced(sites=sites), TOY.places), [], tmp_path / "out"))
    assert set(lanes(written, "base", "base")["to"]) >= {"cc-plant"}
    assert json.loads(Reader(page(written)).scripts["data"])["points"]["cc-plant"][:2] == [19.0, 47.5]
    with pytest.raises(ValueError, match="expected both or neither"):
        type(sites[0]).model_validate({**sites[0].model_dump(), "latitude": 1.0})


def test_licences_for_all_and_for_some_are_not_added(written: Written) -> None:
    use = licence_use(written, "base", "base")
    table = written.table("licences", "base", "base")
    assert set(table["applicants"]) > {""}, "the toy case has both"
    for row in use.to_dict(orient="records"):
        some = table[
            (
                table[["control", "origin", "destination", "group", "applicants"]] == [row[n] for n in use.columns[:5]]
            ).all(axis=1)
        ]
        assert some["period"].is_unique
        assert row["used_t"] == pytest.approx(some["used_t"].sum())
        assert row["used_t"] <= row["licensed_t"] + 1e-6


def test_the_answer_says_the_numbers(written: Written, html: str) -> None:
    said = answer(written, country_names())
    base, worst = findings(written)
    assert base.react is not None
    assert f"{base.react / 1e6:,.1f} million USD" in said.lead[0]
    assert worst.extra is not None
    assert worst.unprepared is not None
    assert any(f"slump (AD approves nothing): {worst.extra / 1e6:,.1f} million USD more" in text for text in said.lead)
    text = " ".join(Reader(html).text.split())
    assert " ".join(said.lead) in text
    assert "Not legal advice" in text
    assert re.search(r"of the \d+ rows of the case \d+ are sourced, \d+ background and \d+ assumption", text)
    assert written.manifest.case_sha256 in text
    assert "3 of 3 hold" in text


@pytest.mark.slow
def test_a_scenario_as_bad_as_the_base_is_not_called_worse(tmp_path: Path) -> None:
    alike = slump(demand=1.0)
    alike = alike.model_copy(update={"events": alike.events[1:]})
    written = read_plans(write(TOY, [alike], tmp_path / "out"))
    base, same = findings(written)
    assert base.short is not None
    assert base.short > 0.3, "the base goes short itself"
    assert not same.worse
    assert (
        answer(written, {}).lead[-1] == "Of 1 scenario planned, none costs noticeably more or leaves more demand unmet."
    )


def test_nothing_is_loaded_from_anywhere(html: str) -> None:
    reader = Reader(html)
    for tag, attributes in reader.tags:
        assert tag not in ("link", "iframe", "object", "embed", "img", "base")
        assert not {"src", "href", "srcset", "data", "action", "xlink:href"} & set(attributes), tag
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    assert not re.search(r"url\(|@import", style[1])
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|importScripts|eval)\(", asset("page.js"))
    (policy,) = (found["content"] for tag, found in reader.tags if found.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy


def test_it_can_be_read_aloud(html: str) -> None:
    reader = Reader(html)
    assert [tag for tag, _ in reader.tags].count("h1") == 1
    assert all(found.get("aria-label") for _, found in reader.tags if found.get("role") in ("img", "region"))
    assert all(caption for caption in reader.tables)
    ids = [found["id"] for _, found in reader.tags if "id" in found]
    assert len(ids) == len(set(ids))
    assert {found["aria-labelledby"] for tag, found in reader.tags if tag == "section"} <= set(ids)
    assert ("html", {"lang": "en"}) in reader.tags


@pytest.mark.slow
def test_no_name_breaks_out(tmp_path: Path) -> None:
    """Free text of the case and of scenarios, and a name in a table, are text and nothing else."""
    named = {"company": BREAKOUT, "latitude": 1.0, "longitude": 2.0}
    sites = tuple(row.model_copy(update=named if row.site == "aa-press" else {}) for row in TOY.tables.sites)
    case = Case(TOY.file.model_copy(update={"title": BREAKOUT}), TOY.tables.replaced(sites=sites), TOY.places)
    folder = write(case, [slump(BREAKOUT)], tmp_path / "out")
    for name, column in (("shares", "member"), ("prices", "rule"), ("costs", "term"), ("licences", "control")):
        table = pd.read_csv(folder / f"{name}.csv", keep_default_na=False)
        table.loc[:3, column] = BREAKOUT
        table.to_csv(folder / f"{name}.csv", index=False)
    numbers = {name: [5e6] for name in ("paid_usd", "cost_usd", "price_low", "price_high")}
    words = {name: [BREAKOUT] for name in ("kind", "rule", "what", "unit")}
    pd.DataFrame({**words, **numbers}).to_csv(folder / "ledger.csv", index=False)
    fit(folder)
    html = page(read_plans(folder))
    reader = Reader(html)
    assert "img" not in {tag for tag, _ in reader.tags}
    assert [tag for tag, _ in reader.tags].count("script") == 4
    assert not any("onerror" in found for _, found in reader.tags)
    assert BREAKOUT in reader.text
    data = json.loads(reader.scripts["data"])
    assert BREAKOUT in data["costs"]["names"]
    assert data["points"]["aa-press"] == [2.0, 1.0, BREAKOUT]
    assert "<img" not in html


def test_a_ledger_is_shown_where_there_is_one(copy: Path, html: str) -> None:
    assert 'id="ledger"' not in html
    (copy / "ledger.csv").write_text(
        "kind,rule,what,paid_usd,cost_usd,price_low,price_high,unit,value,checked_from,checked_to\n"
        "limit,crma,at most 0.65,0,4600000,-17160137,-16567752,of share,0.65,0.64,0.66\n"
        "limit,idle,at most 0.9,0,0,0,0,of share,0.9,0.9,0.9\n"
    )
    assert page(read_plans(copy)) == html, "it is not listed"
    fit(copy)
    reader = Reader(page(read_plans(copy)))
    assert reader.tables["Ledger"][1] == [
        "limit: crma",
        "at most 0.65",
        "0.000",
        "4.600",
        "-17,160,137 to -16,567,752",
        "of share",
    ]
    assert len(reader.tables["Ledger"]) == 2
    assert "Cost nothing: idle." in reader.text


@pytest.mark.slow
def test_an_answer_without_certificate_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def failing(program: object, start: object, tasks: list[object], **kwargs: object) -> object:
        for task in tasks:
            yield task, Answer("time limit")

    monkeypatch.setattr(solving, "solve_all", failing)
    reader = Reader(page(read_plans(write(TOY, [slump()], tmp_path / "out"))))
    assert "Not certified, and therefore without numbers: slump." in reader.text
    assert of(reader.tables, "slump")["certified"] == "no"
    assert of(reader.tables, "slump")["react MUSD"] == "-"


def _cell(text: str, number: int) -> str:
    """The first row of a CSV file with one cell replaced by a word."""
    head, first, *rest = text.splitlines()
    cells = first.split(",")
    cells[number] = "many"
    return "\n".join([head, ",".join(cells), *rest])


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("manifest.json", None, "expected a folder written by 'lodestar plan --out'"),
        ("manifest.json", lambda text: text[:50], "manifest.json: "),
        (
            "manifest.json",
            lambda text: text.replace(f'"format": {FORMAT}', '"format": 99'),
            f"expected {FORMAT}, found 99",
        ),
        ("manifest.json", lambda text: text.replace('"case_sha256": "', '"case_sha256": "0'), "found it changed"),
        ("shares.csv", None, "shares.csv: expected a file of a written plan, found no such file"),
        ("shares.csv", lambda text: "", "shares.csv: expected a table of a written plan, found one that is damaged"),
        ("shares.csv", lambda text: text.replace("member", "who", 1), "shares.csv: expected a column member"),
        ("costs.csv", lambda text: _cell(text, 3), "costs.csv row 2: cost_usd: expected a number, found 'many'"),
        ("costs.csv", lambda text: text + "a,b,c,d,e,f,g\n", "cost_usd: expected a number, found 'd'"),
        ("shares.csv", lambda text: text[: text.index("magnet,") + 4], "by: expected a word, found nothing"),
        (
            "shipments.csv",
            lambda text: re.sub(r"[A-Z]{2}(,\w*\n)$", r"\1", text),
            "to_country: expected a word, found nothing",
        ),
        ("costs.csv", lambda text: "\udcff\udcfe" + text, "costs.csv: expected a table"),
        ("shipments.csv", lambda text: text.replace("dy-oxide", "my-oxide", 1), "not in the case: 'my-oxide'"),
        ("summary.csv", lambda text: text.replace("service_level", "level", 1), "expected a column service_level"),
        ("summary.csv", lambda text: text.replace("certified", "sure", 1), "expected a column certified"),
        ("case/case.yaml", None, "case.yaml: expected a file of a written plan, found no such file"),
        ("case/sites.csv", lambda text: text.replace("country", "land", 1), "sites.csv"),
        ("case/demand.csv", lambda text: text.replace("80", "81", 1), "found it changed"),
    ],
)
def test_a_damaged_folder_ends_in_one_message(copy: Path, name: str, damage: Any, said: str) -> None:
    path = copy / name
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage(path.read_text(encoding="utf-8")).encode("utf-8", "surrogateescape"))
        if name != "manifest.json":
            with pytest.raises(InputError, match=f"{name}: expected as it was written, found it changed"):
                write_report(copy)
            fit(copy)
    before = sorted(copy.rglob("*"))
    with pytest.raises(InputError) as caught:
        write_report(copy)
    assert any(said in str(fault) for fault in caught.value.faults), caught.value
    assert all("\n" not in str(fault) and str(copy) in str(fault) for fault in caught.value.faults), caught.value
    assert sorted(copy.rglob("*")) == before, "nothing is written"


def test_all_faults_are_said_together(copy: Path) -> None:
    (copy / "shares.csv").unlink()
    (copy / "costs.csv").write_text("")
    for _ in range(2):
        with pytest.raises(InputError) as caught:
            read_plans(copy)
        assert len(caught.value.faults) == 2
        (copy / "shares.csv").write_text("")
        fit(copy)


def test_the_command_writes_where_it_is_told(copy: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["report", str(copy)])
    assert run.exit_code == 0, run.output
    assert (copy / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    out = tmp_path / "deep" / "page.html"
    for _ in range(2):
        assert CliRunner().invoke(app, ["report", str(copy), "--out", str(out)]).exit_code == 0
    assert out.read_text(encoding="utf-8") == (copy / "report.html").read_text(encoding="utf-8")
    assert [path.name for path in out.parent.iterdir()] == ["page.html"], "nothing is left beside it"


def test_other_files_are_not_replaced(copy: Path) -> None:
    page_of_theirs = copy.parent / "index.html"
    page_of_theirs.write_text("<!doctype html><title>mine</title>")
    for target, said in (
        (page_of_theirs, "found another file"),
        (copy / "costs.csv", "outside the folder"),
        (copy / "page.html", "outside the folder"),
        (copy.parent, "found a folder"),
    ):
        before = sorted(copy.parent.rglob("*"))
        with pytest.raises(InputError, match=said):
            write_report(copy, target)
        assert sorted(copy.parent.rglob("*")) == before
    assert page_of_theirs.read_text() == "<!doctype html><title>mine</title>"
    (copy / "report.html").write_text("<!doctype html><title>mine</title>")
    with pytest.raises(InputError, match="found another file"):
        write_report(copy)
    with pytest.raises(InputError, match=r"no manifest\.json"):
        write_report(copy / "case")


def test_a_report_is_of_its_plan_and_listed(copy: Path) -> None:
    write_report(copy)
    manifest = read_plans(copy).manifest
    first = (copy / "report.html").read_text(encoding="utf-8")
    assert f'content="{manifest.plan_sha256}"' in first
    assert manifest.files["report.html"] == hashlib.sha256(first.encode()).hexdigest()
    assert verify(copy).holds
    assert left_over(copy) == []
    write_report(copy)
    assert (copy / "report.html").read_text(encoding="utf-8") == first
    (copy / "report.html").write_text(first.replace("</html>", "<p>0.0</p></html>"), encoding="utf-8")
    assert "report.html: expected as it was written, found it changed" in str(verify(copy).faults[0])
    write_report(copy)
    assert verify(copy).holds


@pytest.mark.slow
def test_a_report_is_written_anew_with_its_plan(copy: Path, tmp_path: Path) -> None:
    write_report(copy)
    old = read_plans(copy).manifest.plan_sha256
    case = CASES / "toy"
    scenario = tmp_path / "slump.yaml"
    content = slump().model_dump(mode="json", by_alias=True, exclude_none=True)
    scenario.write_text(yaml.safe_dump(content), encoding="utf-8")
    run = CliRunner().invoke(app, ["plan", str(case), "-s", str(scenario), "--out", str(copy)])
    assert run.exit_code == 0, run.output
    new = read_plans(copy).manifest
    assert new.plan_sha256 != old
    assert new.plan_sha256 in (copy / "report.html").read_text(encoding="utf-8")
    assert "report.html" in new.files
    assert verify(copy).holds


def test_the_outline_has_no_streaks() -> None:
    """No edge runs round the world, as those of polygons over the antimeridian do where they are not cut."""
    (land,) = json.loads(asset("vendor/world.json"))["features"]
    for (ring,) in land["geometry"]["coordinates"]:
        assert ring[0] == ring[-1]
        for (x, y), (u, v) in pairwise(ring):
            assert abs(x) <= 180
            assert abs(y) <= 90
            assert abs(u - x) < 60
            assert abs(v - y) < 60


def test_licences_lie_beside_what_others_wrote() -> None:
    assert "Apache License" in asset("vendor/LICENSE-echarts")
    assert asset("vendor/echarts.min.js").startswith("/*! Parts of Apache ECharts")
    assert "</script" not in asset("vendor/echarts.min.js").lower()
    assert "</script" not in asset("page.js").lower()
