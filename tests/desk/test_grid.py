"""The grid in a real browser: what a planner does to a case, by keyboard and by mouse, and what a second one does to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.browser import NEEDED, Looking
from tests.helpers.desk import Desk, opened, put_case
from tests.helpers.service import own_case

pytestmark = [pytest.mark.slow, *NEEDED]
DRAWN = 100
"""Rows that may stand in the page at once, however many there are."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("desk")) as found:
        found.key("one")
        yield found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("demo"), demo=True) as found:
        yield found


class Gridding(Looking):
    """Somebody with a table of a case in the grid."""

    def __init__(self, chromium: Any, desk: Desk, locale: str = "en-GB") -> None:
        super().__init__(chromium, desk, "laptop", "light", locale)
        self.page.set_default_timeout(15_000)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])

    def open(self, table: str, case: str = "mine") -> None:
        self.page.goto(f"{self.desk.url}/cases/{case}/tables/{table}")
        self.page.locator(".grid.live").wait_for()

    def head(self) -> list[str]:
        """Names of the columns that are shown, without the mark of those that must be filled."""
        heads = self.page.locator(".grid.live thead th").all()[1:]
        return [str(head.evaluate("head => head.firstChild.textContent")) for head in heads]

    def cell(self, row: int, column: str) -> Any:
        """A cell, by its row from 0."""
        return self.page.locator(f"#c-{row}-{self.head().index(column)}")

    def type(self, row: int, column: str, text: str) -> None:
        """Type into a cell, as one does."""
        self.cell(row, column).click()
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def paste(self, text: str) -> None:
        """Paste what a spreadsheet put on the clipboard."""
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.page.keyboard.press("Control+v")

    def says(self, words: str) -> str:
        """What the line below the grid says, once it holds some words."""
        try:
            self.page.locator("#left", has_text=words).wait_for()
        except Exception as error:
            raise AssertionError(f"{words!r} is not in {self.page.locator('#left').inner_text()!r}") from error
        return str(self.page.locator("#left").inner_text())

    def save(self) -> None:
        self.page.click("#save")


@pytest.fixture
def planner(desk: Desk, chromium: Any) -> Iterator[Gridding]:
    put_case(desk, "one")
    look = Gridding(chromium, desk)
    look.sign_in()
    yield look
    assert look.clean() == ([], [])
    look.context.close()


def test_a_planners_first_hour_with_a_case(demo: Desk, chromium: Any) -> None:
    look = Gridding(chromium, demo)
    page = look.page
    look.open("demand", "japan-motors")
    look.cell(0, "tonnes").click()
    page.keyboard.type("1")
    look.says("can be read only here")
    page.get_by_text("Copy to my cases").click()
    page.fill("input[name=to]", "first-hour")
    page.click("form[action$=copy] button")
    page.wait_for_url("**/cases/first-hour/tables/*")
    look.open("sites", "first-hour")
    was = look.cell(2, "country").inner_text()
    look.type(2, "country", "JAPAN")
    look.says("1 fault")
    page.keyboard.press("ArrowUp")
    assert look.cell(2, "country").get_attribute("aria-invalid") == "true"
    assert "expected two capital letters" in page.locator("#says").inner_text()
    look.picture("page-grid")
    page.locator("#says button", has_text="Use JP").click()
    look.says("sites".removeprefix("sites") + "rows")
    page.locator(".rail .bad").wait_for(state="detached")
    assert look.cell(2, "country").inner_text() == "JP"
    rows = int(look.says("rows").split()[0])

    page.keyboard.press("Control+End")
    page.keyboard.press("Home")
    block = "\n".join(f'new-{i}\t"Maker ""{i}"""\tDE' for i in range(500))
    look.paste("site\tcompany\tcountry\n" + block + "\n")
    assert f"{rows + 499} rows" in look.says("Pasted 500 rows")
    page.keyboard.press("Control+z")
    assert look.says(f"{rows} rows").startswith(f"{rows} rows. " + ("" if was == "JP" else "1 cell changed"))
    page.keyboard.press("Control+y")
    look.says(f"{rows + 499} rows")
    page.keyboard.press("Control+z")
    look.says(f"{rows} rows")
    if was == "JP":
        look.type(2, "company", "Another")
    look.save()
    look.says("Saved as revision 2")
    assert look.clean() == ([], [])
    look.context.close()


