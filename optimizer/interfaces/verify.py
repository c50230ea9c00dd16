"""What `lodestar verify` prints: a line per answer, and every fault."""

from __future__ import annotations

from optimizer.analysis.verify import Report


def print_report(report: Report) -> None:
    """Print what checking a folder found.

    Parameters
    ----------
    report : Report
    """
    for some in report.answers:
        name = some.scenario if some.scenario == some.answer else f"{some.scenario} ({some.answer})"
        proof = some.certificate
        said = f"{len(some.faults)} faults" if some.faults else "proved again, tables and audit agree"
        print(f"{name}: {said}; cost {proof.objective:,.2f} USD, gap {proof.gap:.1e}")
    faults = [*report.faults, *(fault for some in report.answers for fault in some.faults)]
    for fault in faults:
        print(f"FAULT {fault}")
    count = len(report.answers)
    answers = f"{count} answer{'s' * (count != 1)}"
    print(f"{answers} checked: {f'{len(faults)} faults' if faults else 'nothing wrong'}")
