"""Tables out of grids and words, lists of labels and values, tables that run over pages."""

from collections.abc import Sequence

import pytest

from docintel.model import BBox, Block, BlockLabel, Cell, Table
from docintel.tables import continues, grid, join, to_html
from docintel.tables.aligned import RegionPart, split_region
from docintel.tables.lattice import Grid, Place, Text, is_number
from docintel.tables.prose import is_prose_beside_prose
from docintel.tables.ruled import header_rows, table_from_grid

A4 = 0.707
"""Width by height."""
HEIGHT = 0.014


def words(line: str, x: float, y: float, *, number: int = 0, letter: float = 0.009) -> list[Text]:
    """A line of words set from x on, in a type whose letters are all as wide."""
    found, place = [], x
    for rank, word in enumerate(line.split()):
        box = BBox(x0=place, y0=y, x1=place + letter * len(word), y1=y + HEIGHT)
        found.append(Text(word, box, number, rank))
        place += letter * (len(word) + 0.6)
    return found


def sheet(*lines: tuple[float, dict[float, str]]) -> list[Text]:
    """Words of a page: for each line its y, and what stands at which x."""
    number, found = 0, []
    for y, texts in lines:
        for x, text in texts.items():
            found += words(text, x, y, number=number)
            number += 1
    return found


def evenly(rows: Sequence[Sequence[str]], xs: Sequence[float], *, top: float = 0.2, pitch: float = 0.024) -> list[Text]:
    return sheet(*((top + pitch * n, dict(zip(xs, row, strict=True))) for n, row in enumerate(rows)))


def table_in(found: Sequence[RegionPart]) -> Table:
    (table,) = [piece.table for piece in found if piece.table]
    return table


def ruled(rows: int, columns: int) -> Grid:
    places = tuple(Place(row, column) for row in range(rows) for column in range(columns))
    ys = tuple(0.1 + 0.1 * n for n in range(rows + 1))
    return Grid(ys, tuple(0.1 + 0.8 / columns * n for n in range(columns + 1)), places)


def test_each_word_goes_to_the_cell_that_holds_its_middle() -> None:
    texts = [*words("Item Price", 0.2, 0.14), *words("glue", 0.2, 0.24), *words("2.50", 0.6, 0.24)]
    table = table_from_grid(ruled(2, 2), texts)
    assert table and grid(table) == [["Item Price", ""], ["glue", "2.50"]]


def test_a_line_that_runs_over_cells_is_parted_word_by_word() -> None:
    texts = [Text("one", BBox(x0=0.4, y0=0.14, x1=0.49, y1=0.15)), Text("two", BBox(x0=0.51, y0=0.14, x1=0.6, y1=0.15))]
    table = table_from_grid(ruled(2, 2), texts)
    assert table and grid(table)[0] == ["one", "two"]


def test_column_0_is_the_rightmost_where_the_page_runs_right_to_left() -> None:
    texts = [*words("يمين", 0.7, 0.14), *words("يسار", 0.2, 0.14), *words("أول", 0.7, 0.24), *words("ثان", 0.2, 0.24)]
    table = table_from_grid(ruled(2, 2), texts, right_to_left=True)
    assert table and grid(table) == [["يمين", "يسار"], ["أول", "ثان"]]
    assert table.cells[0].bbox == BBox(x0=0.5, y0=0.1, x1=0.9, y1=0.2)


def test_words_of_a_line_keep_the_order_they_were_read_in() -> None:
    first = Text("رقم", BBox(x0=0.6, y0=0.14, x1=0.7, y1=0.16), 0, 0)
    second = Text("الهاتف", BBox(x0=0.65, y0=0.14, x1=0.75, y1=0.16), 0, 1)
    table = table_from_grid(ruled(2, 2), [second, first, *words("x", 0.2, 0.24)], right_to_left=True)
    assert table and grid(table)[0][0] == "رقم الهاتف"


def test_a_cell_over_two_columns_holds_the_words_of_both() -> None:
    places = (Place(0, 0, 1, 2), Place(1, 0), Place(1, 1))
    shape = Grid((0.1, 0.2, 0.3), (0.1, 0.5, 0.9), places, shaded_rows=1)
    table = table_from_grid(shape, [*words("First half of the", 0.3, 0.14), *words("3", 0.2, 0.24)])
    assert table and [(c.text, c.column_span, c.is_header) for c in table.cells] == [
        ("First half of the", 2, True),
        ("3", 1, False),
        ("", 1, False),
    ]


def test_a_grid_with_hardly_a_word_is_a_drawing() -> None:
    assert table_from_grid(ruled(6, 6), words("Chart", 0.2, 0.14)) is None


