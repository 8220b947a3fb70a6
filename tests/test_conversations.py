"""Conversations that are kept: whose they are, what is left when a document goes, and what else covers them."""

from contextlib import closing
from pathlib import Path

import pytest

from docintel.checking import check
from docintel.errors import NotFound, UsageError
from docintel.export.conversation import conversation_to_markdown
from docintel.home import Home, converse
from docintel.library import Library
from docintel.library.conversations import is_gone, retention
from docintel.library.conversations.repository import MAX_NAME_LENGTH, short_name
from docintel.model import Answer, BBox, Citation, Document, Filters
from tests.houses import pdf, settings_in, work
from tests.people import ALICE, BOB

BOX = BBox(x0=0.1, y0=0.1, x1=0.9, y1=0.2)
QUESTION = "What is the invoice total?"


@pytest.fixture
def document(library: Library, tmp_path: Path) -> Document:
    """Alice's, and shared with Bob."""
    file = pdf(tmp_path / "a.pdf", "Invoice total: 1,524.60 EUR")
    added = library.for_user(ALICE).add(file, name="invoice.pdf", collection="bills").document
    library.for_user(ALICE).people.share(added.collection, readers=[BOB.id])
    return added


def answer_from(document: Document) -> Answer:
    citation = Citation(
        document_id=document.id, name=document.name, page_number=1, boxes=(BOX,), text="1,524.60 EUR", block_ids=("b1",)
    )
    return Answer(text="1,524.60 EUR [1]", citations=(citation,), answerer="test")


def test_a_conversation_is_named_after_its_first_question_and_comes_back_whole(
    library: Library, document: Document
) -> None:
    filters = Filters(documents=(document.id,))
    kept = library.conversations.add(None, QUESTION, answer_from(document), filters)
    library.conversations.add(kept.id, "And its date?", Answer(text="No.", answerer="test", understood="Date?"))
    with closing(Library.open(library.settings)) as reopened:
        [found] = reopened.conversations.all()
        first, second = reopened.conversations.exchanges(found.id)
    assert (found.name, found.num_questions) == (QUESTION, 2)
    assert (first.question, first.answer, first.filters) == (QUESTION, answer_from(document), filters)
    assert (second.number, second.question, second.understood) == (2, "And its date?", "Date?")


def test_long_questions_give_short_names() -> None:
    name = short_name("What does the contract say about " + "notice periods " * 20)
    assert len(name) <= MAX_NAME_LENGTH
    assert name.endswith((" notice…", " periods…"))
    assert len(short_name("水" * 500)) == MAX_NAME_LENGTH


def test_conversations_of_others_are_not_there(library: Library, document: Document) -> None:
    alices = library.for_user(ALICE).conversations
    kept = alices.add(None, QUESTION, answer_from(document))
    admin = BOB.model_copy(update={"is_admin": True})
    for other in (library.for_user(BOB), library.for_user(admin), library):
        assert other.conversations.all() == []
        for deed in (other.conversations.find, other.conversations.exchanges, other.conversations.delete):
            with pytest.raises(NotFound):
                deed(kept.id)
        with pytest.raises(NotFound):
            other.conversations.add(kept.id, "And mine?", answer_from(document))
        with pytest.raises(NotFound):
            other.conversations.rename(kept.id, "Mine")
    assert [each.num_questions for each in alices.all()] == [1]


def test_a_deleted_document_takes_its_words_out_of_what_is_kept(library: Library, document: Document) -> None:
    bobs = library.for_user(BOB).conversations
    cites = bobs.add(None, QUESTION, answer_from(document))
    nearest = Answer(text="Nothing was found.", answerer="test", nearest=answer_from(document).citations)
    bobs.add(cites.id, "And the date?", nearest)
    library.for_user(ALICE).delete(document.id)
    with library.store.read() as tx:
        stored = "".join(row["answer"] for row in tx.rows("SELECT answer FROM exchanges"))
    assert "1,524.60" not in stored
    first, second = bobs.exchanges(cites.id)
    [gone] = first.answer.citations
    assert is_gone(gone)
    assert (gone.name, gone.page_number, gone.boxes) == ("invoice.pdf", 1, ())
    assert (second.answer.text, second.answer.nearest) == ("Nothing was found.", ())


def test_an_answer_from_what_is_no_longer_shared_is_hidden_until_it_is_again(
    library: Library, document: Document
) -> None:
    bobs, share = library.for_user(BOB).conversations, library.for_user(ALICE).people.share
    kept = bobs.add(None, QUESTION, answer_from(document))
    share(document.collection, remove=[BOB.id])
    [hidden] = bobs.exchanges(kept.id)
    assert "1,524.60" not in hidden.model_dump_json()
    assert is_gone(hidden.answer.citations[0])
    share(document.collection, readers=[BOB.id])
    [shown] = bobs.exchanges(kept.id)
    assert shown.answer == answer_from(document)


