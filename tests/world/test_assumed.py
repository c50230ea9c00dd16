"""What a case leaves out is assumed only where it asks for that, and every figure of it says so."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from statistics import median

import pytest

from optimizer.case.case import Case, bundled
from optimizer.case.continents import CONTINENTS
from optimizer.case.countries import COUNTRIES
from optimizer.case.write import write_case
from optimizer.errors import CaseError
from optimizer.workbook.write import workbook_of
from optimizer.world.assumed import DISTANCES, HOLDING, PENALTIES, distance, taken
from optimizer.world.load import find_cases, load_case
from tests.helpers.left_out import ALL, left_out
from tests.helpers.sheets import read


def made(folder: Path, assume: str = ALL, **stated: str) -> Case:
    return load_case(left_out(folder, assume, **stated))


def test_what_nobody_asks_for_is_not_assumed(tmp_path: Path) -> None:
    case = made(tmp_path / "a", "", holding="500")
    assert not taken(case)
    assert not case.tables.routes
    assert [row.penalty for row in case.tables.demand] == [None, None]
    with pytest.raises(CaseError, match=r"stocks.csv, row 2: holding: expected a value .*, found nothing") as caught:
        made(tmp_path / "b", "routes, penalty")
    assert [fault.code for fault in caught.value.faults] == ["missing-value"]
    with pytest.raises(CaseError, match="Did you mean 'routes'"):
        made(tmp_path / "c", "route", holding="500")


def test_what_is_asked_for_is_assumed_where_it_is_left_out(tmp_path: Path) -> None:
    case = made(tmp_path / "a")
    (far, near) = sorted(case.tables.routes, key=lambda row: -row.transit)  # none for metals, which nobody uses
    assert (far.from_country, far.to_country, far.freight, far.transit) == ("CN", "DE", 600, 33)
    assert (near.from_country, near.to_country, near.freight, near.transit) == ("DE", "DE", 60, 3)
    assert far.confidence == "assumption"
    (stock,) = case.tables.stocks
    assert stock.holding == 650
    assert [row.penalty for row in case.tables.demand] == [3_900_000, 3_900_000]
    told = {(some.column, some.of): (some.value, some.numbers) for some in taken(case)}
    assert told["penalty", "buyer / magnet / chips"] == (3_900_000, (0, 1))
    assert told["holding", "buyer / magnet"] == (650, (0,))
    assert told["transit", "CN / DE"][0] == 33
    assert len(told) == 6


def test_what_a_planner_says_stays(tmp_path: Path) -> None:
    case = made(tmp_path / "a", holding="0", penalty="9", routes="CN,DE,1,90\n")  # nought is a figure
    assert [(some.column, some.of) for some in taken(case)] == [("freight", "DE / DE"), ("transit", "DE / DE")]
    assert case.tables.routes[0].freight == 1
    assert case.tables.stocks[0].holding == 0


def test_it_goes_wherever_the_case_goes(tmp_path: Path) -> None:
    case = made(tmp_path / "a")
    write_case(case, tmp_path / "b")
    for again in (load_case(tmp_path / "b"), read(workbook_of(case, whole=True))):
        assert again.digest() == case.digest()
        assert taken(again) == taken(case)


def test_every_country_lies_on_one_continent() -> None:
    assert CONTINENTS.keys() == COUNTRIES.keys()
    assert distance("CN", "CN") == "within one country"
    assert distance("CN", "JP") == "between countries of a continent"
    assert distance("JP", "DE") == "between continents"


def rows(*parts: str) -> list[dict[str, str]]:
    with bundled(parts[0]).joinpath(*parts[1:]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_figures_are_near_those_of_the_bundled_tables() -> None:
    routes = defaultdict(list)
    for row in rows("data", "routes.csv"):
        routes[distance(row["from_country"], row["to_country"])].append(row)
    for name, found in routes.items():
        assert DISTANCES[name].freight == median(float(row["freight"]) for row in found)
        assert DISTANCES[name].transit == median(float(row["transit"]) for row in found)
    magnets = {row["material"]: float(row["unit_value"]) for row in rows("data", "materials.csv") if row["stage"] == "magnet"}  # fmt: skip
    held, missed = [], defaultdict(set)
    for case in find_cases():
        held += [
            float(row["holding"]) / magnets[row["material"]] / 1000
            for row in rows("models", case, "stocks.csv")
            if row["material"] in magnets
        ]
        for row in rows("models", case, "demand.csv"):
            times = float(row["penalty"]) / magnets[row["product"]] / 1000
            missed[row["end_use"]].add((case, row["product"], times))
    assert min(held) >= 0.007
    assert max(held) <= 0.0162
    assert min(held) < HOLDING < max(held)
    for end_use, found in missed.items():
        assert PENALTIES[end_use] == pytest.approx(median(times for *_, times in found), rel=0.05)
    assert PENALTIES["humanitarian"] == PENALTIES["civil"]
