"""Rows that follow from nothing else carry a checksum; those that are there get one as they stand."""

import sqlalchemy as sa
from alembic import op

from storage.row_checksums import expression_of

revision = "0006"
down_revision = "0005"

COLUMNS = {
    "facts": ("name", "value"),
    "collections": ("name", "embedding_model", "dimension", "generation", "version", "tombstones", "owner"),
    "readers": ("collection", "user"),
    "watches": (
        *("id", "folder", "collection", "languages", "engine", "is_recursive", "move_to", "is_kept", "owner"),
        *("created_at", "looked_at", "error"),
    ),
    "watched_files": ("watch", "path", "size", "modified_ns", "document_id", "error"),
    "documents": (
        *("id", "collection", "content", "name", "name_folded", "media_type", "size", "added_at", "state"),
        *("num_pages", "pages_read", "pages_failed", "pages_cached", "languages", "seconds", "error"),
        *("is_encrypted", "unlocked_key"),
    ),
    "jobs": (
        *("id", "document_id", "state", "step", "priority", "engine", "languages", "created_at", "started_at"),
        *("finished_at", "error", "attempts", "crashes", "owner", "expires_at", "user"),
    ),
    "pages": (
        *("document_id", "number", "state", "error", "attempts", "crashes", "owner", "expires_at", "is_cached"),
        *("seconds", "engine", "image_hash", "image_key", "thumbnail_key", "cache_key", "read_at", "started_at"),
        "source_key",
    ),
}
"""By table, what the checksum is of."""


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        op.add_column(table, sa.Column("row_checksum", sa.BigInteger()))
        op.execute(f'UPDATE "{table}" SET row_checksum = {expression_of(columns)}')
