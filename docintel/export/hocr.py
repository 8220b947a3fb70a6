"""hOCR 1.2 (kba.github.io/hocr-spec/1.2): pages, areas, lines and words with their boxes, as XHTML.

Boxes are in pixels at 300 dots an inch, which `scan_res` says. Blocks carry docintel's labels as classes.
"""

from collections.abc import Sequence
from importlib.metadata import version
from xml.etree import ElementTree as ET

from docintel.export.flow import plain_line
from docintel.export.placement import Line, PlacedBlock, line_box, line_text, placed_blocks, runs_vertically
from docintel.model import BBox, Block, BlockLabel, Document, Page, Word
from docintel.text.bidi import runs_right_to_left

DPI = 300
POINTS_PER_INCH = 72
DOCTYPE = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" '
    b'"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n'
)
CAPABILITIES = "ocr_page ocr_carea ocr_par ocr_line ocrx_word ocr_photo ocrp_lang ocrp_wconf ocrp_poly"


def to_hocr(document: Document, pages: Sequence[Page]) -> bytes:
    root = ET.Element("html", {"xmlns": "http://www.w3.org/1999/xhtml"})
    head = ET.SubElement(root, "head")
    ET.SubElement(head, "title").text = plain_line(document.name)
    ET.SubElement(head, "meta", {"http-equiv": "Content-Type", "content": "text/html;charset=utf-8"})
    ET.SubElement(head, "meta", {"name": "ocr-system", "content": f"docintel {version('docintel')}"})
    ET.SubElement(head, "meta", {"name": "ocr-capabilities", "content": CAPABILITIES})
    body = ET.SubElement(root, "body")
    for page in sorted(pages, key=lambda page: page.number):
        _write_page(body, page, document)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8")
    return DOCTYPE + written + b"\n"


def _write_page(body: ET.Element, page: Page, document: Document) -> None:
    name = plain_line(document.name).replace('"', "")
    whole = BBox(x0=0, y0=0, x1=1, y1=1)
    title = f'image "{name}"; {_box(whole, page)}; ppageno {page.number - 1}; scan_res {DPI} {DPI}'
    element = ET.SubElement(body, "div", {"class": "ocr_page", "id": f"page_{page.number}", "title": title})
    for number, placed in enumerate(placed_blocks(page), 1):
        _write_block(element, placed, page, f"{page.number}_{number}")


def _write_block(parent: ET.Element, placed: PlacedBlock, page: Page, id: str) -> None:
    title = _box(placed.bbox, page)
    label = placed.block.label if placed.block else BlockLabel.TEXT
    if not placed.lines:
        name = "ocr_photo" if label is BlockLabel.PICTURE else "ocr_carea"
        ET.SubElement(parent, "div", {"class": f"{name} {label}", "id": f"block_{id}", "title": title})
        return
    area = ET.SubElement(parent, "div", {"class": f"ocr_carea {label}", "id": f"block_{id}", "title": title})
    paragraph = ET.SubElement(area, "p", {"class": "ocr_par", "id": f"par_{id}", "title": title})
    paragraph.attrib |= _language(placed.block)
    for number, line in enumerate(placed.lines, 1):
        _write_line(paragraph, line, page, f"{id}_{number}")


def _language(block: Block | None) -> dict[str, str]:
    return {"lang": block.language} if block and block.language else {}


def _write_line(parent: ET.Element, line: Line, page: Page, id: str) -> None:
    title = _box(line_box(line), page)
    if runs_vertically(line[0]):
        title += f"; textangle {360 - line[0].direction}"
    direction = "rtl" if runs_right_to_left(line_text(line)) else "ltr"
    element = ET.SubElement(parent, "span", {"class": "ocr_line", "id": f"line_{id}", "dir": direction, "title": title})
    for number, word in enumerate(line, 1):
        attributes = {"class": "ocrx_word", "id": f"word_{id}_{number}", "title": _word_title(word, page)}
        ET.SubElement(element, "span", attributes).text = plain_line(word.text)


def _word_title(word: Word, page: Page) -> str:
    parts = [_box(word.bbox, page)]
    if word.polygon:
        points = (f"{round(_across(x, page))} {round(_down(y, page))}" for x, y in word.polygon)
        parts.append(f"poly {' '.join(points)}")
    if word.confidence is not None:
        parts.append(f"x_wconf {round(100 * word.confidence)}")
    return "; ".join(parts)


def _box(box: BBox, page: Page) -> str:
    left, top, right, bottom = (
        round(value)
        for value in (_across(box.x0, page), _down(box.y0, page), _across(box.x1, page), _down(box.y1, page))
    )
    return f"bbox {left} {top} {right} {bottom}"


def _across(x: float, page: Page) -> float:
    return x * page.width * DPI / POINTS_PER_INCH


def _down(y: float, page: Page) -> float:
    return y * page.height * DPI / POINTS_PER_INCH
