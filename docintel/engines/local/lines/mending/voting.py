"""Words in doubt, as two other readers of the whole line have them where both read the same."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from docintel.engines.local.geometry import Pixels, Quad
from docintel.engines.local.lines.words import ReadLine, ReadWord, mean_confidence
from docintel.engines.local.scripts import scripts_of

DOUBTED, DOUBTED_CODE = 0.9, 0.92
"""Confidence of Tesseract, below which a word, and one of digits or of few letters, is put to the vote: it has 0.96 in
words that it is sure of."""
FEW = 3
"""Letters of a word that may be a number or a code."""
SURE = 0.9
"""Confidence that others must have in a word of the line's own script."""
SURE_CODE = 0.8
"""The same in a code or number in a line of another script."""
CERTAIN = 0.97
"""RapidOCR's confidence in a number with its unit: it has less in letters that it cannot write."""
MEASURE = 14
"""Characters of a line that may be a number with its unit, at most."""
SAME_PLACE = 0.6
"""Of the longer of two words, that they must share."""

NO_UNITS = str.maketrans("", "", "ΩμΩµ")
"""Greek letters that are units on lines of any script."""

PLAIN_QUOTES = str.maketrans("’‘“”„", '\'\'"""')
ELIDED = re.compile(r"1['’]")

Reader = Callable[[Pixels, Sequence[Quad]], list[ReadLine]]
Question = Callable[[ReadWord], bool]
"""Whether a word is put to the vote."""


def is_doubted(word: ReadWord) -> bool:
    may_be_number = len(word.text) <= FEW or any(map(str.isdecimal, word.text))
    return word.confidence < (DOUBTED_CODE if may_be_number else DOUBTED)


def may_be_code(word: ReadWord) -> bool:
    """Whether it has Latin letters, or digits and no letters at all."""
    letters = [character for character in word.text if character.isalpha()]
    return any(map(str.isascii, letters)) or (not letters and any(map(str.isdecimal, word.text)))


def voted(
    lines: Sequence[ReadLine],
    pixels: Pixels,
    quads: Sequence[Quad],
    readers: Sequence[Reader],
    *,
    ask: Question = is_doubted,
    sure: float = SURE,
) -> list[ReadLine]:
    """The lines, the words that `ask` says so as all `readers` have them, where they agree and are `sure`.

    Each reader sees only the lines that those before it would change.
    """
    left = [index for index, line in enumerate(lines) if any(map(ask, line.words))]
    others: dict[int, list[ReadLine]] = {index: [] for index in left}
    found: dict[int, tuple[ReadWord, ...]] = {}
    for read in readers:
        for index, seen in zip(left, read(pixels, [quads[index] for index in left]), strict=True):
            others[index].append(seen)
            words = lines[index].words
            found[index] = tuple(_agreed(word, others[index], sure) if ask(word) else word for word in words)
        left = [index for index in left if found[index] != lines[index].words]
    return [_changed(line, found[index]) if index in left else line for index, line in enumerate(lines)]


def _changed(line: ReadLine, words: tuple[ReadWord, ...]) -> ReadLine:
    confidence = max(line.confidence, mean_confidence(words))
    return replace(line, text=" ".join(word.text for word in words), confidence=confidence, words=words)


def measures(
    lines: Sequence[ReadLine], pixels: Pixels, quads: Sequence[Quad], rapid: Reader, own: Reader, *, script: str
) -> list[ReadLine]:
    """The lines, short ones with a number as RapidOCR reads them where `own`, which knows all letters, sees none of the
    script's."""
    chosen = list(lines)
    short = [n for n, line in enumerate(lines) if len(line.text) <= MEASURE and any(map(str.isdecimal, line.text))]
    places = [quads[n] for n in short]
    for n, seen, other in zip(short, rapid(pixels, places), own(pixels, places), strict=True):
        is_number = any(map(str.isdecimal, seen.text)) and seen.confidence >= CERTAIN
        if is_number and script not in scripts_of(other.text.translate(NO_UNITS)):
            chosen[n] = seen
    return chosen


def whole(lines: Sequence[ReadLine], pixels: Pixels, quads: Sequence[Quad], own: Reader) -> list[ReadLine]:
    """The lines, those whose words were read as single letters as `own` has them, where its letters are the same."""
    chosen = list(lines)
    torn = [n for n, line in enumerate(lines) if _is_torn([word.text for word in line.words])]
    for n, other in zip(torn, own(pixels, [quads[n] for n in torn]), strict=True):
        if _letters_of(other) == _letters_of(lines[n]):
            chosen[n] = other
    return chosen


def _is_torn(words: Sequence[str]) -> bool:
    """Whether three in a row are a letter or two, two of them a single one."""
    runs = zip(words, words[1:], words[2:], strict=False)
    return any(
        all(len(word) < 3 and word.isalpha() for word in run) and sum(len(word) == 1 for word in run) > 1
        for run in runs
    )


def _letters_of(line: ReadLine) -> str:
    return "".join(line.text.split())


def _agreed(word: ReadWord, others: Sequence[ReadLine], sure: float) -> ReadWord:
    there = [max(line.words, key=lambda other: _shared(word, other), default=None) for line in others]
    found = [other for other in there if other and _is_there(word, other)]
    if len(found) < len(others) or len({other.text for other in found}) > 1:
        return word
    text, confidence = found[0].text, min(other.confidence for other in found)
    return replace(word, text=text, confidence=confidence) if confidence >= sure and _is_gain(word.text, text) else word


def _is_gain(old: str, new: str) -> bool:
    """Whether neither accents nor digits are lost, which others see less well, nor only quotation marks exchanged.

    `1'` is no word, and a dotless ı, which only Turkic languages have, is half of an m elsewhere.
    """
    marked = [sum(not letter.isascii() and "Latn" in scripts_of(letter) for letter in text) for text in (old, new)]
    digits = [sum(map(str.isdecimal, text)) for text in (old, new)]
    is_other = old.translate(PLAIN_QUOTES) != new.translate(PLAIN_QUOTES)
    is_odd = ELIDED.match(new) or ("ı" in new and "ı" not in old)
    return marked[1] >= marked[0] and digits[1] >= digits[0] and is_other and not is_odd


def _is_there(word: ReadWord, other: ReadWord) -> bool:
    return _shared(word, other) > SAME_PLACE * max(word.end - word.start, other.end - other.start)


def _shared(word: ReadWord, other: ReadWord) -> float:
    return min(word.end, other.end) - max(word.start, other.start)
