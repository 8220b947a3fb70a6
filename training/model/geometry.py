"""The small model's sizes, and its transformers configuration."""

from __future__ import annotations

from dataclasses import dataclass

from transformers import Qwen3VLConfig

from training.writing.vocabulary import NUM_TOKENS, ids

PATCH, MERGE = 16, 2
CELL = PATCH * MERGE
"""A visual token's side in pixels."""
ROPE_THETA = 10_000.0
"""Fit to a few thousand positions; Qwen3-VL's own 5e6 would leave most frequencies unused."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """Widths, depths and heads of the ViT and of the decoder; `section` is MRoPE's share of t, h and w."""

    vit_hidden: int
    vit_depth: int
    vit_heads: int
    deepstack: tuple[int, ...]
    hidden: int
    depth: int
    ffn: int
    heads: int
    kv_heads: int
    head_dim: int
    section: tuple[int, int, int]
    num_tokens: int = NUM_TOKENS

    @property
    def vit_head_dim(self) -> int:
        """Width of one ViT head."""
        return self.vit_hidden // self.vit_heads


SMALL = Geometry(256, 8, 4, (5,), 320, 6, 960, 6, 2, 64, (12, 10, 10))
"""19.4 million parameters: 10.0 in the ViT and its mergers, 9.4 in the decoder."""
TINY = Geometry(64, 3, 2, (1,), 64, 3, 96, 2, 1, 32, (6, 5, 5))
"""To try the training loop on a CPU."""


def make_config(geometry: Geometry) -> Qwen3VLConfig:
    """The configuration, with our token ids."""
    table = ids()
    return Qwen3VLConfig(
        text_config=_text_settings(geometry),
        vision_config=_vision_settings(geometry),
        tie_word_embeddings=True,
        image_token_id=table["<|image_pad|>"],
        video_token_id=table["<|video_pad|>"],
        vision_start_token_id=table["<|vision_start|>"],
        vision_end_token_id=table["<|vision_end|>"],
    )


def _text_settings(g: Geometry) -> dict[str, object]:
    rope = {
        "rope_type": "default",
        "rope_theta": ROPE_THETA,
        "mrope_section": list(g.section),
        "mrope_interleaved": True,
    }
    return {
        "vocab_size": g.num_tokens,
        "hidden_size": g.hidden,
        "intermediate_size": g.ffn,
        "num_hidden_layers": g.depth,
        "num_attention_heads": g.heads,
        "num_key_value_heads": g.kv_heads,
        "head_dim": g.head_dim,
        "max_position_embeddings": 8192,
        "rope_theta": ROPE_THETA,
        "rope_parameters": rope,
        "tie_word_embeddings": True,
        "bos_token_id": ids()["<|endoftext|>"],
        "eos_token_id": ids()["<|im_end|>"],
        "pad_token_id": ids()["<|endoftext|>"],
    }


def _vision_settings(g: Geometry) -> dict[str, object]:
    return {
        "depth": g.vit_depth,
        "hidden_size": g.vit_hidden,
        "intermediate_size": 4 * g.vit_hidden,
        "num_heads": g.vit_heads,
        "out_hidden_size": g.hidden,
        "deepstack_visual_indexes": list(g.deepstack),
        "patch_size": PATCH,
        "temporal_patch_size": 2,
        "spatial_merge_size": MERGE,
        "num_position_embeddings": 2304,
        "in_channels": 3,
    }
