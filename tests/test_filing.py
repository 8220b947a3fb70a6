"""Documents are renamed, moved, tagged and read again; collections are made, renamed and deleted."""

from pathlib import Path

import pytest

from docintel.checking import check
from docintel.errors import NotFound, OwnerOnly, QuotaExceeded, UsageError
from docintel.extraction.schema import Field, Schema
from docintel.home import Home
from docintel.index import Index
from docintel.library import Library
from docintel.library.filing.repository import clean_tag
from docintel.model import DocumentState, Filters
from storage.files import Files
from tests.houses import WordCounts, page_of, pdf, picture, settings_in, work
from tests.people import ALICE, BOB, read_documents_of_both
from tests.test_library import added, read_all


def searched(library: Library, word: str, collection: str | None = None) -> list[str]:
    """Names of documents that have the word."""
    found = library.chunks.lexical(f'"{word}"', Filters(collection=collection), 9)
    return [library.document(chunk.document_id).name for chunk in library.chunks.get([id for id, _ in found])]


def actions(library: Library, document: str) -> list[tuple[str, str]]:
    return [(entry.action, entry.detail) for entry in library.people.trail(document_id=document)]


# documents


def test_a_renamed_document_is_found_by_its_new_name(library: Library, tmp_path: Path) -> None:
    one = added(library, tmp_path, "walrus", name="scan.png")
    library.filing.rename(one, "Fishery.png ")
    assert library.document(one).name == "Fishery.png"
    assert [document.id for document in library.documents(name_contains="FISHERY")] == [one]
    assert (searched(library, "fishery"), searched(library, "scan")) == (["Fishery.png"], [])
    assert actions(library, one)[0] == ("renamed", "was scan.png")
    with pytest.raises(UsageError, match="needs a name"):
        library.filing.rename(one, " ")


def test_a_moved_document_is_found_where_it_is(library: Library, tmp_path: Path) -> None:
    one, two = added(library, tmp_path, "walrus"), added(library, tmp_path, "seal", collection="sea")
    assert library.filing.move([one, two], "sea") == "sea"
    assert {document.id for document in library.documents(collection="sea")} == {one, two}
    assert (searched(library, "walrus", "sea"), searched(library, "walrus", "default")) == (["walrus.png"], [])
    ids, _ = library.chunks.vectors(Filters(collection="sea"))
    assert len(ids) == 2
    assert actions(library, one)[:2] == [("moved", "from default"), ("moved", "to sea")]
    assert actions(library, two) == [("added", "")]


def test_the_vector_index_follows_moves_and_renames(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path))
    one = added(library, tmp_path, "walrus")
    index = Index(library)

    def nearest(collection: str) -> int:
        while index.drain():
            continue
        return len(index.query(WordCounts().query("walrus"), 9, Filters(collection=collection)))

    assert nearest("default") == 1
    library.filing.move([one], "sea")
    assert (nearest("default"), nearest("sea")) == (0, 1)
    library.filing.rename_collection("sea", "ocean")
    assert (nearest("sea"), nearest("ocean")) == (0, 1)
    index.close()
    library.close()


def test_a_file_can_be_added_again_where_it_was_moved_from(library: Library, tmp_path: Path) -> None:
    path = picture(tmp_path / "p.png")
    moved = library.add(path, name="p.png").document.id
    library.filing.move([moved], "sea")
    assert library.add(path, name="p.png", collection="sea").document.id == moved
    again = library.add(path, name="p.png")
    assert not again.duplicate
    assert again.document.id != moved
    assert library.add(path, name="p.png").document.id == again.document.id


def test_a_file_is_in_a_collection_once(library: Library, tmp_path: Path) -> None:
    path = picture(tmp_path / "p.png")
    one, _two = (library.add(path, name="p.png", collection=name).document.id for name in ("default", "sea"))
    with pytest.raises(UsageError, match="already"):
        library.filing.move([one], "sea")
    assert library.document(one).collection == "default"


