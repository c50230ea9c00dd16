"""A programme changed as data: sent, solved side by side, taken back, and streamed without being kept."""

from __future__ import annotations

import gc
import pickle
import tracemalloc

import numpy as np
import pytest

from optimizer.case.case import Case
from optimizer.engine.pool import AHEAD, Pool
from optimizer.engine.refine import Solver
from optimizer.engine.session import Session
from optimizer.errors import SolveError
from optimizer.plans.asked import Progress as Told
from optimizer.plans.plan import Planner, plan
from optimizer.program.variant import Column, Entries, Row, Variant
from optimizer.questions.ledger import ledger
from optimizer.questions.probe import Probe
from optimizer.world.load import load_case
from tests.helpers.networks import random_case, random_scenario
from tests.helpers.small import CASES


@pytest.fixture(scope="module")
def toy() -> Case:
    return load_case(CASES / "toy")


@pytest.fixture(scope="module")
def planner(toy: Case) -> Planner:
    return Planner(toy)


def test_what_is_added_is_taken_back(planner: Planner) -> None:
    """A row that holds by itself and a column that nobody needs change neither cost nor the size of the answer."""
    program, start = planner.program, planner.start
    height, width = len(program.row_names), len(program.column_names)
    row = Row(np.array([0, width]), np.ones(2), -np.inf, 1e12)
    question = Variant(("wider",), planner.parameters(planner.network), rows=(row,), columns=(Column((0,), (0.0,)),))
    arrays = question.arrays(program, start.answer.x)
    assert len(arrays.cost) == width + 1
    assert arrays.times(np.ones(width + 1))[height] == pytest.approx(2.0)
    answer = Solver(program, start).solve(pickle.loads(pickle.dumps(question)))  # noqa: S301 - our own
    x, y = question.taken_back(answer.x, answer.y)
    assert (len(x), len(y)) == (width, height)
    assert answer.proof("none").objective == pytest.approx(start.answer.proof("none").objective, rel=1e-9)


def test_a_bound_of_an_added_column_can_be_set(planner: Planner) -> None:
    width = len(planner.program.column_names)
    upper = Entries(np.array([width]), np.array([3.0]))
    question = Variant((), planner.parameters(planner.network), columns=(Column((0,), (1.0,)),), column_upper=upper)
    assert question.arrays(planner.program, np.zeros(width)).column_upper[width] == 3.0


