"""Plans show themselves in a notebook by the code of the report; the cells of the page run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from optimizer.folder.read import Written, read_plans
from optimizer.folder.write import write_plans
from optimizer.plans.plan import Plans
from optimizer.plans.shown import View
from optimizer.questions.summary import Summary
from optimizer.report.markup import text
from optimizer.report.page import page
from tests.helpers.command import lodestar_here
from tests.helpers.left_out import left_out
from tests.helpers.paths import ROOT
from tests.helpers.planned import plan
from tests.helpers.small import scenario

STOP = "- {table: offers, where: {offer: spot}, set: {capacity: 0}, from: 2027-04-01, what: it stops}\n"
TITLE = "</iframe></script><img src=x onerror=alert(1)>"
CELLS = re.findall(
    r"^```(python|text)\n(.*?)^```$", (ROOT / "docs/notebook.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Plans:
    folder = tmp_path_factory.mktemp("notebook")
    case = left_out(folder / "case", capacity=30)
    settings = (case / "case.yaml").read_text(encoding="utf-8")
    (case / "case.yaml").write_text(settings.replace("title: t\n", f"title: {TITLE}\n"), encoding="utf-8")
    return plan(case, [scenario(folder / "stop.yaml", STOP)])


@pytest.fixture(scope="module")
def written(plans: Plans, tmp_path_factory: pytest.TempPathFactory) -> Written:
    write_plans(plans, folder := tmp_path_factory.mktemp("notebook") / "out")
    return read_plans(folder)


def drawn(html: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    data: dict[str, Any] = json.loads(found)
    return data


@pytest.mark.parametrize("key", [("base", "base"), ("stop", "react"), ("stop", "foresight")])
def test_an_answer_draws_what_the_report_draws(plans: Plans, written: Written, key: tuple[str, str]) -> None:
    outcome, report = plans.outcome(*key), drawn(page(written))
    for view, name in ((outcome.sankey(), "chart-flows"), (outcome.map(), "chart-map")):
        data = drawn(view.page)
        assert data["plans"][data["first"]] == report["plans"]["|".join(key)]
        assert data["plans"][data["first"]]["links"]
        assert {place: report["points"][place] for place in data["points"]} == data["points"]
        assert re.findall(r'<div id="(chart-[a-z]+)"', view.page) == [name]
        assert "http:" not in re.sub(r"<script.*?</script>", "", view.page, flags=re.DOTALL)


def test_plans_show_their_summary(plans: Plans) -> None:
    shown = unescape(re.fullmatch(r'<iframe srcdoc="([^"]*)"[^<>]*></iframe>', plans._repr_html_())[1])  # type: ignore[index]
    for section in Summary(plans).sections:
        assert all(text(cell) in shown for cells in section.cells() for cell in cells), section.name
    assert "<script" not in shown
    assert "script-src 'none'" in shown


def test_nothing_in_a_frame_reaches_the_notebook(plans: Plans) -> None:
    for shown in (plans._repr_html_(), plans.outcome().sankey()._repr_html_()):
        assert shown.count("<") == 2  # the frame, and its end
        assert 'sandbox="allow-scripts"' in shown
        inside = unescape(shown)
        assert TITLE not in inside


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
@pytest.mark.parametrize("name", ["sankey", "map"])
def test_a_browser_draws_the_chart_in_its_frame(plans: Plans, tmp_path: Path, name: str) -> None:
    path = tmp_path / "shown.html"
    path.write_text(getattr(plans.outcome(), name)().page, encoding="utf-8")
    words = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom")
    command = [str(CHROMIUM), f"--user-data-dir={tmp_path / 'profile'}", *words, path.as_uri()]
    found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    assert found.count("<svg") == 1
    assert f"<{'path' if name == 'map' else 'text'}" in found.split("<svg")[1]


@pytest.mark.slow
def test_the_cells_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    lodestar_here("new", "my-case", cwd=tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    shown: list[Any] = []
    for kind, cell in CELLS:
        if kind == "text":
            assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
                line.split() for line in cell.splitlines()
            ]
            continue
        *body, last = cell.splitlines()
        exec("\n".join(body), names)  # noqa: S102
        try:
            shown.append(eval(last, names))  # noqa: S307
        except SyntaxError:
            exec(last, names)  # noqa: S102
    assert [type(some) for some in shown[:3]] == [Plans, View, View]
    assert (tmp_path / "embargo.html").stat().st_size > 500_000
    assert isinstance(names["found"], pd.DataFrame)
