"""What the vision tower made of an image, kept: reading a page and asking about it look at the same pixels."""

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

MEMORY_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class NamedImage:
    """Which image, and how large the model sees it: what a prompt needs to know."""

    key: str
    grid: tuple[int, int]
    """Patches: rows and columns."""


@dataclass(frozen=True)
class VisionFeatures:
    """An image as the language model takes it in; `key` names its pixels and how many tokens they became."""

    key: str
    grid: tuple[int, int]
    """Patches: rows and columns, before they are merged into tokens."""
    tokens: Tensor
    """(tokens, width)."""
    deepstack: tuple[Tensor, ...]
    """DeepStack: for each of the first layers (tokens, width), added to it."""

    @property
    def num_tokens(self) -> int:
        return len(self.tokens)

    @property
    def num_bytes(self) -> int:
        return sum(each.numel() * each.element_size() for each in (self.tokens, *self.deepstack))

    def on(self, device: torch.device) -> "VisionFeatures":
        """Copies where needed, in the GPU's own time: it does not wait for them, whoever reads them on the CPU must."""
        moved = [each.to(device, non_blocking=True) for each in (self.tokens, *self.deepstack)]
        return VisionFeatures(self.key, self.grid, moved[0], tuple(moved[1:]))


def image_key(image: NDArray[np.uint8], min_tokens: int, max_tokens: int, scale: float = 1.0) -> str:
    digest = sha256(f"{image.shape} {min_tokens} {max_tokens} {scale}".encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


class VisionCache:
    """The last images seen, in CPU memory up to a budget, and in a folder up to another one where there is one."""

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, folder: Path | None = None, disk_bytes: int = 0) -> None:
        self._memory_bytes = memory_bytes
        self._folder = folder
        self._disk_bytes = disk_bytes
        self._entries: OrderedDict[str, VisionFeatures] = OrderedDict()
        self._lock = Lock()
        self._mover = ThreadPoolExecutor(1, "vision-cache")
        self.used_bytes = 0
        self.num_hits = 0
        self.num_misses = 0

    def get(self, key: str, device: torch.device) -> VisionFeatures | None:
        found = self._entries.get(key) or self._from_disk(key)
        if found is None:
            self.num_misses += 1
            return None
        self.num_hits += 1
        self._remember(found)
        return found.on(device)

    def put(self, features: VisionFeatures) -> None:
        self._remember(features)
        if features.tokens.device.type == "cuda":
            computed = torch.cuda.Event()  # type: ignore[no-untyped-call]
            computed.record()
            self._mover.submit(self._move, features, computed)
        elif self._folder is not None:
            self._to_disk(features)

    def _move(self, features: VisionFeatures, computed: torch.cuda.Event) -> None:
        """To CPU memory, beside what the GPU goes on with."""
        with torch.cuda.stream(torch.cuda.Stream(features.tokens.device)):  # type: ignore[no-untyped-call]
            computed.wait()
            moved = features.on(torch.device("cpu"))  # pageable memory: it is there when this returns
        with self._lock:
            if moved.key in self._entries:
                self._entries[moved.key] = moved
        if self._folder is not None:
            self._to_disk(moved)

    def _remember(self, features: VisionFeatures) -> None:
        with self._lock:
            if features.key in self._entries:
                self._entries.move_to_end(features.key)
                return
            self._entries[features.key] = features
            self.used_bytes += features.num_bytes
            while self.used_bytes > self._memory_bytes and self._entries:
                _, oldest = self._entries.popitem(last=False)
                self.used_bytes -= oldest.num_bytes

    def _from_disk(self, key: str) -> VisionFeatures | None:
        """A file that cannot be read is as good as none."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        path = self._folder / f"{key}.safetensors" if self._folder else None
        if path is None or not path.is_file():
            return None
        try:
            tensors = load_file(path)
        except (SafetensorError, OSError):
            path.unlink(missing_ok=True)
            return None
        path.touch()
        rows, columns = tensors["grid"].tolist()
        deepstack = tuple(tensors[f"stacked.{layer}"] for layer in range(len(tensors) - 2))
        return VisionFeatures(key, (rows, columns), tensors["tokens"], deepstack)

    def _to_disk(self, features: VisionFeatures) -> None:
        from safetensors.torch import save_file

        assert self._folder is not None
        self._folder.mkdir(parents=True, exist_ok=True)
        tensors = {"grid": torch.tensor(features.grid), "tokens": features.tokens.contiguous()}
        tensors |= {f"stacked.{layer}": each.contiguous() for layer, each in enumerate(features.deepstack)}
        part = self._folder / f"{features.key}.part"
        save_file(tensors, part)
        part.rename(self._folder / f"{features.key}.safetensors")
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        assert self._folder is not None
        files = sorted(self._folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime)
        used = sum(path.stat().st_size for path in files)
        for path in files:
            if used <= self._disk_bytes:
                return
            used -= path.stat().st_size
            path.unlink(missing_ok=True)
