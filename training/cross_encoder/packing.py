"""Questions with their candidates as tokens, kept small, and batches of them as the network reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

PUBLIC, LAST_GROUP = 0, 5
"""Public questions are group 0, those about our own pages 1 to 5; those of higher groups are scored only."""
FOLDS = {"f0": (2, 3), "f1": (1, 4, 5)}
"""Groups of our own pages that a network learns from which scores the others."""
BEGIN, END, BAR = 0, 1, 2
"""Where the special tokens stand in `tokens`, one segment each: before all, after each part, between what is around. As
`docintel.answering.ranking.cross_encoder` has them, which is not there on the GPU machine."""


def group_of(document: str) -> int:
    """Of one of our own pages."""
    return crc32(document.encode()) % LAST_GROUP + 1


@dataclass(frozen=True)
class Packed:
    """Tokens of all texts in one row (ids of the kept pieces); a text is a segment of it.

    tokens      (n,) uint16
    segments    (texts, 2) int32: start and length
    candidates  (candidates, 6) int32: texts of what is said (1) and of what is around it (5); -1 for none
    right       (candidates,) bool
    questions   (questions, 4) int32: its text, its first candidate, the one after its last, its group
    """

    tokens: NDArray[np.uint16]
    segments: NDArray[np.int32]
    candidates: NDArray[np.int32]
    right: NDArray[np.bool_]
    questions: NDArray[np.int32]

    @classmethod
    def load(cls, path: Path) -> "Packed":
        with np.load(path) as arrays:
            return cls(**{name: arrays[name] for name in ("tokens", "segments", "candidates", "right", "questions")})

    def save(self, path: Path) -> None:
        np.savez_compressed(path, **vars(self))


@dataclass(frozen=True)
class Batch:
    """`tokens` (n,), `starts` (sequences + 1,), `right` (sequences,), `question` (sequences,): which of the batch."""

    tokens: NDArray[np.int64]
    starts: NDArray[np.int32]
    right: NDArray[np.bool_]
    question: NDArray[np.int64]
    longest: int


LIMITS = (48, 64, 24, 24, 24, 40, 24)
"""Tokens of the question, of what is said, and of the five texts around it."""


def batch_of(packed: Packed, chosen: Sequence[tuple[int, NDArray[np.int64]]]) -> Batch:
    """`chosen`: numbers of questions, each with those of its candidates."""
    numbers = np.concatenate([candidates for _, candidates in chosen])
    question = np.repeat(np.arange(len(chosen)), [len(candidates) for _, candidates in chosen])
    asked = packed.questions[[number for number, _ in chosen], 0][question]
    texts = np.concatenate([asked[:, None], packed.candidates[numbers]], axis=1)  # (sequences, 7)
    special = np.zeros(len(texts), dtype=np.int32)
    pieces = [(special + BEGIN, special + 1)]
    for column in range(texts.shape[1]):
        text = texts[:, column]
        pieces.append(
            (packed.segments[text, 0], np.where(text < 0, 0, np.minimum(packed.segments[text, 1], LIMITS[column])))
        )
        pieces.append((special + (END if column in (0, 1, texts.shape[1] - 1) else BAR), special + 1))
    starts, lengths = (np.stack([piece[side] for piece in pieces], axis=1).astype(np.int64) for side in (0, 1))
    ends = lengths.ravel().cumsum()
    index = np.arange(ends[-1]) + np.repeat(starts.ravel() - (ends - lengths.ravel()), lengths.ravel())
    sizes = lengths.sum(1)
    return Batch(
        tokens=packed.tokens[index].astype(np.int64),
        starts=np.concatenate([[0], sizes.cumsum()]).astype(np.int32),
        right=packed.right[numbers],
        question=question,
        longest=int(sizes.max()),
    )
