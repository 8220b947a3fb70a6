"""Pages corrected by hand: the correction, and everything that follows from what the page says, in one transaction."""

from collections.abc import Callable

from docintel.chunking import chunk_pages
from docintel.corrections import Correction, Entry
from docintel.embedding import Embedder
from docintel.errors import StoreBusy
from docintel.library import Library
from docintel.library.corrections.repository import Draft
from docintel.workers.preparing import Preparer

ATTEMPTS = 20
"""Of making ready what has changed before it was kept."""


class Correcting:
    """Chunks are made and embedded outside the transaction; whoever was first meanwhile, it is done over."""

    def __init__(self, library: Library, embedder: Embedder | None) -> None:
        self._library = library
        self._preparer = Preparer(library, embedder)

    def correct(self, document_id: str, number: int, correction: Correction, *, expected: int | None = None) -> Entry:
        """Makes a correction of a page, if it fits what the page says.

        `expected`: the number of the page's newest correction that the user has seen (`library.corrections.newest`);
        None: whatever it is. Raises CorrectedMeanwhile, DoesNotFit, NotFound, OwnerOnly, UsageError.
        """
        return self._made(lambda: self._library.corrections.draft(document_id, number, correction, expected=expected))

    def undo(self, document_id: str, number: int) -> Entry:
        """Takes back the user's own newest correction of the page that stands. Raises what `correct` does."""
        return self._made(lambda: self._library.corrections.draft_undo(document_id, number))

    def redo(self, document_id: str, number: int) -> Entry:
        """Takes back the user's newest undo, unless the user has corrected the page since."""
        return self._made(lambda: self._library.corrections.draft_undo(document_id, number, redo=True))

    def _made(self, draft: Callable[[], Draft]) -> Entry:
        for _ in range(ATTEMPTS):
            entry = self._committed(draft())
            if entry is not None:
                return entry
        raise StoreBusy("Others keep correcting this document. Try again.")

    def _committed(self, draft: Draft) -> Entry | None:
        pages = self._library.each_page(draft.document_id)
        corrected = (draft.page if page.number == draft.page.number else page for page in pages)
        chunks = chunk_pages(draft.document_id, corrected)
        same = self._library.chunks.same(draft.document_id, chunks)
        prepared = self._preparer.prepared([chunk for chunk in chunks if chunk.id not in same])
        return self._library.corrections.commit(draft, prepared, self._preparer.embedding, kept=same)
