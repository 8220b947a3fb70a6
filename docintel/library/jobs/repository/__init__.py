"""The SQL of jobs, of pages' states and of leases. Which changes there are, `docintel.library.jobs.states` says."""

from docintel.library.jobs.repository.jobs import JobRow, Jobs, WaitingForDisk
from docintel.library.jobs.repository.leases import LEASE_S, LeaseTable
from docintel.library.jobs.repository.pages import PageRow, Pages

__all__ = ["LEASE_S", "JobRow", "Jobs", "LeaseTable", "PageRow", "Pages", "WaitingForDisk"]
