"""Conversations and their exchanges in the database."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from docintel.library.conversations.citations import cited, without
from docintel.library.people import access
from docintel.model import SCHEMA_VERSION, Answer, Filters, Model, User
from storage.database import Transaction


class Conversation(Model):
    id: str
    name: str
    created_at: datetime
    changed_at: datetime
    """When its last question was asked."""
    num_questions: int


class KeptExchange(Model):
    """A question, where it was asked, and its answer."""

    number: int
    """From 1."""
    question: str
    asked_at: datetime
    filters: Filters
    is_through: bool
    """The whole document was looked at, rather than passages found."""
    answer: Answer

    @property
    def understood(self) -> str:
        """The question so that it stands alone."""
        return self.answer.understood or self.question


@dataclass(frozen=True)
class ConversationRow:
    id: str
    name: str
    created_at: float
    changed_at: float
    num_questions: int


@dataclass(frozen=True)
class ExchangeRow:
    number: int
    question: str
    asked_at: float
    filters: str
    is_through: int
    answer: str


CONVERSATIONS = (
    "SELECT c.id, c.name, c.created_at, c.changed_at, "
    "(SELECT count(*) FROM exchanges e WHERE e.conversation = c.id) AS num_questions FROM conversations c"
)
EXCHANGES = "SELECT number, question, asked_at, filters, is_through, answer FROM exchanges"


def some(tx: Transaction, owner: str, condition: str = "1 = 1", **parameters: str) -> list[Conversation]:
    """Conversations of `owner`, the one that was last changed first."""
    sql = f"{CONVERSATIONS} WHERE c.owner = :owner AND {condition} ORDER BY c.changed_at DESC, c.id"
    return [_conversation(row) for row in tx.all(ConversationRow, sql, owner=owner, **parameters)]


def exchanges(tx: Transaction, conversation: str, user: User | None, *, last: int = -1) -> list[KeptExchange]:
    """In order, the `last` ones or all, without what `user` does not see any more."""
    sql = f"{EXCHANGES} WHERE conversation = :id ORDER BY number DESC LIMIT :last"
    found = [_exchange(row) for row in tx.all(ExchangeRow, sql, id=conversation, last=last)]
    hidden = _hidden(tx, [each.answer for each in found], user)
    return [each.model_copy(update={"answer": without(each.answer, hidden)}) for each in reversed(found)]


def insert(tx: Transaction, owner: str, name: str) -> str:
    """A conversation without questions; its id."""
    found, now = secrets.token_hex(8), time.time()
    row = {"id": found, "owner": owner, "name": name, "created_at": now, "changed_at": now}
    tx.insert("conversations", [row])
    return found


def append(
    tx: Transaction,
    conversation: str,
    question: str,
    answer: Answer,
    filters: Filters,
    *,
    user: User | None,
    is_through: bool,
) -> None:
    """A document that was deleted while it was asked is quoted no more."""
    number = tx.value("SELECT max(number) FROM exchanges WHERE conversation = :id", id=conversation) or 0
    row = {
        "conversation": conversation,
        "number": number + 1,
        "question": question,
        "asked_at": time.time(),
        "filters": filters.model_dump_json(),
        "is_through": int(is_through),
        "schema_version": SCHEMA_VERSION,
        **_columns(without(answer, _hidden(tx, [answer], user))),
    }
    tx.insert("exchanges", [row])
    tx.run("UPDATE conversations SET changed_at = :now WHERE id = :id", now=time.time(), id=conversation)


def forget_document(tx: Transaction, document_id: str) -> None:
    """Kept answers lose what they quote of a document that is deleted."""
    for row in tx.rows("SELECT rowid, answer FROM exchanges WHERE instr(documents, :id)", id=document_id):
        answer = without(Answer.model_validate_json(row["answer"]), {document_id})
        tx.run(
            "UPDATE exchanges SET answer = :answer, documents = :documents WHERE rowid = :rowid",
            rowid=row["rowid"],
            **_columns(answer),
        )


def _hidden(tx: Transaction, answers: Sequence[Answer], user: User | None) -> set[str]:
    """Documents that these answers quote and `user` does not see."""
    documents = {document for answer in answers for document in cited(answer)}
    seen, parameters = access.visible(user)
    rows = tx.rows(f"SELECT id FROM documents WHERE id IN :ids AND {seen}", ids=list(documents), **parameters)
    return documents - {row["id"] for row in rows}


def _columns(answer: Answer) -> dict[str, str]:
    return {"answer": answer.model_dump_json(), "documents": " ".join(cited(answer))}


def _conversation(row: ConversationRow) -> Conversation:
    return Conversation(
        id=row.id,
        name=row.name,
        created_at=datetime.fromtimestamp(row.created_at, UTC),
        changed_at=datetime.fromtimestamp(row.changed_at, UTC),
        num_questions=row.num_questions,
    )


def _exchange(row: ExchangeRow) -> KeptExchange:
    return KeptExchange(
        number=row.number,
        question=row.question,
        asked_at=datetime.fromtimestamp(row.asked_at, UTC),
        filters=Filters.model_validate_json(row.filters),
        is_through=bool(row.is_through),
        answer=Answer.model_validate_json(row.answer),
    )
