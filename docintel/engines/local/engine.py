"""The engine itself: one page image after the other."""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from importlib.metadata import version
from statistics import median

import numpy as np

from docintel.engines.local.closer import look
from docintel.engines.local.dewarping import surface_of
from docintel.engines.local.fields import Field, fields_in, only, unlikely_in, with_fields, without
from docintel.engines.local.geometry import Pixels, Quad, Upright, bbox_of, in_fractions, part, size, skew_of
from docintel.engines.local.layer import (
    lines_of_layer,
    main_direction,
    parted_layer,
    with_headers_first,
    with_words_aside,
)
from docintel.engines.local.layout import regions
from docintel.engines.local.layout.apart.line_numbers import part_line_numbers
from docintel.engines.local.layout.apart.numbered_text import with_paragraphs
from docintel.engines.local.layout.blocks import build_blocks
from docintel.engines.local.layout.checkboxes.finder import CheckBoxFinder
from docintel.engines.local.layout.checkboxes.marks import Mark, marks_on, without_marks
from docintel.engines.local.layout.checkboxes.signs import text_boxes, written_marks
from docintel.engines.local.layout.grids import ruling
from docintel.engines.local.layout.placed import PlacedLine, line_height
from docintel.engines.local.lines.letters import LineLetters
from docintel.engines.local.lines.line_classifier import LineClassifier
from docintel.engines.local.lines.rapid import Detection, Rapid
from docintel.engines.local.lines.recognise import Recogniser
from docintel.engines.local.lines.tesseract import Tesseract
from docintel.engines.local.lines.words import ReadLine, is_legible
from docintel.engines.local.moving import moved_page, turned_page
from docintel.engines.local.orientation import (
    direction_of,
    laid_flat,
    page_orientation,
    run_of,
    standing,
    stands_in,
)
from docintel.engines.local.outlines import outlined, points_along
from docintel.engines.local.page_confidence import PageConfidence
from docintel.engines.local.ruby import parted_ruby
from docintel.errors import DocintelError, PageError
from docintel.intake.page_image import PageImage
from docintel.model import Direction, Page, Word
from docintel.runtime import ProgressCallback, ignore_progress

VERSION = 12
"""Raised when the same pixels would be read differently."""
OUT_OF_MEMORY = re.compile(r"bad_alloc|allocate|out of memory|insufficient memory", re.IGNORECASE)
"""What ONNX Runtime, OpenCV and NumPy say."""

COLUMNS: Direction = 90
"""Direction in which vertical lines run: degrees clockwise."""

QUAD_MARGIN = 0.83
"""A line's height by its quad's, which detection makes with white around it."""

BY_HAND = "Written by hand, at least in part: letters may be misread. Compare with the picture."
BADLY_READ = (
    "Read badly, at least in part: words may be wrong or missing. Photograph it again, closer and sharper, or read it "
    "with a model."
)
MIN_CONFIDENCE = 0.75
"""Of a page that was read; what is less is noted."""
MIN_BY_HAND, MIN_SHARE_BY_HAND = 15, 0.1
"""Letters, and part of the page's letters, that are written by hand where a page says so."""

log = logging.getLogger(__name__)


