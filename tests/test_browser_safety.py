"""In a real browser: text full of script, pictures, formulas and control characters runs and fetches nothing."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Locator, expect
from playwright.sync_api import Page as Tab

from docintel.intake import staging
from docintel.library import Library
from docintel.model import Document
from docintel.server.security import headers
from docintel.settings import Settings
from docintel.workers.worker import Worker
from tests import hostile_pages
from tests.browsing import CHROMIUM, Served, Watch, a_browser, served
from tests.hostile_pages import COLLECTION, HOST, NAME
from tests.houses import pdf, settings_in

BIG_BYTES = 150_000_000
TAG = "<img src=x onerror=alert(1)>"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_in(tmp_path_factory.mktemp("safety"))


@pytest.fixture(scope="module")
def document(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Document:
    """A document of three pages that say hostile things; another one failed, and says so."""
    folder = tmp_path_factory.mktemp("files")
    library = Library.open(settings)
    added = library.add(pdf(folder / "a.pdf", "a", "b", "c"), name=NAME, collection=COLLECTION).document
    broken = folder / "b.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing")
    library.add(broken, name=f"broken {NAME}")
    Worker(library, embedder=None, read=hostile_pages.read).run(until_idle=True)
    assert library.document(added.id).pages_read == 2
    library.close()
    return added


@pytest.fixture(scope="module")
def app(settings: Settings, document: Document) -> Iterator[Served]:
    assert document.id
    with served(settings.home.parent, engine="fake") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as opened:
        yield opened


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    page = browser.new_page(viewport={"width": 1300, "height": 900}, accept_downloads=True)
    yield page
    page.close()


@pytest.fixture
def watch(tab: Tab, app: Served) -> Iterator[Watch]:
    """Whatever a test does: nothing foreign was asked for, nothing was run, nothing went wrong."""
    seen = Watch(tab, app.address)
    yield seen
    tab.wait_for_timeout(300)
    seen.saw_nothing()


def looked_at(shown: Locator) -> None:
    """Once it is there, what must not be there is not: no element that a text asked for."""
    expect(shown).to_be_visible()
    made = shown.page.locator(f'[src*="{HOST}"], [href*="{HOST}"], [href^="javascript:"], [onerror], [onload]')
    assert made.count() == 0


@pytest.mark.usefixtures("watch")
def test_the_list_of_documents(tab: Tab, app: Served) -> None:
    tab.goto(app.address)
    looked_at(tab.locator(".doc-name").filter(has_text="broken").first)
    expect(tab.locator(".doc-name").filter(has_text="<img src=").first).to_be_visible()
    tab.locator('[data-testid="stMenuButton"] button, .stMenuButton button').first.click()
    tab.get_by_text("Rename", exact=True).first.click()
    looked_at(tab.get_by_role("dialog"))


@pytest.mark.usefixtures("watch")
def test_the_viewer(tab: Tab, app: Served, document: Document) -> None:
    tab.goto(f"{app.address}/viewer?document={document.id}&page=1")
    looked_at(tab.locator(".viewer article").first)
    said = tab.locator(".viewer .text").inner_text()
    assert "<script>" in said and ":material/delete:" in said
    tab.locator(".viewer article").nth(3).click()
    tab.get_by_role("button", name="Words").click()
    tab.goto(f"{app.address}/viewer?document={document.id}&page=2")
    looked_at(tab.locator(".viewer .error"))


@pytest.mark.usefixtures("watch")
def test_the_tables_of_a_document(tab: Tab, app: Served, document: Document) -> None:
    tab.goto(f"{app.address}/viewer?document={document.id}")
    tab.get_by_role("button", name="Tables").click()
    looked_at(tab.get_by_test_id("stDataFrame").first)


@pytest.mark.usefixtures("watch")
def test_answers(tab: Tab, app: Served) -> None:
    tab.goto(f"{app.address}/ask?question=What+is+the+invoice+total%3F+%3Cimg+src%3Dx+onerror%3Dalert(1)%3E")
    looked_at(tab.locator(".doc-answer").first)
    expect(tab.locator(".doc-question").first).to_contain_text("<img src=x onerror=alert(1)>")


@pytest.mark.usefixtures("watch")
def test_the_jobs(tab: Tab, app: Served) -> None:
    tab.goto(f"{app.address}/jobs")
    looked_at(tab.get_by_text("<script>alert('ran')</script>").first)


def test_an_exported_page_of_html(tab: Tab, app: Served, document: Document, tmp_path: Path) -> None:
    path = exported(tab, app, document, "HTML", tmp_path)
    watch = Watch(tab)
    tab.goto(path.as_uri())
    looked_at(tab.locator("section.page").first)
    watch.saw_nothing()


def test_exported_markdown_in_a_viewer_that_takes_html(
    tab: Tab, app: Served, document: Document, tmp_path: Path
) -> None:
    path = exported(tab, app, document, "Markdown", tmp_path)
    shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(path.read_text(encoding="utf-8"))
    tab.goto("about:blank")
    watch = Watch(tab)
    tab.set_content(str(shown))
    looked_at(tab.locator("h1").first)
    tab.wait_for_timeout(300)
    watch.saw_nothing()


def exported(tab: Tab, app: Served, document: Document, format_name: str, folder: Path) -> Path:
    tab.goto(f"{app.address}/viewer?document={document.id}")
    tab.get_by_role("button", name="Export").click()
    with tab.expect_download() as download:
        tab.locator(".doc-export").filter(has_text=format_name).first.click()
    path = folder / f"export.{format_name.lower()}"
    download.value.save_as(path)
    return path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_stcore/agent/interact"),
        ("GET", "/_stcore/agent/openapi.json"),
        ("POST", "/_stcore/agent/mcp"),
        ("PUT", "/_stcore/upload_file/anything/at-all"),
    ],
)
def test_ways_in_that_are_not_used_are_closed(app: Served, method: str, path: str) -> None:
    assert httpx.request(method, app.address + path, json={}).status_code == 404


@pytest.mark.parametrize(
    "path",
    (
        "/ /viewer /healthz /images/page/x/1.jpg /uploads/x /_stcore/health /_stcore/agent/mcp /static/nothing.js "
        "/media/nothing /..%2f..%2fetc/passwd /component/none/x.js /nothing/at/all"
    ).split(),
)
def test_every_answer_carries_the_security_headers(app: Served, path: str) -> None:
    answer = httpx.get(app.address + path)
    assert {name: answer.headers.get(name) for name in headers()} == headers()


# uploads


def drop(tab: Tab, app: Served, *paths: Path) -> None:
    tab.goto(app.address)
    expect(tab.locator(".dropzone")).to_be_visible()
    tab.locator("input[type=file]").set_input_files(list(paths))


@pytest.mark.usefixtures("watch")
def test_several_files_and_a_zip_are_added_and_what_is_refused_is_told(tab: Tab, app: Served, tmp_path: Path) -> None:
    packed = tmp_path / "more.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in a zip.pdf", pdf(tmp_path / "z.pdf", "Zipped.").read_bytes())
        archive.writestr(f"{TAG}.pdf", b"")
    one, again = pdf(tmp_path / f"one {TAG}.pdf", "One."), tmp_path / "again.pdf"
    again.write_bytes(one.read_bytes())
    drop(tab, app, one, pdf(tmp_path / "two.pdf", "Two."), again, packed)
    status = tab.locator(".dropzone").get_by_role("status")
    expect(status).to_have_text("3 added, 1 already here, 1 not taken")
    refused = tab.get_by_role("list", name="Files that were not taken")
    expect(refused).to_contain_text(f"{TAG}.pdf")
    expect(refused).to_contain_text("The file is empty")
    looked_at(tab.locator(".doc-name").filter(has_text="in a zip.pdf"))
    tab.get_by_role("button", name="Dismiss").click()
    expect(status).to_have_text("")


@pytest.mark.usefixtures("watch")
def test_a_large_file_goes_through_the_server_and_not_into_its_memory(tab: Tab, app: Served, tmp_path: Path) -> None:
    server = psutil.Process(app.pid)
    drop(tab, app, pdf(tmp_path / "before.pdf", "Before."))
    status = tab.locator(".dropzone").get_by_role("status")
    expect(status).to_contain_text("1 added")
    before = highest = server.memory_info().rss
    tab.locator("input[type=file]").set_input_files(large(tmp_path))
    while "not taken" not in (status.text_content() or ""):
        highest = max(highest, server.memory_info().rss)
        tab.wait_for_timeout(20)
    expect(tab.get_by_text("not a document that can be read")).to_be_visible()
    assert highest - before < BIG_BYTES / 2


@pytest.mark.usefixtures("watch")
def test_an_upload_that_is_cancelled_leaves_nothing(tab: Tab, app: Served, settings: Settings, tmp_path: Path) -> None:
    network = tab.context.new_cdp_session(tab)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1_000_000}
    network.send("Network.emulateNetworkConditions", slow)
    drop(tab, app, large(tmp_path))
    expect(tab.locator(".dropzone progress")).to_be_visible()
    tab.get_by_role("button", name="Cancel zeros.pdf").click()
    expect(tab.locator(".dropzone progress")).to_have_count(0)
    folder = staging.folder(settings)
    while list(folder.iterdir()):
        tab.wait_for_timeout(50)


def large(folder: Path) -> Path:
    """A sparse file of zeros that begins like nothing."""
    path = folder / "zeros.pdf"
    with path.open("wb") as file:
        file.write(b"nothing")
        file.truncate(BIG_BYTES)
    return path
