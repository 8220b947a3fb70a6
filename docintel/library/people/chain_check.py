"""Whether the audit trail is what was written: the first entry that was changed, taken out or put in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from docintel.library.people import audit_head, chain
from docintel.library.people.chain import Head, Link
from storage.chaining import BEGINNING
from storage.database import Transaction

if TYPE_CHECKING:
    from docintel.library.store import Store

CHECKPOINT: Final = "removed old entries"
"""Action of an entry in whose stead older ones went; its detail ends with the hash of the last of them."""


@dataclass(frozen=True)
class Fault:
    """The first place where the chain does not hold."""

    seq: int
    text: str
    """In the user's words: what is wrong with which entry."""


def first_fault(store: "Store") -> Fault | None:
    """Looks through all entries, some at a time; None: all are as they were written."""
    before: list[Link] = []
    while True:
        with store.read() as tx:
            some = chain.links(tx, before[-1].seq if before else 0)
            if some and not before and (fault := beginning_fault(tx, some[0])):
                return fault
            if not some:
                return _end_fault(before[-1] if before else None, chain.head(tx)) or _noted_fault(store, tx)
        if fault := next(faults_in([*before, *some]), None):
            return fault
        before = [*before, *some][-2:]


def beginning_fault(tx: Transaction, first: Link) -> Fault | None:
    """Before the oldest entry there was nothing, or what went by a checkpoint."""
    if first.previous == BEGINNING:
        return None
    checkpoint = "SELECT 1 FROM audit WHERE action = :action AND detail LIKE '% ' || :hash LIMIT 1"
    if tx.value(checkpoint, action=CHECKPOINT, hash=first.previous):
        return None
    return Fault(first.seq - 1, f"Entries up to {first.seq - 1} are missing.")


def faults_in(links: Sequence[Link]) -> Iterator[Fault]:
    """Where an entry does not follow the one before it."""
    for number, (last, link) in enumerate(pairwise(links)):
        if link.previous == last.hash:
            continue
        if number and link.previous == links[number - 1].hash:
            yield Fault(last.seq, f"Entry {last.seq} was put in by somebody else.")
        elif link.seq == last.seq + 1:
            yield Fault(last.seq, f"Entry {last.seq} is not what was written.")
        else:
            yield Fault(last.seq + 1, f"{_entries(last.seq + 1, link.seq - 1)} missing.")


def _end_fault(newest: Link | None, head: Head | None) -> Fault | None:
    last = Head(seq=newest.seq, hash=newest.hash) if newest else Head(seq=0, hash=BEGINNING)
    if head is None:
        return Fault(last.seq, "The hash of the newest entry is not kept any more.")
    if head.seq > last.seq:
        return Fault(last.seq + 1, f"{_entries(last.seq + 1, head.seq)} missing at the end.")
    if head.seq < last.seq:
        return Fault(head.seq + 1, f"Entry {head.seq + 1} was put in by somebody else.")
    return None if head == last else Fault(last.seq, f"Entry {last.seq}, the newest, is not what was written.")


def _noted_fault(store: "Store", tx: Transaction) -> Fault | None:
    """The file knows of what has happened to the database as a whole, such as an older copy put in its place."""
    noted = audit_head.read(store.home)
    if noted is None or chain.holds(tx, noted):
        return None
    text = f"Entry {noted.seq} is missing, or is not what it was when {audit_head.FILE} was written."
    return Fault(noted.seq, text)


def _entries(first: int, last: int) -> str:
    return f"Entry {first} is" if first == last else f"Entries {first} to {last} are"
