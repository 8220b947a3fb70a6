"""RapidOCR: where the lines of text are, and what Chinese, Japanese and most Latin lines say.

PP-OCRv6 small models from inside the wheel (PaddleOCR, Apache-2.0). Its recogniser gives confident garbage for
scripts that it lacks, so a caller decides first which lines it gets.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec import TextRecInput

from docintel.engines.local.geometry import Pixels, Quad, crop, size
from docintel.engines.local.lines.words import ReadLine, ReadWord
from docintel.errors import EngineUnavailable
from docintel.layout import NO_SPACES

DETECTION_SIDE = 1280
"""Longer side, in pixels, of what the detector sees of a page."""
MIN_SIDE = 736
"""Shorter side, in pixels, below which a picture is enlarged for the detector, by ourselves or by RapidOCR."""
LINE_RANGE = (34.0, 80.0)
"""Usual height, in pixels, of boxes that lie close around small pictures' lines; else lines are looked for again."""
GOOD_LINE = 46.0
"""The height that lines are then brought to."""
MAX_AREA = 1_600_000
"""Pixels that a small picture is enlarged to at most; a page of A4 has 1.2 million."""
MAX_ENLARGED = 4_000_000
"""Pixels of what RapidOCR makes of a narrow picture, at most."""
MIN_GAIN = 1.3
"""Less is not worth a second look."""
LINE_HEIGHT = 48
"""Pixels of the lines that its recogniser is given."""
MAX_LINES = 1500
COUNTER = 4
"""Columns of the recogniser's output from a number's last digit to its unit, at most; an em has six."""

logging.getLogger("RapidOCR").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Detection:
    """The lines of text on a page, unordered, and how likely text is, 0 … 1, at places (rows, columns) all over it."""

    quads: list[Quad]
    likely: NDArray[np.float32]


class Rapid:
    """One detector and one recogniser, single-threaded: pages are read side by side in processes."""

    def __init__(self, *, side: int = 0) -> None:
        """`side`: the longer side, in pixels, of what the detector sees; else what fits the page."""
        self._side = side
        limit = {"Det.limit_type": "max", "Det.limit_side_len": side} if side else {}
        # Lines one by one: a batch is padded to its widest line, and large arrays are handed out anew for each.
        reading = {"Det.max_candidates": MAX_LINES, "Rec.rec_batch_num": 1, "Global.log_level": "error"}
        threads = {"intra_op_num_threads": 1, "inter_op_num_threads": 1}
        params = {f"EngineConfig.onnxruntime.{name}": value for name, value in threads.items()}
        try:
            self._ocr = RapidOCR(params=params | limit | reading)
            self._detector = self._ocr._load_det_model()
        except Exception as error:
            raise EngineUnavailable(
                f"RapidOCR does not start ({error}). Install docintel's requirements again."
            ) from error

    @cached_property
    def fingerprint(self) -> str:
        models = sorted((Path(rapidocr.__file__).parent / "models").glob("*.onnx"))
        digest = sha256(b"".join(sha256(model.read_bytes()).digest() for model in models)).hexdigest()
        return f"rapidocr-{version('rapidocr')}-{digest[:8]}"

    def detect(self, pixels: Pixels) -> list[Quad]:
        """The lines of text on an RGB page, unordered."""
        return self.look(pixels).quads

    def look(self, pixels: Pixels) -> Detection:
        """The text on an RGB page. A small picture is looked at in the size that fits its type."""
        scale = self.scale(pixels)
        found = self._look_at(pixels, scale)
        if self._side or scale < 1:
            return found
        height, width = pixels.shape[:2]
        fitting = min(_fitting(found.quads, scale), max((MAX_AREA / (width * height)) ** 0.5, scale))
        return found if 1 / MIN_GAIN < fitting / scale < MIN_GAIN else self._look_at(pixels, fitting)

    def detect_at(self, pixels: Pixels, scale: float) -> list[Quad]:
        """The lines of text as the detector sees them in a picture of `scale` times its size; in the page's pixels."""
        return self._look_at(pixels, scale).quads

    def scale(self, pixels: Pixels) -> float:
        """Size in which the detector sees a page at first, by its own."""
        shorter, longer = sorted(map(int, pixels.shape[:2]))
        if self._side or longer > DETECTION_SIDE:
            return min(1.0, (self._side or DETECTION_SIDE) / longer)
        return max(1.0, min(MIN_SIDE / shorter, DETECTION_SIDE / longer))

    def _look_at(self, pixels: Pixels, scale: float) -> Detection:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        sized = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=how) if scale != 1 else pixels
        widened = _widened(sized)
        likely = self._likely(np.ascontiguousarray(widened[:, :, ::-1]))
        boxes, _ = self._detector.postprocess_op(likely, widened.shape[:2])
        boxes = self._detector.sorted_boxes(boxes) if len(boxes) else []
        rows, columns = (
            round(side * of / all_)
            for side, of, all_ in zip(likely.shape[2:], sized.shape, widened.shape, strict=False)
        )
        return Detection([np.asarray(box, np.float32) / scale for box in boxes], likely[0, 0, :rows, :columns])

    def _likely(self, pixels: Pixels) -> NDArray[np.float32]:
        """(1, 1, rows, columns) for a BGR picture, in the size that the network takes."""
        prepared = self._detector.get_preprocess()(pixels)
        likely: NDArray[np.float32] = self._detector.session(prepared)
        return likely

    def recognise(self, crops: Sequence[Pixels]) -> list[ReadLine]:
        """What each RGB line says; words with their extent in fractions of the line."""
        if not crops:
            return []
        recogniser = self._ocr._load_rec_model()
        images = [np.ascontiguousarray(crop[:, :, ::-1]) for crop in crops]
        read = recogniser(TextRecInput(img=images, return_word_box=True))
        return [
            ReadLine(text=text, confidence=float(score), words=_words(text, info))
            for text, score, info in zip(read.txts, read.scores, read.word_results, strict=True)
        ]


