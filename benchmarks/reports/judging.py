"""Reads inputs the way `docintel ingest` does and says what is wrong with what came."""

import html
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.reports import right as judge
from benchmarks.reports.right import Fault, Right
from docintel.export import export
from docintel.home import Home
from docintel.home.waiting import wait_for
from docintel.ingest import IngestOptions, ingest
from docintel.model import Block, Document, Filters, Page
from docintel.settings import Settings

EXPORTS = ("markdown", "html", "text", "csv")
NUM_HITS = 5


@dataclass(frozen=True)
class Came:
    """What an input became: it has a collection to itself."""

    home: Home
    collection: str
    problems: tuple[str, ...]
    """Why it, or a part of it, was not added or read."""

    @property
    def documents(self) -> list[Document]:
        return self.home.library.documents(collection=self.collection)

    @property
    def pages(self) -> list[Page]:
        return [page for document in self.documents for page in self.home.library.pages(document.id)]

    @property
    def blocks(self) -> list[Block]:
        return [block for page in self.pages for block in page.blocks]

    @property
    def notes(self) -> str:
        return "\n".join([*self.problems, *(note for page in self.pages for note in page.notes)])

    def exported(self, format: str) -> str:
        library = self.home.library
        return "\n".join(export(format, each, library.pages(each.id), library).decode() for each in self.documents)

    def answer(self, question: str) -> str:
        """Empty where there is none."""
        answer = self.home.ask(question, filters=Filters(collection=self.collection))
        return answer.text if answer.citations else ""

    def found(self, query: str) -> str:
        """The passages that were found by the query's words."""
        hits = self.home.search(query, limit=NUM_HITS, filters=Filters(collection=self.collection)).hits
        return "\n".join(hit.chunk.text for hit in hits if "lexical" in hit.retrievers)


@contextmanager
def reading(engine: str, **changes: object) -> Iterator[Home]:
    """A home of its own, at work."""
    with TemporaryDirectory(prefix="reports-") as folder:
        settings = Settings.load(home=Path(folder), engine=engine, jobs=1, stop_after_failures=0, **changes)
        with Home.open(settings, owner=True) as home, home.working():
            yield home


def take(home: Home, path: Path, name: str) -> Came:
    results = list(ingest(home.library, [path], IngestOptions(collection=name)))
    problems = [result.error for result in results if result.error]
    waiting = [result.document for result in results if result.document]
    while waiting:
        ended = {each.id: each for progress in wait_for(home, waiting) for each in progress.ended}
        problems += [each.error for each in ended.values() if each.error]
        waiting = [each.id for each in home.library.documents(collection=name) if each.state.is_open]
    return Came(home, name, tuple(problems))


def faults(right: Right, came: Came) -> list[Fault]:
    return [*_structure(right, came), *_use(right, came)]


def _structure(right: Right, came: Came) -> Iterator[Fault]:
    """Of the pages as read."""
    blocks, text = came.blocks, "\n\n".join(page.text for page in came.pages)
    names = sorted(document.name for document in came.documents)
    yield from (Fault("name", name, ", ".join(names)) for name in right.names if name not in names)
    yield from judge.in_order(right.text, text)
    yield from judge.somewhere(right.has, text)
    yield from judge.on_lines(right.lines, came.exported("text").splitlines())
    yield from judge.in_rows(right.rows, right.columns, [block.table for block in blocks if block.table])
    yield from judge.with_states(right.checked, right.unchecked, blocks)
    yield from judge.struck_through(right.struck, blocks)
    yield from judge.with_labels(right.labels, blocks)
    yield from (Fault("note", words, came.notes) for words in right.notes if not judge.says(words, came.notes))
    mentioned = "\n".join([came.notes, *names])
    yield from (Fault("mention", words, mentioned) for words in right.mentions if not judge.says(words, mentioned))


def _use(right: Right, came: Came) -> Iterator[Fault]:
    """Of what becomes of them: exports, passages found, answers."""
    for query, expected in right.finds.items():
        found = came.found(query)
        if not judge.says(expected, found):
            yield Fault(f"find {query}", expected, found[:160] or "nothing")
    for question, expected in right.asks.items():
        answer = came.answer(question)
        if not judge.says(expected, answer) or (answer and not expected):
            yield Fault(f"ask {question}", expected or "no answer", answer[:160] or "no answer")
    if right.absent:
        yield from judge.nowhere(right.absent, _places(right, came))


def _places(right: Right, came: Came) -> dict[str, str]:
    """Where what is absent could show."""
    pages = came.pages
    return {
        "text": "\n".join(page.text for page in pages),
        "words": " ".join(word.text for page in pages for word in page.words),
        "notes": came.notes,
        **{format: html.unescape(came.exported(format)) for format in EXPORTS},
        "search": "\n".join(map(came.found, right.absent)),
        "answers": "\n".join(map(came.answer, (*right.absent, *right.asks))),
    }
