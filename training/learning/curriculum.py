"""What is drawn when: strips first, then regions, small pages, whole and dense pages; sizes are fixed per bucket."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from training.text.passages import Wording

MAX_BLOCKS = 64
PAGES = ("small", "middle", "full", "dense")
"""Families that are read as pages."""
_LENGTHS: dict[str, tuple[int, ...]] = {
    "strip": (128,),
    "crop": (128,),
    "region": (256, 704),
    "block": (1088, 2048, 3136),
    "small": (448,),
    "middle": (640, 960),
    "full": (960, 1472),
    "dense": (2048, 3136, 3840),
}
"""Lengths that answers are padded to: few, since each shape is captured once."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One image size (multiples of 32 pixels). `family`: strip, crop, region, block, small, middle, full, dense."""

    family: str
    height: int
    width: int

    @property
    def is_page(self) -> bool:
        """Whether the answer is `qwenvl html` rather than plain text."""
        return self.family in PAGES

    @property
    def max_tokens(self) -> int:
        """The longest answer that is kept."""
        return _LENGTHS[self.family][-1]

    @property
    def least_size(self) -> float:
        """The font's size in pixels at which a full image has about as many characters as the longest answer."""
        return math.sqrt(self.height * self.width / (0.56 * self.max_tokens))

    def padded(self, num_tokens: int) -> int:
        """The length that a batch is padded to whose longest answer has `num_tokens`."""
        return next(length for length in _LENGTHS[self.family] if num_tokens <= length)

    def batch(self, patch_budget: int) -> int:
        """Samples a batch: about `patch_budget` patches in all, 512 samples at most."""
        return max(1, min(512, patch_budget // (self.height * self.width // 256)))


_SIZES: dict[str, tuple[tuple[int, int], ...]] = {
    "strip": ((32, 256), (32, 384), (64, 384), (64, 512)),
    "crop": ((32, 256), (64, 128), (64, 256), (96, 192), (96, 320), (64, 448), (128, 384), (96, 640), (128, 640),
             (64, 832), (128, 960)),
    "region": ((32, 640), (32, 1024), (64, 640), (64, 1024), (96, 640), (128, 384), (160, 640), (192, 1024), (256, 640),
               (96, 1408), (192, 1408)),
    "block": ((256, 1024), (384, 768), (512, 1024), (640, 512), (768, 640), (384, 1408), (1024, 320), (768, 256)),
    "small": ((512, 384), (512, 512), (384, 640), (448, 448), (608, 416), (416, 576), (352, 512)),
    "middle": ((768, 544), (704, 704), (544, 768), (736, 512), (832, 608), (640, 832), (672, 480)),
    "full": (*(3 * ((1056, 768), (768, 1056), (1024, 800))), (800, 1024), (768, 1024), (1088, 768), (1152, 704),
             (1088, 736), (672, 1216), (896, 896), (992, 832), (1120, 736), (960, 864)),
    "dense": ((1056, 768), (1056, 768), (1024, 800), (1152, 704), (768, 1056), (1088, 736)),
}  # fmt: skip
"""Height and width. Pages: what an image processor with room for 816 tokens makes of A4 (most often), Letter, Legal,
books and slides, and others, since boxes are fractions of the page and a model must not learn a list of heights."""
BUCKETS: dict[str, tuple[Bucket, ...]] = {
    family: tuple(Bucket(family, *size) for size in sizes) for family, sizes in _SIZES.items()
}

_STAGES: tuple[tuple[float, dict[str, float]], ...] = (
    (0.06, {"strip": 1.0}),
    (0.16, {"strip": 0.3, "region": 0.7}),
    (0.30, {"strip": 0.1, "region": 0.3, "small": 0.6}),
    (0.55, {"strip": 0.05, "region": 0.2, "small": 0.1, "middle": 0.3, "full": 0.35}),
    (0.60, {"strip": 0.04, "region": 0.18, "small": 0.04, "middle": 0.12, "full": 0.62}),
    (1.01, {"strip": 0.02, "crop": 0.07, "region": 0.13, "block": 0.15, "small": 0.03, "middle": 0.07, "full": 0.32,
            "dense": 0.21}),
)  # fmt: skip
"""Up to which share of the whole training, and each family's share of the batches there."""

_CHARS: dict[str, tuple[tuple[int, int], ...]] = {
    "small": ((20, 330),),
    "middle": ((60, 750),),
    "full": ((100, 1250),),
    "dense": ((900, 1850), (1700, 2950), (1700, 2950), (2700, 3600)),
}
"""How many characters a page has; a batch takes one of the ranges, so that its answers are about as long."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one batch is drawn."""

    bucket: Bucket
    wording: Wording
    scanned: float
    """Share of the samples with a scanner's effects."""
    worn: float = 0.0
    """Share of the samples that are typed, old, or worn."""
    photographed: float = 0.0
    """Share of the samples that a camera has seen instead of a scanner."""
    written: float = 0.0
    """Share of the samples that are set in a handwriting face."""
    num_columns: int = 0
    """A page's columns of small type; 0 for any."""
    max_chars: int = 0
    min_chars: int = 0
    sizes: tuple[int, int] | None = None
    """A region's font size in pixels; drawn with the lines' number where it is not given."""


def recipe(progress: float, rng: random.Random) -> Recipe:
    """What to draw at `progress` 0…1 of the whole training."""
    shares = next(shares for end, shares in _STAGES if progress < end)
    family = rng.choices(list(shares), list(shares.values()))[0]
    bucket = rng.choice(BUCKETS[family])
    low, high = rng.choice(_CHARS.get(family, ((0, 0),)))
    if family == "full":
        high = int(high * min(1.0, 0.5 + 0.6 * progress))
    sizes = None
    if family == "region":
        sizes = rng.choices((None, (16, 32), (28, 60)), (0.4, 0.35, 0.25))[0]
    elif family == "block":
        least = max(11.0, bucket.least_size)
        small, large = (26.0, 56.0) if bucket.width > 320 else (16.0, 26.0)
        size = round(rng.uniform(least, small) if rng.random() < 0.65 else rng.uniform(small, large))
        sizes = (size, size + 4)
    wording = Wording(0.55 - 0.3 * progress, marks=0.02)
    looks: dict[str, float] = {}
    if progress >= 0.6:
        is_page = bucket.is_page
        looks = {"worn": 0.35, "photographed": 0.35 if is_page else 0.25, "written": 0.04 if is_page else 0.08}
    num_columns = rng.choice((2, 3, 3, 4)) if family == "dense" and rng.random() < 0.4 else 0
    return Recipe(
        bucket, wording, scanned=0.55, min_chars=low, max_chars=high, sizes=sizes, num_columns=num_columns, **looks
    )
