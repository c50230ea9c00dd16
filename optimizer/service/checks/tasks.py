"""What is done in a process of its own: a case checked, zipped or unzipped, a scenario checked."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from optimizer.case.case import Case
from optimizer.case.folder import SETTINGS, not_read
from optimizer.case.tables import TABLES
from optimizer.case.write import write_files
from optimizer.errors import CaseError, InputError
from optimizer.faults import Fault
from optimizer.network.build import network_of, network_with
from optimizer.plans.choose import check_record, choose
from optimizer.service.case_body import body_of
from optimizer.service.checks.archive import Bounds, pack, unpack
from optimizer.service.jobs.inputs import case_of, scenarios_of
from optimizer.world.load import load_case
from optimizer.world.scenario import scenario_from
from optimizer.world.select import Selector

Said = dict[str, Any]


def check(task: Mapping[str, Any]) -> Said:
    """Check a case with its changes, and scenarios against it.

    Parameters
    ----------
    task : mapping
        `case` (`settings` and `rows`, or the name of a `bundled` one), `packs`, `change`, `scenarios` (names of bundled
        ones, or documents) and `known` (documents that these may include, by name).

    Returns
    -------
    dict
        What `check_record` gives.
    """
    case = case_of(task["case"], task.get("change", ()), task.get("packs", ()))
    network = network_of(case)
    chosen = choose(network, Selector(case), scenarios_of(task.get("scenarios") or (), task.get("known") or {}))
    network_with(network, chosen.scenarios)
    return check_record(case, chosen)


def sheet(task: Mapping[str, Any]) -> Said:
    """One table of a case, to be shown and edited.

    Parameters
    ----------
    task : mapping
        `case`, as `check` takes it; `table`; `own`, how many of its rows are the case's own; and `most`, how many rows
        are wanted, by default all.

    Returns
    -------
    dict
        `rows`, each with all its columns as a sheet shows them; `before`, how many stand before the case's own;
        `offered`, names that may stand in its columns; and `counts`, how many rows each table has.
    """
    from optimizer.service.checks.typed import offered, own_rows, shown

    case, table = case_of(task["case"]), task["table"]
    return {
        "rows": shown(case, table, task.get("most")),
        "before": own_rows(case, table, task["own"]).start,
        "offered": offered(case, table),
        "counts": {name: len(rows) for name, rows in case.tables.items()},
    }


def typed(task: Mapping[str, Any]) -> Said:
    """Check a case with tables as they are edited.

    Parameters
    ----------
    task : mapping
        `case`, its `settings` and `rows` as they were kept; `tables`, as `as_typed` takes them; and
        `keep`, whether the case is wanted that they make.

    Returns
    -------
    dict
        What `check` gives, its faults too; `read`, cells whose text is read as something else; and its `body` where
        that is wanted and nothing is at fault.
    """
    from optimizer.service.checks.typed import as_typed, own_rows

    settings, kept = task["case"]["settings"], task["case"]["rows"]
    found = as_typed(kept, task["tables"], settings["name"])
    given = {"settings": settings, "rows": {**kept, **found.rows}}
    said = done({"do": "check", "case": given})
    at = {(fault.table, fault.row, fault.column) for fault in found.faults}
    rest = [one for one in said["faults"] if (one["table"], one["row"], one["column"]) not in at]
    said |= {"faults": [fault.record() for fault in found.faults] + rest, "read": found.read}
    if said["faults"] or not task["keep"]:
        return said
    case = case_of(given)
    own = {name: case.tables.rows(name)[own_rows(case, name, len(rows))] for name, rows in found.rows.items()}
    stated = {name: [row.stated() for row in rows] for name, rows in own.items()}
    rows = {name: some for name, some in {**kept, **stated}.items() if some}
    return {**said, "body": {"settings": settings, "rows": rows}}


def whole(task: Mapping[str, Any]) -> Said:
    """A case under another name, with all that it takes from elsewhere among its own rows.

    Parameters
    ----------
    task : mapping
        `case`, as `check` takes it, and `name`.

    Returns
    -------
    dict
        `body`: settings and rows.
    """
    case = case_of(task["case"])
    settings = case.file.model_dump(mode="json", exclude_defaults=True) | {"version": case.file.version}
    rows = {name: [row.stated() for row in some] for name, some in case.tables.items() if some}
    return {"body": {"settings": {**settings, "name": task["name"]}, "rows": rows}}


def differs(task: Mapping[str, Any]) -> Said:
    """Cells that differ between two cases.

    Parameters
    ----------
    task : mapping
        `old` and `new`, cases as `check` takes them.

    Returns
    -------
    dict
        `cells`, rows of the table `Inputs` of a difference.
    """
    from optimizer.plans.schema import records
    from optimizer.questions.difference import cells_changed

    return {"cells": records(cells_changed(case_of(task["old"]), case_of(task["new"]), marks=True))}


def fits(task: Mapping[str, Any]) -> Said:
    """How far bundled scenarios fit a case.

    Parameters
    ----------
    task : mapping
        `case`, as `check` takes it.

    Returns
    -------
    dict
        `scenarios`, those that fit, each with how many `events` fit, `of` how many; and `misfits`, names of the others.
    """
    case = case_of(task["case"])
    chosen = choose(network_of(case), Selector(case), None)
    told = check_record(case, chosen)["scenarios"]
    return {"scenarios": told, "misfits": [one.scenario for one in chosen.misfits]}


def scenario(task: Mapping[str, Any]) -> Said:
    """Check a scenario by itself.

    Parameters
    ----------
    task : mapping
        `document`, and `known`: documents that it may include, by name.

    Returns
    -------
    dict
        The number of `events`, those included among them.
    """
    return {"events": len(scenario_from(task["document"], task.get("known") or {}).events), "findings": []}


def unzip(task: Mapping[str, Any]) -> Said:
    """Read and check a zipped case.

    Parameters
    ----------
    task : mapping
        `name` that the case should have, `zip` in base 64, `files` and `unpacked_bytes`: the bounds.

    Returns
    -------
    dict
        `body`: its settings and its own rows, as JSON holds them; `passed_over`: names of files that are no part of it;
        and what `check_record` gives.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / task["name"]
        folder.mkdir()
        passed = unpack(base64.b64decode(task["zip"]), folder, Bounds(task["files"], task["unpacked_bytes"]))
        if not (folder / SETTINGS).exists():
            named, _ = not_read(folder, task["name"], TABLES)
            raise CaseError(named or [Fault(task["name"], f"expected {SETTINGS}, found none", code="missing-table")])
        checked = _checked(load_case(folder))
        body = body_of(folder)
    return {"body": body, "passed_over": passed, **checked}


