"""Bundled cases on quarters and half-years: big examples, for tests that do not ask for the calendar they are planned on."""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from optimizer.case.case import Case, bundled
from optimizer.case.settings import PeriodGroup
from optimizer.world.load import load_case

PERIODS = ({"count": 8, "months": 3}, {"count": 4, "months": 6})


def coarse(name: str, packs: Sequence[str] = ()) -> Case:
    """A bundled case on twelve periods.

    Parameters
    ----------
    name : str
    packs : sequence of str, optional
        Policy packs to switch on.
    """
    return _loaded(name, tuple(packs))


@cache
def _loaded(name: str, packs: tuple[str, ...]) -> Case:
    case = load_case(name, packs)
    periods = tuple(PeriodGroup(**group) for group in PERIODS)
    return replace(case, file=case.file.model_copy(update={"periods": periods, "cuts": ()}))


@cache
def coarse_folder(name: str) -> Path:
    """The same as a folder, for the command; nobody may change it.

    Parameters
    ----------
    name : str
    """
    place = Path(tempfile.mkdtemp(prefix="lodestar-coarse-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    folder = Path(shutil.copytree(bundled("models") / name, place / name))
    settings = folder / "case.yaml"
    text = re.sub(r"^(periods|cuts): .*\n", "", settings.read_text(encoding="utf-8"), flags=re.MULTILINE)
    settings.write_text(f"{text}periods: {list(PERIODS)}\n", encoding="utf-8")
    assert yaml.safe_load(settings.read_text(encoding="utf-8")).keys() >= {"name", "periods"}
    return folder
