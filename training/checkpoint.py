"""Weights to and from disk: bfloat16 shards of at most 15 MB, written whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.network import Reader

SHARD_BYTES = 15_000_000


def save(reader: Reader, folder: Path) -> None:
    """Write `model-N.safetensors` and `heads.safetensors` (the auxiliary heads, needed only to train on)."""
    folder.mkdir(parents=True, exist_ok=True)
    shards: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, value in _own_parameters(reader).items():
        half = value.detach().to(torch.bfloat16).cpu().contiguous()
        if size + half.nbytes > SHARD_BYTES and shards[-1]:
            shards.append({})
            size = 0
        shards[-1][name] = half
        size += half.nbytes
    for number, shard in enumerate(shards, 1):
        _write(shard, folder / f"model-{number}.safetensors")
    heads = {
        name: value.detach().to(torch.bfloat16).cpu().contiguous() for name, value in reader.heads.state_dict().items()
    }
    _write(heads, folder / "heads.safetensors")


def load(reader: Reader, folder: Path) -> None:
    """Read what `save` wrote into `reader`, in its own precision."""
    state: dict[str, Tensor] = {}
    for path in sorted(folder.glob("model-*.safetensors")):
        state |= load_file(path)
    own = _own_parameters(reader)
    if state.keys() != own.keys():
        raise ValueError(f"{folder} holds another model: {sorted(state.keys() ^ own.keys())[:4]}")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(state[name])
    if (folder / "heads.safetensors").exists():
        reader.heads.load_state_dict(load_file(folder / "heads.safetensors"))


def _own_parameters(reader: Reader) -> dict[str, Tensor]:
    """Parameters by transformers' names; the tied output matrix is there once, as the embedding."""
    return dict(reader.model.named_parameters())


def _write(tensors: dict[str, Tensor], path: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        draft = Path(scratch) / "draft"
        save_file(tensors, draft)
        shutil.move(draft, path)
