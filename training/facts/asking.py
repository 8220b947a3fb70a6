"""Fits the classifier of questions: python -m training.facts.asking

One linear layer over the multilingual embedder's vectors of the questions in `docintel/answering/facts/questions.toml`.
Before, one in five questions (with all its documents' names) is kept aside, and the figures are of these.
"""

from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray

from docintel.answering.facts.asked import MIN_PROBABILITY, WEIGHTS, listed_questions
from docintel.answering.facts.scorer import Fact
from docintel.embedding import open_embedder
from docintel.settings import Settings

STEPS, DECAY = 600, 2e-4


def main() -> None:
    embedder = open_embedder(Settings(embedding_model="embedded"))
    listed = listed_questions()
    vectors = np.stack([embedder.query(each.text) for each in listed])
    facts = [*Fact, None]
    classes = np.array([facts.index(each.fact) for each in listed])
    aside = np.array([_is_aside(each.text) for each in listed])
    _report(classes[aside], _shares(vectors[aside], *_fitted(vectors[~aside], classes[~aside])))
    weights, bias = _fitted(vectors, classes)
    np.savez_compressed(
        WEIGHTS, weights=weights.astype(np.float16), bias=bias.astype(np.float16), model=np.array(embedder.model)
    )


def _is_aside(text: str) -> bool:
    """By its beginning, so that a question's variants go together."""
    return crc32(text[:10].encode()) % 5 == 0


def _fitted(
    vectors: NDArray[np.float32], classes: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    torch.manual_seed(1)
    layer = torch.nn.Linear(vectors.shape[1], len(Fact) + 1)
    known, wanted = torch.from_numpy(vectors), torch.from_numpy(classes)
    counts = np.bincount(classes, minlength=len(Fact) + 1)
    balance = torch.from_numpy((counts.mean() / np.maximum(counts, 1)) ** 0.5).float()
    optimizer = torch.optim.AdamW(layer.parameters(), lr=0.1, weight_decay=DECAY)
    for _ in range(STEPS):
        loss = torch.nn.functional.cross_entropy(layer(known), wanted, weight=balance, label_smoothing=0.02)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return layer.weight.detach().numpy().T, layer.bias.detach().numpy()


def _shares(
    vectors: NDArray[np.float32], weights: NDArray[np.float32], bias: NDArray[np.float32]
) -> NDArray[np.float32]:
    scores = vectors @ weights + bias
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _report(classes: NDArray[np.int64], shares: NDArray[np.float32]) -> None:
    other = len(Fact)
    best = np.where(shares.max(axis=1) >= MIN_PROBABILITY, shares.argmax(axis=1), other)
    asks = classes != other
    print(
        f"questions for a fact, kept aside: {asks.sum()}, told right {np.mean(best[asks] == classes[asks]):.3f}, "
        f"taken for another fact {np.mean((best[asks] != classes[asks]) & (best[asks] != other)):.3f}"
    )
    print(f"other questions, kept aside: {(~asks).sum()}, taken for a fact {np.mean(best[~asks] != other):.3f}")


if __name__ == "__main__":
    main()
