"""The engine itself: one page image after the other."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version

import numpy as np

from docintel.engines.local.geometry import Pixels, Quad, Upright, bbox_of, part, skew_of
from docintel.engines.local.layout import regions
from docintel.engines.local.layout.blocks import build_blocks, is_right_to_left
from docintel.engines.local.layout.grids import ruling
from docintel.engines.local.layout.line_numbers import part_line_numbers
from docintel.engines.local.layout.numbered_text import with_paragraphs
from docintel.engines.local.layout.placed import PlacedLine, line_height
from docintel.engines.local.lines.line_classifier import LineClassifier
from docintel.engines.local.lines.rapid import Rapid
from docintel.engines.local.lines.recognise import Recogniser
from docintel.engines.local.lines.tesseract import Tesseract
from docintel.engines.local.lines.words import ReadLine, is_legible
from docintel.engines.local.orientation import classify_lines, is_tall, lay_flat, page_orientation, turned_if_inverted
from docintel.errors import DocintelError, PageError
from docintel.intake.page_image import PageImage
from docintel.layout import lines as lines_of
from docintel.model import BBox, Page, Word, text_of
from docintel.runtime import ProgressCallback, ignore_progress

VERSION = 4
"""Raised when the same pixels would be read differently."""

VERTICAL_NOTE = "Text that runs from top to bottom was seen and not read: this engine does not read vertical lines."

log = logging.getLogger(__name__)


class LocalEngine:
    """Opens its models at once, so that a page never waits for them."""

    def __init__(self, *, languages: tuple[str, ...] = ()) -> None:
        self._languages = languages
        self._rapid = Rapid()
        self._tesseract = Tesseract()
        self._classifier = LineClassifier()
        self._recogniser = Recogniser(self._rapid, self._tesseract, self._classifier)
        self._layout = regions.LayoutModel()

    @cached_property
    def fingerprint(self) -> str:
        parts = (
            self._rapid.fingerprint,
            self._tesseract.fingerprint,
            self._classifier.fingerprint,
            regions.FINGERPRINT,
            f"langid-{version('py3langid')}",
        )
        named = f"/{'+'.join(sorted(self._languages))}" if self._languages else ""
        return f"local/{VERSION}/{'/'.join(parts)}{named}"

    def read(
        self, images: Sequence[PageImage], _on_progress: ProgressCallback = ignore_progress
    ) -> list[Page | DocintelError]:
        return [self._result(image) for image in images]

    def _result(self, image: PageImage) -> Page | DocintelError:
        try:
            return self._read_layer(image) if image.words else self._read_picture(image)
        except DocintelError as error:
            return error
        except Exception as error:
            log.exception("page %d could not be read", image.number)
            problem = PageError(
                f"Page {image.number} could not be read ({type(error).__name__}: {error}). Try it again."
            )
            problem.__cause__ = error
            return problem

    def _read_picture(self, image: PageImage) -> Page:
        quads = self._rapid.detect(image.pixels)
        found = page_orientation(self._classifier, image.pixels, quads)
        if found.rotation:
            image = image.turned(found.rotation)
            quads = self._rapid.detect(image.pixels)
        are_vertical = [is_tall(quad) for quad in quads] if found.is_vertical else [False] * len(quads)
        quads = [lay_flat(quad) for quad, is_vertical in zip(quads, are_vertical, strict=True) if not is_vertical]
        notes = (*image.notes, VERTICAL_NOTE) if any(are_vertical) else image.notes
        lines, upright = self._lines(image.pixels, quads, image.languages or self._languages)
        return self._page(replace(image, notes=notes), lines, upright, rotation=found.rotation)

    def _lines(
        self, pixels: Pixels, quads: Sequence[Quad], languages: tuple[str, ...]
    ) -> tuple[list[PlacedLine], Upright]:
        height, width = pixels.shape[:2]
        upright = Upright(width, height, skew_of(quads))
        scores = classify_lines(self._classifier, pixels, quads)
        quads = [turned_if_inverted(quad, turn) for quad, turn in zip(quads, scores.turns.argmax(axis=1), strict=True)]
        read = self._recogniser.read(pixels, quads, scores, languages=languages)
        legible = [(line, quad) for line, quad in zip(read, quads, strict=True) if is_legible(line)]
        return [_placed(line, quad, upright) for line, quad in legible], upright

    def _read_layer(self, image: PageImage) -> Page:
        """The words are known: only the layout is looked for."""
        height, width = image.pixels.shape[:2]
        upright = Upright(width, height)
        right_to_left = is_right_to_left(text_of(image.words))
        known = lines_of(image.words, right_to_left=right_to_left, aspect=width / height)
        placed = [_known(words) for words in known]
        return self._page(image, placed, upright)

    def _page(self, image: PageImage, lines: Sequence[PlacedLine], upright: Upright, *, rotation: int = 0) -> Page:
        """`image` is as displayed: already turned."""
        numbers, text = part_line_numbers(lines)
        shown = [regions.TextLine(line.level, line.text) for line in text]
        level = upright.levelled(image.pixels)
        found = with_paragraphs(self._layout.regions(level, shown), numbers, text)
        drawn = ruling(level, line_height(lines), [box for line in lines for _, box in line.level_words])
        languages = image.languages or self._languages
        blocks = build_blocks(text, found, drawn, upright, languages=languages, numbers=numbers)
        words = tuple(word for line in lines for word in line.words)
        return Page(
            number=image.number,
            width=image.width,
            height=image.height,
            rotation=rotation,
            blocks=blocks,
            words=words,
            engine=self.fingerprint,
            confidence=_mean_confidence(words),
            notes=image.notes,
        )


def _placed(line: ReadLine, quad: Quad, upright: Upright) -> PlacedLine:
    slices = [part(quad, word.start, word.end) for word in line.words]
    words = tuple(
        Word(text=word.text, bbox=bbox_of(piece, upright.width, upright.height), confidence=_fraction(word.confidence))
        for word, piece in zip(line.words, slices, strict=True)
    )
    level_words = tuple((word.text, upright.level(piece)) for word, piece in zip(line.words, slices, strict=True))
    return PlacedLine(line.text, line.confidence, upright.level(quad), words, level_words)


def _known(words: Sequence[Word]) -> PlacedLine:
    box = BBox.around(word.bbox for word in words)
    return PlacedLine(text_of(words), 1.0, box, tuple(words), tuple((word.text, word.bbox) for word in words))


def _fraction(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)


def _mean_confidence(words: Sequence[Word]) -> float | None:
    """By letters, over words whose confidence is known."""
    known = [(word.confidence, len(word.text)) for word in words if word.confidence is not None]
    letters = sum(length for _, length in known)
    return round(float(np.sum([c * n for c, n in known])) / letters, 4) if letters else None
