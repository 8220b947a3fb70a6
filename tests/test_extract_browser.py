"""Extraction in a real browser: a value is chosen, its crop looked at, its page opened; a schema is made and kept."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from docintel.extraction.ready import ready_schemas
from docintel.extraction.schema import Extraction, Place, Value
from docintel.home import Home
from docintel.model import BBox
from tests.browsing import CHROMIUM, Watch, a_browser, served
from tests.houses import picture, settings_in, work

BOXES = (BBox(x0=0.1, y0=0.1, x1=0.5, y1=0.2),)
PATIENCE_MS = 120_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("extract")
    place = Place(page_number=1, boxes=BOXES, quote="المجموع 12.50")
    found = Extraction(
        values={"company": (Value(text="مكتبة النور", value="مكتبة النور", probability=0.6, place=place),)}
    )
    with Home.open(settings_in(folder), owner=True) as home:
        home.library.add(picture(folder / "a.png", size=(600, 800)), name="bill.png")
        work(home.library)
        id = next(iter(home.library.names()))
        home.library.schemas.keep(ready_schemas()["receipt"], id, found, reading=home.library.schemas.reading(id))
    with served(folder, engine="fake") as app:
        yield app.address


@pytest.fixture
def page(address: str) -> Iterator[tuple[Page, Watch]]:
    with a_browser() as browser:
        yield opened(browser, address)


def opened(browser: Browser, address: str) -> tuple[Page, Watch]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    watch = Watch(page, address)
    page.goto(f"{address}/extract?schema=receipt")
    expect(page.get_by_text("1 of 1 document extracted.")).to_be_visible(timeout=PATIENCE_MS)
    return page, watch


def test_a_chosen_value_shows_its_place_and_opens_it_in_the_viewer(page: tuple[Page, Watch]) -> None:
    seen, watch = page
    grid = seen.get_by_test_id("stDataFrame").first
    grid.get_by_test_id("data-grid-canvas").focus()
    seen.keyboard.press("ArrowDown")
    seen.keyboard.press("ArrowRight")
    expect(seen.get_by_text("in doubt, right with about 60%")).to_be_visible()
    crop = seen.locator(".doc-crop img")
    expect(crop).to_be_visible()
    assert crop.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    quote = seen.locator(".doc-quote")
    assert quote.evaluate("e => getComputedStyle(e).direction") == "rtl"
    seen.get_by_role("link", name="Show on the page").click()
    seen.wait_for_url("**/viewer?**boxes=1000-1000-5000-2000**")
    watch.saw_nothing()


def test_a_schema_that_is_pasted_is_kept_and_chosen(page: tuple[Page, Watch]) -> None:
    seen, watch = page
    seen.get_by_role("button", name="New schema").click()
    dialog = seen.get_by_role("dialog")
    dialog.get_by_text("Or paste JSON Schema").click()
    field = dialog.get_by_label("JSON Schema", exact=True)
    field.fill("{")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("not read as a schema")
    properties = {"visited": {"type": "string", "format": "date"}}
    field.fill(json.dumps({"title": "visit", "properties": properties}))
    dialog.get_by_role("button", name="Save").click()
    expect(seen.get_by_text("0 of 1 document extracted.")).to_be_visible()
    assert "schema=visit" in seen.url
    seen.reload()
    expect(seen.get_by_text("0 of 1 document extracted.")).to_be_visible(timeout=PATIENCE_MS)
    watch.saw_nothing()
