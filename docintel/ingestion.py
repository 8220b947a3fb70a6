"""Files, folders and zips → documents in the library, and what became of each."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from docintel import intake
from docintel.errors import DocintelError, PasswordRequired
from docintel.home import Home
from docintel.model import Document, DocumentState, Model

POLL_S = 0.2
OPEN_STATES = frozenset({DocumentState.QUEUED, DocumentState.READING})


class Wishes(Model):
    """How added documents shall be read."""

    collection: str = "default"
    languages: tuple[str, ...] = ()
    engine: str = ""
    password: str | None = None
    recursive: bool = True


class Outcome(Model):
    """What became of one file; `docintel ingest --json` prints these."""

    document: str | None
    name: str
    state: str
    pages: int = 0
    pages_read: int = 0
    pages_failed: int = 0
    pages_cached: int = 0
    seconds: float = 0.0
    error: str | None = None

    @property
    def is_good(self) -> bool:
        return self.state in {"ready", "duplicate"}


def outcome_of(document: Document, *, state: str = "") -> Outcome:
    return Outcome(
        document=document.id,
        name=document.name,
        state=state or document.state,
        pages=document.num_pages,
        pages_read=document.pages_read,
        pages_failed=document.pages_failed,
        pages_cached=document.pages_cached,
        seconds=round(document.seconds, 3),
        error=document.error,
    )


def add_all(home: Home, paths: Iterable[Path], wishes: Wishes) -> Iterator[Document | Outcome]:
    """Adds every document under `paths`: a Document where it now waits to be read, an Outcome where all is said."""
    for path in paths:
        try:
            for incoming in intake.incoming(path, recursive=wishes.recursive):
                yield _add(home, incoming, wishes)
        except DocintelError as error:
            yield _refused(path.name, error)


def _add(home: Home, incoming: intake.Incoming, wishes: Wishes) -> Document | Outcome:
    if incoming.error is not None:
        return _refused(incoming.name, incoming.error)
    try:
        added = home.library.add(
            incoming.path,
            name=incoming.name,
            collection=wishes.collection,
            languages=wishes.languages,
            engine=wishes.engine,
        )
    except DocintelError as error:
        return _refused(incoming.name, error)
    is_settled = added.duplicate and added.document.state is DocumentState.READY
    return outcome_of(added.document, state="duplicate") if is_settled else added.document


def _refused(name: str, error: DocintelError) -> Outcome:
    return Outcome(document=None, name=name, state="failed", error=str(error))


@dataclass(frozen=True)
class Round:
    """One look at documents that are waited for."""

    ended: list[Document]
    """Those that have come to an end since the round before."""
    pages_done: int
    num_pages: int
    """Of all the documents opened so far."""
    reading: str
    """The name of one that is being read, or nothing."""


def wait_for(home: Home, document_ids: Iterable[str], *, password: str | None = None) -> Iterator[Round]:
    """A Round every fifth of a second until every document has come to an end.

    A document that needs a password is unlocked with `password` where one is given. Where the process that reads them
    ends meanwhile, this one takes over.
    """
    waiting = sorted(set(document_ids))
    locked: set[str] = set()
    done = total = 0
    while waiting:
        documents = home.library.documents(ids=waiting)
        gone = set(waiting) - {document.id for document in documents}
        ended = [document for document in documents if document.state not in OPEN_STATES]
        if password:
            keys = [each for each in ended if each.state is DocumentState.NEEDS_PASSWORD and each.id not in locked]
            locked |= {document.id for document in keys}
            ended = [document for document in ended if document not in keys or not _unlocked(home, document, password)]
        over = gone | {document.id for document in ended}
        waiting = [document_id for document_id in waiting if document_id not in over]
        yield _round(documents, ended, done=done, total=total)
        done += sum(document.pages_read + document.pages_failed for document in ended)
        total += sum(document.num_pages for document in ended)
        if waiting:
            home.take_over()
            time.sleep(POLL_S)


def _round(documents: list[Document], ended: list[Document], *, done: int, total: int) -> Round:
    reading = (document.name for document in documents if document.state is DocumentState.READING)
    return Round(
        ended=ended,
        pages_done=done + sum(document.pages_read + document.pages_failed for document in documents),
        num_pages=total + sum(document.num_pages for document in documents),
        reading=next(reading, ""),
    )


def _unlocked(home: Home, document: Document, password: str) -> bool:
    try:
        home.library.unlock(document.id, password)
    except PasswordRequired:
        return False
    return True
