"""Words that are broken over a line end: made whole, with their hyphen where it is the word's own."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

SOFT = "\u00ad¬"
"""Marks that only ever break a word."""
HARD = "\u2011"
"""A hyphen that never breaks a word."""
MAX_PLAIN_DIGITS = 4
"""A longer number before a hyphen may be an amount with its minus behind it."""

_BROKEN = re.compile(r"(?P<word>[^\W_]+(?:[-‐‑'’.,][^\W_]+)*)(?P<mark>[-‐‑\u00ad¬])$")
_GOES_ON = re.compile(r"[^\W_]+(?:[-‐‑'’][^\W_]+)*|&")
_WRITTEN = re.compile(r"[^\W\d_]+(?:[-\u00ad¬][^\W\d_]+)*[-‐‑\u00ad¬]?")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;•–—]\s+[\"'“„«(]?)$")


@dataclass(frozen=True)
class HyphenRules:
    """What is known of the words of a text; all words are in lower case, names of `plain` with their capital."""

    conjunctions: frozenset[str] = frozenset()
    """After them the second of two compounds is written whole: Vor- und Nachteile."""
    hyphenated: frozenset[str] = frozenset()
    """Words that are written with a hyphen."""
    clitics: frozenset[str] = frozenset()
    """Words that others are tied to with a hyphen: donnez-vous."""
    plain: frozenset[str] = frozenset()
    """Words without a hyphen, of a language that does not make compounds by writing words together."""
    written: frozenset[str] = frozenset()
    """Words that the page itself writes inside its lines."""


NO_RULES = HyphenRules()


def is_broken(line: str) -> bool:
    """Whether a line ends with a hyphen after a word."""
    return bool(_BROKEN.search(line.rstrip()))


def words_written(lines: Iterable[str]) -> frozenset[str]:
    """Words of the lines, with their hyphens, none of them broken at a line's end."""
    found = (word for line in lines for word in _WRITTEN.findall(line))
    return frozenset(word.casefold() for word in found if word[-1].isalpha())


def joined_at_hyphen(before: str, after: str, rules: HyphenRules = NO_RULES) -> str | None:
    """Two lines as one text, where the first ends in a hyphen after a word and the second begins with a word."""
    broken, following = _BROKEN.search(before), _GOES_ON.match(after)
    if not broken or not following:
        return None
    if broken["mark"] in SOFT:
        return before[:-1] + after
    if broken["mark"] == HARD:
        return before + after
    if _is_whole(broken["word"], following[0], rules):
        return f"{before} {after}"
    at_start = bool(_SENTENCE_START.search(before[: broken.start()]))
    if _keeps_hyphen(broken["word"], following[0], rules, at_start=at_start):
        return before + after
    return before[:-1] + after


def _is_whole(word: str, following: str, rules: HyphenRules) -> bool:
    """Whether a compound's other half comes later, or the hyphen is none: Ein- und Ausfuhr, 1,860.00- Balance."""
    if following == "&" or following.casefold() in rules.conjunctions:
        return not _is_known(_last_part(word) + following, rules)
    is_amount = word[-1].isdigit() and not (word.isdigit() and len(word) <= MAX_PLAIN_DIGITS)
    return is_amount and following[0].isalpha() and not following[0].islower()


def _keeps_hyphen(word: str, following: str, rules: HyphenRules, *, at_start: bool) -> bool:
    last, first = _last_part(word), following.partition("-")[0]
    in_capitals = len(last) > 1 and last.isupper() and len(first) > 1 and first.isupper()
    if not (first[0].islower() or in_capitals) or not last[-1].isalpha() or len(last) == 1:
        return True
    whole, joined = f"{word}-{following}".casefold(), last + first
    if whole in rules.written or f"{last}-{first}".casefold() in rules.written:
        return True
    if joined.casefold() in rules.written:
        return False
    if whole in rules.hyphenated or f"{last}-{first}".casefold() in rules.hyphenated or first in rules.clitics:
        return True
    is_name = last[0].isupper() and not in_capitals and not at_start
    return not is_name and not _is_known(joined, rules) and _are_words(last, first, rules)


def _last_part(word: str) -> str:
    return re.split(r"[-‐‑]", word)[-1]


def _is_known(word: str, rules: HyphenRules) -> bool:
    folded = word.casefold()
    return folded in rules.written or folded in rules.plain or folded.capitalize() in rules.plain


def _are_words(last: str, first: str, rules: HyphenRules) -> bool:
    """Whether both halves are words of their own: only words with a hyphen are broken there."""
    return last.casefold() in rules.plain and first.casefold() in rules.plain
