"""Questions that lean on the turns before them, as questions that stand alone.

A follow-up is told by what it lacks: it names nothing of its own beyond what it asks for, begins as one ("and", "what
about"), or has a pronoun without a noun. What it lacks is taken from the last question, as that was understood, and
from the document that its answer cites. A question that stands alone is left as it is.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from docintel.answering.dialogue.parts import (
    END,
    STANDS_FOR_SOMETHING,
    UNSPACED_LANGUAGES,
    Part,
    Role,
    Span,
    is_attribute,
    meanings_of,
    parts_of,
    plain,
    spans_of,
    thing_in,
)
from docintel.answering.question import AnswerKind, kind_of
from docintel.language import language_of
from docintel.lexicon import dialogue_languages, dialogue_meanings, dialogue_words
from docintel.model import Answer
from docintel.text.terms import fold

MAX_OWN_WORDS = 2
"""A question with a pronoun that names more by itself is taken to stand alone."""
MAX_FRAGMENT_WORDS = 6
MAX_NAME_WORDS = 6
"""An answer of more words is no name that a pronoun stands for."""
_FEW_LETTERS = 40
"""So short a text is easily mistaken for one in a related language."""
_MARKER = re.compile(r"\s*\[\d+\]")
_YEAR = re.compile(r"(?:1[89]|20)\d\d年?")
_ARABIC_AND = "و"
_JAPANESE_COPULA = "ですか"


class Exchange(NamedTuple):
    """A question of a dialogue and its answer."""

    question: str
    answer: Answer

    @property
    def understood(self) -> str:
        """The question so that it stands alone."""
        return self.answer.understood or self.question


@dataclass(frozen=True)
class FollowUp:
    """A question that leans on the turns before."""

    text: str
    """The same so that it stands alone."""
    documents: tuple[str, ...] = ()
    """Ids of documents that it is about in the first place."""
    is_limited: bool = False
    """It is about these alone."""
    asks_where: bool = False
    """It asks where the answer before stands."""


@dataclass(frozen=True)
class _Asked:
    """A question taken apart."""

    text: str
    language: str
    parts: tuple[Part, ...]
    spans: tuple[Span, ...]
    end: str
    """Its punctuation."""

    @classmethod
    def of(cls, text: str, language: str, *, end: str | None = None) -> "_Asked":
        parts = parts_of(text, language)
        return cls(text, language, parts, tuple(spans_of(text, parts, language)), _end(text) if end is None else end)

    def has(self, *roles: Role) -> bool:
        return any(part.role in roles for part in self.parts)

    @property
    def attributes(self) -> list[Span]:
        return [span for span in self.spans if span.is_attribute]

    @property
    def subjects(self) -> list[Span]:
        return [span for span in self.spans if not span.is_attribute and not span.is_number]

    @property
    def kind(self) -> AnswerKind | None:
        return kind_of(" ".join(part.text for part in self.parts if part.role is Role.QUESTION))

    @property
    def num_words(self) -> int:
        return sum(part.role in (Role.CONTENT, Role.NUMBER, Role.VERB) for part in self.parts)


def understand(question: str, history: Sequence[Exchange]) -> FollowUp | None:
    """`question` so that it stands alone; None where it does, or where nothing says what it leans on."""
    before = last_standing(history)
    if before is None or not question.strip():
        return None
    for language in _languages(question, before.understood):
        if _asks_where(question, language):
            text = f"{_with_capital(_bare(question))} ({before.understood})"
            return FollowUp(text, _cited(before.answer), asks_where=True)
        if follow_up := _understood(question, before, language):
            return follow_up
    return None


def last_standing(history: Sequence[Exchange]) -> Exchange | None:
    """The last exchange that a follow-up can lean on: one that asks where an answer stands leans itself."""
    own = (each for each in reversed(history) if not any(_asks_where(each.question, x) for x in dialogue_languages()))
    return next(own, None)


def _languages(question: str, before: str) -> list[str]:
    """What the question may be in: a few words don't tell, but the turn before does."""
    own, last = _language(question), _language(before)
    if own is None or (last and _without_opener(_bare(question), last)[1]):
        guesses = [last, own, _language(f"{before} {question}")]
    else:
        guesses = [own]
    return [guess for guess in dict.fromkeys(guesses) if guess]


