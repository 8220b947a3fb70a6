"""`python -m tests.official IN OUT`: images as transformers' default image processor, torchvision's, prepares them.

In a process of its own: whether torchvision can be imported is asked by transformers once. IN and OUT are .npz files:
images (height, width, 3) by name; for each of them its patches, and its grid under `name.grid`.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from tests.serving import open_torchvision

MIN_TOKENS, MAX_TOKENS = 4, 64


def main(given: Path, made: Path) -> None:
    open_torchvision()
    module = import_module("transformers.models.qwen2_vl.image_processing_qwen2_vl")
    processor = module.Qwen2VLImageProcessor(
        patch_size=16,
        merge_size=2,
        temporal_patch_size=2,
        image_mean=[0.5, 0.5, 0.5],
        image_std=[0.5, 0.5, 0.5],
        size={"shortest_edge": MIN_TOKENS * 1024, "longest_edge": MAX_TOKENS * 1024},
    )
    found: dict[str, Any] = {}
    with np.load(given) as images:
        for name in images.files:
            prepared = processor(images=[images[name]], return_tensors="np")
            found |= {name: prepared["pixel_values"], f"{name}.grid": prepared["image_grid_thw"]}
    np.savez(made, **found)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
