"""Corrections of a page: what was changed by hand, before and after, and what a page becomes by it. Pure.

A correction fits a page that says what it said before; each has its inverse, which undoes it. A page as shown is the
page as read with its history replayed.
"""

from docintel.corrections.applying import applied, inverse
from docintel.corrections.history import Entry, Replayed, redoable, replay, undoable
from docintel.corrections.values import BlockChange, Correction, CorrectionKind, WordChange

__all__ = [
    "BlockChange",
    "Correction",
    "CorrectionKind",
    "Entry",
    "Replayed",
    "WordChange",
    "applied",
    "inverse",
    "redoable",
    "replay",
    "undoable",
]
