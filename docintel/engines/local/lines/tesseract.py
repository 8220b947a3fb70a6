"""Tesseract, in-process and one line at a time, with Debian's models."""

import logging
import os
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # read when the library loads; pages are read side by side

import cv2
import numpy as np
import tesserocr
from PIL import Image

from docintel.engines.local.geometry import Pixels
from docintel.engines.local.lines.words import EMPTY_LINE, ReadLine, ReadWord
from docintel.engines.local.scripts import SCRIPTS
from docintel.errors import EngineUnavailable

log = logging.getLogger(__name__)

PLACES = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
)
MODELS_KEPT = 8
"""Models open at once; each takes 10–60 MB."""
LINE_DPI = "300"
BIDI_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
PAPER = 90
"""Percentile of a line's brightness that is its paper."""


@dataclass(frozen=True)
class Preparation:
    """How a line is shown: found best on rendered and scanned lines, script by script (docs/reading.md)."""

    height: int
    """Pixels."""
    padding: int
    """Pixels of paper around the line."""
    inset: float
    """Line heights cut off at either end: the detector leaves a margin there, whose specks look like full stops."""
    segmentation: int
    """Tesseract's page segmentation mode: a line, or a line without its own analysis."""


USUAL = Preparation(height=60, padding=10, inset=0.0, segmentation=tesserocr.PSM.SINGLE_LINE)
RAW = Preparation(height=64, padding=3, inset=0.1, segmentation=tesserocr.PSM.RAW_LINE)
RAW_MODELS = frozenset({"ara", "fas", "urd", "uig", "pus", "Arabic"})
"""Tesseract's own line analysis takes the dots and tails of Arabic letters for other lines."""


OTHER = {USUAL: RAW, RAW: USUAL}
SPOILT = 0.7
"""Confidence below which a line is prepared the other way."""
SPOILT_WORD = 0.45
"""The same for its worst word."""


def preparation(model: str) -> Preparation:
    return RAW if model in RAW_MODELS else USUAL


