"""Signing in without OpenID Connect: by one password for everybody, or by a user's own."""

from functools import lru_cache
from pathlib import Path

from docintel.errors import SignedOut
from docintel.library.people.access import claimed_id
from docintel.model import User
from docintel.server.accounts import passwords
from docintel.server.accounts.sessions import Session, Sessions
from docintel.server.accounts.tries import Tries
from docintel.server.accounts.users import Users
from docintel.settings import Settings

COOKIE = "docintel_session"


class Accounts:
    """Who may sign in to a home, and who has: its local users, or, where there are none, whoever knows `password`."""

    def __init__(self, users: Users, password: str = "") -> None:
        """`password`: its hash, or nothing."""
        self.users = users
        self._password = password
        self._was_required = False
        self.sessions = Sessions()
        self.tries = Tries()

    @property
    def is_required(self) -> bool:
        """Whether somebody must sign in. Once so, it stays so: an app does not open to all because a file is gone.

        Raises DamagedStore.
        """
        self._was_required = bool(self.users.all() or self._password) or self._was_required
        return self._was_required

    @property
    def has_users(self) -> bool:
        return bool(self.users.all())

    def sign_in(self, address: str, password: str) -> str | None:
        """The name of a new session, or None where address and password do not belong together."""
        user = claimed_id(address) if self.has_users else ""
        stored = self._stored(user)
        is_right = passwords.is_right(password, stored or passwords.of_nobody())
        return self.sessions.begin(user, stored) if is_right and stored else None

    def session(self, name: str) -> Session | None:
        """None, too, where the user is gone, or the password another one by now."""
        found = self.sessions.find(name)
        return found if found and found.stored == self._stored(found.user_id) else None

    def user(self, name: str, settings: Settings) -> User | None:
        """Who is signed in with the session of this name; None where one password is for everybody.

        Raises SignedOut.
        """
        found = self.session(name)
        if found is None:
            raise SignedOut("Your sign-in has ended. Sign in again to go on.")
        return found.user and found.user.model_copy(update={"is_admin": settings.is_admin(found.user_id)})

    def _stored(self, user: str) -> str:
        """The hash that counts for a user, or for nobody in particular; nothing where there is none."""
        users = self.users.all()
        return users.get(user, "") if users else self._password if not user else ""


def accounts_of(settings: Settings) -> Accounts:
    """One object for all of this process, so that sessions are the same everywhere. Raises UsageError."""
    return _accounts(settings.home, settings.password_file)


@lru_cache(maxsize=8)
def _accounts(home: Path, password_file: Path | None) -> Accounts:
    return Accounts(Users(home), passwords.read(password_file) if password_file else "")
