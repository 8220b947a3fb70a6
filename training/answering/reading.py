"""Teaches the reader of tokens: python -m training.answering.reading --public DIR --halves DIR [--minutes 20 10]

First on public questions (`training.answering.public`): which sentence of an article answers, or none. Then on the
pages in `documents`, with their candidates: on each half of them, for the ranker is to learn what a reader is worth
that has not seen a page, and on all. Losses as in `fitting`, "none" scoring 0. One thread; the tokens' states are
computed once (some 2 GB of memory).
"""

import argparse
import random
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from docintel.answering.ranking.candidates import texts_of
from docintel.answering.ranking.reader import LABEL, MAX_LABEL, MAX_QUESTION, MAX_VALUE, QUESTION, VALUE, WEIGHTS
from docintel.embedding import SentenceEmbedder, open_embedder
from docintel.settings import Settings
from training.answering.examples import DOCUMENTS, asked_pages, half_of
from training.answering.network import Reader, Side
from training.answering.public import public_questions

DIRECTIONS = 160
"""Principal components of the tokens' states that are kept."""
NEGATIVES = 5
"""Sentences beside the right one, of the eight most similar to the question."""
HARD, OTHERS = 16, 8
"""Candidates beside the right ones: of those similar to the question or sharing its words, and any others."""


class Pair(NamedTuple):
    label: str
    value: str


class Asked(NamedTuple):
    """A question, what may answer, which of it does, and how much each shares of the question's words."""

    text: str
    pairs: tuple[Pair, ...]
    right: NDArray[np.bool_]
    by_words: NDArray[np.float32]
    is_aside: bool = False
    document: str = ""


class States:
    """Of every text: ids and states of its tokens along the principal directions, and its vector."""

    def __init__(self, embedder: SentenceEmbedder, asked: Sequence[Asked]) -> None:
        self._embedder = embedder
        sample = random.Random(1).sample(asked, min(len(asked), 400))
        states = np.concatenate(
            [embedder.tokens([pair.value for pair in each.pairs][:4], most=MAX_VALUE)[0].states for each in sample]
        )
        self.mean = states.mean(axis=0)
        _, directions = np.linalg.eigh(np.cov((states - self.mean).T))
        self.directions = np.ascontiguousarray(directions[:, -DIRECTIONS:], dtype=np.float32)
        self._tokens: dict[tuple[str, int], tuple[Tensor, Tensor]] = {}
        self._vectors: dict[str, NDArray[np.float16]] = {}
        self._add([each.text for each in asked], MAX_QUESTION)
        self._add([pair.label for each in asked for pair in each.pairs], MAX_LABEL)
        self._add([pair.value for each in asked for pair in each.pairs], MAX_VALUE)
        self._embed([*(each.text for each in asked), *(_whole(pair) for each in asked for pair in each.pairs)])

    def _add(self, texts: Sequence[str], most: int) -> None:
        distinct = [text for text in dict.fromkeys(texts) if text]
        for start in range(0, len(distinct), 512):
            batch = distinct[start : start + 512]
            for text, (ids, states) in zip(batch, self._embedder.tokens(batch, most=most), strict=True):
                along = torch.from_numpy(((states - self.mean) @ self.directions).astype(np.float16))
                self._tokens[text, most] = torch.from_numpy(ids), along

    def _embed(self, texts: Sequence[str]) -> None:
        distinct = [text for text in dict.fromkeys(texts) if text]
        for start in range(0, len(distinct), 512):
            batch = distinct[start : start + 512]
            self._vectors.update(zip(batch, self._embedder.passages(batch).astype(np.float16), strict=True))

    def cosines(self, asked: Asked, numbers: Sequence[int]) -> NDArray[np.float32]:
        vectors = np.stack([self._vectors[_whole(asked.pairs[number])] for number in numbers]).astype(np.float32)
        return np.asarray(vectors @ self._vectors[asked.text].astype(np.float32))

    def batch(self, asked: Sequence[tuple[Asked, Sequence[int]]]) -> tuple[Side, Side, Tensor]:
        """Questions with the numbers of their pairs, as the network takes them."""
        questions = [[(each.text, MAX_QUESTION, QUESTION)] for each, numbers in asked for _ in numbers]
        pairs = [
            [(each.pairs[n].label, MAX_LABEL, LABEL), (each.pairs[n].value, MAX_VALUE, VALUE)]
            for each, numbers in asked
            for n in numbers
        ]
        cosines = np.concatenate([self.cosines(each, numbers) for each, numbers in asked])
        return self._side(questions), self._side(pairs), torch.from_numpy(cosines)

    def _side(self, texts: Sequence[Sequence[tuple[str, int, int]]]) -> Side:
        rows = [[(*self._tokens[text, most], segment) for text, most, segment in each if text] for each in texts]
        return Side(
            [torch.cat([ids for ids, _, _ in row]) for row in rows],
            [torch.cat([states for _, states, _ in row]).float() for row in rows],
            [torch.cat([torch.full((len(ids),), segment) for ids, _, segment in row]) for row in rows],
        )


def _whole(pair: Pair) -> str:
    return f"{pair.label}: {pair.value}" if pair.label and pair.value else pair.label or pair.value


