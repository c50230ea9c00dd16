"""A row of a study as a case and scenarios of its own, to be planned in full and shown around."""

from __future__ import annotations

from pathlib import Path

import yaml

from optimizer.case.write import write_case
from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.studies.record import CASE, read_record
from optimizer.studies.rows import happenings
from optimizer.studies.yields import yield_changes
from optimizer.world.change import changed
from optimizer.world.load import load_case


def handed_over(folder: Path, row: int, to: Path) -> list[Path]:
    """Write the case of a row, what is known in it in its tables, and each of its scenarios.

    Parameters
    ----------
    folder : Path
        Of the study.
    row : int
        From 0.
    to : Path
        Made; `case` in it is the case.

    Returns
    -------
    list of Path
        Files of the scenarios.

    Raises
    ------
    InputError
        If there is no such row, or what is known in it holds for some days only, which no table says.
    """
    record = read_record(folder)
    study = record.study
    if not 0 <= row < study.rows:
        raise InputError([Fault.of(str(folder), "row", f"0 to {study.rows - 1}", row, "out-of-range")])
    if to.exists():
        raise InputError([Fault(str(to), "expected no such folder, found one", code="cannot-be-written")])
    case = load_case(folder / CASE)
    values = study.design.row(row, study.factors, study.seed)
    changes = []
    for factor in (some for some in study.factors if some.is_known and some.name in values):
        if factor.recipe is not None:
            changes += yield_changes(factor, values[factor.name], case)
            continue
        if factor.from_ is not None:
            what = f"factor {factor.name}: expected one that holds throughout, found one from {factor.from_}"
            raise InputError([Fault(str(folder), what, code="inconsistent")])
        changes.append(factor.change(values[factor.name], case))
    write_case(changed(case, changes), to / "case")
    written = []
    for scenario in happenings(study, case, record.scenarios, row):
        path = to / f"{scenario.name}.yaml"
        content = scenario.model_dump(mode="json", by_alias=True, exclude_none=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
        written.append(path)
    return written
