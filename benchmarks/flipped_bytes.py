"""What becomes of one flipped bit, in every class of file and in every table of a home.

    python -m benchmarks.flipped_bytes [--flips 10] [--seed 1] [--only CLASS]… [--json FILE]

A home of a few mixed documents (engine `fake`), with an owner, readers, a watched folder and a vector index, is copied
for each flip; one bit at a random place of the class is turned. `docintel check` then either notices it or not; after
`--repair`, and reading what waits to be read again, everything is compared with what was there. Bits of the database
that change nothing (free space in a page of SQLite) are not counted.
"""

import argparse
import json
import logging
import os
import platform
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.digest import digests
from benchmarks.endurance import settings_for, undisturbed
from benchmarks.mixed import HashedWords, make
from docintel import json_files
from docintel.checking import Finding, check
from docintel.errors import DocintelError
from docintel.home import Home
from docintel.library import Library, watches
from docintel.library.watches import WatchedFile
from docintel.permissions import keep_private
from docintel.server.accounts.users import Users
from docintel.server.ended import EndedSignIns
from docintel.settings import Settings, settings_store
from docintel.workers.worker import Worker
from storage.tables import metadata

DATABASE = "docintel.sqlite3"
MAX_DRAWS = 200

Place = tuple[Path, int, int]
"""A file, the first byte of a part of it, and its length."""
FILES = {
    "originals": "files/originals/*/*",
    "pictures": "files/images/*/*",
    "thumbnails": "files/thumbnails/*/*",
    "cache entries": "cache/*/*",
    "vector index": "chroma/**/*",
    "settings, users, sign-outs": "*.json",
    "audit_head": "audit_head",
}


@dataclass
class Counts:
    flips: int = 0
    noticed: int = 0
    mended: int = 0
    """All of it is what it was."""


def home_to_flip(folder: Path) -> Path:
    home = folder / "home"
    make(folder / "heap", 24, 1)
    undisturbed(home, folder / "heap")
    with opened(settings_for(home)) as made:
        made.library.people.share("default", readers=["ann@example.org", "bob@example.org"])
        made.library.people.share("default", owner="eve@example.org")
        watch = watches.watch(made.library.store, folder / "heap", collection="watched")
        for document in made.library.documents():
            size, error = document.size, None if document.num_pages else "It was refused."
            file = WatchedFile(path=document.name, size=size, modified_ns=1, document_id=document.id, error=error)
            watches.remember(made.library.store, watch.id, file)
        settings_store.write(home, {"dpi": 200, "languages": ["de", "fr"]})
        Users(home).add("ann@example.org", "correct horse battery")
        EndedSignIns(home).end({"_streamlit_user": "x" * 300})
        assert made.index is not None
        made.index.rebuild()
    return home


def opened(settings: Settings) -> Home:
    home = Home.open(settings)
    home._models.use(HashedWords())
    return home


def classes(home: Path) -> dict[str, list[Place]]:
    """By name; tables without rows are left out."""
    found = {
        name: [(path, 0, path.stat().st_size) for path in sorted(home.glob(pattern)) if path.is_file()]
        for name, pattern in FILES.items()
    }
    with closing(sqlite3.connect(home / DATABASE)) as database:
        indexes = {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
        for name, offset, size in database.execute("SELECT name, pgoffset, pgsize FROM dbstat ORDER BY pageno"):
            title = "indexes" if name in indexes else f"table {name}"
            found.setdefault(title, []).append((home / DATABASE, offset, size))
        empty = {f"table {name}" for name in metadata.tables if not _has_rows(database, name)}
    return {name: [place for place in places if place[2]] for name, places in found.items() if name not in empty}


def _has_rows(database: sqlite3.Connection, table: str) -> bool:
    return database.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone() is not None


def contents(home: Path) -> object:
    """Every row of every table, and what SQLite thinks of them; None where they cannot be read."""
    try:
        with closing(sqlite3.connect(home / DATABASE)) as database:
            database.text_factory = bytes
            tables = [
                row[0].decode() for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            rows = {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in sorted(tables)}
            return rows, database.execute("PRAGMA integrity_check").fetchall()
    except (sqlite3.DatabaseError, UnicodeError):
        return None


def flip(places: list[Place], home: Path, copy: Path, dice: random.Random) -> None:
    """In a fresh copy of the home."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(home, copy)
    path, first, size = dice.choice(places)
    there = copy / path.relative_to(home)
    data = bytearray(there.read_bytes())
    data[first + dice.randrange(size)] ^= 1 << dice.randrange(8)
    there.write_bytes(data)


def found(settings: Settings, *, repair: bool) -> list[Finding]:
    """What `docintel check` finds; where the home cannot even be opened, that."""
    try:
        with opened(settings) as home:
            findings = [each for each in check(home, repair=repair) if each.state in {"found", "mended"}]
            if repair and not home.queue.is_idle():
                Worker(home.library, embedder=HashedWords()).run(until_idle=True)
            return findings
    except DocintelError as error:
        return [Finding(part="database", name=DATABASE, problem=str(error), state="found")]


def kept(settings: Settings) -> object:
    """What must be the same again: documents and all that was read, and what people set."""
    library = Library.open(settings)
    try:
        people = [(each.name, each.owner, each.readers) for each in library.collections()]
        names = {document.id: (document.name, document.added_at) for document in library.documents()}
        trail = [entry for entry in library.people.trail(limit=10_000) if entry.action != "retried"]
        watched = [
            (each.folder, each.collection, watches.files(library.store, each.id))
            for each in watches.watches(library.store)
        ]
        files = {name: (settings.home / name).read_bytes() for name in json_files.NAMES}
        return digests(settings), people, names, trail, watched, files
    finally:
        library.close()


def is_mended(settings: Settings, before: object) -> bool:
    try:
        return not found(settings, repair=False) and kept(settings) == before
    except (DocintelError, ValueError, OSError):
        return False


def measure(folder: Path, *, flips: int, seed: int, only: list[str]) -> Iterator[tuple[str, Counts]]:
    home, dice = home_to_flip(folder), random.Random(seed)
    rows, before = contents(home), kept(settings_for(home))
    copy = folder / "copy"
    for name, places in classes(home).items():
        if only and name not in only:
            continue
        counts = Counts()
        for _ in range(flips):
            for _ in range(MAX_DRAWS):
                flip(places, home, copy, dice)
                if name in FILES or contents(copy) != rows:
                    break
            else:
                continue
            counts.flips += 1
            if found(settings_for(copy), repair=False):
                counts.noticed += 1
                found(settings_for(copy), repair=True)
                found(settings_for(copy), repair=True)  # a document's second damaged page
                counts.mended += is_mended(settings_for(copy), before)
        yield name, counts


def main() -> None:
    keep_private()
    logging.disable(logging.CRITICAL)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flips", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    every = {}
    print("| class | flips | noticed | mended |\n|---|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory(prefix="docintel-flips-") as folder:
        for name, each in measure(Path(folder), flips=wanted.flips, seed=wanted.seed, only=wanted.only):
            every[name] = asdict(each)
            row = (name, each.flips, each.noticed, each.mended)
            print(f"| {' | '.join(map(str, row))} |", flush=True)
    if wanted.json:
        machine = {"machine": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()}
        wanted.json.write_text(json.dumps({**machine, "classes": every}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
