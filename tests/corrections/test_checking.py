"""`docintel check` proves that corrected pages follow from their history, and mends them; backups keep both."""

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from docintel.backup import back_up, restore
from docintel.checking import Finding, check
from docintel.home import Home
from docintel.model import Document
from storage.salvage import salvage
from tests.corrections.home import added, opened, said, say
from tests.houses import settings_in, work


@pytest.fixture
def document(home: Home, tmp_path: Path) -> Document:
    """Its first page was corrected twice."""
    document = added(home, tmp_path)
    for text in ("green quinces", "yellow quinces"):
        say(home, document, text)
    assert home.index is not None
    home.index.rebuild()
    assert found(home) == []
    return document


def found(home: Home, *, repair: bool = False) -> list[Finding]:
    return [finding for finding in check(home, repair=repair) if finding.state != "left_out"]


def behind_its_back(home: Home, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(home.library.store.home / "docintel.sqlite3")) as other, other:
        other.execute(sql, values)


def test_a_page_that_says_something_else_is_made_again(home: Home, document: Document) -> None:
    body = zlib.compress(home.library.corrections.page_as_read(document.id, 1).model_dump_json().encode())
    behind_its_back(home, "UPDATE page_bodies SET body = ? WHERE number = 1", body)
    assert [finding.part for finding in found(home)] == ["document", "page"]  # its languages follow from its text
    assert {finding.state for finding in found(home, repair=True)} == {"mended"}
    assert said(home, document) == "yellow quinces"
    assert found(home) == []


def test_a_damaged_page_is_made_again_from_what_was_read(home: Home, document: Document) -> None:
    behind_its_back(home, "UPDATE page_bodies SET body = x'00' WHERE number = 1")
    assert [finding.state for finding in found(home, repair=True)] == ["mended"]
    assert said(home, document) == "yellow quinces"
    assert found(home) == []


@pytest.mark.parametrize("sql", ["UPDATE page_readings SET body = x'00'", "DELETE FROM page_readings"])
def test_a_damaged_reading_is_read_again_and_its_corrections_stay(home: Home, document: Document, sql: str) -> None:
    behind_its_back(home, sql)
    assert [finding.state for finding in found(home, repair=True)] == ["mended"]
    work(home.library)
    assert said(home, document) == "yellow quinces"
    assert {finding.part for finding in found(home)} <= {"index"}


def test_corrections_that_are_gone_are_missed_and_their_page_is_left(home: Home, document: Document) -> None:
    behind_its_back(home, "DELETE FROM corrections WHERE seq = (SELECT max(seq) FROM corrections)")
    assert [(finding.part, finding.state) for finding in found(home, repair=True)] == [("page", "found")]
    assert said(home, document) == "yellow quinces"


@pytest.mark.usefixtures("document")
def test_a_changed_correction_does_not_fit_its_checksum(home: Home) -> None:
    behind_its_back(home, "UPDATE corrections SET \"user\" = 'somebody@example.org'")
    assert "corrections" in {finding.name for finding in found(home)}


def test_a_restored_home_has_its_corrections(home: Home, document: Document, tmp_path: Path) -> None:
    back_up(home.settings.home, tmp_path / "backup")
    (tmp_path / "restored").mkdir()
    settings = settings_in(tmp_path / "restored")
    restore(tmp_path / "backup", settings)
    with opened(tmp_path / "restored") as restored:
        assert restored.library.corrections.history(document.id) == home.library.corrections.history(document.id)
        restored.correcting.undo(document.id, 1)
        assert said(restored, document) == "green quinces"


def test_what_can_be_read_of_a_damaged_database_has_its_corrections(
    home: Home, document: Document, tmp_path: Path
) -> None:
    copied = salvage(home.settings.home / "docintel.sqlite3", tmp_path / "salvaged.sqlite3")
    assert (copied.num_rows["corrections"], copied.num_rows["page_readings"]) == (2, 1)
    assert said(home, document) == "yellow quinces"
