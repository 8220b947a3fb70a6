"""How long a search takes over many chunks, and the list of many documents.

    python -m benchmarks.search [--chunks 10000] [--documents 500] [--queries 200] [--exact] [--json FILE]

Documents of made-up English sentences go through the real database, full-text table and vector index; their pages are
handed in as a worker would, without the reading, and for time's sake their chunks get random vectors of the embedding
model's size. A search is all of it: the question's vector by the real model, both retrievers, fusion, reading chunks.
`--exact` searches without the vector index, as the command line does beside a running app. The Chroma index is drained
before the clock starts.
"""

import argparse
import json
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from docintel.chunking import chunk_pages
from docintel.embedding import Embedder
from docintel.home import Home
from docintel.jobs.leases import FinishTask, Leases, OpenTask, PageTask
from docintel.model import BBox, Block, BlockLabel, Page, Word
from docintel.pipeline import ReadPage, jpeg
from docintel.settings import Settings
from docintel.workers.preparing import Preparer

SYLLABLES = "ba con de fer gra hi in ka lo mer no pre qui ra se tion ul ver wo za".split()
VOCABULARY = 20_000
ZIPF = 1.07
PER_LINE = 10
OWNER = "benchmark/0/0.0"


@dataclass(frozen=True)
class Times:
    what: str
    runs: int
    median_ms: float
    p95_ms: float
    most_ms: float
    processor_ms: float
    """Mean over all threads: what a quiet machine would need at most."""


class RandomVectors:
    """Stands in for an embedding model where only the number and size of vectors matter."""

    def __init__(self, embedder: Embedder) -> None:
        self.model = embedder.model
        self.dimension = embedder.dimension
        self.languages = embedder.languages
        self.scale = embedder.scale
        self.knows = embedder.knows
        self.query = embedder.query
        self._dice = np.random.default_rng(3)

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = self._dice.normal(size=(len(texts), self.dimension)).astype(np.float32)
        normed: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normed


class Writer:
    """Writes made-up prose whose words are as unevenly used as a language's are (Zipf's law)."""

    def __init__(self, seed: int) -> None:
        coin = random.Random(1)
        self._words = ["".join(coin.choices(SYLLABLES, k=coin.randint(1, 4))) for _ in range(VOCABULARY)]
        self._weights = np.cumsum(1 / np.arange(1, VOCABULARY + 1) ** ZIPF).tolist()
        self.dice = random.Random(seed)

    def words(self, count: int) -> str:
        return " ".join(self.dice.choices(self._words, cum_weights=self._weights, k=count))

    def sentence(self) -> str:
        return f"{self.words(self.dice.randint(8, 20)).capitalize()} {self.dice.randint(1, 9_999)}."


