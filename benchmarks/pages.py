"""Pages of running text, and the scanner that the figures in docs/ were measured with."""

import html
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from samples.scan import Pixels, skewed

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


def scanned(image: Pixels, scan: Scan) -> Pixels:
    """The page as a scanner sees it: turned a little, softened, grey paper, noise. A seed gives the same pixels."""
    turned = skewed(image, scan.skew)
    soft = cv2.GaussianBlur(turned, (0, 0), scan.blur) if scan.blur else turned
    noise = np.random.default_rng(scan.seed).normal(0, scan.noise, (*image.shape[:2], 1))
    paper = soft.astype(np.float32) * (scan.paper / 255) + noise
    return np.clip(paper, 0, 255).astype(np.uint8)


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
