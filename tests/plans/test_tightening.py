"""Content across stages: what is declared clean at each stage stays below its threshold through all of them."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from optimizer.audit.audit import audit_plan
from optimizer.plans import plan as planning
from optimizer.plans import tightening
from optimizer.plans.kept import KeptFiles
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.questions.tracing import trace
from tests.helpers.chains import chain
from tests.helpers.command import lodestar_here
from tests.helpers.paths import CASES
from tests.helpers.planned import plan
from tests.helpers.seeds import a_few, seeds
from tests.helpers.small import scenario

CASE = CASES / "content-across-stages"
HAND = 775_009.0


def changed(folder: Path, **files: dict[str, str]) -> Path:
    """The case with words in its files exchanged."""
    shutil.copytree(CASE, folder)
    for name, words in files.items():
        path = folder / f"{name}.{'yaml' if name == 'case' else 'csv'}"
        text = path.read_text(encoding="utf-8")
        for old, new in words.items():
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
    return folder


def highest(plans: Plans, key: tuple[str, str] = ("base", "base")) -> float:
    """Largest traced share of what is delivered as clean, which an auditor has nothing to object to."""
    happens = {some.name: some for some in plans.scenarios}
    outcome = plans.outcomes[key]
    others = happens.values()
    assert audit_plan(plans.planner.case, long_tables(outcome), happens.get(key[0]), others) == []
    found = trace(outcome)
    return float(found.loc[found["exposure"] == "clean", "exposed_share"].max())


@pytest.mark.slow
def test_the_case_costs_what_it_costs_by_hand(tmp_path: Path) -> None:
    """Of 80 t of metal 4.999 may be of Chinese oxide: 20 and 4.999 t at 1,000 USD, 75.001 at 10,000."""
    words = ("plan", str(CASE), "-s", str(CASE / "quiet.yaml"), "--workers", "1", "--out", str(tmp_path / "out"))
    rows = json.loads(lodestar_here(*words, "--json").stdout)
    assert [row["cost_usd"] for row in rows] == pytest.approx([HAND] * 3, rel=1e-9)
    assert [row["lower_usd"] for row in rows] == pytest.approx([606_263.5] * 3, rel=1e-6)
    assert {row["content"] for row in rows} == {"tightened"}
    stated = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))["certificates"]
    assert [proof["cost"]["lower_usd"] for proof in stated] == pytest.approx([606_263.5] * 3, rel=1e-6)
    assert [proof["cost"]["upper_usd"] for proof in stated] == pytest.approx([HAND] * 3, rel=1e-9)
    checked = lodestar_here("verify", str(tmp_path / "out")).stdout
    assert "nothing wrong" in checked
    assert "at least 606,263.50 USD (content across stages)" in checked
    said = " ".join(lodestar_here(*words).stdout.split())
    assert "lies between: base 606,264 to 775,009 USD" in said


def test_what_the_last_lot_dilutes_is_held_back_where_the_first_cannot_be(tmp_path: Path) -> None:
    """The additive goes into the metal, a fifth of it: no metal is clean without it, so magnets may dilute nothing.

    100 t of metal hold 20 t of additive and 4.999 t of Chinese oxide, as in the case.
    """
    recipes = {
        "reduce,reduce,oxide,-1,": "reduce,reduce,oxide,-0.8,invented,assumption\nreduce,reduce,additive,-0.2,",
        "press,press,metal,-0.8,": "press,press,metal,-1,",
        "press,press,additive,-0.2,invented,assumption\n": "",
    }
    plans = plan(str(changed(tmp_path / "case", recipes=recipes)), [])
    assert plans.outcome().cost == pytest.approx(HAND, rel=1e-9)
    assert highest(plans) == pytest.approx(0.24999, abs=1e-6)


def test_shortage_is_no_way_out_where_holding_back_another_lot_is_cheaper(tmp_path: Path) -> None:
    """With a penalty the plan that holds back the metal can be solved, and is as dear as no magnet at all."""
    recipes = {
        "reduce,reduce,oxide,-1,": "reduce,reduce,oxide,-0.8,invented,assumption\nreduce,reduce,additive,-0.2,",
        "press,press,metal,-0.8,": "press,press,metal,-1,",
        "press,press,additive,-0.2,invented,assumption\n": "",
    }
    folder = changed(tmp_path / "case", recipes=recipes, demand={",100,,": ",100,50000,"})
    assert plan(str(folder), []).outcome().cost == pytest.approx(HAND, rel=1e-9)


def test_a_rule_that_keeps_nothing_back_is_not_traced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tightening.Tightening, "mixing", lambda *_: pytest.fail("traced"))
    free = changed(tmp_path / "free", controls={"2027-01-01,0,": "2027-01-01,1,"})
    assert plan(str(free), []).outcome().cost == pytest.approx(100_000)
    one = changed(
        tmp_path / "one",
        controls={"oxide; metal; magnet": "oxide"},
        recipes={"press,press,metal,-0.8": "press,press,oxide,-0.8"},
    )
    assert plan(str(one), []).outcome().answer.certified


def test_an_answer_whose_rounds_fail_dilutes_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """No additive in clean magnets: none are made but of what is all Chinese, which may not leave."""
    monkeypatch.setattr(tightening, "ORDERS", {})
    plans = plan(str(CASE), [])
    assert plans.outcome().answer.over
    row = plans.summary.iloc[0]
    assert row["content"] == "over"
    assert row["cost_usd"] == pytest.approx(606_263.5, rel=1e-6)
    record = plans.outcome().whole_cost.record()
    assert record["lower_usd"] == pytest.approx(606_263.5, rel=1e-6)
    assert record["upper_usd"] is None


def test_with_an_additive_to_be_had_elsewhere_the_last_resort_dilutes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All of it Australian: 100 t at 10,000 USD."""
    monkeypatch.setattr(tightening, "ORDERS", {})
    offers = {"cn-additive,cn": "au-additive,clean,additive,10000,1000,invented,assumption\ncn-additive,cn"}
    plans = plan(str(changed(tmp_path / "case", offers=offers)), [])
    assert plans.summary.iloc[0]["content"] == "undiluted"
    assert plans.outcome().cost == pytest.approx(1_000_000)
    assert highest(plans) == 0


