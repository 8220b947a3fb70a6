"""What reading costs, by counting: operations (a multiply and an add are two) and bytes of keys and values."""

from __future__ import annotations

from dataclasses import dataclass

from training.model.geometry import CELL, MERGE, PATCH, SMALL, Geometry
from training.writing.vocabulary import NUM_TOKENS


@dataclass(frozen=True, slots=True)
class Reading:
    """One image and the answer to it."""

    height: int
    width: int
    num_answer: int
    num_prompt: int = 30

    @property
    def num_visual(self) -> int:
        """Visual tokens."""
        return (self.height // CELL) * (self.width // CELL)

    @property
    def length(self) -> int:
        """Tokens in the decoder when the answer ends."""
        return self.num_prompt + self.num_visual + self.num_answer


def vision_operations(reading: Reading, g: Geometry = SMALL, *, num_stacked: int | None = None) -> int:
    """The ViT with its mergers; `num_stacked` DeepStack layers instead of all."""
    patches, h = reading.num_visual * MERGE * MERGE, g.vit_hidden
    layer = 2 * patches * 12 * h * h + 4 * patches * patches * h
    merged = h * MERGE * MERGE
    merger = 2 * reading.num_visual * merged * (merged + g.hidden)
    stacked = len(g.deepstack) if num_stacked is None else num_stacked
    return 2 * patches * 3 * PATCH * PATCH * h + g.vit_depth * layer + (1 + stacked) * merger


def decoder_operations(reading: Reading, g: Geometry = SMALL) -> int:
    """Prefill and every step of the answer; each token attends to all before it."""
    attention = (2 * g.heads + 2 * g.kv_heads) * g.head_dim * g.hidden
    layer = 2 * (attention + 3 * g.hidden * g.ffn)
    scores = 4 * g.heads * g.head_dim * reading.length // 2
    return reading.length * g.depth * (layer + scores) + reading.num_answer * 2 * g.hidden * NUM_TOKENS


def cache_bytes(reading: Reading, g: Geometry = SMALL, *, bits: int = 16, scale_bits: int = 0) -> int:
    """Keys and values of all layers; `scale_bits` for each head's vector."""
    return reading.length * g.depth * 2 * g.kv_heads * (g.head_dim * bits + scale_bits) // 8
