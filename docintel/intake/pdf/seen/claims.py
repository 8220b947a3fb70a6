"""Whether a page's fonts paint the characters that its text layer claims.

A wrong ToUnicode map makes 365.00 read 831.55, and nobody sees it. For every embedded font a few of the glyphs painted
for each Latin letter and digit are compared with the shapes of that character, and of the others, in the typefaces
that MuPDF brings along. One doubtful letter says nothing: typefaces differ. A font is not believed when several of its
characters look like others and hardly like themselves.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from string import ascii_letters, digits

import cv2
import numpy as np
import pymupdf
from numpy.typing import NDArray

from docintel.intake.pdf.written.glyphs import Box
from docintel.intake.pixels import Pixels

CHECKED = digits + ascii_letters
TYPEFACES = ("helv", "hebo", "heit", "tiro", "tibo", "tiit", "cour", "cobo")
MARGIN_AROUND = 0.15
"""White above and below a glyph that must be there, in its height."""
SIDE = 20
"""Pixels of a shape's square; shapes are stretched to fill it."""
ASPECT_WEIGHT = 0.25
MIN_HEIGHT = 10
"""Pixels; smaller glyphs are blurred."""
MIN_CONTRAST = 80
INKED = 0.3
"""Part of the darkest level from which a pixel is ink: hairlines are grey."""
MAX_SAMPLES = 3
MARGIN = 0.15
ALIKE = 0.75
"""A glyph contradicts its character when it is so much like another one, and less like its own by `MARGIN`."""
MIN_DIGITS = 2
MIN_LETTERS = 4
CONTRADICTED = 0.4
"""So many digits, or letters and this part of those that could be looked at, contradict a font that is wrong."""
NEVER_PAINTED = 3
CODES = frozenset(map(ord, CHECKED))
RIGHT_TO_LEFT = (0x590, 0x8FF)
Point = tuple[float, float]
Shape = NDArray[np.float32]


def are_true(page: pymupdf.Page, pixels: Pixels) -> bool:
    """Whether what the fonts of a rendered page paint is what their characters say."""
    painted = _painted(page)
    if not painted:
        return True
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    scale = grey.shape[1] / page.rect.width
    verdicts: dict[str, dict[str, bool]] = {}
    for (font, character, _), boxes in painted.items():
        is_wrong = _is_wrong(grey, boxes, scale, character)
        if is_wrong is not None:
            claims = verdicts.setdefault(font, {})
            claims[character] = claims.get(character, False) or is_wrong
    return not any(map(_are_wrong, verdicts.values()))


def _is_wrong(grey: NDArray[np.uint8], boxes: Sequence[pymupdf.Rect], scale: float, character: str) -> bool | None:
    """Whether a glyph is another character wherever it was looked at; None where it cannot be made out."""
    is_wrong = None
    for box in boxes:
        shape = _shape_at(grey, box, scale)
        if shape:
            is_wrong = is_contradicted(character, shape)
            if not is_wrong:
                break
    return is_wrong


def _are_wrong(claims: dict[str, bool]) -> bool:
    """Whether too many of a font's characters are contradicted."""
    letters = [is_wrong for character, is_wrong in claims.items() if character in ascii_letters]
    num_digits = sum(is_wrong for character, is_wrong in claims.items() if character in digits)
    return num_digits >= MIN_DIGITS or sum(letters) >= max(MIN_LETTERS, CONTRADICTED * len(letters))


def _painted(page: pymupdf.Page) -> dict[tuple[str, str, int], list[pymupdf.Rect]]:
    """For each embedded font, character and number of a glyph, the largest places where it is painted upright."""
    bare = {
        entry[3].rpartition("+")[2] for entry in page.get_fonts(full=True) if entry[1] == "n/a" and entry[2] != "Type3"
    }
    turn = page.rotation_matrix
    found: dict[tuple[str, str, int], list[tuple[float, Box]]] = {}
    for span in page.get_texttrace():
        is_upright = span["dir"][0] * turn.a + span["dir"][1] * turn.c > 0.99
        if span["type"] == NEVER_PAINTED or not is_upright or span["font"] in bare or _is_joined(span["chars"]):
            continue
        for code, number, _, box in span["chars"]:
            if code in CODES:
                found.setdefault((span["font"], chr(code), number), []).append((span["size"], box))
    largest = {key: sorted(each, key=lambda e: -e[0])[:MAX_SAMPLES] for key, each in found.items()}
    return {key: [(pymupdf.Rect(box) * turn).normalize() for _, box in each] for key, each in largest.items()}


