"""Check boxes of all makes."""

import pymupdf
from PIL import ImageDraw

from benchmarks.reports.drawings.sheets import SCAN_DPI, down, paper, pdf, printed, put, saying, scanned, sheet

BOX = 10
SAID = {"☒": "\uf0fe", "☐": "\uf0a8"}
"""Wingdings' ticked and empty box, as word processors write them."""


def acroform() -> bytes:
    document, page = sheet()
    put(page, [(72, 80, "Registration for the ferry")], size=16)
    put(page, [(72, 120, "Name: Orla Finnegan"), (72, 140, "Plate: KJ-70-PT")])
    for number, (text, is_on) in enumerate((("Bicycle", False), ("Car", True), ("Trailer", True), ("Dog", False))):
        top = 170 + number * 24
        widget = pymupdf.Widget()
        widget.field_name, widget.field_type = text, pymupdf.PDF_WIDGET_TYPE_CHECKBOX
        widget.rect = pymupdf.Rect(72, top, 84, top + 12)
        widget.field_value, widget.border_color, widget.border_width = is_on, (0, 0, 0), 1
        page.add_widget(widget)
        put(page, [(92, top + 10, text)])
    put(page, [(72, 300, "Hand this sheet to the crew before boarding.")])
    return pdf(document)


def box(page: pymupdf.Page, x: float, y: float, *, mark: str) -> None:
    """A square whose lower side is near the baseline y: crossed, ticked, filled or empty."""
    square = pymupdf.Rect(x, y - BOX + 1, x + BOX, y + 1)
    page.draw_rect(square, color=(0, 0, 0), width=0.8)
    if mark == "cross":
        page.draw_line(square.tl, square.br, width=1)
        page.draw_line(square.tr, square.bl, width=1)
    elif mark == "tick":
        page.draw_line((x + 2, y - 4), (x + 4, y - 1), width=1.2)
        page.draw_line((x + 4, y - 1), (x + 9, y - 9), width=1.2)
    elif mark == "filled":
        page.draw_rect(pymupdf.Rect(x + 2, y - BOX + 3, x + BOX - 2, y - 1), color=None, fill=(0, 0, 0))


def drawn() -> bytes:
    document, page = sheet()
    put(page, [(72, 80, "Delivery of a damaged parcel")], font="hebo", size=13)
    put(page, [(72, 106, "Parcel: RT-5530"), (300, 106, "Depot: Larkfield")])
    rows = [
        [(72, "Opened?", ""), (130, "Opened", "cross"), (200, "Sealed", "")],
        [(72, "Contents:", ""), (130, "Complete", ""), (210, "Missing", "tick"), (290, "Unknown", "")],
        [(72, "Claim:", ""), (130, "Replacement", ""), (230, "Refund", "filled"), (300, "None", "")],
    ]
    for number, row in enumerate(rows):
        y = 136 + number * 24
        (left, text, _), *choices = row
        put(page, [(left, y, text)])
        for x, choice, mark in choices:
            box(page, x, y, mark=mark)
            put(page, [(x + BOX + 5, y, choice)])
    put(page, [(72, 230, "The driver left the parcel in the rain beside the back door of the house.")])
    return pdf(document)


def wingdings() -> bytes:
    document, page = sheet()
    saying(page, SAID, font="Wingdings", file="DejaVuSans.ttf")
    put(page, [(72, 80, "Order for the canteen")], size=15)
    lines = [("Meal:", ""), ("Vegetarian", "☐"), ("Fish", "☒"), ("Meat", "☐"), ("Served cold:", "")]
    lines += [("yes", "☒"), ("no", "☐")]
    for x, y, text in down([text for text, _ in lines], top=110, step=20):
        mark = dict(lines)[text]
        put(page, [(x + (18 if mark else 0), y, text)])
        if mark:
            put(page, [(x, y, mark)], font="Wingdings")
    return pdf(document)


def scan() -> bytes:
    image = paper()
    draw = ImageDraw.Draw(image)
    scale = SCAN_DPI / 72
    printed(image, [(72, 80, "Membership of the rowing club")], file="LiberationSans-Bold.ttf", size=15)
    printed(image, [(72, 110, "Member: Tobias Renk")], file="LiberationSans-Regular.ttf")
    choices = [("Junior", False), ("Adult", True), ("Locker wanted", False), ("Key handed out", True)]
    for number, (text, is_on) in enumerate(choices):
        y = 140 + number * 24
        x0, y0, x1, y1 = (value * scale for value in (72, y - 10, 83, y + 1))
        draw.rectangle((x0, y0, x1, y1), outline=20, width=3)
        if is_on:
            draw.line((x0 + 4, y0 + 4, x1 - 4, y1 - 4), fill=20, width=4)
            draw.line((x1 - 4, y0 + 4, x0 + 4, y1 - 4), fill=20, width=4)
        printed(image, [(92, y, text)], file="LiberationSans-Regular.ttf")
    printed(image, [(72, 260, "The boats are kept in the lower shed.")], file="LiberationSans-Regular.ttf")
    return scanned(image)


DRAWINGS = {
    "ticks-acroform": acroform,
    "ticks-drawn": drawn,
    "ticks-wingdings": wingdings,
    "ticks-scan": scan,
}
