"""What a page paints, as a list of MuPDF's that can be painted again: without its text, or without some glyphs."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymupdf
from numpy.typing import NDArray

from docintel.intake.pixels import Pixels

mupdf: Any = pymupdf.mupdf
TEXT = ("fill_text", "stroke_text")
NOT_TEXT = (
    *("fill_path", "stroke_path", "fill_shade", "fill_image", "fill_image_mask"),
    *("clip_path", "clip_stroke_path", "clip_text", "clip_stroke_text", "clip_image_mask", "pop_clip"),
    *("begin_mask", "end_mask", "begin_group", "end_group", "begin_tile", "end_tile"),
)
"""What a device does, by MuPDF's names; a device that lacks one passes over it."""
MARGIN = 2.0
"""Points around what is painted again: smoothed edges reach a little further than their boxes."""
REMOVED = -1
"""The number of a glyph that is not painted."""


@dataclass(frozen=True)
class PaintedGlyph:
    """One glyph where the page's list paints it."""

    span: "Span"
    index: int
    character: int
    """Unicode; MuPDF's own guess where the file doesn't say."""
    origin: tuple[float, float]
    """In points as displayed."""
    box: tuple[float, float, float, float]
    """Around its outline, in points as displayed."""
    size: float
    """Of its font, in points."""


@dataclass(frozen=True)
class Span:
    """Glyphs of one font that are painted at one go."""

    source: Any
    matrix: Any
    stroke: Any
    """None: filled."""
    is_clip: bool
    """Painted by what shines through it."""
    is_painted: bool

    def glyphs(self) -> Iterator[PaintedGlyph]:
        """Those that are painted: a ligature's further letters are none."""
        font, form, to_page = self.source.font(), self.source.trm(), self.matrix
        size = mupdf.fz_matrix_expansion(mupdf.fz_concat(form, to_page))
        for index in range(self.source.m_internal.len):
            item = self.source.items(index)
            if item.gid == REMOVED:
                continue
            origin = mupdf.fz_transform_point(mupdf.fz_make_point(item.x, item.y), to_page)
            placed = mupdf.FzMatrix(form.a, form.b, form.c, form.d, item.x, item.y)
            box = mupdf.fz_bound_glyph(font, item.gid, mupdf.fz_concat(placed, to_page))
            yield PaintedGlyph(self, index, item.ucs, (origin.x, origin.y), (box.x0, box.y0, box.x1, box.y1), size)


class Drawing:
    """A page's list, painted at `scale` pixels a point as the page itself is."""

    def __init__(self, page: pymupdf.Page, scale: float) -> None:
        self._owner = page.get_displaylist()
        self._list = self._owner.this
        self._matrix = mupdf.FzMatrix(scale, 0, 0, scale, 0, 0)
        shown = mupdf.fz_transform_rect(mupdf.fz_bound_display_list(self._list), self._matrix)
        self._bounds = mupdf.fz_round_rect(shown)

    def spans(self) -> list[Span]:
        """In the order in which they are painted."""
        listing = _Listing()
        self._run(listing, None)
        return listing.spans

    def without_text(self) -> Pixels:
        """The page less its text; text through which something else shines stays."""
        return self._painted(left_out=TEXT)

    def text_alone(self) -> NDArray[np.uint8]:
        """How much of each pixel text covers (0…255), whatever its colour and whatever lies over it."""
        pixmap = self._new(mupdf.FzColorspace(), alpha=True)
        self._run(self._device(pixmap, left_out=NOT_TEXT), None)
        return _array(pixmap)[:, :, 0]

    def without(self, glyphs: Sequence[PaintedGlyph]) -> Pixels:
        """The page less `glyphs`, right only around them."""
        with _removed(glyphs):
            return self._painted(within=_around(glyphs))

    def alone(self, glyphs: Iterable[PaintedGlyph]) -> NDArray[np.uint8]:
        """How much of each pixel `glyphs` cover (0…255) if nothing is in their way."""
        pixmap = self._new(mupdf.FzColorspace(), alpha=True)
        device = self._device(pixmap)
        for glyph in glyphs:
            _paint(glyph, device)
        mupdf.fz_close_device(device)
        return _array(pixmap)[:, :, 0]

    def _painted(self, *, left_out: Iterable[str] = (), within: Any = None) -> Pixels:
        pixmap = self._new(mupdf.fz_device_rgb(), alpha=False)
        self._run(self._device(pixmap, left_out=left_out), within)
        return _array(pixmap)

    def _new(self, colors: Any, *, alpha: bool) -> Any:
        pixmap = mupdf.fz_new_pixmap_with_bbox(colors, self._bounds, mupdf.FzSeparations(), int(alpha))
        if alpha:
            mupdf.fz_clear_pixmap(pixmap)
        else:
            mupdf.fz_clear_pixmap_with_value(pixmap, 0xFF)
        return pixmap

    def _device(self, pixmap: Any, *, left_out: Iterable[str] = ()) -> Any:
        device = mupdf.fz_new_draw_device(self._matrix, pixmap)
        for name in left_out:
            setattr(device.m_internal, name, None)
        return device

    def _run(self, device: Any, within: Any) -> None:
        area = within or mupdf.FzRect(mupdf.FzRect.Fixed_INFINITE)
        mupdf.fz_run_display_list(self._list, device, mupdf.FzMatrix(), area, mupdf.FzCookie())
        mupdf.fz_close_device(device)


