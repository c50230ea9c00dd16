"""What kinds of controls there are, and which fields only some of them have."""

from __future__ import annotations

from typing import Any

from optimizer.faults import WrongError

BORDER, COUNTING = ("export", "content"), ("content", "end_use")
"""Kinds of controls that license what crosses a border, and those that count content."""
ONLY: dict[str, tuple[Any, tuple[str, ...]]] = {
    "carried_by": ("", ("note",)),
    **{
        "quota": (None, BORDER),
        "validity_days": (365, BORDER),
        "headroom": (1.0, BORDER),
        "new_business": (0.0, BORDER),
        "application_cost": (0.0, BORDER),
    },
    **{"technology": (False, COUNTING), "threshold": (0.0, COUNTING), "inputs": ((), COUNTING)},
    "detection": (1.0, ("content",)),
    "running_days": (None, ("technology",)),
    "waits": ("made_later", ("export",)),
}
"""Fields that only some kinds have: what stands there in others, and those kinds."""
NAMES = {"headroom": "reference", "new_business": "reference", "application_cost": "licences at a border"}
"""What a kind has not, where it has no such field."""
NOTES = (("approval", 1, "which restricts nothing"), ("processing_days", 0, "for which nobody waits"))
"""Numbers of which a note has but one, and why."""


def check_fields(control: Any) -> None:
    """See to it that a control has no field that its kind has not.

    Parameters
    ----------
    control : Control
        Its row.

    Raises
    ------
    WrongError
        With the first field that is wrong.
    """
    for field, usual, why in NOTES if control.kind == "note" else ():
        if (found := getattr(control, field)) != usual:
            said = f"{field}: expected {usual} with kind 'note', {why}, found {found:g}"
            raise WrongError(said, column=field)
    for field, (usual, kinds) in ONLY.items():
        if getattr(control, field) != usual and control.kind not in kinds:
            told = " or ".join(map(repr, kinds))
            raise WrongError(f"{field}: expected only with kind {told}", column=field)
    if control.exporters != "each" and control.quota is None:
        raise WrongError("exporters: expected only with a quota", column="exporters")
    if control.multiple != 1 and control.waits == "made_later":
        raise WrongError("multiple: expected only with waits 'at_exporter'", column="multiple")
    if control.elements and control.kind == "technology":
        said = "elements: expected only with another kind than 'technology', which reaches plants by stage"
        raise WrongError(said, column="elements")


def none_of(kind: str, column: str) -> str | None:
    """Why nothing reads a column of a control of a kind; None where something does.

    Parameters
    ----------
    kind, column : str
    """
    if kind == "note":
        return "a note restricts nothing"
    if column == "detection" and kind != "content":
        return f"a control of kind {kind!r} holds where it was issued, where all is detected"
    if column != "quota" and column in ONLY and kind not in ONLY[column][1]:
        return f"a control of kind {kind!r} has no {NAMES.get(column, column)}"
    return None
