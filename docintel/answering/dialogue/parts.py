"""A question taken apart: what asks, what it is about and what is asked of that, as far as word lists tell.

Nothing is parsed: words are told by lists of their language (`lexicon/dialogue.toml`), meanings by `meanings.toml`.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from itertools import groupby

from docintel.answering.question import meanings_of_word
from docintel.lexicon import dialogue_meanings, dialogue_words, stop_words
from docintel.text import UNSPACED
from docintel.text.terms import fold

UNSPACED_LANGUAGES = frozenset({"zh", "ja"})
HEAD_LAST = frozenset({"en", "de", "nl", "tr", "zh", "ja", "ko"})
"""Languages that name a thing before what is asked about it: invoice number."""
END = re.compile(r"[\s?？؟!.。…:：]*$")
_ELIDING = frozenset({"fr", "it"})
_TOKEN = re.compile(r"[^\W_]+(?:[-.,/:&@'’][^\W_]+)*")
_ELIDED_TOKEN = re.compile(r"[^\W\d_]+['’](?=\w)|[^\W_]+(?:[-.,/:&@][^\W_]+)*")
_UNSPACED_NUMBER = re.compile(r"\d[\d.,:/-]*(?:[年月日号](?=\d|[年月日]|\b|\D))?")
_CONTENT = re.compile(r"[^\W_]+")
_HIRAGANA = re.compile(r"[\u3041-\u309f]")
_JAPANESE_PARTICLES = "はがをにでともへ"
_KOREAN_PARTICLE = re.compile(r"(?<=[가-힣])(?:은|는|이|가|을|를|의|에서|에)$")
_MAX_PHRASE = 5
_MIN_STEM = 4


class Role(StrEnum):
    """What a word does in a question."""

    QUESTION = "question"
    PRONOUN = "pronoun"
    PERSON = "person"
    """A pronoun that stands for a person."""
    POSSESSIVE = "possessive"
    PREPOSITION = "preposition"
    DETERMINER = "determiner"
    VERB = "verb"
    ORDINAL = "ordinal"
    NUMBER = "number"
    FUNCTION = "function"
    """What else says nothing by itself."""
    CONTENT = "content"


_STANDS_FOR = {Role.PRONOUN, Role.PERSON, Role.POSSESSIVE}
STANDS_FOR_SOMETHING = frozenset(_STANDS_FOR)


@dataclass(frozen=True)
class Part:
    """A word, or a phrase that asks."""

    text: str
    start: int
    role: Role

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Span:
    """Words of a question that name something: the first is `text[start:end]`."""

    text: str
    start: int
    end: int
    outer: int
    """Where its article begins, else `start`."""
    outermost: int
    """Where the preposition before that begins, else `outer`."""
    is_attribute: bool
    """It is what is asked (a price, a date) rather than what that is asked about."""
    is_number: bool = False
    is_compound: bool = False
    """It names the thing in a compound with what is asked about it: the invoice of an invoice number."""


@cache
def _listed(table: str, language: str, *, folded: bool = False) -> frozenset[str]:
    words = dialogue_words(table, language)
    if table == "ordinals":
        words = tuple(word for each in words for word in each.split())
    return frozenset(fold(word) if folded else plain(word) for word in words)


def plain(text: str) -> str:
    """As it is compared where accents tell: e and è."""
    return unicodedata.normalize("NFC", text).casefold().replace("’", "'")


@lru_cache(maxsize=1024)
def parts_of(text: str, language: str) -> tuple[Part, ...]:
    if language in UNSPACED_LANGUAGES:
        return tuple(_unspaced_parts(text, language))
    return tuple(_spaced_parts(text, language))


def _spaced_parts(text: str, language: str) -> list[Part]:
    tokens = list((_ELIDED_TOKEN if language in _ELIDING else _TOKEN).finditer(text))
    parts: list[Part] = []
    at = 0
    while at < len(tokens):
        count = _phrase_length([token[0] for token in tokens[at : at + _MAX_PHRASE]], language)
        if count:
            start, end = tokens[at].start(), tokens[at + count - 1].end()
            parts.append(Part(text[start:end], start, Role.QUESTION))
        else:
            following = tokens[at + 1][0] if at + 1 < len(tokens) else ""
            parts += _word_parts(tokens[at][0], tokens[at].start(), following, language)
        at += count or 1
    return parts


def _phrase_length(words: list[str], language: str) -> int:
    """How many of the words make a phrase that asks."""
    phrases = _listed("questions", language, folded=True)
    lengths = range(len(words), 0, -1)
    return next((n for n in lengths if " ".join(map(fold, words[:n])) in phrases), 0)


def _word_parts(word: str, start: int, following: str, language: str) -> list[Part]:
    role = _role_of(word, following, language, is_first=start == 0)
    particle = _KOREAN_PARTICLE.search(word) if language == "ko" and role is Role.CONTENT else None
    if particle is None or particle.start() < 2:
        return [Part(word, start, role)]
    link = Role.PREPOSITION if particle[0] == "의" else Role.FUNCTION
    return [Part(word[: particle.start()], start, role), Part(particle[0], start + particle.start(), link)]


def _role_of(word: str, following: str, language: str, *, is_first: bool) -> Role:
    exact, folded = plain(word), fold(word)
    if any(c.isdecimal() for c in word):
        return Role.ORDINAL if exact in _listed("ordinals", language) else Role.NUMBER
    is_formal = language == "de" and word[0].isupper() and not is_first
    if _names_something(following, language):
        if exact in _listed("possessives", language) and not is_formal:
            return Role.POSSESSIVE
        if exact in _listed("determiners", language):
            return Role.DETERMINER
    is_free = not _names_something(following, language) or exact not in _listed("demonstratives", language)
    if is_free and not _asks(following, language) and not is_formal:
        for table, role in (("people", Role.PERSON), ("pronouns", Role.PRONOUN)):
            if exact in _listed(table, language):
                return role
    tables = (("ordinals", Role.ORDINAL), ("determiners", Role.DETERMINER), ("prepositions", Role.PREPOSITION))
    for table, role in (*tables, ("verbs", Role.VERB), ("generic", Role.FUNCTION)):
        if exact in _listed(table, language):
            return role
    is_function = all(piece in stop_words(language) for piece in re.split(r"['-]", folded) if piece)
    return Role.FUNCTION if is_function and exact not in _listed("documents", language) else Role.CONTENT


def _names_something(word: str, language: str) -> bool:
    """Whether a word that a pronoun stands before may be the noun that it belongs to."""
    if not word or _asks(word, language):
        return False
    if plain(word) in _listed("documents", language):
        return True
    others = ("verbs", "determiners", "prepositions", "pronouns")
    return fold(word) not in stop_words(language) and not any(plain(word) in _listed(t, language) for t in others)


def _asks(word: str, language: str) -> bool:
    return fold(word) in _listed("questions", language, folded=True)


def _unspaced_parts(text: str, language: str) -> list[Part]:
    pattern = _unspaced_pattern(language)
    parts: list[Part] = []
    at = 0
    for found in pattern.finditer(text):
        role = Role(str(found.lastgroup))
        if role is Role.FUNCTION and not _is_particle(text, found, language):
            continue
        if found[0] in _listed("demonstratives", language) and _CONTENT.match(text, found.end()):
            role = Role.FUNCTION if not pattern.match(text, found.end()) else role
        parts += _content(text, at, found.start())
        parts.append(Part(found[0], found.start(), role))
        at = found.end()
    return [*parts, *_content(text, at, len(text))]


def _content(text: str, start: int, end: int) -> list[Part]:
    return [Part(run[0], start + run.start(), Role.CONTENT) for run in _CONTENT.finditer(text[start:end])]


@cache
def _unspaced_pattern(language: str) -> re.Pattern[str]:
    tables = [(Role.QUESTION, "questions"), (Role.POSSESSIVE, "possessives"), (Role.PERSON, "people")]
    tables += [(Role.PRONOUN, "pronouns"), (Role.ORDINAL, "ordinals"), (Role.PREPOSITION, "prepositions")]
    groups = [f"(?P<{role}>{_alternatives(_listed(table, language))})" for role, table in tables]
    function = f"是|{_alternatives(_listed('generic', language))}" if language == "zh" else f"[{_JAPANESE_PARTICLES}]"
    number = f"(?P<{Role.NUMBER}>{_UNSPACED_NUMBER.pattern})"
    return re.compile("|".join([f"(?P<{Role.FUNCTION}>{function})", *groups, number]))


def _alternatives(words: frozenset[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word)))) or r"(?!)"


def _is_particle(text: str, found: re.Match[str], language: str) -> bool:
    """Whether a kana is a particle rather than part of a word: it follows no kana, or ends what it stands in."""
    if language != "ja":
        return True
    before, after = text[: found.start()], text[found.end() :]
    asks = _alternatives(_listed("questions", language))
    return bool(before) and (not _HIRAGANA.match(before[-1]) or bool(re.match(rf"\W*$|{asks}", after)))


def spans_of(text: str, parts: tuple[Part, ...], language: str) -> list[Span]:
    """What a question names, in order; a thing and what is asked about it apart."""
    spans: list[Span] = []
    at = 0
    for role, group in groupby(parts, key=lambda part: part.role):
        run = list(group)
        if role is Role.CONTENT:
            spans += _split(text, run, _before(parts, at), language)
        elif role is Role.NUMBER:
            spans += [_span(text, [part], _before(parts, at), is_attribute=False, is_number=True) for part in run]
        at += len(run)
    return spans


def _before(parts: tuple[Part, ...], at: int) -> tuple[int | None, int | None]:
    """Where the determiner and the preposition before a part begin."""
    determiner = parts[at - 1] if at and parts[at - 1].role is Role.DETERMINER else None
    at -= determiner is not None
    preposition = parts[at - 1] if at > 0 and parts[at - 1].role is Role.PREPOSITION else None
    return determiner.start if determiner else None, preposition.start if preposition else None


def _span(
    text: str,
    run: list[Part],
    before: tuple[int | None, int | None],
    *,
    is_attribute: bool,
    is_number: bool = False,
    is_compound: bool = False,
) -> Span:
    start, end = run[0].start, run[-1].end
    outer = start if before[0] is None else before[0]
    outermost = outer if before[1] is None else before[1]
    return Span(text[start:end], start, end, outer, outermost, is_attribute, is_number, is_compound)


def _split(text: str, run: list[Part], before: tuple[int | None, int | None], language: str) -> list[Span]:
    """A run of content words; where it names a thing and an attribute (invoice number), as two."""
    run = [piece for part in run for piece in _unspaced_pieces(part)]
    attributes, things = [is_attribute(part.text) for part in run], [is_thing(part.text) for part in run]
    if not any(attributes) or not any(things):
        return [_span(text, run, before, is_attribute=any(attributes))]
    first = attributes.index(True)
    if language in HEAD_LAST and any(things[:first]):
        cut = max(n for n in range(first) if things[n]) + 1
        thing = _span(text, run[:cut], before, is_attribute=False, is_compound=True)
        return [thing, _span(text, run[cut:], (None, None), is_attribute=True)]
    if language not in HEAD_LAST and any(things[first:]):
        cut = first + things[first:].index(True)
        thing = _span(text, run[cut:], (None, None), is_attribute=False, is_compound=True)
        return [_span(text, run[:cut], before, is_attribute=True), thing]
    return [_span(text, run, before, is_attribute=True)]


def _unspaced_pieces(part: Part) -> list[Part]:
    """発票号码 as thing and attribute."""
    length = len(thing_in(part.text)) if UNSPACED.search(part.text) else 0
    if not length or length == len(part.text):
        return [part]
    rest = Part(part.text[length:], part.start + length, part.role)
    return [Part(part.text[:length], part.start, part.role), rest] if is_attribute(rest.text) else [part]


@cache
def meanings_of(text: str) -> frozenset[str]:
    """Meanings of a word, a compound's parts apart; of an unspaced run those of the longest word that it ends with."""
    folded = fold(text)
    ends = (folded[n:] for n in range(len(folded))) if UNSPACED.search(text) else iter((folded,))
    found = next((meanings for meanings in map(meanings_of_word, ends) if meanings), frozenset[str]())
    return frozenset(part for meaning in found for part in meaning.split("+"))


_SAYS_WHICH = frozenset({"year", "month", "place", "country", "time", "name"})
"""What is no attribute by itself: the annual report, the monthly rent."""


def is_attribute(text: str) -> bool:
    return bool(meanings_of(text) - dialogue_meanings("things") - dialogue_meanings("people") - _SAYS_WHICH)


def is_thing(text: str) -> bool:
    found = meanings_of(text)
    return bool(found & dialogue_meanings("things")) and not is_attribute(text)


def thing_in(word: str) -> str:
    """The thing that a compound begins with: Rechnung of Rechnungsnummer; nothing where there is none."""
    shortest = 2 if UNSPACED.search(word) else _MIN_STEM
    starts = (word[:length] for length in range(len(word) - 1, shortest - 1, -1))
    return next((start for start in starts if _is_nothing_but_thing(start)), "")


def _is_nothing_but_thing(word: str) -> bool:
    found = meanings_of_word(fold(word))
    return bool(found) and found <= dialogue_meanings("things")
