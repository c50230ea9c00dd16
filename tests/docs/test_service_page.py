"""The page of the service, typed from top to bottom: every example does what it says, and every route has one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from docs.generate import FOLDER
from tests.helpers.paths import ROOT

PAGE = (FOLDER / "service.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CURL = shutil.which("curl")
PERIODS = "[{count: 5, months: 3}, {count: 1, months: 9}, {count: 2, months: 12}]"
"""Of the default case: those of the page that are named, and no more."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CURL is None or sys.platform == "win32", reason="types shell commands"),
]


def blocks(text: str, kind: str) -> list[str]:
    return [body for named, body in FENCE.findall(text) if named == kind]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package whose default case has few periods: what is typed is the same, and solved sooner."""
    folder = tmp_path_factory.mktemp("package")
    for name in ("optimizer", "models", "data", "scenarios"):
        shutil.copytree(ROOT / name, folder / name)  # with what Python compiled of it
    settings = folder / "models" / "ev-motors" / "case.yaml"
    text, count = re.subn(r"^periods: .*$", f"periods: {PERIODS}", settings.read_text(), flags=re.MULTILINE)
    assert count == 1
    settings.write_text(re.sub(r"^cuts: .*\n", "", text, flags=re.MULTILINE))
    return folder


@contextmanager
def served(folder: Path, environment: Mapping[str, str], command: list[str]) -> Iterator[tuple[str, str, Path]]:
    """The service as the page starts it: its address, its first key and its log."""
    log = folder / "log"
    with log.open("w") as errors:
        words = [*command, "serve", "--port", "0", "--data", str(folder / "data")]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment, cwd=folder)
        try:
            assert process.stdout is not None
            said = "".join(process.stdout.readline() for _ in range(4))
            found = re.search(r"answers at (\S+)\n(?:.*\n)*First key, shown only now: (\S+)", said)
            assert found, said + log.read_text()
            yield found[1], found[2], log
            process.terminate()
            assert process.wait(60) == 143
        finally:
            process.kill()
            process.communicate()


def typed(script: str, folder: Path, environment: Mapping[str, str], url: str, key: str) -> str:
    """What a script prints whose address and key are those of the service; it must end well."""
    script = re.sub(r"^export URL=.*$", f"export URL={url} KEY={key}", script, flags=re.MULTILINE)
    words = ["bash", "-euo", "pipefail", "-c", script]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr}"
    return done.stdout


def seen(log: Path) -> set[tuple[str, str]]:
    """Methods and routes that were answered, none of them with a fault of ours."""
    records = [json.loads(line) for line in log.read_text().splitlines()]
    requests = [record for record in records if record["event"] == "request"]
    assert not [record for record in requests if record["status"] >= 500]
    return {(record["method"].lower(), record["route"]) for record in requests if record["status"] < 400}


def proved(folder: Path) -> None:
    """The awards of the page are those of three scenarios and the base plan, each with its numbers."""
    awards = pd.read_csv(folder / "awards.csv")
    assert set(awards.scenario) == {"base", "full-embargo", "kuantan-down", "licence-slowdown"}
    assert awards.certified.all()
    assert (awards.tonnes > 0).all()


def test_every_example_of_the_page_runs(package: Path, tmp_path: Path) -> None:
    home = Path(sys.executable).parent
    environment = {**os.environ, "PYTHONPATH": str(package), "PATH": f"{home}{os.pathsep}{os.environ['PATH']}"}
    with served(tmp_path, environment, [sys.executable, "-m", "optimizer"]) as (url, key, log):
        out = typed("\n".join(blocks(PAGE, "sh")), tmp_path, environment, url, key)
        assert "4 answers checked: nothing wrong" in out
        proved(tmp_path)
        assert "event: succeeded" in out
        time.sleep(0.5)
        schema = json.loads((FOLDER / "openapi.json").read_text(encoding="utf-8"))
        routes = {(method, path) for path, methods in schema["paths"].items() for method in methods}
        assert routes - seen(log) == set()


@pytest.mark.exhaustive
def test_three_commands_in_a_fresh_environment(tmp_path: Path) -> None:
    """Install, serve, plan: as the page begins, with nothing that was there before."""
    venv.create(tmp_path / "fresh", with_pip=True)
    home = tmp_path / "fresh" / "bin"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["PATH"] = f"{home}{os.pathsep}{environment['PATH']}"
    install = [str(home / "pip"), "install", "-q", f"{ROOT}[server]"]
    done = subprocess.run(install, capture_output=True, text=True, env=environment, timeout=900, check=False)
    if "No matching distribution" in done.stderr or "ConnectionError" in done.stderr:
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr
    first = PAGE[PAGE.index("## The first call") : PAGE.index("## Four nouns")]
    with served(tmp_path, environment, [str(home / "lodestar")]) as (url, key, _):
        out = typed("\n".join(blocks(first, "sh")), tmp_path, environment, url, key)
        assert "4 answers checked: nothing wrong" in out
        proved(tmp_path)
        (script,) = blocks(first, "python")
        with_client = f"export URL={url} KEY={key}\npython - <<'END'\n{script}\nEND\nlodestar verify plan-by-client"
        assert "4 answers checked: nothing wrong" in typed(with_client, tmp_path, environment, url, key)
