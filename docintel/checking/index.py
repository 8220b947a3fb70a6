"""The vector index: compared with the database vector by vector, by its owner only."""

from collections.abc import Iterator

from docintel.checking.findings import Problem
from docintel.home import Home
from docintel.index import Index, probing

NAME = "chroma"


def problems(home: Home) -> Iterator[Problem]:
    """Nothing else may have the index open: the home's own has not been started."""
    index = home.index
    if index is None:
        yield Problem(
            "index",
            NAME,
            f"Left out: process {home.status().owner} has the vector index open and looks after it itself.",
            is_left_out=True,
        )
    elif probing.folder_of(home.settings.home).exists():
        faults = probing.faults(home.settings, thorough=True)
        if faults:
            text = f"The vector index is damaged: {'; '.join(faults)}."
            yield Problem("index", NAME, text, lambda: _built_again(home, index))
        else:
            probing.note_checksums(home.settings.home)


def _built_again(home: Home, index: Index) -> str:
    probing.set_aside(home.settings.home, "found by docintel check")
    index.rebuild()
    return "it was built again from the database"
