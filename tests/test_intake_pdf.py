"""PDF pages in: rendered within limits, recognised as the scan they hold, unlocked, rescued by poppler."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from PIL import Image

from docintel.damage import REPAIRED
from docintel.errors import DamagedFile, PageError, PasswordRequired, UnsupportedFile
from docintel.intake import inspect, render, unlock
from docintel.intake.page_image import PageImage
from docintel.settings import Settings

SETTINGS = Settings(_env_file=None)
A4 = pymupdf.Rect(0, 0, 595, 842)


def a_scan(mode: str = "L", size: tuple[int, int] = (620, 877)) -> Image.Image:
    """Stripes of unequal width and grain, so that every turn and every pixel counts."""
    rows, columns = np.mgrid[: size[1], : size[0]]
    grey = 200 - 150 * ((rows // 40) % 2) * (columns < size[0] * rows / size[1])
    return Image.fromarray((grey + rows % 7 + columns % 5).astype(np.uint8)).convert(mode)


def encoded(image: Image.Image, format: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, format=format, **options)
    return file.getvalue()


def a_pdf(path: Path, *, image: bytes, box: pymupdf.Rect = A4, rotate: int = 0) -> pymupdf.Page:
    """A page over which `image` lies; `saved` writes it."""
    document = pymupdf.open()
    page = document.new_page(width=A4.width, height=A4.height)
    page.insert_image(box, stream=image, rotate=rotate, keep_proportion=False)
    document.save(str(path))
    return page


def saved(page: pymupdf.Page, path: Path) -> PageImage:
    page.parent.save(str(path))
    return rendered(path)


def rendered(path: Path, number: int = 1) -> PageImage:
    return render(path, number, settings=SETTINGS)


def as_image_file(scan: Image.Image, path: Path) -> PageImage:
    scan.save(path)
    return rendered(path)


@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_page_that_is_one_image_has_the_hash_of_that_image(mode: str, tmp_path: Path) -> None:
    scan = a_scan(mode)
    a_pdf(tmp_path / "scan.pdf", image=encoded(scan))
    assert rendered(tmp_path / "scan.pdf").hash == as_image_file(scan, tmp_path / "scan.tif").hash


@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_pdf_written_by_pillow_has_the_hash_of_its_pages(mode: str, tmp_path: Path) -> None:
    pages = [a_scan(mode), a_scan(mode, size=(877, 620))]
    pages[0].save(tmp_path / "scan.pdf", save_all=True, append_images=pages[1:], resolution=75)
    if mode == "1":
        pages[0].save(tmp_path / "scan.tif", save_all=True, append_images=pages[1:], compression="group4")
        hashes = [rendered(tmp_path / "scan.tif", number).hash for number in (1, 2)]
    else:
        hashes = []
        for number, page in enumerate(pages):
            page.save(tmp_path / f"{number}.jpg")
            hashes.append(rendered(tmp_path / f"{number}.jpg").hash)
    assert [rendered(tmp_path / "scan.pdf", number).hash for number in (1, 2)] == hashes


@pytest.mark.parametrize(("format", "suffix"), [("JPEG", "jpg"), ("JPEG2000", "jp2")])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_compressed_scan_has_the_hash_of_the_file_it_came_from(
    format: str, suffix: str, mode: str, tmp_path: Path
) -> None:
    picture = encoded(a_scan(mode), format)
    (tmp_path / f"scan.{suffix}").write_bytes(picture)
    a_pdf(tmp_path / "scan.pdf", image=picture)
    assert rendered(tmp_path / "scan.pdf").hash == rendered(tmp_path / f"scan.{suffix}").hash


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_pages_show_the_scan_turned(turn: int, tmp_path: Path) -> None:
    page = a_pdf(tmp_path / "scan.pdf", image=encoded(a_scan()))
    page.set_rotation(turn)
    image = saved(page, tmp_path / "turned.pdf")
    expected = np.rot90(np.asarray(a_scan("RGB")), -turn // 90)
    assert np.array_equal(image.pixels, expected)
    assert (image.width > image.height) == (turn != 180)


def test_image_laid_on_its_side_and_turned_back_is_the_scan_itself(tmp_path: Path) -> None:
    page = a_pdf(tmp_path / "scan.pdf", image=encoded(a_scan(size=(877, 620))), rotate=90)
    page.set_rotation(90)
    image = saved(page, tmp_path / "turned.pdf")
    assert np.array_equal(image.pixels, np.asarray(a_scan("RGB", size=(877, 620))))


def test_hidden_text_over_a_scan_changes_neither_pixels_nor_words(tmp_path: Path) -> None:
    page = a_pdf(tmp_path / "scan.pdf", image=encoded(a_scan()))
    page.insert_text((72, 100), "what another program read", render_mode=3)
    image = saved(page, tmp_path / "read.pdf")
    assert image.hash == as_image_file(a_scan(), tmp_path / "scan.png").hash
    assert image.words == ()


def test_anything_painted_over_a_scan_is_seen(tmp_path: Path) -> None:
    page = a_pdf(tmp_path / "scan.pdf", image=encoded(a_scan()))
    page.draw_rect((100, 100, 200, 200), color=(0, 0, 0), fill=(0, 0, 0))
    pixels = saved(page, tmp_path / "redacted.pdf").pixels
    middle = (round(150 / 842 * pixels.shape[0]), round(150 / 595 * pixels.shape[1]))
    assert pixels[middle].tolist() == [0, 0, 0]


def test_cropped_scan_shows_no_more_than_the_crop(tmp_path: Path) -> None:
    page = a_pdf(tmp_path / "scan.pdf", image=encoded(a_scan()))
    page.set_cropbox(pymupdf.Rect(100, 100, 300, 400))
    image = saved(page, tmp_path / "cropped.pdf")
    assert (image.width, image.height) == (200, 300)
    assert image.pixels.shape[0] / image.pixels.shape[1] == pytest.approx(1.5, rel=0.01)


def test_image_in_a_corner_is_not_the_page(tmp_path: Path) -> None:
    a_pdf(tmp_path / "logo.pdf", image=encoded(a_scan()), box=pymupdf.Rect(50, 50, 150, 150))
    image = rendered(tmp_path / "logo.pdf")
    assert image.pixels.shape == (2339, 1653, 3)
    assert image.pixels[-1, -1].tolist() == [255, 255, 255]


def test_image_with_inverted_decode_is_shown_as_the_page_shows_it(tmp_path: Path) -> None:
    page = a_pdf(tmp_path / "scan.pdf", image=encoded(a_scan(), "JPEG"))
    xref = page.get_images()[0][0]
    page.parent.xref_set_key(xref, "Decode", "[1 0]")
    shown = saved(page, tmp_path / "inverted.pdf").pixels
    assert abs(float(shown.mean()) - (255 - float(np.asarray(a_scan()).mean()))) < 5


def test_page_box_bomb_is_rendered_within_the_cap(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page(width=14_400, height=14_400)
    page.insert_text((7_000, 7_000), "x", fontsize=900)
    document.save(str(tmp_path / "bomb.pdf"))
    pixels = render(tmp_path / "bomb.pdf", 1, settings=Settings(_env_file=None, max_pixels=1_000_000)).pixels
    assert pixels.shape[0] * pixels.shape[1] <= 1_010_000


def test_crop_and_rotation_give_the_size_as_displayed(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = document.new_page(width=400, height=600)
    page.set_cropbox(pymupdf.Rect(20, 20, 380, 580))
    page.set_rotation(90)
    image = saved(page, tmp_path / "page.pdf")
    assert (image.width, image.height) == (560, 360)


def locked(path: Path, *, user: str, owner: str) -> Path:
    document = pymupdf.open()
    document.new_page().insert_text((72, 100), "A secret letter")
    document.save(str(path), encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw=user, owner_pw=owner)
    return path


def test_locked_file_asks_for_its_password_and_opens_with_it(tmp_path: Path) -> None:
    path = locked(tmp_path / "letter.pdf", user="öffne", owner="x")
    with pytest.raises(PasswordRequired, match="locked with a password"):
        inspect(path, settings=SETTINGS)
    with pytest.raises(PasswordRequired, match="Try another"):
        inspect(path, settings=SETTINGS, password="wrong")
    assert inspect(path, settings=SETTINGS, password="öffne").num_pages == 1
    with pytest.raises(PageError, match="locked with a password"):
        rendered(path)


def test_unlocked_copy_needs_no_password(tmp_path: Path) -> None:
    path = locked(tmp_path / "letter.pdf", user="open", owner="x")
    with pytest.raises(PasswordRequired):
        unlock(path, "wrong", tmp_path / "copy.pdf")
    unlock(path, "open", tmp_path / "copy.pdf")
    assert inspect(tmp_path / "copy.pdf", settings=SETTINGS).num_pages == 1
    assert [word.text for word in rendered(tmp_path / "copy.pdf").words] == ["A", "secret", "letter"]


def test_file_that_only_its_owner_may_change_is_read(tmp_path: Path) -> None:
    path = locked(tmp_path / "letter.pdf", user="", owner="x")
    assert inspect(path, settings=SETTINGS).num_pages == 1
    assert len(rendered(path).words) == 3


PAGE = """%PDF-1.4
1 0 obj << {catalog} /Type /Catalog /Pages 2 0 R >> endobj
2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Rotate 90 /Contents 4 0 R
  /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >> endobj
