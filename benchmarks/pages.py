"""Pages that the project makes itself: HTML printed by Chromium, then put through what a scanner does to paper."""

import html
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pymupdf
from numpy.typing import NDArray
from playwright.sync_api import Browser, sync_playwright

Pixels = NDArray[np.uint8]
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur", "yi"}


@dataclass(frozen=True)
class Scan:
    """What happens to a page between paper and file: degrees clockwise, pixels, grey levels."""

    skew: float = 1.0
    blur: float = 0.7
    noise: float = 6.0
    paper: int = 248
    """Brightness of white paper, 0…255."""
    seed: int = 0


@contextmanager
def printer() -> Iterator[Browser]:
    """A headless Chromium that prints pages; raises RuntimeError where none is installed."""
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if executable is None:
        raise RuntimeError("Chromium is not installed. On Debian: apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


def print_pdf(browser: Browser, page_html: str) -> bytes:
    page = browser.new_page()
    page.set_content(page_html)
    pdf = page.pdf(format="A4", print_background=True, prefer_css_page_size=True)
    page.close()
    return pdf


def page_pixels(pdf: bytes, *, dpi: int = 200) -> list[Pixels]:
    """Every page of a PDF as (height, width, 3) RGB."""
    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        return [_pixels(page.get_pixmap(dpi=dpi)) for page in document]


def _pixels(pixmap: pymupdf.Pixmap) -> Pixels:
    pixels = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width, 3)
    return np.array(pixels)


def scanned(pixels: Pixels, scan: Scan) -> Pixels:
    """The page as a scanner sees it: turned a little, softened, grey paper, noise. A seed gives the same pixels."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -scan.skew, 1.0)
    turned = cv2.warpAffine(pixels, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=(255, 255, 255))
    soft = cv2.GaussianBlur(turned, (0, 0), scan.blur) if scan.blur else turned
    noise = np.random.default_rng(scan.seed).normal(0, scan.noise, (height, width, 1))
    paper = soft.astype(np.float32) * (scan.paper / 255) + noise
    seen: Pixels = np.clip(paper, 0, 255).astype(np.uint8)
    return seen


def text_html(text: str, *, language: str, size_pt: float = 11, family: str = "sans-serif", columns: int = 1) -> str:
    """A plain page of a text whose paragraphs stand apart by empty lines; `# ` starts a heading."""
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    body = "\n".join(_element(part.strip(), first=not n) for n, part in enumerate(text.strip().split("\n\n")))
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}"><meta charset="utf-8"><style>'
        f"@page {{ size: A4; margin: 22mm 20mm }}"
        f" body {{ font: {size_pt}pt/1.45 {family}; margin: 0; columns: {columns} }}"
        f" h1 {{ font-size: 1.5em }} h2 {{ font-size: 1.15em; margin: 1em 0 .3em }} p {{ margin: 0 0 .6em }}"
        f"</style><body>{body}</body></html>"
    )


def _element(part: str, *, first: bool) -> str:
    if not part.startswith("# "):
        return f"<p>{html.escape(part)}</p>"
    tag = "h1" if first else "h2"
    return f"<{tag}>{html.escape(part[2:])}</{tag}>"


def read_text(path: Path) -> str:
    """What a page made of this text says: headings without their mark, one paragraph a line."""
    lines = path.read_text(encoding="utf-8").split("\n\n")
    return "\n".join(line.strip().removeprefix("# ") for line in lines)
