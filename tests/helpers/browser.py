"""A real browser for tests: Debian's Chromium, where it and Playwright are there, and what it complains of."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.helpers.desk import Desk
from tests.helpers.paths import ROOT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WORDS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZES = {"laptop": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 844}}
NEEDED = (
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
    pytest.mark.skipif(
        importlib.util.find_spec("playwright") is None, reason="no Playwright: pip install '.[browser]'"
    ),
)
"""Marks of a test that looks through a browser."""


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser, until the block ends."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=list(WORDS))
        try:
            yield browser
        finally:
            browser.close()


class Looking:
    """A page of a browser, with what it complained of and what it asked for."""

    def __init__(self, chromium: Any, desk: Desk, size: str, scheme: str, locale: str) -> None:
        self.desk = desk
        self.context = chromium.new_context(viewport=SIZES[size], color_scheme=scheme, locale=locale)
        self.page = self.context.new_page()
        self.page.set_default_timeout(120_000)
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def sign_in(self) -> None:
        self.page.goto(f"{self.desk.url}/")
        self.page.fill("#key", self.desk.key("one"))
        self.page.click("button.primary")
        self.page.wait_for_url(f"{self.desk.url}/")

    def picture(self, name: str) -> None:
        """Take a picture for the documentation, where `PICTURES=write` asks for it."""
        if os.environ.get("PICTURES") == "write":
            self.page.screenshot(path=ROOT / "docs" / "pictures" / f"{name}.png")

    def clean(self) -> tuple[list[str], list[str]]:
        """What it complained of, and what it asked of other hosts."""
        return self.complaints, [url for url in self.asked if not url.startswith((self.desk.url, "data:"))]

    def fits(self) -> bool:
        """Whether nothing has to be scrolled to the side."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