def test_numbers_in_two_columns_between_the_same_rules_are_parted_under_a_common_head() -> None:
    body = [
        text
        for row, line in enumerate((("Exact", "79", "51"), ("Relaxed", "149", "21"), ("Gap", "39", "115")), 1)
        for x, word in zip((0.12, 0.55, 0.7), line, strict=True)
        for text in words(word, x, 0.14 + 0.1 * row, number=10 * row)
    ]
    head = [*words("variant", 0.12, 0.14), *words("karate results", 0.61, 0.14)]
    table = table_from_grid(ruled(4, 2), [*head, *body])
    assert table
    assert table.num_columns == 3
    assert [(cell.text, cell.column_span) for cell in table.cells if cell.row == 0] == [
        ("variant", 1),
        ("karate results", 2),
    ]
    assert grid(table)[1:] == [["Exact", "79", "51"], ["Relaxed", "149", "21"], ["Gap", "39", "115"]]


def test_numbers_with_units_stay_one_column() -> None:
    body = [
        text
        for row, line in enumerate(("5.1 ± 0.2", "17.3 ± 1.0", "4.9 ± 0.1"))
        for text in [*words("Run", 0.12, 0.14 + 0.1 * row), *words(line, 0.55, 0.14 + 0.1 * row, number=row + 1)]
    ]
    table = table_from_grid(ruled(3, 2), body)
    assert table
    assert table.num_columns == 2


def test_rows_without_rules_between_them_are_parted_at_their_numbers() -> None:
    shape = Grid((0.1, 0.14, 0.4), (0.1, 0.6, 0.9), tuple(Place(r, c) for r in range(2) for c in range(2)))
    texts = sheet(
        (0.11, {0.2: "Article", 0.7: "Packs"}),
        (0.15, {0.2: "Roof tiles,", 0.7: "24"}),
        (0.167, {0.2: "natural red"}),
        (0.2, {0.2: "Nails", 0.7: "6"}),
        (0.23, {0.2: "Batten", 0.7: "12"}),
    )
    table = table_from_grid(shape, texts)
    assert table and grid(table) == [
        ["Article", "Packs"],
        ["Roof tiles, natural red", "24"],
        ["Nails", "6"],
        ["Batten", "12"],
    ]


def test_wrapped_text_in_every_column_is_one_row() -> None:
    texts = [*words("one", 0.2, 0.11), *words("two", 0.2, 0.13), *words("red", 0.7, 0.11), *words("blue", 0.7, 0.13)]
    table = table_from_grid(ruled(2, 2), [*texts, *words("next", 0.2, 0.24)])
    assert table and grid(table) == [["one two", "red blue"], ["next", ""]]


@pytest.mark.parametrize("text", ["12", "1,524.60", "(31,400)", "−4.5 %", "612 kg", "£ 20", "3 : 1", "9:30", "٣٢٠"])
def test_figures_with_signs_and_units_are_numbers(text: str) -> None:
    assert is_number(text)


@pytest.mark.parametrize("text", ["", "N 12", "K-101", "Q1", "24 March 2024", "closed", "3 Castle Street"])
def test_names_and_dates_are_no_numbers(text: str) -> None:
    assert not is_number(text)


@pytest.mark.parametrize(
    ("rows", "headers"),
    [
        ([["Item", "Price"], ["glue", "2.50"], ["tape", "1.20"]], 1),
        ([["glue", "2.50"], ["tape", "1.20"]], 0),
        ([["Name", "Room", "Time"], ["Ash", "red", "noon"]], 1),
        ([["Name", "Ash"], ["Room", "red"]], 0),
        ([["", "left", "right"], ["up", "a", "b"]], 0),
        ([["only", "row"]], 0),
    ],
)
def test_a_header_is_words_over_numbers_or_a_full_row_over_words(rows: list[list[str]], headers: int) -> None:
    assert header_rows(rows) == headers


def test_columns_are_where_white_runs_through_the_rows() -> None:
    rows = [
        ["Plot", "Soil", "2019"],
        ["A1", "loam", "6.41"],
        ["B1", "sandy loam", "4.98"],
        ["C1", "heavy clay", "5.52"],
    ]
    table = table_in(split_region(evenly(rows, [0.1, 0.3, 0.6]), (), aspect=A4))
    assert grid(table) == rows
    assert [cell.is_header for cell in table.cells[:4]] == [True, True, True, False]


