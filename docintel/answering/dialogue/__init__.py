"""Follow-up questions: told apart from questions that stand alone, and completed from the turns before them."""

from docintel.answering.dialogue.answers import answer_follow_up
from docintel.answering.dialogue.exchanges import Exchange, FollowUp
from docintel.answering.dialogue.understanding import last_standing, understand

__all__ = ["Exchange", "FollowUp", "answer_follow_up", "last_standing", "understand"]
