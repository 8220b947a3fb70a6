"""Files made to do harm, through the real way in: each comes to an end, with its reason, and nothing but it suffers."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from docintel.home import Home
from docintel.ingest import IngestOptions, IngestResult, ingest
from docintel.intake.names import decoded
from docintel.model import Filters
from tests.houses import settings_in, work

PNG = b"\x89PNG\r\n\x1a\n"
FILES: dict[str, Callable[[], bytes]] = {}
Maker = Callable[[], bytes]


def hostile(name: str) -> Callable[[Maker], Maker]:
    """Marks a function whose bytes are a file of that name."""

    def marked(make: Maker) -> Maker:
        FILES[name] = make
        return make

    return marked


def pdf_of(
    *objects: str, root: str = "", content: bytes = b"BT /F 24 Tf 72 700 Td (Plain) Tj ET", trailer: str = ""
) -> bytes:
    """A PDF by hand: object 1 is its root, 2 its page tree, 3 its page, 4 the page's content, then `objects`."""
    resources = "<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    page = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources {resources} >>"
    bodies = [
        f"<< /Type /Catalog /Pages 2 0 R {root} >>".encode(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page.encode(),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        *(each.encode() for each in objects),
    ]
    return _assembled(bodies, trailer)


def _assembled(bodies: list[bytes], trailer: str = "") -> bytes:
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, body in enumerate(bodies, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(f"trailer << /Size {len(bodies) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{table}\n%%EOF".encode())
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, *chunks: bytes, rows: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(rows or b"\0" * (width + 1) * height if width * height < 10**6 else b"\0" * 1000)
    return PNG + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def tiff_of(*directories: tuple[int, int, int]) -> bytes:
    """A TIFF of one-strip pages: (width, height, number of the page that its directory names as the next)."""
    size = 2 + 8 * 12 + 4
    places = [8 + number * size for number in range(len(directories))]
    out = struct.pack("<2sHI", b"II", 42, 8)
    for width, height, following in directories:
        tags = ((256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (278, height), (279, 16))
        out += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        out += struct.pack("<I", places[following] if following < len(places) else 0)
    return out


@hostile("page of a square kilometre.pdf")
def _huge_page() -> bytes:
    return pdf_of().replace(b"[0 0 595 842]", b"[0 0 2834645 2834645]")


@hostile("runs things.pdf")
def _actions() -> bytes:
    return pdf_of(
        "<< /S /JavaScript /JS (app.launchURL\\('http://evil.example'\\)) >>",
        "<< /S /Launch /F (/usr/bin/touch) /P (launched) /Next << /S /URI /URI (http://evil.example) >> >>",
        "<< /Type /EmbeddedFile /Length 4 >>\nstream\nMZ__\nendstream",
        "<< /Length 60 >>\nstream\n<xdp:xdp><template><script>app.alert(1)</script></template></xdp:xdp>\nendstream",
        root="/OpenAction 5 0 R /AA << /WC 6 0 R >> /AcroForm << /XFA 8 0 R /Fields [] >> "
        "/Names << /EmbeddedFiles << /Names [(a.exe) << /Type /Filespec /F (a.exe) /EF << /F 7 0 R >> >>] >> >>",
    )


@hostile("reads other files.pdf")
def _external() -> bytes:
    content = b"q 500 0 0 700 40 40 cm /X Do Q"
    made = pdf_of(
        "<< /Type /XObject /Subtype /Image /Width 20 /Height 20 /BitsPerComponent 8 /ColorSpace /DeviceGray "
        "/F (file:///etc/passwd) /Length 0 >>\nstream\n\nendstream",
        content=content,
    )
    return made.replace(b"/Resources <<", b"/Resources << /XObject << /X 5 0 R >>")


@hostile("page tree without end.pdf")
def _endless_tree() -> bytes:
    return pdf_of().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]")


@hostile("two thousand million pages.pdf")
def _claimed_pages() -> bytes:
    return pdf_of().replace(b"/Count 1", b"/Count 2000000000")


@hostile("deep.pdf")
def _deep() -> bytes:
    return pdf_of("[" * 100_000 + "]" * 100_000, root="/Deep 5 0 R")


@hostile("table of itself.pdf")
def _circular_table() -> bytes:
    made = pdf_of(trailer="/Prev 9")
    return made.replace(b"/Prev 9", b"/Prev %d" % made.index(b"xref\n"))


@hostile("swells.pdf")
def _swelling() -> bytes:
    packed = zlib.compress(b" " * 60_000_000, 9)
    made = pdf_of(content=packed)
    return made.replace(b"<< /Length %d >>" % len(packed), b"<< /Filter /FlateDecode /Length %d >>" % len(packed))


@hostile("picture of 400 megapixels.pdf")
def _huge_picture() -> bytes:
    made = pdf_of(
        "<< /Type /XObject /Subtype /Image /Width 20000 /Height 20000 /BitsPerComponent 8 /ColorSpace /DeviceRGB "
        "/Length 3 >>\nstream\nabc\nendstream",
        content=b"q 595 0 0 842 0 0 cm /X Do Q",
    )
    return made.replace(b"/Resources <<", b"/Resources << /XObject << /X 5 0 R >>")


@hostile("page and markup.pdf")
def _polyglot() -> bytes:
    return b"<html><script>alert(1)</script>\n" + pdf_of()


@hostile("page and zip.pdf")
def _page_and_zip() -> bytes:
    packed = io.BytesIO(pdf_of())
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("word/document.xml", "<x/>")
    return packed.getvalue()


@hostile("2,500 megapixels.png")
def _bomb() -> bytes:
    return png_of(50_000, 50_000)


@hostile("swelling words.png")
def _text_bomb() -> bytes:
    return png_of(40, 40, *[chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(2_000_000)))] * 50)