@lru_cache(maxsize=1024)
def _language(text: str) -> str | None:
    """Of those in which follow-ups are understood."""
    found = language_of(text)
    if found not in dialogue_languages() and len(text) <= _FEW_LETTERS:
        found = language_of(text, among=sorted(dialogue_languages()))
    return found if found in dialogue_languages() else "zh" if found == "und-Hani" else None


def _end(text: str) -> str:
    found = END.search(text)
    return found[0] if found else ""


@lru_cache(maxsize=1024)
def _asks_where(question: str, language: str) -> bool:
    folded = fold(_bare(question)).replace("’", "'")
    return any(re.fullmatch(pattern, folded) for pattern in dialogue_words("places", language))


def _bare(question: str) -> str:
    return END.sub("", question.strip()).lstrip("¿¡ ")


def _understood(question: str, before: Exchange, language: str) -> FollowUp | None:
    rest, is_continued = _without_opener(_bare(question), language)
    asked = _Asked.of(rest, language, end=_end(question) or _end(before.understood))
    last = _Asked.of(before.understood, _language(before.understood) or language)
    documents = _cited(before.answer)
    if number := _ordinal(asked):
        cited = tuple(dict.fromkeys(citation.document_id for citation in before.answer.citations))
        if len(cited) >= number and _is_fragment(asked):
            return FollowUp(last.text, cited[number - 1 : number], is_limited=True)
    if _is_mere_topic(question, language) and not _lacks_topic(asked, last):
        return None
    rewrite = _rewriting(asked, is_continued=is_continued)
    text = rewrite(asked, last, before.answer) if rewrite and _is_understood(before.understood) else None
    if text:
        return FollowUp(_with_capital(text), documents)
    if is_continued and language == "ar":
        return FollowUp(_punctuated(rest, asked), documents)
    return FollowUp(question, documents) if (is_continued or rewrite) and documents else None


def _is_understood(before: str) -> bool:
    """Whether it is, or may be, in a language whose questions are taken apart here."""
    return _language(before) is not None or (language_of(before) or "und-").startswith("und-")


def _rewriting(asked: _Asked, *, is_continued: bool) -> Callable[[_Asked, _Asked, Answer], str | None] | None:
    """How a follow-up is completed; None where it lacks nothing."""
    is_bare = not asked.has(Role.CONTENT, Role.NUMBER, Role.VERB, Role.ORDINAL)
    if _leans_by_pronoun(asked):
        if _asks_for_noun(asked):
            return _of_document
        has_own_frame = asked.has(Role.QUESTION, Role.VERB, Role.FUNCTION)
        return _with_noun if has_own_frame or not asked.has(Role.POSSESSIVE) else _with_possessor
    if asked.has(Role.QUESTION):
        if is_bare and not asked.has(*STANDS_FOR_SOMETHING):
            return _with_question_of
        is_only_attribute = bool(asked.attributes) and len(asked.attributes) == len(asked.spans)
        return _with_subject if is_continued and is_only_attribute else None
    is_number = asked.has(Role.NUMBER) and not asked.has(Role.CONTENT, Role.VERB, Role.FUNCTION)
    return _with_part_replaced if (is_continued and _is_fragment(asked)) or (is_number and _is_year(asked)) else None


def _lacks_topic(asked: _Asked, last: _Asked) -> bool:
    """Whether a mere topic lacks what is asked of it, or of what it is asked, and the question before says that."""
    if asked.language != last.language or asked.has(Role.PREPOSITION):
        return asked.has(Role.POSSESSIVE)
    if asked.attributes:
        return len(asked.spans) == 1 and any(not span.is_compound for span in last.subjects)
    return bool(last.attributes or last.subjects)


def _asks_for_noun(asked: _Asked) -> bool:
    """“Which firm is it from?” is asked of a document, whatever was asked of it before."""
    pairs = zip(asked.parts, asked.parts[1:], strict=False)
    return any(part.role is Role.QUESTION and after.role is Role.CONTENT for part, after in pairs)


def _of_document(_asked: _Asked, _last: _Asked, _answer: Answer) -> None:
    """It is asked as it is, of the document of the answer before."""


def _is_year(asked: _Asked) -> bool:
    return all(_YEAR.fullmatch(part.text) for part in asked.parts if part.role is Role.NUMBER)


