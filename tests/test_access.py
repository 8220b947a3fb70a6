"""Who may see what: two people, their collections, what they share, and the trail of it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from docintel.errors import NotFound, OwnerOnly, SignedOut, UsageError
from docintel.home import Home
from docintel.index import Index
from docintel.jobs.queue import Queue
from docintel.library import Library
from docintel.library.people.access import owner_in, title_of, user_id
from docintel.model import Filters, User
from tests.houses import WordCounts, page_of, pdf, read_of, settings_in, work

ALICE = User(id="alice@example.org", name="Alice")
BOB = User(id="bob@example.org", name="Bob")
ROOT = User(id="root@example.org", name="Root", is_admin=True)
EVERYTHING = Filters()
SECRET = "The merger with Globex closes on Friday."


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Alice's document and Bob's, the same file in both hands, and one of the machine's; all read. Only looked at."""
    folder = tmp_path_factory.mktemp("access")
    with_files = Library.open(settings_in(folder))
    secret, shared = pdf(folder / "a.pdf", SECRET), pdf(folder / "s.pdf", "A rental contract.")
    with_files.for_user(ALICE).add(secret, name="merger.pdf", collection="deals")
    with_files.for_user(ALICE).add(shared, name="contract.pdf", collection="deals")
    with_files.for_user(BOB).add(shared, name="same contract.pdf", collection="deals")
    with_files.add(pdf(folder / "m.pdf", "Minutes of a meeting."), name="minutes.pdf")
    work(with_files)
    yield with_files
    with_files.close()


def names(library: Library) -> set[str]:
    return {document.name for document in library.documents()}


def document_of(library: Library, name: str) -> str:
    return next(document.id for document in library.documents() if document.name == name)


# who sees what


def test_everybody_sees_their_own_and_the_machine_and_administrators_see_all(read: Library) -> None:
    assert names(read.for_user(ALICE)) == {"merger.pdf", "contract.pdf"}
    assert names(read.for_user(BOB)) == {"same contract.pdf"}
    assert names(read.for_user(ROOT)) == names(read)
    assert len(names(read)) == 4


ASKED: dict[str, Callable[[Library, str], object]] = {
    "document": lambda library, id: library.document(id),
    "beginning of an id": lambda library, id: library.document(id[:12]),
    "original": lambda library, id: library.original(id),
    "pages": lambda library, id: library.pages(id),
    "page": lambda library, id: library.page(id, 1),
    "a page that isn't there": lambda library, id: library.page(id, 99),
    "page statuses": lambda library, id: library.page_statuses(id),
    "page image": lambda library, id: library.page_image(id, 1),
    "thumbnail": lambda library, id: library.thumbnail(id),
    "preview": lambda library, id: library.preview(id, 1),
    "chunks": lambda library, id: library.chunks.of(id),
    "export": lambda library, id: library.people.record_export(id, "text"),
    "delete": lambda library, id: library.delete(id),
    "unlock": lambda library, id: library.unlock(id, "password"),
    "retry": lambda library, id: Queue(library).retry(id),
    "retry of a page": lambda library, id: Queue(library).retry(id, 1),
    "cancel": lambda library, id: Queue(library).cancel(id),
}


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_what_is_not_seen_is_told_in_the_words_of_what_is_not_there(read: Library, asked: str) -> None:
    hidden, missing = document_of(read, "merger.pdf"), "0" * 32
    with pytest.raises(NotFound) as of_hidden:
        ASKED[asked](read.for_user(BOB), hidden)
    with pytest.raises(NotFound) as of_missing:
        ASKED[asked](read.for_user(BOB), missing)
    assert without(of_hidden.value, hidden) == without(of_missing.value, missing)
    assert len(names(read)) == 4


def without(error: NotFound, id: str) -> str:
    return str(error).replace(id, "").replace(id[:12], "")


def test_lists_and_counts_hold_only_what_is_seen(read: Library) -> None:
    bob, queue = read.for_user(BOB), Queue(read.for_user(BOB))
    hidden = document_of(read, "merger.pdf")
    assert bob.count() == sum(bob.counts().values()) == 1
    assert bob.documents(ids=[hidden]) == []
    assert bob.documents(collection="alice@example.org/deals") == []
    assert bob.documents(name_contains="merger") == []
    assert bob.page_counts() == {"done": 1}
    assert bob.chunks.count() == 1
    assert [each.name for each in bob.collections()] == ["bob@example.org/deals"]
    assert [job.name for job in queue.jobs()] == ["same contract.pdf"]
    assert queue.counts() == {"done": 1}


