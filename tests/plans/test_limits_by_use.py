"""Limits count what is used: they are not met by buying to throw away, nor by hoarding before their first day."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import CaseError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.outcome import Outcome
from optimizer.world.load import load_case
from tests.helpers.paths import CASES
from tests.helpers.planned import plan

DISCARD, HOARD, PRESSED = (
    CASES / name
    for name in (
        "limit-discard-share",
        "limit-hoarding-before-the-window",
        "limit-hoarding-of-what-is-pressed",
    )
)
HEAD = "limit,measure,sense,value,stage,by,member,window,from,basis,stock_days,source,confidence\n"


def planned(folder: Path, tmp_path: Path, **tables: str) -> Outcome:
    """The base plan of a case with other tables, to which an auditor has nothing to object."""
    copy = shutil.copytree(folder, tmp_path / "case")
    for name, text in tables.items():
        (copy / f"{name}.csv").write_text(text, encoding="utf-8")
    plans = plan(str(copy), [])
    outcome = plans.outcome()
    assert audit_plan(plans.planner.case, long_tables(outcome)) == []
    return outcome


def limit(*cells: object, basis: str = "use", days: object = 180) -> str:
    """A table of one limit, from its measure on."""
    return HEAD + ",".join(map(str, ("bound", *cells, basis, days, "hand case", "assumption"))) + "\n"


def test_what_is_thrown_away_keeps_no_limit(tmp_path: Path) -> None:
    """Of what is used half is Australian: 50 x 100 + 50 x 1,001."""
    outcome = planned(DISCARD, tmp_path)
    assert outcome.cost == pytest.approx(55_050)


def test_of_purchases_it_does(tmp_path: Path) -> None:
    rows = limit("share", "at_most", 0.5, "magnet", "country", "CN", "horizon", "2027-01-01", basis="purchases")
    assert planned(DISCARD, tmp_path, limits=rows).cost == pytest.approx(10_100)


@pytest.mark.parametrize(
    ("measure", "sense", "value", "by", "member"),
    [
        ("share", "at_least", 0.5, "country", "AU"),
        ("volume", "at_most", 50, "country", "CN"),
        ("volume", "at_least", 50, "owner", "NO"),
        ("share", "at_most", 0.5, "supplier", "each"),
    ],
)
def test_nor_any_other_limit(measure: str, sense: str, value: float, by: str, member: str, tmp_path: Path) -> None:
    """All sites of the case are owned in one country, so a floor on that binds nobody."""
    rows = limit(measure, sense, value, "magnet", by, member, "horizon", "2027-01-01")
    cost = 10_000 if by == "owner" else 55_050
    assert planned(DISCARD, tmp_path, limits=rows).cost == pytest.approx(cost)


def test_nor_one_on_the_sum_of_squared_shares(tmp_path: Path) -> None:
    """Half each; a millionth of the square is 0.07 points of share, 0.1 % of the cost."""
    rows = limit("hhi", "at_most", 0.5, "magnet", "supplier", "each", "horizon", "2027-01-01")
    assert planned(DISCARD, tmp_path, limits=rows).cost == pytest.approx(55_050, rel=1e-3)


@pytest.mark.parametrize("folder", [HOARD, PRESSED])
def test_what_was_hoarded_keeps_no_limit(folder: Path, tmp_path: Path) -> None:
    """What is used in the second year is half Chinese: 150 x 100 + 50 x 1,000."""
    outcome = planned(folder, tmp_path)
    assert outcome.cost == pytest.approx(65_000)
    (line,) = long_tables(outcome)["limits"].itertuples()
    assert (line.basis, line.binds, line.amount, line.total) == ("use", True, pytest.approx(50), pytest.approx(100))


@pytest.mark.parametrize("folder", [HOARD, PRESSED])
def test_of_purchases_it_still_does(folder: Path, tmp_path: Path) -> None:
    stage = "magnet" if folder == HOARD else "oxide"
    rows = limit("share", "at_most", 0.5, stage, "country", "CN", "year", "2028-01-01", basis="purchases")
    assert planned(folder, tmp_path, limits=rows).cost == pytest.approx(20_000)


@pytest.mark.parametrize(("folder", "stage"), [(HOARD, "magnet"), (PRESSED, "oxide")])
@pytest.mark.parametrize("sense", ["at_most", "at_least"])
def test_claims_are_not_saved_up_for_a_window(folder: Path, stage: str, sense: str, tmp_path: Path) -> None:
    """Three years of 100 t, AU cheap in the first only: what it sold then is no part of the stock that the third finds.

    If claims last for ever, half of the third year can be claimed of what was bought first and kept.
    """
    head, cn, au = (folder / "offers.csv").read_text().splitlines()
    first, later = au.replace(",1000,1000,", ",1,1000,"), f"dear-{au}"
    rows_sold = (f"{head},from,until", f"{cn},2027-01-01,", f"{first},2027-01-01,2028-01-01", f"{later},2028-01-01,")
    text = "\n".join(rows_sold)
    case = (folder / "case.yaml").read_text().replace("count: 2", "count: 3")
    found = {}
    for days in (180, 3650):
        copy = shutil.copytree(folder, tmp_path / f"from-{days}")
        (copy / "case.yaml").write_text(case, encoding="utf-8")
        member = "CN" if sense == "at_most" else "AU"
        rows = limit("share", sense, 0.5, stage, "country", member, "year", "2029-01-01", days=days)
        found[days] = planned(copy, tmp_path / str(days), limits=rows, offers=text).cost
    assert found[3650] < found[180] - 1000


def test_concentration_upstream_counts_purchases_only(tmp_path: Path) -> None:
    rows = limit("hhi", "at_most", 0.5, "oxide", "supplier", "each", "year", "2027-01-01")
    with pytest.raises(CaseError, match="basis: expected purchases"):
        planned(PRESSED, tmp_path, limits=rows)
    rows = limit("hhi", "at_most", 0.5, "oxide", "supplier", "each", "year", "2027-01-01", basis="purchases")
    assert planned(PRESSED, tmp_path / "again", limits=rows).cost > 20_000


@pytest.mark.parametrize("folder", [HOARD, PRESSED])
def test_stock_of_what_a_limit_counts_needs_an_origin(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "case")
    text = (copy / "stocks.csv").read_text().replace("de,goods,0,", "de,goods,50,")
    (copy / "stocks.csv").write_text(text, encoding="utf-8")
    with pytest.raises(CaseError, match=r"stocks.csv, row 2: origin: expected the country where it was made"):
        load_case(copy)


@pytest.mark.parametrize("folder", [HOARD, PRESSED])
@pytest.mark.parametrize(("origin", "cost"), [("CN", 60_000), ("AU", 60_000), ("JP", 60_000)])
def test_opening_stock_is_used_as_what_it_is(folder: Path, origin: str, cost: float, tmp_path: Path) -> None:
    """50 t are there: they are used in the first year, whatever they are, and the second is as before."""
    text = (folder / "stocks.csv").read_text().replace("de,goods,0,", "de,goods,50,")
    head, row = text.splitlines()
    outcome = planned(folder, tmp_path, stocks=f"{head},origin\n{row},{origin}\n")
    assert outcome.cost == pytest.approx(cost)


@pytest.mark.parametrize("basis", ["use", "purchases"])
def test_a_limit_may_be_on_all_countries_but_one(tmp_path: Path, basis: str) -> None:
    """At least half not Chinese is what at most half Chinese is, where somebody made all of it."""
    rows = limit("share", "at_least", 0.5, "magnet", "country", "not CN", "horizon", "2027-01-01", basis=basis)
    same = limit("share", "at_most", 0.5, "magnet", "country", "CN", "horizon", "2027-01-01", basis=basis)
    one, other = (planned(DISCARD, tmp_path / name, limits=text) for name, text in (("a", rows), ("b", same)))
    assert one.cost == pytest.approx(other.cost)


def test_all_countries_but_one_must_be_a_country_or_a_group(tmp_path: Path) -> None:
    rows = limit("share", "at_least", 0.5, "magnet", "country", "not EL", "horizon", "2027-01-01")
    with pytest.raises(CaseError, match="member: no such country: 'not EL'"):
        planned(DISCARD, tmp_path, limits=rows)
    rows = limit("share", "at_least", 0.5, "magnet", "supplier", "not CN", "horizon", "2027-01-01")
    with pytest.raises(CaseError, match="member: no such supplier: 'not CN'"):
        planned(DISCARD, tmp_path / "other", limits=rows)
