"""A library's terms and vectors made again, where they would be others now, and its index with them."""

from collections.abc import Callable, Iterator

from docintel.chunking import searchable_text
from docintel.embedding import Embedder
from docintel.index.index import Index
from docintel.library import Collection, Embedding, Library, indexing

EMBEDDED_AT_A_TIME = 128
TERMS_AT_A_TIME = 500


def reindex(
    library: Library, index: Index, embedder: Embedder | None, on_progress: Callable[[int], None] | None = None
) -> int:
    """Embeds again what another model (or none) embedded, and builds the index anew. How many chunks were embedded.

    Terms are made anew too: an older release may have made fewer. `on_progress` is told how many more were embedded.
    """
    count = 0
    for collection in library.collections():
        _renew_terms(library, collection)
    if embedder is not None:
        for collection in library.collections():
            for more in _embedded(library, collection, embedder):
                count += more
                if on_progress:
                    on_progress(more)
    index.rebuild()
    return count


def _renew_terms(library: Library, collection: Collection) -> None:
    before, last = -1, 0
    while last != before:
        before = last
        last = indexing.renew_terms(library.store, collection.name, after=before, limit=TERMS_AT_A_TIME)


def _embedded(library: Library, collection: Collection, embedder: Embedder) -> Iterator[int]:
    embedding = Embedding(model=embedder.model, dimension=embedder.dimension)
    indexing.rebind(library.store, collection.name, embedding)
    after = 0
    while True:
        rows = indexing.without_vector(library.store, collection.name, after=after, limit=EMBEDDED_AT_A_TIME)
        if not rows:
            return
        after = rows[-1][0]
        known = [(rowid, chunk) for rowid, chunk in rows if embedder.knows(chunk.language)]
        vectors = embedder.passages([searchable_text(chunk) for _, chunk in known])
        made = [(rowid, chunk.id, vector) for (rowid, chunk), vector in zip(known, vectors, strict=True)]
        indexing.add_vectors(library.store, collection.name, embedding, made)
        yield len(made)