def test_a_wrapped_cell_joins_the_row_it_stands_nearest_to() -> None:
    texts = sheet(
        (0.200, {0.1: "Day", 0.3: "Subject", 0.8: "Hours"}),
        (0.230, {0.1: "Monday", 0.3: "Introduction to the archive,", 0.8: "2"}),
        (0.247, {0.3: "its holdings and"}),
        (0.264, {0.3: "its rules"}),
        (0.294, {0.1: "Tuesday", 0.3: "Care of paper", 0.8: "3"}),
        (0.324, {0.1: "Friday", 0.3: "Visit to the", 0.8: "4"}),
        (0.341, {0.3: "bindery"}),
    )
    assert grid(table_in(split_region(texts, (), aspect=A4))) == [
        ["Day", "Subject", "Hours"],
        ["Monday", "Introduction to the archive, its holdings and its rules", "2"],
        ["Tuesday", "Care of paper", "3"],
        ["Friday", "Visit to the bindery", "4"],
    ]


def test_a_rule_under_each_row_says_where_rows_end() -> None:
    texts = sheet(
        (0.200, {0.1: "No.", 0.3: "Work", 0.8: "Sum"}),
        (0.220, {0.1: "1", 0.3: "Oak treads, cut to", 0.8: "679"}),
        (0.237, {0.3: "measure"}),
        (0.254, {0.1: "2", 0.3: "Handrail, ash, with", 0.8: "436"}),
        (0.271, {0.3: "brackets"}),
        (0.288, {0.1: "3", 0.3: "Waste", 0.8: "60"}),
    )
    rules = [BBox(x0=0.1, y0=y, x1=0.85, y1=y) for y in (0.217, 0.253, 0.287, 0.305)]
    table = table_in(split_region(texts, rules, aspect=A4))
    assert [row[1] for row in grid(table)] == [
        "Work",
        "Oak treads, cut to measure",
        "Handrail, ash, with brackets",
        "Waste",
    ]


def test_a_heading_over_two_columns_spans_them() -> None:
    texts = sheet(
        (0.200, {0.1: "Sample", 0.32: "Method of the elders"}),
        (0.224, {0.1: "Barley", 0.3: "12.41", 0.5: "0.30"}),
        (0.248, {0.1: "Rye", 0.3: "10.08", 0.5: "0.22"}),
        (0.272, {0.1: "Oats", 0.3: "11.36", 0.5: "0.19"}),
    )
    table = table_in(split_region(texts, (), aspect=A4))
    assert (table.cells[1].text, table.cells[1].column_span) == ("Method of the elders", 2)


def test_labels_and_values_are_pairs() -> None:
    rows = [["Invoice number", "HF-2024-0387"], ["Due date", "13 April 2024"], ["Invoice total (GBP)", "1,524.60"]]
    (piece,) = split_region(evenly(rows, [0.1, 0.5]), (), aspect=A4)
    assert [list(pair) for pair in piece.pairs] == rows


def test_two_columns_with_a_ruled_header_are_a_table() -> None:
    rows = [["Article", "Units"], ["Olive", "8"], ["Lavender", "60"]]
    table = table_in(split_region(evenly(rows, [0.1, 0.6]), [BBox(x0=0.1, y0=0.22, x1=0.7, y1=0.22)], aspect=A4))
    assert grid(table) == rows and table.cells[0].is_header


def test_lines_that_do_not_stand_level_are_two_things_side_by_side() -> None:
    address = [
        (0.200 + 0.018 * n, {0.1: text})
        for n, text in enumerate(["Bill to", "County Archive", "Castle Street", "Lewes"])
    ]
    facts = [
        (0.209 + 0.026 * n, {0.6: a, 0.8: b})
        for n, (a, b) in enumerate([("Number", "77"), ("Date", "14 May"), ("Due", "13 June")])
    ]
    first, second = split_region(sheet(*address, *facts), (), aspect=A4)
    assert not first.pairs and not first.table
    assert second.pairs == (("Number", "77"), ("Date", "14 May"), ("Due", "13 June"))


def test_running_text_is_no_table() -> None:
    line = "The reading room is open to everyone who brings a letter"
    (piece,) = split_region(sheet(*((0.2 + 0.02 * n, {0.1: line[n:]}) for n in range(6))), (), aspect=A4)
    assert piece.table is None and not piece.pairs and len(piece.words) > 50


def test_running_text_with_specks_beside_it_is_no_table() -> None:
    prose = [
        "The harbour office writes to",
        "all captains who berth here",
        "that from Monday on the gate",
        "will be shut after nightfall",
        "and opened again at daybreak",
        "unless a ship is expected in",
    ]
    specks = {1: "na", 4: "111"}
    lines = [
        (0.2 + 0.024 * n, {0.1: text} | ({0.85: specks[n]} if n in specks else {})) for n, text in enumerate(prose)
    ]
    assert not any(piece.table or piece.pairs for piece in split_region(sheet(*lines), (), aspect=A4))


