"""A plan by way of a service is the plan: the same tables, types and proof as where it is made."""

from __future__ import annotations

import time
from pathlib import Path

import pandas as pd
import pytest

import optimizer
from optimizer.audit.verify import verify
from optimizer.client import Client, Job, Progress, ServiceError
from optimizer.studies.run import status
from optimizer.studies.tables import asked
from tests.helpers.paths import TESTS
from tests.helpers.service import quiet_scenario
from tests.helpers.studies import PRICE

TOY = TESTS / "cases" / "toy"
SCENARIOS = [quiet_scenario("one"), quiet_scenario("two")]


@pytest.fixture(scope="module")
def told() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def job(client: Client, working: None, told: list[Progress]) -> Job:
    return client.plan(TOY, SCENARIOS, answers=["react"]).wait(progress=told.append)


@pytest.fixture(scope="module")
def plans() -> optimizer.Plans:
    scenarios = [optimizer.scenario_from(scenario) for scenario in SCENARIOS]
    return optimizer.plan(optimizer.load_case(TOY), scenarios, answers=["react"])


@pytest.mark.slow
def test_it_tells_how_far_it_is(job: Job, told: list[Progress]) -> None:
    assert job.state == "succeeded"
    assert told[-1].stage == "results"
    assert (told[-1].done, told[-1].total) == (2, 2)


@pytest.mark.slow
def test_tables_have_the_columns_and_types_of_those_made_here(job: Job, plans: optimizer.Plans) -> None:
    assert set(job.tables) == set(plans.tables)
    for name, table in plans.tables.items():
        if len(table):  # pandas does not say of an empty column what it would hold
            pd.testing.assert_series_equal(job.tables[name].dtypes, table.dtypes)
    pd.testing.assert_series_equal(job.summary.dtypes, plans.summary.dtypes)
    pd.testing.assert_series_equal(job.summary.cost_usd, plans.summary.cost_usd, rtol=1e-9)
    pd.testing.assert_frame_equal(job.awards, job.tables["awards"])


def test_the_case_is_the_same(job: Job, plans: optimizer.Plans) -> None:
    """Days of the scenario cut in, as they are where it is planned here."""
    assert job.certificate["case_sha256"] == plans.planner.case.digest()


def test_it_is_saved_and_proved(job: Job, tmp_path: Path) -> None:
    assert verify(job.save(tmp_path / "saved")).holds
    assert "<html" in job.report()


def test_a_table_that_there_is_not(job: Job) -> None:
    with pytest.raises(KeyError, match=r"there are .*awards, "):
        job.tables["purchase"]


@pytest.mark.slow
def test_questions(client: Client, job: Job) -> None:
    ledger = client.ledger(TOY).wait()
    assert len(ledger.tables["ledger"]) == len(ledger.summary["rows"])
    change = [{"table": "demand", "scale": {"tonnes": 0.9}}]
    assert set(client.compare(TOY, change=change).wait().summary)
    asked = job.tables["cover"].iloc[0]
    said = client.why(TOY, asked.site, asked["product"], asked.period, "civil").wait().summary
    assert said["steps"]


def test_a_job_that_is_stopped(client: Client, working: None) -> None:
    job = client.plan(TOY, SCENARIOS, priority=-10, idempotency_key="once")
    assert client.plan(TOY, SCENARIOS, priority=-10, idempotency_key="once").id == job.id
    with pytest.raises(ServiceError) as raised:
        client.plan(TOY, priority=-10, idempotency_key="once")
    assert raised.value.kind == "key-reused"
    job.cancel()
    with pytest.raises(ServiceError, match="was cancelled"):
        job.wait()
    assert client.job(job.id).state == "cancelled"
    assert job.id in {one.id for one in client.jobs("cancelled")}
    job.delete()
    with pytest.raises(ServiceError):
        job.look()


@pytest.mark.slow
def test_a_study_is_stopped_gone_on_with_and_saved(client: Client, working: None, tmp_path: Path) -> None:
    """It has every row once, those that were there before it was stopped among them."""
    draws = 400
    study = {
        "version": 1, "name": "prices", "title": "t", "case": str(TOY), "answers": ["react"], "seed": 1,
        "design": {"kind": "sample", "draws": draws},
        "factors": [{**PRICE, "distribution": {"kind": "uniform", "low": 1, "high": 2}}],
    }  # fmt: skip
    job = client.study(study)
    while not job.look().status["done"] and not job.over:
        time.sleep(0.05)
    job.cancel()
    with pytest.raises(ServiceError, match="cancelled"):
        job.wait()
    told: list[Progress] = []
    job.resume().wait(progress=told.append)
    assert told[-1].done == draws
    rows = job.tables["rows"]
    assert rows["row"].tolist() == list(range(draws))
    assert rows["certified"].all()
    assert job.summary["sections"][0]["name"] == "spread"
    folder = job.save(tmp_path / "study")
    assert status(folder).rows_done == draws
    assert asked(folder, "SELECT sum(cost_usd) s FROM rows").s[0] == pytest.approx(rows["cost_usd"].sum())
