"""What the blocks of a prompt hold, told by its content: prompts that begin alike have the same names."""

from collections.abc import Sequence
from hashlib import sha256

from torch import Tensor

from docintel.runtime.slots.cache import BLOCK


def block_names(ids: Tensor, image_keys: Sequence[str], *, image_id: int) -> list[bytes]:
    """A name for each full block of a prompt's tokens `ids` (length,), of all that stands up to the block's end.

    An image's tokens are all alike: `image_keys` says, in order, of what image each run of them is, and how large.
    """
    digest = sha256()
    images = iter(image_keys)
    listed = ids.tolist()
    names = []
    for begin in range(0, len(listed) - BLOCK + 1, BLOCK):
        for at in range(begin, begin + BLOCK):
            if listed[at] == image_id and (at == 0 or listed[at - 1] != image_id):
                digest.update(next(images).encode())
        digest.update(ids[begin : begin + BLOCK].numpy().tobytes())
        names.append(digest.digest())
    return names
