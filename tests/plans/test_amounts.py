"""Amounts choose their unit by size; what is not nothing is never printed as nothing."""

from __future__ import annotations

import math

import pytest

from optimizer.plans.amounts import change, mass, money, percent, tonnes, usd


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (0, "0 USD"), (678.81, "678.81 USD"), (52_890.41, "52,890 USD"), (999_999.4, "999,999 USD"),
        (2_289_268.7, "2.289 MUSD"), (18_286_500, "18.3 MUSD"), (2_886_347_862.4, "2,886.3 MUSD"), (3.2e11, "320.0 billion USD"),
        (-678.81, "-678.81 USD"), (0.004, "<0.01 USD"), (float("nan"), "- USD"),
    ],
)  # fmt: skip
def test_money_by_its_size(amount: float, told: str) -> None:
    assert usd(amount) == told


@pytest.mark.parametrize(
    ("amount", "told"),
    [(0, "0 t"), (0.00025, "0.250 kg"), (0.5, "500.0 kg"), (2.5, "2.50 t"), (47, "47.0 t"), (1_468.2, "1,468 t"),
     (2.5e7, "25,000 kt")],
)  # fmt: skip
def test_tonnes_by_their_size(amount: float, told: str) -> None:
    assert mass(amount) == told


def test_what_stands_together_has_one_unit() -> None:
    scale = money(532_300_000, 678.81, None, math.nan)
    cells = [scale.cell(some, sign=True) for some in (532_300_000, 678.81, -678.81, 0.0, None, math.nan)]
    assert scale.unit == "MUSD"
    assert cells == ["+532.3", "+<0.1", "-<0.1", "0.0", "-", "-"]
    assert tonnes(0.2, 365).cell(0.2) == "<1"


def test_no_share_is_no_number() -> None:
    assert percent(math.nan) == percent(None) == "-"
    assert percent(0.125, 1, sign=True) == "+12.5%"


def test_a_difference_that_no_proof_shows_is_none() -> None:
    assert change(532_254_900.2, 532_254_900.1) == 0.0
    assert change(678.81, 0.0) == 678.81
