"""A planner's first look in a real browser."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from optimizer import __version__
from optimizer.service.work.task import Allowance
from optimizer.service.work.worker import Worker
from tests.helpers.browser import NEEDED, SIZES, Looking
from tests.helpers.desk import Desk, opened, put_case

pytestmark = [pytest.mark.slow, *NEEDED]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The page, and a worker that solves what it is asked."""
    with opened(tmp_path_factory.mktemp("desk")) as found:
        found.key("one")
        put_case(found, "one")
        worker = Worker(found.stores.queue, __version__, allowance=Allowance(workers=1))
        thread = threading.Thread(target=worker.run)
        thread.start()
        yield found
        worker.stop()
        thread.join(60)


def test_a_case_is_planned_and_asked_why(desk: Desk, chromium: Any) -> None:
    look = Looking(chromium, desk, "laptop", "light", "en-GB")
    page = look.page
    look.sign_in()
    page.goto(f"{desk.url}/cases/mine/tables/demand")
    page.locator("[data-grid] td[role=gridcell]").first.click()
    page.keyboard.press("ArrowDown")
    assert re.search("row 2", page.locator("#cell h2").first.inner_text())
    assert "Source" in page.locator("#cell").inner_text()
    page.fill("#filter", "military")
    assert "1 of " in page.locator("#left").inner_text()
    page.goto(f"{desk.url}/cases/mine/run")
    page.click("[data-pick=none]")
    page.check("input[name=scenario][value=quiet]")
    assert "3 answers" in page.locator("#size").inner_text()
    page.click("button.primary")
    page.wait_for_url("**/answer")
    for said in ("What to do", "What it costs", "What could go wrong", "Whether to believe it"):
        assert page.locator(".verdict", has_text=said).count() == 1
    button = page.locator("table.bad button.why").first
    button.click()
    page.locator("#drawer #said").wait_for()
    assert "One tonne more would cost" in page.locator("#drawer").inner_text()
    assert "/answer" in page.url
    page.keyboard.press("Escape")
    assert page.locator("#drawer").is_hidden()
    assert button.evaluate("button => button === document.activeElement")
    assert look.clean() == ([], [])
    look.context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_and_complain_of_nothing(desk: Desk, chromium: Any, size: str, scheme: str) -> None:
    look = Looking(chromium, desk, size, scheme, "de-DE")
    look.sign_in()
    runs = re.findall(r"/runs/[0-9a-v]{26}", look.page.content())
    for address in ("/", "/cases/mine/tables/offers", "/cases/mine/run", *runs[-1:]):
        look.page.goto(f"{desk.url}{address}")
        if "/tables/" in address:
            look.page.locator(".grid.live td[role=gridcell]").first.wait_for()
        assert look.fits(), address
        assert look.page.evaluate("document.documentElement.dataset.theme") == scheme
    assert look.complaints == []
    look.context.close()


def test_figures_are_written_as_the_reader_writes_them(desk: Desk, chromium: Any) -> None:
    shown = {}
    for locale in ("en-GB", "de-DE"):
        look = Looking(chromium, desk, "laptop", "light", locale)
        look.sign_in()
        look.page.goto(f"{desk.url}/cases/mine/tables/demand")
        look.page.locator(".grid.live td data").first.wait_for()
        shown[locale] = look.page.locator(".grid.live td data").all_inner_texts()
        look.context.close()
    assert len(shown["en-GB"]) > 3
    swapped = [text.translate(str.maketrans(".,", ",.")) for text in shown["en-GB"]]
    assert swapped == shown["de-DE"]
    assert shown["en-GB"] != shown["de-DE"]
