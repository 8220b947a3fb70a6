"""docintel.server.accounts: passwords, local users, their sessions, and an app that only they can open."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from docintel.errors import DamagedStore, NotFound, SignedOut, StoreBusy, UsageError
from docintel.library import Library
from docintel.library.people.repository import People
from docintel.model import User
from docintel.server.accounts import COOKIE, Accounts, passwords
from docintel.server.accounts.check import SIGN_IN, SignInCheck
from docintel.server.accounts.recording import PeopleOf
from docintel.server.accounts.sessions import HOLDS_S, Sessions
from docintel.server.accounts.tries import MAX_FROM_ONE, MAX_IN_ALL, WINDOW_S, Tries
from docintel.server.accounts.users import FILE, Users
from tests.browsing import CHROMIUM, Served, a_browser, running
from tests.houses import pdf, settings_in, work

PASSWORD = "correct horse battery"
ALICE, BOB = "alice@example.org", "bob@example.org"


async def _greet(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


def of_no_home(_user: User | None) -> People:
    raise StoreBusy("nobody's home can be written just now")


def client_of(accounts: Accounts | None, people: PeopleOf = of_no_home) -> TestClient:
    def hello(_request: object) -> PlainTextResponse:
        return PlainTextResponse("hello")

    routes = [Route(path, hello, methods=["GET", "PUT"]) for path in ("/", "/viewer", "/healthz", "/auth/logout")]
    middleware = [Middleware(SignInCheck, accounts=lambda: accounts, people=people)]
    return TestClient(Starlette(routes=[*routes, WebSocketRoute("/stream", _greet)], middleware=middleware))


def is_greeted(client: TestClient) -> bool:
    try:
        with client.websocket_connect("/stream"):
            return True
    except WebSocketDisconnect:
        return False


@pytest.fixture
def users(tmp_path: Path) -> Users:
    return Users(tmp_path)


@pytest.fixture
def client(users: Users) -> TestClient:
    """One password is for everybody."""
    return client_of(Accounts(users, passwords.hashed(PASSWORD)))


def sign_in(client: TestClient, password: str, address: str = "", *, wanted: str = "/") -> Any:
    form = {"address": address, "password": password}
    return client.post(SIGN_IN, params={"next": wanted}, data=form, follow_redirects=False)


# the check


def test_without_passwords_nobody_is_asked(users: Users) -> None:
    for client in (client_of(None), client_of(Accounts(users))):
        assert client.get("/").text == "hello"
        assert is_greeted(client)


def test_whoever_has_not_signed_in_gets_the_way_in_and_nothing_else(client: TestClient) -> None:
    assert client.get("/").status_code == client.put("/").status_code == 401
    assert not is_greeted(client)
    page = client.get("/viewer?document=d&page=2", headers={"Accept": "text/html"})
    assert page.url.path == SIGN_IN
    assert 'type="password"' in page.text
    assert 'type="email"' not in page.text
    assert client.get("/healthz").text == "hello"


def test_the_password_opens_the_page_that_was_asked_for(client: TestClient) -> None:
    answer = sign_in(client, PASSWORD, wanted="/viewer?document=d")
    assert (answer.status_code, answer.headers["location"]) == (303, "/viewer?document=d")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert client.get("/").text == "hello"
    assert is_greeted(client)


@pytest.mark.parametrize(
    "wanted", ["//evil.example/", "https://evil.example/", "/\\evil.example", "evil", "/sign-in", "/a\r\nX: y"]
)
def test_signing_in_leads_nowhere_else(client: TestClient, wanted: str) -> None:
    assert sign_in(client, PASSWORD, wanted=wanted).headers["location"] == "/"


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), "x" * 100_000])
def test_another_password_opens_nothing(client: TestClient, password: str) -> None:
    answer = sign_in(client, password)
    assert answer.status_code == 403
    assert "That is not right" in answer.text
    assert client.get("/").status_code == 401


def test_after_some_wrong_tries_not_even_the_right_one_counts_for_a_while(client: TestClient) -> None:
    answers = [sign_in(client, "wrong").status_code for _ in range(MAX_FROM_ONE)]
    assert answers == [403] * MAX_FROM_ONE
    assert sign_in(client, PASSWORD).status_code == 429
    assert client.get("/").status_code == 401


def test_who_signs_out_is_out_whoever_has_a_copy_of_the_cookie(client: TestClient) -> None:
    sign_in(client, PASSWORD)
    copy = client.cookies[COOKIE]
    assert client.get("/auth/logout", follow_redirects=False).headers["location"] == SIGN_IN
    client.cookies.set(COOKIE, copy)
    assert client.get("/").status_code == 401


def test_a_cookie_that_was_made_up_opens_nothing(client: TestClient) -> None:
    client.cookies.set(COOKIE, "made up")
    assert client.get("/").status_code == 401


def test_a_list_of_users_that_cannot_be_read_opens_the_app_to_nobody(tmp_path: Path, client: TestClient) -> None:
    sign_in(client, PASSWORD)
    (tmp_path / FILE).write_text("[1]", encoding="utf-8")
    assert client.get("/").status_code == 503
    assert not is_greeted(client)


def test_an_app_that_asked_for_passwords_goes_on_when_the_users_are_gone(users: Users, tmp_path: Path) -> None:
    users.add(ALICE, PASSWORD)
    client = client_of(Accounts(Users(tmp_path)))
    assert client.get("/").status_code == 401
    (tmp_path / FILE).unlink()
    assert client.get("/").status_code == 401


def test_signing_in_failing_and_signing_out_stand_in_the_audit_trail(users: Users, library: Library) -> None:
    client = client_of(Accounts(users, passwords.hashed(PASSWORD)), lambda user: library.for_user(user).people)
    sign_in(client, "wrong")
    sign_in(client, PASSWORD)
    client.get("/auth/logout")
    users.add(ALICE, PASSWORD)
    for address in (BOB, "a password typed in the wrong field"):
        sign_in(client, PASSWORD, address)
    sign_in(client, PASSWORD, ALICE)
    client.get("/auth/logout")
    trail = [(each.action, each.user, each.detail) for each in reversed(library.people.trail())]
    assert trail[:5] == [
        ("failed to sign in", "", "from testclient"),
        ("signed in", "", "by the password for everybody"),
        ("signed out", "", ""),
        ("failed to sign in", "", f"as {BOB} from testclient"),
        ("failed to sign in", "", "from testclient"),
    ]
    assert [(action, user) for action, user, _ in trail[5:]] == [("signed in", ALICE), ("signed out", ALICE)]


# users


def test_users_sign_in_with_their_own_password(users: Users, tmp_path: Path) -> None:
    users.add("Alice@Example.org", PASSWORD)
    users.add(BOB, f"{PASSWORD} of Bob's")
    accounts = Accounts(users, passwords.hashed("the one for everybody"))
    assert accounts.sign_in(ALICE, f"{PASSWORD} of Bob's") is None
    assert accounts.sign_in("", "the one for everybody") is None
    assert accounts.sign_in("carol@example.org", PASSWORD) is None
    name = accounts.sign_in("ALICE@example.org", PASSWORD)
    assert name
    found = accounts.user(name, settings_in(tmp_path, admins=(ALICE,)))
    assert found and (found.id, found.is_admin) == (ALICE, True)
    assert found.until is not None


def test_who_is_removed_or_gets_another_password_is_signed_out(users: Users, tmp_path: Path) -> None:
    for each in (ALICE, BOB):
        users.add(each, PASSWORD)
    accounts = Accounts(Users(tmp_path))  # another process
    alice, bob = accounts.sign_in(ALICE, PASSWORD), accounts.sign_in(BOB, PASSWORD)
    assert alice and bob
    users.remove(ALICE)
    users.change_password(BOB, "another one, as long")
    for name in (alice, bob):
        with pytest.raises(SignedOut):
            accounts.user(name, settings_in(tmp_path))
    assert list(Users(tmp_path).all()) == [BOB]


def test_users_that_make_no_sense_are_refused(users: Users, tmp_path: Path) -> None:
    users.add(ALICE, PASSWORD)
    for address, password in ((ALICE, PASSWORD), ("alice", PASSWORD), (BOB, "short")):
        with pytest.raises(UsageError):
            users.add(address, password)
    with pytest.raises(NotFound):
        users.remove(BOB)
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    assert PASSWORD not in text
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0
    (tmp_path / FILE).write_text("{", encoding="utf-8")
    with pytest.raises(DamagedStore):
        Users(tmp_path).all()


def test_a_password_file_holds_the_password_or_its_hash_and_is_its_owners_only(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n", encoding="utf-8")
    assert passwords.is_right(PASSWORD, passwords.read(file))
    file.write_text(f"{passwords.hashed(PASSWORD)}\n", encoding="utf-8")
    assert passwords.is_right(PASSWORD, passwords.read(file))
    file.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        passwords.read(file)
    with pytest.raises(UsageError):
        passwords.read(tmp_path / "missing")


# sessions and tries


def test_a_session_ends_by_itself() -> None:
    now = [0.0]
    sessions = Sessions(clock=lambda: now[0])
    name = sessions.begin(ALICE, "hash")
    now[0] = HOLDS_S - 1
    assert sessions.find(name)
    now[0] = HOLDS_S
    assert sessions.find(name) is None


def test_tries_are_limited_by_address_and_in_all_and_come_back() -> None:
    now = [0.0]
    tries = Tries(clock=lambda: now[0])
    assert [tries.begin("a") for _ in range(MAX_FROM_ONE + 1)] == [True] * MAX_FROM_ONE + [False]
    assert sum(tries.begin(f"b{number}") for number in range(2 * MAX_IN_ALL)) == MAX_IN_ALL - MAX_FROM_ONE
    tries.forget("a")
    assert tries.begin("a")
    now[0] = WINDOW_S
    assert all(tries.begin(f"c{number}") for number in range(MAX_IN_ALL))


# the app


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "docintel", "serve", "--home", str(folder / "home"), *options, "--port"]


ENVIRONMENT = os.environ | {"DOCINTEL_ENGINE": "fake", "DOCINTEL_JOBS": "1"}


def test_a_network_is_not_served_where_nobody_would_have_to_sign_in(tmp_path: Path) -> None:
    refused = subprocess.run(
        [*command(tmp_path, "--host", "0.0.0.0"), "8739"], env=ENVIRONMENT, capture_output=True, text=True, cwd=tmp_path
    )
    assert refused.returncode == 2
    assert "--password-file" in refused.stderr and "docintel users add" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_nor_where_streamlit_serves_the_app(tmp_path: Path) -> None:
    from docintel.settings import PROJECT

    options = ["--server.address", "0.0.0.0", "--server.port", "8739"]
    environment = ENVIRONMENT | {"DOCINTEL_HOME": str(tmp_path / "home")}
    run = [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py"), *options]
    refused = subprocess.run(run, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert refused.returncode != 0
    assert "everybody on the network" in refused.stderr


@contextmanager
def behind_password(folder: Path) -> Iterator[Served]:
    file = folder / "password"
    file.write_text(PASSWORD, encoding="utf-8")
    options = ("--host", "0.0.0.0", "--password-file", str(file))
    with running(command(folder, *options), folder, ENVIRONMENT) as app:
        yield app


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as opened:
        yield opened


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_the_app_behind_a_password_opens_to_who_knows_it(tmp_path: Path, browser: Browser) -> None:
    with behind_password(tmp_path) as app:
        for path in (
            "/viewer",
            "/_stcore/health",
            "/_stcore/host-config",
            "/static/nothing.js",
            "/images/page/a/1.jpg",
        ):
            assert httpx.get(app.address + path).status_code == 401
        with pytest.raises(InvalidStatus, match="403"):
            connect(f"{app.address.replace('http', 'ws')}/_stcore/stream", subprotocols=[Subprotocol("streamlit")])
        tab = browser.new_context().new_page()
        tab.goto(f"{app.address}/jobs")
        tab.get_by_label("Password").fill(PASSWORD)
        tab.get_by_role("button", name="Sign in").click()
        expect(tab.get_by_test_id("stTopNavLink").first).to_be_visible()
        assert tab.url == f"{app.address}/jobs"
        tab.get_by_role("link", name="Sign out").click()
        expect(tab.get_by_label("Password")).to_be_visible()
        tab.goto(app.address)
        expect(tab.get_by_label("Password")).to_be_visible()


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_local_users_see_their_own_documents(tmp_path: Path, browser: Browser) -> None:
    library = Library.open(settings_in(tmp_path))
    for name in (ALICE, BOB):
        Users(library.settings.home).add(name, f"{PASSWORD} {name}")
        file = pdf(tmp_path / "a.pdf", f"A letter of {name}'s.")
        library.for_user(User(id=name, name=name)).add(file, name=f"letter of {name}.pdf", collection="letters")
    work(library)
    library.close()
    with running(command(tmp_path), tmp_path, ENVIRONMENT) as app:
        tab = browser.new_context().new_page()
        tab.goto(app.address)
        tab.get_by_label("E-mail").fill(ALICE)
        tab.get_by_label("Password").fill(f"{PASSWORD} {ALICE}")
        tab.get_by_role("button", name="Sign in").click()
        expect(tab.get_by_text(f"letter of {ALICE}.pdf").first).to_be_visible()
        assert tab.get_by_text(f"letter of {BOB}.pdf").count() == 0
        Users(tmp_path / "home").remove(ALICE)
        tab.goto(app.address)
        expect(tab.get_by_label("Password")).to_be_visible()
