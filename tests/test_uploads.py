"""Uploads: streamed to the disk, taken whole or not at all, refused in words; names are data."""

import io
import os
import shutil
import socket
import sqlite3
import threading
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from math import inf
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
import uvicorn
from httpx2 import Response
from starlette.applications import Starlette
from starlette.testclient import TestClient

from docintel.home import Home
from docintel.ingest import INTERACTIVE
from docintel.intake import staging
from docintel.model import DocumentState, User
from docintel.server import uploads
from docintel.server.addresses import Addresses
from docintel.server.uploads import MAX_AT_ONCE, MAX_FROM_ONE, NAME, Busy, Pace, Places, UploadOptions, Uploads
from docintel.settings import Settings
from tests.houses import pdf, settings_in
from tests.waiting import until

ADDRESSES = Addresses(b"key")
BOB = User(id="bob@example.org", name="Bob")
OPTIONS = UploadOptions(collection="letters", languages=("el",))
MEGABYTE = 1_000_000


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home.open(settings_in(tmp_path, max_file_bytes=3 * MEGABYTE), owner=True) as opened:
        yield opened


@pytest.fixture
def client(home: Home) -> TestClient:
    return TestClient(Starlette(routes=Uploads(lambda: home, ADDRESSES).all()))


def put(
    client: TestClient,
    content: bytes | Iterator[bytes],
    name: str = "a.pdf",
    *,
    address: str = "",
    headers: dict[str, str] | None = None,
) -> Response:
    address = address or uploads.address(OPTIONS, ADDRESSES)
    return client.put(address, content=content, headers={NAME: quote(name), **(headers or {})})


def letter(tmp_path: Path, text: str = "Dear Sir") -> bytes:
    return pdf(tmp_path / "letter.pdf", text).read_bytes()


def left_over(home: Home) -> list[Path]:
    """What is in no place of the library yet."""
    return [*staging.folder(home.settings).iterdir(), *home.library.store.files.unfinished(older_than=inf)]


def test_a_file_is_in_the_library_when_it_is_acknowledged(client: TestClient, home: Home, tmp_path: Path) -> None:
    answer = put(client, letter(tmp_path), "Brief “1”.pdf")
    assert answer.json() == {"taken": [{"name": "Brief “1”.pdf", "error": "", "is_duplicate": False}]}
    [document] = home.library.documents()
    assert (document.name, document.collection, document.state) == ("Brief “1”.pdf", "letters", DocumentState.QUEUED)
    assert [job.priority for job in home.queue.jobs()] == [INTERACTIVE]
    assert not left_over(home)


def test_a_duplicate_is_told(client: TestClient, home: Home, tmp_path: Path) -> None:
    content = letter(tmp_path)
    put(client, content)
    assert put(client, content, "again.pdf").json()["taken"][0]["is_duplicate"]
    assert home.library.count() == 1


def test_every_document_of_a_zip_is_taken_and_what_cannot_be_is_told(
    client: TestClient, home: Home, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("two.pdf", letter(tmp_path))
        archive.writestr("../../etc/three.pdf", letter(tmp_path, "Dear Madam"))
        archive.writestr("empty.pdf", b"")
    taken = {each["name"]: each["error"] for each in put(client, packed.getvalue(), "more.zip").json()["taken"]}
    assert taken.pop("empty.pdf").startswith("The file is empty")
    assert taken == {"two.pdf": "", "etc/three.pdf": ""}
    assert {document.name for document in home.library.documents()} == set(taken)
    assert not left_over(home)


def test_a_file_that_is_no_document_is_refused_with_its_reason(client: TestClient, home: Home) -> None:
    [taken] = put(client, b"Dear Sir", "letter.pdf").json()["taken"]
    assert "not a document that can be read" in taken["error"]
    assert not home.library.count()
    assert not left_over(home)


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_file_over_the_limit_is_refused_as_soon_as_that_is_certain(
    client: TestClient, home: Home, is_announced: bool
) -> None:
    content = bytes(4 * MEGABYTE)
    answer = put(client, content if is_announced else iter([content]))
    assert answer.status_code == 413
    assert "the limit. Split it, or raise DOCINTEL_MAX_FILE_BYTES" in answer.text
    assert not left_over(home)


@pytest.mark.parametrize("is_announced", [True, False])
@pytest.mark.parametrize(("limit", "status"), [({"user_bytes": 10}, 413), ({"user_pages_queued": 1}, 429)])
def test_what_is_over_a_users_quota_is_refused_or_has_to_wait(
    tmp_path: Path, limit: dict[str, int], status: int, is_announced: bool
) -> None:
    bobs = uploads.address(OPTIONS, ADDRESSES.made_for(BOB, ""))
    with Home.open(settings_in(tmp_path, **limit), owner=True) as home:
        if "user_pages_queued" in limit:
            home.library.for_user(BOB).add(pdf(tmp_path / "first.pdf", "first"), name="first.pdf")
        before, content = home.library.count(), letter(tmp_path)
        client = TestClient(Starlette(routes=Uploads(lambda: home, ADDRESSES).all()))
        answer = put(client, content if is_announced else iter([content]), address=bobs)
        assert (answer.status_code, "DOCINTEL_USER_" in answer.text) == (status, True)
        assert home.library.count() == before
        assert not left_over(home)


def test_a_file_without_room_on_the_disk_waits(
    client: TestClient, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=home.settings.min_free_bytes + 10))
    answer = put(client, letter(tmp_path))
    assert answer.status_code == 507
    assert "has no room" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert not left_over(home)


