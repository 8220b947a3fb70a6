"""Addresses of images and exports: for one user, in one browser, as long as the sign-in holds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from docintel.home import Home
from docintel.server.addresses import Addresses
from docintel.server.browsers import COOKIE, BrowserNames
from docintel.server.routes import Routes
from tests.houses import settings_in
from tests.people import ALICE, BOB, read_documents_of_both

ADDRESSES = Addresses(b"key")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with Home.open(settings_in(tmp_path_factory.mktemp("people")), owner=True) as opened:
        read_documents_of_both(opened.library, tmp_path_factory.mktemp("files"), None)
        yield opened


@pytest.fixture
def client(home: Home) -> TestClient:
    """The routes, and a page that names the browser, as the app serves them."""
    page = Route("/", lambda _request: HTMLResponse("<html></html>"))
    data = Route("/data", lambda _request: JSONResponse({}))
    routes = [page, data, *Routes(lambda: home, ADDRESSES).all()]
    middleware = [Middleware(BrowserNames, on_sign_out=lambda cookies: ADDRESSES.end(cookies.get(COOKIE, "")))]
    return TestClient(Starlette(routes=routes, middleware=middleware))


def mine(home: Home) -> str:
    return home.library.for_user(ALICE).documents()[0].id


def test_an_address_opens_in_the_browser_that_it_was_made_for_and_in_no_other(client: TestClient, home: Home) -> None:
    client.get("/")
    name = client.cookies[COOKIE]
    address = ADDRESSES.made_for(ALICE, name).page(mine(home), 1)
    assert client.get(address).status_code == 200
    client.cookies.clear()
    client.cookies.set(COOKIE, "another")
    assert client.get(address).status_code == 403
    client.cookies.clear()
    assert client.get(address).status_code == 403


def test_a_browser_is_named_once_with_a_page_in_a_cookie_that_scripts_cannot_read(client: TestClient) -> None:
    assert "set-cookie" not in client.get("/data").headers
    cookie = client.get("/").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "set-cookie" not in client.get("/").headers


def test_signing_out_gives_the_browser_another_name(client: TestClient) -> None:
    client.get("/")
    before = client.cookies[COOKIE]
    client.get("/auth/logout")
    assert client.cookies[COOKIE] != before


def test_after_signing_out_no_address_of_before_opens_with_a_copy_of_the_cookie(client: TestClient, home: Home) -> None:
    client.get("/")
    name = client.cookies[COOKIE]
    address = ADDRESSES.made_for(ALICE, name).page(mine(home), 1)
    assert client.get(address).status_code == 200
    client.get("/auth/logout")
    client.cookies.clear()
    client.cookies.set(COOKIE, name)
    assert client.get(address).status_code == 403


def test_an_address_shows_what_its_user_sees_at_the_moment_of_asking(client: TestClient, home: Home) -> None:
    library = home.library.for_user(ALICE)
    signed = ADDRESSES.made_for(BOB, "")
    addresses = [signed.page(mine(home), 1), signed.thumbnail(mine(home)), signed.export(mine(home), "text")]
    assert [client.get(address).status_code for address in addresses] == [404] * 3
    library.people.share("alice@example.org/bills", readers=[BOB.id])
    assert [client.get(address).status_code for address in addresses] == [200] * 3
    library.people.share("alice@example.org/bills", remove=[BOB.id])
    assert [client.get(address).status_code for address in addresses] == [404] * 3


def test_an_address_cannot_be_turned_into_another_users(client: TestClient, home: Home) -> None:
    address = ADDRESSES.made_for(BOB, "").page(mine(home), 1)
    for changed in (address.replace("bob%40", "alice%40"), address.replace("/for/bob%40example.org", "")):
        assert changed != address
        assert client.get(changed).status_code == 403


def test_no_address_outlives_its_users_sign_in(client: TestClient, home: Home) -> None:
    over = ALICE.model_copy(update={"until": datetime.now(UTC) - timedelta(seconds=1)})
    assert client.get(ADDRESSES.made_for(over, "").page(mine(home), 1)).status_code == 403


def test_an_export_by_address_stands_in_the_trail(client: TestClient, home: Home) -> None:
    assert client.get(ADDRESSES.made_for(ALICE, "").export(mine(home), "json")).status_code == 200
    newest = home.library.people.trail()[0]
    assert (newest.user, newest.action, newest.detail) == (ALICE.id, "exported", "json")
