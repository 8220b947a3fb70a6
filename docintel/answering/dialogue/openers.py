"""How a follow-up begins and ends: “and”, “what about”, 呢."""

import re
from functools import cache

from docintel.answering.dialogue.asked import bare_question
from docintel.answering.dialogue.parts import UNSPACED_LANGUAGES, Role, meanings_of, parts_of
from docintel.lexicon import dialogue_words

_ARABIC_AND = "و"


def without_opener(text: str, language: str) -> tuple[str, bool]:
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


def is_mere_topic(question: str, language: str) -> bool:
    """“数量は？” may lean on the question before or stand alone."""
    text = bare_question(question)
    is_topic = bool(_ending(language, "topics").search(text)) and not _has_question(text, language)
    return is_topic and _opener(language).match(text) is None


def _any_of(table: str, language: str) -> str:
    words = sorted(dialogue_words(table, language), key=lambda word: -len(word))
    return "|".join(re.escape(word) for word in words if not word.endswith("-")) or r"(?!)"
