"""The folder that backups are kept in: pieces of files by their hash, shared by all snapshots, and the snapshots.

    README.txt                     what this is, and how to get at it without docintel
    keys/<hash>.age, ….copy.age    the key, encrypted with the passphrase, twice
    objects/3f/3f0a…               pieces of files
    snapshots/<time>-<hash>        which pieces make up which file

A piece's name follows from the SHA-256 of its bytes; a snapshot's and a key's ends with the beginning of its own. So
every byte can be proven. Whatever is written is read back from the disk before it gets its name, and a snapshot comes
last: one that is there is whole.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from docintel.backup.encryption import Age, Cipher, Plain, locked, new_key, unlocked
from docintel.backup.snapshot import Snapshot, decoded, encoded
from docintel.errors import DamagedBackup, DiskFull, DocintelError, NotFound, UsageError
from docintel.permissions import write_private
from storage.errors import Full, Missing, Unavailable
from storage.files import Files

README = "README.txt"
README_TEXT = """This folder holds backups of a docintel home. docintel restore puts one back.

By hand, without docintel: snapshots/* are lists (zcat shows them) of files, each with its pieces in order. A piece is
objects/3f/3f0a..., by its SHA-256; most files are one piece. Join a file's pieces and it is whole.
Encrypted files end with .age and open with age (age-encryption.org): age -d keys/....copy.age asks for the passphrase
and gives the key, age -d -i KEY opens everything else. Names of encrypted pieces tell nothing: decrypt them, and each
is the one whose SHA-256 it has.
"""
SNAPSHOT = re.compile(r"snapshots/(?P<id>\d{8}-\d{6}-\d{6}-(?P<digest>[0-9a-f]{16}))\.json\.gz(\.age)?")
KEY = re.compile(r"keys/(?P<digest>[0-9a-f]{16})(\.copy)?\.age")
SET_ASIDE = ".damaged"
LOCK = "lock"
ROOMS = ("keys/", "objects/", "snapshots/")


class Target:
    """One such folder, open; `opened` for reading, `prepared` for writing."""

    def __init__(self, folder: Path, cipher: Cipher) -> None:
        self.folder = folder
        self._files = Files(folder)
        self._cipher = cipher
        self._there: set[str] | None = None

    @classmethod
    def opened(cls, folder: Path, passphrase: str) -> Self:
        """Raises NotFound where it holds no backup, UsageError for a passphrase that is missing or wrong."""
        files = Files(folder)
        if not _has(files, "snapshots/"):
            raise NotFound(f"{folder} holds no backup. `docintel backup {folder}` makes one.")
        return cls(folder, _cipher_of(files, passphrase))

    @classmethod
    def prepared(cls, folder: Path, passphrase: str) -> Self:
        """Makes the folder where it isn't there; what a killed backup left is removed. The caller holds the lock.

        Raises UsageError, also where the folder holds something else, DiskFull.
        """
        files = Files(folder)
        with target_errors(folder):
            files.sweep(older_than=float("inf"))
            if _is_new(files):
                cipher: Cipher = _with_new_key(files, passphrase) if passphrase else Plain()
            else:
                cipher = _cipher_of(files, passphrase)
            _mend_keys(files)
            if _text_of(folder / README) != README_TEXT:
                write_private(folder / README, README_TEXT)
        return cls(folder, cipher)

    def snapshots(self) -> list[str]:
        """Their ids, the oldest first."""
        found = (SNAPSHOT.fullmatch(key) for key in self._files.keys("snapshots/"))
        return sorted(match["id"] for match in found if match)

    def snapshot(self, id: str) -> Snapshot:
        """Raises NotFound, DamagedBackup."""
        key = self._snapshot_key(id)
        if not self._files.exists(key):
            raise NotFound(
                f"{self.folder} holds no snapshot {id!r}. `docintel backup {self.folder} --list` lists them."
            )
        try:
            data = _proven(self._files, key, id[-16:])
            return decoded(self._cipher.decrypt(data))
        except DamagedBackup as error:
            raise DamagedBackup(f"Snapshot {id} is of no use: {error}. Others of {self.folder} may be.") from error

    def add_snapshot(self, snapshot: Snapshot) -> str:
        """Its id. Raises DiskFull."""
        data = self._cipher.encrypt(encoded(snapshot))
        id = f"{snapshot.made_at:%Y%m%d-%H%M%S-%f}-{_short(data)}"
        self._write(self._snapshot_key(id), data)
        return id

    def remove_snapshot(self, id: str) -> None:
        with target_errors(self.folder):
            self._files.delete(self._snapshot_key(id))

    def has(self, digest: str) -> bool:
        return self._key(digest) in self._known()

    def add(self, data: bytes) -> tuple[str, int]:
        """A piece: its SHA-256, and the bytes that it took on the disk; none where it was there. Raises DiskFull."""
        digest = sha256(data).hexdigest()
        key = self._key(digest)
        if key in self._known():
            return digest, 0
        stored = self._cipher.encrypt(data)
        self._write(key, stored)
        self._known().add(key)
        return digest, len(stored)

    def read(self, digest: str) -> bytes:
        """A piece. Raises DamagedBackup."""
        key = self._key(digest)
        try:
            data = self._cipher.decrypt(self._files.read(key))
        except Missing as error:
            raise DamagedBackup(f"{key} is gone") from error
        except OSError as error:
            raise DamagedBackup(f"{key} cannot be read ({error.strerror})") from error
        except DamagedBackup as error:
            raise DamagedBackup(f"{key} is damaged: bytes have changed on the disk") from error
        if sha256(data).hexdigest() != digest:
            raise DamagedBackup(f"{key} is damaged: bytes have changed on the disk")
        return data

    def set_aside(self, digest: str) -> None:
        """A damaged piece is kept under another name, so that the next backup writes it again."""
        path = self._files.path(self._key(digest))
        with suppress(OSError):
            path.rename(path.with_name(path.name + SET_ASIDE))

    def remove_unused(self, digests: set[str]) -> int:
        """Removes every piece but those with these SHA-256. How many."""
        used = {self._key(digest) for digest in digests}
        unused = [key for key in self._files.keys("objects/") if key not in used]
        with target_errors(self.folder):
            for key in unused:
                self._files.delete(key)
        self._there = None
        return len(unused)

    def damaged_keys(self) -> list[str]:
        """Files of keys that are not what was written, or are missing their copy."""
        return _damaged_keys(self._files)

    @property
    def has_readme(self) -> bool:
        return _text_of(self.folder / README) == README_TEXT

    def _known(self) -> set[str]:
        if self._there is None:
            self._there = set(self._files.keys("objects/"))
        return self._there

    def _key(self, digest: str) -> str:
        name = self._cipher.name(digest)
        return f"objects/{name[:2]}/{name}{self._cipher.suffix}"

    def _snapshot_key(self, id: str) -> str:
        return f"snapshots/{id}.json.gz{self._cipher.suffix}"

    def _write(self, key: str, data: bytes) -> None:
        with target_errors(self.folder):
            _write_proven(self._files, key, data)


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Nobody else writes to it or removes from it meanwhile. Raises DocintelError where somebody does, and NotFound.

    A folder that cannot be written needs no lock.
    """
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}. `docintel backup {folder}` makes a backup there.")
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DocintelError(f"{folder} is in use by another backup or restore. Wait until that has ended.") from error
    except OSError:
        if os.access(folder, os.W_OK):
            raise
    try:
        yield
    finally:
        lock.release()


@contextmanager
def target_errors(folder: Path) -> Iterator[None]:
    """What a disk says, in the user's words."""
    try:
        yield
    except Full as error:
        raise DiskFull(
            f"No space is left where {folder} lies. Free some, or keep fewer snapshots (--keep); those that are there "
            "are whole."
        ) from error
    except (Unavailable, OSError) as error:
        raise DocintelError(f"{folder} cannot be written ({error}). Snapshots that are there are whole.") from error


def _write_proven(files: Files, key: str, data: bytes) -> None:
    """Read back from the disk before it gets its name. Raises DamagedBackup."""
    staged = files.stage([data])
    if _read_from_disk(staged) != data:
        staged.unlink(missing_ok=True)
        raise DamagedBackup(f"{files.root} does not give back what was written to it. Use another disk.")
    files.move_in(staged, key)


def _read_from_disk(path: Path) -> bytes:
    """Past what the system remembers of it, where it lets us."""
    with path.open("rb") as file:
        with suppress(AttributeError, OSError):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return file.read()


def _short(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]


def _proven(files: Files, key: str, digest: str) -> bytes:
    """Raises DamagedBackup."""
    try:
        data = files.read(key)
    except (Missing, OSError) as error:
        raise DamagedBackup(f"{key} cannot be read") from error
    if _short(data) != digest:
        raise DamagedBackup(f"{key} is damaged: bytes have changed on the disk")
    return data


def _has(files: Files, prefix: str) -> bool:
    return next(files.keys(prefix), None) is not None


def _is_new(files: Files) -> bool:
    """Raises UsageError where the folder holds something else."""
    if any(_has(files, prefix) for prefix in ROOMS):
        return False
    if any(path.name not in {README, LOCK} for path in files.root.iterdir()):
        raise UsageError(f"{files.root} holds something else than backups. Name an empty folder, or a new one.")
    return True


# keys


def _with_new_key(files: Files, passphrase: str) -> Cipher:
    key = new_key()
    _keep_key(files, locked(key, passphrase))
    return Age(key)


def _keep_key(files: Files, data: bytes) -> None:
    for copy in ("", ".copy"):
        _write_proven(files, f"keys/{_short(data)}{copy}.age", data)


def _cipher_of(files: Files, passphrase: str) -> Cipher:
    if not _has(files, "keys/"):
        return _unencrypted(files.root, passphrase)
    if not passphrase:
        raise UsageError(f"{files.root} is encrypted. Give its passphrase with --passphrase-file.")
    sound = _sound_key(files)
    if sound is None:
        raise DamagedBackup(
            f"Both copies of the key in {files.root}/keys are damaged. Put a copy back that you kept elsewhere."
        )
    return Age(unlocked(sound, passphrase))


def _unencrypted(folder: Path, passphrase: str) -> Cipher:
    if passphrase:
        raise UsageError(f"{folder} is not encrypted. Leave --passphrase-file out, or choose a new folder.")
    return Plain()


def _sound_key(files: Files) -> bytes | None:
    for key in files.keys("keys/"):
        if match := KEY.fullmatch(key):
            with suppress(DamagedBackup):
                return _proven(files, key, match["digest"])
    return None


def _damaged_keys(files: Files) -> list[str]:
    keys = [match for key in files.keys("keys/") if (match := KEY.fullmatch(key))]
    wanted = {f"keys/{match['digest']}{copy}.age" for match in keys for copy in ("", ".copy")}
    return sorted(key for key in wanted if not _is_sound(files, key))


def _is_sound(files: Files, key: str) -> bool:
    match = KEY.fullmatch(key)
    with suppress(DamagedBackup):
        return bool(match and _proven(files, key, match["digest"]))
    return False


def _mend_keys(files: Files) -> None:
    """From their copies."""
    if _damaged_keys(files) and (sound := _sound_key(files)):
        _keep_key(files, sound)


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
