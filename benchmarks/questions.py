"""Questions with the answers that are expected, and the documents that they are about."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from docintel.model import Page
from tests.shelf import written_page

NOTHING = "none"
PARTS = "&&"
"""Between parts of an expected answer that must all be there."""


@dataclass(frozen=True)
class Case:
    """A question about a document and what its answer must contain; empty: there is no answer."""

    document: str
    question: str
    expected: tuple[str, ...]
    named: bool = False
    """Whether it is asked of its document alone, since others could answer it too."""
    kind: str = ""

    def is_answered_by(self, text: str) -> bool:
        """Whether a text says one of the expected alternatives, all of its parts."""
        said = _bare(text)
        return any(all(_bare(part) in said for part in each.split(PARTS)) for each in self.expected)


@dataclass(frozen=True)
class Document:
    name: str
    pages: tuple[Page, ...]
    cases: list[Case]


def read_document(path: Path) -> tuple[Page, list[Case]]:
    layout, _, questions = path.read_text(encoding="utf-8").partition("\n---\n")
    right_to_left = layout.startswith("rtl\n")
    page = written_page(layout.removeprefix("rtl\n"), right_to_left=right_to_left)
    pairs = [line.partition(" => ") for line in questions.splitlines() if line.strip()]
    return page, [
        Case(path.stem, q.removeprefix("@"), () if a == NOTHING else tuple(a.split("|")), named=q.startswith("@"))
        for q, _, a in pairs
    ]


def read_folder(folder: Path, read: Callable[[Path], tuple[Page, ...]]) -> Iterator[Document]:
    """Documents with the questions that `questions*.tsv` has for them."""
    lines = [
        line for path in sorted(folder.glob("questions*.tsv")) for line in path.read_text(encoding="utf-8").splitlines()
    ]
    rows = [parts for line in lines if len(parts := line.split("\t")) == 5]
    for file in dict.fromkeys(row[0] for row in rows):
        name = Path(file).stem
        cases = [
            Case(name, question, () if expected == NOTHING else tuple(expected.split("|")), named=True, kind=kind)
            for of, _, kind, question, expected in rows
            if of == file
        ]
        yield Document(name, read(folder / file), cases)


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())
