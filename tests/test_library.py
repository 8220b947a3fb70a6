"""docintel.library: what is added, handed in, found and deleted."""

from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from docintel.chunking import chunk_pages
from docintel.errors import (
    DamagedStore,
    EmbeddingMismatch,
    EmptyFile,
    NotFound,
    PasswordRequired,
    UnsupportedFile,
    UsageError,
)
from docintel.jobs.leases import FinishTask, Leases, OpenTask, PageTask
from docintel.jobs.queue import Queue
from docintel.lexicon import stop_words
from docintel.library import DocumentOrder, Library
from docintel.library.documents import clean_name
from docintel.model import BBox, DocumentState, Filters, Page, Word
from docintel.text.terms import match_query
from docintel.workers.preparing import Preparer
from tests.houses import DIMENSION, WordCounts, page_of, pdf, picture, read_of

ME = "here/1/0.0"


def read_all(library: Library, document_id: str, pages: list[Page], embedder: WordCounts | None = None) -> None:
    """What a worker does, with these pages as what was read."""
    leases, preparer = Leases(library, ME), Preparer(library, embedder or WordCounts())
    [opening] = leases.take(1)
    assert isinstance(opening, OpenTask)
    leases.opened(opening, len(pages), "application/pdf")
    for page in pages:
        [task] = leases.take(1)
        assert isinstance(task, PageTask)
        prepared = preparer.prepared(chunk_pages(document_id, [page]))
        assert library.commits.commit_page(document_id, read_of(page), prepared, preparer.embedding, owner=ME)
    [last] = leases.take(1)
    assert isinstance(last, FinishTask)
    prepared = preparer.prepared(chunk_pages(document_id, library.each_page(document_id)))
    assert library.commits.finish(document_id, prepared, preparer.embedding, owner=ME)


def added(library: Library, tmp_path: Path, *texts: str, collection: str = "default", name: str = "") -> str:
    """Id of a document that has been read and says `texts`, a page each."""
    path = picture(tmp_path / "page.png", crc32(repr(texts).encode()) % 251)
    document = library.add(path, name=name or f"{texts[0]}.png", collection=collection).document
    read_all(library, document.id, [page_of(text, number=n) for n, text in enumerate(texts, start=1)])
    return document.id


def test_adding_copies_the_file_and_queues_it(library: Library, tmp_path: Path) -> None:
    path = picture(tmp_path / "scan.png")
    document = library.add(path, name="scan.png", collection="letters").document
    original = path.read_bytes()
    path.unlink()
    assert library.original(document.id).read_bytes() == original
    assert (document.state, document.media_type, document.size) == (DocumentState.QUEUED, "image/png", len(original))
    assert library.document(document.id) == document
    assert Queue(library).jobs()[0].state == "queued"


def test_the_same_bytes_are_a_duplicate_in_their_collection_only(library: Library, tmp_path: Path) -> None:
    path = picture(tmp_path / "scan.png")
    first = library.add(path, name="a.png")
    again = library.add(path, name="b.png")
    elsewhere = library.add(path, name="a.png", collection="others")
    assert (again.duplicate, again.document) == (True, first.document)
    assert not elsewhere.duplicate
    assert elsewhere.document.id != first.document.id
    assert library.count() == 2


@pytest.mark.parametrize(("content", "error"), [(b"", EmptyFile), (b"\x00\x01 nothing known", UnsupportedFile)])
def test_what_is_no_document_is_refused_and_leaves_nothing(
    library: Library, tmp_path: Path, content: bytes, error: type[Exception]
) -> None:
    path = tmp_path / "odd.pdf"
    path.write_bytes(content)
    with pytest.raises(error):
        library.add(path, name="odd.pdf")
    assert library.count() == 0
    assert list(library.store.files.keys()) == []


def test_names_are_data(library: Library, tmp_path: Path) -> None:
    path = picture(tmp_path / "scan.png")
    document = library.add(path, name="../../\x1b[31mevil\udcff\n.png").document
    assert document.name == "../../�[31mevil?�.png"
    assert clean_name("  ") == "unnamed"
    assert len(clean_name("x" * 1000)) == 255