4 0 obj << /Length 44 >> stream
BT /F1 24 Tf 72 720 Td (Hello from 1993) Tj ET
endstream endobj
trailer << /Root 1 0 R >>
%%EOF
"""


def test_page_that_mupdf_cannot_render_is_rendered_by_poppler_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "old.pdf"
    path.write_text(PAGE.format(catalog="/X 1 0 R 0 R"), encoding="ascii")
    with pymupdf.open(path) as document:
        assert document.page_count == 0
    assert inspect(path, settings=SETTINGS).num_pages == 1
    image = rendered(path)
    assert image.notes == (REPAIRED, "Rendered by poppler, since MuPDF could not render this page.")
    assert (image.width, image.height, image.words) == (792, 612, ())
    assert image.pixels.shape == (1700, 2200, 3)
    assert image.pixels.min() < 100


def test_same_page_unbroken_is_rendered_by_mupdf(tmp_path: Path) -> None:
    path = tmp_path / "old.pdf"
    path.write_text(PAGE.format(catalog=""), encoding="ascii")
    image = rendered(path)
    assert image.notes == (REPAIRED,)
    assert [word.text for word in image.words] == ["Hello", "from", "1993"]


def test_file_that_neither_can_open_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(b"%PDF-1.4\nnothing that makes sense\n%%EOF")
    with pytest.raises(DamagedFile, match="no pages can be found"):
        inspect(path, settings=SETTINGS)


def test_file_locked_for_a_certificate_says_so(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    trailer = "/Encrypt << /Filter /Adobe.PubSec /V 4 /SubFilter /adbe.pkcs7.s5 >> /ID [<00> <00>] /Root"
    path.write_text(PAGE.format(catalog="").replace("/Root", trailer), encoding="ascii")
    with pytest.raises(UnsupportedFile, match="certificate"):
        inspect(path, settings=SETTINGS)


def test_pages_beyond_the_end_are_errors(tmp_path: Path) -> None:
    a_pdf(tmp_path / "scan.pdf", image=encoded(a_scan()))
    for number in (0, 2):
        with pytest.raises(PageError, match=f"no page {number}"):
            rendered(tmp_path / "scan.pdf", number)


def test_mupdf_complains_to_nobody(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scan.pdf"
    path.write_text(PAGE.format(catalog="").replace("endstream", "endstraem"), encoding="ascii")
    inspect(path, settings=SETTINGS)
    assert capfd.readouterr() == ("", "")
