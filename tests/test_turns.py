"""Fair turns: whoever has much waiting holds up nobody else, and what is urgent still comes first."""

from pathlib import Path

import pytest

from docintel.jobs.leases import Leases, OpenTask, PageTask, Task
from docintel.library import Library
from docintel.library.jobs.repository.jobs import WAITING
from docintel.model import User
from tests.houses import picture
from tests.people import ALICE, BOB

CAROL = User(id="carol@example.org", name="Carol")


@pytest.fixture
def leases(library: Library) -> Leases:
    return Leases(library, "host/1/1.00")


def add(library: Library, folder: Path, user: User | None, count: int = 1, *, priority: int = 0) -> list[str]:
    """So many documents of a user's; their ids."""
    mine = library.for_user(user)
    before = mine.count()
    return [
        mine.add(
            picture(folder / "p.png", size=(40, 60 + before + number)), name="p.png", priority=priority
        ).document.id
        for number in range(count)
    ]


def opened(leases: Leases, num_pages: int) -> None:
    """The next document is opened and has so many pages."""
    [task] = leases.take(1)
    assert isinstance(task, OpenTask)
    leases.opened(task, num_pages, "image/png")


def one_by_one(leases: Leases, count: int) -> list[Task]:
    return [task for _ in range(count) for task in leases.take(1)]


def whose(library: Library, tasks: list[Task]) -> list[str]:
    return [library.document(task.document_id).collection.partition("@")[0] for task in tasks]


def test_a_page_of_anothers_does_not_wait_for_many(library: Library, leases: Leases, tmp_path: Path) -> None:
    add(library, tmp_path, ALICE, 20)
    one_by_one(leases, 3)
    [wanted] = add(library, tmp_path, BOB)
    assert wanted in {task.document_id for task in one_by_one(leases, 2)}


def test_users_are_served_one_after_the_other(library: Library, leases: Leases, tmp_path: Path) -> None:
    for user in (ALICE, BOB, CAROL):
        add(library, tmp_path, user, 3)
    assert whose(library, one_by_one(leases, 9)) == ["alice", "bob", "carol"] * 3


def test_who_takes_many_at_once_takes_some_of_each(library: Library, leases: Leases, tmp_path: Path) -> None:
    add(library, tmp_path, ALICE, 9)
    add(library, tmp_path, BOB, 2)
    assert whose(library, leases.take(6)) == ["alice", "bob", "alice", "bob", "alice", "alice"]


def test_pages_of_one_long_document_leave_turns_to_others(library: Library, leases: Leases, tmp_path: Path) -> None:
    add(library, tmp_path, ALICE)
    opened(leases, 100)
    assert len(leases.take(4)) == 4, "who waits alone gets all that is to be had"
    add(library, tmp_path, BOB)
    opened(leases, 3)
    tasks = one_by_one(leases, 6)
    assert all(isinstance(task, PageTask) for task in tasks)
    assert sorted(whose(library, tasks)) == ["alice"] * 3 + ["bob"] * 3


def test_what_is_urgent_comes_first_whosever_turn_it_is(library: Library, leases: Leases, tmp_path: Path) -> None:
    add(library, tmp_path, ALICE, 2)
    add(library, tmp_path, BOB, 2)
    add(library, tmp_path, ALICE, 2, priority=10)
    assert whose(library, one_by_one(leases, 4)) == ["alice", "alice", "bob", "alice"]


def test_one_users_documents_come_in_the_order_of_before(library: Library, leases: Leases, tmp_path: Path) -> None:
    ids = add(library, tmp_path, None, 6)
    assert [task.document_id for task in [*leases.take(4), *leases.take(4)]] == ids


def test_the_machines_own_documents_take_turns_too(library: Library, leases: Leases, tmp_path: Path) -> None:
    add(library, tmp_path, None, 5)
    add(library, tmp_path, ALICE, 5)
    assert whose(library, one_by_one(leases, 4)) == ["default", "alice", "default", "alice"]


def test_a_collection_that_is_given_away_takes_its_new_owners_turns(
    library: Library, leases: Leases, tmp_path: Path
) -> None:
    add(library, tmp_path, ALICE, 4)
    add(library, tmp_path, BOB, 4)
    library.people.share("bob@example.org/default", owner=ALICE.id)
    assert whose(library, one_by_one(leases, 4)) == ["alice"] * 4


def test_how_many_wait_is_not_looked_at(library: Library, tmp_path: Path) -> None:
    """The next are found by looks into an index: no step goes through the table of jobs."""
    add(library, tmp_path, ALICE)
    with library.store.read() as tx:
        plan = [row["detail"] for row in tx.rows(f"EXPLAIN QUERY PLAN {WAITING}", queued="queued", priority=0, limit=1)]
    assert not [line for line in plan if line.startswith("SCAN jobs") or line in {"SCAN j", "SCAN k"}], plan
    assert any("ix_jobs_turns" in line for line in plan)
