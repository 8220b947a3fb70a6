"""Candidates with their probabilities: by the learned rankers where the embedder is the one that they learned with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from docintel.answering.evidence import Evidence
from docintel.answering.matching import matches
from docintel.answering.question import Question
from docintel.answering.ranking.candidates import Candidate
from docintel.answering.ranking.cross_encoder import learned_cross_encoder, parts_of
from docintel.answering.ranking.features import Floats, Known, known_of
from docintel.answering.ranking.ranker import learned_ranker, learned_reranker
from docintel.embedding import Embedder
from docintel.text.terms import fold

MAX_READ = 12
"""Candidates of a document."""
_CLEARLY = 1.5
"""A cell whose score is this much above those of the other cells answers of its row: of 12 such cells of right rows, on
the looked-at half of the documents in docs/answers.md, 10 were right."""
_NAMED = 0.5
"""A cell with a word of the question, matched so well, tells its row, it does not answer."""


@dataclass(frozen=True)
class Ranked:
    """A candidate; `probability` is its answer's, of all candidates that say the same; None where it is not known.

    `cell` is what answers of a row, where that is clear.
    """

    candidate: Candidate
    probability: float | None = None
    cell: Evidence | None = None

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


@dataclass(frozen=True)
class Scanned:
    """Of a document all candidates, and what the first ranker makes of them; `shares` has that of "none" last."""

    candidates: Sequence[Candidate]
    known: Known
    shares: Floats

    @property
    def likelihood(self) -> float:
        """Of the likeliest."""
        return float(self.shares[:-1].max())


def scan(question: Question, candidates: Sequence[Candidate], embedder: Embedder) -> Scanned:
    """`candidates`: at least one, of one document. Raises EngineUnavailable where the embedder can't be had."""
    known = known_of(question, candidates, embedder)
    return Scanned(candidates, known, learned_ranker().shares(known))


def rank(question: Question, scanned: Scanned, *, most: int = MAX_READ) -> Ranking:
    """By reading the `most` likeliest candidates."""
    chosen = np.argsort(-scanned.shares[:-1])[:most].tolist()
    candidates = [scanned.candidates[number] for number in chosen]
    scores = learned_cross_encoder().scores(question.text, [parts_of(each) for each in candidates])
    shares = learned_reranker().shares(scanned.known.read(chosen, scores, scanned.shares[chosen]))
    ranking = _grouped(candidates, shares)
    first, *others = ranking.answers
    return replace(ranking, answers=(replace(first, cell=_cell(question, first.candidate)), *others))


def _cell(question: Question, candidate: Candidate) -> Evidence | None:
    """The cell of a row that clearly answers better than its other cells."""
    cells = [each for each in candidate.evidence.cells if max(matches(question, each.value), default=0.0) <= _NAMED]
    if len(cells) < 2:
        return None
    read = [parts_of(replace(candidate, evidence=cell)) for cell in cells]
    scores = learned_cross_encoder().scores(question.text, read)
    second, best = np.argsort(scores)[-2:]
    return cells[best] if scores[best] - scores[second] >= _CLEARLY else None


def _grouped(candidates: Sequence[Candidate], shares: Floats) -> Ranking:
    """What says the same counts together."""
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
