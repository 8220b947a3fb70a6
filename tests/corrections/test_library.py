"""Corrections in a library: kept with who and when, found, undone, kept when a page is read again."""

from pathlib import Path

import pytest

from docintel.checking import check
from docintel.chunking import chunk_pages
from docintel.corrections import editing
from docintel.errors import CorrectedMeanwhile, DoesNotFit, NotFound, OwnerOnly, UsageError
from docintel.home import Home
from docintel.home.correcting import Correcting
from docintel.jobs.leases import Leases, PageTask
from docintel.library import Library, pages
from docintel.library.corrections import rows
from docintel.model import BlockLabel, Document, Page, User
from tests.corrections.home import TEXTS, added, said, say
from tests.houses import WordCounts, page_of, read_of

ANNA, BEN = User(id="anna@example.org", name="Anna"), User(id="ben@example.org", name="Ben")


def is_well(home: Home) -> bool:
    return all(finding.state == "left_out" for finding in check(home, repair=False))


def test_search_and_answers_follow_a_correction_at_once(home: Home, document: Document) -> None:
    say(home, document, "green quinces and pears")
    chunks = home.library.chunks.of(document.id)
    assert chunks == chunk_pages(document.id, home.library.pages(document.id))
    assert [hit.chunk.text for hit in home.search("quinces").hits][:1] == ["green quinces and pears"]
    assert "apples" not in "".join(chunk.text for chunk in chunks)
    assert home.index is not None
    home.index.rebuild()
    assert is_well(home)


def test_only_what_a_correction_changes_is_embedded_again(home: Home, document: Document) -> None:
    embedder = WordCounts()
    shown = home.library.page(document.id, 1)
    correction = editing.set_text(shown, shown.blocks[0].id, "green quinces")
    Correcting(home.library, embedder).correct(document.id, 1, correction)
    assert embedder.num_passages == 1


def test_the_page_as_read_is_kept_and_the_page_says_corrected(home: Home, document: Document) -> None:
    before = home.library.page(document.id, 1)
    say(home, document, "green quinces")
    assert home.library.corrections.page_as_read(document.id, 1) == before
    assert [status.corrected for status in home.library.page_statuses(document.id)] == [True, False]
    home.correcting.undo(document.id, 1)
    assert home.library.page(document.id, 1) == before
    assert [status.corrected for status in home.library.page_statuses(document.id)] == [False, False]
    home.correcting.redo(document.id, 1)
    assert said(home, document) == "green quinces"
    assert is_well(home)


def test_the_history_says_who_when_and_what(home: Home, tmp_path: Path) -> None:
    document = added(home, tmp_path, f"{ANNA.id}/contracts")
    view = home.for_user(ANNA)
    seq = say(view, document, "green quinces")
    view.correcting.undo(document.id, 1)
    (first, second) = [each.entry for each in view.library.corrections.history(document.id)]
    assert (first.seq, first.user, first.page, first.correction.kind, first.reverses) == (seq, ANNA.id, 1, "text", None)
    assert (second.user, second.reverses) == (ANNA.id, seq)
    assert first.at <= second.at
    trail = view.library.people.trail(document_id=document.id, action="corrected")
    assert [entry.detail for entry in trail][-1] == f"page 1, correction {seq}: text"
    assert all("quinces" not in entry.detail for entry in trail)


def test_readers_look_and_strangers_see_nothing(home: Home, tmp_path: Path) -> None:
    document = added(home, tmp_path, f"{ANNA.id}/contracts")
    shown = home.library.page(document.id, 1)
    correction = editing.set_label(shown, shown.blocks[0].id, BlockLabel.TITLE)
    with pytest.raises(NotFound):
        home.for_user(BEN).correcting.correct(document.id, 1, correction)
    with pytest.raises(NotFound):
        home.for_user(BEN).library.corrections.history(document.id)
    home.library.people.share(f"{ANNA.id}/contracts", readers=[BEN.id])
    with pytest.raises(OwnerOnly):
        home.for_user(BEN).correcting.correct(document.id, 1, correction)
    home.for_user(ANNA).correcting.correct(document.id, 1, correction)
    assert len(home.for_user(BEN).library.corrections.history(document.id)) == 1


