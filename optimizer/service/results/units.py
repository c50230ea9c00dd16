"""What the columns of kept tables mean: the records of the tables say it, here it is looked up."""

from __future__ import annotations

from optimizer.plans.schema import Column
from optimizer.plans.summary import SUMMARY
from optimizer.plans.tables import TABLES


def columns_of(table: str) -> dict[str, Column]:
    """The columns of a table of results, by name; none for a table that is not of a plan.

    Parameters
    ----------
    table : str
        Its name, or `summary`.
    """
    known = SUMMARY if table == "summary" else TABLES[table].columns if table in TABLES else ()
    return {str(column): column for column in known}
