"""Rules abroad that are not enforced on all that they reach: what passes, whom it does not help, and how it is marked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError
from optimizer.network.build import network_of
from optimizer.plans.long_tables import long_tables
from optimizer.world.load import load_case
from tests.helpers.command import lodestar_here
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.small import scenario

CASE = CASES / "content-across-stages"


def detected(folder: Path, share: float, approval: float = 0.0, kind: str = "content") -> Path:
    """The case of content across stages, of whose rule so much is detected."""
    shutil.copytree(CASE, folder)
    path = folder / "controls.csv"
    text = path.read_text(encoding="utf-8").replace("approval,source", "approval,detection,source")
    text = text.replace("content,content,authority", f"content,{kind},authority")
    path.write_text(
        text.replace("2027-01-01,0,invented", f"2027-01-01,{approval:g},{share:g},invented"), encoding="utf-8"
    )
    return folder


@pytest.mark.parametrize(("share", "approval", "passes"), [(1, 0.3, 0.3), (0.4, 0, 0.6), (0.5, 0.2, 0.6), (0, 0, 1)])
def test_what_is_not_detected_passes(share: float, approval: float, passes: float, tmp_path: Path) -> None:
    network = network_of(load_case(detected(tmp_path / "case", share, approval)))
    assert network.timelines.passing.tolist() == [[pytest.approx(passes)]]


def test_whoever_is_named_declares(tmp_path: Path) -> None:
    """Half is licensed to the maker by name: detection does not act on him."""
    folder = detected(tmp_path / "case", 0.2)
    row = "maker,content,bb,*,0.5,2026-01-01,invented,assumption"
    head = "approval,control,exporter,customer,share,from,source,confidence"
    (folder / "approvals.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
    network = network_of(load_case(folder))
    assert network.timelines.passing.tolist() == [[pytest.approx(0.8)]]
    assert network.timelines.declared[0].max() == 0 or network.timelines.declared[0].min() == 0


@pytest.mark.slow
def test_costs_that_count_on_it_are_marked(tmp_path: Path) -> None:
    """Nothing is detected, so all is Chinese: 100 t at 1,000 USD. Detected again, it costs what it does by the rule."""
    folder = detected(tmp_path / "case", 0)
    events = """  - what: enforced
    table: controls
    where: {control: content}
    set: {detection: 1}
    from: 2027-01-01
"""
    enforced = scenario(tmp_path / "enforced.yaml", events, "2026-12-01")
    plans = plan(str(folder), [enforced])
    assert plans.outcome().cost == pytest.approx(100_000)
    assert plans.outcome("enforced").cost == pytest.approx(775_009)
    for key, outcome in plans.outcomes.items():
        told = plans.scenarios[0] if key[0] == "enforced" else None
        assert audit_plan(plans.planner.case, long_tables(outcome), told, plans.scenarios) == []
    marks = plans.summary.set_index("scenario")["mark"]
    assert marks["base"] == "counts on non-enforcement: content"
    assert set(marks["enforced"]) == {""}
    out = tmp_path / "out"
    said = " ".join(
        lodestar_here("plan", str(folder), "-s", str(enforced), "--workers", "1", "--out", str(out)).stdout.split()
    )
    assert "The cost of base counts on non-enforcement: content, of which not all is detected." in said
    assert "nothing wrong" in lodestar_here("verify", str(out)).stdout
    rows = json.loads(lodestar_here("plan", str(folder), "-s", str(enforced), "--workers", "1", "--json").stdout)
    assert rows[0]["mark"] == "counts on non-enforcement: content"
    lodestar_here("report", str(out))
    assert "counts on non-enforcement: content" in (out / "report.html").read_text(encoding="utf-8")


def test_a_control_at_home_is_detected(tmp_path: Path) -> None:
    folder = detected(tmp_path / "case", 0.5, kind="export")
    path = folder / "controls.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",*,0.25,", ",*,,"), encoding="utf-8")
    with pytest.raises(CaseError, match="detection: expected only with kind 'content'"):
        load_case(folder)
