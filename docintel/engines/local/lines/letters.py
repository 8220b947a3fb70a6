"""Our own recogniser of lines in Latin, Cyrillic, Greek, Arabic, Hebrew, Devanagari, Thai and Hangul.

A convolutional network with CTC (training/recogniser/ makes it) that was shown lines as photographs have them: blurred,
bent, in uneven light. It knows no words, so on clean print Tesseract's models of a language are often better.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
import regex
from numpy.typing import NDArray

from docintel.engines.local.geometry import Pixels
from docintel.engines.local.lines.mending.alike import in_one_script
from docintel.engines.local.lines.words import EMPTY_LINE, ReadLine, ReadWord
from docintel.engines.local.networks import fingerprint_of, opened
from docintel.text.bidi import reading_order, runs_right_to_left

MODEL = Path(__file__).with_name("line_letters.onnx")
HEIGHT = 40
STRIDE = 4
"""Columns of pixels that one output sees the middle of."""
STEP = 64
"""Lines of a batch differ in width by less, in pixels."""
MAX_COLUMNS = 16_384
"""Of a batch, all its lines together."""
MAX_WIDTH = 4096
SCRIPTS = frozenset({"Latn", "Cyrl", "Grek", "Arab", "Hebr", "Deva", "Thai", "Hang"})
DIGITS = {"Arab": "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "Deva": "०१२३४५६७८९", "Thai": "๐๑๒๓๔๕๖๗๘๙"}
"""Of their own, by script."""
SAID = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
RIGHT_PRINTED = (0.0, 0.05, 0.12, 0.47, 0.77, 0.9, 0.99)
RIGHT_BY_HAND = (0.0, 0.25, 0.38, 0.52, 0.66, 0.79, 0.92)
"""Of a line's letters, by the confidence with which it was read (docs/reading.md)."""
_CLUSTER = regex.compile(r"\X")
_LOOSE = regex.compile("[\u1100-\u11ff]")
"""Letters of Hangul that make no syllable."""
_FORWARD = regex.compile(r"[\p{L}\p{M}\p{N}--[\p{Script=Arabic}\p{Script=Hebrew}]]+(?:[.,:/\-–]?[\p{N}]+)*", regex.V1)
"""What runs from left to right inside a word of a right-to-left script: numbers, Latin letters."""
_MIRRORED = str.maketrans("()[]{}<>«»", ")(][}{><»«")

Probabilities = NDArray[np.float32]


def has_others_digits(text: str, script: str) -> bool:
    """Whether digits of Arabic, Devanagari or Thai were read in another script."""
    found = {code for code, digits in DIGITS.items() if any(digit in text for digit in digits)}
    return bool(found - {script})


def calibrated(line: ReadLine) -> ReadLine:
    """The line with its confidence as likely as it is right: its reader overstates it where it is doubtful."""
    right = RIGHT_BY_HAND if line.is_by_hand else RIGHT_PRINTED
    words = tuple(replace(word, confidence=float(np.interp(word.confidence, SAID, right))) for word in line.words)
    return replace(line, confidence=float(np.interp(line.confidence, SAID, right)), words=words)


class LineLetters:
    def __init__(self) -> None:
        self._session = opened(MODEL)
        self._alphabet = self._session.get_modelmeta().custom_metadata_map["alphabet"]

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint_of(MODEL)

    def recognise(self, crops: Sequence[Pixels]) -> list[ReadLine]:
        """What each RGB line, 40 pixels high, says."""
        read: dict[int, ReadLine] = {}
        for group in _batches([min(crop.shape[1], MAX_WIDTH) for crop in crops]):
            strips = _strips([crops[index] for index in group])
            probabilities, by_hand = self._session.run(["probabilities", "handwriting"], {"strips": strips})
            for index, each, hand in zip(group, probabilities, by_hand[:, 0], strict=True):
                line = self._line(each, min(crops[index].shape[1], MAX_WIDTH))
                read[index] = replace(line, by_hand=float(hand))
        return [read[index] for index in range(len(crops))]

    def _line(self, probabilities: Probabilities, width: int) -> ReadLine:
        """The likeliest symbol of each place, those that go on taken once."""
        outputs = min(len(probabilities), width // STRIDE + 2)
        path = probabilities[:outputs].argmax(axis=1)
        sure = probabilities[np.arange(outputs), path]
        letters: list[tuple[str, float, int, int]] = []
        for symbol, places in groupby(range(outputs), key=lambda place: int(path[place])):
            some = list(places)
            if symbol:
                letters.append((self._alphabet[symbol - 1], float(sure[some].max()), some[0], some[-1]))
        words = [_word(some, width) for is_space, some in _parted(letters) if not is_space]
        return _as_read(words)


def _batches(widths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of lines of about one width."""
    order = sorted(range(len(widths)), key=lambda index: widths[index])
    for _, group in groupby(order, key=lambda index: widths[index] // STEP):
        some = list(group)
        size = max(1, MAX_COLUMNS // (widths[some[-1]] + STEP))
        yield from (some[start : start + size] for start in range(0, len(some), size))


def _strips(crops: Sequence[Pixels]) -> Pixels:
    """(n, 40, width): grey lines, ended with their own paper."""
    width = -(-min(max(crop.shape[1] for crop in crops), MAX_WIDTH) // 8) * 8
    strips = np.empty((len(crops), HEIGHT, max(width, 32)), np.uint8)
    for strip, crop in zip(strips, crops, strict=True):
        grey = cv2.cvtColor(crop[:, :MAX_WIDTH], cv2.COLOR_RGB2GRAY)
        strip[:] = np.median(grey)
        strip[:, : grey.shape[1]] = grey
    return strips


def _parted(letters: Sequence[tuple[str, float, int, int]]) -> Iterator[tuple[bool, list[tuple[str, float, int, int]]]]:
    for is_space, some in groupby(letters, key=lambda letter: letter[0] == " "):
        yield is_space, list(some)


def _word(letters: Sequence[tuple[str, float, int, int]], width: int) -> ReadWord:
    text = in_one_script(unicodedata.normalize("NFC", "".join(letter for letter, *_ in letters)))
    start, end = (letters[0][2] - 0.5) * STRIDE / width, (letters[-1][3] + 1.5) * STRIDE / width
    loose = len(_LOOSE.findall(text)) / len(text)
    confidence = sum(sure for _, sure, *_ in letters) / len(letters) * (1 - loose)
    return ReadWord(_logical(text), confidence, min(max(start, 0.0), 1.0), min(max(end, 0.0), 1.0))


def _logical(word: str) -> str:
    """A word as it is seen from the left, in the order in which it is read."""
    if not runs_right_to_left(word, otherwise=False):
        return word
    turned = "".join(reversed(_CLUSTER.findall(word))).translate(_MIRRORED)
    return str(_FORWARD.sub(lambda found: found[0][::-1], turned))


def _as_read(words: Sequence[ReadWord]) -> ReadLine:
    if not words:
        return EMPTY_LINE
    texts = [word.text for word in words]
    ordered = tuple(words[index] for index in reading_order(texts, right_to_left=runs_right_to_left("".join(texts))))
    letters = sum(len(word.text) for word in words)
    confidence = sum(word.confidence * len(word.text) for word in words) / letters
    return ReadLine(" ".join(word.text for word in ordered), confidence, ordered)
