"""Who holds what: jobs (as page 0) and pages."""

import time
from dataclasses import dataclass

from docintel.library.jobs.states import JobState
from storage.database import Transaction

LEASE_S = 60.0
"""A lease that is not renewed for so long is lost (see docintel.jobs.leases)."""


@dataclass(frozen=True)
class Holder:
    """Whoever holds leases, and the time that the latest of them was last given (changes with every renewal)."""

    owner: str
    expires_at: float


class LeaseTable:
    """The leases of one transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def renew(self, owner: str) -> None:
        for table in ("pages", "jobs"):
            self._tx.run(
                f"UPDATE {table} SET expires_at = :expires WHERE state = :reading AND owner = :owner",
                reading=JobState.READING,
                owner=owner,
                expires=time.time() + LEASE_S,
            )

    def tasks_of(self, owner: str) -> set[tuple[str, int]]:
        """Documents and pages; page 0 stands for the document as a whole."""
        rows = self._tx.rows(
            "SELECT document_id, number FROM pages WHERE state = :reading AND owner = :owner "
            "UNION ALL SELECT document_id, 0 FROM jobs WHERE state = :reading AND owner = :owner",
            reading=JobState.READING,
            owner=owner,
        )
        return {(row["document_id"], row["number"]) for row in rows}

    def holders(self) -> list[Holder]:
        return self._tx.all(
            Holder,
            "SELECT owner, max(expires_at) AS expires_at FROM ("
            "SELECT owner, expires_at FROM pages WHERE state = :reading UNION ALL "
            "SELECT owner, expires_at FROM jobs WHERE state = :reading) WHERE owner IS NOT NULL GROUP BY owner",
            reading=JobState.READING,
        )
