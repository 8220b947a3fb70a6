"""The nouns: what a document is once it has been read.

All models are frozen and carry no behaviour beyond their own geometry or text. They are stored as JSON; a change
that an older release could not read raises `SCHEMA_VERSION`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

SCHEMA_VERSION = 3

Fraction = Annotated[float, Field(ge=0, le=1)]
Direction = Literal[0, 90, 180, 270]
"""Degrees clockwise from left-to-right."""
Polygon = Annotated[tuple[tuple[Fraction, Fraction], ...], Field(min_length=3)]
"""Points x and y, in fractions of the page as boxes are, clockwise from the top left of what is read there."""


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BBox(Model):
    """A rectangle in fractions 0…1 of the page as displayed, origin top-left.

    As displayed: quarter turns applied, deskewing undone. PDF points, pixels and Qwen3-VL's 0–1000 grid are each one
    multiplication away, so no resolution leaks into what is kept.
    """

    x0: Fraction
    y0: Fraction
    x1: Fraction
    y1: Fraction

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.x0 > self.x1 or self.y0 > self.y1:
            raise ValueError("BBox corners must be ordered: x0 ≤ x1 and y0 ≤ y1")
        return self

    @classmethod
    def from_corners(cls, x0: float, y0: float, x1: float, y1: float, *, width: float = 1, height: float = 1) -> Self:
        """From any two corners, in units of `width` and `height`: ordered, and cut to the page."""
        xs = sorted(min(max(x / width, 0.0), 1.0) for x in (x0, x1))
        ys = sorted(min(max(y / height, 0.0), 1.0) for y in (y0, y1))
        return cls(x0=xs[0], y0=ys[0], x1=xs[1], y1=ys[1])

    @classmethod
    def around(cls, boxes: Iterable["BBox"]) -> Self:
        """The smallest box that holds all of `boxes` (at least one)."""
        every = list(boxes)
        return cls(
            x0=min(b.x0 for b in every),
            y0=min(b.y0 for b in every),
            x1=max(b.x1 for b in every),
            y1=max(b.y1 for b in every),
        )

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def turned(self, rotation: int) -> "BBox":
        """The same place on the page turned clockwise by a multiple of 90 degrees."""
        x0, y0, x1, y1 = self.x0, self.y0, self.x1, self.y1
        for _ in range(rotation // 90 % 4):
            x0, y0, x1, y1 = 1 - y1, x0, 1 - y0, x1
        return BBox(x0=x0, y0=y0, x1=x1, y1=y1)

    def overlap(self, other: "BBox") -> float:
        """Shared area, in page fractions squared."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        return max(width, 0.0) * max(height, 0.0)

    def iou(self, other: "BBox") -> float:
        """Intersection over union, 0…1."""
        shared = self.overlap(other)
        union = self.area + other.area - shared
        return shared / union if union else 0.0


class BlockLabel(StrEnum):
    """DocLayNet's eleven labels, and those that some engines see beside them."""

    CAPTION = "caption"
    FOOTNOTE = "footnote"
    FORMULA = "formula"
    LIST_ITEM = "list_item"
    PAGE_FOOTER = "page_footer"
    PAGE_HEADER = "page_header"
    PICTURE = "picture"
    SECTION_HEADER = "section_header"
    TABLE = "table"
    TEXT = "text"
    TITLE = "title"
    CODE = "code"
    FORM = "form"
    KEY_VALUE = "key_value"
    CHART = "chart"
    STAMP = "stamp"
    SIGNATURE = "signature"
    CHECKBOX = "checkbox"


