"""A small library in memory for tests of search and answers: real chunks, a real FTS5 table, real vectors."""

import io
import re
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from docintel.chunking import chunk_pages, searchable_text
from docintel.embedding import Embedder
from docintel.errors import NotFound
from docintel.language import language_of
from docintel.lexicon import compound_parts
from docintel.model import (
    BBox,
    Block,
    BlockLabel,
    Chunk,
    Document,
    DocumentState,
    Filters,
    Page,
    Table,
    Word,
)
from docintel.text.terms import index_terms

LINE = 0.025
MARGIN, SPACE, COLUMN_GAP = 0.06, 0.006, 0.05


class Shelf:
    """Documents, their pages, and both ways to search their chunks."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._embedder = embedder
        self._documents: dict[str, Document] = {}
        self._pages: dict[str, list[Page]] = {}
        self._chunks: dict[str, Chunk] = {}
        self._vectors: dict[str, NDArray[np.float32]] = {}
        self._terms = sqlite3.connect(":memory:")
        self._terms.execute("CREATE VIRTUAL TABLE t USING fts5(id UNINDEXED, terms, tokenize='unicode61')")

    def close(self) -> None:
        self._terms.close()

    def add(self, name: str, *pages: Page, collection: str = "default") -> Document:
        id = sha256(f"{collection}{name}".encode()).hexdigest()[:32]
        document = Document(
            id=id,
            collection=collection,
            content=id,
            name=name,
            media_type="application/pdf",
            size=1,
            added_at=datetime.now(UTC),
            state=DocumentState.READY,
            num_pages=len(pages),
        )
        self._documents[id], self._pages[id] = document, list(pages)
        chunks = chunk_pages(id, pages)
        for chunk in chunks:
            self._chunks[chunk.id] = chunk
            terms = index_terms(searchable_text(chunk), compound_parts(chunk.language))
            self._terms.execute("INSERT INTO t VALUES (?, ?)", (chunk.id, terms))
        if self._embedder and chunks:
            vectors = self._embedder.passages([searchable_text(chunk) for chunk in chunks])
            self._vectors.update(zip((chunk.id for chunk in chunks), vectors, strict=True))
        return document

    def document(self, document_id: str) -> Document:
        return self._documents[document_id]

    def documents(self, *, collection: str | None = None, ids: Sequence[str] | None = None) -> list[Document]:
        every = self._documents.values()
        return [each for each in every if collection in (None, each.collection) and (ids is None or each.id in ids)]

    def page(self, document_id: str, number: int) -> Page:
        found = next((page for page in self._pages[document_id] if page.number == number), None)
        if found is None:
            raise NotFound(f"Page {number} has not been read.")
        return found

    def page_image(self, document_id: str, number: int) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", (64 + number, 96), (len(document_id), 0, 0)).save(out, "JPEG")
        return out.getvalue()

    def get(self, chunk_ids: Sequence[str]) -> list[Chunk]:
        return [self._chunks[id] for id in chunk_ids if id in self._chunks]

    def lexical(self, match: str, filters: Filters, limit: int) -> list[tuple[str, float]]:
        rows = self._terms.execute("SELECT id, -bm25(t) FROM t WHERE t MATCH ? ORDER BY bm25(t), rowid", (match,))
        return [(id, score) for id, score in rows if self._passes(id, filters)][:limit]

    def vectors(self, filters: Filters) -> tuple[list[str], NDArray[np.float32]]:
        ids = [id for id in self._vectors if self._passes(id, filters)]
        return ids, np.stack([self._vectors[id] for id in ids]) if ids else np.zeros((0, 1), dtype=np.float32)

    def _passes(self, chunk_id: str, filters: Filters) -> bool:
        chunk = self._chunks[chunk_id]
        return (
            (not filters.documents or chunk.document_id in filters.documents)
            and filters.collection in (None, self._documents[chunk.document_id].collection)
            and (not filters.languages or chunk.language in filters.languages)
            and (not filters.pages or chunk.page_number in filters.pages)
        )


def written_page(text: str, *, number: int = 1, right_to_left: bool = False) -> Page:
    """A page as an engine would read it: blank lines between blocks, three or more spaces between columns.

    A block that begins with `# ` is a title, one of `| cell | cell |` lines a table (its first line the header).
    Columns of a block stand below each other.
    """
    blocks: list[Block] = []
    words: list[Word] = []
    top = 0.05
    for paragraph in text.strip("\n").split("\n\n"):
        lines = paragraph.split("\n")
        block_words = _words(lines, top, right_to_left=right_to_left)
        blocks.append(_block(f"b{len(blocks)}", lines, block_words, top))
        words += block_words
        top += (len(lines) + 0.6) * LINE
    return Page(number=number, width=595, height=842, blocks=tuple(blocks), words=tuple(words), engine="test/1")


def _words(lines: Sequence[str], top: float, *, right_to_left: bool) -> list[Word]:
    rows = [_columns(line) for line in lines]
    shared = [row for row in rows if len(row) > 1]
    widths = [max(_width(row[n]) for row in shared if n < len(row)) for n in range(max(map(len, shared), default=0))]
    starts = [MARGIN + sum(widths[:n]) + n * COLUMN_GAP for n in range(len(widths))] or [MARGIN]
    words = []
    for number, row in enumerate(rows):
        y = top + number * LINE
        for text, start in zip(row, starts, strict=False):
            words += _placed(text, start, y, right_to_left=right_to_left)
    return words


def _columns(line: str) -> list[str]:
    return re.split(r"\s*\|\s*|\s{3,}", line.strip("| ").removeprefix("# "))


def _placed(text: str, x: float, y: float, *, right_to_left: bool) -> list[Word]:
    words = []
    for part in text.split():
        width = _width(part)
        x0, x1 = (1 - x - width, 1 - x) if right_to_left else (x, x + width)
        words.append(Word(text=part, bbox=BBox.from_corners(x0, y, x1, y + 0.018)))
        x += width + SPACE
    return words


def _width(text: str) -> float:
    letters = sum(2 if ord(c) > 0x2E80 else 1 for c in text if c != " ")
    return 0.008 * letters + SPACE * text.count(" ")


def _block(id: str, lines: Sequence[str], words: Sequence[Word], top: float) -> Block:
    bbox = BBox.around([word.bbox for word in words])
    text = " ".join(" ".join(_columns(line)) for line in lines)
    if lines[0].startswith("# "):
        return Block(id=id, label=BlockLabel.TITLE, bbox=bbox, text=text, level=1, language=language_of(text))
    table = _table(lines, words, top) if lines[0].startswith("|") else None
    return Block(
        id=id,
        label=BlockLabel.TABLE if table else BlockLabel.TEXT,
        bbox=bbox,
        text=text,
        table=table,
        language=language_of(text),
    )


def _table(lines: Sequence[str], words: Sequence[Word], top: float) -> Table:
    cells = []
    for row, line in enumerate(lines):
        texts = [text.strip() for text in line.strip("| ").split("|")]
        for column, text in enumerate(texts):
            y = top + row * LINE
            inside = [w.bbox for w in words if w.text in text.split() and y <= w.bbox.center[1] <= y + LINE]
            cells.append(
                {
                    "row": row,
                    "column": column,
                    "text": text,
                    "is_header": row == 0,
                    "bbox": BBox.around(inside) if inside else None,
                }
            )
    return Table.model_validate(
        {"num_rows": len(lines), "num_columns": max(len(line.strip("| ").split("|")) for line in lines), "cells": cells}
    )
