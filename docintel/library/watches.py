"""Watched folders, and what is known of the files in them."""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from docintel.errors import NotFound, OwnerOnly, UsageError
from docintel.library.people import access, audit
from docintel.library.store import Store
from docintel.model import Model, User
from storage.database import SqlValue, Transaction


class Watch(Model):
    id: int
    folder: Path
    collection: str
    languages: tuple[str, ...]
    engine: str
    is_recursive: bool
    move_to: Path | None
    """Where files go once they are taken; none: they stay."""
    is_kept: bool
    """Whoever owns the home looks at it; else only the command that made it does, while it runs."""
    looked_at: datetime | None
    error: str | None
    """Why the folder could not be looked at the last time."""
    num_refused: int


class WatchedFile(Model):
    """A file that needs no second look until it changes: taken (`document_id`), refused (`error`), or no document.

    One that was taken has an error, too, where it could not be moved. A zip is taken when all its documents were.
    """

    path: str
    """Relative to the folder; a name that is no Unicode is written with backslashes."""
    size: int
    modified_ns: int
    document_id: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class WatchRow:
    """A row of `ALL`."""

    id: int
    folder: str
    collection: str
    languages: str
    """JSON of a list of codes."""
    engine: str
    is_recursive: int
    move_to: str | None
    is_kept: int
    looked_at: float | None
    """Seconds since the epoch."""
    error: str | None
    num_refused: int


ALL = (
    "SELECT w.id, w.folder, w.collection, w.languages, w.engine, w.is_recursive, w.move_to, w.is_kept, w.looked_at, "
    "w.error, (SELECT count(*) FROM watched_files f WHERE f.watch = w.id AND f.error IS NOT NULL) AS num_refused "
    "FROM watches w"
)

FILES = "SELECT path, size, modified_ns, document_id, error FROM watched_files"


def watches(store: Store) -> list[Watch]:
    """In the order in which they were added."""
    with store.read() as tx:
        return [_watch(row) for row in tx.all(WatchRow, f"{ALL} ORDER BY w.id")]


def watch(
    store: Store,
    folder: Path,
    *,
    collection: str,
    languages: tuple[str, ...] = (),
    engine: str = "",
    is_recursive: bool = True,
    move_to: Path | None = None,
    is_kept: bool = True,
    roots: Sequence[str] | None = None,
    user: User | None = None,
) -> Watch:
    """From now on `folder` is watched for `collection`; what is known of its files stays known.

    `roots`: what it and `move_to` must lie under, see `outside`; None: whoever asks may read and write the disk anyway.

    Raises OwnerOnly, and UsageError where it is no folder, is kept being watched already, or where docintel would take
    up what it writes itself.
    """
    _must_see_all(user)
    folder, move_to = folder.expanduser().resolve(), move_to and move_to.expanduser().resolve()
    if roots is not None and (reason := outside(roots, folder, move_to)):
        raise UsageError(reason)
    _check(store, folder, move_to)
    options: dict[str, SqlValue] = {
        "languages": json.dumps(languages),
        "engine": engine,
        "is_recursive": int(is_recursive),
        "move_to": str(move_to) if move_to else None,
        "is_kept": int(is_kept),
        "owner": user.id if user else "",
    }
    with store.write() as tx:
        collection = access.place_for(tx, collection, user)
        watch_id = _insert_or_update(tx, str(folder), collection, options)
        if is_kept:
            audit.record(tx, user=user, action="watched", collection=collection, detail=str(folder))
        [row] = tx.all(WatchRow, f"{ALL} WHERE w.id = :id", id=watch_id)
        return _watch(row)


def outside(roots: Sequence[str], folder: Path, move_to: Path | None) -> str | None:
    """Why the app may not watch `folder` or move files to `move_to`, links followed; None: it may.

    A page cannot be trusted with every folder of the machine: whoever started the app names those that it may use.
    """
    allowed = [Path(root).expanduser().resolve() for root in roots]
    for path in (folder, *([move_to] if move_to else [])):
        if not any(path.resolve().is_relative_to(root) for root in allowed):
            return (
                f"{path} lies under none of the folders in DOCINTEL_WATCH_ROOTS. Set it and start the app again, or "
                "run `docintel watch`."
            )
    return None


def folder_named(text: str) -> Path:
    """A folder as a person types it, whole: what stands in a browser has no working directory. Raises UsageError."""
    path = Path(text.strip()).expanduser()
    if not path.is_absolute():
        raise UsageError("Give the whole path of the folder, from the root of the disk on.")
    return path