def test_documents_are_listed_newest_first_and_by_part_of_their_name(library: Library, tmp_path: Path) -> None:
    for n, name in enumerate(("Straße.png", "INVOICE 1.png", "invoice 2.png")):
        library.add(picture(tmp_path / "p.png", n), name=name)
    assert [each.name for each in library.documents()] == ["invoice 2.png", "INVOICE 1.png", "Straße.png"]
    assert [each.name for each in library.documents(name_contains="Invoice")] == ["invoice 2.png", "INVOICE 1.png"]
    assert [each.name for each in library.documents(name_contains="STRASSE")] == ["Straße.png"]
    assert [each.name for each in library.documents(limit=1, offset=1)] == ["INVOICE 1.png"]
    assert library.documents(name_contains="100%") == []
    assert library.count(name_contains="invoice") == 2
    assert library.documents(ids=[]) == []


def test_documents_names_are_listed_newest_first(library: Library, tmp_path: Path) -> None:
    ids = [
        library.add(picture(tmp_path / "p.png", n), name=f"{n}.png", collection=collection).document.id
        for n, collection in enumerate(("default", "other", "default"))
    ]
    assert list(library.names().items()) == [(ids[2], "2.png"), (ids[1], "1.png"), (ids[0], "0.png")]
    assert library.names(collection="default", limit=1) == {ids[2]: "2.png"}
    assert library.names(ids=[ids[1], "gone"]) == {ids[1]: "1.png"}


def test_documents_are_listed_in_every_order(library: Library, tmp_path: Path) -> None:
    first = added(library, tmp_path, "one", "two", name="b.png")
    second = added(library, tmp_path, "one more", name="Ä.png")
    third = library.add(picture(tmp_path / "p.png"), name="A.png").document.id
    orders = {order: [each.id for each in library.documents(order=order, limit=3)] for order in DocumentOrder}
    assert orders == {
        DocumentOrder.NEWEST: [third, second, first],
        DocumentOrder.OLDEST: [first, second, third],
        DocumentOrder.NAME: [third, first, second],
        DocumentOrder.MOST_PAGES: [first, second, third],
        DocumentOrder.STATE: [third, first, second],
    }
    assert [each.id for each in library.documents(order=DocumentOrder.NAME, limit=1, offset=1)] == [first]


def test_a_document_is_found_by_the_beginning_of_its_id(library: Library, tmp_path: Path) -> None:
    ids = [library.add(picture(tmp_path / "p.png", n), name="p.png").document.id for n in range(20)]
    assert library.document(ids[0][:12]).id == ids[0]
    with pytest.raises(NotFound):
        library.document("zzz")
    with pytest.raises(NotFound):
        library.document("")
    shared = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)
    with pytest.raises(UsageError):
        library.document(shared)


def test_a_committed_page_can_be_seen_and_found(library: Library, tmp_path: Path) -> None:
    document_id = added(library, tmp_path, "the quick brown fox", "a lazy dog")
    assert library.document(document_id).state == DocumentState.READY
    assert library.page(document_id, 2).text == "a lazy dog"
    assert [page.number for page in library.pages(document_id)] == [1, 2]
    assert [(each.number, each.state) for each in library.page_statuses(document_id)] == [(1, "done"), (2, "done")]
    assert library.page_image(document_id, 1)[:2] == library.thumbnail(document_id)[:2] == b"\xff\xd8"
    [(chunk_id, score)] = library.chunks.lexical(match_query("brown foxes or a fox", stop_words("en")), Filters(), 5)
    assert score > 0
    [chunk] = library.chunks.get([chunk_id, "gone"])
    assert chunk.text == "the quick brown fox"
    assert library.collections()[0].embedding_model == "word-counts@1"


def test_what_was_not_read_says_why(library: Library, tmp_path: Path) -> None:
    document_id = library.add(picture(tmp_path / "p.png"), name="p.png").document.id
    with pytest.raises(NotFound, match="has no page 1"):
        library.page(document_id, 1)
    leases = Leases(library, ME)
    [opening] = leases.take(1)
    assert isinstance(opening, OpenTask)
    leases.opened(opening, 1, "image/png")
    with pytest.raises(NotFound, match="not been read yet"):
        library.thumbnail(document_id)
    leases.take(1)
    library.commits.fail_page(document_id, 1, "The page is torn.", owner=ME)
    with pytest.raises(NotFound, match="The page is torn"):
        library.page(document_id, 1)


def test_only_the_holder_of_a_page_commits_it(library: Library, tmp_path: Path) -> None:
    document_id = library.add(picture(tmp_path / "p.png"), name="p.png").document.id
    leases = Leases(library, ME)
    [opening] = leases.take(1)
    assert isinstance(opening, OpenTask)
    leases.opened(opening, 1, "image/png")
    leases.take(1)
    read = read_of(page_of("hello"))
    assert not library.commits.commit_page(document_id, read, [], None, owner="somebody/2/0.0")
    assert not library.commits.fail_page(document_id, 1, "no", owner="somebody/2/0.0")
    assert library.commits.commit_page(document_id, read, [], None, owner=ME)
    assert not library.commits.commit_page(document_id, read, [], None, owner=ME), "it is done, once"