class _Listing(mupdf.FzDevice2):  # type: ignore[misc]  # MuPDF's classes have no types
    """Collects what text is painted; the list that is run owns what is collected."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("fill_text", "stroke_text", "clip_text", "clip_stroke_text", "ignore_text"):
            getattr(self, f"use_virtual_{name}")()
        self.spans: list[Span] = []

    def fill_text(self, _ctx: Any, text: Any, matrix: Any, *_: Any) -> None:
        self._add(text, matrix)

    def stroke_text(self, _ctx: Any, text: Any, stroke: Any, matrix: Any, *_: Any) -> None:
        self._add(text, matrix, stroke=stroke)

    def clip_text(self, _ctx: Any, text: Any, matrix: Any, *_: Any) -> None:
        self._add(text, matrix, is_clip=True)

    def clip_stroke_text(self, _ctx: Any, text: Any, stroke: Any, matrix: Any, *_: Any) -> None:
        self._add(text, matrix, stroke=stroke, is_clip=True)

    def ignore_text(self, _ctx: Any, text: Any, matrix: Any, *_: Any) -> None:
        self._add(text, matrix, is_painted=False)

    def _add(
        self, text: Any, matrix: Any, *, stroke: Any = None, is_clip: bool = False, is_painted: bool = True
    ) -> None:
        kept = mupdf.FzStrokeState(mupdf.ll_fz_keep_stroke_state(stroke)) if stroke else None
        span = text.head
        while span:
            self.spans.append(Span(mupdf.FzTextSpan(span), mupdf.FzMatrix(matrix), kept, is_clip, is_painted))
            span = span.next


@contextmanager
def _removed(glyphs: Iterable[PaintedGlyph]) -> Iterator[None]:
    """MuPDF passes over glyphs with a negative number."""
    items = [glyph.span.source.items(glyph.index) for glyph in glyphs]
    numbers = [item.gid for item in items]
    try:
        for item in items:
            item.gid = REMOVED
        yield
    finally:
        for item, number in zip(items, numbers, strict=True):
            item.gid = number


def _paint(glyph: PaintedGlyph, device: Any) -> None:
    source, form = glyph.span.source, glyph.span.source.trm()
    item = source.items(glyph.index)
    text = mupdf.FzText()
    placed = mupdf.FzMatrix(form.a, form.b, form.c, form.d, item.x, item.y)
    wmode = source.m_internal.wmode
    font = source.font()
    mupdf.fz_show_glyph(text, font, placed, item.gid, item.ucs, wmode, 0, mupdf.FZ_BIDI_NEUTRAL, mupdf.FZ_LANG_UNSET)
    none, plain = mupdf.FzColorspace(), mupdf.FzColorParams()
    if glyph.span.stroke:
        mupdf.fz_stroke_text(device, text, glyph.span.stroke, glyph.span.matrix, none, None, 1.0, plain)
    else:
        mupdf.fz_fill_text(device, text, glyph.span.matrix, none, (0.0,), 1.0, plain)


def _around(glyphs: Sequence[PaintedGlyph]) -> Any:
    boxes = np.array([glyph.box for glyph in glyphs])
    x0, y0 = boxes[:, :2].min(axis=0) - MARGIN
    x1, y1 = boxes[:, 2:].max(axis=0) + MARGIN
    return mupdf.FzRect(float(x0), float(y0), float(x1), float(y1))


def _array(pixmap: Any) -> NDArray[np.uint8]:
    """(height, width, channels)."""
    seen = pymupdf.Pixmap("raw", pixmap)
    return np.frombuffer(seen.samples, np.uint8).reshape(seen.height, seen.width, seen.n)
