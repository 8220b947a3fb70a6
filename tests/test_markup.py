"""docintel.markup: what models say, read; whatever it is, nothing raises and no markup comes out."""

import os
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docintel import tables
from docintel.export.html import to_html
from docintel.markup import (
    Parsed,
    last_words,
    read_html,
    read_markdown,
    read_spots,
    read_text,
)
from docintel.markup.boxes import read_box
from docintel.model import Block, BlockLabel, Document, DocumentState, Page

NUM_FUZZED = int(os.environ.get("DOCINTEL_FUZZ", "400"))
"""Examples for each fuzz test; 50,000 take some minutes."""

TABLE_TAGS = re.compile(r'</?table>|</?tr>|<t[dh](?: rowspan="\d+")?(?: colspan="\d+")?>|</t[dh]>')
"""All the tags and attributes that a table may be written with."""

PAGE = """```html
<html><body>
<h1 data-bbox="50 40 600 80">Jahresbericht &amp; Ausblick</h1>
<div class="text" data-bbox="91 101 346 127">a &lt; b und 3 < 4<br>zweite   Zeile <name@example.org></div>
<ul><li data-bbox="1 2 300 40">eins<li data-bbox="1 42 300 80">zwei</ul>
<div class="image" data-bbox="90 600 300 700"><img data-bbox="90 600 300 700" src="x.png"/></div>
<div class="image caption" data-bbox="90 705 300 720">Abb. 1</div>
<div class="formula machine_printed" data-bbox="100 800 400 850">$$x^2 &gt; 1$$</div>
</body></html>
```"""


def labels_and_texts(parsed: Parsed) -> list[tuple[str, str]]:
    return [(block.label.value, block.text) for block in parsed.blocks]


def rows(block: Block) -> list[list[str]]:
    assert block.table is not None
    return tables.grid(block.table)


def test_a_page_in_html_gives_its_blocks_in_order() -> None:
    parsed = read_html(PAGE)
    assert labels_and_texts(parsed) == [
        ("title", "Jahresbericht & Ausblick"),
        ("text", "a < b und 3 < 4\nzweite Zeile <name@example.org>"),
        ("list_item", "eins"),
        ("list_item", "zwei"),
        ("picture", ""),
        ("caption", "Abb. 1"),
        ("formula", "$$x^2 > 1$$"),
    ]
    assert parsed.is_whole
    assert parsed.notes == ()
    first = parsed.blocks[0]
    assert (first.bbox.x0, first.bbox.y0, first.bbox.x1, first.bbox.y1) == (0.05, 0.04, 0.6, 0.08)
    assert first.level == 1


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("91 101 346 127", (0.091, 0.101, 0.346, 0.127)),
        ("[91, 101, 346, 127]", (0.091, 0.101, 0.346, 0.127)),
        ("346 127 91 101", (0.091, 0.101, 0.346, 0.127)),
        ("-20 500.5 1200 990", (0, 0.5005, 1, 0.99)),
    ],
)
def test_boxes_are_fractions_of_the_page(written: str, expected: tuple[float, ...]) -> None:
    box = read_box(written)
    assert box is not None
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx(expected)


@pytest.mark.parametrize("written", ["", "1 2 3", "5 5 5 5", "1100 1100 1200 1200", "a b c d", "nan nan nan nan"])
def test_what_is_no_box_is_none(written: str) -> None:
    assert read_box(written) is None


def test_a_block_with_a_wrong_box_is_kept_and_told() -> None:
    parsed = read_html('<div class="text" data-bbox="5 5 5 5">kept</div>')
    assert [(b.text, b.bbox.x1) for b in parsed.blocks] == [("kept", 1.0)]
    assert parsed.notes == ("1 of 1 blocks came without a place on the page.",)


def test_a_polygon_is_a_place_too() -> None:
    [block] = read_html('<p data-polygon="100,200 300,210 300,260 100,250">tilted</p>').blocks
    assert (block.bbox.x0, block.bbox.y0, block.bbox.x1, block.bbox.y1) == (0.1, 0.2, 0.3, 0.26)


def test_tables_keep_spans_headers_and_what_stands_around_their_cells() -> None:
    said = (
        '<div class="table" data-bbox="90 300 900 500">Note <table><caption>Tab. 1</caption>'
        '<thead><tr><td rowspan="2">A</td><td colspan=2>B</td></tr></thead>'
        "<tr><td>1<td>2<table><tr><td>inner</td></tr></table></tr>stray</table></div>"
    )
    parsed = read_html(said)
    assert labels_and_texts(parsed) == [
        ("caption", "Note"),
        ("caption", "Tab. 1"),
        ("table", "A\tB\n1\t2\ninner"),
        ("text", "stray"),
    ]
    assert rows(parsed.blocks[2]) == [["A", "B", "B"], ["A", "1", "2\ninner"]]
    assert [cell.is_header for cell in parsed.blocks[2].table.cells] == [True, True, False, False]  # type: ignore[union-attr]


