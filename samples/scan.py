"""HTML → printed pages → what a scanner or a phone makes of them. Seeded: the same input gives the same pixels.

Images are (height, width, 3) uint8 RGB arrays. Chromium does the shaping and the line breaks, so every script comes
out as its readers know it. Shared by samples/make.py and benchmarks/.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import pymupdf
from numpy.typing import NDArray
from playwright.sync_api import Browser, sync_playwright

Pixels = NDArray[np.uint8]
WHITE = (255, 255, 255)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@contextmanager
def printer() -> Iterator[Browser]:
    """A headless Chromium that prints pages; raises RuntimeError where none is installed."""
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if executable is None:
        raise RuntimeError("Chromium is not installed. On Debian: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def printed(browser: Browser, html: str) -> bytes:
    """A PDF. Page size and margins are the HTML's own `@page` rules."""
    page = browser.new_page()
    page.set_content(html)
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    page.close()
    return pdf


def pdf_from_html(html: str) -> bytes:
    with printer() as browser:
        return printed(browser, html)


def pages_from_pdf(pdf: bytes, *, dpi: int = 200) -> list[Pixels]:
    """The clean pages, before any scanner saw them."""
    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        return [_pixels(page.get_pixmap(dpi=dpi, colorspace=pymupdf.csRGB, alpha=False)) for page in document]


def scanned(
    image: Pixels,
    *,
    seed: int,
    dpi: int = 200,
    skew_degrees: float = 1.0,
    blur: float = 0.6,
    noise: float = 6.0,
    shading: float = 10.0,
) -> Pixels:
    """What a flatbed scanner gives.

    `skew_degrees` turns clockwise as displayed, `blur` is the Gaussian's sigma in pixels at 200 dpi, `noise` the
    standard deviation of grain in grey levels, `shading` how many levels the paper darkens over the page. The size
    stays the same; what is turned in from outside is white.
    """
    random = np.random.default_rng(seed)
    sigma = blur * dpi / 200
    turned = skewed(image, skew_degrees)
    soft = cv2.GaussianBlur(turned, (0, 0), sigma) if sigma > 0 else turned
    paper = soft.astype(np.float32) - shade(soft.shape, random, shading)[..., None]
    return _levels(paper + grain(soft.shape, random, noise))


def photographed(image: Pixels, *, seed: int, tilt: float = 0.03, turn_degrees: float = 3.0) -> Pixels:
    """What a phone gives: paper on a desk, seen at an angle (`tilt`: how far corners move, in page widths), lit from
    one side, slightly out of focus."""
    random = np.random.default_rng(seed)
    height, width = image.shape[:2]
    border = round(0.05 * width)
    corners = _corners(width, height) + border
    moved = _turned(corners, turn_degrees) + random.uniform(-tilt, tilt, (4, 2)).astype(np.float32) * width
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    size = (width + 2 * border, height + 2 * border)
    paper = np.pad(image, ((border, border), (border, border), (0, 0)))
    mask = np.pad(np.ones((height, width), np.float32), border)
    seen = cv2.warpPerspective(paper, matrix, size, flags=cv2.INTER_AREA).astype(np.float32)
    on_paper = cv2.warpPerspective(mask, matrix, size)[..., None]
    shadow = cv2.GaussianBlur(on_paper, (0, 0), border / 4)[..., None]
    whole = seen * on_paper + desk(size, random) * (1 - on_paper) * (1 - 0.5 * shadow)
    light = 1.0 - shade(whole.shape, random, 0.35)[..., None]
    soft = cv2.GaussianBlur(whole * light, (0, 0), 0.8)
    return _levels(soft * np.array([1.0, 0.98, 0.93], np.float32) + grain(soft.shape, random, 4.0))


def skewed(image: Pixels, degrees: float) -> Pixels:
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    turned = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=WHITE)
    return np.asarray(turned, np.uint8)


def grain(shape: tuple[int, ...], random: np.random.Generator, level: float) -> NDArray[np.float32]:
    """Sensor noise: mostly brightness, a little colour."""
    grey = random.normal(0, level, shape[:2]).astype(np.float32)
    colour = random.normal(0, level / 4, (*shape[:2], 3)).astype(np.float32)
    return grey[..., None] + colour


def shade(shape: tuple[int, ...], random: np.random.Generator, depth: float) -> NDArray[np.float32]:
    """A smooth (height, width) surface 0…depth, darkest at one edge."""
    height, width = shape[:2]
    angle = random.uniform(0, 2 * np.pi)
    rows = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    ramp = (np.cos(angle) * columns + np.sin(angle) * rows + 1.5) / 3
    return np.asarray(depth * np.clip(ramp, 0, 1) ** 1.5, np.float32)


def desk(size: tuple[int, int], random: np.random.Generator) -> NDArray[np.float32]:
    """A wooden table top, (height, width, 3)."""
    width, height = size
    fibres = random.normal(0, 1, (height, max(width // 40, 1))).astype(np.float32)
    wood = cv2.GaussianBlur(cv2.resize(fibres, (width, height)), (0, 0), 2.0)[..., None]
    return np.asarray(np.array([112, 84, 60], np.float32) + 18 * wood, np.float32)


def _pixels(pixmap: pymupdf.Pixmap) -> Pixels:
    return np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width, 3).copy()


def _corners(width: int, height: int) -> NDArray[np.float32]:
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)


def _turned(corners: NDArray[np.float32], degrees: float) -> NDArray[np.float32]:
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    center = corners.mean(axis=0)
    return np.asarray((corners - center) @ turn * 0.95 + center, np.float32)


def _levels(values: NDArray[np.float32]) -> Pixels:
    return np.clip(values, 0, 255).astype(np.uint8)
