"""The corrections of a library, as one user may see and add them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from docintel.corrections import Correction, Entry, applied, inverse, redoable, replay, undoable
from docintel.corrections.describing import in_words
from docintel.errors import CorrectedMeanwhile, UsageError
from docintel.library import documents, pages
from docintel.library.chunks import rows as chunks
from docintel.library.chunks.rows import Embedding, PreparedChunk
from docintel.library.corrections import rows
from docintel.library.jobs.summary import refresh
from docintel.library.people import audit
from docintel.library.store import Store
from docintel.model import DocumentState, Model, Page, User
from storage.database import Transaction


class HistoryEntry(Model):
    """`fits`: the page says so. Not: the page was read again, and what was corrected is not there any more."""

    entry: Entry
    fits: bool


@dataclass(frozen=True)
class State:
    """Of a document's pages: its newest correction, when a page was last read, how many are there."""

    newest: int
    read_at: float
    num_pages: int


@dataclass(frozen=True)
class Draft:
    """A correction that is about to be made, by the state of the document that it was made ready for."""

    document_id: str
    page: Page
    """As it will be."""
    correction: Correction
    reverses: int | None
    state: State


class Corrections:
    """What is in collections that the user does not see is not there; owners correct."""

    def __init__(self, store: Store, user: User | None) -> None:
        self._store = store
        self._user = user

    def history(self, document_id: str, number: int | None = None) -> list[HistoryEntry]:
        """Of a document, or one of its pages, in order. Raises NotFound, DamagedStore."""
        with self._store.read() as tx:
            found = documents.find(tx, document_id, self._user).id
            entries = rows.entries(tx, found, number)
            misfits: set[int] = set()
            for page_number in {entry.page for entry in entries}:
                read = rows.reading(tx, found, page_number)
                own = [entry for entry in entries if entry.page == page_number]
                misfits |= replay(read, own).misfits if read else {entry.seq for entry in own}
        return [HistoryEntry(entry=entry, fits=entry.seq not in misfits) for entry in entries]

    def newest(self, document_id: str, number: int) -> int:
        """The number of the page's newest correction; 0: there is none."""
        with self._store.read() as tx:
            return _newest(rows.entries(tx, documents.find(tx, document_id, self._user).id, number))

    def page_as_read(self, document_id: str, number: int) -> Page:
        """Without its corrections. Raises NotFound."""
        with self._store.read() as tx:
            found = documents.find(tx, document_id, self._user).id
            return rows.reading(tx, found, number) or pages.page(tx, found, number)

    def laid_over(self, document_id: str, page: Page) -> Page:
        """A page that has just been read, with its corrections as far as they fit: for workers."""
        with self._store.read() as tx:
            return rows.laid_over(tx, document_id, page)

    def draft(self, document_id: str, number: int, correction: Correction, *, expected: int | None = None) -> Draft:
        """`expected`: the number of the page's newest correction that the user has seen, see `newest`.

        Raises CorrectedMeanwhile where there is a newer one, DoesNotFit, NotFound, OwnerOnly, UsageError.
        """
        with self._store.read() as tx:
            row = _correctable(tx, document_id, self._user)
            if expected is not None:
                _require_newest(rows.entries(tx, row.id, number), expected)
            return _draft(tx, row.id, number, correction)

    def draft_undo(self, document_id: str, number: int, *, redo: bool = False) -> Draft:
        """Takes back the user's own newest correction of the page, or the undoing of it.

        Raises DoesNotFit where somebody has built on it, NotFound, OwnerOnly, UsageError.
        """
        with self._store.read() as tx:
            row = _correctable(tx, document_id, self._user)
            entries = rows.entries(tx, row.id, number)
            entry = (redoable if redo else undoable)(entries, self._user.id if self._user else "")
            if entry is None:
                raise UsageError(f"There is nothing of yours to {'redo' if redo else 'undo'} on page {number}.")
            return _draft(tx, row.id, number, inverse(entry.correction), reverses=entry.seq)

    def commit(
        self,
        draft: Draft,
        prepared: Sequence[PreparedChunk],
        embedding: Embedding | None,
        *,
        kept: Collection[str] = (),
    ) -> Entry | None:
        """The correction, the page, and the document's chunks with their terms, vectors and outbox; or nothing.

        None: the document has changed since the draft was made. Chunks with ids in `kept` stay as they are.
        Raises NotFound, OwnerOnly, UsageError.
        """
        number = draft.page.number
        with self._store.write() as tx:
            row = _correctable(tx, draft.document_id, self._user)
            if _state(tx, row.id) != draft.state:
                return None
            if rows.reading(tx, row.id, number) is None:
                rows.keep_reading(tx, row.id, pages.page(tx, row.id, number))
            entry = Entry(
                seq=0,
                page=number,
                at=datetime.now(UTC),
                user=self._user.id if self._user else "",
                correction=draft.correction,
                reverses=draft.reverses,
            )
            seq = rows.add(tx, row.id, entry)
            pages.replace(tx, row.id, draft.page)
            chunks.replace(tx, row.id, row.collection, prepared, embedding, kept=kept)
            refresh(tx, row.id)
            detail = f"page {number}, correction {seq}: {draft.correction.kind}"
            audit.of_document(tx, row, user=self._user, action="corrected", detail=detail)
        return entry.model_copy(update={"seq": seq})


def _draft(
    tx: Transaction, document_id: str, number: int, correction: Correction, *, reverses: int | None = None
) -> Draft:
    page = applied(pages.page(tx, document_id, number), correction)
    return Draft(document_id, page, correction, reverses, _state(tx, document_id))


def _correctable(tx: Transaction, document_id: str, user: User | None) -> documents.DocumentRow:
    row = documents.find_own(tx, document_id, user)
    if DocumentState(row.state).is_open:
        raise UsageError("The document is being read. Correct it when it is ready.")
    return row


def _state(tx: Transaction, document_id: str) -> State:
    """Differs whenever a page of the document was corrected, read or lost in between."""
    state = tx.one(
        State,
        "SELECT (SELECT coalesce(max(seq), 0) FROM corrections WHERE document_id = :id) AS newest, "
        "(SELECT coalesce(max(read_at), 0.0) FROM pages WHERE document_id = :id) AS read_at, "
        "(SELECT count(*) FROM page_bodies WHERE document_id = :id) AS num_pages",
        id=document_id,
    )
    return state or State(0, 0.0, 0)


def _newest(entries: Sequence[Entry]) -> int:
    return entries[-1].seq if entries else 0


def _require_newest(entries: Sequence[Entry], expected: int) -> None:
    newer = [entry for entry in entries if entry.seq > expected]
    if newer:
        last = newer[-1]
        who = f"by {last.user} " if last.user else ""
        more = f", after {len(newer) - 1} other corrections" if len(newer) > 1 else ""
        raise CorrectedMeanwhile(
            f"Page {last.page} was corrected {who}meanwhile{more} ({in_words(last.correction)}). Yours was not made: "
            "look at the page as it is now, then correct it again where that is still needed."
        )
