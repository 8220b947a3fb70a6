"""Which file's page, rendered how, a page was read from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("pages", sa.Column("source_key", sa.String(), nullable=True))
    op.create_index("ix_pages_source_key", "pages", ["source_key"])
