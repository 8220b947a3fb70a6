"""What a chunk is found by in the full-text table."""

from docintel.lexicon import compound_parts
from docintel.model import Chunk
from docintel.text.terms import index_terms, word_terms


def terms_of(chunk: Chunk, name: str) -> tuple[str, str]:
    """Terms of a chunk's text and of its headings; on the first page the document's `name` is a heading too."""
    parts = compound_parts(chunk.language)
    headings = [*chunk.headings, name] if chunk.page_number == 1 else chunk.headings
    return index_terms(chunk.text, parts), index_terms("\n".join(headings), parts)


def first_terms_of(chunk: Chunk) -> tuple[str, str]:
    """The same as the first release made them: right too, until `docintel reindex` makes more of them."""
    return word_terms(chunk.text), word_terms("\n".join(chunk.headings))
