"""Text as words to search by, the same for what is indexed and for what is asked.

Every term is made of letters and digits only: whatever tokenizer stands behind the index splits at the spaces and
nowhere else, and a MATCH expression holds nothing but quoted terms. Forms that people take for the same are one
term: case, width and compatibility forms, accents, Arabic letter forms and vowel marks, digits of all scripts,
1,234.50 and 1.234,50. Scripts that are written without spaces become single characters and pairs of neighbours.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import pairwise

from docintel.text.compounds import CompoundParts
from docintel.text.loose_terms import (
    COMPOUND_END,
    MIN_END,
    compound_ends,
    latin_lookalikes,
    loose_number,
    telephone_terms,
)

MAX_QUERY_TERMS = 512

_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u109f\u1780-\u17d3\u3005\u3007\u3041-\u3096\u309d-\u309f"
    "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3\U00020000-\U000323af"
)
_MARKS = "".join(chr(c) for c in range(0x300, 0xFE30) if unicodedata.category(chr(c))[0] == "M")
_LETTER = rf"(?:(?![{_UNSPACED}])[^\W_]|[{re.escape(_MARKS)}](?<![{_UNSPACED}]))"
_UNSPACED_RUN = re.compile(rf"[{_UNSPACED}]+")
_RUN = re.compile(
    rf"(?P<unspaced>[{_UNSPACED}]+)"
    rf"|(?P<spaced_number>(?<![\w.,])\d{{1,3}}(?: \d{{3}})+(?:[.,]\d+)?(?![\w]))"
    rf"|(?P<word>{_LETTER}+(?:[-./,'’:_@]{_LETTER}+)*)"
)
_PART = re.compile(rf"{_LETTER}+")
_NUMBER = re.compile(r"\d+(?:[.,'’ ]\d+)+")
_VALUE = re.compile(r"\d+(?:p\d+)?")
_HIRAGANA = re.compile(r"[\u3041-\u309f]")
_KOREAN_PARTICLE = re.compile(
    r"([가-힣]{2,})(?:에서|까지|부터|에게|으로|은|는|이|가|을|를|의|에|와|과|도|로)(?![가-힣])"
)
_CLUSTER = re.compile(rf"[^{re.escape(_MARKS)}][{re.escape(_MARKS)}]*|[{re.escape(_MARKS)}]+")

_RAISED = "[⁰¹²³⁴-⁹⁺⁻⁼⁽⁾ⁿⁱ]"
_NOTE_MARK = re.compile(
    rf"(?:(?<=[\d.,;:!?%’”\"')\]])|(?<=[^\W\d_]{{3}})|(?<!\S)(?={_RAISED}+(?:\d|[^\W\d_]{{3}}|\s|$)))"
    rf"{_RAISED}+(?:,{_RAISED}+)*"
)
"""Raised digits at a number or a word; at one or two letters they are part of a unit or a formula (m², x³)."""
_FRACTION_AT_NUMBER = re.compile(r"(?<=\d)(?=[¼-¾⅐-⅞])")

_LETTERS = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىئیېے", "ي"),
        **dict.fromkeys("ةھہۀە", "ه"),
        "ؤ": "و",
        "ک": "ك",
        "ـ": None,
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ँ": "ं",
        "़": None,
        "়": None,
        "٫": ".",
        "٬": ",",
        "’": "'",
        "‐": "-",
        "‑": "-",
        "–": "-",
        "−": "-",
        "⁄": "/",
    }
)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_LOOKALIKES = str.maketrans("015826i", "olsbzbl")
_ARABIC_ARTICLES = ("وال", "بال", "كال", "فال", "لل", "ال")
_HEBREW_PREFIXES = "הבלמוכש"
_SHEDS_MARKS = (range(0x41, 0x590), range(0x1E00, 0x2000), range(0x590, 0x780), range(0x8A0, 0x900))


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """`text` with the differences removed that nobody searches by; words and their order stay."""
    return _without_accents(_widen(text)).translate(_LETTERS)


def words(text: str) -> list[str]:
    """The words of `text` in order, folded: numbers in one spelling, unspaced scripts in pairs of neighbours."""
    return [forms[0] for forms in _forms(fold(text), asked=True)]


def index_terms(text: str, parts: CompoundParts | None = None) -> str:
    """What goes into the full-text table for `text`: every form that its words may be asked by, space between.

    With the `parts` that compounds are made of in the text's language, also the words that its compounds end in.
    """
    widened = _widen(text)
    others: list[str] = []
    for forms in _forms(_without_accents(widened).translate(_LETTERS), asked=False):
        others += [loose_number(form) for form in forms if form.startswith("0") and form.isdecimal()]
        others += [end for form in forms for end in (compound_ends(form, parts) if parts else ())]
    return " ".join(filter(None, [word_terms(text), *others, *telephone_terms(widened), *latin_lookalikes(text)]))


def word_terms(text: str) -> str:
    """Of these the forms of its words alone: all that the first release made."""
    seen: list[str] = []
    widened = _widen(text)
    for forms in _forms(_without_accents(widened).translate(_LETTERS), asked=False):
        seen += [variant for form in forms for variant in _plain_variants(form)]
    return " ".join([*seen, *map(_plain, _umlaut_words(widened))])


def match_query(question: str, stop_words: Collection[str]) -> str:
    """A MATCH expression of SQLite's FTS5 that finds texts with any content word of `question`; "" where it has none.

    Never raises; nothing in `question` reaches the expression unquoted.
    """
    terms: dict[str, None] = {}
    for word in content_words(question, stop_words):
        terms.update(dict.fromkeys(query_terms(word)))
    others = [*telephone_terms(_widen(question)), *map(_plain, latin_lookalikes(question))]
    terms.update(dict.fromkeys(f'"{term}"' for term in [*umlaut_terms(question), *others]))
    return " OR ".join(list(terms)[:MAX_QUERY_TERMS])


def umlaut_terms(text: str) -> list[str]:
    """Terms for the words of `text` with an umlaut in their other spelling: Müller → mueller."""
    return list(map(_plain, _umlaut_words(_widen(text))))


def query_terms(word: str) -> list[str]:
    """What a content word is asked by: quoted terms of an FTS5 expression, those with a star as beginnings."""
    terms = [f'"{_plain(form)}"' for form in _variants(word)]
    if _can_end_otherwise(word):
        terms.append(f'"{_plain(word[: -(len(word) // 4)])}" *')
    return [*terms, *_loose(word)]


def _loose(word: str) -> list[str]:
    """What else a word is asked by: as the end of a compound, as a number with or without leading zeros."""
    if word.isdecimal():
        return [
            f'"{loose_number(word)}"',
            *([f'"{word.lstrip("0")}"'] if word.startswith("0") and word.strip("0") else []),
        ]
    if len(word) < MIN_END or not (word.isascii() and word.isalpha()):
        return []
    ends = [f'"{COMPOUND_END}{word}"']
    return [*ends, f'"{COMPOUND_END}{word[: -(len(word) // 4)]}" *'] if _can_end_otherwise(word) else ends


def content_words(question: str, stop_words: Collection[str]) -> list[str]:
    """The words of `question` that say what it is about, each once; all of its words if stop words are all it has.

    `stop_words` are folded; those of scripts without spaces are cut out of the runs that they stand in.
    """
    folded = fold(question)
    telling = _KOREAN_PARTICLE.sub(r"\1 ", _cut_phrases(folded, stop_words))
    kept = [form for forms in _forms(telling, asked=True) for form in forms if _is_content(form, stop_words)]
    return list(dict.fromkeys(kept or (form for forms in _forms(folded, asked=True) for form in forms)))


def number_forms(written: str, *, asked: bool = False) -> list[str]:
    """The values that a number may mean, digits only with `p` for the decimal point: 1,234.50 → 1234p5.

    Where one separator may mean either (1.234), both readings; where it is a date or a section, its parts. A number
    that is not `asked` for but written is also found by its whole part: 1234.
    """
    separators = [c for c in written if not c.isdigit()]
    whole, _, decimals = written.rpartition(separators[-1])
    readings = [_with_decimals(whole, decimals)] if _may_end_in_decimals(separators, whole) else []
    if _is_grouped(written):
        readings.append("".join(c for c in written if c.isdigit()))
    if readings:
        return list(dict.fromkeys(readings if asked else [*readings, *(r.partition("p")[0] for r in readings)]))
    parts = re.split(r"\D", written)
    return ["".join(parts), *parts]


def without_marks(text: str) -> str:
    """`text` without the raised digits that refer to notes: NFKC would make them part of the number before."""
    return _FRACTION_AT_NUMBER.sub(" ", _NOTE_MARK.sub("", text))


def _widen(text: str) -> str:
    """NFKC, case folded, decimal digits of every script as 0–9, without format characters and notes' marks."""
    text = text if text.isascii() else without_marks(text)
    normal = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(map(_ascii_digit, normal))


