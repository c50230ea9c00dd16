"""Studies of the toy, as data, as files and as folders."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml

from optimizer.engine.pool import Pool
from optimizer.studies.file import StudyFile, read_study, study_from
from optimizer.studies.start import laid_out, made_ready
from tests.helpers.paths import CASES

TOY = CASES / "toy"
PRICE = {"name": "nd-price", "cell": "offers.price[*]", "scale": "price"}
STOP = {
    "name": "stop",
    "table": "offers",
    "where": {"offer": "aa-nd"},
    "scale": "capacity",
    "from": "2027-02-15",
    "until": "2027-06-01",
}
DRAWN = {"kind": "triangular", "low": 0.5, "mode": 1, "high": 2}
SAMPLE = {
    "design": {"kind": "sample", "draws": 12},
    "factors": [{**PRICE, "distribution": DRAWN}, {**STOP, "distribution": {"kind": "uniform", "low": 0, "high": 1}}],
}


def written(path: Path, **fields: Any) -> Path:
    """A study of the toy, as a file."""
    content = {"version": 1, "name": path.stem, "title": "t", "case": str(TOY), "seed": 3, **fields}
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def laid(path: Path, out: Path) -> Path:
    """The folder of a study, its base planned and none of its rows."""
    with Pool(1) as pool:
        laid_out(made_ready(read_study(path), path.parent), out, pool)
    return out


HEAD = {"version": 1, "name": "some", "title": "t", "case": "toy"}


def study(design: dict[str, Any], *factors: dict[str, Any], **more: Any) -> StudyFile:
    return study_from({**HEAD, "design": design, "factors": list(factors), **more})


def factor(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "cell": "offers.price[*]", "scale": "price", **more}


def rows(of: StudyFile) -> list[dict[str, float]]:
    return [of.design.row(number, of.factors, of.seed) for number in range(of.rows)]


def blocks(folder: Path) -> dict[str, bytes]:
    """Every file of figures, by its name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.glob("*/block=*.parquet"))}


def copied(folder: Path, to: Path) -> Path:
    """A copy of a folder."""
    return Path(shutil.copytree(folder, to))