class Word(Model):
    """What stands between two spaces; of vertical Chinese and Japanese, a stretch of a column.

    Raised and lowered digits are Unicode's (`4,250¹`, `H₂O`), so that a note's mark is never part of a number.
    """

    text: str
    bbox: BBox
    polygon: Polygon | None = Field(default=None, exclude_if=lambda polygon: polygon is None)
    """Its outline where its line bends or leans, so that its box, which goes around it, holds parts of other lines."""
    confidence: Fraction | None = None
    direction: Direction = 0
    """Degrees clockwise from left-to-right in which its line runs: 90 from top to bottom, the next line to its left."""
    is_struck: bool = False
    """A line is drawn through it."""

    def turned(self, rotation: int) -> "Word":
        """The same word on the page turned clockwise by a multiple of 90 degrees."""
        direction = (self.direction + rotation) % 360
        polygon = _turned(self.polygon, rotation) if self.polygon else None
        return self.model_copy(update={"bbox": self.bbox.turned(rotation), "polygon": polygon, "direction": direction})


class Cell(Model):
    """One cell of a table; rows and columns count from 0, spans from 1."""

    row: int = Field(ge=0)
    column: int = Field(ge=0)
    row_span: int = Field(default=1, ge=1)
    column_span: int = Field(default=1, ge=1)
    text: str
    is_header: bool = False
    bbox: BBox | None = None


class Table(Model):
    num_rows: int = Field(ge=0)
    num_columns: int = Field(ge=0)
    cells: tuple[Cell, ...]


class Block(Model):
    """One piece of a page: a paragraph, a heading, a table… `id` is unique on its page and never reused."""

    id: str
    label: BlockLabel
    bbox: BBox
    text: str
    level: int | None = None
    """Heading depth from 1, for titles and section headers."""
    table: Table | None = None
    confidence: Fraction | None = None
    language: str | None = None
    """ISO 639-1 code, or `und-` and the ISO 15924 script where only the script is known."""
    is_checked: bool | None = None
    """Of a checkbox or radio button, whose `text` is what it stands for: ticked, crossed or filled, or not."""
    struck: tuple[tuple[int, int], ...] = ()
    """Stretches of `text` that are struck through: start and end (past the last) by characters, in order, apart."""


class Attempt(Model):
    """What a model said when it was asked for a page or a part of it: kept word for word, for better readers of it."""

    what: str
    """Which way of asking, in words: `html`, `html, temperature 0.1`, `table`."""
    prompt: str
    text: str
    outcome: str
    """In words: `read`, `went round in circles`, `broke off`, `said nothing`, or why it failed."""
    num_tokens: int = 0
    seconds: float = 0.0
    block: str | None = None
    """The block that was asked for; none: the page."""


class Page(Model):
    """One page as read. `blocks` are in reading order."""

    number: int = Field(ge=1)
    width: float = Field(gt=0)
    """Points (1/72 inch), as displayed."""
    height: float = Field(gt=0)
    rotation: int = 0
    """Degrees clockwise by which the source image was turned for display: 0, 90, 180 or 270."""
    blocks: tuple[Block, ...] = ()
    words: tuple[Word, ...] = ()
    engine: str
    """Fingerprint of the engine that read the page."""
    confidence: Fraction | None = None
    notes: tuple[str, ...] = ()
    """What a reader of this page should know: rendered by poppler, vertical text not read, …"""
    attempts: tuple[Attempt, ...] = ()
    """What was said by a model that reads by writing, in the order of asking."""

    @property
    def text(self) -> str:
        return "\n\n".join(block.text for block in self.blocks if block.text)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the blocks, the most written first."""
        written: dict[str, int] = {}
        for block in self.blocks:
            if block.language:
                written[block.language] = written.get(block.language, 0) + len(block.text)
        return tuple(sorted(written, key=lambda language: -written[language]))


class User(Model):
    """Somebody who signed in. Where a user is asked for, None is the machine itself: it sees and may do everything."""

    id: str
    """An e-mail address in lower case; collections and the audit trail know the user by it."""
    name: str
    is_admin: bool = False
    """Sees and may do everything."""
    until: datetime | None = None
    """When the sign-in ends."""


class DocumentState(StrEnum):
    QUEUED = "queued"
    READING = "reading"
    READY = "ready"
    PARTIAL = "partial"
    """Some pages failed, the others can be used."""
    FAILED = "failed"
    NEEDS_PASSWORD = "needs_password"
    QUARANTINED = "quarantined"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """It goes on by itself."""
        return self in {DocumentState.QUEUED, DocumentState.READING}


class Document(Model):
    """A file in a collection. The same bytes in two collections are two documents."""

    id: str
    collection: str
    content: str
    """SHA-256 of the file's bytes, hexadecimal."""
    name: str
    media_type: str
    size: int
    """Bytes."""
    added_at: datetime
    state: DocumentState
    num_pages: int = 0
    pages_read: int = 0
    pages_failed: int = 0
    pages_cached: int = 0
    languages: tuple[str, ...] = ()
    seconds: float = 0.0
    """Time spent on opening and reading, summed over pages."""
    error: str | None = None
    """Why it could not be read; of one that is ready, that its file is damaged and parts may be missing."""
    tags: tuple[str, ...] = ()


