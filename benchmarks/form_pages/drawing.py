"""Boxes and marks on a PDF page, each a little different."""

import math
from itertools import pairwise
from random import Random

import pymupdf

STYLES = (
    "square",
    "round",
    "shadow",
    "thin",
    "thick",
    "filled",
    "crossed",
    "hand",
    "acroform",
    "dingbats",
    "brackets",
    "table",
)
DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
GLYPHS = (("☐", "☑"), ("☐", "☒"), ("□", "■"), ("❏", "☑"), ("○", "●"), ("○", "◉"))
BRACKETS = (("[ ]", "[x]"), ("[ ]", "[X]"), ("( )", "(x)"), ("[  ]", "[X]"))
GREY = (0.35, 0.35, 0.35)
BLUE = (0.1, 0.15, 0.55)


class Pen:
    """Draws the boxes of one form: one style, one size, one way of marking."""

    def __init__(self, page: pymupdf.Page, random: Random, style: str, size: float) -> None:
        self._page, self._random, self.style = page, random, style
        self.side = size * random.uniform(0.75, 1.15)
        self._size = size
        self._glyphs = random.choice(GLYPHS)
        self._brackets = random.choice(BRACKETS)
        self._color = random.choice(((0, 0, 0), (0, 0, 0), GREY, BLUE))
        self._mark = {"filled": "filled", "crossed": "cross", "hand": "hand", "round": "dot"}.get(
            style, random.choice(("tick", "cross", "hand"))
        )
        self._width = {"thin": 0.4, "thick": 1.8}.get(style, random.uniform(0.6, 1.2))
        self._number = 0
        if style == "round" and random.random() < 0.3:
            self._mark = "cross"

    def box(self, x: float, baseline: float, *, is_checked: bool) -> pymupdf.Rect:
        """Draws a box at `x` on a line of text, and gives where it stands."""
        if self.style == "brackets":
            return self._written(x, baseline, self._brackets[is_checked], "cour", None)
        if self.style == "dingbats":
            return self._written(x, baseline, self._glyphs[is_checked], "dejavu", DEJAVU)
        middle = baseline - 0.34 * self._size
        rect = pymupdf.Rect(x, middle - self.side / 2, x + self.side, middle + self.side / 2)
        if self.style == "acroform":
            self._field(rect, is_checked)
        else:
            self._frame(rect)
            if is_checked:
                self._marked(rect)
        return rect

    def _written(self, x: float, baseline: float, text: str, name: str, file: str | None) -> pymupdf.Rect:
        font = pymupdf.Font(fontfile=file) if file else pymupdf.Font(name)
        self._page.insert_text((x, baseline), text, fontsize=self._size, fontname=name, fontfile=file)
        width = font.text_length(text, self._size)
        return pymupdf.Rect(x, baseline - 0.8 * self._size, x + width, baseline + 0.15 * self._size)

    def _field(self, rect: pymupdf.Rect, is_checked: bool) -> None:
        widget = pymupdf.Widget()
        widget.field_type = pymupdf.PDF_WIDGET_TYPE_CHECKBOX
        widget.field_name = f"box {self._number}"
        widget.rect, widget.field_value = rect, is_checked
        widget.border_color, widget.border_width = (0, 0, 0), 1
        self._page.add_widget(widget)
        self._number += 1

    def _frame(self, rect: pymupdf.Rect) -> None:
        if self.style == "round":
            self._page.draw_oval(rect, color=self._color, width=self._width)
            return
        if self.style == "shadow":
            depth = 0.12 * self.side
            self._page.draw_rect(
                pymupdf.Rect(rect.x0 + depth, rect.y0 + depth, rect.x1 + depth, rect.y1 + depth),
                color=None,
                fill=(0.3, 0.3, 0.3),
            )
            self._page.draw_rect(rect, color=self._color, fill=(1, 1, 1), width=self._width)
            return
        self._page.draw_rect(rect, color=self._color, width=self._width)

    def _marked(self, rect: pymupdf.Rect) -> None:
        side, color = self.side, self._random.choice(((0, 0, 0), BLUE))
        match self._mark:
            case "filled":
                inset = self._random.choice((0.0, 0.18)) * side
                self._page.draw_rect(_inset(rect, inset), color=None, fill=(0, 0, 0))
            case "dot":
                self._page.draw_circle(_middle(rect), 0.27 * side, color=None, fill=self._color)
            case "cross":
                self._crossed(rect, self._random.uniform(0.0, 0.2) * side, color)
            case "tick":
                places = [(0.18, 0.55), (0.42, 0.8), (0.84, 0.2)]
                self._stroke([_place(rect, *place) for place in places], 0.11 * side, color)
            case _:
                self._by_hand(rect, color)

    def _crossed(self, rect: pymupdf.Rect, inset: float, color: tuple[float, ...]) -> None:
        inner = _inset(rect, inset)
        self._page.draw_line(inner.tl, inner.br, color=color, width=max(0.08 * self.side, 0.7))
        self._page.draw_line(inner.bl, inner.tr, color=color, width=max(0.08 * self.side, 0.7))

    def _by_hand(self, rect: pymupdf.Rect, color: tuple[float, ...]) -> None:
        """A tick or a cross that may run out of the box."""
        width = self._random.uniform(0.7, 1.6)
        if self._random.random() < 0.5:
            reach = self._random.uniform(0.9, 1.35)
            places = [(0.1, 0.45), (0.4, 0.85), (reach, 0.95 - reach)]
            self._stroke([self._near(rect, *place) for place in places], width, color)
            return
        for places in ([(-0.05, 0.0), (1.0, 1.05)], [(1.05, -0.05), (0.0, 1.0)]):
            self._stroke([self._near(rect, *place) for place in places], width, color)

    def _near(self, rect: pymupdf.Rect, x: float, y: float) -> pymupdf.Point:
        off = 0.08
        return _place(rect, x + self._random.uniform(-off, off), y + self._random.uniform(-off, off))

    def _stroke(self, points: list[pymupdf.Point], width: float, color: tuple[float, ...]) -> None:
        bent = []
        for start, end in pairwise(points):
            bow = self._random.uniform(-0.06, 0.06) * math.dist(start, end)
            middle = (start + end) / 2 + (bow, bow)
            bent += [start, middle]
        self._page.draw_polyline([*bent, points[-1]], color=color, width=width, lineCap=1, lineJoin=1)


def _inset(rect: pymupdf.Rect, by: float) -> pymupdf.Rect:
    return pymupdf.Rect(rect.x0 + by, rect.y0 + by, rect.x1 - by, rect.y1 - by)


def _middle(rect: pymupdf.Rect) -> pymupdf.Point:
    return (rect.tl + rect.br) / 2


def _place(rect: pymupdf.Rect, x: float, y: float) -> pymupdf.Point:
    return pymupdf.Point(rect.x0 + x * rect.width, rect.y0 + y * rect.height)