@hostile("picture and markup.png")
def _picture_and_markup() -> bytes:
    return png_of(40, 40) + b"<script>alert(1)</script>"


@hostile("4,294 megapixels.jpg")
def _huge_jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("L", (8, 8)).save(out, "JPEG")
    made = bytearray(out.getvalue())
    place = made.index(b"\xff\xc0") + 5
    made[place : place + 4] = b"\xff\xff\xff\xff"
    return bytes(made)


@hostile("10¹⁸ pixels.tif")
def _huge_tiff() -> bytes:
    return tiff_of((10**9, 10**9, 1))


@hostile("pages in a circle.tif")
def _circle() -> bytes:
    return tiff_of((4, 4, 1), (4, 4, 0))


@hostile("zip in zip.zip")
def _nested() -> bytes:
    return zip_of({"inner.zip": zip_of({"a.pdf": pdf_of()})})


@hostile("bomb.zip")
def _zip_bomb() -> bytes:
    return zip_of({"bomb.pdf": b"%PDF-1.7" + bytes(100_000_000), "good.pdf": pdf_of(trailer="/A 1")})


@hostile("ways out.zip")
def _ways_out() -> bytes:
    out = io.BytesIO(zip_of({"../../../tmp/a.pdf": pdf_of(trailer="/A 2"), "/etc/b.pdf": pdf_of(trailer="/A 3")}))
    link = zipfile.ZipInfo("link.pdf")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def zip_of(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


EXPECTED: dict[str, tuple[str, str]] = {
    "page of a square kilometre.pdf": ("ready", ""),
    "runs things.pdf": ("ready", ""),
    "reads other files.pdf": ("ready", ""),
    "page tree without end.pdf": ("failed", "Page 1 is damaged"),
    "two thousand million pages.pdf": ("failed", "Invalid number of pages"),
    "deep.pdf": ("ready", ""),
    "table of itself.pdf": ("ready", ""),
    "swells.pdf": ("ready", ""),
    "picture of 400 megapixels.pdf": ("ready", ""),
    "page and markup.pdf": ("ready", ""),
    "page and zip.pdf": ("ready", ""),
    "2,500 megapixels.png": ("failed", "more memory than a file may take"),
    "swelling words.png": ("failed", "damaged"),
    "picture and markup.png": ("ready", ""),
    "4,294 megapixels.jpg": ("failed", "4,295 megapixels, the limit is"),
    "10¹⁸ pixels.tif": ("failed", "more memory than a file may take"),
    "pages in a circle.tif": ("ready", ""),
    "inner.zip": ("failed", "a zip file inside a zip file"),
    "bomb.pdf": ("failed", "too large unpacked"),
    "good.pdf": ("ready", ""),
    "tmp/a.pdf": ("ready", ""),
    "etc/b.pdf": ("ready", ""),
}
"""State of each document and what its error says."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    settings = settings_in(tmp_path_factory.mktemp("hostile"), max_pixels=2_000_000)
    with Home.open(settings, owner=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def outcomes(home: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, IngestResult]:
    """What became of every file, all taken in one after the other."""
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / name for name in FILES]
    for path in paths:
        path.write_bytes(FILES[path.name]())
    found = list(ingest(home.library, paths, IngestOptions()))
    work(home.library)
    ended = [IngestResult.of(home.library.document(each.document)) if each.document else each for each in found]
    return {outcome.name: outcome for outcome in ended}


def test_every_hostile_file_comes_to_an_end(outcomes: dict[str, IngestResult]) -> None:
    assert {name: outcome.state for name, outcome in outcomes.items()} == {
        name: state for name, (state, _) in EXPECTED.items()
    }


@pytest.mark.parametrize("name", [name for name, (state, _) in EXPECTED.items() if state == "failed"])
def test_a_hostile_file_that_fails_says_why(outcomes: dict[str, IngestResult], name: str) -> None:
    assert EXPECTED[name][1] in (outcomes[name].error or "")


def test_nothing_that_a_document_brings_is_run_or_fetched(outcomes: dict[str, IngestResult], home: Home) -> None:
    assert outcomes["runs things.pdf"].state == "ready"
    assert not list(Path().glob("launched"))
    assert not [child for child in psutil.Process().children(recursive=True) if child.name() == "touch"]
    other = home.library.pages(outcomes["reads other files.pdf"].document or "")
    assert "root:" not in "".join(page.text for page in other)


def test_no_page_has_more_pixels_than_it_may(outcomes: dict[str, IngestResult], home: Home) -> None:
    for name in ("page of a square kilometre.pdf", "picture of 400 megapixels.pdf"):
        with Image.open(io.BytesIO(home.library.page_image(outcomes[name].document or "", 1))) as image:
            assert image.width * image.height <= 1.01 * home.settings.max_pixels


def test_the_library_answers_afterwards(outcomes: dict[str, IngestResult], home: Home) -> None:
    assert home.library.chunks.lexical("plain", Filters(), 10)
    assert sum(home.status().documents.values()) == sum(outcome.document is not None for outcome in outcomes.values())


# zips whose harm is done while they are listed or unpacked


def taken_from(tmp_path: Path, content: bytes, **changes: object) -> list[IngestResult]:
    path = tmp_path / "post.zip"
    path.write_bytes(content)
    with Home.open(settings_in(tmp_path, **changes), owner=True) as home:
        return list(ingest(home.library, [path], IngestOptions()))


def test_a_member_that_swells_in_one_step_costs_its_child_only(tmp_path: Path) -> None:
    """bzip2 gives back thousands of times what it is given before anybody can look at how much it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("bomb.pdf", bytes(300_000_000))
        archive.writestr("good.pdf", pdf_of())
    before = psutil.Process().memory_info().rss
    bad, good = taken_from(tmp_path, out.getvalue(), reader_memory_bytes=200_000_000)
    assert "memory" in (bad.error or "")
    assert good.state == "queued"
    assert psutil.Process().memory_info().rss - before < 100_000_000


def test_a_zip_with_an_endless_list_of_files_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """Each entry of the list takes 46 bytes in the zip and ten times as many in memory."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    listed = entry * 300_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65_535, 65_535, len(listed), 4, 0)
    [outcome] = taken_from(tmp_path, b"PK\3\4" + listed + end)
    assert "list of files is too long" in (outcome.error or "")


def test_members_that_share_their_bytes_are_refused_or_counted_each(tmp_path: Path) -> None:
    """A small zip can name the same bytes again and again; what comes out is what counts."""
    content = zip_of({"a.pdf": pdf_of()})
    place = content.index(b"PK\1\2")
    end = content.index(b"PK\5\6")
    entries = [content[place:end].replace(b"a.pdf", b"%d.pdf" % number) for number in range(3)]
    listed = b"".join(entries)
    closing = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, len(listed), place, 0)
    outcomes = taken_from(tmp_path, content[:place] + listed + closing)
    assert len(outcomes) == 3
    assert all("damaged inside its zip file" in (outcome.error or "") for outcome in outcomes)


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        (["請求書.pdf", "見積書/2024年3月.pdf"], "cp932"),
        (["领收书 2024.pdf", "合同扫描件.pdf", "发票/三月.pdf"], "gb18030"),
        (["發票.pdf", "合約書掃描.pdf", "會議記錄.pdf"], "big5"),
        (["청구서.pdf", "계약서 스캔.pdf", "회의록.pdf"], "cp949"),
        (["счёт.pdf", "Договор № 5.pdf"], "cp866"),
        (["Müller Rechnung.pdf"], "cp437"),
        (["größe.pdf", "Größe.pdf"], "cp437"),
        (["Ä.pdf"], "cp437"),
        (["Договор", "счета/"], "cp866"),
        (["Müller.pdf", "請求書.pdf"], "utf-8"),
    ],
)
def test_names_in_a_zip_are_read_as_they_were_written(names: list[str], encoding: str) -> None:
    assert decoded([name.encode(encoding) for name in names]) == names
