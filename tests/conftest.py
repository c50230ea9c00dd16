"""Fixtures that tests of several folders ask for, and which tests run in one process."""

from __future__ import annotations

import sys
from functools import cache

import pytest
from rich.console import Console
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from optimizer.__main__ import main
from optimizer.interfaces import render
from tests.helpers.paths import ROOT
from tests.helpers.printed import Run


@cache
def makes_once(file: str) -> bool:
    """Whether a file of tests makes something once per process that several of them use."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return 'scope="module"' in text or "\n@cache\n" in text


class Together(LoadScopeScheduling):
    """Tests over several processes one by one, but for files that make something once: one process runs such a file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if makes_once(file) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """How `pytest -n` hands out tests; its own groups (`--dist loadgroup`) do nothing with pytest 9.2."""
    return Together(config, log)


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
