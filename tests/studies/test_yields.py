"""Yields as factors: what the main output needs is scaled, scrap takes the rest, and nothing is made of nothing."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from optimizer.case.case import Case
from optimizer.case.write import write_case
from optimizer.engine.pool import Pool
from optimizer.errors import InputError
from optimizer.studies.factors import Factor
from optimizer.studies.handover import handed_over
from optimizer.studies.run import WORKER, run
from optimizer.studies.tables import asked
from optimizer.studies.yields import recipes_of, yielding
from optimizer.world.load import load_case
from tests.helpers.changes import with_rows
from tests.helpers.planned import plan
from tests.helpers.studies import TOY, laid, written

NEED: dict[str, Any] = {"name": "need", "recipe": "sinter-sh"}


@pytest.fixture(scope="module")
def case() -> Case:
    return load_case("ev-motors")


def flows(case: Case, recipe: str) -> dict[str, tuple[float, float]]:
    """Tonnes of each element that goes in and comes out."""
    content = {row.material: row.content for row in case.tables.materials}
    found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in case.tables.recipes:
        if row.recipe == recipe:
            for element, share in content[row.material].items():
                found[element][row.tonnes > 0] += abs(row.tonnes) * share
    return {element: (consumed, made) for element, (consumed, made) in found.items()}


def rows(case: Case, recipe: str) -> dict[str, float]:
    return {row.material: row.tonnes for row in case.tables.recipes if row.recipe == recipe}


@pytest.mark.parametrize("recipe", ["sinter-sh", "sinter-uh-gbd", "hot-deform-hre-free", "sinter-smco-217"])
@pytest.mark.parametrize("value", [0.95, 1.0, 1.1, 1.5])
def test_the_main_output_needs_so_much_and_scrap_takes_the_rest(recipe: str, value: float, case: Case) -> None:
    """What was lost before is lost of all that is used; more only where the scrap is of another make; nothing is made."""
    before, after = (
        rows(case, recipe),
        rows(yielding(case, [Factor(**NEED | {"recipe": recipe})], {"need": value}), recipe),
    )
    for material, tonnes in before.items():
        if tonnes < 0:
            assert after[material] == pytest.approx(value * tonnes)
    main = max(before, key=lambda name: before[name] > 0 and not name.startswith("swarf"))
    assert after[main] == before[main] == 1
    lost = {element: 1 - made / consumed for element, (consumed, made) in flows(case, recipe).items() if consumed}
    other = yielding(case, [Factor(**NEED | {"recipe": recipe})], {"need": value})
    for element, (consumed, made) in flows(other, recipe).items():
        if consumed:
            assert made <= consumed * (1 + 1e-6)
            assert 1 - made / consumed >= lost[element] - 2e-3, element
            if "gbd" not in recipe:
                assert 1 - made / consumed == pytest.approx(lost[element], abs=5e-3), element


def test_what_the_feed_makes_is_counted_by_the_feed(case: Case) -> None:
    """A separation that gets less out of its feed: capacity is still in tonnes of feed, other oxides are as many."""
    other = rows(
        yielding(case, [Factor(**NEED | {"recipe": "separate-full-clay-br"})], {"need": 1.25}), "separate-full-clay-br"
    )
    before = rows(case, "separate-full-clay-br")
    assert other["clay-br"] == -1
    assert other["ndpr-oxide"] == pytest.approx(before["ndpr-oxide"] / 1.25)
    assert other["dy-oxide"] == pytest.approx(before["dy-oxide"])


def test_a_process_stands_for_all_its_recipes(case: Case) -> None:
    process = next(row.process for row in case.tables.recipes if row.recipe == "sinter-sh")
    named = recipes_of(Factor(**NEED | {"recipe": process}), case)
    assert {row.recipe for row in case.tables.recipes if row.process == process} == set(named)
    assert len(named) > 1
    with pytest.raises(InputError, match="Did you mean 'sinter-sh'"):
        recipes_of(Factor(**NEED | {"recipe": "sinter-shh"}), case)


def study(folder: Path, *values: float, **more: Any) -> Path:
    need = {"name": "need", "recipe": "press-magnet", "values": list(values)}
    event = {"name": "stop", "table": "offers", "where": {"offer": "aa-nd"}, "scale": "capacity", "from": "2027-02-15"}
    factors = [need, {**event, "until": "2027-06-01", "values": [0.5]}]
    return written(folder / "some.yaml", case=str(folder / "free"), design={"kind": "grid"}, factors=factors, **more)


@pytest.mark.slow
def test_a_row_is_the_plan_of_the_case_with_that_recipe(tmp_path: Path) -> None:
    """Planned by itself: the case that is handed over, where nothing needs a licence."""
    free = load_case(TOY)
    for table in ("controls", "approvals", "trade"):
        free = with_rows(free, table, [])
    write_case(free, tmp_path / "free")
    folder = laid(study(tmp_path, 1, 1.2), tmp_path / "out")
    with Pool(1, module=WORKER) as pool:
        run(folder, pool)
    found = asked(folder, "SELECT * FROM rows").set_index(["row", "scenario", "answer"])
    for row in (0, 1):
        (path,) = handed_over(folder, row, tmp_path / f"row{row}")
        other = load_case(tmp_path / f"row{row}" / "case")
        plans = plan(other, [path])
        for key, outcome in plans.outcomes.items():
            line = found.loc[(row, *key)]
            assert line["cost_usd"] == pytest.approx(outcome.cost, rel=1e-9), (row, key)
            assert line["cash_usd"] + line["penalty_usd"] == pytest.approx(outcome.cost, rel=1e-9)
            assert line["short_t"] == pytest.approx(outcome.short, abs=1e-6)
    assert found.loc[(1, "base", "base")]["cost_usd"] > found.loc[(0, "base", "base")]["cost_usd"]


@pytest.mark.parametrize(
    ("factor", "says"),
    [
        ({"recipe": "pres"}, "Did you mean 'press'?"),
        ({"recipe": "press-magnet", "values": [0.05]}, "no more is held than is in 'magnet'"),
        ({"recipe": "press-magnet", "from": "2027-02-01"}, "expected nothing with recipe"),
        ({"recipe": "press-magnet", "known": False}, "the base is planned with it"),
        ({"recipe": "press-magnet", "cell": "offers.price[*]"}, "one of cell, table and recipe"),
    ],
)
def test_what_cannot_be_is_refused(factor: dict[str, Any], says: str, tmp_path: Path) -> None:
    path = written(
        tmp_path / "some.yaml", design={"kind": "grid"}, factors=[{"name": "need", "values": [1.1], **factor}]
    )
    with pytest.raises(InputError) as refused:
        laid(path, tmp_path / "out")
    assert says in str(refused.value)
