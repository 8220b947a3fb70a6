"""Pure geometry and pixel forms: what a page measures, and any image as (height, width, 3) uint8 RGB on white."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

POINTS_PER_INCH = 72
MIN_LONG_SIDE = 1_000
"""Pixels that a small page gets at least on its longer side, so that its text can be read."""
MAX_ENLARGED = 3.0
"""How much finer than `dpi` a small page is rendered at most."""
A4_LONG_SIDE_INCHES = 11.69
SCREEN_DPI = 96
PLAUSIBLE_DPI = (50.0, 2400.0)
PLAUSIBLE_LONG_SIDE_INCHES = (0.5, 48.0)
NOMINAL_DPI = (72, 96)
"""What programs write when they know nothing: believed only where the page comes out no longer than A3."""
A3_LONG_SIDE_INCHES = 16.6
MAX_DECODED = 4
"""How many times `max_pixels` an image may hold: it has to be decoded whole before it can be made smaller."""
UNSQUARE = 1.05
"""Fax machines scan twice as fine across as down; beyond this ratio pixels are not square."""

Pixels = NDArray[np.uint8]


def render_scale(width: float, height: float, *, dpi: int, max_pixels: int) -> float:
    """Pixels a point at which a page of `width` × `height` points is rendered: never more than `max_pixels`, at least
    one pixel each way."""
    scale = dpi / POINTS_PER_INCH
    scale *= min(max(MIN_LONG_SIDE / (max(width, height) * scale), 1.0), MAX_ENLARGED)
    return min(scale, math.sqrt(max_pixels / (width * height)), max_pixels / max(width, height))


def size_in_points(width: int, height: int, dpi: tuple[float, float] | None) -> tuple[float, float]:
    """What an image of `width` × `height` pixels measures on paper: by its own resolution where that is plausible,
    else as large as A4, and never coarser than a screen."""
    longer = max(width, height)
    if dpi is None or not _is_plausible(longer, min(dpi)) or not _is_plausible(longer, max(dpi)):
        assumed = max(longer / A4_LONG_SIDE_INCHES, SCREEN_DPI)
        dpi = (assumed, assumed)
    return width * POINTS_PER_INCH / dpi[0], height * POINTS_PER_INCH / dpi[1]


def rgb(image: Image.Image) -> Image.Image:
    """Any of Pillow's modes as RGB: alpha on white, 16 bits and floats brought to 8."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(eight_bits(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        return _on_white(image)
    return image.convert("RGB")


def eight_bits(values: NDArray[np.generic]) -> Pixels:
    """Grey values of more than 8 bits by the range that they use: 16 bits, 12 bits (many scanners), or their own
    extremes where they are signed or floating."""
    numbers = np.nan_to_num(values.astype(np.float64))
    low, high = float(numbers.min(initial=0)), float(numbers.max(initial=0))
    if low < 0 or high > 65_535 or values.dtype.kind == "f":
        return _levels((numbers - low) * 255 / max(high - low, 1e-9))
    top = next(limit for limit in (255, 4_095, 65_535) if high <= limit)
    return _levels(numbers * 255 / top)


def fit(image: Image.Image, max_pixels: int) -> Image.Image:
    """The image, made smaller where it has more than `max_pixels`."""
    scale = math.sqrt(max_pixels / (image.width * image.height))
    if scale >= 1:
        return image
    size = (max(int(image.width * scale), 1), max(int(image.height * scale), 1))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def as_array(image: Image.Image) -> Pixels:
    """Read-only, so that nothing is copied twice."""
    return np.asarray(image, dtype=np.uint8)


def _on_white(image: Image.Image) -> Image.Image:
    seen = image.convert("RGBA")
    white = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(white, seen).convert("RGB")


def _is_plausible(longer: int, dpi: float) -> bool:
    if not PLAUSIBLE_DPI[0] <= dpi <= PLAUSIBLE_DPI[1]:
        return False
    inches = longer / dpi
    if round(dpi) in NOMINAL_DPI and inches > A3_LONG_SIDE_INCHES:
        return False
    return PLAUSIBLE_LONG_SIDE_INCHES[0] <= inches <= PLAUSIBLE_LONG_SIDE_INCHES[1]


def _levels(values: NDArray[np.float64]) -> Pixels:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