def asked_publicly(folder: Path) -> list[Asked]:
    found = []
    for each in public_questions(folder):
        right = np.array([number == each.answer for number in range(len(each.sentences))])
        pairs = tuple(Pair("", sentence) for sentence in each.sentences)
        found.append(Asked(each.text, pairs, right, np.zeros(len(pairs), np.float32), each.is_aside))
    return found


def asked_of_documents() -> list[Asked]:
    found = []
    for each in asked_pages(DOCUMENTS):
        texts = [texts_of(candidate) for candidate in each.candidates]
        pairs = tuple(Pair(text.label, text.value) for text in texts)
        by_words = np.array([candidate.by_words for candidate in each.candidates], dtype=np.float32)
        found.append(Asked(each.case.question, pairs, each.right, by_words, document=each.document))
    return found


def learn(
    network: Reader,
    states: States,
    asked: Sequence[Asked],
    some: Callable[[Asked], list[int]],
    *,
    minutes: float,
    rate: float,
    together: int,
) -> None:
    """`some` chooses, of a question's pairs, those to be told apart; the right ones first."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.03)
    start, step, losses = time.monotonic(), 0, [0.0]
    network.train()
    while (past := (time.monotonic() - start) / 60 / minutes) < 1:
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 100) * max(0.02, 1 - past)
        batch = [(each, numbers) for each in random.sample(asked, together) if (numbers := some(each))]
        scores = network(*states.batch(batch)).split([len(numbers) for _, numbers in batch])
        loss = torch.stack(
            [_loss(score, int(each.right[numbers].sum())) for score, (each, numbers) in zip(scores, batch, strict=True)]
        ).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        step += 1
        losses.append(float(loss.detach()))
        if step % 500 == 0:
            print(f"{step} steps, {past:.0%} of the time, loss {np.mean(losses[-300:]):.3f}", flush=True)
    network.eval()


def _loss(scores: Tensor, num_right: int) -> Tensor:
    every = torch.logsumexp(torch.cat([scores, scores.new_zeros(1)]), 0)
    return every - (torch.logsumexp(scores[:num_right], 0) if num_right else 0.0)


def of_sentences(states: States) -> Callable[[Asked], list[int]]:
    def some(asked: Asked) -> list[int]:
        right, wrong = np.flatnonzero(asked.right).tolist(), np.flatnonzero(~asked.right)
        hard = wrong[np.argsort(-states.cosines(asked, wrong.tolist()))[:8]].tolist() if len(wrong) else []
        return [*right, *random.sample(hard, min(NEGATIVES, len(hard)))]

    return some


def of_candidates(states: States) -> Callable[[Asked], list[int]]:
    def some(asked: Asked) -> list[int]:
        right, wrong = np.flatnonzero(asked.right).tolist(), np.flatnonzero(~asked.right)
        if not len(wrong):
            return right[:4]
        similar = wrong[np.argsort(-states.cosines(asked, wrong.tolist()))[: HARD + OTHERS]]
        worded = wrong[np.argsort(-asked.by_words[wrong])[:HARD]]
        hard = list(dict.fromkeys([*similar.tolist(), *worded.tolist()]))
        others = random.sample(wrong.tolist(), min(OTHERS, len(wrong)))
        chosen = dict.fromkeys([*random.sample(hard, min(HARD, len(hard))), *others])
        return [*random.sample(right, min(4, len(right))), *chosen]

    return some


@torch.no_grad()
def right_sentences(network: Reader, states: States, asked: Sequence[Asked]) -> tuple[float, float]:
    """Share of the questions whose best sentence is right, by the network and by vectors alone."""
    answered = [each for each in asked if each.right.any()]
    read = [each.right[int(network(*states.batch([(each, range(len(each.pairs)))])).argmax())] for each in answered]
    compared = [each.right[states.cosines(each, range(len(each.pairs))).argmax()] for each in answered]
    return float(np.mean(read)), float(np.mean(compared))


def save(network: Reader, states: States, path: Path) -> None:
    arrays = {name: array.numpy().astype(np.float16) for name, array in network.state_dict().items()}
    np.savez_compressed(
        path, **arrays, mean=states.mean.astype(np.float16), directions=states.directions.astype(np.float16)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--public", type=Path, required=True)
    parser.add_argument("--halves", type=Path, required=True, help="where readers go that each know half of the pages")
    parser.add_argument("--minutes", type=float, nargs=2, default=(20, 10), metavar=("PUBLIC", "DOCUMENTS"))
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    torch.manual_seed(1)
    random.seed(1)
    torch.set_num_threads(1)
    embedder = open_embedder(Settings(embedding_model="embedded"))
    public, own = asked_publicly(options.public), asked_of_documents()
    states = States(embedder, [*public, *own])
    network = Reader(DIRECTIONS)
    learned, aside = [each for each in public if not each.is_aside], [each for each in public if each.is_aside]
    learn(network, states, learned, of_sentences(states), minutes=options.minutes[0], rate=1e-3, together=8)
    print(
        "right sentences of XQuAD's articles kept aside, read and by vectors:", right_sentences(network, states, aside)
    )
    for half in (0, 1, None):
        seen = [each for each in own if half is None or half_of(each.document) != half]
        tuned = deepcopy(network)
        learn(tuned, states, seen, of_candidates(states), minutes=options.minutes[1], rate=4e-4, together=4)
        save(tuned, states, options.out if half is None else options.halves / f"reader-{half}.npz")


if __name__ == "__main__":
    main()
