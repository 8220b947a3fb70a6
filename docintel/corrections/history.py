"""A page's history: replayed over what was read, and walked back and forth by undo and redo."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from docintel.corrections.applying import applied
from docintel.corrections.values import Correction
from docintel.errors import DoesNotFit
from docintel.model import Model, Page


class Entry(Model):
    """A correction in the history: entries are added, never changed."""

    seq: int
    """Rises with time."""
    page: int
    """The page's number."""
    at: datetime
    user: str
    """A user's id; empty: the machine itself."""
    correction: Correction
    reverses: int | None = None
    """The entry that this one undoes; of a redo, the undo."""


@dataclass(frozen=True)
class Replayed:
    """`page` with those corrections that fit it; `misfits` are the numbers (`Entry.seq`) of the others."""

    page: Page
    misfits: frozenset[int]


def replay(page: Page, entries: Iterable[Entry]) -> Replayed:
    """The page as read, and its history in order. What undoes a misfit is one too."""
    misfits: set[int] = set()
    for entry in entries:
        try:
            if entry.reverses in misfits:
                raise DoesNotFit("It undoes what does not fit.")
            page = applied(page, entry.correction)
        except DoesNotFit:
            misfits.add(entry.seq)
    return Replayed(page, frozenset(misfits))


def undoable(entries: Sequence[Entry], user: str) -> Entry | None:
    """What the user's next undo takes back: the newest of the user's own that stands."""
    return next(iter(_stacks(entries, user)[0][::-1]), None)


def redoable(entries: Sequence[Entry], user: str) -> Entry | None:
    """The undo that the user's next redo takes back."""
    return next(iter(_stacks(entries, user)[1][::-1]), None)


def _stacks(entries: Sequence[Entry], user: str) -> tuple[list[Entry], list[Entry]]:
    """What can be undone, and undos that can be taken back, each with the next one last."""
    done: list[Entry] = []
    undone: list[Entry] = []
    for entry in entries:
        if entry.user != user:
            continue
        if entry.reverses is None:
            done.append(entry)
            undone.clear()
        elif done and entry.reverses == done[-1].seq:
            done.pop()
            undone.append(entry)
        elif undone and entry.reverses == undone[-1].seq:
            undone.pop()
            done.append(entry)
    return done, undone
