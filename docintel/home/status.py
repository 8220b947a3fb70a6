"""How a home is: for `docintel status`, and for whoever looks after it."""

from docintel.jobs.progress import Progress
from docintel.library.watches import Watch
from docintel.model import Model


class HomeStatus(Model):
    """`docintel status --json`."""

    home: str
    owner: int | None
    """Process id of the owner, where there is one."""
    documents: dict[str, int]
    """By state; states without documents are left out."""
    pages: dict[str, int]
    chunks: int
    collections: tuple[str, ...]
    embedding_models: dict[str, str | None]
    """By collection; None: searched by words only."""
    paused: str | None
    """Why nothing new is begun, or None."""
    jobs: dict[str, int]
    """By state, like documents."""
    progress: Progress
    pages_cached: int
    """Pages that were found in the cache instead of being read."""
    workers: int
    """Processes that are alive."""
    index_backlog: int
    """Changes that the vector index has not heard of."""
    disk_free: int
    """Bytes where the home lies."""
    watches: tuple[Watch, ...]


class Health(Model):
    """What whoever looks after a home wants to hear of."""

    worker: bool
    """At least one is alive."""
    index: bool
    """The vector index is open and has heard of everything."""
    disk: bool
    """There is more room than is kept free."""
    writable: bool
    """The home is; else documents can be looked at and found, and nothing is read or added."""
    paused: bool

    @property
    def is_good(self) -> bool:
        """An index that is behind catches up by itself, and a pause is what somebody wished."""
        return self.worker and self.disk and self.writable
