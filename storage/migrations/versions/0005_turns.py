"""Whose documents are read, so that the queue goes by turns; an index of how much each collection holds."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("jobs", sa.Column("user", sa.String(), nullable=False, server_default=""))
    op.execute(
        'UPDATE jobs SET "user" = coalesce((SELECT k.owner FROM documents d '
        "JOIN collections k ON k.name = d.collection WHERE d.id = jobs.document_id), '')"
    )
    op.create_index("ix_jobs_turns", "jobs", ["state", "priority", "user", "id"])
    op.create_index("ix_jobs_user", "jobs", ["user", "state"])
    op.create_index("ix_documents_size", "documents", ["collection", "size"])
