"""A reaction whose base plan is left open: any that is as cheap as the kept one, decided together with what follows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.engine.face import face, opened
from optimizer.program.answer import Start
from optimizer.program.program import Arrays, Ints, Program
from optimizer.program.variant import Column, Entries, Held, Row, Variant


def either(program: Program, start: Start, variant: Variant, elapsed: float = 0.0) -> Variant | None:
    """The solve of a reaction together with a base plan of the same cost.

    Its least cost is the best over all base plans as cheap as the one it starts from, that begin the same projects in
    the period of the news. What such a plan decides before the news is one column with the reaction, what it meant to
    do afterwards a column of its own.

    Parameters
    ----------
    program : Program
    start : Start
        The base plan.
    variant : Variant
        The reaction to it.
    elapsed : float
        Share of the period of the news that is over.

    Returns
    -------
    Variant or None
        None where no base plan as cheap decides anything else by then.
    """
    left = opened(face(start.arrays, start.answer.y), start.answer.x)
    fixed = np.zeros(len(start.answer.x), bool) if variant.fixed is None else variant.fixed
    decided = fixed[left.columns]
    held = variant.held
    part = set() if held is None else {*held.columns.tolist(), *_in_rows(start.arrays, held.rows).tolist()}
    if not decided.any() and not part.intersection(left.columns.tolist()):
        return None
    at, width = left.columns.copy(), len(start.answer.x)
    at[~decided] = width + np.arange(int((~decided).sum()))
    rows = _rows_of(left.arrays, at)
    low, high = left.arrays.column_lower, left.arrays.column_upper
    rows += [_row([at[n]], [1.0], low[n], np.inf) for n in np.flatnonzero(low > 0)]
    if held is not None:
        place = dict(zip(left.columns.tolist(), at.tolist(), strict=True))
        plain = replace(variant, fixed=None, held=None, ordered=None).arrays(program, start.answer.x)
        held, more = _held(held, start, plain, place, elapsed)
        rows += more
    bounded = np.isfinite(high)
    keeps = fixed.copy()
    keeps[left.columns[decided]] = False
    return replace(
        variant,
        fixed=keeps,
        held=held,
        ordered=None,  # of another base plan other goods are ordered; without, what is proved is the lower
        rows=tuple(rows),
        columns=tuple(Column((), ()) for _ in range(int((~decided).sum()))),
        column_upper=Entries(at[bounded], high[bounded]),
        warm=False,
    )


def _row(columns: list[int] | Ints, values: list[float], lower: float, upper: float) -> Row:
    return Row(np.array(columns, np.int64), np.array(values, float), float(lower), float(upper))


def _in_rows(arrays: Arrays, rows: Ints) -> Ints:
    """Columns with entries in some rows."""
    return arrays.columns[np.isin(arrays.rows, rows)]


def _rows_of(arrays: Arrays, at: Ints) -> list[Row]:
    """Rows of a programme, its columns numbered otherwise."""
    order = np.argsort(arrays.rows, kind="stable")
    columns, values = at[arrays.columns[order]], arrays.values[order]
    bounds = np.searchsorted(arrays.rows[order], np.arange(len(arrays.row_lower) + 1))
    return [
        Row(columns[begin:end], values[begin:end], float(low), float(high))
        for begin, end, low, high in zip(bounds, bounds[1:], arrays.row_lower, arrays.row_upper, strict=False)
    ]


def _held(held: Held, start: Start, plain: Arrays, place: dict[int, int], elapsed: float) -> tuple[Held, list[Row]]:
    r"""What is done of the period of the news: by the kept plan where all agree, by rows where the base plan is open.

    With the elapsed share e, flows x, a bound that is now L, and P of it that has passed by then, used or not, which
    hangs on no plan (of a capacity K the share e), the bound of `Held` is

    .. math:: a x \le \max(L - (P - e\, a \bar x),\ e\, a \bar x) = e\, a \bar x + \max(L - P,\ 0)

    A bound of which nothing passes is the same after every plan.
    """
    base, rows = start.arrays, []
    open_columns = np.array([column in place for column in held.columns.tolist()], bool)
    for column in held.columns[open_columns].tolist():
        rows.append(_row([column, place[column]], [1.0, -elapsed], 0.0, np.inf))
    open_rows = np.zeros(len(held.rows), bool)
    for number, row in enumerate(held.rows.tolist()):
        if held.lasting[number] or np.isinf(plain.row_upper[row]):
            continue
        entries = np.flatnonzero(base.rows == row)
        if held.accounts[number]:
            entries = entries[np.isin(base.columns[entries], held.columns)]
        free = [entry for entry in entries if int(base.columns[entry]) in place]
        if not free:
            continue
        open_rows[number] = True
        others = [entry for entry in entries if int(base.columns[entry]) not in place]
        done = sum(base.values[entry] * start.answer.x[base.columns[entry]] for entry in others)
        over = held.passed[number] + held.done[number]
        side = elapsed * done + max(plain.row_upper[row] - over, 0.0)
        now = np.flatnonzero(plain.rows == row)
        columns = [*plain.columns[now].tolist(), *(place[int(base.columns[entry])] for entry in free)]
        values = [*plain.values[now].tolist(), *(-elapsed * base.values[entry] for entry in free)]
        rows.append(_summed(columns, values, side))
    kept = Held(
        held.columns[~open_columns],
        held.least[~open_columns],
        held.rows[~open_rows],
        held.passed[~open_rows],
        held.done[~open_rows],
        held.lasting[~open_rows],
        held.accounts[~open_rows],
    )
    return kept, rows


def _summed(columns: list[int], values: list[float], upper: float) -> Row:
    """A row in which every column stands once."""
    found: dict[int, float] = {}
    for column, value in zip(columns, values, strict=True):
        found[column] = found.get(column, 0.0) + value
    return _row(list(found), list(found.values()), -np.inf, upper)
