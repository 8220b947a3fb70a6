"""docintel.backup: damage is noticed, and mended where truth exists twice; without the passphrase nothing opens."""

import gzip
import json
from contextlib import closing
from pathlib import Path

import pyrage
import pytest

from docintel.backup import back_up, passphrase_in, restore, verify
from docintel.errors import DamagedBackup, UsageError
from docintel.library import Library
from docintel.settings import Settings
from tests.backup.homes import PASSPHRASE, answer, faults, flip, names
from tests.houses import picture, settings_in

# flipped bytes


def piece_of(target: Path, home: Path, pattern: str) -> Path:
    """The piece that holds a file of the home."""
    data = sorted(path for path in home.glob(pattern) if path.is_file())[0].read_bytes()
    return next(path for path in target.glob("objects/*/*") if path.read_bytes() == data)


PIECES = {
    "original": "files/originals/*/*",
    "picture": "files/images/*/*",
    "thumbnail": "files/thumbnails/*/*",
    "cache entry": "cache/*/*",
    "settings": "settings.json",
}


@pytest.mark.parametrize("pattern", PIECES.values(), ids=PIECES)
def test_a_flipped_byte_of_a_piece_is_noticed_and_mended_by_the_next_backup(
    settings: Settings, target: Path, empty: Settings, tmp_path: Path, pattern: str
) -> None:
    first = back_up(settings.home, target)
    flip(piece_of(target, settings.home, pattern), 5)
    with pytest.raises(DamagedBackup, match="--partial"):
        restore(target, empty)
    assert not list(empty.home.iterdir())
    partial = restore(target, settings_in(tmp_path / "partial"), is_partial=True)
    assert len(partial.damaged) == 1
    assert names(settings_in(tmp_path / "partial")) == {"two.pdf", "one.png"}
    [finding] = verify(target)
    assert finding.name in partial.damaged[0]
    back_up(settings.home, target)
    assert list(verify(target)) == []
    restore(target, empty, snapshot=first.snapshot)
    assert faults(empty) == []


def test_a_flipped_byte_of_a_snapshot_or_of_its_database_is_noticed(
    library: Library, target: Path, empty: Settings, tmp_path: Path
) -> None:
    first = back_up(library.settings.home, target)
    before = set(target.glob("objects/*/*"))
    library.add(picture(tmp_path / "new.png", 9), name="new.png")
    back_up(library.settings.home, target)
    new_pieces = [path for path in set(target.glob("objects/*/*")) - before if path.stat().st_size > 100_000]
    flip(new_pieces[0], 50_000)
    with pytest.raises(DamagedBackup, match="--list"):
        restore(target, empty, is_partial=True)
    assert [finding.name for finding in verify(target)] == ["docintel.sqlite3"]
    newest = sorted(target.glob("snapshots/*"))[-1]
    for place in (0, 5, 30, -1):  # the header of gzip, too
        flip(newest, place)
        with pytest.raises(DamagedBackup, match=newest.name[:20]):
            restore(target, empty)
        assert any(finding.name.startswith(newest.name[:20]) for finding in verify(target))
        flip(newest, place)
    restore(target, empty, snapshot=first.snapshot)
    assert faults(empty) == []


def test_a_flipped_byte_of_a_key_is_mended_from_its_copy(settings: Settings, encrypted: Path, empty: Settings) -> None:
    [copy, key] = sorted(encrypted.glob("keys/*"))
    flip(key, 60)
    [finding] = verify(encrypted, passphrase=PASSPHRASE)
    assert finding.name == f"keys/{key.name}"
    back_up(settings.home, encrypted, passphrase=PASSPHRASE)
    assert key.read_bytes() == copy.read_bytes()
    flip(key, 60)
    flip(copy, 60)
    with pytest.raises(DamagedBackup, match="Both copies"):
        restore(encrypted, empty, passphrase=PASSPHRASE)


def test_a_changed_readme_is_noticed(settings: Settings, target: Path) -> None:
    back_up(settings.home, target)
    flip(target / "README.txt", 7)
    assert [finding.name for finding in verify(target)] == ["README.txt"]
    back_up(settings.home, target)
    assert list(verify(target)) == []


# encryption


def test_an_encrypted_backup_tells_nothing_and_comes_back(settings: Settings, encrypted: Path, empty: Settings) -> None:
    with closing(Library.open(settings)) as library:
        contents = [document.content for document in library.documents()]
    for path in encrypted.rglob("*"):
        assert not any(content in str(path) for content in contents)
        assert path.is_dir() or not any(word in path.read_bytes() for word in (b"apples", b"%PDF", b"two.pdf"))
    again = back_up(settings.home, encrypted, passphrase=PASSPHRASE)
    assert again.new_bytes == 0
    restore(encrypted, empty, passphrase=PASSPHRASE)
    assert faults(empty) == []
    assert answer(empty) == answer(settings)
    flip(max(encrypted.glob("objects/*/*"), key=lambda path: path.stat().st_size), 300)
    assert len(list(verify(encrypted, passphrase=PASSPHRASE))) == 1


def test_age_alone_opens_an_encrypted_backup(encrypted: Path) -> None:
    key = sorted(encrypted.glob("keys/*"))[0].read_bytes()
    identity = pyrage.x25519.Identity.from_str(pyrage.passphrase.decrypt(key, PASSPHRASE).decode().strip())
    [snapshot] = encrypted.glob("snapshots/*.age")
    found = json.loads(gzip.decompress(pyrage.decrypt(snapshot.read_bytes(), [identity])))
    assert "docintel.sqlite3" in {file["path"] for file in found["files"]}


def bytes_in(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("passphrase", ["", "another passphrase"])
def test_without_the_passphrase_nothing_is_opened_or_written(
    settings: Settings, encrypted: Path, empty: Settings, passphrase: str
) -> None:
    there = bytes_in(encrypted)
    with pytest.raises(UsageError, match="passphrase"):
        restore(encrypted, empty, passphrase=passphrase)
    with pytest.raises(UsageError, match="passphrase"):
        back_up(settings.home, encrypted, passphrase=passphrase)
    assert bytes_in(encrypted) == there
    assert not empty.home.exists()


def test_a_passphrase_for_what_is_not_encrypted_is_refused(settings: Settings, target: Path) -> None:
    back_up(settings.home, target)
    with pytest.raises(UsageError, match="not encrypted"):
        back_up(settings.home, target, passphrase=PASSPHRASE)


def test_a_passphrase_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_text(f"{PASSPHRASE}\nsomething else\n", encoding="utf-8")
    path.chmod(0o600)
    assert passphrase_in(path) == PASSPHRASE
    path.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        passphrase_in(path)
    path.write_text("\n", encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(UsageError, match="empty"):
        passphrase_in(path)
