"""Formats that say where every word stands: hOCR, ALTO, PAGE."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from lxml import etree

from docintel.export.alto import to_alto
from docintel.export.hocr import to_hocr
from docintel.export.page_xml import to_page_xml
from docintel.export.placement import line_text, placed_blocks
from docintel.model import BBox, Block, BlockLabel, Cell, Page, Table
from tests.exporting import document, line_of, page_of, schema, word

ALTO = {"a": "http://www.loc.gov/standards/alto/ns-v4#"}
PAGE = {"p": "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"}
HTML = {"h": "http://www.w3.org/1999/xhtml"}
HOSTILE = '</span><script>alert("1")</script> & \x00\x0b'
LEANING = ((0.1, 0.5), (0.3, 0.48), (0.3, 0.5), (0.1, 0.52))


def a_page() -> Page:
    leaning = word("leaning", 0.1, 0.48, size=(0.2, 0.04), polygon=LEANING)
    page = page_of(
        line_of(["Invoice", HOSTILE], 0.1),
        line_of(["رقم", "الطلب:", "5821"], 0.2, right_to_left=True),
        [word("縦書", 0.8, 0.3, size=(0.03, 0.1), direction=90)],
        [leaning],
    )
    picture = Block(id="p", label=BlockLabel.PICTURE, bbox=BBox(x0=0.1, y0=0.6, x1=0.5, y1=0.9), text="")
    return page.model_copy(update={"blocks": (*page.blocks, picture), "confidence": 0.8})


def test_alto_is_valid_by_its_schema() -> None:
    schema("alto-4-4.xsd").assertValid(etree.fromstring(to_alto(document(), [a_page(), page_of(number=2)])))


def test_page_xml_is_valid_by_its_schema() -> None:
    pages = unzipped(to_page_xml(document(), [a_page(), page_of(number=2)]))
    assert list(pages) == ["page-0001.xml", "page-0002.xml"]
    for written in pages.values():
        schema("pagecontent-2019-07-15.xsd").assertValid(etree.fromstring(written))


def test_page_xml_has_lines_and_outlines_of_words_that_lean() -> None:
    (written,) = unzipped(to_page_xml(document(), [a_page()])).values()
    root = etree.fromstring(written)
    words = {found.findtext(".//p:Unicode", namespaces=PAGE): found for found in root.iterfind(".//p:Word", PAGE)}
    assert words["leaning"].find("p:Coords", PAGE).get("points") == "248,1754 744,1684 744,1754 248,1824"
    arabic = words["رقم"].getparent().getparent()
    assert arabic.get("readingDirection") == "right-to-left"
    assert arabic.findtext("p:TextEquiv/p:Unicode", namespaces=PAGE) == "رقم الطلب: 5821"


def unzipped(data: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_alto_has_each_word_with_its_place_and_confidence() -> None:
    root = etree.fromstring(to_alto(document(), [page_of([word("Invoice", 0.1, 0.5, size=(0.2, 0.1))])]))
    (found,) = root.iterfind(".//a:String", ALTO)
    assert [found.get(name) for name in ("CONTENT", "HPOS", "VPOS", "WIDTH", "HEIGHT", "WC")] == [
        "Invoice",
        *(str(round(value * 1200 / 72)) for value in (59.5, 421, 119, 84.2)),
        "0.900",
    ]


def test_hocr_has_each_word_with_its_box_at_its_resolution() -> None:
    root = etree.fromstring(to_hocr(document(), [page_of([word("Invoice", 0.1, 0.5, size=(0.2, 0.1))])]))
    (found,) = root.iterfind(".//h:span[@class='ocrx_word']", HTML)
    assert (found.text, found.get("title")) == ("Invoice", "bbox 248 1754 744 2105; x_wconf 90")
    (page,) = root.iterfind(".//h:div[@class='ocr_page']", HTML)
    assert page.get("title") == 'image "scan.pdf"; bbox 0 0 2479 3508; ppageno 0; scan_res 300 300'


def test_hocr_says_which_lines_run_from_the_right_and_which_from_the_top() -> None:
    root = etree.fromstring(to_hocr(document(), [a_page()]))
    lines = {"".join(line.itertext()).split()[0]: line for line in root.iterfind(".//h:span[@class='ocr_line']", HTML)}
    assert lines["رقم"].get("dir") == "rtl"
    assert lines["Invoice"].get("dir") == "ltr"
    assert lines["縦書"].get("title").endswith("textangle 270")


@pytest.mark.parametrize("write", [to_hocr, to_alto])
def test_hostile_text_is_text(write: object) -> None:
    assert callable(write)
    data = write(document('"; x.pdf'), [a_page()])
    assert not list(etree.fromstring(data).iterfind(".//{*}script"))
    assert "alert" in data.decode()


def test_every_word_stands_in_one_block_and_those_outside_come_last() -> None:
    page = page_of(line_of(["one", "two"], 0.1), line_of(["three"], 0.2))
    outside = word("outside", 0.1, 0.9)
    page = page.model_copy(update={"words": (outside, *page.words)})
    assert [[each.text for each in placed.words] for placed in placed_blocks(page)] == [
        ["one", "two"],
        ["three"],
        ["outside"],
    ]


def test_words_stand_in_the_order_of_their_blocks_text() -> None:
    page = page_of(line_of(["3.", "Payment"], 0.1) + line_of(["within", "30", "days"], 0.13))
    swapped = page.model_copy(update={"words": page.words[2:] + page.words[:2]})
    (placed,) = placed_blocks(swapped)
    assert [line_text(line) for line in placed.lines] == ["3. Payment", "within 30 days"]


def test_words_of_scripts_without_spaces_are_joined() -> None:
    (placed,) = placed_blocks(page_of(line_of(["令和六年", "三月", "Tokyo"], 0.1, gap=0.0)))
    assert [line_text(line) for line in placed.lines] == ["令和六年三月 Tokyo"]


def test_text_without_words_is_spread_over_its_box_and_its_cells() -> None:
    box = BBox(x0=0.1, y0=0.1, x1=0.9, y1=0.2)
    cell = BBox(x0=0.5, y0=0.5, x1=0.7, y1=0.55)
    table = Table(num_rows=1, num_columns=1, cells=(Cell(row=0, column=0, text="12.50", bbox=cell),))
    blocks = (
        Block(id="b1", label=BlockLabel.TEXT, bbox=box, text="one two three " * 20),
        Block(id="b2", label=BlockLabel.TABLE, bbox=BBox(x0=0.4, y0=0.4, x1=1, y1=1), text="12.50", table=table),
    )
    page = Page(number=1, width=595, height=842, blocks=blocks, engine="fake")
    text, amount = placed_blocks(page)
    assert text.is_estimated
    assert [each.text for each in text.words] == blocks[0].text.split()
    assert len(text.lines) > 2
    assert all(box.overlap(each.bbox) >= 0.99 * each.bbox.area for each in text.words)
    assert [cell.iou(each.bbox) > 0.8 for each in amount.words] == [True]
