"""Studies from end to end: the same files by whatever way they come about, and figures that plans have."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import yaml

from optimizer.case.write import write_case
from optimizer.engine.pool import Pool
from optimizer.errors import InputError
from optimizer.studies.file import read_study
from optimizer.studies.layout import block_path, done
from optimizer.studies.record import read_record
from optimizer.studies.run import WORKER, run, status
from optimizer.studies.tables import asked, counted
from optimizer.studies.work import Study
from optimizer.world.load import load_case
from optimizer.world.scenario import scenario_from
from tests.helpers.changes import with_rows
from tests.helpers.command import RUN, lodestar_here
from tests.helpers.paths import ROOT
from tests.helpers.planned import plan
from tests.helpers.seeds import a_few
from tests.helpers.studies import PRICE, SAMPLE, STOP, TOY, blocks, copied, laid, written


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of twelve rows that is laid out; no row is planned."""
    folder = tmp_path_factory.mktemp("study")
    return laid(written(folder / "some.yaml", tables=["purchases"], **SAMPLE), folder / "out")


@pytest.fixture(scope="module")
def whole(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, all rows planned by one process without any worker."""
    folder = copied(base, tmp_path_factory.mktemp("whole") / "out")
    study = Study(folder)
    for number in reversed(range(study.record.blocks)):
        study.run(number)
    return folder


@pytest.mark.slow
def test_files_are_the_same_by_any_number_of_workers(base: Path, whole: Path, tmp_path: Path) -> None:
    folder = copied(base, tmp_path / "out")
    with Pool(2, module=WORKER) as pool:
        found = run(folder, pool)
    assert (found.rows_done, found.answers, found.uncertified) == (12, 36, 0)
    assert blocks(folder) == blocks(whole)
    assert len(blocks(folder)) == 2 * read_record(folder).blocks


@pytest.mark.slow
def test_parts_make_the_whole(base: Path, whole: Path, tmp_path: Path) -> None:
    folder = copied(base, tmp_path / "out")
    with Pool(1, module=WORKER) as pool:
        run(folder, pool, (2, 2))
        assert 0 < status(folder).rows_done < 12
        run(folder, pool, (1, 2))
    assert blocks(folder) == blocks(whole)


def test_what_is_there_is_not_done_again(whole: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.glob("*/block=*")}
    with Pool(1, module=WORKER) as pool:
        found = run(whole, pool)
    assert found.answers == 0
    assert {path: path.stat().st_mtime_ns for path in whole.glob("*/block=*")} == before


@pytest.mark.slow
@pytest.mark.parametrize("kills", [2, pytest.param(50, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("whom", a_few(["worker", "parent", "stopped worker"], quick=1))
def test_every_row_is_there_once_whoever_is_killed(
    whom: str, kills: int, base: Path, whole: Path, tmp_path: Path
) -> None:
    """At random moments; whoever takes it up finds whole blocks or none."""
    rng = random.Random(f"{whom} {kills}")
    folder = copied(base, tmp_path / "out")
    command = [*RUN, "study", "resume", str(folder), "--workers", "1"]
    for _ in range(kills):
        for path in list(blocks(folder))[: rng.randrange(3)]:
            (folder / path).unlink()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
        time.sleep(rng.uniform(0.5, 4.0))
        if whom == "parent":
            process.kill()
        else:
            for worker in _children(process.pid):
                os.kill(worker, signal.SIGKILL if whom == "worker" else signal.SIGSTOP)
        process.communicate(timeout=60)
    with Pool(1, module=WORKER) as pool:
        run(folder, pool)
    assert blocks(folder) == blocks(whole)
    assert asked(folder, "SELECT count(*) n, count(DISTINCT (row, scenario, answer)) d FROM rows").iloc[0].tolist() == [
        36,
        36,
    ]


def _children(pid: int) -> list[int]:
    """Processes that a process has started."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@pytest.mark.slow
def test_a_row_that_costs_its_workers_is_a_row_without_numbers(base: Path, tmp_path: Path) -> None:
    """The rows beside it are as they would be."""
    folder = copied(base, tmp_path / "out")
    with Pool(1, module="tests.helpers.deadly") as pool:
        found = run(folder, pool)
    assert (found.rows_done, found.uncertified) == (12, 1)
    lost = asked(folder, "SELECT * FROM rows WHERE NOT certified")
    assert lost["row"].tolist() == [7]
    assert lost["status"].tolist() == ["failed"]
    assert lost["cost_usd"].isna().all()
    found = counted(folder)
    assert (found["answers"], found["uncertified"]) == (34, 1)
    assert 0 < found["inherited"] < 33
    assert not list(folder.glob(".mark-*"))


def test_figures_are_those_of_plans(tmp_path: Path) -> None:
    """Of a stop on top of a scenario, with prices known to the base: the case with these prices, planned by itself.

    Nothing needs a licence, as in a study all licences are a share of what the case itself would ship.
    """
    free = load_case(TOY)
    for table in ("controls", "approvals", "trade"):
        free = with_rows(free, table, [])
    write_case(free, tmp_path / "free")
    event = {"what": "w", "table": "demand", "where": {}, "scale": {"tonnes": 1.2}, "from": "2027-02-10"}
    head = {"name": "surge", "title": "t", "probability": 0, "announced": "2027-02-01", "source": "test"}
    (tmp_path / "surge.yaml").write_text(yaml.safe_dump({**head, "events": [event]}), encoding="utf-8")
    factors = [{**PRICE, "values": [1, 1.7]}, {**STOP, "values": [0.5], "news": "2027-02-01"}]
    grid = {"case": "free", "scenarios": ["surge.yaml"], "design": {"kind": "grid"}, "factors": factors}
    path = written(tmp_path / "some.yaml", **grid)
    folder = laid(path, tmp_path / "out")
    with Pool(1, module=WORKER) as pool:
        run(folder, pool)
    found = asked(folder, "SELECT * FROM rows").set_index(["row", "scenario", "answer"])
    case = load_case(folder / "case")
    dearer = [row.model_copy(update={"price": 1.7 * row.price}) for row in case.tables.offers]
    stop = {
        **{name: STOP[name] for name in ("table", "where", "from", "until")},
        "what": "w",
        "scale": {"capacity": 0.5},
    }
    own = scenario_from({**head, "events": [event, stop]})
    plans = plan(with_rows(case, "offers", dearer), [own])
    for key, outcome in plans.outcomes.items():
        line = found.loc[(1, *key)]
        assert line["cost_usd"] == pytest.approx(outcome.cost, rel=1e-9), key
        assert line["change_usd"] == pytest.approx(outcome.cost - plans.outcome().cost, abs=1e-3)
        assert line["short_t"] == pytest.approx(outcome.short, abs=1e-6)
        assert line["penalty_usd"] + line["cash_usd"] == pytest.approx(outcome.cost, rel=1e-9)
        assert line["lowest_cover_days"] >= 0
    alike = plan(case, [own])
    assert found.loc[(0, "surge", "react")]["cost_usd"] == pytest.approx(alike.outcome("surge").cost, rel=1e-9)


def test_figures_of_an_answer_are_those_of_its_summary(whole: Path) -> None:
    """Each worked out once more by the tables of a plan."""
    study = Study(whole)
    for found in study.rows.row(4):
        assert found.outcome is not None
        figures = dict(zip(study._names, study.figures.of(found.outcome, found.base_cost, found.news), strict=True))
        days, _ = found.outcome.lowest_cover()
        assert figures["cost_usd"] == pytest.approx(found.outcome.cost)
        assert figures["penalty_usd"] == pytest.approx(found.outcome.penalties)
        assert figures["lowest_cover_days"] == pytest.approx(days)
        assert figures["service_level"] == pytest.approx(found.outcome.service_level)
        assert figures["magnet_hhi"] == pytest.approx(found.outcome.hhi("magnet"))
        assert figures["magnet_largest_share"] == pytest.approx(found.outcome.largest("magnet")[1])
        assert figures["oxide_CN_share"] == pytest.approx(found.outcome.share_of("oxide", "CN"))


@pytest.mark.slow
def test_every_site_is_lost_in_turn(tmp_path: Path) -> None:
    design = {"kind": "lose-each", "what": "sites", "days": [30], "from": ["2027-02-10"]}
    folder = laid(written(tmp_path / "some.yaml", design=design, answers=["react"]), tmp_path / "out")
    with Pool(1, module=WORKER) as pool:
        run(folder, pool)
    found = asked(folder, "SELECT * FROM rows")
    case = load_case(TOY)
    giving = {row.site for row in case.tables.plants} | {row.site for row in case.tables.offers}
    assert set(found["factor.lost"]) == giving
    print(found[["factor.lost", "status", "change_usd"]])
    assert (found["change_usd"] >= -1e-6).all()
    assert found["change_usd"].max() > 0


def test_a_table_of_rows_and_an_empirical_distribution_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("nd-price,stop\n1.5,0\n,0.5\n", encoding="utf-8")
    path = written(tmp_path / "some.yaml", design={"kind": "table", "file": "rows.csv"}, factors=[PRICE, STOP])
    study = read_study(path)
    assert [study.design.row(n, study.factors, 0) for n in range(2)] == [{"nd-price": 1.5, "stop": 0}, {"stop": 0.5}]
    (tmp_path / "seen.csv").write_text("day,usd\n1,10\n2,30\n", encoding="utf-8")
    seen = {"kind": "empirical", "file": "seen.csv", "column": "usd"}
    path = written(
        tmp_path / "two.yaml", design={"kind": "sample", "draws": 2}, factors=[{**PRICE, "distribution": seen}]
    )
    distribution = read_study(path).factors[0].distribution
    assert distribution is not None
    assert distribution.quantile(0.5) == 20


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"factors": [{**PRICE, "cell": "offers.price[aa-n]", "values": [1]}]}, "Did you mean 'aa-nd'?"),
        ({"factors": [{**PRICE, "values": [-1]}]}, "to stay from 0"),
        (
            {"factors": [{"name": "a", "cell": "substitutions.max_share[*]", "values": [0.5, 1.5]}]},
            "to stay from 0 to 1",
        ),
        ({"case": "no-such", "factors": [{**PRICE, "values": [1]}]}, "no such case"),
        ({"scenarios": ["full-embargoo"], "factors": [{**PRICE, "values": [1]}]}, "Did you mean 'full-embargo'?"),
        ({"factors": [{**PRICE, "values": [1]}], "most_hours": 1e-12}, "hours of a core"),
    ],
)
def test_what_does_not_fit_the_case_is_refused_before_anything_is_solved(
    fields: dict[str, Any], says: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "some.yaml", **{"design": {"kind": "grid"}, **fields})
    with pytest.raises(InputError) as refused:
        laid(path, tmp_path / "out")
    assert says in str(refused.value)
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


