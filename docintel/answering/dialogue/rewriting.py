"""Follow-up questions completed: what they lack is taken from the question before, whose frame is kept where it fits.

Nothing is inflected: the result is there to be searched by, and to be read.
"""

import re
from collections.abc import Sequence

from docintel.answering.dialogue.asked import Asked
from docintel.answering.dialogue.parts import (
    END,
    STANDS_FOR_SOMETHING,
    UNSPACED_LANGUAGES,
    Part,
    Role,
    Span,
    is_attribute,
    meanings_of,
    thing_in,
)
from docintel.answering.question import AnswerKind
from docintel.lexicon import dialogue_meanings, dialogue_words
from docintel.model import Answer

MAX_NAME_WORDS = 6
"""An answer of more words is no name that a pronoun stands for."""
YEAR = re.compile(r"(?:1[89]|20)\d\d年?")
_MARKER = re.compile(r"\s*\[\d+\]")
_JAPANESE_COPULA = "ですか"


def with_noun(asked: Asked, last: Asked, answer: Answer) -> str | None:
    """The pronoun is replaced by what it stands for: when does the lease end?"""
    part = next(part for part in asked.parts if part.role in STANDS_FOR_SOMETHING)
    noun = _stood_for(part, last, answer)
    if not noun:
        return None
    if part.role is not Role.POSSESSIVE:
        space = " " if part.text[-1] in "'’" else ""
        return punctuated(f"{asked.text[: part.start]}{noun}{space}{asked.text[part.end :]}", asked)
    owned = next((span for span in asked.spans if span.start >= part.end), None)
    if owned is None:
        return None
    whole = _joined(owned.text, _without_article(noun, last), asked.language)
    return punctuated(f"{asked.text[: part.start]}{whole}{asked.text[owned.end :]}", asked)


def _stood_for(part: Part, last: Asked, answer: Answer) -> str:
    """The words for which a pronoun stands: of the question before, or, for a person who was asked for, its answer."""
    is_role = len(last.spans) == 1 and bool(last.subjects) and not last.has(Role.VERB)
    if part.role is not Role.PERSON or is_role:
        return _noun_of(last)
    return _name_in(answer) if last.kind is AnswerKind.NAME else _person_in(last)


def _person_in(last: Asked) -> str:
    people = [span for span in last.subjects if _is_person(span.text)]
    return last.text[people[-1].outer : people[-1].end] if people else ""


def _noun_of(last: Asked) -> str:
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


def with_possessor(asked: Asked, last: Asked, answer: Answer) -> str | None:
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


def with_subject(asked: Asked, last: Asked, _answer: Answer) -> str | None:
    """“And what is the quantity?”: of the thing that the question before is about."""
    subjects = [span for span in last.subjects if not span.is_compound]
    if not subjects or not last.attributes:
        return None
    span = asked.attributes[-1]
    noun = last.text[subjects[-1].outer : subjects[-1].end]
    whole = _joined(span.text, noun, asked.language)
    return punctuated(f"{asked.text[: span.start]}{whole}{asked.text[span.end :]}", asked)


def with_question_of(asked: Asked, last: Asked, _answer: Answer) -> str | None:
    """“For how long?”: the same question, asked so."""
    asking = [part for part in last.parts if part.role is Role.QUESTION]
    if not asking or asked.language != last.language:
        return f"{asked.text}: {last.text}"
    first = asking[0]
    before = [part for part in last.parts if part.end < first.start]
    start = before[-1].start if before and before[-1].role is Role.PREPOSITION else first.start
    is_first = not last.text[:start].strip("¿ ")
    text = with_capital(asked.text) if is_first else asked.text[:1].lower() + asked.text[1:]
    if any(part.start >= first.end for part in last.parts):
        text = text.removesuffix(_JAPANESE_COPULA)
    return f"{last.text[:start]}{text}{last.text[first.end :]}"


def with_part_replaced(asked: Asked, last: Asked, _answer: Answer) -> str | None:
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
        named = Asked.of(asked.text[: numbers[0].outermost].strip(), asked.language)
        if first := _with_words(named, last):
            year = Asked.of(asked.text[numbers[0].outermost :], asked.language)
            return _with_number(year, list(year.spans), Asked.of(first, last.language))
    return _with_words(asked, last)


