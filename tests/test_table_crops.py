"""Pictures that were cut out of pages: small, without margins, their letters large beside the picture."""

from pathlib import Path
from statistics import median

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from docintel.engines import open_engine
from docintel.engines.local import LocalEngine
from docintel.engines.local.geometry import Pixels, size
from docintel.engines.local.layout.grids import ruling
from docintel.engines.local.layout.sheet import sheet_for
from docintel.engines.local.lines.rapid import Rapid
from docintel.intake.page_image import PageImage
from docintel.model import BBox, Page, Table
from docintel.settings import Settings

FONT = next(Path("/usr/share/fonts").rglob("NotoSans-Regular.ttf"))
ROWS = (
    ("Station", "Depth", "Salt", "Oxygen"),
    ("Harbour mouth", "4.5", "31.20", "8.4"),
    ("North pier", "6.0", "30.85", "8.1"),
    ("Old quay", "3.5", "29.40", "7.7"),
    ("River bend", "2.0", "12.15", "9.0"),
    ("Outer buoy", "11.5", "33.05", "7.2"),
    ("South bank", "5.0", "28.90", "8.8"),
)


@pytest.fixture(scope="module")
def engine() -> LocalEngine:
    opened = open_engine("local", Settings(_env_file=None))
    assert isinstance(opened, LocalEngine)
    return opened


def cut_out(rows: tuple[tuple[str, ...], ...] = ROWS, *, size: int = 11, step: int = 90, pitch: int = 18) -> Pixels:
    """A table as a paper prints it: a rule above, below and under the head, none between columns."""
    width, height = 130 + step * (len(rows[0]) - 1), pitch * len(rows) + 10
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(str(FONT), size)
    for n, row in enumerate(rows):
        for column, text in enumerate(row):
            draw.text((4 + column * step + (30 if column else 0), 5 + n * pitch), text, "black", font=font)
    for y in (2, 5 + pitch - 1, height - 3):
        draw.line((2, y, width - 3, y), "black")
    return np.asarray(image)


def read(engine: LocalEngine, pixels: Pixels) -> Page:
    height, width = pixels.shape[:2]
    (page,) = engine.read([PageImage(number=1, pixels=pixels, width=width * 0.75, height=height * 0.75)])
    assert isinstance(page, Page)
    return page


def tables_of(page: Page) -> list[Table]:
    return [block.table for block in page.blocks if block.table]


def test_a_table_cut_out_of_a_page_is_a_table(engine: LocalEngine) -> None:
    (found,) = tables_of(read(engine, cut_out(ROWS[:5], size=12)))
    assert (found.num_rows, found.num_columns) == (5, 4)
    assert [cell.text for cell in found.cells if cell.row == 4] == list(ROWS[4])


@pytest.mark.parametrize(("size", "pitch"), [(9, 11), (11, 14)])
def test_small_letters_make_no_grid(size: int, pitch: int) -> None:
    pixels = cut_out(ROWS * 3, size=size, step=70, pitch=pitch)
    assert not ruling(pixels, pitch / pixels.shape[0]).grids


def test_a_grid_cut_out_of_a_page_has_its_own_columns_only() -> None:
    pixels = cut_out(size=13, pitch=22).copy()
    pixels[2::22] = 90
    for x in (2, 118, 208, 298, 396):
        pixels[:, x] = 90
    (found,) = ruling(pixels, 16 / pixels.shape[0]).grids
    assert len(found.columns) == 5


def test_a_rule_runs_between_words_and_a_stroke_through_them() -> None:
    pixels = np.full((200, 600, 3), 255, np.uint8)
    for y in (60, 100, 140):
        pixels[y : y + 2, 40:560] = 0
    for x in (60, 180, 300, 420, 540):
        pixels[60:142, x : x + 2] = 0
    words = [BBox(x0=0.02, y0=y, x1=0.98, y1=y + 0.2) for y in (0.3, 0.5)]
    assert ruling(pixels, 0.2).grids
    assert not ruling(pixels, 0.2, words).grids


def test_a_page_is_its_own_sheet() -> None:
    lines = [BBox(x0=0.1, y0=0.1 + n * 0.02, x1=0.9, y1=0.113 + n * 0.02) for n in range(30)]
    assert sheet_for(1240, 1754, lines).is_picture


def test_a_page_set_in_large_type_is_its_own_sheet_and_a_paragraph_of_it_is_not() -> None:
    def lines(left: float, step: float) -> list[BBox]:
        tops = [left + n * step for n in range(20)]
        return [BBox(x0=left, y0=top, x1=1 - left, y1=top + 0.02) for top in tops]

    assert sheet_for(1240, 1754, lines(0.1, 0.04)).is_picture
    assert not sheet_for(1240, 1430, lines(0.01, 0.05)).is_picture


def test_places_on_a_sheet_are_found_again_on_the_picture() -> None:
    box = BBox(x0=0.25, y0=0.5, x1=0.75, y1=0.625)
    sheet = sheet_for(400, 160, [box])
    assert not sheet.is_picture
    moved = sheet.on_sheet(box)
    assert moved.height < 0.015
    back = sheet.on_picture(moved)
    assert [back.x0, back.y0, back.x1, back.y1] == pytest.approx([box.x0, box.y0, box.x1, box.y1])


def test_boxes_lie_close_around_small_type() -> None:
    rows = tuple(tuple(f"{n * 7 + column * 3}.{n}" for column in range(6)) for n in range(30))
    quads = Rapid().detect(cut_out(rows, size=9, step=60, pitch=14))
    assert len(quads) >= 175
    assert median(size(quad)[1] for quad in quads) < 12
