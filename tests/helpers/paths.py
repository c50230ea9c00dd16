"""Where things stand in a checkout."""

from __future__ import annotations

from pathlib import Path

from optimizer.world.load import find_cases

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
CASES = TESTS / "cases"
BUNDLED = sorted(find_cases())
"""The bundled cases that are listed, by name."""
