"""Issuer, date, sums and number of real receipts and invoices, asked of each document alone, without the scorer of
facts and with it in one run.

    python -m benchmarks.facts [--receipts DIR] [--invoices DIR] [--names FILE] [--pages DIR] [--verbose] [--json FILE]

    --receipts DIR   NAME.jpg with NAME.json: company, date, total (as ICDAR 2019's SROIE has them)
    --invoices DIR   NAME.pdf, and truth.json: by file name company, date (20240131), number, total, net, tax
    --names FILE     measures only the files that it names, one a line
    --pages DIR      keeps what was read, so that it is read once

Pages are read by the engine `local` and answered as the app does it: searched, then answered. An answer is right if it
says the date, the amount, the number or the firm's name (of a name, 85 % of the letters, for reading errors, and hardly
anything beyond it).
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from benchmarks.page_reader import PageReader
from docintel.answering import ExtractiveAnswerer, ask
from docintel.answering.facts.candidates import bare
from docintel.answering.facts.forms import amounts_in, dates_in
from docintel.embedding import Embedder, open_embedder
from docintel.model import Filters, Page
from docintel.retrieval import Retriever
from docintel.settings import Settings
from tests.shelf import Shelf

QUESTIONS: dict[str, tuple[str, ...]] = {
    "company": (
        "Which company issued the {document}?",
        "Who is the seller?",
        "Von welcher Firma ist der Beleg?",
        "Quelle entreprise a émis ce document ?",
        "¿Qué empresa emitió el documento?",
        "どの会社が発行しましたか",
    ),
    "date": (
        "What is the date?",
        "When was the {document} issued?",
        "Welches Datum hat der Beleg?",
        "Quelle est la date ?",
        "¿Cuál es la fecha?",
        "开票日期是哪天？",
    ),
    "total": (
        "What is the total?",
        "How much was paid in total?",
        "Wie hoch ist der Gesamtbetrag?",
        "Quel est le montant total ?",
        "Qual è il totale?",
        "合計金額はいくらですか",
    ),
    "number": (
        "What is the invoice number?",
        "Wie lautet die Rechnungsnummer?",
        "Quel est le numéro de facture ?",
        "¿Cuál es el número de factura?",
    ),
    "net": ("What is the net amount?", "Wie hoch ist der Nettobetrag?", "Quel est le total hors taxes ?"),
    "tax": ("How much is the VAT?", "Wie hoch ist die Umsatzsteuer?", "Quel est le montant de la TVA ?"),
}


@dataclass(frozen=True)
class Sample:
    """A document as read, and what is known of it: facts by name, as written."""

    name: str
    kind: str
    pages: tuple[Page, ...]
    truth: dict[str, str]


@dataclass(frozen=True)
class Result:
    name: str
    fact: str
    question: str
    verdict: str
    """right, wrong or none."""
    text: str


def receipts(folder: Path, read: PageReader) -> Iterator[Sample]:
    for path in sorted(folder.glob("*.jpg")):
        truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        yield Sample(path.stem, "receipt", read(path), {each: truth[each] for each in ("company", "date", "total")})


def invoices(folder: Path, read: PageReader) -> Iterator[Sample]:
    listed = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for name, truth in sorted(listed.items()):
        facts = {each: truth[each] for each in QUESTIONS if truth.get(each)}
        if day := facts.get("date"):
            facts["date"] = f"{day[:4]}-{day[4:6]}-{day[6:]}"
        yield Sample(name, "invoice", read(folder / name), facts)


def is_right(fact: str, truth: str, answer: str) -> bool:
    if fact == "company":
        return any(_same_name(line, answer) for line in (truth, truth.splitlines()[-1]))
    if fact == "date":
        dates = {date.value for date in dates_in(truth)}
        return bool(dates & {date.value for date in dates_in(answer)})
    if fact == "number":
        return bare(truth) in bare(answer)
    wanted = round(abs(float(re.sub(r"[^\d.]", "", truth.replace(",", "")))), 2)
    return wanted in {abs(amount.number) for amount in amounts_in(answer)}


def _same_name(truth: str, answer: str) -> bool:
    return SequenceMatcher(None, bare(truth), bare(answer), autojunk=False).ratio() >= 0.85


def asked_of(sample: Sample, embedder: Embedder, answerer: ExtractiveAnswerer) -> Iterator[Result]:
    shelf = Shelf(embedder)
    name = f"scan.{'jpg' if sample.kind == 'receipt' else 'pdf'}"
    filters = Filters(documents=(shelf.add(name, *sample.pages).id,))
    retriever = Retriever(shelf, embedder)
    for fact, truth in sample.truth.items():
        for question in QUESTIONS[fact]:
            asked = question.format(document=sample.kind)
            answer = ask(asked, library=shelf, retriever=retriever, answerer=answerer, filters=filters)
            text = answer.text.rpartition(" [1]")[0] if answer.citations else ""
            verdict = "right" if text and is_right(fact, truth, text) else "wrong" if text else "none"
            yield Result(sample.name, fact, asked, verdict, text or answer.text)
    shelf.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--receipts", type=Path)
    parser.add_argument("--invoices", type=Path)
    parser.add_argument("--names", type=Path)
    parser.add_argument("--pages", type=Path)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    names = frozenset(options.names.read_text(encoding="utf-8").split()) if options.names else frozenset()
    reader = PageReader(options.pages, names)
    folders: list[tuple[Path | None, Callable[[Path, PageReader], Iterator[Sample]]]] = [
        (options.receipts, receipts),
        (options.invoices, invoices),
    ]
    samples = [sample for folder, find in folders if folder for sample in find(folder, reader) if sample.pages]
    embedder = open_embedder(Settings(embedding_model="embedded"))
    figures = []
    for way, answerer in (
        ("without", ExtractiveAnswerer(embedder, answers_facts=False)),
        ("with", ExtractiveAnswerer(embedder)),
    ):
        results = [result for sample in samples for result in asked_of(sample, embedder, answerer)]
        if options.verbose and way == "with":
            for each in results:
                if each.verdict != "right":
                    print(f"{each.verdict:5} {each.name} {each.fact}: {each.question} → {each.text[:120]!r}")
        figures += summed_up(way, samples, results)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


def summed_up(way: str, samples: Sequence[Sample], results: Sequence[Result]) -> list[dict[str, object]]:
    """Prints and returns, by kind of document and fact, the share of the answers that are right, wrong and none."""
    kinds = {sample.name: sample.kind for sample in samples}
    rows: list[dict[str, object]] = []
    for kind in dict.fromkeys(kinds.values()):
        for fact in QUESTIONS:
            mine = [each for each in results if each.fact == fact and kinds[each.name] == kind]
            if not mine:
                continue
            count = Counter(each.verdict for each in mine)
            first = QUESTIONS[fact][0].format(document=kind)
            firsts = [each for each in mine if each.question == first]
            rows.append(
                {
                    "scorer": way,
                    "kind": kind,
                    "fact": fact,
                    "documents": len(firsts),
                    "answers": len(mine),
                    **{verdict: round(count[verdict] / len(mine), 3) for verdict in ("right", "wrong", "none")},
                    "right_first_question": sum(each.verdict == "right" for each in firsts),
                }
            )
            print("  ".join(f"{name} {value}" for name, value in rows[-1].items()))
    sys.stdout.flush()
    return rows


if __name__ == "__main__":
    main()
