"""Ruled grids in pixels, and which lines of a page become tables."""

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import pytest

from docintel.engines.local.geometry import Pixels
from docintel.engines.local.layout.grids import ruling
from docintel.engines.local.layout.placed import PlacedLine
from docintel.engines.local.layout.regions import Region
from docintel.engines.local.layout.tabling import part_tables
from docintel.layout import rows as rows_of
from docintel.model import BBox, BlockLabel, Word
from docintel.tables import grid

XS = (0.1, 0.2, 0.5, 0.7, 0.9)
YS = (0.3, 0.33, 0.36, 0.39)


def paper(dpi: int = 150) -> Pixels:
    """An A4 sheet with scanner's grain."""
    noise = np.random.default_rng(1).normal(0, 5, (round(dpi * 11.69), round(dpi * 8.27), 1))
    return np.repeat(np.clip(246 + noise, 0, 255).astype(np.uint8), 3, axis=2)


def draw(page: Pixels, a: tuple[float, float], b: tuple[float, float], *, grey: int = 60, width: int = 1) -> None:
    height, across = page.shape[:2]
    ends = [(round(x * across), round(y * height)) for x, y in (a, b)]
    cv2.line(page, ends[0], ends[1], (grey, grey, grey), width)


def draw_grid(
    page: Pixels, xs: Sequence[float] = XS, ys: Sequence[float] = YS, *, grey: int = 60, width: int = 1
) -> None:
    for y in ys:
        draw(page, (xs[0], y), (xs[-1], y), grey=grey, width=width)
    for x in xs:
        draw(page, (x, ys[0]), (x, ys[-1]), grey=grey, width=width)


def write(page: Pixels, text: str, x: float, y: float, *, size: float = 0.6) -> None:
    height, across = page.shape[:2]
    place = (round(x * across), round(y * height))
    cv2.putText(page, text, place, cv2.FONT_HERSHEY_SIMPLEX, size * height / 1754, (30, 30, 30), 1, cv2.LINE_AA)


def test_a_grid_is_found_with_its_lines_where_they_run() -> None:
    page = paper()
    draw_grid(page)
    (found,) = ruling(page).grids
    assert found.rows == pytest.approx(YS, abs=0.002) and found.columns == pytest.approx(XS, abs=0.002)
    assert len(found.places) == 12