def remove(store: Store, watch_id: int, *, user: User | None = None) -> None:
    """Looks no more at a folder; what was taken stays in the library. Raises OwnerOnly, NotFound."""
    _must_see_all(user)
    with store.write() as tx:
        row = tx.row("SELECT folder, collection FROM watches WHERE id = :id", id=watch_id)
        if row is None:
            raise NotFound("This folder is not watched any more.")
        tx.run("DELETE FROM watches WHERE id = :id", id=watch_id)
        audit.record(tx, user=user, action="unwatched", collection=row["collection"], detail=row["folder"])


def files(store: Store, watch_id: int) -> dict[str, WatchedFile]:
    """What is known of the folder's files, by path."""
    with store.read() as tx:
        found = tx.all(WatchedFile, f"{FILES} WHERE watch = :id", id=watch_id)
    return {file.path: file for file in found}


def refused(store: Store, watch_id: int, *, limit: int) -> list[WatchedFile]:
    """Files that were not taken, or not moved, with the reason."""
    with store.read() as tx:
        return tx.all(
            WatchedFile,
            f"{FILES} WHERE watch = :id AND error IS NOT NULL ORDER BY path LIMIT :limit",
            id=watch_id,
            limit=limit,
        )


def remember(store: Store, watch_id: int, file: WatchedFile) -> None:
    """Replaces what was known of the file; nothing happens where the watch was removed meanwhile."""
    with store.write() as tx:
        tx.run("DELETE FROM watched_files WHERE watch = :id AND path = :path", id=watch_id, path=file.path)
        tx.run(
            "INSERT INTO watched_files (watch, path, size, modified_ns, document_id, error) "
            "SELECT id, :path, :size, :modified_ns, :document_id, :error FROM watches WHERE id = :id",
            id=watch_id,
            **file.model_dump(),
        )


def forget(store: Store, watch_id: int, paths: Iterable[str]) -> None:
    """These files are gone from the folder."""
    with store.write() as tx:
        tx.run_many(
            "DELETE FROM watched_files WHERE watch = :id AND path = :path",
            [{"id": watch_id, "path": path} for path in paths],
        )


def try_again(store: Store, watch_id: int) -> None:
    """The files that were refused are taken for new ones at the next look."""
    with store.write() as tx:
        tx.run("DELETE FROM watched_files WHERE watch = :id AND error IS NOT NULL", id=watch_id)


def looked(store: Store, watch_id: int, error: str | None = None) -> None:
    """The folder has just been looked at, or could not be."""
    with store.write() as tx:
        tx.run(
            "UPDATE watches SET looked_at = :now, error = :error WHERE id = :id",
            id=watch_id,
            now=time.time(),
            error=error,
        )


def _must_see_all(user: User | None) -> None:
    """What lies in the folders of this machine is not for everybody who may sign in."""
    if not access.sees_all(user):
        raise OwnerOnly("Folders of the machine that docintel runs on are watched for administrators only.")


def _check(store: Store, folder: Path, move_to: Path | None) -> None:
    home = store.home.resolve()
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}. Name one that is there.")
    if folder.is_relative_to(home) or home.is_relative_to(folder):
        raise UsageError(f"{folder} and DOCINTEL_HOME lie in one another. Watch a folder elsewhere.")
    if move_to is not None and folder.is_relative_to(move_to):
        raise UsageError(f"Files cannot be moved to {move_to}, which is or holds the watched folder.")


def _insert_or_update(tx: Transaction, folder: str, collection: str, options: dict[str, SqlValue]) -> int:
    """The watch's id: a new one's, or that of one that was not kept, which takes on the options."""
    there = tx.row(
        "SELECT id, is_kept FROM watches WHERE folder = :folder AND collection = :collection",
        folder=folder,
        collection=collection,
    )
    if there is None:
        return tx.insert_one("watches", folder=folder, collection=collection, created_at=time.time(), **options)
    if there["is_kept"]:
        raise UsageError(f"{folder} is watched for this collection already. Remove it there first.")
    changes = ", ".join(f"{column} = :{column}" for column in options)
    tx.run(f"UPDATE watches SET {changes} WHERE id = :id", id=there["id"], **options)
    return int(there["id"])


def _watch(row: WatchRow) -> Watch:
    return Watch(
        id=row.id,
        folder=Path(row.folder),
        collection=row.collection,
        languages=tuple(json.loads(row.languages)),
        engine=row.engine,
        is_recursive=bool(row.is_recursive),
        move_to=Path(row.move_to) if row.move_to else None,
        is_kept=bool(row.is_kept),
        looked_at=None if row.looked_at is None else datetime.fromtimestamp(row.looked_at, UTC),
        error=row.error,
        num_refused=row.num_refused,
    )