def _is_fragment(asked: _Asked) -> bool:
    """Whether it names something and says nothing of it."""
    if not asked.parts or asked.num_words > MAX_FRAGMENT_WORDS or asked.has(Role.QUESTION, Role.VERB):
        return False
    first = asked.parts[0]
    return first.role is not Role.FUNCTION and asked.has(Role.CONTENT, Role.NUMBER, Role.ORDINAL)


def _leans_by_pronoun(asked: _Asked) -> bool:
    """Whether it has a pronoun and no noun that this could stand for."""
    first = next((part for part in asked.parts if part.role in STANDS_FOR_SOMETHING), None)
    if first is None or asked.has(Role.NUMBER) or _has_expletive(asked):
        return False
    has_noun = any(span.outer < span.start and span.end < first.start for span in asked.spans)
    own = sum(part.role is Role.CONTENT for part in asked.parts)
    return not has_noun and (own <= MAX_OWN_WORDS or asked.language in UNSPACED_LANGUAGES)


def _has_expletive(asked: _Asked) -> bool:
    text = f" {plain(asked.text)} "
    return any(f" {plain(phrase)} " in text for phrase in dialogue_words("expletives", asked.language))


def _ordinal(asked: _Asked) -> int:
    """Which of several is asked about, from 1; 0: none is named."""
    named = {plain(part.text) for part in asked.parts if part.role is Role.ORDINAL}
    listed = dialogue_words("ordinals", asked.language)
    return next((n for n, words in enumerate(listed, start=1) if named & {*map(plain, words.split())}), 0)


def _cited(answer: Answer) -> tuple[str, ...]:
    """The document that an answer cites, where it is one."""
    cited = tuple(dict.fromkeys(citation.document_id for citation in answer.citations))
    return cited if len(cited) == 1 else ()


def _without_opener(text: str, language: str) -> tuple[str, bool]:
    """The question without the words that make it go on from another, and whether it had any."""
    opened = _opener(language).match(text)
    rest = text[opened.end() :] if opened else text
    if language == "ar" and not opened and text.startswith(_ARABIC_AND) and _is_arabic_word(text[1:]):
        return _with_arabic_possessive(text[1:]), True
    closed = _ending(language, "closers").search(rest)
    if closed and (language == "zh" or not _has_question(rest, language)):
        return rest[: closed.start()], True
    return rest, bool(opened)


_ARABIC_POSSESSIVE = re.compile(r"(?<!\w)(?!ال)(\w{3,})(ها|هما|هم|ه)$")


def _is_arabic_word(text: str) -> bool:
    """Whether what follows a و is a word that begins anew: و may be the first letter of one as well."""
    first = text.split()[0] if text else ""
    if first.startswith("ال") or _ARABIC_POSSESSIVE.fullmatch(text):
        return True
    parts = parts_of(text, "ar")
    is_known = bool(parts) and parts[0].role in (Role.QUESTION, Role.PREPOSITION)
    return is_known or bool(meanings_of(first) and not meanings_of(_ARABIC_AND + first))


def _with_arabic_possessive(text: str) -> str:
    """The pronoun that is written onto a noun as a word of its own: تاريخها as ه تاريخ."""
    return _ARABIC_POSSESSIVE.sub(r"\2 \1", text)


def _has_question(text: str, language: str) -> bool:
    return any(part.role is Role.QUESTION for part in parts_of(text, language))


@cache
def _opener(language: str) -> re.Pattern[str]:
    spaced = r"(?:[\s,:،]+|$)" if language not in UNSPACED_LANGUAGES else r"[、,，\s]*"
    return re.compile(rf"(?:{_any_of('openers', language)}){spaced}", re.IGNORECASE)


@cache
def _ending(language: str, table: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{_any_of(table, language)})$")


def _is_mere_topic(question: str, language: str) -> bool:
    """“数量は？” may lean on the question before or stand alone."""
    text = _bare(question)
    is_topic = bool(_ending(language, "topics").search(text)) and not _has_question(text, language)
    return is_topic and _opener(language).match(text) is None


def _any_of(table: str, language: str) -> str:
    words = sorted(dialogue_words(table, language), key=lambda word: -len(word))
    return "|".join(re.escape(word) for word in words if not word.endswith("-")) or r"(?!)"


