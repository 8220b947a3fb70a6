"""Who may see what of a library, and who did what in it, as one user may ask and change it."""

from collections.abc import Sequence

from docintel.library import documents
from docintel.library.people import access, audit, quotas, sharing
from docintel.library.people.audit import Action, Entry
from docintel.library.people.quotas import Usage
from docintel.library.store import Store
from docintel.model import User


class People:
    """A library's people, for one of them; None is the local user, who sees everything."""

    def __init__(self, store: Store, user: User | None) -> None:
        self._store = store
        self._user = user

    def share(
        self, collection: str, *, readers: Sequence[str] = (), remove: Sequence[str] = (), owner: str | None = None
    ) -> None:
        """Lets people, named by e-mail address, read a collection or no longer; `owner`: gives it away.

        Raises NotFound, OwnerOnly, UsageError.
        """
        with self._store.write() as tx:
            sharing.share(tx, collection, user=self._user, readers=readers, remove=remove, owner=owner)

    def changeable(self) -> set[str]:
        """Names of the collections to which this user may add and whose documents the user may change."""
        with self._store.read() as tx:
            return sharing.changeable(tx, self._user)

    def others(self) -> dict[str, str]:
        """Collections that the user sees and that are somebody else's: name → whose."""
        with self._store.read() as tx:
            return sharing.others(tx, self._user)

    @property
    def has_owners(self) -> bool:
        """Whether any collection belongs to somebody who signs in."""
        with self._store.read() as tx:
            return sharing.has_owners(tx)

    def usage(self) -> list[Usage]:
        """What each has stored and waiting; of all for who sees all, else of this user."""
        with self._store.read() as tx:
            if self._user is None or access.sees_all(self._user):
                return quotas.usage_of_all(tx)
            return [quotas.usage(tx, self._user.id)]

    def record_sign_in(self) -> None:
        """Once for each sign-in of this library's user, who need not be somebody in particular."""
        if self._user is None:
            self._record("signed in", "by the password for everybody")
            return
        with self._store.read() as tx:  # first: a session that begins need not wait for who writes
            is_recorded = audit.has_sign_in(tx, self._user)
        if not is_recorded:
            with self._store.write() as tx:
                audit.record_sign_in(tx, self._user)

    def record_failed_sign_in(self, detail: str) -> None:
        """`detail`: who somebody claimed to be, or why it was refused, and where from."""
        self._record("failed to sign in", detail)

    def record_sign_out(self) -> None:
        self._record("signed out")

    def _record(self, action: Action, detail: str = "") -> None:
        with self._store.write() as tx:
            audit.record(tx, user=self._user, action=action, detail=detail)

    def record_export(self, document_id: str, format_name: str) -> None:
        """Before a document is handed out as a file. Raises NotFound."""
        with self._store.write() as tx:
            row = documents.find(tx, document_id, self._user)
            audit.of_document(tx, row, user=self._user, action="exported", detail=format_name)

    def trail(
        self,
        *,
        collection: str | None = None,
        document_id: str | None = None,
        by: str | None = None,
        action: str | None = None,
        limit: int = 100,
    ) -> list[Entry]:
        """Who did what, newest first, in collections that the user owns; also to documents that are there no more.

        `by`: a user's id; nothing: this machine.
        """
        wanted = audit.Filter(collection, document_id, by, action)
        with self._store.read() as tx:
            return audit.entries(tx, user=self._user, wanted=wanted, limit=limit)
