"""Latin words that were read in Cyrillic or Greek letters of the same shapes: CHF as СНЕ, HDMI as НОМГ.

Tesseract's English model and RapidOCR read them again. Where both see the same Latin word, it is one, unless each of
its letters has a twin in the other alphabet: СОСТАВ is no COCTAB.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from docintel.engines.local.geometry import Pixels, Quad, part, size
from docintel.engines.local.lines.mending.signs import SIGNS, SPELLINGS
from docintel.engines.local.lines.words import ReadLine, ReadWord
from docintel.engines.local.scripts import scripts_of

LIKE_LATIN = frozenset({"Cyrl", "Grek"})
"""Scripts with letters that are shaped like Latin ones."""
TWINS = str.maketrans(
    "АВЕЅІЈКМНОРСТУХЗаеѕіјорсухЬΑΒΕΖΗΙΚΜΝΟΡΤΥΧονυικρ", "ABESIJKMHOPCTYX3aesijopcyxbABEZHIKMNOPTYXovuikp"
)
NEAR_TWINS = str.maketrans("ПИЯГЛДЧЦШЩЗБФΠΓΛΔΣΘΞΩΦΨ", "NNRTAA4UWW3BONTAAEOEOOY")
"""Others that readers without them write as such Latin letters."""
_CYRILLIC, _GREEK = "АВЕЅІЈКМНОРСТУХаеѕіјорсух", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧνορ"
_TO_LATIN = {ord(letter): TWINS[ord(letter)] for letter in _CYRILLIC + _GREEK}
_FROM_LATIN = {
    script: {_TO_LATIN[ord(letter)]: ord(letter) for letter in letters}
    for script, letters in (("Cyrl", _CYRILLIC), ("Grek", _GREEK))
}
_SHAPES = str.maketrans("0125678Il|!QΩµμ≥≤±", "OIZSBTBIIIIOOPP><+")
"""Characters that readers take for each other."""

MIN_CONFIDENCE = 0.85
"""RapidOCR's, to be believed about Latin letters."""
CERTAIN = 0.97
"""RapidOCR's, that it has not for letters which it cannot write."""
DOUBTED = 0.6
"""Words of small letters that their own script's model reads with less confidence are looked at."""
NEAR = 0.85
"""Confidence of a word in its own script, above which it counts that its letters have near twins."""
SAME = 0.8
"""How alike two readings of a line are that is Latin."""
SURE_LETTERS = 0.9
"""Confidence of our own letters, to be believed that a word is Latin."""
SAME_PLACE = 0.6
"""Of a word's extent, that two readings of it share."""
MARGIN = 0.1
"""White kept around a word, in line heights."""
SAMPLE = 5
"""Lines that say whether a page is Latin."""

NATIVE = 0.8
"""Confidence with which another script's model must read a doubted Latin word."""
SURE = 0.95
"""Latin words beside such a one that are read with less confidence are looked at too."""

_END = re.compile(r"[.,:;!?)]+$")

Reader = Callable[[Pixels, Sequence[Quad]], list[ReadLine]]
Classify = Callable[[Pixels, Quad], str]
"""The script that a stretch of a line looks like."""


def latin_readings(pixels: Pixels, quads: Sequence[Quad], english: Reader, rapid: Reader) -> list[ReadLine | None]:
    """What lines that look Cyrillic or Greek say in Latin, where they do: both readers see the same.

    True Cyrillic and Greek in any length is garbled by each in its own way; where a long line is, all stay.
    """
    longest = sorted(range(len(quads)), key=lambda n: -size(quads[n])[0])
    found = {n: _agreed(pixels, quads[n], english, rapid) for n in longest[:SAMPLE]}
    if not all(found.values()):
        return [None] * len(quads)
    found |= {n: _agreed(pixels, quads[n], english, rapid) for n in longest[SAMPLE:]}
    return [found[n] for n in range(len(quads))]


