"""Whether anything new is begun: the pause, its reason, and how many documents have failed in a row."""

import json

from storage.database import Transaction

PAUSED, FAILURES = "paused", "failures_in_row"
MAX_COUNTED = 10_000


def pause(tx: Transaction, reason: str) -> None:
    """Nothing more is begun, by any worker; what is being read is read to its end."""
    _set(tx, PAUSED, reason)


def resume(tx: Transaction) -> bool:
    """Goes on; what failed before counts no more. Whether it was paused."""
    count_success(tx)
    return tx.run("DELETE FROM facts WHERE name = :name", name=PAUSED) > 0


def reason(tx: Transaction) -> str | None:
    """Why nothing new is begun, or None."""
    value = tx.value("SELECT value FROM facts WHERE name = :name", name=PAUSED)
    return None if value is None else str(value)


def failures(tx: Transaction) -> int:
    """Documents that have failed, or pages of which have, since a page was read, by all workers."""
    return len(_failed(tx))


def count_failure(tx: Transaction, document_id: str) -> None:
    """A document counts once, however many of its pages fail: one bad file is no reason to stop for all others."""
    failed = _failed(tx)
    if document_id not in failed and len(failed) < MAX_COUNTED:
        _set(tx, FAILURES, json.dumps([*failed, document_id]))


def _failed(tx: Transaction) -> list[str]:
    return list(json.loads(tx.value("SELECT value FROM facts WHERE name = :name", name=FAILURES) or "[]"))


def count_success(tx: Transaction) -> None:
    tx.run("DELETE FROM facts WHERE name = :name", name=FAILURES)


def _set(tx: Transaction, name: str, value: str) -> None:
    tx.run("DELETE FROM facts WHERE name = :name", name=name)
    tx.insert("facts", [{"name": name, "value": value}])