def _with_noun(asked: _Asked, last: _Asked, answer: Answer) -> str | None:
    """The pronoun is replaced by what it stands for: when does the lease end?"""
    part = next(part for part in asked.parts if part.role in STANDS_FOR_SOMETHING)
    noun = _stood_for(part, last, answer)
    if not noun:
        return None
    if part.role is not Role.POSSESSIVE:
        space = " " if part.text[-1] in "'’" else ""
        return _punctuated(f"{asked.text[: part.start]}{noun}{space}{asked.text[part.end :]}", asked)
    owned = next((span for span in asked.spans if span.start >= part.end), None)
    if owned is None:
        return None
    whole = _joined(owned.text, _without_article(noun, last), asked.language)
    return _punctuated(f"{asked.text[: part.start]}{whole}{asked.text[owned.end :]}", asked)


def _stood_for(part: Part, last: _Asked, answer: Answer) -> str:
    """The words for which a pronoun stands: of the question before, or, for a person who was asked for, its answer."""
    is_role = len(last.spans) == 1 and bool(last.subjects) and not last.has(Role.VERB)
    if part.role is not Role.PERSON or is_role:
        return _noun_of(last)
    return _name_in(answer) if last.kind is AnswerKind.NAME else _person_in(last)


def _person_in(last: _Asked) -> str:
    people = [span for span in last.subjects if _is_person(span.text)]
    return last.text[people[-1].outer : people[-1].end] if people else ""


def _noun_of(last: _Asked) -> str:
    """What a question is about: the thing rather than what is asked of it."""
    if last.subjects:
        span = last.subjects[-1]
        return last.text[span.outer : span.end]
    for span in last.attributes:
        if thing := thing_in(span.text.split()[-1]):
            return thing
    region = _region(last)
    return last.text[region[0].outer : region[-1].end] if region else ""


def _name_in(answer: Answer) -> str:
    text = _MARKER.sub("", answer.text).strip()
    is_name = len(answer.citations) == 1 and "\n" not in text and 0 < len(text.split()) <= MAX_NAME_WORDS
    return text if is_name else ""


def _with_possessor(asked: _Asked, last: _Asked, answer: Answer) -> str | None:
    """“And its date?”: what is asked of the same thing."""
    part = next(part for part in asked.parts if part.role is Role.POSSESSIVE)
    wanted = asked.text[part.end :].strip()
    if not wanted:
        return None
    region = _region(last)
    if region and last.subjects and _can_ask(last, wanted, asked):
        attributes = [span for span in region if span.is_attribute]
        return _replaced(last, _start(attributes[0], last), attributes[-1].end, wanted)
    whole_thing = last.subjects or (region and thing_in(region[-1].text.split()[-1]))
    noun = _without_article(_stood_for(part, last, answer), last) if whole_thing else ""
    whole = _joined(wanted, noun, asked.language) if noun else wanted
    if region and _can_ask(last, wanted, asked):
        return _replaced(last, _start(region[0], last), region[-1].end, whole)
    return _framed(whole, wanted, asked.language)


def _with_subject(asked: _Asked, last: _Asked, _answer: Answer) -> str | None:
    """“And what is the quantity?”: of the thing that the question before is about."""
    subjects = [span for span in last.subjects if not span.is_compound]
    if not subjects or not last.attributes:
        return None
    span = asked.attributes[-1]
    noun = last.text[subjects[-1].outer : subjects[-1].end]
    whole = _joined(span.text, noun, asked.language)
    return _punctuated(f"{asked.text[: span.start]}{whole}{asked.text[span.end :]}", asked)


def _with_question_of(asked: _Asked, last: _Asked, _answer: Answer) -> str | None:
    """“For how long?”: the same question, asked so."""
    asking = [part for part in last.parts if part.role is Role.QUESTION]
    if not asking or asked.language != last.language:
        return f"{asked.text}: {last.text}"
    first = asking[0]
    before = [part for part in last.parts if part.end < first.start]
    start = before[-1].start if before and before[-1].role is Role.PREPOSITION else first.start
    is_first = not last.text[:start].strip("¿ ")
    text = _with_capital(asked.text) if is_first else asked.text[:1].lower() + asked.text[1:]
    if any(part.start >= first.end for part in last.parts):
        text = text.removesuffix(_JAPANESE_COPULA)
    return f"{last.text[:start]}{text}{last.text[first.end :]}"