def _agreed(pixels: Pixels, quad: Quad, english: Reader, rapid: Reader) -> ReadLine | None:
    (seen,) = rapid(pixels, [quad])
    letters = "".join(c for c in seen.text.translate(SPELLINGS) if c not in SIGNS)
    if seen.confidence < MIN_CONFIDENCE or set(scripts_of(letters)) - {"Latn"}:
        return None
    (other,) = english(pixels, [quad])
    likeness = SequenceMatcher(a=_shape(seen.text), b=_shape(other.text), autojunk=False).ratio()
    return seen if likeness >= SAME else None


def with_latin_words(line: ReadLine, pixels: Pixels, quad: Quad, english: Reader, rapid: Reader) -> ReadLine:
    words = list(line.words)
    across, down = size(quad)
    margin = MARGIN * down / max(across, 1.0)
    for n, word in enumerate(line.words):
        if not _may_be_latin(word, line.words[n - 1] if n else None):
            continue
        place = _place(line.words, n, margin)
        latin = _latin(word, pixels, part(quad, *place), english, rapid)
        if latin:
            words[n] = replace(word, text=latin.text, confidence=latin.confidence)
    return replace(line, text=" ".join(word.text for word in words), words=tuple(words))


def with_latin_letters(line: ReadLine, own: ReadLine) -> ReadLine:
    """The line with the words that may be Latin as `own` has them, a reading of all letters, where it is sure that they
    are."""
    words = list(line.words)
    for n, word in enumerate(line.words):
        seen = max(own.words, key=lambda other: _shared(word, other), default=None)
        if seen and _may_be_latin(word, line.words[n - 1] if n else None) and _is_latin_for_sure(word, seen):
            words[n] = replace(word, text=seen.text, confidence=seen.confidence)
    return replace(line, text=" ".join(word.text for word in words), words=tuple(words))


def in_one_script(word: str) -> str:
    """A word read in letters of Latin and of a script like it, all in the one that some of them have no twin in."""
    scripts = set(scripts_of(word))
    other = next(iter(scripts & LIKE_LATIN), None)
    if other is None or scripts != {"Latn", other}:
        return word
    latin, native = word.translate(_TO_LATIN), word.translate(_FROM_LATIN[other])
    whole = [text for text in (latin, native) if len(scripts_of(text)) == 1]
    return whole[0] if len(whole) == 1 else word


def with_native_twins(line: ReadLine, script: str) -> ReadLine:
    """A line in a script like Latin, with words of Latin letters that all have twins in it as words of that script."""
    native = _FROM_LATIN[script]
    words = tuple(
        replace(word, text=word.text.translate(native))
        if scripts_of(word.text).keys() == {"Latn"} and scripts_of(word.text.translate(native)).keys() == {script}
        else word
        for word in line.words
    )
    return replace(line, text=" ".join(word.text for word in words), words=words)


def _shared(word: ReadWord, other: ReadWord) -> float:
    return min(word.end, other.end) - max(word.start, other.start)


def _is_latin_for_sure(word: ReadWord, seen: ReadWord) -> bool:
    letters = [c for c in seen.text if c.isalpha()]
    is_there = _shared(word, seen) > SAME_PLACE * max(word.end - word.start, seen.end - seen.start)
    is_latin = bool(letters) and all(c.isascii() for c in letters) and not _are_twins(word, seen.text)
    return is_there and is_latin and seen.confidence >= SURE_LETTERS


def with_native_words(
    line: ReadLine, pixels: Pixels, quad: Quad, script_of: Classify, readers: Mapping[str, Reader]
) -> ReadLine:
    """A Latin line with its doubted words read in the script that they look like, and then those beside them too.

    `readers` by script: those that have letters like Latin ones.
    """
    words = list(line.words)
    across, down = size(quad)
    places = [part(quad, *_place(words, n, MARGIN * down / max(across, 1.0))) for n in range(len(words))]
    for n, word in enumerate(line.words):
        if word.confidence < DOUBTED and sum(map(str.isalpha, word.text)) > 2:
            script = script_of(pixels, places[n])
            if script in readers:
                words[n] = _native(word, pixels, places[n], script, readers[script], NATIVE)
    for script in {next(iter(scripts_of(word.text)), "") for word in words} & readers.keys():
        for n, word in enumerate(words):
            if word.confidence < SURE and word.text.isalpha() and word.text.isascii():
                words[n] = _native(word, pixels, places[n], script, readers[script], word.confidence)
    return replace(line, text=" ".join(word.text for word in words), words=tuple(words))


