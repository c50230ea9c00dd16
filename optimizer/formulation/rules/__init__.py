"""Every variable, rule and cost term: one file per topic; of rules and terms one function each, its equation with it.

Index: i material, s site, j place (a site, or the hub of a country), k recipe, o offer, c contract, l lane, d demand,
q exposure class, t period, p project, g group of members of a limit, w window.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from optimizer.formulation.registry import COST_TERMS, RULES, VARIABLES
from optimizer.topics import TOPICS

COLUMN_ORDER = (
    *("buy", "take", "unpaid", "reserve", "ship", "charged", "run", "downgrade", "dilute", "stock", "serve", "short"),
    *("start", "cover_breach", "reserve_breach", "terminal_breach", "volume", "member", "square", "breach"),
)
"""Order of the columns; others follow. It stays: which of several cheapest plans the solver finds rests on it."""
COST_ORDER = (
    *("purchase", "contract_purchase", "reservation", "unpaid_take", "conversion", "freight", "duty", "export_charge"),
    *(
        "application",
        "holding",
        "substitution",
        "projects",
        "shortage",
        "cover_gap",
        "reserve_gap",
        "terminal_gap",
        "policy_breach",
    ),
)
"""Order of the cost table: what is paid, then penalties; others follow."""

HERE = [topic for topic in TOPICS if topic != "prices"]
"""Topics that have rules, in their order."""
for _topic in HERE:
    import_module(f"{__name__}.{_topic}")


def _arrange(registry: dict[str, Any], place: Callable[[str], int]) -> None:
    """Put what is registered in its order; topics import one another, so they do not register in theirs."""
    found = {name: registry[name] for name in sorted(registry, key=place)}
    registry.clear()
    registry.update(found)


def _listed(order: Sequence[str]) -> Callable[[str], int]:
    return lambda name: order.index(name) if name in order else len(order)


_arrange(RULES, lambda name: TOPICS.index(RULES[name].topic))
_arrange(VARIABLES, _listed(COLUMN_ORDER))
_arrange(COST_TERMS, _listed(COST_ORDER))

__all__ = ["COST_TERMS", "RULES", "VARIABLES"]
