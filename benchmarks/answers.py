"""Measures answers: python benchmarks/answers.py [--alone] [--verbose] [--json FILE]

Over benchmarks/answers/*.txt: made-up documents of many kinds and languages as text laid out like a page (the words'
places follow from the layout), each with its questions below `---`. A question with `none` has no answer there. With
--alone each document is a library of its own; without, all of them are one, and only questions without an answer name
their document (and those that begin with @). Reading is not measured here.

right    the answer says what was expected (one of several with `|`)
cited    and a citation stands on the right document, its words say the answer, its boxes hold those words
refused  of the questions without an answer, those that were not answered
"""

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from docintel.answering import ExtractiveAnswerer, ask  # noqa: E402
from docintel.embedding import Embedder, open_embedder  # noqa: E402
from docintel.model import Answer, Citation, Filters, Page  # noqa: E402
from docintel.retrieval import Retriever  # noqa: E402
from docintel.settings import Settings  # noqa: E402
from docintel.text.spans import words_in  # noqa: E402
from tests.shelf import Shelf, written_page  # noqa: E402

NOTHING = "none"


@dataclass(frozen=True)
class Case:
    """A question about a document and what its answer must contain; empty: there is no answer."""

    document: str
    question: str
    expected: tuple[str, ...]
    named: bool = False
    """Whether it is asked of its document alone, since others could answer it too."""


def read_document(path: Path) -> tuple[Page, list[Case]]:
    layout, _, questions = path.read_text(encoding="utf-8").partition("\n---\n")
    right_to_left = layout.startswith("rtl\n")
    page = written_page(layout.removeprefix("rtl\n"), right_to_left=right_to_left)
    pairs = [line.partition(" => ") for line in questions.splitlines() if line.strip()]
    return page, [
        Case(path.stem, q.removeprefix("@"), () if a == NOTHING else tuple(a.split("|")), named=q.startswith("@"))
        for q, _, a in pairs
    ]


def judge(case: Case, answer: Answer, shelf: Shelf) -> str:
    """right+cited, right, wrong, missed, refused, invented."""
    if not case.expected:
        return "invented" if answer.citations else "refused"
    if not answer.citations:
        return "missed"
    if not any(_bare(expected) in _bare(answer.text) for expected in case.expected):
        return "wrong"
    return "right+cited" if any(_is_cited(case, citation, shelf) for citation in answer.citations) else "right"


def _is_cited(case: Case, citation: Citation, shelf: Shelf) -> bool:
    page = shelf.page(citation.document_id, citation.page_number)
    boxed = "".join(word.text for box in citation.boxes for word in words_in(box, page.words))
    said = any(_bare(each) in _bare(citation.text) and _bare(each) in _bare(boxed) for each in case.expected)
    return said and citation.name == f"{case.document}.pdf"


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def measure(
    documents: Sequence[tuple[str, Page, list[Case]]], embedder: Embedder, *, verbose: bool
) -> tuple[Counter[str], list[float]]:
    shelf = Shelf(embedder)
    ids = {name: shelf.add(f"{name}.pdf", page).id for name, page, _ in documents}
    retriever, answerer = Retriever(shelf, embedder), ExtractiveAnswerer(embedder)
    verdicts: Counter[str] = Counter()
    seconds = []
    for case in [case for _, _, cases in documents for case in cases]:
        start = time.perf_counter()
        filters = Filters(documents=(ids[case.document],)) if case.named or not case.expected else Filters()
        answer = ask(case.question, library=shelf, retriever=retriever, answerer=answerer, filters=filters)
        seconds.append(time.perf_counter() - start)
        verdict = judge(case, answer, shelf)
        verdicts[verdict] += 1
        if verbose and verdict not in ("right+cited", "refused"):
            print(f"{verdict:9} {case.document}: {case.question} → {answer.text[:160]!r}")
    shelf.close()
    return verdicts, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alone", action="store_true", help="each document is a library of its own")
    parser.add_argument("--verbose", action="store_true", help="print what went wrong")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    options = parser.parse_args()
    documents = [(path.stem, *read_document(path)) for path in sorted((ROOT / "benchmarks" / "answers").glob("*.txt"))]
    embedder = open_embedder(Settings(embedding_model="embedded"))
    verdicts: Counter[str] = Counter()
    seconds: list[float] = []
    for group in [[document] for document in documents] if options.alone else [documents]:
        counted, taken = measure(group, embedder, verbose=options.verbose)
        verdicts += counted
        seconds += taken
    answerable = sum(verdicts[v] for v in ("right+cited", "right", "wrong", "missed"))
    unanswerable = verdicts["refused"] + verdicts["invented"]
    figures = {
        "documents": len(documents),
        "answerable": answerable,
        "right": round((verdicts["right+cited"] + verdicts["right"]) / answerable, 3),
        "cited": round(verdicts["right+cited"] / answerable, 3),
        "unanswerable": unanswerable,
        "refused": round(verdicts["refused"] / unanswerable, 3),
        "median_s": round(statistics.median(seconds), 3),
    }
    print("\n".join(f"{name:13} {value}" for name, value in figures.items()))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