class LocalEngine:
    """Opens its models at once, so that a page never waits for them."""

    def __init__(self, *, languages: tuple[str, ...] = (), page_confidence: PageConfidence | None = None) -> None:
        self._languages = languages
        self._page_confidence = page_confidence or PageConfidence()
        self._rapid = Rapid()
        self._tesseract = Tesseract()
        self._classifier = LineClassifier()
        self._letters = LineLetters()
        self._recogniser = Recogniser(self._rapid, self._tesseract, self._classifier, self._letters)
        self._boxes = CheckBoxFinder()
        self._layout = regions.LayoutModel()

    @cached_property
    def fingerprint(self) -> str:
        parts = (
            self._rapid.fingerprint,
            self._tesseract.fingerprint,
            self._classifier.fingerprint,
            self._letters.fingerprint,
            self._boxes.fingerprint,
            self._page_confidence.fingerprint,
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
            return self._read_layer(image) if image.words else _with_doubt(self._read_picture(image))
        except DocintelError as error:
            return error
        except Exception as error:
            log.exception("page %d could not be read", image.number)
            return _problem(image.number, error)

    def _read_picture(self, image: PageImage) -> Page:
        seen = look(self._rapid, image.pixels)
        found = page_orientation(self._classifier, image.pixels, seen.quads, self._rapid.recognise)
        if found.rotation:
            image = image.turned(found.rotation)
            seen = look(self._rapid, image.pixels)
        if found.is_vertical:
            return self._read_columns(image, rotation=found.rotation)
        height, width = image.pixels.shape[:2]
        surface = surface_of(seen.likely, aspect=width / height)
        if not surface:
            return self._read_upright(image, seen, rotation=found.rotation)
        flat = replace(image, pixels=surface.flattened(image.pixels))
        page = self._read_upright(flat, look(self._rapid, flat.pixels), rotation=found.rotation)
        return moved_page(page, partial(surface.in_picture, aspect=width / height))

    def _read_upright(self, image: PageImage, seen: Detection, *, rotation: int) -> Page:
        seen = _laid(seen)
        fields = self._fields(image, seen.quads)
        boxes = [field.bbox for field in fields]
        whole = replace(image, pixels=without(image.pixels, boxes)) if fields else image
        left = [quad for quad in seen.quads if not any(stands_in(quad, box, image.pixels) for box in boxes)]
        page = self._read_lines(whole, Detection(left, unlikely_in(seen.likely, boxes)), rotation=rotation)
        return with_fields(page, [self._read_field(image, field) for field in fields])

    def _read_columns(self, image: PageImage, *, rotation: int) -> Page:
        """Chinese and Japanese from top to bottom: on the page laid on its left side the columns are lines, the first
        one on top, and RapidOCR reads letters that lie."""
        laid = image.turned(-COLUMNS)
        page = self._read_lines(laid, _laid(look(self._rapid, laid.pixels)), rotation=rotation, script="Hani")
        return with_headers_first(turned_page(page, COLUMNS), COLUMNS)

    def _fields(self, image: PageImage, quads: Sequence[Quad]) -> list[Field]:
        height, width = image.pixels.shape[:2]
        turns = self._classifier.look(image.pixels, quads).turns
        runs = [run_of(quad, each, width=width, height=height) for quad, each in zip(quads, turns, strict=True)]
        return fields_in(runs, main=0, aspect=width / height)

    def _read_field(self, image: PageImage, field: Field) -> Page:
        image = replace(image, pixels=only(image.pixels, field.bbox)).turned(-field.direction)
        page = self._read_lines(image, _laid(self._rapid.look(image.pixels)))
        return turned_page(page, field.direction)

    def _read_lines(self, image: PageImage, seen: Detection, *, rotation: int = 0, script: str | None = None) -> Page:
        """The lines seen stand as their readers see them, or on their heads; all are in `script`, if it is known."""
        height, width = image.pixels.shape[:2]
        upright = Upright(width, height, skew_of(seen.quads))
        boxes = [upright.level(quad) for quad in seen.quads]
        marks = marks_on(self._boxes, upright.levelled(image.pixels), _usual_height(seen.quads, upright), lines=boxes)
        bare = without_marks(image.pixels, marks, upright)
        lines = self._lines(bare, seen.quads, image.languages or self._languages, script)
        legible = [(line, quad) for line, quad in lines if is_legible(line)]
        placed = [_placed(line, quad, upright) for line, quad in legible]
        page = self._page(image, placed, upright, marks, rotation=rotation)
        confidence = self._page_confidence.of(lines, seen.likely, width=width, height=height)
        notes = (BY_HAND,) if _are_by_hand([line for line, _ in legible]) else ()
        return page.model_copy(update={"confidence": confidence, "notes": (*page.notes, *notes)})

    def _lines(
        self, pixels: Pixels, quads: Sequence[Quad], languages: tuple[str, ...], script: str | None = None
    ) -> list[tuple[ReadLine, Quad]]:
        """What each line says, and its quad as it stands upright."""
        scores = self._classifier.look(pixels, quads)
        quads = standing(quads, scores.turns)
        scores = scores.all_in(script) if script else scores
        read = self._recogniser.read(pixels, quads, scores, languages=languages)
        return list(zip(read, quads, strict=True))

    def _read_layer(self, image: PageImage) -> Page:
        """The words are known: only the layout is looked for."""
        rotation = image.text_rotation
        image = image.turned(rotation) if rotation else image
        whole, fields = parted_layer(image)
        page = self._read_words(whole)
        page = with_fields(page, [self._read_words(field) for field in fields])
        return with_words_aside(page, image.slanted).model_copy(update={"rotation": rotation})

    def _read_words(self, image: PageImage) -> Page:
        """Laid out on the page turned so that most lines run from left to right."""
        direction = main_direction(image.words)
        image = image.turned(-direction) if direction else image
        height, width = image.pixels.shape[:2]
        words, ruby = parted_ruby(image.words)
        lines = lines_of_layer(words, aspect=width / height)
        marks = marks_on(self._boxes, image.pixels, line_height(lines), text_boxes(words))
        page = self._page(image, lines, Upright(width, height), marks)
        return with_headers_first(turned_page(with_words_aside(page, ruby), direction), direction)

    def _page(
        self,
        image: PageImage,
        lines: Sequence[PlacedLine],
        upright: Upright,
        drawn_marks: Sequence[Mark],
        *,
        rotation: int = 0,
    ) -> Page:
        """`image` is as displayed: already turned."""
        marks, lines = written_marks(lines, drawn_marks, aspect=upright.width / upright.height)
        numbers, text = part_line_numbers(lines)
        shown = [regions.TextLine(line.level, line.text, line.direction) for line in text]
        level = upright.levelled(image.pixels)
        found = with_paragraphs(self._layout.regions(level, shown), numbers, text)
        drawn = ruling(level, line_height(lines), [box for line in lines for _, box in line.level_words])
        languages = image.languages or self._languages
        blocks = build_blocks(text, found, drawn, upright, languages=languages, numbers=numbers, marks=marks)
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


def _usual_height(quads: Sequence[Quad], upright: Upright) -> float:
    """Of the lines, as a fraction of the page's; 0 where there are none."""
    return QUAD_MARGIN * median(size(quad)[1] for quad in quads) / upright.height if quads else 0.0


def _placed(line: ReadLine, quad: Quad, upright: Upright) -> PlacedLine:
    slices = [part(quad, word.start, word.end) for word in line.words]
    direction, level = direction_of(quad), upright.level(quad)
    words = tuple(
        outlined(
            Word(
                text=word.text,
                bbox=bbox_of(piece, upright.width, upright.height),
                confidence=_fraction(word.confidence),
                direction=direction,
            ),
            points_along(in_fractions(piece, upright.width, upright.height)),
        )
        for word, piece in zip(line.words, slices, strict=True)
    )
    boxes = [level if direction else upright.level(piece) for piece in slices]
    level_words = tuple((word.text, box) for word, box in zip(line.words, boxes, strict=True))
    return PlacedLine(line.text, line.confidence, level, words, level_words)


def _are_by_hand(lines: Sequence[ReadLine]) -> bool:
    by_hand = sum(len(line.text) for line in lines if line.is_by_hand)
    return by_hand >= max(MIN_BY_HAND, MIN_SHARE_BY_HAND * sum(len(line.text) for line in lines))


def _laid(seen: Detection) -> Detection:
    return replace(seen, quads=[laid_flat(quad) for quad in seen.quads])


def _with_doubt(page: Page) -> Page:
    """The page with a note, where it is expected to be read badly."""
    is_doubtful = page.confidence is not None and page.confidence < MIN_CONFIDENCE
    return page.model_copy(update={"notes": (*page.notes, BADLY_READ)}) if is_doubtful else page


def _fraction(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)


def _mean_confidence(words: Sequence[Word]) -> float | None:
    """By letters, over words whose confidence is known."""
    known = [(word.confidence, len(word.text)) for word in words if word.confidence is not None]
    letters = sum(length for _, length in known)
    return round(float(np.sum([c * n for c, n in known])) / letters, 4) if letters else None


def _problem(number: int, error: Exception) -> PageError:
    """The kind of error, and advice: what a library says of it, with paths of this machine, is in the log."""
    if isinstance(error, MemoryError) or OUT_OF_MEMORY.search(str(error)):
        return PageError(
            f"Page {number} needs more memory than a reading process may take. Raise DOCINTEL_READER_MEMORY_BYTES, or "
            "lower DOCINTEL_DPI; then try it again."
        )
    return PageError(f"Page {number} could not be read ({type(error).__name__}). Try it again; the log says more.")