def test_search_finds_nothing_in_what_is_not_seen(read: Library) -> None:
    hidden = document_of(read, "merger.pdf")
    [secret] = read.chunks.of(hidden)
    for user, seen in ((BOB, False), (ALICE, True), (ROOT, True)):
        library = read.for_user(user)
        assert bool(library.chunks.get([secret.id])) is seen
        assert (secret.id in [id for id, _ in library.chunks.lexical("globex", EVERYTHING, 10)]) is seen
        assert (secret.id in library.chunks.vectors(EVERYTHING)[0]) is seen
        for filters in (Filters(documents=(hidden,)), Filters(collection="alice@example.org/deals")):
            assert bool(library.chunks.lexical("globex", filters, 10)) is seen
            assert bool(library.chunks.vectors(filters)[0]) is seen


def test_vectors_that_one_user_asked_for_are_not_kept_for_another(read: Library) -> None:
    everything = read.chunks.vectors(EVERYTHING)[0]
    assert len(everything) == 4
    assert len(read.for_user(BOB).chunks.vectors(EVERYTHING)[0]) == 1
    assert read.chunks.vectors(EVERYTHING)[0] == everything


def test_the_vector_index_looks_only_into_collections_that_are_seen(read: Library) -> None:
    index = Index(read)
    try:
        while index.drain():
            continue
        vector = WordCounts().query(SECRET)
        found = {user.id: {id for id, _ in index.query(vector, 9, EVERYTHING, user)} for user in (ALICE, BOB, ROOT)}
    finally:
        index.close()
    [secret] = read.chunks.of(document_of(read, "merger.pdf"))
    assert secret.id in found[ALICE.id] & found[ROOT.id]
    assert len(found[BOB.id]) == 1
    assert secret.id not in found[BOB.id]


def test_the_status_of_a_view_of_a_home_tells_of_what_is_seen(read: Library) -> None:
    with Home.open(read.settings, owner=False) as home:
        status = home.for_user(BOB).status()
        assert (status.documents, status.pages, status.chunks) == ({"ready": 1}, {"done": 1}, 1)
        assert (status.collections, status.pages_cached) == (("bob@example.org/deals",), 0)
        assert home.library.user is None


def test_how_fast_a_page_was_read_is_not_told_since_it_tells_whether_somebody_else_holds_it(read: Library) -> None:
    alice, bob = read.for_user(ALICE), read.for_user(BOB)
    same = [(alice, document_of(read, "contract.pdf")), (bob, document_of(read, "same contract.pdf"))]
    assert sorted(read.document(id).pages_cached for _, id in same) == [0, 1], "whoever was read first"
    for user, id in same:
        assert read.document(id).seconds > 0
        assert (user.document(id).pages_cached, user.document(id).seconds) == (0, 0.0)
        assert [(status.cached, status.seconds) for status in user.page_statuses(id)] == [(False, 0.0)]


def test_nothing_is_shown_to_a_user_whose_sign_in_has_ended_meanwhile(read: Library) -> None:
    late = ALICE.model_copy(update={"until": datetime.now(UTC) - timedelta(seconds=1)})
    for ask in (Library.documents, Library.count, Library.collections, lambda library: library.people.changeable()):
        with pytest.raises(SignedOut, match="sign in again"):
            ask(read.for_user(late))
    with pytest.raises(SignedOut):
        Queue(read.for_user(late)).is_idle()


# adding: everybody into their own


def test_the_same_file_in_two_hands_is_no_duplicate(read: Library) -> None:
    ids = {document_of(read, "contract.pdf"), document_of(read, "same contract.pdf")}
    assert len(ids) == 2


def test_a_title_is_everybodys_own(library: Library, tmp_path: Path) -> None:
    file = pdf(tmp_path / "a.pdf", "a")
    added = [library.for_user(user).add(file, name="a.pdf", collection="deals").document for user in (ALICE, BOB)]
    assert [document.collection for document in added] == ["alice@example.org/deals", "bob@example.org/deals"]
    assert library.for_user(ALICE).add(file, name="a.pdf", collection="deals").duplicate
    assert [(each.title, each.owner) for each in library.collections()] == [("deals", ALICE.id), ("deals", BOB.id)]


def test_naming_anothers_collection_makes_ones_own_as_if_nothing_were_there(library: Library, tmp_path: Path) -> None:
    file = pdf(tmp_path / "a.pdf", "a")
    library.for_user(ALICE).add(file, name="a.pdf", collection="deals")
    for title in ("alice@example.org/deals", "alice@example.org/nothing"):
        added = library.for_user(BOB).add(file, name="a.pdf", collection=title)
        assert not added.duplicate
        assert added.document.collection == f"bob@example.org/{title}"


