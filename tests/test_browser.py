"""The main job in a real browser: a scan is dropped in, read, looked at, asked about; the answer leads back to it."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Page, expect

from docintel.server.security import content_policy
from docintel.ui.assets import asset
from docintel.ui.components.canvas import HERE
from tests.browsing import CHROMIUM, PATIENCE_MS, Watch, a_browser, served

READ_MS = 240_000
DRAWING = (asset("elements.js"), HERE / "drawing.js")
CHOSEN = re.compile(r"\bon\b")
NAME = "scanned <img src=x onerror=alert(1)> :red[a] $b$ ![c](d) invoice.pdf"
LINES = (
    (70, "Invoice"),
    (34, "Invoice number: HF-2031"),
    (34, "Invoice date: 14 March 2026"),
    (34, "Invoice total: 1,524.60 EUR"),
    (34, "Please pay by bank transfer within thirty days."),
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page as a scanner sees it: a picture without any text inside, in a PDF."""
    page = Image.new("RGB", (1240, 1754), (250, 249, 246))
    pen = ImageDraw.Draw(page)
    for number, (size, line) in enumerate(LINES):
        pen.text((140, 180 + 130 * number), line, font=ImageFont.load_default(size), fill=(30, 30, 34))
    path = tmp_path_factory.mktemp("scan") / NAME
    page.save(path, resolution=150)
    return path


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("browser"), engine="local") as app:
        yield app.address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as opened:
        yield opened


def test_a_deep_link_after_a_restart_opens_its_page_in_the_frame(browser: Browser, address: str) -> None:
    """First in this file: nobody has opened the app yet, so Streamlit does not know its navigation."""
    page = browser.new_page()
    page.goto(f"{address}/jobs?from=bookmark")
    expect(page.get_by_text("Nothing to do")).to_be_visible()
    names = [re.compile(f"{name}$") for name in ("Documents", "Viewer", "Search", "Ask", "Extract", "Jobs", "System")]
    expect(page.get_by_test_id("stTopNavLink")).to_have_text(names)
    assert page.url.endswith("/jobs?from=bookmark")
    page.close()


def test_answers_carry_the_content_policy_and_the_agent_interface_is_off(address: str) -> None:
    assert httpx.get(address).headers["Content-Security-Policy"] == content_policy()
    assert httpx.post(f"{address}/_stcore/agent/interact", json={}).status_code in {403, 404, 405}
    assert httpx.get(f"{address}/images/page/anything/1.jpg").status_code == 403


def test_from_a_scan_to_a_cited_answer_and_back(browser: Browser, address: str, scan: Path) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    watch = Watch(page, address)
    upload(page, address, scan)
    look(page)
    ask(page)
    follow_the_citation(page)
    watch.saw_nothing()
    page.close()


@pytest.mark.parametrize(
    ("texts", "direction"), [(("الاسم الكامل", "PDF 17"), "rtl"), (("Name", "خالد"), "ltr"), (("17", "18"), "ltr")]
)
def test_a_table_runs_the_way_that_most_of_it_is_written(
    browser: Browser, texts: tuple[str, ...], direction: str
) -> None:
    page = browser.new_page()
    page.add_script_tag(content="\n".join(path.read_text(encoding="utf-8") for path in DRAWING))
    row = [{"text": text, "header": False, "rows": 1, "columns": 1} for text in texts]
    assert page.evaluate("row => drawTable([row]).dir", row) == direction
    page.close()


def test_struck_text_is_shown_struck(browser: Browser) -> None:
    page = browser.new_page()
    page.add_script_tag(content="\n".join(path.read_text(encoding="utf-8") for path in DRAWING))
    block = {"text": "120 <95>", "pieces": [["120", True], [" <95>", False]]}
    assert page.evaluate("block => said('p', {}, block).innerHTML", block) == "<s>120</s><span> &lt;95&gt;</span>"
    page.close()


def test_a_word_with_a_polygon_is_drawn_within_it(browser: Browser) -> None:
    page = browser.new_page()
    page.add_script_tag(content="\n".join(path.read_text(encoding="utf-8") for path in DRAWING))
    drawn = "([box, polygon]) => placeWithin(document.createElement('span'), box, polygon).outerHTML"
    box = [0.25, 0.5, 0.75, 0.625]
    assert "svg" not in page.evaluate(drawn, [box, None])
    polygon = [[0.25, 0.5], [0.75, 0.5625], [0.75, 0.625], [0.25, 0.5625]]
    html = page.evaluate(drawn, [box, polygon])
    assert 'class="outlined"' in html and 'points="0,0 1,0.5 1,1 0,0.5"' in html
    assert "left: 25%" in html and "height: 12.5%" in html
    page.close()


def upload(page: Page, address: str, scan: Path) -> None:
    page.goto(address)
    expect(page.get_by_text("From scans to answers")).to_be_visible()
    page.locator("input[type=file]").set_input_files(scan)
    row = page.locator('[class*="st-key-document-"]').filter(has_text=scan.name)
    expect(row.get_by_text("Ready", exact=True)).to_be_visible(timeout=READ_MS)
    row.get_by_role("link", name="Open").click()


def look(page: Page) -> None:
    """A box lights its text, a text its box; the address follows, and a reload keeps it."""
    box = page.locator(".viewer .box").filter(has_text="2")
    text = page.locator(".viewer article").nth(1)
    box.click()
    expect(text).to_have_class(CHOSEN)
    first = page.locator(".viewer article").nth(0)
    first.click()
    expect(page.locator(".viewer .box.on .order")).to_have_text("1")
    page.wait_for_url(f"**block={first.get_attribute('data-block')}*")
    kept = page.url
    page.reload()
    expect(page.locator(".viewer .box.on .order")).to_have_text("1")
    expect(first).to_have_class(CHOSEN)
    assert page.url == kept
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "block=" not in url)


def ask(page: Page) -> None:
    page.get_by_role("link", name="Ask", exact=True).click()
    page.get_by_placeholder("Ask about your documents").fill("What is the invoice total?")
    page.keyboard.press("Enter")
    expect(page.locator(".doc-answer")).to_contain_text("1,524.60", timeout=2 * PATIENCE_MS)
    page.wait_for_url("**conversation=*")
    crop = page.locator(".doc-crop img").first
    expect(crop).to_be_visible()
    expect(crop).not_to_have_js_property("naturalWidth", 0)


def follow_the_citation(page: Page) -> None:
    page.get_by_role("link", name="Show on the page").first.click()
    expect(page.locator(".doc-title .doc-name")).to_have_text(NAME)
    expect(page.locator(".viewer .mark").first).to_be_visible()
    expect(page.locator(".viewer article.lit").first).to_contain_text("1,524.60")
    assert "boxes=" in page.url
