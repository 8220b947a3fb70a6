"""Which glyphs of a text layer can be seen.

Painted with and without the glyph and all its copies at that place: where no pixel differs, the glyph is not there.
What covers it, or why else it cannot be seen (painted over, clipped, white on white, transparent, blended away), does
not matter. Nearly all glyphs are settled by painting the page without any text; those that others overlap, that are
seen in part or are painted in an unusual way are left out by themselves (see `layers`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category

import cv2
import numpy as np
import pymupdf
from numpy.typing import NDArray

from docintel.intake.pdf.seen.layers import MIN_ALPHA, MIN_CONTRAST, seen_by_layers
from docintel.intake.pdf.seen.painting import Drawing, PaintedGlyph, Span
from docintel.intake.pixels import Pixels

CLEAR = 0.97
"""From this share of ink on all pixels of its box a glyph that no other overlaps is seen without a closer look."""
WANTED = np.ceil(np.arange(256) * MIN_CONTRAST / 255).astype(np.uint8)
"""Grey levels that a glyph makes where it covers so much of a pixel."""
MIN_OPACITY = 0.1
NEVER_PAINTED = 3
CORE = 0.2
"""What is cut off each side of a glyph's box before it is asked whether others overlap it."""
LARGE = 0.5
"""What covers this share of the page is a scan: text under it is what was recognised in it."""
FLAT = 24
"""Grey levels inside a picture that covers a glyph and shows nothing itself."""
MIN_COVERED = 2
"""Covered letters from which a page is said to have covered text."""
PICTURES = ("fill-image", "fill-imgmask")
INKLESS = ("Mn", "Mc", "Me", "Cc", "Cf")
COVERS = ("fill-path", "fill-shade", *PICTURES)

Boxes = NDArray[np.float64]
Key = tuple[int, int]
HIDDEN, SEEN, DOUBTFUL = 0, 1, 2


@dataclass(frozen=True)
class SeenText:
    """What can be seen of a page's glyphs."""

    verdicts: dict[Key, list[tuple[str, bool]]] = field(default_factory=dict)
    """Characters that start at a place, and whether each is seen."""
    is_covered: bool = False
    """Text lies under something opaque."""

    def shows(self, origin: tuple[float, float], character: str) -> bool | None:
        """Whether `character`, which starts at `origin` (points of the page as stored), is seen; None where nothing is
        painted for it, which then goes with the glyph before it: the second letter of a ligature."""
        there = self.verdicts.get(place_key(origin))
        if there is None:
            return None
        same = [is_seen for painted, is_seen in there if painted == character]
        return any(same or [is_seen for _, is_seen in there])


@dataclass(frozen=True)
class _Glyph:
    """As MuPDF traces it; points of the page as stored."""

    character: str
    origin: tuple[float, float]
    box: tuple[float, float, float, float]
    opacity: float
    place: int
    """In the order of what the page paints."""
    span: int
    index: int


def seen_text(page: pymupdf.Page, pixels: Pixels, scale: float) -> SeenText:
    """`pixels` show the page at `scale` pixels a point."""
    trace = page.get_texttrace()
    glyphs = [glyph for number, span in enumerate(trace) for glyph in _glyphs(span, number)]
    painted = [glyph for glyph in glyphs if trace[glyph.span]["type"] != NEVER_PAINTED]
    found = [(glyph.character, glyph.origin, False) for glyph in glyphs if trace[glyph.span]["type"] == NEVER_PAINTED]
    if not painted:
        return SeenText(_by_place(found))
    drawing = Drawing(page, scale)
    ink, spans = drawing.text_alone(), drawing.spans()
    boxes = _in_pixels(np.array([glyph.box for glyph in painted]), page, scale)
    states = _at_once(painted, boxes, ink, pixels, drawing.without_text())
    closer = _to_look_at(spans, trace, painted, states)
    if closer is None:
        states[:] = DOUBTFUL
        closer = [glyph for span in spans if span.is_painted for glyph in span.glyphs()]
    settled = [(glyph, state == SEEN) for glyph, state in zip(painted, states, strict=True) if state != DOUBTFUL]
    found += [(glyph.character, glyph.origin, is_seen) for glyph, is_seen in settled]
    found += _closely(drawing, closer, pixels, page, scale)
    verdicts = _by_place(found)
    hidden = [not any(seen for _, seen in verdicts.get(place_key(glyph.origin), [("", True)])) for glyph in painted]
    under = [glyph for glyph, is_hidden in zip(painted, hidden, strict=True) if is_hidden]
    return SeenText(verdicts, is_covered=_lies_under_something(under, page, pixels, scale))


