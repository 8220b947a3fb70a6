"""The audit trail as a chain: what is changed, taken out or put in is found, and old entries go without breaking it."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from docintel.checking import audit as checking_audit
from docintel.home import Home
from docintel.library import Library
from docintel.library.people import audit, audit_head, chain, retention
from docintel.library.people.chain_check import first_fault
from docintel.library.store import DATABASE
from storage import row_checksums
from storage.chaining import BEGINNING, digest
from tests.houses import settings_in
from tests.people import ALICE, BOB

DAY_S = 86_400.0


@pytest.fixture
def kept(library: Library) -> Library:
    """A library of which five things were done."""
    for number in range(5):
        record(library, f"deed {number}")
    return library


def record(library: Library, detail: str) -> None:
    with library.store.write() as tx:
        audit.record(tx, user=ALICE, action="exported", collection="c", name="ü.pdf", detail=detail)


def fault(library: Library) -> tuple[int, str] | None:
    found = first_fault(library.store)
    return (found.seq, found.text) if found else None


def change(library: Library, *statements: str) -> None:
    """As somebody would who has the database and nothing else."""
    with closing(sqlite3.connect(library.store.home / DATABASE)) as database, database:
        for statement in statements:
            database.execute(statement)


def links(library: Library) -> list[chain.Link]:
    with library.store.read() as tx:
        return chain.links(tx, 0)


def head(library: Library) -> chain.Head | None:
    with library.store.read() as tx:
        return chain.head(tx)


def test_each_entry_carries_the_hash_of_the_one_before(kept: Library) -> None:
    entries = links(kept)
    assert [each.previous for each in entries] == [BEGINNING, *(each.hash for each in entries[:-1])]
    assert entries[0].hash == digest([1, entries[0].at, ALICE.id, "exported", "c", "", "ü.pdf", "deed 0", BEGINNING])
    assert head(kept) == audit_head.read(kept.store.home) == chain.Head(seq=5, hash=entries[-1].hash)
    assert fault(kept) is None


def test_what_is_rolled_back_leaves_the_chain_whole(kept: Library) -> None:
    with pytest.raises(RuntimeError), kept.store.write() as tx:
        audit.record(tx, user=None, action="deleted")
        raise RuntimeError
    record(kept, "another deed")
    assert [each.seq for each in links(kept)] == [1, 2, 3, 4, 5, 6]
    assert fault(kept) is None


@pytest.mark.parametrize("column", ["at", '"user"', "action", "collection", "document_id", "name", "detail"])
def test_an_entry_that_was_changed_is_named(kept: Library, column: str) -> None:
    change(kept, f"UPDATE audit SET {column} = CAST({column} AS TEXT) || '1' WHERE seq = 3")
    assert fault(kept) == (3, "Entry 3 is not what was written.")


def test_a_column_of_bytes_is_no_way_out(kept: Library) -> None:
    change(kept, "UPDATE audit SET detail = x'00ff' WHERE seq = 3")
    assert fault(kept) == (3, "Entry 3 is not what was written.")


def test_the_newest_entry_is_proved_too(kept: Library) -> None:
    change(kept, "UPDATE audit SET detail = 'nothing' WHERE seq = 5")
    assert fault(kept) == (5, "Entry 5, the newest, is not what was written.")


@pytest.mark.parametrize(
    ("deleted", "first", "text"),
    [
        ("seq = 3", 3, "Entry 3 is missing."),
        ("seq IN (2, 3)", 2, "Entries 2 to 3 are missing."),
        ("seq <= 2", 2, "Entries up to 2 are missing."),
        ("seq >= 5", 5, "Entry 5 is missing at the end."),
        ("seq > 0", 1, "Entries 1 to 5 are missing at the end."),
    ],
)
def test_entries_that_were_taken_out_are_missed(kept: Library, deleted: str, first: int, text: str) -> None:
    change(kept, f"DELETE FROM audit WHERE {deleted}")
    assert fault(kept) == (first, text)


def test_what_was_taken_from_the_end_stays_missed_when_more_is_recorded(kept: Library) -> None:
    change(kept, "DELETE FROM audit WHERE seq >= 4")
    record(kept, "another deed")
    assert fault(kept) == (4, "Entries 4 to 5 are missing.")


def test_entries_that_were_numbered_anew_are_named(kept: Library) -> None:
    change(kept, "DELETE FROM audit WHERE seq = 3", "UPDATE audit SET seq = seq - 1 WHERE seq > 3")
    assert fault(kept) == (2, "Entry 2 is not what was written.")


def put_in(library: Library, seq: int, previous: str) -> str:
    """An entry that somebody made up, well chained to the one before."""
    row = (seq, time.time(), BOB.id, "deleted", "", "", "", "", previous)
    with closing(sqlite3.connect(library.store.home / DATABASE)) as database, database:
        database.execute(f"INSERT INTO audit ({chain.COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return digest(row)


def test_an_entry_that_was_put_in_is_named(kept: Library) -> None:
    change(kept, "UPDATE audit SET seq = seq + 10 WHERE seq > 4", "UPDATE audit SET seq = seq + 10 WHERE seq = 4")
    put_in(kept, 4, links(kept)[2].hash)
    assert fault(kept) == (4, "Entry 4 was put in by somebody else.")


def test_an_entry_that_was_put_in_at_the_end_is_named_and_holds_up_nobody(kept: Library) -> None:
    put_in(kept, 6, links(kept)[-1].hash)
    assert fault(kept) == (6, "Entry 6 was put in by somebody else.")
    record(kept, "another deed")
    assert fault(kept) == (6, "Entry 6 was put in by somebody else.")


def test_a_chain_that_was_made_anew_is_not_what_the_file_beside_it_knows(kept: Library) -> None:
    entries = links(kept)
    change(kept, "DELETE FROM audit WHERE seq >= 4", "DELETE FROM facts WHERE name = 'audit_head'")
    newest = chain.Head(seq=4, hash=put_in(kept, 4, entries[2].hash))
    change(kept, f"INSERT INTO facts (name, value) VALUES ('audit_head', '{newest}')")
    told = (5, "Entry 5 is missing, or is not what it was when audit_head was written.")
    assert fault(kept) == told
    for _ in range(3):
        record(kept, "another deed")
    assert fault(kept) == told, "the file is not brought in line with a chain that it contradicts"


def test_a_head_that_was_removed_is_missed_and_not_made_up(kept: Library) -> None:
    change(kept, "DELETE FROM facts WHERE name = 'audit_head'")
    assert fault(kept) == (5, "The hash of the newest entry is not kept any more.")
    record(kept, "another deed")
    assert fault(kept) == (5, "Entry 5 is not what was written.")


def test_entries_of_several_processes_are_one_chain(kept: Library) -> None:
    with closing(Library.open(kept.settings)) as other:
        for number in range(6):
            record(other if number % 2 else kept, f"deed {number}")
    assert len(links(kept)) == 11
    assert fault(kept) is None


def test_a_long_chain_is_proved_piece_by_piece(kept: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain.links, "__defaults__", (2,))
    assert fault(kept) is None
    change(kept, "UPDATE audit SET detail = '' WHERE seq = 4")
    assert fault(kept) == (4, "Entry 4 is not what was written.")


def test_the_check_names_the_first_broken_entry(kept: Library) -> None:
    change(kept, "UPDATE audit SET name = 'b.pdf' WHERE seq IN (2, 4)")
    with Home.open(kept.settings, owner=False) as home:
        [problem] = checking_audit.problems(home)
    assert (problem.part, problem.text, problem.mend) == ("audit", "Entry 2 is not what was written.", None)


def test_the_check_says_that_the_file_is_gone(kept: Library) -> None:
    (kept.store.home / audit_head.FILE).unlink()
    with Home.open(kept.settings, owner=False) as home:
        [problem] = checking_audit.problems(home)
    assert problem.is_left_out
    record(kept, "another deed")
    assert audit_head.read(kept.store.home) == head(kept)


# entries of before the chain


SINCE = (
    *("exchanges", "conversations", "corrections", "page_readings"),
    *("bin", "tags", "origins", "schemas", "extractions"),
)
"""Tables that came after the chain."""


@pytest.fixture
def earlier(kept: Library) -> Iterator[Library]:
    """The same home as an earlier release left it, opened by this one."""
    kept.close()
    change(
        kept,
        *(f"DROP INDEX {name}" for name in ("ix_jobs_turns", "ix_jobs_user", "ix_documents_size")),
        'ALTER TABLE jobs DROP COLUMN "user"',
        "ALTER TABLE audit DROP COLUMN previous",
        *(f"DROP TABLE {table}" for table in SINCE),
        "ALTER TABLE collections DROP COLUMN is_deleted",
        *(f"ALTER TABLE {table} DROP COLUMN row_checksum" for table in row_checksums.TABLES if table not in SINCE),
        "DELETE FROM facts WHERE name = 'audit_head'",
        "UPDATE alembic_version SET version_num = '0003'",
    )
    (kept.store.home / audit_head.FILE).unlink()
    with closing(Library.open(kept.settings)) as opened:
        yield opened


def test_entries_of_before_the_chain_are_chained_and_an_entry_says_so(earlier: Library) -> None:
    [newest, *_] = earlier.people.trail()
    assert (newest.seq, newest.action) == (6, "chained")
    assert "entries up to 5 as they were found" in newest.detail
    assert fault(earlier) is None
    record(earlier, "another deed")
    assert fault(earlier) is None
    change(earlier, "UPDATE audit SET detail = '' WHERE seq = 2")
    assert fault(earlier) == (2, "Entry 2 is not what was written.")


def test_a_new_home_begins_with_an_empty_trail(library: Library) -> None:
    assert library.people.trail() == []
    assert fault(library) is None


# old entries


def aged(library: Library, ages: list[float]) -> None:
    """Entries so many days old."""
    for age in ages:
        with library.store.write() as tx:
            chain.append(tx, {"at": time.time() - age * DAY_S, "user": "", "action": "exported"})


def test_old_entries_go_and_the_rest_proves_right(library: Library) -> None:
    aged(library, [40, 35, 31.5, 29, 1])
    assert retention.remove_old_entries(library.store, 30) == 3
    [checkpoint, *_] = library.people.trail()
    assert (checkpoint.action, checkpoint.user, checkpoint.seq) == ("removed old entries", "", 6)
    assert checkpoint.detail.startswith("1 to 3, older than 30 days")
    assert [each.seq for each in links(library)] == [4, 5, 6]
    assert fault(library) is None
    assert retention.remove_old_entries(library.store, 30) == 0
    change(library, "DELETE FROM audit WHERE seq = 4")
    assert fault(library) == (4, "Entries up to 4 are missing.")


def test_a_checkpoint_goes_by_the_next_one(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    aged(library, [50, 40])
    assert retention.remove_old_entries(library.store, 45) == 1
    now = time.time() + 100 * DAY_S
    monkeypatch.setattr(time, "time", lambda: now)
    assert retention.remove_old_entries(library.store, 45) == 2
    assert [each.seq for each in links(library)] == [4]
    assert fault(library) is None
    change(library, "UPDATE audit SET detail = detail || ' '")
    assert fault(library) == (3, "Entries up to 3 are missing.")


def test_entries_go_by_the_day(library: Library) -> None:
    """Else each would leave an entry that it went."""
    aged(library, [30.5])
    assert retention.remove_old_entries(library.store, 30) == 0


def test_everything_that_is_old_goes_in_pieces(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_A_TIME", 2)
    aged(library, [50.0] * 5)
    assert [retention.remove_old_entries(library.store, 30) for _ in range(4)] == [2, 2, 1, 0]
    assert [each.action for each in library.people.trail()] == ["removed old entries"] * 3
    assert fault(library) is None


@pytest.mark.parametrize("days", [0, 100])
def test_nothing_goes_that_shall_be_kept(library: Library, days: int) -> None:
    aged(library, [50, 40])
    assert retention.remove_old_entries(library.store, days) == 0
    assert [each.seq for each in links(library)] == [1, 2]


def test_what_does_not_prove_right_is_not_removed(library: Library) -> None:
    aged(library, [50, 40, 1])
    change(library, "UPDATE audit SET detail = 'other' WHERE seq = 2")
    assert retention.remove_old_entries(library.store, 30) == 0
    assert fault(library) == (2, "Entry 2 is not what was written.")


# who sees what of it


def test_the_trail_is_asked_by_user_and_deed(kept: Library) -> None:
    with kept.store.write() as tx:
        audit.record(tx, user=None, action="paused")
    assert [each.action for each in kept.people.trail(by="")] == ["paused"]
    assert len(kept.people.trail(by=ALICE.id)) == len(kept.people.trail(action="exported")) == 5
    assert kept.people.trail(by=ALICE.id, action="paused") == []


def test_an_owner_is_not_told_how_much_others_do(kept: Library, tmp_path: Path) -> None:
    with kept.store.write() as tx:
        tx.insert("collections", [{"name": "c", "owner": ALICE.id}])
    assert {(each.seq, each.hash) for each in kept.for_user(ALICE).people.trail()} == {(0, "")}
    assert settings_in(tmp_path).audit_days == 0
