"""What `check` says of cells of controls, and of what is of them, that nothing reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.unread import (
    AHEAD,
    ALL_STATED,
    APPROVED,
    BACK_FROM,
    BY_APPROVAL,
    BY_ELEMENT,
    BY_ELEMENT_OR_NOT,
    BY_WHOSE,
    CONTROL,
    COVERED_FROM,
    COVERING,
    COVERING_LATE,
    DESTINED,
    END_USE,
    ENDED,
    GRANTED,
    HELD,
    HELD_BACK,
    KEPT,
    PARTS,
    PRESS,
    SENT_ON,
    SINCE_JUNE,
    STEADY,
    STEP,
    STEPS,
    SUSPENDED,
    TRADED,
    WAITED,
    WAITED_BEFORE,
    WAITING,
    WAITS,
    Told,
    assert_read,
    assert_unread,
)

UNREAD: list[Told] = [
    ("controls: nothing reads processing_days in 1 of 1 rows", APPROVED, (10, 20)),
    ("controls: nothing reads effective in 1 of 1 rows", {"controls": SUSPENDED}, ("2020-01-01", "2026-01-01")),
    ("controls: nothing reads suspended_from, suspended_until in 1 of 1 rows", {"controls": ENDED}, (1, 2)),
    ("controls: nothing reads stages in 1 of 1 rows", END_USE, ("magnet", "oxide")),
    ("approvals: nothing reads affiliates in 1 of 1 rows", GRANTED, ("0.5,2027-01-01,1", "0.2,2027-01-01,1")),
    ("approvals: nothing reads share in 1 of 1 rows", GRANTED, (",2027-06-01,1", ",2027-06-01,0.2")),
    ("approvals: nothing reads share in 1 of 1 rows", COVERING, ("0.9,0,", "0.1,0,")),
    ("approvals: nothing reads quantity in 1 of 1 rows", COVERING_LATE, ("0.5,1,9", "0.5,1,4")),
    ("approvals: nothing reads from, until in 1 of 1 rows", COVERED_FROM, ("0,2027-02-01", "0,2027-03-01")),
    ("approvals: nothing reads covers in 1 of 1 rows", COVERING_LATE, ("0.5,0.2,", "0.5,0.9,")),
    ("approvals: nothing reads processing_days in 1 of 1 rows", WAITED, (10, 20)),
    ("controls: nothing reads running_days in 1 of 1 rows", PRESS | {"controls": PARTS.format(1, "{}")}, (90, 200)),
    ("controls: nothing reads technology in 1 of 1 rows", PRESS | BY_WHOSE, ("CN; DE,false", "CN; DE,true")),
    ("grants: nothing reads days in 1 of 1 rows", STEPS, ("10,0.5", "20,0.5")),
    ("grants: nothing reads days in 2 of 2 rows", SINCE_JUNE, ("10,0.5", "40,0.5")),
    ("grants: nothing reads share in 1 of 1 rows", STEPS, ("10,0.5", "10,1")),
    ("grants: nothing reads days in 2 of 2 rows", STEADY, ("10,0.5", "40,0.5")),
    ("grants: nothing reads share in 1 of 2 rows", STEADY, ("10,0.1", "10,0.9")),
    ("grants: nothing reads share in 1 of 2 rows", BY_APPROVAL, ("10,0.1", "10,0.9")),
    ("controls: nothing reads elements in 1 of 1 rows", BY_ELEMENT, ("", "Dy")),
    ("controls: nothing reads approval, quota in 1 of 1 rows", PRESS | {"controls": HELD_BACK}, ("0.1,0", "0.9,0")),
    ("controls: nothing reads processing_days in 1 of 1 rows", PRESS | {"controls": HELD_BACK}, ("0.5,9", "0.5,90")),
    (
        "holds: nothing reads days, lasts in 1 of 1 rows",
        HELD | {"holds": "control,stage,days,lasts\nlaw,magnet,{},99"},
        (5, 9),
    ),
    ("controls: nothing reads headroom in 1 of 1", {"controls": KEPT.format("headroom", 0)}, (0.5, 2)),
    ("controls: nothing reads new_business in 1 of 1", {"controls": KEPT.format("new_business", 0)}, (5, 9)),
    ("controls: nothing reads headroom in 1 of 1", ALL_STATED, ("2,0.5", "3,0.5")),
    ("controls: nothing reads new_business in 1 of 1", ALL_STATED, ("2,0.5", "2,0.9")),
    ("controls: nothing reads validity_days in 1 of 1 rows", {"controls": KEPT.format("validity_days", 0)}, (9, 90)),
    ("controls: nothing reads multiple in 1 of 1 rows", {"controls": WAITING.format(0)}, (1.2, 1.5)),
    ("controls: nothing reads waits in 1 of 1 rows", {"controls": WAITS}, ("made_later", "at_exporter")),
    (
        "controls: nothing reads application_cost in 1 of 1 rows",
        {
            "controls": f"{CONTROL},suspended_from,application_cost\nlaw,export,x,x,CN,magnet,2026-01-01,0.5,2026-06-01,{{}}"
        },
        (5, 6),
    ),
    (
        "trade: nothing reads tonnes, basis, share, headroom in 1 of 1 rows",
        {"controls": SUSPENDED.format("2026-01-01"), "trade": TRADED},
        (5, 900),
    ),
    ("controls: nothing reads effective in 1 of 1 rows", PRESS | {"controls": BACK_FROM}, ("2026-01-01", "2027-05-01")),
]
"""What is said of a case, its tables, and cells with which its programme is the same; it is said with the last."""


@pytest.mark.parametrize(("said", "tables", "values"), UNREAD)
def test_what_is_said_to_be_unread_changes_nothing(
    said: str, tables: dict[str, str], values: tuple[Any, Any], tmp_path: Path
) -> None:
    assert_unread(said, tables, values, tmp_path)


READ: list[Told] = [
    ("controls.headroom", {"controls": KEPT.format("headroom", 0.5)}, (0.5, 2)),
    ("controls.new_business", {"controls": KEPT.format("new_business", 0.5)}, (5, 9)),
    ("controls.validity_days", {"controls": KEPT.format("validity_days", 0.5)}, (9, 90)),
    ("controls.multiple", {"controls": WAITING.format(20)}, (1.2, 1.5)),
    ("controls.processing_days", {"controls": WAITED_BEFORE}, (150, 200)),
    ("controls.approval", PRESS | {"controls": HELD_BACK, "plants": STEP}, ("0.1,0", "0.9,0")),
    ("controls.processing_days", PRESS | {"controls": HELD_BACK, "plants": STEP}, ("0.5,9", "0.5,90")),
    ("holds.days", HELD | {"holds": "control,stage,days,lasts\nlaw,magnet,{},399"}, (5, 9)),
    ("controls.application_cost", {"controls": KEPT.format("application_cost", 0.5)}, (5, 6)),
    ("controls.technology", PRESS | BY_WHOSE, ("CN,false", "CN,true")),
    ("controls.running_days", PRESS | {"controls": PARTS.format(0.5, "{}")}, (390, 500)),
    ("grants.days", AHEAD, ("10,0.5", "20,0.5")),
    ("grants.share", AHEAD, ("10,0.5", "10,0.6")),
    ("grants.share", DESTINED, ("10,0.5", "10,0.6")),
    ("controls.elements", BY_ELEMENT_OR_NOT, ("Nd", "Dy")),
    ("trade.tonnes", {"controls": APPROVED["controls"].format(9), "trade": TRADED}, (5, 900)),
    ("controls.effective", PRESS | {"controls": BACK_FROM, "plants": STEP}, ("2026-01-01", "2027-05-01")),
    ("approvals.share", COVERING, ("0.9,0.1,", "0.1,0.1,")),
    ("approvals.quantity", COVERING, ("0.9,1,5", "0.9,1,9")),
    ("approvals.from", COVERED_FROM, ("0.1,2027-02-01", "0.1,2027-03-01")),
    ("approvals.covers", COVERING, ("0.9,0,", "0.9,0.1,")),
    ("sites.parent_share", SENT_ON, (0.4, 0.9)),
]


@pytest.mark.parametrize(("cell", "tables", "values"), READ)
def test_what_is_read_is_not_said_to_be_unread(
    cell: str, tables: dict[str, str], values: tuple[Any, Any], tmp_path: Path
) -> None:
    assert_read(cell, tables, values, tmp_path)
