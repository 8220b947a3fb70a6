"""Deleting: rows at once, files by way of a list that survives a crash, and only those that nothing else uses."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from docintel.library import chunks, documents
from docintel.library.people import audit
from docintel.library.store import Store
from docintel.model import User
from storage.database import Transaction

IN_USE = {
    "files": (
        "SELECT 1 FROM pages WHERE image_key = :key",
        "SELECT 1 FROM pages WHERE thumbnail_key = :key AND image_key = replace(:key, 'thumbnails/', 'images/')",
        "SELECT 1 FROM documents WHERE :key LIKE 'work/%' AND unlocked_key = :key",
        "SELECT 1 FROM documents WHERE content = substr(:key, -64)",
    ),
    "cache": ("SELECT 1 FROM pages WHERE cache_key = :key",),
}
"""By bucket (stored in `trash.room`): queries that answer whether anything still uses a key."""


def delete(store: Store, name: str, user: User | None = None, *, derived: Sequence[Path] = ()) -> None:
    """Everything that only this document used, and the folders in `derived`, which hold what can be made again of any.

    Raises NotFound, OwnerOnly.
    """
    with store.write() as tx:
        row = documents.find_own(tx, name, user)
        audit.of_document(tx, row, user=user, action="deleted")
        _throw_away_files(tx, row.id)
        chunks.remove_all(tx, row.id, row.collection)
        tx.run("DELETE FROM documents WHERE id = :id", id=row.id)
    for folder in derived:
        shutil.rmtree(folder, ignore_errors=True)
    sweep(store)


def _throw_away_files(tx: Transaction, document_id: str) -> None:
    for bucket, column in (("files", "image_key"), ("files", "thumbnail_key"), ("cache", "cache_key")):
        tx.run(
            f"INSERT INTO trash (room, key) SELECT DISTINCT '{bucket}', {column} FROM pages "
            f"WHERE document_id = :id AND {column} IS NOT NULL",
            id=document_id,
        )
    row = tx.row("SELECT content, unlocked_key FROM documents WHERE id = :id", id=document_id)
    if row:
        keys = [original_key(row["content"]), row["unlocked_key"]]
        tx.insert("trash", [{"room": "files", "key": key} for key in keys if key])


def original_key(content: str) -> str:
    return f"originals/{content[:2]}/{content}"


def sweep(store: Store) -> int:
    """Removes what was thrown away and is in nobody's use; a document that comes back meanwhile keeps its files."""
    with store.read() as tx:
        waiting = tx.value("SELECT count(*) FROM trash")
    if not waiting:
        return 0
    with store.write() as tx:  # writers wait, so that nothing begins to use a file between the look and the deed
        rows = tx.rows("SELECT seq, room, key FROM trash ORDER BY seq")
        for row in rows:
            if not is_used(tx, row["room"], row["key"]):
                (store.files if row["room"] == "files" else store.cache.store).delete(row["key"])
        if rows:
            tx.run("DELETE FROM trash WHERE seq <= :last", last=rows[-1]["seq"])
    return len(rows)


def is_used(tx: Transaction, bucket: str, key: str) -> bool:
    return any(tx.value(query, key=key) for query in IN_USE[bucket])
