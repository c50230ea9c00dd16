"""The page of questions: its figures are those of the default case, each found again by planning anew."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from docs.generate import FOLDER
from optimizer.plans.plan import Plans
from optimizer.questions.alternatives import Choices
from optimizer.questions.probe import Probe
from optimizer.questions.supplier import why_not
from optimizer.questions.why import Chain, why
from optimizer.world.load import load_case
from tests.helpers.cost import least_cost
from tests.helpers.planned import plan
from tests.helpers.rules import assert_worth, without_rule
from tests.helpers.seeds import a_fifth

PAGE = Path(FOLDER / "questions.md").read_text(encoding="utf-8")
CASE = load_case("ev-motors")
pytestmark = pytest.mark.exhaustive


@cache
def plans() -> Plans:
    """The default case as it stands, which the page is of, in the scenarios that the page asks about."""
    return plan("ev-motors", ["full-embargo", "licence-slowdown"], ["react"])


def printed(command: str) -> str:
    """What a command prints on the page."""
    (block,) = re.findall(rf"```console\n\$ {re.escape(command)}\n(.*?)\n```", PAGE, flags=re.S)
    return str(block)


def number(text: str) -> float:
    """A number as it is printed."""
    return float(text.replace(",", "").replace("+", ""))


def entries() -> list[tuple[str, str, str]]:
    """Kind, rule and cost of each rule in the ledger of the page."""
    kinds = r"(limit|cover|terminal)  +(\S+(?: / \S+)?)  +.*?[\d.,]+  +([\d.,]+)  +-?[\d,]+"
    return re.findall(rf"^{kinds}", printed("lodestar ledger ev-motors"), flags=re.MULTILINE)


def test_the_ledger_is_that_of_the_base_plan() -> None:
    assert f"{plans().outcome().cost / 1e6:,.1f} MUSD" in printed("lodestar ledger ev-motors")
    assert len(entries()) >= 12


@pytest.mark.parametrize(("kind", "rule", "cost"), a_fifth(entries()[:5]))
def test_the_ledger_is_what_plans_without_a_rule_save(kind: str, rule: str, cost: str) -> None:
    entry: Any = type("Entry", (), {"kind": kind, "rule": rule})
    saved = plans().outcome().cost - least_cost(without_rule(CASE, entry))
    assert saved / 1e6 == pytest.approx(number(cost), abs=0.051)


def test_the_price_of_a_short_tonne_is_its_penalty_and_the_licence_binds() -> None:
    text = printed("lodestar why ev-motors ev-motors-hu ndfeb-sh 2028Q3 -s full-embargo")
    probe = Probe(plans(), "full-embargo")
    found = why(probe, "ev-motors-hu", "ndfeb-sh", "2028Q3")
    assert f"One tonne more would cost {found.price:,.0f} USD" in text
    assert found.parts["usd_per_t"].sum() == pytest.approx(found.price, rel=1e-6)
    rent = found.parts[(found.parts["kind"] == "rent") & (found.parts["row"] >= 0)].iloc[0]
    assert_worth(probe, int(rent["row"]), float(Chain(probe).y[int(rent["row"])]))


def test_the_premium_is_confirmed_from_both_sides() -> None:
    entry = why_not(Probe(plans()), "mp-independence")
    assert f"It is {entry.premium_low:,.0f} USD/t too dear" in printed("lodestar why-not ev-motors mp-independence")
    assert entry.stays_out_below
    assert entry.comes_in_above


def test_the_difference_is_that_of_the_two_plans() -> None:
    text = printed("lodestar diff ev-motors ev-motors@licence-slowdown")
    change = plans().outcome("licence-slowdown").cost - plans().outcome().cost
    (line,) = [line for line in text.splitlines() if line.startswith("cost, MUSD")]
    assert number(line.split()[-1]) == pytest.approx(change / 1e6, abs=0.051)
    table = text.split("What each change costs")[1].split("The mean of what")[0]
    parts = [number(found) for found in re.findall(r"  ([+-][\d.,]+|0\.0)$", table, flags=re.M)]
    assert sum(parts) == pytest.approx(change / 1e6, abs=0.051 * (len(parts) + 1))


def test_alternatives_keep_within_a_hundredth() -> None:
    text = printed("lodestar alternatives ev-motors --within 1")
    base = plans().outcome().cost / 1e6
    money = [number(found) for found in re.findall(r"^\S.*?\s(\d{3}\.\d)\s", text, flags=re.MULTILINE)]
    assert min(money) == pytest.approx(base, abs=0.051)
    assert max(money) <= base * 1.01 + 0.051
    assert Choices(Probe(plans())).country("oxide", "CN").any()


def test_a_folder_of_plans_is_proved() -> None:
    assert "nothing wrong" in printed("lodestar verify DIR")