@pytest.mark.parametrize("span", ["0", "-3", "99999999999", "two", ""])
def test_impossible_spans_end_with_the_table(span: str) -> None:
    [block] = read_html(f'<table><tr><td rowspan="{span}" colspan="{span}">x</td></tr></table>').blocks
    assert block.table is not None
    assert block.table.num_rows == 1
    assert block.table.num_columns <= 200


def test_text_without_a_tag_is_a_block() -> None:
    parsed = read_html('before <div class="text" data-bbox="1 2 300 40">inside</div> after')
    assert [text for _, text in labels_and_texts(parsed)] == ["before", "inside", "after"]


def test_a_text_with_a_table_inside_loses_neither() -> None:
    parsed = read_html(
        '<div class="text" data-bbox="1 2 300 40">words<table data-bbox="1 20 300 40"><tr><td>1</table></div>'
    )
    assert labels_and_texts(parsed) == [("text", "words"), ("table", "1")]
    assert parsed.blocks[1].bbox.y0 == 0.02


@pytest.mark.parametrize("length", range(len(PAGE)))
def test_an_answer_that_breaks_off_gives_what_it_said(length: int) -> None:
    whole, cut = read_html(PAGE), read_html(PAGE[:length])
    said = [block.text for block in cut.blocks]
    assert len(said) <= len(whole.blocks)
    for text, full in zip(said[:-1], whole.blocks, strict=False):
        assert text == full.text


@pytest.mark.parametrize("last", ["Ausblick", "zweite", "eins", "zwei", "Abb. 1"])
def test_an_answer_that_breaks_off_has_all_that_came_before(last: str) -> None:
    whole, cut = read_html(PAGE), read_html(PAGE[: PAGE.index(last) + len(last)])
    *before, broken = (block.text for block in cut.blocks)
    assert before == [block.text for block in whole.blocks][: len(before)]
    assert broken.endswith(last)


def test_an_answer_that_breaks_off_says_so() -> None:
    assert not read_html('<html><body><div class="text" data-bbox="5 900 500 950">cut he').is_whole
    assert not read_html('<html><body><p data-bbox="1 2 30 40">a</p><div cla').is_whole
    assert not read_markdown("text\n\n```python\nx = 1").is_whole
    assert not read_spots("[{'bbox_2d': [1, 2, 30, 40], 'text_content': 'a'}, {'bbox_2d': [1,").is_whole


def test_fences_and_special_tokens_are_not_the_page() -> None:
    assert read_text("```\nabc\n```<|im_end|>") == "abc"


def test_a_page_that_speaks_of_thinking_is_read_whole() -> None:
    assert read_text("A tag <think> is closed by </think>.") == "A tag <think> is closed by </think>."


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ('<html><body><p data-bbox="1 2 3 4">Der Z\u00e4hler</p><p data-bb', "Der Z\u00e4hler"),
        ("<td>1 &lt; 2</td><td>two  words", "1 < 2 two words"),
        ("# Title\n\na < b", "# Title a < b"),
        ("", ""),
    ],
)
def test_the_last_words_of_an_answer_come_without_tags(said: str, words: str) -> None:
    assert last_words(said, most=40) == words


def test_of_a_long_answer_only_the_end_is_shown() -> None:
    assert last_words("one two three four", most=10) == "…three four"


def test_right_to_left_text_is_kept_without_its_overrides() -> None:
    [block] = read_html('<p data-bbox="1 2 300 40">\u202eفاتورة رقم ٢١٥\u202c می\u200cخواهم</p>').blocks
    assert block.text == "فاتورة رقم ٢١٥ می\u200cخواهم"


def test_scripts_and_their_kind_say_nothing() -> None:
    said = '<p data-bbox="1 2 300 40">a<script>alert(1)</script><img src=x onerror=alert(1)>b<style>c</style></p>'
    assert [block.text for block in read_html(said).blocks] == ["ab"]


def test_markdown_gives_headings_lists_tables_pictures_formulas_and_code() -> None:
    said = (
        "# Title\n\nSome **bold** text\non two lines.\n\n- one\n- two\n1. three\n\n<!-- Image (10, 20, 300, 400) -->\n"
        "<!-- Table (10, 420, 900, 600) -->\n\\begin{tabular}{|l|p{3cm}|c|}\n\\hline\n"
        "\\multicolumn{2}{|c|}{Name} & \\textbf{Pr\\%eis} \\\\ \\hline\na & b & 5 \\& 6 \\\\\n\\end{tabular}\n\n"
        "| A | B |\n|---|---|\n| 1 | 2\\|3 |\n\n$$\nE = mc^2\n\nF = ma\n$$\n\n```python\nx = 1\n\ny = 2\n```\nlast\n"
    )
    parsed = read_markdown(said)
    assert labels_and_texts(parsed) == [
        ("title", "Title"),
        ("text", "Some bold text\non two lines."),
        ("list_item", "one"),
        ("list_item", "two"),
        ("list_item", "1. three"),
        ("picture", ""),
        ("table", "Name\tPr%eis\na\tb\t5 & 6"),
        ("table", "A\tB\n1\t2|3"),
        ("formula", "$$\nE = mc^2\nF = ma\n$$"),
        ("code", "x = 1\ny = 2"),
        ("text", "last"),
    ]
    assert parsed.blocks[6].bbox.x1 == 0.9
    assert rows(parsed.blocks[6])[0] == ["Name", "Name", "Pr%eis"]


