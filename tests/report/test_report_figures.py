"""What the report measures: limits are those of their table, and amounts stand in a unit of their size."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import optimizer
from optimizer.case.case import Case
from optimizer.errors import InputError
from optimizer.folder.read import Written, read_plans
from optimizer.folder.write import write_plans
from optimizer.plans.amounts import money, usd
from optimizer.report.charts import chart_data
from optimizer.report.measured import limits
from optimizer.report.page import page
from optimizer.world.load import load_case
from optimizer.world.scenario import Scenario
from tests.helpers.paths import CASES
from tests.helpers.written import fit

TOY = load_case(CASES / "toy")


def dear(factor: float) -> Scenario:
    event = {"what": "dearer", "table": "offers", "where": {}, "scale": {"price": factor}, "from": "2027-04-01"}
    return Scenario.model_validate(
        {
            "name": "dear",
            "title": "dearer",
            "probability": 0.1,
            "announced": "2027-03-01",
            "source": "test",
            "events": [event],
        }
    )


def planned(case: Case, folder: Path, *scenarios: Scenario) -> Written:
    write_plans(optimizer.plan(case, list(scenarios), workers=1), folder)
    return read_plans(folder)


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return planned(TOY, tmp_path_factory.mktemp("figures") / "toy", dear(2.0))


@pytest.mark.slow
def test_every_row_of_the_table_of_limits_is_measured(toy: Written) -> None:
    written = pd.read_csv(toy.folder / "limits.csv")
    for one in toy.answers:
        mine = written[(written["scenario"] == one[0]) & (written["answer"] == one[1])].reset_index(drop=True)
        found = limits(toy, *one).reset_index(drop=True)
        assert set(found["measure"]) == {"share", "volume", "spend", "hhi"}
        for name in ("limit", "member", "window", "bound", "amount", "total", "breach"):
            assert list(found[name]) == list(mine[name])
        part, counts = found["measure"].isin(["share", "hhi"]), mine["binds"] | (mine["basis"] != "use")
        assert list(found["counted"].notna()) == list(counts)
        counted = found["value"] * found["total"].where(part, 1.0)
        assert counted[counts].tolist() == pytest.approx(found["amount"][counts].tolist())
        assert list(found["value"][~counts]) == list(found["used"][~counts])
        assert set(found["kept"]) == {True, False}
        assert list(found["kept"]) == list(mine["breach"] <= 1e-6)
        rows = {row.limit: row for row in TOY.tables.limits}
        assert list(found["stage"]) == [rows[name].stage for name in found["limit"]]
        assert list(found["by"]) == [rows[name].by for name in found["limit"]]


def test_the_page_shows_every_limit_in_every_window(toy: Written) -> None:
    table = page(toy).split('aria-label="Limits, each with the member nearest to its bound"')[1].split("</table>")[0]
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in table.split("<tr>")[2:]]
    found = limits(toy, *toy.first) if toy.first else pd.DataFrame()
    assert {(row[0], row[3]) for row in rows} == set(zip(found["limit"], found["window"], strict=True))
    (spend,) = (row for row in rows if row[0] == "spend-aa")
    (line,) = found[found["limit"] == "spend-aa"].to_dict(orient="records")
    assert spend[4] == f"spend at most {usd(line['bound'])}"
    assert spend[5] == usd(line["amount"])


@pytest.mark.slow
def test_a_limit_in_force_for_some_of_the_time_is_measured_by_its_rows(tmp_path: Path) -> None:
    """A limit that begins after some periods has no row for them; one that ends has a later row that is hard."""
    first = next(row for row in TOY.tables.limits if row.limit == "volume-press")
    day = TOY.calendar.bounds[1]
    later = first.model_copy(update={"from_": day, "penalty": None, "value": 1e4})
    for number, rows in enumerate(((later,), (first, later))):
        case = Case(TOY.file, TOY.tables.replaced(limits=rows), {**TOY.places, "limits": ("test",) * len(rows)})
        found = limits(planned(case, tmp_path / str(number)), "base", "base")
        labels = [TOY.calendar.label(period) for period in TOY.calendar.periods]
        hard = [label in labels[1:] for label in labels][0 if number else 1 :]
        assert list(found["window"]) == labels[0 if number else 1 :]
        assert list(found["hard"]) == hard


@pytest.mark.slow
@pytest.mark.parametrize(("column", "value"), [("limit", "nobody"), ("window", "1999")])
def test_a_limit_that_the_case_has_not_is_refused(toy: Written, tmp_path: Path, column: str, value: str) -> None:
    written = planned(TOY, tmp_path / "out")
    table = pd.read_csv(written.folder / "limits.csv")
    table.loc[0, column] = value
    table.to_csv(written.folder / "limits.csv", index=False)
    fit(written.folder)
    with pytest.raises(InputError, match=f"limits.csv: limit, window: not in the case: .*{value}"):
        read_plans(written.folder)


def sized(written: Written, factor: float) -> Written:
    """The same plans with all costs in another size."""
    money_columns = ["cost_usd", "cash_usd", "penalties_usd", "change_usd"]
    summary = written.summary.assign(**{name: written.summary[name] * factor for name in money_columns})
    costs = written.tables["costs"].assign(cost_usd=written.tables["costs"]["cost_usd"] * factor)
    return Written(written.folder, written.case, written.manifest, summary, {**written.tables, "costs": costs})


@pytest.mark.parametrize("factor", [2e-4, 1.0, 5e4])
def test_charts_and_captions_say_the_unit_of_their_size(toy: Written, factor: float) -> None:
    written = sized(toy, factor)
    data, html = chart_data(written), page(written)
    react, base = (written.row(*one) or {} for one in (("dear", "react"), ("base", "base")))
    scales = {
        "costs": money(base["cost_usd"], react["cost_usd"]),
        "changes": money(react["cost_usd"] - base["cost_usd"]),
    }
    for name, scale in scales.items():
        bars = data[name]
        assert bars["unit"] == scale.unit
        for one in bars["series"]:
            for value, said in zip(one["values"], one["said"], strict=True):
                assert "<" in said or float(said.replace(",", "")) == pytest.approx(value, abs=10.0**-scale.digits)
        for number in range(len(bars["names"])):
            texts = {one["said"][number] for one in bars["series"]}
            assert any(re.search("[1-9]", text) and "<" not in text for text in texts), "a bar that says nothing"
    told = {scale.unit.replace("MUSD", "million USD") for scale in scales.values()}
    captions = {"".join(pair) for pair in re.findall(r"In ([^,<]+), discounted|base plan, ([^,<]+), discounted", html)}
    assert captions == told
    total = scales["costs"].size * sum(data["costs"]["series"][0]["values"])
    assert total == pytest.approx(base["cost_usd"], rel=0.01)


@pytest.mark.slow
def test_nothing_is_drawn_of_scenarios_that_change_nothing(tmp_path: Path) -> None:
    written = planned(TOY, tmp_path / "out", dear(1.0))
    assert chart_data(written)["changes"] is None
    assert "chart-changes" not in page(written).split("<script")[0]