def test_a_block_from_a_spreadsheet_lengthens_the_table(planner: Gridding) -> None:
    planner.open("sites")
    planner.page.click("[data-do=columns]")
    planner.cell(4, "site").click()
    planner.page.keyboard.press("Control+End")
    planner.page.keyboard.press("Home")
    planner.page.keyboard.press("Insert")
    lines = ["site\tcompany\tcountry\towner\tlatitude\tlongitude"]
    lines += [f'plant-{i}\t"two\nlines\tand ""{i}"""\tDE\tDE\t48,{i}5\t1,5' for i in range(500)]
    planner.paste("\r\n".join(lines) + "\r\n")
    planner.says("505 rows")
    planner.page.locator("td", has_text="48.05").first.wait_for()
    assert planner.cell(5, "company").inner_text() == 'two lines and "0"'
    assert planner.cell(5, "latitude").inner_text() == "48.05"
    planner.save()
    planner.says("Saved as revision")
    rows = planner.desk.stores.cases.get(_tenant(planner), "mine").body["rows"]["sites"]
    assert len(rows) == 505
    assert (rows[-1]["latitude"], rows[-1]["company"]) == (48.4995, 'two lines and "499"')
    planner.page.keyboard.press("Control+z")
    planner.says("499 rows deleted, not saved")
    planner.page.keyboard.press("Control+y")
    planner.says("505 rows")


def _tenant(look: Gridding) -> str:
    (cookie,) = (one for one in look.context.cookies() if one["name"] == "lodestar")
    found = look.desk.stores.keys.find(cookie["value"])
    assert found is not None
    return found[1].id


def test_the_second_save_is_refused_and_nothing_is_lost(planner: Gridding, desk: Desk, chromium: Any) -> None:
    other = Gridding(chromium, desk)
    other.sign_in()
    for look in (planner, other):
        look.open("offers")
    planner.type(0, "price", "61000")
    planner.type(1, "price", "47000")
    planner.save()
    planner.says("Saved as revision")
    other.type(0, "price", "62000")
    other.type(2, "capacity", "111")
    other.cell(0, "price").filter(has_text="62,000").wait_for()  # it has been read as a number
    other.save()
    clash = other.page.locator("#clash")
    clash.locator("tbody tr").first.wait_for()
    told = [row.inner_text().split("\t") for row in clash.locator("tbody tr").all()]
    assert told == [
        ["offers", "aa-dy", "price", "50,000", "61,000", "62,000"],
        ["offers", "aa-dy-home", "price", "48,000", "47,000", "\u2013"],
    ]
    assert (other.cell(0, "price").inner_text(), other.cell(2, "capacity").inner_text()) == ("62,000", "111")
    other.picture("page-clash")
    other.page.click("#clash button >> nth=0")
    other.says("1 cell you both changed")
    shown = [other.cell(row, "price").inner_text() for row in range(3)]
    assert shown == ["62,000", "47,000", "20,000"]
    other.cell(0, "price").click()
    assert "Saved by somebody else 61,000" in other.page.locator("#cell").inner_text().replace("\n", " ")
    other.save()
    other.says("Saved as revision")
    assert [text for text in other.complaints if "412" not in text] == []
    rows = desk.stores.cases.get(_tenant(planner), "mine").body["rows"]["offers"]
    assert [row["price"] for row in rows[:3]] == [62000, 47000, 20000]
    assert rows[2]["capacity"] == 111
    other.context.close()


