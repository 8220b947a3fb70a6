"""Which candidate answers a question, or none: small networks over the numbers of `features`.

Each candidate gets a score, and so does "none of them"; together they share a probability of 1. The networks learned
from pages with questions (`training/answering`).
"""

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from docintel.answering.ranking.features import Floats, Known

WEIGHTS = Path(__file__).with_name("ranker.npz")
READ_WEIGHTS = Path(__file__).with_name("reranker.npz")
MAX_DEVIATION = 5.0
"""Numbers further from their mean than so many deviations are cut."""


class Ranker:
    """The networks' weights, as `training/answering` wrote them; the first axis of each is the network."""

    def __init__(self, path: Path = WEIGHTS) -> None:
        with np.load(path) as arrays:
            self.model = str(arrays["model"])
            self._temperature = float(arrays["temperature"])
            self._arrays = {
                name: arrays[name].astype(np.float32) for name in arrays.files if name not in ("model", "temperature")
            }

    def shares(self, known: Known) -> NDArray[np.float32]:
        """(candidates + 1,): how likely each is to answer, the last that none does."""
        scores = self._scores(known) / self._temperature
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray((shares / shares.sum(axis=1, keepdims=True)).mean(axis=0))

    def _scores(self, known: Known) -> Floats:
        """(networks, candidates + 1)"""
        of = self._arrays
        numbers = np.clip((known.candidates - of["mean"]) / of["deviation"], -MAX_DEVIATION, MAX_DEVIATION)
        compared = numbers[:, : known.compared]
        question = np.tanh(known.question @ of["question"])  # (networks, size)
        inputs = _beside(np.concatenate([numbers, compared - compared.max(axis=0)], axis=1), question)
        scores = inputs @ of["w1"] + of["b1"][:, None]
        none = (
            _beside(np.concatenate([*_best_of(compared), known.said])[None], question) @ of["n1"] + of["nb1"][:, None]
        )
        return np.concatenate(
            [
                (inputs @ of["linear"] + np.maximum(scores, 0) @ of["w2"] + of["b2"][:, None])[:, :, 0],
                (np.maximum(none, 0) @ of["n2"] + of["nb2"][:, None])[:, :, 0],
            ],
            axis=1,
        )


def _best_of(compared: Floats) -> tuple[Floats, Floats]:
    """The best and the third best of each number."""
    ranked = np.sort(compared, axis=0)[::-1]
    return ranked[0], ranked[min(2, len(ranked) - 1)]


def _beside(numbers: Floats, question: Floats) -> Floats:
    """(rows, numbers) and (networks, size) → (networks, rows, numbers + size)"""
    shape = (len(question), len(numbers))
    return np.concatenate(
        [
            np.broadcast_to(numbers, (*shape, numbers.shape[1])),
            np.broadcast_to(question[:, None], (*shape, question.shape[1])),
        ],
        axis=2,
    )


@cache
def learned_ranker() -> Ranker:
    """The one that comes with docintel: over all candidates."""
    return Ranker()


@cache
def learned_reranker() -> Ranker:
    """Over those that were read."""
    return Ranker(READ_WEIGHTS)
