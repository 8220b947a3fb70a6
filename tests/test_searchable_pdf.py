"""Searchable PDF, as pdftotext and MuPDF see it: every script, every direction, and nothing that was hidden."""

import html
import re
import subprocess
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pymupdf
import pytest
from PIL import Image

from docintel.errors import UsageError
from docintel.export.pdf import to_pdf
from docintel.model import BBox, Page, Word
from docintel.text.bidi import runs_right_to_left
from docintel.text.visual import visual_order
from tests.exporting import SomeFiles, document, jpeg, line_of, page_of, word

LINES = {
    "Latin": ["Straße", "coûte", "1.234,50", "€", "(net)", "illegal", "ll"],
    "Cyrillic": ["Договор", "аренды", "№", "56/2023"],
    "Greek": ["Τιμολόγιο", "Αθήνα"],
    "Arabic": ["رقم", "الطلب", "5821", "بلدية"],
    "Hebrew": ["חשבונית", "מס", "2024"],
    "Devanagari": ["नगर", "पालिका", "पुस्तकालय"],
    "Bengali": ["বাংলা", "পুস্তক"],
    "Tamil": ["தமிழ்", "நூலகம்"],
    "Thai": ["ห้องสมุด"],
    "Chinese": ["水质监测报告"],
    "Japanese": ["令和六年三月一日"],
    "Korean": ["도서관", "안내"],
    "Georgian": ["ხელშეკრულება"],
    "Armenian": ["Գրադարան"],
    "astral": ["𝒜𝒷", "😀", "𠮷野"],
}
RIGHT_TO_LEFT = ("Arabic", "Hebrew")
CONTROLS = re.compile("[\u202a-\u202e]")
"""What pdftotext puts around right-to-left text."""


def a_pdf(path: Path, *, text: str = "", hidden: bool = False, rotate: int = 0, **drawn: object) -> SomeFiles:
    """A page with a grey picture all over it, then what is asked for."""
    with pymupdf.open() as made:
        page = made.new_page(width=595, height=842)
        page.insert_image(page.rect, stream=jpeg(grey=90))
        if text:
            page.insert_text((60, 100), text, fontsize=20, render_mode=3 if hidden else 0)
        for box in drawn.values():
            page.draw_rect(box, fill=(0, 0, 0))
        page.set_rotation(rotate)
        made.save(path)
    return SomeFiles(path)


def written(pages: Sequence[Page], files: SomeFiles, tmp_path: Path) -> Path:
    target = tmp_path / "searchable.pdf"
    target.write_bytes(to_pdf(document(), pages, files))
    return target


def text_of(path: Path, *options: str) -> str:
    done = subprocess.run(["pdftotext", *options, str(path), "-"], capture_output=True, text=True, check=True)
    assert not done.stderr
    return CONTROLS.sub("", done.stdout)


def boxes_in(path: Path) -> list[tuple[str, tuple[float, ...]]]:
    """Words in the order of their letters on paper, and their boxes in points."""
    found = re.findall(
        r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', text_of(path, "-bbox")
    )
    return [(html.unescape(each[4]), tuple(map(float, each[:4]))) for each in found]


def in_points(box: BBox, page: Page) -> tuple[float, ...]:
    return box.x0 * page.width, box.y0 * page.height, box.x1 * page.width, box.y1 * page.height


def box_of(text: str, path: Path) -> tuple[float, ...]:
    (found,) = [box for said, box in boxes_in(path) if said == text]
    return found


@pytest.fixture
def scan(tmp_path: Path) -> SomeFiles:
    return a_pdf(tmp_path / "scan.pdf")


@pytest.fixture(scope="module")
def in_all_scripts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Page]:
    folder = tmp_path_factory.mktemp("scripts")
    lines = [
        line_of(texts, 0.04 + 0.05 * place, right_to_left=script in RIGHT_TO_LEFT)
        for place, (script, texts) in enumerate(LINES.items())
    ]
    page = page_of(*lines)
    return written([page], a_pdf(folder / "scan.pdf"), folder), page


def test_pdftotext_gives_the_words_back_in_every_script(in_all_scripts: tuple[Path, Page]) -> None:
    path, page = in_all_scripts
    assert text_of(path, "-raw").split() == [each.text for each in page.words]


def test_words_are_where_they_were_read_in_every_script(in_all_scripts: tuple[Path, Page]) -> None:
    path, page = in_all_scripts
    there = dict(boxes_in(path))
    for each in page.words:
        box = there[visual_order(each.text, right_to_left=runs_right_to_left(each.text))]
        assert box == pytest.approx(in_points(each.bbox, page), abs=3), each.text


def test_mupdf_gives_right_to_left_punctuation_back_too(scan: SomeFiles, tmp_path: Path) -> None:
    texts = ["رقم", "الطلب:", "5821"]
    path = written([page_of(line_of(texts, 0.1, right_to_left=True))], scan, tmp_path)
    with pymupdf.open(path) as made:
        assert set(made[0].get_text().split()) == set(texts)


