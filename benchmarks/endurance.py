"""Reads a mixed heap of pages while every process is killed again and again; nothing may be lost or done twice.

    python -m benchmarks.endurance [--pages 1000] [--kills 100] [--seed 1] [--json FILE]

The heap (benchmarks/mixed.py) is read twice: once by one worker that nobody disturbs, once by an owner of the home (the
index's thread, searches all the time, two workers that it keeps alive) and a command that adds the files, while
workers, their reading processes, the owner and the command are killed with SIGKILL at random moments and started again.
Then both homes must hold the same: documents, pages, texts, chunks, terms, vectors, pictures and cache entries, byte by
byte; a trigger in the database counts how often each page was committed; every chunk is searched for by its vector and
by a word; and `docintel check` has its say.

Real are files, rendering, reading processes, queue, database, Chroma. Reading is the fake engine's (the text layer, or
a hash of the picture), vectors are hashed words. The owner starts a killed worker at once, where the app would wait
longer each time. A page whose reading process is killed twice is set aside, as it must be; it is then retried here.
"""

import argparse
import contextlib
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from benchmarks.digest import digests
from benchmarks.mixed import HashedWords, make
from docintel.home import Home, VectorSearch
from docintel.index import Index
from docintel.ingest import IngestOptions, ingest
from docintel.jobs.queue import Queue
from docintel.library import Library
from docintel.library.jobs.states import PageState
from docintel.model import Filters
from docintel.permissions import keep_private
from docintel.settings import Settings
from docintel.text.terms import index_terms
from docintel.workers.worker import Worker

NUM_WORKERS = 2
SOON = 0.3
"""So many kills don't wait for progress: they hit what is just starting."""
MAX_PAUSE_S = 30.0
PATIENCE_S = 300.0
"""Without any page done or process killed, after which the run is given up."""
CRASHED = "crashed the process"
TARGETS = {"worker": 35, "reading process": 35, "owner": 20, "command": 10}
"""What is killed, and how often in comparison."""


@dataclass
class Result:
    pages: int = 0
    documents: int = 0
    chunks: int = 0
    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TARGETS, 0))
    kills_with_leased_pages: int = 0
    leases_hit: int = 0
    commits: dict[int, int] = field(default_factory=dict)
    """How often pages were committed → how many pages."""
    attempts: int = 0
    set_aside_and_retried: int = 0
    ended_by_themselves: int = 0
    same_digest: bool = False
    differing: list[str] = field(default_factory=list)
    found_by_vector: int = 0
    found_by_word: int = 0
    check: list[str] = field(default_factory=list)
    undisturbed_s: float = 0.0
    disturbed_s: float = 0.0

    @property
    def is_good(self) -> bool:
        found_all = self.found_by_vector == self.found_by_word == self.chunks > 0
        return self.same_digest and found_all and set(self.commits) == {1} and not self.check


def settings_for(home: Path, *, jobs: int = 1) -> Settings:
    return Settings(_env_file=None, home=home, engine="fake", jobs=jobs, dpi=72, stop_after_failures=0)


# the processes that are killed


def own(home: Path) -> None:
    """App-like: owns the home, drains the outbox, searches, keeps workers alive; ends when its stdin does."""
    with Home.open(settings_for(home), owner=True) as house:
        assert house.index is not None
        house.index.start()
        nearest = VectorSearch(house.library, house.index, HashedWords())
        workers = [_started("work", home) for _ in range(NUM_WORKERS)]
        watch = _watch_stdin()
        while watch.is_alive():
            workers = [each if _runs(each) else _started("work", home) for each in workers]
            nearest.query(HashedWords().query("invoice total"), 5, Filters())
            house.library.chunks.lexical("contract", Filters(), 5)
            time.sleep(0.2)


def work(home: Path) -> None:
    """A worker, until its owner, who holds the other end of stdin, is gone."""
    watch = _watch_stdin()
    library = Library.open(settings_for(home))
    Worker(library, embedder=HashedWords()).run(should_stop=lambda: not watch.is_alive())
    library.close()


def _watch_stdin() -> threading.Thread:
    """Alive as long as who started this process is."""
    watch = threading.Thread(target=sys.stdin.read, daemon=True)
    watch.start()
    return watch


def add(home: Path, folder: Path) -> None:
    """A command that adds every file, unhurriedly."""
    with Home.open(settings_for(home), owner=False) as house:
        for _ in ingest(house.library, sorted(folder.iterdir()), IngestOptions()):
            time.sleep(0.02)


def _started(part: str, *arguments: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "benchmarks.endurance", "--part", part, *map(str, arguments)]
    return subprocess.Popen(command, cwd=Path(__file__).resolve().parent.parent, stdin=subprocess.PIPE)


