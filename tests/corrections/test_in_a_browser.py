"""In a real browser: a person corrects a page, takes it back, and two people meet on one page."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import Page as Tab

from docintel.library import Library
from docintel.model import Document
from docintel.pipeline import ReadPage
from docintel.settings import Settings
from docintel.workers.worker import Worker
from tests.browsing import CHROMIUM, Watch, a_browser, served
from tests.corrections import pages
from tests.houses import pdf, read_of, settings_in

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


def read(_path: Path, number: int, *_: Any) -> ReadPage:
    """Runs in a reading process."""
    return read_of(pages.page(number), name=str(number))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def document(settings: Settings, tmp_path: Path) -> Document:
    library = Library.open(settings)
    added = library.add(pdf(tmp_path / "bill.pdf", "a", "b"), name="bill.pdf").document
    Worker(library, embedder=None, read=read).run(until_idle=True)
    library.close()
    return added


@pytest.fixture
def address(settings: Settings, document: Document) -> Iterator[str]:
    with served(settings.home.parent, engine="fake") as app:
        yield f"{app.address}/viewer?document={document.id}&page=1"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as opened:
        yield opened


def tab_on(browser: Browser, address: str, block: str) -> Tab:
    tab = browser.new_page(viewport={"width": 1440, "height": 900})
    tab.goto(address)
    tab.get_by_text("Edit", exact=True).click()
    expect(tab.get_by_text("Choose a block")).to_be_visible()
    choose(tab, block)
    return tab


def choose(tab: Tab, block: str) -> None:
    tab.locator(f'.viewer article[data-block="{block}"]').click()
    expect(tab.get_by_role("button", name="Delete", exact=True)).to_be_visible()


def texts(tab: Tab) -> Any:
    return tab.locator(".viewer article .content")


def test_a_person_corrects_a_page_and_takes_it_back(browser: Browser, address: str) -> None:
    tab = tab_on(browser, address, "b2")
    watch = Watch(tab, address)
    tab.get_by_label("Text", exact=True).fill("The total is 120 euros")
    tab.get_by_role("button", name="Save").click()
    expect(texts(tab).nth(1)).to_have_text("The total is 120 euros")
    expect(tab.locator(".facts")).to_contain_text("corrected")
    tab.get_by_role("button", name="Move up").click()
    expect(texts(tab).nth(0)).to_have_text("The total is 120 euros")
    tab.get_by_role("button", name="Merge with next").click()
    expect(tab.locator(".viewer article")).to_have_count(4)
    tab.get_by_role("button", name="3 corrections").click()
    expect(tab.locator(".doc-history li").last).to_contain_text("“The totel is 120 euros” → “The total is 120 euros”")
    expect(tab.locator(".doc-history li").last).to_contain_text("this machine")
    tab.keyboard.press("Escape")
    tab.keyboard.press("Alt+z")
    expect(tab.locator(".viewer article")).to_have_count(5)
    tab.get_by_role("button", name="Undo").click()
    expect(texts(tab).nth(0)).to_have_text("Invoice 2031")
    tab.get_by_role("button", name="Redo").click()
    expect(texts(tab).nth(0)).to_have_text("The total is 120 euros")
    tab.reload()
    expect(texts(tab).nth(0)).to_have_text("The total is 120 euros")
    watch.saw_nothing()
    tab.close()


def test_columns_of_a_table_are_added_and_deleted(browser: Browser, address: str) -> None:
    tab = tab_on(browser, address, "b4")
    cells = tab.locator(".viewer article table tr").nth(1).locator("td, th")
    expect(cells).to_have_count(2)
    tab.get_by_role("button", name="Add after").click()
    expect(cells).to_have_count(3)
    tab.get_by_role("button", name="Delete column").click()
    expect(cells).to_have_count(2)
    tab.close()


def test_the_second_of_two_sees_the_firsts_change_and_keeps_what_was_typed(browser: Browser, address: str) -> None:
    first, second = (tab_on(browser, address, "b2") for _ in range(2))
    for tab, said in ((first, "The total is 120 euros"), (second, "The sum is 120 euros")):
        tab.get_by_label("Text", exact=True).fill(said)
        tab.get_by_role("button", name="Save").click()
    expect(second.get_by_text("was corrected")).to_contain_text("“The total is 120 euros”")
    expect(texts(second).nth(1)).to_have_text("The total is 120 euros")
    expect(second.get_by_label("Text", exact=True)).to_have_value("The sum is 120 euros")
    second.get_by_role("button", name="Save").click()
    expect(texts(second).nth(1)).to_have_text("The sum is 120 euros")
    for tab in (first, second):
        tab.close()


@pytest.mark.skipif("SCREENSHOTS" not in os.environ, reason="pictures to be looked at")
@pytest.mark.parametrize("width", [1440, 420])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures(browser: Browser, address: str, width: int, scheme: Any) -> None:
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    for block in ("b2", "b4"):
        tab.goto(f"{address}&edit=1&block={block}")
        expect(tab.get_by_role("button", name="Save")).to_be_visible()
        tab.wait_for_timeout(1500)
        tab.screenshot(path=Path(os.environ["SCREENSHOTS"]) / f"{scheme}-{width}-{block}.png", full_page=True)
    tab.close()
