"""Where exports take the files from that a document and its pages don't hold themselves."""

from pathlib import Path
from typing import Protocol

from docintel.settings import Settings


class Files(Protocol):
    """A library is one."""

    @property
    def settings(self) -> Settings: ...

    def original(self, document_id: str) -> Path:
        """The file as it was added; not to be written to."""
        ...

    def page_image(self, document_id: str, number: int) -> bytes:
        """JPEG of a page as displayed. Raises NotFound."""
        ...
