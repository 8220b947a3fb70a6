"""Reading order, rows, columns, paragraphs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docintel.layout import (
    gutters,
    join_lines,
    join_words,
    lines,
    paragraphs,
    reading_order,
    rows,
    rows_of_amounts,
    white_stripes,
)
from docintel.model import BBox, Word


def box(x0: float, y0: float, x1: float, y1: float) -> BBox:
    return BBox(x0=x0, y0=y0, x1=x1, y1=y1)


LEFT_TOP, LEFT_LOW = box(0.1, 0.2, 0.45, 0.5), box(0.1, 0.52, 0.45, 0.9)
RIGHT_TOP, RIGHT_LOW = box(0.55, 0.2, 0.9, 0.4), box(0.55, 0.42, 0.9, 0.9)
TITLE = box(0.1, 0.05, 0.9, 0.1)


def test_columns_are_read_one_after_the_other_below_what_spans_them() -> None:
    assert reading_order([RIGHT_LOW, LEFT_TOP, TITLE, RIGHT_TOP, LEFT_LOW]) == [2, 1, 4, 3, 0]


def test_columns_start_at_the_right_where_the_script_does() -> None:
    assert reading_order([LEFT_TOP, LEFT_LOW, RIGHT_TOP, RIGHT_LOW, TITLE], right_to_left=True) == [4, 2, 3, 0, 1]


def test_paragraphs_that_end_at_one_height_in_both_columns_do_not_break_the_columns() -> None:
    left, right = (
        [box(0.1, y, 0.45, y + 0.18) for y in (0.1, 0.3, 0.5)],
        [box(0.55, y, 0.9, y + 0.18) for y in (0.1, 0.3, 0.5)],
    )
    assert reading_order([*left, *right]) == [0, 1, 2, 3, 4, 5]


def test_an_address_beside_a_name_and_its_motto_is_read_after_both() -> None:
    name, motto, address = box(0.1, 0.055, 0.4, 0.085), box(0.095, 0.088, 0.3, 0.1), box(0.7, 0.06, 0.9, 0.12)
    assert reading_order([address, motto, name]) == [2, 1, 0]


def test_labels_and_values_that_are_single_lines_are_read_row_by_row() -> None:
    labels, values = (
        [box(0.1, y, 0.3, y + 0.015) for y in (0.1, 0.13)],
        [box(0.6, y, 0.8, y + 0.015) for y in (0.1, 0.13)],
    )
    assert reading_order([*labels, *values]) == [0, 2, 1, 3]


boxes = st.builds(
    lambda x, y, w, h: BBox.from_corners(x, y, x + w, y + h),
    *(st.floats(0, 1) for _ in range(2)),
    *(st.floats(0, 0.5) for _ in range(2)),
)


@given(st.lists(boxes, max_size=30), st.booleans())
def test_reading_order_names_every_box_once(given_boxes: list[BBox], right_to_left: bool) -> None:
    order = reading_order(given_boxes, right_to_left=right_to_left)
    assert sorted(order) == list(range(len(given_boxes)))


@given(st.lists(boxes, max_size=30))
def test_rows_and_paragraphs_hold_every_box_once(given_boxes: list[BBox]) -> None:
    for groups in (rows(given_boxes), paragraphs(given_boxes)):
        assert sorted(index for group in groups for index in group) == list(range(len(given_boxes)))


def words_of(*places: tuple[str, float, float]) -> list[Word]:
    return [Word(text=text, bbox=box(x, y, x + 0.05, y + 0.01)) for text, x, y in places]


def test_lines_end_where_the_gap_is_a_column() -> None:
    words = words_of(("two", 0.16, 0.1), ("one", 0.1, 0.101), ("far", 0.6, 0.1), ("below", 0.1, 0.12))
    assert [[word.text for word in line] for line in lines(words)] == [["one", "two"], ["far"], ["below"]]


def test_lines_run_from_the_right_in_arabic() -> None:
    words = words_of(("ثان", 0.5, 0.1), ("أول", 0.56, 0.1))
    assert [[word.text for word in line] for line in lines(words, right_to_left=True)] == [["أول", "ثان"]]


def test_gutter_is_found_though_a_heading_crosses_it() -> None:
    column = [[box(0.1, y / 50, 0.45, y / 50 + 0.01), box(0.5, y / 50, 0.9, y / 50 + 0.01)] for y in range(5, 30)]
    assert gutters([[box(0.1, 0.05, 0.9, 0.06)], *column]) == [pytest.approx(0.475, abs=0.005)]


def test_numbers_of_a_list_are_no_column() -> None:
    items = [[box(0.1, y / 50, 0.12, y / 50 + 0.01), box(0.15, y / 50, 0.9, y / 50 + 0.01)] for y in range(5, 30)]
    assert gutters(items) == []
    assert len(white_stripes(items)) == 1


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (["eine Be-", "scheinigung"], "eine Bescheinigung"),
        (["Nord-", "Süd-Gefälle"], "Nord-Süd-Gefälle"),
        (["eine Be\u00ad", "scheinigung"], "eine Bescheinigung"),
        (["from 2019-", "2020 on"], "from 2019-2020 on"),
        (["1,860.00-", "Balance"], "1,860.00- Balance"),
        (["yes -", "or no"], "yes - or no"),
        (["第一行", "第二行"], "第一行第二行"),
        (["ภาษา", "ไทย"], "ภาษาไทย"),
        (["one", "", "two"], "one two"),
        (["版本", "PDF 1.7"], "版本 PDF 1.7"),
        ([], ""),
    ],
)
def test_lines_are_joined_as_their_script_is_written(texts: list[str], joined: str) -> None:
    assert join_lines(texts) == joined


def test_rows_of_a_bill_are_not_joined() -> None:
    lines = ["HARBOUR PHARMACY", "3 Quay Street", "Plasters 4.10", "Cough syrup 8.95", "TOTAL € 13.05", "Paid in cash"]
    joined = [join_lines(group) for group in rows_of_amounts(lines)]
    assert joined == ["HARBOUR PHARMACY 3 Quay Street", *lines[2:5], "Paid in cash"]


def test_rows_with_leaders_are_not_joined() -> None:
    lines = ["Wash and cut ........ 60 lei", "Colour ............ from 130 lei", "Walk in or call us", "at any time."]
    joined = [join_lines(group) for group in rows_of_amounts(lines)]
    assert joined == [*lines[:2], "Walk in or call us at any time."]


def test_prose_whose_lines_end_in_amounts_is_joined() -> None:
    lines = [
        "The plasters cost 4.10",
        "and the syrup, which we did not need, 8.95",
        "so that we paid 13.05 in the end.",
    ]
    assert [join_lines(group) for group in rows_of_amounts(lines)] == [" ".join(lines)]


def test_words_without_spaces_between_them_are_joined_without() -> None:
    assert join_words(["东京", "PDF", "版", "本"]) == "东京 PDF 版本"


def test_paragraphs_part_at_white_and_at_another_size() -> None:
    body = [box(0.1, y, 0.9, y + 0.012) for y in (0.1, 0.118, 0.136, 0.2, 0.218)]
    heading = box(0.1, 0.05, 0.5, 0.09)
    assert paragraphs([*body, heading]) == [[5], [0, 1, 2], [3, 4]]
