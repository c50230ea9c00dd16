"""The page of questions: every command run, its output as it is."""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from pathlib import Path

import yaml
from typer.testing import CliRunner

from docs.generator.markdown import head
from optimizer.case.case import bundled
from optimizer.folder.write import write_plans
from optimizer.interfaces.cli import app
from optimizer.plans.plan import plan

LIMIT = "no-china,share,at_most,0.05,magnet,country,CN,year,2027-01-01,an example,assumption"
HEADER = "limit,measure,sense,value,stage,by,member,window,from,source,confidence"


def page() -> str:
    """The page."""
    with tempfile.TemporaryDirectory() as folder:
        places = {"no-china": _without_china(Path(folder)), "DIR": _written(Path(folder))}
        return re.sub(r"\{\{(.+?)\}\}", lambda match: _run(match[1], places), head("questions"))


def _run(command: str, places: dict[str, Path]) -> str:
    """A command and what it prints."""
    words = [str(places.get(word, word)) for word in shlex.split(command)[1:]]
    result = CliRunner().invoke(app, words)
    if result.exit_code not in (0, 3):
        raise RuntimeError(f"{command}: {result.output}")
    output = result.stdout.rstrip()
    for name, place in places.items():
        output = output.replace(str(place), name)
    return f"```console\n$ {command}\n{output}\n```"


def _without_china(folder: Path) -> Path:
    """The default case with demand that must be met and hardly any Chinese magnets."""
    case = folder / "no-china"
    shutil.copytree(bundled("models") / "ev-motors", case)
    settings = yaml.safe_load((case / "case.yaml").read_text(encoding="utf-8"))
    (case / "case.yaml").write_text(yaml.safe_dump({**settings, "name": "no-china"}), encoding="utf-8")
    (case / "limits.csv").write_text(f"{HEADER}\n{LIMIT}\n", encoding="utf-8")
    import pandas as pd

    demand = pd.read_csv(case / "demand.csv", dtype=str, keep_default_na=False)
    demand.loc[demand["site"] == "ev-motors-hu", "penalty"] = ""
    demand.to_csv(case / "demand.csv", index=False)
    return case


def _written(folder: Path) -> Path:
    """A folder of written plans."""
    out = folder / "plans"
    write_plans(plan("ev-motors", ["full-embargo"]), out)
    return out