def _glyphs(span: dict[str, Any], number: int) -> Iterable[_Glyph]:
    """Those that are glyphs of their own and no spaces."""
    for index, (code, gid, origin, box) in enumerate(span["chars"]):
        character = chr(code) if code > 0 else "\ufffd"
        if gid >= 0 and not character.isspace():
            yield _Glyph(character, origin, box, span["opacity"], span["seqno"], number, index)


def _at_once(
    glyphs: Sequence[_Glyph], boxes: Boxes, ink: NDArray[np.uint8], pixels: Pixels, bare: Pixels
) -> NDArray[np.int64]:
    """What is settled by the page without its text: seen where all ink in a glyph's box makes a difference, hidden
    where nothing does."""
    red, green, blue = cv2.split(cv2.absdiff(pixels, bare))
    differs = cv2.max(cv2.max(red, green), blue)
    inked = cv2.compare(ink, MIN_ALPHA, cv2.CMP_GE) >> 7
    shown = inked & (cv2.compare(differs, cv2.LUT(ink, WANTED), cv2.CMP_GE) >> 7)
    all_ink, shown_ink, anything = (_sums(boxes, each) for each in (inked, shown, cv2.min(differs, 1)))
    opacities = np.array([glyph.opacity for glyph in glyphs])
    has_ink = all_ink > 0  # else its box is not where it is painted
    is_plain = has_ink & (opacities == 1) & ~_is_crowded(boxes, ink.shape)
    states = np.full(len(glyphs), DOUBTFUL)
    states[is_plain & (shown_ink >= CLEAR * all_ink)] = SEEN
    states[has_ink & (anything == 0) | (opacities < MIN_OPACITY)] = HIDDEN
    return states


def _to_look_at(
    spans: Sequence[Span], trace: Sequence[dict[str, Any]], glyphs: Sequence[_Glyph], states: NDArray[np.int64]
) -> list[PaintedGlyph] | None:
    """The doubtful glyphs as painted, and all through which something else shines; None where the trace and what is
    painted don't tell of the same spans."""
    written = [span for span in spans if not span.is_clip]
    if len(written) != len(trace):
        return None
    wanted: dict[int, set[int]] = {}
    for glyph, state in zip(glyphs, states, strict=True):
        if state == DOUBTFUL:
            wanted.setdefault(glyph.span, set()).add(glyph.index)
    found = [glyph for number, those in wanted.items() for glyph in written[number].glyphs() if glyph.index in those]
    return found + [glyph for span in spans if span.is_clip for glyph in span.glyphs()]


def _closely(
    drawing: Drawing, glyphs: Sequence[PaintedGlyph], pixels: Pixels, page: pymupdf.Page, scale: float
) -> list[tuple[str, tuple[float, float], bool]]:
    back = page.derotation_matrix
    found = []
    for glyph, is_seen in zip(glyphs, seen_by_layers(drawing, glyphs, pixels, scale), strict=True):
        origin = pymupdf.Point(glyph.origin) * back
        found.append((chr(glyph.character) if glyph.character > 0 else "\ufffd", (origin.x, origin.y), is_seen))
    return found


def _by_place(found: Iterable[tuple[str, tuple[float, float], bool]]) -> dict[Key, list[tuple[str, bool]]]:
    """Without what has no ink by nature (joiners, marks that another glyph paints) and is not seen."""
    verdicts: dict[Key, list[tuple[str, bool]]] = {}
    for character, origin, is_seen in found:
        if is_seen or category(character) not in INKLESS:
            verdicts.setdefault(place_key(origin), []).append((character, is_seen))
    return verdicts


def place_key(origin: tuple[float, float]) -> Key:
    """A place that two of MuPDF's lists give with slightly different rounding."""
    return round(origin[0] * 2), round(origin[1] * 2)


