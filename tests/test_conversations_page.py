"""Conversations in a real browser: asked, left, found again, renamed, exported, deleted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from docintel.home import Home
from tests.browsing import CHROMIUM, PATIENCE_MS, a_browser, served
from tests.houses import pdf, settings_in, work

ANSWER_MS = 4 * PATIENCE_MS
FIRST, SECOND = "What is the invoice total?", "And its date?"
HEADER = ".st-key-conversation-header"
TEXT = "Invoice number: 17\n\nInvoice date: 3 May 2026\n\nInvoice total: 1,524.60 EUR"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as opened:
        yield opened


def read_home(folder: Path) -> None:
    with Home.open(settings_in(folder, dpi=100)) as home:
        home.library.add(pdf(folder / "a.pdf", TEXT), name="invoice.pdf")
        work(home.library, home.embedder)


def test_a_conversation_is_kept_found_again_renamed_exported_and_deleted(browser: Browser, tmp_path: Path) -> None:
    read_home(tmp_path)
    with served(tmp_path) as app:
        page = browser.new_page(accept_downloads=True)
        page.goto(f"{app.address}/ask")
        ask(page, FIRST)
        expect(page.locator(".doc-answer")).to_contain_text("1,524.60", timeout=ANSWER_MS)
        ask(page, SECOND)
        expect(page.locator(".doc-answer")).to_have_count(2, timeout=ANSWER_MS)
        page.wait_for_url("**conversation=*")
        reload_shows_both_questions(page)
        rename(page, "Invoice of May")
        another_is_begun_and_back_leads_to_the_first(page)
        export(page, tmp_path)
        a_chip_opens_its_box(page)
        delete(page)
        page.close()


def ask(page: Page, question: str) -> None:
    page.get_by_placeholder("Ask about your documents").fill(question)
    page.keyboard.press("Enter")


def reload_shows_both_questions(page: Page) -> None:
    page.reload()
    expect(page.locator(".doc-question")).to_have_text([FIRST, SECOND])
    expect(page.locator(".doc-understood")).to_contain_text("What is the invoice date?")


def rename(page: Page, name: str) -> None:
    page.locator(HEADER).get_by_role("button", name="Rename").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_role("button", name="Rename").click()
    expect(page.locator(f"{HEADER} h2")).to_have_text(name)
    expect(listed(page, name)).to_be_visible()


def listed(page: Page, name: str) -> Locator:
    return page.locator(".st-key-conversations").get_by_role("button", name=name)


def another_is_begun_and_back_leads_to_the_first(page: Page) -> None:
    first = page.url
    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_text("Ask in your own words")).to_be_visible()
    expect(page.locator(".doc-question")).to_have_count(0)
    page.go_back()
    expect(page.locator(".doc-question")).to_have_text([FIRST, SECOND])
    assert page.url == first
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".doc-question")).to_have_count(0)
    listed(page, "Invoice of May").click()
    expect(page.locator(".doc-question")).to_have_text([FIRST, SECOND])


def export(page: Page, folder: Path) -> None:
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename == "Invoice of May.md"
    download.value.save_as(folder / "exported.md")
    written = (folder / "exported.md").read_text(encoding="utf-8")
    assert written.startswith("# Invoice of May\n")
    assert "1. invoice.pdf, page 1: “" in written


def a_chip_opens_its_box(page: Page) -> None:
    page.locator("a.doc-cite").first.click()
    expect(page.locator(".doc-title .doc-name")).to_have_text("invoice.pdf")
    expect(page.locator(".viewer article.lit").first).to_contain_text("1,524.60")
    page.go_back()
    expect(page.locator(".doc-question")).to_have_text([FIRST, SECOND])


def delete(page: Page) -> None:
    page.locator(HEADER).get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("Ask in your own words")).to_be_visible()
    expect(page.locator(".st-key-conversations")).to_have_count(0)