def _is_joined(chars: Sequence[tuple[int, int, Point, Box]]) -> bool:
    """Whether they hold letters that run from the right: these join, and reach into the digits beside them."""
    return any(RIGHT_TO_LEFT[0] <= code <= RIGHT_TO_LEFT[1] for code, *_ in chars)


def _shape_at(grey: NDArray[np.uint8], box: pymupdf.Rect, scale: float) -> tuple[Shape, float] | None:
    left, right = int(box.x0 * scale), int(np.ceil(box.x1 * scale))
    margin = MARGIN_AROUND * box.height
    top, bottom = int((box.y0 - margin) * scale), int(np.ceil((box.y1 + margin) * scale))
    part = grey[max(top, 0) : bottom, max(left, 0) : right].astype(np.int16)
    if min(part.shape, default=0) < 3:
        return None
    difference = np.abs(part - int(np.median(np.concatenate([part[0], part[-1]]))))
    is_cut = difference[[0, -1]].max() > INKED * difference.max()
    return shape_of(difference) if difference.max() >= MIN_CONTRAST and not is_cut else None


def shape_of(ink: NDArray[np.int16]) -> tuple[Shape, float] | None:
    """The ink cut out and stretched to a square, of mean 0 and length 1, and its width by its height."""
    is_inked = _alone(ink > INKED * ink.max())
    rows, columns = np.flatnonzero(is_inked.any(axis=1)), np.flatnonzero(is_inked.any(axis=0))
    if len(rows) < MIN_HEIGHT:
        return None
    cut = np.where(is_inked, ink, 0)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    square = cv2.GaussianBlur(cv2.resize(cut, (SIDE, SIDE), interpolation=cv2.INTER_AREA), (0, 0), 1.0)
    square -= square.mean()
    length = float(np.linalg.norm(square))
    return (square.ravel() / length, cut.shape[1] / cut.shape[0]) if length else None


def _alone(is_inked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without what neighbours left at the box's sides."""
    _, labels, _, centers = cv2.connectedComponentsWithStats(is_inked.astype(np.uint8), connectivity=8)
    width = is_inked.shape[1]
    inner = [0.15 * width < x < 0.85 * width for x, _ in centers]
    inner[0] = False  # the background
    return np.array(inner)[labels] if any(inner) else is_inked


def is_contradicted(character: str, shape: tuple[Shape, float]) -> bool:
    """Whether the shape looks like another character rather than like this one."""
    own, other = likeness(character, shape)
    return other >= ALIKE and other - own >= MARGIN


def likeness(character: str, shape: tuple[Shape, float]) -> tuple[float, float]:
    """How much the shape looks like the character, in either case, and like the most similar of the others."""
    characters, shapes, aspects = _known()
    scores = shapes @ shape[0] - ASPECT_WEIGHT * np.abs(np.log(aspects / shape[1]))
    is_own = characters == character.lower()
    return float(scores[is_own].max()), float(scores[~is_own].max())


@lru_cache(maxsize=1)
def _known() -> tuple[NDArray[np.str_], Shape, Shape]:
    """Lower-case characters, their shapes in a row each, and how wide these are by their height."""
    found = [(c, shape) for typeface in TYPEFACES for c, shape in _drawn(typeface)]
    characters = np.array([character.lower() for character, _ in found])
    return characters, np.stack([shape for _, (shape, _) in found]), np.array([aspect for _, (_, aspect) in found])


def _drawn(typeface: str, size: int = 40) -> Iterator[tuple[str, tuple[Shape, float]]]:
    """The characters as a typeface of MuPDF's draws them."""
    page = pymupdf.open().new_page(width=2 * size * len(CHECKED), height=2 * size)
    writer, font = pymupdf.TextWriter(page.rect), pymupdf.Font(typeface)
    for place, character in enumerate(CHECKED):
        writer.append((2 * size * place + size / 2, 1.4 * size), character, font=font, fontsize=size)
    writer.write_text(page)
    pixmap = page.get_pixmap(colorspace=pymupdf.csGRAY, alpha=False)
    grey = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
    for place, character in enumerate(CHECKED):
        part = grey[:, 2 * size * place : 2 * size * (place + 1)].astype(np.int16)
        shape = shape_of(255 - part)
        if shape:
            yield character, shape
