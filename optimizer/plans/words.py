"""Rows and columns of the programme in a planner's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ROWS: dict[str, str] = {
    "material_balance": "{1} at {0}",
    "plant_capacity": "the capacity of {0} ({1})",
    "offer_capacity": "what is offered as {0}",
    "home_use": "what is used of {1} in {0}, for which it is sold there",
    "export_charged": "what leaves {0} of {1} beyond what was bought to leave",
    "contract_take": "what contract {0} reserves",
    "take_or_pay": "take or pay of contract {0}",
    "lane_open": "the qualification of a supplier, {0}",
    "project_once": "project {0}, which can be started once",
    "dilution_within_recipe": "the need of recipe {1} at {0} for {2}",
    "de_minimis": "the threshold of {0} for clean lots of {2} at {1}",
    "export_licence": "the licence under {0} for {2} from {1}",
    "content_licence": "the licence under {0} for exposed {2} from {1}",
    "export_licence_of_applicants": "the licence under {0} for {2} from {1} to {3}",
    "content_licence_of_applicants": "the licence under {0} for exposed {2} from {1} to {3}",
    "end_use_licence": "the licence under {0} for {2} at {1}, {3}",
    "demand_met": "the demand for {1} at {0}, {2}",
    "substitution_limit": "the largest share of {3} in place of {1} at {0}",
    "stock_capacity": "the room for {1} at {0}",
    "stock_cover": "the days of cover of {1} at {0}",
    "reserve_kept": "the reserve of {1} at {0}",
    "terminal_stock": "the stock of {1} left at {0} on the last day",
    "volume_definition": "the volume that limit {0} is about",
    "member_volume": "the volume of {1} under limit {0}",
    "group_share": "limit {0} on {1} in {2}",
    "group_volume": "limit {0} on {1} in {2}",
    "group_spend": "limit {0} on {1} in {2}",
    "square_tangent": "limit {0} on the sum of squared shares in {2}",
    "hhi_limit": "limit {0} on the sum of squared shares in {2}",
}
"""What each rule's rows bound; fields are those of their keys. A test compares it with the rules."""
COLUMNS: dict[str, str] = {
    "buy": "bought as {0}",
    "take": "taken under contract {0}",
    "unpaid": "paid for and not taken under contract {0}",
    "reserve": "reserved with contract {0}",
    "ship": "{2} shipped from {0} to {1}",
    "charged": "{1} leaving {0} under an export charge",
    "run": "made at {0} by recipe {1}",
    "downgrade": "{1} at {0} used as goods exposed to {3}",
    "dilute": "{2} exposed to {3} inside a lot of {1} at {0}",
    "stock": "{1} kept at {0}",
    "serve": "{3} delivered at {0}",
    "short": "{1} missing at {0}, {2}",
    "start": "project {0} started",
    "cover_breach": "cover of {1} missing at {0}",
    "reserve_breach": "reserve of {1} missing at {0}",
    "terminal_breach": "{1} missing at {0} on the last day",
    "volume": "the volume that limit {0} is about",
    "member": "the volume of {1} under limit {0}",
    "square": "the square of {1}'s share under limit {0}",
    "breach": "limit {0} on {1} broken in {2}",
}
"""What each variable decides."""
TERMS: dict[str, str] = {
    "purchase": "price",
    "contract_purchase": "contract price",
    "reservation": "reservation fee",
    "unpaid_take": "pay for what is not taken",
    "conversion": "conversion",
    "freight": "freight",
    "duty": "duty",
    "export_charge": "export charge",
    "holding": "holding stock",
    "substitution": "substitution",
    "projects": "project",
    "shortage": "shortage penalty",
    "cover_gap": "penalty for missing cover",
    "reserve_gap": "penalty for a missing reserve",
    "terminal_gap": "penalty for stock missing on the last day",
    "policy_breach": "penalty for a broken limit",
}
"""What each cost term pays for."""


def words(patterns: dict[str, str], name: str, key: Sequence[Any], labels: Sequence[str]) -> str:
    """A row or column in words; the period of its key by its name, if it has one."""
    told = patterns[name].format(*key)
    return f"{told}, {labels[key[-1]]}" if isinstance(key[-1], int) and name != "square_tangent" else told
