"""Chunks made ready to be found: their terms, and vectors from the embedding model or from equal texts before."""

import logging
from collections.abc import Sequence

from docintel.chunking import searchable_text
from docintel.embedding import Embedder
from docintel.errors import EngineUnavailable, NotFound
from docintel.library import Embedding, Library, PreparedChunk, Vector
from docintel.library.chunks.rows import hash_of
from docintel.library.chunks.terms import terms_of
from docintel.model import Chunk

log = logging.getLogger(__name__)


class Preparer:
    """Without an embedder, or with one that turns out not to be installed, chunks are found by their words only."""

    def __init__(self, library: Library, embedder: Embedder | None) -> None:
        self._library = library
        self._embedder = embedder

    @property
    def embedding(self) -> Embedding | None:
        if self._embedder is None:
            return None
        return Embedding(model=self._embedder.model, dimension=self._embedder.dimension)

    def prepared(self, chunks: Sequence[Chunk]) -> list[PreparedChunk]:
        """In the order of `chunks`; a chunk in a language that the model does not know has no vector."""
        texts = {chunk.id: searchable_text(chunk) for chunk in chunks}
        names = {document_id: self._name(document_id) for document_id in {chunk.document_id for chunk in chunks}}
        terms = {chunk.id: terms_of(chunk, names[chunk.document_id]) for chunk in chunks}
        known = {chunk.id: texts[chunk.id] for chunk in chunks if self._knows(chunk)}
        vectors = self._vectors(known)
        return [
            PreparedChunk(
                chunk=chunk,
                terms=terms[chunk.id][0],
                heading_terms=terms[chunk.id][1],
                text_hash=hash_of(texts[chunk.id]),
                vector=vectors.get(chunk.id),
            )
            for chunk in chunks
        ]

    def _name(self, document_id: str) -> str:
        try:
            return self._library.document(document_id).name
        except NotFound:  # deleted meanwhile: whoever hands its chunks in is told
            return ""

    def _knows(self, chunk: Chunk) -> bool:
        return self._embedder is not None and self._embedder.knows(chunk.language)

    def _vectors(self, texts: dict[str, str]) -> dict[str, Vector]:
        """Chunk id → vector; a text that was embedded before is not embedded again."""
        if self._embedder is None or not texts:
            return {}
        hashes = {chunk_id: hash_of(text) for chunk_id, text in texts.items()}
        before = self._library.chunks.known_vectors(list(hashes.values()), self._embedder.model)
        new = [chunk_id for chunk_id, text_hash in hashes.items() if text_hash not in before]
        try:
            made: Sequence[Vector] = list(self._embedder.passages([texts[chunk_id] for chunk_id in new])) if new else []
        except EngineUnavailable as error:
            log.warning("documents are searched by words only: %s", error)
            self._embedder = None
            return {}
        reused = {chunk_id: before[text_hash] for chunk_id, text_hash in hashes.items() if text_hash in before}
        return reused | dict(zip(new, made, strict=True))
