"""The example of every command: there is one, its options are those of the command, and what it asks can be done."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import typer

from optimizer.interfaces.cli import app
from optimizer.interfaces.examples import EXAMPLES, commands
from tests.helpers.command import lodestar_here

SESSION = [text for text in EXAMPLES.values() if "my-case" in text or " plans" in text]
STUDY = """
version: 1
name: approval
title: Prices of maker A
case: my-case
scenarios: [full-embargo]
design: {kind: grid}
factors: [{name: price, cell: "offers.price[a-sh]", values: [72000, 90000]}]
"""


def test_every_command_has_one_and_no_other() -> None:
    groups = {str(group.name) for group in app.registered_groups}
    known = {name for name, _ in commands(app)}
    assert known <= set(EXAMPLES) <= known | groups


@pytest.mark.parametrize("name", EXAMPLES)
def test_its_words_are_those_of_the_command(name: str) -> None:
    first, *words = shlex.split(EXAMPLES[name])
    assert first == "lodestar"
    assert words[: len(name.split())] == name.split()
    command, context = typer.main.get_command(app), None
    for part in name.split():
        context = typer.Context(command, info_name=part, parent=context)
        command = command.get_command(context, part)  # type: ignore[attr-defined]
    command.make_context(name, words[len(name.split()) :])


COUNTED = "what,name,material,origin,on,tonnes\nstock,our-plant,sh-magnets,,,20\n"


@pytest.mark.slow
def test_the_session_of_the_examples_runs(tmp_path: Path) -> None:
    assert SESSION[0] == EXAMPLES["new"]
    (tmp_path / "came.csv").write_text(COUNTED, encoding="utf-8")
    for text in SESSION:
        done = lodestar_here(*shlex.split(text)[1:], cwd=tmp_path)
        assert done.stdout or "--out" in text, text
    (tmp_path / "approval.yaml").write_text(STUDY, encoding="utf-8")
    for name in ("run", "status", "resume", "report", "export", "sql"):
        lodestar_here(*shlex.split(EXAMPLES[f"study {name}"])[1:], cwd=tmp_path)
