"""The audit trail: every entry follows the one before it, and none is missing at the end."""

from collections.abc import Iterator

from docintel.checking.findings import Problem
from docintel.errors import DamagedStore
from docintel.home import Home
from docintel.library.people import audit, audit_head, chain_check
from docintel.library.store import Store

NAME = "audit trail"
ADVICE = (
    "Nothing here can put it right. Look into a backup of docintel.sqlite3 for what stood there, and ask who could "
    "write to the home."
)


def problems(home: Home) -> Iterator[Problem]:
    store = home.library.store
    try:
        fault = chain_check.first_fault(store)
        is_noted = audit_head.read(store.home) is not None or not _has_grown(store)
    except DamagedStore:
        return  # said of the database
    if fault:
        yield Problem("audit", NAME, fault.text, advice=ADVICE)
    elif not is_noted:
        text = f"{audit_head.FILE} is not there: entries that were removed with it from the end would not be missed."
        yield Problem("audit", NAME, text, is_left_out=True)


def _has_grown(store: Store) -> bool:
    """Whether anything was recorded since there is a chain: then the newest entry was noted."""
    with store.read() as tx:
        newest = tx.value("SELECT action FROM audit ORDER BY seq DESC LIMIT 1")
    return newest not in {None, audit.CHAINED}
