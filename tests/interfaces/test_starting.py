"""From an empty folder to a first plan: each command of the page, and what can go wrong with them."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.network.cut import cut_to, suppliers
from optimizer.world.kit import kit
from optimizer.world.load import find_cases, load_case
from tests.helpers.command import lodestar_here
from tests.helpers.paths import ROOT
from tests.helpers.printed import costs_of

PAGE = (ROOT / "docs" / "first-case.md").read_text(encoding="utf-8")
STEPS = [block.splitlines() for block in re.findall(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]


@pytest.mark.slow
def test_each_step_of_the_page_prints_what_it_shows(tmp_path: Path) -> None:
    for command, *printed in STEPS:
        done = lodestar_here(*shlex.split(command.removeprefix("$ lodestar ")), cwd=tmp_path)
        assert "Traceback" not in done.stderr
        assert done.stdout.splitlines()[: len(printed)] == printed, command
    assert len(STEPS) == 4
    plan = lodestar_here("plan", "my-case", "-s", "full-embargo", cwd=tmp_path)
    assert "full-embargo" in costs_of(plan.stdout)
    assert "Certified: all" in plan.stdout
    assert load_case(tmp_path / "my-case").name == "my-case"


@pytest.mark.slow
def test_what_the_page_leaves_out_is_assumed_as_it_says(tmp_path: Path) -> None:
    lodestar_here("new", "my-case", cwd=tmp_path)
    folder = tmp_path / "my-case"
    (folder / "routes.csv").unlink()
    for name, cell, empty in (("stocks", ",30,60,1500,", ",30,60,,"), ("demand", ",1500000,", ",,")):
        text = (folder / f"{name}.csv").read_text(encoding="utf-8")
        assert cell in text
        (folder / f"{name}.csv").write_text(text.replace(cell, empty), encoding="utf-8")
    (asked,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    with (folder / "case.yaml").open("a", encoding="utf-8") as file:
        file.write(asked)
    (shown,) = re.findall(r"^```text\n(Assumed.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    plan = lodestar_here("plan", "my-case", "-s", "full-embargo", cwd=tmp_path).stdout
    assert " ".join(shown.split()) in " ".join(plan.split())


def test_the_kit_is_no_bundled_case_and_says_of_every_table_what_is_wanted() -> None:
    assert "tier1" not in find_cases()
    for path in kit("tier1").glob("*.csv"):
        first, *_ = path.read_text(encoding="utf-8").splitlines()
        assert first.startswith("# "), path.name
    case = load_case(kit("tier1"))
    assert case.by.sites["maker-a-ganzhou"].label == "Maker A (Ganzhou)"
    assert case.tables.limits[0].member == "not CN"


@pytest.mark.parametrize("name", ["full-embargo", "licence-slowdown", "buyer-listed"])
def test_bundled_scenarios_fit_the_kit_or_say_why_not(name: str, tmp_path: Path) -> None:
    lodestar_here("new", "Our Magnets", cwd=tmp_path)
    case = load_case(tmp_path / "Our Magnets")
    assert case.name == "our-magnets"
    if name != "buyer-listed":  # which needs the approvals of a listed buyer
        assert lodestar_here("check", "Our Magnets", "-s", name, cwd=tmp_path).stderr == ""


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    refused = lodestar_here("new", "mine", cwd=tmp_path, code=2)
    assert "mine: expected a folder that is not there yet, found one" in refused.stderr
    assert list((tmp_path / "mine").iterdir()) == []
    assert "Latin letters" in lodestar_here("new", "信越", cwd=tmp_path, code=2).stderr
    assert "cannot be written" in lodestar_here("new", "no/such/place", cwd=tmp_path, code=2).stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_case_is_cut_to_the_suppliers_named() -> None:
    whole = load_case("ev-motors")
    small = cut_to(whole, ["jl-mag", "vac-hanau"])
    assert suppliers(small) == {"jl-mag", "vac-hanau"}
    assert small.tables.demand == whole.tables.demand
    assert small.tables.controls == whole.tables.controls
    assert "mp-mountain-pass" in small.by.sites
    assert "yunsheng" not in small.by.sites
    assert not {row.exporter for row in small.tables.approvals} & {"Ningbo Yunsheng"}


def test_whom_to_keep_must_be_a_supplier_of_the_case(tmp_path: Path) -> None:
    refused = lodestar_here("new", "x", "--from", "ev-motors", "--supplier", "jlmag", cwd=tmp_path, code=2)
    assert "no such supplier: 'jlmag'" in refused.stderr
    assert "Did you mean 'jl-mag'?" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_copy_of_a_whole_case_is_that_case_under_another_name(tmp_path: Path) -> None:
    lodestar_here("new", "mine", "--from", "korea", cwd=tmp_path)
    mine, korea = load_case(tmp_path / "mine"), load_case("korea")
    assert mine.name == "mine"
    assert mine.tables == korea.tables


def test_the_help_says_what_comes_first_and_the_shell_completes() -> None:
    told = " ".join(lodestar_here("--help").stdout.replace("│", " ").split())
    assert "Begin with `lodestar new my-case`, `lodestar check my-case`, `lodestar plan my-case`" in told
    asked = {"_LODESTAR_COMPLETE": "complete_bash", "COMP_WORDS": "lodestar workb", "COMP_CWORD": "1"}
    program = Path(sys.executable).with_name("lodestar")
    done = subprocess.run([program], env={**os.environ, **asked}, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["workbook"]
