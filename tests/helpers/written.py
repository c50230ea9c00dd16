"""Written folders: their hashes made to fit after a change, a state to compare, and a run killed while it writes."""

from __future__ import annotations

import json
import os
import signal
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optimizer.folder.manifest import Manifest, file_digest

STEPS = ("mkdir", "rename", "replace", "unlink", "rmdir", "fsync")
"""Calls to the system that a folder is written by, and after which a run may be killed."""
HIDDEN = ".lodestar-"


def fit(folder: Path) -> None:
    """Make the hashes of a changed folder fit, as somebody would who knows how they are made."""
    path = folder / "manifest.json"
    found = Manifest.model_validate_json(path.read_bytes())
    files = {name: file_digest(folder / name) for name in found.files if (folder / name).is_file()}
    if (folder / "ledger.csv").is_file():
        files["ledger.csv"] = file_digest(folder / "ledger.csv")
    digests = {some.name: some.digest() for some in found.scenarios}
    path.write_text(found.model_copy(update={"scenarios_sha256": digests}).with_files(files).text(), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes] | None:
    """Every file of a folder; None where there is no folder. Hidden files of ours count."""
    if not folder.exists():
        return None
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def left_over(folder: Path) -> list[str]:
    """Hidden names of ours beside a folder and in it."""
    places = [folder.parent, *([folder] if folder.is_dir() else [])]
    return [path.name for place in places for path in place.iterdir() if path.name.startswith(HIDDEN)]


def plan_in(folder: Path) -> str | None:
    """The digest of the plan in a folder, None where it has no manifest."""
    path = folder / "manifest.json"
    return str(json.loads(path.read_bytes())["plan_sha256"]) if path.is_file() else None


def record(patch: pytest.MonkeyPatch, names: list[str], number: int = -1, stop: BaseException | None = None) -> None:
    """Note every step by name, and at one of them raise or, without a fault, call what the caller has put there."""
    for name in STEPS:
        call = getattr(os, name)

        def counted(*words: Any, name: str = name, call: Callable[..., Any] = call, **more: Any) -> Any:
            names.append(name)
            if len(names) == number + 1 and stop is not None:
                raise stop
            return call(*words, **more)

        patch.setattr(os, name, counted)


def killed(write: Callable[[], object], number: int, how: signal.Signals) -> bool:
    """Run something in a process of its own and send it a signal before one of its steps.

    Parameters
    ----------
    write : callable
        What is run; it must not solve, as the process is a fork.
    number : int
        Which of its steps, from 0.
    how : Signals

    Returns
    -------
    bool
        Whether it came to that step, and so did not end well.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads; no lock of theirs is needed
        child = os.fork()
    if child == 0:
        _run(write, number, how)
    _, status = os.waitpid(child, 0)
    return not (os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0)


class _Sent(list[str]):
    """Steps, with a signal sent at one of them."""

    def __init__(self, number: int, how: signal.Signals) -> None:
        self.number = number
        self.how = how
        super().__init__()

    def append(self, name: str) -> None:
        super().append(name)
        if len(self) == self.number + 1:
            os.kill(os.getpid(), self.how)


def _run(write: Callable[[], object], number: int, how: signal.Signals) -> None:
    """The child: it ends without the tests' own cleaning up."""
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with pytest.MonkeyPatch.context() as patch:
            record(patch, _Sent(number, how))
            write()
    except BaseException:
        os._exit(1)
    os._exit(0)