def _checked(case: Case) -> Said:
    """What `check_record` gives of a case by itself."""
    return check_record(case, choose(network_of(case), Selector(case), []))


def read_sheets(task: Mapping[str, Any]) -> Said:
    """Read and check a case in a workbook.

    Parameters
    ----------
    task : mapping
        `name` that the case should have, `workbook` in base 64.

    Returns
    -------
    dict
        `body`: its settings and its own rows, as JSON holds them; and what `check_record` gives.
    """
    from optimizer.workbook.read import case_of_workbook
    from optimizer.workbook.write import own_rows, shared_tables

    case = case_of_workbook(base64.b64decode(task["workbook"]), f"{task['name']}.xlsx")
    checked = _checked(case)
    file = case.file.model_copy(update={"shared": shared_tables(case)})
    settings = file.model_dump(mode="json", exclude_defaults=True) | {"version": file.version}
    rows = {name: [row.stated() for row in some] for name, some in own_rows(case).items() if some}
    return {"body": {"settings": settings, "rows": rows}, **checked}


def sheets(task: Mapping[str, Any]) -> Said:
    """A case as a workbook.

    Parameters
    ----------
    task : mapping
        `case`, as `check` takes it.

    Returns
    -------
    dict
        `workbook`, in base 64.
    """
    from optimizer.workbook.write import workbook_of

    return {"workbook": base64.b64encode(workbook_of(case_of(task["case"]))).decode()}


def zipped(task: Mapping[str, Any]) -> Said:
    """A case as a zip of its folder.

    Parameters
    ----------
    task : mapping
        `name`, `settings` and `rows`, as they were kept.

    Returns
    -------
    dict
        `zip`, in base 64.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "case"
        tables = {
            name: [TABLES[name].model_validate(row) for row in rows] for name, rows in task["rows"].items() if rows
        }
        write_files(task["settings"], tables, folder)
        return {"zip": base64.b64encode(pack(folder, task["name"])).decode()}


TASKS: Mapping[str, Callable[[Mapping[str, Any]], Said]] = {
    "check": check,
    "differs": differs,
    "fits": fits,
    "read sheets": read_sheets,
    "scenario": scenario,
    "sheet": sheet,
    "sheets": sheets,
    "typed": typed,
    "unzip": unzip,
    "whole": whole,
    "zip": zipped,
}


def done(task: Mapping[str, Any]) -> Said:
    """What a task gives, or `faults` and `findings` of what it was given, and the name of the error `raised`.

    Parameters
    ----------
    task : mapping
        `do`, one of `TASKS`, and what that takes.
    """
    try:
        return TASKS[task["do"]](task)
    except InputError as error:
        faults, findings = ([some.record() for some in found] for found in (error.faults, error.findings))
        return {"faults": faults, "findings": findings, "raised": type(error).__name__}
