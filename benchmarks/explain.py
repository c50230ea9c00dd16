"""What the explanation of one plan costs: solves and seconds, against the rules that bind and a solve of the base."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from benchmarks.show import Cell, table
from optimizer.plans.plan import plan
from optimizer.questions.ledger import ledger
from optimizer.questions.probe import Probe
from optimizer.questions.supplier import why_not
from optimizer.questions.why import why

CASES = ("ev-motors", "korea", "defense")


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
    side_by_side("defense" if not quick else cases[0], repeats=1 if quick else 3)


def side_by_side(case: str, repeats: int) -> None:
    """Print the seconds of one ledger over one worker and over two, from the base plan on and of the whole call."""
    rows: list[list[Cell]] = []
    for _ in range(repeats):
        began = time.perf_counter()
        plans = plan(case, [])
        planned = time.perf_counter() - began
        seconds, tables = [], []
        for workers in (1, 2):
            began = time.perf_counter()
            tables.append(ledger(Probe(plans, workers=workers)).round(0))
            seconds.append(time.perf_counter() - began)
        same = "yes" if tables[0].equals(tables[1]) else "no"
        one, two = seconds
        rows.append([case, one, two, two / one, (planned + two) / (planned + one), same, os.getloadavg()[0]])
    headings = ["case", "one worker s", "two workers s", "ratio", "ratio of whole call", "same table", "load"]
    note = "From the base plan on, the aim is 0.6; the whole call plans the base first. Load: of the machine before it."
    table("The ledger over two workers", headings, rows, note)
