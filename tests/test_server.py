"""The ASGI side: signed addresses, crops, headers."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from docintel.errors import DamagedStore
from docintel.export import FORMATS
from docintel.home import Home
from docintel.model import BBox
from docintel.server.addresses import PERIOD_S, Addresses, read_boxes, write_boxes
from docintel.server.crops import crop, frame_around
from docintel.server.routes import Routes
from docintel.server.security import SecurityHeaders, content_policy
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


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_is_downloaded_under_the_documents_name(client: TestClient, home: Home, name: str) -> None:
    answer = client.get(ADDRESSES.export(home.library.documents()[0].id, name))
    assert answer.status_code == 200
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename*=UTF-8''rechnung%20%22%C3%A4%22")
    assert disposition.endswith(FORMATS[name].suffix)


def test_health_says_that_the_library_answers(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok", "documents": 1}
