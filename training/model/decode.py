"""Greedy answers for a batch of images of one size, with a cache of keys and values of fixed length."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from training.model.geometry import CELL
from training.model.network import (
    Reader,
    rms,
    rotary_tables,
    text_attention_inputs,
    text_feed_forward,
    text_plan,
    text_weights,
)
from training.writing.vocabulary import PAGE_PROMPT, REGION_PROMPT, ids, prompt_ids


def split_prompt(height: int, width: int, *, is_page: bool) -> tuple[list[int], list[int]]:
    """Token ids before and after the visual tokens."""
    count = (height // CELL) * (width // CELL)
    prompt = prompt_ids(PAGE_PROMPT if is_page else REGION_PROMPT, count)
    start = prompt.index(ids()["<|image_pad|>"])
    return prompt[:start], prompt[start + count :]


class Cache:
    """Keys and values of every layer: (batch, kv_heads, room, head_dim); `used` positions are filled.

    `kept` says what a cache of lower precision would give back; as it is, values are kept as they are.
    """

    def __init__(self, reader: Reader, batch: int, room: int, like: Tensor) -> None:
        self.kept = reader.kept_in_cache
        layers = len(reader.model.model.language_model.layers)
        shape = (layers, batch, reader.text_heads[1], room, reader.head_dim)
        self.keys = torch.zeros(shape, device=like.device, dtype=like.dtype)
        self.values = torch.zeros(shape, device=like.device, dtype=like.dtype)
        self.used = 0


def _run(
    reader: Reader, cache: Cache, x: Tensor, cos: Tensor, sin: Tensor, stacked: list[Tensor], start: int
) -> Tensor:
    """Push x (batch, length, width) through the decoder, filling the cache; returns the last position's state."""
    language = reader.model.model.language_model
    heads, kv_heads = reader.text_heads
    length, begin = x.shape[1], cache.used
    for number, layer in enumerate(language.layers):
        weights = text_weights(layer)
        q, k, v = text_attention_inputs(x, cos, sin, weights, heads, kv_heads)
        cache.keys[number, :, :, begin : begin + length] = cache.kept(k)
        cache.values[number, :, :, begin : begin + length] = cache.kept(v)
        keys = cache.keys[number, :, :, : begin + length].repeat_interleave(heads // kv_heads, 1)
        values = cache.values[number, :, :, : begin + length].repeat_interleave(heads // kv_heads, 1)
        y = F.scaled_dot_product_attention(q, keys, values, is_causal=length > 1)
        x = text_feed_forward(x, y, weights)
        if number < len(stacked):
            x = x + F.pad(stacked[number], (0, 0, start, length - start - stacked[number].shape[1]))
    cache.used += length
    return rms(x[:, -1], language.norm.weight)


class _Steps:
    """One decoding step over buffers of fixed shape, captured as a CUDA graph where there is one."""

    def __init__(self, reader: Reader, cache: Cache, token: Tensor, first: int, limit: int) -> None:
        self.reader, self.cache, self.token = reader, cache, token
        device, room = token.device, cache.keys.shape[3]
        positions = torch.arange(first, first + limit, device=device).expand(3, -1)
        dtype = cache.keys.dtype
        tables = rotary_tables(positions, reader.head_dim, reader.section, dtype)
        self.cos, self.sin = (reader.turned(table) for table in tables)
        self.number = torch.zeros(1, dtype=torch.long, device=device)
        self.start = cache.used
        self.found = torch.zeros(len(token), limit, dtype=torch.long, device=device)
        self.end = ids()["<|im_end|>"]
        self.done = torch.zeros(len(token), dtype=torch.bool, device=device)
        self.places = torch.arange(room, device=device)
        self.graph: torch.cuda.CUDAGraph | None = None

    def run(self) -> None:
        """Take in `token`, write it down, and put the next one in its place."""
        if not self.token.is_cuda:
            self._step()
        elif self.graph is None:
            self._step()
            torch.cuda.synchronize()
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph, capture_error_mode="thread_local"):
                self._step()
        else:
            self.graph.replay()

    def _step(self) -> None:
        language, table = self.reader.model.model.language_model, self.reader.embedding
        heads, kv_heads = self.reader.text_heads
        self.token.copy_(torch.where(self.done, self.end, self.token))
        self.found.index_copy_(1, self.number, self.token[:, None])
        self.done |= self.token == self.end
        x = table[self.token][:, None]
        cos, sin = self.cos.index_select(0, self.number), self.sin.index_select(0, self.number)
        position = self.number + self.start
        visible = (self.places <= position)[None, None, None]
        for number, layer in enumerate(language.layers):
            weights = text_weights(layer)
            q, k, v = text_attention_inputs(x, cos, sin, weights, heads, kv_heads)
            keys, values = self.cache.keys[number], self.cache.values[number]
            keys.index_copy_(2, position, self.cache.kept(k))
            values.index_copy_(2, position, self.cache.kept(v))
            grouped = q.reshape(len(q), kv_heads, heads // kv_heads, -1)
            scores = (grouped @ keys.mT) * q.shape[-1] ** -0.5
            y = scores.masked_fill(~visible, -torch.inf).softmax(-1) @ values
            x = text_feed_forward(x, y.reshape(len(q), heads, 1, -1), weights)
        state = rms(x[:, -1], language.norm.weight)
        self.token.copy_((state @ table.T).argmax(-1))
        self.number += 1


@torch.no_grad()
def greedy(reader: Reader, images: Tensor, *, is_page: bool, limit: int) -> list[list[int]]:
    """Token ids of each answer without the end token; one that reaches `limit` has exactly `limit` ids."""
    batch, _, height, width = images.shape
    before, after = split_prompt(height, width, is_page=is_page)
    rows, columns = height // CELL, width // CELL
    visual, stacked = reader.see(images)
    table, device = reader.embedding, images.device
    x = torch.cat((table[torch.tensor(before, device=device)].expand(batch, -1, -1), visual,
                   table[torch.tensor(after, device=device)].expand(batch, -1, -1)), 1)  # fmt: skip
    cache = Cache(reader, batch, x.shape[1] + limit, x)
    cos, sin = text_plan(len(before), rows, columns, len(after), reader.head_dim, reader.section, device, x.dtype)
    cos, sin = reader.turned(cos), reader.turned(sin)
    token = (_run(reader, cache, x, cos, sin, stacked, len(before)) @ table.T).argmax(-1)
    steps = _Steps(reader, cache, token, len(before) + max(rows, columns) + len(after), limit)
    for number in range(limit):
        steps.run()
        if number % 32 == 31 and bool(steps.done.all()):
            break
    end, answers = steps.end, steps.found[:, : int(steps.number)].tolist()
    return [answer[: answer.index(end)] if end in answer else answer for answer in answers]
