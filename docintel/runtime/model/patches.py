"""Images → the patches that Qwen3-VL's vision tower takes, with torch on the model's own device.

On a CPU bit for bit the numbers of transformers' image processor for this model (resize to multiples of 32 within a
budget of pixels, bicubic with antialiasing, rescale and normalise, 16×16 patches grouped by the 2×2 that become one
token, each twice for the two frames of a still), without torchvision and without leaving the GPU, which rounds once
where a CPU rounds after each direction. A test holds processor and CPU together, another CPU and GPU.
"""

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from docintel.runtime.budget import PatchLayout, fit_size


def extract_patches(
    pixels: NDArray[np.uint8],
    layout: PatchLayout,
    *,
    min_tokens: int,
    max_tokens: int,
    scale: float = 1.0,
    device: torch.device,
) -> tuple[Tensor, tuple[int, int]]:
    """Patches (count, 3 · frames · patch²) float32 of an image (height, width, 3), and their grid (rows, columns)."""
    grid = grid_of(pixels, layout, min_tokens=min_tokens, max_tokens=max_tokens, scale=scale)
    height, width = grid[0] * layout.patch, grid[1] * layout.patch
    image = torch.from_numpy(np.require(pixels, requirements=["C", "W"])).to(device).permute(2, 0, 1)[None]
    return _patchify(_normalise(_resize(image, height, width), layout), layout), grid


def grid_of(
    pixels: NDArray[np.uint8], layout: PatchLayout, *, min_tokens: int, max_tokens: int, scale: float = 1.0
) -> tuple[int, int]:
    """Rows and columns of patches that an image (height, width, 3) becomes."""
    most = min(max_tokens, layout.most_tokens)
    height, width = fit_size(
        pixels.shape[0],
        pixels.shape[1],
        cell=layout.cell,
        min_tokens=min(min_tokens, most),
        max_tokens=most,
        scale=scale,
    )
    return height // layout.patch, width // layout.patch


def _resize(image: Tensor, height: int, width: int) -> Tensor:
    """uint8 in, uint8 out. On a CPU torch resizes bytes as they are; elsewhere floats, rounded."""
    if tuple(image.shape[-2:]) == (height, width):
        return image
    options = {"size": (height, width), "mode": "bicubic", "antialias": True, "align_corners": False}
    if image.device.type == "cpu":
        return F.interpolate(image.contiguous(memory_format=torch.channels_last), **options)  # type: ignore[arg-type]
    resized = F.interpolate(image.float(), **options)  # type: ignore[arg-type]
    return resized.clamp_(0, 255).round_().to(torch.uint8)


def _normalise(image: Tensor, layout: PatchLayout) -> Tensor:
    mean = torch.tensor(layout.mean, device=image.device).view(-1, 1, 1) * 255
    std = torch.tensor(layout.std, device=image.device).view(-1, 1, 1) * 255
    return (image.float() - mean) / std


def _patchify(image: Tensor, layout: PatchLayout) -> Tensor:
    """(1, 3, height, width) → (count, channels · frames · patch · patch), the patches of one token side by side."""
    _, channels, height, width = image.shape
    merge, patch = layout.merge, layout.patch
    rows, columns = height // layout.cell, width // layout.cell
    split = image.reshape(channels, rows, merge, patch, columns, merge, patch)
    grouped = split.permute(1, 4, 2, 5, 0, 3, 6)  # rows, columns, merge, merge, channels, patch, patch
    twice = grouped.unsqueeze(5).expand(-1, -1, -1, -1, -1, layout.frames, -1, -1)
    return twice.reshape(rows * columns * merge * merge, -1)
