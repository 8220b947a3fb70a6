"""Keys and values of all slots, in blocks of tokens: a slot takes another block when it has filled its last."""

import torch
from torch import Tensor

from docintel.runtime.model.weights import LoadedModel

BLOCK = 64
"""Tokens a block."""
UNUSED = 0
"""The block that idle slots write to; it belongs to nobody."""


LEFT_FREE = 2 * 1024**3
"""Bytes of a GPU that stay free for the vision tower and for taking prompts in."""


def num_blocks_for(num_tokens: int) -> int:
    return -(-num_tokens // BLOCK)


def fitting_tokens(loaded: LoadedModel, *, context: int) -> int | None:
    """Tokens that the GPU has room for; None where that is not known. A prompt is taken in beside the blocks, and
    moves into them afterwards."""
    if loaded.device.type != "cuda":
        return None
    config = loaded.model.config.text_config
    per_token = 2 * config.num_hidden_layers * config.num_key_value_heads * config.head_dim * loaded.dtype.itemsize
    torch.cuda.empty_cache()
    free = torch.cuda.mem_get_info(loaded.device)[0] - LEFT_FREE
    return max(int(free // per_token) - context, 0)


class PagedCache:
    """`keys[layer]` and `values[layer]`: (blocks, heads, BLOCK, head_dim)."""

    def __init__(self, loaded: LoadedModel, *, num_tokens: int) -> None:
        config = loaded.model.config.text_config
        shape = (num_blocks_for(num_tokens) + 1, config.num_key_value_heads, BLOCK, config.head_dim)

        def zeros() -> list[Tensor]:
            layers = range(config.num_hidden_layers)
            return [torch.zeros(shape, dtype=loaded.dtype, device=loaded.device) for _ in layers]

        self.keys, self.values = zeros(), zeros()
        self._free = list(range(shape[0] - 1, UNUSED, -1))
        self.num_blocks = len(self._free)

    @property
    def num_free(self) -> int:
        return len(self._free)

    def allocate(self, count: int) -> list[int]:
        """At most `num_free`."""
        if count > len(self._free):
            raise ValueError(f"{count} blocks of {len(self._free)}")
        return [self._free.pop() for _ in range(count)]

    def release(self, blocks: list[int]) -> None:
        self._free += reversed(blocks)

    def write(self, layer: int, blocks: Tensor, keys: Tensor, values: Tensor) -> None:
        """Of one prompt (heads, tokens, head_dim), from its first token on."""
        for target, source in ((self.keys[layer], keys), (self.values[layer], values)):
            heads, length, head_dim = source.shape
            padded = torch.nn.functional.pad(source, (0, 0, 0, len(blocks) * BLOCK - length))
            target[blocks] = padded.view(heads, len(blocks), BLOCK, head_dim).transpose(0, 1)
