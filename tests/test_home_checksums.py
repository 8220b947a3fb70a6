"""Files of a home that follow from nothing else carry checksums: small JSON files, and the vector index's."""

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from docintel import json_files
from docintel.checking import Finding, check, is_well
from docintel.home import Home
from docintel.library import Library
from docintel.library.people.acknowledging import SignOff
from storage import folder_checksums
from storage.vectors import VectorIndex

SIGN_OFF = SignOff(why="It is as it should be.", account="eve")
CONTENT = {"dpi": 200, "languages": ["de"]}


@pytest.fixture
def file(library: Library) -> Path:
    path = library.store.home / json_files.SETTINGS
    json_files.write(path, CONTENT)
    return path


def findings(library: Library, *, repair: bool = False, sign_off: SignOff | None = None) -> list[Finding]:
    with Home.open(library.settings, owner=True) as home:
        return [each for each in check(home, repair=repair, sign_off=sign_off) if each.state != "left_out"]


def test_every_flipped_bit_of_a_small_file_shows(file: Path) -> None:
    data = file.read_bytes()
    assert json_files.state(data) == "sound"
    for place in range(len(data) * 8):
        turned = bytearray(data)
        turned[place // 8] ^= 1 << place % 8
        assert json_files.state(bytes(turned)) == "damaged"


def test_a_flipped_bit_of_a_small_file_is_turned_back(library: Library, file: Path) -> None:
    before = file.read_bytes()
    file.write_bytes(before.replace(b'"de"', b'"te"'))
    [finding] = findings(library)
    assert (finding.part, finding.name, finding.state) == ("file", "settings.json", "found")
    assert [each.state for each in findings(library, repair=True)] == ["mended"]
    assert file.read_bytes() == before


def test_another_change_of_a_small_file_is_acknowledged(library: Library, file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"200", b"407"))
    assert not is_well(findings(library, repair=True))
    assert is_well(findings(library, sign_off=SIGN_OFF))
    assert findings(library) == []
    assert json_files.read(file) == {**CONTENT, "dpi": 407}
    newest = library.people.trail()[0]
    assert (newest.action, "settings.json" in newest.detail) == ("acknowledged damage", True)


def test_a_small_file_of_an_earlier_release_is_read_and_gets_a_checksum(library: Library, file: Path) -> None:
    file.write_text(json.dumps(CONTENT), encoding="utf-8")
    assert json_files.read(file) == CONTENT
    assert findings(library) == []
    assert json_files.state(file.read_bytes()) == "sound"
    assert json_files.read(file) == CONTENT


def test_a_row_that_another_program_wrote_is_acknowledged(library: Library) -> None:
    with library.store.write() as tx:
        tx.insert("watches", [{"folder": "/a", "collection": "c", "created_at": 1.0}])
        tx.run("UPDATE watches SET row_checksum = 5")
    [finding] = findings(library, repair=True)
    assert (finding.part, finding.name, finding.state) == ("database", "watches", "found")
    assert is_well(findings(library, sign_off=SIGN_OFF))
    assert findings(library) == []
    assert "watches" in library.people.trail()[0].detail


# the vector index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with closing(VectorIndex.open(tmp_path / "chroma")) as index:
        index.use("abc", {"model": "m"})
        index.add("abc", ["a", "b"], np.eye(2, 4, dtype=np.float32), [{"page": 1}, {"page": 2}])
    return tmp_path / "chroma"


def test_the_files_of_a_closed_index_have_checksums_until_it_is_opened(folder: Path) -> None:
    assert (folder / folder_checksums.FILE).exists()
    assert folder_checksums.faults(folder) == []
    with closing(VectorIndex.open(folder)):
        assert not (folder / folder_checksums.FILE).exists()
        assert folder_checksums.faults(folder) == []
    assert (folder / folder_checksums.FILE).exists()


@pytest.mark.parametrize("name", ["chroma.sqlite3", folder_checksums.FILE])
def test_every_byte_of_a_closed_index_counts(folder: Path, name: str) -> None:
    data = (folder / name).read_bytes()
    for place in range(0, len(data), max(1, len(data) // 50)):
        turned = bytearray(data)
        turned[place] ^= 2
        (folder / name).write_bytes(turned)
        assert folder_checksums.faults(folder), place


def test_a_file_that_is_gone_or_new_shows(folder: Path) -> None:
    (folder / "new").touch()
    assert folder_checksums.faults(folder) == ["new"]
    (folder / "new").unlink()
    (folder / "chroma.sqlite3").unlink()
    assert folder_checksums.faults(folder) == ["chroma.sqlite3"]
