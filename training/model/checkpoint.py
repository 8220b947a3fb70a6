"""Weights to and from disk: bfloat16 shards of at most 15 MB, written whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.model.geometry import SMALL, Geometry
from training.model.network import Reader

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
    fill(reader, tensors(folder))
    if (folder / "heads.safetensors").exists():
        reader.heads.load_state_dict(load_file(folder / "heads.safetensors"))


def tensors(folder: Path) -> dict[str, Tensor]:
    """All tensors of the model in `folder`, by name."""
    return {
        name: value for path in sorted(folder.glob("model-*.safetensors")) for name, value in load_file(path).items()
    }


def fill(reader: Reader, state: dict[str, Tensor]) -> None:
    """Put a whole model's tensors into `reader`."""
    own = _own_parameters(reader)
    if state.keys() != own.keys():
        raise ValueError(f"these are another model's weights: {sorted(state.keys() ^ own.keys())[:4]}")
    with torch.no_grad():
        for name, value in own.items():
            value.copy_(state[name])


def geometry_of(folder: Path) -> Geometry:
    """The geometry of the weights in `folder`: today's, or what an exported folder's configuration says."""
    path = folder / "config.json"
    if not path.exists():
        return SMALL
    config = json.loads(path.read_text(encoding="utf-8"))
    layers = tuple(config["vision_config"]["deepstack_visual_indexes"])
    return replace(SMALL, deepstack=layers, num_tokens=config["text_config"]["vocab_size"])


def _own_parameters(reader: Reader) -> dict[str, Tensor]:
    """Parameters by transformers' names; the tied output matrix is there once, as the embedding."""
    return dict(reader.model.named_parameters())


def _write(tensors: dict[str, Tensor], path: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        draft = Path(scratch) / "draft"
        save_file(tensors, draft)
        shutil.move(draft, path)
