"""A database with a damaged table: what can be read of it goes, row by row, into a new one.

What is lost of documents and collections is made again from what else knows of it: indexes, the audit trail, the
originals. Texts, passages and vectors are the business of the rest of the check.
"""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from docintel import intake
from docintel.checking import identities
from docintel.errors import DamagedStore, DocintelError, FileError
from docintel.home import Home
from docintel.jobs.worker_registry import num_alive
from docintel.library.deleting import original_key
from docintel.library.documents import document_id, folded
from docintel.library.jobs import control
from docintel.library.jobs.repository import Jobs, Pages
from docintel.library.jobs.states import JobState, JobStep, PageState
from docintel.library.jobs.summary import refresh
from docintel.library.people.access import owner_in
from docintel.library.store import DATABASE, translate_errors
from docintel.model import DocumentState
from storage import row_checksums, row_damage, schema
from storage.database import Database, Transaction
from storage.files import Files
from storage.salvage import Remnant, Salvaged, salvage
from storage.tables import ROW_CHECKSUM

LOST_PAGE = "What was read of the page was lost in the database; it is read again."
CHILDREN = ("jobs", "pages", "page_bodies", "page_languages", "chunks", "tags")
"""Tables whose rows belong to documents."""
KEPT_ONCE = (
    "audit",
    "corrections",
    "conversations",
    "exchanges",
    "watches",
    "watched_files",
    "readers",
    "schemas",
    "facts",
    "bin",
    "tags",
    "origins",
)
"""What their lost rows said stands nowhere else."""


@dataclass(frozen=True)
class LostDocument:
    """What is still known of a document whose row is lost."""

    id: str
    collection: str
    content: str
    name: str
    added_at: float


def salvaged(home: Home) -> str:
    """Puts a new database in the place of a damaged one, which is kept. What was done.

    Nobody else may have it open. Raises DocintelError, and DamagedStore where nothing can be read.
    """
    if not home.is_owner or num_alive(home.settings.home):
        raise DocintelError("End the app and the workers first: the database is to be replaced. Then repair.")
    store = home.library.store
    path = store.home / DATABASE
    new = path.with_name(f"{DATABASE}.salvaged")
    with translate_errors():
        store.database.close()
        try:
            found = salvage(path, new)
            lost = _make_again(new, store.files, found)
            aside = _replace(path, new)
        finally:
            new.unlink(missing_ok=True)
            store.database = Database.open(path)
    return f"its rows were read one by one into a new one; {lost}the damaged one is kept as {aside.name}"


def _make_again(path: Path, files: Files, found: Salvaged) -> str:
    """Completes what was salvaged; what of it is lost for good. Raises DamagedStore."""
    database = Database.open(path)
    try:
        with database.write() as tx:
            tx.run("PRAGMA defer_foreign_keys=ON")
            identities.restore(tx, files)
            num_unknown = _add_documents(tx, files, found.remnants.get("documents", []))
            _add_collections(tx)
            _drop_orphans(tx)
            _add_jobs(tx)
            _read_lost_pages(tx)
            for row in tx.rows("SELECT id FROM documents"):
                refresh(tx, row["id"])
            schema.note(tx)
            for table in row_checksums.TABLES:  # what only indexes still knew
                row_damage.renew_checksums(tx, table, f"{ROW_CHECKSUM} IS NULL")
        if problems := database.check():
            raise DamagedStore(f"What could be read of it makes no whole: {problems[0]}.")
    finally:
        database.close()
    return _lost(found, num_unknown)


def _lost(found: Salvaged, num_documents: int) -> str:
    counts = {name: len(found.remnants.get(name, [])) for name in KEPT_ONCE} | {"documents": num_documents}
    lost = ", ".join(f"{count:,} of {name}" for name, count in counts.items() if count)
    return f"rows that are lost: {lost}; " if lost else ""


