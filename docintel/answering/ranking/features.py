"""What the ranker is told of a question and a candidate: numbers in named groups.

`meaning`  cosines of the question's vector with those of the candidate's texts and of what is around them
`words`    how well the question's words are said by the candidate, its label, its page (`docintel.answering.matching`)
`form`     what its value looks like, and how label and value stand to each other
`place`    where it stands, on which page
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docintel.answering.evidence import Source
from docintel.answering.matching import focus, matches
from docintel.answering.question import AnswerKind, Question
from docintel.answering.ranking.candidates import Candidate, FoundPage, Texts, texts_of
from docintel.answering.ranking.forms import FORMS, forms_of
from docintel.answering.scoring import around, has_kind, own, shares_language, weights_of
from docintel.embedding import Embedder
from docintel.text.terms import words

Floats = NDArray[np.float32]

MEANING = ("label", "value", "whole", "line", "line_above", "line_below", "block")
WORDS = (
    "by_words",
    "own",
    "own_best",
    "own_mean",
    "in_value",
    "in_label",
    "in_header",
    "near",
    "supported",
    "in_line",
    "in_line_above",
    "in_line_below",
    "in_block",
    "focus_of_label",
    "focus_of_header",
    "unsupported",
    "echoed",
    "numbers_said",
    "numbers_not_said",
    "asks_by_number",
)
FORM = (
    *(f"is_{source}" for source in Source),
    *FORMS,
    *(f"asks_{kind}" for kind in AnswerKind),
    "has_kind",
    "asks_no_kind",
    "asks_count",
    "trust",
    "length",
    "length_of_label",
)
PLACE = ("page_rank", "y", "is_first_page", "in_language_of_question")
GROUPS = {"meaning": MEANING, "words": WORDS, "form": FORM, "place": PLACE}
COMPARED = len(MEANING) + WORDS.index("focus_of_header") + 1
READ = ("read", "share")
"""Before the others, where read: the cross-encoder's score, the first ranker's share (logarithm)."""


@dataclass(frozen=True)
class Known:
    """Of a question: its vector, a row of numbers for each candidate, and how much of its words the pages say.

    Of the numbers, the first `compared` are compared with the best candidate's, and tell what the pages say at best.
    """

    question: Floats
    candidates: Floats
    said: Floats
    compared: int = COMPARED

    def read(self, chosen: Sequence[int], scores: Floats, shares: Floats) -> "Known":
        """Of the `chosen` candidates alone, with what reading them and the first ranker say of each."""
        numbers = np.stack([scores, np.log(shares + 1e-6)], axis=1)
        rows = np.concatenate([numbers, self.candidates[list(chosen)]], axis=1, dtype=np.float32)
        return Known(self.question, rows, self.said, self.compared + len(READ))


def known_of(question: Question, candidates: Sequence[Candidate], embedder: Embedder) -> Known:
    """`candidates`: at least one. Raises EngineUnavailable."""
    texts = [texts_of(candidate) for candidate in candidates]
    vector = embedder.query(question.text)
    around_pages = {id(each.found): each.found for each in candidates}
    shared = {key: _Shared.of(question, found) for key, found in around_pages.items()}
    rows = [
        (*_words(question, each, said, shared[id(each.found)]), *_form(question, each), *_place(question, each))
        for each, said in zip(candidates, texts, strict=True)
    ]
    numbers = np.concatenate([_meaning(vector, texts, embedder), np.array(rows, dtype=np.float32)], axis=1)
    return Known(vector, numbers, _said(question, list(around_pages.values())))


def _meaning(question: Floats, texts: Sequence[Texts], embedder: Embedder) -> Floats:
    """(candidates, texts of each): cosines, 0 where there is no text."""
    listed = [[getattr(each, name) for name in MEANING] for each in texts]
    distinct = list(dict.fromkeys(text for each in listed for text in each if text))
    cosines = dict(zip(distinct, embedder.passages(distinct) @ question, strict=True))
    return np.array([[cosines.get(text, 0.0) for text in each] for each in listed], dtype=np.float32)


@dataclass(frozen=True)
class _Shared:
    """Of a question's words, each: how well a page says it, and how much that tells."""

    around: NDArray[np.float64]
    weights: NDArray[np.float64]
    numbers: frozenset[str]

    @classmethod
    def of(cls, question: Question, found: FoundPage) -> "_Shared":
        numbers = frozenset(word for word in question.words if any(c.isdecimal() for c in word))
        return cls(np.array(around(question, found.context)), np.array(weights_of(question, found.context)), numbers)

    def mean(self, said: NDArray[np.float64]) -> float:
        return float((said * self.weights).sum() / self.weights.sum()) if len(said) else 0.0


def _words(question: Question, candidate: Candidate, texts: Texts, shared: _Shared) -> tuple[float, ...]:
    evidence = candidate.evidence
    mine, near = np.array(own(question, evidence)), np.array(matches(question, evidence.near))
    supported = np.maximum(np.maximum(mine, 0.8 * near), shared.around)
    said = {*words(f"{evidence.label} {evidence.header} {evidence.value}")}
    values = words(evidence.value)
    there = len(shared.numbers & said)
    return (
        candidate.by_words,
        shared.mean(mine),
        float(mine.max(initial=0)),
        float(mine.mean()) if len(mine) else 0.0,
        shared.mean(np.array(matches(question, texts.value))),
        shared.mean(np.array(matches(question, evidence.label))),
        shared.mean(np.array(matches(question, evidence.header))),
        shared.mean(near),
        shared.mean(supported),
        *(_mean(matches(question, text)) for text in (texts.line, texts.line_above, texts.line_below, texts.block)),
        focus(question, evidence.label) if evidence.label else 0.0,
        focus(question, evidence.header) if evidence.header else 0.0,
        float((supported < 0.3).mean()) if len(supported) else 0.0,
        sum(word in question.words for word in values) / max(len(values), 1),
        there / max(len(shared.numbers), 1),
        float(bool(shared.numbers) and not there),
        float(bool(shared.numbers)),
    )


def _mean(matched: Sequence[float]) -> float:
    return sum(matched) / max(len(matched), 1)


def _form(question: Question, candidate: Candidate) -> tuple[float, ...]:
    evidence = candidate.evidence
    return (
        *(float(evidence.source is source) for source in Source),
        *forms_of(evidence.value),
        *(float(question.kind is kind) for kind in AnswerKind),
        float(has_kind(evidence.value, question.kind)),
        float(question.kind is None),
        float(question.counts),
        evidence.trust,
        float(np.log1p(len(evidence.value))) / 5,
        float(np.log1p(len(evidence.label))) / 4,
    )


def _place(question: Question, candidate: Candidate) -> tuple[float, ...]:
    return (
        1 / (1 + candidate.found.rank),
        candidate.evidence.boxes[0].y0 if candidate.evidence.boxes else 0.0,
        float(candidate.page.number == 1),
        float(shares_language(question, candidate.found.context)),
    )


def _said(question: Question, pages: Sequence[FoundPage]) -> Floats:
    """How well the pages say the question's words, how many of them hardly or not exactly, and how many there are."""
    best = zip(*(matches(question, each.context.text) for each in pages), strict=True)
    said = [max(each) for each in best] or [0.0]
    shares = (_mean(said), sum(each < 0.3 for each in said) / len(said), sum(each < 0.75 for each in said) / len(said))
    return np.array([*shares, min(len(said), 10) / 10], dtype=np.float32)
