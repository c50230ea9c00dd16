"""Print the benchmarks: `python -m benchmarks.run [--part PART] [--case CASE --scenario FILE] [--quick]`."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Callable, Sequence

import highspy
import numpy
import pyomo

from benchmarks import (
    calendars,
    compare,
    cuts,
    explain,
    growth,
    hedges,
    hhi,
    second,
    service,
    silent,
    startup,
    stream,
    studies,
)
from benchmarks.peers import LINOPY_IS_HERE


def _sweep(given: argparse.Namespace) -> None:
    """Ours against raw HiGHS and against rebuilds."""
    size = (12, 1, 1) if given.quick else (given.scenarios, given.peers, given.repeats)
    compare.report(compare.measure(given.case or growth.DEFAULT_CASE, *size, seed=given.seed))


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "sweep": _sweep,
    "growth": lambda given: growth.report(given.case or growth.DEFAULT_CASE, quick=given.quick),
    "startup": lambda given: startup.report(given.case or startup.CASE, given.scenario, quick=given.quick),
    "hhi": lambda given: hhi.report([given.case] if given.case else hhi.CASES, quick=given.quick),
    "stream": lambda given: stream.report(given.case, quick=given.quick),
    "explain": lambda given: explain.report([given.case] if given.case else explain.CASES, quick=given.quick),
    "cuts": lambda given: cuts.report(quick=given.quick),
    "calendars": lambda given: calendars.report([given.case] if given.case else None, quick=given.quick),
    "silent": lambda given: silent.report(given.case, given.networks, quick=given.quick),
    "service": lambda given: service.report(quick=given.quick),
    "studies": lambda given: studies.report(quick=given.quick),
    "second": lambda given: second.report(quick=given.quick),
    "hedges": lambda given: hedges.report(given.case, quick=given.quick),
    "ledger": lambda given: explain.side_by_side(given.case or explain.SIDE_BY_SIDE, quick=given.quick),
}


ASKED = ("silent", "service", "calendars", "hedges")
"""Parts that run only where they are asked for: one takes an hour for each case, one all cores for a minute, one for
half an hour, one some ten minutes."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Print the benchmarks.")
    parser.add_argument("--part", choices=PARTS, action="append", help="run this part only; repeat for more")
    parser.add_argument("--case", help="measure this case, by name or folder (default: the bundled ones)")
    parser.add_argument("--scenario", default=startup.SCENARIO, help="of the part startup, by name or file")
    parser.add_argument("--scenarios", type=int, default=64, help="scenarios of the sweep (default 64)")
    parser.add_argument("--peers", type=int, default=8, help="scenarios that the rebuilds solve (default 8)")
    parser.add_argument("--repeats", type=int, default=2, help="solves of each by the other ways (default 2)")
    parser.add_argument("--seed", type=int, default=0, help="of the random scenarios")
    parser.add_argument("--networks", type=int, default=0, help="of the part silent, random networks instead of cases")
    parser.add_argument("--quick", action="store_true", help="a small run of every part")
    given = parser.parse_args(arguments)
    versions = f"HiGHS {highspy.Highs().version()}, Pyomo {pyomo.version.version}"
    if LINOPY_IS_HERE:
        import linopy

        versions += f", linopy {linopy.__version__}"
    print(f"Python {platform.python_version()}, numpy {numpy.__version__}, {versions}")
    for part in given.part or [name for name in PARTS if name not in ASKED]:
        PARTS[part](given)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
