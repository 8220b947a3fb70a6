"""What the scorer is told of a candidate: the words around it, as hashed letters, and numbers about its place and form.

The words around are not looked up in lists. Each text becomes the buckets of its groups of letters, so that a word that
was read wrongly, inflected or compounded still falls into most of the same buckets.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from math import log, tanh
from statistics import median
from zlib import crc32

from docintel.answering.facts.candidates import Candidate, Kind, Sheet, bare
from docintel.answering.facts.forms import legal_form_in
from docintel.text import UNSPACED

NUM_BUCKETS = 2048
SLOTS = ("left", "right", "above", "header", "before", "after", "own")
"""Texts around a candidate: on its line, in its column (the nearest, and the nearest without digits), on the lines
before and after; and its own."""
NUM_NUMBERS = 40
_LEFT, _RIGHT = 40, 20
_NEAR_COLUMN = 3
_HEADER_LINES = 30
_TOLERANCE = 0.011


@dataclass(frozen=True)
class Known:
    """Of a candidate: a tuple of buckets for each of `SLOTS`, and `NUM_NUMBERS` numbers."""

    buckets: tuple[tuple[int, ...], ...]
    numbers: tuple[float, ...]


class Surroundings:
    """What candidates of a sheet are compared with."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.lines = sheet.lines
        self.height = median([line.line.height for line in sheet.lines] or [0.01]) or 0.01
        self.by_kind = {kind: sheet.of(kind) for kind in Kind}
        self.counts = {kind: Counter(each.value for each in found) for kind, found in self.by_kind.items()}

    def known(self, kind: Kind) -> list[Known]:
        """Of every candidate of a kind, in their order."""
        found = self.by_kind[kind]
        return [Known(self._buckets(each), self._numbers(each, place)) for place, each in enumerate(found)]

    def _buckets(self, candidate: Candidate) -> tuple[tuple[int, ...], ...]:
        line = self.lines[candidate.line]
        above, header = self._column(candidate)
        texts = (
            _label_before(line.text[max(0, candidate.start - _LEFT) : candidate.start]),
            line.text[candidate.end : candidate.end + _RIGHT],
            above,
            header,
            self._line_text(candidate.line - 1),
            self._line_text(candidate.line + 1),
            candidate.text,
        )
        return tuple(map(buckets_of, texts))

    def _line_text(self, number: int) -> str:
        return self.lines[number].text[:60] if 0 <= number < len(self.lines) else ""

    def _column(self, candidate: Candidate) -> tuple[str, str]:
        """The nearest text above that shares the candidate's width, and the nearest without digits."""
        box, above = candidate.bbox, ""
        for distance, number in enumerate(range(candidate.line - 1, max(-1, candidate.line - _HEADER_LINES), -1)):
            for segment in self.lines[number].line.segments:
                other = segment.bbox
                if min(box.x1, other.x1) - max(box.x0, other.x0) <= 0.3 * min(box.width, other.width):
                    continue
                if not above and distance < _NEAR_COLUMN:
                    above = segment.text[:40]
                if not any(c.isdecimal() for c in segment.text) and len(segment.text) < 40:
                    return above, segment.text
        return above, ""

    def _numbers(self, candidate: Candidate, place: int) -> tuple[float, ...]:
        specific = {
            Kind.DATE: self._of_date,
            Kind.AMOUNT: self._of_amount,
            Kind.CODE: self._of_code,
            Kind.NAME: self._of_name,
        }[candidate.kind](candidate)
        numbers = [*self._of_place(candidate, place), *specific]
        return tuple([*numbers, *([0.0] * NUM_NUMBERS)][:NUM_NUMBERS])

    def _of_place(self, candidate: Candidate, place: int) -> list[float]:
        box, page = candidate.bbox, self.sheet.page
        line = self.lines[candidate.line]
        same = self.counts[candidate.kind][candidate.value]
        others = self.by_kind[candidate.kind]
        here = [each.value == candidate.value for each in others]
        return [
            box.y0,
            box.x0,
            box.x1,
            candidate.line / max(len(self.lines), 1),
            tanh(candidate.line / 4),
            tanh((len(self.lines) - 1 - candidate.line) / 4),
            tanh(line.line.height / self.height - 1),
            float(len(line.line.segments) == 1),
            float(candidate.start == 0),
            float(candidate.end >= len(line.text)),
            tanh(len(line.text) / 60),
            place / max(len(others), 1),
            tanh(len(others) / 10),
            tanh((same - 1) / 2),
            float(True not in here[:place]),
            float(True not in here[place + 1 :]),
            float(self.lines[candidate.line].text[: candidate.start].rstrip()[-1:] in (":", "：")),
            tanh(page.height / page.width - 1.4),
            tanh(len(self.lines) / 50),
            float(abs((box.x0 + box.x1) / 2 - 0.5) < 0.07),
        ]

    def _of_date(self, candidate: Candidate) -> list[float]:
        days = _days(candidate.value)
        every = [_days(each.value) for each in self.by_kind[Kind.DATE]]
        line = self.lines[candidate.line].text
        return [
            float(days == max(every)),
            float(days == min(every)),
            tanh((max(every) - days) / 20),
            tanh((days - min(every)) / 20),
            float(":" in line[candidate.end : candidate.end + 7]),
            float(len(self.counts[Kind.DATE]) == 1),
            float(any(c.isalpha() for c in candidate.text)),
        ]

    def _of_amount(self, candidate: Candidate) -> list[float]:
        assert candidate.amount
        number, signed = abs(candidate.amount.number), candidate.amount.number
        value = f"{number:.2f}"
        relations = self._relations
        line = [each for each in self.by_kind[Kind.AMOUNT] if each.line == candidate.line]
        return [
            float(number >= self._largest),
            tanh(log(max(number, 0.01) / max(self._largest, 0.01)) / 2),
            float(value in relations[0]),
            float(value in relations[1]),
            float(value in relations[2]),
            float(candidate.amount.has_currency),
            float(candidate.amount.is_exact),
            float(signed < 0),
            float(number == 0),
            float(number % 5 == 0),
            len(line) / 5,
            float(line[-1] is candidate),
            float(abs(signed - self._sum_above(candidate)) < _TOLERANCE),
            tanh(sum(each.value == candidate.value and each.line > candidate.line for each in self._amounts)),
            float(number > 1e6 or candidate.amount.is_bare),
            self._rank(number),
        ]

    @cached_property
    def _amounts(self) -> list[Candidate]:
        return self.by_kind[Kind.AMOUNT]

    @cached_property
    def _distinct(self) -> list[float]:
        """Amounts that are hardly anything else, the largest first."""
        return sorted({abs(each.amount.number) for each in self._amounts if each.amount and not each.amount.is_bare})[
            ::-1
        ]

    @property
    def _largest(self) -> float:
        return self._distinct[0] if self._distinct else 1.0

    def _rank(self, number: float) -> float:
        return tanh(sum(other > number for other in self._distinct) / 3)

    @cached_property
    def _relations(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """Values that are the sum of two others (a tax of at most 30 %), the larger and the smaller of these."""
        sums: tuple[set[str], set[str], set[str]] = (set(), set(), set())
        there = [number for number in self._distinct if number > 0][:60]
        known = {round(number * 100) for number in there}
        for gross in there:
            for net in there:
                tax = gross - net
                if 0.02 * net < tax < 0.3 * net and round(tax * 100) in known and tax > 0:
                    for found, number in zip(sums, (gross, net, tax), strict=True):
                        found.add(f"{number:.2f}")
        return frozenset(sums[0]), frozenset(sums[1]), frozenset(sums[2])

    def _sum_above(self, candidate: Candidate) -> float:
        """What stands above it in its column, added up; where it stands there too, from there on."""
        assert candidate.amount
        right = candidate.bbox.x1
        above = [
            each.amount.number
            for each in self._amounts
            if each.amount
            and each.line < candidate.line
            and abs(each.bbox.x1 - right) < 0.05
            and not each.amount.is_bare
        ]
        start = max((n for n, each in enumerate(above) if each == candidate.amount.number), default=-1)
        return sum(above[start + 1 :]) or sum(above)

    def _of_code(self, candidate: Candidate) -> list[float]:
        text = candidate.text
        digits = sum(c.isdecimal() for c in text)
        return [
            tanh(len(text) / 8),
            digits / len(text),
            float(text[0].isalpha()),
            float(any(c in "-/" for c in text)),
            float(len(text) <= 3),
            float(text.isdecimal()),
            float(text.startswith(("19", "20")) and len(text) == 4),
            float(text[:2].isupper() and digits > 12),
            float(text.startswith("0")),
        ]

    def _of_name(self, candidate: Candidate) -> list[float]:
        text = candidate.text
        letters = [c for c in text if c.isalpha()]
        names = bare(text)
        return [
            float(legal_form_in(text)),
            sum(c.isupper() for c in letters) / max(len(letters), 1),
            tanh(len(text) / 20),
            tanh(len(text.split()) / 3),
            float(self._in_address(text)),
            float(any(c.isdecimal() for c in text)),
            float(any(c in text for c in ",;:")),
            tanh(sum(names in line for line in self._bare_lines) - 1) if len(names) > 3 else 0.0,
            float(candidate.words[-1] not in self.lines[candidate.line].words),
            float(legal_form_in(self._line_text(candidate.line + 1))),
            float(any(c.isdecimal() for c in self._line_text(candidate.line + 1))),
            float(legal_form_in(self._line_text(candidate.line - 1))),
            float(not any(legal_form_in(each.text) for each in self.by_kind[Kind.NAME] if each.line < candidate.line)),
            float(candidate.end < len(self.lines[candidate.line].text)),
        ]

    @cached_property
    def _bare_lines(self) -> list[str]:
        return [bare(line.text) for line in self.lines]

    @cached_property
    def _addresses(self) -> str:
        """E-mail and web addresses on the page, run together."""
        pieces = [piece for line in self.lines for piece in line.text.split()]
        return " ".join(bare(piece) for piece in pieces if "@" in piece or "www" in piece.lower() or ".com" in piece)

    def _in_address(self, text: str) -> bool:
        """Whether a word of a name stands in one of the page's addresses."""
        return any(len(word) > 3 and bare(word) in self._addresses for word in text.split())


def _label_before(text: str) -> str:
    """The end of a line's text up to a candidate: its nearest segments that have a word in them."""
    kept = ""
    for piece in reversed(text.split("  ")):
        kept = f"{piece} {kept}"
        if sum(c.isalpha() for c in kept) > 1:
            break
    return kept


def _days(iso: str) -> int:
    year, month, day = map(int, iso.split("-"))
    return date(year, month, min(day, 28)).toordinal() + day - min(day, 28)


@lru_cache(maxsize=16_384)
def buckets_of(text: str) -> tuple[int, ...]:
    """Buckets of the words and of the groups of three letters of a text; digits are all alike."""
    plain = "".join("0" if c.isdecimal() else c if c.isalnum() else " " for c in text.casefold())
    grams: list[str] = []
    for word in plain.split():
        if UNSPACED.search(word):
            grams += [word[n : n + size] for size in (1, 2) for n in range(len(word) - size + 1)]
        else:
            framed = f"<{word}>"
            grams += [framed, *(framed[n : n + 3] for n in range(len(framed) - 2))]
    return tuple(crc32(gram.encode()) % NUM_BUCKETS for gram in grams)
