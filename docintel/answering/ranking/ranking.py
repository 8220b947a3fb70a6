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
    """A candidate; `probability` is its answer's, of all candidates that say the same; None where it is not known."""

    candidate: Candidate
    probability: float | None = None

    @property
    def likelihood(self) -> float:
        return self.probability or 0.0


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
    """Of one document. Raises EngineUnavailable where the embedder can't be had."""
    if not candidates:
        return Ranking((), 1.0)
    shares = learned_ranker().shares(known_of(question, candidates, embedder))
    values = [_bare(each.evidence.value) for each in candidates]
    groups: list[list[int]] = []
    for number in sorted(range(len(candidates)), key=lambda number: -shares[number]):
        same = next((group for group in groups if _is_same(values[group[0]], values[number])), None)
        if same:
            same.append(number)
        else:
            groups.append([number])
    found = [Ranked(candidates[group[0]], float(sum(shares[number] for number in group))) for group in groups]
    return Ranking(tuple(sorted(found, key=lambda each: -each.likelihood)), float(shares[-1]))


def _is_same(one: str, other: str) -> bool:
    """One stands in the other."""
    return bool(one and other) and (one in other or other in one)


def _bare(text: str) -> str:
    return "".join(c for c in fold(text) if c.isalnum())
