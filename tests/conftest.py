"""Fixtures that tests of several folders ask for."""

from __future__ import annotations

import sys

import pytest
from rich.console import Console

from optimizer.__main__ import main
from optimizer.interfaces import render
from tests.helpers.printed import Run


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs the command on a screen of some width and returns what it printed."""

    def run(*words: str, width: int = 150) -> str:
        monkeypatch.setattr(render, "answers", lambda: Console(width=width))
        monkeypatch.setattr(sys, "argv", ["lodestar", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code, capsys.readouterr().err
        return capsys.readouterr().out

    return run
