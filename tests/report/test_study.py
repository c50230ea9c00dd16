"""The page of a study: its sections and charts, nothing loaded, names from files never taken for markup."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from optimizer.engine.pool import Pool
from optimizer.errors import InputError
from optimizer.report.study import study_page, write_study_page
from optimizer.studies.run import WORKER, run
from optimizer.studies.tables import asked
from tests.helpers.studies import SAMPLE, laid, written

DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two dozen rows."""
    place = tmp_path_factory.mktemp("study")
    sample = {**SAMPLE, "design": {"kind": "sample", "draws": 24}, "answers": ["react"]}
    out = laid(written(place / "some.yaml", **sample | {"title": "What <b>prices</b> do"}), place / "out")
    with Pool(1, module=WORKER) as pool:
        run(out, pool)
    return out


@pytest.mark.slow
def test_the_page_says_and_draws_what_the_figures_say(folder: Path) -> None:
    made = study_page(folder)
    found = DATA.search(made)
    assert found is not None
    bars = {one["id"]: one for one in json.loads(found[1])["bars"]}
    assert {"fan-cost_usd", "fan-short_t", "tornado-0", "tornado-1"} <= set(bars)
    for name in bars:
        assert f'id="{name}"' in made, "each chart has its place"
    worst = asked(folder, "SELECT max(cost_usd) / 1e6 AS m FROM rows WHERE answer = 'react'").m[0]
    (cost,) = (one for one in bars["fan-cost_usd"]["series"] if one["name"] == "news react")
    assert cost["values"][-1] == pytest.approx(worst, abs=1e-3)
    assert bars["tornado-1"]["names"][0] == "nd-price"
    assert "24 of 24 rows" in made
    for column in ("cost_usd", "lowest_cover_days", "magnet_hhi"):
        assert f">{column}<" in made


def test_the_page_loads_nothing_and_takes_no_name_for_markup(folder: Path) -> None:
    made = study_page(folder)
    assert "What &lt;b&gt;prices&lt;/b&gt; do" in made
    assert "<b>prices" not in made
    assert not re.search(r'(src|href)="(https?:)?//', made)
    assert "default-src 'none'" in made


def test_it_is_written_whole_where_it_is_wanted(folder: Path, tmp_path: Path) -> None:
    assert write_study_page(folder) == folder / "report.html"
    assert write_study_page(folder, tmp_path / "page.html").read_text() == (folder / "report.html").read_text()
    assert not list(folder.glob(".report*"))
    with pytest.raises(InputError):
        write_study_page(folder, tmp_path / "none" / "page.html")


@pytest.mark.slow
def test_losses_are_drawn(tmp_path: Path) -> None:
    design = {"kind": "lose-each", "what": "sites", "days": [30], "from": ["2027-02-10"]}
    out = laid(written(tmp_path / "some.yaml", design=design, answers=["react"]), tmp_path / "out")
    with Pool(1, module=WORKER) as pool:
        run(out, pool)
    found = DATA.search(study_page(out))
    assert found is not None
    assert "losses" in {one["id"] for one in json.loads(found[1])["bars"]}
