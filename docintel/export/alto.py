"""ALTO 4.4 (loc.gov/standards/alto): pages, blocks, lines and words with their places in 1/1200 inch.

Blocks carry docintel's labels as layout tags and stand in reading order.
"""

from collections.abc import Sequence
from importlib.metadata import version
from xml.etree import ElementTree as ET

from docintel.export.flow import plain_line
from docintel.export.placement import Line, PlacedBlock, line_box, placed_blocks
from docintel.model import BBox, BlockLabel, Document, Page, Word

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
SCHEMA = f"{NAMESPACE} http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
UNITS_PER_POINT = 1200 / 72
WHOLE = BBox(x0=0, y0=0, x1=1, y1=1)


def to_alto(document: Document, pages: Sequence[Page]) -> bytes:
    root = ET.Element(
        "alto",
        {
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": SCHEMA,
            "SCHEMAVERSION": "4.4",
        },
    )
    _write_description(root, document)
    tags = ET.SubElement(root, "Tags")
    for label in BlockLabel:
        ET.SubElement(tags, "LayoutTag", {"ID": f"label_{label}", "LABEL": label})
    layout = ET.SubElement(root, "Layout")
    for page in sorted(pages, key=lambda page: page.number):
        _write_page(layout, page)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _write_description(root: ET.Element, document: Document) -> None:
    description = ET.SubElement(root, "Description")
    ET.SubElement(description, "MeasurementUnit").text = "inch1200"
    image = ET.SubElement(description, "sourceImageInformation")
    ET.SubElement(image, "fileName").text = plain_line(document.name)
    processing = ET.SubElement(description, "Processing", {"ID": "docintel"})
    software = ET.SubElement(processing, "processingSoftware")
    ET.SubElement(software, "softwareName").text = "docintel"
    ET.SubElement(software, "softwareVersion").text = version("docintel")


def _write_page(layout: ET.Element, page: Page) -> None:
    id = f"page_{page.number}"
    size = {"WIDTH": _units(page.width), "HEIGHT": _units(page.height)}
    element = ET.SubElement(layout, "Page", {"ID": id, "PHYSICAL_IMG_NR": str(page.number), **size})
    if page.confidence is not None:
        element.set("PC", f"{page.confidence:.3f}")
    space = ET.SubElement(element, "PrintSpace", _place(WHOLE, page))
    for number, placed in enumerate(placed_blocks(page), 1):
        _write_block(space, placed, page, f"{id}_block_{number}")


def _write_block(parent: ET.Element, placed: PlacedBlock, page: Page, id: str) -> None:
    block = placed.block
    attributes = {"ID": id, **_place(placed.bbox, page)}
    if block:
        attributes["TAGREFS"] = f"label_{block.label}"
    if not placed.lines:
        ET.SubElement(
            parent, "Illustration" if block and block.label is BlockLabel.PICTURE else "TextBlock", attributes
        )
        return
    if block and block.language:
        attributes["LANG"] = block.language
    element = ET.SubElement(parent, "TextBlock", attributes)
    for number, line in enumerate(placed.lines, 1):
        _write_line(element, line, page, f"{id}_line_{number}")


def _write_line(parent: ET.Element, line: Line, page: Page, id: str) -> None:
    element = ET.SubElement(parent, "TextLine", {"ID": id, **_place(line_box(line), page)})
    for number, word in enumerate(line, 1):
        if number > 1:
            ET.SubElement(element, "SP")
        _write_word(element, word, page, f"{id}_word_{number}")


def _write_word(parent: ET.Element, word: Word, page: Page, id: str) -> None:
    attributes = {"ID": id, "CONTENT": plain_line(word.text), **_place(word.bbox, page)}
    if word.confidence is not None:
        attributes["WC"] = f"{word.confidence:.3f}"
    element = ET.SubElement(parent, "String", attributes)
    if word.polygon:
        points = " ".join(f"{_units(x * page.width)},{_units(y * page.height)}" for x, y in word.polygon)
        ET.SubElement(ET.SubElement(element, "Shape"), "Polygon", {"POINTS": points})


def _place(box: BBox, page: Page) -> dict[str, str]:
    return {
        "HPOS": _units(box.x0 * page.width),
        "VPOS": _units(box.y0 * page.height),
        "WIDTH": _units(box.width * page.width),
        "HEIGHT": _units(box.height * page.height),
    }


def _units(points: float) -> str:
    return str(round(points * UNITS_PER_POINT))