@pytest.mark.parametrize("dpi", [100, 150, 200, 300])
def test_a_grid_is_found_at_every_resolution(dpi: int) -> None:
    page = paper(dpi)
    draw_grid(page, width=max(dpi // 100, 1))
    assert [(len(g.rows), len(g.columns)) for g in ruling(page).grids] == [(4, 5)]


def test_light_grey_rules_are_rules() -> None:
    page = paper()
    draw_grid(page, grey=205)
    assert [len(g.places) for g in ruling(page).grids] == [12]


def test_rules_with_breaks_are_whole() -> None:
    page = paper()
    draw_grid(page)
    page[:, 500:512] = page[:40, 500:512].mean(axis=(0, 1)).astype(np.uint8)
    assert [len(g.places) for g in ruling(page).grids] == [12]


def test_a_page_that_still_leans_a_little_keeps_its_grid() -> None:
    page = paper()
    draw_grid(page)
    turn = cv2.getRotationMatrix2D((620, 877), 0.3, 1)
    leaning = cv2.warpAffine(page, turn, (page.shape[1], page.shape[0]), borderValue=(246, 246, 246))
    assert [len(g.places) for g in ruling(leaning).grids] == [12]


def test_a_double_rule_is_one_line() -> None:
    page = paper()
    draw_grid(page)
    draw(page, (0.1, YS[1] + 0.003), (0.9, YS[1] + 0.003))
    assert [len(g.rows) for g in ruling(page).grids] == [4]


def test_a_shaded_header_is_no_rule_and_is_known() -> None:
    page = paper()
    height, width = page.shape[:2]
    page[round(0.3 * height) : round(0.33 * height), round(0.1 * width) : round(0.9 * width)] -= 30
    draw_grid(page)
    (found,) = ruling(page).grids
    assert len(found.rows) == 4 and found.shaded_rows == 1


def test_cells_without_a_rule_between_them_are_one() -> None:
    page = paper()
    for y in YS:
        draw(page, (0.1, y), (0.9, y))
    for x in (0.1, 0.9):
        draw(page, (x, YS[0]), (x, YS[-1]))
    for x in XS[1:-1]:
        draw(page, (x, YS[1]), (x, YS[-1]))
    places = ruling(page).grids[0].places
    assert (places[0].row, places[0].column_span) == (0, 4) and len(places) == 9


def test_a_cell_can_run_over_two_rows() -> None:
    page = paper()
    draw_grid(page)
    blank = page[:20, :20].mean(axis=(0, 1)).astype(np.uint8)
    height, width = page.shape[:2]
    page[round(YS[1] * height) - 2 : round(YS[1] * height) + 3, round(0.1 * width) + 3 : round(0.2 * width) - 2] = blank
    assert ruling(page).grids[0].places[0].row_span == 2


def test_a_table_without_outer_sides_ends_where_its_rules_end() -> None:
    page = paper()
    for y in YS:
        draw(page, (0.1, y), (0.9, y))
    for x in XS[1:-1]:
        draw(page, (x, YS[0]), (x, YS[-1]))
    (found,) = ruling(page).grids
    assert found.columns == pytest.approx(XS, abs=0.003)


def test_two_tables_side_by_side_are_two() -> None:
    page = paper()
    draw_grid(page, xs=(0.1, 0.2, 0.4))
    draw_grid(page, xs=(0.55, 0.7, 0.9), ys=(0.3, 0.33, 0.36))
    assert [len(g.places) for g in ruling(page).grids] == [6, 4]


def test_frames_letterheads_and_underlines_are_no_grids() -> None:
    page = paper()
    draw_grid(page, xs=(0.1, 0.9), ys=(0.5, 0.6))
    draw_grid(page, xs=(0.03, 0.97), ys=(0.03, 0.97))
    draw(page, (0.1, 0.15), (0.9, 0.15), width=3)
    draw(page, (0.1, 0.22), (0.3, 0.22))
    found = ruling(page)
    assert not found.grids
    assert [round(rule.y0, 2) for rule in found.rules if rule.width > 0.1] == [0.15, 0.22]


def test_lines_of_text_are_no_rules() -> None:
    page = paper()
    for n in range(30):
        write(page, "The reading room will be open to everyone, minimum of millimetres", 0.1, 0.2 + 0.02 * n)
    found = ruling(page)
    assert not found.grids and not found.rules


def placed(text: str, *boxes: tuple[float, float, float, float]) -> PlacedLine:
    spots = [BBox(x0=a, y0=b, x1=c, y1=d) for a, b, c, d in boxes]
    words = tuple(Word(text=word, bbox=box) for word, box in zip(text.split(), spots, strict=True))
    return PlacedLine(text, 0.9, BBox.around(spots), words, tuple((w.text, w.bbox) for w in words))


def line(text: str, x: float, y: float) -> PlacedLine:
    boxes, place = [], x
    for word in text.split():
        boxes.append((place, y, place + 0.009 * len(word), y + 0.014))
        place += 0.009 * (len(word) + 0.6)
    return placed(text, *boxes)


def region(label: BlockLabel, x0: float, y0: float, x1: float, y1: float) -> Region:
    return Region(label, BBox(x0=x0, y0=y0, x1=x1, y1=y1), 0.9)


def texts_of(lines: Sequence[PlacedLine]) -> list[str]:
    order = rows_of([each.level for each in lines])
    return [lines[i].text for row in order for i in row]


def test_a_ruled_table_takes_its_words_out_of_a_region_that_holds_more() -> None:
    page = paper()
    draw_grid(page)
    inside = [
        line(f"{a}{b}", x + 0.01, y + 0.006) for a, (y, _) in enumerate(pairwise(YS)) for b, x in enumerate(XS[:-1])
    ]
    around = [line("Bill to", 0.1, 0.2), line("County Archive", 0.1, 0.22), line("Thank you", 0.1, 0.42)]
    found = part_tables(
        [*inside, *around], [region(BlockLabel.TABLE, 0.09, 0.19, 0.91, 0.45)], ruling(page), aspect=0.707
    )
    (part,) = found.parts
    assert part.table and grid(part.table) == [[f"{a}{b}" for b in range(4)] for a in range(3)]
    assert texts_of(found.lines) == ["Bill to", "County Archive", "Thank you"] and not found.regions


def test_a_line_read_across_a_table_and_its_margin_is_parted() -> None:
    page = paper()
    draw_grid(page)
    across = placed("note one two", (0.02, 0.31, 0.08, 0.32), (0.12, 0.31, 0.18, 0.32), (0.3, 0.31, 0.4, 0.32))
    more = [line("three", 0.12, 0.34), line("four", 0.3, 0.34)]
    found = part_tables([across, *more], [], ruling(page), aspect=0.707)
    (part,) = found.parts
    assert part.table and grid(part.table)[0][:2] == ["one", "two"]
    assert [each.text for each in found.lines] == ["note"]


def test_labels_and_values_in_a_region_of_text_are_a_list() -> None:
    pairs = [("Surname", "Castellanos"), ("Born", "17 August 1991"), ("Telephone", "01947 555 018")]
    lines = [
        line(text, x, 0.2 + 0.03 * n) for n, pair in enumerate(pairs) for text, x in zip(pair, (0.1, 0.4), strict=True)
    ]
    beside = [region(BlockLabel.TEXT, 0.1, 0.2, 0.25, 0.28), region(BlockLabel.TEXT, 0.4, 0.2, 0.6, 0.28)]
    found = part_tables(lines, beside, ruling(paper()), aspect=0.707)
    (part,) = found.parts
    assert part.region.label is BlockLabel.KEY_VALUE and list(part.pairs) == pairs and not found.lines


def test_columns_of_running_text_stay_text() -> None:
    prose = "The frost came late this year and beans stood"
    lines = [line(prose, x, 0.2 + 0.02 * n) for n in range(6) for x in (0.05, 0.53)]
    columns = [region(BlockLabel.TEXT, 0.05, 0.2, 0.47, 0.32), region(BlockLabel.TEXT, 0.53, 0.2, 0.95, 0.32)]
    found = part_tables(lines, columns, ruling(paper()), aspect=0.707)
    assert not found.parts and len(found.lines) == 12 and list(found.regions) == columns


def test_every_word_stays_on_the_page_once() -> None:
    page = paper()
    draw_grid(page)
    lines = [line("one two three four", 0.05, 0.31 + 0.03 * n) for n in range(5)]
    found = part_tables(lines, [region(BlockLabel.TABLE, 0, 0.3, 1, 0.5)], ruling(page), aspect=0.707)
    kept = [word for part in found.parts for each in part.lines for word in each.words]
    kept += [word for each in found.lines for word in each.words]
    assert len(kept) == 20 and len({(word.text, word.bbox.x0, word.bbox.y0) for word in kept}) == 20
