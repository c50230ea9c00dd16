"""What the page on meaning says, planned: each of its examples costs what stands under it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from optimizer.plans.cost import Costs
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.questions.tracing import trace
from tests.helpers.paths import CASES, ROOT
from tests.helpers.planned import plan
from tests.helpers.small import scenario, small

TEXT = (ROOT / "docs" / "meaning.md").read_text(encoding="utf-8")
TABLE = re.compile(r"`(\w+)\.csv`\n\n```csv\n(.*?)```", re.DOTALL)
FIGURE = re.compile(r"^\| (.*?) \| (-?[\d,]+) \|$", re.MULTILINE)


def section(title: str) -> tuple[dict[str, str], list[float]]:
    """The rows of a section's example, and the figures under it."""
    text = TEXT.split(f"## {title}\n")[1].split("\n## ")[0]
    return dict(TABLE.findall(text)), [float(figure.replace(",", "")) for _, figure in FIGURE.findall(text)]


def test_every_example_has_five_rows() -> None:
    titles = re.findall(r"^## (.*)$", TEXT, re.MULTILINE)
    assert titles == [
        "What is decided when",
        "What a licence does",
        "What a limit counts",
        "What content is",
        "What a way is",
        "What happens at the end",
    ]
    for title in titles:
        tables, figures = section(title)
        assert sum(len(table.splitlines()) - 1 for table in tables.values()) == 5
        assert figures


def dearer(path: Path, announced: str) -> Path:
    """Prices of three times from July on."""
    events = """  - what: dearer
    table: offers
    where: {offer: spot}
    scale: {price: 3}
    from: 2027-07-01
"""
    return scenario(path, events, announced)


def test_what_is_decided_when(tmp_path: Path) -> None:
    tables, figures = section("What is decided when")
    case = small(tmp_path / "case", case="periods: [{count: 2, months: 6}]", **tables)
    late, early = dearer(tmp_path / "late.yaml", "2027-07-01"), dearer(tmp_path / "early.yaml", "2027-04-01")
    plans = plan(str(case), [str(late)])
    told = plan(str(case), [str(early)])
    keys = [("base", "react"), ("late", "react"), ("late", "foresight")]
    found = [plans.outcome(*key).cost for key in keys] + [told.outcome("early", "react").cost]
    assert found == pytest.approx(figures, abs=0.5)
    assert told.outcome().cost == pytest.approx(figures[0])  # cut where the news comes, it costs the same


def test_what_a_way_is(tmp_path: Path) -> None:
    tables, figures = section("What a way is")
    plans = plan(str(small(tmp_path / "case", case="periods: [{count: 12, months: 1}]", **tables)), [])
    costs = plans.outcome().costs.set_index(Costs.term)[Costs.cost_usd]
    sent = long_tables(plans.outcome())["shipments"]
    by_air = 1000 * sent[sent["mode"] == "air"]["tonnes"].sum()
    assert [costs["purchase"], by_air, costs["freight"] - by_air, costs.sum()] == pytest.approx(figures, abs=0.5)


def test_what_a_licence_does(tmp_path: Path) -> None:
    tables, figures = section("What a licence does")
    case = shutil.copytree(CASES / "licence-two-destinations", tmp_path / "case")
    costs = []
    for approval in (",0.1\n", ",1\n", ",0\n"):
        small_rows(case, tables | {"controls": tables["controls"].replace(",0.1\n", approval)})
        costs.append(plan(str(case), []).outcome().cost)
    assert costs == pytest.approx(figures)


def test_what_a_limit_counts(tmp_path: Path) -> None:
    tables, (free, used, bought) = section("What a limit counts")
    case = shutil.copytree(CASES / "limit-discard-share", tmp_path / "case")
    small_rows(case, tables)
    assert plan(str(case), []).outcome().cost == pytest.approx(used)
    purchases = "\n".join(
        f"{line},{basis}"
        for line, basis in zip(tables["limits"].strip().splitlines(), ("basis", "purchases"), strict=True)
    )
    small_rows(case, {"limits": purchases})
    assert plan(str(case), []).outcome().cost == pytest.approx(bought)
    (case / "limits.csv").unlink()
    assert plan(str(case), []).outcome().cost == pytest.approx(free)


def test_what_content_is(tmp_path: Path) -> None:
    tables, (forgotten, traced) = section("What content is")
    case = shutil.copytree(CASES / "content-across-stages", tmp_path / "case")
    small_rows(case, tables)
    outcome = plan(str(case), []).outcome()
    assert outcome.cost == pytest.approx(traced)
    assert outcome.answer.loose is not None
    assert outcome.answer.loose.cost == pytest.approx(forgotten, abs=0.5)
    shares = trace(outcome)["exposed_share"]
    assert shares.max() == pytest.approx(0.24999)


def small_rows(case: Path, tables: dict[str, str]) -> None:
    """Put tables into a case; rows go without source and confidence."""
    for name, text in tables.items():
        head, *rows = text.strip().splitlines()
        lines = [f"{head},source,confidence", *(f"{row},invented,assumption" for row in rows)]
        (case / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_what_happens_at_the_end(tmp_path: Path) -> None:
    tables, figures = section("What happens at the end")
    plans = plan(str(small(tmp_path / "case", case="periods: [{count: 1, months: 12}]", **tables)), [])
    assert parts(plans) == pytest.approx(figures)


def parts(plans: Plans) -> list[float]:
    """What was paid for goods and freight, what is left, what is missing, and the whole, USD."""
    terms = plans.outcome().costs.set_index(Costs.term)[Costs.cost_usd]
    paid = terms["purchase"] + terms["freight"]
    return [paid, terms["closing_worth"], terms["terminal_gap"], plans.outcome().cost]
