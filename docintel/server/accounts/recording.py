"""Signing in and out by password stands in the audit trail, and so do tries that failed."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from docintel.errors import DocintelError
from docintel.library.people.repository import People
from docintel.model import User
from docintel.server.accounts.sessions import Session

log = logging.getLogger(__name__)

PeopleOf = Callable[[User | None], People]
"""A home's people as that user may see them; None: as the machine does."""


class SignInRecorder:
    """What cannot be recorded now is logged: a full disk keeps nobody out."""

    def __init__(self, people: PeopleOf) -> None:
        self._people = people

    def signed_in(self, session: Session) -> None:
        with _logging_errors("sign-in"):
            self._people(session.user).record_sign_in()

    def failed(self, address: str, client: str) -> None:
        """`address`: that of the user, or nothing where what was typed names nobody: it may be a password."""
        said = f"as {address} " if address else ""
        with _logging_errors("sign-in that failed"):
            self._people(None).record_failed_sign_in(f"{said}from {client}")

    def signed_out(self, session: Session) -> None:
        with _logging_errors("sign-out"):
            self._people(session.user).record_sign_out()


@contextmanager
def _logging_errors(what: str) -> Iterator[None]:
    try:
        yield
    except (DocintelError, OSError) as error:
        log.error("a %s is not recorded: %s", what, error)
