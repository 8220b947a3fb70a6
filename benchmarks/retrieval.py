"""Measures search across languages: python -m benchmarks.retrieval TEXTS [--passages 20000] [--questions 100] …

TEXTS is a folder with a file a language, `de.txt`: a passage a line, line n being the same in all of them, empty where
there is none (`benchmarks/parallel_texts.py` makes one). The passages of a language are a library. A question is the
first two thirds of a passage, in each of the languages; right is that passage in the library's language. Compared are

words         the full-text index alone
english       search with the English model of earlier releases, which embeds English passages only
multilingual  search with the embedded model
meaning       the embedded model alone

recall@1, recall@5, the mean reciprocal rank (of the first hundred) and nDCG@10 are means over pairs of languages: of
the same one, of two. `--picture` draws a pair each: share of the questions (rows) whose passage (columns) comes first.
Also printed: what similarities unrelated passages and passages that say the same have, how long a passage of a page
takes to be embedded, and how long a search takes.
"""

import argparse
import json
import os
import random
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from docintel.chunking import MAX_PIECES, num_pieces
from docintel.embedding import SentenceEmbedder, open_embedder
from docintel.language import language_of
from docintel.lexicon import compound_parts, stop_words
from docintel.model import Chunk, Filters
from docintel.retrieval import Retriever
from docintel.settings import Settings
from docintel.text.terms import index_terms, match_query

Vectors = NDArray[np.float32]
NUM_RANKED = 100
NUM_TIMED = 200
NUM_COMPARED = 1_000
CELL = 34


class Passages:
    """The passages of one language, and their vectors by each model that knows it."""

    def __init__(self, language: str, texts: dict[int, str], embedders: dict[str, SentenceEmbedder]) -> None:
        self.code = language.partition("-")[0]
        self.lines = list(texts)
        self._texts = texts
        self._terms = sqlite3.connect(":memory:")
        self._terms.execute("CREATE VIRTUAL TABLE t USING fts5(terms, tokenize='unicode61')")
        parts = compound_parts(self.code)
        rows = ((line, index_terms(text, parts)) for line, text in texts.items())
        self._terms.executemany("INSERT INTO t (rowid, terms) VALUES (?, ?)", rows)
        self.vectors_of = {
            name: embedder.passages(list(texts.values())) if embedder.knows(self.code) else np.zeros((0, 1), np.float32)
            for name, embedder in embedders.items()
        }

    def lexical(self, match: str, filters: Filters, limit: int) -> list[tuple[str, float]]:  # noqa: ARG002
        sql = "SELECT rowid, -rank FROM t WHERE t MATCH ? ORDER BY rank LIMIT ?"
        return [(str(line), score) for line, score in self._terms.execute(sql, (match, limit))]

    def get(self, chunk_ids: Sequence[str]) -> list[Chunk]:
        return [Chunk(id=id, text=self._texts[int(id)], language=self.code, sources=()) for id in chunk_ids]


class ModelPassages:
    """The same, with the vectors of one model."""

    def __init__(self, passages: Passages, name: str) -> None:
        self.lexical, self.get = passages.lexical, passages.get
        self._vectors = passages.vectors_of[name]
        self._ids = [str(line) for line in passages.lines] if len(self._vectors) else []

    def vectors(self, filters: Filters) -> tuple[list[str], Vectors]:  # noqa: ARG002
        return self._ids, self._vectors


@dataclass
class Figures:
    """Ranks of the right passages, from 0; None where it is not among the first hundred."""

    ranks: list[int | None] = field(default_factory=list)

    def as_dict(self) -> dict[str, float]:
        found = [rank for rank in self.ranks if rank is not None]
        count = max(len(self.ranks), 1)
        return {
            "recall@1": sum(rank < 1 for rank in found) / count,
            "recall@5": sum(rank < 5 for rank in found) / count,
            "MRR": sum(1 / (rank + 1) for rank in found) / count,
            "nDCG@10": sum(1 / np.log2(rank + 2) for rank in found if rank < 10) / count,
        }


