"""What tests of the page share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers import browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser."""
    with browser.chromium() as found:
        yield found
