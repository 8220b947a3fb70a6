"""Signs of measure that Tesseract takes for letters and digits they look like: µ for p, ± for +, ≤ for <, ₹ for 7.

Words in which that may have happened are cut out and read by RapidOCR, which knows these signs. Where it sees one in
place of what looks alike, and reads the rest the same, the sign stands there.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import pairwise

from docintel.engines.local.geometry import Pixels, Quad, part, size
from docintel.engines.local.lines.words import ReadLine, ReadWord, mean_confidence

SIGNS = frozenset("µ±≤≥Ω²³¹⁰⁴⁵⁶⁷⁸⁹½¼¾‰×÷√∞≈≠₹₽₩₫€£¥₁₂₃₄°′″†‡")
WEAK = frozenset("°′″€£¥")
"""Signs that others are taken for."""
SPELLINGS = str.maketrans({"μ": "µ", "Ω": "Ω", "℃": "°C", "℉": "°F", "，": ",", "：": ":", "（": "(", "）": ")"})
"""How RapidOCR writes what others write with one character more or less."""

SHORT = 12.0
"""Line heights. Shorter lines are read whole."""
MARGIN = 0.12
"""White kept around words, in line heights."""
MIN_CONFIDENCE = 0.8
"""RapidOCR's, to be believed about a sign."""
MIN_LIKENESS = 0.5
"""Of the two readings, to be of the same words."""
MAX_SIGN = 3
"""Characters that a sign may be taken for, or be read with."""
DOUBTED = 0.6
"""A short word that is read with less confidence may be a sign."""
UNSURE = 0.9
"""The same for what may be a unit."""

_MATHS = re.compile(r"[<>+=±~|⁄^≤≥¥«»]")
_RAISED = re.compile(r"\W*(?:\w{1,2}|[\w.,]*\d)[!?°º*'’‘\"“”`]{1,2}\W*")
_UNIT = re.compile(r"\W*[\d.,]*(?P<letters>[^\W\d_]{1,3}(?:/[^\W_]{1,4})?)\W*")
_PRICE = re.compile(r"\W*[7?FZzłRX%$¥£€]\W?\d[\d.,]*\W*")
_GREEK = re.compile("[\u0370-\u03a8\u03aa-\u03bb\u03bd-\u03ff\u1f00-\u1fff]")
"""Letters of words: neither μ nor Ω, which may be units."""
_LOOKALIKES = frozenset("puyjHQO")
"""Letters that µ and Ω are taken for."""

Reader = Callable[[Pixels, Sequence[Quad]], list[ReadLine]]
Run = tuple[int, int]
"""The first of some words of a line, and the one after the last."""


def with_signs(line: ReadLine, pixels: Pixels, quad: Quad, read: Reader) -> ReadLine:
    """The line with the signs that `read` sees in its doubtful words."""
    words = [
        word if _GREEK.search(word.text) else replace(word, text=word.text.translate(SPELLINGS)) for word in line.words
    ]
    runs = list(_runs(words))
    across, down = size(quad)
    if runs and across < SHORT * down:
        runs, places = [(0, len(words))], [(0.0, 1.0)]
    else:
        places = [_place(words, run, MARGIN * down / max(across, 1.0)) for run in runs]
    found = read(pixels, [part(quad, *place) for place in places])
    for (first, end), place, seen in zip(runs, places, found, strict=True):
        words[first:end] = _merged(words[first:end], seen, place)
    confidence = max(line.confidence, mean_confidence(words)) if runs else line.confidence
    return replace(line, text=" ".join(word.text for word in words), confidence=confidence, words=tuple(words))


def _runs(words: Sequence[ReadWord]) -> Iterator[Run]:
    """Doubtful words side by side, with the number that they belong to; from the right, so that a line's words may be
    replaced one run after the other."""
    asked = [may_hide_a_sign(word, words[n - 1] if n else None) for n, word in enumerate(words)]
    for n in [n for n, is_asked in enumerate(asked) if is_asked]:
        if n and words[n - 1].text[-1].isdigit() and not words[n].text[0].isdigit():
            asked[n - 1] = True
        if n + 1 < len(words) and not any(map(str.isalnum, words[n].text)) and words[n + 1].text[0].isdigit():
            asked[n + 1] = True
    for n, (word, after) in enumerate(pairwise(words)):
        if len(word.text) == 1 and after.text[0].isdigit():
            asked[n] = asked[n + 1] = True
    end = len(words)
    while end:
        first = end
        while first and asked[first - 1]:
            first -= 1
        if first < end:
            yield first, end
        end = min(first, end - 1)


