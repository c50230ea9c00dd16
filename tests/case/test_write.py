"""A written case is the case."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from optimizer.audit.verify import verify
from optimizer.case.case import Case
from optimizer.case.spreadsheet import marked, unmarked
from optimizer.case.write import write_case
from optimizer.errors import CaseError
from optimizer.folder.compare import differences, plain, read_table, write_table
from optimizer.folder.read import read_plans
from optimizer.folder.write import write_plans
from optimizer.questions.ledger import ledger
from optimizer.questions.probe import Probe
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario
from tests.helpers.networks import random_case
from tests.helpers.paths import BUNDLED, CASES
from tests.helpers.planned import plan
from tests.helpers.seeds import seeds

TOY = CASES / "toy"


def cells(path: Path) -> list[list[str]]:
    """A table as a spreadsheet reads it."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("case", BUNDLED)
def test_a_bundled_case_reads_back_as_it_was(case: str, tmp_path: Path) -> None:
    loaded = load_case(case, ["eu-crma"] if case == "ev-motors" else [])
    write_case(loaded, tmp_path / "case")
    again = load_case(tmp_path / "case")
    assert again.digest() == loaded.digest()
    assert again.tables == loaded.tables


@pytest.mark.parametrize("seed", seeds(5))
def test_a_random_case_reads_back_as_it_was(seed: int, tmp_path: Path) -> None:
    case = random_case(seed)
    write_case(case, tmp_path / "case")
    assert load_case(tmp_path / "case").digest() == case.digest()


@pytest.mark.parametrize("text", ["=1+1", "+a", "-b", "@c", "'d", "'=e", "''", "'", "-", "d'e", "plain", "-5", "'-5"])
def test_no_text_is_a_formula_and_every_text_reads_back(text: str, tmp_path: Path) -> None:
    assert unmarked(marked(text)) == text
    assert not marked(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    toy = load_case(TOY)
    named = {"company": text, "source": text}
    sites = (toy.tables.sites[0].model_copy(update=named), *toy.tables.sites[1:])
    case = Case(toy.file.model_copy(update={"title": text}), toy.tables.replaced(sites=sites), toy.places)
    write_case(case, tmp_path / "case")
    assert load_case(tmp_path / "case").digest() == case.digest()
    assert marked(text) in {cell for row in cells(tmp_path / "case" / "sites.csv") for cell in row}
    frame = pd.DataFrame({"scenario": ["base"], "answer": ["base"], "title": [text], "amount": [-5.0], "sure": [True]})
    write_table(frame, tmp_path / "table.csv")
    found = read_table(tmp_path / "table.csv", "table.csv")
    assert found.loc[0].tolist() == ["base", "base", marked(text), "-5.0", "True"]
    assert list(differences("table.csv", frame, found)) == []
    assert plain(found["title"]).tolist() == [text]


def test_a_mark_makes_no_number(tmp_path: Path) -> None:
    """A number behind the mark is text in a spreadsheet, and none here."""
    write_case(load_case(TOY), tmp_path / "case")
    path = tmp_path / "case" / "demand.csv"
    path.write_text(path.read_text().replace(",80.0,", ",'-80.0,"))
    with pytest.raises(CaseError, match="tonnes: expected a number"):
        load_case(tmp_path / "case")


@pytest.mark.slow
def test_what_is_written_of_a_plan_holds_no_formula(tmp_path: Path) -> None:
    """Titles and companies of the reader's own stand in the tables of a plan, the ledger and the case."""
    toy = load_case(TOY)
    named = {"company": "=HYPERLINK(1)", "source": "@me"}
    others = ("C",)  # named by an approval
    sites = tuple(row if row.company in others else row.model_copy(update=named) for row in toy.tables.sites)
    case = Case(toy.file, toy.tables.replaced(sites=sites), toy.places)
    event = {"what": "more", "table": "demand", "where": {}, "scale": {"tonnes": 1.1}, "from": "2027-05-01"}
    words = {"name": "more", "title": "-1+1", "probability": 0.1, "announced": "2027-04-10", "source": "=test"}
    plans = plan(case, [Scenario.model_validate({**words, "events": [event]})])
    write_plans(plans, tmp_path / "out", ledger(Probe(plans)))
    for path in (tmp_path / "out").rglob("*.csv"):
        for row in cells(path):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t")), (path.name, cell)
                assert not cell.startswith("-") or float(cell) <= 0, (path.name, cell)
    report = verify(tmp_path / "out")
    assert report.holds, [*report.faults, *report.answers]
    assert "'-1+1" in (tmp_path / "out" / "summary.csv").read_text()
    assert "-1+1" in read_plans(tmp_path / "out").summary["title"].tolist()
