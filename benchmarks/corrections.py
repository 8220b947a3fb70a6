"""Whether corrections outlive two writers at once who are killed again and again.

    python -m benchmarks.corrections [--corrections 1000] [--kills 40] [--seed 1]

Two processes make random corrections, undos and redos of the pages of one document; every one that was made is noted in
a file of its own. At random moments one of the two is killed with SIGKILL and started again. In the end no noted
correction may be lost, each page must be what its history makes of what was read, the passages what the pages give, the
vector index what the database says, and `docintel check` must find nothing.
"""

import argparse
import json
import random
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from docintel.checking import check
from docintel.chunking import chunk_pages
from docintel.corrections import replay
from docintel.errors import DoesNotFit, StoreBusy, UsageError
from docintel.home import Home
from docintel.home.correcting import Correcting
from docintel.library import Library, indexing
from docintel.model import Document, User
from docintel.permissions import keep_private
from docintel.pipeline import ReadPage
from docintel.pipeline.cache import cache_key
from docintel.settings import Settings
from docintel.workers.worker import Worker
from tests.corrections import pages
from tests.corrections.pages import random_correction
from tests.houses import WordCounts, pdf, read_of, settings_in
from tests.waiting import until

NUM_PAGES = 3
LONGEST_S = 1.0
"""Between two kills."""
WRITERS = ("anna@example.org", "ben@example.org")


@dataclass
class Result:
    corrections: int = 0
    kills: int = 0
    noted: int = 0
    """Corrections of which a writer was told that they were made."""
    conflicts: int = 0
    """Times that a writer was told that the other was faster."""
    seconds: float = 0.0
    lost: int = 0
    pages_that_differ: int = 0
    passages_that_differ: int = 0
    findings: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.pages_that_differ or self.passages_that_differ or self.findings)


def read(_path: Path, number: int, *_: Any) -> ReadPage:
    """Runs in a reading process."""
    found = read_of(pages.page(number), name=str(number))
    return replace(found, cache_key=cache_key(found.image_hash, found.page.engine))


def write(settings: Settings, document_id: str, user: str, goal: int, noted: Path) -> None:
    """A writer: corrects until the document has `goal` corrections. Runs in a process of its own."""
    dice = random.Random()
    library = Library.open(settings).for_user(User(id=user, name=user, is_admin=True))
    correcting = Correcting(library, WordCounts())
    with noted.open("a", encoding="utf-8") as notes:
        while len(library.corrections.history(document_id)) < goal:
            try:
                notes.write(f"{_corrected(library, correcting, document_id, dice)}\n")
            except (DoesNotFit, StoreBusy):
                notes.write("conflict\n")
            except UsageError:
                continue  # nothing to undo
            finally:
                notes.flush()


def _corrected(library: Library, correcting: Correcting, document_id: str, dice: random.Random) -> int:
    number, chance = dice.randint(1, NUM_PAGES), dice.random()
    if chance < 0.15:
        return correcting.undo(document_id, number).seq
    if chance < 0.2:
        return correcting.redo(document_id, number).seq
    newest = library.corrections.newest(document_id, number)
    correction = random_correction(library.page(document_id, number), dice)
    return correcting.correct(document_id, number, correction, expected=newest).seq


def measure(folder: Path, *, goal: int, kills: int, seed: int) -> Result:
    settings = settings_in(folder)
    document = _read_document(settings, folder)
    result, began = Result(), time.perf_counter()
    _write_and_kill(settings, document, folder, result, goal=goal, kills=kills, dice=random.Random(seed))
    result.seconds = round(time.perf_counter() - began, 1)
    _compare(settings, document, _notes(folder), result)
    return result


def _read_document(settings: Settings, folder: Path) -> Document:
    library = Library.open(settings)
    document = library.add(pdf(folder / "bill.pdf", *"abc"), name="bill.pdf").document
    Worker(library, embedder=WordCounts(), read=read).run(until_idle=True)
    library.close()
    return document


def _write_and_kill(
    settings: Settings, document: Document, folder: Path, result: Result, *, goal: int, kills: int, dice: random.Random
) -> None:
    def started(user: str) -> BaseProcess:
        process = get_context("spawn").Process(
            target=write, args=(settings, document.id, user, goal, folder / f"{user}.txt")
        )
        process.start()
        return process

    writers = {user: started(user) for user in WRITERS}
    while any(process.is_alive() for process in writers.values()):
        time.sleep(dice.uniform(0.05, LONGEST_S))
        user = dice.choice(WRITERS)
        has_begun = len(_notes(folder)) > 10 * result.kills
        if result.kills < kills and has_begun and writers[user].is_alive():
            writers[user].kill()
            writers[user].join()
            writers[user] = started(user)
            result.kills += 1
    for process in writers.values():
        process.join()


def _notes(folder: Path) -> list[str]:
    """Whole lines: a writer may have been killed within one."""
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*@example.org.txt")]
    return [line for text in texts for line in text.rpartition("\n")[0].split("\n") if line]


def _compare(settings: Settings, document: Document, notes: list[str], result: Result) -> None:
    with Home.open(settings, owner=True) as home:
        vars(home._models)["embedder"] = WordCounts()
        library = home.library
        history = [each.entry for each in library.corrections.history(document.id)]
        there = {str(entry.seq) for entry in history}
        result.corrections = len(history)
        result.noted = len([note for note in notes if note != "conflict"])
        result.conflicts = notes.count("conflict")
        result.lost = len(set(notes) - {"conflict"} - there)
        for page in library.pages(document.id):
            entries = [entry for entry in history if entry.page == page.number]
            replayed = replay(pages.page(page.number), entries)
            result.pages_that_differ += replayed.page != page or bool(replayed.misfits)
        right = {chunk.id: chunk for chunk in chunk_pages(document.id, library.pages(document.id))}
        stored = {chunk.id: chunk for chunk in library.chunks.of(document.id)}
        result.passages_that_differ = len(right.items() ^ stored.items())
        assert home.index is not None
        home.index.start()
        until(lambda: not indexing.backlog(library.store))
    with Home.open(settings, owner=True) as home:
        vars(home._models)["embedder"] = WordCounts()
        found = [finding for finding in check(home, repair=False) if finding.state != "left_out"]
        result.findings = tuple(f"{finding.part}: {finding.problem}" for finding in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corrections", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    keep_private()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder), goal=options.corrections, kills=options.kills, seed=options.seed)
    print(json.dumps(asdict(result), indent=1))
    raise SystemExit(0 if result.is_good else 1)


if __name__ == "__main__":
    main()
