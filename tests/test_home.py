"""docintel.home: one owner at a time; others add, search and look."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from docintel.embedding import open_embedder, packaged
from docintel.errors import EmbeddingMismatch, HomeInUse
from docintel.home import Home, VectorSearch
from docintel.index import Index, reindex
from docintel.library import Library
from docintel.model import Filters
from docintel.settings import Settings
from storage.vectors import VectorIndex
from tests.houses import DIMENSION, WordCounts, pdf, settings_in, work
from tests.waiting import until

TEXTS = ("green apples and pears", "a contract about rent", "the invoice total is 300 euros")
EVERYTHING = Filters()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path, embedding_languages=("de",))


@pytest.fixture
def library(settings: Settings, tmp_path: Path) -> Iterator[Library]:
    opened = Library.open(settings)
    opened.add(pdf(tmp_path / "three.pdf", *TEXTS), name="three.pdf")
    work(opened)
    yield opened
    opened.close()


def drained(index: Index) -> Index:
    index.opened()
    while index.drain():
        continue
    return index


def texts(library: Library, found: list[tuple[str, float]]) -> list[str]:
    return [chunk.text for chunk in library.chunks.get([chunk_id for chunk_id, _ in found])]


# one owner


def test_a_home_has_one_owner_at_a_time(settings: Settings) -> None:
    with Home.open(settings, owner=True) as one:
        assert one.is_owner
        with pytest.raises(HomeInUse, match=r"process \d+"):
            Home.open(settings, owner=True)
        with Home.open(settings) as other:
            assert not other.is_owner
            assert other.index is None
            assert not other.take_over()
            assert other.status().owner == one.status().owner
    with Home.open(settings, owner=True) as again:
        assert again.is_owner


def test_whoever_only_looks_does_not_own(settings: Settings) -> None:
    with Home.open(settings, owner=False) as one, Home.open(settings, owner=True) as other:
        assert (one.is_owner, other.is_owner) == (False, True)


def test_an_owner_that_was_killed_is_no_owner(settings: Settings) -> None:
    code = (
        "import sys, time; from docintel.home import Home; from docintel.settings import Settings; "
        "home = Home.open(Settings(home=sys.argv[1]), owner=True); print('mine', flush=True); time.sleep(3600)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, settings.home], stdout=subprocess.PIPE, text=True)
    try:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "mine\n"
        with Home.open(settings, owner=False) as other:
            assert other.status().owner == owner.pid
            with pytest.raises(HomeInUse, match=str(owner.pid)):
                Home.open(settings, owner=True)
            owner.kill()
            owner.wait()
            assert other.status().owner is None
            assert other.take_over()
    finally:
        owner.kill()
        owner.communicate()


def test_while_working_what_is_queued_is_read(settings: Settings, tmp_path: Path) -> None:
    with Home.open(settings) as home:
        document_id = home.library.add(pdf(tmp_path / "three.pdf", *TEXTS), name="three.pdf").document.id
        with home.working():
            until(home.queue.is_idle)
        assert home.library.document(document_id).pages_read == 3
        assert home.status().documents == {"ready": 1}
        assert home.status().pages == {"done": 3}
        found = home.search("invoice total")
        assert found.hits[0].chunk.text == TEXTS[2]


def test_work_can_begin_again_after_it_was_stopped(settings: Settings, tmp_path: Path) -> None:
    with Home.open(settings, owner=True) as home:
        for number in (1, 2):
            home.library.add(pdf(tmp_path / "a.pdf", TEXTS[number]), name=f"{number}.pdf")
            home.start()
            home.start()
            until(home.queue.is_idle)
            home.stop()
            assert home.status().documents == {"ready": number}
        home.stop()


# the vector index


def test_the_index_finds_what_the_library_holds(library: Library) -> None:
    index = Index(library)
    assert not index.is_current
    drained(index)
    assert index.is_current
    vector = WordCounts().query("pears and apples")
    assert texts(library, index.query(vector, 1, EVERYTHING)) == [TEXTS[0]]
    assert texts(library, index.query(vector, 9, Filters(pages=(2, 3)))) != []
    assert TEXTS[0] not in texts(library, index.query(vector, 9, Filters(pages=(2, 3))))
    assert index.query(vector, 9, Filters(collection="others")) == []
    assert index.query(vector, 9, Filters(languages=("de",))) == []
    assert len(index.query(vector, 9, Filters(documents=(library.documents()[0].id,), languages=("en",)))) == 3
    index.close()


def test_the_index_forgets_what_is_deleted(library: Library) -> None:
    index = drained(Index(library))
    library.delete(library.documents()[0].id)
    assert not index.is_current
    drained(index)
    assert sum(index.opened().count(name) for name in index.opened().names()) == 0
    index.close()


def test_draining_again_after_a_crash_does_no_harm(library: Library) -> None:
    index = Index(library)
    index.opened()
    with library.store.read() as tx:
        undrained = [dict(row) for row in tx.rows("SELECT * FROM outbox")]
    drained(index)
    with library.store.write() as tx:
        tx.insert("outbox", undrained)
    drained(index)
    assert [index.opened().count(name) for name in index.opened().names()] == [3]
    index.close()


def test_approximate_and_exact_search_agree(library: Library) -> None:
    index = drained(Index(library))
    embedder = WordCounts()
    for question in ("rent", "apples", "how much is the invoice"):
        vector = embedder.query(question)
        approximate = VectorSearch(library, index, embedder).query(vector, 3, EVERYTHING)
        exact = VectorSearch(library, None, embedder).query(vector, 3, EVERYTHING)
        assert [chunk_id for chunk_id, _ in approximate] == [chunk_id for chunk_id, _ in exact]
        assert [score for _, score in approximate] == pytest.approx([score for _, score in exact], abs=1e-4)
    index.close()


def test_a_lost_index_is_filled_again_from_the_database(library: Library, settings: Settings) -> None:
    VectorIndex.open(settings.home / "chroma").close()
    drained(Index(library)).close()
    (settings.home / "chroma").rename(settings.home / "lost")
    index = drained(Index(library))
    assert len(index.query(WordCounts().query("rent"), 9, EVERYTHING)) == 3
    index.close()


def test_an_index_that_cannot_be_opened_is_set_aside_and_filled_again(library: Library, settings: Settings) -> None:
    (settings.home / "chroma").mkdir()
    (settings.home / "chroma" / "chroma.sqlite3").write_bytes(b"no database, but long enough to be looked at" * 50)
    index = drained(Index(library))
    assert len(index.query(WordCounts().query("rent"), 9, EVERYTHING)) == 3
    assert list(settings.home.glob("chroma.damaged-*"))
    index.close()


def test_an_index_that_breaks_is_searched_around(library: Library) -> None:
    class Broken(Index):
        def query(self, vector: Any, limit: int, filters: Filters, _user: Any = None) -> list[tuple[str, float]]:
            self.opened().query("no such collection ☹", vector, limit, {"language": str(filters)})
            raise AssertionError

    index = drained(Broken(library))
    found = VectorSearch(library, index, WordCounts()).query(WordCounts().query("rent"), 1, EVERYTHING)
    assert texts(library, found) == [TEXTS[1]]
    index.close()


def test_vectors_of_another_model_are_not_compared(library: Library) -> None:
    with pytest.raises(EmbeddingMismatch, match="reindex"):
        VectorSearch(library, None, WordCounts("another@2")).query(np.ones(DIMENSION, dtype=np.float32), 1, EVERYTHING)
    index = drained(Index(library))
    with pytest.raises(EmbeddingMismatch, match="reindex"):
        index.query(np.ones(3, dtype=np.float32), 1, EVERYTHING)
    index.close()


def test_reindexing_embeds_with_the_model_of_now(library: Library) -> None:
    index = drained(Index(library))
    another = WordCounts("another@2")
    assert reindex(library, index, another) == 3
    assert library.collections()[0].embedding_model == "another@2"
    assert len(VectorSearch(library, index, another).query(another.query("rent"), 9, EVERYTHING)) == 3
    assert len(index.opened().names()) == 1, "the old one is dropped"
    assert reindex(library, index, another) == 0
    index.close()


def test_reindexing_makes_the_terms_of_an_older_release_anew(library: Library) -> None:
    with library.store.read() as tx:
        right = [dict(row) for row in tx.rows("SELECT rowid, terms, headings FROM chunk_terms ORDER BY rowid")]
    with library.store.write() as tx:
        tx.run("UPDATE chunk_terms SET terms = 'old', headings = ''")
    index = drained(Index(library))
    reindex(library, index, WordCounts())
    with library.store.read() as tx:
        again = [dict(row) for row in tx.rows("SELECT rowid, terms, headings FROM chunk_terms ORDER BY rowid")]
    assert again == right
    index.close()


# the model of earlier releases


@pytest.fixture
def earlier(tmp_path: Path) -> Iterator[Settings]:
    """A home whose documents an earlier release embedded."""
    folder = tmp_path / "earlier"
    before = settings_in(folder, embedding_model="english")
    library = Library.open(before)
    library.add(pdf(tmp_path / "rent.pdf", "The rent is due on the first day of every month."), name="rent.pdf")
    work(library, open_embedder(before))
    library.close()
    yield settings_in(folder)


QUESTION = "Wann ist die monatliche Miete fällig?"


def test_a_home_of_an_earlier_release_goes_on_and_says_what_would_make_it_multilingual(earlier: Settings) -> None:
    with Home.open(earlier, owner=True) as home:
        assert home.embedder.model == packaged.ENGLISH and home.needs_reindexing
        assert home.search("When is the rent due?").hits[0].retrievers == ("lexical", "dense")
        assert "docintel reindex" in home.search(QUESTION).notes[0]


def test_reindexing_makes_a_home_of_an_earlier_release_multilingual(earlier: Settings) -> None:
    with Home.open(earlier, owner=True) as home:
        view = home.for_user(None)
        assert view.search(QUESTION).notes and home.reindex() == 1
        assert home.embedder.model == packaged.MULTILINGUAL and not home.needs_reindexing
        for each in (home, view):
            found = each.search(QUESTION)
            assert found.hits[0].retrievers == ("dense",) and found.notes == ()
    with Home.open(earlier, owner=False) as again:
        assert again.embedder.model == packaged.MULTILINGUAL


def test_reindexing_runs_beside_the_app_and_what_is_read_then_has_the_new_model(
    earlier: Settings, tmp_path: Path
) -> None:
    with Home.open(earlier, owner=True) as home:
        home.start()
        home.start_reindexing()
        until(lambda: not home.reindexing.is_running)
        assert home.reindexing.error is None and home.reindexing.num_embedded == 1
        home.library.add(pdf(tmp_path / "deposit.pdf", "The deposit is paid before moving in."), name="deposit.pdf")
        until(home.queue.is_idle)
        assert home.library.embedding_models == {packaged.MULTILINGUAL}
        until(lambda: "dense" in home.search("Wann wird die Kaution bezahlt?").hits[0].retrievers)


def test_who_does_not_own_a_home_cannot_reindex_it(earlier: Settings) -> None:
    with Home.open(earlier, owner=False) as home, pytest.raises(HomeInUse):
        home.start_reindexing()


def test_a_home_can_be_used_while_it_is_reindexed_and_closing_it_ends_that(earlier: Settings) -> None:
    def endless(on_progress: Callable[[int], None]) -> int:
        while True:
            on_progress(1)

    with Home.open(earlier, owner=True) as home:
        home.reindexing.start(endless)
        until(lambda: home.reindexing.num_embedded > 2)
        assert home.take_over() and home.reindexing.is_running
        assert home.search("When is the rent due?").hits
    assert not home.reindexing.is_running and home.reindexing.error is None
