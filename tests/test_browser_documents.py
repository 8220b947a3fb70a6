"""The documents page in a real browser, as a person works with a list of documents."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from docintel.library import Library
from docintel.settings import Settings
from tests.browsing import CHROMIUM, Served, Watch, a_browser, served
from tests.houses import pdf, picture, settings_in, work

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

ARABIC = "عقد إيجار.pdf"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home of six scans, an invoice and a lease."""
    folder = tmp_path_factory.mktemp("documents")
    settings = settings_in(folder)
    library = Library.open(settings)
    library.add(pdf(folder / "i.pdf", "An invoice."), name="invoice.pdf", collection="bills")
    library.add(pdf(folder / "l.pdf", "A lease."), name=ARABIC)
    for number in range(6):
        library.add(picture(folder / "p.png", number), name=f"scan {number}.png")
    work(library)
    library.close()
    return settings


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Served]:
    with served(settings.home.parent, engine="fake") as app:
        yield app


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as opened:
        yield opened


@pytest.fixture
def tab(browser: Browser, app: Served) -> Iterator[Page]:
    page = browser.new_page()
    watch = Watch(page, app.address)
    page.goto(app.address)
    expect(page.get_by_text("8 documents", exact=True)).to_be_visible()
    yield page
    watch.saw_nothing()
    page.close()


def search(tab: Page) -> Locator:
    return tab.get_by_placeholder("Search by name")


def names(tab: Page) -> Locator:
    return tab.locator(".st-key-documents .doc-name")


def tick(tab: Page, number: int, *, with_shift: bool = False) -> None:
    tab.locator('[class*="st-key-tick-"] label').nth(number).click(modifiers=["Shift"] if with_shift else [])


def choose_action(tab: Page, name: str, action: str) -> None:
    row = tab.locator('[class*="st-key-document-"]', has=tab.get_by_text(name, exact=True))
    row.get_by_role("button").last.click()
    tab.get_by_role("menuitem", name=action, exact=True).or_(tab.get_by_role("option", name=action, exact=True)).click()


def test_the_list_is_the_same_after_a_document_back_and_a_reload(tab: Page) -> None:
    search(tab).fill("scan")
    tab.get_by_label("Sort").click()
    tab.get_by_role("option", name="Name", exact=True).click()
    expect(tab).to_have_url(re.compile(r"\?name=scan&sort=Name$"))
    expect(tab.locator('a[href*="sort%3DName"]').first).to_be_attached()
    names(tab).first.click(force=True)  # under the link that covers the row
    expect(tab).to_have_url(re.compile(r"/viewer\?document="))
    tab.reload()
    expect(tab.get_by_role("link", name="Documents").last).to_be_visible()
    tab.go_back()
    expect(tab).to_have_url(re.compile(r"/\?name=scan&sort=Name$"))
    expect(search(tab)).to_have_value("scan")
    expect(names(tab)).to_have_text([f"scan {number}.png" for number in range(6)])
    names(tab).first.click(force=True)
    tab.locator(".st-key-viewer-header").get_by_role("link", name="Documents").click()
    expect(tab).to_have_url(re.compile(r"/\?name=scan&sort=Name$"))
    tab.reload()
    expect(search(tab)).to_have_value("scan")
    expect(tab.get_by_text("6 documents", exact=True)).to_be_visible()


def test_a_range_is_ticked_deleted_and_brought_back(tab: Page) -> None:
    search(tab).fill("scan")
    expect(tab.get_by_text("6 documents", exact=True)).to_be_visible()
    tick(tab, 1)
    expect(tab.locator(".doc-chosen")).to_have_text("1 document chosen")
    tick(tab, 4, with_shift=True)
    expect(tab.locator(".doc-chosen")).to_have_text("4 documents chosen")
    tab.get_by_role("button", name="Delete", exact=True).click()
    expect(tab.get_by_text("4 documents are in the bin.")).to_be_visible()
    expect(tab.get_by_text("2 documents", exact=True)).to_be_visible()
    tab.get_by_role("button", name="Undo").click()
    expect(tab.get_by_text("6 documents", exact=True)).to_be_visible()


def test_the_keyboard_ticks_ranges_too_and_all_of_the_filter(tab: Page) -> None:
    search(tab).fill("scan")
    expect(tab.get_by_text("6 documents", exact=True)).to_be_visible()
    boxes = tab.get_by_role("checkbox", name=re.compile("Choose scan"))
    boxes.nth(0).press("Space")
    expect(tab.locator(".doc-chosen")).to_have_text("1 document chosen")
    boxes.nth(2).press("Shift+Space")
    expect(tab.locator(".doc-chosen")).to_have_text("3 documents chosen")
    tab.get_by_role("button", name="Choose all 6").click()
    expect(tab.locator(".doc-chosen")).to_have_text("6 documents chosen")
    tab.get_by_role("button", name="Choose none").click()
    expect(tab.locator(".doc-chosen")).to_have_count(0)


