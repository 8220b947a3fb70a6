"""The tables, as SQLAlchemy metadata. Every change here comes with a migration; a test compares the two.

Times are seconds since the epoch (UTC). JSON is text. `chunk_terms`, the full-text table, is SQLite's own (FTS5) and
no part of the metadata: see the first migration.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

ROW_CHECKSUM = "row_checksum"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _of_a_document() -> Column[str]:
    return Column("document_id", String, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False)


def _checksum() -> Column[int]:
    """Of the row's other columns, see storage.row_checksums."""
    return Column(ROW_CHECKSUM, BigInteger)


facts = Table(
    "facts",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
    _checksum(),
)

collections = Table(
    "collections",
    metadata,
    Column("name", String, primary_key=True),
    Column("embedding_model", String),
    Column("dimension", Integer),
    Column("generation", Integer, nullable=False, default=0),  # of its Chroma collection; a rebuild takes the next
    Column("version", Integer, nullable=False, default=0),  # counts changes of its chunks
    Column("tombstones", Integer, nullable=False, default=0, server_default="0"),  # deletions in this generation
    Column("owner", String, nullable=False, default="", server_default=""),  # a user's id; empty: the local user's
    Column("is_deleted", Integer, nullable=False, default=0, server_default="0"),  # what was in it is in the bin
    _checksum(),
    Index("ix_collections_owner", "owner"),
)

readers = Table(
    "readers",
    metadata,
    Column("collection", String, ForeignKey("collections.name", ondelete="CASCADE"), nullable=False),
    Column("user", String, nullable=False),
    _checksum(),
    PrimaryKeyConstraint("collection", "user"),
    Index("ix_readers_user", "user"),
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("user", String, nullable=False),
    Column("action", String, nullable=False),  # added, changed, deleted, exported, shared, …
    Column("collection", String, nullable=False, default=""),
    Column("document_id", String, nullable=False, default=""),  # no foreign key: it outlives the document
    Column("name", String, nullable=False, default=""),
    Column("detail", Text, nullable=False, default=""),
    Column("previous", String, nullable=False, default="", server_default=""),  # hash of the entry before
    Index("ix_audit_collection", "collection", "seq"),
    Index("ix_audit_document_id", "document_id"),
    sqlite_autoincrement=True,
)

watches = Table(
    "watches",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("folder", String, nullable=False),
    Column("collection", String, nullable=False),
    Column("languages", Text, nullable=False, default="[]"),
    Column("engine", String, nullable=False, default=""),
    Column("is_recursive", Integer, nullable=False, default=1),
    Column("move_to", String),  # where files go once they are taken; none: they stay
    Column("is_kept", Integer, nullable=False, default=1),  # 0: a command's own, while it runs
    Column("owner", String, nullable=False, default=""),
    Column("created_at", Float, nullable=False),
    Column("looked_at", Float),
    Column("error", Text),
    _checksum(),
    UniqueConstraint("folder", "collection"),
    sqlite_autoincrement=True,
)

