"""Fixtures that tests of several folders ask for, and which tests run in one process."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from rich.console import Console

from optimizer.__main__ import main
from optimizer.interfaces import render
from tests.helpers.printed import Run


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share what is made once per module stay together (`--dist loadgroup`), so that one process makes it."""
    for item in items:
        asked: dict[str, Any] = getattr(item, "_fixtureinfo").name2fixturedefs  # noqa: B009 - pytest has no other name
        shared = any(some[-1].scope == "module" for some in asked.values())
        if shared and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


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
