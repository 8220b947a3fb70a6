"""A library's conversations, as one user may read and change them: each sees only those that are the user's own."""

from docintel.errors import NotFound, UsageError
from docintel.library.conversations import rows
from docintel.library.conversations.rows import Conversation, KeptExchange
from docintel.library.people import access, audit
from docintel.library.store import Store
from docintel.model import Answer, Filters, User
from storage.database import Transaction

MAX_NAME_LENGTH = 80
MIN_ID_LENGTH = 4
"""Of the beginning of an id."""


class Conversations:
    """Those of `user`; of None: those of this machine, not those of people who sign in. Administrators see their own.

    A conversation is named by its id, a beginning of the id, or its name.
    """

    def __init__(self, store: Store, user: User | None) -> None:
        self._store = store
        self._user = user

    @property
    def _owner(self) -> str:
        """Raises SignedOut."""
        access.sees_all(self._user)
        return self._user.id if self._user else ""

    def all(self) -> list[Conversation]:
        """The one that was last changed first."""
        with self._store.read() as tx:
            return rows.some(tx, self._owner)

    def find(self, name: str) -> Conversation:
        """Raises NotFound, and UsageError where several have this name."""
        with self._store.read() as tx:
            return self._find(tx, name)

    def exchanges(self, name: str, *, last: int | None = None) -> list[KeptExchange]:
        """Its questions and answers in order, the last ones or all. Raises NotFound.

        An answer that quotes what is deleted or no longer shared is without those words.
        """
        with self._store.read() as tx:
            return rows.exchanges(tx, self._find(tx, name).id, self._user, last=-1 if last is None else last)

    def add(
        self,
        name: str | None,
        question: str,
        answer: Answer,
        filters: Filters | None = None,
        *,
        is_through: bool = False,
    ) -> Conversation:
        """Keeps a question and its answer at the end of a conversation; None: of a new one, named after the question.

        Raises NotFound.
        """
        with self._store.write() as tx:
            found = self._find(tx, name).id if name is not None else rows.insert(tx, self._owner, short_name(question))
            rows.append(tx, found, question, answer, filters or Filters(), user=self._user, is_through=is_through)
            return self._find(tx, found)

    def start(self, name: str) -> Conversation:
        """A conversation without questions. Raises UsageError."""
        with self._store.write() as tx:
            return self._find(tx, rows.insert(tx, self._owner, _checked_name(name)))

    def rename(self, name: str, new_name: str) -> Conversation:
        """Raises NotFound, UsageError."""
        with self._store.write() as tx:
            found = self._find(tx, name)
            tx.run("UPDATE conversations SET name = :name WHERE id = :id", id=found.id, name=_checked_name(new_name))
            return self._find(tx, found.id)

    def delete(self, name: str) -> None:
        """Raises NotFound."""
        with self._store.write() as tx:
            found = self._find(tx, name)
            audit.record(tx, user=self._user, action="deleted a conversation", detail=found.id)
            tx.run("DELETE FROM conversations WHERE id = :id", id=found.id)

    def record_export(self, name: str) -> None:
        """Before a conversation is handed out as a file. Raises NotFound."""
        with self._store.write() as tx:
            found = self._find(tx, name)
            audit.record(tx, user=self._user, action="exported a conversation", detail=found.id)

    def _find(self, tx: Transaction, name: str) -> Conversation:
        if found := rows.some(tx, self._owner, "c.id = :id", id=name):
            return found[0]
        found = rows.some(tx, self._owner, "c.name = :name", name=name.strip())
        if not found and len(name) >= MIN_ID_LENGTH:
            found = rows.some(tx, self._owner, "substr(c.id, 1, length(:id)) = :id", id=name)
        if len(found) > 1:
            raise UsageError(
                f"Several conversations go by “{name}”. Use an id: `docintel conversations list` has them."
            )
        if not found:
            raise NotFound("There is no such conversation. It may have been deleted, or it is somebody else's.")
        return found[0]


def short_name(question: str) -> str:
    """A name for a conversation that begins with `question`: its beginning, cut at a space where there is one."""
    text = " ".join(question.split())
    if len(text) <= MAX_NAME_LENGTH:
        return text
    cut = text[: MAX_NAME_LENGTH - 1]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[MAX_NAME_LENGTH // 2 :] else cut}…"


def _checked_name(name: str) -> str:
    found = " ".join(name.split())
    if not found:
        raise UsageError("A conversation needs a name.")
    if len(found) > MAX_NAME_LENGTH:
        raise UsageError(f"This name has {len(found)} characters. At most {MAX_NAME_LENGTH} are shown in the list.")
    return found
