"""Signing off what nothing can put right: it stays on record, and whatever changes afterwards is found again."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from docintel.checking import Finding, check, is_well
from docintel.errors import UsageError
from docintel.home import Home
from docintel.library import Library
from docintel.library.people import acknowledging, audit, audit_head, chain, retention
from docintel.library.people.acknowledging import SignOff
from docintel.library.people.chain_check import first_fault
from docintel.library.store import DATABASE
from tests.people import ALICE

DAY_S = 86_400.0
WHY = "The disk was replaced; see ticket 12."
SIGN_OFF = SignOff(why=WHY, account="eve")


@pytest.fixture
def kept(library: Library) -> Library:
    """A library of which six things were done."""
    for number in range(6):
        record(library, f"deed {number}")
    return library


@pytest.fixture
def signed(kept: Library) -> Library:
    """Its third entry was changed, which somebody has acknowledged since; then one more thing was done."""
    change(kept.store.home, "UPDATE audit SET detail = 'nothing at all' WHERE seq = 3")
    acknowledging.acknowledge_break(kept.store, SIGN_OFF)
    record(kept, "a later deed")
    return kept


def record(library: Library, detail: str) -> None:
    with library.store.write() as tx:
        audit.record(tx, user=ALICE, action="exported", collection="c", name="ü.pdf", detail=detail)


def change(home: Path, *statements: str) -> None:
    """As somebody would who has the database and nothing else."""
    with closing(sqlite3.connect(home / DATABASE)) as database, database:
        for statement in statements:
            database.execute(statement)


def findings(library: Library, sign_off: SignOff | None = None, *, repair: bool = False) -> list[Finding]:
    with Home.open(library.settings, owner=False) as home:
        return [each for each in check(home, repair=repair, sign_off=sign_off) if each.state != "left_out"]


def fault(library: Library) -> str | None:
    found = first_fault(library.store)
    return found.text if found else None


BREAKS: dict[str, tuple[str, ...]] = {
    "changed": ("UPDATE audit SET detail = 'nothing at all' WHERE seq = 3",),
    "taken out": ("DELETE FROM audit WHERE seq IN (2, 3)",),
    "taken from the beginning": ("DELETE FROM audit WHERE seq < 3",),
    "taken from the end": ("DELETE FROM audit WHERE seq > 4",),
    "all gone": ("DELETE FROM audit",),
    "the newest changed": ("UPDATE audit SET detail = 'nothing at all' WHERE seq = 6",),
    "numbered anew": ("UPDATE audit SET seq = seq + 100 WHERE seq > 4",),
    "head gone": ("DELETE FROM facts WHERE name = 'audit_head'",),
}


@pytest.mark.parametrize("statements", BREAKS.values(), ids=BREAKS.keys())
def test_a_break_is_acknowledged_and_the_chain_goes_on(kept: Library, statements: tuple[str, ...]) -> None:
    change(kept.store.home, *statements)
    broken = fault(kept)
    assert broken
    assert not is_well(findings(kept))
    assert is_well(findings(kept, SIGN_OFF, repair=True))
    assert fault(kept) is None
    [said] = findings(kept)
    assert (said.part, said.state) == ("audit", "acknowledged")
    assert broken in said.problem
    assert WHY in said.problem
    assert "account eve" in said.problem
    record(kept, "another deed")
    assert is_well(findings(kept))
    change(kept.store.home, "UPDATE audit SET detail = 'something else' WHERE detail = 'another deed'")
    assert fault(kept)


def test_the_entry_names_the_head_before_and_carries_its_hash(kept: Library) -> None:
    with kept.store.read() as tx:
        head = chain.head(tx)
    change(kept.store.home, "DELETE FROM audit WHERE seq = 2")
    acknowledging.acknowledge_break(kept.store, SIGN_OFF)
    with kept.store.read() as tx:
        [link] = chain.links(tx, 6)
        assert chain.head(tx) == audit_head.read(kept.store.home)
    assert head is not None
    assert (link.seq, link.previous) == (7, head.hash)
    assert f"The head before: {head}" in link.detail


FURTHER: dict[str, str] = {
    "before the break": "UPDATE audit SET name = 'other' WHERE seq = 1",
    "the broken entry": "UPDATE audit SET detail = 'once more' WHERE seq = 3",
    "back to what it was": "UPDATE audit SET detail = 'deed 2' WHERE seq = 3",
    "between": "UPDATE audit SET at = at + 1 WHERE seq = 5",
    "what it carries": "UPDATE audit SET previous = '' WHERE seq = 4",
    "one more taken out": "DELETE FROM audit WHERE seq = 2",
    "the oldest taken out": "DELETE FROM audit WHERE seq = 1",
    "all before taken out": "DELETE FROM audit WHERE seq < 7",
    "the acknowledgement": "UPDATE audit SET detail = replace(detail, 'eve', 'bob') WHERE seq = 7",
    "the acknowledgement taken out": "DELETE FROM audit WHERE seq = 7",
    "the acknowledgement made another deed": "UPDATE audit SET action = 'exported' WHERE seq = 7",
    "after it": "UPDATE audit SET detail = 'other' WHERE seq = 8",
}


@pytest.mark.parametrize("statement", FURTHER.values(), ids=FURTHER.keys())
def test_what_changes_after_the_acknowledgement_is_noticed(signed: Library, statement: str) -> None:
    assert fault(signed) is None
    change(signed.store.home, statement)
    assert fault(signed)
    assert not is_well(findings(signed))


def test_an_entry_that_changed_after_the_acknowledgement_is_named(signed: Library) -> None:
    change(signed.store.home, "UPDATE audit SET name = 'other' WHERE seq = 5")
    found = fault(signed)
    assert found is not None
    assert found.startswith("Entries before 7, which acknowledges a break, have changed since then (")
    assert found.endswith("Entry 5 is not what was written.")


def test_a_second_break_is_acknowledged_beside_the_first(signed: Library) -> None:
    change(signed.store.home, "UPDATE audit SET name = 'other' WHERE seq = 5")
    assert is_well(findings(signed, SignOff(why="Another disk.", account="bob")))
    first, second = findings(signed)
    assert WHY in first.problem
    assert "Another disk." in second.problem
    change(signed.store.home, "UPDATE audit SET name = 'other' WHERE seq = 1")
    assert fault(signed)


def test_where_nothing_is_broken_nothing_is_recorded(kept: Library) -> None:
    acknowledging.acknowledge_break(kept.store, SIGN_OFF)
    assert findings(kept, SIGN_OFF) == []
    assert len(kept.people.trail()) == 6


def test_a_database_that_was_replaced_by_an_older_copy_is_acknowledged(kept: Library) -> None:
    older = (kept.store.home / DATABASE).read_bytes()
    record(kept, "forgotten")
    kept.close()
    (kept.store.home / DATABASE).write_bytes(older)
    with closing(Library.open(kept.settings)) as library:
        assert fault(library)
        assert is_well(findings(library, SIGN_OFF))
        record(library, "another deed")
        assert is_well(findings(library))


@pytest.mark.parametrize("why", ["", "  ", "two\nlines", "x" * 501])
def test_a_reason_is_a_line_that_says_something(why: str) -> None:
    with pytest.raises(UsageError):
        SignOff(why=why, account="eve")


# old entries


def aged(library: Library, *, days: float) -> None:
    with library.store.write() as tx:
        chain.append(tx, {"at": time.time() - days * DAY_S, "user": "", "action": "exported"})


def test_an_acknowledged_break_stays_until_its_acknowledgement_is_old(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        aged(library, days=50)
    change(library.store.home, "UPDATE audit SET detail = 'x' WHERE seq = 2")
    assert retention.remove_old_entries(library.store, 30) == 0
    acknowledging.acknowledge_break(library.store, SIGN_OFF)
    assert retention.remove_old_entries(library.store, 30) == 0, "what it vouches for can still be looked at"
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 40 * DAY_S)
    record(library, "another deed")
    assert retention.remove_old_entries(library.store, 30) == 4
    assert fault(library) is None
    assert retention.remove_old_entries(library.store, 30) == 1, "the acknowledgement itself"
    assert fault(library) is None


def test_what_changed_after_an_acknowledgement_is_not_removed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        aged(library, days=50)
    change(library.store.home, "UPDATE audit SET detail = 'x' WHERE seq = 2")
    acknowledging.acknowledge_break(library.store, SIGN_OFF)
    change(library.store.home, "UPDATE audit SET detail = 'y' WHERE seq = 3")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 40 * DAY_S)
    assert retention.remove_old_entries(library.store, 30) == 0
    assert fault(library)


# single bits, the file beside the database, the command


Flip = Callable[[Library], None]


def flip_in(column: str) -> Flip:
    """One bit of one value of the third entry."""

    def flip(library: Library) -> None:
        with library.store.read() as tx:
            value = tx.value(f"SELECT {column} FROM audit WHERE seq = 3")
        data = bytearray(str(value).encode())
        data[len(data) // 2] ^= 4
        change(library.store.home, f"UPDATE audit SET {column} = CAST(x'{data.hex()}' AS TEXT) WHERE seq = 3")

    flip.__name__ = column
    return flip


def flip_the_file(library: Library) -> None:
    path = library.store.home / audit_head.FILE
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)


def flip_the_files_number(library: Library) -> None:
    path = library.store.home / audit_head.FILE
    data = bytearray(path.read_bytes())
    data[0] ^= 0x40
    path.write_bytes(data)


@pytest.mark.parametrize(
    "flip", [flip_in("detail"), flip_in("name"), flip_in("previous"), flip_the_file, flip_the_files_number]
)
def test_a_flipped_bit_of_the_trail_is_turned_back(kept: Library, flip: Flip) -> None:
    before = kept.people.trail()
    flip(kept)
    assert [each.state for each in findings(kept)] == ["found"]
    assert [each.state for each in findings(kept, repair=True)] == ["mended"]
    assert findings(kept) == []
    assert kept.people.trail() == before
    with kept.store.read() as tx:
        assert audit_head.read(kept.store.home) == chain.head(tx)


def test_a_file_that_says_something_else_is_found_until_it_is_acknowledged(kept: Library) -> None:
    (kept.store.home / audit_head.FILE).write_text("gone\n", encoding="utf-8")
    record(kept, "another deed")
    assert not is_well(findings(kept, repair=True)), "who writes on does not hide it"
    assert is_well(findings(kept, SIGN_OFF))
    assert findings(kept) == []
    assert kept.people.trail()[0].action == "acknowledged damage"


def test_the_command_puts_a_break_on_record(kept: Library) -> None:
    change(kept.store.home, "DELETE FROM audit WHERE seq = 2")
    command = [sys.executable, "-m", "docintel", "check", "--json", "--home", str(kept.store.home)]
    assert subprocess.run(command, capture_output=True).returncode == 1
    done = subprocess.run([*command, "--acknowledge", WHY], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    after = subprocess.run(command, capture_output=True, text=True)
    assert after.returncode == 0
    assert [json.loads(line)["state"] for line in after.stdout.splitlines()] == ["acknowledged"]
    assert subprocess.run([*command, "--acknowledge", " "], capture_output=True).returncode == 2