def test_lines_that_go_on_in_lower_case_are_no_rows() -> None:
    left = ["The harbour office writes to", "all captains who berth here", "that from Monday on the gate"]
    left += ["will be shut after nightfall", "and opened again at daybreak", "unless a ship is expected"]
    notes = ["Sent on", "Monday by", "post from", "the office", "in town", "as usual"]
    texts = evenly(list(zip(left, notes, strict=True)), [0.1, 0.7])
    assert not any(piece.table for piece in split_region(texts, (), aspect=A4))


def test_every_word_is_in_one_piece() -> None:
    texts = evenly([["Total", "1"], ["VAT", "2"]], [0.1, 0.5]) + words("Thank you for the order", 0.1, 0.6)
    found = split_region(texts, (), aspect=A4)
    assert sorted(word for piece in found for word in piece.words) == list(range(len(texts)))


def test_columns_right_to_left_count_from_the_right() -> None:
    rows = [["3", "מים"], ["4", "עץ"], ["5", "אבן"], ["7", "חול"]]
    texts = evenly([["3", "x", "מים"], ["4", "y", "עץ"], ["5", "z", "אבן"], ["7", "u", "חול"]], [0.1, 0.4, 0.7])
    table = table_in(split_region(texts, (), aspect=A4, right_to_left=True))
    assert [row[0] for row in grid(table)] == [row[1] for row in rows]
    assert [row[2] for row in grid(table)] == [row[0] for row in rows]


def cells(*rows: Sequence[str], headers: int = 0) -> Table:
    found = [
        Cell(row=r, column=c, text=text, is_header=r < headers)
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    ]
    return Table(num_rows=len(rows), num_columns=len(rows[0]), cells=tuple(found))


def block(table: Table, y0: float, y1: float) -> Block:
    return Block(id="b1", label=BlockLabel.TABLE, bbox=BBox(x0=0.1, y0=y0, x1=0.9, y1=y1), text="", table=table)


def test_a_table_goes_on_at_the_top_of_the_next_page() -> None:
    table = cells(["a", "b"], ["c", "d"])
    assert continues(block(table, 0.4, 0.9), block(table, 0.1, 0.3))
    assert not continues(block(table, 0.2, 0.5), block(table, 0.1, 0.3))
    assert not continues(block(table, 0.4, 0.9), block(cells(["a", "b", "c"]), 0.1, 0.3))


def test_joined_tables_say_their_header_once() -> None:
    first = cells(["Code", "Article"], ["1", "glue"], headers=1)
    second = cells(["Code", "Article"], ["2", "tape"], headers=1)
    assert grid(join([first, second])) == [["Code", "Article"], ["1", "glue"], ["2", "tape"]]


def test_a_repeated_header_that_was_read_a_little_differently_is_still_one() -> None:
    first = cells(["Code", "Article", "Pieces"], ["1", "glue", "5"], headers=1)
    second = cells(["Code", "Artic1e", "Pieces"], ["2", "tape", "6"], headers=1)
    assert join([first, second]).num_rows == 3


def test_rows_that_go_on_without_a_header_are_rows() -> None:
    first = cells(["Name", "Room", "Time"], ["Ash", "red", "noon"], headers=1)
    joined = join([first, cells(["Elm", "blue", "dusk"], ["Oak", "red", "dawn"], headers=1)])
    assert joined.num_rows == 4 and [cell.is_header for cell in joined.cells].count(True) == 3


def test_html_escapes_texts_and_keeps_spans() -> None:
    table = Table(
        num_rows=1, num_columns=2, cells=(Cell(row=0, column=0, column_span=2, text="a < b", is_header=True),)
    )
    assert to_html(table) == '<table>\n<tr><th colspan="2">a &lt; b</th></tr>\n</table>'


def test_columns_of_a_newspaper_are_prose() -> None:
    left = [
        "The town opens",
        "its new library",
        "in May. Work has",
        "gone on as it",
        "was planned, and",
        "Rooms are done",
    ]
    right = [
        "stock a thousand",
        "new books. Costs",
        "rose to three",
        "million. The",
        "Council agreed",
        "in March this year",
    ]
    assert is_prose_beside_prose(list(map(list, zip(left, right, strict=True))))


def test_labels_and_values_are_no_prose() -> None:
    labels = ["Name", "Date of birth", "Town", "Colour", "Language", "Since"]
    values = ["Jelle van Oostrum", "9 April 2018", "Utrecht", "dark blue", "Dutch", "last May"]
    assert not is_prose_beside_prose(list(map(list, zip(labels, values, strict=True))))
