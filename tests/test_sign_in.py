"""Signing in: which claims become a user, what the app shows to whom, and that two sessions share nothing."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.secrets import secrets_singleton
from streamlit.testing.v1 import AppTest

from docintel.embedding import open_embedder
from docintel.errors import SignedOut
from docintel.home import Home
from docintel.model import User
from docintel.server.sign_in import providers, user_of
from docintel.settings import PROJECT, Settings
from tests.houses import pdf, settings_in
from tests.people import ALICE, BOB, read_documents_of_both
from tests.waiting import PATIENCE_S

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROVIDER = {"client_id": "docintel", "client_secret": "s", "server_metadata_url": "http://localhost/none"}
AUTH: dict[str, Any] = {"redirect_uri": "http://localhost/oauth2callback", "cookie_secret": "x" * 32, **PROVIDER}
QUESTION = "What is the total of this invoice?"


def claims(address: str = "alice@example.org", *, now: datetime = NOW, **changes: object) -> dict[str, Any]:
    """What Streamlit hands over after a sign-in that holds for an hour."""
    made = {
        "is_logged_in": True,
        "provider": "default",
        "iss": "http://localhost",
        "aud": "docintel",
        "sub": "17",
        "email": address,
        "email_verified": True,
        "name": address.partition("@")[0].title(),
        "iat": now.timestamp() - 60,
        "exp": now.timestamp() + 3600,
    }
    return {key: value for key, value in {**made, **changes}.items() if value is not None}


# claims → a user, or not


def user(claimed: dict[str, Any], tmp_path: Path, **changes: object) -> User:
    return user_of(claimed, auth=AUTH, settings=settings_in(tmp_path, **changes), now=NOW)


def test_a_user_is_known_by_the_address_that_the_provider_vouches_for(tmp_path: Path) -> None:
    found = user(claims("Alice@Example.org"), tmp_path)
    assert (found.id, found.name, found.is_admin) == ("alice@example.org", "Alice", False)
    assert found.until == NOW + timedelta(hours=1)


def test_administrators_are_named_by_the_settings(tmp_path: Path) -> None:
    assert user(claims(), tmp_path, admins=("root@example.org", "Alice@example.org")).is_admin
    assert not user(claims("bob@example.org"), tmp_path, admins=("alice@example.org",)).is_admin


def test_a_provider_that_says_nothing_of_verification_is_believed(tmp_path: Path) -> None:
    assert user(claims(email_verified=None), tmp_path).id == "alice@example.org"
    assert user(claims(name=None), tmp_path).name == "alice@example.org"


def test_a_token_for_several_audiences_is_taken_where_ours_is_among_them(tmp_path: Path) -> None:
    assert user(claims(aud=["other", "docintel"]), tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_logged_in": False}, "Sign in"),
        ({"exp": NOW.timestamp()}, "has ended"),
        ({"exp": NOW.timestamp() - 86_400}, "has ended"),
        ({"exp": None}, "for how long"),
        ({"exp": "tomorrow"}, "for how long"),
        ({"exp": True}, "for how long"),
        ({"iat": NOW.timestamp() + 600}, "clocks"),
        ({"nbf": NOW.timestamp() + 600}, "clocks"),
        ({"email_verified": False}, "not verified"),
        ({"email_verified": "false"}, "not verified"),
        ({"email": None}, "no e-mail address"),
        ({"email": "alice"}, "no e-mail address"),
        ({"aud": "another application"}, "not in use any more"),
        ({"aud": None}, "not in use any more"),
        ({"provider": "another"}, "not in use any more"),
        ({"provider": None}, "not in use any more"),
    ],
)
def test_claims_that_are_no_sign_in_are_refused_in_words(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(SignedOut, match=words):
        user(claims(**changes), tmp_path)


def test_clocks_may_differ_a_little(tmp_path: Path) -> None:
    assert user(claims(iat=NOW.timestamp() + 30), tmp_path)


def test_providers_may_stand_in_the_section_itself_or_under_names() -> None:
    assert list(providers(AUTH)) == ["default"]
    assert list(providers({"redirect_uri": "x", "cookie_secret": "y", "google": PROVIDER, "okta": PROVIDER})) == [
        "google",
        "okta",
    ]
    assert providers({}) == providers({"redirect_uri": "x"}) == {}


# the app


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_in(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def home(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """Owned by the test, with a document of Alice's and one of Bob's, both read."""
    with Home.open(settings, owner=True) as opened:
        read_documents_of_both(opened.library, tmp_path_factory.mktemp("files"), open_embedder(settings))
        yield opened


Opener = Callable[..., AppTest]


@pytest.fixture
def session(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """A new browser session, signed in with the claims that are given; all sessions of a test share the process."""
    assert home.is_owner
    monkeypatch.setenv("DOCINTEL_HOME", str(home.settings.home))
    monkeypatch.setenv("DOCINTEL_ENGINE", "fake")
    monkeypatch.delenv("DOCINTEL_ADMINS", raising=False)
    monkeypatch.setattr(st, "secrets", secrets_singleton)  # a run of AppTest that ends in an error leaves its own there

    def opened(claimed: dict[str, Any] | None, *, auth: dict[str, Any] = AUTH) -> AppTest:
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE_S)
        if auth:
            app.secrets["auth"] = auth
        if claimed is not None:
            app.user = claimed
        return app

    yield opened
    st.cache_resource.clear()
    st.cache_data.clear()


def now_claims(address: str, **changes: object) -> dict[str, Any]:
    return claims(address, now=datetime.now(UTC), **changes)


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.value for element in app.html if not element.value.startswith("<style>"))


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def test_whoever_has_not_signed_in_is_shown_the_way_in_and_nothing_else(session: Opener) -> None:
    for page in ("documents", "viewer", "search", "ask", "jobs", "system"):
        app = session({"is_logged_in": False}).run()
        app.switch_page(f"pages/{page}.py").run()
        assert labels(app) == {"Sign in"}
        assert "Sign in to see your documents" in shown(app)
        assert ".pdf" not in shown(app)


def test_a_sign_in_that_has_ended_is_told_and_can_be_renewed(session: Opener) -> None:
    app = session(now_claims("alice@example.org", exp=datetime.now(UTC).timestamp() - 1)).run()
    assert "has ended" in shown(app)
    assert labels(app) == {"Sign in", "Sign out"}
    assert ".pdf" not in shown(app)


def test_each_named_provider_has_its_button(session: Opener) -> None:
    auth = {"redirect_uri": "x", "cookie_secret": "y", "google": PROVIDER, "okta": PROVIDER}
    assert labels(session({"is_logged_in": False}, auth=auth).run()) == {"Sign in with Google", "Sign in with Okta"}


def test_everybody_sees_their_own_documents_and_name(session: Opener) -> None:
    alice, bob = (
        shown(session(now_claims("alice@example.org")).run()),
        shown(session(now_claims("bob@example.org")).run()),
    )
    assert "alices invoice.pdf" in alice
    assert "alice@example.org" in alice
    assert "bob" not in alice
    assert "bobs letter.pdf" in bob
    assert "alice" not in bob


def test_a_hostile_name_of_a_person_is_text(session: Opener) -> None:
    page = shown(session(now_claims("alice@example.org", name="<img src=x> :red[a]")).run())
    assert "<img src=x>" not in page


def test_an_administrator_sees_all(session: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCINTEL_ADMINS", "root@example.org")
    page = shown(session(now_claims("root@example.org")).run())
    assert "alices invoice.pdf" in page
    assert "bobs letter.pdf" in page


def test_anothers_document_is_not_there_in_the_viewer(session: Opener, home: Home) -> None:
    theirs = home.library.for_user(ALICE).documents()[0].id
    app = session(now_claims("bob@example.org")).run()
    app.query_params["document"] = theirs
    app.switch_page("pages/viewer.py").run()
    assert "not here" in shown(app)
    assert "invoice" not in shown(app)


def test_two_sessions_share_no_conversation_and_no_scope(session: Opener) -> None:
    alice, bob = session(now_claims("alice@example.org")), session(now_claims("bob@example.org"))
    for app in (alice, bob):
        app.run()
        app.switch_page("pages/ask.py").run()
    alice.chat_input[0].set_value(QUESTION).run()
    bob.run()
    assert "1,524.60" in shown(alice)
    assert "1,524.60" not in shown(bob)
    assert QUESTION not in shown(bob)
    assert QUESTION in shown(alice)
    theirs = alice.query_params["conversation"]
    bob.query_params["conversation"] = theirs
    bob.run()
    assert "There is no such conversation" in bob.warning[0].value
    assert QUESTION not in shown(bob)
    assert bob.multiselect[0].options == ["bobs letter.pdf"]
    bob.chat_input[0].set_value(QUESTION).run()
    assert "1,524.60" not in shown(bob)
    assert "doc-quote" not in shown(bob)


def test_views_of_a_home_answer_from_what_is_seen_and_share_what_takes_long_to_load(home: Home) -> None:
    alice, bob = home.for_user(ALICE), home.for_user(BOB)
    assert alice.ask(QUESTION).citations[0].name == "alices invoice.pdf"
    assert not bob.ask(QUESTION).citations
    assert [hit.chunk.document_id for hit in bob.search("invoice total dog").hits] == [bob.library.documents()[0].id]
    assert alice.embedder is bob.embedder is home.embedder


def test_what_sessions_share_in_caches_is_nobodys(session: Opener) -> None:
    from docintel.ui import resources, suggestions

    session(now_claims("alice@example.org")).run()
    shared = resources.whole_home()
    assert shared.library.user is None
    session(now_claims("bob@example.org")).run()
    assert resources.whole_home() is shared
    assert shared.library.user is None
    assert "alice" not in str(suggestions.sample_questions())


def test_a_sign_in_stands_in_the_audit_trail_once(session: Opener, home: Home) -> None:
    claimed = now_claims("carol@example.org")
    for _ in range(2):
        session(claimed).run().run()
    assert [each.action for each in home.library.people.trail() if each.user == "carol@example.org"] == ["signed in"]


def test_a_sign_in_that_is_refused_stands_in_the_audit_trail_once_a_session(session: Opener, home: Home) -> None:
    for claimed in (now_claims("dave@example.org") | {"email_verified": False}, None):
        session(claimed).run().run()
    [failed] = home.library.people.trail(action="failed to sign in")
    assert (failed.user, "as dave@example.org" in failed.detail, "not verified" in failed.detail) == ("", True, True)


def test_signing_out_stands_in_the_audit_trail(session: Opener, home: Home) -> None:
    app = session(now_claims("alice@example.org")).run()
    next(button for button in app.button if button.label == "Sign out").click().run()
    assert [each.user for each in home.library.people.trail(action="signed out")] == ["alice@example.org"]


def test_what_is_shared_is_shown_with_whose_it_is_until_it_is_taken_back(session: Opener, home: Home) -> None:
    library = home.library.for_user(ALICE)
    bob = session(now_claims("bob@example.org")).run()
    library.people.share("alice@example.org/bills", readers=[BOB.id])
    assert "alices invoice.pdf" in shown(bob.run())
    assert "bills of alice@example.org" in shown(bob)
    assert bob.selectbox(key="collection").options == ["All collections", "bills · alice@example.org", "letters"]
    assert bob.menu_button(key=f"menu-{library.documents()[0].id}").options == ["Export"]
    library.people.share("alice@example.org/bills", remove=[BOB.id])
    assert "alices invoice.pdf" not in shown(bob.run())


def test_the_owner_sees_who_has_access(session: Opener, home: Home) -> None:
    library = home.library.for_user(ALICE)
    library.people.share("alice@example.org/bills", readers=["eve@example.org"])
    alice = session(now_claims("alice@example.org")).run()
    next(button for button in alice.button if button.label == "Sharing").click().run()
    assert "eve@example.org" in shown(alice)
    assert "shared with eve@example.org" in shown(alice)


def test_the_owner_sees_a_documents_history(session: Opener, home: Home) -> None:
    alice = session(now_claims("alice@example.org")).run()
    document = home.library.for_user(ALICE).documents()[0].id
    alice.menu_button(key=f"menu-{document}").click("History").run()
    assert "<b>alice@example.org</b> added" in shown(alice)


# what closes the app rather than opening it to everybody


def refused(app: AppTest) -> str:
    app.run()
    assert not app.exception
    assert ".pdf" not in shown(app)
    return " ".join(error.value for error in app.error)


def test_a_home_with_owners_stays_closed_where_no_sign_in_is_configured(session: Opener) -> None:
    assert "no sign\\-in is configured" in refused(session(None, auth={}))
    assert "no sign\\-in is configured" in refused(
        session(now_claims("alice@example.org"), auth={"cookie_secret": "x"})
    )


def test_a_secrets_file_that_cannot_be_read_closes_the_app(
    session: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text("[auth\nclient_id = ", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert "cannot be read as TOML" in refused(session(None, auth={})).replace("\\", "").replace("\u2060", "")


def test_without_sign_in_there_is_one_local_user_and_no_sign_of_signing_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, session: Opener
) -> None:
    own = settings_in(tmp_path)
    monkeypatch.setenv("DOCINTEL_HOME", str(own.home))
    with Home.open(own, owner=True) as opened:
        opened.library.add(pdf(tmp_path / "a.pdf", "a"), name="a.pdf")
        app = session(None, auth={}).run()
        assert "a.pdf" in shown(app)
        assert not {"Sign in", "Sign out", "Sharing"} & labels(app)
        empty = session(None, auth={})
        empty.secrets["auth"] = {}
        assert "no sign\\-in is configured" in refused(empty)
        monkeypatch.setenv("DOCINTEL_ADMINS", "root@example.org")
        st.cache_resource.clear()
        assert "no sign\\-in is configured" in refused(session(None, auth={}))
