"""The operations of a decode step (docintel.runtime.slots.ops) in Triton.

Attention reads only what each slot holds: a slot's blocks are divided among a few programs a head (flash-decoding, Dao
et al. 2023), whose parts are weighed together. Queries that share keys are computed together, so keys are read once.
"""
# mypy: disable-error-code="no-untyped-def,untyped-decorator,import-not-found,import-untyped"

import torch
import triton
import triton.language as tl
from torch import Tensor

from docintel.runtime.slots.cache import BLOCK
from docintel.runtime.slots.ops import Heads, Rotation

MIN_DOT_ROWS = 16
"""The least number of rows that matrix units take."""
MAX_SPLITS, MIN_SPLITS, PROGRAMS = 32, 2, 512
"""Programs that share a head of a slot, and about how many there are in all."""
GATE_WIDTH = 1_024


class TritonOps:
    """On a GPU; nothing here waits for it."""

    def add_norm(self, hidden: Tensor, update: Tensor | None, weight: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        rows, width = hidden.shape
        normed = torch.empty_like(hidden)
        total = hidden if update is None else torch.empty_like(hidden)
        _add_norm[(rows,)](
            hidden, hidden if update is None else update, weight, normed, total, eps, width,
            PADDED=triton.next_power_of_2(width), ADDS=update is not None, num_warps=8,
        )  # fmt: skip
        return normed, total

    def attend(
        self,
        qkv: Tensor,
        norms: tuple[Tensor, Tensor],
        rotation: Rotation,
        cache: tuple[Tensor, Tensor],
        tables: Tensor,
        lengths: Tensor,
        heads: Heads,
        eps: float,
    ) -> Tensor:
        rows, dim = len(qkv), heads.dim
        queries = torch.empty((rows, heads.queries, dim), dtype=qkv.dtype, device=qkv.device)
        _norm_rotate_store[(rows, heads.queries + 2 * heads.keys)](
            qkv, *norms, *rotation, queries, *cache, tables, lengths, eps, tables.stride(0),
            QUERIES=heads.queries, KEYS=heads.keys, DIM=dim, BLOCK=BLOCK, num_warps=1,
        )  # fmt: skip
        splits = num_splits(rows * heads.keys)
        parts = torch.empty((rows, heads.queries, splits, dim), dtype=torch.float32, device=qkv.device)
        weights = torch.empty((rows, heads.queries, splits), dtype=torch.float32, device=qkv.device)
        group = heads.queries // heads.keys
        padded = max(triton.next_power_of_2(group), MIN_DOT_ROWS)
        _attend_split[(rows, heads.keys, splits)](
            queries, *cache, tables, lengths, parts, weights, dim**-0.5, tables.stride(0),
            QUERIES=heads.queries, KEYS=heads.keys, GROUP=group, PADDED=padded,
            DIM=dim, BLOCK=BLOCK, SPLITS=splits, num_warps=4,
        )  # fmt: skip
        attended = torch.empty((rows, heads.queries * dim), dtype=qkv.dtype, device=qkv.device)
        _combine[(rows, heads.queries)](
            parts, weights, attended, QUERIES=heads.queries, DIM=dim, SPLITS=splits, num_warps=1
        )
        return attended

    def gate(self, gate_up: Tensor) -> Tensor:
        rows, width = len(gate_up), gate_up.shape[1] // 2
        gated = torch.empty((rows, width), dtype=gate_up.dtype, device=gate_up.device)
        _gate[(rows, triton.cdiv(width, GATE_WIDTH))](gate_up, gated, width, WIDTH=GATE_WIDTH)
        return gated


def num_splits(num_heads: int) -> int:
    """Programs for each of so many heads of slots: enough to fill a GPU, a power of two."""
    most: int = triton.next_power_of_2(PROGRAMS // num_heads + 1) // 2
    return max(MIN_SPLITS, min(MAX_SPLITS, most))


@triton.jit
def _add_norm(
    hidden, update, weight, normed, total, eps, width, PADDED: tl.constexpr, ADDS: tl.constexpr
):  # fmt: skip
    row = tl.program_id(0).to(tl.int64)
    at = tl.arange(0, PADDED)
    inside = at < width
    x = tl.load(hidden + row * width + at, mask=inside, other=0.0)
    if ADDS:
        x = (x.to(tl.float32) + tl.load(update + row * width + at, mask=inside, other=0.0).to(tl.float32)).to(x.dtype)
        tl.store(total + row * width + at, x, mask=inside)
    wide = x.to(tl.float32)
    scaled = (wide * tl.rsqrt(tl.sum(wide * wide) / width + eps)).to(x.dtype)
    weights = tl.load(weight + at, mask=inside, other=0.0)
    tl.store(normed + row * width + at, (scaled.to(tl.float32) * weights.to(tl.float32)).to(x.dtype), mask=inside)


@triton.jit
def _norm_rotate_store(
    qkv, query_norm, key_norm, cos, sin, queries, keys, values, tables, lengths, eps, table_stride,
    QUERIES: tl.constexpr, KEYS: tl.constexpr, DIM: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """One program a head of a row: queries first, then keys, then values."""
    row, head = tl.program_id(0).to(tl.int64), tl.program_id(1)
    at = tl.arange(0, DIM)
    source = qkv + (row * (QUERIES + 2 * KEYS) + head) * DIM
    place = tl.load(lengths + row) - 1
    block = tl.load(tables + row * table_stride + place // BLOCK).to(tl.int64)
    x = tl.load(source + at)
    if head >= QUERIES + KEYS:
        tl.store(values + ((block * KEYS + head - QUERIES - KEYS) * BLOCK + place % BLOCK) * DIM + at, x)
    else:
        opposite = (at + DIM // 2) % DIM
        other = tl.load(source + opposite)
        wide = x.to(tl.float32)
        scale = tl.rsqrt(tl.sum(wide * wide) / DIM + eps)
        norm = query_norm if head < QUERIES else key_norm
        here = _scaled(x, scale, tl.load(norm + at))
        there = _scaled(other, scale, tl.load(norm + opposite))
        turned = tl.where(at < DIM // 2, -there, there)
        c = tl.load(cos + row * DIM + at).to(tl.float32)
        s = tl.load(sin + row * DIM + at).to(tl.float32)
        # each product is rounded, as two operations of torch would
        result = (here * c).to(x.dtype).to(tl.float32) + (turned * s).to(x.dtype).to(tl.float32)
        if head < QUERIES:
            tl.store(queries + (row * QUERIES + head) * DIM + at, result.to(x.dtype))
        else:
            target = keys + ((block * KEYS + head - QUERIES) * BLOCK + place % BLOCK) * DIM
            tl.store(target + at, result.to(x.dtype))


@triton.jit
def _scaled(x, scale, weight):
    normed = (x.to(tl.float32) * scale).to(x.dtype).to(tl.float32)
    return (normed * weight.to(tl.float32)).to(x.dtype).to(tl.float32)


@triton.jit
def _attend_split(
    queries, keys, values, tables, lengths, parts, weights, scale, table_stride,
    QUERIES: tl.constexpr, KEYS: tl.constexpr, GROUP: tl.constexpr, PADDED: tl.constexpr,
    DIM: tl.constexpr, BLOCK: tl.constexpr, SPLITS: tl.constexpr,
):  # fmt: skip
    row, head, split = tl.program_id(0).to(tl.int64), tl.program_id(1), tl.program_id(2)
    length = tl.load(lengths + row)
    num_blocks = tl.cdiv(length, BLOCK)
    share = tl.cdiv(num_blocks, SPLITS)
    begin = split * share
    end = tl.minimum(begin + share, num_blocks)
    member, at, token = tl.arange(0, PADDED), tl.arange(0, DIM), tl.arange(0, BLOCK)
    of_query = row * QUERIES + head * GROUP + member
    q = tl.load(queries + of_query[:, None] * DIM + at[None, :], mask=member[:, None] < GROUP, other=0.0)
    highest = tl.full((PADDED,), float("-inf"), tl.float32)
    total = tl.zeros((PADDED,), tl.float32)
    found = tl.zeros((PADDED, DIM), tl.float32)
    for number in range(begin, end):
        block = tl.load(tables + row * table_stride + number).to(tl.int64)
        base = (block * KEYS + head) * BLOCK * DIM + token[:, None] * DIM + at[None, :]
        is_held = number * BLOCK + token < length
        k = tl.load(keys + base, mask=is_held[:, None], other=0.0)
        score = tl.dot(q, tl.trans(k), input_precision="ieee") * scale
        score = tl.where(is_held[None, :], score, float("-inf"))
        now = tl.maximum(highest, tl.max(score, 1))
        shrink = tl.exp(highest - now)
        p = tl.exp(score - now[:, None])
        total = total * shrink + tl.sum(p, 1)
        v = tl.load(values + base, mask=is_held[:, None], other=0.0)
        found = found * shrink[:, None] + tl.dot(p.to(v.dtype), v, input_precision="ieee")
        highest = now
    is_empty = total == 0.0
    part = found / tl.where(is_empty, 1.0, total)[:, None]
    weight = tl.where(is_empty, float("-inf"), highest + tl.log(tl.where(is_empty, 1.0, total)))
    target = of_query * SPLITS + split
    tl.store(parts + target[:, None] * DIM + at[None, :], part, mask=member[:, None] < GROUP)
    tl.store(weights + target, weight, mask=member < GROUP)


@triton.jit
def _combine(parts, weights, attended, QUERIES: tl.constexpr, DIM: tl.constexpr, SPLITS: tl.constexpr):
    head = tl.program_id(0).to(tl.int64) * QUERIES + tl.program_id(1)
    split, at = tl.arange(0, SPLITS), tl.arange(0, DIM)
    weight = tl.load(weights + head * SPLITS + split)
    share = tl.exp(weight - tl.max(weight, 0))
    part = tl.load(parts + (head * SPLITS + split)[:, None] * DIM + at[None, :])
    result = tl.sum(part * share[:, None], 0) / tl.sum(share, 0)
    tl.store(attended + head * DIM + at, result.to(attended.dtype.element_ty))


@triton.jit
def _gate(gate_up, gated, width, WIDTH: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    at = tl.program_id(1) * WIDTH + tl.arange(0, WIDTH)
    inside = at < width
    gate = tl.load(gate_up + row * 2 * width + at, mask=inside, other=0.0)
    up = tl.load(gate_up + row * 2 * width + width + at, mask=inside, other=0.0)
    wide = gate.to(tl.float32)
    silu = (wide / (1.0 + tl.exp(-wide))).to(gate.dtype)
    tl.store(gated + row * width + at, (silu.to(tl.float32) * up.to(tl.float32)).to(gate.dtype), mask=inside)