def pages(writer: Writer, chunks: int) -> Iterator[Page]:
    """Pages of four headed paragraphs, each a chunk."""
    for number in range(1, chunks // 4 + 1):
        blocks: list[Block] = []
        for part in range(4):
            top = part * 0.25
            heading = f"{writer.words(2).title()} {number}.{part}"
            text = " ".join(writer.sentence() for _ in range(5))
            for label, says, low, high in (
                (BlockLabel.SECTION_HEADER, heading, top, top + 0.03),
                (BlockLabel.TEXT, text, top + 0.04, top + 0.2),
            ):
                box = BBox(x0=0.1, y0=low, x1=0.9, y1=high)
                blocks.append(Block(id=f"b{len(blocks)}", label=label, bbox=box, text=says, language="en"))
        words = [word for block in blocks for word in printed(block)]
        yield Page(number=number, width=595, height=842, blocks=tuple(blocks), words=tuple(words), engine="made-up/1")


def printed(block: Block) -> Iterator[Word]:
    """The block's words in lines of ten."""
    texts = block.text.split()
    height = block.bbox.height / (len(texts) // PER_LINE + 1)
    for place, text in enumerate(texts):
        line, column = divmod(place, PER_LINE)
        x, y = block.bbox.x0 + column * 0.08, block.bbox.y0 + line * height
        yield Word(text=text, bbox=BBox(x0=x, y0=y, x1=x + 0.07, y1=y + 0.8 * height))


def fill(home: Home, folder: Path, num_documents: int, num_chunks: int) -> None:
    writer = Writer(7)
    leases, preparer = Leases(home.library, OWNER), Preparer(home.library, RandomVectors(home.embedder))
    picture = jpeg(np.full((64, 48, 3), 240, dtype=np.uint8))
    for number in range(num_documents):
        path = folder / "page.png"
        Image.fromarray(np.full((8, 8, 3), (number // 256, number % 256, 0), dtype=np.uint8)).save(path)
        document = home.library.add(path, name=f"{writer.words(2)} {number}.png").document
        made = list(pages(writer, max(4, num_chunks // num_documents)))
        [opening] = leases.take(1)
        if isinstance(opening, OpenTask):
            leases.opened(opening, len(made), "image/png")
        for page in made:
            [task] = leases.take(1)
            if isinstance(task, PageTask):
                prepared = preparer.prepared(chunk_pages(document.id, [page]))
                read = ReadPage(
                    page,
                    "0" * 8,
                    "images/00/one.jpg",
                    picture,
                    "thumbnails/00/one.jpg",
                    picture,
                    "00/one",
                    b"",
                    cached=False,
                    is_final=True,
                    seconds=1,
                )
                home.library.commits.commit_page(document.id, read, prepared, preparer.embedding, owner=OWNER)
        [last] = leases.take(1)
        if isinstance(last, FinishTask):
            prepared = preparer.prepared(chunk_pages(document.id, made))
            home.library.commits.finish(document.id, prepared, preparer.embedding, owner=OWNER)


def timed(what: str, calls: Sequence[Callable[[], object]]) -> Times:
    taken = []
    processor = time.process_time()
    for call in calls:
        began = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - began))
    processor = 1000 * (time.process_time() - processor) / len(calls)
    median, p95 = np.percentile(taken, [50, 95])
    return Times(
        what, len(taken), round(float(median), 1), round(float(p95), 1), round(max(taken), 1), round(processor, 1)
    )


def questions(count: int) -> list[str]:
    writer = Writer(11)
    return [f"What is the {writer.words(4)}?" for _ in range(count)]


def measure(folder: Path, num_documents: int, num_chunks: int, num_queries: int, *, exact: bool) -> list[Times]:
    with Home.open(Settings(home=folder / "home", engine="fake"), owner=True) as home:
        began = time.perf_counter()
        fill(home, folder, num_documents, num_chunks)
        print(
            f"{home.library.chunks.count()} chunks of {home.library.count()} documents in "
            f"{time.perf_counter() - began:.0f} s",
            flush=True,
        )
        if home.index is not None and not exact:
            began = time.perf_counter()
            while home.index.drain():
                continue
            print(f"the vector index took them in {time.perf_counter() - began:.0f} s", flush=True)
        home.search("warm up")
        asked = [lambda query=query: home.search(query) for query in questions(num_queries)]
        return [
            timed("search, exact" if exact else "search", asked),
            timed(f"list of {num_documents} documents", [home.library.documents] * 20),
            timed("list, by part of a name", [lambda: home.library.documents(name_contains="con")] * 20),
            timed("thumbnails of 50 documents", [lambda: thumbnails(home, 50)] * 5),
        ]


def thumbnails(home: Home, count: int) -> None:
    for document in home.library.documents(limit=count):
        home.library.thumbnail(document.id)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="docintel-search-") as name:
        results = measure(Path(name), wanted.documents, wanted.chunks, wanted.queries, exact=wanted.exact)
    print("| | runs | median, ms | 95th percentile, ms | most, ms | processor, ms |\n|---|---:|---:|---:|---:|---:|")
    for each in results:
        print(
            f"| {each.what} | {each.runs} | {each.median_ms} | {each.p95_ms} | {each.most_ms} | {each.processor_ms} |"
        )
    if wanted.json:
        machine = {"machine": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()}
        wanted.json.write_text(
            json.dumps({**machine, "times": [asdict(each) for each in results]}, indent=1), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
