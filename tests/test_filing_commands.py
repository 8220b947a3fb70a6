"""The command line over the bin, names, tags, collections and reading again."""

from pathlib import Path
from typing import Any

import pytest

from docintel.library import Library
from tests.houses import settings_in
from tests.test_commands import docintel as docintel  # the fixture
from tests.test_library import added


@pytest.fixture
def letter(tmp_path: Path) -> str:
    """Id of a document that has been read."""
    library = Library.open(settings_in(tmp_path))
    document_id = added(library, tmp_path, "A letter about walruses.", name="letter.png")
    library.close()
    return document_id


def listed(docintel: Any, *options: str) -> list[str]:
    return [row["name"] for row in docintel("documents", "--json", *options).json]


def test_a_deleted_document_waits_in_the_bin_if_that_is_wanted(docintel: Any, letter: str) -> None:
    assert docintel("delete", "--to-bin", letter[:8]).code == 0
    assert listed(docintel) == []
    shown = docintel("show", letter)
    assert (shown.code, "docintel bin restore" in shown.err) == (1, True)
    [row] = docintel("bin", "--json").json
    assert (row["document"], row["name"], row["collection"]) == (letter, "letter.png", "default")
    assert docintel("bin", "restore", letter[:8]).code == 0
    assert listed(docintel) == ["letter.png"]
    assert docintel("bin", "--json").json == []


def test_the_bin_is_emptied_by_age(docintel: Any, letter: str) -> None:
    docintel("delete", "--to-bin", letter)
    assert "0 deleted" in docintel("bin", "empty", "--older-than", "1").err
    assert "1 deleted" in docintel("bin", "empty").err
    assert docintel("bin", "restore", letter).code == 1


def test_a_document_in_the_bin_can_be_deleted_for_good(docintel: Any, letter: str) -> None:
    docintel("delete", "--to-bin", letter)
    assert docintel("delete", letter).code == 0
    assert docintel("bin", "--json").json == []


def test_documents_are_renamed_tagged_moved_and_narrowed(docintel: Any, letter: str) -> None:
    assert docintel("rename", letter, "walrus.png").code == 0
    assert docintel("tag", letter, "--add", "to pay", "--add", "2024").code == 0
    assert docintel("tag", letter, "--remove", "2024").code == 0
    assert docintel("move", letter, "--to", "sea").code == 0
    [row] = docintel("documents", "--json").json
    assert (row["document"], row["name"], row["tags"], row["collection"]) == (letter, "walrus.png", ["to pay"], "sea")
    assert listed(docintel, "--tag", "to pay", "--state", "ready", "--name", "WAL") == ["walrus.png"]
    assert listed(docintel, "--added-from", "2020-01-01") == ["walrus.png"]
    assert listed(docintel, "--added-before", "2020-01-01") == []
    assert docintel("tag", letter).code == 2


def test_a_document_is_read_again_by_another_engine(docintel: Any, letter: str) -> None:
    assert docintel("reread", letter, "--engine", "nothing").code == 2
    assert docintel("reread", letter, "--engine", "local", "--language", "en").code == 0
    assert docintel("documents", "--json").json[0]["state"] == "queued"
    assert docintel("reread", letter).code == 2


def test_collections_are_made_renamed_and_deleted(docintel: Any, letter: str) -> None:
    assert docintel("collections", "make", "empty").code == 0
    assert docintel("collections", "rename", "default", "letters").code == 0
    rows = docintel("collections", "--json").json
    assert [(row["collection"], row["documents"]) for row in rows] == [("empty", 0), ("letters", 1)]
    assert "1 documents are in the bin" in docintel("collections", "delete", "letters").err
    assert [row["collection"] for row in docintel("collections", "--json").json] == ["empty"]
    docintel("bin", "restore", letter)
    assert [row["collection"] for row in docintel("collections", "--json").json] == ["empty", "letters"]
    assert docintel("collections", "delete", "nothing").code == 1
