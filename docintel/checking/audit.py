"""The audit trail: every entry follows the one before it, and none is missing at the end."""

from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial

from docintel.checking.findings import Problem
from docintel.errors import DamagedStore
from docintel.home import Home
from docintel.library.people import acknowledging, audit, audit_head, chain, chain_check
from docintel.library.people.acknowledging import SignOff
from docintel.library.people.chain_check import Fault
from docintel.library.store import Store
from storage import row_damage
from storage.chaining import digest
from storage.database import SqlValue, Transaction

NAME = "audit trail"
ADVICE = (
    "Nothing here can put it right. Look into a backup of docintel.sqlite3 for what stood there, and ask who could "
    "write to the home. `docintel check --acknowledge WHY` then puts the break on record, and the trail goes on."
)


def problems(home: Home) -> Iterator[Problem]:
    store = home.library.store
    try:
        yield from _acknowledged(store)
        for problem in _damaged_head(store):
            yield problem
            if _is_damaged_head(store):
                return
        fault = chain_check.first_fault(store)
        while fault and (mended := _turned_bit(store, fault)):
            yield mended
            before, fault = fault, chain_check.first_fault(store)
            if fault == before:
                return  # it was not to be mended
        is_noted = (store.home / audit_head.FILE).exists() or not _has_grown(store)
    except DamagedStore:
        return  # said of the database
    if fault:
        sign_off = partial(acknowledging.acknowledge_break, store)
        yield Problem("audit", NAME, fault.text, advice=ADVICE, acknowledge=sign_off)
    elif not is_noted:
        text = f"{audit_head.FILE} is not there: entries that were removed with it from the end would not be missed."
        yield Problem("audit", NAME, text, is_left_out=True)


def _acknowledged(store: Store) -> Iterator[Problem]:
    with store.read() as tx:
        signed = chain_check.acknowledgements(tx)
    for link in reversed(signed):
        at = datetime.fromtimestamp(link.at, UTC)
        text = f"Entry {link.seq} acknowledges a break ({at:%Y-%m-%d %H:%M} UTC): {link.detail}"
        yield Problem("audit", NAME, text, is_acknowledged=True)


def _turned_bit(store: Store, fault: Fault) -> Problem | None:
    """Where one bit of an entry has changed: its hash, which the one after it carries, proves what stood there."""
    with store.read() as tx:
        if _right_values(tx, fault) is None:
            return None
    text = f"{fault.text} A bit has changed on the disk."
    return Problem("audit", NAME, text, partial(_turned_back, store, fault))


def _right_values(tx: Transaction, fault: Fault) -> tuple[int, dict[str, SqlValue]] | None:
    """Of the entry or, where that is right and the one after it carries something else, of that one."""
    following = (link.seq for link in chain.links(tx, fault.seq, 1))
    for seq in (fault.seq, *following):
        row = row_damage.read_row(tx, "audit", seq, [field.name for field in fields(chain.Link)])
        right = chain.carried_hash(tx, seq)
        found = row_damage.correction_of(row, lambda values, right=right: digest(values) == right)  # type: ignore[misc]
        if found is not None:
            return seq, found
    return None


def _turned_back(store: Store, fault: Fault) -> str:
    with store.write() as tx:
        seq, right = _right_values(tx, fault) or (0, {})
        for column, value in right.items():
            tx.run(f'UPDATE audit SET "{column}" = :value WHERE seq = :seq', value=value, seq=seq)
    return "it was turned back: the hash that the next entry carries proves what stood there"


# the file


def _damaged_head(store: Store) -> Iterator[Problem]:
    with store.read() as tx:
        right = audit_head.correction(store.home, tx)
    if right:
        text = "A bit of it has changed on the disk."
        yield Problem("audit", audit_head.FILE, text, lambda: _noted_again(store))
    elif audit_head.is_damaged(store.home):
        text = "It is not what docintel wrote: whether entries are missing at the end cannot be told."
        yield Problem("audit", audit_head.FILE, text, advice=ADVICE, acknowledge=partial(_noted_anew, store))


def _is_damaged_head(store: Store) -> bool:
    return next(_damaged_head(store), None) is not None


def _noted_again(store: Store) -> str:
    """What the chain proves is noted as it is, so that the file is not ahead of it."""
    store.renew_audit_head()
    return "the newest entry was noted again: the trail has the one that it named"


def _noted_anew(store: Store, sign_off: SignOff) -> str:
    done = acknowledging.acknowledge_file(store, audit_head.FILE, sign_off)
    store.renew_audit_head()
    return done


def _has_grown(store: Store) -> bool:
    """Whether anything was recorded since there is a chain: then the newest entry was noted."""
    with store.read() as tx:
        newest = tx.value("SELECT action FROM audit ORDER BY seq DESC LIMIT 1")
    return newest not in {None, audit.CHAINED}
