"""Which passages of one reading another one gives reason to doubt."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from docintel.doubts.alignment import Alignment, gaps, place_of, stands_in
from docintel.doubts.tokens import Token
from docintel.text import UNSPACED

ISLAND = 2.0
"""Words of chance in common that do not part a passage in two, at most; and no more than of what they part."""
EVIDENCE = 7.0
"""Surprise, in nats, from which on a passage is doubted that the other reader ought to have seen."""
BEST, WORST = 0.97, 0.5
"""Part of a right text that another reader is taken to see: at most; and least, for its silence to mean anything."""
SURE = 0.9
"""Confidence of a word from which on it speaks against another."""
LEFT_OUT = 2.5
"""Words that are left out, at least."""
LEGIBLE = 0.75
"""The same of a word among others that are left out."""
MOSTLY = 0.7
"""Part of a passage that must be surely read for it to be left out."""
MIN_DIGITS = 2
"""Of a number that is compared."""


class Kind(StrEnum):
    UNSEEN = "unseen"
    """Said, and not seen."""
    OTHERWISE = "otherwise"
    """A number that was surely seen to be another."""
    LEFT_OUT = "left out"
    """Surely seen, and not said."""


@dataclass(frozen=True)
class Doubt:
    kind: Kind
    text: str
    """What was said; of what is left out, what was seen."""
    tokens: range
    """Its place among the tokens said; of what is left out, among those seen."""
    instead: str = ""
    """What was seen in its place."""


def reliability(said: Sequence[Token], alignment: Alignment, confidence: float | None) -> float:
    """The part of a right text that the other reader sees: as it says itself, or as much as it is seen to.

    `confidence` is what it says of the whole page.
    """
    known = [(token.weight, share) for token, share in zip(said, alignment.said, strict=False) if token.is_readable]
    total = sum(weight for weight, _ in known)
    seen = sum(weight * share for weight, share in known) / total if total else 0.0
    return max(seen, confidence or 0.0)


def doubts(said: Sequence[Token], seen: Sequence[Token], alignment: Alignment, *, reliable: float) -> list[Doubt]:
    """In the order of what was said, then what is left out. `reliable` is the other reader's `reliability`."""
    if reliable < WORST:
        return []
    unseen = [
        Doubt(Kind.UNSEEN, _written(said, run), run)
        for run in _passages(said, alignment.said)
        if _surprise(said, seen, alignment, run, reliable) >= EVIDENCE
    ]
    covered = {index for doubt in unseen for index in doubt.tokens}
    otherwise = [
        Doubt(Kind.OTHERWISE, _written(said, run), run, _written(seen, places))
        for run, places in _opposed(said, alignment.opposite)
        if not covered.intersection(run) and _contradict([said[n] for n in run], [seen[place] for place in places])
    ]
    left_out = [
        Doubt(Kind.LEFT_OUT, _written(seen, run), run)
        for run in _passages(seen, alignment.seen)
        if _is_left_out(seen, alignment.seen, run)
    ]
    return sorted([*unseen, *otherwise], key=lambda doubt: doubt.tokens.start) + left_out


def _passages(tokens: Sequence[Token], shared: Sequence[float]) -> list[range]:
    """Runs of tokens that have no equal, short runs that have one among them; each in one block."""
    runs: list[range] = []
    for run in (part for gap in gaps(shared) for part in _by_block(tokens, gap)):
        before = runs[-1] if runs else None
        if before and tokens[before.start].block == tokens[run.start].block:
            island = _weight(tokens, range(before.stop, run.start))
            if island <= min(ISLAND, _missing(tokens, shared, before), _missing(tokens, shared, run)):
                runs[-1] = range(before.start, run.stop)
                continue
        runs.append(run)
    return runs


def _by_block(tokens: Sequence[Token], run: range) -> list[range]:
    starts = [index for index in run if index == run.start or tokens[index].block != tokens[index - 1].block]
    return [range(start, stop) for start, stop in zip(starts, [*starts[1:], run.stop], strict=True)]


def _surprise(said: Sequence[Token], seen: Sequence[Token], alignment: Alignment, run: range, reliable: float) -> float:
    """How unlikely it is that the other reader has missed all of a passage that stands there.

    What it sees there and cannot read is not missed.
    """
    missing = sum(said[n].weight * (1 - alignment.said[n]) for n in run if said[n].is_readable)
    box = place_of(said[run.start])
    there = {place for index in run for place in alignment.opposite[index]}
    there |= {n for n, token in enumerate(seen) if box is not None and stands_in(token, box)}
    unread = sum(
        seen[n].weight * (1 - alignment.seen[n]) for n in there if n < len(alignment.seen) and seen[n].confidence < SURE
    )
    return -math.log(1 - min(reliable, BEST)) * (missing - unread)


def _opposed(said: Sequence[Token], opposite: Sequence[Sequence[int]]) -> Iterator[tuple[range, list[int]]]:
    """Numbers that are not seen as they are said, and what was seen there; those that share that are one."""
    start, places = 0, set[int]()
    for index, others in enumerate([*opposite, ()]):
        is_number = index < len(opposite) and bool(said[index].digits)
        if places and not (is_number and places.intersection(others)):
            yield range(start, index), sorted(places)
            places = set()
        if is_number and others:
            start = start if places else index
            places |= set(others)


def _contradict(said: Sequence[Token], seen: Sequence[Token]) -> bool:
    """Whether what was surely seen in a number's place is another number."""
    if min(token.confidence for token in seen) < SURE or not all(token.is_readable for token in said):
        return False
    number, other = ("".join(token.digits for token in tokens) for tokens in (said, seen))
    return number != other and bool(other) and max(len(number), len(other)) >= MIN_DIGITS


def _is_left_out(seen: Sequence[Token], shared: Sequence[float], run: range) -> bool:
    """Whether most of a passage was surely read: what is read with many doubts may be a picture, or a slip."""
    weights = [(seen[n].weight * (1 - shared[n]), seen[n].confidence >= LEGIBLE) for n in run]
    surely = sum(weight for weight, is_sure in weights if is_sure)
    return surely >= max(LEFT_OUT, MOSTLY * sum(weight for weight, _ in weights))


def _missing(tokens: Sequence[Token], shared: Sequence[float], run: range) -> float:
    return sum(tokens[index].weight * (1 - shared[index]) for index in run)


def _weight(tokens: Sequence[Token], run: range) -> float:
    return sum(tokens[index].weight for index in run)


def _written(tokens: Sequence[Token], indices: Sequence[int]) -> str:
    text = ""
    for index in indices:
        is_tight = bool(text and UNSPACED.match(text[-1]) and UNSPACED.match(tokens[index].written[0]))
        text += tokens[index].written if is_tight or not text else f" {tokens[index].written}"
    return text
