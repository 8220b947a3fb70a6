"""One flipped bit found again by trial: what fits its checksum once that bit is turned back is what was written."""

from collections.abc import Callable, Iterator

MAX_BYTES = 16_384
"""Longer data is left as it is: every bit is tried."""


def corrected(data: bytes, is_right: Callable[[bytes], bool]) -> bytes | None:
    """`data` with the one bit turned that makes it right; None where none does."""
    return next(filter(is_right, with_one_bit_turned(data)), None)


def with_one_bit_turned(data: bytes) -> Iterator[bytes]:
    """Every such `data`, unless it is very long."""
    if len(data) > MAX_BYTES:
        return
    for place in range(len(data)):
        for bit in range(8):
            turned = bytearray(data)
            turned[place] ^= 1 << bit
            yield bytes(turned)
