"""The command, run as a user runs it."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from optimizer.__main__ import main
from tests.helpers.paths import ROOT

RUN = [sys.executable, "-c", "from optimizer.__main__ import main; main()"]


def lodestar(
    *words: str, cwd: Path | None = None, code: int = 0, path: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(path)}
    done = subprocess.run([*RUN, *words], capture_output=True, text=True, cwd=cwd, env=environment, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def lodestar_here(*words: str, cwd: Path | None = None, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command in this process, where a process is not what is tested: it saves the start-up."""
    out, err, argv, before = io.StringIO(), io.StringIO(), sys.argv, Path.cwd()
    sys.argv = ["lodestar", *words]
    try:
        os.chdir(cwd or before)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
    finally:
        sys.argv = argv
        os.chdir(before)
    assert (ended.value.code or 0) == code, err.getvalue()
    return subprocess.CompletedProcess(list(words), code, out.getvalue(), err.getvalue())
