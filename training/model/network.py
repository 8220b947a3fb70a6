"""The small Qwen3-VL and a training forward over its own weights that is fast for batches of equal shapes.

The modules and their names are transformers' own (`Qwen3VLForConditionalGeneration`), so what is trained is what is
saved; only the order of work differs: whole-batch attention instead of a loop over images, position ids computed once
for each shape, no mask (answers are padded on the right). `training.check` says how far it is from the stock forward.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import Qwen3VLForConditionalGeneration
from transformers.models.qwen3_vl.modeling_qwen3_vl import (
    Qwen3VLTextDecoderLayer,
    Qwen3VLVisionBlock,
    Qwen3VLVisionPatchMerger,
)

from training.model.geometry import CELL, MERGE, PATCH, ROPE_THETA, SMALL, Geometry, make_config
from training.text.charset import CHARACTERS

SLOTS_X, SLOTS_Y = 8, 2
"""Each visual token's 32×32 pixels are split 8 by 2: the dense head says which character
has its centre in each part."""

NUM_LETTERS = -(-(len(CHARACTERS) + 1) // 64) * 64
"""The dense head's classes: each character, and the last one for no character."""

ROWS = 16_384
"""Rows whose scores over all tokens are in memory at a time."""


def make_model(geometry: Geometry = SMALL) -> Qwen3VLForConditionalGeneration:
    """A freshly initialised model in float32."""
    return Qwen3VLForConditionalGeneration(make_config(geometry))


# --- blocks, as functions of tensors, so that one compiled function serves every layer


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., half:], x[..., :half]), dim=-1) * sin


def vision_block(x: Tensor, cos: Tensor, sin: Tensor, w: tuple[Tensor, ...], heads: int) -> Tensor:
    """One ViT layer; x (batch, patches, width), cos and sin (patches, head_dim)."""
    n1w, n1b, qkvw, qkvb, pw, pb, n2w, n2b, f1w, f1b, f2w, f2b = w
    batch, length, width = x.shape
    y = F.layer_norm(x, (width,), n1w, n1b, 1e-6)
    q, k, v = F.linear(y, qkvw, qkvb).view(batch, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4).unbind(0)
    y = F.scaled_dot_product_attention(_rotated(q, cos, sin), _rotated(k, cos, sin), v)
    x = x + F.linear(y.transpose(1, 2).reshape(batch, length, width), pw, pb)
    y = F.layer_norm(x, (width,), n2w, n2b, 1e-6)
    return x + F.linear(F.gelu(F.linear(y, f1w, f1b), approximate="tanh"), f2w, f2b)


def rms(x: Tensor, weight: Tensor) -> Tensor:
    """Root-mean-square norm, computed in float32."""
    y = x.float()
    return weight * (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-6)).to(x.dtype)


