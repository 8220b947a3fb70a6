"""Old entries of the audit trail go, by an entry that says which and keeps the chain provable."""

import logging
import time

from docintel.library.people import audit, chain, chain_check
from docintel.library.store import Store
from storage.database import Transaction

log = logging.getLogger(__name__)

DAY_S = 86_400.0
AT_A_TIME = 10_000
"""Entries a transaction."""


def remove_old_entries(store: Store, days: int) -> int:
    """Once the oldest entry is a day older than `days`, all that are older than those; 0: none ever. How many went.

    What does not prove right stays, with all that came after it, for `docintel check` to say so. An acknowledged break
    goes with all entries before the acknowledgement, once that one is old enough.
    """
    now = time.time()
    with store.read() as tx:
        oldest = tx.value("SELECT at FROM audit ORDER BY seq LIMIT 1")
    if not days or oldest is None or oldest >= now - (days + 1) * DAY_S:
        return 0
    with store.write() as tx:
        return _remove(tx, days, now - days * DAY_S)


def _remove(tx: Transaction, days: int, before: float) -> int:
    signed = chain_check.newest_acknowledgement(tx)
    if signed is None or not chain_check.has_entries_before(tx, signed):
        return _remove_oldest(tx, days, before)
    if signed.at >= before:
        return 0
    if not chain_check.is_unchanged_before(tx, signed):
        log.error(
            "no old entries of the audit trail are removed: some changed after entry %d acknowledged a break",
            signed.seq,
        )
        return 0
    return _remove_up_to(tx, signed.seq - 1, signed.previous, days)


def _remove_oldest(tx: Transaction, days: int, before: float) -> int:
    links = chain.links(tx, 0, AT_A_TIME + 1)
    num_old = next((number for number, link in enumerate(links) if link.at >= before), len(links))
    old = links[: min(num_old, AT_A_TIME)]
    if not old:
        return 0
    fault = chain_check.beginning_fault(tx, old[0]) or next(chain_check.faults_in(links[: len(old) + 1]), None)
    if fault:
        log.error("no old entries of the audit trail are removed: %s", fault.text)
        return 0
    return _remove_up_to(tx, old[-1].seq, old[-1].hash, days)


def _remove_up_to(tx: Transaction, last: int, hash: str, days: int) -> int:
    """`hash` is what the entry after them carries."""
    first = tx.value("SELECT min(seq) FROM audit")
    detail = f"{first} to {last}, older than {days} days, the last with hash {hash}"
    audit.record(tx, user=None, action=chain_check.CHECKPOINT, detail=detail)
    return tx.run("DELETE FROM audit WHERE seq <= :last", last=last)
