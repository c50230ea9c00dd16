"""What the explanation of one plan costs: solves and seconds, against the rules that bind and a solve of the base."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from pandas.testing import assert_frame_equal

from benchmarks.show import Cell, table
from optimizer.engine.pool import Pool
from optimizer.plans.plan import plan
from optimizer.questions.ledger import ledger
from optimizer.questions.probe import Probe
from optimizer.questions.supplier import why_not
from optimizer.questions.why import why

CASES = ("ev-motors", "korea", "defense")
SIDE_BY_SIDE = "defense"


def report(cases: Sequence[str] = CASES, *, quick: bool = False) -> None:
    """Print solves and seconds of the ledger, of one price explained, and of one supplier, for every case."""
    rows: list[list[Cell]] = []
    for name in cases[:1] if quick else cases:
        plans = plan(name, [])
        outcome = plans.outcome()
        probe = Probe(plans)
        began = time.perf_counter()
        found = ledger(probe)
        after_ledger, solved = time.perf_counter(), probe.solves
        wanted = outcome.frame.structure.index["demands"][0]
        why(probe, str(wanted[0]), str(wanted[1]), outcome.frame.labels[-2], str(wanted[2]))
        after_why = time.perf_counter()
        offers = [str(key[0]) for key in outcome.frame.structure.index["plants"]]
        why_not(probe, offers[0])
        after_supplier = time.perf_counter()
        binding = sum(outcome.binding().values())
        rows.append(
            [
                name,
                len(found),
                binding,
                solved,
                solved / binding,
                after_ledger - began,
                (after_ledger - began) / solved / outcome.answer.seconds,
                after_why - after_ledger,
                after_supplier - after_why,
            ]
        )
    headings = ["case", "rules listed", "rows that bind", "solves", "solves per row", "ledger s", "solve / base solve"]
    headings += ["why s", "why-not s"]
    note = "The aim is at most one solve, warm, for each row that binds; the ledger is nearly all of an explanation."
    table("The explanation of one plan", headings, rows, note)


def side_by_side(case: str = SIDE_BY_SIDE, *, quick: bool = False) -> None:
    """Print the seconds of one ledger over one worker and over two, from the base plan on and of the whole call.

    Raises
    ------
    AssertionError
        If the two tables differ.
    """
    rows: list[list[Cell]] = []
    for _ in range(1 if quick else 3):
        load = os.getloadavg()[0]
        planned: list[float] = []
        asked: list[float] = []
        tables = []
        for workers in (1, 2):
            with Pool(workers) as pool:
                began = time.perf_counter()
                plans = plan(case, [], pool=pool)
                planned.append(time.perf_counter() - began)
                began = time.perf_counter()
                tables.append(ledger(Probe(plans, pool=pool)))
                asked.append(time.perf_counter() - began)
        assert_frame_equal(*tables, rtol=1e-9, atol=1e-2)
        whole = (planned[1] + asked[1]) / (planned[0] + asked[0])
        rows.append([case, *asked, asked[1] / asked[0], whole, load])
    headings = ["case", "one worker s", "two workers s", "ratio", "ratio of whole call", "load"]
    note = (
        "From the base plan on, the aim is 0.6; the whole call plans the base first, by the same workers. Both tables "
    )
    note += "are equal. Load: of the machine before it."
    table("The ledger over two workers", headings, rows, note)