def text_attention_inputs(
    x: Tensor, cos: Tensor, sin: Tensor, w: tuple[Tensor, ...], heads: int, kv_heads: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys and values (batch, heads, length, head_dim), normed and rotated."""
    n1, qw, kw, vw, qn, kn = w[:6]
    batch, length, _ = x.shape
    y = rms(x, n1)
    q = rms(F.linear(y, qw).view(batch, length, heads, -1), qn).transpose(1, 2)
    k = rms(F.linear(y, kw).view(batch, length, kv_heads, -1), kn).transpose(1, 2)
    v = F.linear(y, vw).view(batch, length, kv_heads, -1).transpose(1, 2)
    return _rotated(q, cos, sin), _rotated(k, cos, sin), v


def text_feed_forward(x: Tensor, y: Tensor, w: tuple[Tensor, ...]) -> Tensor:
    """What follows attention: `y` is its output (batch, heads, length, head_dim)."""
    ow, n2, gw, uw, dw = w[6:]
    x = x + F.linear(y.transpose(1, 2).flatten(2), ow)
    y = rms(x, n2)
    return x + F.linear(F.silu(F.linear(y, gw)) * F.linear(y, uw), dw)


def text_block(x: Tensor, cos: Tensor, sin: Tensor, w: tuple[Tensor, ...], heads: int, kv_heads: int) -> Tensor:
    """One decoder layer, causal; x (batch, length, width)."""
    q, k, v = text_attention_inputs(x, cos, sin, w, heads, kv_heads)
    k, v = (t.repeat_interleave(heads // kv_heads, dim=1) for t in (k, v))
    return text_feed_forward(x, F.scaled_dot_product_attention(q, k, v, is_causal=True), w)


def vision_weights(block: Qwen3VLVisionBlock) -> tuple[Tensor, ...]:
    """A ViT layer's parameters in the order that `vision_block` takes them."""
    parts = (block.norm1, block.attn.qkv, block.attn.proj, block.norm2, block.mlp.linear_fc1, block.mlp.linear_fc2)
    return tuple(t for part in parts for t in (part.weight, part.bias))


def text_weights(layer: Qwen3VLTextDecoderLayer) -> tuple[Tensor, ...]:
    """A decoder layer's parameters in the order that `text_block` takes them."""
    a, m = layer.self_attn, layer.mlp
    parts = (layer.input_layernorm, a.q_proj, a.k_proj, a.v_proj, a.q_norm, a.k_norm, a.o_proj,
             layer.post_attention_layernorm, m.gate_proj, m.up_proj, m.down_proj)  # fmt: skip
    return tuple(part.weight for part in parts)


def merge(module: Qwen3VLVisionPatchMerger, x: Tensor, *, shuffle_first: bool) -> Tensor:
    """A patch merger: (batch, patches, width) → (batch, patches / 4, out); DeepStack's norms after the merge."""
    batch, length, width = x.shape
    wide = width * MERGE * MERGE
    y = x.view(batch, length // (MERGE * MERGE), wide) if shuffle_first else x
    y = F.layer_norm(y, (y.shape[-1],), module.norm.weight, module.norm.bias, 1e-6)
    y = y.reshape(batch, length // (MERGE * MERGE), wide)
    y = F.gelu(F.linear(y, module.linear_fc1.weight, module.linear_fc1.bias))
    return F.linear(y, module.linear_fc2.weight, module.linear_fc2.bias)


class _Lookup(torch.autograd.Function):
    """Rows of a table by token ids; the backward is one product, which unlike the stock one a CUDA graph
    may hold."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, ids: Tensor, table: Tensor) -> Tensor:
        ctx.save_for_backward(ids)
        ctx.num_rows = len(table)  # type: ignore[attr-defined]
        return F.embedding(ids, table)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, *gradients: Tensor) -> tuple[None, Tensor]:
        ids, width = ctx.saved_tensors[0].flatten(), gradients[0].shape[-1]  # type: ignore[attr-defined]
        total = gradients[0].new_zeros(ctx.num_rows, width, dtype=torch.float32)  # type: ignore[attr-defined]
        for part, gradient in zip(
            torch.split(ids, ROWS), torch.split(gradients[0].reshape(-1, width), ROWS), strict=True
        ):
            chosen = gradient.new_zeros(len(part), len(total)).scatter_(1, part[:, None], 1.0)
            total += chosen.T @ gradient
        return None, total.to(gradients[0].dtype)


def lookup(ids: Tensor, table: Tensor) -> Tensor:
    """Rows of `table` (tokens, width) for `ids` of any shape."""
    found: Tensor = _Lookup.apply(ids, table)  # type: ignore[no-untyped-call]
    return found


# --- positions, once for each shape


@dataclass(frozen=True)
class VisionPlan:
    """For one image size: rotary tables (patches, head_dim), resampling of the learned grid (patches, grid cells).

    The resampling is a dense matrix: its product's backward is a product too, not a slow scatter.
    """

    cos: Tensor
    sin: Tensor
    resample: Tensor


@cache
def vision_plan(height: int, width: int, head_dim: int, device: torch.device, dtype: torch.dtype) -> VisionPlan:
    """Patches in merge order: block row, block column, row in block, column in block."""
    rows, columns = height // PATCH, width // PATCH
    grid = torch.stack(torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij"), -1)
    order = grid.view(rows // 2, 2, columns // 2, 2, 2).permute(0, 2, 1, 3, 4).reshape(-1, 2)
    inverse = 1.0 / (10_000.0 ** (torch.arange(0, head_dim // 2, 2).float() / (head_dim // 2)))
    angles = (order[:, :, None].float() * inverse).flatten(1)
    angles = torch.cat((angles, angles), -1)
    resample = _grid_resampling(order, rows, columns)
    return VisionPlan(angles.cos().to(device, dtype), angles.sin().to(device, dtype), resample.to(device, dtype))


def _grid_resampling(order: Tensor, rows: int, columns: int, side: int = 48) -> Tensor:
    """Bilinear weights (patches, side²) of the learned side×side grid, its corners on the image's corners."""
    low, part = [], []
    for axis, count in ((0, rows), (1, columns)):
        place = torch.linspace(0, side - 1, count)[order[:, axis]]
        low.append(place.floor().long())
        part.append(place - place.floor())
    high = [(value + 1).clamp(max=side - 1) for value in low]
    taps = torch.stack([y * side + x for y in (low[0], high[0]) for x in (low[1], high[1])], -1)
    weights = torch.stack([wy * wx for wy in (1 - part[0], part[0]) for wx in (1 - part[1], part[1])], -1)
    return torch.zeros(len(order), side * side).scatter_add_(1, taps, weights)


@cache
def text_plan(
    before: int, rows: int, columns: int, after: int, head_dim: int, section: tuple[int, ...],
    device: torch.device, dtype: torch.dtype,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Rotary cos and sin (length, head_dim): `before` text tokens, rows × columns visual ones, `after` text tokens."""
    grid = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    visual = torch.stack((torch.zeros(rows * columns, dtype=torch.long), *(g.flatten() for g in grid))) + before
    first = before + max(rows, columns)
    position = torch.cat(
        (torch.arange(before).expand(3, -1), visual, torch.arange(first, first + after).expand(3, -1)), 1
    )
    return rotary_tables(position.to(device), head_dim, section, dtype)


def rotary_tables(
    position: Tensor, head_dim: int, section: tuple[int, ...], dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """Interleaved MRoPE: of every three frequencies the first turns with t, the second with h, the third with w."""
    inverse = 1.0 / (ROPE_THETA ** (torch.arange(0, head_dim, 2, device=position.device).float() / head_dim))
    angles = position[..., None].float() * inverse
    mixed = angles[0].clone()
    for axis in (1, 2):
        part = slice(axis, section[axis] * 3, 3)
        mixed[..., part] = angles[axis][..., part]
    mixed = torch.cat((mixed, mixed), -1)
    return mixed.cos().to(dtype), mixed.sin().to(dtype)


# --- the whole


class Heads(nn.Module):
    """Auxiliary heads, thrown away after training; they teach reading and places directly.

    `dense`: which character has its centre in each part of a visual token's square; `region`: the box of the block
    that covers the token's middle; `pointer`: from the decoder's middle layer, where the next character is.
    """

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.dense = nn.Linear(hidden, SLOTS_X * SLOTS_Y * 64)
        self.letter = nn.Linear(64, NUM_LETTERS)
        self.region = nn.Linear(hidden, 5)
        self.pointer = nn.Linear(hidden, 2)


@dataclass
class Read:
    """What the forward gives: visual features, the middle layer's and the last hidden states over the answer."""

    visual: Tensor
    middle: Tensor
    last: Tensor


class Reader(nn.Module):
    """The model with its fast forward and its auxiliary heads."""

    def __init__(self, geometry: Geometry = SMALL, *, compiled: bool = False) -> None:
        super().__init__()
        self.geometry = geometry
        self.model = make_model(geometry)
        self.heads = Heads(geometry.hidden)
        self.kept_in_cache: Callable[[Tensor], Tensor] = _as_it_is
        self.turned: Callable[[Tensor], Tensor] = _as_it_is
        self.stacked: Callable[[list[Tensor]], list[Tensor]] = list
        """What ablations replace: see `training.ablate`."""
        self.vision_block: Callable[..., Tensor] = _compiled(vision_block) if compiled else vision_block
        self.text_block: Callable[..., Tensor] = _compiled(text_block) if compiled else text_block

    @property
    def text_heads(self) -> tuple[int, int]:
        """The decoder's query heads and key-value heads."""
        return self.geometry.heads, self.geometry.kv_heads

    @property
    def head_dim(self) -> int:
        """Width of one decoder head."""
        return self.geometry.head_dim

    @property
    def section(self) -> tuple[int, int, int]:
        """MRoPE's sections."""
        return self.geometry.section

    @property
    def embedding(self) -> Tensor:
        """The tied token embedding (vocabulary, hidden)."""
        table: Tensor = self.model.model.language_model.embed_tokens.weight
        return table

    def see(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Images (batch, 3, height, width) in −1…1 → visual tokens (batch, tokens, hidden) and DeepStack's."""
        visual = self.model.model.visual
        batch, _, height, width = images.shape
        rows, columns = height // CELL, width // CELL
        weight = visual.patch_embed.proj.weight.sum(2).flatten(1)
        patches = images.view(batch, 3, rows, 2, PATCH, columns, 2, PATCH).permute(0, 2, 5, 3, 6, 1, 4, 7)
        x = F.linear(
            patches.reshape(batch, rows * columns * 4, 3 * PATCH * PATCH), weight, visual.patch_embed.proj.bias
        )
        plan = vision_plan(height, width, self.geometry.vit_head_dim, images.device, x.dtype)
        x = x + plan.resample @ visual.pos_embed.weight
        stacked = []
        for number, block in enumerate(visual.blocks):
            x = self.vision_block(x, plan.cos, plan.sin, vision_weights(block), self.geometry.vit_heads)
            if number in self.geometry.deepstack:
                module = visual.deepstack_merger_list[self.geometry.deepstack.index(number)]
                stacked.append(merge(module, x, shuffle_first=True))
        return merge(visual.merger, x, shuffle_first=False), self.stacked(stacked)

    def forward(self, images: Tensor, before: Tensor, after: Tensor) -> Read:
        """`before` (b,) and `after` (batch, a): token ids around the image; states are those of `after`."""
        language = self.model.model.language_model
        batch, _, height, width = images.shape
        visual, stacked = self.see(images)
        table = self.embedding
        x = torch.cat((lookup(before, table).expand(batch, -1, -1), visual, lookup(after, table)), 1)
        start, tail = len(before), after.shape[1]
        cos, sin = text_plan(start, height // CELL, width // CELL, tail, self.head_dim, self.section, x.device, x.dtype)
        middle = x
        for number, layer in enumerate(language.layers):
            x = self.text_block(x, cos, sin, text_weights(layer), *self.text_heads)
            if number < len(stacked):
                x = x + F.pad(stacked[number], (0, 0, start, tail))
            if number == len(language.layers) // 2:
                middle = x
        return Read(visual, middle[:, -tail:], rms(x[:, -tail:], language.norm.weight))


def _as_it_is(x: Tensor) -> Tensor:
    return x


def _compiled(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Compiled once for all batch sizes and lengths."""
    inner = torch.compile(function)

    def call(x: Tensor, cos: Tensor, sin: Tensor, *rest: object) -> Tensor:
        for tensor, axes in ((x, (0, 1)), (cos, (0,)), (sin, (0,))):
            for axis in axes:
                torch._dynamo.maybe_mark_dynamic(tensor, axis)
        return inner(x, cos, sin, *rest)

    return call


def whiten(grey: Tensor, tint: Tensor, dtype: torch.dtype) -> Tensor:
    """Grey bytes (batch, height, width) → (batch, 3, height, width) in about −1…1, each channel its own line.

    `tint` (batch, 3, 2): each channel's factor and offset, so that paper and ink get a colour at no cost to rendering.
    """
    x = grey.to(dtype)[:, None] / 127.5 - 1.0
    return x * tint[:, :, 0, None, None].to(dtype) + tint[:, :, 1, None, None].to(dtype)
