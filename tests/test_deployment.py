"""docs/deployment/: what stands there works, in front of the app that it is for."""

import ctypes
import errno
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pymupdf
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from docintel.processes import kernel, sandbox, seccomp
from docintel.server import accounts, browsers
from docintel.server.accounts.tries import MAX_FROM_ONE
from docintel.settings import PROJECT
from tests.browsing import CHROMIUM, Served, Watch, a_browser, running
from tests.houses import pdf
from tests.waiting import until

RECIPES = PROJECT / "docs" / "deployment"
NAME = "docs.example.org"
PASSWORD = "correct horse battery"
MEGABYTE = 1_000_000
MAX_EXPOSURE = 15
"""Of 100, by systemd."""
ROOTS_OWN = {"capset", "chown", "fchown"}
"""Calls that docintel makes as root only; the unit has a user."""
STATUS = "path => fetch(path).then(answer => answer.status)"
NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def certificate(folder: Path) -> tuple[Path, Path]:
    """Self-signed, and its key."""
    made, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    command += ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(key), "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    return made, key


def replaced(text: str, changes: Mapping[str, str]) -> str:
    """By regular expressions. Each pattern stands in the recipe, or the test would try another one."""
    for pattern, instead in changes.items():
        text, count = re.subn(pattern, instead, text)
        assert count, pattern
    return text


def nginx(folder: Path, *, port: int, app_port: int) -> list[str]:
    made, key = certificate(folder)
    text = (RECIPES / "nginx.conf").read_text(encoding="utf-8")
    changes = {
        r"listen 80;": f"listen 127.0.0.1:{free_port()};",
        r"listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        r"listen \[::\]:.*;": "",
        r"/etc/ssl/docs\.pem": str(made),
        r"/etc/ssl/docs\.key": str(key),
        r"127\.0\.0\.1:8501": f"127.0.0.1:{app_port}",
    }
    (folder / "site.conf").write_text(replaced(text, changes), encoding="utf-8")
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder), encoding="utf-8")
    return ["nginx", "-p", str(folder), "-e", str(folder / "nginx.log"), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, *, port: int, app_port: int) -> list[str]:
    made, key = certificate(folder)
    text = (RECIPES / "Caddyfile").read_text(encoding="utf-8")
    changes = {
        r"(?m)^\{$": "{\n\tadmin off\n\tauto_https disable_redirects",
        rf"(?m)^{re.escape(NAME)} \{{$": f"https://{NAME}:{port} {{\n\tbind 127.0.0.1\n\ttls {made} {key}",
        r"127\.0\.0\.1:8501": f"127.0.0.1:{app_port}",
    }
    (folder / "Caddyfile").write_text(replaced(text, changes), encoding="utf-8")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@contextmanager
def proxied(folder: Path, recipe: Callable[..., list[str]]) -> Iterator[Served]:
    """The app with a password, and the proxy in front of it: the latter's address."""
    port = free_port()
    (folder / "password").touch(0o600)
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    command = [sys.executable, "-m", "docintel", "serve", "--home", str(folder / "home")]
    command += ["--password-file", str(folder / "password"), "--port"]
    settings = {"DOCINTEL_ENGINE": "fake", "DOCINTEL_JOBS": "1", "DOCINTEL_ALLOWED_HOSTS": f"{NAME}:{port}"}
    with running(command, folder, os.environ | settings) as app:
        proxy = recipe(folder, port=port, app_port=port_of(app))
        own = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        with (folder / "proxy.log").open("wb") as log:
            started = subprocess.Popen(proxy, stdout=log, stderr=log, env=os.environ | own)
            try:
                until(lambda: is_listening(port))
                yield Served(f"https://{NAME}:{port}", app.pid)
            finally:
                started.terminate()
                started.wait()


def port_of(app: Served) -> int:
    return int(app.address.rpartition(":")[2])