def test_a_number_of_two_meanings_is_asked_about(desk: Desk, chromium: Any) -> None:
    put_case(desk, "one")
    look = Gridding(chromium, desk, "de-DE")
    look.sign_in()
    look.open("offers")
    look.type(0, "price", "58,000")
    look.says("1 fault")
    look.page.keyboard.press("F8")
    buttons = look.page.locator("#says button")
    assert buttons.all_inner_texts() == ["Use 58.000", "Use 58"]
    look.page.keyboard.press("Alt+Enter")
    look.says("1 cell changed")
    assert look.cell(0, "price").inner_text() == "58.000"
    look.type(0, "price", "58,5")
    look.page.locator("#c-0-3 data[value='58.5']").wait_for()
    look.page.keyboard.press("ArrowUp")
    look.page.keyboard.press("F2")
    assert look.page.locator(".editor input").input_value() == "58,5"
    look.page.keyboard.press("Escape")
    assert look.clean() == ([], [])
    look.context.close()


def test_words_and_names_are_offered(planner: Gridding) -> None:
    planner.open("demand")
    planner.cell(0, "end_use").dblclick()
    offered = planner.page.locator(".editor option").all_inner_texts()
    assert offered == ["", "civil", "chips", "military", "humanitarian"]
    planner.page.keyboard.press("Escape")
    planner.cell(0, "site").click()
    planner.page.keyboard.press("Enter")
    assert "cc-plant" in planner.page.locator("datalist option").evaluate_all("all => all.map(one => one.value)")
    planner.page.keyboard.press("Escape")
    planner.open("sites")
    planner.type(0, "site", "aa-new-name")
    planner.page.click("[data-table=offers]")
    planner.page.locator("#h-table", has_text="offers").wait_for()
    planner.cell(0, "site").click()
    planner.page.keyboard.press("Enter")
    assert "aa-new-name" in planner.page.locator("datalist option").evaluate_all("all => all.map(one => one.value)")
    planner.page.keyboard.press("Escape")
    planner.page.keyboard.press("Control+z")
    planner.page.locator("#h-table", has_text="sites").wait_for()
    planner.page.wait_for_url("**/tables/sites")
    assert planner.page.locator("#save").is_hidden()


def test_a_range_is_copied_and_put_elsewhere(planner: Gridding) -> None:
    planner.open("offers")
    planner.cell(0, "offer").click()
    for key in ("Shift+ArrowDown", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "Control+c"):
        planner.page.keyboard.press(key)
    text = planner.page.evaluate("navigator.clipboard.readText()")
    assert text == "aa-dy\taa-trader\tdy-oxide\t50000\naa-dy-home\taa-trader\tdy-oxide\t48000"
    planner.page.keyboard.press("Control+End")
    planner.page.keyboard.press("Home")
    planner.page.keyboard.press("Insert")
    planner.page.keyboard.press("Control+v")
    assert "7 rows" in planner.says("Pasted 2 rows")
    assert planner.cell(6, "price").inner_text() == "48,000"
    planner.page.keyboard.press("Delete")
    planner.page.keyboard.press("Control+z")
    planner.page.keyboard.press("Control+z")
    planner.page.keyboard.press("Control+z")
    planner.says("5 rows")
    planner.type(4, "source", "=2+3 is not run")
    planner.cell(4, "source").click()
    planner.page.keyboard.press("Control+c")
    assert planner.page.evaluate("navigator.clipboard.readText()") == "'=2+3 is not run"
    planner.page.keyboard.press("Control+z")
    planner.page.locator("#save").wait_for(state="hidden")


def test_rows_are_filtered_sorted_added_and_deleted_by_keyboard_alone(planner: Gridding) -> None:
    page = planner.page
    planner.open("offers")
    page.locator("#filter").focus()
    page.keyboard.type("nd-oxide")
    assert planner.says("2 of 5 rows")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "grid":
            break
    page.keyboard.press("Control+Home")
    for _ in range(planner.head().index("price")):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Alt+ArrowDown")
    prices = [planner.cell(row, "price").inner_text() for row in range(5)]
    assert prices == ["90,000", "50,000", "48,000", "25,000", "20,000"]
    page.keyboard.press("Shift+Delete")
    assert "1 row deleted" in planner.says("4 rows")
    page.keyboard.press("Insert")
    assert "1 row added" in planner.says("5 rows")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    planner.page.locator("#save").wait_for(state="hidden")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") != "grid"