def test_what_stands_around_a_tabular_is_kept() -> None:
    table = "\\begin{tabular}{ll}a & b\\\\\\end{tabular}"
    said = f"\\begin{{table}}[h]\\centering\\caption{{Prices}}\n{table}\n\\end{{table}}\nafter"
    assert labels_and_texts(read_markdown(said)) == [("caption", "Prices"), ("table", "a\tb"), ("text", "after")]


def test_spots_are_read_from_json_and_from_python() -> None:
    said = (
        "```json\n[{'bbox_2d': [1, 2, 300, 40], 'text_content': 'it\\'s'}, {\"text_content\": \"no box\"},\n"
        '{"text_content": "y \\u00e9", "bbox_2d": [1, 2, 30, 40]}]\n```'
    )
    assert [word.text for word in read_spots(said).words] == ["it's", "y é"]


def test_a_spot_without_a_text_does_not_take_its_neighbours() -> None:
    said = "[{'bbox_2d': [1, 2, 30, 40]}, {'bbox_2d': [1, 50, 30, 90], 'text_content': 'a'}]"
    [word] = read_spots(said).words
    assert word.bbox.y0 == 0.05


WRITTEN = r"""
<html><body>|</body></html>|<div|<div class="table" data-bbox='1 2 300 400'>|</div>|<table>|</table>|<tr>|</td>|<thead>
<td rowspan="3">|<th colspan=9999>|<caption>|<li>|<ul>|<p data-bbox="900 1 5 9999">|<h2 data-bbox="1e9 nan 4 5">|<h9>
<script>|</script>|<br>|<!--|-->|<![CDATA[|<!doctype|<?xml|&amp;|&#99999999;|&#x110000;|&nosuch;|```|$$|\[|\\|&|'|"|<|>
\begin{tabular}{l}|\end{tabular}|\multicolumn{3}{c}{x}|\multirow{2}{*}{y}|\hline|# |- x|<!-- Table (1, 2, 3, 400) -->
<!-- Image (9, 9) -->|{'bbox_2d': [1, 2, 300, 400], |'text_content': 'x'}|"text": "|]|<think>|</think>
<img onerror=alert(1) |<a href='javascript:x'>|<svg onload=x>|<iframe src=//evil.example>
"""
ODD = ["| a | b |\n", "|---|---|\n", "```html\n", "<|im_end|>", f"&#{'9' * 5000};", *"\n\t\r\u202e\x00\ud800={}"]
FRAGMENTS = st.sampled_from([*WRITTEN.strip("\n").replace("\n", "|").split("|"), *ODD])
ANSWERS = st.one_of(
    st.lists(st.one_of(FRAGMENTS, st.text(max_size=12)), max_size=40).map("".join),
    st.text(max_size=200),
    st.tuples(FRAGMENTS, st.integers(1, 400)).map(lambda pair: pair[0] * pair[1]),
)


@settings(max_examples=NUM_FUZZED, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANSWERS)
def test_whatever_a_model_says_is_read_without_raising_or_letting_markup_out(said: str) -> None:
    for block in [*read_html(said).blocks, *read_markdown(said).blocks]:
        if block.table is None:
            assert_is_plain(block.text)
            continue
        for cell in block.table.cells:
            assert_is_plain(cell.text)
        assert "<" not in TABLE_TAGS.sub("", tables.to_html(block.table))
    assert all(word.text for word in read_spots(said).words)
    assert_is_plain(read_text(said))


@settings(max_examples=NUM_FUZZED // 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANSWERS)
def test_an_export_of_whatever_was_said_runs_nothing(said: str) -> None:
    blocks = read_html(said).blocks
    page = Page(number=1, width=600, height=800, blocks=blocks, engine="test/1")
    exported = to_html(DOCUMENT, [page]).decode()
    assert not re.search(r"<(script|img|iframe|svg|a href=.?javascript)", exported, re.IGNORECASE)


DOCUMENT = Document.model_validate(
    {
        "id": "d",
        "collection": "default",
        "content": "0" * 64,
        "name": "fuzzed",
        "media_type": "application/pdf",
        "size": 1,
        "added_at": "2026-01-01T00:00:00Z",
        "state": DocumentState.READY,
    }
)


def assert_is_plain(text: str) -> None:
    text.encode("utf-8")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)


def test_a_picture_is_no_text() -> None:
    [block] = read_html('<div class="image" data-bbox="1 2 300 400"></div>').blocks
    assert block.label is BlockLabel.PICTURE
