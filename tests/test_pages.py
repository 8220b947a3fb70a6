"""Every page, run through app.py as Streamlit runs it, over a home with documents that were really read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from docintel.embedding import open_embedder
from docintel.errors import EngineLoading
from docintel.home import Home
from docintel.model import Answer, BBox, Citation, Document, Filters
from docintel.settings import PROJECT, Settings
from docintel.ui import suggestions
from docintel.ui.asking import MAX_QUESTION
from docintel.workers.worker import Worker
from tests.houses import pdf, settings_in
from tests.waiting import PATIENCE_S

HOSTILE = "<img src=x onerror=alert(1)> ![x](http:evil.example) :red[a].pdf"
QUESTION = "What is the invoice total?"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_in(tmp_path_factory.mktemp("pages"))


@pytest.fixture(scope="module")
def home(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Owned by the test, so that the app looks at it without starting a worker of its own."""
    folder = tmp_path_factory.mktemp("files")
    with Home.open(settings, owner=True) as opened:
        library = opened.library
        invoice = pdf(
            folder / "a.pdf", "Invoice number: 17\n\nInvoice total: 1,524.60 EUR", "Second page of the invoice."
        )
        library.add(invoice, name="invoice.pdf")
        library.add(pdf(folder / "b.pdf", "A letter about nothing in particular."), name=HOSTILE, collection="letters")
        library.add(pdf(folder / "c.pdf", "Secret.", password="sesame"), name="locked.pdf")
        broken = folder / "d.pdf"
        broken.write_bytes(b"%PDF-1.7\nnothing that follows is a document\n%%EOF")
        library.add(broken, name="broken.pdf")
        Worker(library, embedder=open_embedder(settings)).run(until_idle=True)
        yield opened


