"""How well a candidate answers a question, read token by token: a small transformer over both, one after the other.

A cross-encoder (Nogueira and Cho 2019, arXiv:1901.04085), but over the tokens of the multilingual embedder, which stays
as it is: so that a megabyte of weights suffices. Each token also knows how similar the most similar token of the other
text is, and whether the same one stands there. It learned from public questions about encyclopedias, and from the pages
in `training/answering`; `training/answering/network.py` is the same network in torch.
"""

from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from docintel.embedding import TokenEmbedder

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

WEIGHTS = Path(__file__).with_name("reader.npz")
MAX_QUESTION, MAX_LABEL, MAX_VALUE = 30, 18, 36
"""Tokens, without the two ends of each text."""
QUESTION, LABEL, VALUE = 0, 1, 2
HEADS = 4
TOGETHER = 32
"""Candidates that are read side by side, of about the same length."""
MAX_REMEMBERED = 2_048
"""Texts whose tokens are kept: about 16 MB."""
_FAR = np.float32(-1e9)


class Read(NamedTuple):
    """Tokens: `ids` (n,), `states` (n, size), `segments` (n,): `QUESTION`, `LABEL` or `VALUE`."""

    ids: Ids
    states: Floats
    segments: Ids


class TokenReader:
    """The network's weights, as `training/answering` wrote them. Safe to share between threads."""

    def __init__(self, path: Path = WEIGHTS) -> None:
        with np.load(path) as arrays:
            self._of = {name: arrays[name].astype(np.float32) for name in arrays.files}
        self._num_layers = sum(name.endswith("in_proj_weight") for name in self._of)
        self._known: OrderedDict[tuple[str, int], tuple[Ids, NDArray[np.float16]]] = OrderedDict()
        self._lock = Lock()

    def scores(
        self, question: str, candidates: Sequence[tuple[str, str]], cosines: Floats, embedder: TokenEmbedder
    ) -> Floats:
        """(candidates,) of labels and values, one of which may be empty; `cosines` (candidates,) of whole texts with
        the question. Above 0: rather an answer than none."""
        asked = self._read([question], embedder, QUESTION, MAX_QUESTION)[question]
        labels = self._read([label for label, _ in candidates if label], embedder, LABEL, MAX_LABEL)
        values = self._read([value for _, value in candidates if value], embedder, VALUE, MAX_VALUE)
        read = [
            _joined([part for part in (labels.get(label), values.get(value)) if part]) for label, value in candidates
        ]
        order = sorted(range(len(read)), key=lambda number: len(read[number].ids))
        scores = np.zeros(len(read), dtype=np.float32)
        for start in range(0, len(order), TOGETHER):
            batch = order[start : start + TOGETHER]
            scores[batch] = self._scores(asked, [read[number] for number in batch], cosines[batch])
        return scores

    def _read(self, texts: Sequence[str], embedder: TokenEmbedder, segment: int, most: int) -> dict[str, Read]:
        with self._lock:
            known = {text: self._known[text, most] for text in texts if (text, most) in self._known}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        for text, (ids, states) in zip(new, embedder.tokens(new, most=most), strict=True):
            known[text] = ids, ((states - self._of["mean"]) @ self._of["directions"]).astype(np.float16)
        with self._lock:
            self._known.update({(text, most): known[text] for text in new})
            while len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
        return {
            text: Read(ids, states.astype(np.float32), np.full(len(ids), segment))
            for text, (ids, states) in known.items()
        }

    def _scores(self, asked: Read, candidates: Sequence[Read], cosines: Floats) -> Floats:
        of = self._of
        ids, states, segments, present = _filled_up(candidates)
        similar = _unit(asked.states) @ np.swapaxes(
            _unit(states), 1, 2
        )  # (candidates, of the question, of the candidate)
        similar = np.where(present[:, None], similar, np.float32(-1))
        same = (asked.ids[:, None] == ids[:, None, :]) & present[:, None]
        whole = cosines[:, None]
        question = self._tokens(
            np.broadcast_to(asked.states, (len(ids), *asked.states.shape)),
            asked.segments,
            np.stack(np.broadcast_arrays(similar.max(axis=2), same.any(axis=2), np.float32(0), whole), axis=-1),
        )
        candidate = self._tokens(
            states,
            segments,
            np.stack(np.broadcast_arrays(similar.max(axis=1), same.any(axis=1), np.float32(1), whole), axis=-1),
        )
        first = np.broadcast_to(of["cls"], (len(ids), 1, len(of["cls"])))
        hidden = np.concatenate([first, question, candidate], axis=1)
        there = np.concatenate([np.ones((len(ids), 1 + len(asked.ids)), dtype=bool), present], axis=1)
        for number in range(self._num_layers):
            hidden = self._layer(hidden, there, f"layers.{number}.", only_first=number + 1 == self._num_layers)
        matched = similar.max(axis=2).clip(0).mean(axis=1)
        score = self._normed(hidden[:, 0], "ln.") @ of["out.weight"].T + of["out.bias"]
        direct = np.stack([cosines, matched], axis=1) @ of["cosw.weight"].T + of["cosw.bias"]
        return np.asarray((score + 8 * direct)[:, 0])

    def _tokens(self, states: Floats, segments: Ids, matches: Floats) -> Floats:
        of = self._of
        known = states @ of["inp.weight"].T + of["inp.bias"] + matches.astype(np.float32) @ of["ex.weight"].T
        return np.asarray(known + of["ex.bias"] + of["seg"][segments] + of["pos"][: states.shape[1]])

    def _layer(self, hidden: Floats, there: NDArray[np.bool_], name: str, *, only_first: bool) -> Floats:
        """Attention and two dense layers, each over normalised input; of the last layer the first place alone."""
        of = self._of
        normed = self._normed(hidden, f"{name}norm1.")
        mixed = normed @ of[f"{name}self_attn.in_proj_weight"].T + of[f"{name}self_attn.in_proj_bias"]
        queries, keys, values = (self._heads(part) for part in np.split(mixed, 3, axis=-1))
        if only_first:
            hidden, queries = hidden[:, :1], queries[:, :, :1]
        weights = queries @ np.swapaxes(keys, 2, 3) / np.float32(np.sqrt(queries.shape[-1]))
        weights = _softmax(np.where(there[:, None, None], weights, _FAR))
        seen = np.swapaxes(weights @ values, 1, 2).reshape(hidden.shape)
        hidden = hidden + seen @ of[f"{name}self_attn.out_proj.weight"].T + of[f"{name}self_attn.out_proj.bias"]
        inner = self._normed(hidden, f"{name}norm2.") @ of[f"{name}linear1.weight"].T + of[f"{name}linear1.bias"]
        return np.asarray(hidden + np.maximum(inner, 0) @ of[f"{name}linear2.weight"].T + of[f"{name}linear2.bias"])

    def _heads(self, x: Floats) -> Floats:
        """(candidates, tokens, size) → (candidates, heads, tokens, size of a head)"""
        return np.swapaxes(x.reshape(*x.shape[:2], HEADS, -1), 1, 2)

    def _normed(self, x: Floats, name: str) -> Floats:
        mean, variance = x.mean(axis=-1, keepdims=True), x.var(axis=-1, keepdims=True)
        normed = (x - mean) / np.sqrt(variance + np.float32(1e-5))
        return np.asarray(normed * self._of[f"{name}weight"] + self._of[f"{name}bias"])


def _joined(parts: Sequence[Read]) -> Read:
    ids, states, segments = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Read(ids, states, segments)


def _filled_up(read: Sequence[Read]) -> tuple[Ids, Floats, Ids, NDArray[np.bool_]]:
    """Side by side: ids, states, segments, and what is there at all."""
    longest = max(len(each.ids) for each in read)
    shape = (len(read), longest)
    ids, segments, present = np.zeros(shape, np.int64), np.full(shape, LABEL), np.zeros(shape, bool)
    states = np.zeros((*shape, read[0].states.shape[1]), np.float32)
    for row, each in enumerate(read):
        count = len(each.ids)
        ids[row, :count], segments[row, :count], present[row, :count] = each.ids, each.segments, True
        states[row, :count] = each.states
    return ids, states, segments, present


def _unit(x: Floats) -> Floats:
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12))


def _softmax(x: Floats) -> Floats:
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@cache
def learned_reader() -> TokenReader:
    """The one that comes with docintel."""
    return TokenReader()