@pytest.mark.slow
def test_the_command_runs_looks_extends_and_reads(tmp_path: Path) -> None:
    path = written(
        tmp_path / "some.yaml", answers=["foresight"], **{**SAMPLE, "design": {"kind": "sample", "draws": 6}}
    )
    out = str(tmp_path / "out")
    assert "6 of 6 rows done" in lodestar_here("study", "run", str(path), "--out", out, "--workers", "1").stdout
    first = blocks(tmp_path / "out")
    assert "9 of 9 rows done" in lodestar_here("study", "extend", out, "--draws", "9", "--workers", "1").stdout
    assert {name: blocks(tmp_path / "out")[name] for name in first} == first
    assert lodestar_here("study", "sql", out, "SELECT count(*) AS n FROM rows").stdout == "n\n18\n"
    assert "n\n18" in lodestar_here("study", "sql", out, "SELECT count(*) AS n FROM rows;").stdout
    csv = tmp_path / "all.csv"
    lodestar_here("study", "export", out, str(csv))
    assert len(pd.read_csv(csv)) == 18
    refused = lodestar_here("study", "sql", out, "DROP VIEW rows", code=2)
    assert "expected one SELECT" in refused.stderr
    other = written(tmp_path / "some.yaml", answers=["foresight"], **{**SAMPLE, "seed": 4})
    said = lodestar_here("study", "run", str(other), "--out", out, code=2).stderr
    assert "expected this study, found another" in said
    assert "seed: 3 there, 4 here" in said


def test_a_latin_hypercube_cannot_grow(tmp_path: Path) -> None:
    design = {"kind": "sample", "draws": 6, "method": "latin-hypercube"}
    folder = laid(written(tmp_path / "some.yaml", **{**SAMPLE, "design": design}), tmp_path / "out")
    assert "cannot grow" in lodestar_here("study", "extend", str(folder), "--draws", "9", code=2).stderr


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="found something else"):
        laid(written(tmp_path / "some.yaml", **SAMPLE), tmp_path / "out")
    assert (tmp_path / "out" / "mine.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.slow
def test_a_half_written_block_counts_for_nothing(base: Path, tmp_path: Path) -> None:
    folder = copied(base, tmp_path / "out")
    path = block_path(folder, 0)
    path.parent.mkdir()
    path.with_name(f".{path.stem}-1.part").write_bytes(b"PAR1")
    assert done(folder, read_record(folder).blocks, ("purchases",)) == set()
    with Pool(1, module=WORKER) as pool:
        run(folder, pool)
    assert not list(folder.glob("*/.block*"))
    with duckdb.connect() as database:
        rows = database.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchall()
    assert rows[0][0] > 0