def test_twenty_thousand_rows_scroll(desk: Desk, chromium: Any) -> None:
    body = own_case("large")
    first = body["rows"]["sites"][0]
    more = [{**first, "site": f"site-{i}", "company": f"Company {i}"} for i in range(20_000)]
    put_case(desk, "one")
    look = Gridding(chromium, desk)
    look.sign_in()
    desk.stores.cases.put(
        _tenant(look), "large", {**body, "rows": {**body["rows"], "sites": body["rows"]["sites"] + more}}
    )
    look.page.set_default_timeout(120_000)
    look.open("sites", "large")
    page = look.page
    look.cell(0, "site").click()
    began = time.perf_counter()
    for _ in range(20):
        page.keyboard.press("Control+End")
        page.locator("td.at", has_text="").wait_for()
        page.keyboard.press("Control+Home")
    jump = (time.perf_counter() - began) / 40
    page.keyboard.press("Control+End")
    page.keyboard.press("Home")
    assert page.locator("td.at").inner_text() == "site-19999"
    assert page.locator(".grid.live tbody tr").count() < DRAWN
    page.locator("#sheet").evaluate("sheet => { sheet.scrollTop = sheet.scrollHeight / 2 }")
    page.locator("td", has_text="site-10000").first.wait_for()
    assert page.locator(".grid.live tbody tr").count() < DRAWN
    assert jump < 1.0, f"a jump takes {jump:.3f} s"
    look.type(10_000, "company", "Changed")
    look.says("1 cell changed")
    look.save()
    look.says("Saved as revision")
    rows = desk.stores.cases.get(_tenant(look), "large").body["rows"]["sites"]
    assert [row["company"] for row in rows if row["company"] == "Changed"] == ["Changed"]
    assert look.clean() == ([], [])
    look.context.close()


def test_changes_outlive_a_service_that_is_away(planner: Gridding) -> None:
    planner.open("offers")
    planner.page.context.set_offline(True)
    planner.type(0, "price", "70000")
    planner.says("cannot be reached")
    planner.page.context.set_offline(False)
    planner.page.locator("#left", has_text="cannot be reached").wait_for(state="detached")
    planner.save()
    planner.says("Saved as revision")
    planner.complaints[:] = [text for text in planner.complaints if "ERR_INTERNET_DISCONNECTED" not in text]


def test_a_case_goes_down_as_a_workbook_and_up_again(planner: Gridding, tmp_path: Path) -> None:
    page = planner.page
    planner.open("offers")
    page.get_by_text("File", exact=True).click()
    with page.expect_download() as got:
        page.click("a[href$='case.xlsx']")
    file = tmp_path / "mine.xlsx"
    got.value.save_as(file)
    planner.type(0, "price", "61000")
    planner.save()
    planner.says("Saved as revision")
    page.reload()
    page.get_by_text("File", exact=True).click()
    page.set_input_files(".upload input[type=file]", file)
    page.click(".upload button")
    page.wait_for_url("**/tables/demand")
    planner.open("offers")
    assert planner.cell(0, "price").inner_text() == "50,000"
    page.goto(f"{planner.desk.url}/")
    page.set_input_files(".upload input[type=file]", file)
    assert page.input_value(".upload input[name=name]") == "mine"
    page.click(".upload button")
    page.locator(".upload [role=status]", has_text="There is a case mine already").wait_for()
    page.fill(".upload input[name=name]", "other")
    page.click(".upload button")
    page.locator(".upload [role=status]", has_text="expected that of the address").wait_for()
    planner.complaints[:] = [text for text in planner.complaints if "412" not in text and "422" not in text]