def _with_part_replaced(asked: _Asked, last: _Asked, _answer: Answer) -> str | None:
    """“What about X?”: the part of the question before that is of X's sort, replaced by X."""
    numbers = [span for span in asked.spans if span.is_number]
    words = [span for span in asked.spans if not span.is_number]
    if ordinals := [part for part in asked.parts if part.role is Role.ORDINAL]:
        return _with_ordinal(asked, ordinals[0], last)
    if not words:
        return _with_number(asked, numbers, last)
    if numbers and (last.kind is AnswerKind.NAME or last.language != asked.language):
        return _framed(asked.text, numbers[-1].text, asked.language)
    if numbers and numbers[0].outermost > words[-1].end:
        named = _Asked.of(asked.text[: numbers[0].outermost].strip(), asked.language)
        if first := _with_words(named, last):
            year = _Asked.of(asked.text[numbers[0].outermost :], asked.language)
            return _with_number(year, list(year.spans), _Asked.of(first, last.language))
    return _with_words(asked, last)


def _with_number(asked: _Asked, numbers: Sequence[Span], last: _Asked) -> str | None:
    """A year for a year, a number for a number written alike; else it is added."""
    alike = [span for span in last.spans if span.is_number and _shape(span.text) == _shape(numbers[-1].text)]
    if alike:
        new = asked.text[numbers[0].start : numbers[-1].end]
        return _replaced(last, alike[-1].start, alike[-1].end, new)
    if asked.language in UNSPACED_LANGUAGES:
        return f"{asked.text}{dialogue_words('of', asked.language)[0].format(subject='', attribute='')}{last.text}"
    return _appended(asked.text, last)


def _shape(number: str) -> str:
    return "year" if _YEAR.fullmatch(number) else re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", number))


def _with_ordinal(asked: _Asked, ordinal: Part, last: _Asked) -> str | None:
    there = [part for part in last.parts if part.role is Role.ORDINAL]
    if there:
        return _replaced(last, there[-1].start, there[-1].end, ordinal.text)
    return _appended(asked.text, last)


def _with_words(asked: _Asked, last: _Asked) -> str | None:
    """An attribute for an attribute (price, quantity), a thing for a thing (pipe, valve)."""
    wanted = _wanted(asked)
    region = _region(last)
    subjects = [span for span in last.subjects if not span.is_compound]
    is_asked_of_it = bool(asked.attributes) or not (subjects or region)
    if len(asked.spans) > 1 and asked.attributes and asked.subjects:
        return _whole_replaced(asked, wanted, last)
    if is_asked_of_it and region:
        return _attribute_replaced(asked, region, subjects, last)
    if is_asked_of_it and last.has(Role.VERB) and subjects and last.kind is not AnswerKind.NAME:
        return _framed(
            _joined(wanted, last.text[subjects[-1].start : subjects[-1].end], asked.language), wanted, asked.language
        )
    if not subjects and asked.spans[0].outermost < asked.spans[0].outer and not _is_person(wanted):
        return _appended(asked.text, last)
    if not _can_ask(last, wanted, asked):
        return _framed(asked.text[asked.spans[0].outer :], wanted, asked.language)
    target = subjects[-1:] or region
    return _span_replaced(asked, target[0], target[-1], last) if target else None


def _whole_replaced(asked: _Asked, wanted: str, last: _Asked) -> str | None:
    named = [span for span in last.spans if not span.is_number]
    if not named or not _can_ask(last, wanted, asked):
        return _framed(asked.text[asked.spans[0].outer :], wanted, asked.language)
    return _span_replaced(asked, named[0], named[-1], last)


def _attribute_replaced(asked: _Asked, region: Sequence[Span], subjects: Sequence[Span], last: _Asked) -> str | None:
    wanted = _wanted(asked)
    if not _can_ask(last, wanted, asked):
        text = asked.text[asked.spans[0].outer :]
        whole = _joined(text, last.text[subjects[-1].outer : subjects[-1].end], asked.language) if subjects else text
        return _framed(whole, wanted, asked.language)
    return _span_replaced(asked, region[0], region[-1], last)


def _wanted(asked: _Asked) -> str:
    return asked.text[asked.spans[0].start : asked.spans[-1].end] if asked.spans else asked.text