class Tesseract:
    """Opens models as they are needed and keeps the last few."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, tesserocr.PyTessBaseAPI] = OrderedDict()

    @cached_property
    def folder(self) -> Path:
        """Where the models are: TESSDATA_PREFIX, else the usual places. Raises EngineUnavailable."""
        named = os.environ.get("TESSDATA_PREFIX")
        candidates = [Path(named), Path(named) / "tessdata"] if named else []
        for folder in [*candidates, *map(Path, PLACES)]:
            if any(folder.glob("*.traineddata")):
                return folder
        raise EngineUnavailable(
            "Tesseract's models are not installed. On Debian: apt install tesseract-ocr-all "
            "(or set TESSDATA_PREFIX to the folder with the .traineddata files)."
        )

    @cached_property
    def fingerprint(self) -> str:
        sizes = sorted((model.name, model.stat().st_size) for model in self.folder.glob("*.traineddata"))
        return f"tesseract-{tesserocr.tesseract_version().split()[1]}-{sha256(repr(sizes).encode()).hexdigest()[:8]}"

    @cached_property
    def models(self) -> frozenset[str]:
        return frozenset(model.stem for model in self.folder.glob("*.traineddata"))

    def recognise(self, crops: Sequence[Pixels], model: str) -> list[ReadLine]:
        """What each RGB line says, read with `model` (deu, Cyrillic, …). Raises EngineUnavailable.

        A line that Tesseract's own analysis seems to have spoilt is read again without it.
        """
        api, usual = self._api(model), preparation(model)
        return [_surest(api, crop, (usual, OTHER[usual])) for crop in crops]

    def _api(self, model: str) -> "tesserocr.PyTessBaseAPI":
        if model in self._open:
            self._open.move_to_end(model)
            return self._open[model]
        if model not in self.models:
            raise EngineUnavailable(
                f"Tesseract's model {model!r} is not installed. On Debian: apt install {package(model)}"
            )
        while len(self._open) >= MODELS_KEPT:
            self._open.popitem(last=False)[1].End()
        try:
            api = tesserocr.PyTessBaseAPI(path=str(self.folder), lang=model)
        except RuntimeError as error:
            log.error("Tesseract cannot load %s from %s: %s", model, self.folder, error)
            raise EngineUnavailable(
                f"Tesseract cannot load its model {model!r}. On Debian: apt install --reinstall {package(model)}"
            ) from error
        for name, value in (("debug_file", os.devnull), ("user_defined_dpi", LINE_DPI)):
            api.SetVariable(name, value)
        self._open[model] = api
        return api


def package(model: str) -> str:
    """The Debian package of a model: tesseract-ocr-deu, tesseract-ocr-chi-sim, tesseract-ocr-script-cyrl."""
    script = next((code for code, script in SCRIPTS.items() if script.model == model), None)
    if script:
        return f"tesseract-ocr-script-{'hans' if script == 'Hani' else script.lower()}"
    return f"tesseract-ocr-{model.replace('_', '-')}"


def _surest(api: "tesserocr.PyTessBaseAPI", crop: Pixels, ways: Sequence[Preparation]) -> ReadLine:
    best = EMPTY_LINE
    for way in ways:
        line = _line(api, crop, way)
        best = max(best, line, key=lambda each: each.confidence)
        if not _is_spoilt(line, way):
            break
    return best


def _is_spoilt(line: ReadLine, way: Preparation) -> bool:
    lowest = min((word.confidence for word in line.words), default=0.0)
    return line.confidence < SPOILT or (way is USUAL and lowest < SPOILT_WORD)


def _line(api: "tesserocr.PyTessBaseAPI", crop: Pixels, way: Preparation) -> ReadLine:
    padding, cut = way.padding, round(way.inset * crop.shape[0])
    crop = crop[:, cut : crop.shape[1] - cut] if crop.shape[1] > 4 * cut else crop
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    paper = float(np.percentile(grey, PAPER))
    padded = cv2.copyMakeBorder(grey, padding, padding, padding, padding, cv2.BORDER_CONSTANT, value=paper)
    api.SetPageSegMode(way.segmentation)
    api.SetImage(Image.fromarray(padded))
    api.Recognize()
    text = " ".join(_unmarked(api.GetUTF8Text()).split())
    words = _whole_words(text, _pieces(api.GetIterator(), crop.shape[1], padding))
    if not words:
        return EMPTY_LINE
    letters = sum(len(word.text) for word in words)
    confidence = sum(word.confidence * len(word.text) for word in words) / letters
    return ReadLine(text=text, confidence=confidence, words=words)


def _pieces(iterator: "tesserocr.PyResultIterator | None", width: int, padding: int) -> list[ReadWord]:
    """Tesseract's words: parts of words in Korean and Thai, letters as drawn in scripts that run right to left."""
    level = tesserocr.RIL.WORD
    pieces: list[ReadWord] = []
    for item in tesserocr.iterate_level(iterator, level) if iterator else ():
        text = "" if item.Empty(level) else "".join(_unmarked(item.GetUTF8Text(level)).split())
        if text:
            left, _, right, _ = item.BoundingBox(level)
            start, end = (min(max((x - padding) / width, 0.0), 1.0) for x in (left, right))
            pieces.append(ReadWord(text=text, confidence=item.Confidence(level) / 100, start=start, end=end))
    return pieces


def _unmarked(text: str) -> str:
    """Without the marks that only say which way text runs."""
    return BIDI_MARKS.sub("", text)


def _whole_words(text: str, pieces: Sequence[ReadWord]) -> tuple[ReadWord, ...]:
    """The line's words as it spells them, each where the pieces stand that hold its letters."""
    words, waiting = [], list(pieces)
    for token in text.split():
        taken: list[ReadWord] = []
        while waiting and sum(len(piece.text) for piece in taken) < len(token):
            taken.append(waiting.pop(0))
        taken = taken or list(pieces[-1:])
        if taken:
            words.append(
                ReadWord(
                    text=token,
                    confidence=min(piece.confidence for piece in taken),
                    start=min(piece.start for piece in taken),
                    end=max(piece.end for piece in taken),
                )
            )
    return tuple(words)