@pytest.mark.parametrize("direction", [90, 180, 270])
def test_words_of_lines_that_run_otherwise_are_in_their_boxes(direction: int, scan: SomeFiles, tmp_path: Path) -> None:
    size = (0.03, 0.2) if direction != 180 else (0.2, 0.03)
    page = page_of([word("縦書きの文章", 0.6, 0.3, size=size, direction=direction)])
    path = written([page], scan, tmp_path)
    assert "縦書きの文章" in text_of(path, "-raw")
    assert box_of("縦書きの文章", path) == pytest.approx(in_points(page.words[0].bbox, page), abs=3)


def test_words_of_leaning_lines_lean(scan: SomeFiles, tmp_path: Path) -> None:
    outline = ((0.1, 0.5), (0.5, 0.45), (0.5, 0.47), (0.1, 0.52))
    page = page_of([word("leaning", 0.1, 0.45, size=(0.4, 0.07), polygon=outline)])
    with pymupdf.open(written([page], scan, tmp_path)) as made:
        (span,) = made[0].get_texttrace()
    first, last = span["chars"][0][2], span["chars"][-1][2]
    assert (last[1] - first[1]) / (last[0] - first[0]) == pytest.approx(-0.05 * 842 / (0.4 * 595), abs=0.01)


@pytest.mark.parametrize("gap", [0.003, 0.0, -0.003])
def test_words_that_almost_touch_stay_apart(gap: float, scan: SomeFiles, tmp_path: Path) -> None:
    texts = ["लेकिन", "सकता", "है"]
    path = written([page_of(line_of(texts, 0.1, gap=gap))], scan, tmp_path)
    assert text_of(path, "-raw").split() == texts
    assert text_of(path).split() == texts


def test_unseen_text_is_painted_nowhere(scan: SomeFiles, tmp_path: Path) -> None:
    path = written([page_of(line_of(["unseen"], 0.1))], scan, tmp_path)
    with pymupdf.open(path) as made, pymupdf.open(scan.path) as original:
        assert made[0].get_pixmap().samples == original[0].get_pixmap().samples
        assert [span["type"] for span in made[0].get_texttrace()] == [3]


@pytest.mark.parametrize("stored", [0, 90, 180, 270])
@pytest.mark.parametrize("turned", [0, 90])
def test_text_stands_right_on_pages_that_are_turned(stored: int, turned: int, tmp_path: Path) -> None:
    files = a_pdf(tmp_path / "scan.pdf", rotate=stored)
    size = (595.0, 842.0) if (stored + turned) % 180 == 0 else (842.0, 595.0)
    page = page_of([word("upright", 0.2, 0.1, size=(0.2, 0.03))], rotation=turned, size=size)
    path = written([page], files, tmp_path)
    with pymupdf.open(path) as made:
        assert made[0].rotation == (stored + turned) % 360
    assert box_of("upright", path) == pytest.approx(in_points(page.words[0].bbox, page), abs=1)


def test_text_stands_right_on_a_page_that_shows_a_part_of_its_sheet(tmp_path: Path) -> None:
    with pymupdf.open() as made:
        sheet = made.new_page(width=700, height=900)
        sheet.insert_image(sheet.rect, stream=jpeg())
        sheet.set_cropbox(pymupdf.Rect(50, 30, 645, 872))
        made.save(tmp_path / "scan.pdf")
    page = page_of([word("cropped", 0.2, 0.1, size=(0.2, 0.03))])
    path = written([page], SomeFiles(tmp_path / "scan.pdf"), tmp_path)
    with pymupdf.open(path) as made:
        (found,) = made[0].search_for("cropped")
    assert tuple(found) == pytest.approx(in_points(page.words[0].bbox, page), abs=1)


def test_page_whose_text_is_believed_gets_no_second_one(tmp_path: Path) -> None:
    lines = [f"Line {number} of the agreement between the parties" for number in range(20)]
    with pymupdf.open() as made:
        made.new_page(width=595, height=842).insert_text((60, 100), lines, fontsize=12)
        made.save(tmp_path / "digital.pdf")
    page = page_of(line_of(["something", "else"], 0.5))
    path = written([page], SomeFiles(tmp_path / "digital.pdf"), tmp_path)
    assert text_of(path).split() == " ".join(lines).split()


def test_unseen_text_of_others_is_replaced(tmp_path: Path) -> None:
    files = a_pdf(tmp_path / "scan.pdf", text="Rec0gnlsed by s0mebody", hidden=True)
    path = written([page_of(line_of(["Recognised"], 0.1))], files, tmp_path)
    assert text_of(path).split() == ["Recognised"]


def a_redacted_pdf(folder: Path) -> SomeFiles:
    """Text, and a bar over the most secret line of it."""
    with pymupdf.open() as made:
        page = made.new_page(width=595, height=842)
        page.insert_text((60, 100), [f"Line {n} of the agreement" for n in range(20)], fontsize=12)
        page.insert_text((60, 500), "Salary of J. Doe: 123,456", fontsize=12)
        page.draw_rect(pymupdf.Rect(50, 480, 400, 510), fill=(0, 0, 0))
        made.save(folder / "redacted.pdf")
    return SomeFiles(folder / "redacted.pdf")


