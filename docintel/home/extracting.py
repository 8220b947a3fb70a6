"""Extraction from documents of a library: what is kept is taken, what is not or is stale is extracted and kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from docintel.embedding import Embedder
from docintel.extraction import finding
from docintel.extraction.schema import Extraction, Schema
from docintel.library import Library
from docintel.model import Document


@dataclass(frozen=True)
class Extracted:
    document: Document
    extraction: Extraction


def extract(
    library: Library,
    schema: Schema,
    document_ids: Sequence[str],
    embedder: Callable[[], Embedder],
    count: Callable[[], None],
    on_progress: Callable[[int], None] | None = None,
) -> list[Extracted]:
    """`count` and `embedder` are called for each document that is asked anew. Raises NotFound."""
    documents = [library.document(each) for each in document_ids]
    kept = library.schemas.kept(schema, [each.id for each in documents])
    found: list[Extracted] = []
    for number, document in enumerate(documents, start=1):
        known = kept.get(document.id)
        if known is None or known.is_stale:
            count()
            extraction = _extracted(library, schema, document, embedder())
        else:
            extraction = known.extraction
        found.append(Extracted(document, extraction))
        if on_progress:
            on_progress(number)
    return found


def _extracted(library: Library, schema: Schema, document: Document, embedder: Embedder) -> Extraction:
    """A page that changes meanwhile makes what is kept stale: the reading is taken before."""
    reading = library.schemas.reading(document.id)
    pages = list(islice(library.each_page(document.id), finding.MAX_PAGES))
    extraction = finding.extract(schema, document, pages, embedder)
    library.schemas.keep(schema, document.id, extraction, reading=reading)
    return extraction
