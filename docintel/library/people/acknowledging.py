"""Signing off what nothing can put right: it stays on record, and is not reported as new any more.

Nothing is written anew: a chain whose later hashes are computed again would prove nothing. As certificate transparency
logs are frozen and followed by another, and as CloudTrail begins another chain of digests after a gap, the chain goes
on from an entry that names the break and the head before it. That entry also vouches for all entries before it as they
stand, so that whoever changes one of them afterwards is noticed; the chain vouches for that entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from docintel.errors import UsageError
from docintel.library.people import audit, audit_head, chain, chain_check
from docintel.library.people.chain_check import ACKNOWLEDGEMENT, Fault
from docintel.model import User
from storage import row_damage
from storage.database import Transaction

if TYPE_CHECKING:
    from docintel.library.store import Store

MAX_LENGTH = 500
NAMED_AT_MOST = 10
ON_RECORD = "the audit trail says so"


@dataclass(frozen=True)
class SignOff:
    """Who acknowledges something, and why. Raises UsageError where the reason says nothing, or is no line."""

    why: str
    account: str
    """Of the machine's operating system."""
    user: User | None = None

    def __post_init__(self) -> None:
        if not self.why.strip() or not self.why.isprintable() or len(self.why) > MAX_LENGTH:
            raise UsageError(
                f"Say in one line, of at most {MAX_LENGTH} characters, why what is damaged is acknowledged."
            )

    def __str__(self) -> str:
        return f"by the account {self.account}: {self.why.strip()}"


def acknowledge_break(store: "Store", sign_off: SignOff) -> str:
    """The chain goes on from here; what was done. Nothing is recorded where the chain holds."""
    with store.write() as tx:
        faults = list(chain_check.faults(store))  # nobody else can write meanwhile
        if not faults:
            return "it is as it should be"
        before, noted = chain.head(tx), audit_head.read(store.home)
        seq = chain.next_seq(tx)
        detail = (
            f"{_named(faults)} The head before: {before or 'none'}; noted beside the database: {noted or 'none'}; "
            f"{sign_off}; digest of all entries before this one: {chain.digest_before(tx, seq)}"
        )
        audit.record(tx, user=sign_off.user, action=ACKNOWLEDGEMENT, detail=detail)
    store.renew_audit_head()
    return f"entry {seq} of the audit trail says so, and vouches for those before it as they stand"


def _named(faults: Sequence[Fault]) -> str:
    more = f" (And {len(faults) - NAMED_AT_MOST:,} more.)" if len(faults) > NAMED_AT_MOST else ""
    return " ".join(fault.text for fault in faults[:NAMED_AT_MOST]) + more


def acknowledge_rows(store: "Store", table: str, numbers: Sequence[int], sign_off: SignOff) -> str:
    """Rows of the database count as right as they stand."""
    rows = ", ".join(map(str, numbers[:NAMED_AT_MOST]))
    more = f" and {len(numbers) - NAMED_AT_MOST:,} more" if len(numbers) > NAMED_AT_MOST else ""
    with store.write() as tx:
        row_damage.renew_checksums(tx, table, "rowid IN :numbers", numbers=list(numbers))
        _record_damage(tx, f"rows {rows}{more} of the table {table}", sign_off)
    return ON_RECORD


def acknowledge_file(store: "Store", name: str, sign_off: SignOff) -> str:
    """A file of the home, which then counts as right as it stands."""
    with store.write() as tx:
        _record_damage(tx, f"the file {name}", sign_off)
    return ON_RECORD


def _record_damage(tx: Transaction, what: str, sign_off: SignOff) -> None:
    audit.record(tx, user=sign_off.user, action="acknowledged damage", detail=f"{what}; {sign_off}")