@pytest.fixture
def app(home: Home, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    assert home.is_owner
    yield from started(settings, monkeypatch)


def started(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("DOCINTEL_HOME", str(settings.home))
    monkeypatch.setenv("DOCINTEL_ENGINE", "fake")
    yield AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE_S)
    st.cache_resource.clear()
    st.cache_data.clear()


def shown(app: AppTest) -> str:
    """All that the page shows as HTML of ours."""
    assert not app.exception
    assert not app.error
    return "\n".join(element.value for element in app.html if not element.value.startswith("<style>"))


def opened(app: AppTest, name: str, /, **query: str) -> AppTest:
    app.run()
    app.query_params.update(query)
    return app.switch_page(f"pages/{name}.py").run()


def named(home: Home, name: str) -> Document:
    return next(document for document in home.library.documents() if document.name == name)


def test_documents_lists_each_with_its_state(app: AppTest) -> None:
    page = shown(app.run())
    for words in ("invoice.pdf", "locked.pdf", "broken.pdf", "Ready", "Needs a password", "Failed"):
        assert words in page


def test_a_hostile_name_is_text_wherever_it_is_listed(app: AppTest) -> None:
    page = shown(app.run())
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert HOSTILE not in "".join(element.value for element in [*app.markdown, *app.caption])


def test_a_failed_document_says_why_and_offers_to_read_it_again(app: AppTest, home: Home) -> None:
    page = shown(app.run())
    broken = named(home, "broken.pdf")
    assert broken.error
    assert broken.error.split("'")[0][:20] in page
    assert "Read again" in app.menu_button(key=f"menu-{broken.id}").options


@pytest.mark.parametrize(("name", "offer"), [("broken.pdf", "Read again"), ("locked.pdf", "Enter password")])
def test_the_viewer_offers_what_helps_a_document_without_pages(app: AppTest, home: Home, name: str, offer: str) -> None:
    assert shown(opened(app, "viewer", document=named(home, name).id))
    assert offer in [button.label for button in app.button]


def test_search_narrows_the_list(app: AppTest) -> None:
    app.run()
    app.text_input(key="name").set_value("invoi").run()
    page = shown(app)
    assert "invoice.pdf" in page
    assert "locked.pdf" not in page


@pytest.mark.parametrize("name", ["documents", "ask", "jobs", "viewer", "search"])
def test_an_address_full_of_nonsense_still_shows_its_page(app: AppTest, name: str) -> None:
    query = {"collection": "zzz", "sort": "zzz", "part": "99", "page": "x", "document": "", "boxes": "1-2", "name": ""}
    query |= dict.fromkeys(["state", "label", "language", "from", "until", "meaning", "shown", "at"], "zzz")
    assert shown(opened(app, name, **query))


def test_search_that_finds_nothing_says_so(app: AppTest) -> None:
    app.run()
    app.text_input(key="name").set_value("zzz").run()
    assert "No document is called that" in shown(app)


def test_the_list_can_be_narrowed_to_a_collection(app: AppTest) -> None:
    app.run()
    app.selectbox(key="collection").set_value("letters").run()
    assert "invoice.pdf" not in shown(app)


@pytest.mark.parametrize("sort", ["Oldest first", "Name", "Most pages", "State"])
def test_every_order_of_the_list_shows_all(app: AppTest, sort: str) -> None:
    app.run()
    app.selectbox(key="sort").set_value(sort).run()
    assert "invoice.pdf" in shown(app)


def test_export_offers_every_format_by_a_signed_address(app: AppTest, home: Home) -> None:
    app.run()
    app.menu_button(key=f"menu-{named(home, 'invoice.pdf').id}").click("Export").run()
    page = shown(app)
    for name in ("markdown", "html", "json", "text", "csv", "xlsx"):
        assert f"/{name}?expires=" in page


def test_a_locked_document_asks_for_its_password(app: AppTest, home: Home) -> None:
    app.run()
    app.menu_button(key=f"menu-{named(home, 'locked.pdf').id}").click("Enter password").run()
    assert any(field.label == "Password" for field in app.text_input)


def test_the_viewer_shows_the_document_that_the_address_names(app: AppTest, home: Home) -> None:
    opened(app, "viewer", document=named(home, "invoice.pdf").id, page="2")
    assert "invoice.pdf" in shown(app)


def test_a_document_without_tables_says_so(app: AppTest, home: Home) -> None:
    opened(app, "viewer", document=named(home, "invoice.pdf").id)
    next(button for button in app.button if button.label == "Tables").click().run()
    assert not app.exception
    assert "No table was found" in "".join(element.value for element in app.markdown)


def test_the_viewer_without_a_document_lets_one_be_chosen(app: AppTest) -> None:
    assert "invoice.pdf" in shown(opened(app, "viewer"))


@pytest.mark.parametrize("query", [{"document": "no-such"}, {"document": "x" * 500, "page": "-3"}])
def test_an_address_of_nothing_is_told_kindly(app: AppTest, query: dict[str, str]) -> None:
    assert "not here" in shown(opened(app, "viewer", **query))


def test_a_page_number_past_the_end_shows_the_last_page(app: AppTest, home: Home) -> None:
    opened(app, "viewer", document=named(home, "invoice.pdf").id, page="99")
    assert "invoice.pdf" in shown(app)


@pytest.mark.parametrize(("name", "words"), [("broken.pdf", "Failed"), ("locked.pdf", "Needs a password")])
def test_a_document_without_pages_says_why_in_the_viewer(app: AppTest, home: Home, name: str, words: str) -> None:
    opened(app, "viewer", document=named(home, name).id)
    assert words in shown(app)


def test_a_question_is_answered_with_citations_and_its_conversation_stands_in_the_address(
    app: AppTest, home: Home
) -> None:
    opened(app, "ask")
    app.chat_input[0].set_value(QUESTION).run()
    page = shown(app)
    assert "1,524.60" in page
    assert "doc-quote" in page
    assert "invoice.pdf" in page
    conversation = app.query_params["conversation"]
    assert home.library.conversations.find(str(conversation)).name == QUESTION


def test_a_question_in_the_address_is_asked_once(app: AppTest, home: Home) -> None:
    assert "1,524.60" in shown(opened(app, "ask", question=QUESTION))
    assert "question" not in app.query_params
    count = len(home.library.conversations.all())
    assert "1,524.60" in shown(app.run())
    assert len(home.library.conversations.all()) == count


def test_a_question_in_the_address_that_is_too_long_is_refused_and_another_can_be_asked(app: AppTest) -> None:
    opened(app, "ask", question="x" * (MAX_QUESTION + 1))
    assert "too long" in app.error[0].value
    app.chat_input[0].set_value(QUESTION).run()
    assert "1,524.60" in shown(app)


def test_a_question_that_fails_can_be_asked_again(app: AppTest, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("docintel.home.Home.ask", refuse)
        opened(app, "ask", question=QUESTION)
        assert "Not now" in app.error[0].value
        count = len(home.library.conversations.all())
        assert not app.run().error
        assert "was not answered" in shown(app)
    button(app, "Ask again").click().run()
    assert "1,524.60" in shown(app)
    assert len(home.library.conversations.all()) == count + 1


def refuse(*_args: object, **_options: object) -> Answer:
    raise EngineLoading("Not now.")


def button(app: AppTest, label: str) -> Button:
    return next(each for each in app.button if each.label == label)


def test_a_follow_up_shows_how_it_is_understood(app: AppTest) -> None:
    opened(app, "ask", question=QUESTION)
    app.chat_input[0].set_value("And its date?").run()
    assert "Understood as: <bdi>What is the invoice date?</bdi>" in shown(app)


def test_asking_again_asks_what_was_understood_of_what_is_chosen_now(app: AppTest, home: Home) -> None:
    opened(app, "ask", question=QUESTION)
    app.chat_input[0].set_value("And its date?").run()
    app.multiselect[0].set_value([named(home, "invoice.pdf").id]).run()
    app.button(key="again-2").click().run()
    conversation = app.query_params["conversation"]
    [*_, last] = home.library.conversations.exchanges(str(conversation))
    assert (last.number, last.question) == (3, "What is the invoice date?")
    assert last.filters.documents == (named(home, "invoice.pdf").id,)


def test_what_a_deleted_document_said_is_shown_as_gone(empty: tuple[AppTest, Home], tmp_path: Path) -> None:
    app, owned = empty
    added = owned.library.add(pdf(tmp_path / "a.pdf", "x"), name="a.pdf").document
    box = BBox(x0=0, y0=0, x1=1, y1=1)
    citation = Citation(document_id=added.id, name="a.pdf", page_number=1, boxes=(box,), text="Exactly 17.")
    answer = Answer(text="17 [1]", citations=(citation,), answerer="test")
    kept = owned.library.conversations.add(None, "How many?", answer)
    owned.library.delete(added.id)
    page = shown(opened(app, "ask", conversation=kept.id))
    assert "17" not in page.replace(kept.id, "")
    assert "a.pdf" in page
    assert "doc-crop" not in page
    assert "deleted, or is no longer shared" in page


def test_only_questions_that_the_chosen_document_answers_are_suggested(
    empty: tuple[AppTest, Home], tmp_path: Path
) -> None:
    owned = empty[1]
    names = ("invoice-english.pdf", "letter-german.tif", "mine.pdf")
    added = {name: owned.library.add(pdf(tmp_path / name, name), name=name).document.id for name in names}
    assert suggestions.suggested(owned, Filters(documents=(added["mine.pdf"],))) == []
    german = suggestions.suggested(owned, Filters(documents=(added["letter-german.tif"],)))
    assert [each["question"] for each in suggestions.sample_questions()["letter-german.tif"]] == german
    assert len(suggestions.suggested(owned, Filters())) == 2


def test_the_retrieval_view_is_off_until_it_is_wanted(app: AppTest) -> None:
    assert "doc-found" not in shown(opened(app, "ask", question=QUESTION))
    page = shown(app.toggle[0].set_value(True).run())
    assert "<th>By meaning</th>" in page and "invoice.pdf" in page
    assert "doc-found" not in shown(app.toggle[0].set_value(False).run())


def test_the_retrieval_view_can_be_linked(app: AppTest) -> None:
    assert "doc-found" in shown(opened(app, "ask", question=QUESTION, retrieval="true"))


def test_a_question_that_nothing_answers_says_so(app: AppTest) -> None:
    page = shown(opened(app, "ask", question="qzx vvrk wpltz"))
    assert "doc-quote" not in page
    assert "doc-answer nothing" in page


def test_a_hostile_question_is_shown_as_text(app: AppTest) -> None:
    page = shown(opened(app, "ask", question=f"{HOSTILE}?"))
    assert "<img src=x" not in page


def test_jobs_shows_what_failed_and_why(app: AppTest) -> None:
    page = shown(opened(app, "jobs"))
    assert "Needs attention" in page
    assert "broken.pdf" in page


def test_reading_can_be_paused_and_gone_on_with(app: AppTest, home: Home) -> None:
    opened(app, "jobs")
    next(button for button in app.button if button.label == "Pause").click().run()
    assert home.queue.paused
    assert "Paused" in shown(app)
    next(button for button in app.button if button.label == "Go on").click().run()
    assert not home.queue.paused


# an empty home, and what is dropped into it


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[AppTest, Home]]:
    settings = settings_in(tmp_path)
    with Home.open(settings, owner=True) as owned:
        yield from ((each, owned) for each in started(settings, monkeypatch))


@pytest.mark.parametrize(
    ("page", "words"), [("ask", "Nothing to ask"), ("viewer", "Nothing to look at"), ("jobs", "Nothing to do")]
)
def test_every_page_of_an_empty_library_says_what_to_do(empty: tuple[AppTest, Home], page: str, words: str) -> None:
    assert words in shown(opened(empty[0], page))


def test_an_unexpected_error_shows_an_id_and_no_traceback(
    empty: tuple[AppTest, Home], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app, owned = empty
    document = owned.library.add(pdf(tmp_path / "a.pdf", "a"), name="a.pdf").document
    with owned.library.store.write() as tx:
        tx.run("UPDATE documents SET state = 'secret inside'")
    opened(app, "viewer", document=document.id)
    assert not app.exception
    assert "Something went wrong" in app.error[0].value
    assert "secret inside" not in app.error[0].value
    assert "secret inside" in caplog.text


def test_an_error_inside_a_part_that_runs_again_by_itself_is_shown_once(
    empty: tuple[AppTest, Home], tmp_path: Path
) -> None:
    app, owned = empty
    owned.library.add(pdf(tmp_path / "a.pdf", "a"), name="a.pdf")
    with owned.library.store.write() as tx:
        tx.run("UPDATE jobs SET state = 'secret inside'")
    opened(app, "jobs")
    assert len(app.exception) == 1, "by Streamlit, or where the app is served by `on_script_error`"
    assert not app.error


def test_an_empty_library_explains_itself(empty: tuple[AppTest, Home]) -> None:
    empty[0].run()
    assert not empty[0].exception
    assert any("samples" in button.label for button in empty[0].button)


def test_a_document_that_is_deleted_is_no_longer_asked(empty: tuple[AppTest, Home], tmp_path: Path) -> None:
    app, owned = empty
    added = [owned.library.add(pdf(tmp_path / name, name), name=name).document.id for name in ("a.pdf", "b.pdf")]
    opened(app, "ask", document=added[0])
    assert app.multiselect[0].value == [added[0]]
    owned.library.delete(added[0])
    app.run()
    assert not app.exception
    assert not app.error
    assert app.multiselect[0].value == []
