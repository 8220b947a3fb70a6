"""Paper and type: PDF pages, and scans of printed lines."""

import io
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pymupdf
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = Path("/usr/share/fonts")
WIDTH, HEIGHT = 595, 842
SCAN_DPI = 200
PAPER, NOISE = 250, 3

PRINTABLE = [chr(code) for code in range(32, 127)]
CMAP_START = "/CIDInit/ProcSet findresource begin 12 dict begin begincmap /CMapName/Said def /CMapType 2 def\n"
CMAP_START += "1 begincodespacerange <0000> <ffff> endcodespacerange\n"
CMAP_END = "endcmap CMapName currentdict /CMap defineresource pop end end"

Placed = tuple[float, float, str]
"""Left, baseline, text; in points."""


@cache
def font_file(name: str) -> Path:
    return next(FONTS.rglob(name))


def pdf(document: pymupdf.Document) -> bytes:
    data: bytes = document.tobytes(garbage=3, deflate=True)
    document.close()
    return data


def sheet() -> tuple[pymupdf.Document, pymupdf.Page]:
    document = pymupdf.open()
    return document, document.new_page(width=WIDTH, height=HEIGHT)


def put(page: pymupdf.Page, texts: Iterable[Placed], *, font: str = "helv", size: float = 11) -> None:
    """In one of the fonts that every reader has."""
    for x, y, text in texts:
        page.insert_text((x, y), text, fontname=font, fontsize=size)


def put_with(page: pymupdf.Page, texts: Iterable[Placed], *, file: str, size: float = 11) -> None:
    """In a font of this machine, which is embedded."""
    name = file.partition(".")[0]
    page.insert_font(fontname=name, fontfile=str(font_file(file)))
    put(page, texts, font=name, size=size)


def put_right(page: pymupdf.Page, texts: Iterable[Placed], *, font: str = "helv", size: float = 11) -> None:
    """Ending at the place given."""
    placed = [(x - pymupdf.get_text_length(text, fontname=font, fontsize=size), y, text) for x, y, text in texts]
    put(page, placed, font=font, size=size)


def saying(page: pymupdf.Page, said: dict[str, str], *, font: str, file: str) -> None:
    """A font whose map to Unicode says other characters than it paints, where `said` has them."""
    document, face = page.parent, pymupdf.Font(fontfile=str(font_file(file)))
    number = page.insert_font(fontname=font, fontfile=str(font_file(file)))
    pairs = [(face.has_glyph(ord(painted)), other) for painted, other in ({c: c for c in PRINTABLE} | said).items()]
    lines = "\n".join(f"<{glyph:04x}> <{ord(other):04x}>" for glyph, other in pairs)
    codes = document.get_new_xref()
    document.update_object(codes, "<<>>")
    document.update_stream(codes, f"{CMAP_START}{len(pairs)} beginbfchar\n{lines}\nendbfchar\n{CMAP_END}".encode())
    document.xref_set_key(number, "ToUnicode", f"{codes} 0 R")


def written(html: str, css: str = "") -> bytes:
    """A page of HTML, set by MuPDF."""
    document, page = sheet()
    page.insert_htmlbox(
        pymupdf.Rect(56, 56, WIDTH - 56, HEIGHT - 56), html, css=css, archive=pymupdf.Archive(str(FONTS))
    )
    return pdf(document)


def down(lines: Sequence[str], *, left: float = 72, top: float = 80, step: float = 18) -> list[Placed]:
    return [(left, top + number * step, line) for number, line in enumerate(lines)]


def paper(width: float = WIDTH, height: float = HEIGHT) -> Image.Image:
    return Image.new("L", (round(width * SCAN_DPI / 72), round(height * SCAN_DPI / 72)), 255)


def printed(image: Image.Image, texts: Iterable[Placed], *, file: str, size: float = 11) -> None:
    """Text onto paper, as `put` does onto a page."""
    draw = ImageDraw.Draw(image)
    scale = SCAN_DPI / 72
    face = ImageFont.truetype(str(font_file(file)), round(size * scale))
    for x, y, text in texts:
        draw.text((x * scale, y * scale), text, 20, font=face, anchor="ls")


def scanned(image: Image.Image, *, seed: int = 1, skew: float = 0.0) -> bytes:
    """As a scanner sees it: softened, a little askew, with noise."""
    turned = image.rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor=255)
    soft = np.asarray(turned.filter(ImageFilter.GaussianBlur(0.8)), np.float32)
    noise = np.random.default_rng(seed).normal(0, NOISE, soft.shape)
    out = io.BytesIO()
    grey = np.clip(soft * (PAPER / 255) + noise, 0, 255).astype(np.uint8)
    Image.fromarray(grey).save(out, "JPEG", quality=85, dpi=(SCAN_DPI, SCAN_DPI))
    return out.getvalue()
