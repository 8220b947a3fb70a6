from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docintel.chunking import MAX_PIECES, chunk_pages, num_pieces, searchable_text
from docintel.model import BBox, Block, BlockLabel, Cell, Chunk, Page, Table, Word
from docintel.text.sentences import sentences
from docintel.text.spans import boxes_of

SENTENCE = "The tenant pays the rent on the third working day of each month without being asked. "


def block(id: str, text: str, label: BlockLabel = BlockLabel.TEXT, *, top: float = 0.1, **more: object) -> Block:
    bbox = BBox(x0=0.1, y0=top, x1=0.9, y1=min(top + 0.05, 1))
    return Block.model_validate({"id": id, "text": text, "label": label, "bbox": bbox, "language": "en", **more})


def page(*blocks: Block, number: int = 1, words: Sequence[Word] = ()) -> Page:
    return Page(number=number, width=595, height=842, blocks=blocks, words=tuple(words), engine="test/1")


def table(num_rows: int, *, header: bool = True) -> Table:
    cells = [
        Cell(
            row=row,
            column=column,
            text=("Item", "Price")[column]
            if header and row == 0
            else f"thing number {row}"
            if column == 0
            else f"{row}.50",
            is_header=header and row == 0,
            bbox=BBox(x0=0.1 + 0.4 * column, y0=row / num_rows, x1=0.5 + 0.4 * column, y1=(row + 1) / num_rows),
        )
        for row in range(num_rows)
        for column in range(2)
    ]
    return Table(num_rows=num_rows, num_columns=2, cells=tuple(cells))


def ids(chunk: Chunk) -> list[str]:
    return [source.block_id for source in chunk.sources]


def test_text_stands_under_its_headings() -> None:
    chunks = chunk_pages(
        "d",
        [
            page(
                block("t", "Lease", BlockLabel.TITLE, level=1),
                block("h1", "1 Rent", BlockLabel.SECTION_HEADER, level=2),
                block("b1", "Rent is 900 euros."),
                block("h2", "2 Term", BlockLabel.SECTION_HEADER, level=2),
                block("b2", "Two years."),
            )
        ],
    )
    assert [chunk.headings for chunk in chunks] == [("Lease", "1 Rent"), ("Lease", "2 Term")]
    assert chunks[0].text == "Lease\n1 Rent\nRent is 900 euros."
    assert sorted(ids(chunks[0])) == ["b1", "h1", "t"]
    assert chunks[0].sources[0].block_id == "b1"


def test_headings_reach_over_pages() -> None:
    chunks = chunk_pages(
        "d", [page(block("h", "Warranty", BlockLabel.SECTION_HEADER)), page(block("b", "Ten years."), number=2)]
    )
    assert chunks[-1].headings == ("Warranty",)
    assert searchable_text(chunks[-1]) == "Warranty\nTen years."
    assert [chunk.page_number for chunk in chunks] == [1, 2]


def test_long_text_is_split_between_sentences_with_the_boxes_of_its_lines() -> None:
    text = (SENTENCE * 20).strip()
    words = [
        Word(text=word, bbox=BBox(x0=0.1, y0=0.1 + n * 0.002, x1=0.3, y1=0.1 + n * 0.002))
        for n, word in enumerate(text.split())
    ]
    whole = block("b", text, bbox=BBox(x0=0.1, y0=0.1, x1=0.9, y1=0.9))
    chunks = chunk_pages("d", [page(whole, words=words)])
    assert len(chunks) > 1
    assert all(num_pieces(chunk.text) <= MAX_PIECES and chunk.text.endswith(".") for chunk in chunks)
    tops = [chunk.sources[0].bbox.y0 for chunk in chunks]
    assert tops == sorted(tops) and tops[0] < tops[-1]
    assert all(chunk.sources[0].bbox.area <= whole.bbox.area for chunk in chunks)


def test_chinese_is_split_between_sentences_without_spaces() -> None:
    chunks = chunk_pages("d", [page(block("b", "本合同自双方签字之日起生效，租金每月三千元整。" * 30, language="zh"))])
    assert len(chunks) == 4
    assert all(chunk.text.endswith("。") and num_pieces(chunk.text) <= MAX_PIECES for chunk in chunks)
    assert {chunk.language for chunk in chunks} == {"zh"}


def test_text_without_any_end_is_still_cut() -> None:
    for text in ("无" * 5_000, "word " * 2_000, "x" * 9_000):
        chunks = chunk_pages("d", [page(block("b", text))])
        assert all(num_pieces(chunk.text) <= MAX_PIECES for chunk in chunks)
        assert "".join(chunk.text for chunk in chunks).replace(" ", "") == text.replace(" ", "")


