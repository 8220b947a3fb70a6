"""Two people in real browsers, signed in by an OpenID provider of this machine: neither reaches the other's pages."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from docintel.library import Library
from docintel.model import User
from tests.browsing import CHROMIUM, PATIENCE_MS, a_browser, served
from tests.houses import pdf, settings_in, work
from tests.waiting import answers, until

PEOPLE = ("alice", "bob")
BRIEF_S = 8
"""For how long a sign-in with the second provider holds."""
SECRETS = """
[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "a secret of this test, known to nobody else"
"""
PROVIDER = """
[auth.%s]
client_id = "docintel"
client_secret = "secret"
server_metadata_url = "%s"
"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@contextmanager
def provider(folder: Path, *, holds_s: int) -> Iterator[str]:
    """An OpenID provider that knows PEOPLE; the address of its metadata."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    claims = [{"sub": name, "email": f"{name}@example.org", "name": name.title()} for name in PEOPLE]
    people = [part for each in claims for part in ("--user-claims", json.dumps(each))]
    options = ["--port", str(port), "--token-max-age", str(holds_s), *people]
    metadata = f"http://127.0.0.1:{port}/.well-known/openid-configuration"
    command = [sys.executable, "-m", "oidc_provider_mock", *options]
    with (folder / f"{port}.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            until(lambda: answers(metadata))
            yield metadata
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("two")


@pytest.fixture(scope="module")
def library(folder: Path) -> Iterator[Library]:
    """A document of Alice's and one of Bob's, read before the app starts."""
    opened = Library.open(settings_in(folder))
    for name in PEOPLE:
        file = pdf(folder / f"{name}.pdf", f"A letter of {name}'s.")
        user = User(id=f"{name}@example.org", name=name)
        opened.for_user(user).add(file, name=f"letter of {name}.pdf", collection="letters")
    work(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def app(library: Library, folder: Path) -> Iterator[str]:
    """The app's address; its two providers differ in how long a sign-in holds."""
    assert library.people.has_owners
    with provider(folder, holds_s=3600) as lasting, provider(folder, holds_s=BRIEF_S) as brief:
        (folder / ".streamlit").mkdir()
        written = SECRETS + PROVIDER % ("lasting", lasting) + PROVIDER % ("brief", brief)
        (folder / ".streamlit" / "secrets.toml").write_text(written, encoding="utf-8")
        with served(folder, engine="fake", admins="") as running:
            yield running.address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as opened:
        yield opened


def sign_in(browser: Browser, app: str, name: str, *, provider: str = "Lasting") -> Page:
    """A browser of their own, in which they sign in."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.route(lambda url: urlsplit(url).hostname != "127.0.0.1", lambda route: route.abort())
    page = context.new_page()
    page.goto(app)
    page.get_by_role("button", name=f"Sign in with {provider}").click()
    page.get_by_role("button", name=name, exact=True).click()
    return page


@pytest.fixture(scope="module")
def alice(browser: Browser, app: str) -> Page:
    return sign_in(browser, app, "alice")


@pytest.fixture(scope="module")
def bob(browser: Browser, app: str) -> Page:
    return sign_in(browser, app, "bob")


def document_of(library: Library, name: str) -> str:
    return next(each.id for each in library.documents() if each.name == f"letter of {name}.pdf")


def image_in(page: Page, app: str, document: str) -> str:
    """The address of the first page's image, as the viewer shows it."""
    page.goto(f"{app}/viewer?document={document}&page=1")
    image = page.locator(".viewer img").first
    expect(image).not_to_have_js_property("naturalWidth", 0)
    return urljoin(app, str(image.get_attribute("src")))


def status(context: BrowserContext, address: str) -> int:
    return context.request.get(address).status


def test_nobody_is_let_in_without_signing_in(browser: Browser, app: str, library: Library) -> None:
    page = browser.new_page()
    for path in ("", "/ask", "/jobs", f"/viewer?document={document_of(library, 'alice')}"):
        page.goto(app + path)
        expect(page.get_by_role("button", name="Sign in with Lasting")).to_be_visible()
        expect(page.get_by_test_id("stTopNavLink")).to_have_count(0)
        expect(page.get_by_text("letter of")).to_have_count(0)
    page.close()


def test_two_people_see_their_own_and_reach_nothing_of_each_others(
    alice: Page, bob: Page, app: str, library: Library
) -> None:
    for page, name in ((alice, "alice"), (bob, "bob")):
        expect(page.get_by_text(f"letter of {name}.pdf").first).to_be_visible()
    expect(alice.get_by_text("letter of bob")).to_have_count(0)
    expect(bob.get_by_text("letter of alice")).to_have_count(0)
    theirs = document_of(library, "alice")
    image = image_in(alice, app, theirs)
    thumbnail = image.replace("/page/", "/thumbnail/")
    assert status(alice.context, image) == 200
    for address in (image, thumbnail, image.split("?")[0], image.replace("alice", "bob")):
        assert status(bob.context, address) == 403
    for path in (f"/images/page/{theirs}/1.jpg", f"/exports/{theirs}/text", f"/images/preview/{theirs}/1.jpg"):
        assert status(bob.context, app + path) == 403
    bob.goto(f"{app}/viewer?document={theirs}&page=1")
    expect(bob.get_by_text("This document is not here")).to_be_visible()
    bob.goto(f"{app}/ask?document={theirs}&question=Whose letter is it?")
    expect(bob.locator(".doc-answer")).to_be_visible(timeout=4 * PATIENCE_MS)
    expect(bob.get_by_text("alice")).to_have_count(0)


def test_an_owner_shares_a_collection_and_takes_it_back(alice: Page, bob: Page, app: str, library: Library) -> None:
    alice.goto(app)
    alice.get_by_role("button", name="Sharing").click()
    alice.get_by_placeholder("name@example.org").fill("bob@example.org")
    alice.get_by_role("button", name="Add", exact=True).click()
    remove = alice.get_by_role("button", name="Remove")
    expect(remove).to_be_visible()
    image = image_in(bob, app, document_of(library, "alice"))
    assert status(bob.context, image) == 200
    assert status(alice.context, image) == 403
    remove.click()
    expect(remove).to_have_count(0)
    assert status(bob.context, image) == 404
    bob.reload()
    expect(bob.get_by_text("This document is not here")).to_be_visible()


def test_no_address_is_taken_for_a_persons_unless_it_is_one(alice: Page, app: str) -> None:
    alice.goto(app)
    alice.get_by_role("button", name="Sharing").click()
    alice.get_by_placeholder("name@example.org").fill("bob")
    alice.get_by_role("button", name="Add", exact=True).click()
    expect(alice.get_by_text("is no e-mail address")).to_be_visible()


def test_signing_out_closes_the_app_also_to_who_has_a_copy_of_the_cookies(
    browser: Browser, bob: Page, app: str, library: Library
) -> None:
    image = image_in(bob, app, document_of(library, "bob"))
    assert status(bob.context, image) == 200
    copied = browser.new_context()
    copied.add_cookies([{**cookie} for cookie in bob.context.cookies()])  # type: ignore[typeddict-item]
    assert status(copied, image) == 200
    bob.locator(".st-key-who button").click()
    bob.get_by_role("button", name="Sign out").click()
    expect(bob.get_by_role("heading", name="End Session")).to_be_visible()  # the provider's own
    assert status(bob.context, image) == 403
    bob.goto(app)
    expect(bob.get_by_role("button", name="Sign in with Lasting")).to_be_visible()
    assert status(copied, image) == 403
    copy = copied.new_page()
    copy.goto(app)
    expect(copy.get_by_text("You have signed out")).to_be_visible()
    expect(copy.get_by_text("letter of")).to_have_count(0)
    copied.close()


def test_the_page_closes_by_itself_when_the_sign_in_ends(browser: Browser, app: str) -> None:
    page = sign_in(browser, app, "alice", provider="Brief")
    expect(page.get_by_text("Your sign-in has ended")).to_be_visible()
    expect(page.get_by_text("letter of alice")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("Your sign-in has ended")).to_be_visible()
    page.context.close()