def test_vectors_of_two_models_do_not_meet_by_a_move(library: Library, tmp_path: Path) -> None:
    one = added(library, tmp_path, "walrus")
    other = library.add(picture(tmp_path / "o.png", 7), name="o.png", collection="sea").document.id
    read_all(library, other, [page_of("seal")], WordCounts("another@1"))
    with pytest.raises(UsageError, match="reindex"):
        library.filing.move([one], "sea")


def test_tags_are_added_removed_and_filtered_by(library: Library, tmp_path: Path) -> None:
    one, two = added(library, tmp_path, "walrus"), added(library, tmp_path, "seal")
    library.filing.tag([one, two], add=["to pay", " 2024 "])
    library.filing.tag([two], remove=["2024"], add=["to pay"])
    assert library.document(one).tags == ("2024", "to pay")
    assert library.filing.tags() == ["2024", "to pay"]
    assert [document.id for document in library.documents(tags=["to pay", "2024"])] == [one]
    assert library.count(tags=["to pay"]) == 2
    assert actions(library, two)[:2] == [("tagged", "-2024"), ("tagged", "+to pay, +2024")]
    library.bin.put([one])
    assert library.filing.tags() == ["to pay"]


@pytest.mark.parametrize("tag", ["", "  ", "a, b", "x" * 61])
def test_what_is_no_tag_is_refused(tag: str) -> None:
    with pytest.raises(UsageError, match="A tag is"):
        clean_tag(tag)


def test_documents_are_narrowed_by_language_state_and_date(library: Library, tmp_path: Path) -> None:
    one = added(library, tmp_path, "walrus")
    two = library.add(picture(tmp_path / "p.png"), name="p.png").document
    assert [document.id for document in library.documents(languages=["en"])] == [one]
    assert library.languages() == ["en"]
    assert [document.id for document in library.documents(states=[DocumentState.QUEUED])] == [two.id]
    assert [document.id for document in library.documents(added_from=two.added_at)] == [two.id]
    assert [document.id for document in library.documents(added_before=two.added_at)] == [one]


def test_a_document_is_read_again_in_another_way_and_keeps_what_it_says_meanwhile(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path))
    one = library.add(pdf(tmp_path / "a.pdf", "walrus"), name="a.pdf").document.id
    assert library.filing.read_again([one], engine="local") == 0, "it has not been read yet"
    work(library)
    before = library.page(one, 1)
    assert library.filing.read_again([one], engine="local", languages=["en"]) == 1
    assert library.document(one).state is DocumentState.QUEUED
    assert library.page(one, 1) == before
    work(library)
    assert library.document(one).state is DocumentState.READY
    assert library.page(one, 1).engine != before.engine
    assert actions(library, one)[0] == ("read again", "local en")
    library.sweep()
    with library.store.read() as tx:
        keys = {row["cache_key"] for row in tx.rows("SELECT cache_key FROM pages")}
    assert set(Files(library.settings.home / "cache").keys()) == keys
    library.close()


# collections


def test_an_empty_collection_can_be_made_and_chosen(library: Library) -> None:
    assert library.filing.make_collection("sea") == "sea"
    library.filing.make_collection("sea")
    assert library.collections() == []
    assert [each.name for each in library.collections(with_empty=True)] == ["sea"]


def test_all_that_names_a_collection_is_renamed_with_it(library: Library, tmp_path: Path) -> None:
    path = picture(tmp_path / "p.png")
    one, gone = added(library, tmp_path, "walrus", collection="sea"), library.add(path, name="p.png", collection="sea")
    library.bin.put([gone.document.id])
    library.people.share("sea", readers=[BOB.id])
    library.schemas.save("sea", Schema(name="tides", fields=(Field(name="height"),)))
    assert library.filing.rename_collection("sea", "ocean") == "ocean"
    assert list(library.schemas.of("ocean")) == ["tides"]
    [collection] = library.collections()
    assert (collection.name, collection.num_documents, collection.readers) == ("ocean", 1, (BOB.id,))
    assert searched(library, "walrus", "ocean") == ["walrus.png"]
    assert library.document(one).collection == "ocean"
    assert library.bin.documents()[0].document.collection == "ocean"
    assert library.add(path, name="p.png", collection="ocean").duplicate
    library.filing.make_collection("sea")
    with pytest.raises(UsageError, match="Choose another name"):
        library.filing.rename_collection("ocean", "sea")
    with pytest.raises(NotFound):
        library.filing.rename_collection("lake", "pond")


