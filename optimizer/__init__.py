"""Lodestar: a procurement diversification optimizer for rare earths and permanent magnets.

Two lines give every plan of a case::

    import optimizer
    plans = optimizer.plan("ev-motors", ["full-embargo"])

``plans.summary`` and the tables in ``plans.tables`` are DataFrames.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optimizer.case.case import Case
    from optimizer.plans.plan import Plans, plan
    from optimizer.world.change import changed
    from optimizer.world.door import case_from
    from optimizer.world.load import load_case
    from optimizer.world.scenario import Scenario, load_scenario, scenario_from

__version__ = "0.1.0"
__all__ = ["Case", "Plans", "Scenario", "case_from", "changed", "load_case", "load_scenario", "plan", "scenario_from"]

_HOME = {
    "plan": "optimizer.plans.plan",
    "Plans": "optimizer.plans.plan",
    "Case": "optimizer.case.case",
    "case_from": "optimizer.world.door",
    "changed": "optimizer.world.change",
    "load_case": "optimizer.world.load",
    "Scenario": "optimizer.world.scenario",
    "load_scenario": "optimizer.world.scenario",
    "scenario_from": "optimizer.world.scenario",
}


def __getattr__(name: str) -> Any:
    """Import on first use: worker processes need none of it."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
