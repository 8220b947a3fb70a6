"""Homes that are backed up, and how they are compared."""

from contextlib import closing
from pathlib import Path

from docintel.checking import check
from docintel.home import Home
from docintel.library import Library
from docintel.model import Answer
from docintel.settings import Settings
from tests.houses import WordCounts

PARTS = ("The green apples cost four francs.", "The tenant pays the rent on the first day of the month.")
QUESTION = "When does the tenant pay the rent?"
PASSPHRASE = "correct horse battery staple"
PATIENCE_S = 120.0


def opened(settings: Settings) -> Home:
    home = Home.open(settings)
    vars(home._models)["embedder"] = WordCounts()
    return home


def faults(settings: Settings) -> list[str]:
    with opened(settings) as home:
        return [f"{each.name}: {each.problem}" for each in check(home, repair=False) if each.state == "found"]


def answer(settings: Settings) -> Answer:
    with opened(settings) as home:
        return home.ask(QUESTION)


def names(settings: Settings) -> set[str]:
    with closing(Library.open(settings)) as library:
        return set(library.names().values())


def flip(path: Path, place: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(data)
