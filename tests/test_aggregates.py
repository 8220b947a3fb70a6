"""Sums, counts and comparisons over documents: what is asked, what is computed, what is left out and said so."""

from collections.abc import Iterator

import pytest

from docintel.answering import ExtractiveAnswerer, ask
from docintel.answering.aggregates import Operation, answer_over_documents, asked_aggregate
from docintel.answering.facts import Fact
from docintel.answering.question import Question
from docintel.embedding import SentenceEmbedder, open_embedder
from docintel.model import Answer, Filters
from docintel.retrieval import Retriever
from docintel.settings import Settings
from tests.shelf import Shelf, written_page

INVOICE = """
# {firm}

Invoice   {number}
Date   {date}

Paper and pens   {net}
VAT 20 %   {tax}

Total   {total}

Please pay within 14 days.
"""
LETTER = """
# Harbour Office

Dear Ms Okafor,

your berth is free from May on. We look forward to seeing you.
"""


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return open_embedder(Settings(embedding_model="embedded"))


@pytest.fixture
def shelf(embedder: SentenceEmbedder) -> Iterator[Shelf]:
    shelf = Shelf(embedder)
    for name, firm, date, net, tax, total in (
        ("a.pdf", "Alder Stationery Ltd", "3 May 2023", "£ 100.00", "£ 20.00", "£ 120.00"),
        ("b.pdf", "Birch Papers Ltd", "14 January 2024", "£ 1,000.00", "£ 200.00", "£ 1,200.00"),
        ("c.pdf", "Alder Stationery Ltd", "2 March 2024", "£ 50.00", "£ 10.00", "£ 60.00"),
    ):
        page = written_page(
            INVOICE.format(firm=firm, number=f"R-{date[-4:]}-7", date=date, net=net, tax=tax, total=total)
        )
        shelf.add(name, page)
    shelf.add("letter.pdf", written_page(LETTER))
    yield shelf
    shelf.close()


def answer(shelf: Shelf, embedder: SentenceEmbedder, question: str, filters: Filters | None = None) -> Answer:
    retriever, answerer = Retriever(shelf, embedder), ExtractiveAnswerer(embedder)
    return ask(question, library=shelf, retriever=retriever, answerer=answerer, filters=filters)


@pytest.mark.parametrize(
    ("question", "operation", "fact"),
    [
        ("What is the sum of all invoices?", Operation.SUM, Fact.GROSS),
        ("How much did we pay for the invoices?", Operation.SUM, Fact.GROSS),
        ("Wie hoch ist die Summe aller Rechnungen?", Operation.SUM, Fact.GROSS),
        ("Welche Rechnung ist die niedrigste?", Operation.LOWEST, Fact.GROSS),
        ("Quelle facture est la plus élevée ?", Operation.HIGHEST, Fact.GROSS),
        ("¿Cuántas facturas hay?", Operation.COUNT, Fact.GROSS),
        ("Qual è il totale di tutte le fatture?", Operation.SUM, Fact.GROSS),
        ("Qual fatura é a mais antiga?", Operation.EARLIEST, Fact.DATE),
        ("Wat is het totaal van alle facturen?", Operation.SUM, Fact.GROSS),
        ("Jaka jest suma wszystkich faktur?", Operation.SUM, Fact.GROSS),
        ("Какова сумма всех счетов?", Operation.SUM, Fact.GROSS),
        ("Tüm faturaların toplamı nedir?", Operation.SUM, Fact.GROSS),
        ("所有发票的总额是多少？", Operation.SUM, Fact.GROSS),
        ("すべての請求書の合計はいくらですか？", Operation.SUM, Fact.GROSS),
        ("모든 청구서의 합계는 얼마입니까?", Operation.SUM, Fact.GROSS),
        ("ما مجموع جميع الفواتير؟", Operation.SUM, Fact.GROSS),
        ("How much tax is in all invoices together?", Operation.SUM, Fact.TAX),
        ("Which document is the latest?", Operation.LATEST, Fact.DATE),
    ],
)
def test_what_is_to_be_computed_is_understood(question: str, operation: Operation, fact: Fact) -> None:
    asked = asked_aggregate(Question.of(question))
    assert asked and (asked.operation, asked.fact, asked.limit.words) == (operation, fact, ())


@pytest.mark.parametrize(
    "question",
    [
        "What is the total of the invoice?",
        "How are invoices to be paid?",
        "When are invoices due?",
        "Which documents mention asbestos?",
        "Which invoice was issued by Meier?",
        "発票の合計はいくらですか？",
    ],
)
def test_other_questions_are_left_to_search(question: str) -> None:
    assert asked_aggregate(Question.of(question)) is None


def test_a_sum_shows_its_parts_and_what_is_not_in_it(shelf: Shelf, embedder: SentenceEmbedder) -> None:
    found = answer(shelf, embedder, "What is the sum of all invoices?")
    assert found.text.splitlines()[0] == "1,380.00 GBP: the totals of 3 documents"
    assert [(each.name, each.text) for each in found.citations] == [
        ("a.pdf", "Total £ 120.00"),
        ("b.pdf", "Total £ 1,200.00"),
        ("c.pdf", "Total £ 60.00"),
    ]
    assert any("Not counted" in note and "letter.pdf" in note for note in found.notes)


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What is the sum of all invoices from 2024?", "1,260.00 GBP: the totals of 2 documents"),
        ("How much did we pay for the invoices from Alder?", "180.00 GBP: the totals of 2 documents"),
        ("Which invoice is the highest?", "The highest total: £ 1,200.00 (b.pdf) [1]"),
        ("Which invoice is the oldest?", "The earliest date: 3 May 2023 (a.pdf) [1]"),
        ("How many invoices are there?", "3 invoices"),
        ("Wie viele Rechnungen gibt es?", "3 invoices"),
    ],
)
def test_only_what_was_asked_for_counts(shelf: Shelf, embedder: SentenceEmbedder, question: str, first: str) -> None:
    assert answer(shelf, embedder, question).text.splitlines()[0] == first


def test_what_was_not_read_since_nobody_waits_is_named(shelf: Shelf) -> None:
    asked = asked_aggregate(Question.of("What is the sum of all invoices?"))
    assert asked
    said: list[str] = []

    def on_text(text: str) -> bool:
        said.append(text)
        return len(said) < 3

    found = answer_over_documents(asked, shelf.documents(), shelf, on_text)
    assert found
    assert said == ["1 of 4 documents", "2 of 4 documents", "3 of 4 documents"]
    assert found.text.startswith("1,320.00 GBP: the totals of 2 documents")
    assert "Not counted, not read: c.pdf, letter.pdf." in found.notes


def test_what_no_document_says_is_left_to_search(shelf: Shelf, embedder: SentenceEmbedder) -> None:
    assert answer(shelf, embedder, "How much did we pay for the invoices from Zanzibar?").answerer != "computed"


def test_one_document_is_no_sum(shelf: Shelf, embedder: SentenceEmbedder) -> None:
    one = Filters(documents=(shelf.documents()[1].id,))
    assert answer(shelf, embedder, "What is the total of all invoices?", one).answerer != "computed"
