"""The audit trail as a chain: each entry carries the SHA-256 of the one before, the head that of the newest.

An entry that was changed, taken out or put in shows at the one after it; one that was taken from the end, at the head.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from hashlib import sha256
from typing import Self

from docintel.model import Model
from storage.chaining import BEGINNING, digest
from storage.database import SqlValue, Transaction

HEAD = "audit_head"
"""Name of the head in the table of facts."""
AT_A_TIME = 1_000
COLUMNS = 'seq, at, "user", action, collection, document_id, name, detail, previous'


@dataclass(frozen=True)
class Link:
    """`COLUMNS` of the audit table, which are what an entry's hash is made of."""

    seq: int
    at: float
    user: str
    action: str
    collection: str
    document_id: str
    name: str
    detail: str
    previous: str

    @property
    def hash(self) -> str:
        return digest(astuple(self))


class Head(Model):
    """The newest entry."""

    seq: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None where it is none."""
        seq, _, hash = text.strip().partition(" ")
        is_head = seq.isascii() and seq.isdecimal() and len(hash) == len(BEGINNING)
        return cls(seq=int(seq), hash=hash) if is_head else None

    def __str__(self) -> str:
        return f"{self.seq} {self.hash}"


def append(tx: Transaction, values: Mapping[str, SqlValue]) -> None:
    """A new entry: the columns of the audit table but `seq` and `previous`.

    It follows the head, not the last row: what was taken from the end stays missed.
    """
    before, seq = head(tx), next_seq(tx)
    tx.insert("audit", [{"seq": seq, "previous": before.hash if before else BEGINNING, **values}])
    [link] = tx.all(Link, f"SELECT {COLUMNS} FROM audit WHERE seq = :seq", seq=seq)
    tx.run("DELETE FROM facts WHERE name = :name", name=HEAD)
    tx.insert("facts", [{"name": HEAD, "value": str(Head(seq=seq, hash=link.hash))}])


def next_seq(tx: Transaction) -> int:
    last, before = tx.value("SELECT max(seq) FROM audit") or 0, head(tx)
    return max(last, before.seq if before else 0) + 1


def head(tx: Transaction) -> Head | None:
    """None where it is not kept any more, which does not happen by itself."""
    return Head.parse(tx.value("SELECT value FROM facts WHERE name = :name", name=HEAD) or "")


def links(tx: Transaction, after: int, limit: int = AT_A_TIME) -> list[Link]:
    """The next entries, oldest first."""
    return tx.all(
        Link, f"SELECT {COLUMNS} FROM audit WHERE seq > :after ORDER BY seq LIMIT :limit", after=after, limit=limit
    )


def carried_hash(tx: Transaction, seq: int) -> str:
    """Of an entry, as the one after it carries it, or the head; nothing where neither does."""
    if following := links(tx, seq, 1):
        return following[0].previous
    newest = head(tx)
    return newest.hash if newest and newest.seq == seq else ""


def digest_before(tx: Transaction, seq: int) -> str:
    """SHA-256 over the hashes of all entries before this one, in their order, as they stand now."""
    whole, after = sha256(), 0
    while found := [link for link in links(tx, after) if link.seq < seq]:
        after = found[-1].seq
        for link in found:
            whole.update(link.hash.encode())
    return whole.hexdigest()


def has(tx: Transaction, noted: Head) -> bool:
    """Whether an entry is there as it was noted."""
    return any(link.seq == noted.seq and link.hash == noted.hash for link in links(tx, noted.seq - 1, 1))


def holds(tx: Transaction, noted: Head) -> bool:
    """Whether an entry is there as it was noted, or is older than all that are."""
    found = links(tx, noted.seq - 1, 1)
    if not found or found[0].seq == noted.seq:
        return has(tx, noted)
    return not tx.value("SELECT 1 FROM audit WHERE seq < :seq LIMIT 1", seq=noted.seq)
