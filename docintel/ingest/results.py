"""How documents shall be read, and what became of each."""

from typing import Self

from pydantic import Field

from docintel.model import Document, DocumentState, Model


class IngestOptions(Model):
    """How added documents are read, and where they belong."""

    collection: str = "default"
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes; none: seen on the page."""
    engine: str = ""
    """Empty: as the settings say."""
    priority: int = 0
    """Higher is read first."""
    recursive: bool = True
    """Whether folders inside folders are looked into."""


class IngestResult(Model):
    """What became of one file; `docintel ingest --json` prints these."""

    document: str | None
    name: str
    state: str
    """A document's, or `duplicate` where the same bytes are there and read, or `failed` where nothing was added."""
    pages: int = 0
    pages_read: int = 0
    pages_failed: int = 0
    pages_cached: int = 0
    seconds: float = 0.0
    error: str | None = None
    is_duplicate: bool = Field(default=False, exclude=True)
    """The same bytes were in the collection already, read or not."""

    @classmethod
    def of(cls, document: Document, *, is_duplicate: bool = False) -> Self:
        is_settled = is_duplicate and document.state is DocumentState.READY
        return cls(
            document=document.id,
            name=document.name,
            state="duplicate" if is_settled else document.state,
            pages=document.num_pages,
            pages_read=document.pages_read,
            pages_failed=document.pages_failed,
            pages_cached=document.pages_cached,
            seconds=round(document.seconds, 3),
            error=document.error,
            is_duplicate=is_duplicate,
        )

    @classmethod
    def refused(cls, name: str, error: Exception) -> Self:
        return cls(document=None, name=name, state="failed", error=str(error))

    @property
    def is_good(self) -> bool:
        return self.state in {"ready", "duplicate"}

    @property
    def is_final(self) -> bool:
        """Nothing more will come of it: it was refused, or is there and read."""
        return self.document is None or self.state == "duplicate"
