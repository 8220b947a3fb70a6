"""Addresses of views: what is shown stands in the query, so that it can be linked, reloaded and gone back to."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from docintel.model import BBox, Citation
from docintel.server.addresses import read_boxes, write_boxes

VIEWER = "pages/viewer.py"
DOCUMENTS = "pages/documents.py"
SEARCH = "pages/search.py"
ASK = "pages/ask.py"
EXTRACT = "pages/extract.py"
JOBS = "pages/jobs.py"
SYSTEM = "pages/system.py"
LISTED = "listed"


@dataclass(frozen=True)
class ViewerAddress:
    """A page of a document, the block chosen on it, and the blocks and boxes that a citation lights."""

    document: str
    page: int = 1
    block: str = ""
    blocks: tuple[str, ...] = ()
    boxes: tuple[BBox, ...] = ()
    edit: bool = False
    """The page is being corrected."""
    listed: str = ""
    """What the list of documents showed from which one came, a query of its own."""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "ViewerAddress":
        """From a query that anyone may have typed: what makes no sense is left out."""
        number = query.get("page", "1")
        return cls(
            document=query.get("document", ""),
            page=max(int(number), 1) if number.isascii() and number.isdecimal() and len(number) < 8 else 1,
            block=query.get("block", ""),
            blocks=tuple(block for block in query.get("blocks", "").split(",") if block),
            boxes=read_boxes(query.get("boxes", "")),
            edit=query.get("edit", "") == "1",
            listed=query.get(LISTED, ""),
        )

    @classmethod
    def of(cls, citation: Citation) -> "ViewerAddress":
        return cls(
            document=citation.document_id,
            page=citation.page_number,
            blocks=citation.block_ids,
            boxes=citation.boxes,
        )

    @property
    def link(self) -> str:
        """From any page of the app, for an element of HTML."""
        return f"viewer?{urlencode(self.query())}"

    def query(self) -> dict[str, str]:
        parts = {
            "document": self.document,
            "page": str(self.page),
            "block": self.block,
            "blocks": ",".join(self.blocks),
            "boxes": write_boxes(self.boxes),
            "edit": "1" if self.edit else "",
            LISTED: self.listed,
        }
        return {name: value for name, value in parts.items() if value}
