"""The database as a whole: SQLite's own checks, the full-text index, who holds what in the queue, the outbox."""

from collections.abc import Iterator
from functools import partial
from statistics import median_low as median

from docintel.checking import salvaging
from docintel.checking.findings import Problem
from docintel.errors import DamagedStore
from docintel.home import Home
from docintel.jobs.leases import Leases
from docintel.jobs.process_id import is_gone, this_process
from docintel.library.jobs.repository import LeaseTable
from docintel.library.jobs.summary import refresh
from docintel.library.store import Store, translate_errors
from docintel.model import DocumentState
from storage import row_damage
from storage.database import Transaction

NAME = "docintel.sqlite3"
HIGHEST = 1 << 40
"""No row ever has such a number."""
MENDED = (
    "`docintel restore` a backup; or `docintel check --repair`, while nothing else runs, saves what can be read of it."
)
LOST = (
    "`docintel restore` a backup. Without one: rename docintel.sqlite3, delete audit_head, then `docintel ingest` the "
    "folder files/originals in DOCINTEL_HOME; every document is there and is read again, under its checksum as its "
    "name."
)


def problems(home: Home) -> Iterator[Problem]:
    store = home.library.store
    yield from _structure(home, store)
    yield from _sequences(store)
    yield from _states(store)
    yield from _full_text(store)
    yield from _outbox(store)
    yield from _leases(home)


def _structure(home: Home, store: Store) -> Iterator[Problem]:
    if not _has_sound_schema(store):
        text = "Its tables are not defined as they were: a byte has changed in what SQLite knows of them."
        yield Problem("database", NAME, text, advice=LOST)
        return
    found = store.database.check(whole=home.is_owner)
    if found:
        text = f"SQLite finds it damaged: {found[0]}" + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
        yield Problem("database", NAME, text, lambda: _made_sound(home, store), advice=MENDED)


def _has_sound_schema(store: Store) -> bool:
    try:
        with translate_errors():
            return store.database.has_sound_schema()
    except DamagedStore:
        return True  # whatever it is, SQLite says it better


def _made_sound(home: Home, store: Store) -> str:
    """Indexes have their truth in the tables; of a damaged table what can be read is saved."""
    try:
        with translate_errors():
            store.database.reindex()
        if not store.database.check():
            return "its indexes were made again"
    except DamagedStore:
        pass
    try:
        return salvaging.salvaged(home)
    except DamagedStore as error:
        raise DamagedStore(f"{error} {LOST}") from error


SEQUENCES = ("audit", "watches", "corrections", "jobs", "chunks", "outbox", "trash")
"""Tables of which SQLite remembers the highest number that a row ever had."""


def _sequences(store: Store) -> Iterator[Problem]:
    with store.read() as tx:
        wrong = [name for name in SEQUENCES if not _has_sound_sequence(tx, name)]
        is_foreign = tx.value("SELECT 1 FROM sqlite_sequence WHERE name NOT IN :names LIMIT 1", names=SEQUENCES)
    if wrong or is_foreign:
        text = f"Which number a row of {', '.join(wrong) or 'some table'} is given next makes no sense."
        yield Problem("database", NAME, text, partial(_numbered_again, store))


def _has_sound_sequence(tx: Transaction, table: str) -> bool:
    """It is there once there was a row, and neither lower than rows are numbered nor beyond all reason."""
    rows = tx.rows("SELECT seq FROM sqlite_sequence WHERE name = :name", name=table)
    last = tx.value(f"SELECT max(rowid) FROM {table}") or 0
    if not rows:
        return last == 0
    [seq, *more] = [row["seq"] for row in rows]
    return not more and isinstance(seq, int) and last <= seq < HIGHEST


def _numbered_again(store: Store) -> str:
    with store.write() as tx:
        for name in SEQUENCES:
            if not _has_sound_sequence(tx, name):
                tx.run("DELETE FROM sqlite_sequence WHERE name = :name", name=name)
                tx.run(f"INSERT INTO sqlite_sequence SELECT :name, max(rowid) FROM {name} HAVING max(rowid)", name=name)
        tx.run("DELETE FROM sqlite_sequence WHERE name NOT IN :names", names=SEQUENCES)
    return "it follows the highest number there is"


