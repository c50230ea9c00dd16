"""What others leave abroad falls with what a control stops, by hand, on the case of two destinations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from optimizer.audit.audit import audit_plan
from optimizer.errors import ScenarioError
from optimizer.plans.long_tables import long_tables
from optimizer.plans.plan import Plans
from optimizer.world import apply
from tests.helpers.planned import plan
from tests.helpers.two_destinations import case, cost, event, planned

AVAILABILITY = "stage,country,share\nmagnet,CN,1\nmagnet,*,1"
OFFERS = "offer,site,material,price,capacity\ncn,cn,goods,100,1000\nau,au,goods,10000,100"
DEMAND = "site,product,from,tonnes,penalty\nus,goods,2027-01-01,100,50000\nde,goods,2027-01-01,100,50000"
LEFT = 0.4
"""Supply over demand outside China when nothing leaves that."""


def scarce(path: Path, approval: float, *, until: str = "", follows: str = "to-us") -> Path:
    """A scenario in which the control approves so much, and others want what is made elsewhere."""
    ends = f", until: {until}" if until else ""
    return event(
        path,
        f"  - {{what: w, table: controls, where: {{}}, set: {{approval: {approval}}}, from: 2027-01-01{ends}}}\n"
        f"  - {{what: rivals, table: availability, where: {{not_country: CN}}, scale: {{share: {LEFT}}},"
        f" scarcity: {follows}, from: 2027-01-01}}\n",
    )


def folder(path: Path) -> Path:
    """Licensed is a tenth to the restricted buyer, who else buys up to 100 t a year in AU and goes short beyond."""
    return case(path, availability=AVAILABILITY, demand=DEMAND, offers=OFFERS)


def least(chinese: float, left: float) -> float:
    """What the two buyers cost: so many tonnes of the restricted one's from CN, what is left in AU, the rest short."""
    australian = min(100 - chinese, 100 * left)
    return 100 * 100 + chinese * 100 + australian * 10_000 + (100 - chinese - australian) * 50_000


@pytest.mark.parametrize("approval", [0.0, 0.1, 0.5, 0.9, 1.0])
def test_what_is_left_falls_in_a_straight_line_with_what_is_stopped(tmp_path: Path, approval: float) -> None:
    """At an approval of 0.5 a tonne of two is stopped, and 0.7 of the tonnes elsewhere are left."""
    plans = planned(folder(tmp_path), scarce(tmp_path / "s.yaml", approval))
    assert cost(plans, "s") == pytest.approx(least(100 * approval, 1 - (1 - LEFT) * (1 - approval)), rel=1e-9)


def test_it_is_back_when_the_control_approves_again(tmp_path: Path) -> None:
    """Nothing until 1 July, 181 days; then the tenth of before, of which nine tenths are stopped still."""
    plans = planned(folder(tmp_path), scarce(tmp_path / "s.yaml", 0.0, until="2027-07-01"))
    left = (LEFT * 181 + (1 - (1 - LEFT) * 0.9) * 184) / 365
    assert cost(plans, "s") == pytest.approx(least(10 * 184 / 365, left), rel=1e-9)


@pytest.mark.slow
def test_costs_are_convex_in_the_approval(tmp_path: Path) -> None:
    shares = np.linspace(0, 1, 6)
    files = [scarce(tmp_path / f"a{number}.yaml", share) for number, share in enumerate(shares)]
    plans = planned(folder(tmp_path), *files)
    costs = [cost(plans, file.stem) for file in files]
    assert (np.diff(costs) < 0).all()
    assert (np.diff(costs, 2) > -1e-3).all()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("table: availability, where: {}, scale: {share: 0.4}, scarcity: to-uss", "no export control is called"),
        ("table: availability, where: {}, set: {share: 0.4}, scarcity: to-us", "scarcity: expected with a scale of"),
        ("table: demand, where: {}, scale: {tonnes: 0.4}, scarcity: to-us", "scarcity: expected with a scale of"),
        ("table: availability, where: {}, scale: {share: 1.4}, scarcity: to-us", "scarcity: expected with a scale of"),
    ],
)
def test_a_fault_says_what_was_expected(tmp_path: Path, what: str, said: str) -> None:
    file = event(tmp_path / "wrong.yaml", f"  - {{what: w, {what}, from: 2027-01-01}}\n")
    with pytest.raises(ScenarioError, match="wrong") as caught:
        plan(str(folder(tmp_path)), [str(file)])
    assert said in str(caught.value)


def test_the_audit_refuses_a_share_that_does_not_fall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = apply.fullness

    def unmoved(some: apply.Event, timelines: apply.Timelines) -> apply.Floats:
        return 0 * full(some, timelines) if some.scarcity else full(some, timelines)

    monkeypatch.setattr(apply, "fullness", unmoved)
    plans: Plans = plan(str(folder(tmp_path)), [str(scarce(tmp_path / "s.yaml", 0.1))])
    found = audit_plan(
        plans.planner.case, long_tables(plans.outcome("s", "foresight")), plans.scenarios[0], plans.scenarios
    )
    assert any("offer" in str(some) or "bought" in str(some) for some in found)
