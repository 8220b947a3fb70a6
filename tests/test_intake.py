"""Image files in: told apart by content, shown as they are meant, refused in words that help."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from docintel.errors import DamagedFile, EmptyFile, PageError, TooLarge, UnsupportedFile
from docintel.intake import FileInfo, inspect, media_type, render
from docintel.intake.pixels import Pixels, eight_bits, render_scale, size_in_points
from docintel.settings import Settings

SETTINGS = Settings(_env_file=None)
ORIENTATION = 0x0112
NEW_SUBFILE_TYPE = 254


def a_picture(width: int = 60, height: int = 40) -> Image.Image:
    """White, with a red field in the upper left and a blue one in the lower right."""
    picture = Image.new("RGB", (width, height), "white")
    picture.paste((200, 0, 0), (0, 0, width // 3, height // 3))
    picture.paste((0, 0, 200), (width // 2, height // 2, width, height))
    return picture


def pixels_of(path: Path, number: int = 1) -> Pixels:
    return render(path, number, settings=SETTINGS).pixels


@pytest.mark.parametrize(
    ("format", "media"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("TIFF", "image/tiff"),
        ("WEBP", "image/webp"),
        ("BMP", "image/bmp"),
        ("JPEG2000", "image/jp2"),
        ("PDF", "application/pdf"),
    ],
)
def test_type_comes_from_content_not_from_the_name(format: str, media: str, tmp_path: Path) -> None:
    path = tmp_path / "letter.docx"
    a_picture().save(path, format=format)
    assert inspect(path, settings=SETTINGS) == FileInfo(media_type=media, num_pages=1)
    page = render(path, 1, settings=SETTINGS)
    assert (page.number, str(page.pixels.dtype), page.pixels.shape[2], len(page.words)) == (1, "uint8", 3, 0)


@pytest.mark.parametrize("content", [b"", b"\0" * 500])
def test_file_without_content_is_empty(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(content)
    with pytest.raises(EmptyFile, match="Copy or download it again"):
        inspect(path, settings=SETTINGS)


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ("word/document.xml", "a Word document"),
        ("xl/workbook.xml", "an Excel workbook"),
        ("ppt/presentation.xml", "a PowerPoint presentation"),
        ("content.xml", "an OpenDocument file"),
    ],
)
def test_office_files_are_named_and_sent_to_pdf(member: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "<x/>")
    with pytest.raises(UnsupportedFile, match=f"{kind}. Export it to PDF first"):
        inspect(path, settings=SETTINGS)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Office document"),
        (b"{\\rtf1", "a Rich Text document"),
        (b"\0\0\0\x18ftypheic", "a HEIC photo"),
        (b"GIF89a", "a GIF picture"),
        (b"Dear Sir", "not a document that can be read: docintel reads PDF, PNG"),
    ],
)
def test_other_files_are_refused_by_what_they_are(head: bytes, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(head + b"." * 200)
    with pytest.raises(UnsupportedFile, match=kind):
        media_type(path)


def test_image_cut_off_in_its_header_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    a_picture().save(path)
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(DamagedFile, match="damaged"):
        inspect(path, settings=SETTINGS)


@pytest.mark.parametrize("name", ["scan.jpg", "scan.png"])
def test_image_cut_off_in_its_pixels_is_shown_as_far_as_it_goes(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    Image.effect_noise((400, 400), 60).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    page = render(path, 1, settings=SETTINGS)
    assert page.pixels[:100].std() > 10
    assert page.pixels[300:].std() < 1
    assert any("cut off" in note for note in page.notes)
    assert not ImageFile.LOAD_TRUNCATED_IMAGES


def test_image_of_which_nothing_can_be_read_fails_as_a_page(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    Image.effect_noise((400, 400), 60).save(path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(PageError, match="Page 1 is damaged"):
        render(path, 1, settings=SETTINGS)


def test_missing_file_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(DamagedFile, match="cannot be opened"):
        inspect(tmp_path / "gone.pdf", settings=SETTINGS)


def test_file_over_the_limit_of_bytes_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    a_picture().save(path)
    with pytest.raises(TooLarge, match="DOCINTEL_MAX_FILE_BYTES"):
        inspect(path, settings=Settings(_env_file=None, max_file_bytes=10))


def test_file_over_the_limit_of_pages_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    a_picture().save(path, save_all=True, append_images=[a_picture()] * 3)
    with pytest.raises(TooLarge, match="more than 2 pages"):
        inspect(path, settings=Settings(_env_file=None, max_pages=2))


def test_picture_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    header = b"IHDR" + struct.pack(">IIBBBBB", 40_000, 40_000, 1, 0, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 10) + b"IDAT")
    with pytest.raises(TooLarge):
        inspect(path, settings=SETTINGS)
    with pytest.raises(PageError):
        render(path, 1, settings=SETTINGS)


def test_large_picture_is_made_smaller_and_keeps_its_size_on_paper(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    a_picture(600, 400).save(path, dpi=(100, 100))
    page = render(path, 1, settings=Settings(_env_file=None, max_pixels=60_000))
    assert page.pixels.shape == (200, 300, 3)
    assert (round(page.width), round(page.height)) == (432, 288)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "TIFF", "PNG", "WEBP"])
def test_exif_orientation_is_applied(orientation: int, format: str, tmp_path: Path) -> None:
    path = tmp_path / "photo"
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = stored_as(a_picture(), orientation)
    options = {"lossless": True} if format == "WEBP" else {"quality": 95} if format == "JPEG" else {}
    stored.save(path, format=format, exif=exif, **options)
    difference = np.abs(pixels_of(path).astype(int) - np.asarray(a_picture()).astype(int))
    assert difference.mean() < 6


def stored_as(upright: Image.Image, orientation: int) -> Image.Image:
    """The picture as a camera stores it, so that `orientation` shows it upright."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return upright.transpose(undo[orientation]) if orientation in undo else upright


