"""Schemas of collections, and what was extracted by them from each document."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "schemas",
        sa.Column("collection", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("row_checksum", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["collection"], ["collections.name"], name=op.f("fk_schemas_collection"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("collection", "name", name=op.f("pk_schemas")),
    )
    op.create_table(
        "extractions",
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("schema", sa.String(), nullable=False),
        sa.Column("schema_hash", sa.String(), nullable=False),
        sa.Column("reading", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("row_checksum", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_extractions_document_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("document_id", "schema", name=op.f("pk_extractions")),
    )