def _with_number(asked: Asked, numbers: Sequence[Span], last: Asked) -> str | None:
    """A year for a year, a number for a number written alike; else it is added."""
    alike = [span for span in last.spans if span.is_number and _shape(span.text) == _shape(numbers[-1].text)]
    if alike:
        new = asked.text[numbers[0].start : numbers[-1].end]
        return _replaced(last, alike[-1].start, alike[-1].end, new)
    if asked.language in UNSPACED_LANGUAGES:
        return f"{asked.text}{dialogue_words('of', asked.language)[0].format(subject='', attribute='')}{last.text}"
    return _appended(asked.text, last)


def _shape(number: str) -> str:
    return "year" if YEAR.fullmatch(number) else re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", number))


def _with_ordinal(asked: Asked, ordinal: Part, last: Asked) -> str | None:
    there = [part for part in last.parts if part.role is Role.ORDINAL]
    if there:
        return _replaced(last, there[-1].start, there[-1].end, ordinal.text)
    return _appended(asked.text, last)


def _with_words(asked: Asked, last: Asked) -> str | None:
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


def _whole_replaced(asked: Asked, wanted: str, last: Asked) -> str | None:
    named = [span for span in last.spans if not span.is_number]
    if not named or not _can_ask(last, wanted, asked):
        return _framed(asked.text[asked.spans[0].outer :], wanted, asked.language)
    return _span_replaced(asked, named[0], named[-1], last)


def _attribute_replaced(asked: Asked, region: Sequence[Span], subjects: Sequence[Span], last: Asked) -> str | None:
    wanted = _wanted(asked)
    if not _can_ask(last, wanted, asked):
        text = asked.text[asked.spans[0].outer :]
        whole = _joined(text, last.text[subjects[-1].outer : subjects[-1].end], asked.language) if subjects else text
        return _framed(whole, wanted, asked.language)
    return _span_replaced(asked, region[0], region[-1], last)


def _wanted(asked: Asked) -> str:
    return asked.text[asked.spans[0].start : asked.spans[-1].end] if asked.spans else asked.text


def _region(last: Asked) -> list[Span]:
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


def _span_replaced(asked: Asked, first: Span, final: Span, last: Asked) -> str:
    """With what belongs to them: a preposition for a preposition, an article for an article."""
    new, end = asked.spans[0], asked.spans[-1].end
    has_preposition, has_article = new.outermost < new.outer, new.outer < new.start
    if has_preposition and first.outermost < first.outer:
        return _replaced(last, first.outermost, final.end, asked.text[new.outermost : end])
    if has_article and not _is_counted(first, last):
        return _replaced(last, first.outer, final.end, asked.text[new.outer : end])
    return _replaced(last, _start(first, last), final.end, asked.text[new.start : end])


def _start(span: Span, last: Asked) -> int:
    """Where it is replaced by words without an article: its own stays where it fits all nouns."""
    return span.start if last.language == "en" else span.outer


def _is_counted(span: Span, last: Asked) -> bool:
    """Whether it follows what asks without an article: how much VAT."""
    before = [part for part in last.parts if part.end <= span.outer]
    return bool(before) and before[-1].role is Role.QUESTION and span.outer == span.start


def _replaced(last: Asked, start: int, end: int, text: str) -> str:
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


def _appended(text: str, last: Asked) -> str:
    end = END.search(last.text)
    at = end.start() if end else len(last.text)
    return f"{last.text[:at]} {text}{last.text[at:]}"


def punctuated(text: str, asked: Asked) -> str:
    """`text` with the question marks of `asked`."""
    start = "¿" if asked.language == "es" and "?" in asked.end else ""
    return f"{start}{with_capital(text)}{asked.end}"


def with_capital(text: str) -> str:
    at = 1 if text.startswith("¿") else 0
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]


def _without_article(noun: str, last: Asked) -> str:
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


def _can_ask(last: Asked, wanted: str, asked: Asked) -> bool:
    """Whether the question before, with another word in it, asks for what is `wanted`."""
    return last.language == asked.language and not _differs(wanted, last)


def _differs(wanted: str, last: Asked) -> bool:
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