def test_of_a_reaction_only_lots_that_are_still_to_be_made_are_held_to_less(tmp_path: Path) -> None:
    """The rule takes effect in the second of two half-years, as is announced on its first day: then half of all holds.

    What is decided by then stays as it is; foresight need not change it, as the rule does not hold there.
    """
    folder = changed(
        tmp_path / "case",
        case={"{count: 1, months: 12}": "{count: 2, months: 6}"},
        controls={"2027-01-01,0,": "2027-01-01,1,"},
    )
    events = """  - what: no more licences
    table: controls
    where: {control: content}
    set: {approval: 0}
    from: 2027-07-01
"""
    plans = plan(str(folder), [scenario(tmp_path / "ban.yaml", events, "2027-07-01")])
    half = 184 / 365
    for answer in ("react", "foresight"):
        outcome = plans.outcome("ban", answer)
        assert outcome.cost == pytest.approx(100_000 * (1 - half) + HAND * half, rel=1e-9)
        found = trace(outcome)
        later = found[(found["exposure"] == "clean") & (found["period"] == 1)]
        assert later["exposed_share"].max() < 0.25
        assert audit_plan(plans.planner.case, long_tables(outcome), plans.scenarios[0], plans.scenarios) == []
    shares = plans.outcome("ban", "react").answer.shares.reshape(-1, 2)
    assert (shares[:, 0] == 1).all()
    assert (shares[:, 1] < 1).any()


def test_a_scenario_that_changes_nothing_costs_nothing() -> None:
    plans = plan(str(CASE), [str(CASE / "quiet.yaml")])
    assert plans.outcome("quiet", "foresight").cost == plans.outcome().cost


def test_questions_hold_the_content_shares_of_the_plan() -> None:
    plans = plan(str(CASE), [])
    planner = plans.planner
    assert np.array_equal(planner.parameters(planner.network), plans.outcome().parameters)
    first, end = planner.program.shares
    assert min(plans.outcome().parameters[first:end]) < 0.2


def test_the_auditor_objects_to_the_plan_without_tightening() -> None:
    plans = plan(str(CASE), [])
    answer = plans.outcome().answer
    assert answer.loose is not None
    loose = plans.planner.outcome(plans.planner.network, answer.loose)
    found = [str(fault) for fault in audit_plan(plans.planner.case, long_tables(loose))]
    assert len(found) == 2  # the magnets where they leave, and where they are delivered
    assert all("exposed share of what is used as clean, across all stages" in fault for fault in found)
    assert audit_plan(plans.planner.case, long_tables(loose), over=True) == []


@pytest.mark.parametrize("seed", seeds(40))
def test_random_chains_keep_content_across_stages_or_say_that_they_do_not(seed: int, tmp_path: Path) -> None:
    plans = plan(str(chain(tmp_path / "case", seed)), [])
    case, outcome = plans.planner.case, plans.outcome()
    answer = outcome.answer
    assert audit_plan(case, long_tables(outcome), over=answer.over) == []
    if answer.loose is not None:
        loose = plans.planner.outcome(plans.planner.network, answer.loose)
        assert answer.loose.certified
        assert loose.cost < outcome.cost
        assert any("across all stages" in str(fault) for fault in audit_plan(case, long_tables(loose)))


def test_what_is_kept_of_a_tightened_plan_is_proved_again(tmp_path: Path) -> None:
    """The second time nothing is solved; with shares that loosen a rule, the file is not believed and it is."""
    quiet = str(CASE / "quiet.yaml")

    def again() -> Plans:
        kept = partial(KeptFiles, compiled=tmp_path / "compiled", answers=tmp_path / "answers")
        return planning.plan(str(CASE), [quiet], workers=1, kept=kept)

    first, second = again(), again()
    for plans in (first, second):
        assert [outcome.cost for outcome in plans.outcomes.values()] == pytest.approx([HAND] * 3)
        assert all(outcome.answer.loose is not None for outcome in plans.outcomes.values())
    for path in tmp_path.rglob("*.npz"):
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if "shares" in arrays:
            np.savez(path, **{**arrays, "shares": 2 * np.ones_like(arrays["shares"])})
    assert again().outcome().cost == pytest.approx(HAND)


@pytest.mark.slow
@pytest.mark.parametrize("wrong", a_few(["loosened", "without", "bound"], quick=1))
def test_verify_objects_to_what_is_claimed_of_tightening(wrong: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    lodestar_here("plan", str(CASE), "-s", str(CASE / "quiet.yaml"), "--workers", "1", "--out", str(out))
    if wrong == "bound":
        path = out / "manifest.json"
        path.write_text(
            path.read_text(encoding="utf-8").replace('"lower_usd": 606', '"lower_usd": 706'), encoding="utf-8"
        )
        said = "lower_usd: expected"
    else:
        with np.load(out / "answers.npz", allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if wrong == "loosened":
            arrays["shares"][0] = 4.0
            said = "shares: expected 0 to 1, found 4"
        else:
            arrays["x"][3] *= 1.01  # the plan without tightening of the first answer
            said = "without tightening: primal residual"
        np.savez_compressed(out / "answers.npz", **arrays)
    found = lodestar_here("verify", str(out), code=3)
    assert said in found.stdout + found.stderr