ADDED = "(SELECT max(at) FROM audit a WHERE a.document_id = documents.id AND a.action = 'added')"
ODD_STATE = (
    "state NOT IN :states OR NOT json_valid(languages) OR typeof(added_at) NOT IN ('real', 'integer') "
    f"OR abs(added_at - coalesce({ADDED}, added_at)) > 60"
)


def _states(store: Store) -> Iterator[Problem]:
    """What nobody can read as a document, and when it was added; the rest of its row is compared later."""
    with store.read() as tx:
        sql = f"SELECT id, name FROM documents WHERE {ODD_STATE}"
        rows = [(row["id"], row["name"]) for row in tx.rows(sql, states=[str(state) for state in DocumentState])]
    for id, name in rows:
        text = "Its state, or when it was added, makes no sense."
        yield Problem("document", name, text, partial(_counted_again, store, id))


def _counted_again(store: Store, id: str) -> str:
    with store.write() as tx:
        refresh(tx, id)
        sql = f"SELECT added_at, {ADDED} AS noted, (SELECT min(created_at) FROM jobs WHERE document_id = :id) AS queued"
        row = tx.row(f"{sql} FROM documents WHERE id = :id", id=id)
        times = [value for value in (row or {}).values() if isinstance(value, int | float)]
        tx.run("UPDATE documents SET added_at = :at WHERE id = :id", id=id, at=median(times))
        row_damage.renew_checksums(tx, "documents", "id = :id", id=id)
    return "it was counted again"


FTS5_VERSION = 4
"""Of the format of SQLite's full-text tables, which they name themselves."""

STRAY = (
    "{rowid} NOT IN (SELECT rowid FROM chunks) "
    "AND {rowid} NOT IN (SELECT CAST(key AS INTEGER) FROM trash WHERE room = 'words')"
)
"""Entries of the index of words whose chunks are no more, and that are not about to go."""


def _full_text(store: Store) -> Iterator[Problem]:
    try:
        with store.write() as tx:
            tx.run("INSERT INTO chunk_terms (chunk_terms) VALUES ('integrity-check')")
            num_stray = tx.value(f"SELECT count(*) FROM chunk_terms_content WHERE {STRAY.format(rowid='id')}")
    except DamagedStore:
        yield Problem(
            "database", NAME, "The index of words is damaged: searches miss passages.", lambda: _words_again(store)
        )
        return
    if num_stray:
        yield Problem(
            "database",
            NAME,
            f"The index of words knows {num_stray} passages that are no more.",
            lambda: _without_stray(store),
        )


def _words_again(store: Store) -> str:
    with store.write() as tx:
        tx.run("DELETE FROM chunk_terms_config")
        tx.run("INSERT INTO chunk_terms_config VALUES ('version', :version)", version=FTS5_VERSION)
    with store.write() as tx:
        tx.run("INSERT INTO chunk_terms (chunk_terms) VALUES ('rebuild')")
    return "the index of words was made again"


def _without_stray(store: Store) -> str:
    with store.write() as tx:
        tx.run(f"DELETE FROM chunk_terms WHERE {STRAY.format(rowid='rowid')}")
    return "they were removed"


def _outbox(store: Store) -> Iterator[Problem]:
    with store.read() as tx:
        count = tx.value(f"SELECT count(*) FROM outbox WHERE {ODD}")
    if count:
        yield Problem(
            "index", "outbox", f"{count} changes for the vector index make no sense.", lambda: _without_odd(store)
        )


ODD = "operation NOT IN ('add', 'delete') OR collection NOT IN (SELECT name FROM collections)"


def _without_odd(store: Store) -> str:
    with store.write() as tx:
        tx.run(f"DELETE FROM outbox WHERE {ODD}")
    return "they were removed; the index is compared with the database below"


def _leases(home: Home) -> Iterator[Problem]:
    """What is held by processes that are gone; a worker that runs puts it back by itself within seconds."""
    with home.library.store.read() as tx:
        held = {holder.owner: len(LeaseTable(tx).tasks_of(holder.owner)) for holder in LeaseTable(tx).holders()}
    for owner, count in held.items():
        if is_gone(owner):
            text = f"{count} pages or documents are held by a process that has ended."
            yield Problem("queue", owner, text, lambda: _put_back(home))


def _put_back(home: Home) -> str:
    Leases(home.library, this_process()).reclaim()
    return "they wait to be read again"
