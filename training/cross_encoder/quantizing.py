"""Product quantization of word embeddings (Jégou et al., 2011): each is put together from vectors of a codebook."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

PARTS, VECTORS = 96, 256
"""Parts of an embedding, and vectors to choose from for each."""


class Quantized(NamedTuple):
    """`codes`: (pieces, parts); `codebook`: (parts, vectors, numbers of a part)."""

    codes: NDArray[np.uint8]
    codebook: NDArray[np.float32]

    def widened(self) -> NDArray[np.float32]:
        """(pieces, width)"""
        return self.codebook[np.arange(PARTS), self.codes].reshape(len(self.codes), -1)


def quantized(embeddings: NDArray[np.float32], *, rounds: int = 12) -> Quantized:
    """By k-means in each part alone."""
    torch.manual_seed(0)
    points = torch.from_numpy(embeddings).view(len(embeddings), PARTS, -1).transpose(0, 1).contiguous()
    book = points[:, torch.randperm(points.shape[1])[:VECTORS]].clone()
    for _ in range(rounds):
        nearest = _nearest(points, book)
        sums = torch.zeros_like(book).scatter_add(1, nearest[..., None].expand_as(points), points)
        counts = torch.zeros(book.shape[:2]).scatter_add(1, nearest, torch.ones_like(nearest, dtype=torch.float32))
        book = torch.where(counts[..., None] > 0, sums / counts.clamp(min=1)[..., None], book)
    return Quantized(_nearest(points, book).T.numpy().astype(np.uint8), book.numpy())


def _nearest(points: Tensor, book: Tensor) -> Tensor:
    """(parts, points)"""
    found = []
    for part, vectors in zip(points, book, strict=True):
        found.append((vectors.square().sum(1) - 2 * part @ vectors.T).argmin(1))
    return torch.stack(found)
