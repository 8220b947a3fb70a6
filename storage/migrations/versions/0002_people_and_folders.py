"""Who owns a collection and may read it, who did what, watched folders, when a page was begun, vectors' checksums."""

import zlib

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("collections", sa.Column("owner", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_collections_owner", "collections", ["owner"])
    op.add_column("collections", sa.Column("tombstones", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("vectors", sa.Column("checksum", sa.BigInteger(), nullable=True))
    _sum_up_vectors()
    op.add_column("pages", sa.Column("started_at", sa.Float(), nullable=True))
    op.create_index("ix_pages_read_at", "pages", ["read_at"])
    op.create_index("ix_documents_state", "documents", ["state", "added_at"])
    op.create_table(
        "readers",
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection"], ["collections.name"], name=op.f("fk_readers_collection"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("collection", "user", name=op.f("pk_readers")),
    )
    op.create_index("ix_readers_user", "readers", ["user"])
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_collection", "audit", ["collection", "seq"])
    op.create_index("ix_audit_document_id", "audit", ["document_id"])
    op.create_table(
        "watches",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("is_recursive", sa.Integer(), nullable=False),
        sa.Column("move_to", sa.String(), nullable=True),
        sa.Column("is_kept", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("looked_at", sa.Float(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
        sa.UniqueConstraint("folder", "collection", name=op.f("uq_watches_folder")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "watched_files",
        sa.Column("watch", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("modified_ns", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.String(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["watch"], ["watches.id"], name=op.f("fk_watched_files_watch"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("watch", "path", name=op.f("pk_watched_files")),
    )


def _sum_up_vectors() -> None:
    sqlite = op.get_bind().connection.driver_connection
    if sqlite is not None:
        sqlite.create_function("crc32", 1, zlib.crc32, deterministic=True)
        op.execute("UPDATE vectors SET checksum = crc32(vector)")
