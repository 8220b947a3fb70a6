"""Check boxes that a PDF file knows by itself: form fields, and the glyphs of symbol fonts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pymupdf

from docintel.intake.pdf.written.glyphs import Box, Piece
from docintel.text.ticks import sign

HIDDEN = pymupdf.PDF_ANNOT_IS_HIDDEN | pymupdf.PDF_ANNOT_IS_NO_VIEW
PUSH_BUTTON = pymupdf.PDF_BTN_FIELD_IS_PUSHBUTTON
OFF = "Off"
DINGBATS = dict(zip(map(ord, "345678lmnopqr"), "✓✔✕✖✗✘●❍■❏❐❑❒", strict=True))
"""Adobe's encoding vector of ZapfDingbats."""
WINGDINGS = dict(zip(b"\x6c\x6d\x6e\x6f\x70\x71\x72\x78", "●❍■□□❑❒⌧", strict=True)) | dict(
    zip(b"\xa1\xa4\xa8\xfb\xfc\xfd\xfe", "○◉☐✗✔☒☑", strict=True)
)
WINGDINGS_2 = dict(zip(b"\x4f\x50\x51\x52\x53\x54\x99\x9b\xa3", "✗✓☒☑☒☒○◉☐", strict=True))
WEBDINGS = dict(zip(b"\x61\x63\x67\x6e\x72", "✔☐■●✗", strict=True))
SYMBOL_FONTS = (
    (re.compile(r"wingdings[ -]?2", re.IGNORECASE), WINGDINGS_2),
    (re.compile("wingdings", re.IGNORECASE), WINGDINGS),
    (re.compile("webdings", re.IGNORECASE), WEBDINGS),
    (re.compile("dingbats|zadb", re.IGNORECASE), DINGBATS),
)
"""By their names: what their codes show that may be a check box or its mark."""
PRIVATE = range(0xF000, 0xF100)
"""Where symbol fonts' codes stand in Unicode's private use area."""
Key = str | None


@dataclass(frozen=True)
class CheckBox:
    """A check box or radio button of a form, in points of the page as displayed."""

    box: Box
    is_checked: bool

    def holds(self, box: Box) -> bool:
        """Whether the middle of `box` lies in it."""
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return self.box[0] <= x <= self.box[2] and self.box[1] <= y <= self.box[3]


def character(text: str, font: str) -> str:
    """What a glyph of a symbol font shows, where that may be a check box or its mark; else `text`."""
    if len(text) != 1 or not ("\x21" <= text <= "\xff" or ord(text) in PRIVATE):
        return text
    is_private = ord(text) in PRIVATE
    table = next((table for name, table in SYMBOL_FONTS if name.search(font)), WINGDINGS if is_private else {})
    return table.get(ord(text) & 0xFF, text)


def signs(boxes: Sequence[CheckBox]) -> list[Piece]:
    """The boxes as words: ☑ and ☐."""
    return [Piece(sign(each.is_checked), each.box) for each in boxes]


def check_boxes(page: pymupdf.Page) -> list[CheckBox]:
    """The page's check boxes and radio buttons that are shown."""
    fields = (_check_box(page, xref) for xref, kind, _ in page.annot_xrefs() if kind == pymupdf.PDF_ANNOT_WIDGET)
    return [field for field in fields if field]


def _check_box(page: pymupdf.Page, xref: int) -> CheckBox | None:
    is_button = (_key(page, xref, "FT") or _key(page, xref, "Parent/FT")) == "Btn"
    flags = _number(_key(page, xref, "Ff")) | _number(_key(page, xref, "Parent/Ff"))
    corners = [float(number) for number in re.findall(r"[-+]?[\d.]+", _key(page, xref, "Rect") or "")]
    if not is_button or flags & PUSH_BUTTON or _number(_key(page, xref, "F")) & HIDDEN or len(corners) != 4:
        return None
    box = (pymupdf.Rect(corners).normalize() * page.transformation_matrix * page.rotation_matrix).normalize()
    return None if box.is_empty else CheckBox((box.x0, box.y0, box.x1, box.y1), _is_checked(page, xref))


def _is_checked(page: pymupdf.Page, xref: int) -> bool:
    """By the appearance that is shown; by the field's value where the file has none or leaves it to the reader."""
    state, value = _key(page, xref, "AS"), _key(page, xref, "V") or _key(page, xref, "Parent/V") or OFF
    leaves_it = page.parent.xref_get_key(page.parent.pdf_catalog(), "AcroForm/NeedAppearances")[1] == "true"
    if state is None or (leaves_it and state == OFF):
        return value in (_states(page, xref) or {value}) and value != OFF
    return state != OFF


def _states(page: pymupdf.Page, xref: int) -> set[str]:
    """The names of the appearances that the box has."""
    kind, written = page.parent.xref_get_key(xref, "AP/N")
    if kind == "xref":
        return set(page.parent.xref_get_keys(int(written.split()[0])))
    return set(re.findall(r"/([^\s/<>\[\]()]+)\s+\d+\s+\d+\s+R", written))


def _key(page: pymupdf.Page, xref: int, path: str) -> Key:
    kind, value = page.parent.xref_get_key(xref, path)
    return None if kind == "null" else str(value).removeprefix("/")


def _number(value: Key) -> int:
    return int(value) if value and value.lstrip("-").isdigit() else 0