def test_text_under_a_black_bar_is_not_exported(tmp_path: Path) -> None:
    path = written([page_of(line_of(["agreement"], 0.1))], a_redacted_pdf(tmp_path), tmp_path)
    assert text_of(path).split() == ["agreement"]
    with pymupdf.open(path) as made:
        assert b"123,456" not in b"".join(made.xref_stream(x) or b"" for x in range(1, made.xref_length()))


def test_pixels_under_a_black_bar_are_not_exported(tmp_path: Path) -> None:
    files = a_pdf(tmp_path / "scan.pdf", bar=pymupdf.Rect(50, 480, 400, 510))
    path = written([page_of(line_of(["seen"], 0.1))], files, tmp_path)
    with pymupdf.open(path) as made:
        pictures = [made.extract_image(each[0])["image"] for each in made[0].get_images()]
    assert pictures == [files.page_image("d1", 1)]


def test_locked_pdf_is_made_of_its_pictures(tmp_path: Path) -> None:
    with pymupdf.open() as made:
        made.new_page().insert_text((60, 100), "locked")
        made.save(tmp_path / "locked.pdf", encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="x", owner_pw="y")
    path = written([page_of(line_of(["read"], 0.1))], SomeFiles(tmp_path / "locked.pdf"), tmp_path)
    assert text_of(path).split() == ["read"]


def test_nothing_but_pages_is_taken_over(tmp_path: Path) -> None:
    files = a_pdf(tmp_path / "scan.pdf")
    with pymupdf.open(files.path) as made:
        made.embfile_add("payload.exe", b"MZ payload")
        made.set_metadata({"author": "J. Doe"})
        made.xref_set_key(made.pdf_catalog(), "OpenAction", "<< /S /JavaScript /JS (app.alert(1)) >>")
        made.saveIncr()
    with pymupdf.open(written([page_of(line_of(["read"], 0.1))], files, tmp_path)) as made:
        assert made.embfile_count() == 0
        assert made.xref_get_key(made.pdf_catalog(), "OpenAction")[0] == "null"
        assert (made.metadata["author"], made.metadata["title"]) == ("", "scan.pdf")


def test_jpeg_is_kept_byte_for_byte_and_turned_as_its_exif_says(tmp_path: Path) -> None:
    file = BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.radial_gradient("L").resize((842, 595)).save(file, "JPEG", exif=exif)
    (tmp_path / "photo.jpg").write_bytes(file.getvalue())
    page = page_of([word("photo", 0.2, 0.1, size=(0.2, 0.03))])
    path = written([page], SomeFiles(tmp_path / "photo.jpg"), tmp_path)
    with pymupdf.open(path) as made:
        assert made.extract_image(made[0].get_images()[0][0])["image"] == file.getvalue()
        assert (made[0].rotation, made[0].rect.width) == (90, 595)
    assert box_of("photo", path) == pytest.approx(in_points(page.words[0].bbox, page), abs=1)


def test_black_and_white_stays_so_and_small(tmp_path: Path) -> None:
    picture = Image.radial_gradient("L").resize((1240, 1754)).convert("1")
    picture.save(tmp_path / "fax.tif", compression="group4", dpi=(150, 150))
    size = (tmp_path / "fax.tif").stat().st_size
    path = written([page_of(line_of(["fax"], 0.1))], SomeFiles(tmp_path / "fax.tif"), tmp_path)
    assert path.stat().st_size < 1.15 * size
    with pymupdf.open(path) as made:
        image = made.extract_image(made.get_page_images(0)[0][0])
    with Image.open(BytesIO(image["image"])) as found:
        assert found.convert("1").tobytes() == picture.tobytes()


def test_scan_grows_by_little(tmp_path: Path) -> None:
    noise = Image.effect_noise((1240, 1754), 60)
    file = BytesIO()
    noise.save(file, "JPEG", quality=40)
    with pymupdf.open() as made:
        page = made.new_page(width=595, height=842)
        page.insert_image(page.rect, stream=file.getvalue())
        made.save(tmp_path / "scan.pdf", deflate=True)
    lines = [line_of([f"word{n}{m}" for m in range(6)], 0.02 * n + 0.05) for n in range(40)]
    path = written([page_of(*lines)], SomeFiles(tmp_path / "scan.pdf"), tmp_path)
    assert path.stat().st_size < 1.15 * (tmp_path / "scan.pdf").stat().st_size


def test_words_without_a_size_are_left_out(scan: SomeFiles, tmp_path: Path) -> None:
    nothing = Word(text="nothing", bbox=BBox(x0=0.5, y0=0.5, x1=0.5, y1=0.5))
    path = written([page_of([nothing], line_of(["read"], 0.1))], scan, tmp_path)
    assert text_of(path).split() == ["read"]


def test_document_without_pages_says_why_there_is_no_pdf(scan: SomeFiles) -> None:
    with pytest.raises(UsageError, match="No page of the document has been read yet"):
        to_pdf(document(), [], scan)
