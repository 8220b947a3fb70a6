"""Measures follow-up questions: python benchmarks/dialogues.py [--set seen|kept] [--verbose]

Over benchmarks/dialogues/{seen,kept}.txt: dialogues of two and three turns in fourteen languages, about the documents
of benchmarks/answers and benchmarks/dialogues/documents, all of them one library. `kept` was written before the code
and looked at when it was done.

understood   of the turns after the first: the question holds what it must and nothing that it must not; one that stands
             alone stays as it is
answered     of these turns: the answer says what was expected, and cites the right document
dialogues    all turns after the first understood; and answered
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from benchmarks.questions import read_document  # noqa: E402
from docintel.answering import ExtractiveAnswerer, ask  # noqa: E402
from docintel.answering.dialogue import Exchange, understand  # noqa: E402
from docintel.embedding import open_embedder  # noqa: E402
from docintel.model import Answer  # noqa: E402
from docintel.retrieval import Retriever  # noqa: E402
from docintel.settings import Settings  # noqa: E402
from docintel.text.terms import fold  # noqa: E402
from tests.shelf import Shelf, written_page  # noqa: E402

STAYS, PLACE = "=", "@"
HERE = ROOT / "benchmarks" / "dialogues"


@dataclass(frozen=True)
class Turn:
    question: str
    held: str
    """What the question must hold as it is understood; of a first turn nothing."""
    expected: tuple[str, ...]


@dataclass(frozen=True)
class Dialogue:
    document: str
    turns: tuple[Turn, ...]


def dialogues(name: str) -> Iterator[Dialogue]:
    text = (HERE / f"{name}.txt").read_text(encoding="utf-8")
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if lines:
            yield Dialogue(lines[0].strip("[]"), tuple(map(read_turn, lines[1:])))


def read_turn(line: str) -> Turn:
    question, *held, expected = (part.strip() for part in line.split(" | "))
    return Turn(question, held[0] if held else "", tuple(expected.split("/")))


def is_understood(turn: Turn, history: list[Exchange]) -> tuple[bool, str]:
    """Whether a turn is understood as it must be, and as what."""
    follow_up = understand(turn.question, history)
    text = follow_up.text if follow_up else turn.question
    if turn.held == STAYS:
        return text == turn.question, text
    if turn.held == PLACE:
        return follow_up is not None and follow_up.asks_where, text
    folded = fold(text)
    return all(_holds(folded, word) for word in turn.held.split(", ")), text


def _holds(folded: str, word: str) -> bool:
    return (fold(word.lstrip("!")) in folded) != word.startswith("!")


def is_answered(turn: Turn, document: str, answer: Answer) -> bool:
    said = any(_bare(expected) in _bare(answer.text) for expected in turn.expected)
    return said and any(citation.name == f"{document}.pdf" for citation in answer.citations)


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def library(shelf: Shelf) -> None:
    for path in sorted((ROOT / "benchmarks" / "answers").glob("*.txt")):
        shelf.add(f"{path.stem}.pdf", read_document(path)[0])
    for path in sorted((HERE / "documents").glob("*.txt")):
        shelf.add(f"{path.stem}.pdf", written_page(path.read_text(encoding="utf-8")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=("seen", "kept"), default="seen")
    parser.add_argument("--verbose", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    embedder = open_embedder(Settings(embedding_model="embedded"))
    shelf = Shelf(embedder)
    library(shelf)
    parts = {"library": shelf, "retriever": Retriever(shelf, embedder), "answerer": ExtractiveAnswerer(embedder)}
    counts: Counter[str] = Counter()
    for dialogue in dialogues(options.set):
        history: list[Exchange] = []
        good = {"understood": True, "answered": True}
        for turn in dialogue.turns:
            answer = ask(turn.question, history=history, **parts)  # type: ignore[arg-type]
            understood, text = is_understood(turn, history) if history else (True, "")
            answered = is_answered(turn, dialogue.document, answer)
            if history:
                counts.update(turns=1, understood=understood, answered=answered)
                good = {"understood": good["understood"] and understood, "answered": good["answered"] and answered}
            else:
                counts.update(first_answered=answered, first=1)
            if options.verbose and not (understood and answered):
                marks = (
                    f"{'understood' if understood else 'NOT UNDERSTOOD'}, {'answered' if answered else 'NOT ANSWERED'}"
                )
                print(f"{marks}: [{dialogue.document}] {turn.question} → {text} → {answer.text[:90]!r}")
            history.append(Exchange(turn.question, answer))
        counts.update(dialogues=1, dialogues_understood=good["understood"], dialogues_answered=good["answered"])
    shelf.close()
    print("\n".join(f"{name:22} {count}" for name, count in counts.items()))


if __name__ == "__main__":
    main()