def line_crop(pixels: Pixels, quad: Quad) -> Pixels:
    """A line as its recogniser reads it best: cubic interpolation adds rims to blurred strokes."""
    return crop(pixels, quad, height=LINE_HEIGHT, interpolation=cv2.INTER_LINEAR)


def _widened(pixels: Pixels) -> Pixels:
    """With paper at the end of the shorter side, where RapidOCR would enlarge a narrow picture to more than a page."""
    height, width = pixels.shape[:2]
    least = min(MIN_SIDE, MIN_SIDE**2 * max(height, width) // MAX_ENLARGED)
    down, across = (max(0, least - side) for side in (height, width))
    if not down and not across:
        return pixels
    paper = tuple(int(value) for value in np.median(pixels.reshape(-1, 3), axis=0))
    widened: Pixels = cv2.copyMakeBorder(pixels, 0, down, 0, across, cv2.BORDER_CONSTANT, value=paper)
    return widened


def _fitting(quads: Sequence[Quad], scale: float) -> float:
    """The scale at which lines have a good height; `scale`, at which they were found, if they have it already."""
    if not quads:
        return scale
    height = median(min(size(quad)) for quad in quads)
    return scale if LINE_RANGE[0] <= height * scale <= LINE_RANGE[1] else GOOD_LINE / height


def _words(text: str, info: "rapidocr.ch_ppocr_rec.typings.WordInfo") -> tuple[ReadWord, ...]:
    """Words from the columns of the recogniser's output in which their characters were seen."""
    confidences = iter([seen for character, seen in zip(text, info.confs, strict=False) if not character.isspace()])
    columns = max(info.line_txt_len, 1.0)
    words = []
    for characters, places in _with_counters(text, info.words, info.word_cols):
        start, end = (places[0] - 0.5) / columns, (places[-1] + 1.5) / columns
        seen = [next(confidences) for _ in characters]
        words.append(
            ReadWord(
                text="".join(characters),
                confidence=sum(seen) / len(seen),
                start=min(max(start, 0.0), 1.0),
                end=min(max(end, 0.0), 1.0),
            )
        )
    return tuple(words)


def _with_counters(
    text: str, words: Sequence[Sequence[str]], places: Sequence[Sequence[int]]
) -> list[tuple[list[str], list[int]]]:
    """Each word's characters and their columns; a number and the Chinese or Japanese unit right after it are one."""
    found: list[tuple[list[str], list[int]]] = []
    for characters, columns in zip(words, places, strict=True):
        before = "".join(found[-1][0]) if found else ""
        is_counted = before[-1:].isdecimal() and bool(NO_SPACES.match(characters[0])) and before + characters[0] in text
        if is_counted and columns[0] - found[-1][1][-1] <= COUNTER:
            found[-1][0].extend(characters)
            found[-1][1].extend(columns)
        else:
            found.append((list(characters), list(columns)))
    return found
