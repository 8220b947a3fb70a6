"""docintel.runtime.model.patches and budget: images as the model sees them, as transformers prepares them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil, smart_resize

from docintel.errors import PageError
from docintel.runtime.budget import PatchLayout, fit_size
from docintel.runtime.model.patches import extract_patches
from tests.official import MAX_TOKENS, MIN_TOKENS
from tests.tiny import noise

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("size", [(1000, 700), (64, 64), (31, 900), (5, 7), (2339, 1653), (33, 33)])
@pytest.mark.parametrize("budget", [(4, 64), (256, 2048), (512, 512)])
def test_images_are_fitted_as_transformers_fits_them(size: tuple[int, int], budget: tuple[int, int]) -> None:
    least, most = budget
    official = smart_resize(*size, factor=32, min_pixels=least * 1024, max_pixels=most * 1024)
    assert fit_size(*size, cell=32, min_tokens=least, max_tokens=most) == official


def test_an_image_too_narrow_for_the_model_is_refused_with_advice() -> None:
    with pytest.raises(PageError, match="Cut it into parts"):
        fit_size(10, 5_000, cell=32, min_tokens=4, max_tokens=64)


def test_a_scaled_image_has_that_part_of_the_tokens_that_it_would_have() -> None:
    whole = fit_size(2339, 1653, cell=32, min_tokens=512, max_tokens=2048)
    part = fit_size(2339, 1653, cell=32, min_tokens=512, max_tokens=2048, scale=0.5)
    assert part[0] * part[1] == pytest.approx(whole[0] * whole[1] / 2, rel=0.08)
    assert fit_size(320, 240, cell=32, min_tokens=64, max_tokens=2048, scale=0.5) < (320, 256), "small ones shrink too"


def ours(image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], list[int]]:
    """Patches and grid (time, height, width)."""
    found, grid = extract_patches(
        image, PatchLayout(), min_tokens=MIN_TOKENS, max_tokens=MAX_TOKENS, device=torch.device("cpu")
    )
    return found.numpy(), [1, *grid]


def test_patches_are_bit_for_bit_those_of_the_official_processor(tmp_path: Path) -> None:
    """transformers' default one, which resizes with torchvision: as they are, enlarged, made smaller."""
    sizes = [(64, 96), (128, 32), (20, 30), (50, 70), (33, 300), (200, 333), (1000, 700), (2339, 1653)]
    images: dict[str, Any] = {f"{height}x{width}": noise(height, width) for height, width in sizes}
    images["photo"] = np.asarray(Image.open(ROOT / "samples" / "photo-spanish.jpg").convert("RGB"))
    given, made = tmp_path / "images.npz", tmp_path / "patches.npz"
    np.savez(given, **images)
    subprocess.run([sys.executable, "-m", "tests.official", given, made], cwd=ROOT, check=True)
    with np.load(made) as official:
        for name, image in images.items():
            found, grid = ours(image)
            assert official[f"{name}.grid"].tolist() == [grid]
            assert np.array_equal(found, official[name]), name


@pytest.mark.parametrize(
    ("size", "levels"), [((64, 96), 0), ((128, 32), 0), ((200, 333), 2), ((50, 70), 2), ((1000, 700), 2)]
)
def test_patches_are_near_those_of_the_processor_that_resizes_with_pillow(size: tuple[int, int], levels: int) -> None:
    layout = PatchLayout()
    processor = Qwen2VLImageProcessorPil(
        patch_size=16,
        merge_size=2,
        temporal_patch_size=2,
        image_mean=layout.mean,
        image_std=layout.std,
        size={"shortest_edge": MIN_TOKENS * 1024, "longest_edge": MAX_TOKENS * 1024},
    )
    image = noise(*size)
    official = processor(images=[image], return_tensors="np")
    found, grid = ours(image)
    assert official["image_grid_thw"].tolist() == [grid]
    assert np.abs(found - official["pixel_values"]).max() * 127.5 <= levels + 0.01, "levels of grey"
