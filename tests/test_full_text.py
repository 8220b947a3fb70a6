"""Full-text search over a real library: what is filtered, and who sees what."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from docintel.errors import UsageError
from docintel.home import Home
from docintel.model import BlockLabel, DocumentState, Filters, User
from docintel.text.query import parse
from docintel.ui.search.places import places
from tests.houses import pdf, settings_in, work

ALICE, BOB = User(id="alice@example.org", name="Alice"), User(id="bob@example.org", name="Bob")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("home")
    with Home.open(settings_in(folder), owner=True) as opened:
        for user, text in ((ALICE, "The secret of Alice is a cat."), (BOB, "The secret of Bob is a dog.")):
            file = pdf(folder / f"{user.name}.pdf", text)
            opened.library.for_user(user).add(file, name=f"{user.name}.pdf", collection="letters")
        work(opened.library)
        yield opened


def names(home: Home, query: str, filters: Filters | None = None) -> list[str]:
    found = home.find(query, limit=10, filters=filters)
    return sorted(home.library.document(hit.chunk.document_id).name for hit in found.hits)


def test_only_what_a_user_may_read_is_found(home: Home) -> None:
    assert names(home, "secret") == ["Alice.pdf", "Bob.pdf"]
    assert names(home.for_user(ALICE), "secret") == ["Alice.pdf"]
    assert names(home.for_user(BOB), "cat") == []
    assert names(home.for_user(BOB), "cat secret") == ["Bob.pdf"], "loosely, and still only Bob's"
    assert [hit.chunk.text for hit in home.for_user(BOB).search('"of alice"').hits] == []


def test_a_hit_whose_document_was_taken_away_meanwhile_shows_nothing(home: Home) -> None:
    found = home.find("cat", limit=10)
    assert places(home.library, found, parse("cat"))
    assert places(home.library.for_user(BOB), found, parse("cat")) == []


def test_a_search_is_narrowed_by_what_documents_are(home: Home) -> None:
    now = datetime.now(UTC)
    assert names(home, "secret", Filters(name="ALI")) == ["Alice.pdf"]
    assert names(home, "secret", Filters(name="%")) == []
    assert names(home, "secret", Filters(states=(DocumentState.PARTIAL,))) == []
    assert len(names(home, "secret", Filters(states=(DocumentState.READY,)))) == 2
    assert names(home, "secret", Filters(added_from=now)) == []
    assert len(names(home, "secret", Filters(added_from=now - timedelta(days=1), added_before=now))) == 2
    assert names(home.for_user(BOB), "secret", Filters(name="ali")) == []


def test_search_by_meaning_keeps_to_the_same_filters_and_conditions(home: Home) -> None:
    def texts(query: str, filters: Filters | None = None) -> list[str]:
        return [hit.chunk.text for hit in home.search(query, filters=filters).hits]

    assert texts("secret cat", Filters(name="bob")) == ["The secret of Bob is a dog."]
    assert texts("secret -cat") == ["The secret of Bob is a dog."]
    assert texts('secret "of alice"') == ["The secret of Alice is a cat."]


def test_lines_are_narrowed_to_kinds_of_text(home: Home) -> None:
    found = home.find("cat", limit=10)
    [place] = places(home.library, found, parse("cat"), labels={BlockLabel.TEXT})
    assert (place.text, [place.text[slice(*span)] for span in place.spans]) == (
        "The secret of Alice is a cat.",
        ["cat"],
    )
    assert place.frame.overlap(place.marks[0]) == pytest.approx(place.marks[0].area)
    assert places(home.library, found, parse("cat"), labels={BlockLabel.TITLE}) == []


def test_a_query_that_only_leaves_out_is_refused(home: Home) -> None:
    with pytest.raises(UsageError, match="A minus only leaves out"):
        home.find("-cat", limit=10)
    with pytest.raises(UsageError, match="A minus only leaves out"):
        home.search("-cat")
