"""What two homes must have in common when the same files were read into them: everything but times."""

from hashlib import sha256

from docintel.library import Library
from docintel.settings import Settings

DIGESTED = {
    "documents": "SELECT id, collection, content, name, media_type, size, state, num_pages, pages_read, pages_failed, "
    "languages, error FROM documents ORDER BY id",
    "pages": "SELECT document_id, number, state, error, engine, image_hash, image_key, thumbnail_key, cache_key "
    "FROM pages ORDER BY document_id, number",
    "texts": "SELECT document_id, number, schema_version, body FROM page_bodies ORDER BY document_id, number",
    "languages": "SELECT * FROM page_languages ORDER BY document_id, number, language",
    "chunks": "SELECT id, document_id, collection, first_page, last_page, language, body, text_hash FROM chunks "
    "ORDER BY id",
    "terms": "SELECT c.id, t.terms, t.headings FROM chunks c JOIN chunk_terms t ON t.rowid = c.rowid ORDER BY c.id",
    "vectors": "SELECT c.id, v.model, v.vector, v.checksum FROM chunks c JOIN vectors v ON v.rowid = c.rowid "
    "ORDER BY c.id",
}


def digests(settings: Settings) -> dict[str, str]:
    """Of every table but times, and of every file that documents use."""
    library = Library.open(settings)
    found: dict[str, str] = {}
    for name, query in DIGESTED.items():
        with library.store.read() as tx:
            found[name] = sha256(repr([tuple(row.values()) for row in tx.rows(query)]).encode()).hexdigest()
    library.close()
    for room in ("files/originals", "files/images", "files/thumbnails", "cache"):
        digest = sha256()
        for path in sorted(
            path for path in (settings.home / room).rglob("*") if path.is_file() and path.name[0] != "."
        ):
            digest.update(f"{path.relative_to(settings.home)}".encode() + path.read_bytes())
        found[room] = digest.hexdigest()
    return found
