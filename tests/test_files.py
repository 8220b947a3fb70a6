"""storage.files: bytes by key, whole or not at all."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.errors import Missing
from storage.files import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files")


def test_what_is_written_is_read(files: Files) -> None:
    files.write("images/ab/abc.jpg", b"picture")
    assert files.read("images/ab/abc.jpg") == b"picture"
    assert files.exists("images/ab/abc.jpg")
    assert files.path("images/ab/abc.jpg").read_bytes() == b"picture"


def test_writing_again_replaces(files: Files) -> None:
    files.write("a/b", b"old")
    files.write("a/b", b"new")
    assert files.read("a/b") == b"new"


def test_what_is_not_there_is_missing(files: Files) -> None:
    with pytest.raises(Missing):
        files.read("a/b")
    assert not files.exists("a/b")
    files.delete("a/b")


@pytest.mark.parametrize(
    "key", ["../etc/passwd", "/etc/passwd", "a/../../b", "a", "", "a//b", "A/b", "a/.b", "a/b\x00"]
)
def test_a_name_that_could_lead_elsewhere_is_no_key(files: Files, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        files.path(key)


def test_a_write_that_breaks_off_leaves_nothing(files: Files) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError("the file vanished")

    with pytest.raises(RuntimeError):
        files.stage(pieces())
    assert list(files.keys()) == []
    assert list(files.root.iterdir()) == []


def test_staged_bytes_have_no_key_until_they_are_moved_in(files: Files) -> None:
    staged = files.stage([b"one", b"two"])
    assert list(files.keys()) == []
    files.move_in(staged, "originals/ab/abc")
    assert list(files.keys("originals/")) == ["originals/ab/abc"]
    assert files.read("originals/ab/abc") == b"onetwo"
    assert not staged.exists()


def test_keys_come_in_order_and_other_files_are_none(files: Files) -> None:
    for key in ("b/2/x", "a/z", "b/1", "a/y.jpg"):
        files.write(key, b"")
    (files.root / "a" / ".DS_Store").write_bytes(b"")
    files.stage([b"unfinished"])
    assert list(files.keys()) == ["a/y.jpg", "a/z", "b/1", "b/2/x"]
    assert list(files.keys("b/")) == ["b/1", "b/2/x"]
    assert list(files.keys("a/y")) == ["a/y.jpg"]
    assert list(files.keys("c/d/")) == []


def test_sweeping_removes_only_what_was_left_long_ago(files: Files) -> None:
    old, new = files.stage([b"old"]), files.stage([b"new"])
    os.utime(old, (0, 0))
    assert files.sweep(older_than=time.time() - 3600) == 1
    assert not old.exists()
    assert new.exists()
