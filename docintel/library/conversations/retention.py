"""Conversations go some days after their last question, and all of a user's with the user."""

import time

from docintel.library.people import audit
from docintel.library.people.access import user_id
from docintel.library.store import Store
from storage.database import Transaction

DAY_S = 86_400.0


def remove_old_conversations(store: Store, days: int) -> int:
    """Those whose last question is more than `days` old; 0: none ever. How many went."""
    before = time.time() - days * DAY_S
    with store.read() as tx:
        if not days or not tx.value("SELECT 1 FROM conversations WHERE changed_at < :before LIMIT 1", before=before):
            return 0
    with store.write() as tx:
        count = tx.run("DELETE FROM conversations WHERE changed_at < :before", before=before)
        if count:
            detail = f"{count}, without a question for {days} days"
            audit.record(tx, user=None, action="removed old conversations", detail=detail)
        return count


def remove_conversations_of(tx: Transaction, address: str) -> None:
    """With the user, named by e-mail address, who is removed in this transaction."""
    tx.run("DELETE FROM conversations WHERE owner = :owner", owner=user_id(address))
