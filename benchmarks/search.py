"""How long a search takes over many chunks, and the list of many documents.

    python -m benchmarks.search [--chunks 10000] [--documents 500] [--queries 200] [--exact] [--json FILE]

Documents of made-up English and German sentences go through the real database, full-text table, embedding model and
vector index (their pages are handed in as a worker would, without the reading). A search is the whole of it: the
question's vector, both legs, fusion, chunks loaded. `--exact` searches without the vector index, as the command line
does beside a running app. The Chroma index is drained before the clock starts.
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
from PIL import Image

from docintel.chunking import chunk_pages
from docintel.home import Home
from docintel.jobs.leases import FinishTask, Leases, OpenTask, PageTask
from docintel.jobs.preparing import Preparer
from docintel.model import BBox, Block, BlockLabel, Page
from docintel.pipeline import ReadPage, jpeg
from docintel.settings import Settings

SUBJECTS = "invoice contract tenant supplier report committee shipment patient account engine bridge harbour".split()
VERBS = "mentions pays delays approves delivers inspects rejects records measures replaces insures opens".split()
OBJECTS = "deposit total deadline clause storage meeting pump certificate cargo number diagnosis interest".split()
PLACES = "Hamburg Lyon Kyoto Lagos Lima Oslo Porto Quito Riga Turin Utrecht Wien".split()
OWNER = "benchmark/0/0.0"


@dataclass(frozen=True)
class Times:
    what: str
    runs: int
    median_ms: float
    p95_ms: float
    most_ms: float


def sentence(dice: random.Random) -> str:
    return (
        f"The {dice.choice(SUBJECTS)} {dice.choice(VERBS)} the {dice.choice(OBJECTS)} of {dice.choice(PLACES)} "
        f"in {dice.randint(1900, 2030)} for {dice.randint(10, 99_999)} euros."
    )


def pages(dice: random.Random, chunks: int) -> Iterator[Page]:
    """Pages of four headed paragraphs, each a chunk."""
    for number in range(1, chunks // 4 + 1):
        blocks: list[Block] = []
        for part in range(4):
            top = part * 0.25
            heading = f"{dice.choice(OBJECTS).title()} {number}.{part}"
            text = " ".join(sentence(dice) for _ in range(5))
            for label, says, low, high in (
                (BlockLabel.SECTION_HEADER, heading, top, top + 0.03),
                (BlockLabel.TEXT, text, top + 0.04, top + 0.2),
            ):
                box = BBox(x0=0.1, y0=low, x1=0.9, y1=high)
                blocks.append(Block(id=f"b{len(blocks)}", label=label, bbox=box, text=says, language="en"))
        yield Page(number=number, width=595, height=842, blocks=tuple(blocks), engine="made-up/1")


def fill(home: Home, folder: Path, num_documents: int, num_chunks: int) -> None:
    dice = random.Random(7)
    leases, preparer = Leases(home.library, OWNER), Preparer(home.library, home.embedder)
    picture = jpeg(np.full((64, 48, 3), 240, dtype=np.uint8))
    for number in range(num_documents):
        path = folder / "page.png"
        Image.fromarray(np.full((8, 8, 3), (number // 256, number % 256, 0), dtype=np.uint8)).save(path)
        document = home.library.add(path, name=f"{dice.choice(SUBJECTS)} {number}.png").document
        made = list(pages(dice, max(4, num_chunks // num_documents)))
        [opening] = leases.take(1)
        if isinstance(opening, OpenTask):
            leases.opened(opening, len(made), "image/png")
        for page in made:
            [task] = leases.take(1)
            if isinstance(task, PageTask):
                prepared = preparer.prepared(chunk_pages(document.id, [page]))
                read = ReadPage(
                    page, "0" * 8, "images/00/one.jpg", picture, "thumbnails/00/one.jpg", picture, "00/one", False, 1
                )
                home.library.commit_page(document.id, read, prepared, preparer.embedding, owner=OWNER)
        [last] = leases.take(1)
        if isinstance(last, FinishTask):
            prepared = preparer.prepared(chunk_pages(document.id, made))
            home.library.finish(document.id, prepared, preparer.embedding, owner=OWNER)


def timed(what: str, calls: Sequence[Callable[[], object]]) -> Times:
    taken = []
    for call in calls:
        began = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - began))
    median, p95 = np.percentile(taken, [50, 95])
    return Times(what, len(taken), round(float(median), 1), round(float(p95), 1), round(max(taken), 1))


def questions(count: int) -> list[str]:
    dice = random.Random(11)
    return [
        f"Which {dice.choice(SUBJECTS)} {dice.choice(VERBS)} the {dice.choice(OBJECTS)} of {dice.choice(PLACES)}?"
        for _ in range(count)
    ]


def measure(folder: Path, num_documents: int, num_chunks: int, num_queries: int, *, exact: bool) -> list[Times]:
    with Home.open(Settings(home=folder / "home", engine="fake"), owner=True) as home:
        began = time.perf_counter()
        fill(home, folder, num_documents, num_chunks)
        print(
            f"{home.library.count_chunks()} chunks of {home.library.count()} documents in "
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
            timed("list, by part of a name", [lambda: home.library.documents(name_contains="contract")] * 20),
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
    print("| | runs | median, ms | 95th percentile, ms | most, ms |\n|---|---:|---:|---:|---:|")
    for each in results:
        print(f"| {each.what} | {each.runs} | {each.median_ms} | {each.p95_ms} | {each.most_ms} |")
    if wanted.json:
        machine = {"machine": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()}
        wanted.json.write_text(
            json.dumps({**machine, "times": [asdict(each) for each in results]}, indent=1), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