def test_a_small_table_is_one_chunk_with_its_caption_and_heading() -> None:
    chunks = chunk_pages(
        "d",
        [
            page(
                block("h", "Prices", BlockLabel.SECTION_HEADER),
                block("c", "Table 1: what it costs", BlockLabel.CAPTION),
                block("t", "", BlockLabel.TABLE, table=table(4)),
                block("b", "All prices without tax."),
            )
        ],
    )
    assert len(chunks) == 2
    assert chunks[0].text.splitlines() == [
        "Prices",
        "Table 1: what it costs",
        "Item | Price",
        "thing number 1 | 1.50",
        "thing number 2 | 2.50",
        "thing number 3 | 3.50",
    ]
    assert ids(chunks[0])[0] == "t" and set(ids(chunks[0])) == {"h", "c", "t"}


def test_a_long_table_is_split_between_rows_and_says_its_header_again() -> None:
    chunks = chunk_pages("d", [page(block("t", "", BlockLabel.TABLE, table=table(80)))])
    assert len(chunks) > 2
    assert all(chunk.text.startswith("Item | Price\n") for chunk in chunks)
    rows = [line for chunk in chunks for line in chunk.text.splitlines()[1:]]
    assert rows == [f"thing number {n} | {n}.50" for n in range(1, 80)]
    boxes = [chunk.sources[0].bbox for chunk in chunks]
    assert all(one.y1 <= two.y0 + 1e-9 for one, two in pairwise(boxes))


def test_a_table_that_goes_on_overleaf_says_the_header_of_its_first_page() -> None:
    first = page(block("t", "", BlockLabel.TABLE, table=table(3)))
    second = page(block("t", "", BlockLabel.TABLE, table=table(3, header=False)), number=2)
    chunks = chunk_pages("d", [first, second])
    assert chunks[1].text.startswith("Item | Price\nthing number 0")
    assert chunks[1].page_number == 2


def test_key_values_stay_whole_and_list_items_together() -> None:
    lines = "\n".join(f"Field {n}: value {n}" for n in range(60))
    items = [block(f"i{n}", f"item {n}", BlockLabel.LIST_ITEM) for n in range(5)]
    chunks = chunk_pages("d", [page(block("k", lines, BlockLabel.KEY_VALUE), *items)])
    assert chunks[0].text == lines
    assert ids(chunks[1]) == [f"i{n}" for n in range(5)]


def test_running_headers_are_found_once_and_never_inside_the_body() -> None:
    pages = [
        page(
            block("h", f"ACME annual report, page {n}", BlockLabel.PAGE_HEADER),
            block("b", f"Body of page {n}."),
            block("f", str(n), BlockLabel.PAGE_FOOTER),
            number=n,
        )
        for n in (1, 2, 3)
    ]
    texts = [chunk.text for chunk in chunk_pages("d", pages)]
    assert texts == ["ACME annual report, page 1", "Body of page 1.", "Body of page 2.", "Body of page 3."]


def test_pages_alone_make_the_ids_that_the_document_makes() -> None:
    pages = [
        page(block("b", f"Body {n}."), block("t", "", BlockLabel.TABLE, table=table(30)), number=n) for n in (1, 2)
    ]
    alone = [chunk.id for each in pages for chunk in chunk_pages("d", [each])]
    assert alone == [chunk.id for chunk in chunk_pages("d", pages)]
    assert not set(alone) & {chunk.id for chunk in chunk_pages("other", pages)}


def test_a_chunk_is_in_the_language_of_most_of_its_text() -> None:
    mixed = page(block("a", "Kurz.", language="de"), block("b", "A much longer English sentence."))
    assert [chunk.language for chunk in chunk_pages("d", [mixed])] == ["en"]
    kanji = page(
        block("a", "請求書", BlockLabel.TITLE, language="und-Hani"), block("b", "これは請求です。" * 40, language="ja")
    )
    assert {chunk.language for chunk in chunk_pages("d", [kanji])} == {"ja"}


