"""PAGE-XML 2019-07-15 (github.com/PRImA-Research-Lab/PAGE-XML): a zip with one file a page.

Regions, lines and words with their outlines, in pixels of an image at 300 dots an inch.
"""

from collections.abc import Sequence
from importlib.metadata import version
from xml.etree import ElementTree as ET

from docintel.export.flow import plain_line
from docintel.export.placement import Line, PlacedBlock, line_box, line_text, placed_blocks
from docintel.export.zips import zipped
from docintel.model import BBox, BlockLabel, Document, Page, Polygon, Word
from docintel.text.bidi import runs_right_to_left

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
SCHEMA = f"{NAMESPACE} {NAMESPACE}/pagecontent.xsd"
PIXELS_PER_POINT = 300 / 72
TYPES = {
    BlockLabel.CAPTION: "caption",
    BlockLabel.FOOTNOTE: "footnote",
    BlockLabel.PAGE_FOOTER: "footer",
    BlockLabel.PAGE_HEADER: "header",
    BlockLabel.SECTION_HEADER: "heading",
    BlockLabel.TEXT: "paragraph",
    BlockLabel.TITLE: "heading",
}
"""What PAGE calls them; the other labels stand in `custom` alone."""


def to_page_xml(document: Document, pages: Sequence[Page]) -> bytes:
    ordered = sorted(pages, key=lambda page: page.number)
    return zipped(((f"page-{page.number:04}.xml", _written(document, page)) for page in ordered), document.added_at)


def _written(document: Document, page: Page) -> bytes:
    root = ET.Element(
        "PcGts",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": SCHEMA,
        },
    )
    metadata = ET.SubElement(root, "Metadata")
    ET.SubElement(metadata, "Creator").text = f"docintel {version('docintel')}"
    for name in ("Created", "LastChange"):
        ET.SubElement(metadata, name).text = document.added_at.isoformat()
    width, height = (str(round(side * PIXELS_PER_POINT)) for side in (page.width, page.height))
    size = {"imageWidth": width, "imageHeight": height}
    element = ET.SubElement(root, "Page", {"imageFilename": plain_line(document.name), **size})
    blocks = placed_blocks(page)
    if blocks:
        group = ET.SubElement(ET.SubElement(element, "ReadingOrder"), "OrderedGroup", {"id": "reading-order"})
        for number in range(len(blocks)):
            ET.SubElement(group, "RegionRefIndexed", {"index": str(number), "regionRef": f"r{number}"})
    for number, placed in enumerate(blocks):
        _write_region(element, placed, page, f"r{number}")
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _write_region(parent: ET.Element, placed: PlacedBlock, page: Page, id: str) -> None:
    label = placed.block.label if placed.block else BlockLabel.TEXT
    if label is BlockLabel.TABLE and placed.lines:
        parent = _with_outline(parent, "TableRegion", {"id": id}, _corners(placed.bbox), page)
        id = f"{id}t"
    if label is BlockLabel.PICTURE and not placed.lines:
        _with_outline(parent, "ImageRegion", {"id": id}, _corners(placed.bbox), page)
        return
    attributes = {"id": id, "custom": f"label {{type:{label};}}"}
    if label in TYPES:
        attributes["type"] = TYPES[label]
    texts = [line_text(line) for line in placed.lines]
    if runs_right_to_left("".join(texts)):
        attributes["readingDirection"] = "right-to-left"
    region = _with_outline(parent, "TextRegion", attributes, _corners(placed.bbox), page)
    for number, (line, text) in enumerate(zip(placed.lines, texts, strict=True)):
        _write_line(region, line, text, page, f"{id}l{number}")
    if texts:
        _write_text(region, "\n".join(texts))


def _write_line(region: ET.Element, line: Line, text: str, page: Page, id: str) -> None:
    element = _with_outline(region, "TextLine", {"id": id}, _corners(line_box(line)), page)
    for number, word in enumerate(line):
        _write_word(element, word, page, f"{id}w{number}")
    _write_text(element, text)


def _write_word(parent: ET.Element, word: Word, page: Page, id: str) -> None:
    element = _with_outline(parent, "Word", {"id": id}, word.polygon or _corners(word.bbox), page)
    confidence = {} if word.confidence is None else {"conf": f"{word.confidence:.3f}"}
    _write_text(element, plain_line(word.text), confidence)


def _write_text(parent: ET.Element, text: str, attributes: dict[str, str] | None = None) -> None:
    ET.SubElement(ET.SubElement(parent, "TextEquiv", attributes or {}), "Unicode").text = text


def _with_outline(
    parent: ET.Element, name: str, attributes: dict[str, str], outline: Polygon, page: Page
) -> ET.Element:
    element = ET.SubElement(parent, name, attributes)
    scale = (page.width * PIXELS_PER_POINT, page.height * PIXELS_PER_POINT)
    points = " ".join(f"{round(x * scale[0])},{round(y * scale[1])}" for x, y in outline)
    ET.SubElement(element, "Coords", {"points": points})
    return element


def _corners(box: BBox) -> Polygon:
    return ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))