class Source(Model):
    """Where a chunk's text stands: one block (or part of it) on one page."""

    document_id: str
    page_number: int
    block_id: str
    bbox: BBox


class Chunk(Model):
    """A piece of a document to be found: `text` is what its blocks say, `headings` what they stand under."""

    id: str
    text: str
    headings: tuple[str, ...] = ()
    language: str | None = None
    sources: tuple[Source, ...]

    @property
    def document_id(self) -> str:
        return self.sources[0].document_id

    @property
    def page_number(self) -> int:
        return self.sources[0].page_number


class Ranking(Model):
    """What one retriever made of a chunk."""

    rank: int
    """From 1."""
    score: float
    """BM25, higher is better, or the cosine similarity."""
    weight: float
    """What its vote counts: 1, less where it can say little."""


class TermMatch(Model):
    """A word of a query, folded, and how it is written where it was found."""

    term: str
    written: tuple[str, ...]


class Explanation(Model):
    """Why a chunk was found."""

    rank: int
    """From 1, of both retrievers together."""
    lexical: Ranking | None = None
    dense: Ranking | None = None
    terms: tuple[TermMatch, ...] = ()
    """The query's words that stand in its text and headings, in the query's order."""

    @property
    def is_by_name(self) -> bool:
        """Found by words of which none stands in it: a first page is also found by its document's name."""
        return self.lexical is not None and not self.terms


class Hit(Model):
    """A chunk found; `score` only orders hits of one search."""

    chunk: Chunk
    score: float
    retrievers: tuple[str, ...] = ()
    """Which searches found it: `dense`, `lexical`."""
    explanation: Explanation | None = None
    """Where it was asked for."""


class Filters(Model):
    """What a search looks at; an empty field means all."""

    documents: tuple[str, ...] = ()
    collection: str | None = None
    languages: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    states: tuple[DocumentState, ...] = ()
    name: str = ""
    """A part of the document's name."""
    added_from: datetime | None = None
    added_before: datetime | None = None

    @property
    def is_of_documents(self) -> bool:
        """It asks for something that only a document's own row says."""
        return bool(self.states or self.name or self.added_from or self.added_before)


class Citation(Model):
    """The words that support an answer, and the boxes where they stand (all on one page)."""

    document_id: str
    name: str
    page_number: int
    boxes: tuple[BBox, ...]
    text: str
    block_ids: tuple[str, ...] = ()


class Answer(Model):
    """`[1]` in the text is `citations[0]`. An answer without citations says that nothing was found."""

    text: str
    citations: tuple[Citation, ...] = ()
    answerer: str
    notes: tuple[str, ...] = ()
    """What the reader should know: searched by words only, …"""
    probability: Fraction | None = None
    """How likely the first line is right, where the answerer knows."""
    understood: str = ""
    """The question that was answered, where it was completed from the turns before."""
    nearest: tuple[Citation, ...] = ()
    """Of an answer without citations: what comes nearest, the likeliest first. It was not likely enough to be given."""


def _turned(polygon: Polygon, rotation: int) -> Polygon:
    for _ in range(rotation // 90 % 4):
        polygon = tuple((1 - y, x) for x, y in polygon)
    return polygon


def block_by_id(page: Page, block_id: str) -> Block | None:
    return next((block for block in page.blocks if block.id == block_id), None)


def text_of(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
