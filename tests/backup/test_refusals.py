"""docintel.backup: what cannot be done is said, with what to do; and its commands."""

import gzip
import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest

from docintel.backup import Saved, back_up, restore
from docintel.errors import DamagedBackup, DiskFull, DocintelError, NotFound, UsageError
from docintel.settings import Settings
from tests.backup.homes import PASSPHRASE, faults

# what cannot be done, and what to do


def test_a_target_in_the_home_or_around_it_is_refused(settings: Settings) -> None:
    for folder in (settings.home / "backups", settings.home, settings.home.parent):
        with pytest.raises(UsageError, match="lie in each other"):
            back_up(settings.home, folder)


def test_a_folder_that_holds_something_else_is_left_alone(settings: Settings, target: Path) -> None:
    target.mkdir()
    (target / "letters").mkdir()
    with pytest.raises(UsageError, match="something else"):
        back_up(settings.home, target)
    assert sorted(path.name for path in target.iterdir() if path.name != "lock") == ["letters"]


def test_nothing_is_restored_over_a_home(settings: Settings, target: Path) -> None:
    back_up(settings.home, target)
    with pytest.raises(UsageError, match="not empty"):
        restore(target, settings)


def test_a_killed_restore_is_begun_anew(settings: Settings, target: Path, empty: Settings) -> None:
    back_up(settings.home, target)
    (empty.home / "unfinished-restore" / "files").mkdir(parents=True)
    restore(target, empty)
    assert faults(empty) == []
    assert not (empty.home / "unfinished-restore").exists()


def test_a_full_disk_is_said_before_anything_is_written(
    settings: Settings, target: Path, empty: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(settings.home, target)
    full = {target, empty.home}
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=100 if path in full else 1 << 40))
    with pytest.raises(DiskFull, match="are free where"):
        restore(target, empty)
    assert not list(empty.home.iterdir())
    full.add(settings.home / "backup")
    with pytest.raises(DiskFull, match="copy of the database"):
        back_up(settings.home, target)
    full.remove(settings.home / "backup")
    full.add(settings.home.parent / "other")
    with pytest.raises(DiskFull, match="--keep"):
        back_up(settings.home, settings.home.parent / "other")


def test_where_nothing_is_to_be_had_that_is_said(settings: Settings, target: Path, empty: Settings) -> None:
    with pytest.raises(NotFound, match="nothing to back up"):
        back_up(settings.home / "nowhere", target)
    with pytest.raises(NotFound, match="docintel backup"):
        restore(target, empty)
    assert not target.exists()
    target.mkdir()
    with pytest.raises(NotFound, match="docintel backup"):
        restore(target, empty)
    back_up(settings.home, target)
    with pytest.raises(NotFound, match="--list"):
        restore(target, empty, snapshot="20200101-000000-000000-0123456789abcdef")


def test_two_backups_into_one_folder_do_not_meet(settings: Settings, target: Path) -> None:
    errors: list[str] = []

    def another(_done: int, _total: int, _what: str) -> None:
        if not errors:
            with pytest.raises(DocintelError) as caught:
                back_up(settings.home, target)
            errors.append(str(caught.value))

    back_up(settings.home, target, show=another)
    assert "being backed up" in errors[0]


def test_a_snapshot_that_leads_out_of_the_home_is_refused(settings: Settings, target: Path, empty: Settings) -> None:
    saved = back_up(settings.home, target)
    [path] = target.glob("snapshots/*")
    found = json.loads(gzip.decompress(path.read_bytes()))
    found["files"][0]["path"] = "../elsewhere"
    data = gzip.compress(json.dumps(found).encode())
    path.unlink()
    id = f"{saved.snapshot[:-16]}{sha256(data).hexdigest()[:16]}"
    (target / "snapshots" / f"{id}.json.gz").write_bytes(data)
    with pytest.raises(DamagedBackup):
        restore(target, empty)


# the command line


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "docintel", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_commands(settings: Settings, target: Path, tmp_path: Path) -> None:
    done = run("backup", target, "--home", settings.home, "--json")
    assert done.returncode == 0, done.stderr
    saved = Saved.model_validate_json(done.stdout)
    [row] = json.loads(run("backup", target, "--list", "--json").stdout)
    assert (row["snapshot"], row["documents"]) == (saved.snapshot, 2)
    assert run("backup", target, "--verify").returncode == 0
    new = tmp_path / "new"
    done = run("restore", target, new)
    assert done.returncode == 0, done.stderr
    assert "2 documents" in done.stderr
    assert run("restore", target, new).returncode == 2
    assert run("check", "--home", new).returncode == 0


def test_the_command_takes_the_passphrase_from_a_file(settings: Settings, encrypted: Path, tmp_path: Path) -> None:
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE, encoding="utf-8")
    secret.chmod(0o600)
    done = run("backup", encrypted, "--home", settings.home, "--passphrase-file", secret)
    assert done.returncode == 0, done.stderr
    assert run("backup", encrypted, "--home", settings.home).returncode == 2
