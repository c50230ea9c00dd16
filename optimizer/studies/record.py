"""What a study's folder says of itself, and whether it is the study that was asked for."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optimizer.errors import InputError
from optimizer.faults import Fault
from optimizer.plans.kept import version
from optimizer.studies.file import StudyFile
from optimizer.studies.layout import Stretch, block_count
from optimizer.world.scenario import Scenario

FORMAT = 1
"""Version of the layout of a folder."""
RECORD = "study.json"
"""The file; a folder without one is no study's."""
CASE = "case"
"""Folder of the case as it is planned, days of scenarios cut into its calendar."""
COMPILED = "compiled"
"""Folder of what every row starts from: the programme and its base plan."""
UNREADABLE = (OSError, ValueError, KeyError, TypeError)


@dataclass(frozen=True)
class StudyRecord:
    """What a study is, in full: with it and the case, any process makes any row.

    Parameters
    ----------
    study : StudyFile
    scenarios : tuple of Scenario
        Those of the study, as they fit the case.
    case_sha256 : str
        Digest of the case in the folder.
    package : str
        Version of the package, and digest of the code that figures follow from.
    base_usd : float
        Cost of the base plan.
    figures : tuple of dict
        Columns of figures: name, unit, meaning, and whether ties may move them.
    stretches : tuple of Stretch
        How its rows are cut into blocks.
    """

    study: StudyFile
    scenarios: tuple[Scenario, ...]
    case_sha256: str
    package: str
    base_usd: float
    figures: tuple[dict[str, Any], ...]
    stretches: tuple[Stretch, ...]

    @property
    def blocks(self) -> int:
        """How many blocks it has."""
        return block_count(self.stretches)

    @property
    def answers_a_row(self) -> int:
        """Lines of figures that a row gives, where all of it is certified or not."""
        own_base = any(some.is_known for some in self.study.factors)
        return own_base + max(1, len(self.scenarios)) * len(self.study.answers)

    def hours(self, seconds: float) -> float:
        """Hours that one core takes for all of it, where each answer takes so many seconds."""
        return self.study.rows * self.answers_a_row * seconds / 3600

    @property
    def factors(self) -> tuple[str, ...]:
        """Columns that say what a row is of: names of factors, or what is lost."""
        return self.study.columns

    def values(self, row: int) -> dict[str, Any]:
        """What stands in these columns in a row.

        Parameters
        ----------
        row : int
        """
        return self.study.told(row)

    def record(self) -> dict[str, Any]:
        """It for JSON."""
        return {
            "format": FORMAT,
            "study": self.study.model_dump(mode="json", by_alias=True, exclude_none=True),
            "scenarios": [
                {"bundled": some.bundled, "scenario": some.model_dump(mode="json", by_alias=True, exclude_none=True)}
                for some in self.scenarios
            ],
            "case_sha256": self.case_sha256,
            "package": self.package,
            "base_usd": self.base_usd,
            "figures": list(self.figures),
            "stretches": [[some.first, some.count, some.size] for some in self.stretches],
        }

    @classmethod
    def of(cls, content: dict[str, Any]) -> StudyRecord:
        """What JSON says.

        Raises
        ------
        ValueError
            If it is another format, or not as it was written.
        """
        if content["format"] != FORMAT:
            raise ValueError(f"format {content['format']}")
        scenarios = []
        for some in content["scenarios"]:
            scenario = Scenario.model_validate(some["scenario"])
            scenario._bundled = bool(some["bundled"])
            scenarios.append(scenario)
        return cls(
            StudyFile.model_validate(content["study"]),
            tuple(scenarios),
            content["case_sha256"],
            content["package"],
            float(content["base_usd"]),
            tuple(content["figures"]),
            tuple(Stretch(*some) for some in content["stretches"]),
        )

    def write(self, folder: Path) -> None:
        """Write it into a folder, in the place of what is there.

        Parameters
        ----------
        folder : Path
        """
        from optimizer.folder.swap import replace_file

        replace_file(folder / RECORD, json.dumps(self.record(), indent=1) + "\n", folder / f".{RECORD}-{os.getpid()}")


def read_record(folder: Path) -> StudyRecord:
    """Read what a folder says of itself.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    InputError
        If it is no study's folder, or damaged.
    """
    path = folder / RECORD
    if not path.exists():
        what = f"expected a folder of lodestar study run (with {RECORD}), found none"
        raise InputError([Fault(str(folder), what, code="not-a-file")])
    try:
        return StudyRecord.of(json.loads(path.read_text(encoding="utf-8")))
    except UNREADABLE as error:
        what = f"expected the record of a study as it was written, found {type(error).__name__}: {error}"
        raise InputError([Fault(str(path), what.splitlines()[0], code="damaged")]) from None


def checked(folder: Path) -> StudyRecord:
    """The record of a folder that this version of the package may work on.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    InputError
        If it is none.
    """
    record = read_record(folder)
    if record.package != version():
        what = f"expected a study of this version of the package ({version()}), found one of {record.package}"
        raise InputError([Fault(str(folder), what, code="wrong-version")])
    return record


def differences(record: StudyRecord, other: StudyRecord) -> list[str]:
    """In what two studies differ that should be one; nothing where they are.

    Parameters
    ----------
    record, other : StudyRecord
        As it stands in a folder, and as it was asked for.
    """
    one, two = record.record(), other.record()
    found = []
    for name in ("case_sha256", "package", "scenarios"):
        if one[name] != two[name]:
            found.append(f"{name.removesuffix('_sha256')}: {_short(one[name])} there, {_short(two[name])} here")
    for field in sorted(one["study"].keys() | two["study"].keys()):
        theirs, ours = one["study"].get(field), two["study"].get(field)
        if theirs != ours and field not in ("title", "most_rows", "most_hours"):
            found.append(f"{field}: {_short(theirs)} there, {_short(ours)} here")
    return found


def _short(value: Any) -> str:
    """A value in a few words."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= 60 else f"{text[:57]}..."