def test_photo_with_more_pictures_behind_it_is_read_as_its_first(tmp_path: Path) -> None:
    path = tmp_path / "phone.jpg"
    a_picture().save(path, format="MPO", save_all=True, append_images=[a_picture(30, 30)])
    assert inspect(path, settings=SETTINGS) == FileInfo(media_type="image/jpeg", num_pages=1)
    assert pixels_of(path).shape == (40, 60, 3)


def test_transparency_is_shown_on_white(tmp_path: Path) -> None:
    path = tmp_path / "logo.png"
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(path)
    assert pixels_of(path).min() == 255


def test_transparent_palette_colour_is_shown_on_white(tmp_path: Path) -> None:
    path = tmp_path / "logo.png"
    Image.new("P", (10, 10), 0).save(path, transparency=0)
    assert pixels_of(path).min() == 255


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("1", 1, 255),
        ("L", 128, 128),
        ("LA", (0, 255), 0),
        ("CMYK", (0, 0, 0, 0), 255),
        ("I;16", 65_535, 255),
        ("F", 0.0, 0),
    ],
)
def test_every_kind_of_pixel_becomes_rgb(mode: str, colour: float, expected: int, tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    Image.new(mode, (8, 6), colour).save(path)
    assert np.unique(pixels_of(path)).tolist() == [expected]


def test_one_bit_fax_is_black_on_white(tmp_path: Path) -> None:
    path = tmp_path / "fax.tif"
    page = Image.new("1", (100, 60), 1)
    page.paste(0, (10, 10, 20, 20))
    page.save(path, compression="group4")
    assert pixels_of(path).mean() > 240


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0, 65_535], [0, 255]), ([0, 4_095], [0, 255]), ([0, 200], [0, 200]), ([-1.0, 1.0], [0, 255])],
)
def test_deep_greys_are_scaled_by_the_range_they_use(values: list[float], expected: list[int]) -> None:
    assert eight_bits(np.array(values)).tolist() == expected