def test_an_answer_starts_its_own_questions(toy: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its basis is kept: nothing is solved to get it back, and from it the same programme takes no step."""
    scenario = random_scenario(toy, 3)
    plans = plan(toy, [scenario], answers=["react"], workers=1)
    probe = Probe(plans, scenario.name)
    session = Session(probe.start.arrays)
    assert probe.solves == 0
    assert probe.start.basis is plans.outcome(scenario.name).answer.basis
    answer = session.solve(probe.start.arrays, probe.start, warm=True)
    assert answer.method == "warm simplex"
    assert answer.iterations == 0
    assert session.start(answer).basis is answer.basis


def test_without_a_basis_nothing_starts(planner: Planner) -> None:
    answer = planner.start.answer
    bare = type(planner.start)(planner.start.arrays, type(answer)("optimal", answer.x, answer.y, answer.certificate))
    with pytest.raises(SolveError, match="without a basis"):
        _ = bare.basis


@pytest.mark.slow
def test_workers_find_the_same_table(toy: Case) -> None:
    plans = plan(toy, [], workers=1)
    alone, together = (Probe(plans, workers=number) for number in (1, 2))
    one, two = ledger(alone), ledger(together)
    assert alone.solves == together.solves > 0
    for column in one:
        if one[column].dtype == float:
            np.testing.assert_allclose(two[column], one[column], rtol=1e-9, atol=1e-6)
        else:
            assert two[column].tolist() == one[column].tolist()


@pytest.mark.slow
def test_one_pool_serves_a_whole_run_and_the_next(toy: Case) -> None:
    """The base, its questions, another case and the first one again, each at what it is to start from."""
    other = random_case(3)
    scenario = random_scenario(other, 1)
    with Pool(2) as pool:
        plans = plan(toy, [], pool=pool)
        helpers = len(pool._drivers)
        probe = Probe(plans, pool=pool)
        first = ledger(probe)
        others = plan(other, [scenario], pool=pool)
        reaction = Probe(others, scenario.name, pool=pool)
        assert reaction.least_cost(reaction.as_it_is) == pytest.approx(reaction.cost, rel=1e-9)
        base = Probe(others, pool=pool)
        assert base.least_cost(base.as_it_is) == pytest.approx(base.cost, rel=1e-9)
        assert reaction.least_cost(reaction.as_it_is) == pytest.approx(reaction.cost, rel=1e-9)
        assert probe.least_cost(probe.as_it_is) == pytest.approx(probe.cost, rel=1e-9)
        assert 1 == helpers <= len(pool._drivers) <= 2
    alone = Probe(plans)
    assert "solver" not in probe.__dict__, "nothing was solved in this process"
    assert first["cost_usd"].to_numpy() == pytest.approx(ledger(alone)["cost_usd"].to_numpy(), rel=1e-9, abs=1e-6)
    assert {key: some.cost for key, some in others.outcomes.items()} == pytest.approx(
        {key: some.cost for key, some in plan(other, [scenario], workers=1).outcomes.items()}, rel=1e-9
    )


def test_what_nobody_waits_for_is_not_answered_to_others(planner: Planner) -> None:
    variants = [Variant((str(number),), planner.parameters(planner.network)) for number in range(4)]
    with Pool(1) as pool:
        left = pool.solve(planner.program, planner.start, variants)
        next(left)
        inner = [variant.name for variant, _ in pool.solve(planner.program, planner.start, variants[2:])]
        assert inner == [("2",), ("3",)]
        assert len(list(left)) == 3, "one may be asked while another waits"
        del left
        abandoned = pool.solve(planner.program, planner.start, iter(variants))
        next(abandoned)
        abandoned.close()
        again = pool.base(planner.program, planner.parameters(planner.network))
        assert again.answer.certified


def test_a_pool_takes_no_more_than_it_can_keep_busy_with_and_stops(planner: Planner) -> None:
    taken = []

    def endless():  # type: ignore[no-untyped-def]
        number = 0
        while True:
            taken.append(number)
            yield Variant((str(number),), planner.parameters(planner.network))
            number += 1

    with Pool(1) as pool:
        solved = pool.solve(planner.program, planner.start, endless())
        found = []
        for variant, answer in solved:
            found.append(variant.name)
            assert answer.certified
            assert len(taken) <= len(found) + AHEAD
            if len(found) == 3:
                pool.stop()
    assert found == [("0",), ("1",), ("2",)]


def test_progress_says_what_was_finished(toy: Case) -> None:
    told: list[Told] = []
    scenario = random_scenario(toy, 0)
    plan(toy, [scenario], workers=1, progress=told.append)
    assert [(some.stage, some.done, some.total) for some in told[:2]] == [("ready", 0, 2), ("base", 0, 2)]
    assert {(some.scenario, some.answer) for some in told[2:]} == {(scenario.name, a) for a in ("react", "foresight")}
    assert told[-1].done == 2


@pytest.mark.slow
def test_a_stream_keeps_nothing_of_what_it_gave(planner: Planner) -> None:
    """Looked at twice while as many are ahead: at the end of a stream nothing is, which would hide what was kept."""
    first, last = 10, 30
    whole = last + 2 * AHEAD
    cheap = random_scenario(planner.case, 0)
    scenarios = (cheap.model_copy(update={"name": f"cheap-{number}"}) for number in range(whole))
    _ = planner.start
    tracemalloc.start()
    held, seen = [], set()
    for number, found in enumerate(planner.stream(scenarios, ["foresight"], workers=1), 1):
        assert found.answer.certified
        seen.add(found.scenario.name)
        if number in (first, last):
            del found
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert len(seen) == whole
    least = planner.start.answer.x.nbytes  # of an answer that is kept
    assert (held[1] - held[0]) / (last - first) < least