def test_a_deleted_collection_comes_back_with_its_documents(library: Library, tmp_path: Path) -> None:
    one = added(library, tmp_path, "walrus", collection="sea")
    assert library.filing.delete_collection("sea") == [one]
    assert library.collections(with_empty=True) == []
    library.bin.restore([one])
    assert [each.name for each in library.collections()] == ["sea"]
    library.filing.delete_collection("sea")
    library.bin.empty()
    with library.store.read() as tx:
        assert tx.value("SELECT count(*) FROM collections") == 0


def test_only_owners_change_documents_and_collections(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path))
    read_documents_of_both(library, tmp_path, None)
    alices, bobs = library.for_user(ALICE), library.for_user(BOB)
    [invoice] = alices.documents()
    alices.people.share(invoice.collection, readers=[BOB.id])
    for change in (
        lambda: bobs.filing.rename(invoice.id, "mine.pdf"),
        lambda: bobs.filing.move([invoice.id], "letters"),
        lambda: bobs.filing.tag([invoice.id], add=["mine"]),
        lambda: bobs.filing.read_again([invoice.id]),
        lambda: bobs.filing.rename_collection(invoice.collection, "mine"),
        lambda: bobs.filing.delete_collection(invoice.collection),
    ):
        with pytest.raises(OwnerOnly):
            change()
    [letter] = bobs.documents(collection=f"{BOB.id}/letters")
    with pytest.raises(OwnerOnly):
        bobs.filing.move([letter.id], invoice.collection)
    alices.filing.tag([invoice.id], add=["to pay"])
    assert bobs.filing.tags() == ["to pay"]
    alices.people.share(invoice.collection, remove=[BOB.id])
    assert bobs.filing.tags() == []
    assert alices.filing.move([invoice.id], "paid") == f"{ALICE.id}/paid"
    library.close()


def test_who_gave_a_collection_away_does_not_see_what_became_of_it(library: Library, tmp_path: Path) -> None:
    alices, bobs = library.for_user(ALICE), library.for_user(BOB)
    added(alices, tmp_path, "walrus", collection="sea")
    alices.people.share(f"{ALICE.id}/sea", owner=BOB.id)
    secret = added(library, tmp_path, "secret", collection=f"{ALICE.id}/sea")
    bobs.filing.tag([secret], add=["hush"])
    assert bobs.filing.rename_collection(f"{ALICE.id}/sea", "mine") == f"{BOB.id}/mine"
    assert alices.filing.make_collection("sea") == f"{ALICE.id}/sea 2"
    assert [entry.action for entry in alices.people.trail()] == ["made a collection"]


def test_a_document_is_moved_to_another_owner_within_the_quota(tmp_path: Path) -> None:
    library = Library.open(settings_in(tmp_path, user_bytes=10))
    one = added(library, tmp_path, "walrus")
    with pytest.raises(QuotaExceeded):
        library.filing.move([one], f"{ALICE.id}/sea")
    library.close()


def test_check_finds_moved_and_renamed_documents_well(tmp_path: Path) -> None:
    with Home.open(settings_in(tmp_path), owner=True) as home:
        for n in range(2):
            home.library.add(picture(tmp_path / "p.png", n), name=f"{n}.png")
        work(home.library)
        ids = [document.id for document in home.library.documents()]
        home.library.filing.move(ids[:1], "sea")
        home.library.filing.rename_collection("default", "land")
        home.library.filing.tag(ids, add=["to pay"])
        home.library.filing.rename(ids[0], "walrus.png")
        assert home.index is not None
        home.index.rebuild()
        assert [each for each in check(home, repair=False) if each.part != "sandbox"] == []
