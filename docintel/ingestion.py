"""Files, folders and zips → documents in the library, and what became of each."""

import logging
import math
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from docintel import intake
from docintel.errors import DocintelError, PasswordRequired
from docintel.home import Home
from docintel.model import Document, DocumentState, Model

log = logging.getLogger(__name__)

POLL_S = 0.2
AT_A_TIME = 250


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
            for incoming in intake.incoming(path, settings=home.settings, recursive=wishes.recursive):
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
    paused: str | None
    """Why nothing new is begun, or None."""


def wait_for(home: Home, document_ids: Iterable[str], *, password: str | None = None) -> Iterator[Round]:
    """A Round every fifth of a second until every document has come to an end.

    A document that needs a password is unlocked with `password` where one is given. Where the process that reads them
    ends meanwhile, this one takes over.
    """
    waiting = list(dict.fromkeys(document_ids))
    locked: set[str] = set()
    far: dict[str, Document] = {}
    rounds = count()
    while waiting:
        some = _some(waiting, next(rounds))
        documents = {document.id: document for document in home.library.documents(ids=some)}
        ended = [document for document in documents.values() if not document.state.is_open]
        if password:
            keys = [each for each in ended if each.state is DocumentState.NEEDS_PASSWORD and each.id not in locked]
            locked |= {document.id for document in keys}
            ended = [document for document in ended if document not in keys or not _unlocked(home, document, password)]
        over = set(some) - documents.keys() | {document.id for document in ended}
        waiting = [document_id for document_id in waiting if document_id not in over]
        far |= documents
        yield _round(home, far.values(), ended)
        if waiting:
            home.take_over()
            time.sleep(POLL_S)


def _some(waiting: list[str], number: int) -> list[str]:
    """Whom to look at in round `number`: the first, who are read first, and some of the others in turns. Ten thousand
    are not looked at five times a second."""
    others = waiting[AT_A_TIME:]
    turn = number % max(math.ceil(len(others) / AT_A_TIME), 1)
    return waiting[:AT_A_TIME] + others[turn * AT_A_TIME : (turn + 1) * AT_A_TIME]


def _round(home: Home, far: Collection[Document], ended: list[Document]) -> Round:
    """`far`: how far each document was when it was last looked at."""
    reading = (document.name for document in far if document.state is DocumentState.READING)
    return Round(
        ended=ended,
        pages_done=sum(document.pages_read + document.pages_failed for document in far),
        num_pages=sum(document.num_pages for document in far),
        reading=next(reading, ""),
        paused=home.queue.pause_reason or _why_all_wait(far),
    )


def _why_all_wait(far: Collection[Document]) -> str | None:
    """Why not one is being read though some are queued, where that is known: they have no room."""
    if any(document.state is DocumentState.READING for document in far):
        return None
    return next((each.error for each in far if each.state is DocumentState.QUEUED and each.error), None)


def _unlocked(home: Home, document: Document, password: str) -> bool:
    try:
        home.library.unlock(document.id, password)
    except PasswordRequired:
        return False
    except DocintelError as error:
        log.warning("%s was not unlocked: %s", document.id, error)
        return False
    return True
