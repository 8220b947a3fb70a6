"""What workers ask of the database is found by indexes: the work on a page takes no longer in a large library."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from docintel.chunking import chunk_pages
from docintel.jobs.leases import FinishTask, Leases, OpenTask, PageTask
from docintel.jobs.process_id import this_process
from docintel.library import Library
from docintel.library.jobs import disk_space
from docintel.workers.preparing import Preparer
from tests.houses import WordCounts, page_of, picture, read_of

ASKING = ("SELECT", "UPDATE", "DELETE")
SMALL = ("SCAN facts", "SCAN trash", "SCAN (subquery", "SCAN CONSTANT ROW")
"""Tables that do not grow with the library, and results of other look-ups."""


@pytest.fixture
def asked(library: Library) -> dict[str, Any]:
    """Every statement from now on, with parameters of one time that it was asked."""
    found: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        found[statement] = parameters

    event.listen(library.store.database._engine, "before_cursor_execute", note)
    return found


def plan(library: Library, statement: str, parameters: Any) -> list[str]:
    with library.store.database._engine.connect() as connection:
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]


def scans(library: Library, asked: dict[str, Any]) -> dict[str, list[str]]:
    """Statement → what it reads from beginning to end."""
    plans = {each: plan(library, each, asked[each]) for each in list(asked) if each.lstrip().startswith(ASKING)}
    assert plans
    found = {
        each: [step for step in steps if step.startswith("SCAN") and not step.startswith(SMALL)]
        for each, steps in plans.items()
    }
    return {each: steps for each, steps in found.items() if steps}


def test_reading_a_document_scans_no_table(library: Library, asked: dict[str, Any], tmp_path: Path) -> None:
    leases, preparer = Leases(library, this_process()), Preparer(library, WordCounts())
    document_id = library.add(picture(tmp_path / "p.png"), name="p.png", priority=10).document.id
    [opening] = leases.take(1)
    assert isinstance(opening, OpenTask)
    leases.opened(opening, 3, "image/png")
    one, two, three = leases.take(3)
    assert isinstance(one, PageTask)
    assert isinstance(two, PageTask)
    assert isinstance(three, PageTask)
    page = page_of("words of a page", number=one.number)
    prepared = preparer.prepared(chunk_pages(document_id, [page]))
    assert library.commits.commit_page(document_id, read_of(page), prepared, preparer.embedding, owner=this_process())
    assert library.commits.fail_page(document_id, two.number, "torn", owner=this_process())
    leases.put_back(three)
    [three] = leases.take(1)
    leases.renew()
    leases.held()
    leases.reclaim()
    disk_space.admit_waiting(library.store, library.settings)
    for _ in range(2):
        assert isinstance(three, PageTask)
        leases.crashed(three, "crashed")
        [three] = leases.take(1)
    assert isinstance(three, FinishTask)
    assert library.commits.finish(document_id, prepared, preparer.embedding, owner=this_process())
    leases.release()
    assert scans(library, asked) == {}