def test_a_document_is_renamed_tagged_and_found_by_its_tag(tab: Page) -> None:
    choose_action(tab, "scan 0.png", "Rename")
    tab.get_by_label("Name", exact=True).fill("walrus.png")
    tab.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(tab.get_by_text("walrus.png")).to_be_visible()
    choose_action(tab, "walrus.png", "Tag")
    tab.get_by_label("Add", exact=True).fill("to pay")
    tab.get_by_label("Add", exact=True).press("Enter")
    tab.get_by_label("Add", exact=True).press("Tab")  # leaves the list of options
    tab.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(tab.locator(".doc-tags")).to_have_text("to pay")
    tab.get_by_role("button", name="Filter").click()
    tab.get_by_role("combobox", name="Tags", exact=True).click()
    tab.get_by_role("option", name="to pay").click()
    expect(tab.get_by_text("1 document", exact=True)).to_be_visible()
    expect(tab).to_have_url(re.compile(r"tag=to\+pay|tag=to%20pay"))
    tab.get_by_role("button", name="Clear all filters").click()
    expect(tab.get_by_text("8 documents", exact=True)).to_be_visible()
    choose_action(tab, "walrus.png", "Rename")
    tab.get_by_label("Name", exact=True).fill("scan 0.png")
    tab.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(tab.get_by_text("scan 0.png")).to_be_visible()


def test_a_document_is_destroyed_from_the_bin(tab: Page, settings: Settings, tmp_path: Path) -> None:
    library = Library.open(settings)
    library.add(picture(tmp_path / "p.png", 99), name="gone.png")
    work(library)
    library.close()
    tab.reload()
    choose_action(tab, "gone.png", "Delete")
    expect(tab.get_by_text("“gone.png” is in the bin.")).to_be_visible()
    tab.get_by_role("button", name="Bin (1)").click()
    tab.get_by_role("button", name="Delete for good").click()
    expect(tab.get_by_text("The bin is empty.")).to_be_visible()


def test_what_was_not_taken_and_what_is_here_is_named_also_after_a_reload(tab: Page, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no document")
    same = picture(tmp_path / "scan 3.png", 3)
    tab.locator('input[type="file"]').set_input_files([tmp_path / "notes.txt", same])
    status = tab.locator(".dropzone .status")
    expect(status).to_have_text("1 already here, 1 not taken")
    tab.reload()
    expect(status).to_have_text("1 already here, 1 not taken")
    expect(tab.get_by_role("list", name="Files that were not taken")).to_contain_text("notes.txt")
    expect(tab.get_by_role("list", name="Files that are already here")).to_contain_text("scan 3.png")
    tab.get_by_role("button", name="Dismiss").click()
    tab.reload()
    expect(tab.get_by_text("8 documents", exact=True)).to_be_visible()
    expect(status).to_have_text("")


def test_the_collection_for_uploads_is_shown_and_kept(tab: Page) -> None:
    into = tab.locator(".dropzone .into")
    expect(into).to_have_text("Collection: default")
    tab.get_by_role("button", name="Options").click()
    tab.locator(".st-key-into input").fill("bills")
    tab.get_by_role("option", name="bills", exact=True).click()
    expect(into).to_have_text("Collection: bills")
    tab.reload()
    expect(into).to_have_text("Collection: bills")


def test_an_upload_whose_address_expired_goes_where_it_was_meant_to_go(
    browser: Browser, app: Served, tmp_path: Path
) -> None:
    tab = browser.new_page()  # which complains of the answers 403
    tab.goto(f"{app.address}?into=bills")
    into = tab.locator(".dropzone .into")
    expect(into).to_have_text("Collection: bills")
    has_changed, asked = [False], []

    def answer(route: Route) -> None:
        asked.append(route.request.url.partition("?")[0])
        if has_changed[0]:
            route.continue_()
        else:
            route.fulfill(status=403, body="This address is not valid any more.")

    tab.route("**/uploads/**", answer)
    tab.locator('input[type="file"]').set_input_files(pdf(tmp_path / "late.pdf", "A late bill."))
    tab.get_by_role("button", name="Options").click()
    choice = tab.locator(".st-key-into input")
    choice.fill("other")
    choice.press("Enter")
    expect(into).to_have_text("Collection: other")
    has_changed[0] = True
    expect(tab.locator(".dropzone .status")).to_have_text("1 added")
    assert len(set(asked)) == 1
    search(tab).fill("late")
    expect(tab.get_by_text("1 document", exact=True)).to_be_visible()
    expect(tab.locator(".st-key-documents .doc-meta").first).to_contain_text("bills")
    tab.close()
