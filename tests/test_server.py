"""The ASGI side: signed addresses, crops, headers."""

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from docintel.errors import DamagedStore
from docintel.export import FORMATS
from docintel.home import Home
from docintel.jobs.worker_registry import registered
from docintel.library.pages import preview_key
from docintel.model import BBox, Word
from docintel.server.addresses import PERIOD_S, Addresses, polygons_at, read_boxes, write_boxes
from docintel.server.crops import crop, frame_around
from docintel.server.ended import EndedSignIns
from docintel.server.routes import Routes
from docintel.server.security import DOCUMENT_POLICY, POLICY, SecurityHeaders, content_policy
from tests.houses import pdf, settings_in, work

ADDRESSES = Addresses(b"key")
LINE = BBox(x0=0.2, y0=0.5, x1=0.6, y1=0.52)


def parts(address: str) -> tuple[str, str, str]:
    path, _, query = address.partition("?")
    values = dict(pair.split("=") for pair in query.split("&"))
    return path, values["expires"], values["signature"]


def test_an_address_is_valid_for_its_own_path_only() -> None:
    addresses = Addresses(b"key")
    path, expires, signature = parts(addresses.page("d1", 1))
    assert addresses.is_valid(path, expires=expires, signature=signature)
    assert not addresses.is_valid(path.replace("1.jpg", "2.jpg"), expires=expires, signature=signature)
    assert not Addresses(b"other").is_valid(path, expires=expires, signature=signature)


@pytest.mark.parametrize(("expires", "signature"), [("", ""), ("9999999999", "0" * 40), ("x", "é"), ("١٢", "")])
def test_what_was_not_signed_here_is_refused(expires: str, signature: str) -> None:
    assert not Addresses(b"key").is_valid("/images/page/d1/1.jpg", expires=expires, signature=signature)


def test_an_address_ends_within_two_periods_and_is_the_same_until_then() -> None:
    now = [PERIOD_S * 10 + 1.0]
    addresses = Addresses(b"key", clock=lambda: now[0])
    first = addresses.page("d1", 1)
    path, expires, signature = parts(first)
    now[0] += PERIOD_S - 2
    assert addresses.page("d1", 1) == first
    assert addresses.is_valid(path, expires=expires, signature=signature)
    now[0] += PERIOD_S + 2
    assert not addresses.is_valid(path, expires=expires, signature=signature)


def test_an_address_ends_with_the_browsers_name_and_others_go_on() -> None:
    now = [PERIOD_S * 10 + 1.0]
    addresses = Addresses(b"key", clock=lambda: now[0])
    paths = {name: parts(addresses.made_for(None, name).page("d1", 1)) for name in ("one", "two")}
    addresses.end("one")
    now[0] += 1
    addresses.end("")
    are_valid = {
        name: addresses.is_valid(path, expires=expires, signature=signature, browser=name)
        for name, (path, expires, signature) in paths.items()
    }
    assert are_valid == {"one": False, "two": True}


def test_sign_ins_that_have_ended_are_known_after_a_restart(tmp_path: Path) -> None:
    cookies = {"_streamlit_user": "2", "_streamlit_user_1": "a" * 300, "_streamlit_user_2": "b" * 300}
    EndedSignIns(tmp_path).end(cookies)
    again = EndedSignIns(tmp_path)
    assert again.has_ended(cookies)
    assert again.has_ended({"_streamlit_user_2": "b" * 300, "_streamlit_user_9": "c" * 300})
    assert not again.has_ended({"_streamlit_user": "2", "_streamlit_user_1": "d" * 300})
    assert not EndedSignIns(tmp_path, clock=lambda: 0.0).has_ended({})


def test_boxes_in_an_address_read_back_and_nonsense_is_left_out() -> None:
    assert read_boxes(write_boxes([LINE, LINE])) == (LINE, LINE)
    assert read_boxes("1-2-3_a-b-c-d_--_99999999-1-1-1_٣-1-1-1_") == ()


def test_a_crop_holds_the_boxes_and_some_of_what_is_around() -> None:
    frame = frame_around([LINE])
    assert frame.x0 < LINE.x0
    assert frame.y1 > LINE.y1
    assert frame.height > 2 * LINE.height