def test_pictures_of_a_page_that_nobody_wants_are_swept_away(library: Library, tmp_path: Path) -> None:
    library.add(picture(tmp_path / "p.png"), name="p.png")
    read = read_of(page_of("hello"))
    assert not library.commits.commit_page("deleted meanwhile", read, [], None, owner=ME)
    assert library.store.files.exists(read.image_key)
    library.sweep()
    assert not library.store.files.exists(read.image_key)


def test_a_picture_that_was_left_out_and_is_gone_is_noticed(library: Library, tmp_path: Path) -> None:
    from dataclasses import replace

    document_id = library.add(picture(tmp_path / "p.png"), name="p.png").document.id
    leases = Leases(library, ME)
    [opening] = leases.take(1)
    assert isinstance(opening, OpenTask)
    leases.opened(opening, 1, "image/png")
    leases.take(1)
    read = replace(read_of(page_of("hello")), image=b"", thumbnail=b"")
    with pytest.raises(DamagedStore):
        library.commits.commit_page(document_id, read, [], None, owner=ME)
    assert library.page_statuses(document_id)[0].state == "reading"


def test_deleting_removes_all_that_only_it_used(library: Library, tmp_path: Path) -> None:
    path = picture(tmp_path / "p.png")
    one = library.add(path, name="p.png").document.id
    read_all(library, one, [page_of("shared"), page_of("alone", number=2)])
    two = library.add(path, name="p.png", collection="others").document.id
    read_all(library, two, [page_of("shared")])
    for text in ("shared", "alone"):
        library.store.cache.store.write(read_of(page_of(text)).cache_key, b"entry")

    library.delete(one)
    assert library.page_image(two, 1)
    assert library.original(two).exists()
    assert library.store.cache.store.exists(read_of(page_of("shared")).cache_key)
    assert not library.store.cache.store.exists(read_of(page_of("alone")).cache_key)
    assert not library.store.files.exists(read_of(page_of("alone")).image_key)

    library.delete(two)
    assert list(library.store.files.keys()) == []
    assert library.chunks.count() == 0
    with library.store.read() as tx:
        for table in (
            "documents",
            "pages",
            "page_bodies",
            "page_languages",
            "chunks",
            "vectors",
            "jobs",
            "chunk_terms",
        ):
            assert tx.value(f"SELECT count(*) FROM {table}") == 0, table
    with pytest.raises(NotFound):
        library.delete(two)


def test_filters_narrow_every_search(library: Library, tmp_path: Path) -> None:
    one = added(library, tmp_path, "green apples", "red apples")
    two = added(library, tmp_path, "yellow apples", collection="others")
    german = picture(tmp_path / "g.png", 255)
    three = library.add(german, name="g.png").document.id
    read_all(library, three, [page_of("apples auf Deutsch", language="de")])

    def texts(filters: Filters) -> set[str]:
        return {
            chunk.text for chunk in library.chunks.get([id for id, _ in library.chunks.lexical('"apples"', filters, 9)])
        }

    assert len(texts(Filters())) == 4
    assert texts(Filters(documents=(one,))) == {"green apples", "red apples"}
    assert texts(Filters(documents=(one, two), pages=(2,))) == {"red apples"}
    assert texts(Filters(collection="others")) == {"yellow apples"}
    assert texts(Filters(languages=("de",))) == {"apples auf Deutsch"}
    ids, vectors = library.chunks.vectors(Filters(collection="default"))
    assert vectors.shape == (2, DIMENSION), "German is not what this model knows: no vector"
    assert len(ids) == 2
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_an_unreadable_expression_is_the_user_s_to_mend(library: Library) -> None:
    with pytest.raises(UsageError):
        library.chunks.lexical('"broken', Filters(), 5)
    assert library.chunks.lexical(" ", Filters(), 5) == []


def test_a_collection_belongs_to_one_embedding_model(library: Library, tmp_path: Path) -> None:
    added(library, tmp_path, "first words")
    path = picture(tmp_path / "other.png", 3)
    document_id = library.add(path, name="other.png").document.id
    read_all(library, document_id, [page_of("other words")], WordCounts("another@2"))
    assert library.chunks.vectors(Filters())[1].shape[0] == 1
    assert library.chunks.lexical('"other"', Filters(), 5), "found by its words all the same"
    library.chunks.check_embedding("default", "word-counts@1")
    with pytest.raises(EmbeddingMismatch, match="reindex"):
        library.chunks.check_embedding("default", "another@2")


