"""What of one reading stands in the other, in whatever order the two tell it.

Equal runs in the same order are matched first (Ratcliff and Obershelp 1988), then longer ones among what is left:
columns and tables are told in another order. What is left then is compared letter by letter with what the other reading
has in the same place: between the same neighbours, or in the same box.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from docintel.doubts.tokens import Token
from docintel.model import BBox

MAX_TOKENS = 6_000
"""Of one reading; what comes behind is not compared, which would take too long."""
MOVED_WORDS = 0.8
"""Of a run that is matched out of order, at least."""
MAX_MOVED = 200
"""Runs that are looked for out of order."""
LETTERS = 3
"""Of a stretch that counts as shared by two different words, at least."""
CONTEXT = 3
"""Tokens of the other reading beside a neighbour, beyond as many as are looked for."""
MARGIN = 0.01
"""Around a box, in parts of the page."""
MAX_BOX = 0.5
"""Part of the page that a box may take to say where something stands."""


@dataclass(frozen=True)
class Alignment:
    """For each token the part of it, 0…1, that the other reading has too."""

    said: tuple[float, ...]
    seen: tuple[float, ...]
    opposite: tuple[tuple[int, ...], ...]
    """For each token said that is not seen as it is: indices of what was seen in its place."""


def align(said: Sequence[Token], seen: Sequence[Token]) -> Alignment:
    said, seen = said[:MAX_TOKENS], seen[:MAX_TOKENS]
    partner = _matched(said, seen)
    shared_said = [float(index in partner) for index in range(len(said))]
    taken = set(partner.values())
    shared_seen = [float(index in taken) for index in range(len(seen))]
    opposite: list[tuple[int, ...]] = [()] * len(said)
    for run in gaps(shared_said):
        others = _in_place(run, said, seen, partner, taken)
        mine, theirs, pairs = _letter_by_letter([said[n].text for n in run], [seen[n].text for n in others])
        for index, share, places in zip(run, mine, pairs, strict=True):
            shared_said[index] = share
            opposite[index] = tuple(others[place] for place in places)
        for index, share in zip(others, theirs, strict=True):
            shared_seen[index] = max(shared_seen[index], share)
    return Alignment(tuple(shared_said), tuple(shared_seen), tuple(opposite))


def gaps(shared: Sequence[float]) -> list[range]:
    """Runs of tokens that have no equal."""
    runs, start = [], None
    for index, share in enumerate([*shared, 1.0]):
        if share < 1 and start is None:
            start = index
        elif share == 1 and start is not None:
            runs.append(range(start, index))
            start = None
    return runs


def _matched(said: Sequence[Token], seen: Sequence[Token]) -> dict[int, int]:
    """Index said → index seen of tokens that are equal."""
    matcher = SequenceMatcher(None, [token.text for token in said], [token.text for token in seen], autojunk=False)
    partner = {block.a + n: block.b + n for block in matcher.get_matching_blocks() for n in range(block.size)}
    return partner | _moved(said, seen, partner)


def _moved(said: Sequence[Token], seen: Sequence[Token], partner: dict[int, int]) -> dict[int, int]:
    """Of what has no partner, the longest equal runs, one after another, wherever they stand."""
    taken = set(partner.values())
    mine: list[object] = [object() if n in partner else token.text for n, token in enumerate(said)]
    theirs: list[object] = [object() if n in taken else token.text for n, token in enumerate(seen)]
    found: dict[int, int] = {}
    for _ in range(MAX_MOVED):
        run = SequenceMatcher(None, mine, theirs, autojunk=False).find_longest_match()
        if not run.size:
            break
        if sum(token.weight for token in said[run.a : run.a + run.size]) >= MOVED_WORDS:
            found |= {run.a + n: run.b + n for n in range(run.size)}
            theirs[run.b : run.b + run.size] = [object()] * run.size
        mine[run.a : run.a + run.size] = [object()] * run.size
    return found


def _in_place(
    run: range, said: Sequence[Token], seen: Sequence[Token], partner: dict[int, int], taken: set[int]
) -> list[int]:
    """Of what is left of the other reading: what stands beside the run's neighbours, or in its box."""
    most = len(run) + CONTEXT
    before, after = partner.get(run.start - 1, -1 if run.start == 0 else None), partner.get(run.stop)
    after = len(seen) if after is None and run.stop == len(said) else after
    found: set[int] = set()
    if before is not None:
        found |= _left(range(before + 1, min(before + 1 + most, len(seen))), taken)
    if after is not None:
        found |= _left(range(after - 1, max(after - 1 - most, -1), -1), taken)
    if not found:
        boxes = {said[index].block: place_of(said[index]) for index in run}
        found = {
            n
            for n, token in enumerate(seen)
            if n not in taken and any(box is not None and stands_in(token, box) for box in boxes.values())
        }
    return sorted(found)


def _left(indices: range, taken: set[int]) -> set[int]:
    """Of neighbours, nearest first, those before the first that has a partner."""
    found = set()
    for index in indices:
        if index in taken:
            break
        found.add(index)
    return found


def place_of(token: Token) -> BBox | None:
    """The box of a token's block, where it is small enough to say where something stands."""
    return token.bbox if token.bbox is not None and token.bbox.area <= MAX_BOX else None


def stands_in(token: Token, box: BBox) -> bool:
    if token.bbox is None:
        return False
    x, y = token.bbox.center
    return box.x0 - MARGIN <= x <= box.x1 + MARGIN and box.y0 - MARGIN <= y <= box.y1 + MARGIN


def _letter_by_letter(mine: Sequence[str], theirs: Sequence[str]) -> tuple[list[float], list[float], list[list[int]]]:
    """The part of each word that is shared, on both sides; and for each of mine, which of theirs it stands against.

    Words that are only divided in another way are shared as a whole.
    """
    ours, others = _owners(mine), _owners(theirs)
    shared_mine, shared_theirs = [0] * len(mine), [0] * len(theirs)
    pairs: list[set[int]] = [set() for _ in mine]
    first, second = "".join(mine), "".join(theirs)
    least = min(LETTERS, max(len(first) // 2, 1))
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if tag == "equal" and a1 - a0 >= least:
            for a, b in zip(range(a0, a1), range(b0, b1), strict=True):
                shared_mine[ours[a]] += 1
                shared_theirs[others[b]] += 1
                pairs[ours[a]].add(others[b])
        elif tag in {"replace", "equal"}:
            for a in range(a0, a1):
                pairs[ours[a]].add(others[min(b0 + (a - a0) * (b1 - b0) // (a1 - a0), b1 - 1)])
    return (
        [count / len(word) for count, word in zip(shared_mine, mine, strict=True)],
        [count / len(word) for count, word in zip(shared_theirs, theirs, strict=True)],
        [sorted(each) for each in pairs],
    )


def _owners(words: Sequence[str]) -> list[int]:
    """For each letter of the words put together, which word it is of."""
    return [index for index, word in enumerate(words) for _ in word]
