"""A home that is read-only, gone or damaged: what can be done is done, all else is told, nothing is made anew."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from docintel.errors import DamagedStore, StoreUnavailable
from docintel.home import Home
from docintel.library import Library
from docintel.library.store import DATABASE
from docintel.server.addresses import Addresses
from docintel.server.metrics import StreamlitMetrics
from docintel.server.routes import Routes
from docintel.settings import Settings
from tests.houses import pdf, settings_in
from tests.waiting import PATIENCE_S

NOBODY = 65_534


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """Nobody may write in `folder` while inside; root, who may always, is somebody else meanwhile."""
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
        path.chmod(0o500 if path.is_dir() else 0o400)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        for path in paths:
            path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.fixture
def settings() -> Iterator[Settings]:
    """Of a home with a document, in a folder that everybody may come to."""
    with tempfile.TemporaryDirectory(prefix="docintel-test-") as folder:
        Path(folder).chmod(0o755)
        found = settings_in(Path(folder))
        library = Library.open(found)
        library.add(pdf(Path(folder) / "a.pdf", "a text"), name="a.pdf")
        library.close()
        yield found


def test_a_read_only_home_can_be_looked_at_and_says_what_else_it_cannot(settings: Settings) -> None:
    other = pdf(settings.home.parent / "b.pdf", "another")
    other.chmod(0o644)
    with without_rights(settings.home):
        with pytest.raises(StoreUnavailable, match="read-only"):
            Home.open(settings, owner=True)
        with Home.open(settings) as home:
            assert not home.is_owner
            assert [document.name for document in home.library.documents()] == ["a.pdf"]
            assert not home.health().writable and not home.health().is_good
            assert home.status().documents == {"queued": 1}
            with pytest.raises(StoreUnavailable):
                home.library.add(other, name="b.pdf")
            with pytest.raises(StoreUnavailable):
                home.queue.pause("for a while")


def test_a_home_that_is_gone_is_told_and_not_made_anew(settings: Settings) -> None:
    away = settings.home.with_name("away")
    with Home.open(settings, owner=False) as home:
        settings.home.rename(away)
        with pytest.raises(StoreUnavailable):
            home.health()
        with pytest.raises(StoreUnavailable):
            home.library.add(pdf(away.parent / "b.pdf", "another"), name="b.pdf")
    assert not settings.home.exists()


def test_a_worker_of_a_home_that_is_gone_ends_in_a_line(settings: Settings) -> None:
    shutil.rmtree(settings.home)
    command = [sys.executable, "-m", "docintel.workers"]
    sent = f"{settings.model_dump_json()}\n"
    ended = subprocess.run(command, input=sent, capture_output=True, text=True, timeout=PATIENCE_S)
    assert ended.returncode == 1
    assert "the worker ends: DOCINTEL_HOME cannot be written" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not settings.home.exists()


# health and metrics


def client_of(home: Home) -> TestClient:
    return TestClient(Starlette(routes=Routes(lambda: home, Addresses(b"key")).all()), client=("127.0.0.1", 50_000))


@pytest.mark.parametrize("where", [0, 100])
def test_health_does_not_call_a_damaged_database_well(settings: Settings, where: int) -> None:
    """Its first bytes, or the list of its tables: what this process remembers of either is still right."""
    with Home.open(settings, owner=False) as home:
        assert client_of(home).get("/healthz").status_code == 200
        with (settings.home / DATABASE).open("r+b") as file:
            file.seek(where)
            file.write(b"\xff" * 40)
        with pytest.raises(DamagedStore):
            home.health()
        answer = client_of(home).get("/healthz")
        assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")


def test_health_remembers_the_damage_that_a_query_met(settings: Settings) -> None:
    with Home.open(settings, owner=False) as home:
        with home.library.store.read() as tx:
            root = tx.value("SELECT rootpage FROM sqlite_master WHERE name = 'documents'")
            size = tx.value("PRAGMA page_size")
        home.health()
        home.library.store.database.close()
        with (settings.home / DATABASE).open("r+b") as file:
            file.seek((root - 1) * size)
            file.write(b"\xff" * size)
        with pytest.raises(DamagedStore):
            home.library.documents()
        with pytest.raises(DamagedStore):
            home.health()


def newer() -> Home:
    raise DamagedStore("DOCINTEL_HOME was written by a newer docintel. Upgrade docintel to open it.")


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_a_home_of_a_newer_release_is_told_to_who_looks_after_it(path: str) -> None:
    answer = TestClient(Starlette(routes=Routes(newer, Addresses(b"key")).all())).get(path)
    assert answer.status_code == 503
    assert "newer docintel" in answer.text


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/base/_stcore/metrics"])
@pytest.mark.parametrize("token", ["", "sesame"])
def test_streamlits_own_metrics_ask_for_the_token_too(path: str, token: str) -> None:
    routes = [
        Route(path, lambda _request: PlainTextResponse("counts")),
        Route("/", lambda _: PlainTextResponse("page")),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(StreamlitMetrics, token=lambda: token)])
    near, far = TestClient(app, client=("127.0.0.1", 1)), TestClient(app, client=("192.0.2.1", 1))
    assert far.get("/").text == "page"
    assert far.get(path).status_code == 403
    assert near.get(path).status_code == (403 if token else 200)
    headers = {"Authorization": "Bearer sesame"}
    assert far.get(path, headers=headers).status_code == (200 if token else 403)