def is_listening(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module", params=[nginx, caddy])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    name = request.param.__name__
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    with proxied(tmp_path_factory.mktemp(name), request.param) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    with a_browser(f"--host-resolver-rules=MAP {NAME} 127.0.0.1") as opened:
        yield opened


class Near(httpx.HTTPTransport):
    """Finds NAME on this machine, whose certificate nobody signed."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "sni_hostname": NAME}
        request.url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(request)


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.fixture
def outside(app: Served) -> Iterator[httpx.Client]:
    """Somebody who has not signed in."""
    with httpx.Client(base_url=app.address, transport=Near(verify=trusting())) as client:
        yield client


@contextmanager
def stream(app: Served, origin: str) -> Iterator[None]:
    address = app.address.replace("https", "wss")
    with (
        socket.create_connection(("127.0.0.1", port_of(app))) as near,
        connect(
            f"{address}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit")],
            origin=Origin(origin),
            sock=near,
            ssl=trusting(),
            server_hostname=NAME,
        ),
    ):
        yield


def test_who_has_not_signed_in_sees_nothing_through_the_proxy(app: Served, outside: httpx.Client) -> None:
    assert outside.get("/healthz").status_code == 200
    assert outside.get("/metrics").status_code == 403
    for path in ("/", "/viewer", "/_stcore/health", "/images/page/a/1.jpg"):
        assert outside.get(path).status_code == 401
    for origin in (app.address, "https://evil.example"):
        with pytest.raises(InvalidStatus, match="403"), stream(app, origin):
            pass
    strange = outside.get("/healthz", headers={"Host": "evil.example"})
    assert strange.status_code == 403 or not strange.content


def test_the_app_works_through_the_proxy(app: Served, outside: httpx.Client, browser: Browser, tmp_path: Path) -> None:
    context = browser.new_context(ignore_https_errors=True)
    tab = context.new_page()
    sign_in(tab, app)
    watch = Watch(tab, app.address)
    assert {cookie["name"] for cookie in context.cookies() if cookie["secure"]} >= {accounts.COOKIE, browsers.COOKIE}
    image = image_of(tab, upload(tab, large_pdf(tmp_path / "large.pdf")))
    assert tab.evaluate(STATUS, image) == 200
    assert outside.get(image).status_code == 401
    watch.saw_nothing()
    tab.get_by_role("link", name="Sign out").click()
    expect(tab.get_by_label("Password")).to_be_visible()
    assert tab.evaluate(STATUS, image) == 401


def test_tries_are_counted_by_the_address_that_they_come_from(outside: httpx.Client) -> None:
    """Last: the right password would be refused for a while, too."""
    form = {"address": "", "password": "wrong"}
    answers = [
        outside.post("/sign-in", data=form, headers={"X-Forwarded-For": f"10.0.0.{number}"}).status_code
        for number in range(MAX_FROM_ONE + 1)
    ]
    assert answers == [403] * MAX_FROM_ONE + [429]


def sign_in(tab: Page, app: Served) -> None:
    tab.goto(app.address)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_text("From scans to answers")).to_be_visible()


def upload(tab: Page, file: Path) -> Locator:
    """The document's row in the list, once it has been read."""
    tab.locator("input[type=file]").set_input_files(file)
    row = tab.locator('[class*="st-key-document-"]').filter(has_text=file.name)
    expect(row.get_by_text("Ready", exact=True)).to_be_visible()
    return row


def image_of(tab: Page, row: Locator) -> str:
    """The address of the page's image, as the viewer shows it."""
    row.get_by_role("link", name="Open").click()
    image = tab.locator(".viewer img").first
    expect(image).not_to_have_js_property("naturalWidth", 0)
    return str(image.get_attribute("src"))


def large_pdf(path: Path) -> Path:
    """Of one page, and 20 MB that cannot be compressed."""
    with pymupdf.open(pdf(path.with_suffix(".small"), "A letter of weight.")) as document:
        document.embfile_add("noise", os.urandom(20 * MEGABYTE))
        document.save(path)
    assert path.stat().st_size > 20 * MEGABYTE
    return path


# the systemd unit


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """With a program that is there: systemd looks for it."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    text = (RECIPES / "docintel.service").read_text(encoding="utf-8")
    path = tmp_path / "docintel.service"
    path.write_text(replaced(text, {"/opt/docintel/.venv/bin/docintel": "/bin/true"}), encoding="utf-8")
    return path


def analyzed(*arguments: str) -> str:
    done = subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr + done.stdout
    return done.stdout


def test_systemd_understands_the_unit_and_finds_little_exposed(unit: Path) -> None:
    assert analyzed("verify", str(unit)) == ""
    analyzed("security", "--offline=true", f"--threshold={MAX_EXPOSURE}", str(unit))


def allowed_calls(unit: Path) -> set[str]:
    """Names of the system calls that the unit's filter lets through."""
    calls = calls_of("@default")
    for line in re.findall(r"(?m)^SystemCallFilter=(.+)$", unit.read_text(encoding="utf-8")):
        named = set[str]().union(*map(calls_of, line.removeprefix("~").split()))
        calls = calls - named if line.startswith("~") else calls | named
    return calls


def calls_of(name: str) -> set[str]:
    if not name.startswith("@"):
        return {name}
    _, *lines = analyzed("syscall-filter", name).splitlines()
    names = [line.strip() for line in lines if line.strip() and "#" not in line]
    return set[str]().union(*map(calls_of, names))


def confine(calls: set[str]) -> None:
    """This process, to these calls: others fail as the unit has them fail."""
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    library = seccomp._library()
    assert library is not None
    context = library.seccomp_init(ctypes.c_uint32(0x00050000 | errno.EPERM))
    for call in calls:
        seccomp._add(library, context, seccomp.ALLOW, call)
    seccomp._check(library.seccomp_load(context))


@pytest.mark.skipif(bool(sandbox.missing()), reason=f"not on this kernel: {sandbox.missing()}")
def test_the_units_filter_leaves_the_sandbox_its_calls(unit: Path, tmp_path: Path) -> None:
    calls = allowed_calls(unit) | (ROOTS_OWN if os.geteuid() == 0 else set())
    letter = pdf(tmp_path / "letter.pdf", "Dear Sir")
    home = ["--home", str(tmp_path / "home"), "--engine", "local", "--json"]
    done = confined(calls, "-m", "docintel", "ingest", str(letter), *home)
    assert json.loads(done)["state"] == "ready"
    says = "from docintel.processes import sandbox; print(*sandbox.missing())"
    assert confined(calls, "-c", says).strip() == ""
    assert confined(calls - {"landlock_create_ruleset"}, "-c", says).strip() == "Landlock"


def confined(calls: set[str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"DOCINTEL_SANDBOX": "required"},
        preexec_fn=lambda: confine(calls),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