def test_more_uploads_than_are_taken_at_once_are_sent_away_for_a_moment(client: TestClient, tmp_path: Path) -> None:
    content, begun, may_end = letter(tmp_path), threading.Barrier(MAX_FROM_ONE + 1), threading.Event()

    def slow() -> Iterator[bytes]:
        yield content[:10]
        begun.wait(20)
        may_end.wait(20)
        yield content[10:]

    answers: list[Response] = []
    threads = [threading.Thread(target=lambda: answers.append(put(client, slow()))) for _ in range(MAX_FROM_ONE)]
    for thread in threads:
        thread.start()
    begun.wait(20)
    busy = put(client, content)
    another = put(client, content, address=uploads.address(OPTIONS, ADDRESSES.made_for(BOB, "")))
    may_end.set()
    for thread in threads:
        thread.join(20)
    assert busy.status_code == 503
    assert another.status_code == 200
    assert "at once" in busy.text
    assert {answer.status_code for answer in answers} == {200}
    assert put(client, content).status_code == 200


def test_an_upload_that_breaks_off_leaves_nothing(client: TestClient, home: Home, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield letter(tmp_path)
        raise ConnectionError("the browser is gone")

    with pytest.raises(ConnectionError):
        put(client, broken())
    assert not home.library.count()
    assert not left_over(home)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("C:\\scans\\a.pdf", "C:/scans/a.pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\r\nSet-Cookie: x=1\0.pdf", "a  Set-Cookie: x=1.pdf"),
        ("請求書\u3000控\u00a01.pdf", "請求書 控 1.pdf"),
        ("a/.\0./b.pdf", "a/b.pdf"),
        ("", "unnamed"),
        ("x" * 4_000, "x" * 255),
        ("CON.pdf", "CON.pdf"),
        ("<img src=x onerror=alert(1)>.pdf", "<img src=x onerror=alert(1)>.pdf"),
    ],
)
def test_names_are_data(client: TestClient, home: Home, tmp_path: Path, name: str, shown: str) -> None:
    assert put(client, letter(tmp_path), name).status_code == 200
    assert [document.name for document in home.library.documents()] == [shown]