def test_tiff_pages_keep_their_own_sizes(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    a_picture(60, 40).save(path, save_all=True, append_images=[a_picture(30, 90)])
    assert inspect(path, settings=SETTINGS).num_pages == 2
    assert [pixels_of(path, number).shape[:2] for number in (1, 2)] == [(40, 60), (90, 30)]


def test_tiff_page_whose_directory_is_damaged_is_never_another_page(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    a_picture(60, 40).save(path, save_all=True, append_images=[a_picture(30, 90)])
    stored = bytearray(path.read_bytes())
    (first,) = struct.unpack_from("<I", stored, 4)
    (entries,) = struct.unpack_from("<H", stored, first)
    (second,) = struct.unpack_from("<I", stored, first + 2 + 12 * entries)
    assert struct.unpack_from("<H", stored, second + 2) == (256,), "the width comes first"
    struct.pack_into("<H", stored, second + 2, 255)
    path.write_bytes(stored)
    assert inspect(path, settings=SETTINGS).num_pages == 2
    for _ in range(2):
        with pytest.raises(PageError, match="Page 2 is damaged"):
            render(path, 2, settings=SETTINGS)
        assert pixels_of(path).shape[:2] == (40, 60)


def test_smaller_versions_inside_a_tiff_are_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "scan.tif"
    thumbnail = a_picture(6, 4)
    thumbnail.encoderinfo = {"tiffinfo": {NEW_SUBFILE_TYPE: 1}}
    a_picture().save(path, save_all=True, append_images=[thumbnail])
    assert inspect(path, settings=SETTINGS).num_pages == 1


def test_page_beyond_the_end_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    a_picture().save(path)
    for number in (0, 2):
        with pytest.raises(PageError, match=f"no page {number}"):
            render(path, number, settings=SETTINGS)


def test_fax_with_oblong_pixels_is_made_square(tmp_path: Path) -> None:
    path = tmp_path / "fax.tif"
    Image.new("1", (1728, 1100), 1).save(path, dpi=(204, 98))
    page = render(path, 1, settings=SETTINGS)
    assert page.pixels.shape[1] / page.pixels.shape[0] == pytest.approx(page.width / page.height, rel=0.01)


def test_same_pixels_in_lossless_containers_have_one_hash(tmp_path: Path) -> None:
    scan = Image.effect_noise((300, 400), 40)
    writers: dict[str, Callable[[Path], None]] = {
        "scan.png": lambda path: scan.save(path, dpi=(200, 200)),
        "other.png": lambda path: scan.convert("RGB").save(path, compress_level=1),
        "scan.tif": lambda path: scan.save(path, compression="tiff_lzw"),
        "scan.bmp": lambda path: scan.save(path),
        "scan.webp": lambda path: scan.save(path, lossless=True),
    }
    hashes = set()
    for name, write in writers.items():
        write(tmp_path / name)
        hashes.add(render(tmp_path / name, 1, settings=SETTINGS).hash)
    assert len(hashes) == 1


@pytest.mark.parametrize(
    ("pixels", "dpi", "inches"),
    [
        ((1654, 2339), (200.0, 200.0), (8.27, 11.7)),
        ((3000, 4000), (72.0, 72.0), (8.77, 11.69)),
        ((3000, 4000), None, (8.77, 11.69)),
        ((480, 300), None, (5.0, 3.125)),
        ((480, 300), (1.0, 1.0), (5.0, 3.125)),
    ],
)
def test_size_on_paper_is_believed_where_plausible(
    pixels: tuple[int, int], dpi: tuple[float, float] | None, inches: tuple[float, float]
) -> None:
    width, height = size_in_points(*pixels, dpi)
    assert (width / 72, height / 72) == pytest.approx(inches, rel=0.01)


def test_render_scale_keeps_to_the_cap_and_enlarges_small_pages() -> None:
    assert render_scale(595, 842, dpi=200, max_pixels=40_000_000) == pytest.approx(200 / 72)
    assert render_scale(100, 80, dpi=200, max_pixels=40_000_000) == pytest.approx(600 / 72)
    for size in ((200_000.0, 200_000.0), (14_400.0, 0.5), (1e-3, 1e7)):
        scale = render_scale(*size, dpi=200, max_pixels=1_000_000)
        assert size[0] * scale * size[1] * scale <= 1_000_001
        assert max(size) * scale <= 1_000_000
