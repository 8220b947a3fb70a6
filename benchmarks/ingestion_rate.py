"""Whether bulk ingestion slows down as the library grows: a library of 100 documents beside one of 10,000, in one run.

    python -m benchmarks.ingestion_rate [--few 100] [--many 10000] [--batch 50] [--rounds 6] [--json FILE]

Both libraries have a worker process and a vector index of their own, as the app has them; engine `fake` (it takes a
PDF's embedded text as what it sees), real rendering at 50 dpi, database, full-text table, files, Chroma; for time's
sake random vectors of the embedding model's size. The first `few` documents of both are ingested like the others; the
large library's further ones are copies of their rows, a hundred documents a transaction. Then batches of documents of
three pages go into the one and the other in turns. A batch is over when its documents are ready; the index follows
meanwhile as it can, and has heard of all before the next batch begins.
"""

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median

import pymupdf

from benchmarks.search import RandomVectors, Writer
from docintel.embedding import open_embedder
from docintel.errors import DocintelError
from docintel.home import Home
from docintel.library import Library, Transaction
from docintel.model import DocumentState
from docintel.settings import Settings
from docintel.workers.worker import Worker
from storage.tables import metadata

PAGES = 3
WORDS = 120
POLL_S = 0.05
GOAL = 0.9


@dataclass(frozen=True)
class Batch:
    documents_before: int
    pages: int
    seconds: float
    load: float

    @property
    def pages_per_second(self) -> float:
        return self.pages / self.seconds


def work(settings: Settings, stopped: Event) -> None:
    """A worker process."""
    library = Library.open(settings)
    try:
        Worker(library, embedder=RandomVectors(open_embedder(settings))).run(should_stop=stopped.is_set)
    finally:
        library.close()


@contextmanager
def house(folder: Path) -> Iterator[Home]:
    """A home whose index and worker run."""
    settings = Settings(home=folder, engine="fake", dpi=50, stop_after_failures=1)
    context = get_context("spawn")
    stopped = context.Event()
    worker = context.Process(target=work, args=(settings, stopped))
    with Home.open(settings, owner=True) as home:
        if home.index is not None:
            home.index.start()
        worker.start()
        try:
            yield home
        finally:
            stopped.set()
            worker.join()


def files(folder: Path, writer: Writer, count: int) -> Iterator[Path]:
    """Documents of their own words, no two alike."""
    for number in range(count):
        path = folder / f"{number}.pdf"
        with pymupdf.open() as document:
            for _ in range(PAGES):
                document.new_page().insert_textbox((72, 72, 520, 760), writer.words(WORDS), fontsize=11)
            document.save(path)
        yield path


def ingest(home: Home, paths: Sequence[Path]) -> Batch:
    before, load, began = home.library.count(), os.getloadavg()[0], time.perf_counter()
    ids = [home.library.add(path, name=path.name).document.id for path in paths]
    while not home.queue.is_idle():
        time.sleep(POLL_S)
    seconds = time.perf_counter() - began
    follow(home)
    if any(document.state is not DocumentState.READY for document in home.library.documents(ids=ids)):
        raise DocintelError("Not every document of the batch is ready.")
    return Batch(before, PAGES * len(paths), seconds, load)


def follow(home: Home) -> None:
    """Until the vector index has heard of all."""
    while home.index is not None and not home.index.is_current:
        time.sleep(POLL_S)


def multiply(library: Library, times: int) -> None:
    """Every document of the library so many times, as rows; their files are the same."""
    with library.store.read() as tx:
        rowids = tx.value("SELECT max(rowid) FROM chunks")
    for number in range(1, times):
        with library.store.write() as tx:
            copy(tx, number, rowids * number)
        time.sleep(POLL_S)  # the index writes too


def copy(tx: Transaction, number: int, shift: int) -> None:
    """The documents that stood first, once more under other ids."""
    mark = f"'~{number}'"
    is_first = "instr({}, '~') = 0"
    add(tx, "documents", is_first.format("id"), id=f"id || {mark}", content=f"content || {mark}")
    for table in ("jobs", "pages", "page_bodies", "page_languages"):
        add(tx, table, is_first.format("document_id"), document_id=f"document_id || {mark}")
    own = {"rowid": f"rowid + {shift}", "id": f"id || {mark}", "document_id": f"document_id || {mark}"}
    add(tx, "chunks", is_first.format("id"), **own, text_hash=f"text_hash || {mark}")
    first = f"rowid IN (SELECT rowid - {shift} FROM chunks WHERE rowid > {shift})"
    add(tx, "vectors", first, rowid=f"rowid + {shift}")
    tx.run(
        "INSERT INTO chunk_terms (rowid, terms, headings) "
        f"SELECT rowid + {shift}, terms, headings FROM chunk_terms WHERE {first}"
    )
    tx.run(
        "INSERT INTO outbox (collection, chunk_id, operation) "
        f"SELECT collection, id, 'add' FROM chunks WHERE rowid > {shift}"
    )


def add(tx: Transaction, table: str, where: str, **changed: str) -> None:
    """Rows like those `where`, with some columns changed; a table's own numbers are new."""
    columns = [column.name for column in metadata.tables[table].columns if (table, column.name) != ("jobs", "id")]
    values = ", ".join(changed.get(column, column) for column in columns)
    tx.run(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {where}")


def measure(folder: Path, few: int, many: int, batch: int, rounds: int) -> dict[int, list[Batch]]:
    writer = Writer(5)
    batches: dict[int, list[Batch]] = {few: [], many: []}
    with ExitStack() as stack:
        homes = {count: stack.enter_context(house(folder / str(count))) for count in (few, many)}
        first = list(files(folder, writer, few))
        for count, home in homes.items():
            began = time.perf_counter()
            ingest(home, first)
            multiply(home.library, count // few)
            follow(home)
            print(f"{home.library.count()} documents are there after {time.perf_counter() - began:.0f} s", flush=True)
        for number in range(rounds):
            order = list(homes) if number % 2 else list(homes)[::-1]
            for count in order:
                batches[count].append(ingest(homes[count], list(files(folder, writer, batch))))
                print(f"{count}: {batches[count][-1].pages_per_second:.1f} pages/s", flush=True)
    return batches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=100)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--batch", type=int, default=50, help="documents of a batch")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="docintel-rate-") as name:
        batches = measure(Path(name), wanted.few, wanted.many, wanted.batch, wanted.rounds)
    print("| documents in the library | batches | pages/s, median | least | most | load |")
    print("|---:|---:|---:|---:|---:|---:|")
    for count, each in batches.items():
        rates = [batch.pages_per_second for batch in each]
        loads = median(batch.load for batch in each)
        print(f"| {count:,} | {len(each)} | {median(rates):.2f} | {min(rates):.2f} | {max(rates):.2f} | {loads:.1f} |")
    pairs = [
        many.pages_per_second / few.pages_per_second
        for few, many in zip(batches[wanted.few], batches[wanted.many], strict=True)
    ]
    print(f"\nThe large library's rate is {median(pairs):.1%} of the small one's (median of pairs; goal: {GOAL:.0%}).")
    if wanted.json:
        machine = {"machine": platform.machine(), "cores": os.cpu_count()}
        results = {count: [asdict(batch) for batch in each] for count, each in batches.items()}
        wanted.json.write_text(
            json.dumps({**machine, "ratio": median(pairs), "batches": results}, indent=1), encoding="utf-8"
        )


if __name__ == "__main__":
    main()
