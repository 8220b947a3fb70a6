"""Passwords as argon2id hashes, by the parameters that RFC 9106 recommends where memory is limited."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from docintel.errors import UsageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_LENGTH = 10
MARK = "$argon2id$"
OTHERS = 0o077


def hashed(password: str) -> str:
    """Raises UsageError where the password is too short."""
    if len(password) < MIN_LENGTH:
        raise UsageError(f"The password has fewer than {MIN_LENGTH} characters. Choose a longer one.")
    return _hasher().hash(password)


def is_right(password: str, stored: str) -> bool:
    """Takes some 50 ms and 64 MiB, on purpose."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def of_nobody() -> str:
    """A hash to compare with where there is no such person: that takes as long as if there were."""
    return _hasher().hash("nobody has this password")


def read(path: Path) -> str:
    """The hash that the file's first line is, or that of the password that it is. Raises UsageError."""
    try:
        is_open = bool(path.stat().st_mode & OTHERS)
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise UsageError(f"The password file {path} cannot be read ({error}).") from error
    if is_open:
        raise UsageError(f"Others on this machine have rights on {path}. Close it: chmod 600 {path}")
    line = lines[0] if lines else ""
    return line.strip() if line.startswith(MARK) else hashed(line)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()