def _replace(path: Path, new: Path) -> Path:
    """At no moment is there no database."""
    aside = path.with_name(f"{DATABASE}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    os.link(path, aside)
    new.replace(path)
    for suffix in ("-journal", "-wal", "-shm"):  # of the old one
        path.with_name(f"{DATABASE}{suffix}").unlink(missing_ok=True)
    return aside


# documents


def _add_documents(tx: Transaction, files: Files, remnants: Iterable[Remnant]) -> int:
    """Those whose rows are lost; how many cannot be made again."""
    known = {str(remnant["id"]): remnant for remnant in remnants if remnant.get("id")}
    children = " UNION ".join(f"SELECT document_id AS id FROM {table}" for table in CHILDREN)
    rows = tx.rows(f"SELECT id FROM ({children}) WHERE id NOT IN (SELECT id FROM documents)")
    missing = sorted(known.keys() | {str(row["id"]) for row in rows})
    originals = [key.rpartition("/")[2] for key in files.keys("originals/")]
    lost = [_lost_document(tx, each, known.get(each, {}), originals) for each in missing]
    tx.insert("documents", [_row_of(document, files) for document in lost if document])
    return lost.count(None)


def _lost_document(tx: Transaction, id: str, remnant: Remnant, originals: list[str]) -> LostDocument | None:
    entry = tx.row(
        "SELECT name, collection, at FROM audit WHERE document_id = :id AND name <> '' ORDER BY seq DESC LIMIT 1", id=id
    )
    collection = remnant.get("collection") or (entry and entry["collection"])
    if not collection:
        return None
    origin = tx.value("SELECT collection FROM origins WHERE document_id = :id", id=id) or str(collection)
    content = remnant.get("content") or _content_of(id, origin, originals)
    if not content or document_id(origin, str(content)) != id:
        return None
    return LostDocument(
        id=id,
        collection=str(collection),
        content=str(content),
        name=entry["name"] if entry else f"salvaged-{id[:8]}",
        added_at=float(remnant.get("added_at") or (entry["at"] if entry else time.time())),
    )


def _content_of(id: str, collection: str, originals: Iterable[str]) -> str | None:
    """A document's id follows from its collection and content, so that the file to it can be found."""
    return next((content for content in originals if document_id(collection, content) == id), None)


def _row_of(document: LostDocument, files: Files) -> dict[str, object]:
    """As when it was added; what follows from its pages is counted later."""
    path = files.path(original_key(document.content))
    return {
        "id": document.id,
        "collection": document.collection,
        "content": document.content,
        "name": document.name,
        "name_folded": folded(document.name),
        "media_type": _media_type(path),
        "size": path.stat().st_size if path.exists() else 0,
        "added_at": document.added_at,
        "state": DocumentState.QUEUED,
    }


def _media_type(path: Path) -> str:
    try:
        return intake.media_type(path)
    except (FileError, OSError):
        return "application/octet-stream"


# what belongs to them


def _add_collections(tx: Transaction) -> None:
    """Those that documents are in; an owner that only the lost row knew is whose name the collection bears."""
    rows = tx.rows(
        "SELECT DISTINCT collection AS name FROM documents WHERE collection NOT IN (SELECT name FROM collections)"
    )
    tx.insert("collections", [{"name": row["name"], "owner": owner_in(row["name"])} for row in rows])
    tx.run(
        "UPDATE collections SET (embedding_model, dimension) = (SELECT v.model, length(v.vector) / 4 FROM chunks c "
        "JOIN vectors v ON v.rowid = c.rowid WHERE c.collection = collections.name LIMIT 1) "
        "WHERE embedding_model IS NULL"
    )


def _drop_orphans(tx: Transaction) -> None:
    """Rows that belong to what is lost for good."""
    while rows := tx.rows("PRAGMA foreign_key_check"):
        for table, rowid in {(row["table"], row["rowid"]) for row in rows}:
            tx.run(f'DELETE FROM "{table}" WHERE rowid = :rowid', rowid=rowid)


def _add_jobs(tx: Transaction) -> None:
    """A document without a job gets one, at the step that its pages say; without pages it is opened anew."""
    for row in tx.rows("SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM jobs)"):
        counts = Pages(tx).counts(row["id"])
        Jobs(tx).add(row["id"], engine="", languages=(), priority=0)
        if counts.all:
            state = JobState.QUEUED if counts.open else JobState.DONE
            step = JobStep.PAGES if counts.open else JobStep.FINISH
            tx.run(
                "UPDATE jobs SET state = :state, step = :step WHERE document_id = :id",
                state=state,
                step=step,
                id=row["id"],
            )


def _read_lost_pages(tx: Transaction) -> None:
    """Pages whose rows or texts are lost, or were made again from indexes, wait to be read again."""
    tx.run(
        "UPDATE pages SET state = :failed, error = :error WHERE state = :done AND (image_hash IS NULL OR NOT EXISTS "
        "(SELECT 1 FROM page_bodies b WHERE b.document_id = pages.document_id AND b.number = pages.number))",
        failed=PageState.FAILED,
        done=PageState.DONE,
        error=LOST_PAGE,
    )
    for id, number in list(_missing_pages(tx)):
        tx.insert("pages", [{"document_id": id, "number": number, "state": PageState.FAILED, "error": LOST_PAGE}])
    for row in tx.rows("SELECT document_id AS id, number FROM pages WHERE error = :error", error=LOST_PAGE):
        for table in ("page_bodies", "page_languages"):
            tx.run(f"DELETE FROM {table} WHERE document_id = :id AND number = :number", **row)
        control.retry(tx, row["id"], row["number"])


def _missing_pages(tx: Transaction) -> Iterator[tuple[str, int]]:
    """Of documents that have been opened."""
    rows = tx.rows(
        "SELECT d.id, max(d.num_pages, coalesce((SELECT max(number) FROM pages WHERE document_id = d.id), 0), "
        "coalesce((SELECT max(number) FROM page_bodies WHERE document_id = d.id), 0)) AS num_pages "
        "FROM documents d JOIN jobs j ON j.document_id = d.id WHERE j.step <> :open",
        open=JobStep.OPEN,
    )
    for row in rows:
        there = {each["number"] for each in tx.rows("SELECT number FROM pages WHERE document_id = :id", id=row["id"])}
        yield from ((row["id"], number) for number in range(1, row["num_pages"] + 1) if number not in there)
