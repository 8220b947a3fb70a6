"""The bin, tags, and what the id of a moved document was made from; deleted collections wait for the bin."""

import sqlalchemy as sa
from alembic import op

from storage.row_checksums import expression_of

revision = "0008"
down_revision = "0007"

COLUMNS = ("name", "embedding_model", "dimension", "generation", "version", "tombstones", "owner", "is_deleted")
"""What the checksum of a collection is of, from now on."""


def upgrade() -> None:
    op.add_column("collections", sa.Column("is_deleted", sa.Integer(), nullable=False, server_default="0"))
    op.execute(f"UPDATE collections SET row_checksum = {expression_of(COLUMNS)}")
    op.create_table(
        "origins",
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("row_checksum", sa.BigInteger()),
        _of_a_document("origins"),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_origins")),
    )
    op.create_table(
        "tags",
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("row_checksum", sa.BigInteger()),
        _of_a_document("tags"),
        sa.PrimaryKeyConstraint("document_id", "tag", name=op.f("pk_tags")),
    )
    op.create_index("ix_tags_tag", "tags", ["tag"])
    op.create_table(
        "bin",
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("binned_at", sa.Float(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("was_open", sa.Integer(), nullable=False),
        sa.Column("row_checksum", sa.BigInteger()),
        _of_a_document("bin"),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_bin")),
    )
    op.create_index("ix_bin_binned_at", "bin", ["binned_at"])


def _of_a_document(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_document_id")
    return sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name=name, ondelete="CASCADE")
