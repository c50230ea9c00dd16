"""Print the benchmarks: `python -m benchmarks.run [--part PART] [--scenarios N] [--quick]`."""

from __future__ import annotations

import argparse
import platform
import sys

import highspy
import linopy
import numpy
import pyomo

PARTS = ("sweep", "growth", "startup", "hhi", "explain")


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Print the benchmarks.")
    parser.add_argument("--part", choices=PARTS, action="append", help="run this part only; repeat for more")
    parser.add_argument("--scenarios", type=int, default=64, help="scenarios of the sweep (default 64)")
    parser.add_argument("--peers", type=int, default=8, help="scenarios that the rebuilds solve (default 8)")
    parser.add_argument("--repeats", type=int, default=2, help="solves of each by the other ways (default 2)")
    parser.add_argument("--seed", type=int, default=0, help="of the random scenarios")
    parser.add_argument("--quick", action="store_true", help="a small run of every part")
    given = parser.parse_args()
    versions = f"HiGHS {highspy.Highs().version()}, Pyomo {pyomo.version.version}, linopy {linopy.__version__}"
    print(f"Python {platform.python_version()}, numpy {numpy.__version__}, {versions}")
    for part in given.part or PARTS:
        if part == "sweep":
            from benchmarks import compare

            size = (12, 2, 1) if given.quick else (given.scenarios, given.peers, given.repeats)
            compare.report(compare.measure(*size, seed=given.seed))
        elif part == "growth":
            from benchmarks import growth

            growth.report(quick=given.quick)
        elif part == "explain":
            from benchmarks import explain

            explain.report(quick=given.quick)
        elif part == "hhi":
            from benchmarks import hhi

            hhi.report(quick=given.quick)
        else:
            from benchmarks import startup

            startup.report(quick=given.quick)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
