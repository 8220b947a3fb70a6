"""Letters that a recogniser confuses and a language's spelling tells apart."""

import re
import unicodedata
from dataclasses import replace

from docintel.engines.local.lines.words import ReadLine

PERSIAN = str.maketrans("يىكة٠١٢٣٤٥٦٧٨٩", "ییکه۰۱۲۳۴۵۶۷۸۹")
ARABIC_MARKS = {",": "،", ";": "؛", "?": "؟"}
_AFTER_ARABIC = re.compile(r"(?<=[\u0620-\u06FF])[,;?](?=\W*$)")
_BREATHINGS = {"\u0313", "\u0314", "\u0345"}
_CIRCUMFLEX, _GRAVE, _ACUTE = "\u0342", "\u0300", "\u0301"
POLYTONIC_SHARE = 0.04
"""Ancient spelling marks far more letters with breathings; below this share they are misread accents."""


def normalised_spelling(line: ReadLine, language: str) -> ReadLine:
    """The line as its language writes it, word by word."""
    if language in {"ar", "fa", "ur", "ps", "ug"}:
        return _with_words(line, [_arabic(word.text, language) for word in line.words])
    if language == "el":
        is_monotonic = _breathings(line.text) <= POLYTONIC_SHARE * len(line.text)
        texts = [_with_mu(word.text) for word in line.words]
        return _with_words(line, list(map(_monotonic, texts)) if is_monotonic else texts)
    return line


def _with_words(line: ReadLine, texts: list[str]) -> ReadLine:
    words = tuple(replace(word, text=text) for word, text in zip(line.words, texts, strict=True))
    return replace(line, text=" ".join(texts), words=words)


def _arabic(word: str, language: str) -> str:
    marked = _AFTER_ARABIC.sub(lambda mark: ARABIC_MARKS[mark.group()], word)
    return marked.translate(PERSIAN) if language == "fa" else marked


def _with_mu(word: str) -> str:
    """Tesseract writes the micro sign for the letter."""
    return word.replace("\u00b5", "μ") if any("\u0370" <= character <= "\u1fff" for character in word) else word


def _breathings(text: str) -> int:
    return sum(character in _BREATHINGS for character in unicodedata.normalize("NFD", text))


def _monotonic(word: str) -> str:
    letters = [c for c in unicodedata.normalize("NFD", word) if c not in _BREATHINGS]
    accents = {_CIRCUMFLEX: _ACUTE, _GRAVE: _ACUTE}
    return unicodedata.normalize("NFC", "".join(accents.get(c, c) for c in letters))
