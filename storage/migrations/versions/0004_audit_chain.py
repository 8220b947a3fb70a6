"""Each entry of the audit trail carries the hash of the one before; those that are there are chained as they stand."""

import time

import sqlalchemy as sa
from alembic import op

from storage.chaining import BEGINNING, digest

revision = "0004"
down_revision = "0003"

BEFORE = 'SELECT seq, at, "user", action, collection, document_id, name, detail FROM audit ORDER BY seq'
AT_A_TIME = 1_000


def upgrade() -> None:
    op.add_column("audit", sa.Column("previous", sa.String(), nullable=False, server_default=""))
    connection = op.get_bind()
    last, head = 0, BEGINNING
    carried: list[dict[str, object]] = []
    for row in connection.execute(sa.text(BEFORE)).all():
        carried.append({"seq": row.seq, "previous": head})
        last, head = row.seq, digest([*row, head])
    for start in range(0, len(carried), AT_A_TIME):
        connection.execute(
            sa.text("UPDATE audit SET previous = :previous WHERE seq = :seq"), carried[start : start + AT_A_TIME]
        )
    if last:
        last, head = _say_so(connection, last, head)
    connection.execute(
        sa.text("INSERT INTO facts (name, value) VALUES ('audit_head', :value)"), {"value": f"{last} {head}"}
    )


def _say_so(connection: sa.Connection, last: int, head: str) -> tuple[int, str]:
    """The first entry of the chain proper: nobody can tell whether those before it were changed."""
    detail = f"from here on; entries up to {last} as they were found"
    values: list[str | int | float] = [last + 1, time.time(), "", "chained", "", "", "", detail, head]
    names = ("seq", "at", "user", "action", "collection", "document_id", "name", "detail", "previous")
    audit = sa.table("audit", *(sa.column(name) for name in names))
    connection.execute(audit.insert().values(dict(zip(names, values, strict=True))))
    return last + 1, digest(values)
