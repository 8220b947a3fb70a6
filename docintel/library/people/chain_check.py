"""Whether the audit trail is what was written: the first entry that was changed, taken out or put in.

Where somebody has acknowledged a break (see docintel.library.people.acknowledging), the chain is followed from that
entry on, and what came before must stand as it did when it was acknowledged.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
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
ACKNOWLEDGEMENT: Final = "acknowledged a break"
"""Action of an entry that names a break; its detail ends with the digest of all entries before it as they stood."""


@dataclass(frozen=True)
class Fault:
    """A place where the chain does not hold."""

    seq: int
    text: str
    """In the user's words: what is wrong with which entry."""


def first_fault(store: "Store") -> Fault | None:
    """None: all entries are as they were written, or as they were when a break was acknowledged."""
    return next(faults(store), None)


def faults(store: "Store") -> Iterator[Fault]:
    """Looks through all entries, some at a time; where one is wrong, later faults may follow from it."""
    with store.read() as tx:
        signed = newest_acknowledgement(tx)
        is_as_signed = signed is not None and is_unchanged_before(tx, signed)
        has_earlier = signed is not None and has_entries_before(tx, signed)
    if signed and has_earlier and not is_as_signed:
        yield _changed_since(store, signed)
    before: list[Link] = []
    while True:
        with store.read() as tx:
            some = chain.links(tx, before[-1].seq if before else signed.seq - 1 if signed else 0)
            is_beginning = bool(some) and not before and not has_earlier and not is_as_signed
            fault = beginning_fault(tx, some[0]) if is_beginning else None
            at_end = None if some else _end_fault(before[-1] if before else None, chain.head(tx))
            noted = None if some else _noted_fault(store, tx)
        yield from filter(None, (fault, at_end or noted))
        if not some:
            return
        yield from faults_in([*before, *some], known=len(before))
        before = [*before, *some][-2:]


def beginning_fault(tx: Transaction, first: Link) -> Fault | None:
    """Before the oldest entry there was nothing, or what went by a checkpoint."""
    if first.previous == BEGINNING:
        return None
    checkpoint = "SELECT 1 FROM audit WHERE action = :action AND detail LIKE '% ' || :hash LIMIT 1"
    if tx.value(checkpoint, action=CHECKPOINT, hash=first.previous):
        return None
    return Fault(first.seq - 1, f"Entries up to {first.seq - 1} are missing.")


def faults_in(links: Sequence[Link], *, known: int = 0) -> Iterator[Fault]:
    """Where an entry does not follow the one before it; so many of the first are known to follow each other, or not."""
    for number, (last, link) in enumerate(pairwise(links)):
        if number + 1 < known or link.previous == last.hash:
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


# breaks that were acknowledged


def acknowledgements(tx: Transaction) -> list[Link]:
    """The newest first; it vouches for those before it."""
    sql = f"SELECT {chain.COLUMNS} FROM audit WHERE action = :action ORDER BY seq DESC"
    return tx.all(Link, sql, action=ACKNOWLEDGEMENT)


def newest_acknowledgement(tx: Transaction) -> Link | None:
    return next(iter(acknowledgements(tx)), None)


def has_entries_before(tx: Transaction, signed: Link) -> bool:
    return bool(tx.value("SELECT 1 FROM audit WHERE seq < :seq LIMIT 1", seq=signed.seq))


def is_unchanged_before(tx: Transaction, signed: Link) -> bool:
    """Whether all entries before it stand as they did when it was written."""
    return chain.digest_before(tx, signed.seq) == signed.detail.rpartition(" ")[2]


def _changed_since(store: "Store", signed: Link) -> Fault:
    """The first fault of before that the acknowledgement does not name, if there is one."""
    at = datetime.fromtimestamp(signed.at, UTC)
    text = (
        f"Entries before {signed.seq}, which acknowledges a break, have changed since then ({at:%Y-%m-%d %H:%M} UTC)."
    )
    with store.read() as tx:
        links = [link for link in chain.links(tx, 0, signed.seq) if link.seq < signed.seq]
    new = next((each for each in faults_in(links) if each.text not in signed.detail), None)
    return Fault(new.seq, f"{text} {new.text}") if new else Fault(signed.seq - 1, text)