def test_only_a_signed_address_takes_files_and_only_from_our_own_pages(
    client: TestClient, home: Home, tmp_path: Path
) -> None:
    content, address = letter(tmp_path), uploads.address(OPTIONS, ADDRESSES)
    other = uploads.address(OPTIONS.model_copy(update={"collection": "theirs"}), Addresses(b"other key"))
    assert put(client, content, address=address.partition("?")[0]).status_code == 403
    assert put(client, content, address=other).status_code == 403
    assert put(client, content, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post(address, content=content).status_code == 405
    assert "access-control-allow-origin" not in client.options(address).headers
    assert not home.library.count()


def test_an_address_that_expired_is_renewed_for_what_was_chosen_then(
    client: TestClient, home: Home, tmp_path: Path
) -> None:
    past = Addresses(b"key", clock=lambda: 0.0)
    expired = uploads.address(OPTIONS, past)
    assert put(client, letter(tmp_path), address=expired).status_code == 403
    path = expired.partition("?")[0]
    renewed = uploads.renewed(path, ADDRESSES)
    assert renewed is not None
    assert put(client, letter(tmp_path), address=renewed).status_code == 200
    assert [document.collection for document in home.library.documents()] == ["letters"]
    assert uploads.renewed(path, ADDRESSES.made_for(BOB, "")) is None, "it was made for somebody else"
    assert uploads.renewed("/uploads/nonsense", ADDRESSES) is None
    assert uploads.renewed("/images/page/1.jpg", ADDRESSES) is None


def test_what_a_user_uploads_is_that_users(client: TestClient, home: Home, tmp_path: Path) -> None:
    ana = User(id="ana@example.org", name="Ana")
    address = uploads.address(OPTIONS, ADDRESSES.made_for(ana, browser=""))
    assert put(client, letter(tmp_path), address=address).status_code == 200
    assert home.library.for_user(ana).count() == 1
    assert home.library.for_user(User(id="ben@example.org", name="Ben")).count() == 0
    assert put(client, b"x", address=address.replace("ana", "ben")).status_code == 403


def test_a_library_that_does_not_answer_just_now_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.BUSY_TIMEOUT_S", 0.1)
    with Home.open(settings_in(tmp_path), owner=False) as busy:
        client = TestClient(Starlette(routes=Uploads(lambda: busy, ADDRESSES).all()))
        with closing(sqlite3.connect(busy.settings.home / "docintel.sqlite3", isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            answer = put(client, letter(tmp_path))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
        assert "busy" in answer.text
        assert not left_over(busy)
        assert not busy.library.count()
        assert put(client, letter(tmp_path)).status_code == 200


# over a real connection


@pytest.fixture
def port(home: Home) -> Iterator[int]:
    """A server of its own that takes uploads into `home`."""
    application = Starlette(routes=Uploads(lambda: home, ADDRESSES).all())
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def sent(port: int, body: bytes, *, length: int) -> socket.socket:
    """A connection over which a file of `length` bytes was announced and `body` was sent."""
    connection = socket.create_connection(("127.0.0.1", port))
    address = uploads.address(OPTIONS, ADDRESSES)
    head = f"PUT {address} HTTP/1.1\r\nHost: x\r\n{NAME}: a.pdf\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def test_a_file_that_came_whole_is_added_though_nobody_waits_for_the_answer(
    port: int, home: Home, tmp_path: Path
) -> None:
    content = letter(tmp_path)
    with home.library.store.write(), sent(port, content, length=len(content)):  # adding it waits for the database
        until(lambda: [path.stat().st_size for path in left_over(home)] == [len(content)])
    until(home.library.count)


def test_a_browser_that_goes_away_in_the_middle_leaves_nothing(port: int, home: Home, tmp_path: Path) -> None:
    content = letter(tmp_path)
    connection = sent(port, content[:-1], length=len(content))
    until(lambda: left_over(home))
    connection.close()
    until(lambda: not left_over(home))
    assert not home.library.count()


def test_an_upload_that_stalls_is_given_up(
    port: int, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "STALLED_S", 0.2)
    with sent(port, letter(tmp_path)[:10], length=500) as connection:
        assert b"503" in connection.recv(100)
    until(lambda: not left_over(home))


def test_an_upload_by_a_byte_at_a_time_is_given_up(
    port: int, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "STALLED_S", 0.5)
    with sent(port, letter(tmp_path)[:10], length=500) as connection:
        stopped = threading.Event()

        def trickle() -> None:
            while not stopped.wait(0.05):
                with suppress(OSError):
                    connection.send(b"x")

        thread = threading.Thread(target=trickle)
        thread.start()
        assert b"503" in connection.recv(100)
        stopped.set()
        thread.join()
    until(lambda: not left_over(home))


def test_a_slow_body_is_told_from_a_slow_disk_and_ends_some_day(monkeypatch: pytest.MonkeyPatch) -> None:
    pace = Pace()
    for _ in range(1_000):  # a piece each minute, for which nobody waited
        pace.came(1, 0.0)
    pace.came(int(uploads.MIN_BYTES_PER_S * uploads.STALLED_S), uploads.STALLED_S)
    with pytest.raises(TimeoutError):
        pace.came(1, uploads.STALLED_S)
    monkeypatch.setattr(uploads, "DEADLINE_S", 1.0)
    with pytest.raises(TimeoutError):
        Pace().came(MEGABYTE, 1.5)


def test_everybody_has_places_of_their_own_and_there_is_an_end_to_all() -> None:
    places, taken = Places(), ExitStack()
    with taken:
        for number in range(MAX_AT_ONCE):
            taken.enter_context(places.one_for(f"user {number // MAX_FROM_ONE}"))
        for who in ("user 0", "somebody else"):
            with pytest.raises(Busy), places.one_for(who):
                pass
    with places.one_for("user 0"):
        pass


def test_what_killed_processes_left_is_swept_and_what_is_written_now_is_not(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path)
    folder = staging.folder(settings)
    (folder / "now").write_bytes(b"")
    (folder / "old").write_bytes(b"")
    (folder / "unpacked").mkdir()
    (folder / "unpacked" / "1").write_bytes(b"")
    for name in ("old", "unpacked"):
        os.utime(folder / name, (0, 0))
    staging.sweep(settings)
    assert [path.name for path in folder.iterdir()] == ["now"]