def test_the_machine_adds_to_anybodys_collection_by_its_whole_name(library: Library, tmp_path: Path) -> None:
    library.add(pdf(tmp_path / "a.pdf", "a"), name="a.pdf", collection="alice@example.org/deals")
    assert names(library.for_user(ALICE)) == {"a.pdf"}
    assert names(library.for_user(BOB)) == set()


# sharing


@pytest.fixture
def shared(library: Library, tmp_path: Path) -> Library:
    """Alice's document, which Bob may read; its one page was read, another failed."""
    alice = library.for_user(ALICE)
    id = alice.add(pdf(tmp_path / "a.pdf", "rent", "broken"), name="a.pdf", collection="deals").document.id
    with library.store.write() as tx:
        rows = [{"document_id": id, "number": n, "state": "reading", "owner": "w"} for n in (1, 2)]
        tx.insert("pages", rows)
        tx.run("UPDATE jobs SET step = 'pages', state = 'reading'")
    library.commits.commit_page(id, read_of(page_of("The rent is due.")), [], None, owner="w")
    library.commits.fail_page(id, 2, "It is broken.", owner="w")
    library.commits.finish(id, [], None, owner="")
    alice.people.share("alice@example.org/deals", readers=["  Bob@Example.org "])
    return library


def test_a_reader_looks_and_exports(shared: Library) -> None:
    bob = shared.for_user(BOB)
    [document] = bob.documents()
    assert bob.page(document.id, 1).text == "The rent is due."
    assert bob.page_image(document.id, 1)
    bob.people.record_export(document.id, "text")
    assert bob.collections()[0].title == "deals"
    assert bob.people.changeable() == set()


@pytest.mark.parametrize("deed", ["delete", "unlock", "retry", "retry of a page", "cancel"])
def test_a_reader_changes_nothing(shared: Library, deed: str) -> None:
    bob = shared.for_user(BOB)
    with pytest.raises(OwnerOnly, match="owner"):
        ASKED[deed](bob, bob.documents()[0].id)
    with pytest.raises(OwnerOnly):
        bob.people.share("alice@example.org/deals", readers=["eve@example.org"])
    assert Queue(bob).retry_failed() == 0
    assert shared.page_counts() == {"done": 1, "failed": 1}


def test_a_reader_adds_nothing_to_anothers_collection(shared: Library, tmp_path: Path) -> None:
    file = pdf(tmp_path / "b.pdf", "b")
    with pytest.raises(OwnerOnly):
        shared.for_user(BOB).add(file, name="b.pdf", collection="alice@example.org/deals")
    assert shared.count() == 1


def test_readers_do_not_see_each_other_and_the_owner_sees_all(shared: Library) -> None:
    shared.people.share("alice@example.org/deals", readers=["eve@example.org"])
    assert shared.for_user(BOB).collections()[0].readers == ()
    assert shared.for_user(ALICE).collections()[0].readers == ("bob@example.org", "eve@example.org")


def test_a_reader_who_is_removed_sees_nothing_at_once(shared: Library) -> None:
    bob = shared.for_user(BOB)
    id = bob.documents()[0].id
    shared.for_user(ALICE).people.share("alice@example.org/deals", remove=["bob@example.org"])
    assert bob.documents() == []
    with pytest.raises(NotFound):
        bob.page_image(id, 1)


def test_only_who_sees_all_may_pause_everybodys_reading(shared: Library) -> None:
    for deed in (Queue(shared.for_user(ALICE)).pause, Queue(shared.for_user(ALICE)).resume):
        with pytest.raises(OwnerOnly, match="administrator"):
            deed()
    Queue(shared.for_user(ROOT)).pause()
    assert Queue(shared).paused


def test_a_collection_that_is_given_away_is_the_new_owners_and_its_title_is_free_again(
    shared: Library, tmp_path: Path
) -> None:
    shared.for_user(ALICE).people.share("alice@example.org/deals", owner="bob@example.org")
    assert shared.for_user(ALICE).documents() == []
    assert shared.for_user(BOB).people.changeable() == {"alice@example.org/deals"}
    assert shared.for_user(BOB).collections()[0].title == "deals"
    for name in ("b.pdf", "c.pdf"):
        added = shared.for_user(ALICE).add(pdf(tmp_path / name, name), name=name, collection="deals")
        assert added.document.collection == "alice@example.org/deals 2"


def test_what_was_there_before_sign_in_can_be_given_to_somebody(library: Library, tmp_path: Path) -> None:
    library.add(pdf(tmp_path / "a.pdf", "a"), name="a.pdf")
    assert library.for_user(ALICE).documents() == []
    assert not library.people.has_owners
    library.people.share("default", owner="alice@example.org")
    assert library.people.has_owners
    assert names(library.for_user(ALICE)) == {"a.pdf"}
    added = library.for_user(ALICE).add(pdf(tmp_path / "b.pdf", "b"), name="b.pdf")
    assert added.document.collection == "default"


