"""The hand case of one exporter and two buyers, one of them in a restricted country, with other tables and news.

A tonne from CN costs 100 USD and one from AU 10,000; each buyer takes 100 t a year.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from optimizer.plans.plan import Plans
from tests.helpers.audited import sound
from tests.helpers.paths import CASES
from tests.helpers.planned import plan


def table(folder: Path, name: str, text: str) -> None:
    """Write a table; rows go without source and confidence."""
    head, *rows = text.strip().splitlines()
    lines = [f"{head},source,confidence", *(f"{row},invented,assumption" for row in rows)]
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def case(path: Path, periods: str = "{count: 1, months: 12}", **tables: str) -> Path:
    """The hand case on other periods, with other tables."""
    folder = path / "case"
    shutil.copytree(CASES / "licence-two-destinations", folder)
    for name, text in tables.items():
        table(folder, name, text)
    text = (folder / "case.yaml").read_text().replace("{count: 1, months: 12}", periods)
    (folder / "case.yaml").write_text(text)
    return folder


def event(path: Path, events: str, announced: str = "2027-01-01") -> Path:
    """A scenario of events, each `table where change from [until]`."""
    path.write_text(
        f"name: {path.stem}\ntitle: t\nprobability: 0.1\nannounced: {announced}\nsource: invented\nevents:\n{events}"
    )
    return path


def moved(path: Path, approval: float, since: str = "2027-01-01", until: str = "", announced: str = "") -> Path:
    """A scenario in which the control approves otherwise."""
    ends = f", until: {until}" if until else ""
    what = f"  - {{what: w, table: controls, where: {{}}, set: {{approval: {approval}}}, from: {since}{ends}}}\n"
    return event(path, what, announced or since)


def planned(folder: Path, *scenarios: Path) -> Plans:
    """Plans to which an auditor has nothing to object."""
    plans = plan(str(folder), [str(path) for path in scenarios])
    assert not plans.failed
    return sound(plans)


def cost(plans: Plans, name: str = "base", answer: str = "foresight") -> float:
    """Cost of an answer, USD."""
    return plans.outcome(name, answer).cost


def least(chinese: float) -> float:
    """What both buyers cost, when so many tonnes of the restricted one's 100 come from CN."""
    return 100 * 100 + chinese * 100 + (100 - chinese) * 10_000