def may_hide_a_sign(word: ReadWord, before: ReadWord | None) -> bool:
    text = word.text
    if _MATHS.search(text) or _PRICE.fullmatch(text) or _RAISED.fullmatch(text):
        return True
    unit = _UNIT.fullmatch(text)
    if unit and (text[0].isdigit() or (before is not None and before.text[-1].isdigit())):
        return word.confidence < UNSURE or bool(_LOOKALIKES & set(unit["letters"]))
    return word.confidence < DOUBTED and len(text) <= MAX_SIGN + 1


def _place(words: Sequence[ReadWord], run: Run, margin: float) -> tuple[float, float]:
    """From the word before to the word after, at most."""
    first, end = run
    start, stop = min(word.start for word in words[first:end]), max(word.end for word in words[first:end])
    before = max((word.end for word in words[:first] if word.end <= start), default=0.0)
    after = min((word.start for word in words[end:] if word.start >= stop), default=1.0)
    return max(start - margin, before), min(stop + margin, after)


def _merged(words: Sequence[ReadWord], seen: ReadLine, place: tuple[float, float]) -> Sequence[ReadWord]:
    other = "".join(seen.text.translate(SPELLINGS).split())
    if seen.confidence < MIN_CONFIDENCE or not SIGNS & set(other):
        return words
    if max(word.confidence for word in words) < DOUBTED:
        return [_within(word, place) for word in seen.words]
    if told := _told(words, other):
        return told
    text = "".join(word.text for word in words)
    matcher = SequenceMatcher(a=text, b=other, autojunk=False)
    if matcher.ratio() < MIN_LIKENESS:
        return words
    owners = [n for n, word in enumerate(words) for _ in word.text]
    written = [""] * len(words)
    for what, a0, a1, b0, b1 in matcher.get_opcodes():
        old, new = text[a0:a1], other[b0:b1]
        if what != "equal" and _is_sign(old, new):
            written[owners[min(a0, len(owners) - 1) if old else max(a0 - 1, 0)]] += new
        else:
            for at in range(a0, a1):
                written[owners[at]] += text[at]
    return [replace(word, text=new or word.text) for word, new in zip(words, written, strict=True)]


def _told(words: Sequence[ReadWord], other: str) -> Sequence[ReadWord] | None:
    """The words with those that are doubted as `other` has them, which has all that stands before and after them."""
    doubted = [n for n, word in enumerate(words) if word.confidence < DOUBTED]
    if not doubted:
        return None
    before, after = words[: doubted[0]], words[doubted[-1] + 1 :]
    head, tail = ("".join(word.text for word in some) for some in (before, after))
    middle = other[len(head) : len(other) - len(tail)]
    first, last = words[doubted[0]], words[doubted[-1]]
    num_digits = sum(map(str.isdecimal, "".join(word.text for word in words[doubted[0] : doubted[-1] + 1])))
    if other != head + middle + tail or not SIGNS & set(middle) or sum(map(str.isdecimal, middle)) > num_digits:
        return None
    return [*before, replace(first, text=middle, end=last.end, confidence=MIN_CONFIDENCE), *after]


def _is_sign(old: str, new: str) -> bool:
    """Whether `new` has a sign where `old` has what may be taken for it, and changes no other digit."""
    rest = [c for c in new if c not in SIGNS]
    if len(rest) == len(new) or (SIGNS - WEAK) & set(old) or max(len(old), len(new)) > MAX_SIGN:
        return False
    return len(old) < 2 or not rest or list(filter(str.isdecimal, rest)) == list(filter(str.isdecimal, old))


def _within(word: ReadWord, place: tuple[float, float]) -> ReadWord:
    """A word of a part of a line, as a word of the line."""
    start, end = place
    length = end - start
    text = word.text.translate(SPELLINGS)
    return replace(word, text=text, start=start + word.start * length, end=start + word.end * length)