def _runs(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it runs; one that has ended is buried."""
    if process.poll() is None:
        return True
    if process.stdin:
        process.stdin.close()
    return False


# the killing


class Disturbed:
    """The run in which processes are killed."""

    def __init__(self, home: Path, folder: Path, kills: int, pages: int, seed: int, result: Result) -> None:
        self._home, self._folder, self._wanted, self._pages = home, folder, kills, pages
        self._dice = random.Random(seed)
        self._result = result
        self._library = Library.open(settings_for(home))
        count_commits(self._library)
        self._owner = _started("own", home)
        self._command: subprocess.Popen[bytes] | None = _started("add", home, folder)

    def run(self) -> None:
        try:
            for number in range(self._wanted):
                self._wait_for_moment(number)
                while not self._kill():
                    continue
            self._wait_until(lambda: self._command is None and self._is_done())
        finally:
            _end(self._owner)
            if self._command is not None:
                _end(self._command)
            self._library.close()

    def _wait_for_moment(self, number: int) -> None:
        """Kills are spread over the pages, and each comes at some moment after that; some follow soon."""
        follows_soon = self._dice.random() < SOON
        enough = 0 if follows_soon else (number + 1) * self._pages // (self._wanted + 1)
        end = time.monotonic() + MAX_PAUSE_S
        self._wait_until(lambda: self._num_done() >= enough or time.monotonic() > end)
        self._sleep(self._dice.uniform(0.0, 3.0 if follows_soon else 0.3))

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._look_after()
            time.sleep(0.02)

    def _wait_until(self, is_time: "Callable[[], bool]") -> None:
        last, seen = time.monotonic(), -1
        while not is_time():
            self._look_after()
            if (done := self._num_done()) != seen:
                last, seen = time.monotonic(), done
            if time.monotonic() - last > PATIENCE_S:
                raise TimeoutError(f"nothing happens any more after {done} pages")
            time.sleep(0.05)

    def _look_after(self) -> None:
        """Who was killed is started again; what was set aside because its process was killed twice is retried."""
        if not _runs(self._owner):
            self._count_end(self._owner)
            self._owner = _started("own", self._home)
        if self._command is not None and not _runs(self._command):
            self._count_end(self._command)
            self._command = None if self._command.returncode == 0 else _started("add", self._home, self._folder)
        self._retry()

    def _count_end(self, process: "subprocess.Popen[bytes]") -> None:
        self._result.ended_by_themselves += process.returncode not in {0, -9}

    def _retry(self) -> None:
        with self._library.store.read() as tx:
            pages = tx.rows(
                "SELECT document_id, number FROM pages WHERE state = 'failed' AND instr(error, :how) > 0", how=CRASHED
            )
            jobs = tx.rows(
                "SELECT document_id FROM jobs WHERE state = 'quarantined' AND instr(error, :how) > 0", how=CRASHED
            )
        queue = Queue(self._library)
        for row in pages:
            self._result.set_aside_and_retried += queue.retry(row["document_id"], row["number"])
        for row in jobs:
            self._result.set_aside_and_retried += queue.retry(row["document_id"])

    def _kill(self) -> bool:
        """One process of a kind that is drawn first and then waited for: what is rare is killed as often as planned.

        False: it was gone before.
        """
        kind = self._dice.choices(list(TARGETS), list(TARGETS.values()))[0]
        self._wait_until(lambda: any(self._victims(kind)) or self._is_done())
        name = kind if any(self._victims(kind)) else "owner"
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            victim, worker = self._dice.choice(list(self._victims(name)))
            hit = self._num_leased(worker)
            victim.kill()
            self._result.kills[name] += 1
            self._result.kills_with_leased_pages += hit > 0
            self._result.leases_hit += hit
            return True
        return False

    def _victims(self, name: str) -> Iterator[tuple[psutil.Process, int]]:
        """Processes of that name, each with the worker whose leases are hit with it (0: none directly)."""
        with contextlib.suppress(psutil.NoSuchProcess):
            owner = psutil.Process(self._owner.pid)
            workers = [each for each in owner.children() if "work" in each.cmdline()]
            match name:
                case "owner":
                    yield owner, 0
                case "command" if self._command is not None:
                    yield psutil.Process(self._command.pid), 0
                case "worker" | "command":
                    yield from ((worker, worker.pid) for worker in workers)
                case _:
                    for worker in workers:
                        for server in worker.children():
                            yield from ((child, worker.pid) for child in server.children())

    def _num_leased(self, worker: int) -> int:
        with self._library.store.read() as tx:
            return int(
                tx.value(
                    "SELECT count(*) FROM pages WHERE state = 'reading' AND instr(owner, :worker) > 0",
                    worker=f"/{worker}/",
                )
            )

    def _num_done(self) -> int:
        return self._library.page_counts().get(PageState.DONE, 0)

    def _is_done(self) -> bool:
        with self._library.store.read() as tx:
            waits = tx.value("SELECT 1 FROM outbox LIMIT 1")
        return Queue(self._library).is_idle() and not waits


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
    process.wait()
    _runs(process)


def undisturbed(home: Path, folder: Path) -> None:
    add(home, folder)
    library = Library.open(settings_for(home, jobs=2))
    Worker(library, embedder=HashedWords()).run(until_idle=True)
    library.close()


# what must be the same, and what must be found


def count_commits(library: Library) -> None:
    """Has the database count how often each page's text is written."""
    with library.store.write() as tx:
        tx.run("CREATE TABLE commits (document_id TEXT, number INTEGER)")
        tx.run(
            "CREATE TRIGGER count_commits AFTER INSERT ON page_bodies BEGIN "
            "INSERT INTO commits VALUES (new.document_id, new.number); END"
        )


def search_all(home: Path, result: Result) -> None:
    """Every chunk by its own vector, through Chroma, and by a word of it."""
    library = Library.open(settings_for(home))
    index = Index(library)
    index.opened()
    while index.drain():
        continue
    ids, vectors = library.chunks.vectors(Filters())
    equals = Counter(vector.tobytes() for vector in vectors)
    texts = {chunk.id: chunk for chunk in library.chunks.get(ids)}
    for chunk_id, vector in zip(ids, vectors, strict=True):
        hits = index.query(vector, equals[vector.tobytes()] + 4, Filters())
        result.found_by_vector += chunk_id in {each for each, _ in hits}
        word = index_terms(texts[chunk_id].text).split()[-1]
        only = Filters(documents=(texts[chunk_id].document_id,))
        result.found_by_word += chunk_id in {each for each, _ in library.chunks.lexical(f'"{word}"', only, 10_000)}
    result.chunks = library.chunks.count()
    index.close()
    library.close()


def checked(home: Path) -> list[str]:
    command = [sys.executable, "-m", "docintel", "check", "--home", str(home)]
    done = subprocess.run(command, cwd=Path(__file__).resolve().parent.parent, capture_output=True, text=True)
    return done.stdout.splitlines() + ([f"exit status {done.returncode}"] if done.returncode else [])


def count(home: Path, result: Result) -> None:
    library = Library.open(settings_for(home))
    with library.store.read() as tx:
        rows = tx.rows(
            "SELECT n, count(*) AS pages FROM "
            "(SELECT count(*) AS n FROM commits GROUP BY document_id, number) GROUP BY n"
        )
        result.attempts = int(tx.value("SELECT sum(attempts) FROM pages"))
        unread = tx.value("SELECT count(*) FROM pages WHERE state <> 'done'")
    result.commits = {row["n"]: row["pages"] for row in rows} | ({0: unread} if unread else {})
    result.documents = library.count()
    library.close()


def measure(folder: Path, *, pages: int, kills: int, seed: int) -> Result:
    result = Result(pages=pages)
    files = folder / "heap"
    make(files, pages, seed)
    began = time.perf_counter()
    undisturbed(folder / "undisturbed", files)
    result.undisturbed_s = round(time.perf_counter() - began, 1)
    began = time.perf_counter()
    Disturbed(folder / "disturbed", files, kills, pages, seed, result).run()
    result.disturbed_s = round(time.perf_counter() - began, 1)
    one, other = digests(settings_for(folder / "undisturbed")), digests(settings_for(folder / "disturbed"))
    result.differing = [name for name in one if one[name] != other[name]]
    result.same_digest = not result.differing
    count(folder / "disturbed", result)
    result.check = checked(folder / "disturbed")
    search_all(folder / "disturbed", result)
    return result


def main() -> None:
    keep_private()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.part:
        name, *paths = wanted.part
        parts: dict[str, Callable[..., None]] = {"own": own, "work": work, "add": add}
        parts[name](*map(Path, paths))
        return
    with tempfile.TemporaryDirectory(prefix="docintel-endurance-") as folder:
        result = measure(Path(folder), pages=wanted.pages, kills=wanted.kills, seed=wanted.seed)
    print("| | |\n|---|---:|")
    for name, value in asdict(result).items():
        print(f"| {name.replace('_', ' ')} | {value} |")
    if wanted.json:
        machine = {"machine": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()}
        wanted.json.write_text(json.dumps({**machine, **asdict(result)}, indent=1), encoding="utf-8")
    sys.exit(0 if result.is_good else 1)


if __name__ == "__main__":
    main()
