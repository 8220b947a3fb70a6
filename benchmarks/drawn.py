"""Pages drawn to be read: A4 at 150 dpi, with text, words and fonts that the small checkpoint never saw.

What is on a page is known: its blocks with their boxes, labels, texts and tables, in reading order. The drawing is
training's own (`training/drawing`); only the resolution is that of pages, which the product shrinks before the model
sees them.
"""

import multiprocessing as mp
import os
import random
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from docintel.intake.page_image import PageImage
from docintel.layout import join_lines
from docintel.markup.cells import WrittenCell, table_of
from docintel.model import BBox, Block, BlockLabel, Table
from training.drawing.layout import Composer
from training.drawing.pagetypes import Block as DrawnBlock
from training.drawing.pagetypes import Page as DrawnPage
from training.drawing.scan import Scanner
from training.drawing.typeface import Cabinet
from training.text.passages import Wording, load_libraries

DPI = 150
HEIGHT, WIDTH = 1_754, 1_240
SCALE = WIDTH / 768
"""Of type: training draws the same pages 768 pixels wide."""
CHARACTERS = (500, 1_250)
LABELS = {
    "h1": BlockLabel.TITLE,
    "h2": BlockLabel.SECTION_HEADER,
    "text": BlockLabel.TEXT,
    "list_item": BlockLabel.LIST_ITEM,
    "table": BlockLabel.TABLE,
    "image": BlockLabel.PICTURE,
    "page_header": BlockLabel.PAGE_HEADER,
    "page_footer": BlockLabel.PAGE_FOOTER,
    "key_value": BlockLabel.KEY_VALUE,
    "caption": BlockLabel.CAPTION,
}
LANGUAGES = ("en", "ru")
"""One a script is named, so that blocks' languages are not guessed: they are not what is measured."""
State = Literal["clean", "scanned"]


@dataclass(frozen=True)
class Drawn:
    """One page and what it says."""

    state: State
    language: str
    grey: NDArray[np.uint8]
    blocks: tuple[Block, ...]

    def image(self, number: int) -> PageImage:
        """As the product would hand it to an engine."""
        pixels = np.repeat(self.grey[:, :, None], 3, axis=2)
        width, height = WIDTH * 72 / DPI, HEIGHT * 72 / DPI
        return PageImage(number, pixels, width, height, languages=LANGUAGES)


class Drawer:
    """Draws the same pages for the same seed, each time."""

    def __init__(self, data: Path, seed: int) -> None:
        cv2.setNumThreads(1)
        self._composer = Composer(Cabinet(data, heldout=True), load_libraries(data, heldout=True))
        self._seed = seed

    @cached_property
    def _scanner(self) -> Scanner:
        return Scanner(self._seed, side=HEIGHT)

    @property
    def languages(self) -> list[str]:
        return self._composer.languages

    def page(self, state: State, number: int) -> Drawn:
        """In any language, with a heading, a paragraph and a table at least."""
        rng = random.Random(f"{self._seed} {state} page {number}")
        while True:
            page = self._draw(rng, "")
            kinds = {block.kind for block in page.blocks}
            if {"text", "table"} <= kinds and kinds & {"h1", "h2"}:
                return self._finished(page, state, rng)

    def texts(self, state: State, language: str, count: int) -> list[Drawn]:
        """Pages in one language that hold `count` blocks of text and no more, tables and pictures aside."""
        rng = random.Random(f"{self._seed} {state} {language}")
        pages: list[Drawn] = []
        while count > 0:
            page = self._finished(self._draw(rng, language), state, rng)
            blocks = [block for block in page.blocks if block.text][:count]
            pages.append(replace(page, blocks=tuple(blocks)))
            count -= len(blocks)
        return pages

    def _draw(self, rng: random.Random, language: str) -> DrawnPage:
        wording = Wording(0.0, language=language)
        return self._composer.page(rng, WIDTH, HEIGHT, wording, num_chars=rng.randint(*CHARACTERS), scale=SCALE)

    def _finished(self, page: DrawnPage, state: State, rng: random.Random) -> Drawn:
        if state == "scanned":
            page = self._scanner.scan(page, rng, strength=rng.random())
        return Drawn(state, page.language, page.image, tuple(known(n, block) for n, block in enumerate(page.blocks, 1)))


def known(number: int, block: DrawnBlock) -> Block:
    """A drawn block as the product has blocks: what an engine that errs nowhere would return."""
    table = _table(block) if block.rows else None
    text = join_lines([line.text for line in block.lines])
    box = BBox.from_corners(*block.box, width=WIDTH, height=HEIGHT)
    return Block(id=f"b{number}", label=LABELS[block.kind], bbox=box, text=text, table=table)


def _table(block: DrawnBlock) -> Table | None:
    rows = [
        [
            WrittenCell(join_lines([line.text for line in cell.lines]), cell.row_span, cell.column_span, cell.is_header)
            for cell in row
        ]
        for row in block.rows
    ]
    return table_of(rows)


def drawn_pages(data: Path, seed: int, state: State, count: int) -> list[Drawn]:
    """The first `count` pages, drawn on all cores; before anything is put on a GPU."""
    cores = len(os.sched_getaffinity(0))
    with mp.get_context("fork").Pool(cores) as pool:
        shares = pool.map(partial(_share, data, seed, state), [range(n, count, cores) for n in range(cores)])
    return [shares[n % cores][n // cores] for n in range(count)]


def _share(data: Path, seed: int, state: State, numbers: range) -> list[Drawn]:
    drawer = Drawer(data, seed)
    return [drawer.page(state, number) for number in numbers]


def drawn_texts(data: Path, seed: int, state: State, count: int) -> list[Drawn]:
    """`count` blocks of text in each language, on as many pages as it takes; drawn on all cores."""
    languages = Drawer(data, seed).languages
    with mp.get_context("fork").Pool(len(os.sched_getaffinity(0))) as pool:
        found = pool.map(partial(_texts, data, seed, state, count), languages, chunksize=1)
    return [page for pages in found for page in pages]


def _texts(data: Path, seed: int, state: State, count: int, language: str) -> list[Drawn]:
    return Drawer(data, seed).texts(state, language, count)
