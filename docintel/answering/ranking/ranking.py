"""Candidates with their probabilities: by the learned ranker where the embedder is the one that it learned with."""

from collections.abc import Sequence
from dataclasses import dataclass

from docintel.answering.question import Question
from docintel.answering.ranking.candidates import Candidate
from docintel.answering.ranking.features import known_of
from docintel.answering.ranking.ranker import learned_ranker
from docintel.embedding import Embedder
from docintel.text.terms import fold


@dataclass(frozen=True)
class Ranked:
    """A candidate; `probability` is its answer's: of all that say the same on its document."""

    candidate: Candidate
    probability: float


@dataclass(frozen=True)
class Ranking:
    """Different answers, the likeliest first, each by the candidate that is the likeliest of those that say it."""

    answers: tuple[Ranked, ...]
    none: float
    """How likely it is that nothing there answers."""


def can_rank(embedder: Embedder) -> bool:
    """Whether it is the embedder that was learned with."""
    return embedder.model == learned_ranker().model


def rank(question: Question, candidates: Sequence[Candidate], embedder: Embedder) -> Ranking:
    """Raises EngineUnavailable where the embedder can't be had."""
    if not candidates:
        return Ranking((), 1.0)
    shares = learned_ranker().shares(known_of(question, candidates, embedder))
    order = sorted(range(len(candidates)), key=lambda number: -shares[number])
    groups: list[list[int]] = []
    for number in order:
        same = next((group for group in groups if _says_same(candidates[group[0]], candidates[number])), None)
        if same:
            same.append(number)
        else:
            groups.append([number])
    found = [Ranked(candidates[group[0]], float(sum(shares[number] for number in group))) for group in groups]
    return Ranking(tuple(sorted(found, key=lambda each: -each.probability)), float(shares[-1]))


def _says_same(one: Candidate, other: Candidate) -> bool:
    """One's value stands in the other's, on the same document."""
    if one.document.id != other.document.id:
        return False
    first, second = _bare(one.evidence.value), _bare(other.evidence.value)
    return bool(first and second) and (first in second or second in first)


def _bare(text: str) -> str:
    return "".join(c for c in fold(text) if c.isalnum())
