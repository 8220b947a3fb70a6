"""docintel.checking.salvaging: a table with a damaged page; what it takes is small, and comes back wherever it can."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from docintel.checking import Finding, check, is_well
from docintel.errors import DamagedStore
from docintel.home import Home
from docintel.library import Library
from docintel.settings import Settings
from tests.houses import WordCounts, pdf, picture, settings_in, work

NUM_DOCUMENTS = 60
TABLES = ("documents", "collections", "readers", "jobs", "pages", "page_bodies", "page_languages", "chunks", "vectors")


@pytest.fixture(scope="module")
def read_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many small documents in several collections, some of them somebody's, some shared."""
    folder = tmp_path_factory.mktemp("read")
    settings = settings_in(folder)
    with closing(Library.open(settings)) as library:
        for number in range(NUM_DOCUMENTS - 1):
            path = picture(folder / "page.png", number)
            library.add(path, name=f"document {number}.png", collection=f"collection {number % 5}")
        library.add(pdf(folder / "three.pdf", *("The first.", "The second.", "The third.")), name="three.pdf")
        work(library)
        library.people.share("collection 1", owner="ann@example.org")
        library.people.share("collection 2", readers=["bob@example.org", "eve@example.org"])
    return settings.home


@pytest.fixture
def settings(read_home: Path, tmp_path: Path) -> Settings:
    shutil.copytree(read_home, tmp_path / "home")
    return settings_in(tmp_path)


def opened(settings: Settings) -> Home:
    home = Home.open(settings)
    vars(home._models)["embedder"] = WordCounts()
    return home


def found(home: Home, *, repair: bool) -> list[Finding]:
    return [finding for finding in check(home, repair=repair) if finding.state != "left_out"]


def ruin(path: Path, table: str, *, leaf: int = -1) -> None:
    """One page of the table's rows is something else than it was."""
    with closing(sqlite3.connect(path)) as database:
        [size] = database.execute("PRAGMA page_size").fetchone()
        pages = [
            row[0]
            for row in database.execute(
                "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path", (table,)
            )
        ]
    place = (pages[leaf] - 1) * size
    data = bytearray(path.read_bytes())
    data[place : place + size] = random.Random(1).randbytes(size)
    path.write_bytes(data)


def contents(library: Library) -> dict[str, object]:
    """What people know a home by."""
    return {
        "documents": {
            document.id: (document.name, document.collection, document.media_type, document.size, document.num_pages)
            for document in library.documents()
        },
        "states": {document.state for document in library.documents()},
        "collections": {each.name: (each.owner, each.readers, each.embedding_model) for each in library.collections()},
        "texts": {document.id: [page.text for page in library.pages(document.id)] for document in library.documents()},
        "chunks": library.chunks.count(),
    }


@pytest.mark.parametrize("leaf", [0, -1], ids=["first page", "last page"])
@pytest.mark.parametrize(
    "table", ["documents", "collections", "readers", "jobs", "pages", "page_bodies", "chunks", "vectors"]
)
def test_what_a_damaged_page_held_comes_back(settings: Settings, table: str, leaf: int) -> None:
    with closing(Library.open(settings)) as library:
        before = contents(library)
    ruin(settings.home / "docintel.sqlite3", table, leaf=leaf)
    with opened(settings) as home:
        mended = found(home, repair=True)
        assert is_well(mended), mended
        assert "database" in {finding.part for finding in mended}
        work(home.library)
        assert found(home, repair=False) == []
        assert contents(home.library) == before
    [kept] = settings.home.glob("docintel.sqlite3.damaged-*")
    assert kept.stat().st_size > 0


@pytest.mark.parametrize("column", ["id", "collection"])
def test_a_document_that_others_know_by_another_name_gets_its_own_back(settings: Settings, column: str) -> None:
    path = settings.home / "docintel.sqlite3"
    with closing(Library.open(settings)) as library:
        before = contents(library)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE documents SET {column} = 'x' || substr({column}, 2) WHERE rowid = 7")
    with opened(settings) as home:
        assert is_well(found(home, repair=True))
        assert found(home, repair=False) == []
        assert contents(home.library) == before


def test_lost_entries_of_the_audit_trail_are_counted(settings: Settings) -> None:
    with closing(Library.open(settings)) as library:
        before, trail = contents(library), library.people.trail(limit=1_000)
    ruin(settings.home / "docintel.sqlite3", "audit", leaf=0)
    with opened(settings) as home:
        finding, *missed = found(home, repair=True)
        assert [each.part for each in missed] == ["audit"] and "missing" in missed[0].problem
        left = home.library.people.trail(limit=1_000)
        assert 0 < len(left) < len(trail)
        assert f"{len(trail) - len(left)} of audit" in finding.advice
        assert all(entry in trail for entry in left)
        assert contents(home.library) == before


def test_nothing_is_replaced_while_others_have_it_open(settings: Settings) -> None:
    ruin(settings.home / "docintel.sqlite3", "documents")
    with opened(settings), opened(settings) as other:
        findings = [each for each in check(other, repair=True) if each.part == "database"]
    assert {finding.state for finding in findings} == {"found"}
    assert "End the app" in findings[0].advice
    assert not list(settings.home.glob("docintel.sqlite3.damaged-*"))


def test_a_database_whose_table_of_tables_is_gone_is_not_replaced(settings: Settings) -> None:
    path = settings.home / "docintel.sqlite3"
    data = bytearray(path.read_bytes())
    data[100:4096] = random.Random(1).randbytes(3996)
    path.write_bytes(data)
    with pytest.raises(DamagedStore):
        opened(settings)
    assert path.read_bytes() == bytes(data)
