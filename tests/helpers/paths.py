"""Where things stand in a checkout."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
CASES = TESTS / "cases"
BUNDLED = sorted(path.parent.name for path in (ROOT / "models").glob("*/case.yaml"))
"""The bundled cases, by name."""