def test_an_empty_page_has_no_chunks() -> None:
    assert chunk_pages("d", [page(), page(block("p", " ", BlockLabel.PICTURE), number=2)]) == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(list(BlockLabel)), st.text(alphabet="ab .。漢\n1", max_size=400), st.integers(0, 40)),
        max_size=12,
    )
)
def test_everything_said_is_in_a_chunk(drawn: list[tuple[BlockLabel, str, int]]) -> None:
    blocks = [
        block(f"b{n}", text, label, table=table(rows) if label == BlockLabel.TABLE and rows else None)
        for n, (label, text, rows) in enumerate(drawn)
    ]
    chunks = chunk_pages("d", [page(*blocks)])
    assert len({chunk.id for chunk in chunks}) == len(chunks)
    found = unspaced("".join(chunk.text for chunk in chunks))
    for each in blocks:
        if each.table is not None:
            assert all(unspaced(cell.text) in found for cell in each.table.cells)
        elif each.label not in (BlockLabel.PAGE_HEADER, BlockLabel.PAGE_FOOTER):
            assert unspaced(each.text) in found


def unspaced(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Meier pays 1.50 on 12. März. Then no.", ["Dr. Meier pays 1.50 on 12. März.", "Then no."]),
        ("一。二！三？", ["一。", "二！", "三？"]),
        ("これは「例。」です。次。", ["これは「例。」", "です。", "次。"]),
        ("ما هذا؟ هذا كتاب.", ["ما هذا؟", "هذا كتاب."]),
        ("यह एक है। वह दो है।", ["यह एक है।", "वह दो है।"]),
        ("г. Москва, ул. Ленина. Стороны договорились.", ["г. Москва, ул. Ленина.", "Стороны договорились."]),
        ("Durchmesser 9,7 mm (min. 9,2 mm). Gut.", ["Durchmesser 9,7 mm (min. 9,2 mm).", "Gut."]),
        ("no end", ["no end"]),
        ("", []),
        ("a\n\nb", ["a", "b"]),
    ],
)
def test_sentences_end_where_they_end(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_boxes_are_those_of_the_words_one_a_line() -> None:
    words = [
        Word(text=text, bbox=BBox(x0=x, y0=y, x1=x + 0.1, y1=y + 0.02))
        for text, x, y in [
            ("Total", 0.1, 0.1),
            ("amount", 0.25, 0.1),
            ("12", 0.4, 0.1),
            ("euros", 0.1, 0.13),
            ("else", 0.1, 0.8),
        ]
    ]
    whole = block("b", "Total amount 12 euros", bbox=BBox(x0=0.1, y0=0.1, x1=0.9, y1=0.2))
    assert boxes_of(whole, 6, 15, words) == (BBox.around([words[1].bbox, words[2].bbox]),)
    assert len(boxes_of(whole, 0, 21, words)) == 2


def test_words_of_a_line_that_leans_have_a_box_each() -> None:
    """One box around them all would hold the next line too."""
    places = [("Total", 0.1, 0.1), ("amount", 0.25, 0.107), ("due", 0.4, 0.114), ("now", 0.1, 0.15)]
    words = [Word(text=text, bbox=BBox(x0=x, y0=y, x1=x + 0.1, y1=y + 0.02)) for text, x, y in places]
    leaning = ((0.1, 0.1), (0.2, 0.107), (0.2, 0.12), (0.1, 0.113))
    bent = [words[0].model_copy(update={"polygon": leaning}), *words[1:]]
    whole = block("b", "Total amount due now", bbox=BBox(x0=0.1, y0=0.1, x1=0.9, y1=0.2))
    assert boxes_of(whole, 0, 16, words) == (BBox.around(word.bbox for word in words[:3]),)
    assert boxes_of(whole, 0, 16, bent) == tuple(word.bbox for word in words[:3])
    assert boxes_of(whole, 17, 20, bent) == (words[3].bbox,)


def test_boxes_are_found_though_a_reader_joined_or_corrected_words() -> None:
    words = [
        Word(text=text, bbox=BBox(x0=0.1, y0=y, x1=0.5, y1=y + 0.02))
        for text, y in [("Rech-", 0.1), ("nung", 0.13), ("lnvoice", 0.16), ("end", 0.19)]
    ]
    whole = block("b", "Rechnung Invoice end", bbox=BBox(x0=0.1, y0=0.1, x1=0.9, y1=0.3))
    assert boxes_of(whole, 0, 8, words) == (words[0].bbox, words[1].bbox)
    assert boxes_of(whole, 9, 16, words) == (words[2].bbox,)


def test_a_block_whose_words_say_something_else_is_boxed_whole() -> None:
    whole = block("b", "Rechnung")
    assert boxes_of(whole, 0, 8, [Word(text="qqq", bbox=whole.bbox)]) == (whole.bbox,)
    assert boxes_of(whole, 0, 8, []) == (whole.bbox,)
