"""Waiting until documents have been read."""

import logging
import math
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from docintel.errors import DocintelError, PasswordRequired
from docintel.home.opening import Home
from docintel.model import Document, DocumentState

log = logging.getLogger(__name__)

POLL_S = 0.2
AT_A_TIME = 250


@dataclass(frozen=True)
class IngestProgress:
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


def wait_for(home: Home, document_ids: Iterable[str], *, password: str | None = None) -> Iterator[IngestProgress]:
    """An IngestProgress every fifth of a second until every document has come to an end.

    A document that needs a password is unlocked with `password` where one is given. Where the process that reads them
    ends meanwhile, this one takes over.
    """
    waiting = list(dict.fromkeys(document_ids))
    locked: set[str] = set()
    latest: dict[str, Document] = {}
    rounds = count()
    while waiting:
        some = _next_to_look_at(waiting, next(rounds))
        documents = {document.id: document for document in home.library.documents(ids=some)}
        ended = [document for document in documents.values() if not document.state.is_open]
        if password:
            keys = [each for each in ended if each.state is DocumentState.NEEDS_PASSWORD and each.id not in locked]
            locked |= {document.id for document in keys}
            ended = [document for document in ended if document not in keys or not _unlocked(home, document, password)]
        over = set(some) - documents.keys() | {document.id for document in ended}
        waiting = [document_id for document_id in waiting if document_id not in over]
        latest |= documents
        yield _progress(home, latest.values(), ended)
        if waiting:
            home.take_over()
            time.sleep(POLL_S)


def _next_to_look_at(waiting: list[str], number: int) -> list[str]:
    """Those to look at in round `number`: the first, which are read first, and some of the others in turns: not all ten
    thousand five times a second."""
    others = waiting[AT_A_TIME:]
    turn = number % max(math.ceil(len(others) / AT_A_TIME), 1)
    return waiting[:AT_A_TIME] + others[turn * AT_A_TIME : (turn + 1) * AT_A_TIME]


def _progress(home: Home, documents: Collection[Document], ended: list[Document]) -> IngestProgress:
    """`documents` as they were when they were last looked at."""
    reading = (document.name for document in documents if document.state is DocumentState.READING)
    return IngestProgress(
        ended=ended,
        pages_done=sum(document.pages_read + document.pages_failed for document in documents),
        num_pages=sum(document.num_pages for document in documents),
        reading=next(reading, ""),
        paused=home.queue.pause_reason or _why_all_wait(documents),
    )


def _why_all_wait(documents: Collection[Document]) -> str | None:
    """Why not one is being read though some are queued, where that is known: they have no room."""
    if any(document.state is DocumentState.READING for document in documents):
        return None
    return next((each.error for each in documents if each.state is DocumentState.QUEUED and each.error), None)


def _unlocked(home: Home, document: Document, password: str) -> bool:
    try:
        home.library.unlock(document.id, password)
    except PasswordRequired:
        return False
    except DocintelError as error:
        log.warning("%s was not unlocked: %s", document.id, error)
        return False
    return True
