"""What is drawn when: strips first, then regions, small pages, whole pages; sizes are fixed per bucket."""

from __future__ import annotations

import random
from dataclasses import dataclass

MAX_BLOCKS = 64
_LENGTHS: dict[str, tuple[int, ...]] = {
    "strip": (128,),
    "region": (128, 256, 448, 704),
    "small": (448,),
    "middle": (640, 960),
    "full": (704, 1088, 1472),
}
"""Lengths that answers are padded to: few, since each shape is captured once."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One image size (multiples of 32 pixels). `family`: strip, region, small, middle, full."""

    family: str
    height: int
    width: int

    @property
    def is_page(self) -> bool:
        """Whether the answer is `qwenvl html` rather than plain text."""
        return self.family in ("small", "middle", "full")

    @property
    def max_tokens(self) -> int:
        """The longest answer that is kept."""
        return _LENGTHS[self.family][-1]

    def padded(self, num_tokens: int) -> int:
        """The length that a batch is padded to whose longest answer has `num_tokens`."""
        return next(length for length in _LENGTHS[self.family] if num_tokens <= length)

    def batch(self, patch_budget: int) -> int:
        """Samples a batch: about `patch_budget` patches in all, 512 samples at most."""
        return max(1, min(512, patch_budget // (self.height * self.width // 256)))


_SIZES: dict[str, tuple[tuple[int, int], ...]] = {
    "strip": ((32, 256), (32, 384), (64, 384), (64, 512)),
    "region": (
        (32, 640),
        (32, 1024),
        (64, 640),
        (64, 1024),
        (96, 640),
        (128, 384),
        (160, 640),
        (192, 1024),
        (256, 640),
    ),
    "small": ((512, 384), (512, 512), (384, 640)),
    "middle": ((768, 544), (704, 704), (544, 768)),
    "full": ((1088, 768), (1088, 768), (1088, 768), (1024, 800), (1024, 800), (768, 1088), (800, 1024), (896, 896)),
}
BUCKETS: dict[str, tuple[Bucket, ...]] = {
    family: tuple(Bucket(family, *size) for size in sizes) for family, sizes in _SIZES.items()
}

_STAGES: tuple[tuple[float, dict[str, float]], ...] = (
    (0.06, {"strip": 1.0}),
    (0.16, {"strip": 0.3, "region": 0.7}),
    (0.30, {"strip": 0.1, "region": 0.3, "small": 0.6}),
    (0.55, {"strip": 0.05, "region": 0.2, "small": 0.1, "middle": 0.3, "full": 0.35}),
    (1.01, {"strip": 0.04, "region": 0.18, "small": 0.04, "middle": 0.12, "full": 0.62}),
)
"""Up to which share of the whole training, and each family's share of the batches there."""

_CHARS = {"small": (20, 330), "middle": (60, 750), "full": (100, 1250)}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one batch is drawn."""

    bucket: Bucket
    randomness: float
    scanned: float
    max_chars: int
    min_chars: int
    sizes: tuple[int, int] | None = None
    """A region's font size in pixels; drawn with the lines' number where it is not given."""


def recipe(progress: float, rng: random.Random) -> Recipe:
    """What to draw at `progress` 0…1 of the whole training."""
    shares = next(shares for end, shares in _STAGES if progress < end)
    family = rng.choices(list(shares), list(shares.values()))[0]
    bucket = rng.choice(BUCKETS[family])
    low, high = _CHARS.get(family, (0, 0))
    if family == "full":
        high = int(high * min(1.0, 0.5 + 0.6 * progress))
    sizes = (16, 32) if family == "region" and rng.random() < 0.4 else None
    return Recipe(bucket, 0.55 - 0.3 * progress, scanned=0.55, min_chars=low, max_chars=high, sizes=sizes)
