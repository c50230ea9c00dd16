"""Every field of every record is read by its kind's own rule, and no recipe makes mass of nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, BeforeValidator

import optimizer
from optimizer.case.countries import COUNTRIES, SLIPS, meant_country
from optimizer.case.packs import Cover, Pack
from optimizer.case.settings import CaseFile, PeriodGroup
from optimizer.case.tables import TABLES
from optimizer.errors import CaseError
from optimizer.world.events import Event, Recovery
from optimizer.world.scenario import Scenario
from tests.helpers.faulty import write_case

RECORDS = [*TABLES.values(), CaseFile, PeriodGroup, Pack, Cover, Scenario, Event, Recovery]


def lax(annotation: Any, metadata: tuple[Any, ...] = ()) -> bool:
    """Whether a number, day or flag in an annotation is left to pydantic, which takes 1_000, unix times and `yes`."""
    inside = get_args(annotation)
    if hasattr(annotation, "__metadata__"):
        return lax(inside[0], annotation.__metadata__ + metadata)
    if inside:
        return any(lax(part) for part in inside)
    return annotation in (int, float, bool, dt.date) and not any(isinstance(some, BeforeValidator) for some in metadata)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_no_field_is_left_to_guesses(record: type[BaseModel]) -> None:
    fields = record.model_fields.items()
    assert [name for name, info in fields if lax(info.annotation, tuple(info.metadata))] == []


def test_the_countries_are_those_of_the_standard() -> None:
    assert len(COUNTRIES) == 249
    assert not COUNTRIES.keys() & SLIPS.keys()
    assert set(SLIPS.values()) <= COUNTRIES.keys()
    said = ("UK", "EL", "XX", "EU", "XK", "cn", "CHN", "Australia", "Vietnam", "United")
    assert [meant_country(word) for word in said] == ["GB", "GR", None, None, None, "CN", "CN", "AU", "VN", None]


RECIPES = [
    # what a tonne is made of and to (stage and tonnes, all without content), whether it can be
    ({"metal": -1, "oxide": 1.2}, True),
    ({"metal": -1, "oxide": 1.6}, False),
    ({"metal": -1, "alloy": 1.1}, False),
    ({"oxide": -1.2, "metal": 1}, True),
    ({"oxide": -1, "carbonate": 1.1}, False),
    ({"concentrate": -1, "alloy": 0.5, "scrap": 0.5}, True),
    ({"concentrate": -1, "alloy": 0.6, "scrap": 0.6}, False),
    ({"concentrate": -1, "alloy": 1000}, False),
    ({"traced": -0.3, "magnet": 1}, False),
    ({"traced": -0.3, "rich": 1}, True),
]


@pytest.mark.parametrize(("tonnes", "sound"), RECIPES, ids=[" ".join(map(str, row[0].items())) for row in RECIPES])
def test_what_has_no_content_weighs_no_more_than_what_it_is_made_of(
    tmp_path: Path, tonnes: dict[str, float], sound: bool
) -> None:
    folder = write_case(tmp_path / "small")
    stages = {"traced": ("metal", "Nd=1"), "rich": ("magnet", "Nd=0.3")}
    with (folder / "materials.csv").open("a") as file:
        for name in tonnes:
            stage, content = stages.get(name, (name, ""))
            file.write(f"x-{name},{stage},10,{content},us,assumption\n")
    with (folder / "recipes.csv").open("a") as file:
        file.writelines(f"x,x,x-{name},{amount},us,assumption\n" for name, amount in tonnes.items())
    if sound:
        optimizer.load_case(folder)
        return
    with pytest.raises(CaseError) as raised:
        optimizer.load_case(folder)
    (fault,) = raised.value.faults
    assert (fault.code, fault.table, fault.row, fault.column) == ("creates-matter", "recipes", 9, "tonnes")
