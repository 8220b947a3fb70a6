"""The system page, run through app.py: for whom it is, trials to their end, settings that are kept."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from hypothesis import given, strategies
from streamlit.testing.v1 import AppTest

from docintel.embedding import open_embedder, packaged
from docintel.home import Home
from docintel.runtime.process.address import ModelStatus
from docintel.settings import PROJECT, Settings, settings_store
from docintel.ui import resources
from docintel.ui.system import comparing, figures, machine
from docintel.ui.system import settings as settings_page
from docintel.ui.system.differences import differences
from docintel.workers.comparison import ReadConfig, ReadResult
from tests.houses import page_of, pdf, settings_in, work
from tests.test_sign_in import AUTH, now_claims
from tests.waiting import PATIENCE_S, until

HOSTILE = "<img src=x onerror=alert(1)> ![x](http:evil.example) :red[a] <script>x</script>"

Opener = Callable[..., AppTest]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Owned by the test, so that the app looks at it without starting a worker of its own."""
    folder = tmp_path_factory.mktemp("system")
    with Home.open(settings_in(folder), owner=True) as opened:
        opened.library.add(pdf(folder / "a.pdf", "A first page.", HOSTILE), name=f"{HOSTILE}.pdf")
        work(opened.library)
        yield opened


@pytest.fixture
def app(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Opens a part of the system page, as somebody or without sign-in."""
    monkeypatch.setenv("DOCINTEL_HOME", str(home.settings.home))
    monkeypatch.setenv("DOCINTEL_ENGINE", "fake")
    monkeypatch.setenv("DOCINTEL_DPI", "50")

    def opened(part: str = "Machine", claimed: dict[str, Any] | None = None, **query: str) -> AppTest:
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE_S)
        if claimed is not None:
            app.secrets["auth"], app.user = AUTH, claimed
        app.run()
        app.query_params.update({"view": part, **query})
        return app.switch_page("pages/system.py").run()

    yield opened
    st.cache_resource.clear()
    st.cache_data.clear()


def shown(app: AppTest) -> str:
    assert not app.exception
    assert not app.error
    return "\n".join(element.value for element in app.html if not element.value.startswith("<style>"))


def once_it_shows(app: AppTest, words: str) -> str:
    """The page, run again until it shows `words`."""
    until(lambda: words in shown(app.run()))
    return shown(app)


def test_the_page_says_what_reads_and_which_engines_work(app: Opener) -> None:
    page = once_it_shows(app(), "In use")
    for words in ("<b>fake</b>", "named in the settings", "pages to read", "of memory used", "qwen3-vl", "endpoint"):
        assert words in page
    assert "streamlit" in page


def test_an_engine_that_auto_takes_comes_with_the_reason(tmp_path: Path) -> None:
    name, why = figures.chosen(settings_in(tmp_path, engine="auto"))
    assert name in {"local", "qwen3-vl"}
    assert "GPU" in why


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (None, "Not started"),
        (ModelStatus("loading", "", ""), "Loading"),
        (ModelStatus("failed", "", "It needs 60 GB & more."), "60 GB &amp; more"),
        (ModelStatus("ready", "small@1", "cpu, float32", num_answered=3, tokens_per_second=41.5), "41.5 tokens"),
    ],
)
def test_the_model_process_is_told_in_every_state(status: ModelStatus | None, words: str) -> None:
    assert words in figures.model_card(status)


def test_memory_and_versions_are_those_of_this_process(home: Home) -> None:
    assert machine.memory(home.settings.home)["app"] > 1_000_000
    assert machine.versions()["streamlit"] == st.__version__


@pytest.mark.parametrize("part", ["zzz", "Try a page", "Settings"])
def test_an_address_full_of_nonsense_still_shows_the_page(app: Opener, part: str) -> None:
    opened = app(part, trial="zzz", document="zzz", page="x")
    shown(opened)
    assert opened.button_group[0].label == "Part"


@pytest.mark.parametrize("part", ["Machine", "Try a page", "Settings"])
def test_who_is_no_administrator_sees_nothing_of_the_machine(
    app: Opener, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCINTEL_ADMINS", "root@example.org")
    opened = app(part, now_claims("alice@example.org"))
    assert "Only administrators" in opened.error[0].value
    assert not opened.button_group
    assert not opened.text_input


def test_an_administrator_sees_it_all(app: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCINTEL_ADMINS", "root@example.org")
    assert "pages to read" in shown(app("Machine", now_claims("root@example.org")))


@pytest.mark.parametrize("part", ["Try a page", "Settings"])
def test_settings_that_are_out_of_the_ordinary_are_shown_too(
    app: Opener, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCINTEL_ENGINE", "no-such")
    monkeypatch.setenv("DOCINTEL_READ_MAX_TOKENS", "1000000")
    opened = app(part)
    shown(opened)
    assert "no-such" in [each.value for each in opened.selectbox]
    assert 1_000_000 in [each.value for each in opened.number_input]


# trying


def test_a_page_is_tried_both_ways_and_shown_as_text(app: Opener, home: Home) -> None:
    opened = app("Try a page")
    before = home.library.page_statuses(home.library.documents()[0].id)
    opened.selectbox(key="engine-B").set_value("fake").run()
    next(field for field in opened.number_input if field.label == "Page").set_value(2).run()
    next(button for button in opened.button if button.label == "Read it both ways").click().run()
    page = once_it_shows(opened, "of the words are the same")
    assert "100.0%" in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") >= 2
    assert "<script" not in page
    assert "<img src=x" not in page
    assert home.library.page_statuses(home.library.documents()[0].id) == before


def test_a_trial_that_is_gone_says_so(app: Opener) -> None:
    assert "not kept any more" in shown(app("Try a page", trial="0123"))


def test_a_generative_way_offers_how_it_is_asked(app: Opener) -> None:
    opened = app("Try a page")
    labels = {field.label for field in opened.number_input}
    assert {"Most visual tokens", "Longest answer", "Temperature", "Top-p"} <= labels
    opened.selectbox(key="engine-B").set_value("local").run()
    assert {field.label for field in opened.number_input} == {"Page"}


def test_what_differs_is_marked_and_nothing_else() -> None:
    found = differences(("Invoice total: 17", "same end"), ("Invoice total: 71 EUR same", "end"))
    assert found.first == ("Invoice total: <mark>17</mark>", "same end")
    assert found.second == ("Invoice total: <mark>71</mark> <mark>EUR</mark> same", "end")
    assert found.alike == pytest.approx(8 / 11)


@given(strategies.lists(strategies.text(), max_size=5), strategies.lists(strategies.text(), max_size=5))
def test_differences_hold_no_markup_but_their_own(first: list[str], second: list[str]) -> None:
    found = differences((*first, HOSTILE), tuple(second))
    bare = "".join([*found.first, *found.second]).replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert ">" not in bare


def test_a_hostile_answer_is_text_in_every_part_of_a_result() -> None:
    page = page_of(HOSTILE).model_copy(update={"notes": (HOSTILE,)})
    result = ReadResult(ReadConfig(engine=HOSTILE, model=HOSTILE), "read", page=page, error=HOSTILE)
    assert "<img src=x" not in comparing.reading("A", result, differences((HOSTILE,), ("x",)).first)


def test_readings_too_long_to_compare_say_so() -> None:
    found = differences(("a " * 5_000,), ("a " * 10,))
    assert not found.is_whole
    assert found.alike < 0.1


# settings


def test_every_setting_that_may_be_changed_has_its_field() -> None:
    fields = [field.name for group in settings_page.GROUPS.values() for field in group]
    assert sorted(fields) == sorted(settings_store.CHANGEABLE)


def test_a_field_that_the_environment_names_cannot_be_changed(app: Opener) -> None:
    opened = app("Settings")
    assert opened.number_input(key="setting-dpi").disabled
    assert "set by the environment" in opened.number_input(key="setting-dpi").label
    assert not opened.number_input(key="setting-workers").disabled


def test_settings_that_are_saved_are_kept_and_taken(app: Opener, home: Home) -> None:
    opened = app("Settings")
    opened.number_input(key="setting-read_max_tokens").set_value(1_024)
    opened.text_input(key="setting-languages").set_value("de, fr")
    next(button for button in opened.button if button.label == "Save").click().run()
    shown(opened)
    assert "settings are kept" in opened.success[0].value
    assert settings_store.read(home.settings.home) == {"read_max_tokens": 1_024, "languages": ["de", "fr"]}
    taken = Settings.load()
    assert (taken.read_max_tokens, taken.languages, taken.engine) == (1_024, ("de", "fr"), "fake")
    newest = home.library.people.trail()[0]
    assert newest.action == "changed settings"
    assert "read_max_tokens = 1024" in newest.detail and "languages = de, fr" in newest.detail
    assert opened.run().number_input(key="setting-read_max_tokens").value == 1_024
    (home.settings.home / settings_store.FILE).unlink()


def test_a_bad_value_is_refused_in_the_words_of_the_settings(app: Opener, home: Home) -> None:
    opened = app("Settings")
    opened.number_input(key="setting-workers").set_value(0)
    next(button for button in opened.button if button.label == "Save").click().run()
    assert "WORKERS" in opened.error[0].value
    assert settings_store.read(home.settings.home) == {}


def test_the_home_is_opened_anew_with_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCINTEL_HOME", str(tmp_path))
    monkeypatch.setenv("DOCINTEL_ENGINE", "fake")
    before = resources.whole_home()
    assert before.is_owner
    before.settings.keep({"dpi": 72})
    resources.reopen()
    after = resources.whole_home()
    assert after is not before
    assert (after.settings.dpi, after.is_owner) == (72, True)
    assert before.library.count() == 0  # sessions that hold it go on to look
    resources.close()


def test_the_page_says_what_searches(app: Opener) -> None:
    opened = app()
    assert "universal-sentence-encoder" in shown(opened)


def test_documents_of_another_search_model_are_offered_to_be_indexed_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = settings_in(tmp_path, embedding_model="english")
    with Home.open(before, owner=True) as opened:
        opened.library.add(pdf(tmp_path / "a.pdf", "The rent is due on the first of the month."), name="a.pdf")
        work(opened.library, open_embedder(before))
    monkeypatch.setenv("DOCINTEL_HOME", str(before.home))
    monkeypatch.setenv("DOCINTEL_ENGINE", "fake")
    try:
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE_S).run()
        app.query_params.update({"view": "Machine"})
        app = app.switch_page("pages/system.py").run()
        assert "all-MiniLM" in shown(app) and "Reindex" in app.warning[0].value
        next(button for button in app.button if button.label == "Reindex").click().run()
        once_it_shows(app, "universal-sentence-encoder")
        assert not app.warning and resources.whole_home().library.embedding_models == {packaged.MULTILINGUAL}
    finally:
        resources.close()
        st.cache_resource.clear()
