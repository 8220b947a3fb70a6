"""Questions of a conversation that is kept: each is asked with those before it, then added to it."""

from typing import TYPE_CHECKING

from docintel.home.opening import Home
from docintel.library import Conversation
from docintel.model import Filters

if TYPE_CHECKING:
    from docintel.answering import Exchange, TextCallback

MAX_HISTORY = 6
"""Exchanges before a question that it may lean on."""


def converse(
    home: Home,
    question: str,
    conversation: str | None = None,
    *,
    filters: Filters | None = None,
    is_through: bool = False,
    on_text: "TextCallback | None" = None,
) -> Conversation:
    """Asks, and keeps question and answer at the end of `conversation` (an id or a name), or of a new one.

    `is_through`: the one document of `filters` is looked at as a whole. `on_text` as in `Home.ask`. Raises NotFound,
    QuotaExceededForNow, EngineUnavailable.
    """
    wanted = filters or Filters()
    before = history(home, conversation)
    if is_through:
        answer = home.look_through(question, wanted.documents[0], on_text=on_text, history=before)
    else:
        answer = home.ask(question, filters=wanted, on_text=on_text, history=before)
    return home.library.conversations.add(conversation, question, answer, wanted, is_through=is_through)


def history(home: Home, conversation: str | None) -> "list[Exchange]":
    """What the next question of a conversation may lean on, the oldest first; nothing of a new one."""
    from docintel.answering import Exchange

    if conversation is None:
        return []
    kept = home.library.conversations.exchanges(conversation, last=MAX_HISTORY)
    return [Exchange(each.question, each.answer) for each in kept]
