"""Measures answers: python -m benchmarks.answers [--folder DIR --pages DIR] [--alone] [--verbose] [--json FILE]

Over benchmarks/answers/*.txt: made-up documents of many kinds and languages as text laid out like a page (the words'
places follow from the layout), each with its questions below `---`. A question with `none` has no answer there. With
--alone each document is a library of its own; without, all of them are one, and only questions without an answer name
their document (and those that begin with @). Reading is not measured here.

With --folder, other documents: DIR/questions*.tsv with a question a line (file, language, kind, question, expected;
parted by tabs; of the expected `|` parts alternatives and `&&` what must all be there), and the files beside them, read
by the engine `local`; --pages keeps what was read.

right    the first line of the answer says what was expected
among    or another line, of an answer in doubt or of several documents
cited    right or among, and a citation stands on the right document, its words say the answer, its boxes hold them
near     not answered, and what was expected is among what is shown as coming nearest
refused  of the questions without an answer, those that were not answered
wrong_sure  of the answers given without doubt, those that are not right
"""

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.page_reader import PageReader
from benchmarks.questions import Case, Document, read_document, read_folder
from docintel.answering import ExtractiveAnswerer, ask
from docintel.answering.extractive import CERTAIN
from docintel.embedding import Embedder, open_embedder
from docintel.model import Answer, Citation, Filters
from docintel.retrieval import Retriever
from docintel.settings import Settings
from docintel.text.spans import words_in
from tests.shelf import Shelf

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Outcome:
    """What became of a case: right, among, wrong, missed, or of one without an answer refused, invented."""

    case: Case
    answer: Answer
    verdict: str
    is_cited: bool
    seconds: float

    @property
    def is_near(self) -> bool:
        return self.verdict == "missed" and any(self.case.is_answered_by(each.text) for each in self.answer.nearest)

    @property
    def is_sure(self) -> bool:
        """Whether an answer was given without doubt."""
        return bool(self.answer.citations) and (self.answer.probability or 1.0) >= CERTAIN


def judge(case: Case, answer: Answer) -> str:
    if not case.expected:
        return "invented" if answer.citations else "refused"
    if not answer.citations:
        return "missed"
    first, *others = answer.text.splitlines()
    if case.is_answered_by(first):
        return "right"
    return "among" if any(map(case.is_answered_by, others)) else "wrong"


def _is_cited(case: Case, citation: Citation, shelf: Shelf) -> bool:
    page = shelf.page(citation.document_id, citation.page_number)
    boxed = "".join(word.text for box in citation.boxes for word in words_in(box, page.words))
    said = case.is_answered_by(citation.text) and case.is_answered_by(boxed)
    return said and citation.name == f"{case.document}.pdf"


def measure(documents: Sequence[Document], embedder: Embedder) -> Iterator[Outcome]:
    shelf = Shelf(embedder)
    ids = {each.name: shelf.add(f"{each.name}.pdf", *each.pages).id for each in documents}
    retriever, answerer = Retriever(shelf, embedder), ExtractiveAnswerer(embedder)
    for case in [case for document in documents for case in document.cases]:
        start = time.perf_counter()
        filters = Filters(documents=(ids[case.document],)) if case.named or not case.expected else Filters()
        answer = ask(case.question, library=shelf, retriever=retriever, answerer=answerer, filters=filters)
        seconds = time.perf_counter() - start
        is_cited = any(_is_cited(case, citation, shelf) for citation in answer.citations)
        yield Outcome(case, answer, judge(case, answer), is_cited, seconds)
    shelf.close()


def figures_of(outcomes: Sequence[Outcome]) -> dict[str, float]:
    answerable = [each for each in outcomes if each.case.expected]
    others = [each for each in outcomes if not each.case.expected]
    sure = [each for each in outcomes if each.is_sure]
    return {
        "documents": len({each.case.document for each in outcomes}),
        "answerable": len(answerable),
        "right": _share(each.verdict == "right" for each in answerable),
        "among": _share(each.verdict == "among" for each in answerable),
        "near": _share(each.is_near for each in answerable),
        "cited": _share(each.verdict in ("right", "among") and each.is_cited for each in answerable),
        "unanswerable": len(others),
        "refused": _share(each.verdict == "refused" for each in others),
        "sure": len(sure),
        "wrong_sure": _share(each.verdict != "right" for each in sure),
        "median_s": round(statistics.median(each.seconds for each in outcomes), 3),
    }


def _share(counted: Iterable[bool]) -> float:
    every = list(counted)
    return round(sum(every) / max(len(every), 1), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="other documents, with their questions*.tsv")
    parser.add_argument("--pages", type=Path, help="keeps what was read")
    parser.add_argument("--names", type=Path, help="measures only the files that it names, one a line")
    parser.add_argument("--alone", action="store_true", help="each document is a library of its own")
    parser.add_argument("--verbose", action="store_true", help="print what went wrong")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    if options.folder:
        names = frozenset(options.names.read_text(encoding="utf-8").split()) if options.names else frozenset[str]()
        documents = [each for each in read_folder(options.folder, PageReader(options.pages, names)) if each.pages]
    else:
        written = [(path.stem, *read_document(path)) for path in sorted((ROOT / "benchmarks/answers").glob("*.txt"))]
        documents = [Document(name, (page,), cases) for name, page, cases in written]
    embedder = open_embedder(Settings(embedding_model="embedded"))
    outcomes: list[Outcome] = []
    for group in [[document] for document in documents] if options.alone else [documents]:
        for outcome in measure(group, embedder):
            outcomes.append(outcome)
            if options.verbose and outcome.verdict not in ("right", "refused"):
                case, said = outcome.case, outcome.answer.text[:160]
                print(f"{outcome.verdict:9} {case.document}: {case.question} → {said!r}", flush=True)
    figures = figures_of(outcomes)
    print("\n".join(f"{name:13} {value}" for name, value in figures.items()))
    for kind in sorted({each.case.kind for each in outcomes if each.case.expected and each.case.kind}):
        counts = Counter(each.verdict for each in outcomes if each.case.kind == kind)
        print(f"{kind:13} {dict(counts)}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
