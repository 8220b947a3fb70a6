"""Questions about pages, as the ranker is asked them: `documents/*.txt` and any folder of documents with questions.

A file is a page as text laid out like one, a line `---`, and its questions: `question => expected`, or `none` where
the page doesn't answer (`benchmarks.questions.read_document`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.questions import Case, read_document
from docintel.answering.question import Question
from docintel.answering.ranking.candidates import Candidate, candidates_on
from docintel.answering.ranking.features import Known, known_of
from docintel.embedding import Embedder
from docintel.model import Page
from tests.shelf import Shelf
from training.answering.plain import plain_cases

DOCUMENTS = Path(__file__).with_name("documents")


@dataclass(frozen=True)
class AskedPage:
    """A question and the candidates of its document; `right` says which of them answer, none of them where it can't
    be answered."""

    document: str
    case: Case
    candidates: tuple[Candidate, ...]
    right: NDArray[np.bool_]

    @property
    def is_answered(self) -> bool:
        return bool(self.case.expected)


@dataclass(frozen=True)
class Example:
    """A question about a page, in the ranker's numbers."""

    asked: AskedPage
    known: Known


def examples(folder: Path, embedder: Embedder) -> Iterator[Example]:
    for asked in asked_pages(folder):
        yield Example(asked, known_of(Question.of(asked.case.question), asked.candidates, embedder))


def asked_pages(folder: Path) -> Iterator[AskedPage]:
    """Of a folder's documents, by hand and `plain`; what no candidate answers is left out: nothing is learned of it."""
    read = {path.stem: read_document(path) for path in sorted(folder.glob("*.txt"))}
    pages = {name: page for name, (page, _) in read.items()}
    plain = list(plain_cases(pages))
    for name, (page, cases) in read.items():
        yield from asked_of(name, [page], [*cases, *(case for of, case in plain if of == name)])


def asked_of(name: str, pages: Sequence[Page], cases: Sequence[Case]) -> Iterator[AskedPage]:
    shelf = Shelf()
    document = shelf.add(f"{name}.pdf", *pages)
    for case in cases:
        candidates = candidates_on(Question.of(case.question), [(document, page) for page in pages])
        right = np.array([case.is_answered_by(each.evidence.value) for each in candidates], dtype=bool)
        if right.any() or (candidates and not case.expected):
            yield AskedPage(name, case, tuple(candidates), right)
    shelf.close()
