"""The bin: what is in it is nowhere else, comes back as it was, and goes for good after a while."""

from pathlib import Path

import pytest

from docintel.checking import check
from docintel.errors import NotFound, OwnerOnly
from docintel.home import Home
from docintel.index import Index
from docintel.jobs.queue import Queue
from docintel.library import Library
from docintel.library.jobs.states import JobState
from docintel.model import DocumentState, Filters
from tests.houses import WordCounts, picture, settings_in, work
from tests.people import ALICE, BOB, read_documents_of_both
from tests.test_library import added

EVERYTHING = Filters()


def found(library: Library, word: str) -> int:
    """By words, and among the vectors."""
    ids, _ = library.chunks.vectors(EVERYTHING)
    return len(library.chunks.lexical(f'"{word}"', EVERYTHING, 9)) + len(ids)


def test_a_document_in_the_bin_is_nowhere_else(library: Library, tmp_path: Path) -> None:
    one = added(library, tmp_path, "walrus")
    chunk = library.chunks.of(one)[0].id
    assert found(library, "walrus") == 2
    assert library.bin.put([one[:8]]) == [one]

    assert library.documents() == []
    assert (library.count(), library.counts(), library.names()) == (0, {}, {})
    assert (library.collections(), library.languages(), library.page_counts()) == ([], [], {})
    assert (found(library, "walrus"), library.chunks.get([chunk]), library.chunks.count()) == (0, [], 0)
    queue = Queue(library)
    assert (queue.jobs(), queue.counts(), queue.progress().pages_done) == ([], {}, 0)
    for look in (library.document, library.pages, library.thumbnail, library.chunks.of, library.original, queue.retry):
        with pytest.raises(NotFound, match="in the bin"):
            look(one)
    [entry] = library.bin.documents()
    assert (entry.document.id, entry.document.name, library.bin.count()) == (one, "walrus.png", 1)


def test_a_restored_document_is_as_it_was(library: Library, tmp_path: Path) -> None:
    one = added(library, tmp_path, "walrus", collection="sea")
    before = library.document(one), library.collections()[0].num_documents, found(library, "walrus")
    library.bin.put([one])
    assert library.bin.restore([one]) == [one]
    assert (library.document(one), library.collections()[0].num_documents, found(library, "walrus")) == before
    assert library.bin.count() == 0
    assert library.bin.restore([one]) == []


def test_the_vector_index_forgets_and_remembers(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path))
    one = added(library, tmp_path, "walrus")
    index = Index(library)
    query = WordCounts().query("walrus")

    def nearest() -> list[str]:
        while index.drain():
            continue
        return [id for id, _ in index.query(query, 9, EVERYTHING)]

    chunks = [chunk.id for chunk in library.chunks.of(one)]
    assert nearest() == chunks
    library.bin.put([one])
    assert nearest() == []
    index.rebuild()
    assert nearest() == []
    library.bin.restore([one])
    assert nearest() == chunks
    index.close()
    library.close()


def test_reading_stops_in_the_bin_and_goes_on_afterwards(library: Library, tmp_path: Path) -> None:
    one = library.add(picture(tmp_path / "p.png"), name="p.png").document.id
    library.bin.put([one])
    assert Queue(library).is_idle()
    assert library.including_bin().document(one).state is DocumentState.CANCELLED
    library.bin.restore([one])
    assert library.document(one).state is DocumentState.QUEUED
    assert Queue(library).counts() == {JobState.QUEUED: 1}


def test_what_was_cancelled_before_stays_cancelled(library: Library, tmp_path: Path) -> None:
    one = library.add(picture(tmp_path / "p.png"), name="p.png").document.id
    Queue(library).cancel(one)
    library.bin.put([one])
    library.bin.restore([one])
    assert library.document(one).state is DocumentState.CANCELLED


def test_adding_the_file_again_takes_it_out_of_the_bin(library: Library, tmp_path: Path) -> None:
    path = picture(tmp_path / "p.png")
    one = library.add(path, name="p.png").document.id
    library.bin.put([one])
    again = library.add(path, name="again.png")
    assert (again.document.id, again.document.name, again.duplicate) == (one, "p.png", True)
    assert library.bin.count() == 0
    assert library.document(one).state is DocumentState.QUEUED


def test_the_bin_is_emptied_after_its_days(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path, bin_days=7))
    old, new = added(library, tmp_path, "walrus"), added(library, tmp_path, "seal")
    library.bin.put([old, new])
    with library.store.write() as tx:
        tx.run("UPDATE bin SET binned_at = binned_at - 8 * 86400 WHERE document_id = :id", id=old)
    library.sweep()
    assert [entry.document.id for entry in library.bin.documents()] == [new]
    assert library.bin.empty() == 1
    library.sweep()
    assert list(library.store.files.keys()) == []
    with library.store.read() as tx:
        for table in ("documents", "bin", "chunks", "vectors", "chunk_terms"):
            assert tx.value(f"SELECT count(*) FROM {table}") == 0, table
    library.close()


def test_only_the_owner_uses_the_bin_and_readers_lose_sight(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path))
    read_documents_of_both(library, tmp_path, None)
    alices, bobs = library.for_user(ALICE), library.for_user(BOB)
    [invoice] = alices.documents()
    alices.people.share(invoice.collection, readers=[BOB.id])
    with pytest.raises(OwnerOnly):
        bobs.bin.put([invoice.id])
    with pytest.raises(NotFound):
        alices.bin.put([bobs.documents(collection=f"{BOB.id}/letters")[0].id])
    alices.bin.put([invoice.id])
    assert [document.name for document in bobs.documents()] == ["bobs letter.pdf"]
    with pytest.raises(OwnerOnly):
        bobs.bin.restore([invoice.id])
    assert bobs.bin.empty() == 0
    assert alices.bin.empty() == 1
    trail = [(entry.action, entry.user) for entry in alices.people.trail(document_id=invoice.id)]
    assert trail == [("deleted", ALICE.id), ("binned", ALICE.id), ("added", ALICE.id)]
    library.close()


def test_one_that_may_not_be_binned_leaves_all_where_they_are(library: Library, tmp_path: Path) -> None:
    one = added(library, tmp_path, "walrus")
    with pytest.raises(NotFound):
        library.bin.put([one, "nothing"])
    assert library.count() == 1


def test_what_is_in_the_bin_counts_as_stored(library: Library, tmp_path: Path) -> None:
    alices = library.for_user(ALICE)
    one = added(alices, tmp_path, "walrus")
    [before] = alices.people.usage()
    alices.bin.put([one])
    assert alices.people.usage() == [before]
    alices.bin.empty()
    assert alices.people.usage()[0].bytes == 0


def test_check_looks_into_the_bin(tmp_path: Path) -> None:
    with Home.open(settings_in(tmp_path), owner=True) as home:
        work_on(home, tmp_path)
        [document] = home.library.documents()
        home.library.bin.put([document.id])
        assert home.index is not None
        home.index.rebuild()
        assert [each for each in check(home, repair=False) if each.part != "sandbox"] == []
        home.library.including_bin().original(document.id).write_bytes(b"something else")
        assert ("original", "p.png") in {(each.part, each.name) for each in check(home, repair=False)}


def work_on(home: Home, folder: Path) -> None:
    home.library.add(picture(folder / "p.png"), name="p.png")
    work(home.library)
