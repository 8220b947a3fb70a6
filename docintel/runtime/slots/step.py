"""One decode step: the next token of every slot, as a plain function over the loaded weights.

The weights are transformers' own. Those that are multiplied by the same input lie in one tensor (queries, keys and
values; gate and up), and the modules' parameters are views of it, so nothing is held twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from docintel.runtime.loops import MAX_MARKS
from docintel.runtime.model.weights import LoadedModel
from docintel.runtime.slots.cache import UNUSED, PagedCache
from docintel.runtime.slots.ops import Heads, Rotation, StepOps


class Layer(NamedTuple):
    attention_norm: Tensor
    qkv: Tensor
    head_norms: tuple[Tensor, Tensor]
    output: Tensor
    mlp_norm: Tensor
    mlp: Callable[[Tensor, StepOps], Tensor]


@dataclass(frozen=True)
class StepWeights:
    embedding: Tensor
    layers: list[Layer]
    norm: Tensor
    lm_head: Tensor
    inverse_frequencies: Tensor
    rotation_scale: float
    heads: Heads
    eps: float

    @classmethod
    def of(cls, loaded: LoadedModel) -> "StepWeights":
        model, config = loaded.model.model.language_model, loaded.model.config.text_config
        return cls(
            embedding=model.embed_tokens.weight,
            layers=[_fuse(layer) for layer in model.layers],
            norm=model.norm.weight,
            lm_head=loaded.model.lm_head.weight,
            inverse_frequencies=model.rotary_emb.inv_freq.float(),
            rotation_scale=model.rotary_emb.attention_scaling,
            heads=Heads(config.num_attention_heads, config.num_key_value_heads, config.head_dim),
            eps=config.rms_norm_eps,
        )

    def rotation(self, positions: Tensor) -> Rotation:
        """After the prompt all three axes of interleaved MRoPE count alike."""
        angles = positions[:, None].float() * self.inverse_frequencies
        both = torch.cat((angles, angles), dim=-1)
        dtype = self.embedding.dtype
        cos, sin = both.cos() * self.rotation_scale, both.sin() * self.rotation_scale
        return Rotation(cos.to(dtype), sin.to(dtype))


def _fuse(layer: nn.Module) -> Layer:
    attention = layer.get_submodule("self_attn")
    qkv = _join([attention.get_submodule(name) for name in ("q_proj", "k_proj", "v_proj")])
    return Layer(
        attention_norm=layer.get_parameter("input_layernorm.weight"),
        qkv=qkv,
        head_norms=(attention.get_parameter("q_norm.weight"), attention.get_parameter("k_norm.weight")),
        output=attention.get_parameter("o_proj.weight"),
        mlp_norm=layer.get_parameter("post_attention_layernorm.weight"),
        mlp=_mlp(layer.get_submodule("mlp")),
    )


def _mlp(module: nn.Module) -> Callable[[Tensor, StepOps], Tensor]:
    if hasattr(module, "experts"):
        return lambda hidden, _ops: module(hidden[:, None]).squeeze(1)
    gate_up = _join([module.get_submodule("gate_proj"), module.get_submodule("up_proj")])
    down = module.get_parameter("down_proj.weight")
    return lambda hidden, ops: F.linear(ops.gate(F.linear(hidden, gate_up)), down)


def _join(linears: Sequence[nn.Module]) -> Tensor:
    """Their weights in one tensor, of which each becomes a part."""
    joined = torch.cat([linear.get_parameter("weight").data for linear in linears])
    begin = 0
    for linear in linears:
        weight = linear.get_parameter("weight")
        weight.data = joined[begin : begin + len(weight)]
        begin += len(weight)
    return joined


class SlotState:
    """What a step reads and changes, on the device: one row a slot."""

    def __init__(self, loaded: LoadedModel, *, num_slots: int, blocks_per_slot: int) -> None:
        def zeros(*shape: int, dtype: torch.dtype = torch.int32) -> Tensor:
            return torch.zeros(shape, dtype=dtype, device=loaded.device)

        self.tokens = zeros(num_slots, dtype=torch.int64)
        """The last of each slot: the step's input, then its output."""
        self.positions = zeros(num_slots, dtype=torch.int64)
        self.lengths = zeros(num_slots)
        """Tokens in the cache."""
        self.is_active = zeros(num_slots)
        self.num_equal = zeros(num_slots)
        """How many times the last token has come in a row."""
        self.stops_loops = zeros(num_slots, dtype=torch.bool)
        self.tables = torch.full((num_slots, blocks_per_slot), UNUSED, dtype=torch.int32, device=loaded.device)
        self.previous = zeros(num_slots, dtype=torch.int64)
        self.previous_equal = zeros(num_slots)
        """Of the token before: to draw another one instead of the likeliest."""

    def rows(self) -> list[Tensor]:
        return [
            *(self.tokens, self.positions, self.lengths, self.is_active, self.num_equal, self.stops_loops, self.tables),
        ]

    def move(self, source: int, target: int) -> None:
        for each in self.rows():
            each[target] = each[source]
        self.clear(source)

    def clear(self, row: int) -> None:
        for each in self.rows():
            each[row] = 0


def decode_step(
    weights: StepWeights, cache: PagedCache, state: SlotState, marks: Tensor, ops: StepOps, *, rows: int
) -> Tensor:
    """Takes in the last token of the first `rows` slots and puts the likeliest next one in its place.

    `marks` says of each token whether it has neither letters nor digits: one that has come too often in a row may not
    come again, as in docintel.runtime.model.generation. Returns logits (rows, vocabulary).
    """
    tokens, lengths = state.tokens[:rows], state.lengths[:rows]
    logits = _logits(weights, cache, state, ops, rows)
    is_banned = state.stops_loops[:rows] & (state.num_equal[:rows] >= MAX_MARKS) & marks[tokens]
    again = logits.gather(1, tokens[:, None]).masked_fill(is_banned[:, None], -torch.inf)
    logits.scatter_(1, tokens[:, None], again)
    chosen = logits.argmax(-1)
    state.previous[:rows].copy_(tokens)
    state.previous_equal[:rows].copy_(state.num_equal[:rows])
    state.num_equal[:rows].mul_(chosen == tokens).add_(1)
    tokens.copy_(chosen)
    lengths.add_(state.is_active[:rows])
    state.positions[:rows].add_(state.is_active[:rows])
    return logits


def _logits(weights: StepWeights, cache: PagedCache, state: SlotState, ops: StepOps, rows: int) -> Tensor:
    rotation = weights.rotation(state.positions[:rows])
    lengths, tables = state.lengths[:rows] + 1, state.tables[:rows]
    hidden = F.embedding(state.tokens[:rows], weights.embedding)
    update: Tensor | None = None
    for number, layer in enumerate(weights.layers):
        normed, hidden = ops.add_norm(hidden, update, layer.attention_norm, weights.eps)
        attended = ops.attend(
            F.linear(normed, layer.qkv),
            layer.head_norms,
            rotation,
            (cache.keys[number], cache.values[number]),
            tables,
            lengths,
            weights.heads,
            weights.eps,
        )
        normed, hidden = ops.add_norm(hidden, F.linear(attended, layer.output), layer.mlp_norm, weights.eps)
        update = layer.mlp(normed, ops)
    normed, _ = ops.add_norm(hidden, update, weights.norm, weights.eps)
    return F.linear(normed, weights.lm_head).float()