@lru_cache(maxsize=4096)
def _ascii_digit(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return "" if unicodedata.category(character) == "Cf" else character


def _without_accents(text: str) -> str:
    return text if text.isascii() else "".join(map(_bare, text))


@lru_cache(maxsize=4096)
def _bare(character: str) -> str:
    if not any(ord(character) in scripts for scripts in _SHEDS_MARKS):
        return character
    return "".join(c for c in unicodedata.normalize("NFD", character) if unicodedata.category(c) != "Mn")


def _forms(folded: str, *, asked: bool) -> Iterator[list[str]]:
    """For each word the terms that stand for it, the plainest first; unspaced runs as pairs, or singly too."""
    for run in _RUN.finditer(folded):
        if run["unspaced"]:
            yield from ([gram] for gram in _grams(run["unspaced"], pairs_only=asked))
        elif run["spaced_number"]:
            yield number_forms(run["spaced_number"], asked=asked)
        else:
            yield from _word_forms(run["word"], asked=asked)


def _word_forms(written: str, *, asked: bool) -> Iterator[list[str]]:
    if _NUMBER.fullmatch(written):
        yield number_forms(written, asked=asked)
        return
    parts = _PART.findall(written)
    yield from ([part] for part in parts)
    if len(parts) > 1 and ("-" in written or any(c.isdigit() for c in written)):
        yield ["".join(parts)]


def _grams(run: str, *, pairs_only: bool) -> list[str]:
    clusters = _CLUSTER.findall(run)
    pairs = ["".join(pair) for pair in pairwise(clusters)]
    return pairs if pairs_only and pairs else clusters + pairs


def _is_grouped(written: str) -> bool:
    """Whether all separators can be thousands separators (or lakh and crore)."""
    if len({c for c in written if not c.isdigit()}) != 1:
        return False
    first, *groups = re.split(r"\D", written)
    return len(first) <= 3 and len(groups[-1]) == 3 and all(len(group) in (2, 3) for group in groups)


def _may_end_in_decimals(separators: list[str], whole: str) -> bool:
    if separators[-1] not in ".," or separators[-1] in separators[:-1]:
        return False
    return len(separators) == 1 or _is_grouped(whole)


def _with_decimals(whole: str, decimals: str) -> str:
    digits = "".join(c for c in whole if c.isdigit())
    kept = decimals.rstrip("0")
    return f"{digits}p{kept}" if kept else digits


@lru_cache(maxsize=65_536)
def _plain_variants(form: str) -> tuple[str, ...]:
    return tuple(map(_plain, _variants(form)))


def _variants(form: str) -> list[str]:
    """`form` and what else it is found by: without an article, and as a reader who mistakes letters would see it."""
    variants = [form]
    if bare := without_article(form):
        variants.append(bare)
    if len(form) >= 4 and form.isascii() and not _VALUE.fullmatch(form):
        variants.append(form.replace("rn", "m").replace("vv", "w").translate(_LOOKALIKES))
    return list(dict.fromkeys(variants))


def without_article(word: str) -> str | None:
    """A folded Arabic or Hebrew word without the article or particle written onto it; None where there is none."""
    if article := next((a for a in _ARABIC_ARTICLES if word.startswith(a) and len(word) >= len(a) + 3), None):
        return word[len(article) :]
    return word[1:] if len(word) >= 4 and word[0] in _HEBREW_PREFIXES else None


def _umlaut_words(widened: str) -> list[str]:
    """Words with an umlaut in their other spelling: Müller → mueller."""
    return ["".join(_PART.findall(word.translate(_UMLAUTS))) for word in re.findall(r"\w*[äöüåø]\w*", widened)]


def _can_end_otherwise(word: str) -> bool:
    return len(word) >= 6 and word.isalpha() and not _UNSPACED_RUN.match(word)


def _is_content(form: str, stop_words: Collection[str]) -> bool:
    if form in stop_words or (len(form) == 1 and form.isalpha() and not _UNSPACED_RUN.match(form)):
        return False
    return not _HIRAGANA.search(form)


def _cut_phrases(folded: str, stop_words: Collection[str]) -> str:
    """Unspaced runs without the stop phrases in them."""
    phrases = sorted(filter(_UNSPACED_RUN.fullmatch, stop_words), key=len, reverse=True)
    if not phrases:
        return folded
    return re.sub("|".join(map(re.escape, phrases)), " ", folded)


def _plain(term: str) -> str:
    """`term` in letters and digits that a tokenizer of any age knows: marks and rare letters by their numbers."""
    if term.isascii() and term.isalnum():
        return term
    return "".join(c if ord(c) < 0x10000 and c.isalnum() else f"x{ord(c):x}" for c in term)