def read(folder: Path) -> dict[str, list[str]]:
    return {
        path.stem: path.read_text(encoding="utf-8").splitlines()
        for path in sorted(folder.glob("*.txt"), key=lambda path: path.stem)
    }


def question_of(passage: str) -> str:
    """Its first two thirds, to the end of a word where there are words."""
    cut = passage[: -(-len(passage) * 2 // 3)]
    return cut.rpartition(" ")[0] or cut


def picked(lines: list[str], count: int) -> dict[int, str]:
    """Line number → passage, the same numbers in all languages as far as they have them."""
    order = random.Random(7).sample(range(len(lines)), len(lines))
    return {line: lines[line] for line in [line for line in order if lines[line]][:count]}


def rank_in(ids: Sequence[str], line: int) -> int | None:
    return ids.index(str(line)) if str(line) in ids else None


def searches(passages: Passages, embedders: dict[str, SentenceEmbedder]) -> dict[str, Callable[[str], list[str]]]:
    """Way to search → question → ids, best first."""

    def by_words(question: str) -> list[str]:
        match = match_query(question, stop_words(language_of(question)))
        return [id for id, _ in passages.lexical(match, Filters(), NUM_RANKED)] if match else []

    def by_meaning(question: str) -> list[str]:
        similarities = passages.vectors_of["multilingual"] @ embedders["multilingual"].query(question)
        best = np.argsort(-similarities, kind="stable")[:NUM_RANKED]
        return [str(passages.lines[row]) for row in best]

    def by(name: str) -> Callable[[str], list[str]]:
        retriever = Retriever(ModelPassages(passages, name), embedders[name])
        return lambda question: [hit.chunk.id for hit in retriever.search(question, limit=NUM_RANKED).hits]

    return {"words": by_words, **{name: by(name) for name in embedders}, "meaning": by_meaning}


def similarities(texts: dict[str, list[str]], embedder: SentenceEmbedder) -> dict[str, float]:
    """Quantiles over pairs of languages, or of passages and their first part for a model of one language."""
    known = [language for language in texts if embedder.knows(language.partition("-")[0])]
    shared = [n for n, row in enumerate(zip(*(texts[each] for each in known), strict=True)) if all(row)]
    lines = random.Random(3).sample(shared, min(NUM_COMPARED, len(shared)))
    vectors = {each: embedder.passages([texts[each][line] for line in lines]) for each in known}
    pairs = [(vectors[one], vectors[other]) for one in known for other in known if one != other]
    if not pairs:
        [language] = known
        pairs = [(embedder.passages([question_of(texts[language][line]) for line in lines]), vectors[language])]
    tables = [one @ other.T for one, other in pairs]
    same = np.concatenate([np.diag(table) for table in tables])
    others = np.concatenate([table[~np.eye(len(table), dtype=bool)][::17] for table in tables])
    low, half = np.percentile(same, [25, 50])
    unrelated, most = np.percentile(others, [75, 95])
    return {"passages": len(lines), "unrelated 75 %": unrelated, "unrelated 95 %": most, "same 25 %": low, "same": half}


def seconds_each(embedder: SentenceEmbedder, lines: list[str]) -> float:
    """For passages as long as chunks are."""
    chunks, chunk = [], ""
    for line in filter(None, lines):
        if num_pieces(chunk + line) > MAX_PIECES:
            chunks.append(chunk)
            chunk = ""
        chunk += line + "\n"
    embedder.query("the model is loaded")
    began = time.perf_counter()
    for start in range(0, NUM_TIMED, 50):
        embedder.passages(chunks[start : start + 50])
    return (time.perf_counter() - began) / NUM_TIMED


def draw(path: Path, languages: list[str], values: dict[tuple[str, str], float], title: str) -> None:
    """Questions' languages from top to bottom, passages' from left to right."""
    side = CELL * len(languages)
    picture = Image.new("RGB", (side + 90, side + 90), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    pen.text((8, 8), title, "black", font)
    pen.text((8, 28), "rows: language of the question; columns: of the passages", "black", font)
    for row, asked in enumerate(languages):
        pen.text((8, 84 + row * CELL), asked, "black", font)
        pen.text((70 + (row + 0.5) * CELL, 66), asked, "black", ImageFont.load_default(11), anchor="mm")
        for column, searched in enumerate(languages):
            value = values[asked, searched]
            left, top = 70 + column * CELL, 76 + row * CELL
            shade = tuple(round(255 + value * (each - 255)) for each in (8, 69, 148))
            pen.rectangle((left, top, left + CELL - 2, top + CELL - 2), fill=shade)
            pen.text((left + 7, top + 9), f"{100 * value:.0f}", "white" if value > 0.5 else "black", font)
    picture.save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--passages", type=int, default=20_000, help="of each language, at most")
    parser.add_argument("--questions", type=int, default=100, help="of each pair of languages")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    texts = read(wanted.texts)
    languages = list(texts)
    embedders = {
        "english": open_embedder(Settings(embedding_model="english")),
        "multilingual": open_embedder(Settings(embedding_model="embedded")),
    }
    speed = {name: 1000 * seconds_each(embedder, texts["en"]) for name, embedder in embedders.items()}
    print("ms to embed a passage of a page:", {name: round(each, 2) for name, each in speed.items()}, flush=True)
    scales = {name: similarities(texts, embedder) for name, embedder in embedders.items()}
    for name, scale in scales.items():
        print("similarities,", name, {what: round(float(each), 3) for what, each in scale.items()}, flush=True)

    figures: dict[str, dict[tuple[str, str], Figures]] = {}
    seconds: dict[str, list[float]] = {}
    sizes, known = {}, set()
    for searched in languages:
        passages = Passages(searched, picked(texts[searched], wanted.passages), embedders)
        sizes[searched] = len(passages.lines)
        ways = searches(passages, embedders)
        for asked in languages:
            lines = [line for line in passages.lines if texts[asked][line]][: wanted.questions]
            for way, search in ways.items():
                cell = figures.setdefault(way, {}).setdefault((asked, searched), Figures())
                for line in lines:
                    question = question_of(texts[asked][line])
                    began = time.perf_counter()
                    cell.ranks.append(rank_in(search(question), line))
                    if (way, question) not in known:  # else its vector may be remembered
                        seconds.setdefault(way, []).append(time.perf_counter() - began)
                    known.add((way, question))
        print(f"{searched}: {len(passages.lines)} passages", flush=True)

    results: dict[str, dict[str, dict[str, float]]] = {}
    print("| | languages | recall@1 | recall@5 | MRR | nDCG@10 | search, p95 ms |\n|---|---|---:|---:|---:|---:|---:|")
    for way, cells in figures.items():
        p95 = 1000 * float(np.percentile(seconds[way], 95))
        for what, is_same in (("same", True), ("two", False)):
            rows = [cell.as_dict() for (one, other), cell in cells.items() if (one == other) == is_same]
            means = {name: mean(row[name] for row in rows) for name in rows[0]}
            results.setdefault(way, {})[what] = means
            shown = " | ".join(f"{value:.3f}" for value in means.values())
            print(f"| {way} | {what} | {shown} | {p95:.1f} |")
    if wanted.picture:
        first = {pair: cell.as_dict()["recall@1"] for pair, cell in figures["multilingual"].items()}
        draw(wanted.picture, languages, first, "The right passage comes first, % of questions")
    if wanted.json:
        cells_of = {
            way: {f"{one}>{other}": cell.as_dict() for (one, other), cell in cells.items()}
            for way, cells in figures.items()
        }
        report = {
            "cores": os.cpu_count(),
            "passages": sizes,
            "questions": wanted.questions,
            "ms_a_passage": speed,
            "similarities": {name: {k: float(v) for k, v in each.items()} for name, each in scales.items()},
            "means": results,
            "cells": cells_of,
        }
        wanted.json.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
