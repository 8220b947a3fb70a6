"""Vectors in memory are read once for all who see the same, and never kept past a change."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from docintel.errors import StoreBusy
from docintel.library import Library
from docintel.library.chunks.vector_cache import VectorCache, Vectors
from docintel.model import Filters, User
from tests.houses import WordCounts, pdf, work
from tests.people import ALICE, BOB, read_documents_of_both

EVERYTHING = Filters()
EVE = User(id="eve@example.org", name="Eve")
BILLS, LETTERS = "alice@example.org/bills", "bob@example.org/letters"


@pytest.fixture
def read(library: Library, tmp_path: Path) -> Library:
    """With an invoice of Alice's and a letter of Bob's."""
    read_documents_of_both(library, tmp_path, WordCounts())
    return library


def chunk_ids(library: Library) -> set[str]:
    return {chunk.id for document in library.documents() for chunk in library.chunks.of(document.id)}


def is_same(one: Library, other: Library, filters: Filters = EVERYTHING) -> bool:
    """Whether both are given the very same matrix: the second one was not read again."""
    return one.chunks.vectors(filters)[1] is other.chunks.vectors(filters)[1]


# through the library: each view is made anew, as every run of a page does


def test_a_second_run_of_a_page_reads_nothing_again(read: Library) -> None:
    assert is_same(read.for_user(ALICE), read.for_user(ALICE))
    assert not is_same(read.for_user(ALICE), Library(read.store, read.settings, ALICE)), "another library reads anew"


def test_users_who_see_the_same_share_one_matrix(read: Library) -> None:
    read.for_user(ALICE).people.share(BILLS, readers=[EVE.id, BOB.id])
    assert not is_same(read.for_user(ALICE), read.for_user(BOB)), "Bob has a letter besides"
    assert is_same(read.for_user(ALICE), read.for_user(EVE))
    assert is_same(read.for_user(BOB), read), "Bob sees all there is, as the machine itself does"


def test_users_who_see_different_collections_are_given_their_own(read: Library) -> None:
    for user in (ALICE, BOB, EVE, ALICE, BOB, EVE):
        seen = read.for_user(user)
        assert set(seen.chunks.vectors(EVERYTHING)[0]) == chunk_ids(seen)
    assert (
        len(read.for_user(ALICE).chunks.vectors(EVERYTHING)[0])
        == len(read.for_user(BOB).chunks.vectors(EVERYTHING)[0])
        == 1
    )
    assert read.for_user(EVE).chunks.vectors(EVERYTHING)[0] == []


def test_other_filters_are_another_answer(read: Library) -> None:
    bills = Filters(collection=BILLS)
    assert len(read.chunks.vectors(EVERYTHING)[0]) == 2
    assert set(read.chunks.vectors(bills)[0]) == chunk_ids(read.for_user(ALICE))
    assert is_same(read, read, bills)


def test_what_is_added_shared_taken_back_and_deleted_is_seen_at_once(read: Library, tmp_path: Path) -> None:
    alice, bob = read.for_user(ALICE), read.for_user(BOB)

    def num_seen() -> tuple[int, int]:
        for seen in (alice, bob):
            assert set(seen.chunks.vectors(EVERYTHING)[0]) == chunk_ids(seen)
        return len(alice.chunks.vectors(EVERYTHING)[0]), len(bob.chunks.vectors(EVERYTHING)[0])

    assert num_seen() == (1, 1)
    second = alice.add(pdf(tmp_path / "c.pdf", "A second bill, for a boat."), name="c.pdf", collection="bills").document
    assert num_seen() == (1, 1), "it has not been read yet"
    work(read)
    assert num_seen() == (2, 1)
    alice.people.share(BILLS, readers=[BOB.id])
    assert num_seen() == (2, 3)
    alice.delete(second.id)
    assert num_seen() == (1, 2)
    alice.people.share(BILLS, remove=[BOB.id])
    assert num_seen() == (1, 1)


def test_what_is_shared_while_vectors_are_read_is_not_given_to_others(read: Library) -> None:
    """Eve sees what Alice sees until Bob shares his letters with her, in the midst of her search."""
    sharing = threading.Thread(target=lambda: read.for_user(BOB).people.share(LETTERS, readers=[EVE.id]))

    class SharedMeanwhile(VectorCache):
        def get(self, key: Hashable, load: Callable[[], Vectors]) -> Vectors:
            if not sharing.ident:
                sharing.start()
                sharing.join(1)  # in vain, as long as the search holds its view of the database
            return super().get(key, load)

    read.for_user(ALICE).people.share(BILLS, readers=[EVE.id])
    cache = SharedMeanwhile()
    alice, eve = (Library(read.store, read.settings, user, cache) for user in (ALICE, EVE))
    eve.chunks.vectors(EVERYTHING)
    sharing.join()
    assert set(alice.chunks.vectors(EVERYTHING)[0]) == chunk_ids(alice)
    assert set(eve.chunks.vectors(EVERYTHING)[0]) == chunk_ids(eve) == chunk_ids(read)


# by itself


def vectors(num_vectors: int) -> Vectors:
    return [str(number) for number in range(num_vectors)], np.zeros((num_vectors, 4), dtype=np.float32)


class Loads:
    """Loads answers and counts how often it was asked for each."""

    def __init__(self, cache: VectorCache) -> None:
        self._cache = cache
        self.keys: list[str] = []

    def get(self, key: str, num_vectors: int = 1) -> Vectors:
        def load() -> Vectors:
            self.keys.append(key)
            return vectors(num_vectors)

        return self._cache.get(key, load)


def test_all_who_ask_at_the_same_time_wait_for_one_reading() -> None:
    cache, begun, may_end = VectorCache(), threading.Event(), threading.Event()
    answer = vectors(3)
    num_loads = 0

    def load() -> Vectors:
        nonlocal num_loads
        num_loads += 1
        begun.set()
        assert may_end.wait(60)
        return answer

    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(cache.get, "a", load)
        assert begun.wait(60)
        others = [threads.submit(cache.get, "a", load) for _ in range(7)]
        other_key = threads.submit(cache.get, "b", lambda: vectors(1))
        may_end.set()
        assert all(each.result(60) is answer for each in (first, *others))
        assert len(other_key.result(60)[0]) == 1
    assert num_loads == 1


def test_what_could_not_be_read_is_told_and_read_by_the_next() -> None:
    cache = VectorCache()

    def busy() -> Vectors:
        raise StoreBusy("The database is busy.")

    with pytest.raises(StoreBusy):
        cache.get("a", busy)
    assert len(cache.get("a", lambda: vectors(2))[0]) == 2


def test_the_answers_that_were_not_asked_for_the_longest_are_dropped() -> None:
    loads = Loads(VectorCache(max_vectors=10))
    loads.get("a", 4)
    loads.get("b", 4)
    loads.get("a")
    loads.get("c", 4)
    assert loads.keys == ["a", "b", "c"]
    loads.get("a")
    loads.get("c")
    assert loads.keys == ["a", "b", "c"], "b had to go"
    loads.get("b", 4)
    assert loads.keys == ["a", "b", "c", "b"]


def test_an_answer_over_the_limit_is_given_and_not_kept() -> None:
    loads = Loads(VectorCache(max_vectors=10))
    assert len(loads.get("large", 11)[0]) == 11
    loads.get("large", 11)
    assert loads.keys == ["large", "large"]


def test_answers_of_nothing_are_not_kept_without_end() -> None:
    loads = Loads(VectorCache(max_vectors=10))
    for number in range(20):
        loads.get(str(number), 0)
    loads.get("0", 0)
    loads.get("19", 0)
    assert loads.keys == [*map(str, range(20)), "0"]
