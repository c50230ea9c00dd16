"""What `deploy/` starts is there: files that it copies, commands and options that it gives."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest
import typer
import yaml

from optimizer.interfaces.cli import app
from tests.helpers.paths import ROOT

DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def commands() -> list[list[str]]:
    (default,) = re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)
    started = [service["command"] for service in COMPOSE["services"].values() if "command" in service]
    return [json.loads(default), *started]


@pytest.mark.parametrize("words", commands(), ids=shlex.join)
def test_commands_are_those_of_the_programme(words: list[str]) -> None:
    verbs: Any = typer.main.get_command(app)
    verbs.commands[words[0]].make_context(words[0], words[1:])


def test_files_that_are_copied_are_there_and_not_ignored() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [
        path for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for path in line.split()
    ]
    assert set(copied) == {line[1:] for line in ignored if line.startswith("!")}
    assert all((ROOT / path).exists() for path in copied)


def test_settings_of_the_environment_are_read() -> None:
    verbs: Any = typer.main.get_command(app)
    read = {name for verb in ("serve", "worker") for option in verbs.commands[verb].params for name in [option.envvar]}
    given = set(re.findall(r"\bLODESTAR_[A-Z]+", DOCKERFILE)) | set(COMPOSE["x-lodestar"]["environment"])
    assert given <= read


def test_pins_are_versions_alone() -> None:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    kept = [re.sub(r" \\$", "", line) for line in lock.splitlines() if "--hash=" not in line]
    assert all(re.match(r"\s*#|[a-z0-9-]+(\[\w+\])?==|$", line) for line in kept)
