"""Sheets drawn for `benchmarks.doubts`: text, invoices and notes in handwriting faces, as scans and as photographs."""

import base64
import html
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2

from benchmarks.pages import Scan, scanned, text_html
from benchmarks.photographed.camera import DAMAGES, photograph
from benchmarks.reading import DPI, KINDS, TEXTS, folder_samples
from docintel.model import BBox, Block, BlockLabel, Cell, Page, Table
from samples.scan import Pixels, pages_from_pdf, printed, printer

Kind = Literal["text", "invoice", "hand", "real"]

HAND_LANGUAGES = ("en", "de", "fr", "es", "pl", "ru", "uk")
SUBSETS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext")
NUM_ROWS = 12
COARSE = 0.4
"""Sides of a picture with few pixels, by those of a photograph at 200 dpi."""
WHOLE = BBox(x0=0, y0=0, x1=1, y1=1)
"""Where a block stands is not known once a page is bent."""


@dataclass(frozen=True)
class Sheet:
    name: str
    language: str
    kind: Kind
    state: str
    """`scan`, or how it was photographed; `coarse` where the picture has few pixels."""
    pixels: Pixels
    truth: Page


def drawn_sheets(languages: Sequence[str], *, seed: int, photos: int, fonts: Path | None) -> Iterator[Sheet]:
    """Each sheet of each language as a scan, as `photos` photographs, and as these with few pixels. `fonts` holds
    handwriting faces as npm installs them (@fontsource/…)."""
    with printer() as browser:
        for language in languages:
            rng = random.Random(f"{seed} {language}")
            for kind, page, source in _sources(language, rng, fonts):
                [pixels] = pages_from_pdf(printed(browser, source), dpi=DPI)
                number = rng.randrange(10_000)
                yield Sheet(f"{language}-{kind}-scan", language, kind, "scan", scanned(pixels, Scan(seed=number)), page)
                for damage in rng.sample(list(DAMAGES), photos):
                    photo = photograph(pixels, damage, seed=number)
                    yield Sheet(f"{language}-{kind}-{damage}", language, kind, damage, photo, page)
                    coarse = cv2.resize(photo, None, fx=COARSE, fy=COARSE, interpolation=cv2.INTER_AREA)
                    yield Sheet(f"{language}-{kind}-{damage}-coarse", language, kind, f"coarse {damage}", coarse, page)


def real_sheets(folder: Path) -> Iterator[Sheet]:
    """Scans with what they say: NAME.jpg with NAME.txt beside it."""
    for sample in folder_samples(folder, None):
        yield Sheet(sample.name, sample.language, "real", "scan", sample.pixels, _page(sample.truth))


def _sources(language: str, rng: random.Random, fonts: Path | None) -> Iterator[tuple[Kind, Page, str]]:
    texts = {kind: (TEXTS / f"{language}-{kind}.txt").read_text(encoding="utf-8").strip() for kind in KINDS}
    text = "\n\n".join(texts.values())
    columns, (family, size) = rng.choice([(1, ("serif", 9.5)), (2, ("sans-serif", 10.5))])
    yield "text", _page(text), text_html(text, language=language, family=family, size_pt=size, columns=columns)
    rows = _rows(texts["notice"], rng)
    yield "invoice", _page(texts["notice"], rows), _invoice_html(texts["notice"], rows, language)
    if fonts and language in HAND_LANGUAGES:
        note = _with_numbers(texts["notice"], rng)
        yield "hand", _page(note), _hand_html(note, language, rng.choice(sorted(fonts.iterdir())), rng.uniform(15, 21))


def _page(text: str, rows: Sequence[Sequence[str]] = ()) -> Page:
    parts = [part.strip() for part in text.split("\n\n")]
    labels = [BlockLabel.SECTION_HEADER if part.startswith("# ") else BlockLabel.TEXT for part in parts]
    blocks = [
        Block(id=f"b{n}", label=label, bbox=WHOLE, text=" ".join(part.removeprefix("# ").split()))
        for n, (part, label) in enumerate(zip(parts, labels, strict=True), 1)
    ]
    if rows:
        blocks.append(table_block(f"b{len(blocks) + 1}", rows))
    return Page(number=1, width=595, height=842, blocks=tuple(blocks), engine="truth")


def table_block(block_id: str, rows: Sequence[Sequence[str]]) -> Block:
    cells = tuple(Cell(row=r, column=c, text=text) for r, row in enumerate(rows) for c, text in enumerate(row))
    table = Table(num_rows=len(rows), num_columns=len(rows[0]), cells=cells)
    text = "\n".join("\t".join(row) for row in rows)
    return Block(id=block_id, label=BlockLabel.TABLE, bbox=WHOLE, text=text, table=table)


def _rows(text: str, rng: random.Random) -> list[list[str]]:
    words = [word.strip(".,;:()") for word in text.split() if word.strip(".,;:()").isalpha()]
    things = [word if len(word) < 24 else word[: rng.randint(5, 12)] for word in words]
    return [
        [f"{rng.randint(1000, 9999)}-{rng.randint(10, 99)}", rng.choice(things), str(rng.randint(1, 48)), _amount(rng)]
        for _ in range(NUM_ROWS)
    ]


def _amount(rng: random.Random) -> str:
    return f"{rng.randint(3, 9_999):,}.{rng.randint(0, 99):02}"


def _with_numbers(text: str, rng: random.Random) -> str:
    """The notice with other numbers, so that no two notes are alike."""
    return "".join(str(rng.randint(1, 9)) if sign in "123456789" else sign for sign in text)


def _invoice_html(text: str, rows: Sequence[Sequence[str]], language: str) -> str:
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    table = f'<table style="border-collapse:collapse;width:100%" border=1>{cells}</table>'
    return text_html(text, language=language, family="sans-serif", size_pt=10).replace("</body>", f"{table}</body>")


def _hand_html(text: str, language: str, face: Path, size: float) -> str:
    files = [face / "files" / f"{face.name}-{subset}-400-normal.woff2" for subset in SUBSETS]
    faces = "".join(
        f'@font-face {{ font-family: hand{n}; src: url("data:font/woff2;base64,'
        f'{base64.b64encode(file.read_bytes()).decode()}") }}'
        for n, file in enumerate(files)
        if file.exists()
    )
    names = ", ".join(f"hand{n}" for n, file in enumerate(files) if file.exists())
    source = text_html(text, language=language, family=f"{names}, cursive", size_pt=size)
    return source.replace("<style>", f"<style>{faces}", 1)
