"""docintel.server.hosts: who may talk to the app, under which name."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from docintel.server.hosts import HostCheck, is_loopback
from tests.browsing import CHROMIUM, FLAGS, Served, served

FOREIGN = "evil.example"
ALLOWED = ("docs.example.org", "*.intern.example.org", "tunnel.example.org:9000", "localhost:9000", "[fd00::7]:9000")


FETCHED = "path => fetch(path).then(answer => answer.status)"
CONNECTED = """address => new Promise(done => {
    const socket = new WebSocket(address, ["streamlit"]);
    socket.onopen = () => done("open");
    socket.onerror = () => done("refused");
})"""


async def _greet(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


@pytest.fixture
def client() -> TestClient:
    routes = [
        Route("/", lambda _request: PlainTextResponse("hello"), methods=["GET", "PUT"]),
        WebSocketRoute("/stream", _greet),
    ]
    middleware = [Middleware(HostCheck, allowed=lambda: ALLOWED)]
    return TestClient(Starlette(routes=routes, middleware=middleware), base_url="http://192.168.1.7:8501")


def is_greeted(client: TestClient, **headers: str) -> bool:
    try:
        with client.websocket_connect("ws://192.168.1.7:8501/stream", headers=headers) as websocket:
            return websocket.receive_text() == "hello"
    except WebSocketDisconnect:
        return False


@pytest.mark.parametrize(
    "host",
    [
        "localhost:8501",
        "LOCALHOST:8501",
        "127.0.0.1:8501",
        "[::1]:8501",
        "192.168.1.7:8501",
        "docs.example.org",
        "docs.example.org:8443",
        "a.intern.example.org",
        "tunnel.example.org:9000",
        "localhost:9000",
        "[fd00::7]:9000",
        f"{socket.gethostname()}:8501",
    ],
)
def test_the_served_address_and_allowed_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).text == "hello"
    assert is_greeted(client, Host=host)


@pytest.mark.parametrize(
    "host",
    [
        FOREIGN,
        f"{FOREIGN}:8501",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "example.org",
        "intern.example.org",
        "localhost:x",
        "localhost:99999",
        "",
        "@localhost",
        "localhost@evil.example",
        "docs.example.org.",
        "localhost",
        "localhost:8502",
        "127.0.0.1",
        "192.168.1.8:8501",
        "tunnel.example.org",
        "tunnel.example.org:9001",
        "[fd00::7]:8501",
        "localhost:8501/x",
    ],
)
def test_other_names_are_refused_and_the_refusal_says_what_to_set(client: TestClient, host: str) -> None:
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 403
    assert "DOCINTEL_ALLOWED_HOSTS" in answer.text
    assert not is_greeted(client, Host=host)


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8501", "http://localhost:8501"),
        ("docs.example.org", "https://docs.example.org"),
        ("docs.example.org:443", "https://docs.example.org"),
        ("127.0.0.1:8501", "https://docs.example.org"),  # a reverse proxy that puts its own Host
        ("127.0.0.1:8501", "https://tunnel.example.org:9000"),
    ],
)
def test_own_pages_may_change_things(client: TestClient, host: str, origin: str) -> None:
    assert client.put("/", headers={"Host": host, "Origin": origin}).text == "hello"
    assert is_greeted(client, Host=host, Origin=origin)


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:3000",
        "https://localhost:8501x",
        f"http://{FOREIGN}:8501",
        "http://127.0.0.1:8501",
        "http://localhost:9000",
        "https://docs.example.org:8443",
        "https://tunnel.example.org",
        "null",
        "",
        "file://",
        "chrome-extension://localhost:8501",
    ],
)
def test_other_pages_may_not_not_even_of_another_port(client: TestClient, origin: str) -> None:
    headers = {"Host": "localhost:8501", "Origin": origin}
    assert client.put("/", headers=headers).status_code == 403
    assert client.get("/", headers=headers).status_code == 403
    assert not is_greeted(client, **headers)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_may_link_here_but_not_ask_for_anything(client: TestClient, site: str) -> None:
    headers = {"Host": "localhost:8501", "Sec-Fetch-Site": site}
    assert client.get("/", headers=headers | {"Sec-Fetch-Mode": "navigate"}).text == "hello"
    for mode in ("no-cors", "cors", "websocket"):
        assert client.get("/", headers=headers | {"Sec-Fetch-Mode": mode}).status_code == 403
    assert client.put("/", headers=headers | {"Sec-Fetch-Mode": "navigate"}).status_code == 403


def test_what_is_no_browser_sends_no_origin(client: TestClient) -> None:
    assert client.put("/", headers={"Host": "localhost:8501"}).text == "hello"
    assert is_greeted(client, Host="localhost:8501")


@pytest.mark.parametrize(
    ("name", "is_near"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("::", False)]
)
def test_a_server_that_only_this_machine_reaches_is_known(name: str, is_near: bool) -> None:
    assert is_loopback(name) is is_near


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("app"), engine="fake") as address:
        yield address


@pytest.mark.parametrize("path", ["/", "/viewer", "/healthz", "/metrics", "/_stcore/health", "/images/page/a/1.jpg"])
def test_the_app_answers_under_its_own_name_only(app: Served, path: str) -> None:
    port = urlsplit(app.address).port
    assert "DOCINTEL_ALLOWED_HOSTS" not in httpx.get(app.address + path).text
    refused = httpx.get(app.address + path, headers={"Host": f"{FOREIGN}:{port}"})
    assert refused.status_code == 403
    assert "DOCINTEL_ALLOWED_HOSTS" in refused.text


@contextmanager
def stream(app: Served, origin: str) -> Iterator[None]:
    address = f"{app.address.replace('http', 'ws')}/_stcore/stream"
    with connect(address, subprotocols=[Subprotocol("streamlit")], origin=Origin(origin)):
        yield


def test_the_apps_websocket_opens_to_its_own_pages_only(app: Served) -> None:
    with stream(app, app.address):
        pass
    for origin in ("http://localhost:3000", "http://127.0.0.1:1", f"http://{FOREIGN}"):
        with pytest.raises(InvalidStatus, match="403"), stream(app, origin):
            pass


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_website_that_resolves_to_this_machine_sees_nothing(app: Served) -> None:
    port = urlsplit(app.address).port
    with sync_playwright() as playwright:
        rules = f"--host-resolver-rules=MAP {FOREIGN} 127.0.0.1"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, rules])
        page = browser.new_page()
        page.goto(f"http://{FOREIGN}:{port}/")
        assert "does not answer to the name" in page.inner_text("body")
        for path in ("/healthz", "/metrics", "/_stcore/health"):
            assert page.evaluate(FETCHED, path) == 403
        assert page.evaluate(CONNECTED, f"ws://{FOREIGN}:{port}/_stcore/stream") == "refused"
        page.goto(f"http://localhost:{port}/")
        page.get_by_test_id("stTopNavLink").first.wait_for()
        assert page.evaluate(FETCHED, "/healthz") in {200, 503}
        assert page.evaluate(CONNECTED, f"ws://localhost:{port}/_stcore/stream") == "open"
        browser.close()