def test_a_crop_is_a_small_picture_with_the_place_marked() -> None:
    page = io.BytesIO()
    Image.new("RGB", (4000, 5000), "white").save(page, "JPEG")
    with Image.open(io.BytesIO(crop(page.getvalue(), [LINE]))) as part:
        assert part.format == "JPEG"
        assert max(part.size) <= 1000
        red, _, blue = part.getpixel((part.width // 2, part.height // 2))  # type: ignore[misc]
    assert red > blue + 30


def test_a_words_box_in_an_address_is_marked_by_its_polygon() -> None:
    box = BBox(x0=0.21234567, y0=0.5, x1=0.61234567, y1=0.6)
    leaning = ((0.21235, 0.5), (0.61235, 0.58), (0.61235, 0.6), (0.21235, 0.52))
    words = [Word(text="flat", bbox=LINE), Word(text="leaning", bbox=box, polygon=leaning)]
    [read] = read_boxes(write_boxes([box]))
    assert polygons_at([LINE, read], words) == [None, leaning]
    page = io.BytesIO()
    Image.new("RGB", (500, 500), "white").save(page, "JPEG")
    with Image.open(io.BytesIO(crop(page.getvalue(), [read], words))) as part:
        above, inside = (part.getpixel((part.width // 2, int(part.height * y))) for y in (0.25, 0.5))
    assert above[2] > 240 > inside[2]  # type: ignore[index]


def test_a_damaged_image_is_told_in_the_users_words() -> None:
    with pytest.raises(DamagedStore, match="Read the page again"):
        crop(b"no image", [LINE])


def test_a_crop_of_a_box_without_area_is_still_a_picture() -> None:
    page = io.BytesIO()
    Image.new("L", (50, 50), 255).save(page, "JPEG")
    assert crop(page.getvalue(), [BBox(x0=1, y0=1, x1=1, y1=1)])


def test_the_content_policy_names_no_foreign_host_and_no_eval() -> None:
    policy = content_policy()
    assert "http" not in policy
    assert "unsafe-eval" not in policy
    assert "'sha256-" in policy
    assert "script-src 'self' blob: 'unsafe-inline'" not in policy


def test_every_answer_carries_the_headers_errors_too() -> None:
    app = Starlette(
        routes=[Route("/here", lambda _request: PlainTextResponse("here"))], middleware=[Middleware(SecurityHeaders)]
    )
    client = TestClient(app)
    for path in ("/here", "/nowhere"):
        answer = client.get(path)
        assert answer.headers["content-security-policy"] == content_policy()
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_answer_may_bring_a_stricter_policy_and_keeps_the_other_headers() -> None:
    async def strict(_request: object) -> Response:
        return Response("strict", headers={POLICY: DOCUMENT_POLICY})

    answer = TestClient(SecurityHeaders(Starlette(routes=[Route("/", strict)]))).get("/")
    assert answer.headers[POLICY] == DOCUMENT_POLICY
    assert answer.headers["x-frame-options"] == "DENY"


def test_an_error_that_nobody_caught_carries_the_headers_and_says_nothing_of_itself() -> None:
    def broken(_request: object) -> Response:
        raise RuntimeError("secret inside")

    app = Starlette(routes=[Route("/", broken)], middleware=[Middleware(SecurityHeaders)])
    answer = TestClient(app).get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers[POLICY] == content_policy()


# the routes over a home with a page that was read


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("server")
    with Home.open(settings_in(folder), owner=True) as opened:
        opened.library.add(pdf(folder / "a.pdf", "Invoice total: 17"), name='rechnung "ä" \r\n.pdf')
        work(opened.library)
        yield opened


@pytest.fixture
def client(home: Home) -> TestClient:
    return TestClient(Starlette(routes=Routes(lambda: home, ADDRESSES).all()))


def test_a_signed_address_gives_the_page_its_thumbnail_and_a_crop(client: TestClient, home: Home) -> None:
    document = home.library.documents()[0].id
    for address in (
        ADDRESSES.page(document, 1),
        ADDRESSES.thumbnail(document),
        ADDRESSES.crop(document, 1, [LINE]),
    ):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        assert "private" in answer.headers["cache-control"]
        Image.open(io.BytesIO(answer.content)).verify()


def test_an_address_without_a_signature_gives_nothing(client: TestClient, home: Home) -> None:
    document = home.library.documents()[0].id
    for path in (f"/images/page/{document}/1.jpg", f"/exports/{document}/text"):
        assert client.get(path).status_code == 403


def test_a_signed_address_of_something_that_is_gone_says_so(client: TestClient) -> None:
    answer = client.get(ADDRESSES.page("gone", 1))
    assert answer.status_code == 404
    assert "gone" in answer.text


def test_a_database_that_another_process_keeps_locked_is_later_not_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.BUSY_TIMEOUT_S", 0.1)
    with Home.open(settings_in(tmp_path), owner=False) as busy:
        client = TestClient(Starlette(routes=Routes(lambda: busy, ADDRESSES).all()))
        with closing(sqlite3.connect(busy.settings.home / "docintel.sqlite3", isolation_level=None)) as writer:
            writer.execute("BEGIN EXCLUSIVE")
            writer.execute("INSERT INTO facts (name, value) VALUES ('a', 'b')")
            answer = client.get(ADDRESSES.export("d", "text"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert "busy" in answer.text


def test_a_picture_that_is_missing_on_the_disk_is_an_error_of_ours(tmp_path: Path) -> None:
    with Home.open(settings_in(tmp_path), owner=True) as damaged:
        document = damaged.library.add(pdf(tmp_path / "a.pdf", "text"), name="a.pdf").document
        work(damaged.library)
        for picture in (damaged.settings.home / "files" / "images").rglob("*.jpg"):
            picture.unlink()
        client = TestClient(Starlette(routes=Routes(lambda: damaged, ADDRESSES).all()))
        answer = client.get(ADDRESSES.page(document.id, 1))
    assert answer.status_code == 500
    assert "missing" in answer.text


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_is_downloaded_under_the_documents_name(client: TestClient, home: Home, name: str) -> None:
    answer = client.get(ADDRESSES.export(home.library.documents()[0].id, name))
    assert answer.status_code == 200
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename*=UTF-8''rechnung%20%22%C3%A4%22")
    assert disposition.endswith(FORMATS[name].suffix)
    assert answer.headers[POLICY] == DOCUMENT_POLICY


def test_documents_and_collections_are_downloaded_as_one_zip(client: TestClient, home: Home) -> None:
    (document,) = home.library.documents()
    for address in (ADDRESSES.bundle([document.id], "text"), ADDRESSES.bundle_of(document.collection, "text")):
        answer = client.get(address)
        assert answer.headers["content-type"] == "application/zip"
        with ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.namelist() == [f"{document.name}.txt"]
            assert archive.read(f"{document.name}.txt") == home.library.export(document.id, "text")


@pytest.mark.parametrize("tail", ["%0d%0aSet-Cookie:%20a=b", "/%0d%0aX:%20y", "%00", "?expires=1%0d%0aX:%20y"])
def test_no_address_puts_a_header_of_its_own_into_an_answer(client: TestClient, home: Home, tail: str) -> None:
    path = ADDRESSES.export(home.library.documents()[0].id, "text").partition("?")[0]
    answer = client.get(path + tail)
    assert answer.status_code in {403, 404}
    assert {"set-cookie", "x"}.isdisjoint(answer.headers)


def test_health_says_whether_the_library_answers_and_who_works(client: TestClient, home: Home) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"], answer.json()["worker"]) == (200, "degraded", False)
    with registered(home.settings.home):
        assert client.get("/healthz").json()["status"] == "ok"


def test_health_tells_strangers_no_counts_and_no_names(client: TestClient) -> None:
    assert set(client.get("/healthz").json()) == {"status", "worker", "index", "disk", "writable", "paused"}


def test_a_page_that_is_being_read_is_seen_until_it_is_read(client: TestClient, home: Home) -> None:
    document = home.library.documents()[0].id
    address = ADDRESSES.preview(document, 1)
    assert client.get(address).status_code == 404
    files, key = home.library.store.files, preview_key(document, 1)
    files.write(key, b"a small picture")
    answer = client.get(address)
    files.delete(key)
    assert (answer.content, answer.headers["cache-control"]) == (b"a small picture", "no-store")
    assert client.get(address.replace("/1.jpg", "/2.jpg")).status_code == 403


# metrics


def on_this_machine(home: Home) -> TestClient:
    return TestClient(Starlette(routes=Routes(lambda: home, ADDRESSES).all()), client=("127.0.0.1", 50000))


def value(text: str, name: str) -> float:
    """Of one sample in Prometheus' text format."""
    return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(f"{name} "))


def test_metrics_count_what_is_kept_and_what_waits_and_name_nothing(home: Home) -> None:
    text = on_this_machine(home).get("/metrics").text
    assert value(text, 'docintel_documents{state="ready"}') == 1
    assert value(text, 'docintel_document_pages{state="done"}') == 1
    assert value(text, "docintel_queue_pages") == 0
    assert value(text, "docintel_workers") == 0
    assert value(text, "docintel_disk_free_bytes") > 0
    assert "rechnung" not in text
    assert home.library.documents()[0].id not in text


def test_metrics_count_pages_as_they_come_to_an_end(tmp_path: Path) -> None:
    with Home.open(settings_in(tmp_path), owner=True) as home:
        client = on_this_machine(home)
        assert value(client.get("/metrics").text, 'docintel_pages_total{how="read"}') == 0
        home.library.add(pdf(tmp_path / "a.pdf", "One", "Two"), name="a.pdf")
        home.library.add(tmp_path / "a.pdf", name="a.pdf", collection="other")
        work(home.library)
        for _ in range(2):  # a page counts once, however often it is asked
            text = client.get("/metrics").text
            assert value(text, 'docintel_pages_total{how="read"}') == 2
            assert value(text, 'docintel_pages_total{how="cached"}') == 2
            assert value(text, "docintel_page_seconds_count") == 2


def test_metrics_are_for_this_machine_unless_a_token_is_set(client: TestClient, home: Home) -> None:
    assert client.get("/metrics").status_code == 403
    near = on_this_machine(home)
    assert near.get("/metrics").status_code == 200
    for header in ("Forwarded", "X-Forwarded-For", "X-Real-IP"):
        assert near.get("/metrics", headers={header: "192.0.2.1"}).status_code == 403


def test_who_brings_the_token_may_read_the_metrics_from_anywhere(tmp_path: Path) -> None:
    with Home.open(settings_in(tmp_path, metrics_token="sesame")) as home:
        far = TestClient(Starlette(routes=Routes(lambda: home, ADDRESSES).all()))
        assert far.get("/metrics", headers={"Authorization": "Bearer sesame"}).status_code == 200
        assert far.get("/metrics", headers={b"Authorization": "Bearer é".encode()}).status_code == 403
        assert on_this_machine(home).get("/metrics").status_code == 403
