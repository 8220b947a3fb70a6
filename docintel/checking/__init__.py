"""Proves that a home holds what was put into it, and mends what has its truth elsewhere.

The originals are the truth of pictures, the pages' text of chunks, terms and vectors, the database of the index.
Reading is never done here: a page that must be read again is queued.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain

from docintel.checking import audit, database, documents, identities, index, json_files, rights, rooms, rows
from docintel.checking.findings import Finding, Problem
from docintel.errors import DamagedStore, DocintelError
from docintel.home import Home
from docintel.intake import confined
from docintel.library.people.acknowledging import SignOff

__all__ = ["Finding", "check", "is_well", "not_opened"]

NONSENSE = (ValueError, TypeError, ArithmeticError)
"""What reading a value raises that none of ours can be."""
Show = Callable[[int, int, str], None]


def check(
    home: Home,
    *,
    repair: bool,
    sign_off: SignOff | None = None,
    show: Show = lambda _done, _total, _what: None,
) -> Iterator[Finding]:
    """Everything that is not as it should be, as it is found; `show` hears of documents done, all, and what is next.

    With `sign_off` what nothing can mend is acknowledged.
    """
    home = home.including_bin()
    parts = (
        _sandbox(home),
        rights.problems(home),
        json_files.problems(home),
        rows.turned_bits(home),
        database.problems(home),
        identities.problems(home),
        audit.problems(home),
        _in_documents(home, show),
        rooms.problems(home),
        index.problems(home),
        rows.problems(home),
    )
    try:
        for problem in chain(*parts):
            yield _finding(problem, repair=repair, sign_off=sign_off)
    except (DamagedStore, *NONSENSE) as error:
        yield not_opened(error)


def _sandbox(home: Home) -> Iterator[Problem]:
    """Nothing in the home is wrong; what opens files is less confined than it could be."""
    if text := confined.problem(home.settings):
        yield Problem("sandbox", "reading processes", text, is_left_out=True)


def not_opened(error: Exception) -> Finding:
    """What is said where the database is too damaged, or too new, to be opened or looked through."""
    return Finding(part="database", name=database.NAME, problem=str(error), state="found", advice=database.LOST)


def _in_documents(home: Home, show: Show) -> Iterator[Problem]:
    total = home.library.count()
    for done, document in enumerate(documents.each(home)):
        show(done, total, document.name)
        yield from documents.problems(home, document)
    show(total, total, "cache and left-over files")


def _finding(problem: Problem, *, repair: bool, sign_off: SignOff | None) -> Finding:
    said = partial(Finding, part=problem.part, name=problem.name, problem=problem.text)
    if problem.is_left_out:
        return said(state="left_out")
    if problem.is_acknowledged:
        return said(state="acknowledged")
    try:
        if problem.mend and repair:
            return said(state="mended", advice=problem.mend())
        if problem.acknowledge and sign_off:
            return said(state="acknowledged", advice=problem.acknowledge(sign_off))
    except DocintelError as error:
        return said(state="found", advice=str(error))
    return said(state="found", advice=problem.advice or "`docintel check --repair` mends it.")


def is_well(findings: Iterable[Finding]) -> bool:
    """Nothing was wrong, or all of it is mended or acknowledged."""
    return all(finding.state != "found" for finding in findings)
