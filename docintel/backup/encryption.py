"""How the bytes of a backup are written: as they are, or encrypted in the age format (age-encryption.org/v1).

A passphrase opens the backup's key, an age identity, and the key everything else; so `age` itself opens all of it, too.
The key's public half is kept nowhere else: who does not know the passphrase can add nothing that would pass for ours.
"""

import hmac
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from docintel.errors import DamagedBackup, UsageError

OTHERS = 0o077


class Cipher(Protocol):
    """Bytes as they lie in the backup, and back."""

    suffix: str
    """Of the names of encrypted files."""

    def encrypt(self, data: bytes) -> bytes: ...

    def decrypt(self, data: bytes) -> bytes:
        """Raises DamagedBackup."""
        ...

    def name(self, digest: str) -> str:
        """What the bytes with this SHA-256 are called: it does not tell what they are to who has no key."""
        ...


class Plain:
    suffix = ""

    def encrypt(self, data: bytes) -> bytes:
        return data

    def decrypt(self, data: bytes) -> bytes:
        return data

    def name(self, digest: str) -> str:
        return digest


class Age:
    """Encrypted to one key: X25519 and ChaCha20-Poly1305."""

    suffix = ".age"

    def __init__(self, key: str) -> None:
        """`key` as `new_key` makes it."""
        from pyrage import x25519

        self._identity = x25519.Identity.from_str(key)
        self._recipient = self._identity.to_public()
        self._names = sha256(f"docintel names\n{key}".encode()).digest()

    def encrypt(self, data: bytes) -> bytes:
        from pyrage import encrypt

        return bytes(encrypt(data, [self._recipient]))

    def decrypt(self, data: bytes) -> bytes:
        from pyrage import DecryptError, decrypt

        try:
            return bytes(decrypt(data, [self._identity]))
        except (DecryptError, OSError) as error:
            raise DamagedBackup("it cannot be decrypted") from error

    def name(self, digest: str) -> str:
        return hmac.new(self._names, digest.encode(), sha256).hexdigest()


def new_key() -> str:
    from pyrage import x25519

    return str(x25519.Identity.generate())


def locked(key: str, passphrase: str) -> bytes:
    """The key, encrypted with a passphrase by scrypt: seconds, on purpose."""
    from pyrage import passphrase as by_passphrase

    return bytes(by_passphrase.encrypt(f"{key}\n".encode(), passphrase))


def unlocked(data: bytes, passphrase: str) -> str:
    """Raises UsageError where it is another passphrase."""
    from pyrage import DecryptError
    from pyrage import passphrase as by_passphrase

    try:
        return bytes(by_passphrase.decrypt(data, passphrase)).decode().strip()
    except (DecryptError, OSError) as error:
        raise UsageError(
            "This is not the passphrase that the backup was begun with. Without that one nobody can open it; another "
            "backup needs another folder."
        ) from error


def passphrase_in(path: Path) -> str:
    """The first line of a file that nobody else may read. Raises UsageError."""
    try:
        is_open = bool(path.stat().st_mode & OTHERS)
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise UsageError(f"The passphrase file {path} cannot be read ({error}).") from error
    if is_open:
        raise UsageError(f"Others on this machine have rights on {path}. Close it: chmod 600 {path}")
    if not lines or not lines[0].strip():
        raise UsageError(f"The first line of {path} is the passphrase, and it is empty.")
    return lines[0].strip()