def test_an_answer_that_comes_after_its_document_was_deleted_keeps_no_words_of_it(
    library: Library, document: Document
) -> None:
    library.delete(document.id)
    kept = library.conversations.add(None, QUESTION, answer_from(document))
    with library.store.read() as tx:
        assert "1,524.60" not in tx.value("SELECT answer FROM exchanges WHERE conversation = :id", id=kept.id)


def test_names_and_beginnings_of_ids_find_one_or_say_why_not(library: Library) -> None:
    conversations = library.conversations
    first, second = conversations.start("taxes"), conversations.start("rent")
    assert conversations.find("taxes") == first
    assert conversations.find(second.id[:6]) == second
    renamed = conversations.rename("rent", " taxes ")
    assert renamed.name == "taxes"
    with pytest.raises(UsageError, match="Several"):
        conversations.find("taxes")
    for bad in ("", "  ", "x" * 81):
        with pytest.raises(UsageError):
            conversations.rename(first.id, bad)
    conversations.delete(first.id)
    assert conversations.all() == [renamed]


def test_deleting_and_exporting_stand_in_the_trail_without_what_was_asked(library: Library) -> None:
    kept = library.conversations.add(None, QUESTION, Answer(text="No.", answerer="test"))
    library.conversations.record_export(kept.id)
    library.conversations.delete(kept.id)
    trail = library.people.trail()
    assert [entry.action for entry in trail] == ["deleted a conversation", "exported a conversation"]
    assert {entry.detail for entry in trail} == {kept.id}
    with library.store.read() as tx:
        assert tx.value("SELECT count(*) FROM exchanges") == 0


def test_old_conversations_go_where_days_are_set(library: Library) -> None:
    old = library.conversations.add(None, QUESTION, Answer(text="No.", answerer="test"))
    new = library.conversations.start("new")
    with library.store.write() as tx:
        tx.run("UPDATE conversations SET changed_at = changed_at - 31 * 86400 WHERE id = :id", id=old.id)
    assert retention.remove_old_conversations(library.store, 0) == 0
    assert retention.remove_old_conversations(library.store, 30) == 1
    assert library.conversations.all() == [new]
    assert library.people.trail()[0].action == "removed old conversations"


def test_a_conversation_that_the_disk_changed_is_found(library: Library) -> None:
    kept = library.conversations.add(None, QUESTION, Answer(text="Exactly 17.", answerer="test"))
    library.close()
    with Home.open(library.settings) as home:
        assert not [finding for finding in check(home, repair=False) if finding.name in {"conversations", "exchanges"}]
        with home.library.store.write() as tx:
            tx.run("DROP TRIGGER temp.exchanges_updated")
            tx.run("UPDATE exchanges SET answer = replace(answer, '17', '71') WHERE conversation = :id", id=kept.id)
        found = [finding for finding in check(home, repair=False) if finding.name == "exchanges"]
    assert [finding.state for finding in found] == ["found"]


def test_markdown_has_questions_answers_and_places_and_nothing_of_it_is_live(
    library: Library, document: Document
) -> None:
    conversations = library.conversations
    kept = conversations.add(None, "What is [x](http://evil.example)?", answer_from(document))
    conversations.add(kept.id, "And then?", Answer(text="No.", answerer="test", understood="And the date?"))
    written = conversation_to_markdown(kept.name, conversations.exchanges(kept.id)).decode()
    assert "1. invoice.pdf, page 1: “1,524.60 EUR”" in written
    assert "Understood as: And the date?" in written
    assert r"What is \[x\](http\://evil.example)?" in written
    library.delete(document.id)
    written = conversation_to_markdown(kept.name, conversations.exchanges(kept.id)).decode()
    assert "1. invoice.pdf, page 1 (deleted, or no longer shared with you)" in written


def test_a_follow_up_knows_what_came_before_also_in_another_process(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with Home.open(settings) as home:
        file = pdf(tmp_path / "a.pdf", "Invoice number: 17\n\nInvoice date: 3 May 2026\n\nInvoice total: 12.00 EUR")
        home.library.add(file, name="invoice.pdf")
        work(home.library, home.embedder)
        kept = converse(home, QUESTION)
    with Home.open(settings) as home:
        converse(home, "And its date?", kept.id)
        first, second = home.library.conversations.exchanges(kept.id)
    assert "12.00" in first.answer.text
    assert second.question == "And its date?"
    assert "invoice" in second.answer.understood.lower()
