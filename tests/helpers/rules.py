"""Cases without a rule that a ledger has an entry for, and what a price of one is worth."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.case.case import Case
from optimizer.program.variant import Entries, Variant
from optimizer.questions.probe import Probe
from tests.helpers.changes import mapped

KEYS = {
    "limit": ("limits", ("limit",)),
    "control": ("controls", ("control",)),
    "cover": ("stocks", ("site", "material")),
    "reserve": ("stocks", ("site", "material")),
    "terminal": ("stocks", ("site", "material")),
    "demand": ("demand", ("site", "product", "end_use")),
}
"""The table each kind of entry speaks of, and the columns that name its rows."""
FIELD = {"limit": "value", "control": "approval", "demand": "tonnes"}


def rewritten(case: Case, entry: Any, change: Any) -> Case:
    """The case with the rows a ledger entry speaks of changed, or left out where `change` gives nothing."""
    table, fields = KEYS[entry.kind]
    rows, places = [], []
    for row, place in zip(case.tables.rows(table), case.places[table], strict=True):
        named = " / ".join(getattr(row, field) for field in fields) == entry.rule
        kept = change(row) if named else row
        if kept is not None:
            rows.append(kept)
            places.append(place)
    found = Case(case.file, case.tables.replaced(**{table: tuple(rows)}), {**case.places, table: tuple(places)})
    return traded(found, case) if table == "demand" else found


def traded(case: Case, before: Case) -> Case:
    """The case with stated trade that moves with its demand, which was another: a row stands for the demand it is read with."""
    wanted, was = (sum(row.tonnes for row in some.tables.demand) for some in (case, before))
    return mapped(case, "trade", lambda row: {"tonnes": row.tonnes * wanted / was}) if case.tables.trade else case


def without_rule(case: Case, entry: Any) -> Case:
    """The case without the rule."""
    if entry.kind in ("limit", "control"):
        return rewritten(case, entry, lambda row: None)
    field = FIELD.get(entry.kind, entry.kind)
    return rewritten(case, entry, lambda row: row.model_copy(update={field: 0.0}))


def assert_worth(probe: Probe, row: int, price: float) -> None:
    """Loosening a row by a little saves no more than its price; tightening costs no less."""
    step = 1e-2

    def by(amount: float) -> Variant:
        arrays = probe.start.arrays
        lower, upper = (Entries(np.array([row]), side[[row]] + amount) for side in (arrays.row_lower, arrays.row_upper))
        return probe.edited(row_lower=lower, row_upper=upper)

    noise = 3e-9 * probe.cost
    loosen = step if price < 0 else -step
    saved = probe.cost - probe.least_cost(by(loosen))
    assert -noise <= saved <= abs(price) * step + noise
    tight = probe.solve(by(-loosen))
    if tight.certified and tight.certificate is not None:
        assert tight.certificate.objective - probe.cost >= abs(price) * step - noise