def _native(word: ReadWord, pixels: Pixels, place: Quad, script: str, read: Reader, least: float) -> ReadWord:
    (seen,) = read(pixels, [place])
    is_whole = set(scripts_of(seen.text)) == {script} and " " not in seen.text
    return replace(word, text=seen.text, confidence=seen.confidence) if is_whole and seen.confidence > least else word


def may_hold_latin(line: ReadLine) -> bool:
    return any(_may_be_latin(word, line.words[n - 1] if n else None) for n, word in enumerate(line.words))


def _may_be_latin(word: ReadWord, before: ReadWord | None) -> bool:
    """Whether it is doubted, or written like a code, an abbreviation or a unit: without small letters."""
    letters = [c for c in word.text if c.isalpha()]
    if not letters or all(c.isascii() for c in letters):
        return False
    if word.confidence < DOUBTED or _lacks_accent(word.text):
        return True
    is_unit = len(letters) == 1 and before is not None and before.text[-1].isdecimal()
    return not any(map(str.islower, letters)) and (is_unit or sum(map(str.isalnum, word.text)) > 1)


def _place(words: Sequence[ReadWord], n: int, margin: float) -> tuple[float, float]:
    """The word's extent with a little white, but nothing of its neighbours."""
    start, end = words[n].start, words[n].end
    before = max((word.end for word in words if word.end <= start), default=0.0)
    after = min((word.start for word in words if word.start >= end), default=1.0)
    return max(start - margin, (before + start) / 2, 0.0), min(end + margin, (after + end) / 2, 1.0)


def _latin(word: ReadWord, pixels: Pixels, place: Quad, english: Reader, rapid: Reader) -> ReadLine | None:
    (seen,) = rapid(pixels, [place])
    text = seen.text.translate(SPELLINGS)
    letters = [c for c in text if c.isalpha()]
    if seen.confidence < MIN_CONFIDENCE or not letters or not all(c.isascii() for c in letters) or " " in text:
        return None
    if _is_jumbled(text):
        return None
    has_digits = any(map(str.isdecimal, text))
    if not has_digits and (seen.confidence < CERTAIN or _are_twins(word, text)):
        return None
    if seen.confidence < CERTAIN and _shape(english(pixels, [place])[0].text) != _shape(text):
        return None
    return replace(seen, text=text + ("" if _END.search(text) else _end(word.text)))


def _end(text: str) -> str:
    mark = _END.search(text)
    return mark.group() if mark else ""


def _lacks_accent(text: str) -> bool:
    """Of a Greek word that is long enough to have one."""
    letters = "".join(filter(str.isalpha, text))
    is_greek = bool(letters) and set(scripts_of(letters)) == {"Grek"} and letters[1:].islower()
    return is_greek and len(letters) > 3 and unicodedata.normalize("NFD", letters) == letters


def _is_jumbled(text: str) -> bool:
    """Whether capitals stand among small letters, as where small Cyrillic letters are taken for Latin capitals."""
    return bool(re.search(r"[a-z][A-Z]", text))


def _are_twins(word: ReadWord, text: str) -> bool:
    """Whether the word may as well be in its own script's letters; near ones count where it is hardly doubted."""
    own = word.text.translate(NEAR_TWINS) if word.confidence > NEAR else word.text
    return _letters(own.translate(TWINS)) == _letters(text.translate(TWINS))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _shape(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text.translate(SPELLINGS))
    return "".join(filter(str.isalnum, plain.translate(_SHAPES))).casefold()
