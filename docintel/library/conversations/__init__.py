"""Conversations that are kept: questions, their answers, and where each was asked."""

from docintel.library.conversations.citations import is_gone
from docintel.library.conversations.repository import Conversations
from docintel.library.conversations.rows import Conversation, KeptExchange

__all__ = ["Conversation", "Conversations", "KeptExchange", "is_gone"]
