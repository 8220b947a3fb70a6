"""Opens DOCINTEL_HOME and puts its parts together; the command line and the app begin here."""

from docintel.home.conversing import converse
from docintel.home.lock import HomeLock
from docintel.home.opening import Home
from docintel.home.status import Health, HomeStatus
from docintel.home.vector_search import VectorSearch

__all__ = ["Health", "Home", "HomeLock", "HomeStatus", "VectorSearch", "converse"]
