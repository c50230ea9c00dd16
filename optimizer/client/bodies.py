"""What a caller names or holds, as a service takes it: cases and scenarios by name, from files, or as they are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

OUTSIDE = {"packs", "shared"}
"""Settings that name rows which a loaded case already holds."""


def case_body(case: Any) -> dict[str, Any]:
    """A case as a request takes it.

    Parameters
    ----------
    case : Case, mapping, str or Path
        A loaded case; its `settings` and `rows`, or its `ref` (and `revision`); a folder, by a path or a text with a
        separator in it; or the name of a case of the service.

    Returns
    -------
    dict

    Raises
    ------
    CaseError
        With every fault of a folder.
    """
    if isinstance(case, Mapping):
        return dict(case)
    if isinstance(case, Path) or (isinstance(case, str) and _is_path(case)):
        import optimizer

        case = optimizer.load_case(case)
    if isinstance(case, str):
        return {"ref": case}
    rows = {table: _dumped(rows) for table, rows in case.tables.items() if rows}
    return {"settings": case.file.model_dump(mode="json", exclude=OUTSIDE, exclude_none=True), "rows": rows}


def _dumped(rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows as JSON holds them."""
    return [row.stated() for row in rows]


def scenario_body(scenario: Any, *, whole: bool = False) -> Any:
    """A scenario as a request takes it.

    Parameters
    ----------
    scenario : Scenario, mapping, str or Path
        A loaded scenario; its fields; a YAML file, by a path or a text with a separator or `.yaml`; or a name.
    whole : bool, optional
        Its fields also where it comes with the programme, and its name would do.

    Raises
    ------
    ScenarioError
        With every fault of a file.
    """
    if isinstance(scenario, Mapping):
        return dict(scenario)
    if isinstance(scenario, Path) or (isinstance(scenario, str) and _is_path(scenario)):
        import optimizer

        scenario = optimizer.load_scenario(scenario)
    if isinstance(scenario, str):
        return scenario
    if scenario.bundled and not whole:
        return scenario.name
    return scenario.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)


def change_body(change: Iterable[Any]) -> list[Any]:
    """Changes of rows as a request takes them.

    Parameters
    ----------
    change : iterable of mapping or Change
    """
    return [
        dict(one) if isinstance(one, Mapping) else one.model_dump(mode="json", exclude_unset=True) for one in change
    ]


def _is_path(text: str) -> bool:
    """Whether a text is a file or folder rather than a name: as where a scenario is loaded."""
    return any(separator in text for separator in (os.sep, os.altsep, "/") if separator) or text.endswith(
        (".yaml", ".yml")
    )