watched_files = Table(
    "watched_files",
    metadata,
    Column("watch", Integer, ForeignKey("watches.id", ondelete="CASCADE"), nullable=False),
    Column("path", String, nullable=False),  # relative to the folder
    Column("size", Integer, nullable=False),
    Column("modified_ns", Integer, nullable=False),
    Column("document_id", String),
    Column("error", Text),
    _checksum(),
    PrimaryKeyConstraint("watch", "path"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", String, primary_key=True),
    Column("collection", String, ForeignKey("collections.name"), nullable=False),
    Column("content", String, nullable=False),
    Column("name", String, nullable=False),
    Column("name_folded", String, nullable=False),  # for finding it by a part of its name, whatever the case
    Column("media_type", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("added_at", Float, nullable=False),
    Column("state", String, nullable=False),
    Column("num_pages", Integer, nullable=False, default=0),
    Column("pages_read", Integer, nullable=False, default=0),
    Column("pages_failed", Integer, nullable=False, default=0),
    Column("pages_cached", Integer, nullable=False, default=0),
    Column("languages", Text, nullable=False, default="[]"),
    Column("seconds", Float, nullable=False, default=0.0),
    Column("error", Text),
    Column("is_encrypted", Integer, nullable=False, default=0),
    Column("unlocked_key", String),  # working copy of an encrypted file, while it is read
    _checksum(),
    UniqueConstraint("collection", "content"),
    Index("ix_documents_added_at", "added_at", "id"),
    Index("ix_documents_content", "content"),
    Index("ix_documents_state", "state", "added_at"),
    Index("ix_documents_size", "collection", "size"),
)

origins = Table(
    "origins",
    metadata,
    Column("document_id", String, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("collection", String, nullable=False),  # that its id was made from: it has been moved, or that was renamed
    _checksum(),
)

tags = Table(
    "tags",
    metadata,
    _of_a_document(),
    Column("tag", String, nullable=False),
    _checksum(),
    PrimaryKeyConstraint("document_id", "tag"),
    Index("ix_tags_tag", "tag"),
)

bin_entries = Table(
    "bin",
    metadata,
    Column("document_id", String, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("binned_at", Float, nullable=False),
    Column("user", String, nullable=False, default=""),  # who did it; empty: this machine
    Column("was_open", Integer, nullable=False, default=0),  # its reading was stopped, and goes on once it is restored
    _checksum(),
    Index("ix_bin_binned_at", "binned_at"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _of_a_document(),
    Column("state", String, nullable=False),
    Column("step", String, nullable=False),  # open, pages, finish
    Column("priority", Integer, nullable=False, default=0),
    Column("engine", String, nullable=False, default=""),
    Column("languages", Text, nullable=False, default="[]"),
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("finished_at", Float),
    Column("error", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("crashes", Integer, nullable=False, default=0),
    Column("owner", String),
    Column("expires_at", Float),
    Column("user", String, nullable=False, default="", server_default=""),  # whose collection it is; empty: nobody's
    _checksum(),
    Index("ix_jobs_document_id", "document_id"),
    Index("ix_jobs_state", "state", "priority", "id"),
    Index("ix_jobs_turns", "state", "priority", "user", "id"),
    Index("ix_jobs_user", "user", "state"),
    sqlite_autoincrement=True,
)

pages = Table(
    "pages",
    metadata,
    _of_a_document(),
    Column("number", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("error", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("crashes", Integer, nullable=False, default=0),
    Column("owner", String),
    Column("expires_at", Float),
    Column("is_cached", Integer, nullable=False, default=0),
    Column("seconds", Float, nullable=False, default=0.0),
    Column("engine", String),
    Column("image_hash", String),
    Column("image_key", String),
    Column("thumbnail_key", String),
    Column("cache_key", String),
    Column("read_at", Float),
    Column("started_at", Float),
    Column("source_key", String),  # what its pixels follow from: equal where the same file was rendered alike
    _checksum(),
    PrimaryKeyConstraint("document_id", "number"),
    Index("ix_pages_state", "state", "document_id", "number"),
    Index("ix_pages_document_state", "document_id", "state"),
    Index("ix_pages_image_key", "image_key"),
    Index("ix_pages_cache_key", "cache_key"),
    Index("ix_pages_read_at", "read_at"),
    Index("ix_pages_source_key", "source_key"),
)

page_bodies = Table(
    "page_bodies",
    metadata,
    _of_a_document(),
    Column("number", Integer, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),  # zlib of the Page's JSON
    PrimaryKeyConstraint("document_id", "number"),
)

page_readings = Table(
    "page_readings",
    metadata,
    _of_a_document(),
    Column("number", Integer, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),  # of a page that has corrections, as it was read
    PrimaryKeyConstraint("document_id", "number"),
)

corrections = Table(
    "corrections",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    _of_a_document(),
    Column("number", Integer, nullable=False),  # the page's
    Column("at", Float, nullable=False),
    Column("user", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("body", Text, nullable=False),  # the Correction's JSON: before and after
    Column("reverses", Integer),  # the correction that this one undoes
    _checksum(),
    Index("ix_corrections_document_id", "document_id", "number"),
    sqlite_autoincrement=True,
)

page_languages = Table(
    "page_languages",
    metadata,
    _of_a_document(),
    Column("number", Integer, nullable=False),
    Column("language", String, nullable=False),
    Column("num_characters", Integer, nullable=False),
    PrimaryKeyConstraint("document_id", "number", "language"),
)

schemas = Table(
    "schemas",
    metadata,
    Column("collection", String, ForeignKey("collections.name", ondelete="CASCADE"), nullable=False),
    Column("name", String, nullable=False),
    Column("body", Text, nullable=False),  # the Schema's JSON
    _checksum(),
    PrimaryKeyConstraint("collection", "name"),
)

extractions = Table(
    "extractions",
    metadata,
    _of_a_document(),
    Column("schema", String, nullable=False),  # its name
    Column("schema_hash", String, nullable=False),  # of what it was then
    Column("reading", String, nullable=False),  # hash of the pages that were asked
    Column("body", Text, nullable=False),  # the Extraction's JSON
    _checksum(),
    PrimaryKeyConstraint("document_id", "schema"),
)

chunks = Table(
    "chunks",
    metadata,
    Column("rowid", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    _of_a_document(),
    Column("collection", String, nullable=False),
    Column("first_page", Integer, nullable=False),
    Column("last_page", Integer, nullable=False),
    Column("language", String),
    Column("body", Text, nullable=False),  # the Chunk's JSON
    Column("text_hash", String, nullable=False),  # of what is embedded
    Index("ix_chunks_document_id", "document_id", "first_page"),
    Index("ix_chunks_collection", "collection"),
    Index("ix_chunks_text_hash", "text_hash"),
    sqlite_autoincrement=True,
)

vectors = Table(
    "vectors",
    metadata,
    Column("rowid", Integer, ForeignKey("chunks.rowid", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("model", String, nullable=False),
    Column("vector", LargeBinary, nullable=False),  # float32, little-endian, normalised
    Column("checksum", BigInteger),  # CRC-32 of its bytes
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),  # a user's id; empty: of this machine
    Column("name", String, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    _checksum(),
    Index("ix_conversations_owner", "owner", "changed_at"),
    Index("ix_conversations_changed_at", "changed_at"),
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("conversation", String, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),  # from 1
    Column("question", Text, nullable=False),
    Column("asked_at", Float, nullable=False),
    Column("filters", Text, nullable=False),  # the Filters' JSON
    Column("is_through", Integer, nullable=False),  # a whole document was looked at
    Column("schema_version", Integer, nullable=False),
    Column("answer", Text, nullable=False),  # the Answer's JSON
    Column("documents", Text, nullable=False),  # ids of those that it cites, with spaces between
    _checksum(),
    PrimaryKeyConstraint("conversation", "number"),
    Index("ix_exchanges_documents", "documents"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("collection", String, nullable=False),
    Column("chunk_id", String, nullable=False),
    Column("operation", String, nullable=False),  # add, delete
    sqlite_autoincrement=True,
)

trash = Table(
    "trash",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("room", String, nullable=False),  # files, cache, words
    Column("key", String, nullable=False),  # a file's key, or a rowid of chunk_terms
    sqlite_autoincrement=True,
)