def test_the_second_of_two_people_sees_the_firsts_change_and_decides(home: Home, document: Document) -> None:
    shown = home.library.page(document.id, 1)
    mine = editing.set_label(shown, shown.blocks[0].id, BlockLabel.TITLE)
    seq = say(home, document, "green quinces", expected=0)
    with pytest.raises(CorrectedMeanwhile, match=r"apples.*quinces"):
        home.correcting.correct(document.id, 1, mine, expected=0)
    assert home.library.page(document.id, 1).blocks[0].label is not BlockLabel.TITLE
    home.correcting.correct(document.id, 1, mine, expected=seq)
    block = home.library.page(document.id, 1).blocks[0]
    assert (block.text, block.label) == ("green quinces", BlockLabel.TITLE)


def test_what_somebody_has_built_on_is_not_undone(home: Home, tmp_path: Path) -> None:
    document = added(home, tmp_path, f"{ANNA.id}/contracts")
    say(home.for_user(ANNA), document, "green quinces")
    say(home, document, "yellow quinces")
    with pytest.raises(DoesNotFit):
        home.for_user(ANNA).correcting.undo(document.id, 1)
    with pytest.raises(UsageError):
        home.for_user(ANNA).correcting.redo(document.id, 1)
    assert said(home, document) == "yellow quinces"


def test_a_correction_of_another_page_meanwhile_is_not_lost(home: Home, document: Document) -> None:
    """It is made ready over all pages: what was made ready for an older state is made ready again."""
    shown = home.library.page(document.id, 1)
    correction = editing.set_text(shown, shown.blocks[0].id, "green quinces")
    draft = home.library.corrections.draft(document.id, 1, correction)
    say(home, document, "a contract about tents", number=2)
    assert home.library.corrections.commit(draft, [], None) is None
    assert said(home, document, 1) == TEXTS[0]
    home.correcting.correct(document.id, 1, correction)
    assert is_well(home)
    assert (said(home, document, 1), said(home, document, 2)) == ("green quinces", "a contract about tents")


def read_again(home: Home, document: Document, page: Page) -> None:
    """The page comes from a worker once more, as `page`."""
    assert home.library.commits.fail_damaged_page(document.id, page.number, "read it again")
    assert home.queue.retry(document.id, page.number)
    leases = Leases(home.library, "test")
    task = leases.take(1)[0]
    assert isinstance(task, PageTask)
    read = read_of(page)
    assert home.library.commits.commit_page(document.id, read, [], None, owner="test")


def test_reading_again_keeps_what_still_fits_and_lists_the_rest(home: Home, document: Document) -> None:
    shown = home.library.page(document.id, 1)
    home.correcting.correct(document.id, 1, editing.set_label(shown, shown.blocks[0].id, BlockLabel.TITLE))
    seq = say(home, document, "green quinces")
    other = shown.blocks[0].model_copy(update={"text": "greem apples", "id": "x1"})
    read_again(home, document, shown.model_copy(update={"blocks": (other,)}))
    block = home.library.page(document.id, 1).blocks[0]
    assert (block.text, block.label) == ("greem apples", BlockLabel.TITLE)
    assert [(each.entry.seq == seq, each.fits) for each in home.library.corrections.history(document.id)] == [
        (False, True),
        (True, False),
    ]


def test_a_document_that_is_being_read_is_corrected_later(home: Home, document: Document) -> None:
    shown = home.library.page(document.id, 1)
    home.library.commits.fail_damaged_page(document.id, 2, "read it again")
    home.queue.retry(document.id, 2)
    with pytest.raises(UsageError, match="being read"):
        home.correcting.correct(document.id, 1, editing.delete(shown, shown.blocks[0].id))


def test_a_deleted_documents_corrections_are_gone(home: Home, document: Document) -> None:
    say(home, document, "green quinces")
    home.library.delete(document.id)
    with home.library.store.read() as tx:
        counts = [tx.value(f"SELECT count(*) FROM {table}") for table in ("corrections", "page_readings")]
    assert counts == [0, 0]
    assert [entry.action for entry in home.library.people.trail(document_id=document.id)][:2] == [
        "deleted",
        "corrected",
    ]


def test_the_same_file_elsewhere_is_as_it_was_read(home: Home, document: Document) -> None:
    """What one has corrected is not handed to others with the page that both have."""
    say(home, document, "green quinces")
    with home.library.store.write() as tx:
        tx.run("UPDATE pages SET source_key = 'same' WHERE number = 1")
        engine = home.library.page(document.id, 1).engine
        found = pages.twin(tx, "same", engine)
    assert found is not None and found.page.blocks[0].text == TEXTS[0]


def test_laying_corrections_over_a_page_without_any_changes_nothing(library: Library) -> None:
    with library.store.write() as tx:
        assert rows.replace_reading(tx, "none", page_of("apples")) == page_of("apples")
        assert tx.value("SELECT count(*) FROM page_readings") == 0
