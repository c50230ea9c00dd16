"""Fixtures that tests of several folders ask for, and which tests run in one process."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterator
from functools import cache

import pytest
from rich.console import Console
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from optimizer.__main__ import main
from optimizer.interfaces import render
from tests.helpers import planned
from tests.helpers.paths import ROOT
from tests.helpers.printed import Run


@cache
def written(file: str) -> str:
    """What stands in a file of tests."""
    return (ROOT / file).read_text(encoding="utf-8")


def scope(nodeid: str) -> str:
    """Which tests one process runs together, as they share what is made once in a process."""
    file, _, test = nodeid.partition("::")
    text = written(file)
    if "ev_motors()" in text:
        return "ev-motors"
    if 'scope="module"' in text or "\n@cache\n" in text:
        return file
    seed = re.search(r"\[(\d+)", test)
    if "least_of(" in text and seed:
        return f"{file} {seed[1]}"
    return nodeid


class Together(LoadScopeScheduling):
    """Tests over several processes, but for those that share something; what shares most comes first, then what is slow."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first, lest one process be left with the longest."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    gc.collect()
    gc.freeze()  # what is imported by now stays, and would be looked through after every model that goes


@pytest.fixture(scope="session", autouse=True)
def _no_worker_is_left() -> Iterator[None]:
    """End the worker that tests share."""
    yield
    planned.dismiss()


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
