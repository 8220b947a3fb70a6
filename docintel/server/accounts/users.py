"""Local users of a home: for small teams without OpenID Connect. Like those of a provider they are known by their
e-mail addresses, so that a team can change from one to the other and everybody keeps their collections."""

from pathlib import Path

from docintel import json_files
from docintel.errors import DamagedStore, DocintelError, NotFound, UsageError
from docintel.library.people.access import user_id
from docintel.server.accounts import passwords

FILE = json_files.USERS

Version = tuple[int, int, int]


class Users:
    """E-mail address → hash of the password, in a file of the home that only its owner reads."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._seen: tuple[Version, dict[str, str]] | None = None

    def all(self) -> dict[str, str]:
        """As they are now: whoever is removed is gone at once. Raises DamagedStore."""
        try:
            found = self._path.stat()
            version = (found.st_ino, found.st_mtime_ns, found.st_size)
            if self._seen is None or self._seen[0] != version:
                self._seen = (version, _checked(json_files.read(self._path)))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise DamagedStore(f"{self._path} cannot be read. Restore it, or make the users anew.") from error
        return self._seen[1]

    def add(self, address: str, password: str) -> str:
        """The user's id. Raises UsageError where it is no address, there already, or the password too short."""
        user, users = user_id(address), self.all()
        if user in users:
            raise UsageError(f"{user} is there already. `docintel users password {user}` sets another password.")
        self._write(users | {user: passwords.hashed(password)})
        return user

    def change_password(self, address: str, password: str) -> None:
        """Ends the user's sessions. Raises NotFound, UsageError."""
        user = self._known(address)
        self._write(self.all() | {user: passwords.hashed(password)})

    def remove(self, address: str) -> None:
        """What is theirs stays theirs. Raises NotFound, UsageError."""
        user = self._known(address)
        self._write({each: stored for each, stored in self.all().items() if each != user})

    def _known(self, address: str) -> str:
        user = user_id(address)
        if user not in self.all():
            raise NotFound(f"There is no user {user}. `docintel users list` shows all.")
        return user

    def _write(self, users: dict[str, str]) -> None:
        try:
            json_files.write(self._path, users)
        except OSError as error:
            raise DocintelError(f"{self._path} cannot be written ({error.strerror}). Nothing was changed.") from error


def _checked(found: object) -> dict[str, str]:
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise ValueError("no users")
    return found
