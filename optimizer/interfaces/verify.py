"""What `lodestar verify` prints: a line per answer, and every fault."""

from __future__ import annotations

from typing import Any

from optimizer.audit.verify import Report


def print_report(report: Report) -> None:
    """Print what checking a folder found.

    Parameters
    ----------
    report : Report
    """
    for some in report.answers:
        name = _named(some.scenario, some.answer)
        proof = some.certificate
        said = f"{len(some.faults)} faults" if some.faults else "proved again, tables and audit agree"
        below = "" if some.loose is None else f", at least {some.loose.dual_objective:,.2f} USD (content across stages)"
        print(f"{name}: {said}; cost {proof.objective:,.2f} USD, gap {proof.gap:.1e}{below}")
    for key, status in report.failed.items():
        print(f"{_named(*key)}: {status}, no certified plan")
    faults = [*report.faults, *(fault for some in report.answers for fault in some.faults)]
    for fault in faults:
        print(f"FAULT {fault}")
    for note in report.notes:
        print(note)
    count = len(report.answers)
    answers = f"{count} answer{'s' * (count != 1)}"
    print(f"{answers} checked: {f'{len(faults)} faults' if faults else 'nothing wrong'}")
    if report.missing:
        done = report.asked - len(report.missing)
        missing = ", ".join(_named(*key) for key in report.missing)
        print(f"stopped before the end: {done} of {report.asked} answers; missing: {missing}")


def report_record(report: Report) -> dict[str, Any]:
    """The same for JSON.

    Parameters
    ----------
    report : Report

    Returns
    -------
    dict
        `holds`, `asked`, `answers` (each with its cost in USD, its gap and its faults), `faults` of the folder as a
        whole, `failed` and `missing` answers, and `notes`.
    """
    return {
        "holds": report.holds,
        "asked": report.asked,
        "answers": [
            {
                "scenario": some.scenario,
                "answer": some.answer,
                "cost_usd": some.certificate.objective,
                "gap": some.certificate.gap,
                **({} if some.loose is None else {"lower_usd": some.loose.dual_objective}),
                "faults": [fault.record() for fault in some.faults],
            }
            for some in report.answers
        ],
        "faults": [fault.record() for fault in report.faults],
        "failed": [
            {"scenario": scenario, "answer": answer, "status": status}
            for (scenario, answer), status in report.failed.items()
        ],
        "missing": [{"scenario": scenario, "answer": answer} for scenario, answer in report.missing],
        "notes": report.notes,
    }


def _named(scenario: str, answer: str) -> str:
    """An answer as it is called."""
    return scenario if scenario == answer else f"{scenario} ({answer})"


def exit_code(report: Report) -> int:
    """How the command ends: 3 if anything is wrong or uncertified, 4 if planning was stopped before the end."""
    if not report.holds or report.failed:
        return 3
    return 4 if report.missing else 0
