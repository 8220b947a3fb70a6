"""A mixed heap of small files for benchmarks of what keeps documents: PDFs, pictures, TIFFs, duplicates, broken files.

The same number of pages and seed make the same bytes.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import pymupdf
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from docintel.embedding import SimilarityScale

WORDS = "invoice total rent contract apple harbour meter letter annex column stone signal morning river engine".split()
DIMENSION = 64


class HashedWords:
    """Stands in for an embedding model where only its being there matters: a random direction for every word."""

    model = "hashed-words@1"
    dimension = DIMENSION
    languages: frozenset[str] | None = frozenset({"en"})
    scale = SimilarityScale()

    def knows(self, language: str | None) -> bool:
        return language == "en"

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([self.query(text) for text in texts], dtype=np.float32).reshape(-1, DIMENSION)

    def query(self, text: str) -> NDArray[np.float32]:
        vector = np.full(DIMENSION, 1e-3)
        for word in text.lower().split():
            vector += np.random.default_rng(crc32(word.encode())).normal(size=DIMENSION)
        unit: NDArray[np.float32] = (vector / np.linalg.norm(vector)).astype(np.float32)
        return unit


def make(folder: Path, num_pages: int, seed: int) -> list[Path]:
    """Files with `num_pages` pages that can be read, and some more that are duplicates or broken."""
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(seed)
    made: list[Path] = []
    left = num_pages
    while left:
        number = len(made)
        kind = dice.choices(["pdf", "png", "jpg", "tiff"], weights=[6, 2, 2, 1])[0]
        size = 1 if kind in {"png", "jpg"} else min(left, dice.randint(1, 12 if kind == "pdf" else 4))
        path = folder / f"{number:05}.{kind}"
        _write(path, [_text(dice, f"p{seed}x{number}x{n}") for n in range(size)])
        made.append(path)
        left -= size
        made += _odd_ones(folder, number, path, dice)
    return made


def _odd_ones(folder: Path, number: int, path: Path, dice: random.Random) -> Iterator[Path]:
    """Now and then a duplicate of a file, and a file that is broken."""
    if dice.random() < 0.1:
        twin = folder / f"{number:05}-again{path.suffix}"
        twin.write_bytes(path.read_bytes())
        yield twin
    if dice.random() < 0.05:
        broken = folder / f"{number:05}-broken.pdf"
        broken.write_bytes(b"%PDF-1.7\n" + dice.randbytes(400))
        yield broken


def _text(dice: random.Random, mark: str) -> str:
    """Three paragraphs and a word that no other page has."""
    return "\n\n".join([*(" ".join(dice.choices(WORDS, k=30)) for _ in range(3)), mark])


def _write(path: Path, texts: list[str]) -> None:
    if path.suffix == ".pdf":
        with pymupdf.open() as document:
            for text in texts:
                document.new_page().insert_textbox((72, 72, 520, 760), text, fontsize=11)
            document.save(path, no_new_id=True)
        return
    pictures = [_picture(text) for text in texts]
    if path.suffix == ".tiff":
        pictures[0].save(path, save_all=True, append_images=pictures[1:])
    else:
        pictures[0].save(path)


def _picture(text: str) -> Image.Image:
    picture = Image.new("RGB", (700, 1000), "white")
    ImageDraw.Draw(picture).multiline_text(
        (40, 40), "\n".join(text[at : at + 80] for at in range(0, len(text), 80)), "black"
    )
    return picture
