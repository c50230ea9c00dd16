"""Bundled scenarios on a case that they were not written for: what fits is planned, what does not is said in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optimizer.errors import ScenarioError
from optimizer.plans.choose import choose
from optimizer.plans.plan import Planner
from optimizer.world.load import load_case
from optimizer.world.scenario import find_scenarios, load_scenario
from tests.helpers.command import lodestar_here
from tests.helpers.paths import BUNDLED
from tests.helpers.planned import plan
from tests.helpers.small import OWN, scenario, small

TIER_1 = {
    "sites": "site,company,country,owner\nmaker,Maker Co,CN,CN\nhanau,Hanau GmbH,DE,DE\nbuyer,Buyer SE,DE,DE",
    "materials": "material,stage,unit_value,content\nmagnet,magnet,50,NdPr=0.3; Dy=0.02",
    "offers": "offer,site,material,price,capacity\ncn,maker,magnet,50000,1000\nde,hanau,magnet,70000,200",
    "routes": "from_country,to_country,freight,transit\nCN,DE,100,30\nDE,DE,50,2",
}
HORIZON = "periods: [{count: 12, months: 3}]\nshared: [controls]"


def tier_1(folder: Path, **tables: str) -> Path:
    """A buyer who knows its suppliers of magnets and nothing behind them."""
    return small(folder / "mini", HORIZON, **{**TIER_1, **tables})


def chosen(folder: Path, names: list[str] | None = None):  # type: ignore[no-untyped-def]
    """How far scenarios fit a case."""
    planner = Planner(load_case(folder))
    return choose(planner.network, planner.selector, names)


@pytest.mark.slow
def test_every_bundled_scenario_fits_the_bundled_cases_in_all_events() -> None:
    for name in BUNDLED:
        found = chosen(Path(name))
        assert (len(found.fits), found.partly, found.misfits) == (len(find_scenarios()), [], [])


def test_an_own_case_is_planned_in_what_fits() -> None:
    done = lodestar_here("plan", ".", "--workers", "1", cwd=OWN)
    assert "18.3" in done.stdout
    assert "demand-surge: 3 of 6 events; the case has no availability." in done.stdout
    said = [line for line in done.stdout.splitlines() if line.startswith("  ")]
    for name in set(find_scenarios()) - {"demand-surge"}:
        assert sum(line.startswith(f"  {name}: ") for line in said) == 1, name


def test_base_alone_is_the_base_plan_alone() -> None:
    done = lodestar_here("plan", ".", "-s", "base", "--json", cwd=OWN)
    rows = json.loads(done.stdout)
    assert [(row["scenario"], row["cost_usd"]) for row in rows] == [("base", pytest.approx(18_286_500))]
    assert done.stderr == ""


def test_a_case_of_magnet_suppliers_goes_through_the_embargoes(tmp_path: Path) -> None:
    folder = tier_1(tmp_path)
    found = chosen(folder)
    names = {fit.scenario.name: fit for fit in found.fits}
    assert {"full-embargo", "licence-slowdown", "no-controls", "demand-surge"} <= names.keys()
    assert names["full-embargo"].text.startswith("full-embargo: 1 of 7 events; the case has no ")
    plans = plan(folder, ["full-embargo"])
    assert plans.outcome("full-embargo").cost > plans.outcome().cost * 1.5
    assert plans.summary["title"].iloc[1].endswith("(1 of 7 events)")


@pytest.mark.slow
def test_what_is_planned_in_part_is_written_and_verified(tmp_path: Path) -> None:
    folder, out = tier_1(tmp_path), tmp_path / "out"
    lodestar_here("plan", str(folder), "-s", "full-embargo", "--out", str(out), "--workers", "1")
    lodestar_here("verify", str(out))


# fmt: off
MISFITS = [
    ({}, "mountain-pass-outage", "no event touches the case, which has no plants"),
    ({}, "kuantan-down", "event 2: site 'lynas-kuantan' selects no row of offers"),
    ({"offers": TIER_1["offers"] + "\noxide,hanau,dy-oxide,900000,5", "materials": TIER_1["materials"] + "\ndy-oxide,oxide,900,Dy=0.87"},
     "full-embargo", ""),
    # bought in China only: an event on what is sold elsewhere has nothing to select
    ({"offers": TIER_1["offers"] + "\noxide,maker,dy-oxide,900000,5", "materials": TIER_1["materials"] + "\ndy-oxide,oxide,900,Dy=0.87"},
     "full-embargo", "event 3: no row of offers fits all of"),
    ({"controls": "control,kind,authority,citation,origin,stages,effective,approval\nown,export,M,x,CN,magnet,2027-01-01,1"},
     "full-embargo", "event 1: control 'cn-embargo' selects no row of controls"),
]
# fmt: on


@pytest.mark.parametrize(("tables", "name", "said"), MISFITS)
def test_a_scenario_fits_or_says_why_not(tables: dict[str, str], name: str, said: str, tmp_path: Path) -> None:
    folder = tier_1(tmp_path, **tables)
    if "controls" in tables:
        (folder / "case.yaml").write_text((folder / "case.yaml").read_text().replace("shared: [controls]", ""))
    why = {some.scenario: some.why for some in chosen(folder).misfits}
    assert why.get(name, "").startswith(said)
    assert bool(said) == (name in why)
    if said:  # asked for by name it is a fault
        with pytest.raises(ScenarioError):
            chosen(folder, [name])


def test_ones_own_scenario_is_held_to_every_word(tmp_path: Path) -> None:
    own = scenario(
        tmp_path / "own.yaml",
        "- what: x\n  table: offers\n  where: {site: [maker, makr]}\n  scale: {price: 2}\n  from: 2027-02-01\n"
        "- what: y\n  table: plants\n  where: {site: maker}\n  scale: {cost: 2}\n  from: 2027-02-01\n",
    )
    done = lodestar_here("plan", ".", "-s", str(own), cwd=OWN, code=2)
    assert "event 1, line 7: where: site 'makr' selects no row of offers" in done.stderr
    assert "event 2, line 12: where: the case has no plants" in done.stderr


def test_a_path_is_a_file_and_a_bare_name_is_bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    event = "- what: x\n  table: demand\n  where: {}\n  scale: {tonnes: 2}\n  from: 2027-02-01\n"
    scenario(tmp_path / "full-embargo.yaml", event)
    scenario(tmp_path / "mine.yaml", event)
    assert len(load_scenario("full-embargo").events) == 7
    for path in ("full-embargo.yaml", "./full-embargo.yaml", str(tmp_path / "full-embargo.yaml")):
        assert len(load_scenario(path).events) == 1
    for name, said in (("mine", "A file is given by its path: ./mine.yaml"), ("./mine", "no such file")):
        with pytest.raises(ScenarioError, match=said):
            load_scenario(name)


def test_python_says_how_far_they_fit() -> None:
    plans = plan(OWN)
    assert [some.name for some in plans.scenarios] == ["demand-surge"]
    assert len(plans.chosen.misfits) == len(find_scenarios()) - 1
