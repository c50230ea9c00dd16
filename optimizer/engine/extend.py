"""Where a programme starts from that has rows and columns added to the one that was solved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.program.answer import AT_LOWER, BASIC, Basis, Start
from optimizer.program.program import Arrays


def extended(start: Start, arrays: Arrays) -> Start:
    """A start for a programme with rows and columns added: new rows have no say yet, new columns are at zero.

    Parameters
    ----------
    start : Start
        Of the programme without them.
    arrays : Arrays
        The programme with them, the new ones last.
    """
    columns, rows = len(start.basis.columns), len(start.basis.rows)
    more_columns = np.full(len(arrays.cost) - columns, AT_LOWER, np.int8)
    more_rows = np.full(len(arrays.row_lower) - rows, BASIC, np.int8)
    x = np.concatenate([start.answer.x, np.zeros(len(more_columns))])
    y = np.concatenate([start.answer.y, np.zeros(len(more_rows))])
    basis = Basis(np.concatenate([start.basis.columns, more_columns]), np.concatenate([start.basis.rows, more_rows]))
    return Start(arrays, replace(start.answer, x=x, y=y, basis=basis))
