"""Cases in which something was lost or misread without a word: each is refused, or read, as its README says.

They are given to the command, once as it is installed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.command import lodestar_here
from tests.helpers.paths import CASES

PROGRAM = Path(sys.executable).with_name("lodestar")
REFUSED = [
    # the case, its scenario, where and what is said, the code
    ("limits-CSV", "quiet", "limits-CSV/limits.CSV: expected limits.csv", "not-read"),
    ("limits-csv-txt", "quiet", "limits-csv-txt/limits.csv.txt: expected limits.csv", "not-read"),
    ("greece-el", "", "routes.csv, row 2: from_country: ... found 'EL'. Did you mean 'GR'?", "not-a-country"),
    ("yaml-octal-count", "", "case.yaml, line 5: expected a number ..., found '010'", "not-a-number"),
    ("yaml-sexagesimal", "x", "x.yaml, line 10: expected a number ..., found '1:30'", "not-a-number"),
    (
        "yield-of-an-untraced-material",
        "",
        "recipes.csv, row 3: tonnes: expected what recipe 'swell' produces without content to weigh at most 1 t",
        "creates-matter",
    ),
]


@pytest.mark.parametrize(("case", "scenario", "said", "code"), REFUSED, ids=[row[0] for row in REFUSED])
def test_it_is_refused(case: str, scenario: str, said: str, code: str) -> None:
    scenarios = ["-s", f"{case}/{scenario}.yaml"] if scenario else []
    ended = lodestar_here("plan", case, *scenarios, "--json", cwd=CASES, code=2)
    beginning, _, rest = said.partition("...")
    (line,) = [line for line in ended.stderr.splitlines() if beginning in line]
    assert rest in line
    faults = json.loads(ended.stdout)["faults"]
    assert [fault["code"] for fault in faults if beginning in fault["text"]] == [code]


def test_empty_columns_of_a_spreadsheet_are_passed_over() -> None:
    assert (CASES / "trailing-empty-columns" / "limits.csv").read_text().splitlines()[0].endswith(",,")
    words = [PROGRAM, "check", "trailing-empty-columns"]
    ended = subprocess.run(words, cwd=CASES, capture_output=True, text=True, check=False, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")
