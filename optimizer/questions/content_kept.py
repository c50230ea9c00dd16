"""What is said of plans whose content across stages had to be tightened, or that count on what is not detected."""

from __future__ import annotations

import pandas as pd

from optimizer.plans.amounts import money
from optimizer.plans.summary import Found, Stated

NAMED = 3
"""Plans whose bounds are named; the table has all."""


def content_lines(table: pd.DataFrame) -> list[str]:
    """Between which bounds the cost lies where content was tightened, and where it is not kept.

    Parameters
    ----------
    table : DataFrame
        Columns of the summary.

    Returns
    -------
    list of str
        One line each.
    """
    told, over = [], []
    marks: dict[str, list[str]] = {}
    for _, row in table[table[Stated.certified].astype(bool)].iterrows():
        scenario, answer = row[Stated.scenario], row[Stated.answer]
        name = scenario if scenario == answer else f"{scenario} ({answer})"
        if row[Found.mark]:
            marks.setdefault(row[Found.mark], []).append(name)
        if row[Found.content] == "over":
            over.append(name)
        elif row[Found.content]:
            low, high = row[Found.lower_usd], row[Found.cost_usd]
            scale = money(high)
            more = (
                "" if scale.cell(low) != scale.cell(high) else f" (they differ by {money(high - low).told(high - low)})"
            )
            how = ", with nothing diluted" * (row[Found.content] == "undiluted")
            told.append(f"{name} {scale.cell(low)} to {scale.told(high)}{more}{how}")
    lines = []
    for mark, names in marks.items():
        named = ", ".join(names[:NAMED]) + _more(names)
        lines.append(f"The cost of {named} {mark}, of which not all is detected.")
    if told:
        lines.append(
            "Content across stages: some goods declared clean held more than their threshold, so their lots were "
            f"held to less. The least cost that keeps the rules lies between: {'; '.join(told[:NAMED])}{_more(told)}."
        )
    if over:
        shown = ", ".join(over[:NAMED]) + _more(over)
        lines.append(
            f"Content across stages is not kept in {shown}: no plan was found in which all that is declared clean "
            "stays below its threshold, and the cost is a lower bound."
        )
    return lines


def _more(told: list[str]) -> str:
    """How many are not named."""
    return f" and {len(told) - NAMED} more" if len(told) > NAMED else ""
