"""What is misspelt of a row, of a key or of the model is an error of mypy; what the model declares is what there is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from optimizer.formulation.model import build_model
from optimizer.formulation.registry import READ, Model
from optimizer.formulation.rules import RULES, VARIABLES
from optimizer.network.build import network_of
from optimizer.network.numbers import PARAMETERS
from optimizer.world.load import load_case
from tests.helpers.paths import ROOT

KEYS = """
from optimizer.formulation.links import Links
from optimizer.network.sets import Lane, Opening
from optimizer.network.structure import Structure

def read(s: Structure, links: Links, lane: Lane, opening: Opening) -> object:
    return {}
"""
MODEL = """
from optimizer.formulation.rules.goods import Goods
from optimizer.formulation.rules.licences import Licences
from optimizer.formulation.rules.limits import Limits

def read(m: Licences, limits: Limits, goods: Goods) -> object:
    return {}
"""
ROWS = """
from optimizer.case.case import Case

def read(case: Case) -> object:
    return {}
"""
CHECKS = """
from optimizer.case.checking import CaseCheck, Checked
from optimizer.case.references import Ref
from optimizer.case.topics.limits import Limit

def read(case: Checked) -> object:
    return {}
"""
MISSPELT = [
    (ROWS, "case.tables.contracts[0].reservation_fee", "case.tables.contracts[0].reservation_feee"),
    (ROWS, "case.tables.limits[0].penalty", "case.tables.limits[0].penalti"),
    (ROWS, "[row.max_volume for row in case.tables.contracts]", "[row.max_volum for row in case.tables.contracts]"),
    (ROWS, "case.tables.substitutions[0].max_share", "case.tables.substitutions[0].share"),
    (ROWS, "case.tables.export_charges", "case.tables.export_charge"),
    (ROWS, 'case.by.sites["x"].country', 'case.by.sites["x"].contry'),
    (ROWS, 'case.by.offer_of["x"].material', 'case.by.offers_of["x"].material'),
    (CHECKS, 'Ref("sites")', 'Ref("site")'),
    (CHECKS, 'case.names("owners")', 'case.names("owner")'),
    (CHECKS, "[row.exempt for row, _ in case.placed(Limit)]", "[row.exemp for row, _ in case.placed(Limit)]"),
    (KEYS, "lane.material", "lane.materail"),
    (KEYS, "opening.starts", "opening.start"),
    (KEYS, 's.index["serves"][0].end_use', 's.index["serves"][0].enduse'),
    (KEYS, 's.index["lanes"]', 's.index["lnaes"]'),
    (KEYS, '[key.site for key in s.index["plants"]]', '[key.plant for key in s.index["plants"]]'),
    (KEYS, 's.governs["a"][0].origin', 's.governs["a"][0].orgin'),
    (KEYS, 'links.lanes_in["a", "b", "c"][0].exposure', 'links.lanes_in["a", "b", "c"][0].exposures'),
    (KEYS, 'links.index["covered"][0].product', 'links.index["covered"][0].material'),
    (MODEL, "m.licensed", "m.licenced"),
    (MODEL, "m.ship", "m.shipped"),
    (MODEL, "m.structure.licensing", "m.structure.licencing"),
    (MODEL, "m.links.runs_of", "m.links.run_of"),
    (MODEL, "goods.discount[0]", "goods.discounts[0]"),
    (MODEL, "limits.conversion_price", "limits.converson_price"),
    (MODEL, "limits.breach", "limits.breech"),
]
"""What surrounds it, what is right, and what is misspelt."""


@pytest.fixture(scope="module")
def errors(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Modules in which mypy finds an error, each with one expression; the right ones and the misspelt in one run."""
    folder = tmp_path_factory.mktemp("spelling")
    for number, (around, right, wrong) in enumerate(MISSPELT):
        (folder / f"right_{number}.py").write_text(around.format(right), encoding="utf-8")
        (folder / f"wrong_{number}.py").write_text(around.format(wrong), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    found = [line for line in done.stdout.splitlines() if ": error: " in line]
    assert all(Path(line.split(":")[0]).stem.startswith(("right_", "wrong_")) for line in found), done.stdout
    return {Path(line.split(":")[0]).stem for line in found}


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(MISSPELT)), ids=[wrong for *_, wrong in MISSPELT])
def test_what_is_misspelt_is_an_error_of_types(errors: set[str], number: int) -> None:
    assert f"right_{number}" not in errors
    assert f"wrong_{number}" in errors


def test_the_model_declares_what_there_is() -> None:
    assert sorted(READ) == sorted(PARAMETERS), "each parameter once, in the topic whose rules read it"
    model: Any = build_model(network_of(load_case(ROOT / "tests" / "cases" / "toy")))
    for name in (*Model.__annotations__, *VARIABLES, *PARAMETERS, *RULES):
        assert hasattr(model, name), name


def test_no_two_topics_declare_the_same() -> None:
    topics, seen = [Model], []
    while topics:
        topic = topics.pop()
        if topic not in seen:
            seen.append(topic)
            topics += topic.__subclasses__()
    names = [name for topic in seen for name in topic.__annotations__]
    assert len(names) == len(set(names))
    assert set(names) == {*Model.__annotations__, *VARIABLES, *PARAMETERS}
