"""What on a page may be a fact: dates, amounts, codes and names, each with its words.

Nothing is decided here: a page's candidates are everything that has the form, whatever it stands for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from docintel.answering.facts.forms import Amount, amounts_in, dates_in, legal_form_in
from docintel.answering.lines import Line, lines_of
from docintel.model import BBox, Page, Word
from docintel.text.spans import line_boxes

MAX_NAME = 80
"""Characters; what is longer is a sentence."""
NAMES_BEGIN, NAMES_END = 0.45, 0.8
"""Names stand in this part of the page's lines at the top, and from here on at the foot; elsewhere only legal forms."""
_CODE = re.compile(r"(?<![\w.,])[^\W_](?:[\w/.#\-–]*[^\W_])?(?!\w)")
_TIME = re.compile(r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s?[ap]m)?", re.I)
_LABEL = re.compile(r"^[^:：]{2,30}[:：]\s*(?=\S)")
_NUMBER_AT_END = re.compile(r"\s*[(（\[][^()（）]*\d[^()（）]*[)）\]]?\s*$")
_PARTS = re.compile(r"\s+[·•|∙*–—-]\s+|\s*[·•|∙]\s*|,\s+(?=\D*\d)")


class Kind(StrEnum):
    DATE = "date"
    AMOUNT = "amount"
    CODE = "code"
    NAME = "name"


@dataclass(frozen=True)
class TextLine:
    """A line's words as one text; `owners` says of each character which word it is of (-1: a space)."""

    line: Line
    words: tuple[Word, ...]
    text: str
    owners: tuple[int, ...]

    def words_at(self, start: int, end: int) -> tuple[Word, ...]:
        numbers = dict.fromkeys(owner for owner in self.owners[start:end] if owner >= 0)
        return tuple(self.words[number] for number in numbers)


@dataclass(frozen=True)
class Candidate:
    """`value` is normalised: candidates with the same one say the same. `line` and `start`, `end` are its place."""

    kind: Kind
    text: str
    value: str
    line: int
    start: int
    end: int
    words: tuple[Word, ...] = field(compare=False)
    amount: Amount | None = field(default=None, compare=False)

    @property
    def bbox(self) -> BBox:
        return BBox.around(word.bbox for word in self.words)

    @property
    def boxes(self) -> tuple[BBox, ...]:
        return line_boxes(self.words)


@dataclass(frozen=True)
class Sheet:
    """A page's lines, and what on them may be a fact."""

    page: Page
    lines: tuple[TextLine, ...]
    candidates: tuple[Candidate, ...]

    def of(self, kind: Kind) -> list[Candidate]:
        return [each for each in self.candidates if each.kind is kind]


def sheet_of(page: Page) -> Sheet:
    lines = tuple(map(_text_line, lines_of(page)))
    found = [each for number, line in enumerate(lines) for each in _on_line(number, line)]
    decimals = sum(each.kind is Kind.AMOUNT and each.amount is not None and each.amount.is_exact for each in found)
    kept = [each for each in found if decimals < 2 or not _is_bare(each)]
    return Sheet(page, lines, (*kept, *_names(lines)))


def _is_bare(candidate: Candidate) -> bool:
    return candidate.amount is not None and candidate.amount.is_bare


def _text_line(line: Line) -> TextLine:
    text = ""
    owners: list[int] = []
    words: list[Word] = []
    for segment in line.segments:
        for number, word in enumerate(segment.words):
            glue = "" if not text else "  " if number == 0 else _space(text[-1], word.text[:1])
            text += glue + word.text
            owners += [-1] * len(glue) + [len(words)] * len(word.text)
            words.append(word)
    return TextLine(line, tuple(words), text, tuple(owners))


def _space(before: str, after: str) -> str:
    return "" if _is_wide(before) and _is_wide(after) else " "


def _is_wide(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or "\uff00" <= character <= "\uff60"


def _on_line(number: int, line: TextLine) -> Iterator[Candidate]:
    taken: list[tuple[int, int]] = []
    for date in dates_in(line.text):
        taken.append((date.start, date.end))
        yield _candidate(Kind.DATE, number, line, date.start, date.end, date.value)
    for amount in amounts_in(line.text):
        if not _overlaps(taken, amount.start, amount.end):
            if not amount.is_bare:
                taken.append((amount.start, amount.end))
            yield _candidate(Kind.AMOUNT, number, line, amount.start, amount.end, amount.value, amount)
    for code in _CODE.finditer(line.text):
        start, end = code.span()
        if _is_code(code.group()) and not _overlaps(taken, start, end):
            yield _candidate(Kind.CODE, number, line, start, end, bare(code.group()))


def _candidate(
    kind: Kind, number: int, line: TextLine, start: int, end: int, value: str, amount: Amount | None = None
) -> Candidate:
    text = line.text[start:end]
    return Candidate(kind, text, value, number, start, end, line.words_at(start, end), amount)


def _overlaps(taken: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return any(start < last and first < end for first, last in taken)


def _is_code(text: str) -> bool:
    return len(text) > 1 and any(c.isdecimal() for c in text) and len(text) <= 30 and not _TIME.fullmatch(text)


def _names(lines: Sequence[TextLine]) -> Iterator[Candidate]:
    for number, line in enumerate(lines):
        place = number / max(len(lines), 1)
        start = 0
        is_at_edge = place < NAMES_BEGIN or place > NAMES_END or number < 8
        for part in line.text.split("  "):
            if is_at_edge or legal_form_in(part):
                yield from _names_in(number, line, start, part)
            start += len(part) + 2
        if number < 8 and number + 1 < len(lines) and len(line.line.segments) == 1:
            yield from _over_two_lines(number, line, lines[number + 1])


def _names_in(number: int, line: TextLine, start: int, part: str) -> Iterator[Candidate]:
    """The part of a line, without a label before it and a number in brackets after it; and its first piece."""
    label = _LABEL.match(part)
    first = label.end() if label else 0
    piece = _PARTS.search(part, first + 2)
    spans = [(first, len(part)), *([(first, piece.start())] if piece else [])]
    for begin, end in spans:
        tail = _NUMBER_AT_END.search(part, begin, end)
        end = tail.start() if tail and tail.start() > begin else end
        if _may_be_name(part[begin:end]):
            value = bare(part[begin:end])
            yield _candidate(Kind.NAME, number, line, start + begin, start + end, value)


def _over_two_lines(number: int, line: TextLine, following: TextLine) -> Iterator[Candidate]:
    if len(following.line.segments) != 1 or not 0.6 < line.line.height / max(following.line.height, 1e-6) < 1.7:
        return
    first, second = line.text.strip(), _NUMBER_AT_END.sub("", following.text.strip())
    is_name = _may_be_name(first) and _may_be_name(second) and not _LABEL.match(first) and not _LABEL.match(second)
    if is_name and sum(c.isdecimal() for c in first + second) == 0:
        words = (*line.words, *following.words_at(0, len(second)))
        text = f"{first} {second}"
        yield Candidate(Kind.NAME, text, bare(text), number, 0, len(line.text), words)


def _may_be_name(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    digits = sum(c.isdecimal() for c in text)
    return letters >= 2 and len(text) <= MAX_NAME and letters > 2 * digits and letters * 2 > len(text.replace(" ", ""))


def bare(text: str) -> str:
    """Letters and digits only, as they are compared."""
    return "".join(c for c in text.casefold() if c.isalnum())
