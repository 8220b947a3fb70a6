"""Quotas: bytes, waiting pages, questions a minute; what is over them is refused in words that help."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from docintel.errors import QuotaExceeded, QuotaExceededForNow
from docintel.home import Home
from docintel.home.question_rate import WINDOW_S, QuestionRate
from docintel.ingest import IngestOptions, ingest
from docintel.jobs.leases import Leases, OpenTask, PageTask
from docintel.library import Library
from docintel.library.people import quotas
from docintel.ui.system import people as people_section
from tests.houses import WordCounts, pdf, picture, settings_in
from tests.people import ALICE, BOB


def limited(folder: Path, **limits: Any) -> Library:
    return Library.open(settings_in(folder, **limits))


def test_nobody_stores_more_than_their_bytes(tmp_path: Path) -> None:
    first, second = picture(tmp_path / "1.png", 1), picture(tmp_path / "2.png", 2)
    limit = first.stat().st_size + second.stat().st_size - 1
    with closing(limited(tmp_path, user_bytes=limit)) as library:
        alice = library.for_user(ALICE)
        one = alice.add(first, name="1.png").document
        with pytest.raises(QuotaExceeded, match=r"^alice@example\.org has .* Delete documents, or have DOCINT"):
            alice.add(second, name="2.png")
        with pytest.raises(QuotaExceeded):
            alice.add(library.stage([second.read_bytes()]), name="2.png")
        assert alice.add(library.stage([first.read_bytes()]), name="1.png").duplicate, "what is there costs nothing"
        library.for_user(BOB).add(second, name="2.png")
        alice.delete(one.id)
        alice.add(second, name="2.png")


def test_nothing_is_left_of_a_file_that_is_refused(tmp_path: Path) -> None:
    with closing(limited(tmp_path, user_bytes=10)) as library:
        with pytest.raises(QuotaExceeded):
            library.for_user(ALICE).add(picture(tmp_path / "1.png"), name="1.png")
        assert library.count() == 0
        assert list(library.store.files.keys()) == []
        assert library.people.trail() == []


def test_the_machine_and_homes_of_one_user_have_no_limit(tmp_path: Path) -> None:
    with closing(limited(tmp_path, user_bytes=1, user_pages_queued=1)) as library:
        for number in range(3):
            library.add(picture(tmp_path / "p.png", number), name="p.png")
        assert library.count() == 3
        with pytest.raises(QuotaExceeded):
            library.add(picture(tmp_path / "p.png"), name="p.png", collection="alice@example.org/watched")


def test_who_has_too_many_pages_waiting_is_told_to_wait(tmp_path: Path) -> None:
    with closing(limited(tmp_path, user_pages_queued=3)) as library:
        alice, leases = library.for_user(ALICE), Leases(library, "host/1/1.00")
        alice.add(picture(tmp_path / "p.png", 1), name="p.png")
        [task] = leases.take(1)
        assert isinstance(task, OpenTask)
        leases.opened(task, 3, "image/png")
        with pytest.raises(QuotaExceededForNow, match="3 pages waiting and may have 3"):
            alice.add(picture(tmp_path / "p.png", 2), name="p.png")
        library.for_user(BOB).add(picture(tmp_path / "p.png", 2), name="p.png")
        [page] = [each for each in leases.take(2) if isinstance(each, PageTask)]
        library.commits.fail_page(page.document_id, page.number, "broken", owner=leases.owner)
        alice.add(picture(tmp_path / "p.png", 2), name="p.png")


def test_of_many_files_those_that_are_too_much_are_refused_one_by_one(tmp_path: Path) -> None:
    small, large = picture(tmp_path / "a.png", 1), pdf(tmp_path / "b.pdf", "a page")
    with closing(limited(tmp_path, user_bytes=small.stat().st_size)) as library:
        [taken, refused] = ingest(library.for_user(ALICE), [small, large], IngestOptions())
        assert taken.document
        assert refused.document is None
        assert "DOCINTEL_USER_BYTES" in str(refused.error)


def test_a_user_asks_so_many_questions_a_minute() -> None:
    now = [0.0]
    rate = QuestionRate(2, clock=lambda: now[0])
    for _ in range(2):
        rate.count(ALICE.id)
    now[0] = 20.0
    with pytest.raises(QuotaExceededForNow, match=r"2 questions a minute\. Ask again in 40 s"):
        rate.count(ALICE.id)
    rate.count(BOB.id)
    now[0] = WINDOW_S
    rate.count(ALICE.id)


def test_questions_are_counted_over_all_sessions_of_a_user_and_never_the_machines(tmp_path: Path) -> None:
    with Home.open(settings_in(tmp_path, user_questions_per_minute=1), owner=False) as home:
        vars(home._models)["embedder"] = WordCounts()
        home.for_user(ALICE).ask("What is the total?")
        with pytest.raises(QuotaExceededForNow):
            home.for_user(ALICE).ask("What is the total?")
        home.for_user(BOB).ask("What is the total?")
        for _ in range(3):
            home.ask("What is the total?")


def test_what_each_has_is_told_to_whom_it_concerns(library: Library, tmp_path: Path) -> None:
    file = picture(tmp_path / "p.png")
    for user in (ALICE, BOB, None):
        library.for_user(user).add(file, name="p.png")
    both = [quotas.Usage(user=id, documents=1, bytes=file.stat().st_size, pages_queued=1) for id in (ALICE.id, BOB.id)]
    assert library.people.usage() == both
    assert library.for_user(BOB).people.usage() == both[1:]
    row = people_section.row(both[0], settings_in(tmp_path, user_bytes=10**6, user_pages_queued=5))
    assert "alice@example.org" in row
    assert "1 of 5 pages waiting" in row