def test_equal_texts_are_embedded_once(library: Library, tmp_path: Path) -> None:
    embedder = WordCounts()
    for n in range(2):
        document_id = library.add(picture(tmp_path / "p.png", n), name="p.png").document.id
        read_all(library, document_id, [page_of("the same words")], embedder)
    assert embedder.num_passages == 1
    assert library.chunks.vectors(Filters())[1].shape[0] == 2


def test_vectors_are_those_of_now(library: Library, tmp_path: Path) -> None:
    one = added(library, tmp_path, "first words")
    assert library.chunks.vectors(Filters())[0] == library.chunks.vectors(Filters())[0] != []
    added(library, tmp_path, "second words")
    assert len(library.chunks.vectors(Filters())[0]) == 2
    library.delete(one)
    assert len(library.chunks.vectors(Filters())[0]) == 1
    assert library.chunks.vectors(Filters(documents=(one,)))[0] == []


def test_languages_are_those_most_written(library: Library, tmp_path: Path) -> None:
    document_id = library.add(picture(tmp_path / "p.png"), name="p.png").document.id
    pages = [
        page_of("kurz", language="de"),
        page_of("rather longer", number=2),
        page_of("noch eins", number=3, language="de"),
    ]
    read_all(library, document_id, pages)
    assert set(library.document(document_id).languages) == {"en", "de"}


def test_an_encrypted_file_is_unlocked_for_as_long_as_it_is_read(library: Library, tmp_path: Path) -> None:
    path = pdf(tmp_path / "secret.pdf", "a secret", password="open sesame")
    document_id = library.add(path, name="secret.pdf").document.id
    leases = Leases(library, ME)
    [opening] = leases.take(1)
    assert isinstance(opening, OpenTask)
    leases.needs_password(opening, "It is encrypted.")
    assert library.document(document_id).state == DocumentState.NEEDS_PASSWORD
    with pytest.raises(PasswordRequired):
        library.unlock(document_id, "wrong")
    library.unlock(document_id, "open sesame")
    assert library.document(document_id).state == DocumentState.QUEUED
    working_copy = library.store.files.path(f"work/{document_id}")
    assert working_copy.exists()
    read_all(library, document_id, [page_of("a secret")])
    library.sweep()
    assert not working_copy.exists()
    assert "sesame" not in "".join(str(row) for row in library.documents())


def test_pages_are_kept_with_and_without_polygons(library: Library, tmp_path: Path) -> None:
    box = BBox(x0=0.1, y0=0.1, x1=0.3, y1=0.2)
    bent = Word(text="bent", bbox=box, polygon=((0.1, 0.1), (0.3, 0.15), (0.3, 0.2), (0.1, 0.15)))
    page = page_of("bent flat").model_copy(update={"words": (bent, Word(text="flat", bbox=box))})
    document = library.add(picture(tmp_path / "page.png"), name="page.png").document
    read_all(library, document.id, [page])
    assert library.page(document.id, 1).words == page.words
    assert page.model_dump_json().count("polygon") == 1, "nothing grows where there is none"
    with library.store.write() as tx:
        tx.run("UPDATE page_bodies SET schema_version = 2")
    assert library.page(document.id, 1).words == page.words


def test_a_damaged_page_is_noticed(library: Library, tmp_path: Path) -> None:
    document_id = added(library, tmp_path, "hello")
    with library.store.write() as tx:
        tx.run("UPDATE page_bodies SET body = :body", body=b"nonsense")
    with pytest.raises(DamagedStore):
        library.page(document_id, 1)
    with library.store.write() as tx:
        tx.run("UPDATE page_bodies SET schema_version = 99")
    with pytest.raises(DamagedStore, match="newer"):
        library.page(document_id, 1)


def test_a_document_is_found_by_the_name_of_its_file(library: Library, tmp_path: Path) -> None:
    named = added(library, tmp_path, "The sum is due in May.", name="invoice_2024-03.pdf")
    added(library, tmp_path, "Nothing of that kind.", name="letter.pdf")
    for question in ("invoice 2024-03", "invoice_2024-03.pdf"):
        found = library.chunks.lexical(match_query(question, stop_words("en")), Filters(), 9)
        assert library.chunks.get([found[0][0]])[0].document_id == named
