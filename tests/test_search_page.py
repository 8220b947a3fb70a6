"""The search page in a real browser: type, see the line in its picture, narrow, open a hit, come back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from docintel.library import Library
from tests.browsing import CHROMIUM, Watch, a_browser, served
from tests.houses import pdf, settings_in, work
from tests.waiting import until

LEASE = (
    "Lease of a flat\nThe rent is 900 euros a month.\nThe notice period is three months.",
    "The notice period begins at the end of a month.\nCats are not allowed.",
)
BILL = "Invoice 17\nThe rent of a bicycle for three days, <b>paid</b> in cash."

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("search")
    library = Library.open(settings_in(folder))
    library.add(pdf(folder / "lease.pdf", *LEASE), name="lease.pdf", collection="contracts")
    library.add(pdf(folder / "bill.pdf", BILL), name="bill.pdf", collection="bills")
    work(library)
    library.close()
    with served(folder, engine="fake") as running:
        yield running.address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, app: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    watch = Watch(page, app)
    yield page
    watch.saw_nothing()
    context.close()


def field(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Search all pages")


def hits(page: Page) -> Locator:
    return page.locator('[class*="st-key-hit-"]')


def opens_search(page: Page) -> bool:
    """The key is heard as soon as the page's scripts are loaded."""
    page.keyboard.press("/")
    page.wait_for_timeout(500)
    return page.url.endswith("/search")


def search(page: Page, app: str, query: str) -> None:
    page.goto(f"{app}/search")
    field(page).press_sequentially(query)


def test_hits_come_as_one_types_each_the_line_in_its_picture(page: Page, app: str) -> None:
    search(page, app, "not")
    expect(page.get_by_role("heading", name="lease.pdf")).to_be_visible()
    expect(hits(page).filter(has_text="The notice period is three months.")).to_be_visible()
    field(page).press_sequentially("ice three")
    expect(hits(page)).to_have_count(1)
    expect(hits(page).locator("mark")).to_have_text(["notice", "three"])
    expect(hits(page).locator(".doc-part i")).to_have_count(2)
    picture = hits(page).locator("img")
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("image => image.naturalWidth") > 100
    mark, frame = hits(page).locator(".doc-part i").first.bounding_box(), picture.bounding_box()
    assert mark and frame
    assert frame["x"] < mark["x"] and mark["x"] + mark["width"] < frame["x"] + frame["width"]
    assert frame["y"] < mark["y"] and mark["y"] + mark["height"] < frame["y"] + frame["height"]


def test_text_from_documents_stays_text(page: Page, app: str) -> None:
    search(page, app, "cash")
    expect(hits(page).get_by_text("<b>paid</b>")).to_be_visible()


def test_a_hit_opens_the_viewer_with_its_boxes_lit_and_back_keeps_search_and_filter(page: Page, app: str) -> None:
    search(page, app, "rent")
    expect(hits(page)).to_have_count(2)
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("textbox", name="Document name").fill("lea")
    expect(hits(page)).to_have_count(1)
    expect(page).to_have_url(re.compile(r"name=lea&q=rent"))
    page.keyboard.press("Escape")
    hits(page).get_by_role("link", name="Page 1").click()
    expect(page.locator(".mark")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/viewer\?document=.*boxes="))
    page.go_back()
    expect(field(page)).to_have_value("rent")
    expect(hits(page)).to_have_count(1)
    page.reload()
    expect(field(page)).to_have_value("rent")
    expect(hits(page)).to_have_count(1)


def test_a_collection_narrows_the_search(page: Page, app: str) -> None:
    page.goto(f"{app}/search?q=rent&collection=bills")
    expect(page.get_by_role("heading", name="bill.pdf")).to_be_visible()
    expect(page.get_by_role("heading", name="lease.pdf")).to_have_count(0)


def test_where_nothing_is_found_it_says_what_may_help(page: Page, app: str) -> None:
    page.goto(f"{app}/search?q=-rent")
    expect(page.get_by_text("A minus leaves a word out")).to_be_visible()
    field(page).fill('"rent notice"')
    expect(page.get_by_text("leave out the quotes")).to_be_visible()
    field(page).fill("zeppelin")
    expect(page.get_by_text("Nothing found")).to_be_visible()


def test_slash_leads_to_the_search_field_from_any_page(page: Page, app: str) -> None:
    page.goto(f"{app}/jobs")
    expect(page.get_by_role("heading", name="Done")).to_be_visible()
    until(lambda: opens_search(page))
    expect(field(page)).to_be_focused()
    page.keyboard.type("bicycle")
    expect(hits(page)).to_have_count(1)
    page.get_by_role("heading", name="bill.pdf").click()
    page.keyboard.press("/")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_value("bicycle")


def test_find_marks_all_places_in_a_document_and_goes_from_one_to_the_next(page: Page, app: str) -> None:
    search(page, app, "flat")
    hits(page).get_by_role("link", name="Page 1").click()
    expect(page.locator(".mark")).to_have_count(1)
    page.keyboard.press("Control+f")
    expect(page.get_by_role("searchbox", name="Find in this document")).to_be_focused()
    page.keyboard.type("NOTICE")
    expect(page.get_by_role("status").filter(has_text="1 of 2")).to_be_visible()
    expect(page.locator(".found.shown")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="2 of 2")).to_be_visible()
    expect(page.get_by_label("Page number")).to_have_value("2")
    expect(page.locator(".found.shown")).to_have_count(1)
    assert page.evaluate("[...CSS.highlights.get('docintel-shown')].map(String)") == ["notice"]
    page.get_by_role("button", name="Next place").click()
    expect(page.get_by_label("Page number")).to_have_value("1")
    page.keyboard.press("Control+f")
    page.keyboard.type("zebra")
    expect(page.get_by_text("Not found")).to_be_visible()
    page.get_by_role("searchbox", name="Find in this document").fill("e")
    expect(page.locator(".found.shown")).to_have_count(1)
    assert page.locator(".found").count() > 5
    page.reload()
    expect(page.get_by_role("searchbox", name="Find in this document")).to_have_value("e")
    expect(page.locator(".found.shown")).to_have_count(1)
