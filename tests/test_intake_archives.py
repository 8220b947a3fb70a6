"""Folders and zips in: documents come out one at a time; nothing escapes, explodes or stops the rest."""

import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from docintel.errors import DamagedFile, NotFound, PasswordRequired, TooLarge, UnsupportedFile
from docintel.intake import Incoming, archives, incoming
from docintel.intake.zips import Limits
from tests.houses import settings_beside

PDF = b"%PDF-1.4\n"


def coming(path: Path, **changes: object) -> Iterator[Incoming]:
    """What comes of `path`, for a library that lies beside it."""
    return incoming(path, settings=settings_beside(path, **changes))


def names(path: Path, *, recursive: bool = True) -> list[str]:
    settings = settings_beside(path)
    return [each.name for each in incoming(path, settings=settings, recursive=recursive)]


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_file_comes_as_itself_whatever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello", encoding="utf-8")
    assert list(coming(path)) == [Incoming(name="notes.txt", path=path)]


def test_missing_path_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        names(tmp_path / "gone")


def test_folder_gives_documents_and_what_has_a_documents_name(tmp_path: Path) -> None:
    (tmp_path / "2024").mkdir()
    Image.new("L", (4, 4)).save(tmp_path / "2024" / "scan", format="PNG")
    for name in ("b.pdf", "broken.docx", "notes.txt", ".hidden.pdf", "~$b.docx"):
        (tmp_path / name).write_bytes(PDF if name == "b.pdf" else b"text")
    assert names(tmp_path) == ["b.pdf", "broken.docx", "2024/scan"]
    assert names(tmp_path, recursive=False) == ["b.pdf", "broken.docx"]


def test_links_in_folders_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside.pdf").write_bytes(PDF)
    (tmp_path / "inside" / "link.pdf").symlink_to(tmp_path / "outside.pdf")
    (tmp_path / "inside" / "loop").symlink_to(tmp_path / "inside")
    assert names(tmp_path / "inside") == []


def test_zip_gives_its_members_one_after_the_other(tmp_path: Path) -> None:
    path = zipped(tmp_path / "post.zip", {"a/b.pdf": PDF, "a/notes.txt": b"x", "c.pdf": PDF + b"2"})
    contents = {each.name: each.path.read_bytes() for each in coming(path)}
    assert contents == {"a/b.pdf": PDF, "c.pdf": PDF + b"2"}


def test_member_is_gone_when_the_next_one_comes(tmp_path: Path) -> None:
    seen: list[Path] = []
    for each in coming(zipped(tmp_path / "post.zip", {"a.pdf": PDF, "b.jpg": PDF})):
        assert [path.exists() for path in seen] == [False] * len(seen)
        seen.append(each.path)
    assert [path.exists() for path in seen] == [False, False]


def test_zip_inside_a_folder_is_opened_and_zip_inside_a_zip_is_not(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    inner = zipped(tmp_path / "inner.zip", {"x.pdf": PDF})
    zipped(tmp_path / "in" / "post.zip", {"a.pdf": PDF, "inner.zip": inner.read_bytes()})
    assert names(tmp_path / "in") == ["post.zip/a.pdf", "post.zip/inner.zip"]


def test_office_file_is_no_archive(tmp_path: Path) -> None:
    path = zipped(tmp_path / "letter.zip", {"word/document.xml": b"<x/>"})
    assert names(path) == ["letter.zip"]


@pytest.mark.parametrize("name", ["../../escape.pdf", "/etc/escape.pdf", "a/../../escape.pdf", "C:\\..\\escape.pdf"])
def test_member_cannot_leave_its_folder(name: str, tmp_path: Path) -> None:
    [each] = coming(zipped(tmp_path / "post.zip", {name: PDF}))
    assert ".." not in each.name.split("/") and not each.name.startswith("/")
    assert each.path.resolve() == each.path


def test_links_in_zips_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "post.zip"
    link = zipfile.ZipInfo("link.pdf")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.pdf", PDF)
    assert names(path) == ["a.pdf"]


def test_zip_without_documents_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFile, match="holds no document"):
        names(zipped(tmp_path / "post.zip", {"notes.txt": b"hello"}))


def test_member_that_grows_out_of_measure_is_stopped_and_the_rest_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LIMITS", Limits(ratio_counts_from=2**20))
    path = zipped(tmp_path / "post.zip", {"a.pdf": PDF + b"\0" * 2**23, "b.pdf": PDF})
    bomb, good = list(coming(path))
    assert isinstance(bomb.error, TooLarge)
    assert good.error is None


def test_zip_with_too_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LIMITS", Limits(num_members=2))
    with pytest.raises(TooLarge, match="3 files"):
        names(zipped(tmp_path / "post.zip", {f"{n}.pdf": PDF for n in range(3)}))


def test_damaged_member_says_so_and_the_rest_comes(tmp_path: Path) -> None:
    path = zipped(tmp_path / "post.zip", {"a.pdf": PDF + os.urandom(500), "b.pdf": PDF})
    content = bytearray(path.read_bytes())
    content[60] ^= 0xFF
    path.write_bytes(content)
    damaged, good = list(coming(path))
    assert isinstance(damaged.error, DamagedFile)
    assert good.error is None


def test_locked_member_asks_to_be_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "post.zip", {"a.pdf": PDF})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    [locked] = coming(path)
    assert isinstance(locked.error, PasswordRequired)


def test_damaged_zip_is_an_error_in_words(tmp_path: Path) -> None:
    path = tmp_path / "post.zip"
    path.write_bytes(b"PK\x03\x04" + b"x" * 200)
    with pytest.raises(DamagedFile, match="damaged"):
        names(path)


def test_names_that_are_utf8_without_saying_so_are_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "post.zip", {"M__ller.pdf": PDF})
    path.write_bytes(path.read_bytes().replace(b"M__ller", "Müller".encode()))
    assert names(path) == ["Müller.pdf"]