def _region(last: _Asked) -> list[Span]:
    """What is asked: its attributes, and the things that are compounds with them."""
    spans = [span for span in last.spans if not span.is_number]
    places = [n for n, span in enumerate(spans) if span.is_attribute]
    if not places:
        return []
    first, final = places[0], places[0]
    while final + 1 in places:
        final += 1
    if first and spans[first - 1].is_compound:
        first -= 1
    if final + 1 < len(spans) and spans[final + 1].is_compound:
        final += 1
    return spans[first : final + 1]


def _span_replaced(asked: _Asked, first: Span, final: Span, last: _Asked) -> str:
    """With what belongs to them: a preposition for a preposition, an article for an article."""
    new, end = asked.spans[0], asked.spans[-1].end
    has_preposition, has_article = new.outermost < new.outer, new.outer < new.start
    if has_preposition and first.outermost < first.outer:
        return _replaced(last, first.outermost, final.end, asked.text[new.outermost : end])
    if has_article and not _is_counted(first, last):
        return _replaced(last, first.outer, final.end, asked.text[new.outer : end])
    return _replaced(last, _start(first, last), final.end, asked.text[new.start : end])


def _start(span: Span, last: _Asked) -> int:
    """Where it is replaced by words without an article: its own stays where it fits all nouns."""
    return span.start if last.language == "en" else span.outer


def _is_counted(span: Span, last: _Asked) -> bool:
    """Whether it follows what asks without an article: how much VAT."""
    before = [part for part in last.parts if part.end <= span.outer]
    return bool(before) and before[-1].role is Role.QUESTION and span.outer == span.start


def _replaced(last: _Asked, start: int, end: int, text: str) -> str:
    return _agreeing(f"{last.text[:start]}{text}", last.text[end:], last.language)


def _agreeing(before: str, after: str, language: str) -> str:
    """Korean particles have two forms, after a consonant and after a vowel."""
    if language != "ko" or not after or not "가" <= before[-1] <= "힣":
        return before + after
    has_consonant = (ord(before[-1]) - ord("가")) % 28 != 0
    for closed, opened in ("은는", "이가", "을를"):
        if re.match(rf"[{closed}{opened}](?:\s|$)", after):
            return before + (closed if has_consonant else opened) + after[1:]
    return before + after


def _appended(text: str, last: _Asked) -> str:
    end = END.search(last.text)
    at = end.start() if end else len(last.text)
    return f"{last.text[:at]} {text}{last.text[at:]}"


def _punctuated(text: str, asked: _Asked) -> str:
    """`text` with the question marks of `asked`."""
    start = "¿" if asked.language == "es" and "?" in asked.end else ""
    return f"{start}{_with_capital(text)}{asked.end}"


def _with_capital(text: str) -> str:
    at = 1 if text.startswith("¿") else 0
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]


def _without_article(noun: str, last: _Asked) -> str:
    span = next((span for span in last.spans if last.text[span.outer : span.end] == noun), None)
    keeps = last.language == "en"
    return noun if span is None or keeps else span.text


def _joined(attribute: str, subject: str, language: str) -> str:
    return dialogue_words("of", language)[0].format(attribute=attribute, subject=subject)


def _framed(text: str, wanted: str, language: str) -> str:
    """A question of its own for what the question before cannot ask for."""
    before, after = dialogue_words("who" if _is_person(wanted) else "what", language)[0].split("{}")
    return _agreeing(before + text.strip(), after, language)


def _is_person(wanted: str) -> bool:
    return bool(_meanings(wanted) & dialogue_meanings("people")) and not any(map(is_attribute, wanted.split()))


def _meanings(text: str) -> frozenset[str]:
    return frozenset[str]().union(*map(meanings_of, text.split()))


def _can_ask(last: _Asked, wanted: str, asked: _Asked) -> bool:
    """Whether the question before, with another word in it, asks for what is `wanted`."""
    return last.language == asked.language and not _differs(wanted, last)


def _differs(wanted: str, last: _Asked) -> bool:
    """Whether the question before asks in a way (who, when, how much) that cannot be asked of `wanted`."""
    kind = last.kind
    found = _meanings(wanted)
    if kind is None or not found:
        return False
    if _is_person(wanted):
        return kind is not AnswerKind.NAME
    is_date = bool(found & dialogue_meanings("dates")) and any(map(is_attribute, wanted.split()))
    is_amount = any(map(is_attribute, wanted.split())) and not is_date
    return (is_date and kind is not AnswerKind.DATE) or (is_amount and kind is not AnswerKind.NUMBER)
