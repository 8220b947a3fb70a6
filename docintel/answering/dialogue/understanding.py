"""Questions that lean on the turns before them, as questions that stand alone.

A follow-up is told by what it lacks: it names nothing of its own beyond what it asks for, begins as one ("and", "what
about"), or has a pronoun without a noun. What it lacks is taken from the last question, as that was understood, and
from the document that its answer cites. A question that stands alone is left as it is.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from docintel.answering.dialogue.asked import Asked, bare_question, punctuation_of
from docintel.answering.dialogue.exchanges import Exchange, FollowUp
from docintel.answering.dialogue.openers import is_mere_topic, without_opener
from docintel.answering.dialogue.parts import STANDS_FOR_SOMETHING, UNSPACED_LANGUAGES, Role, plain
from docintel.answering.dialogue.rewriting import (
    YEAR,
    punctuated,
    with_capital,
    with_noun,
    with_part_replaced,
    with_possessor,
    with_question_of,
    with_subject,
)
from docintel.language import language_of
from docintel.lexicon import dialogue_languages, dialogue_words
from docintel.model import Answer
from docintel.text.terms import fold

MAX_OWN_WORDS = 2
"""A question with a pronoun that names more by itself is taken to stand alone."""
MAX_FRAGMENT_WORDS = 6
_FEW_LETTERS = 40
"""So short a text is easily mistaken for one in a related language."""


def understand(question: str, history: Sequence[Exchange]) -> FollowUp | None:
    """`question` so that it stands alone; None where it does, or where nothing says what it leans on."""
    before = last_standing(history)
    if before is None or not question.strip():
        return None
    for language in _languages(question, before.understood):
        if _asks_where(question, language):
            text = f"{with_capital(bare_question(question))} ({before.understood})"
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
    if own is None or (last and without_opener(bare_question(question), last)[1]):
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


@lru_cache(maxsize=1024)
def _asks_where(question: str, language: str) -> bool:
    folded = fold(bare_question(question)).replace("’", "'")
    return any(re.fullmatch(pattern, folded) for pattern in dialogue_words("places", language))


def _understood(question: str, before: Exchange, language: str) -> FollowUp | None:
    rest, is_continued = without_opener(bare_question(question), language)
    asked = Asked.of(rest, language, end=punctuation_of(question) or punctuation_of(before.understood))
    last = Asked.of(before.understood, _language(before.understood) or language)
    documents = _cited(before.answer)
    if number := _ordinal(asked):
        cited = tuple(dict.fromkeys(citation.document_id for citation in before.answer.citations))
        if len(cited) >= number and _is_fragment(asked):
            return FollowUp(last.text, cited[number - 1 : number], is_limited=True)
    if is_mere_topic(question, language) and not _lacks_topic(asked, last):
        return None
    rewrite = _rewriting(asked, is_continued=is_continued)
    text = rewrite(asked, last, before.answer) if rewrite and _is_understood(before.understood) else None
    if text:
        return FollowUp(with_capital(text), documents)
    if is_continued and language == "ar":
        return FollowUp(punctuated(rest, asked), documents)
    return FollowUp(question, documents) if (is_continued or rewrite) and documents else None


def _is_understood(before: str) -> bool:
    """Whether it is, or may be, in a language whose questions are taken apart here."""
    return _language(before) is not None or (language_of(before) or "und-").startswith("und-")


def _rewriting(asked: Asked, *, is_continued: bool) -> Callable[[Asked, Asked, Answer], str | None] | None:
    """How a follow-up is completed; None where it lacks nothing."""
    is_bare = not asked.has(Role.CONTENT, Role.NUMBER, Role.VERB, Role.ORDINAL)
    if _leans_by_pronoun(asked):
        if _asks_for_noun(asked):
            return _of_document
        has_own_frame = asked.has(Role.QUESTION, Role.VERB, Role.FUNCTION)
        return with_noun if has_own_frame or not asked.has(Role.POSSESSIVE) else with_possessor
    if asked.has(Role.QUESTION):
        if is_bare and not asked.has(*STANDS_FOR_SOMETHING):
            return with_question_of
        is_only_attribute = bool(asked.attributes) and len(asked.attributes) == len(asked.spans)
        return with_subject if is_continued and is_only_attribute else None
    is_number = asked.has(Role.NUMBER) and not asked.has(Role.CONTENT, Role.VERB, Role.FUNCTION)
    return with_part_replaced if (is_continued and _is_fragment(asked)) or (is_number and _is_year(asked)) else None


def _lacks_topic(asked: Asked, last: Asked) -> bool:
    """Whether a mere topic lacks what is asked of it, or of what it is asked, and the question before says that."""
    if asked.language != last.language or asked.has(Role.PREPOSITION):
        return asked.has(Role.POSSESSIVE)
    if asked.attributes:
        return len(asked.spans) == 1 and any(not span.is_compound for span in last.subjects)
    return bool(last.attributes or last.subjects)


def _asks_for_noun(asked: Asked) -> bool:
    """“Which firm is it from?” is asked of a document, whatever was asked of it before."""
    pairs = zip(asked.parts, asked.parts[1:], strict=False)
    return any(part.role is Role.QUESTION and after.role is Role.CONTENT for part, after in pairs)


def _of_document(_asked: Asked, _last: Asked, _answer: Answer) -> None:
    """It is asked as it is, of the document of the answer before."""


def _is_year(asked: Asked) -> bool:
    return all(YEAR.fullmatch(part.text) for part in asked.parts if part.role is Role.NUMBER)


def _is_fragment(asked: Asked) -> bool:
    """Whether it names something and says nothing of it."""
    if not asked.parts or asked.num_words > MAX_FRAGMENT_WORDS or asked.has(Role.QUESTION, Role.VERB):
        return False
    first = asked.parts[0]
    return first.role is not Role.FUNCTION and asked.has(Role.CONTENT, Role.NUMBER, Role.ORDINAL)


def _leans_by_pronoun(asked: Asked) -> bool:
    """Whether it has a pronoun and no noun that this could stand for."""
    first = next((part for part in asked.parts if part.role in STANDS_FOR_SOMETHING), None)
    if first is None or asked.has(Role.NUMBER) or _has_expletive(asked):
        return False
    has_noun = any(span.outer < span.start and span.end < first.start for span in asked.spans)
    own = sum(part.role is Role.CONTENT for part in asked.parts)
    return not has_noun and (own <= MAX_OWN_WORDS or asked.language in UNSPACED_LANGUAGES)


def _has_expletive(asked: Asked) -> bool:
    text = f" {plain(asked.text)} "
    return any(f" {plain(phrase)} " in text for phrase in dialogue_words("expletives", asked.language))


def _ordinal(asked: Asked) -> int:
    """Which of several is asked about, from 1; 0: none is named."""
    named = {plain(part.text) for part in asked.parts if part.role is Role.ORDINAL}
    listed = dialogue_words("ordinals", asked.language)
    return next((n for n, words in enumerate(listed, start=1) if named & {*map(plain, words.split())}), 0)


def _cited(answer: Answer) -> tuple[str, ...]:
    """The document that an answer cites, where it is one."""
    cited = tuple(dict.fromkeys(citation.document_id for citation in answer.citations))
    return cited if len(cited) == 1 else ()
