"""What is said of plans whose content across stages had to be tightened."""

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
    for _, row in table[table[Stated.certified].astype(bool)].iterrows():
        scenario, answer = row[Stated.scenario], row[Stated.answer]
        name = scenario if scenario == answer else f"{scenario} ({answer})"
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
    if told:
        rest = f"; and {len(told) - NAMED} more in the summary" if len(told) > NAMED else ""
        lines.append(
            "Content across stages: some goods declared clean held more than their threshold, so their lots were held "
            f"to less. The least cost that keeps the rules lies between two plans: {'; '.join(told[:NAMED])}{rest}."
        )
    if over:
        shown = ", ".join(over[:NAMED]) + (f" and {len(over) - NAMED} more" if len(over) > NAMED else "")
        lines.append(
            f"Content across stages is not kept in {shown}: no plan was found in which all that is declared clean "
            "stays below its threshold, and the cost is a lower bound."
        )
    return lines
