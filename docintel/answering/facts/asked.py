"""Which fact of a business document a question asks for, if any.

A question that consists of the words of one in `questions.toml` asks for that one's fact. Of others the meaning tells,
by a small classifier over the vectors of the multilingual embedder, learned from the same questions; with any other
embedder they ask for none. Then it must be about nothing else: a word that the fact's questions don't use must not mean
something else (`asked_fact`), nor stand in the document (`says_more`).
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from docintel.answering.facts.scorer import Fact
from docintel.answering.matching import matches
from docintel.answering.question import AnswerKind, Question
from docintel.embedding import Embedder
from docintel.errors import EngineUnavailable
from docintel.language import possible_languages

QUESTIONS = Path(__file__).with_name("questions.toml")
WEIGHTS = Path(__file__).with_name("asked.npz")
MIN_PROBABILITY, SURE = 0.6, 0.93
"""What the classifier must give a fact; and where the question has a word that none of the fact's questions has."""
_SAID = 0.7
"""A word of the question matched so well by a document's stands there."""


class Listed(NamedTuple):
    """A question of `questions.toml` and the fact that it asks for; None: something else."""

    text: str
    fact: Fact | None


def asked_fact(question: Question, embedder: Embedder | None) -> Fact | None:
    """The fact that a question asks for and nothing beyond it, as far as the question alone tells."""
    if any(c.isdecimal() for c in question.text):
        return None
    if fact := _by_words(question):
        return fact
    if embedder is None or embedder.model != _learned_model() or not _knows(embedder, question.language):
        return None
    fact, probability = _by_meaning(question, embedder)
    if fact is None or probability < MIN_PROBABILITY:
        return None
    strange = _strange(question, fact)
    means_else = any(meanings - _meanings(fact) for meanings in strange.values())
    return None if means_else or (strange and probability < SURE) else fact


def _knows(embedder: Embedder, language: str | None) -> bool:
    return any(map(embedder.knows, possible_languages(language)))


def says_more(question: Question, fact: Fact, text: str) -> bool:
    """Whether a word of the question that the fact's questions don't use stands in a document's text."""
    strange = _strange(question, fact)
    pairs = zip(question.words, matches(question, text), strict=True)
    return any(word in strange and match > _SAID for word, match in pairs)


def listed_questions() -> list[Listed]:
    entries = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))
    documents = entries["documents"]
    asked = [Listed(text, Fact(name)) for name, texts in entries["facts"].items() for text in texts]
    asked += [Listed(text, None) for text in entries["other"]["questions"]]
    return [Listed(text, fact) for each, fact in asked for text in _filled(each, documents)]


def _filled(text: str, documents: list[str]) -> list[str]:
    return list(dict.fromkeys(text.replace("{d}", name) for name in documents)) if "{d}" in text else [text]


def _strange(question: Question, fact: Fact) -> dict[str, frozenset[str]]:
    """The question's words that no question for the fact uses, with their meanings."""
    known = _vocabulary(fact)
    pairs = zip(question.words, question.meanings, strict=True)
    return {word: meanings for word, meanings in pairs if word not in known}


def _by_words(question: Question) -> Fact | None:
    return _word_sets().get(_key(question))


def _key(question: Question) -> tuple[frozenset[str], AnswerKind | None]:
    return frozenset(question.words), question.kind


def _by_meaning(question: Question, embedder: Embedder) -> tuple[Fact | None, float]:
    try:
        vector = embedder.query(question.text)
    except EngineUnavailable:
        return None, 0.0
    arrays = _classifier()
    scores = vector @ arrays["weights"] + arrays["bias"]
    shares = np.exp(scores - scores.max())
    best = int(shares.argmax())
    return [*Fact, None][best], float(shares[best] / shares.sum())


@cache
def _classifier() -> dict[str, NDArray[np.float32]]:
    with np.load(WEIGHTS) as arrays:
        return {name: arrays[name].astype(np.float32) for name in ("weights", "bias")}


@cache
def _learned_model() -> str:
    with np.load(WEIGHTS) as arrays:
        return str(arrays["model"])


@cache
def _questions_of(fact: Fact | None) -> tuple[Question, ...]:
    return tuple(Question.of(each.text) for each in listed_questions() if each.fact is fact)


@cache
def _vocabulary(fact: Fact) -> frozenset[str]:
    return frozenset(word for question in _questions_of(fact) for word in question.words)


@cache
def _meanings(fact: Fact) -> frozenset[str]:
    found = frozenset[str]().union(*(each for question in _questions_of(fact) for each in question.meanings))
    return found.union(*(meaning.split("+") for meaning in found))


@cache
def _word_sets() -> dict[tuple[frozenset[str], AnswerKind | None], Fact]:
    """What questions for one fact, and no others, consist of."""
    asked: dict[tuple[frozenset[str], AnswerKind | None], set[Fact | None]] = {}
    for fact in [*Fact, None]:
        for question in _questions_of(fact):
            asked.setdefault(_key(question), set()).add(fact)
    return {key: fact for key, (fact, *others) in asked.items() if key[0] and fact and not others}