def test_a_collection_that_is_not_seen_cannot_be_shared(shared: Library) -> None:
    eve = shared.for_user(User(id="eve@example.org", name="Eve"))
    with pytest.raises(NotFound) as hidden:
        eve.people.share("alice@example.org/deals", readers=["eve@example.org"])
    with pytest.raises(NotFound) as missing:
        eve.people.share("alice@example.org/other", readers=["eve@example.org"])
    assert str(hidden.value).replace("deals", "") == str(missing.value).replace("other", "")


@pytest.mark.parametrize(
    ("address", "id"),
    [
        (" Alice@Example.ORG ", "alice@example.org"),
        ("ÄRGER@example.org", "Ärger@example.org"),
        ("\u212a@x.org", "\u212a@x.org"),
    ],
)
def test_people_are_known_by_addresses_without_the_case_of_latin_letters(address: str, id: str) -> None:
    assert user_id(address) == id


@pytest.mark.parametrize("address", ["", "alice", "@", "a@", "a b@c", 'a"@c', "a/b@c", "a@b@c", "a\u202eb@c", "a@b/c"])
def test_what_is_no_address_names_nobody(address: str) -> None:
    with pytest.raises(UsageError, match="e-mail"):
        user_id(address)


@pytest.mark.parametrize(
    ("name", "owner", "title"),
    [
        ("alice@example.org/2024/march", "alice@example.org", "2024/march"),
        ("2024/march", "", "2024/march"),
        ("alice@example.org", "", "alice@example.org"),
        ("default", "", "default"),
    ],
)
def test_a_collections_name_says_whose_it_is(name: str, owner: str, title: str) -> None:
    assert (owner_in(name), title_of(name)) == (owner, title)


# the trail


def test_every_deed_is_recorded_with_who_what_and_which(shared: Library) -> None:
    alice, bob = shared.for_user(ALICE), shared.for_user(BOB)
    id = alice.documents()[0].id
    Queue(alice).retry(id, 2)
    Queue(alice).cancel(id)
    bob.people.record_export(id, "text")
    alice.people.share("alice@example.org/deals", remove=["bob@example.org"])
    shared.delete(id)
    told = [(each.user, each.action, each.name, each.detail) for each in reversed(alice.people.trail())]
    assert told == [
        (ALICE.id, "added", "a.pdf", ""),
        (ALICE.id, "shared", "", "with bob@example.org"),
        (ALICE.id, "retried", "a.pdf", "page 2"),
        (ALICE.id, "cancelled", "a.pdf", ""),
        (BOB.id, "exported", "a.pdf", "text"),
        (ALICE.id, "shared", "", "no longer with bob@example.org"),
        ("", "deleted", "a.pdf", ""),
    ]
    assert {each.collection for each in alice.people.trail()} == {"alice@example.org/deals"}
    assert alice.people.trail(document_id=id[:9])[0].action == "deleted"


def test_a_reader_and_a_stranger_see_no_trail(shared: Library) -> None:
    for user in (BOB, User(id="eve@example.org", name="Eve")):
        assert shared.for_user(user).people.trail() == []
        assert shared.for_user(user).people.trail(collection="alice@example.org/deals") == []


def test_what_was_refused_is_not_recorded(shared: Library) -> None:
    before = shared.people.trail()
    with pytest.raises(OwnerOnly):
        shared.for_user(BOB).delete(shared.documents()[0].id)
    assert shared.people.trail() == before


def test_nothing_that_stands_in_a_document_and_no_password_is_in_the_trail(library: Library, tmp_path: Path) -> None:
    alice = library.for_user(ALICE)
    id = alice.add(pdf(tmp_path / "a.pdf", SECRET, password="sesame"), name="a.pdf").document.id
    alice.unlock(id, "sesame")
    told = " ".join(str(each) for each in library.people.trail())
    assert "unlocked" in told
    assert "Globex" not in told
    assert "sesame" not in told


def test_a_sign_in_is_recorded_once_however_often_it_is_used(library: Library) -> None:
    first = ALICE.model_copy(update={"until": datetime.now(UTC) + timedelta(hours=1)})
    second = ALICE.model_copy(update={"until": datetime.now(UTC) + timedelta(hours=2)})
    for user in (first, first, second, first):
        library.for_user(user).people.record_sign_in()
    assert [each.action for each in library.people.trail()] == ["signed in"] * 2
    assert library.for_user(first).people.trail() == []
