"""Deleting: a document is gone at once; what it leaves behind is removed little by little, whatever happens meanwhile.

The `trash` table lists what is left behind: files, cache entries, words in the full-text index. Each is removed unless
something uses it again by then.
"""

import logging
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from docintel.library import documents
from docintel.library.chunks import rows as chunks
from docintel.library.conversations import rows as conversations
from docintel.library.people import audit
from docintel.library.store import Store
from docintel.model import User
from docintel.pipeline.cache import Bytes
from storage.database import Transaction

log = logging.getLogger(__name__)

IN_USE = {
    "files": (
        "SELECT 1 FROM pages WHERE image_key = {key} UNION ALL "
        "SELECT 1 FROM pages WHERE thumbnail_key = {key} AND image_key = replace({key}, 'thumbnails/', 'images/') "
        "UNION ALL SELECT 1 FROM documents WHERE id = substr({key}, 6) AND unlocked_key = {key} UNION ALL "
        "SELECT 1 FROM documents WHERE content = substr({key}, -64)"
    ),
    "cache": "SELECT 1 FROM pages WHERE cache_key = {key}",
    "words": "SELECT 1 FROM chunks WHERE rowid = {key}",
}
"""By bucket (stored in `trash.room`): a query that has rows while anything still uses the SQL expression `key`."""
AT_A_TIME, PAUSE_S = 100, 0.125
"""Entries of the trash a transaction, and the pause after it, in which others write: SQLite asks for its turn every
100 ms at the least."""
AT_ONCE = 500
"""Entries that whoever deletes waits for; workers remove the rest."""


def delete(store: Store, name: str, user: User | None = None, *, derived: Sequence[Path] = ()) -> None:
    """Everything that only this document used, and the folders in `derived`, which hold what can be made again of any.

    It may be in the bin. Raises NotFound, OwnerOnly.
    """
    with store.write() as tx:
        row = documents.find_own(tx, name, user, with_bin=True)
        audit.of_document(tx, row, user=user, action="deleted")
        _throw_away_files(tx, row.id)
        chunks.throw_away(tx, row.id, row.collection)
        conversations.forget_document(tx, row.id)
        tx.run("DELETE FROM documents WHERE id = :id", id=row.id)
        documents.drop_deleted_collections(tx)
    for folder in derived:
        shutil.rmtree(folder, ignore_errors=True)
    sweep(store, AT_ONCE)


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


def sweep(store: Store, limit: int | None = None) -> int:
    """Removes what was thrown away and is in nobody's use, at most `limit` entries: how many it went through."""
    num_swept = 0
    while limit is None or num_swept < limit:
        with store.read() as tx:
            if not tx.value("SELECT 1 FROM trash LIMIT 1"):
                break
        if num_swept:
            time.sleep(PAUSE_S)
        with store.write() as tx:  # writers wait, so that nothing begins to use a file between the look and the deed
            num_swept += _sweep_some(store, tx)
    return num_swept


def _sweep_some(store: Store, tx: Transaction) -> int:
    rows = tx.rows("SELECT seq, room, key FROM trash ORDER BY seq LIMIT :limit", limit=AT_A_TIME)
    if not rows:
        return 0
    last = rows[-1]["seq"]
    used = {bucket: _used(tx, bucket, last) for bucket in {row["room"] for row in rows}}
    unused = {bucket: {row["key"] for row in rows if row["room"] == bucket} - keys for bucket, keys in used.items()}
    for key in unused.get("files", ()):
        _remove(store.files, key)
    for key in unused.get("cache", ()):
        _remove(store.cache.store, key)
    chunks.remove_words(tx, [int(key) for key in unused.get("words", ())])
    tx.run("DELETE FROM trash WHERE seq <= :last", last=last)
    return len(rows)


def _remove(files: Bytes, key: str) -> None:
    """One that cannot be removed holds up no other: `docintel check` finds it."""
    try:
        files.delete(key)
    except OSError as error:
        log.warning("%s is left over: %s", key, error.strerror)


def _used(tx: Transaction, bucket: str, last: int) -> set[str]:
    """Those of the trash's first entries that something uses."""
    in_use = IN_USE[bucket].format(key="t.key")
    rows = tx.rows(
        f"SELECT t.key AS key FROM trash t WHERE t.room = :bucket AND t.seq <= :last AND EXISTS ({in_use})",
        bucket=bucket,
        last=last,
    )
    return {row["key"] for row in rows}


def is_used(tx: Transaction, bucket: str, key: str) -> bool:
    return bool(tx.value(IN_USE[bucket].format(key=":key") + " LIMIT 1", key=key))
