"""The command, run as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
