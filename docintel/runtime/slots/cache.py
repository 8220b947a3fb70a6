"""Keys and values of all slots, in blocks of tokens: a slot takes another block when it has filled its last.

Blocks of a prompt have names that follow from what they hold (docintel.runtime.slots.prefixes), and stay after their
slot was left until the room is needed: prompts that begin alike share the blocks of that beginning.
"""

from collections import Counter, OrderedDict
from collections.abc import Sequence

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
        self._holders: Counter[int] = Counter()
        self._named: dict[bytes, int] = {}
        self._left: OrderedDict[int, bytes] = OrderedDict()
        """Blocks with a name that nobody holds, the least useful first."""
        self._names: dict[int, bytes] = {}

    @property
    def num_free(self) -> int:
        """That nobody holds."""
        return len(self._free) + len(self._left)

    def allocate(self, count: int) -> list[int]:
        """At most `num_free`."""
        if count > self.num_free:
            raise ValueError(f"{count} blocks of {self.num_free}")
        blocks = [self._free.pop() if self._free else self._forget_oldest() for _ in range(count)]
        self._holders.update(blocks)
        return blocks

    def hold(self, names: Sequence[bytes]) -> list[int]:
        """The blocks of a beginning, as many as are there, held once more."""
        blocks = []
        for name in names:
            if (block := self._named.get(name)) is None:
                break
            blocks.append(block)
            self._left.pop(block, None)
        self._holders.update(blocks)
        return blocks

    def name(self, blocks: Sequence[int], names: Sequence[bytes]) -> None:
        """What these blocks hold, now that it is written."""
        for block, name in zip(blocks, names, strict=True):
            if name not in self._named:
                self._named[name], self._names[block] = block, name

    def release(self, blocks: Sequence[int]) -> None:
        for block in reversed(blocks):  # an end is of no use without its beginning, so it goes first
            self._holders[block] -= 1
            if not self._holders[block]:
                if block in self._names:
                    self._left[block] = self._names[block]
                else:
                    self._free.append(block)

    def _forget_oldest(self) -> int:
        block, name = self._left.popitem(last=False)
        del self._named[name], self._names[block]
        return block

    def read(self, layer: int, blocks: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values (rows, heads, tokens, head_dim) of full blocks (rows, blocks)."""
        keys, values = (each[layer][blocks].transpose(1, 2).flatten(2, 3) for each in (self.keys, self.values))
        return keys, values

    def write(self, layer: int, blocks: Tensor, keys: Tensor, values: Tensor) -> None:
        """Of prompts (rows, heads, tokens, head_dim), into blocks (rows, blocks), from their first token on."""
        for target, source in ((self.keys[layer], keys), (self.values[layer], values)):
            rows, heads, length, head_dim = source.shape
            padded = torch.nn.functional.pad(source, (0, 0, 0, blocks.shape[1] * BLOCK - length))
            target[blocks] = padded.view(rows, heads, blocks.shape[1], BLOCK, head_dim).transpose(1, 2)
