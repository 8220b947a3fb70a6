"""What a worker does beside its work, every few seconds, in a thread of its own."""

import logging
import threading

from docintel.errors import DocintelError
from docintel.jobs.leases import Leases
from docintel.library import Library, deleting
from docintel.library.conversations.retention import remove_old_conversations
from docintel.library.jobs import disk_space
from docintel.library.people import retention

log = logging.getLogger(__name__)

HEARTBEAT_S = 5.0
SWEPT = 10_000
"""Entries of the trash a heartbeat."""


class Heartbeat(threading.Thread):
    """Renews the worker's leases, however long a commit takes, and puts back those of workers that are gone; lets
    documents go on that have waited for room on the disk; removes what deleted documents left, old entries of the audit
    trail, and old conversations."""

    def __init__(self, leases: Leases, library: Library) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._leases = leases
        self._library = library
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(HEARTBEAT_S):
            try:
                self._leases.renew()
                self._leases.reclaim()
                disk_space.admit_waiting(self._library.store, self._library.settings)
                deleting.sweep(self._library.store, SWEPT)
                retention.remove_old_entries(self._library.store, self._library.settings.audit_days)
                remove_old_conversations(self._library.store, self._library.settings.conversation_days)
            except (DocintelError, OSError) as error:  # a heart that stops gives away all that the worker holds
                log.warning("trying again: %s", error)

    def stop(self) -> None:
        self._stopped.set()
        if self.is_alive():
            self.join()