def _in_pixels(boxes: Boxes, page: pymupdf.Page, scale: float) -> Boxes:
    turn = page.rotation_matrix
    matrix = np.array([[turn.a, turn.b], [turn.c, turn.d]]) * scale
    shift = np.array([turn.e, turn.f]) * scale
    first, second = boxes[:, :2] @ matrix + shift, boxes[:, 2:] @ matrix + shift
    return np.hstack([np.minimum(first, second), np.maximum(first, second)])


def _sums(boxes: Boxes, mask: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How much of `mask` lies in each box."""
    x0, y0, x1, y1 = _whole(np.hstack([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])]), mask.shape)
    total = cv2.integral(mask)
    return np.asarray(total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0], np.int64)


def _is_crowded(boxes: Boxes, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Whether another glyph's middle reaches into the middle of each, counted at half the resolution."""
    cut = CORE * (boxes[:, 2:] - boxes[:, :2])
    half = (shape[0] // 2 + 1, shape[1] // 2 + 1)
    x0, y0, x1, y1 = _whole(np.rint(np.hstack([boxes[:, :2] + cut, boxes[:, 2:] - cut]) / 2), half)
    steps = np.zeros((half[0] + 1, half[1] + 1), np.float32)
    for rows, columns, step in ((y0, x0, 1), (y0, x1, -1), (y1, x0, -1), (y1, x1, 1)):
        np.add.at(steps, (rows, columns), step)
    layers = cv2.integral(steps[:-1, :-1], sdepth=cv2.CV_32F)[1:, 1:]
    crowded = cv2.compare(layers, 1.5, cv2.CMP_GT) >> 7
    return _sums(np.stack([x0, y0, x1, y1], axis=1).astype(np.float64), crowded) > 0


def _whole(boxes: Boxes, shape: tuple[int, ...]) -> tuple[NDArray[np.int64], ...]:
    """Corners inside a picture of `shape`."""
    height, width = shape[:2]
    limits = (width, height, width, height)
    x0, y0, x1, y1 = (boxes[:, side].clip(0, limit).astype(np.int64) for side, limit in enumerate(limits))
    return x0, y0, x1, y1


def _lies_under_something(glyphs: Sequence[_Glyph], page: pymupdf.Page, pixels: Pixels, scale: float) -> bool:
    """Whether letters among these, which have ink and are not seen, were painted over by what is no scan."""
    letters = [glyph for glyph in glyphs if glyph.character.isalnum() and glyph.opacity >= MIN_OPACITY]
    if len(letters) < MIN_COVERED:
        return False
    area = page.rect.width * page.rect.height
    log = [(place, kind, box) for place, (kind, box) in enumerate(page.get_bboxlog()) if kind in COVERS]
    log = [each for each in log if (each[2][2] - each[2][0]) * (each[2][3] - each[2][1]) < LARGE * area]
    if not log:
        return False
    places = np.array([place for place, _, _ in log])
    are_pictures = np.array([kind in PICTURES for _, kind, _ in log])
    covers = np.array([box for _, _, box in log])
    boxes = _in_pixels(np.array([glyph.box for glyph in letters]), page, scale)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    are_on = ((middles >= 0) & (middles <= (pixels.shape[1], pixels.shape[0]))).all(axis=1)
    num_covered = 0
    for glyph, place in ((letters[row], boxes[row]) for row in np.flatnonzero(are_on)):
        is_flat = _is_flat(pixels, place)
        x, y = (glyph.box[0] + glyph.box[2]) / 2, (glyph.box[1] + glyph.box[3]) / 2
        over = (covers[:, 0] <= x) & (x <= covers[:, 2]) & (covers[:, 1] <= y) & (y <= covers[:, 3])
        num_covered += bool((over & (places > glyph.place) & (is_flat | ~are_pictures)).any())
    return num_covered >= MIN_COVERED


def _is_flat(pixels: Pixels, box: NDArray[np.float64]) -> bool:
    """Whether the middle of `box` is of one colour."""
    cut = CORE * (box[2:] - box[:2])
    x0, y0 = np.maximum(np.floor(box[:2] + cut), 0).astype(int)
    x1, y1 = np.ceil(box[2:] - cut).astype(int)
    inside = pixels[y0:y1, x0:x1].reshape(-1, 3)
    return not len(inside) or bool((inside.max(axis=0) - inside.min(axis=0)).max() < FLAT)
