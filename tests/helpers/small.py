"""Small cases as files, made from the folder `own-case-no-scenario` by exchanging tables."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.helpers.paths import CASES

OWN = CASES / "own-case-no-scenario"


def small(folder: Path, case: str = "", **tables: str) -> Path:
    """Write a case: one maker in CN, one buyer in DE, but for the tables given; rows go without source and confidence."""
    shutil.copytree(OWN, folder, dirs_exist_ok=True)
    put_tables(folder, **tables)
    if case:
        (folder / "case.yaml").write_text(
            f"version: 1\nname: mini\ntitle: t\nstart: 2027-01-01\ndiscount_rate: 0\n{case}\n", encoding="utf-8"
        )
    return folder


def put_tables(folder: Path, **tables: str) -> Path:
    """Write tables into a case; rows go without source and confidence."""
    for name, text in tables.items():
        lines = text.strip().splitlines()
        rows = [f"{lines[0]},source,confidence", *(f"{line},invented,assumption" for line in lines[1:])]
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def scenario(path: Path, events: str, announced: str = "2027-01-01") -> Path:
    """Write a scenario with events."""
    head = f"name: {path.stem}\ntitle: t\nprobability: 0.1\nannounced: {announced}\nsource: invented\nevents:\n"
    path.write_text(head + events, encoding="utf-8")
    return path
